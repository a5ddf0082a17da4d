"""Split text into words that can be compared: by stem, name, number and negation.

Only English function words and question words are listed. In other languages every word counts as
content, so more of a question must be found before it counts as answered.
"""

import re
import unicodedata
from collections.abc import Callable, Collection, Sequence
from functools import lru_cache
from typing import Literal, NamedTuple

Stem = Callable[[str], str]
AnswerKind = Literal["person_or_name", "place", "date", "number", "any"]

# A word may hold a decimal point or comma, the dots of U.S., an apostrophe, or the colon of 7:30.
# It holds no hyphen: 30-day holds 30.
_WORD = re.compile(r"\d{1,2}:\d\d\b|[^\W_]+(?:[.,'’](?=[^\W_])[^\W_]+)*")
FUNCTION_WORDS = frozenset(
    """a an the of in on at by for to from with and or but is are was were be been being am do does did done has
    have had having it its this that these those he she they them him his her their as not no nor so than then
    there here what which who whom whose when where why how i you we me my your our us will would can could
    shall should may might must about into over under between during after before up out off if because while
    also any some many much more most other such only own same according say said says tell told kind type name
    called give given known located situated each every both all another""".split()  # noqa: SIM905
)
_NUMBER = re.compile(
    r"\d|\b(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|dozen|hundred|thousand|million|billion|half"
    r"|third|quarter|once|twice|several|percent|first|second|fourth|fifth)\b",
    re.IGNORECASE,
)
_DATE = re.compile(
    r"\b(?:\d{3,4}s?\b|\d+(?:st|nd|rd|th)\b|centur|year|month|week|day|decade|today|yesterday|tomorrow|jan(?:uary)?\b"
    r"|feb(?:ruary)?\b|march\b|april\b|may\b|june\b|july\b|august\b|sept|october|november|december|monday|tuesday"
    r"|wednesday|thursday|friday|saturday|sunday|spring|summer|autumn|winter|recent|immediate|now\b|during\b|after\b"
    r"|before\b|when\b|while\b|until\b|since\b)",
    re.IGNORECASE,
)
_HOW_MUCH = r"how (?:many|much|old|long|far|high|tall|big|large|often|deep|fast)"
_QUESTION_WORDS: dict[AnswerKind, str] = {
    "number": rf"{_HOW_MUCH}|(?:what|which) (?:percentage|number|fraction|amount)",
    "date": "when|(?:what|which) (?:year|century|date|day|month|decade)",
    "person_or_name": "who|whom|whose",
    "place": "where",
}
_POLAR_OPENING = re.compile(
    r"^\W*(?:(?:and|but|so)\s+)?(?:do|does|did|is|are|was|were|has|have|had|can|could|may|might|must|will|would|shall|should"
    r"|ist|sind|war|waren|hat|haben|hatte|hatten|kann|können|darf|dürfen|muss|müssen|wird|werden|soll|sollen)\b",
    re.IGNORECASE,
)
# Countries whose adjective or abbreviation shares no root with their name.
_SAME_NAME = {"america": "us", "american": "us", "americans": "us", "usa": "us", "britain": "uk", "british": "uk"}
# Past forms whose stem differs from the verb's. "Found", "left", "lay" and "saw" have other
# meanings too and are left out.
_IRREGULAR = {
    form: forms.split()[0]
    for forms in """become became;begin began begun;bite bit bitten;blow blew blown;break broke broken;bring brought
    build built;burn burnt;buy bought;catch caught;choose chose chosen;come came;creep crept;deal dealt;dig dug
    draw drew drawn;drink drank drunk;drive drove driven;eat ate eaten;fall fell fallen;feed fed;feel felt;fight fought
    flee fled;fly flew flown;forbid forbade forbidden;forget forgot forgotten;freeze froze frozen;get got gotten
    go went gone;grow grew grown;hang hung;hear heard;hide hid hidden;hold held;keep kept;know knew known;lead led
    lend lent;lose lost;make made;mean meant;meet met;pay paid;ride rode ridden;ring rang rung;rise rose risen
    run ran;seek sought;sell sold;send sent;shake shook shaken;shoot shot;shrink shrank shrunk;sing sang sung
    sink sank sunk;sit sat;sleep slept;speak spoke spoken;spend spent;stand stood;steal stole stolen;stick stuck
    strike struck;swear swore sworn;swim swam swum;take took taken;teach taught;tear tore torn;think thought
    throw threw thrown;understand understood;wake woke woken;wear wore worn;weave wove woven;win won
    withdraw withdrew withdrawn;write wrote written""".replace("\n", ";").split(";")
    for form in forms.split()[1:]
}
# Words of "how much", "how long" and the like, which an answer need not repeat.
MEASURES = frozenset(
    """cost price amount number long old age high height tall far big larg size deep fast length last take worth
    weigh""".split()  # noqa: SIM905
)
# Without "one", often a pronoun, "third", an ordinal, and "hundred": "two hundred" is not 100.
_NUMBER_WORDS = {
    word: str(number)
    for number, word in enumerate("two three four five six seven eight nine ten eleven twelve".split(), start=2)  # noqa: SIM905
} | {"twenty": "20", "thirty": "30", "forty": "40", "fifty": "50", "sixty": "60", "seventy": "70", "eighty": "80"}
_NUMBER_WORDS |= {"ninety": "90", "half": "0.5"}
# Days and months are compared like numbers; "may" and "march" are verbs.
_CALENDAR = frozenset(
    """January February March April May June July August September October November December Monday Tuesday Wednesday
    Thursday Friday Saturday Sunday Januar Februar März Mai Juni Juli Oktober Dezember Montag Dienstag Mittwoch
    Donnerstag Freitag Samstag Sonntag""".split()  # noqa: SIM905
)
# Two stems have the same root if they begin alike and each goes on with one of these: Ukraine and
# Ukrainian, Schwester and Schwestern, blanco and blanca; not Austria and Australia, Johnson and
# Johnston, contract and contrast.
_ENDINGS = frozenset(
    """a e i o s n t y es en er em ern ens an ian ean ish isch ische ischen ischer isches or ist ism ic ical al ial ant
    ent anc enc abl ibl iti ness ment ion ation ition iv ous ship hood dom age ung ungen lich liche lichen ar ir ado ido
    ato ito ada ida ata ita os as is ed ing te ten""".split()  # noqa: SIM905
) | {""}
_SHARED_ROOT_LENGTH = 5
# Enough if one of the two is the root itself: Iran and Iranian, Cuba and Cuban.
_WHOLE_ROOT_LENGTH = 4
# Characters. The words of longer texts are not kept for the next reader.
_MAX_KEPT_LENGTH = 400
# English and German.
_NEGATIONS = frozenset("not never no none nobody nothing neither nor without cannot cant nicht kein keine nie".split())  # noqa: SIM905
_NEGATED_ENDINGS = ("n't", "n’t")
_NEGATES = re.compile(
    rf"\b(?:{'|'.join(sorted(_NEGATIONS))}|kein\w*|niemals|ohne|pas|jamais|sans|aucun\w*|nunca|sin|ningún|ninguna|non|mai"
    r"|senza|não|sem|niet|geen|nooit|zonder|bez|не|нет|без|ні)\b|n['’]t\b|(?:ない|ません|不|没)",
    re.IGNORECASE,
)
# English and German words for the rules that compare sentences.
ARTICLES = frozenset(
    "the a an their his her its our der die das den dem des ein eine einen einem einer eines".split()  # noqa: SIM905
)
BE = frozenset("is are was were be been being".split())  # noqa: SIM905
AUXILIARIES = frozenset("has have had did does will would also then".split())  # noqa: SIM905
CONJUNCTIONS = frozenset("and but und aber".split())  # noqa: SIM905
SUBJECT_PRONOUNS = frozenset("he she it they".split())  # noqa: SIM905
OBJECT_PRONOUNS = frozenset("him them".split())  # noqa: SIM905
POSSESSIVE_PRONOUNS = frozenset("his her its their".split())  # noqa: SIM905
GERMAN_PRONOUNS = frozenset("er sie es".split())  # noqa: SIM905


class Word(NamedTuple):
    """One word of a text; a tuple, because a context has thousands and tuples are made fast.

    Attributes:
        start, end: Its span of the text, in code points, half-open.
        number: Its value in digits, or the day or month that it names: 4200, 3.5, 12 for twelve,
            0.5 for half, "may." for May; None for other words.
        is_name: Whether it has a capital and does not open the text, or begins with a digit.
        is_content: Whether it is no English function word.
    """

    text: str
    start: int
    end: int
    stem: str
    number: str | None
    is_name: bool
    is_content: bool

    @property
    def meaning(self) -> str:
        """The number or else the stem; words that share it mean the same."""
        return self.number or self.stem

    @property
    def lowered(self) -> str:
        """The word in lower case."""
        return self.text.lower()

    @property
    def is_negation(self) -> bool:
        """Whether it is an English or German negation."""
        return self.lowered in _NEGATIONS or self.lowered.endswith(_NEGATED_ENDINGS)

    @property
    def is_capitalised(self) -> bool:
        """Whether it is a content word with a capital, also at the start of the text."""
        return self.is_content and self.text[0].isupper()


def split_words(text: str, stem: Stem) -> tuple[Word, ...]:
    """Return the words of a text in order."""
    return _split_short(text, stem) if len(text) <= _MAX_KEPT_LENGTH else _split(text, stem)


def _split(text: str, stem: Stem) -> tuple[Word, ...]:
    words: list[Word] = []
    is_shouted = text.isupper()
    for match in _WORD.finditer(text):
        raw, (start, end) = match[0], match.span()
        words.append(Word(raw, start, end, *_read_word(raw, stem, is_first=not words, is_shouted=is_shouted)))
    return tuple(words)


# Several stages of an answer read the words of the same sentences and cells.
_split_short = lru_cache(maxsize=4096)(_split)


def stems_of(words: Sequence[Word]) -> set[str]:
    """Return all stems, and the acronyms of capitalised words: European Union also gives `eu`."""
    stems = {word.stem for word in words}
    acronyms: set[str] = set()
    initials = ""
    for word in words:
        if word.text[0].isupper():
            initials += word.text[0].lower()
        elif word.is_content:
            acronyms.add(initials)
            initials = ""
    acronyms.add(initials)
    return stems | {acronym for acronym in acronyms if len(acronym) > 1}


def content_stems(words: Sequence[Word]) -> set[str]:
    """Return the stems of the content words."""
    return {word.stem for word in words if word.is_content}


def is_found(stem: str, stems: Collection[str]) -> bool:
    """Tell whether a stem, or another one of the same root, is among the stems."""
    if stem in stems:
        return True
    if len(stem) < _WHOLE_ROOT_LENGTH or stem[0].isdigit():
        return False
    start = stem[:_WHOLE_ROOT_LENGTH]
    return any(_have_same_root(stem, other) for other in stems if other.startswith(start))


class Vocabulary:
    """All stems of a text, for looking up once which of them have the same root as a word."""

    def __init__(self, stems: Collection[str]) -> None:
        self._by_start: dict[str, list[str]] = {}
        for stem in stems:
            self._by_start.setdefault(stem[:_WHOLE_ROOT_LENGTH], []).append(stem)

    def roots(self, stem: str) -> frozenset[str]:
        """Return this stem and those of the same root; `is_found` needs one of them."""
        alike = self._by_start.get(stem[:_WHOLE_ROOT_LENGTH], ())
        return frozenset((stem, *(other for other in alike if is_found(stem, (other,)))))


def _have_same_root(one: str, other: str) -> bool:
    differs_at = (i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b)
    n_shared = next(differs_at, min(len(one), len(other)))
    endings = {one[n_shared:], other[n_shared:]}
    if n_shared < _SHARED_ROOT_LENGTH and "" not in endings:
        return False
    # Robert is not Roberta, and Niger is not Nigeria.
    return endings <= _ENDINGS and endings != {"", "a"}


def coverage(wanted: Sequence[str], stems: Collection[str]) -> float:
    """Return the share of the wanted stems that are found, 0 to 1; 1 if none is wanted."""
    return sum(is_found(stem, stems) for stem in wanted) / len(wanted) if wanted else 1.0


def answer_kind(question: str) -> AnswerKind:
    """Return what an answer must hold, by the English question word; `any` if there is none."""
    openings = _QUESTION_WORDS.items()
    return next((kind for kind, words in openings if re.search(rf"\b(?:{words})\b", question, re.IGNORECASE)), "any")


def is_polar_question(question: str) -> bool:
    """Tell whether a question asks for yes or no, by its first word in English or German."""
    return bool(_POLAR_OPENING.match(question))


def holds_kind(kind: AnswerKind, sentence: str, words: Sequence[Word], known_stems: Collection[str]) -> bool:
    """Tell whether a sentence holds something of the kind that a question asks for.

    Args:
        words: The sentence's words.
        known_stems: The question's stems; a name among them is no answer.
    """
    if kind == "number":
        return bool(_NUMBER.search(sentence))
    if kind == "date":
        return bool(_DATE.search(sentence))
    if kind == "any":
        return True
    return any(word.is_capitalised and word.stem not in known_stems for word in words)


@lru_cache(maxsize=65_536)
def normalise_word(raw: str) -> str:
    """Remove case, accents, possessives and abbreviation dots: Ögedei's is ogedei, U.S. is us."""
    lowered = raw.lower().replace("’", "'").removesuffix("'s")
    folded = lowered if lowered.isascii() else _fold_accents(lowered)
    # Keep a decimal point: 3.5 is not 35. Drop a thousands comma: 1,000 is 1000.
    bare = folded.replace(",", "") if folded[:1].isdigit() else re.sub(r"[.,']", "", folded)
    return _SAME_NAME.get(bare) or _IRREGULAR.get(bare, bare)


def _fold_accents(text: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))


@lru_cache(maxsize=65_536)
def _read_word(raw: str, stem: Stem, *, is_first: bool, is_shouted: bool) -> tuple[str, str | None, bool, bool]:
    """Return a word's stem and number, whether it is a name, and whether it is content."""
    stemmed, lowered, is_digits = stem(normalise_word(raw)), raw.lower(), raw[0].isdigit()
    written_out = f"{lowered}." if raw in _CALENDAR else _NUMBER_WORDS.get(lowered)
    # US and WHO are names unless the whole text is in capitals.
    is_acronym = len(raw) > 1 and raw.isupper() and not is_shouted
    is_content = is_acronym or lowered not in FUNCTION_WORDS or (raw == "May" and not is_first)
    is_name = is_content and (is_digits or (raw[0].isupper() and not is_first))
    return stemmed, stemmed if is_digits else written_out, is_name, is_content


def negates(text: str) -> bool:
    """Tell whether a text holds a negation, in any of twelve languages."""
    return bool(_NEGATES.search(text))


def is_negation(word: str) -> bool:
    """Tell whether a word is a negation, in any of twelve languages."""
    return bool(_NEGATES.fullmatch(word)) or word.lower().endswith(_NEGATED_ENDINGS)
