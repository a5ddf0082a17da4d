"""Judge whether parsed text says a cell with its row and its column.

Nothing here shares code with the readers. A row may be written as "Name: value; Name: value". A
column's name is its last header part or all parts joined. The last part alone is no name if another
column has it too.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from random import Random
from typing import Literal

from benchmarks.known_tables.values import Column, KnownTable, Value, text_value
from rag.types import Parsed

Verdict = Literal["right", "wrong", "missing"]
SECTION = -1
_JOINT = r"[\s,:;/–—›>|.()·-]+"
_BOUNDARY = r"(?:^|[;:|•,]\s*|\.\s)"
_NO_WORD_BEFORE, _NO_WORD_AFTER = r"(?<![\w-])", r"(?![\w-])"
_AFTER_LABEL = r"(?:\s*\(?\d+\)?)?\s*[:=]"
_DASHES = "–—-"


@dataclass(frozen=True, slots=True)
class Lookup:
    """A cell to look up.

    Attributes:
        row: Its place among the rows; after the last one stands the total.
        column: Its place among the columns; SECTION for the section of the row.
    """

    table: KnownTable
    row: int
    column: int


@dataclass(frozen=True, slots=True)
class Judged:
    verdict: Verdict
    reason: str = ""
    said: str = ""


def draw_lookups(table: KnownTable, n_lookups: int, chance: Random) -> list[Lookup]:
    """Return cells of a table, each at most once, without the cells that name rows."""
    columns = [place for place in range(len(table.columns)) if place != table.key or table.structure == "form"]
    columns += [SECTION] if table.sections else []
    all_cells = [(row, place) for row in range(len(table.rows)) for place in columns]
    cells = [(row, place) for row, place in all_cells if not is_ambiguous(table, row, place)]
    found = [Lookup(table, row, place) for row, place in chance.sample(cells, min(n_lookups, len(cells)))]
    sums = [place for place, value in enumerate(table.total) if place != table.key and not value.is_empty]
    if sums and found:
        found[-1] = Lookup(table, len(table.rows), chance.choice(sums))
    return found


def is_ambiguous(table: KnownTable, row: int, place: int) -> bool:
    """Return whether a cell is empty and another column has the same name."""
    return place != SECTION and table.rows[row][place].is_empty and table.columns.count(table.columns[place]) > 1


class TextJudge:
    """Judges cells of one table against the text of its file."""

    def __init__(self, table: KnownTable, parsed: Parsed) -> None:
        self.table = table
        self.rows = [*table.rows, *([table.total] if table.total else [])]
        self.blocks = [
            (fold(parsed.text[block.start : block.end]), fold(" / ".join(block.headings))) for block in parsed.blocks
        ]
        any_key = re.compile(any_of({fold(row[table.key].text) for row in self.rows}))
        self._own = [(set(any_key.findall(text)), set(any_key.findall(above))) for text, above in self.blocks]
        self._labels = [label_of(column, table.columns) for column in table.columns]
        names = sorted({fold(column.name) for column in table.columns}, key=lambda name: (-len(name), name))
        labels = "|".join([*self._labels, *map(re.escape, names), r"column ?\w+", r"spalte ?\w+"])
        self._any_label = re.compile(f"{_BOUNDARY}(?:{labels}){_AFTER_LABEL}")

    def judge(self, lookup: Lookup) -> Judged:
        table = self.table
        if table.structure == "form":
            return self._judge_form(lookup)
        if table.structure == "no-header":
            return self._judge_without_header(lookup)
        found = [self._judge_block(text, above, lookup) for text, above in self._blocks_of(lookup)]
        if table.structure == "transposed":
            found += self._judge_transposed(lookup)
        return best_of(found, "no block names the row alone")

    def _key(self, row: int) -> str:
        return fold(self.rows[row][self.table.key].text)

    def _blocks_of(self, lookup: Lookup) -> Iterator[tuple[str, str]]:
        """Yield the blocks that name this row and no other."""
        key = self._key(lookup.row)
        for (text, above), (inside, over) in zip(self.blocks, self._own, strict=True):
            if (inside or over) == {key}:
                yield text, above

    def _judge_block(self, text: str, above: str, lookup: Lookup) -> Judged:
        if lookup.column == SECTION:
            return self._judge_section(text, above, lookup)
        value, others = self._value_and_others(lookup)
        segments = list(self._segments(text, self._labels[lookup.column]))
        return judge_segments(segments, value, others, text)

    def _judge_section(self, text: str, above: str, lookup: Lookup) -> Judged:
        sections = {fold(name) for name in self.table.sections}
        named = {name for name in sections if re.search(any_of({name}), f"{text} / {above}")}
        if fold(self.table.sections[lookup.row]) in named:
            return Judged("right") if len(named) == 1 else Judged("missing", "several sections", text)
        if named and self._any_label.search(text):
            return Judged("wrong", "another section", text)
        return Judged("missing", "no section", text)

    def _value_and_others(self, lookup: Lookup) -> tuple[Value, list[Value]]:
        row, place = self.rows[lookup.row], lookup.column
        others = [other for at, other in enumerate(row) if at not in {place, self.table.key}]
        return row[place], others + [other[place] for other in self.rows]

    def _segments(self, text: str, label: str) -> Iterator[str]:
        """Yield what stands behind each label of a column, up to the next label."""
        for found in re.finditer(f"{_BOUNDARY}{label}{_AFTER_LABEL}", text):
            rest = text[found.end() :]
            following = self._any_label.search(rest)
            yield rest[: following.start()] if following else rest

    def _judge_form(self, lookup: Lookup) -> Judged:
        value, others = self._value_and_others(lookup)
        found = []
        for text, above in self.blocks:
            segments = list(self._segments(text, self._labels[lookup.column]))
            if not segments and re.search(f"(?:^|/ ){self._labels[lookup.column]}$", above):
                segments = [text]
            if segments:
                found.append(judge_segments(segments, value, [*others, *map(named, self.table.columns)], text))
        if not found and value.is_empty:
            return Judged("right")
        return best_of(found, "no block has the label")

    def _judge_without_header(self, lookup: Lookup) -> Judged:
        value, _ = self._value_and_others(lookup)
        first = {fold(one.text) for one in self.rows[0] if not one.is_empty}
        label = re.compile(f"{_BOUNDARY}(?:{'|'.join(map(re.escape, sorted(first, key=len, reverse=True)))})\\s*:")
        found = []
        key = self._key(lookup.row)
        for (text, _), (inside, _) in zip(self.blocks, self._own, strict=True):
            if key not in inside or not inside <= {key, self._key(0)}:
                continue
            if label.search(text):
                found.append(Judged("wrong", "the first record names the columns", text))
            elif len(inside) > 1:
                found.append(Judged("missing", "no block names the row alone", text))
            elif any(re.search(any_of({fold(form)}), text) for form in value.forms) or stands_in(value, text):
                found.append(Judged("right"))
            else:
                found.append(Judged("missing", "the row lacks the value", text))
        return best_of(found, "no block names the row alone")

    def _judge_transposed(self, lookup: Lookup) -> Iterator[Judged]:
        """Yield verdicts of blocks that are a printed line: an attribute with its values."""
        value, _ = self._value_and_others(lookup)
        others = [row[lookup.column] for row in self.rows] + [
            other for other in self.rows[lookup.row] if other is not value
        ]
        begins = re.compile(f"^(?:[^:;]{{1,60}}: )?{self._labels[lookup.column]}{_NO_WORD_AFTER}")
        label = re.escape(self._key(lookup.row))
        keys = re.compile(f"{_BOUNDARY}(?:{'|'.join(re.escape(self._key(row)) for row in range(len(self.rows)))})\\s*:")
        for text, _above in self.blocks:
            if not begins.search(text) or not keys.search(text):
                continue
            segments = []
            for found in re.finditer(f"{_BOUNDARY}{label}\\s*:", text):
                rest = text[found.end() :]
                following = keys.search(rest)
                segments.append(rest[: following.start()] if following else rest)
            yield judge_segments(segments, value, others, text)


def judge_segments(segments: Sequence[str], value: Value, others: Sequence[Value], text: str) -> Judged:
    """Judge what stands behind the labels of one column in one block."""
    if value.is_empty:
        if all(not segment.strip(f" ;|.{_DASHES}") for segment in segments):
            return Judged("right")
        said_other = any(begins_with(segment, other) for segment in segments for other in others)
        return Judged("wrong" if said_other else "missing", "an empty cell has a value", text)
    if not segments:
        is_there = stands_in(value, text)
        return Judged("missing", "value without its column" if is_there else "neither column nor value", text)
    if any(begins_with(segment, value) for segment in segments):
        return Judged("right")
    if any(begins_with(segment, other) for segment in segments for other in others):
        return Judged("wrong", "another value under the column's name", text)
    return Judged("missing", "the column has a value in another form", text)


def best_of(found: Sequence[Judged], otherwise: str) -> Judged:
    """Return the verdict over all blocks: one wrong block is worse than a missing one."""
    for verdict in ("wrong", "right", "missing"):
        for one in found:
            if one.verdict == verdict:
                return one
    return Judged("missing", otherwise)


def label_of(column: Column, columns: Sequence[Column]) -> str:
    """Return a pattern for the names of a column."""
    parts = [re.escape(fold(part)) for part in column.parts]
    joined = _JOINT.join(parts)
    if len(parts) == 1:
        return f"(?:{joined})"
    names = [joined, _JOINT.join(reversed(parts)) + r"\)?"]
    if [other.name for other in columns].count(column.name) == 1:
        names.append(parts[-1])
    return f"(?:{'|'.join(names)})"


def named(column: Column) -> Value:
    return text_value(column.name)


def begins_with(segment: str, value: Value) -> bool:
    """Return whether a segment is a value, or begins with it and goes on after a sign."""
    said = squeeze(segment)
    for form in map(squeeze, value.forms):
        if not said.startswith(form):
            continue
        after = said[len(form) : len(form) + 2]
        if not after[:1].isalnum() and after[:1] not in {"%", "€", "£"} and not re.match(r"[.,]\d", after):
            return True
    return False


def stands_in(value: Value, text: str) -> bool:
    if value.is_empty:
        return True
    said = squeeze(text)
    return any(re.search(rf"(?<!\w){re.escape(squeeze(form))}(?!\w)", said) for form in value.forms)


def any_of(texts: set[str]) -> str:
    ordered = sorted(texts, key=lambda text: (-len(text), text))
    return f"{_NO_WORD_BEFORE}(?:{'|'.join(map(re.escape, ordered))}){_NO_WORD_AFTER}"


def fold(text: str) -> str:
    return " ".join(text.casefold().split())


def squeeze(text: str) -> str:
    return "".join(text.casefold().split())
