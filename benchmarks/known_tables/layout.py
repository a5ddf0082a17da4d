"""Lay out the cells of a known table as a grid with spans."""

from itertools import groupby

from benchmarks.known_tables.values import EMPTY, Cell, Column, KnownTable, Line, text_value


def lay_out(table: KnownTable) -> list[Line]:
    """Return the lines of a table without title lines and notes."""
    if table.structure == "form":
        return lay_out_form(table)
    if table.structure == "transposed":
        return lay_out_transposed(table)
    lines = [] if table.structure == "no-header" else lay_out_header(table)
    n_columns = len(table.columns)
    for number, row in enumerate(table.rows):
        if table.sections and (number == 0 or table.sections[number] != table.sections[number - 1]):
            lines.append(full_width(table.sections[number], n_columns))
        lines.append([Cell(value) for value in row])
    if table.structure == "merged-rows":
        merge_equal(lines)
    if table.total:
        lines.append([Cell(value) for value in table.total])
    return lines


def full_width(text: str, n_columns: int) -> Line:
    return [Cell(text_value(text), n_columns=n_columns), *[None] * (n_columns - 1)]


def lay_out_header(table: KnownTable) -> list[Line]:
    if not any(column.group for column in table.columns):
        return [[head(column.name) for column in table.columns]]
    upper: list[Cell | None] = []
    lower: list[Cell | None] = []
    for group, members in groupby(table.columns, key=lambda column: column.group):
        columns: list[Column] = list(members)
        if group:
            upper += [head(group, n_columns=len(columns)), *[None] * (len(columns) - 1)]
            lower += [head(column.name) for column in columns]
        else:
            upper += [head(column.name, n_rows=2) for column in columns]
            lower += [None] * len(columns)
    return [upper, lower]


def head(text: str, *, n_rows: int = 1, n_columns: int = 1) -> Cell:
    return Cell(text_value(text), n_rows, n_columns, is_head=True)


def merge_equal(lines: list[Line]) -> None:
    """Merge equal cells of the first column, below the header."""
    start = 1
    while start < len(lines):
        first = lines[start][0]
        assert first is not None, "nothing is merged yet"
        end = start + 1
        while end < len(lines) and lines[end][0] == first:
            end += 1
        lines[start] = [Cell(first.value, n_rows=end - start), *lines[start][1:]]
        for place in range(start + 1, end):
            lines[place] = [None, *lines[place][1:]]
        start = end


def lay_out_form(table: KnownTable) -> list[Line]:
    """Return label and value side by side; two pairs a line if the number of columns is even."""
    pairs = [[head(column.name), Cell(value)] for column, value in zip(table.columns, table.rows[0], strict=True)]
    if len(table.rows[0][0].text) % 2:
        return list(pairs)
    if len(pairs) % 2:
        pairs.append([Cell(EMPTY), Cell(EMPTY)])
    return [[*pairs[place], *pairs[place + 1]] for place in range(0, len(pairs), 2)]


def lay_out_transposed(table: KnownTable) -> list[Line]:
    places = [table.key, *(place for place in range(len(table.columns)) if place != table.key)]
    lines: list[Line] = []
    for place in places:
        is_head = place == table.key
        cells = [Cell(row[place], is_head=is_head) for row in table.rows]
        lines.append([head(table.columns[place].name), *cells])
    return lines


def describe(line: Line) -> list[str]:
    """Return the texts of a line; what a cell covers is empty."""
    return ["" if cell is None else cell.value.text for cell in line]
