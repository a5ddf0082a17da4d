"""Decode text files: UTF-8, or UTF-16 with a byte order mark."""

import codecs
import re

from rag.errors import DocumentUnreadable

_UTF16_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f]")
_CONTROL_BYTES = re.compile(rb"[\x00-\x08\x0e-\x1f]")
# One for one, so that offsets stay valid: ends of lines and pages become line feeds, invisible
# characters spaces.
_PLAIN_SPACE = {
    **dict.fromkeys(range(0x7F, 0xA0), " "),
    **dict.fromkeys((0x0B, 0x0C, 0x85), "\n"),
}


def is_utf16(content: bytes) -> bool:
    return content.startswith(_UTF16_MARKS)


def decode_text(content: bytes) -> str:
    """Return the text with line feeds as line ends and no control characters except these and tabs.

    Raises:
        DocumentUnreadable: It is binary or in another encoding; names the first wrong byte.
    """
    # Before decoding: for a picture, "save it as UTF-8" would be no help.
    if not is_utf16(content) and _CONTROL_BYTES.search(content):
        raise _not_text()
    try:
        text = content.decode("utf-16" if is_utf16(content) else "utf-8-sig")
    except UnicodeDecodeError as error:
        encoding = "UTF-16" if is_utf16(content) else "UTF-8"
        raise DocumentUnreadable(
            f"byte {error.start} is not valid {encoding}", next_step="save the file as UTF-8"
        ) from error
    if _CONTROL.search(text):
        raise _not_text()
    return text.replace("\r\n", "\n").replace("\r", "\n").translate(_PLAIN_SPACE)


def _not_text() -> DocumentUnreadable:
    return DocumentUnreadable("holds control characters, so it is not a text file", next_step="save it as UTF-8 text")
