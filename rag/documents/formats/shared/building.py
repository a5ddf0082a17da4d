"""Build a Parsed block by block: one clean text, and the blocks that cover it."""

from collections.abc import Sequence
from dataclasses import replace

from rag.documents.formats.shared.cleaning import clean_text
from rag.documents.formats.shared.limits import Limits
from rag.errors import DocumentUnreadable
from rag.types import Block, BlockKind, Facts, Parsed

_TIGHT_KINDS = {"item", "row"}


def describe_row(header: Sequence[str], cells: Sequence[str]) -> str:
    """Return a table's row as "Header: value; Header: value"; empty cells are left out."""
    parts = []
    for i, cell in enumerate(cells):
        name, value = clean_text(header[i]).rstrip(":") if i < len(header) else "", clean_text(cell)
        if value:
            parts.append(f"{name}: {value}" if name else value)
    return "; ".join(parts)


class TextBuilder:
    """A text that grows by blocks below the current headings."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._pieces: list[str] = []
        self._blocks: list[Block] = []
        self._n_characters = 0
        self._path: list[tuple[int, str]] = []
        self._in_group = False

    @property
    def n_characters(self) -> int:
        return self._n_characters

    def heading(self, level: int, text: str, page: int | None = None) -> None:
        """Add a heading; it ends the sections of its level and below."""
        heading = clean_text(text)
        if heading:
            self._path = [(other, name) for other, name in self._path if other < level]
            self._append("heading", heading, page)
            self._path.append((level, heading))

    def leave_sections(self) -> None:
        """Put what follows below no heading."""
        self._path = []

    def add(self, kind: BlockKind, text: str, page: int | None = None) -> None:
        """Add a block below the current headings, if it has visible text.

        Raises:
            DocumentUnreadable: The text exceeds the limit.
        """
        cleaned = clean_text(text)
        if cleaned:
            self._append(kind, cleaned, page)

    def table(self, header: Sequence[str], rows: Sequence[Sequence[str]], page: int | None = None) -> None:
        """Add the rows of a table; a header without rows becomes one row."""
        self.end_group()
        for row in rows or [header]:
            self.add("row", describe_row(header if rows else (), row), page)
        self.end_group()

    def end_group(self) -> None:
        """Separate the next item or row from those before it."""
        self._in_group = False

    def build(self, facts: Facts | None = None) -> Parsed:
        """Return the text and its facts; the first heading is the title if the facts have none."""
        facts = facts or Facts()
        text = "".join(self._pieces)
        first = next((block for block in self._blocks if block.kind == "heading"), None)
        cleaned = replace(
            facts,
            title=clean_text(facts.title or "") or (text[first.start : first.end] if first else None),
            tags=tuple(tag for tag in map(clean_text, facts.tags) if tag),
            group=clean_text(facts.group or "") or None,
            author=clean_text(facts.author or "") or None,
        )
        return Parsed(text, tuple(self._blocks), cleaned)

    def _append(self, kind: BlockKind, text: str, page: int | None) -> None:
        is_tight = self._in_group and kind in _TIGHT_KINDS and self._blocks[-1].kind == kind
        gap = ("\n" if is_tight else "\n\n") if self._blocks else ""
        start = self._n_characters + len(gap)
        self._n_characters = start + len(text)
        if self._n_characters > self._limits.max_characters:
            raise DocumentUnreadable(
                f"holds more than {self._limits.max_characters:,} characters", next_step="split it"
            )
        self._pieces += (gap, text)
        self._blocks.append(Block(start, start + len(text), kind, tuple(name for _, name in self._path), page))
        self._in_group = True
