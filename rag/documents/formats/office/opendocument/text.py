"""Read one paragraph of an OpenDocument file: its text, and what hangs on it besides."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from rag.documents.formats.markup.parse import Element, local_name, walk
from rag.documents.formats.office.opendocument.styles import DRAW, TEXT, OpenStyles, whole_of
from rag.documents.formats.shared.colors import Color

SHAPES = {
    *("frame", "g", "custom-shape", "rect", "line", "polyline", "polygon", "path", "circle", "ellipse", "connector"),
    *("caption", "measure", "regular-polygon", "control", "a"),
}
_UNSEEN = {"hidden-text", "ruby-text", "tracked-changes", "forms", "event-listeners", "note-citation", "meta"}
_MAX_SPACES = 1_000


@dataclass(slots=True)
class OpenParagraph:
    """A paragraph and what stands beside its text: shapes, notes and comments, each in order."""

    text: str = ""
    shapes: list[Element] = field(default_factory=list)
    notes: list[Element] = field(default_factory=list)
    comments: list[Element] = field(default_factory=list)

    def extend(self, other: "OpenParagraph") -> None:
        """Add what stands beside the text of another paragraph."""
        self.shapes += other.shapes
        self.notes += other.notes
        self.comments += other.comments


def is_shape(element: Element) -> bool:
    """Say whether an element is drawn; links of text have the name of linked shapes."""
    name = local_name(element)
    return name in SHAPES and isinstance(element.tag, str) and element.tag.startswith(DRAW)


def read_open_paragraph(element: Element, styles: OpenStyles, ground: Color | None) -> OpenParagraph:
    """Return the visible text of a paragraph.

    Args:
        ground: The colour behind it; None if it is unknown.
    """

    def is_wanted(part: Element) -> bool:
        return local_name(part) not in _UNSEEN and not _take_beside(part, paragraph)

    paragraph, pieces = OpenParagraph(), list[str]()
    looks: list[Mapping[str, str]] = [styles.look_of("paragraph", element.get(f"{TEXT}style-name"))]
    hidden = [styles.is_hidden(looks[0], ground)]
    for event, part in walk(element, is_wanted):
        if event == "start":
            if part is not element:
                own = styles.look_of("text", part.get(f"{TEXT}style-name")) if local_name(part) == "span" else {}
                looks.append({**looks[-1], **own})
                hidden.append(hidden[-1] or (bool(own) and styles.is_hidden(looks[-1], ground)))
            pieces.append("" if hidden[-1] else _own_text(part))
        else:
            if event == "end":
                looks.pop()
                hidden.pop()
            elif is_shape(part):
                # The words around a shape are not one.
                pieces.append(" ")
            if part is not element and not hidden[-1]:
                pieces.append(part.tail or "")
    paragraph.text = "".join(pieces)
    return paragraph


def _own_text(part: Element) -> str:
    name = local_name(part)
    if name == "s":
        return " " * min(_MAX_SPACES, whole_of(part.get(f"{TEXT}c"), 1))
    return " " if name in {"tab", "line-break"} else part.text or ""


def _take_beside(part: Element, paragraph: OpenParagraph) -> bool:
    """Put a part that stands beside the text aside; say whether it is one."""
    name = local_name(part)
    if name == "note":
        paragraph.notes.append(part)
    elif name == "annotation":
        paragraph.comments.append(part)
    elif is_shape(part):
        paragraph.shapes.append(part)
    else:
        return False
    return True
