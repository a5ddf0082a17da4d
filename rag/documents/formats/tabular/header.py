"""Find which rows at the top of a table name its columns, and join them to one name a column."""

from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

from rag.documents.formats.tabular.values import as_small_number, code_shape, is_value, is_year, value_kind

Rows = Sequence[Sequence[str]]
Copies = frozenset[tuple[int, int]]

_MAX_HEADER_ROWS = 4
# A header is told from the first of the rows: more of them would say the same.
_SAMPLE_ROWS = 60
_MAX_NAME_CHARACTERS = 120
_MIN_SEQUENCE = 2


def count_header_rows(rows: Rows, copies: Copies) -> int:
    """Return how many rows at the top name the columns; 0 if the first row is a record.

    A record holds numbers, dates or addresses, a value that its column has again, or a code of the
    shape that its column has. A row of words is a header, and so are years and other sequences of
    numbers above numbers. A second row goes on a header whose cells are merged or empty above it.
    """
    sample = [_own(row, place, copies) for place, row in enumerate(rows[:_SAMPLE_ROWS])]
    if len(sample) < 2 or not _names_columns(sample[0], sample[1:]):
        return 0
    n_head = 1
    while n_head < min(_MAX_HEADER_ROWS, len(sample) - 1) and _goes_on(sample, n_head, copies):
        n_head += 1
    return n_head


def join_names(rows: Rows, copies: Copies) -> tuple[str, ...]:
    """Return the name of each column: the words of its header cells from top to bottom.

    A cell that is empty above a filled one takes the words to its left, as cells do that are only
    centred over several columns. Names that occur twice get a number.
    """
    filled = [list(row) for row in rows]
    for place, row in enumerate(filled[:-1]):
        for column in range(1, len(row)):
            if not row[column].strip() and filled[place + 1][column].strip() and (place, column) not in copies:
                row[column] = row[column - 1]
    names = [
        " ".join(dict.fromkeys(words for row in filled if (words := " ".join(row[column].split()))))
        for column in range(len(filled[0]) if filled else 0)
    ]
    return tuple(_distinct([name.rstrip(":").strip() for name in names]))


def _distinct(names: Sequence[str]) -> list[str]:
    counts: Counter[str] = Counter()
    distinct = []
    for name in names:
        counts[name] += 1
        distinct.append(f"{name} ({counts[name]})" if name and counts[name] > 1 else name)
    return distinct


def _own(row: Sequence[str], place: int, copies: Copies) -> Sequence[str]:
    """Return a row without what a merged cell of a row above it repeats there."""
    if not any((place, column) in copies for column in range(len(row))):
        return row
    return [text if (place, column) not in copies else "" for column, text in enumerate(row)]


def _names_columns(row: Sequence[str], below: Rows) -> bool:
    filled = [column for column, text in enumerate(row) if text.strip()]
    if not filled or any(len(row[column]) > _MAX_NAME_CHARACTERS for column in filled):
        return False
    values = [column for column in filled if is_value(row[column])]
    if values and not _is_sequence(row, values, filled, below):
        return False
    return not any(_recurs(row[column], [line[column] for line in below]) for column in filled if column not in values)


def _recurs(text: str, column: Sequence[str]) -> bool:
    """Say whether a column has the text again, or mostly codes of its shape."""
    if text in column:
        return True
    shape = code_shape(text)
    same = sum(code_shape(other) == shape for other in column) if shape else 0
    return same * 2 > len(column)


def _is_sequence(row: Sequence[str], values: Sequence[int], filled: Sequence[int], below: Rows) -> bool:
    """Say whether numbers or dates name columns: years, months or hours above numbers."""
    if len(values) == len(filled) and not (filled[0] > 0 or all(is_year(row[column]) for column in values)):
        return False
    under = [line[column] for column in values for line in below if line[column].strip()]
    if all(is_year(row[column]) for column in values):
        return 2 * sum(map(is_year, under)) < len(under)
    numbers = [as_small_number(row[column]) for column in values]
    whole = [number for number in numbers if number is not None]
    if len(whole) == len(numbers) and len(whole) > _MIN_SEQUENCE:
        return all(after - before == 1 for before, after in pairwise(whole))
    are_dates = all(value_kind(row[column]) == "date" for column in values)
    return are_dates and len(values) >= _MIN_SEQUENCE and not any(value_kind(text) == "date" for text in under)


def _goes_on(rows: Rows, place: int, copies: Copies) -> bool:
    """Say whether a row belongs to the header above it."""
    row, above, below = rows[place], rows[place - 1], rows[place + 1 :]
    filled = [column for column, text in enumerate(row) if text.strip()]
    if not filled or any(is_value(row[column]) and not is_year(row[column]) for column in filled):
        return False
    if not _names_columns(row, below):
        return False
    reaches_down = any((place, column) in copies and row[column] == above[column] for column in filled)
    is_split = any(
        column and above[column] and above[column] == above[column - 1] and row[column] != row[column - 1]
        for column in filled
    )
    has_gap = any(not above[column].strip() for column in filled)
    used = {column for line in rows for column, text in enumerate(line) if text.strip()}
    is_covered = all(row[column].strip() or above[column].strip() or column == 0 for column in used)
    return is_covered and (reaches_down or is_split or (has_gap and _has_values(below, filled)))


def _has_values(rows: Rows, columns: Sequence[int]) -> bool:
    """Say whether a column holds numbers or dates below words."""
    return any(is_value(row[column]) for row in rows for column in columns)
