"""Decode web pages and chapters, which may declare their encoding."""

import codecs
import re

from charset_normalizer import from_bytes

from rag.documents.formats.shared.decoding import is_utf16

_CHARSET = re.compile(
    rb"""(?:<meta[^>]{0,200}?charset|<\?xml[^>]{0,100}?encoding)\s*=\s*["']?([\w.:-]{1,40})""", re.IGNORECASE
)
_HEAD_BYTES = 8_192
_SAMPLE_BYTES = 200_000
# Encodings of pages that declare none, commonest first. Among all encodings of Python those of DOS
# would win: they have a letter for every byte.
_GUESSES = [
    *("cp1252", "cp1251", "gb18030", "shift_jis", "euc_jp", "euc_kr", "big5", "cp1250", "cp1254", "cp1256", "cp1253"),
    *("cp1255", "cp1257", "koi8_r", "cp874", "cp1258", "iso8859_2"),
]


def decode_page(content: bytes) -> str:
    """Decode by the byte order mark, the declared encoding, as UTF-8, or by what fits best."""
    if is_utf16(content):
        return content.decode("utf-16", "replace")
    declared = _CHARSET.search(content[:_HEAD_BYTES])
    names = ["utf-8-sig"]
    if declared and not content.startswith(codecs.BOM_UTF8):
        # Pages that declare Latin-1 use the extension of it by Windows; browsers read them so.
        name = declared.group(1).decode("ascii", "replace").lower()
        names.insert(0, "cp1252" if name in {"iso-8859-1", "latin-1", "latin1", "us-ascii", "ascii"} else name)
    for name in names:
        try:
            # The page is ASCII up to its declaration, so it cannot be UTF-16.
            if not name.startswith(("utf-16", "utf16", "utf-32", "utf32")):
                return content.decode(name)
        except (LookupError, ValueError):
            continue
    best = from_bytes(content[:_SAMPLE_BYTES], cp_isolation=_GUESSES).best()
    return content.decode(best.encoding if best else "utf-8", "replace")
