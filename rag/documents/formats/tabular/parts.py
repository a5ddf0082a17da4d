"""Find what the rows of a grid are: titles, notes, sections, and rows under the names of columns.

Goes in: a grid. Comes out: its parts in order, each row as names and values. Where no row names the
columns, they are named by their places, and a table of labels and values keeps its labels.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal, NamedTuple

from rag.documents.formats.tabular.grid import Grid
from rag.documents.formats.tabular.header import Copies, count_header_rows, join_names
from rag.documents.formats.tabular.values import code_shape, is_value, value_kind, value_shape

PartKind = Literal["title", "note", "section", "row", "break"]

_MAX_TITLE_CHARACTERS = 100
_MAX_LABEL_CHARACTERS = 60
_PAIR = 2
# If more of the values of a column are alike, it is a column of such values.
_SAME_SHARE = 0.8
_MAX_PAIRS = 60


class Part(NamedTuple):
    """A part of a table.

    Attributes:
        kind: A "break" stands between two tables.
        text: Of a title, note or section.
        cells: Of a row: the name, which may be empty, and the value of each filled cell.
        n_key: How many of the cells, from the first, say which row it is.
    """

    kind: PartKind
    text: str = ""
    cells: tuple[tuple[str, str], ...] = ()
    n_key: int = 1


@dataclass(frozen=True, slots=True)
class _Band:
    """Rows between empty rows, with the columns that are used in them.

    Attributes:
        first: The row of the grid with which it begins.
    """

    rows: tuple[tuple[str, ...], ...]
    first: int


def find_parts(grid: Grid) -> Iterator[Part]:
    """Yield the parts of the tables in a grid, in order."""
    names: tuple[str, ...] | None = None
    grid = _without_gaps_below_heads(grid)
    bands, is_below = list(_bands(grid)), False
    has_columns = len(_used_columns(grid.rows)) >= _PAIR
    columns_of: dict[int, list[int]] = {}
    for row, column in grid.copies:
        columns_of.setdefault(row, []).append(column)
    for i, band in enumerate(bands):
        lines, n_lines = _lines_above(band, columns_of, is_last=i + 1 == len(bands)) if has_columns else ([], 0)
        rows, first = band.rows[n_lines:], band.first + n_lines
        copies = frozenset((i, column) for i in range(len(rows)) for column in columns_of.get(first + i, ()))
        if not rows:
            yield from lines
        elif is_below and not lines and names and _goes_on(rows, names, copies, grid):
            # An empty row only sets rows of one table apart.
            yield from _rows(rows, names, copies)
        else:
            yield from (Part("break"), *lines) if is_below else lines
            is_below = True
            declared = max(0, grid.n_head - n_lines) if grid.n_head is not None and not band.first else None
            names, parts = _read_table(rows, copies, declared, grid)
            yield from parts


def _read_table(
    rows: Sequence[tuple[str, ...]], copies: Copies, declared: int | None, grid: Grid
) -> tuple[tuple[str, ...] | None, list[Part]]:
    """Return the names of the columns, None in a table of labels and values, and its rows."""
    may_hold_pairs = not declared or grid.needs_head
    pairs = _pairs(rows, copies, has_head_column=grid.has_head_column) if may_hold_pairs else []
    if pairs:
        return None, pairs
    n_head = declared if declared is not None else count_header_rows(rows, copies)
    if n_head >= len(rows):
        n_head = 0
    names = join_names(rows[:n_head], copies) if n_head else _names_by_place(rows)
    moved = frozenset((row - n_head, column) for row, column in copies)
    return names, list(_rows(rows[n_head:], names, moved))


def _without_gaps_below_heads(grid: Grid) -> Grid:
    """Return the grid without empty rows between one row of words and the rows below it."""
    is_empty = [not any(text.strip() for text in row) for row in grid.rows]
    kept: list[int] = []
    for place in range(len(grid.rows)):
        last = kept[-1] if kept else None
        is_alone = last is not None and not is_empty[last] and (last == 0 or is_empty[last - 1])
        if not (is_empty[place] and is_alone and last is not None and _heads(grid, last, is_empty)):
            kept.append(place)
    if len(kept) == len(grid.rows):
        return grid
    place_of = {row: place for place, row in enumerate(kept)}
    copies = frozenset((place_of[row], column) for row, column in grid.copies if row in place_of)
    return replace(grid, rows=tuple(grid.rows[row] for row in kept), copies=copies)


def _heads(grid: Grid, place: int, is_empty: Sequence[bool]) -> bool:
    """Say whether a lone row is of words, and the rows below the empty ones have no own header."""
    filled = [text for text in grid.rows[place] if text.strip()]
    if len(set(filled)) < _PAIR or any(map(is_value, filled)):
        return False
    start = next((i for i in range(place + 1, len(is_empty)) if not is_empty[i]), len(is_empty))
    end = next((i for i in range(start, min(len(is_empty), start + _MAX_PAIRS)) if is_empty[i]), start + _MAX_PAIRS)
    below = grid.rows[start:end]
    return bool(below) and not count_header_rows(below, frozenset())


def _bands(grid: Grid) -> Iterator[_Band]:
    kept: list[tuple[str, ...]] = []
    for place, row in enumerate((*grid.rows, ())):
        if any(text.strip() for text in row):
            kept.append(row)
        elif kept:
            yield _Band(tuple(kept), place - len(kept))
            kept = []


def _lines_above(band: _Band, columns_of: Mapping[int, Sequence[int]], *, is_last: bool) -> tuple[list[Part], int]:
    """Return titles and remarks above a table and their number; all lines if there is no table.

    Args:
        columns_of: The columns of each row of the grid that repeat a merged cell.
    """
    own = [
        [
            text
            for column, text in enumerate(row)
            if text.strip() and column not in columns_of.get(band.first + place, ())
        ]
        for place, row in enumerate(band.rows)
    ]
    n_lines = next((place for place, texts in enumerate(own) if len(texts) != 1 or is_value(texts[0])), len(own))
    if n_lines == len(own) and len(_used_columns(band.rows)) > 1 and len(own) > 1:
        # The last may be the only record of a table with one filled column.
        n_lines -= 1
    first: PartKind = "note" if is_last and n_lines == len(own) else "title"
    return [_line(texts[0], "note" if i else first) for i, texts in enumerate(own[:n_lines])], n_lines


def _line(text: str, kind: PartKind) -> Part:
    words = " ".join(text.split())
    is_title = kind == "title" and len(words) <= _MAX_TITLE_CHARACTERS and words[-1:] not in ".!?;"
    return Part("title" if is_title else "note", words)


def _used_columns(rows: Sequence[Sequence[str]]) -> list[int]:
    return [column for column in range(len(rows[0])) if any(row[column].strip() for row in rows)] if rows else []


def _goes_on(rows: Sequence[Sequence[str]], names: Sequence[str], copies: Copies, grid: Grid) -> bool:
    """Say whether rows below an empty one belong to the table above it."""
    fits = all(names[column] for column in _used_columns(rows) if column)
    return fits and (bool(grid.n_head) or not count_header_rows(rows, copies))


def _names_by_place(rows: Sequence[Sequence[str]]) -> tuple[str, ...]:
    """Return "Column 2" for each column behind the first, which says which row it is."""
    used = _used_columns(rows)
    return tuple(
        f"Column {column + 1}" if len(rows) > 1 and column in used[1:] else "" for column in range(len(rows[0]))
    )


def _pairs(rows: Sequence[Sequence[str]], copies: Copies, *, has_head_column: bool) -> list[Part]:
    """Return the rows of a table of labels and values; none if it is another table.

    A form may have several labels in a row, each with its value behind it.
    """
    if len(rows) > _MAX_PAIRS:
        return []
    used = _used_columns(rows)
    lines = [[] if _is_section(place, row, copies) else _pairs_of(row, used) for place, row in enumerate(rows)]
    if len(used) % _PAIR or not _hold_pairs([line for line in lines if line], has_head_column=has_head_column):
        filled = [[text.strip() for text in row if text.strip()] for row in rows]
        if len(used) <= _PAIR or not all(_is_form_row(row) for row in filled):
            return []
        lines = [list(zip(row[::2], row[1::2], strict=True)) for row in filled]
    return [
        part
        for row, line in zip(rows, lines, strict=True)
        for part in ([_pair(*pair) for pair in line] or [Part("section", row[0])])
    ]


def _pairs_of(row: Sequence[str], used: Sequence[int]) -> list[tuple[str, str]]:
    """Return label and value from each two columns, without empty ones."""
    cells = [row[column].strip() for column in used]
    return [(label, value) for label, value in zip(cells[::2], cells[1::2], strict=False) if label or value]


def _hold_pairs(lines: Sequence[Sequence[tuple[str, str]]], *, has_head_column: bool) -> bool:
    """Say whether columns are labels and their values, without a row of names above.

    Values of a table with names are all of one kind: a number and a date are not. Of a form with
    several labels in a row at least one column is of several kinds, and none holds only numbers.
    """
    pairs = [pair for line in lines for pair in line]
    labels, values = [label for label, _ in pairs], [value for _, value in pairs]
    if not pairs or any(len(label) > _MAX_LABEL_CHARACTERS or not label for label in labels):
        return False
    if len(set(labels)) < len(labels):
        return False
    is_wide = len(lines[0]) > 1
    if (has_head_column and not is_wide) or all(label.endswith(":") for label in labels):
        return True
    if any(value_kind(label) in {"number", "date"} for label in labels):
        return False
    if is_wide:
        columns = [[line[i][1] for line in lines[1:] if len(line) > i] for i in range(len(lines[0]))]
        return any(map(_is_mixed, columns)) and all(_may_be_of_form(one) for one in columns)
    # The first value may be the name of a column.
    return is_value(values[0]) or _is_mixed(values[1:])


def _may_be_of_form(values: Sequence[str]) -> bool:
    return _is_mixed(values) or not any(map(is_value, values)) or len(list(filter(None, values))) <= _PAIR


def _is_mixed(values: Sequence[str]) -> bool:
    """Say whether values are of several kinds or units, which those of a column are not."""
    shapes = Counter(value_shape(value) for value in values if value)
    return len(shapes) > 1 and max(shapes.values()) < _SAME_SHARE * shapes.total()


def _is_form_row(row: Sequence[str]) -> bool:
    return len(row) % 2 == 0 and all(label.endswith(":") for label in row[::2])


def _pair(label: str, value: str) -> Part:
    name, words = " ".join(label.split()).rstrip(":").rstrip(), " ".join(value.split())
    return Part("row", cells=((name, words),) if words else (("", name),))


def _rows(rows: Sequence[Sequence[str]], names: Sequence[str], copies: Copies) -> Iterator[Part]:
    n_tail = _note_rows(rows, names)
    has_plain_sections = len(rows) > n_tail + _PAIR and _is_lone(rows[0], names) and not _is_lone(rows[1], names)
    header = tuple(name.casefold() for name in names)
    for place, row in enumerate(rows[: len(rows) - n_tail]):
        if any(header) and tuple(" ".join(text.split()).casefold() for text in row) == header:
            # A header that is repeated on each page names nothing new.
            continue
        cells = tuple((names[i], words) for i, text in enumerate(row) if (words := " ".join(text.split())))
        if _is_section(place, row, copies) or (has_plain_sections and _is_lone(row, names)):
            yield Part("section", cells[0][1])
        elif cells:
            yield Part("row", cells=cells, n_key=_key_size(cells))
    for row in rows[len(rows) - n_tail :]:
        yield Part("note", " ".join(next(filter(str.strip, row)).split()))


def _is_section(place: int, row: Sequence[str], copies: Copies) -> bool:
    """Say whether one merged cell takes the whole row, as above the rows of a group."""
    filled = [column for column, text in enumerate(row) if text.strip()]
    if len(filled) < _PAIR or filled[0] or len(row[0]) > _MAX_TITLE_CHARACTERS:
        return False
    return all((place, column) in copies and row[column] == row[0] for column in filled[1:])


def _is_lone(row: Sequence[str], names: Sequence[str]) -> bool:
    """Say whether only the first cell of a row is filled, by words."""
    is_alone = bool(row[0].strip()) and not any(text.strip() for text in row[1:])
    return is_alone and len(names) > _PAIR and value_kind(row[0]) == "text" and code_shape(row[0]) is None


def _note_rows(rows: Sequence[Sequence[str]], names: Sequence[str]) -> int:
    """Return how many rows at the end are remarks: one long text, or one with a mark before it."""
    n_notes = 0
    for row in reversed(rows):
        filled = {text.strip() for text in row if text.strip()}
        if len(names) <= _PAIR or len(filled) != 1 or not _is_remark(next(iter(filled))):
            break
        n_notes += 1
    return n_notes if n_notes < len(rows) else 0


def _is_remark(text: str) -> bool:
    return len(text.split()) > 3 or text[0] in "*†‡¹²³" or text.partition(":")[1] == ":"


def _key_size(cells: Sequence[tuple[str, str]]) -> int:
    """Return how many cells say which row it is; a number in front alone says too little."""
    kinds = [value_kind(value) for _, value in cells[:_PAIR]]
    return _PAIR if kinds == ["number", "text"] and len(cells) > _PAIR else 1


def cut_row(part: Part, max_characters: int) -> list[Part]:
    """Return a wide row as rows that each repeat the cells which say which row it is.

    Cells that take more than half of a row stand in the first row alone.
    """
    key, rest = part.cells[: part.n_key], part.cells[part.n_key :]
    n_key = sum(len(name) + len(value) + 4 for name, value in key)
    if 2 * n_key > max_characters:
        key, rest, n_key = (), part.cells, 0
    rows: list[list[tuple[str, str]]] = [[]]
    n_characters = n_key
    for name, value in rest:
        n_cell = len(name) + len(value) + 4
        if rows[-1] and n_characters + n_cell > max_characters:
            rows.append([])
            n_characters = n_key
        rows[-1].append((name, value))
        n_characters += n_cell
    return [part._replace(cells=(*key, *row)) for row in rows]
