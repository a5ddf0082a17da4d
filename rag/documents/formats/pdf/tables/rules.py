"""Find the ruled lines of a page: strokes, thin surfaces and the edges of framed boxes."""

import ctypes
from collections.abc import Iterator
from typing import NamedTuple

import pypdfium2  # type: ignore[import-untyped]  # ships no annotations
import pypdfium2.raw as pdfium  # type: ignore[import-untyped]  # ships no annotations

from rag.documents.formats.pdf.words import upright

# Points. A thicker line is a surface.
_MAX_THICKNESS = 3.0
_MIN_LENGTH = 5.0
_MAX_DEPTH = 4
# A drawing or a map has more; its lines rule no table.
_MAX_OBJECTS, _MAX_LINES, _MAX_SEGMENTS = 20_000, 1_500, 200
_Matrix = tuple[float, float, float, float, float, float]
_IDENTITY: _Matrix = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)


class Rule(NamedTuple):
    """A line across or down the page: where it stands, and where it starts and ends, in points."""

    at: float
    start: float
    end: float


class Rules(NamedTuple):
    """The ruled lines of a page, sorted; without those that repeat another."""

    across: tuple[Rule, ...]
    down: tuple[Rule, ...]


def mirror_rules(rules: Rules) -> Rules:
    """Return the lines as in a mirror."""
    across = (Rule(at, -end, -start) for at, start, end in rules.across)
    return Rules(tuple(sorted(across)), tuple(sorted(Rule(-at, start, end) for at, start, end in rules.down)))


def find_rules(page: "pypdfium2.PdfPage", turn: int) -> Rules:
    """Return the lines of a page; none if it has so many that they draw something else."""
    across: list[Rule] = []
    down: list[Rule] = []
    for n_lines, box in enumerate(_line_boxes(page)):
        if n_lines >= _MAX_LINES:
            return Rules((), ())
        left, top, right, bottom = upright(box, turn)
        if bottom - top <= right - left:
            across.append(Rule((top + bottom) / 2, left, right))
        else:
            down.append(Rule((left + right) / 2, top, bottom))
    return Rules(_joined(across), _joined(down))


def _joined(rules: list[Rule]) -> tuple[Rule, ...]:
    """Return the lines with the pieces of one line joined."""
    joined: list[Rule] = []
    rows: list[list[Rule]] = []
    for rule in sorted(rules):
        if rows and rule.at - rows[-1][-1].at <= _MAX_THICKNESS / 2 and rule.at - rows[-1][0].at <= _MAX_THICKNESS:
            rows[-1].append(rule)
        else:
            rows.append([rule])
    for row in rows:
        pieces = sorted(row, key=lambda rule: (rule.start, rule.end))
        at = sum(rule.at for rule in pieces) / len(pieces)
        for piece in pieces:
            if joined and joined[-1].at == at and piece.start <= joined[-1].end + _MAX_THICKNESS:
                joined[-1] = Rule(at, joined[-1].start, max(joined[-1].end, piece.end))
            else:
                joined.append(Rule(at, piece.start, piece.end))
    return tuple(joined)


def _line_boxes(page: "pypdfium2.PdfPage") -> Iterator[tuple[float, float, float, float]]:
    """Yield left, bottom, right and top of each line, as the file has them."""
    for raw, matrix in _paths(page):
        box = _bounds(raw, matrix)
        width, height = box[2] - box[0], box[3] - box[1]
        if min(width, height) <= _MAX_THICKNESS:
            if max(width, height) >= _MIN_LENGTH:
                yield box
        elif _is_stroked(raw):
            n_segments = pdfium.FPDFPath_CountSegments(raw)
            if n_segments <= _MAX_SEGMENTS:
                yield from _strokes(raw, matrix, n_segments)


def _paths(page: "pypdfium2.PdfPage") -> Iterator[tuple[object, _Matrix]]:
    """Yield the drawn paths of a page and of the forms on it, with what places them."""
    n_outer = min(pdfium.FPDFPage_CountObjects(page.raw), _MAX_OBJECTS)
    waiting = [(pdfium.FPDFPage_GetObject(page.raw, i), 0, _IDENTITY) for i in reversed(range(n_outer))]
    n_objects = 0
    while waiting and n_objects < _MAX_OBJECTS:
        raw, depth, matrix = waiting.pop()
        n_objects += 1
        kind = pdfium.FPDFPageObj_GetType(raw)
        if kind == pdfium.FPDF_PAGEOBJ_PATH:
            yield raw, matrix
        elif kind == pdfium.FPDF_PAGEOBJ_FORM and depth < _MAX_DEPTH:
            inner = _product(_matrix_of(raw), matrix)
            n_inner = min(pdfium.FPDFFormObj_CountObjects(raw), _MAX_OBJECTS)
            waiting += [(pdfium.FPDFFormObj_GetObject(raw, i), depth + 1, inner) for i in reversed(range(n_inner))]


def _is_stroked(raw: object) -> bool:
    fill, stroke = ctypes.c_int(), ctypes.c_int()
    return bool(pdfium.FPDFPath_GetDrawMode(raw, fill, stroke)) and bool(stroke.value)


def _strokes(raw: object, matrix: _Matrix, n_segments: int) -> Iterator[tuple[float, float, float, float]]:
    """Yield the straight parts of a path that run across or down the page."""
    own = _product(_matrix_of(raw), matrix)
    x, y = ctypes.c_float(), ctypes.c_float()
    start = here = (0.0, 0.0)
    for i in range(n_segments):
        segment = pdfium.FPDFPath_GetPathSegment(raw, i)
        kind = pdfium.FPDFPathSegment_GetType(segment)
        pdfium.FPDFPathSegment_GetPoint(segment, x, y)
        there = _moved(own, x.value, y.value)
        if kind == pdfium.FPDF_SEGMENT_MOVETO:
            start = there
        elif kind == pdfium.FPDF_SEGMENT_LINETO:
            yield from _straight(here, there)
        here = there
        if pdfium.FPDFPathSegment_GetClose(segment):
            yield from _straight(here, start)
            here = start


def _straight(one: tuple[float, float], other: tuple[float, float]) -> Iterator[tuple[float, float, float, float]]:
    box = (min(one[0], other[0]), min(one[1], other[1]), max(one[0], other[0]), max(one[1], other[1]))
    width, height = box[2] - box[0], box[3] - box[1]
    if min(width, height) <= 1 and max(width, height) >= _MIN_LENGTH:
        yield box


def _bounds(raw: object, matrix: _Matrix) -> tuple[float, float, float, float]:
    sides = [ctypes.c_float() for _ in range(4)]
    if not pdfium.FPDFPageObj_GetBounds(raw, *sides):
        return 0.0, 0.0, 0.0, 0.0
    left, bottom, right, top = (side.value for side in sides)
    if matrix is _IDENTITY:
        return left, bottom, right, top
    corners = [_moved(matrix, x, y) for x in (left, right) for y in (bottom, top)]
    return (
        min(x for x, _ in corners),
        min(y for _, y in corners),
        max(x for x, _ in corners),
        max(y for _, y in corners),
    )


def _matrix_of(raw: object) -> _Matrix:
    matrix = pdfium.FS_MATRIX()
    pdfium.FPDFPageObj_GetMatrix(raw, matrix)
    return matrix.a, matrix.b, matrix.c, matrix.d, matrix.e, matrix.f


def _product(first: _Matrix, then: _Matrix) -> _Matrix:
    a, b, c, d, e, f = first
    p, q, r, s, t, u = then
    return a * p + b * r, a * q + b * s, c * p + d * r, c * q + d * s, e * p + f * r + t, e * q + f * s + u


def _moved(matrix: _Matrix, x: float, y: float) -> tuple[float, float]:
    a, b, c, d, e, f = matrix
    return a * x + c * y + e, b * x + d * y + f
