"""Keep the encoding that only the header of a reply names, since a file has no headers."""

import codecs

from rag.documents.formats.markup.decode import decode_page

# Browsers read Latin-1 as the extension of it by Windows.
_READ_AS = dict.fromkeys(("iso-8859-1", "latin-1", "latin1", "us-ascii", "ascii"), "cp1252")


_UNICODE_MARKS = (codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
# Japanese in seven bits looks like ASCII.
_ESCAPE = b"\x1b"


def apply_charset(content: bytes, charset: str | None) -> bytes:
    """Return a text so that a reader finds the encoding: as it is, or in UTF-8 with a mark.

    Args:
        charset: From the header; it takes precedence over what the page says. What is valid UTF-8
            is that, because servers name their own default for all files.
    """
    if charset is None or content.startswith(_UNICODE_MARKS) or charset.startswith(("utf-16", "utf-32")):
        return content
    names = [_READ_AS.get(charset, charset)]
    if _ESCAPE not in content:
        names.insert(0, "utf-8")
    for name in names:
        try:
            text = content.decode(name)
        except (LookupError, ValueError):
            continue
        is_found = decode_page(content) == text
        return content if is_found else codecs.BOM_UTF8 + text.encode("utf-8", "surrogatepass")
    return content
