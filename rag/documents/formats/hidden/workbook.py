"""Find what a workbook hides: rows, columns, and cells in the colour of their ground.

Rows that a filter or a closed group hides are no secret: a mark beside them shows that they are
there, and a click shows them.
"""

import re
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from rag.documents.formats.markup.parse import Element, find_all, local_name, parse_xml
from rag.documents.formats.shared.archives import read_member
from rag.documents.formats.shared.colors import Color, is_same_color, read_color
from rag.documents.formats.sheets.package import column_number, sheet_parts, sheet_paths

_WHITE: Color = (255, 255, 255)
# Of Office's palette; the first colour of a theme is that of the ground.
_WHITE_INDEXES = {"1", "9"}
_GROUND_OF_THEME = "0"
_MIN_POINTS = 2.0
_SHOWS_NOTHING = re.compile(r";{3,}")
_ROW = re.compile(rb"""<(?:\w+:)?row\s(?=[^>]*\b(?:hidden=["'](?:1|true)["']|ht=["']0(?:\.0*)?["']))[^>]*>""")
_COLUMN = re.compile(rb"""<(?:\w+:)?col\s(?=[^>]*\b(?:hidden=["'](?:1|true)["']|width=["']0(?:\.0*)?["']))[^>]*>""")
_SIGNS = (b"hidden=", b'ht="0', b"ht='0", b'width="0', b"width='0")
_GROUPED = re.compile(rb"""\boutlineLevel=["'][1-9]""")
# Tables and conditional formats give cells other grounds; tables have filters.
_OTHER_GROUNDS = re.compile(rb"<(?:\w+:)?(?:tableParts|conditionalFormatting)\b")
_FILTER = re.compile(rb"<(?:\w+:)?(?:autoFilter|tableParts)\b")
_NUMBER = re.compile(rb"""\b(r|min|max)=["'](\d{1,7})["']""")
_PLACE = re.compile(rb"""\br=["']([A-Z]{1,3})(\d{1,7})["']""")


@dataclass(slots=True)
class HiddenCells:
    """The hidden rows, columns and cells of a sheet, counted from 0."""

    rows: set[int] = field(default_factory=set)
    columns: set[int] = field(default_factory=set)
    cells: set[tuple[int, int]] = field(default_factory=set)

    def __bool__(self) -> bool:
        return bool(self.rows or self.columns or self.cells)

    def shows(self, row: int, column: int) -> bool:
        return row not in self.rows and column not in self.columns and (row, column) not in self.cells


@dataclass(frozen=True, slots=True)
class _Styles:
    """Numbers of the styles that show nothing, and of those that only the ground hides."""

    blank: frozenset[str] = frozenset()
    ground: frozenset[str] = frozenset()


def find_hidden_cells(archive: zipfile.ZipFile) -> Mapping[str, HiddenCells]:
    """Return what each sheet hides, by its name."""
    styles = _read_styles(read_member(archive, "xl/styles.xml"))
    return {name: _scan_sheet(archive, path, styles) for name, path in sheet_paths(archive)}


def _scan_sheet(archive: zipfile.ZipFile, path: str, styles: _Styles) -> HiddenCells:
    hidden = HiddenCells()
    on_ground: set[tuple[int, int]] = set()
    has_filter, has_other_grounds = False, False
    blank_cell, ground_cell = _cells_of(styles.blank), _cells_of(styles.ground)
    for part in sheet_parts(archive, path):
        hidden.cells |= _places(blank_cell, part)
        on_ground |= _places(ground_cell, part)
        # Finding a few bytes takes a hundredth of the time of the patterns.
        has_filter |= (b"autoFilter" in part or b"tableParts" in part) and bool(_FILTER.search(part))
        has_other_grounds |= (b"tableParts" in part or b"conditionalF" in part) and bool(_OTHER_GROUNDS.search(part))
        if not any(sign in part for sign in _SIGNS):
            continue
        hidden.rows |= {_numbers(tag)[b"r"] - 1 for tag in _ROW.findall(part) if not _GROUPED.search(tag)}
        for tag in _COLUMN.findall(part):
            if not _GROUPED.search(tag):
                numbers = _numbers(tag)
                hidden.columns |= set(range(numbers[b"min"] - 1, min(numbers[b"max"], 16_384)))
    if has_filter:
        hidden.rows = set()
    if not has_other_grounds:
        hidden.cells |= on_ground
    return hidden


def _numbers(tag: bytes) -> dict[bytes, int]:
    return {b"r": 0, b"min": 1, b"max": 0} | {name: int(number) for name, number in _NUMBER.findall(tag)}


def _cells_of(styles: frozenset[str]) -> re.Pattern[bytes] | None:
    numbers = "|".join(sorted(styles)).encode()
    return re.compile(rb"<(?:\w+:)?c\s(?=[^>]*\bs=[\"'](?:" + numbers + rb")[\"'])[^>]*>") if styles else None


def _places(cell: re.Pattern[bytes] | None, part: bytes) -> set[tuple[int, int]]:
    found = (_PLACE.search(tag) for tag in cell.findall(part)) if cell else ()
    return {(int(place.group(2)) - 1, column_number(place.group(1)) - 1) for place in found if place}


def _read_styles(content: bytes | None) -> _Styles:
    if not content:
        return _Styles()
    root = parse_xml(content)
    codes = {one.get("numFmtId"): one.get("formatCode") or "" for one in find_all(root, "numfmt")}
    fonts, fills = _children(root, "fonts"), _children(root, "fills")
    blank, ground = set(), set()
    for number, style in enumerate(_children(root, "cellxfs")):
        font, fill = _at(fonts, style.get("fontId")), _at(fills, style.get("fillId"))
        if _SHOWS_NOTHING.fullmatch(codes.get(style.get("numFmtId"), "")) or _points(font) < _MIN_POINTS:
            blank.add(str(number))
        text, around = _color(font, "color"), _ground(fill)
        if text is not None and around is not None and is_same_color(text, around):
            ground.add(str(number))
    return _Styles(frozenset(blank), frozenset(ground))


def _children(root: Element, name: str) -> list[Element]:
    return [child for parent in find_all(root, name) for child in parent]


def _at(elements: Sequence[Element], number: str | None) -> Element | None:
    return elements[int(number)] if number and number.isdigit() and int(number) < len(elements) else None


def _points(font: Element | None) -> float:
    size = next(find_all(font, "sz"), None) if font is not None else None
    return float((size.get("val") if size is not None else None) or 11)


def _ground(fill: Element | None) -> Color | None:
    """Return the colour of a fill; None for a pattern or a gradient."""
    pattern = next(find_all(fill, "patternfill"), None) if fill is not None else None
    if fill is None or (pattern is not None and pattern.get("patternType") in {None, "none"}):
        return _WHITE
    is_solid = pattern is not None and pattern.get("patternType") == "solid"
    return _color(pattern, "fgcolor") if is_solid else None


def _color(parent: Element | None, name: str) -> Color | None:
    color = next((one for one in parent if local_name(one) == name), None) if parent is not None else None
    if color is None:
        return None
    is_ground = color.get("theme") == _GROUND_OF_THEME and not float(color.get("tint") or 0)
    if is_ground or color.get("indexed") in _WHITE_INDEXES:
        return _WHITE
    # The first two digits are the opacity.
    return read_color((color.get("rgb") or "")[-6:])
