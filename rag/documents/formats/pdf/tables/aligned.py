"""Find the tables and the labels with values in a column of lines, by what stands below each other.

What is no certain table comes out as lines of text.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from rag.documents.formats.pdf.segments import MIN_GAP, Column, Line, line_of
from rag.documents.formats.pdf.tables.cells import CellLine, are_cut, find_table_rows, make_cells
from rag.documents.formats.pdf.tables.columns import are_aligned, find_columns, place
from rag.documents.formats.pdf.tables.rules import Rule
from rag.documents.formats.plain import is_list_item
from rag.documents.formats.tabular.grid import Cell, Grid, make_grid
from rag.documents.formats.tabular.values import is_value

# Of a line's height: a wider space ends a table.
_MAX_SPACE, _MAX_CELL_SPACE = 3.2, 0.7
# Of a line's height: how much wider than the least space of a table.
_MAX_EXTRA = 1.2
# Lines without a wide gap in a row, as the second line of a cell.
_MAX_SINGLE = 3
_MAX_LINES, _MAX_SEGMENTS = 400, 40
_MAX_LABEL = 40
_MIN_LABEL_ROWS = 2
_MAX_DEPTH = 6
# Of a line's height, that a space between parts of a table is wider than usual.
_MIN_CUT = 0.3
_MIN_BREAK = 0.9
_MIN_LINES = 3
# Of the cells, that begin with a small letter in columns of running text.
_RUNNING_SHARE, _RUNNING_CHARACTERS = 0.3, 20


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a page.

    Attributes:
        lines: Of text. Empty for a table.
        is_loose: Each line stands for itself.
        columns: Of a table, where they stand.
    """

    lines: tuple[Line, ...] = ()
    grid: Grid | None = None
    is_loose: bool = False
    columns: tuple[Column, ...] = ()


def find_pieces(lines: Sequence[Line], across: Sequence[Rule]) -> list[Piece]:
    """Return text and tables of lines that stand below each other."""
    pieces: list[Piece] = []
    text: list[Line] = []
    i = 0
    while i < len(lines):
        end = _end_of_run(lines, i)
        found = _read_run(lines[i:end], across) if end > i else None
        if found is None:
            text.extend(lines[i : max(end, i + 1)])
            i = max(end, i + 1)
            continue
        pieces += [*_texts(text), *found]
        text = []
        i = end
    return [*pieces, *_texts(text)]


def _texts(lines: Sequence[Line]) -> Iterator[Piece]:
    """Yield lines of text, and between them tables that were found before."""
    text: list[Line] = []
    for line in lines:
        if line.grid is None:
            text.append(line)
            continue
        if text:
            yield Piece(tuple(text))
        yield Piece(grid=line.grid, columns=line.columns)
        text = []
    if text:
        yield Piece(tuple(text))


def _end_of_run(lines: Sequence[Line], start: int) -> int:
    """Return where the lines end that share wide gaps with the line at `start`."""
    if not _is_parted(lines[start]):
        return start
    last, n_parted, end = start, 1, start + 1
    second, usual = lines[start].segments[1].left, _MAX_SPACE
    for i in range(start + 1, min(len(lines), start + _MAX_LINES)):
        line, before = lines[i], lines[i - 1]
        space, height = line.top - before.bottom, max(line.height, before.height)
        limit = _MAX_SPACE if n_parted == 1 else min(_MAX_SPACE, usual + _MAX_EXTRA)
        if line.grid or space > limit * height:
            break
        usual = min(usual, max(0.0, space / height))
        if len(line.segments) == 1:
            if line.left > second - height:
                end = i + 1 if end == i and space < _MAX_CELL_SPACE * height else end
            elif i - last > _MAX_SINGLE:
                break
        elif _is_parted(line) and _shares_gap(lines[last], line):
            last, n_parted, end, second = i, n_parted + 1, i + 1, min(second, line.segments[1].left)
        else:
            break
    return end if n_parted > 1 else start


def _is_parted(line: Line) -> bool:
    return line.grid is None and 1 < len(line.segments) <= _MAX_SEGMENTS


def _shares_gap(one: Line, other: Line) -> bool:
    min_gap = MIN_GAP * min(one.height, other.height)
    return any(
        min(gap.right, second.right) - max(gap.left, second.left) >= min_gap
        for gap in _gaps(one)
        for second in _gaps(other)
    )


def _gaps(line: Line) -> list[Column]:
    return [Column(before.right, after.left) for before, after in pairwise(line.segments)]


def _read_run(lines: Sequence[Line], across: Sequence[Rule], depth: int = 0) -> list[Piece] | None:
    """Return the tables and texts in lines that share gaps; None if they are running text.

    Lines that are no table, or two of unlike columns, are parted at the widest space between them.
    """
    cut = _widest_space(lines) if depth < _MAX_DEPTH else 0
    found = [] if cut and _are_unlike(lines, cut) else _read_table(lines, across)
    if found or found is None:
        return found
    if not cut and len(lines) > _MIN_LINES and len(lines[0].segments) < max(len(line.segments) for line in lines):
        cut = 1
    if not cut:
        return _loose(lines)
    parts = [_read_run(part, across, depth + 1) for part in (lines[:cut], lines[cut:])]
    return [
        piece
        for part, read in zip((lines[:cut], lines[cut:]), parts, strict=True)
        for piece in (read if read is not None else _texts(part))
    ]


def _widest_space(lines: Sequence[Line]) -> int:
    """Return the line above which the widest space is; 0 if all are alike."""
    spaces = [following.top - line.bottom for line, following in pairwise(lines)]
    if not spaces or max(spaces) < sorted(spaces)[len(spaces) // 2] + _MIN_CUT * lines[0].height:
        return 0
    return spaces.index(max(spaces)) + 1


def _are_unlike(lines: Sequence[Line], cut: int) -> bool:
    """Say whether columns differ above and below a cut that parts no header from its rows."""
    above, below = ([line for line in part if _is_parted(line)] for part in (lines[:cut], lines[cut:]))
    if not above or len(below) < 2:
        return False
    columns = find_columns(below)
    if len(above) == 1:
        n_free = len(columns) - len(above[0].segments)
        is_header = n_free == 0 or (n_free == 1 and above[0].left > columns[0].right)
        return not is_header and lines[cut].top - lines[cut - 1].bottom > _MIN_BREAK * above[0].height
    has_values = any(is_value(segment.text) for line in above for segment in line.segments[1:])
    return has_values and len(find_columns(above)) != len(columns)


def _read_table(lines: Sequence[Line], across: Sequence[Rule]) -> list[Piece] | None:
    """Return the table that lines are, empty if it is uncertain; None if they are running text."""
    first = next((i for i, line in enumerate(lines) if _is_parted(line)), 0)
    if first:
        found = _read_table(lines[first:], across)
        return [*_texts(lines[:first]), *found] if found else found
    totals = _totals_at_end(lines)
    body = lines[: len(lines) - len(totals)]
    parted = [line for line in body if _is_parted(line)]
    if len(parted) < 2:
        return [*_texts(body), *_pairs_of_totals(totals)] if totals else None
    columns = find_columns(parted)
    if len(columns) < 2 or _are_list_items(parted, columns):
        return None
    placed = place(body, columns)
    if placed is None:
        return []
    if _is_running_text(placed, len(columns)):
        return _column_by_column(body, placed, len(columns))
    found = _certain_tables(body, placed, columns, across)
    return [*found, *_pairs_of_totals(totals)] if found else []


def _certain_tables(
    lines: Sequence[Line], placed: Sequence[CellLine], columns: Sequence[Column], across: Sequence[Rule]
) -> list[Piece]:
    """Return the tables in lines whose columns are known; none if one is uncertain."""
    n_columns = len(columns)
    if not are_aligned(placed, n_columns) or not _is_certain(placed, n_columns):
        return []
    rules = [rule.at for rule in across if rule.start <= columns[0].right and rule.end >= columns[-1].left]
    rows = find_table_rows(placed, rules)
    if n_columns > 2 and are_cut(rows, n_columns):
        return []
    return _tables(lines, placed, columns, rows)


def _loose(lines: Sequence[Line]) -> list[Piece]:
    return [Piece(tuple(lines), is_loose=True)]


def _totals_at_end(lines: Sequence[Line]) -> list[Line]:
    """Return the last lines that hold a label and its value on the right, as below an invoice."""
    if max(len(line.segments) for line in lines) <= 2:
        return []
    left = min(line.left for line in lines)
    n_totals = 0
    for line in reversed(lines):
        is_total = (
            len(line.segments) == 2
            and line.left > left + 3 * line.height
            and not is_value(line.segments[0].text)
            and is_value(line.segments[1].text)
        )
        if not is_total:
            break
        n_totals += 1
    return list(lines[len(lines) - n_totals :])


def _pairs_of_totals(lines: Sequence[Line]) -> list[Piece]:
    return _pairs([(line.segments[0].text, line.segments[1].text) for line in lines])


def _pairs(pairs: Sequence[tuple[str, str]]) -> list[Piece]:
    """Return labels and values as a table of two columns."""
    rows = [[Cell(f"{label.rstrip(':').rstrip()}:"), Cell(value)] for label, value in pairs if value]
    return [Piece(grid=make_grid(rows, 0))] if rows else []


def _are_list_items(lines: Sequence[Line], columns: Sequence[Column]) -> bool:
    """Say whether the first column holds only the marks or numbers of a list."""
    marks = [line.segments[0].text for line in lines if line.left <= columns[0].right]
    return len(columns) == 2 and all(len(mark) <= 5 and is_list_item(f"{mark} ") for mark in marks)


def _is_running_text(lines: Sequence[CellLine], n_columns: int) -> bool:
    if n_columns > 3:
        return False
    n_running = 0
    for column in range(n_columns):
        texts = [part.text for line in lines if (part := line.part_at(column))]
        n_small = sum(text[:1].islower() for text in texts)
        n_characters = sum(map(len, texts))
        n_running += n_small >= _RUNNING_SHARE * len(texts) and n_characters >= _RUNNING_CHARACTERS * len(texts)
    return n_running > 1


def _column_by_column(lines: Sequence[Line], placed: Sequence[CellLine], n_columns: int) -> list[Piece] | None:
    if any(part.n_columns > 1 for line in placed for part in line.parts):
        return _loose(lines)
    texts: list[list[Line]] = [[] for _ in range(n_columns)]
    for line in lines:
        for segment in line.segments:
            column = next(part.column for at in placed for part in at.parts if segment.words[0] in part.words)
            texts[column].append(line_of([segment]))
    return [Piece(tuple(text)) for text in texts if text]


def _is_certain(lines: Sequence[CellLine], n_columns: int) -> bool:
    """Say whether lines are enough for a table: two lines may stand in columns by chance."""
    full = [line for line in lines if len(line.parts) > 1]
    if n_columns > 2:
        return len(full) > 1
    values = [part.text for line in full for part in line.parts[1:]]
    labels = [line.parts[0].text for line in full]
    return len(full) > _MIN_LINES or any(map(is_value, values)) or all(label.endswith(":") for label in labels)


def _tables(
    lines: Sequence[Line],
    placed: Sequence[CellLine],
    columns: Sequence[Column],
    rows: Sequence[Sequence[CellLine]],
) -> list[Piece]:
    """Return the columns that hold labels and values as such, and else the whole table."""
    n_columns = len(columns)
    labels = _label_columns(placed, n_columns)
    if n_columns == 2 and not labels and _are_labels_with_values([make_cells(row, 2) for row in rows]):
        labels = {0}
    if not labels:
        grid = make_grid([make_cells(row, n_columns) for row in rows])
        return [Piece(grid=grid, columns=tuple(columns))]
    pieces: list[Piece] = []
    column = 0
    while column < n_columns:
        if column in labels:
            cells = [make_cells(row, n_columns) for row in rows]
            pieces += _pairs([(row[column].text, row[column + 1].text) for row in cells])
            column += 2
        else:
            texts = [
                line_of([segment])
                for line, at in zip(lines, placed, strict=True)
                for segment in line.segments
                if any(part.column == column and segment.words[0] in part.words for part in at.parts)
            ]
            pieces.append(Piece(tuple(texts), is_loose=True))
            column += 1
    return pieces


def _label_columns(lines: Sequence[CellLine], n_columns: int) -> set[int]:
    """Return the columns of labels, with the values right of each; empty if it is another table."""
    if any(part.n_columns > 1 for line in lines for part in line.parts):
        return set()
    texts = [[part.text if (part := line.part_at(column)) else "" for line in lines] for column in range(n_columns)]
    marked = {
        column
        for column in range(n_columns - 1)
        if (filled := [text for text in texts[column] if text])
        and sum(text.endswith(":") for text in filled) >= 0.6 * len(filled)
        and not any(text.endswith(":") for text in texts[column + 1])
    }
    if marked:
        return marked
    pairs = range(0, n_columns, 2)
    if n_columns % 2 or n_columns == 2 or len(lines) < _MIN_LABEL_ROWS:
        return set()
    are_pairs = all(_are_labels(texts[column]) and _are_values(texts[column + 1]) for column in pairs)
    begins_with_value = any(any(map(str.isdigit, texts[column + 1][0])) for column in pairs)
    return set(pairs) if are_pairs and begins_with_value else set()


def _are_labels_with_values(rows: Sequence[Sequence[Cell]]) -> bool:
    """Say whether rows are a text and a number or date each, without names of columns above."""
    texts = [row[0].text for row in rows]
    are_named = all(text[:1].isalpha() and len(text) <= _MAX_LABEL for text in texts) and len(set(texts)) == len(texts)
    return are_named and all(len(row) == 2 and is_value(row[1].text) for row in rows)


def _are_labels(texts: Sequence[str]) -> bool:
    filled = [text for text in texts if text]
    is_short = all(len(text) <= _MAX_LABEL and not any(map(str.isdigit, text)) for text in filled)
    return bool(filled) and is_short and len(set(filled)) == len(filled)


def _are_values(texts: Sequence[str]) -> bool:
    """Say whether texts are unlike values, or begin with one as no name of a column does."""
    has_digits = [any(map(str.isdigit, text)) for text in texts if text]
    return bool(has_digits) and (has_digits[0] or len(set(has_digits[1:])) > 1)
