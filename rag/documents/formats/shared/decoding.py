"""Decode text files: Unicode, or an older encoding if it is certain which one."""

import re

from rag.documents.formats.shared.encodings import find_encoding, find_unicode, is_damaged_utf8
from rag.errors import DocumentUnreadable

_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f]")
# In Japanese text it begins a change of script.
_ESCAPE = b"\x1b"
_CONTROL_BYTES = re.compile(rb"[\x00-\x08\x0e-\x1f]")
# One for one, so that offsets stay valid: ends of lines and pages become line feeds, invisible
# characters spaces.
_PLAIN_SPACE = {
    **dict.fromkeys(range(0x7F, 0xA0), " "),
    **dict.fromkeys((0x0B, 0x0C, 0x85), "\n"),
}


def decode_text(content: bytes) -> str:
    """Return the text with line feeds as line ends and no control characters except these and tabs.

    Raises:
        DocumentUnreadable: It is binary, damaged, or in an encoding that is uncertain.
    """
    # Before decoding: for a picture, "save it as UTF-8" would be no help.
    if find_unicode(content) is None and _CONTROL_BYTES.search(content.replace(_ESCAPE, b"")):
        raise _not_text()
    encoding = find_encoding(content)
    if encoding is None:
        raise _undecodable(content)
    text = content.decode(encoding)
    if _CONTROL.search(text):
        raise _not_text()
    return text.replace("\r\n", "\n").replace("\r", "\n").translate(_PLAIN_SPACE)


def _undecodable(content: bytes) -> DocumentUnreadable:
    unicode = find_unicode(content)
    try:
        content.decode(unicode or "utf-8")
        place = 0
    except UnicodeDecodeError as error:
        place = error.start
    reason = f"byte {place} is not valid {(unicode or 'utf-8').upper().removesuffix('-SIG')}"
    if unicode is None and not is_damaged_utf8(content):
        reason = f"{reason}, and its older encoding is uncertain"
    return DocumentUnreadable(reason, next_step="save the file as UTF-8")


def _not_text() -> DocumentUnreadable:
    return DocumentUnreadable("holds control characters, so it is not a text file", next_step="save it as UTF-8 text")
