"""Cut a rich text file into groups, control words and text (RTF 1.9.1)."""

import re
from collections.abc import Iterator
from typing import Literal, NamedTuple

TokenKind = Literal["open", "close", "word", "symbol", "byte", "text"]

_TOKEN = re.compile(
    rb"\\(?P<word>[A-Za-z]{1,32})(?P<number>-?[0-9]{1,10})? ?"
    rb"|\\'(?P<byte>[0-9A-Fa-f]{2})|\\(?P<symbol>[^A-Za-z])|(?P<brace>[{}])|(?P<text>[^\\{}\r\n]+)|[\r\n]+"
)
# Code pages by the number of a font's character set.
CODE_PAGES = {
    0: "cp1252",
    1: "cp1252",
    77: "mac_roman",
    128: "cp932",
    129: "cp949",
    130: "johab",
    134: "gbk",
    136: "cp950",
    161: "cp1253",
    162: "cp1254",
    163: "cp1258",
    177: "cp1255",
    178: "cp1256",
    186: "cp1257",
    204: "cp1251",
    222: "cp874",
    238: "cp1250",
    254: "cp437",
    255: "cp850",
}
_KNOWN_PAGES = {
    *(437, 720, 737, 775, 850, 852, 855, 857, 858, 860, 861, 862, 863, 864, 865, 866, 869, 874, 932, 949, 950),
    *range(1250, 1259),
}


class Token(NamedTuple):
    """A piece of a file.

    Attributes:
        word: A control word or symbol.
        number: Behind the word; the value of a byte.
        text: As in the file, in an encoding that depends on the font.
    """

    kind: TokenKind
    word: str = ""
    number: int | None = None
    text: bytes = b""


def read_tokens(content: bytes) -> Iterator[Token]:
    """Yield the pieces in order; binary data is left out."""
    place = 0
    while found := _TOKEN.match(content, place):
        place = found.end()
        kind = found.lastgroup
        if kind in {"word", "number"}:
            number = int(found["number"]) if found["number"] else None
            word = found["word"].decode("ascii")
            if word == "bin":
                place += max(0, number or 0)
            else:
                yield Token("word", word, number)
        elif kind == "byte":
            yield Token("byte", number=int(found["byte"], 16))
        elif kind == "symbol":
            yield Token("symbol", found["symbol"].decode("latin-1"))
        elif kind == "brace":
            yield Token("open" if found["brace"] == b"{" else "close")
        elif kind == "text":
            yield Token("text", text=found["text"])


def code_page(number: int) -> str:
    """Return the encoding of a code page that a file names; Western European if it is unknown."""
    names = {936: "gbk", 10000: "mac_roman", 10007: "mac_cyrillic", 65001: "utf-8", 1361: "johab"}
    return names.get(number, f"cp{number}" if number in _KNOWN_PAGES else "cp1252")


def is_open_ended(raw: bytes, encoding: str) -> bool:
    """Say whether bytes end in the middle of a character."""
    if encoding not in {"cp932", "cp949", "cp950", "gbk", "johab", "utf-8"}:
        return False
    try:
        raw.decode(encoding)
    except UnicodeDecodeError as error:
        return error.end >= len(raw)
    return False
