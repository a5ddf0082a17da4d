"""Decode text files: UTF-8, or UTF-16 with its byte order mark; nothing else is guessed."""

import codecs
import re

from rag.errors import DocumentUnreadable

_UTF16_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f]")
_CONTROL_BYTES = re.compile(rb"[\x00-\x08\x0e-\x1f]")
# One for one, so that every offset stays: what ends a line or page becomes a line feed, what is invisible a space.
_PLAIN_SPACE = {
    **dict.fromkeys(range(0x7F, 0xA0), " "),
    **dict.fromkeys((0x0B, 0x0C, 0x85), "\n"),
}


def is_utf16(content: bytes) -> bool:
    return content.startswith(_UTF16_MARKS)


def decode_text(content: bytes) -> str:
    """Return the text with line feeds as its only line ends and no control characters but these and tabs.

    Raises:
        DocumentUnreadable: It is binary or in another encoding; the text names the first byte that is wrong.
    """
    # Before decoding: that a picture is not valid UTF-8 is true, but "save it as UTF-8" is no help with it.
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
