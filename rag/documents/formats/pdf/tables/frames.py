"""Find the tables whose cells are framed by ruled lines, and cells that cover several others."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from rag.documents.formats.pdf.tables.rules import Rule, Rules

# Points by which lines may miss each other, and by which a table goes on without its outer line.
_TOLERANCE = 3.0
_MIN_OVERHANG = 12.0
# Of a cell's side that a line must cover to part it from the next.
_MIN_COVER = 0.6
_MAX_PAIRS = 400_000
_MAX_UNITS = 20_000


@dataclass(frozen=True, slots=True)
class Box:
    """A cell: its first row and column, how many it covers, and its sides in points."""

    row: int
    column: int
    n_rows: int
    n_columns: int
    left: float
    top: float
    right: float
    bottom: float


@dataclass(frozen=True, slots=True)
class Frame:
    """A table of at least two columns whose cells are framed.

    Attributes:
        xs, ys: Where columns and rows begin and end.
    """

    boxes: tuple[Box, ...]
    xs: tuple[float, ...]
    ys: tuple[float, ...]
    units: dict[tuple[int, int], Box]

    def box_at(self, x: float, y: float) -> Box | None:
        """Return the cell around a point."""
        return self.units.get((bisect_right(self.ys, y) - 1, bisect_right(self.xs, x) - 1))


def find_frames(rules: Rules) -> list[Frame]:
    """Return the tables that lines across and down the page frame, from top to bottom."""
    if not rules.down or len(rules.across) * len(rules.down) > _MAX_PAIRS:
        return []
    frames = [frame for group in _crossing(rules) if (frame := _frame(group)) is not None]
    return sorted(frames, key=lambda frame: (frame.ys[0], frame.xs[0]))


def _crossing(rules: Rules) -> list[Rules]:
    """Return the lines in groups that cross or touch each other."""
    n_across = len(rules.across)
    group_of = list(range(n_across + len(rules.down)))

    def find(i: int) -> int:
        while group_of[i] != i:
            group_of[i] = group_of[group_of[i]]
            i = group_of[i]
        return i

    for i, across in enumerate(rules.across):
        for j, down in enumerate(rules.down):
            if _touches(across, down.at) and _touches(down, across.at):
                group_of[find(i)] = find(n_across + j)
    groups: dict[int, tuple[list[Rule], list[Rule]]] = defaultdict(lambda: ([], []))
    for i, rule in enumerate((*rules.across, *rules.down)):
        groups[find(i)][i >= n_across].append(rule)
    return [Rules(tuple(across), tuple(down)) for across, down in groups.values() if across and down]


def _touches(rule: Rule, at: float) -> bool:
    return rule.start - _TOLERANCE <= at <= rule.end + _TOLERANCE


def _frame(rules: Rules) -> Frame | None:
    xs, ys = _edges(rules.down, rules.across), _edges(rules.across, rules.down)
    n_columns, n_rows = len(xs) - 1, len(ys) - 1
    if n_columns < 2 or n_rows < 1 or n_columns * n_rows > _MAX_UNITS:
        return None
    boxes = _boxes(rules, xs, ys)
    if len(boxes) < 2:
        return None
    units = {
        (row, column): box
        for box in boxes
        for row in range(box.row, box.row + box.n_rows)
        for column in range(box.column, box.column + box.n_columns)
    }
    return Frame(tuple(boxes), tuple(xs), tuple(ys), units)


def _edges(rules: Sequence[Rule], crossing: Sequence[Rule]) -> list[float]:
    """Return where rows or columns begin and end; the outer lines may lack."""
    edges: list[float] = []
    for at in sorted(rule.at for rule in rules):
        if not edges or at - edges[-1] > _TOLERANCE:
            edges.append(at)
    start, end = min(rule.start for rule in crossing), max(rule.end for rule in crossing)
    if edges[0] - start > _MIN_OVERHANG:
        edges.insert(0, start)
    if end - edges[-1] > _MIN_OVERHANG:
        edges.append(end)
    return edges


def _boxes(rules: Rules, xs: Sequence[float], ys: Sequence[float]) -> list[Box]:
    """Return the cells: what no line parts is one. None if such a part is no rectangle."""
    n_rows, n_columns = len(ys) - 1, len(xs) - 1
    opens_right = _openings(rules.down, xs, ys)
    opens_down = _openings(rules.across, ys, xs)
    seen: set[tuple[int, int]] = set()
    boxes = []
    for row in range(n_rows):
        for column in range(n_columns):
            if (row, column) in seen:
                continue
            part = list(_flood((row, column), opens_right, opens_down, seen))
            last_row, last_column = max(r for r, _ in part), max(c for _, c in part)
            if min(c for _, c in part) < column or len(part) != (last_row - row + 1) * (last_column - column + 1):
                return []
            boxes.append(
                Box(
                    *(row, column, last_row - row + 1, last_column - column + 1),
                    *(xs[column], ys[row], xs[last_column + 1], ys[last_row + 1]),
                )
            )
    return boxes


def _openings(rules: Sequence[Rule], edges: Sequence[float], crossing: Sequence[float]) -> set[tuple[int, int]]:
    """Return (edge, part) where no line stands on a part of an inner edge."""
    by_edge: dict[int, list[Rule]] = defaultdict(list)
    for rule in rules:
        by_edge[min(range(len(edges)), key=lambda i: abs(edges[i] - rule.at))].append(rule)
    return {
        (edge, part)
        for edge in range(1, len(edges) - 1)
        for part, (start, end) in enumerate(pairwise(crossing))
        if sum(max(0.0, min(end, rule.end) - max(start, rule.start)) for rule in by_edge[edge])
        < _MIN_COVER * (end - start)
    }


def _flood(
    start: tuple[int, int],
    opens_right: set[tuple[int, int]],
    opens_down: set[tuple[int, int]],
    seen: set[tuple[int, int]],
) -> Iterator[tuple[int, int]]:
    """Yield the rows and columns of a part that no line cuts, and note them as seen."""
    waiting = [start]
    seen.add(start)
    while waiting:
        row, column = waiting.pop()
        yield row, column
        for is_open, place in (
            ((column + 1, row) in opens_right, (row, column + 1)),
            ((column, row) in opens_right, (row, column - 1)),
            ((row + 1, column) in opens_down, (row + 1, column)),
            ((row, column) in opens_down, (row - 1, column)),
        ):
            if is_open and place not in seen:
                seen.add(place)
                waiting.append(place)
