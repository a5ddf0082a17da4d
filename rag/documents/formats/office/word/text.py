"""Read one paragraph of Word: its text, and what hangs on it besides."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from rag.documents.formats.hidden.word import WordVisibility
from rag.documents.formats.markup.parse import Element, local_name, walk
from rag.documents.formats.office.word.styles import WORD

RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
# Deleted text, the copy of a drawing's text for programs that cannot draw, and how words sound.
_UNSEEN = {
    *("fallback", "del", "movefrom", "ppr", "rpr", "tblpr", "trpr", "tcpr", "sdtpr", "instrtext", "rt"),
    *("txbxcontent", "tbl"),
}
_SPACES = {"tab", "br", "cr", "p", "ptab"}
_CONTAINERS = {"sdt", "sdtcontent", "customxml", "smarttag", "ins", "moveto"}
_OFF = {"0", "false", "off"}


@dataclass(slots=True)
class Paragraph:
    """A paragraph and what stands beside its text.

    Attributes:
        parts: Text boxes and tables inside, in order.
        drawings: Kind, "chart", "diagram" or "file", and identifier.
        notes: Kind, "footnotes" or "endnotes", and identifier.
        comments: Their identifiers.
    """

    text: str = ""
    parts: list[Element] = field(default_factory=list)
    drawings: list[tuple[str, str]] = field(default_factory=list)
    notes: list[tuple[str, str]] = field(default_factory=list)
    comments: list[str] = field(default_factory=list)
    n_pictures: int = 0

    def extend(self, other: "Paragraph") -> None:
        """Add what stands beside the text of another paragraph."""
        self.parts += other.parts
        self.drawings += other.drawings
        self.notes += other.notes
        self.comments += other.comments
        self.n_pictures += other.n_pictures


def read_paragraph(element: Element, visibility: WordVisibility) -> Paragraph:
    """Return the visible text of a paragraph, added words included and deleted ones left out."""

    def is_seen(part: Element) -> bool:
        name = local_name(part)
        return name not in _UNSEEN and not (name == "r" and visibility.is_hidden(part))

    paragraph, pieces = Paragraph(), list[str]()
    for event, part in walk(element, is_seen):
        name = local_name(part)
        if event == "start":
            pieces.append(_text_of(name, part))
            _note_beside(name, part, paragraph)
        elif event == "skip" and name in {"txbxcontent", "tbl"}:
            # The words around a box are not one.
            pieces.append(" ")
            paragraph.parts.append(part)
    paragraph.text = "".join(pieces)
    return paragraph


def blocks_of(body: Element) -> Iterator[Element]:
    """Yield paragraphs, tables and embedded files, those in content controls too."""
    pending = list(body)[::-1]
    while pending:
        element = pending.pop()
        name = local_name(element)
        if name in {"p", "tbl", "altchunk"}:
            yield element
        elif name in _CONTAINERS:
            pending += list(element)[::-1]


def children_of(parent: Element, name: str) -> Iterator[Element]:
    """Yield the rows of a table or the cells of a row, those in content controls too."""
    pending = list(parent)[::-1]
    while pending:
        element = pending.pop()
        found = local_name(element)
        if found == name:
            yield element
        elif found in _CONTAINERS:
            pending += list(element)[::-1]


def _text_of(name: str, part: Element) -> str:
    if name == "t":
        return part.text or ""
    if name == "nobreakhyphen":
        return "-"
    if name == "checkbox" and (part.tag == f"{WORD}checkBox"):
        return "☒ " if _is_checked(part) else "☐ "
    return " " if name in _SPACES else ""


def _is_checked(box: Element) -> bool:
    values = {local_name(one): one.get(f"{WORD}val") or "1" for one in box}
    return values.get("checked", values.get("default", "0")) not in _OFF


def _note_beside(name: str, part: Element, paragraph: Paragraph) -> None:
    if name in {"footnotereference", "endnotereference"}:
        paragraph.notes.append((name.removesuffix("reference") + "s", part.get(f"{WORD}id") or ""))
    elif name == "commentreference":
        paragraph.comments.append(part.get(f"{WORD}id") or "")
    elif name == "chart" and part.get(f"{RELATION}id"):
        paragraph.drawings.append(("chart", part.get(f"{RELATION}id") or ""))
    elif name in {"blip", "imagedata"}:
        paragraph.n_pictures += 1
    elif name == "oleobject":
        paragraph.drawings.append(("file", part.get(f"{RELATION}id") or ""))
    elif name == "relids" and part.get(f"{RELATION}dm"):
        paragraph.drawings.append(("diagram", part.get(f"{RELATION}dm") or ""))
