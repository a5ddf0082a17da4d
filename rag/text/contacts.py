"""Find addresses, hosts, mails, handles, phone and account numbers in text. Pure.

Texts are compared in a plain form, so that another spelling or grouping is the same contact. It
undoes what hides a contact from readers of patterns: "evil[.]org", "evil dot org", full width.
"""

import html
import re
import unicodedata
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from functools import cache
from itertools import accumulate
from urllib.parse import unquote

from linkify_it.tlds import TLDS  # type: ignore[import-untyped]  # ships no annotations

from rag.text.words import FUNCTION_WORDS

# Domains that no registry gives out, which documents and attackers use all the same.
_RESERVED = {"example", "test", "invalid", "local", "localhost", "internal", "onion", "lan"}
# The only ones that "dot" in other languages, or a space after the dot, leads to.
_COMMON = r"(?:com|net|org|info|io|example)\b"
_DASHES = re.compile("[\u2010-\u2015\u2212\ufe58\ufe63\uff0d]")
_IGNORED = re.compile("[\u034f\u115f\u1160\u17b4\u17b5\u20e3\u3164\uffa0\ufe00-\ufe0f\U000e0000-\U000e0fff]")
_DOT_WORDS = "dot|punkt|punto|ponto|point|точка|点|點"
_BRACKETED_DOT = re.compile(rf"\s*[\[({{<]\s*(?:\.|{_DOT_WORDS})\s*[\])}}>]\s*", re.IGNORECASE)
_BRACKETED_AT = re.compile(r"\s*[\[({<]\s*(?:@|at|ät|arobase|chiocciola|arroba)\s*[\])}>]\s*", re.IGNORECASE)
_SPOKEN_DOT = re.compile(
    rf"(?<=[^\W_])[\s_-]+(?:dot[\s_-]+(?=([a-z]{{2,24}})\b)|(?:{_DOT_WORDS})[\s_-]+(?={_COMMON}))", re.IGNORECASE
)
_LIKE_A_DOT = re.compile(r"(?<=[a-z0-9])[·•・‧。](?=[a-z0-9])", re.IGNORECASE)
_SPACED_DOT = re.compile(rf"(?<=\w)(?:\s+\.\s*(?=[a-z])|\.\s+(?={_COMMON}))")
_SPACED_SCHEME = re.compile(r"\b(h..ps?|ftps?)\s*:\s*/\s*/\s*", re.IGNORECASE)
_LETTER_BY_LETTER = re.compile(r"(?<!\S)(?:[^\s\d] ){5,}[^\s\d](?!\S)")
# Cyrillic and Greek letters that look like Latin ones.
_LOOKALIKES = str.maketrans("аеорсухіјѕԁһӏοαν", "aeopcyxijsdhloav")

_LINK = re.compile(
    r"(?:(?<![a-z0-9+.-])[a-z][a-z0-9+.-]{0,20}://|//(?=\w[\w-]*\.)|www\.|\\\\(?=\w)"
    r"|(?:https?|ftp|file|mailto|javascript|vbscript|bitcoin|magnet|intent):|data:[a-z]+/)[^\s<>\"')\]]*"
    r"|\b(?:tel|sms|callto|skype|whatsapp|geo):[+\w]\S*"
    r"|(?<![\w.+-])[\w.+-]{1,64}@\w[\w-]*(?:\.[\w-]+)*"
    r"|(?<![\w./-])(?:[\w-]{1,63}\.)+[a-z][\w-]+(?::\d+)?/[^\s<>\"')\]]+"
    r"|\b(?:localhost|(?<![\w-])[\w-]{1,63}(?=:\d{2,5}/))(?::\d{2,5})?(?:/[^\s<>\"')\]]*)?"
    r"|(?<![\d.])\d{1,3}(?:\.\d{1,3}){3}(?!\.?\d)|\b(?:[0-9a-f]{1,4}:){2,7}(?:[0-9a-f]{1,4}|:)[0-9a-f:]*",
    re.IGNORECASE,
)
_CLOCK = re.compile(r"\d{1,2}(?::\d\d){1,2}")
_HARMLESS_SCHEME = re.compile(r"(?:https?:)?//|(?:mailto|tel):", re.IGNORECASE)
_NAME_WITH_DOT = re.compile(r"(?<![\w.-])(?:[\w-]{1,63}\.)+(?:[^\W_]|-+(?=[^\W_])){2,63}")
# Where a script without spaces surrounds the name.
_ASCII_NAME_WITH_DOT = re.compile(
    r"(?<![a-z0-9_.-])(?:[a-z0-9_-]{1,63}\.)+[a-z](?:[a-z0-9]|-+(?=[a-z0-9])){1,62}", re.IGNORECASE
)
_HANDLE = re.compile(r"(?<![\w@/.])@\w[\w.-]+")
_MESSENGERS = (
    "telegram|whats ?app|wechat|weixin|viber|discord|skype|threema|snapchat|instagram|tiktok|kakaotalk|facebook"
    "|телеграм|в[ао]тсап|вайбер|تيليجرام|واتساب"
)
_OTHER_MESSENGERS = (
    r"微信|テレグラム|\b(?:signal|line|kik|zalo|icq)[ -](?:id|number|nummer|user|account|group|messenger)\b"
)
_ANY_MESSENGER = re.compile(rf"{_MESSENGERS}|{_OTHER_MESSENGERS}", re.IGNORECASE)
# As a way to reach somebody; "Facebook bought Instagram" is none.
_MESSENGER = re.compile(
    rf"\b(?:on|via|by|through|over|using|to|our|my|auf|über|per|bei|sur|par|en|por|su|tramite|no|na|pelo|op|в|через|по|на|على|عبر)"
    rf"\s+(?:(?:the|our|my)\s+)?(?P<on>{_MESSENGERS})"
    rf"|\b(?P<of>{_MESSENGERS})\w*\s?(?:[:@]|(?:page|group|channel|bot|number|account|id|chat|seite|gruppe|kanal|nummer|canal"
    r"|grupo|groupe|gruppo|кана|чат|групп|бот)\w*)"
    rf"|(?P<name>{_OTHER_MESSENGERS})",
    re.IGNORECASE,
)

# Digits with at most one kind of separator between the groups, and spaces around it.
_DIGITS = re.compile(r"(?<![\d.,])(?:\+\s?)?\(?\d+(?:(?:\s?[-./()·_]{1,2}\s?|\s|,)\(?\d+)*")
_GROUP = re.compile(r"\d+")
_NATIONAL_ZERO = re.compile(r"\(0\)")
_DAY = r"(?:0?[1-9]|[12]\d|3[01])"
_MONTH = r"(?:0?[1-9]|1[0-2])"
_YEAR = r"(?:1\d|20|21)\d\d"
_DATE = re.compile(
    rf"(?<!\d)(?:{_YEAR}([-./]){_MONTH}\1{_DAY}|(?:{_DAY}([-./]){_MONTH}|{_MONTH}([-./]){_DAY})(?:\2|\3){_YEAR})(?!\d)"
)
_YEARS = re.compile(rf"{_YEAR}(?:\s?[-/,]?\s?{_YEAR})*")
_THOUSANDS = re.compile(r"\d{1,3}([., '’])\d{3}(?:\1\d{3})*(?:(?!\1)[.,]\d+)?")
_DECIMAL = re.compile(r"0[.,]\d+")
_SHORT_DATE = re.compile(r"\d{1,2}[-./]\d{1,2}[-./]?\d{0,2}\.?")
_LONG_DIGITS = 7
_SHORT_DIGITS = 4
_MAX_GROUPS = 12
_LETTERED_NUMBER = re.compile(
    r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,4})?\b"
    r"|(?:\b\d{1,4}[-. ])?\(?\b[089]\d\d\)?[-. ][A-Z]{4,}(?:-[A-Z]+)*\b"
    r"|\b(?=[a-zA-Z]*\d)(?=\d*[a-zA-Z])(?=(?:[a-zA-Z]*\d){3})[a-zA-Z0-9]{12,}\b"
)
_CHINESE_DIGITS = str.maketrans("零〇一二三四五六七八九", "00123456789")
_CHINESE_NUMBER = re.compile("[零〇一二三四五六七八九]{5,}")
# Zero to nine in English, German, French, Spanish, Italian, Portuguese, Dutch and Russian.
_DIGIT_WORDS = {
    word: str(digit)
    for words in (
        "zero one two three four five six seven eight nine",
        "null eins zwei drei vier fünf sechs sieben acht neun",
        "zéro un deux trois quatre cinq six sept huit neuf",
        "cero uno dos tres cuatro cinco seis siete ocho nueve",
        "zero uno due tre quattro cinque sei sette otto nove",
        "zero um dois três quatro cinco seis sete oito nove",
        "nul een twee drie vier vijf zes zeven acht negen",
        "ноль один два три четыре пять шесть семь восемь девять",
    )
    for digit, word in enumerate(words.split())
} | {"oh": "0", "zwo": "2"}
_SPOKEN_DIGITS = re.compile(rf"\b(?:(?:{'|'.join(_DIGIT_WORDS)})\b[\s,-]*){{5,}}", re.IGNORECASE)
_WORD = re.compile(r"\w+")


def adds_contact(text: str, known: Sequence[str], nearby: Sequence[str] = ()) -> bool:
    """Return whether a text holds a contact that the known texts lack.

    Args:
        known: Texts whose contacts may be repeated, whole.
        nearby: Texts whose names of files may be repeated as well.
    """
    plain = _plain(text)
    plain_known = [_plain(one) for one in known]
    has_unknown_name = not _set_of(_contacts, [plain]) <= _set_of(_contacts, plain_known)
    has_unknown_name |= not _set_of(_messengers, [plain]) <= _set_of(_names_of_messengers, plain_known)
    if has_unknown_name or _has_unknown_number(plain, plain_known):
        return True
    files = _set_of(_names_with_dot, [plain])
    return bool(files) and not files <= _set_of(_names_with_dot, [*plain_known, *map(_plain, nearby)])


@cache
def top_level_domains() -> frozenset[str]:
    """Return the names that a host may end with, in lower case, also in their own script."""
    names = {name.lower() for name in TLDS} | _RESERVED
    return frozenset(names | {name.encode().decode("idna") for name in names if name.startswith("xn--")})


def is_host(name: str) -> bool:
    """Return whether a name with dots ends like a host; "setup.py" and "Node.js" differ in that."""
    last = name.lower().rpartition(".")[2]
    return last in top_level_domains() or last.translate(_LOOKALIKES) in top_level_domains()


def _plain(text: str) -> str:
    """Return a text without disguise: one form of letters, digits, dashes and dots."""
    decoded = " ".join(unicodedata.normalize("NFKC", unquote(html.unescape(text))).split())
    seen = "".join(character for character in decoded if unicodedata.category(character) != "Cf")
    plain = _LIKE_A_DOT.sub(".", _DASHES.sub("-", _IGNORED.sub("", seen)))
    plain = _LETTER_BY_LETTER.sub(lambda found: found.group().replace(" ", ""), plain)
    plain = _BRACKETED_AT.sub("@", _BRACKETED_DOT.sub(".", plain))
    plain = _SPACED_SCHEME.sub(r"\1://", _SPACED_DOT.sub(".", _SPOKEN_DOT.sub(_dot_before_domain, plain)))
    plain = _CHINESE_NUMBER.sub(lambda found: found.group().translate(_CHINESE_DIGITS), plain)
    return _SPOKEN_DIGITS.sub(_as_digits, plain)


def _dot_before_domain(spoken: re.Match[str]) -> str:
    following = (spoken.group(1) or "com").lower()
    return "." if following in top_level_domains() - FUNCTION_WORDS else spoken.group()


def _as_digits(spoken: re.Match[str]) -> str:
    return "".join(_DIGIT_WORDS[word.lower()] for word in _WORD.findall(spoken.group())) + " "


def _set_of(find: Callable[[str], Iterable[str]], texts: Iterable[str]) -> set[str]:
    return {found for text in texts for found in find(text)}


def _contacts(plain: str) -> Iterator[str]:
    """Yield links, hosts, mails, handles and numbers with letters."""
    for found in _LINK.finditer(plain):
        if not _CLOCK.fullmatch(found.group()):
            yield _HARMLESS_SCHEME.sub("", found.group(), count=1).rstrip(".,;:!?/").removeprefix("www.").casefold()
    for pattern in (_NAME_WITH_DOT, _ASCII_NAME_WITH_DOT):
        yield from (_same_name(found.group()) for found in pattern.finditer(plain) if is_host(found.group()))
    yield from (found.group().rstrip(".-").casefold() for found in _HANDLE.finditer(plain))
    yield from ("".join(_WORD.findall(found.group())).casefold() for found in _LETTERED_NUMBER.finditer(plain))


def _messengers(plain: str) -> Iterator[str]:
    """Yield the messengers by which somebody is to be reached."""
    return (found.group(found.lastgroup or 0).casefold().replace(" ", "") for found in _MESSENGER.finditer(plain))


def _names_of_messengers(plain: str) -> Iterator[str]:
    return (found.group().casefold().replace(" ", "") for found in _ANY_MESSENGER.finditer(plain))


def _names_with_dot(plain: str) -> Iterator[str]:
    """Yield what looks like the name of a host or file; not "7 a.m." or "ended.Then"."""
    for found in _NAME_WITH_DOT.finditer(plain):
        first, *_, last = found.group().split(".")
        if len(first) > 1 and last.isalpha() and last.islower():
            yield _same_name(found.group())


def _same_name(name: str) -> str:
    return name.casefold().removeprefix("www.")


def _has_unknown_number(plain: str, known: Sequence[str]) -> bool:
    groups_of_known = [groups for text in known for _, groups in _runs_of_digits(text)]
    numbers = {number.lstrip("0") for groups in groups_of_known for number in _joined(groups)}
    single = {group for groups in groups_of_known for group in groups}
    return any(
        not single.issuperset(groups) and not _is_known(number, numbers)
        for run, groups in _runs_of_digits(plain)
        if _is_like_a_contact(run, groups)
        for number in ["".join(groups).lstrip("0")]
    )


def _runs_of_digits(plain: str) -> Iterator[tuple[str, list[str]]]:
    """Yield each run of digits with its groups; dates are none."""
    without_dates = _DATE.sub("|", _NATIONAL_ZERO.sub("", plain))
    return ((found.group(), _GROUP.findall(found.group())) for found in _DIGITS.finditer(without_dates))


def _is_like_a_contact(run: str, groups: Sequence[str]) -> bool:
    """Return whether digits may be a phone or account number, not a quantity, decimal or year."""
    digits, run = "".join(groups), run.strip("() ")
    if _YEARS.fullmatch(run) or _DECIMAL.fullmatch(run) or _SHORT_DATE.fullmatch(run):
        return False
    if run.startswith("+") or (digits.startswith("0") and len(digits) >= _SHORT_DIGITS):
        return len(digits) >= _SHORT_DIGITS
    is_round = digits.endswith("000") or _THOUSANDS.fullmatch(run)
    return len(digits) >= _LONG_DIGITS and not is_round


def _joined(groups: Sequence[str]) -> Iterator[str]:
    """Yield what neighbouring groups make together: a number may be split in another way."""
    for first in range(min(len(groups), _MAX_GROUPS)):
        yield from accumulate(groups[first : first + _MAX_GROUPS])


def _is_known(number: str, numbers: Collection[str]) -> bool:
    """Return whether a number is known, perhaps with the code of a country before it."""
    return number in numbers or (len(number) >= _LONG_DIGITS and any(one.endswith(number) for one in numbers))
