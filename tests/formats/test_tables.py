"""What the rows of a table are: titles, headers, notes, sections, labels and records."""

import pytest

from rag.documents.formats.shared.building import TextBuilder
from rag.documents.formats.shared.limits import Limits
from rag.documents.formats.tabular.grid import Cell, Grid, make_grid, merge_ranges
from rag.documents.formats.tabular.parts import Part, cut_row
from rag.documents.formats.tabular.values import value_kind
from rag.types import Parsed
from tests.formats.checking import headings_of, told

Range = tuple[tuple[int, int], tuple[int, int]]


def table(lines: str, *merged: Range, n_head: int | None = None) -> Parsed:
    """Return the blocks of a table that is written with a bar between its cells."""
    cells = [line.split("|") for line in lines.split("\n")]
    width = max(map(len, cells))
    rows, copies = merge_ranges([row + [""] * (width - len(row)) for row in cells], merged)
    builder = TextBuilder(Limits())
    builder.add_grid(Grid(rows, n_head, copies=copies))
    return builder.build()


def rows_of(parsed: Parsed) -> list[str]:
    return [text for kind, text in told(parsed) if kind == "row"]


def test_title_lines_and_remarks_are_no_rows() -> None:
    parsed = table("Sales 2025\nin thousand euros\n\nRegion|Q1|Q2\nNorth|1|2\nSouth|3|4\n* South is an estimate")

    assert told(parsed) == [
        ("heading", "Sales 2025"),
        ("paragraph", "in thousand euros"),
        ("row", "Region: North; Q1: 1; Q2: 2"),
        ("row", "Region: South; Q1: 3; Q2: 4"),
        ("paragraph", "* South is an estimate"),
    ]
    assert headings_of(parsed, "North") == ("Sales 2025",)


def test_a_title_in_a_merged_cell_is_no_header() -> None:
    parsed = table("Price list||\nItem|Price|Stock\nBolt|1.20|5", ((0, 0), (0, 2)))

    assert told(parsed) == [("heading", "Price list"), ("row", "Item: Bolt; Price: 1.20; Stock: 5")]


@pytest.mark.parametrize(
    "merged", [(((0, 1), (0, 2)), ((0, 3), (0, 4)), ((0, 0), (1, 0))), (((0, 1), (0, 2)), ((0, 3), (0, 4))), ()]
)
def test_a_header_of_two_rows_is_joined(merged: tuple[Range, ...]) -> None:
    parsed = table("Department|2024||2025|\n|budget|actual|budget|actual\nIT|5|6|7|8\nSales|1|2|3|4", *merged)

    assert rows_of(parsed)[0] == "Department: IT; 2024 budget: 5; 2024 actual: 6; 2025 budget: 7; 2025 actual: 8"
    assert len(rows_of(parsed)) == 2


@pytest.mark.parametrize(
    ("lines", "first"),
    [
        ("Anna|030 11|Berlin\nBo|030 12|Köln", "Anna; Column 2: 030 11; Column 3: Berlin"),
        ("A-001|Drill|new\nA-002|Saw|old\nA-003|Plane|new", "A-001; Column 2: Drill; Column 3: new"),
        ("Ann|Oslo|red\nBo|Bergen|red", "Ann; Column 2: Oslo; Column 3: red"),
        ("ann@example.com|Ann|Oslo\nbo@example.com|Bo|Rome", "ann@example.com; Column 2: Ann; Column 3: Oslo"),
        ("2024-05-01|Ann|late\n2024-05-02|Bo|early", "2024-05-01; Column 2: Ann; Column 3: late"),
    ],
)
def test_a_first_row_that_is_a_record_names_no_columns(lines: str, first: str) -> None:
    parsed = table(lines)

    assert rows_of(parsed)[0] == first
    assert len(rows_of(parsed)) == len(lines.split("\n"))


@pytest.mark.parametrize(
    ("lines", "first"),
    [
        ("Region|2023|2024\nNorth|12|13\nSouth|22|23", "Region: North; 2023: 12; 2024: 13"),
        ("Hall|1|2|3\nA|open|open|shut\nB|shut|open|open", "Hall: A; 1: open; 2: open; 3: shut"),
        ("Room|2026-03-01|2026-03-02\nBlue|free|taken", "Room: Blue; 2026-03-01: free; 2026-03-02: taken"),
        ("Name|Room\nAnn|12\nBo|14", "Name: Ann; Room: 12"),
        ("Weight|Weight|Note\n1|2|x", "Weight: 1; Weight (2): 2; Note: x"),
    ],
)
def test_a_first_row_of_words_years_or_a_sequence_names_the_columns(lines: str, first: str) -> None:
    assert rows_of(table(lines))[0] == first


@pytest.mark.parametrize(
    "lines",
    [
        "Invoice no.|2026-114\nDate|12 Feb 2026\nTotal|£577.20",
        "Invoice no.:|2026-114\nDate:|12 Feb 2026\nTotal:|£577.20",
        "Invoice no.:|2026-114|Date:|12 Feb 2026\nTotal:|£577.20||",
    ],
)
def test_labels_keep_their_values(lines: str) -> None:
    assert rows_of(table(lines)) == ["Invoice no.: 2026-114", "Date: 12 Feb 2026", "Total: £577.20"]


def test_a_merged_row_names_the_section_below_it() -> None:
    parsed = table("Item|Price\nFasteners|\nBolt|1\nNut|2\nTools|\nSaw|30", ((1, 0), (1, 1)), ((4, 0), (4, 1)))

    assert headings_of(parsed, "Nut") == ("Fasteners",)
    assert headings_of(parsed, "Saw") == ("Tools",)


def test_two_tables_below_each_other_have_their_own_headers_and_titles() -> None:
    parsed = table("Stock\nPart|Qty\nA|1\nB|2\n\nStaff\nName|Room\nAnn|12\nBo|14")

    assert rows_of(parsed) == ["Part: A; Qty: 1", "Part: B; Qty: 2", "Name: Ann; Room: 12", "Name: Bo; Room: 14"]
    assert headings_of(parsed, "Bo") == ("Staff",)


def test_an_empty_row_does_not_end_a_table() -> None:
    assert rows_of(table("Name|Room\nAnn|12\n\nBo|14"))[1] == "Name: Bo; Room: 14"


def test_a_repeated_header_is_no_record() -> None:
    assert rows_of(table("Name|Room\nAnn|12\nName|Room\nBo|14", n_head=1)) == [
        "Name: Ann; Room: 12",
        "Name: Bo; Room: 14",
    ]


def test_each_part_of_a_wide_row_says_which_row_it_is() -> None:
    names = "|".join(["Machine", *(f"Sensor {i}" for i in range(1, 90))])
    values = "|".join(["Press 2", *(f"{i}.5" for i in range(1, 90))])

    parts = rows_of(table(f"{names}\n{values}\n{values.replace('2', '3')}"))

    pressed = [part for part in parts if part.startswith("Machine: Press 2; Sensor ")]
    assert len(pressed) == len(parts) / 2 > 1
    assert max(map(len, parts)) <= 520
    assert sum("Sensor 71: 71.5" in part for part in pressed) == 1


def test_a_label_longer_than_a_part_may_be_is_not_repeated() -> None:
    cells = (("Name", "x" * 500), *((f"Column {n}", "value") for n in range(300)))

    parts = cut_row(Part("row", cells=cells), 800)

    assert [cell for part in parts for cell in part.cells] == list(cells)


def test_ranges_that_overlap_are_left_unmerged_once_they_filled_two_million_cells() -> None:
    rows = [["a"] * 100 + [str(row)] for row in range(1000)]
    overlapping, last = ((0, 0), (999, 99)), ((0, 100), (1, 100))

    merged, _ = merge_ranges(rows, [overlapping, last])
    left, _ = merge_ranges(rows, [*[overlapping] * 20, last])

    assert (merged[1][100], left[1][100]) == ("0", "1")


def test_merged_cells_are_read_in_each_row_and_column_that_they_cover() -> None:
    head = [Cell("Room", is_head=True), Cell("Building", is_head=True)]
    grid = make_grid([head, [Cell("F1"), Cell("Foundry", n_rows=2)], [Cell("F2")], [Cell("closed", n_columns=2)]])
    builder = TextBuilder(Limits())

    builder.add_grid(grid)

    assert told(builder.build())[:2] == [("row", "Room: F1; Building: Foundry"), ("row", "Room: F2; Building: Foundry")]


def test_a_cell_that_claims_a_billion_rows_covers_those_that_there_are() -> None:
    grid = make_grid([[Cell("a", n_rows=10**9, n_columns=10**9), Cell("b")], [Cell("c")]])

    assert len(grid.rows) == 2
    assert len(grid.rows[0]) <= 1_001


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("12.5 %", "number"),
        ("£1,204.90", "number"),
        ("1 204,90 kr", "number"),
        ("-3", "number"),
        ("(45)", "number"),
        ("EUR 5", "number"),
        ("12 months", "number"),
        ("2026-03-01", "date"),
        ("1.3.2026", "date"),
        ("8:00-16:00", "date"),
        ("K310", "text"),
        ("Room 12", "text"),
        ("2025 actual", "text"),
        ("–", "empty"),
        ("Q1", "text"),
    ],
)
def test_numbers_and_dates_are_told_from_words(text: str, kind: str) -> None:
    assert value_kind(text) == kind


@pytest.mark.parametrize(
    "lines",
    [
        "Grant|Lighthouse|Status|approved\nSum awarded|£51,355|Decided on|2024-05-18\nField|medicine|Contact|Ann Cole",
        "Name|Ann Cole\nSite|Northgate\nHours|38.2\nSince|2019-03-01",
    ],
)
def test_a_form_without_colons_keeps_its_labels(lines: str) -> None:
    pairs = [cell for line in lines.split("\n") for cell in line.split("|")]

    assert rows_of(table(lines)) == [f"{name}: {value}" for name, value in zip(pairs[::2], pairs[1::2], strict=True)]


def test_four_columns_of_records_are_no_form() -> None:
    parsed = table("Name|Age|Site|Rate\nAnn|30|Oslo|5\nBo|41|Rome|7\nCem|25|Bonn|6")

    assert rows_of(parsed)[0] == "Name: Ann; Age: 30; Site: Oslo; Rate: 5"


def test_names_that_are_repeated_over_a_second_header_row_are_joined_with_it() -> None:
    parsed = table("Grant|2024|2024|2025|2025\n|Sum|Share|Sum|Share\nA|£5|10%|£6|11%\nB|£7|12%|£8|13%")

    assert rows_of(parsed)[1] == "Grant: B; 2024 Sum: £7; 2024 Share: 12%; 2025 Sum: £8; 2025 Share: 13%"


def test_lone_cells_name_sections_if_the_first_row_is_one() -> None:
    parsed = table("Sample|Lead|Zinc\nSediment||\nA|1|2\nB|3|4\nWater||\nC|5|6")

    assert headings_of(parsed, "B") == ("Sediment",)
    assert headings_of(parsed, "C") == ("Water",)


def test_a_record_of_which_only_the_name_is_known_stays_a_record() -> None:
    parsed = table("Sample|Lead|Zinc\nA|1|2\nSpare||\nC|5|6")

    assert rows_of(parsed) == ["Sample: A; Lead: 1; Zinc: 2", "Sample: Spare", "Sample: C; Lead: 5; Zinc: 6"]


def test_a_section_that_is_merged_over_fewer_columns_than_the_sheet_has_is_one() -> None:
    parsed = table("Item|Price|\nTools||\nSaw|30|\n\nRoom|Seats|Floor\nBlue|4|2", ((1, 0), (1, 1)))

    assert headings_of(parsed, "Saw") == ("Tools",)


def test_a_merged_remark_below_a_table_is_no_section() -> None:
    parsed = table("Item|Price|Stock\nSaw|30|1\n\nSource: annual return of the office.||", ((3, 0), (3, 2)))

    assert told(parsed)[-1] == ("paragraph", "Source: annual return of the office.")


def test_an_empty_row_below_a_header_does_not_part_it_from_its_rows() -> None:
    assert rows_of(table("Grant|Field|Sum\n||\nA|music|£5\nB|art|£6"))[1] == "Grant: B; Field: art; Sum: £6"


def test_a_second_header_row_is_found_beside_columns_of_another_table() -> None:
    lines = "Item|2024||\n|Price|Rate|\nA|£5|10%|\nB|£7|12%|\n\nRoom|Seats|Floor|Note\nBlue|4|2|x"

    assert rows_of(table(lines, ((0, 1), (0, 2))))[1] == "Item: B; 2024 Price: £7; 2024 Rate: 12%"


def test_a_lone_row_above_a_table_with_its_own_header_is_not_part_of_it() -> None:
    parsed = table("Prepared by|Ann\n\nItem|Price\nA|1\nB|2\nC|3")

    assert rows_of(parsed)[1:] == ["Item: A; Price: 1", "Item: B; Price: 2", "Item: C; Price: 3"]
