"""What a sheet shows: numbers in their formats, merged and hidden cells, comments."""

from io import BytesIO

import openpyxl
import pytest
from openpyxl.comments import Comment
from openpyxl.worksheet.worksheet import Worksheet

from rag.documents.formats.sheets.number_formats import show_number
from tests.formats.checking import make_zip, read, read_or_refuse, told


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


OPEN_SHEETS = "application/vnd.oasis.opendocument.spreadsheet"
NAMESPACES = " ".join(
    f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"' for name in ("office", "table", "text", "style")
)


def open_sheets(*tables: str) -> bytes:
    """Return an OpenDocument spreadsheet with these tables; style "unseen" hides one."""
    style = '<style:style style:name="unseen"><style:table-properties table:display="false"/></style:style>'
    body = f"<office:body><office:spreadsheet>{''.join(tables)}</office:spreadsheet></office:body>"
    content = f"<office:document-content {NAMESPACES}>{style}{body}</office:document-content>"
    facts = "<meta><title>Stock</title><keyword>parts</keyword></meta>"
    meta = f"<office:document-meta {NAMESPACES}>{facts}</office:document-meta>"
    return make_zip({"mimetype": OPEN_SHEETS, "content.xml": content, "meta.xml": meta})


def open_cell(text: str = "", how: str = "", note: str = "") -> str:
    said = f"<office:annotation><text:p>{note}</text:p></office:annotation>" if note else ""
    return f"<table:table-cell {how}>{said}<text:p>{text}</text:p></table:table-cell>"


def open_row(*cells: str, how: str = "") -> str:
    return f"<table:table-row {how}>{''.join(cells)}</table:table-row>"


def test_an_opendocument_sheet_is_read_as_it_is_shown() -> None:
    to_the_edge = open_cell(how='table:number-columns-repeated="16384"')
    merged = open_cell("Stock", 'table:number-columns-spanned="2"') + "<table:covered-table-cell/>"
    rows = (
        open_row(merged),
        open_row(to_the_edge, how='table:number-rows-repeated="3"'),
        open_row(open_cell("Part"), open_cell("Price")),
        open_row(open_cell("Bolt"), open_cell("£1.50"), to_the_edge),
        open_row(open_cell("Nut"), open_cell("£2", note="Back in May.")),
        open_row(open_cell("Secret"), how='table:visibility="collapse"'),
        open_row(to_the_edge, how='table:number-rows-repeated="1048000"'),
    )
    margins = open_row(open_cell("Cost"), open_cell("9"))
    parsed = read(
        open_sheets(
            f'<table:table table:name="One">{"".join(rows)}</table:table>',
            f'<table:table table:name="Margins" table:style-name="unseen">{margins}</table:table>',
        ),
        "a.ods",
    )

    assert [text for _, text in told(parsed)] == [
        "Stock",
        "Part: Bolt; Price: £1.50",
        "Part: Nut; Price: £2",
        "Comment on Nut, £2: Back in May.",
    ]
    assert [(one.what, one.n, one.name) for one in parsed.left_out] == [
        ("hidden-sheet", 1, "Margins"),
        ("hidden-rows", 1, "One"),
    ]
    assert (parsed.facts.title, parsed.facts.tags) == ("Stock", ("parts",))


def test_an_opendocument_sheet_that_repeats_full_rows_without_end_is_refused() -> None:
    wide = open_cell("x", 'table:number-columns-repeated="9999"')
    sheet = "<table:table>" + open_row(wide, how='table:number-rows-repeated="1048576"') + "</table:table>"

    assert "more than 10,000,000 cells" in read_or_refuse(open_sheets(sheet), "a.ods")


def test_what_a_workbook_does_not_show_is_reported() -> None:
    sheet = sheet_of(("Part", "Cost", "Price"), ("A", 1, 10), ("B", 2, "=B3*10"))
    sheet.row_dimensions[2].hidden = True
    sheet.column_dimensions["B"].hidden = True
    sheet.parent.create_sheet("Margins").sheet_state = "hidden"
    written = BytesIO()
    sheet.parent.save(written)

    assert [(one.what, one.n, one.name) for one in read(written.getvalue(), "a.xlsx").left_out] == [
        ("hidden-sheet", 1, "Margins"),
        ("hidden-rows", 1, "Sheet"),
        ("hidden-columns", 1, "Sheet"),
        ("formula-without-value", 1, "Sheet"),
    ]
