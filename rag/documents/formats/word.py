"""Read Word documents: headings, paragraphs, lists and tables in the order of the body."""

import io
import re
from collections.abc import Iterator
from typing import cast

import docx
from docx.document import Document
from docx.exceptions import PythonDocxError
from docx.opc.exceptions import OpcError

from rag.documents.formats.hidden.word import WordVisibility
from rag.documents.formats.markup.parse import Element, local_name, walk
from rag.documents.formats.shared.archives import open_archive
from rag.documents.formats.shared.building import TextBuilder
from rag.documents.formats.shared.limits import Limits
from rag.documents.formats.shared.office import read_facts
from rag.errors import DocumentUnreadable
from rag.types import Parsed

_HEADING = re.compile(r"heading (\d)", re.IGNORECASE)
_WORD = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
# Deleted text, and the copy of a drawing's text for programs that cannot draw.
_UNSEEN = {"fallback", "del", "movefrom", "ppr", "rpr", "tblpr", "trpr", "tcpr", "instrtext"}
_SPACES = {"tab", "br", "cr", "p"}
_TITLE_LEVEL = 0
_MAX_STYLE_DEPTH = 20


def read_word(content: bytes, limits: Limits) -> Parsed:
    """Return the text of the body; headers, footers, notes, comments and hidden text are left out.

    Raises:
        DocumentUnreadable: It is damaged, encrypted or too long.
    """
    archive = open_archive(content, limits)
    try:
        builder = _read_body(docx.Document(io.BytesIO(content)), limits)
    except (OpcError, PythonDocxError) as error:
        raise DocumentUnreadable("is damaged (no Word document in it)", next_step="open and save it again") from error
    return builder.build(read_facts(archive))


def _read_body(document: Document, limits: Limits) -> TextBuilder:
    builder = TextBuilder(limits)
    level_by_style, list_styles = _heading_levels(document), _list_styles(document)
    visibility = WordVisibility(cast(Element, document.styles.element), cast(Element, document.element))
    for element in _parts(cast(Element, document.element.body)):
        if local_name(element) == "tbl":
            _add_table(element, builder, visibility)
            continue
        style = _setting(element, "pStyle") or ""
        words = _text(element, visibility)
        if style in level_by_style:
            builder.heading(level_by_style[style], words)
        elif style in list_styles or _setting(element, "numId") not in {None, "0"}:
            builder.add("item", words)
        else:
            builder.add("paragraph", words)
    return builder


def _parts(body: Element) -> Iterator[Element]:
    """Yield paragraphs and tables, including those in content controls, without their content."""
    pending = list(body)[::-1]
    while pending:
        element = pending.pop()
        name = local_name(element)
        if name in {"p", "tbl"}:
            yield element
        elif name in {"sdt", "sdtcontent", "customxml", "smarttag", "ins"}:
            pending += list(element)[::-1]


def _heading_levels(document: Document) -> dict[str, int]:
    """Return the level of each style that is, or is based on, a heading."""
    levels = {}
    for style in document.styles:
        ancestor = style
        for _ in range(_MAX_STYLE_DEPTH):
            found = _HEADING.fullmatch(ancestor.name or "")
            if found or ancestor.name == "Title":
                levels[style.style_id] = int(found.group(1)) if found else _TITLE_LEVEL
                break
            base = getattr(ancestor, "base_style", None)
            if base is None:
                break
            ancestor = base
    return levels


def _list_styles(document: Document) -> set[str]:
    return {style.style_id for style in document.styles if (style.name or "").lower().startswith("list ")}


def _setting(paragraph: Element, name: str) -> str | None:
    """Return the value of a property of a paragraph."""
    for properties in paragraph:
        if local_name(properties) == "ppr":
            found = (element.get(f"{_WORD}val") for element in properties.iter() if element.tag == f"{_WORD}{name}")
            return next(found, None)
    return None


def _text(element: Element, visibility: WordVisibility) -> str:
    def is_seen(part: Element) -> bool:
        name = local_name(part)
        return name not in _UNSEEN and not (name == "r" and visibility.is_hidden(part))

    pieces = []
    for event, part in walk(element, is_seen):
        name = local_name(part)
        if event == "start" and name == "t":
            pieces.append(part.text or "")
        elif event == "start" and name == "nobreakhyphen":
            pieces.append("-")
        elif event == "start" and name in _SPACES:
            pieces.append(" ")
    return "".join(pieces)


def _add_table(table: Element, builder: TextBuilder, visibility: WordVisibility) -> None:
    """Add the rows of a table; the first is the header, unless there is only one column."""
    rows = [[_text(cell, visibility) for cell in _children(row, "tc")] for row in _children(table, "tr")]
    if max(map(len, rows), default=0) > 1:
        builder.table(rows[0], rows[1:])
    else:
        builder.table([], rows)


def _children(parent: Element, name: str) -> Iterator[Element]:
    pending = list(parent)[::-1]
    while pending:
        element = pending.pop()
        if local_name(element) == name:
            yield element
        elif local_name(element) in {"sdt", "sdtcontent", "customxml", "ins"}:
            pending += list(element)[::-1]
