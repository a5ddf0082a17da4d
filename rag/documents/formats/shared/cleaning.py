"""Remove invisible characters from text."""

import re

# Control characters that are not white space, lone surrogates, and what a model can see but readers
# cannot: tag characters and controls of the writing direction.
_INVISIBLE = re.compile(
    r"[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\ud800-\udfff"
    r"\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufffe\uffff\U000e0000-\U000e007f]"
)


def clean_text(text: str) -> str:
    """Return the text on one line, without control, tag and bidi characters."""
    return " ".join(_INVISIBLE.sub("", text).split())


def blank_invisible(text: str) -> str:
    """Replace each character that `clean_text` removes by a space, so that offsets stay valid."""
    return _INVISIBLE.sub(" ", text)
