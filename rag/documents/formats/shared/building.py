"""Build a Parsed block by block: one clean text, and the blocks that cover it."""

from collections import Counter, defaultdict
from dataclasses import replace

from rag.documents.formats.shared.cleaning import clean_lines, clean_text
from rag.documents.formats.shared.limits import Limits
from rag.documents.formats.tabular.grid import Grid
from rag.documents.formats.tabular.parts import Part, cut_row, find_parts
from rag.errors import DocumentUnreadable
from rag.types import Block, BlockKind, CountKind, Facts, LeftOut, LeftOutKind, Parsed

_TIGHT_KINDS = {"item", "row"}
# A row is one sentence. A longer one would be cut between words, away from the name of its row.
_MAX_ROW_CHARACTERS = 500
# Below all headings of a document.
_TITLE_LEVEL, _SECTION_LEVEL = 8, 9
# Sheets and files that are left out under their own names; the names of more are not kept.
_MAX_NAMES = 100
_MAX_NAME_CHARACTERS = 200


class TextBuilder:
    """A text that grows by blocks below the current headings."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._pieces: list[str] = []
        self._blocks: list[Block] = []
        self._n_characters = 0
        self._path: list[tuple[int, str]] = []
        self._in_group = False
        self._in_table = False
        self._n_left_out: Counter[tuple[LeftOutKind, str]] = Counter()
        self._left_out_pages: defaultdict[tuple[LeftOutKind, str], set[int]] = defaultdict(set)
        self._counts: Counter[CountKind] = Counter()
        self._picture_pages: set[int] = set()

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

    def add_lines(self, kind: BlockKind, text: str, page: int | None = None) -> None:
        """Add a block that keeps its lines and their indents, as code has them.

        Raises:
            DocumentUnreadable: The text exceeds the limit.
        """
        cleaned = clean_lines(text)
        if cleaned:
            self._append(kind, cleaned, page)

    def add_parsed(self, parsed: Parsed, level: int) -> None:
        """Add the blocks of another file below the current headings above a level.

        What was left out of it, and counted in it, is reported of this file.
        """
        above = [(other, name) for other, name in self._path if other < level]
        end = 0
        for block in parsed.blocks:
            self._path = [*above, *((level + i, name) for i, name in enumerate(block.headings))]
            if "\n\n" in parsed.text[end : block.start]:
                self.end_group()
            self._append(block.kind, parsed.text[block.start : block.end], None)
            end = block.end
        self._path = above
        for left_out in parsed.left_out:
            self.leave_out(left_out.what, left_out.n, name=left_out.name)
        for kind, n in parsed.counts.items():
            self.count(kind, n)

    def add_grid(self, grid: Grid, page: int | None = None) -> None:
        """Add the tables of a grid; each row repeats the names of its columns.

        A title above a table is a heading of its rows alone, and so is a row that names a section.
        """
        self.end_group()
        for part in find_parts(grid):
            if part.kind == "row":
                self._add_row(part, page)
            elif part.kind == "break":
                self._leave_table()
            elif part.kind == "note":
                self.end_group()
                self.add("paragraph", part.text, page)
            else:
                self.heading(_TITLE_LEVEL if part.kind == "title" else _SECTION_LEVEL, part.text, page)
        self._leave_table()

    def _add_row(self, part: Part, page: int | None) -> None:
        if not self._in_table:
            self._in_table = True
            self.count("table")
        for row in cut_row(part, _MAX_ROW_CHARACTERS):
            cells = ((clean_text(name), clean_text(value)) for name, value in row.cells)
            self.add("row", "; ".join(f"{name}: {value}" if name else value for name, value in cells if value), page)

    def _leave_table(self) -> None:
        self._path = [(level, name) for level, name in self._path if level < _TITLE_LEVEL]
        self._in_table = False
        self.end_group()

    def end_group(self) -> None:
        """Separate the next item or row from those before it."""
        self._in_group = False

    def leave_out(self, what: LeftOutKind, n: int = 1, page: int | None = None, name: str = "") -> None:
        """Report parts of the file that are not added; parts of one kind and name are one entry."""
        key = what, clean_text(name)[:_MAX_NAME_CHARACTERS]
        if key not in self._n_left_out and len(self._n_left_out) >= _MAX_NAMES:
            key = what, ""
        self._n_left_out[key] += n
        if page is not None:
            self._left_out_pages[key].add(page)

    def mark_picture(self, page: int) -> None:
        """Report that the words of a page were read from a picture."""
        self._picture_pages.add(page)

    def count(self, kind: CountKind, n: int = 1) -> None:
        """Report that parts of a kind were read; tables are counted as they are added."""
        self._counts[kind] += n

    def build_untitled(self, facts: Facts) -> Parsed:
        """Return the text and its facts; no heading is a title, as the name of a sheet is none."""
        parsed = self.build(facts)
        return replace(parsed, facts=replace(parsed.facts, title=clean_text(facts.title or "") or None))

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
        counts = dict(sorted(self._counts.items()))
        left_out = tuple(
            LeftOut(what, n, tuple(sorted(self._left_out_pages[what, name])), name)
            for (what, name), n in self._n_left_out.items()
        )
        return Parsed(text, tuple(self._blocks), cleaned, left_out, counts, tuple(sorted(self._picture_pages)))

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
