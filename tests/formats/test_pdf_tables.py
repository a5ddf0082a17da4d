"""Tables of a PDF become rows with the names of their columns, and never with another row's value."""

from collections.abc import Sequence
from io import BytesIO

import pytest
from reportlab.lib import colors
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import getSampleStyleSheet
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Flowable, Paragraph, SimpleDocTemplate, Spacer, Table, TableStyle

from tests.formats.checking import read, told

Command = tuple[object, ...]
BERTHS = [
    ["Port", "Berths", "Depth", "Opened"],
    ["Northport", "12", "8.5", "1974"],
    ["Eastham", "7", "6.2", "1981"],
    ["Westbay", "23", "11.0", "1969"],
]
BERTH_ROWS = [
    "Port: Northport; Berths: 12; Depth: 8.5; Opened: 1974",
    "Port: Eastham; Berths: 7; Depth: 6.2; Opened: 1981",
    "Port: Westbay; Berths: 23; Depth: 11.0; Opened: 1969",
]
PROSE = "The harbour office publishes these figures each year, after its staff has counted all berths twice."
GRID: Command = ("GRID", (0, 0), (-1, -1), 0.5, colors.black)


def rows_of(content: bytes) -> list[str]:
    return [words for kind, words in told(read(content, "a.pdf")) if kind == "row"]


def make(parts: Sequence[Flowable]) -> bytes:
    written = BytesIO()
    SimpleDocTemplate(written, pagesize=A4, invariant=1).build(list(parts))
    return written.getvalue()


def table(cells: Sequence[Sequence[object]], *commands: Command, widths: Sequence[float] | None = None) -> Table:
    style = TableStyle([("VALIGN", (0, 0), (-1, -1), "TOP"), *commands])
    return Table([list(row) for row in cells], colWidths=widths or [95] * len(cells[0]), style=style)


def prose(text: str = PROSE) -> Paragraph:
    return Paragraph(text, getSampleStyleSheet()["BodyText"])


@pytest.mark.parametrize(
    "commands",
    [
        [GRID],
        [],
        [("ALIGN", (1, 0), (-1, -1), "RIGHT")],
        [("ALIGN", (0, 0), (-1, -1), "CENTER")],
        [("LINEBELOW", (0, 0), (-1, 0), 1, colors.black), ("LINEABOVE", (0, 0), (-1, 0), 1, colors.black)],
        [("LINEBELOW", (0, 0), (-1, -1), 0.25, colors.grey)],
        [("ROWBACKGROUNDS", (0, 1), (-1, -1), [colors.whitesmoke, colors.white])],
        [("ALIGN", (1, 1), (-1, -1), "RIGHT")],
    ],
)
def test_a_table_is_read_by_its_lines_or_by_its_columns(commands: Sequence[Command]) -> None:
    content = make([prose(), Spacer(1, 9), table(BERTHS, *commands), Spacer(1, 9), prose()])

    assert rows_of(content) == BERTH_ROWS
    assert told(read(content, "a.pdf"))[0] == ("paragraph", PROSE)
    assert told(read(content, "a.pdf"))[-1] == ("paragraph", PROSE)


@pytest.mark.parametrize("commands", [[GRID], [], [("VALIGN", (0, 0), (-1, -1), "MIDDLE")]])
def test_a_cell_of_several_lines_is_one_cell(commands: Sequence[Command]) -> None:
    note = "valid for two hours after it was stamped for the first time"
    cells = [["Ticket", "Fare", "Note"], ["Single", "4.20", prose(note)], ["Day", "9.00", "until midnight"]]

    rows = rows_of(make([table(cells, *commands, widths=[90, 90, 130])]))

    assert rows == [f"Ticket: Single; Fare: 4.20; Note: {note}", "Ticket: Day; Fare: 9.00; Note: until midnight"]


@pytest.mark.parametrize("commands", [[GRID], [], [("ALIGN", (1, 0), (-1, -1), "CENTER")]])
def test_a_header_cell_over_several_columns_names_them_all(commands: Sequence[Command]) -> None:
    cells = [["Region", "2024", "", "2025", ""], ["", "Plan", "Actual", "Plan", "Actual"]]
    cells += [["North", "1,200", "1,180", "1,300", "1,355"], ["South", "900", "1,010", "950", "960"]]
    spans: list[Command] = [("SPAN", (1, 0), (2, 0)), ("SPAN", (3, 0), (4, 0)), ("ALIGN", (1, 0), (-1, 0), "CENTER")]

    rows = rows_of(make([table(cells, *spans, *commands)]))

    assert rows == [
        "Region: North; 2024 Plan: 1,200; 2024 Actual: 1,180; 2025 Plan: 1,300; 2025 Actual: 1,355",
        "Region: South; 2024 Plan: 900; 2024 Actual: 1,010; 2025 Plan: 950; 2025 Actual: 960",
    ]


def test_a_table_on_several_pages_keeps_the_names_of_its_columns() -> None:
    cells = [["Town", "People", "Mayor"], *([f"Town {i}", str(1000 + i), f"Mayor {i}"] for i in range(60))]

    rows = rows_of(make([table(cells)]))

    assert rows == [f"Town: Town {i}; People: {1000 + i}; Mayor: Mayor {i}" for i in range(60)]


def test_empty_cells_stay_empty() -> None:
    cells = [["Part", "Colour", "Stock"], ["KX-310", "", "14"], ["KX-415", "red", ""], ["KX-902", "blue", "3"]]

    rows = rows_of(make([table(cells)]))

    assert rows == ["Part: KX-310; Stock: 14", "Part: KX-415; Colour: red", "Part: KX-902; Colour: blue; Stock: 3"]


def draw(lines: Sequence[tuple[float, float, str]]) -> bytes:
    """Return a page with texts at points from its left and upper side."""
    written = BytesIO()
    canvas = Canvas(written, pagesize=A4, invariant=True)
    canvas.setFont("Helvetica", 10)
    for x, y, text in lines:
        canvas.drawString(x, 800 - y, text)
    canvas.save()
    return written.getvalue()


def test_an_invoice_is_labels_items_and_totals() -> None:
    head = [(60, 60, "Invoice no."), (160, 60, "INV-20817"), (320, 60, "Date"), (420, 60, "4 February 2026")]
    head += [(60, 76, "Customer"), (160, 76, "Ridgeway Bakery"), (320, 76, "Due"), (420, 76, "6 March 2026")]
    items = [(60, 120, "Item"), (160, 120, "Qty"), (240, 120, "Unit price"), (420, 120, "Amount")]
    items += [(60, 138, "Drive belt"), (160, 138, "10"), (240, 138, "7.20"), (420, 138, "72.00")]
    items += [(60, 154, "Dough hook"), (160, 154, "3"), (240, 154, "48.00"), (420, 154, "144.00")]
    totals = [(240, 178, "Subtotal"), (420, 178, "216.00"), (240, 194, "VAT 20%"), (420, 194, "43.20")]

    rows = rows_of(draw([*head, *items, *totals]))

    assert rows == [
        *("Invoice no.: INV-20817", "Customer: Ridgeway Bakery", "Date: 4 February 2026", "Due: 6 March 2026"),
        "Item: Drive belt; Qty: 10; Unit price: 7.20; Amount: 72.00",
        "Item: Dough hook; Qty: 3; Unit price: 48.00; Amount: 144.00",
        *("Subtotal: 216.00", "VAT 20%: 43.20"),
    ]


def test_words_that_cross_the_columns_are_lines_of_text_rather_than_wrong_cells() -> None:
    cells = [(60, 60, "Name"), (160, 60, "Age"), (220, 60, "City"), (60, 76, "Ann Archer of the long and wide hill")]
    cells += [(225, 76, "Ely"), (60, 92, "Bo"), (160, 92, "41"), (220, 92, "York")]

    parsed = read(draw(cells), "a.pdf")

    assert not [words for kind, words in told(parsed) if kind == "row" and "Age: Ann" in words]
    assert "Ann Archer of the long and wide hill" in parsed.text


def test_dots_lead_from_a_label_to_its_value() -> None:
    menu = [("Espresso", "2.50"), ("Cappuccino", "3.80"), ("Tea", "2.20")]
    lines = [(60.0, 60.0 + 16 * i, f"{name} {'.' * (40 - len(name))}") for i, (name, _) in enumerate(menu)]
    lines += [(300.0, 60.0 + 16 * i, price) for i, (_, price) in enumerate(menu)]

    assert rows_of(draw(lines)) == ["Espresso: 2.50", "Cappuccino: 3.80", "Tea: 2.20"]


def test_rows_whose_cells_are_cut_in_several_columns_stay_text() -> None:
    rows: list[dict[int, str]] = [{60: "Name", 130: "Date", 200: "Units", 270: "Batch", 340: "Paid"}]
    for name, rest, date, digit in (("Gustav", "Grau", "14.8.202", "3"), ("Hassan", "Moss", "10.9.202", "4")):
        rows += [{60: name, 130: date, 200: "814", 270: "C-218", 340: "yes"}, {60: rest, 130: digit}] * 2
    lines = [(float(x), 60.0 + 12 * i, text) for i, row in enumerate(rows) for x, text in row.items()]

    parsed = read(draw(lines), "a.pdf")

    assert {kind for kind, _ in told(parsed)} == {"paragraph"}
    assert "Gustav 14.8.202 814 C-218 yes" in parsed.text
