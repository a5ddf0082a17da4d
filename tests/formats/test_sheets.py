"""What a sheet shows: numbers in their formats, merged and hidden cells, comments."""

from io import BytesIO

import openpyxl
import pytest
from openpyxl.comments import Comment
from openpyxl.worksheet.worksheet import Worksheet

from rag.documents.formats.sheets.number_formats import show_number
from tests.formats.checking import read, told


def sheet_of(*rows: tuple[object, ...]) -> Worksheet:
    sheet = openpyxl.Workbook().active
    for row in rows:
        sheet.append(row)
    return sheet


def rows_of(sheet: Worksheet) -> list[str]:
    written = BytesIO()
    sheet.parent.save(written)
    return [text for _, text in told(read(written.getvalue(), "a.xlsx"))]


@pytest.mark.parametrize(
    ("value", "code", "shown"),
    [
        (0.125, "0.0%", "12.5%"),
        (0.125, "0%", "13%"),
        (19.9, '"£"#,##0.00', "£19.90"),
        (1234.5, "#,##0.00\\ [$€-407]", "1,234.50 €"),
        (1234.5, '_-* #,##0.00\\ "€"_-;\\-* #,##0.00\\ "€"_-;_-* "-"??\\ "€"_-;_-@_-', "1,234.50 €"),
        (-5, "#,##0;[Red](#,##0)", "(5)"),
        (-3.2, "0.0", "-3.2"),
        (-0.001, "0.0", "0.0"),
        (5, "00000", "00005"),
        (1_234_567, '#,##0,"k"', "1,235k"),
        (12.345, "0.##", "12.35"),
        (7.25, '0.0" kg"', "7.3 kg"),
        (0, '#,##0;-#,##0;"none"', "none"),
        (5, "[>100]0.0;0", "5"),
        (1_234_567, "0.00E+00", "1.23E+6"),
    ],
)
def test_a_number_is_shown_as_its_format_says(value: float, code: str, shown: str) -> None:
    assert show_number(value, code) == shown


@pytest.mark.parametrize("code", ["General", "@", "", "dd.mm.yyyy", "# ?/?", "000\\-000\\-0000", "0" * 300])
def test_other_formats_leave_a_number_as_it_is(code: str) -> None:
    assert show_number(12.5, code) is None


@pytest.mark.parametrize("value", [float("inf"), float("nan"), 1e308])
def test_no_number_breaks_a_format(value: float) -> None:
    show_number(value, "#,##0.00")


def test_cells_are_read_as_the_sheet_shows_them() -> None:
    sheet = sheet_of(("Item", "Price", "Share"), ("Bolt", 1.5, 0.25), ("Nut", 2, 0.75))
    for row in (2, 3):
        sheet.cell(row, 2).number_format = '"£"#,##0.00'
        sheet.cell(row, 3).number_format = "0%"

    assert rows_of(sheet) == ["Item: Bolt; Price: £1.50; Share: 25%", "Item: Nut; Price: £2.00; Share: 75%"]


def test_merged_cells_and_title_rows_of_a_sheet_are_understood() -> None:
    sheet = sheet_of(
        ("Budget 2025",), (), ("Team", "Plan", None), (None, "Q1", "Q2"), ("IT", 5, 6), (None, 7, 8), ("HR", 1, 2)
    )
    for cells in ("A1:C1", "A3:A4", "B3:C3", "A5:A6"):
        sheet.merge_cells(cells)

    assert rows_of(sheet) == [
        "Budget 2025",
        "Team: IT; Plan Q1: 5; Plan Q2: 6",
        "Team: IT; Plan Q1: 7; Plan Q2: 8",
        "Team: HR; Plan Q1: 1; Plan Q2: 2",
    ]


def test_hidden_rows_and_columns_are_left_out_and_do_not_end_a_table() -> None:
    sheet = sheet_of(("Part", "Cost", "Price"), ("A", 1, 10), ("B", 2, 20), ("C", 3, 30))
    sheet.row_dimensions[3].hidden = True
    sheet.column_dimensions["B"].hidden = True

    assert rows_of(sheet) == ["Part: A; Price: 10", "Part: C; Price: 30"]


def test_a_comment_is_read_with_its_row_and_not_on_a_hidden_cell() -> None:
    sheet = sheet_of(("Part", "Stock", "Cost"), ("V-7", 0, 3), ("G-14", 5, 4))
    sheet["B2"].comment = Comment("Back in October.", "buyer")
    sheet["C3"].comment = Comment("Secret margin.", "buyer")
    sheet.column_dimensions["C"].hidden = True

    assert rows_of(sheet)[2:] == ["Comment on V-7, 0: Back in October."]
