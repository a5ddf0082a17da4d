"""Find the encoding of a text that does not declare one. Pure.

UTF-8, UTF-16 and UTF-32 are certain. For older encodings, charset-normalizer (Tahri, MIT) finds the
script. It confuses the encodings of one script, so the letters then decide: those of a right guess
all belong to the alphabet of one language. A guess that no alphabet fits is no answer.
"""

import codecs
import re
from collections import Counter

from charset_normalizer import from_bytes

from rag.text.languages import detect_language

# The longer mark first: that of UTF-32 begins like that of UTF-16.
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
    (codecs.BOM_UTF8, "utf-8-sig"),
)
_WIDE = (("utf-32-le", 4), ("utf-32-be", 4), ("utf-16-le", 2), ("utf-16-be", 2))
_MIN_WIDE_BYTES = 16
_MIN_ASCII_SHARE = 0.5
_SAMPLE_BYTES = 40_000
_LATIN = ("cp1252", "cp1250", "cp1254", "cp1257", "iso8859_2", "cp850", "mac_roman")
_OTHERS = (
    *("cp1251", "koi8_r", "koi8_u", "cp866", "cp1253", "cp1255", "cp1256", "cp874", "cp1258"),
    *("gb18030", "shift_jis", "euc_jp", "euc_kr", "big5"),
)
# Python's tables of these lack letters that Windows writes in them.
_WIDER = {"shift_jis": "cp932", "gb2312": "gb18030", "gbk": "gb18030", "euc_kr": "cp949", "big5": "cp950"}
# Korean first: its bytes are common characters of Chinese, too.
_CHINESE_OR_KOREAN = ("euc_kr", "gb18030")
_KOREAN_SYLLABLES = frozenset(
    "이다는을의에가고하로한사지기도들은를시있과대리자어인해아수나서일부전정라그장보스주만성제구상원용으면것할"
)
_HANGUL = re.compile(r"[\uac00-\ud7a3]")
_MIN_KOREAN_SHARE = 0.15
# Any byte is a letter of these scripts, so their letters must be as many and as frequent as in a
# language.
_NEEDS_COHERENCE = {"cp874", "cp1253", "cp1255", "cp1256", "cp1258"}
_MIN_COHERENCE = 0.3
_MIN_DISTINCT_LETTERS = 12
_LATIN_NAMES = {"iso-8859-1", "iso8859-1", "latin-1", "latin1", "us-ascii", "ascii"}
# Python decodes these, too, some of them in quadratic time.
_NO_ENCODINGS = {"punycode", "idna", "unicode-escape", "raw-unicode-escape", "utf-7", "utf7", "undefined"}
_MIN_PLAUSIBILITY = 0.9
# So many letters of another script than Latin make its encoding certain.
_MIN_FOREIGN_LETTERS = 6
_ALPHABETS = {
    "en": "áàçéèêëïñöüæœ",
    "de": "äöüß",
    "fr": "àâæçéèêëîïôœùûüÿ",
    "es": "áéíñóúü",
    "pt": "áâãàçéêíóôõúü",
    "it": "àáèéìíîòóùú",
    "nl": "áéèëïóöüú",
    "sv": "åäöéü",
    "da": "æøåéü",
    "is": "áðéíóúýþæö",
    "pl": "ąćęłńóśźż",
    "cs": "áčďéěíňóřšťúůýžäöü",
    "sk": "áäčďéíĺľňóôŕšťúýž",
    "hu": "áéíóöőúüű",
    "ro": "ăâîşţșțé",
    "hr": "čćđšž",
    "tr": "âçğıi̇îöşüû",
    "et": "äõöüšž",
    "lv": "āčēģīķļņšūž",
    "lt": "ąčęėįšųūž",
}
_WESTERN = ("de", "fr", "es", "pt", "it", "nl", "sv", "da")
_SIGNS = frozenset("€£§°©®™“”‘’‚„«»‹›–—…•·¿¡ªº½¼¾²³µ×±´№\xa0")
_OPENERS = frozenset("€£§©¿¡„‚±№")
# Between two letters only these are written.
_JOINERS = frozenset("’·‘´-")
_WORD = re.compile(r"[^\W\d_]+")
_MULTIBYTE = re.compile(
    rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}|([\x80-\xff])", re.DOTALL
)
_ESCAPED_JAPANESE = b"\x1b$"


def find_unicode(content: bytes) -> str | None:
    """Return the Unicode encoding that a mark at the start or the zero bytes show, if any."""
    for mark, encoding in _MARKS:
        if content.startswith(mark):
            return encoding
    sample = content[:_SAMPLE_BYTES]
    if len(content) < _MIN_WIDE_BYTES or b"\0" not in sample:
        return None
    return next((encoding for encoding, width in _WIDE if _is_wide(content, sample, encoding, width)), None)


def find_encoding(content: bytes) -> str | None:
    """Return the encoding of a text; None if none is certain.

    The text is valid in it. A text of ASCII alone is UTF-8.
    """
    encoding = find_unicode(content)
    if encoding is not None:
        return encoding if _decode(content, encoding) is not None else None
    if _ESCAPED_JAPANESE in content and _decode(content, "iso2022_jp_2") is not None:
        return "iso2022_jp_2"
    if _decode(content, "utf-8") is not None:
        return "utf-8"
    return None if is_damaged_utf8(content) else _find_older(content)


def is_damaged_utf8(content: bytes) -> bool:
    """Say whether most bytes above ASCII form characters of UTF-8, and only some are wrong."""
    found = Counter(bool(match.group(1)) for match in _MULTIBYTE.finditer(content, 0, _SAMPLE_BYTES * 5))
    return found[False] > 2 * found[True]


def decode_declared(content: bytes, name: str) -> str | None:
    """Return the text in the encoding that a file declares; None if it is not valid in it.

    Text that declares a Latin encoding but is valid UTF-8 beyond ASCII is UTF-8.
    """
    name = name.strip().lower().replace("_", "-")
    if name in _LATIN_NAMES:
        # What declares Latin-1 uses the extension of it by Windows; browsers read it so.
        name = "cp1252"
    if name in {"cp1252", "windows-1252"} and not content.isascii() and (text := _decode(content, "utf-8")) is not None:
        return text
    return None if name in _NO_ENCODINGS else _decode(content, _WIDER.get(name.replace("-", "_"), name))


def _is_wide(content: bytes, sample: bytes, encoding: str, width: int) -> bool:
    """Say whether the zero bytes stand where those of ASCII letters do."""
    if len(content) % width:
        return False
    n_units = len(sample) // width
    low = 0 if encoding.endswith("le") else width - 1
    is_zero = [sample[place::width].count(0) for place in range(width)]
    if is_zero[low] or min(n for place, n in enumerate(is_zero) if place != low) < _MIN_ASCII_SHARE * n_units:
        return False
    text = _decode(content, encoding)
    return text is not None and not any(ord(character) < 9 for character in text)


def _find_older(content: bytes) -> str | None:
    sample = _sample(content)
    best = from_bytes(sample, cp_isolation=[*_LATIN, *_OTHERS]).best()
    if best is None:
        return None
    if best.encoding in _OTHERS and (encoding := _find_foreign(content, sample, best.encoding, best.coherence)):
        return encoding
    return _find_latin(content, sample)


def _find_foreign(content: bytes, sample: bytes, found: str, coherence: float) -> str | None:
    """Return an encoding of another script than Latin if the text looks written in that script."""
    names = _CHINESE_OR_KOREAN if found in _CHINESE_OR_KOREAN else (found,)
    if found in _NEEDS_COHERENCE:
        n_distinct = len(set(filter(_is_odd_letter, sample.decode(found, "replace"))))
        if coherence < _MIN_COHERENCE or n_distinct < _MIN_DISTINCT_LETTERS:
            return None
    for name in names:
        encoding = _WIDER.get(name, name)
        if _decode(content, encoding) is not None and _is_foreign(sample.decode(encoding, "replace")):
            return encoding
    return None


def _sample(content: bytes) -> bytes:
    """Return the lines that hold more than ASCII, up to a length."""
    lines, n_bytes = [], 0
    for line in content.splitlines(keepends=True):
        if not line.isascii():
            lines.append(line[:_SAMPLE_BYTES])
            n_bytes += len(line)
            if n_bytes > _SAMPLE_BYTES:
                break
    return b"".join(lines)


def _find_latin(content: bytes, sample: bytes) -> str | None:
    scored: list[tuple[float, str, str]] = []
    for encoding in _LATIN:
        text = _decode(sample, encoding)
        if text is not None and text not in {other for _, _, other in scored}:
            scored.append((_latin_plausibility(text), encoding, text))
    best = max((score for score, _, _ in scored), default=0.0)
    if best < _MIN_PLAUSIBILITY:
        return None
    equal = [(encoding, text) for score, encoding, text in scored if score == best]
    if len(equal) > 1:
        # The language decides, or else what is commonest.
        fitting = [(encoding, text) for encoding, text in equal if _fits(text, detect_language(text))]
        equal = fitting or [(encoding, text) for encoding, text in equal[:1] if _is_commonest(encoding, text)]
    return next((encoding for encoding, _ in equal if _decode(content, encoding) is not None), None)


def _is_commonest(encoding: str, text: str) -> bool:
    return encoding == _LATIN[0] and any(_fits(text, language) for language in _WESTERN)


def _latin_plausibility(text: str) -> float:
    """Return the share of characters beyond ASCII that stand as one Latin alphabet has them."""
    odd = [character for character in text if not character.isascii()]
    n_misplaced = sum(_count_misplaced(text, place) for place, character in enumerate(text) if not character.isascii())
    letters = Counter(letter for character in odd if character.isalpha() for letter in character.lower())
    n_signs = sum(character in _SIGNS for character in odd)
    n_fitting = max(sum(n for letter, n in letters.items() if letter in alphabet) for alphabet in _ALPHABETS.values())
    return max(0.0, (n_fitting + n_signs - n_misplaced) / max(1, len(odd)))


def _count_misplaced(text: str, place: int) -> int:
    """Return 1 for a sign inside a word, or a capital behind a small letter."""
    before, after = text[place - 1 : place], text[place + 1 : place + 2]
    character = text[place]
    if character.isalpha() and character not in "ªº":
        return int(character.isupper() and before.isalpha() and (before.islower() or after.islower()))
    is_inside = before.isalpha() and after.isalpha() and character not in _JOINERS
    return int(is_inside or (before.isalpha() and character in _OPENERS))


def _fits(text: str, language: str) -> bool:
    """Say whether all letters beyond ASCII belong to the alphabet of a language."""
    alphabet = _ALPHABETS.get(language, "")
    return all(letter in alphabet for character in text if _is_odd_letter(character) for letter in character.lower())


def _is_odd_letter(character: str) -> bool:
    return character.isalpha() and not character.isascii()


def _is_foreign(text: str) -> bool:
    """Say whether a text has enough letters beyond Latin, in words of one script and case."""
    words = [word for word in _WORD.findall(text) if not word.isascii()]
    hangul = _HANGUL.findall(text)
    if sum(syllable in _KOREAN_SYLLABLES for syllable in hangul) < _MIN_KOREAN_SHARE * len(hangul):
        return False
    n_letters = sum(map(len, words))
    n_fitting = sum(len(word) for word in words if _is_plain_word(word))
    return n_letters >= _MIN_FOREIGN_LETTERS and n_fitting >= _MIN_PLAUSIBILITY * n_letters


def _is_plain_word(word: str) -> bool:
    has_one_script = not any(character.isascii() for character in word) or not _has_case(word)
    return has_one_script and (not _has_case(word) or word.islower() or word.isupper() or word[1:].islower())


def _has_case(word: str) -> bool:
    return any(character.lower() != character.upper() for character in word if not character.isascii())


def _decode(content: bytes, encoding: str) -> str | None:
    try:
        return content.decode(encoding)
    except (ValueError, LookupError):
        return None
