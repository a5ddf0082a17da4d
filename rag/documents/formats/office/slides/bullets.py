"""Find which paragraphs of a shape are items, and the numbers that are written before them."""

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from pptx.text.text import TextFrame

from rag.documents.formats.markup.parse import Element, local_name
from rag.documents.formats.office.numbers import format_number

_SCHEME = re.compile(r"(arabic|alphaLc|alphaUc|romanLc|romanUc)\w*?(Period|ParenR|ParenBoth|Plain|Minus)")
_FORMS = {
    "arabic": "decimal",
    "alphaLc": "lowerLetter",
    "alphaUc": "upperLetter",
    "romanLc": "lowerRoman",
    "romanUc": "upperRoman",
}
_AROUND = {"Period": ("", "."), "ParenR": ("", ")"), "ParenBoth": ("(", ")"), "Plain": ("", ""), "Minus": ("", "-")}
_N_LEVELS = 9


class Bullet(NamedTuple):
    """What stands before a paragraph.

    Attributes:
        is_item: It has a bullet or number of its own; None leaves it to the shape.
    """

    is_item: bool | None = None
    number: str = ""


def bullets_of(frame: TextFrame) -> Iterator[Bullet]:
    """Yield the bullet of each paragraph; numbers count on a level until another one interrupts."""
    counts: list[tuple[str, int] | None] = [None] * _N_LEVELS
    for paragraph in frame.paragraphs:
        element: Any = paragraph._p  # noqa: SLF001 -- python-pptx gives no bullets
        level = min(_N_LEVELS - 1, paragraph.level)
        mark = _mark_of(element)
        if not paragraph.text.strip():
            yield Bullet()
            continue
        counts[level + 1 :] = [None] * (_N_LEVELS - level - 1)
        if mark is None or local_name(mark) != "buautonum":
            counts[level] = None
            yield Bullet(None if mark is None else local_name(mark) != "bunone")
            continue
        scheme, before = mark.get("type") or "", counts[level]
        first = mark.get("startAt") or ""
        start = int(first) if first.isascii() and first.isdigit() and len(first) < 6 else 1
        count = before[1] + 1 if before is not None and before[0] == f"{scheme} {start}" else start
        counts[level] = (f"{scheme} {start}", count)
        yield Bullet(is_item=True, number=_write(scheme, count))


def _mark_of(paragraph: Element) -> Element | None:
    for properties in paragraph:
        if local_name(properties) == "ppr":
            marks = (one for one in properties if local_name(one) in {"buchar", "buautonum", "bunone", "bublip"})
            return next(marks, None)
    return None


def _write(scheme: str, count: int) -> str:
    found = _SCHEME.fullmatch(scheme)
    if not found:
        return str(count)
    before, after = _AROUND[found.group(2)]
    return f"{before}{format_number(count, _FORMS[found.group(1)])}{after}"
