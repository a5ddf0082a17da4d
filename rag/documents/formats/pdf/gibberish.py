"""Notice text whose font has no usable map to letters: it looks right and reads as gibberish."""

import re
from collections import Counter

_VOWELS = "eaioyuéäöüáíóèàåøâêæôãõúùûîýïëñìòœ"
_LATIN = re.compile("[A-Za-z\u00c0-\u024f]")
_DIGIT = re.compile(r"\d")
_WORD = re.compile(r"[^\W\d_]{2,}")
# Letters of one script each. Words of two are no words. Greek letters stand in formulas.
_SCRIPTS = tuple(
    re.compile(f"[{letters}]")
    for letters in (
        *("A-Za-z\u00c0-\u024f\u1e00-\u1eff", "\u0400-\u052f", "\u0530-\u058f", "\u0590-\u05ff", "\u0600-\u077f"),
        *("\u0900-\u097f", "\u0e00-\u0eff", "\u10a0-\u10ff", "\u1200-\u137f", "\u13a0-\u13ff"),
    )
)
_MIN_WORDS, _MIN_LETTERS = 8, 150
_MIXED_SHARE = 0.3
# Of Latin letters. Texts of all languages have .32 or more, and letters moved in the alphabet .15.
_MIN_VOWELS = 0.2
_MAX_DIGITS = 0.2
_MIN_UNMAPPED = 0.5
_MIN_CONTROLS, _MIN_USUAL = 0.3, 0.85
_LATIN_BLOCKS = {0x00, 0x01, 0x02, 0x1E, 0x21, 0xFB}
_EAST_ASIAN = 0x4E
# Latin, Greek, Cyrillic, Hebrew and Armenian, Arabic, Indic, Thai, Georgian, Ethiopic and Khmer.
_COMMON_BLOCKS = {0x00, 0x03, 0x04, 0x05, 0x06, *range(0x09, 0x11), 0x12, 0x17, _EAST_ASIAN, 0xFE}


def is_gibberish(text: str, unmapped_share: float) -> bool:
    """Return whether the text of a page is none that a reader sees.

    Args:
        unmapped_share: Of its characters, those that the font gives PDFium no letter for, 0 to 1.
            PDFium guesses them, mostly right.
    """
    if unmapped_share >= _MIN_UNMAPPED and _is_no_script(text):
        return True
    return (not text.isascii() and _mixes_scripts(text)) or _lacks_vowels(text)


def _is_no_script(text: str) -> bool:
    """Say whether characters are controls, or letters of no script that is common."""
    visible = [character for character in text if not character.isspace()]
    blocks = Counter(_block(character) for character in visible if character.isalpha())
    n_controls = sum(character < " " or "\ue000" <= character <= "\uf8ff" for character in visible)
    if n_controls and n_controls >= _MIN_CONTROLS * len(visible):
        return True
    usual = blocks.most_common(2)
    return bool(usual) and (
        usual[0][0] not in _COMMON_BLOCKS or sum(n for _, n in usual) < _MIN_USUAL * sum(blocks.values())
    )


def _block(character: str) -> int:
    """Return the block of 256 characters; one for Latin, and one for Chinese to Korean."""
    block = ord(character) >> 8
    if block in _LATIN_BLOCKS:
        return 0
    return _EAST_ASIAN if 0x2E <= block <= 0xD7 or block in {0xF9, 0xFA, 0xFF} or block >= 0x200 else block


def _mixes_scripts(text: str) -> bool:
    words = _WORD.findall(text)
    if len(words) < _MIN_WORDS:
        return False
    n_mixed = sum(
        not word.isascii() and sum(script.search(word) is not None for script in _SCRIPTS) > 1 for word in words
    )
    return n_mixed >= _MIXED_SHARE * len(words)


def _lacks_vowels(text: str) -> bool:
    lowered = text.lower()
    n_vowels = sum(map(lowered.count, _VOWELS))
    if n_vowels >= _MIN_VOWELS * len(text):
        return False
    n_letters = len(_LATIN.findall(text))
    if n_letters < _MIN_LETTERS or len(_DIGIT.findall(text)) > _MAX_DIGITS * n_letters:
        return False
    return n_vowels < _MIN_VOWELS * n_letters
