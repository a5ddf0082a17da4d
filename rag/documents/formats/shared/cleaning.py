"""Remove invisible characters from text: a reader cannot see them, but an LLM reads them."""

import re
import textwrap

# Control characters that are not white space, and lone surrogates.
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\ud800-\udfff\ufffe\uffff]")
_SOFT_HYPHEN = "\u00ad"
_PICTURES = "\u00a9\u00ae\u203c-\u3299\U0001f000-\U0001faff"
_IDEOGRAPHS = "\u2e80-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
# Soft hyphens, controls of the writing direction, fillers, tags, and characters of no width. A
# joiner, space or selector of a glyph stays where scripts use it: single, behind a character that
# may have one.
_FORMAT = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u200e\u200f\u202a-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff0-\ufffb"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e00ff\U000e01f0-\U000e0fff]"
    f"|(?<![\u0590-\u1cff\ua840-\uabff\ufb50-\ufdff\ufe70-\ufefc\ufe0f{_PICTURES}])[\u200c\u200d]"
    "|(?<![\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff])\u200b"
    "|(?<![\u1800-\u18af])[\u180b-\u180f]"
    f"|(?<![#*0-9{_PICTURES}])[\ufe0e\ufe0f]"
    f"|(?<![\u2200-\u22ff{_IDEOGRAPHS}])[\ufe00-\ufe0d\U000e0100-\U000e01ef]"
)


def clean_text(text: str) -> str:
    """Return the text on one line, without control and invisible characters."""
    seen = text if text.isascii() and text.isprintable() else _CONTROL.sub("", _FORMAT.sub("", text))
    return " ".join(seen.split())


def clean_lines(text: str) -> str:
    """Return the text line by line, without the indent that all lines share."""
    lines = (_CONTROL.sub("", _FORMAT.sub("", line)).expandtabs(4).rstrip() for line in text.splitlines())
    return textwrap.dedent("\n".join(lines)).strip()


def blank_invisible(text: str) -> str:
    """Replace each invisible character but soft hyphens by a space, so that offsets stay valid."""
    return _CONTROL.sub(" ", _FORMAT.sub(lambda found: found[0] if found[0] == _SOFT_HYPHEN else " ", text))
