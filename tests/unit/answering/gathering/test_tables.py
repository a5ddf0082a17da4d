"""The rows of a table that a question asks for."""

import pytest

from rag.answering.gathering.tabling.tables import MatchedRows, Table, match_rows, read_number, read_table
from rag.text.stemming import stem
from rag.types import Span

BOATS = (
    "Name: Aurora; Home: Northport; Seats: 420; Price: 1,234.50; State: in service",
    "Name: Bora; Home: Northport; Seats: 90; Price: 85; State: out of service",
    "Name: Ceres; Home: Bergen; Seats: 250; Price: 900; State: in service",
    "Name: Dione; Home: Bergen; Seats: 12; Price: 40; State: out of service; repair in May",
)
PREISE = (
    "Artikel: Zelt; Ort: Lager; Preis: 1.234,50",
    "Artikel: Kocher; Ort: Keller; Preis: 1.000,00",
    "Artikel: Seil; Ort: Lager; Preis: 85,20",
)
PHONES = (
    "Office: Reception; Phone: ext. 100",
    "Office: Technical Service; Phone: ext. 330",
    "Office: Service Desk; Phone: ext. 331",
    "Office: Kitchen; Phone: ext. 440",
)
WEEKS = ("Week: A; Meal: soup", "Week: B; Meal: fish", "Week: A; Meal: rice")


def table_of(texts: tuple[str, ...], above: str = "Boats of the harbour") -> Table:
    rows, start = [], 0
    for text in texts:
        rows.append((Span(start, start + len(text)), text))
        start += len(text) + 1
    return read_table(rows, above, stem)


def matched(question: str, texts: tuple[str, ...] = BOATS, above: str = "Boats of the harbour") -> list[int] | None:
    """Return the numbers of the rows that match."""
    table = table_of(texts, above)
    found: MatchedRows | None = match_rows(question, table, stem)
    return None if found is None else [table.rows.index(row) for row in found.rows]


def test_the_names_of_columns_are_read_in_order() -> None:
    assert table_of(BOATS).names == ("Name", "Home", "Seats", "Price", "State")


def test_a_row_knows_its_values_and_its_place() -> None:
    table = table_of(BOATS)

    assert table.rows[1].cells == {
        "Name": "Bora",
        "Home": "Northport",
        "Seats": "90",
        "Price": "85",
        "State": "out of service",
    }
    assert table.rows[1].parts == ((Span(len(BOATS[0]) + 1, len(BOATS[0]) + 1 + len(BOATS[1])), BOATS[1]),)


def test_a_semicolon_within_a_value_does_not_end_it() -> None:
    assert table_of(BOATS).rows[3].cells["State"] == "out of service; repair in May"


def test_what_looks_like_a_name_in_few_rows_is_a_value() -> None:
    texts = (*(f"Name: Boat{n}; Remark: none" for n in range(9)), "Name: Eos; Remark: old; Note: see below")

    table = table_of(texts)

    assert table.names == ("Name", "Remark")
    assert table.rows[9].cells["Remark"] == "old; Note: see below"


def test_text_without_names_is_kept() -> None:
    table = table_of(("Aurora; 420", "Bora; 90"))

    assert table.names == ()
    assert table.rows[0].cells == {"": "Aurora; 420"}


@pytest.mark.parametrize(
    ("question", "rows"),
    [
        ("Which boats are in Bergen?", [2, 3]),
        ("How many boats of Northport are out of service?", [1]),
        ("Which boats are in Northport or Bergen?", [0, 1, 2, 3]),
        ("How many boats in Northport are in service?", [0]),
        ("Which boats in Northport are out of service?", [1]),
        ("How many seats has the boat Aurora?", [0]),
    ],
)
def test_values_of_columns_select_rows(question: str, rows: list[int]) -> None:
    assert matched(question) == rows


@pytest.mark.parametrize(
    "question", ["List all boats.", "How many boats are there?", "What are the names and prices of the boats?"]
)
def test_a_question_in_the_words_above_the_table_and_of_its_columns_asks_for_all_rows(question: str) -> None:
    assert matched(question) == [0, 1, 2, 3]


@pytest.mark.parametrize(
    ("question", "rows"),
    [("Which meals are there in week A?", [0, 2]), ("Which meals are there in a week?", [0, 1, 2])],
)
def test_a_is_a_value_as_a_capital_only(question: str, rows: list[int]) -> None:
    assert matched(question, WEEKS, "Meals") == rows


@pytest.mark.parametrize(
    ("question", "rows"),
    [
        ("Which boats have more than 250 seats?", [0]),
        ("Which boats have at least 250 seats?", [0, 2]),
        ("Which boats have less than 90 seats?", [3]),
        ("Which boats have at most 90 seats?", [1, 3]),
        ("Which boats have a price over 1,000?", [0]),
        ("Which boats of Northport have fewer than 100 seats?", [1]),
    ],
)
def test_a_comparison_with_a_number_selects_rows(question: str, rows: list[int]) -> None:
    assert matched(question) == rows


@pytest.mark.parametrize(
    ("question", "rows"),
    [
        ("Welche Artikel haben einen Preis von mehr als 1.000?", [0]),
        ("Welche Artikel haben einen Preis von mindestens 1.000,00?", [0, 1]),
        ("Welche Artikel haben einen Preis unter 1.234,50?", [1, 2]),
        ("Welche Artikel haben einen Preis von höchstens 1.234,50?", [0, 1, 2]),
        ("Welche Artikel im Lager haben einen Preis über 100?", [0]),
    ],
)
def test_a_comparison_in_german_reads_german_numbers(question: str, rows: list[int]) -> None:
    assert matched(question, PREISE, "Preisliste") == rows


@pytest.mark.parametrize(
    ("digits", "value"),
    [
        ("1.234,50", 1234.5),
        ("1,234.50", 1234.5),
        ("8,5", 8.5),
        ("8.5", 8.5),
        ("1.000", 1000.0),
        ("12,000,000", 12e6),
        ("90.", 90.0),
        ("420", 420.0),
    ],
)
def test_a_number_is_read_in_both_ways_of_writing(digits: str, value: float) -> None:
    assert read_number(digits) == value


def test_the_further_words_that_most_nearly_are_a_value_select_its_rows() -> None:
    assert matched("What is the phone of the technical service?", PHONES, "Phone list") == [1]


def test_the_words_of_a_part_of_a_value_select_its_rows() -> None:
    assert matched("Which boats are under repair?") == [3]


@pytest.mark.parametrize(
    "question",
    [
        "Which volcano erupted in Peru?",
        "How many volcanoes are there?",
        "How many boats did Captain Moreau sink in winter storms?",
        "",
    ],
)
def test_a_question_about_something_else_matches_no_rows(question: str) -> None:
    assert matched(question) is None


def test_a_comparison_that_no_row_passes_matches_none() -> None:
    assert matched("Which boats have more than 9000 seats?") is None


def test_a_comparison_that_names_none_of_several_columns_of_numbers_matches_none() -> None:
    assert matched("Which boats cost more than 100?") is None


@pytest.mark.parametrize("question", ["Which boats are not in Bergen?", "Which boats don't have Bergen as home?"])
def test_a_question_that_denies_is_not_read(question: str) -> None:
    assert matched(question) is None


def test_what_a_question_explains_of_itself_is_a_share() -> None:
    found = match_rows("Which boats are in Bergen?", table_of(BOATS), stem)

    assert found is not None
    assert found.explained == 1.0


def test_a_value_that_two_columns_have_selects_by_the_column_that_the_question_names() -> None:
    rounds = (
        "Street: Mill Lane; Collection day: Monday; Garden waste day: Friday",
        "Street: High Street; Collection day: Tuesday; Garden waste day: Monday",
        "Street: Weir Road; Collection day: Friday; Garden waste day: Tuesday",
    )

    assert matched("Which streets have garden waste on Monday?", rounds, "Rounds") == [1]
    assert matched("Which streets have collection on Monday?", rounds, "Rounds") == [0]


def test_an_exception_is_not_read() -> None:
    courses = ("Course: Yoga; Day: Monday", "Course: Pottery; Day: Friday")

    assert matched("List all courses except yoga", courses, "Courses") is None


def test_a_place_that_no_row_has_is_not_answered_by_other_rows() -> None:
    assert matched("How many boats are out of service in Oslo?") is None


def test_a_row_without_a_number_does_not_pass_a_comparison() -> None:
    rooms = ("Room: A; Seats: 10", "Room: B; Seats: 30", "Room: C; Seats: tbc")

    assert matched("Which rooms have more than 20 seats?", rooms, "Rooms") == [1]


def test_a_comparison_needs_a_column_that_the_question_names_or_whose_unit_it_has() -> None:
    members = ("Name: Ann Hill; Born: 1950", "Name: Bob Lee; Born: 1990")
    jobs = ("Job: Safety check; Price: £25", "Job: Full service; Price: £115")

    assert matched("Which members are over 65?", members, "Members") is None
    assert matched("Which jobs cost more than £50?", jobs, "Jobs") == [1]
