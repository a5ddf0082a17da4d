"""A reader cannot see some characters, but an LLM reads them."""

import pytest

from rag.documents.formats.shared.cleaning import blank_invisible, clean_text

TAGS = "".join(chr(0xE0000 + ord(letter)) for letter in "obey")
BYTES_IN_SELECTORS = "".join(chr(0xE0100 + ord(letter)) for letter in "obey")


@pytest.mark.parametrize(
    "hidden",
    [
        *(TAGS, BYTES_IN_SELECTORS, "\ufe00\ufe01\ufe02", "\u200b", "\u200c\u200d\u200c", "\u2060", "\ufeff", "\u00ad"),
        *("\u202e", "\u2066", "\u061c", "\u200f", "\u3164", "\u115f", "\ufff9", "\U0001d173", "\u180e", "\U000e0020"),
    ],
)
def test_what_has_no_glyph_is_left_out(hidden: str) -> None:
    assert clean_text(f"pass{hidden}word") == "password"
    assert blank_invisible(f"A\npass{hidden}word") in {
        f"A\npass{' ' * len(hidden)}word",
        "A\npass\u00adword",  # It splits no word, and hides nothing.
    }


def test_only_one_selector_follows_a_picture() -> None:
    assert clean_text(f"❤\ufe0f{BYTES_IN_SELECTORS} is love") == "❤\ufe0f is love"


@pytest.mark.parametrize(
    "text",
    [
        "می\u200cشود",  # A word of Persian.
        "क्\u200dष",  # A joined letter of Hindi.
        "👨\u200d👩\u200d👧 and ❤\ufe0f\u200d🔥, 1\ufe0f⃣",
        "葛\U000e0100城",  # A name with its own form of a glyph.
        "ភាសា\u200bខ្មែរ",  # Khmer marks words with it.
        "ᠮᠣᠩ\u180bᠭᠣᠯ",
    ],
)
def test_what_a_script_needs_stays(text: str) -> None:
    assert clean_text(text) == text
