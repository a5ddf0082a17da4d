"""Decode web pages and chapters, which may declare their encoding."""

import codecs
import re

from rag.documents.formats.shared.encodings import decode_declared, find_encoding, find_unicode, is_damaged_utf8

_CHARSET = re.compile(
    rb"""(?:<meta[^>]{0,200}?charset|<\?xml[^>]{0,100}?encoding)\s*=\s*["']?([\w.:-]{1,40})""", re.IGNORECASE
)
_HEAD_BYTES = 8_192


def decode_page(content: bytes) -> str:
    """Decode by the byte order mark, the declared encoding, as UTF-8, or by what fits best."""
    unicode = find_unicode(content)
    if unicode is not None:
        return content.decode(unicode, "replace")
    declared = _CHARSET.search(content[:_HEAD_BYTES])
    if declared and not content.startswith(codecs.BOM_UTF8):
        name = declared.group(1).decode("ascii", "replace").lower()
        # The page is ASCII up to its declaration, so it cannot be UTF-16.
        is_wide = name.startswith(("utf-16", "utf16", "utf-32", "utf32"))
        if not is_wide and (text := decode_declared(content, name)) is not None:
            return text
    return content.decode(find_encoding(content) or _likeliest(content), "replace")


def _likeliest(content: bytes) -> str:
    return "utf-8" if is_damaged_utf8(content) else "cp1252"
