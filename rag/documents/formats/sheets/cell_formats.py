"""Find the number formats of the cells of a sheet, and its formulas without values."""

import re
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from rag.documents.formats.markup.parse import find_all, parse_xml
from rag.documents.formats.shared.archives import read_member
from rag.documents.formats.sheets.number_formats import BUILT_IN_FORMATS, show_number
from rag.documents.formats.sheets.package import column_number, sheet_parts

_CELL = rb"<(?:\w+:)?c\s(?=[^>]*\bs=[\"'](%s)[\"'])[^>]*?\br=[\"']([A-Z]{1,3})(\d{1,7})[\"'][^>]*>"
# A program that only writes files stores formulas and leaves the values to the next one.
_FORMULA_WITHOUT_VALUE = re.compile(
    rb"<(?:\w+:)?f(?:\s[^>]*)?(?:/>|>[^<]*</(?:\w+:)?f>)(?:<(?:\w+:)?v\s*/>|<(?:\w+:)?v></(?:\w+:)?v>)?</(?:\w+:)?c>"
)


@dataclass(slots=True)
class CellFormats:
    """What the cells of a sheet say besides their stored values.

    Attributes:
        codes: The number formats by row and column, from 0.
        n_formulas_without_value: Cells that show nothing until a program computes them.
    """

    codes: dict[int, dict[int, str]] = field(default_factory=dict)
    n_formulas_without_value: int = 0

    def show(self, row: int, texts: list[str], values: Sequence[object], n_before: int) -> None:
        """Replace the texts of a row's numbers by what the sheet shows.

        Args:
            values: Of the cells behind the first `n_before`, which are empty.
        """
        for column, code in self.codes.get(row, {}).items():
            value = values[column - n_before] if n_before <= column < n_before + len(values) else None
            if isinstance(value, (int, float)) and not isinstance(value, bool):
                texts[column] = show_number(value, code) or texts[column]


def read_codes(archive: zipfile.ZipFile) -> Mapping[str, str]:
    """Return the number formats of the cell styles, by number of the style, without plain ones."""
    content = read_member(archive, "xl/styles.xml")
    if not content:
        return {}
    root = parse_xml(content)
    codes = BUILT_IN_FORMATS | {
        one.get("numFmtId") or "": one.get("formatCode") or "" for one in find_all(root, "numfmt")
    }
    styles = [style for parent in find_all(root, "cellxfs") for style in parent]
    by_style = {str(i): codes.get(style.get("numFmtId") or "", "") for i, style in enumerate(styles)}
    return {style: code for style, code in by_style.items() if code and show_number(1.0, code) is not None}


def read_cell_formats(archive: zipfile.ZipFile, path: str, codes: Mapping[str, str]) -> CellFormats:
    """Return the formats of the cells of a sheet."""
    formats = CellFormats()
    cell = re.compile(_CELL % "|".join(sorted(codes)).encode()) if codes else None
    for part in sheet_parts(archive, path):
        for style, letters, number in cell.findall(part) if cell else ():
            formats.codes.setdefault(int(number) - 1, {})[column_number(letters) - 1] = codes[style.decode()]
        if b"f>" in part or b"<f " in part:
            formats.n_formulas_without_value += len(_FORMULA_WITHOUT_VALUE.findall(part))
    return formats
