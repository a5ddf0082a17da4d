"""Tell what a question about a collection asks with from what it asks for. Pure.

The words listed here say only that documents are asked for, in which order, or what they say. All
other words of a question are compared with what the index knows.
"""

# ruff: noqa: E501 -- lists of words

import re
from dataclasses import dataclass
from itertools import pairwise

from rag.answering.gathering.comparing.dates import find_dates
from rag.text.terms import UNSPACED
from rag.text.words import FUNCTION_WORDS

_FUNCTION_WORDS = frozenset(
    """there any anything something everything all me show list find give tell please got get let see only just else
    among amongst inside too ask stored uploaded loaded mr mrs ms whole entire exactly actually at really one ones lot most like want need know see look let's us i'd i've i'm you're
    der die das den dem des ein eine einen einem einer eines und oder in im am an zu zum zur von vom bei mit für auf aus
    ist sind war gibt es du ihr sie ich wir man hast habt haben hat da dir dein deine deinen deiner eure euren eurer ihre
    ihren welche welcher welches welchem welchen was wer wie wo alle alles etwas irgendwas mir mal denn überhaupt bitte
    zeig zeige nenne liste finde such suche nicht auch noch so als nur davon hier dort drin darin liegt liegen unter habe hinterlegt gespeichert hochgeladen insgesamt frau herr herrn
    le la les l un une des du de d et ou à au aux en dans sur par pour avec est sont était y a il elle on tu vous nous je
    as avez ai ont qu que quoi qui quel quelle quels quelles ce cette ces ton ta tes votre vos mon ma mes tout toute tous
    toutes quelque chose moi montre montrez donne donnez cherche trouve s'il plaît plait ici là pas ne parmi stocké stockés as-tu avez-vous a-t-il y-a-t-il madame monsieur
    el los las una unos unas y o del al en con por para es son hay tienes tenéis tiene tienen qué cuál cuáles quién
    esto esta este estos estas tu tus vuestro vuestra vuestros vuestras su sus mi mis todo toda todos todas algo me dame
    muestra muéstrame enumera busca aquí favor no se te he ha sale salen guardados guardado cargados señor señora
    il lo gli i uno e di del della dei delle da dal nel nella nei con per su che chi quale quali è sono hai avete
    tutti tutte tutto mostra mostrami elenca trova c'è ci sono vostri tuoi
    o os a as um uma do da dos das em no na nos nas com por para é são há tem têm tens quais qual quem que todos todas
    mostra mostre lista liste seus suas teus vossos
    de het een en of van in op met voor is zijn er heb je jullie hebt hebben welke wat wie alle alles toon geef lijst uw
    w z i na o są jest co kto jaki jakie które czy masz macie wszystkie pokaż znajdź lista tu
    в на с о об и у из по есть ли что кто какой какая какие каких какие-то тебя вас нас мне ваших твоих ваши твои все
    всё всего покажи найди перечисли это здесь там чего-нибудь что-нибудь за загружено хранится
    в у на з та і про є чи що хто який які вас тебе мені ваших твоїх усі всі покажи знайди це тут""".split()  # noqa: SIM905
)
_NOUNS = frozenset(
    """document documents doc docs file files source sources text texts material materials paper papers item items
    collection library archive record records folder database data index knowledge topic topics subject kind information
    dokument dokumente dokumenten datei dateien quelle quellen texte texten unterlagen unterlage material bestand archiv
    sammlung thema themen schriften papiere ordner
    documents fichier fichiers texte textes source sources dossier dossiers corpus fonds base sujet sujets archives
    documento documentos archivo archivos fichero ficheros texto textos fuente fuentes papeles escritos tema temas fondo
    documenti testi fonti archivio cartella argomenti
    ficheiro ficheiros arquivo arquivos textos fontes
    documenten bestand bestanden stukken bronnen teksten
    dokumenty dokumentów plik pliki plików teksty źródła
    документ документы документов документах файл файлы файлов файлах тексты текстах текстов материалы материалах бумаги
    бумагах источники источниках тема теме тему
    документ документи документів документах файл файли файлів файлах тексти матеріали матеріалах джерела""".split()  # noqa: SIM905
)
# Asks for documents that say something, not for those with a title.
_MENTIONING = frozenset(
    """about mention mentions mentioned mentioning contain contains talk talks discuss discusses appear appears come up
    turn turns crop bring brings refer refers reference cover covers deal deals say says named cited concerning regarding
    über vorkommt kommt kommen vor rede erwähnt erwähnen erwähnung steht stehen thema behandelt handelt geht um genannt
    sur parle parlent parler mentionne mentionnent mentionné mentionnée propos sujet évoque évoquent cite citent concernant
    sobre menciona mencionan mencionado aparece aparecen habla hablan acerca trata tratan nombra nombran
    menziona menzionano parla parlano riguardo compare compaiono citato
    mencionam fala falam aparecem refere
    over vermeldt vermelden genoemd gaat gaan voorkomt
    dotyczące wspomina wspominają mowa temat o
    про упоминается упоминают упоминаются упоминает говорится речь насчёт о об
    згадується згадують згадуються йдеться щодо""".split()  # noqa: SIM905
)
_BY = frozenset("by from von vom de par por di van od от від authored written".split())  # noqa: SIM905
_NEWEST = r"""newest|latest|most recent|last uploaded|neuest\w*|aktuellst\w*|plus récente?s?|dernière?s?
    |más (?:nuev|recient)\w*|últim\w+|più recent\w*|ultim[oaie]|mais (?:nov|recent)\w*|nieuwste|meest recente?|najnowsz\w*
    |(?:сам\w+ )?нов(?:ый|ая|ое|ые|ейш\w+)|последн\w+|найновіш\w*|останн\w+|最新|一番新しい|最も新しい|最近"""
_OLDEST = r"""oldest|earliest|ältest\w*|plus (?:ancien|vieux|vieil)\w*|más (?:antigu|viej)\w*|più (?:vecchi|antic)\w*
    |mais antig\w*|oudste|najstarsz\w*|(?:сам\w+ )?стар(?:ый|ая|ое|ые|ейш\w+)|найстаріш\w*|一番古い|最も古い|最古|最早|最旧"""
_COUNT = r"""how many|number of|count of|wie ?viele?|anzahl|combien|nombre de|cuánt[oa]s|número de|quant[ei]|quant[oa]s
    |hoeveel|ile|сколько|скільки|何件|いくつ|何個|何冊|多少|几个|几份"""
_TYPES = {
    r"pdfs?": ("application/pdf",),
    r"spread ?sheets?|excel\w*|xlsx?|tabellenkalkulation\w*|feuilles? de calcul|hojas? de cálculo|表計算|电子表格": (
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "text/csv",
        "text/tab-separated-values",
    ),
    r"csv": ("text/csv",),
    r"word[ -](?:documents?|files?)|word-?(?:dokument|datei)\w*|docx": (
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        "application/msword",
    ),
    r"rtf|rich text files?": ("application/rtf",),
    r"power ?points?|slides?|slide decks?|presentations?|präsentation\w*|présentations?|presentaci\w+|презентаци\w+|pptx?": (
        "application/vnd.openxmlformats-officedocument.presentationml.presentation",
        "application/vnd.oasis.opendocument.presentation",
        "application/vnd.ms-powerpoint",
    ),
    r"odt|opendocument texts?": ("application/vnd.oasis.opendocument.text",),
    r"e-?mails?|mails?|courriels?|correos?|письм\w+ по почте|メール|邮件": ("message/rfc822",),
    r"markdown(?:[ -]files?|-dateien)?|md files?": ("text/markdown",),
    r"web ?pages?|html|webseiten?": ("text/html",),
    r"e-?books?|epubs?": ("application/epub+zip",),
}
_LANGUAGES = {
    "en": r"(?:in )?english|(?:auf )?englisch\w*|en anglais|en inglés|на английском|英語の?|英文",
    "de": r"(?:in )?german|(?:auf )?deutsch\w*|en allemand|en alemán|на немецком|ドイツ語の?|德文",
    "fr": r"(?:in )?french|(?:auf )?französisch\w*|en français|en francés|на французском|フランス語の?|法文",
    "es": r"(?:in )?spanish|(?:auf )?spanisch\w*|en espagnol|en español|на испанском|スペイン語の?|西班牙文",
    "it": r"(?:in )?italian|(?:auf )?italienisch\w*|en italien|en italiano|на итальянском",
    "ru": r"(?:in )?russian|(?:auf )?russisch\w*|russischsprachig\w*|en russe|en ruso|на русском|ロシア語の?",
}
_UNSPACED_WORDS = re.compile(
    r"文書|書類|ファイル|資料|文献|記録|文档|文件|どんな|どの|どれ|何か|もの|ありますか|ある|いますか|持って|教えて|ください|全部|すべて"
    r"|出して|見せて|登録されて|されて|名前が|出てくる|出て|くる|言及して|について|に関する|関する|そちらの|ここ|ですか|です|ます|全部で"
    r"|書いた|作成した|さん|有没有|有哪些|哪些|哪个|什么|关于|提到|提及|列出|你|您|的|里|中|吗|有|所有|[のはがをにでとかもや一]"
)
# Whose documents they are: "the school's documents".
_OWNER = re.compile(rf"\b[^\W\d]+['’]s(?=\s+(?:own\s+)?(?:{'|'.join(sorted(_NOUNS))})\b)", re.IGNORECASE)
_WORD = re.compile(r"[^\W_]+(?:[-'’.][^\W_]+)*")


@dataclass(frozen=True, slots=True)
class CollectionQuestion:
    """What a question about a collection asks for.

    Attributes:
        words: What restricts the documents, as written, in order: names, topics, titles.
        days: ISO 8601, as far as they are named.
        media_types, languages: Empty if any will do.
        order: 1 for the newest, -1 for the oldest, 0 for none.
        counts: It asks how many there are.
        mentions: It asks what documents say, not what they are.
        is_by: The words name an author.
    """

    words: tuple[str, ...]
    days: tuple[str, ...] = ()
    media_types: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    order: int = 0
    counts: bool = False
    mentions: bool = False
    is_by: bool = False


def read_collection_question(question: str) -> CollectionQuestion:
    """Return what a question asks of the collection."""
    rest, counts = _cut(_OWNER.sub(" ", question), _COUNT)
    rest, is_newest = _cut(rest, _NEWEST)
    rest, is_oldest = _cut(rest, _OLDEST)
    languages = []
    for code, pattern in _LANGUAGES.items():
        rest, is_named = _cut(rest, pattern)
        languages += [code] if is_named else []
    media_types: list[str] = []
    for pattern, types in _TYPES.items():
        rest, is_named = _cut(rest, pattern)
        media_types += types if is_named else ()
    all_words = [found[0] for found in _WORD.finditer(rest)]
    lowered = {word.lower() for word in all_words}
    words = [word for raw in all_words for word in _asked_for(raw)]
    return CollectionQuestion(
        tuple(words),
        tuple(date.day for date in find_dates(rest)),
        tuple(dict.fromkeys(media_types)),
        tuple(languages),
        order=1 if is_newest else -1 if is_oldest else 0,
        counts=counts,
        mentions=bool(lowered & _MENTIONING) or bool(re.search("言及|出て|名前が|について|関する|关于|提到", question)),
        is_by=_names_author(all_words) or bool(re.search("書いた|作成した|写的", question)),
    )


def _cut(text: str, pattern: str) -> tuple[str, bool]:
    compact = re.sub(r"\s*\n\s*", "", pattern)
    rest, n_found = re.subn(rf"(?<![a-zа-яё])(?:{compact})(?![a-zà-ÿа-яё])", " ", text, flags=re.IGNORECASE)
    return rest, bool(n_found)


def _asked_for(raw: str) -> list[str]:
    """Return the parts of a word that restrict: none if it only asks."""
    if UNSPACED.search(raw):
        return [part for part in _UNSPACED_WORDS.sub(" ", raw).split() if len(part) > 1 or part.isdigit()]
    bare = re.sub(r"^(?:l|d|qu|s|j|n)['’]|['’]s$", "", raw, flags=re.IGNORECASE)
    lowered = bare.lower()
    is_code = len(bare) > 1 and any(map(str.isdigit, bare))
    is_asking = lowered in FUNCTION_WORDS | _FUNCTION_WORDS | _NOUNS | _MENTIONING | _BY
    return [bare] if is_code or (len(bare) > 1 and not is_asking) else []


def _names_author(words: list[str]) -> bool:
    pairs = pairwise(words)
    return any(word.lower() in _BY and following[0].isupper() for word, following in pairs)
