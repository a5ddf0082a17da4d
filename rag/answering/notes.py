"""Word the notes of answers in the user's language.

No note claims that the documents lack something while sentences that may answer are shown below it.
"""

from dataclasses import dataclass

from rag.text.languages import detect_language_among

_SHOWN_CHARACTERS = 200


@dataclass(frozen=True, slots=True)
class _Phrases:
    """The notes in one language; `{}` stands for the user's own words.

    Attributes:
        nothing: Nothing in the documents comes near the query.
        possible: Introduces sentences that are not confirmed as the answer.
        unanswered: Names the parts of the question that are not answered.
        greeting: Replies to a greeting, or to the question what this is.
        thanks: Replies to thanks and farewells.
        unclear: Replies to a message that names nothing to look for.
        unchecked: Says why the documents are only quoted.
        matching: Counts the rows of a table that match; `{n}`, `{total}` and `{title}` are filled.
        all_rows: Counts all rows of a table, with `{n}` and `{title}`.
        more: Counts the lines left out, `{n}`.
        newer: Says that two documents differ, with the dates `{newer}` and `{older}`.
        contradicting: Says that they differ and that neither is newer.
    """

    nothing: str
    possible: str
    unanswered: str
    greeting: str
    thanks: str
    unclear: str
    unchecked: str
    matching: str
    all_rows: str
    more: str
    newer: str
    contradicting: str


_PHRASES = {
    "en": _Phrases(
        "I looked for “{}” and found nothing about it in the documents.",
        "Not confirmed, but one of these may answer it:",
        "Not answered: “{}”",
        "Hello! I answer questions from the documents here and show the words that each answer rests on. "
        "What would you like to know?",
        "You are welcome. Ask whenever you like.",
        "I do not understand what you want to know. Please ask a whole question.",
        "Only quoted: sentences written in the language of these documents cannot be checked yet.",
        "Matching entries: {n} of {total} (“{title}”):",
        "Entries: {n} (“{title}”):",
        "And {n} more.",
        "The documents differ: that of {newer} is newer than that of {older}.",
        "The documents contradict each other here.",
    ),
    "de": _Phrases(
        "Ich habe nach „{}“ gesucht und in den Dokumenten nichts dazu gefunden.",
        "Nicht bestätigt, aber eine dieser Stellen könnte die Antwort enthalten:",
        "Nicht beantwortet: „{}“",
        "Hallo! Ich beantworte Fragen anhand der Dokumente hier und zeige zu jeder Antwort die Textstellen, auf die "
        "sie sich stützt. Was möchten Sie wissen?",
        "Gern geschehen. Fragen Sie jederzeit wieder.",
        "Ich verstehe nicht, was Sie wissen möchten. Bitte stellen Sie eine ganze Frage.",
        "Nur zitiert: Eigene Sätze in der Sprache dieser Dokumente lassen sich noch nicht prüfen.",
        "Passende Einträge: {n} von {total} („{title}“):",
        "Einträge: {n} („{title}“):",
        "Und {n} weitere.",
        "Die Dokumente weichen ab: Das von {newer} ist neuer als das von {older}.",
        "Die Dokumente widersprechen sich hier.",
    ),
    "fr": _Phrases(
        "J’ai cherché « {} » et n’ai rien trouvé à ce sujet dans les documents.",
        "Ce n’est pas confirmé, mais l’un de ces passages répond peut-être à la question :",
        "Sans réponse : « {} »",
        "Bonjour ! Je réponds aux questions à partir des documents disponibles ici et je montre les passages sur "
        "lesquels repose chaque réponse. Que souhaitez-vous savoir ?",
        "Avec plaisir. Vous pouvez m’interroger à tout moment.",
        "Je ne comprends pas ce que vous voulez savoir. Posez une question complète, s’il vous plaît.",
        "Citation seule : les phrases rédigées dans la langue de ces documents ne peuvent pas encore être vérifiées.",
        "Entrées correspondantes : {n} sur {total} (« {title} ») :",
        "Entrées : {n} (« {title} ») :",
        "Et {n} de plus.",
        "Les documents diffèrent : celui de {newer} est plus récent que celui de {older}.",
        "Les documents se contredisent sur ce point.",
    ),
    "es": _Phrases(
        "He buscado «{}» y no he encontrado nada al respecto en los documentos.",
        "No está confirmado, pero uno de estos fragmentos puede contener la respuesta:",
        "Sin respuesta: «{}»",
        "¡Hola! Respondo a preguntas a partir de los documentos disponibles aquí y muestro los pasajes en que se apoya "
        "cada respuesta. ¿Qué le gustaría saber?",
        "De nada. Pregunte cuando quiera.",
        "No entiendo qué quiere saber. Haga una pregunta completa, por favor.",
        "Solo citas: todavía no se pueden comprobar frases redactadas en el idioma de estos documentos.",
        "Entradas que coinciden: {n} de {total} («{title}»):",
        "Entradas: {n} («{title}»):",
        "Y {n} más.",
        "Los documentos difieren: el de {newer} es más reciente que el de {older}.",
        "Los documentos se contradicen en este punto.",
    ),
    "it": _Phrases(
        "Ho cercato «{}» e nei documenti non ho trovato nulla in proposito.",
        "Non è confermato, ma una di queste frasi potrebbe essere la risposta:",
        "Senza risposta: «{}»",
        "Ciao! Rispondo alle domande in base ai documenti che sono qui e mostro le parole su cui si fonda ogni "
        "risposta. Che cosa vuole sapere?",
        "Prego. Chieda pure quando vuole.",
        "Non capisco che cosa vuole sapere. Faccia una domanda completa, per favore.",
        "Solo citazioni: le frasi scritte nella lingua di questi documenti non si possono ancora verificare.",
        "Voci corrispondenti: {n} su {total} («{title}»):",
        "Voci: {n} («{title}»):",
        "E altre {n}.",
        "I documenti differiscono: quello di {newer} è più recente di quello di {older}.",
        "I documenti si contraddicono su questo punto.",
    ),
    "pt": _Phrases(
        "Procurei «{}» e não encontrei nada sobre isso nos documentos.",
        "Não está confirmado, mas uma destas frases pode ser a resposta:",
        "Sem resposta: «{}»",
        "Olá! Respondo a perguntas a partir dos documentos daqui e mostro as palavras em que cada resposta se baseia. "
        "O que gostaria de saber?",
        "De nada. Pergunte quando quiser.",
        "Não entendo o que quer saber. Por favor, faça uma pergunta completa.",
        "Apenas citações: ainda não é possível verificar frases escritas na língua destes documentos.",
        "Entradas correspondentes: {n} de {total} («{title}»):",
        "Entradas: {n} («{title}»):",
        "E mais {n}.",
        "Os documentos diferem: o de {newer} é mais recente do que o de {older}.",
        "Os documentos contradizem-se neste ponto.",
    ),
    "nl": _Phrases(
        "Ik heb gezocht naar „{}” en er niets over gevonden in de documenten.",
        "Niet bevestigd, maar een van deze zinnen is misschien het antwoord:",
        "Niet beantwoord: „{}”",
        "Hallo! Ik beantwoord vragen uit de documenten hier en laat de woorden zien waarop elk antwoord berust. "
        "Wat wilt u weten?",
        "Graag gedaan. Vraag gerust wanneer u wilt.",
        "Ik begrijp niet wat u wilt weten. Stel alstublieft een volledige vraag.",
        "Alleen citaten: zinnen in de taal van deze documenten zijn nog niet te controleren.",
        "Passende regels: {n} van {total} („{title}”):",
        "Regels: {n} („{title}”):",
        "En nog {n}.",
        "De documenten verschillen: dat van {newer} is nieuwer dan dat van {older}.",
        "De documenten spreken elkaar hier tegen.",
    ),
    "pl": _Phrases(
        "Szukałem „{}” i nie znalazłem nic na ten temat w dokumentach.",
        "To niepotwierdzone, ale jedno z tych zdań może być odpowiedzią:",
        "Bez odpowiedzi: „{}”",
        "Dzień dobry! Odpowiadam na pytania na podstawie tutejszych dokumentów i pokazuję słowa, na których opiera się "
        "każda odpowiedź. O co chodzi?",
        "Proszę bardzo. Można pytać w każdej chwili.",
        "Nie rozumiem, o co chodzi. Proszę zadać całe pytanie.",
        "Tylko cytaty: zdań w języku tych dokumentów nie da się jeszcze sprawdzić.",
        "Pasujące pozycje: {n} z {total} („{title}”):",
        "Pozycje: {n} („{title}”):",
        "I jeszcze {n}.",
        "Dokumenty różnią się: ten z {newer} jest nowszy niż ten z {older}.",
        "Dokumenty są tu ze sobą sprzeczne.",
    ),
    "ru": _Phrases(
        "Поиск «{}» ничего не дал: в документах об этом не говорится.",
        "Это не подтверждено, но ответом может быть одно из этих мест:",
        "Без ответа: «{}»",
        "Здравствуйте! Я отвечаю на вопросы по здешним документам и показываю слова, на которых основан каждый ответ. "
        "Что вы хотите узнать?",
        "Пожалуйста. Спрашивайте в любое время.",
        "Я не понимаю, что вы хотите узнать. Пожалуйста, задайте вопрос полностью.",
        "Только цитаты: фразы на языке этих документов пока нельзя проверить.",
        "Подходящие записи: {n} из {total} («{title}»):",
        "Записи: {n} («{title}»):",
        "И ещё {n}.",
        "Документы расходятся: документ {newer} новее документа {older}.",
        "Здесь документы противоречат друг другу.",
    ),
    "uk": _Phrases(
        "Пошук «{}» нічого не дав: у документах про це не йдеться.",
        "Це не підтверджено, але відповіддю може бути одне з цих місць:",
        "Без відповіді: «{}»",
        "Вітаю! Я відповідаю на запитання за тутешніми документами й показую слова, на яких ґрунтується кожна "
        "відповідь. Що ви хочете дізнатися?",
        "Будь ласка. Запитуйте будь-коли.",
        "Я не розумію, що ви хочете дізнатися. Будь ласка, поставте запитання повністю.",
        "Лише цитати: речення мовою цих документів поки що не можна перевірити.",
        "Відповідні записи: {n} з {total} («{title}»):",
        "Записи: {n} («{title}»):",
        "І ще {n}.",
        "Документи різняться: документ {newer} новіший за документ {older}.",
        "Тут документи суперечать один одному.",
    ),
    "ja": _Phrases(
        "「{}」を探しましたが、文書には見つかりませんでした。",
        "確認はできていませんが、次のいずれかが答えかもしれません:",
        "未回答: 「{}」",
        "こんにちは。ここにある文書から質問にお答えし、根拠となる言葉を示します。何をお知りになりたいですか。",
        "どういたしまして。いつでもご質問ください。",
        "何をお知りになりたいのか分かりません。質問を文でお書きください。",
        "引用のみです。これらの文書の言語で書いた文は、まだ確認できません。",
        "「{title}」の{total}件のうち{n}件が該当します:",
        "「{title}」には{n}件あります:",
        "ほか{n}件。",
        "文書によって異なります。{newer}の文書は{older}の文書より新しいものです。",
        "この点で文書どうしが矛盾しています。",
    ),
    "zh": _Phrases(
        "我查找了“{}”，文档中没有相关内容。",
        "尚未确认，但以下内容之一可能是答案：",
        "未回答：“{}”",
        "您好！我根据这里的文档回答问题，并给出每个答案所依据的原文。您想了解什么？",
        "不客气。欢迎随时提问。",
        "我不明白您想知道什么。请输入完整的问题。",
        "仅为引用：目前还无法核对用这些文档的语言写成的句子。",
        "“{title}”的 {total} 条中有 {n} 条符合：",
        "“{title}”中有 {n} 条：",
        "还有 {n} 条。",
        "文档内容不一致：{newer} 的文档比 {older} 的新。",
        "文档在这一点上互相矛盾。",
    ),
}
_FALLBACK = "en"

LANGUAGES = tuple(_PHRASES)
"""ISO 639-1 codes of the languages that notes are written in."""


def language_of_question(question: str, expected: str = "en") -> str:
    """Return the language of a question, one of LANGUAGES; the expected one if it is uncertain."""
    return detect_language_among(question, LANGUAGES, expected)


def say_nothing_found(query: str, language: str) -> str:
    """Return the note that nothing comes near a query.

    Args:
        query: Cut if long; not read as markup.
        language: ISO 639-1 code; an unknown one gives English, as in all functions here.
    """
    return _phrases(language).nothing.replace("{}", _shorten(query))


def say_possible(language: str) -> str:
    """Return the note above sentences that may answer and are not confirmed."""
    return _phrases(language).possible


def say_unanswered(parts: list[str], language: str) -> str:
    """Return the note that names the unanswered parts of a question, at least one."""
    return _phrases(language).unanswered.replace("{}", _shorten(" / ".join(parts)))


def say_hello(language: str) -> str:
    """Return the reply to a greeting, or to the question what this is."""
    return _phrases(language).greeting


def say_welcome(language: str) -> str:
    """Return the reply to thanks or a farewell."""
    return _phrases(language).thanks


def say_unclear(language: str) -> str:
    """Return the reply to a message that names nothing to look for."""
    return _phrases(language).unclear


def say_unchecked(language: str) -> str:
    """Return the note that the documents are only quoted, as sentences could not be checked."""
    return _phrases(language).unchecked


def say_rows(n: int, total: int, title: str, language: str) -> str:
    """Return the line above the `n` rows that match, of the `total` of a table."""
    phrases = _phrases(language)
    phrase = phrases.matching if n < total else phrases.all_rows
    # The title comes last: it is data and may hold braces.
    return phrase.replace("{n}", str(n)).replace("{total}", str(total)).replace("{title}", _shorten(title))


def say_more(n: int, language: str) -> str:
    """Return the note that `n` lines are left out."""
    return _phrases(language).more.replace("{n}", str(n))


def say_newer(newer: str, older: str, language: str) -> str:
    """Return the note that documents of two dates differ."""
    return _phrases(language).newer.replace("{newer}", _shorten(newer)).replace("{older}", _shorten(older))


def say_contradicting(language: str) -> str:
    """Return the note that documents differ and neither is known to be newer."""
    return _phrases(language).contradicting


def _phrases(language: str) -> _Phrases:
    return _PHRASES.get(language, _PHRASES[_FALLBACK])


def _shorten(text: str) -> str:
    shown = " ".join(text.split())
    return shown if len(shown) <= _SHOWN_CHARACTERS else shown[: _SHOWN_CHARACTERS - 1].rstrip() + "…"
