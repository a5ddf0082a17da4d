"""What is computed from the numbers of a table."""

from decimal import Decimal

import pytest

from rag.answering.gathering.tabling.amounts import asks_for_amount, compute_amount, read_amount, without_totals
from rag.answering.gathering.tabling.phrases import say_computed
from rag.answering.gathering.tabling.tables import Table, read_table
from rag.text.stemming import stem
from rag.types import Span

BOATS = (
    "Boat: Aurora; Home port: Northport; Seats: 42; Day rate: £1,234.50; State: in service; Built: 2019-04-01",
    "Boat: Bora; Home port: Northport; Seats: 9; Day rate: £85.00; State: out of service; Built: 2012-06-12",
    "Boat: Ceres; Home port: Bergen; Seats: 25; Day rate: £900.00; State: in service; Built: 2001-01-30",
    "Boat: Dione; Home port: Bergen; Seats: 12; Day rate: £40.00; State: out of service; Built: 2022-09-09",
    "Boat: Total; Seats: 88; Day rate: £2,259.50",
)
KURSE = (
    "Kurs: Zelten; Gebühr: 1.045,50 €; Plätze: 12",
    "Kurs: Yoga; Gebühr: 30,00 €; Plätze: 25",
    "Kurs: Chor; Gebühr: 0,75 €; Plätze: 40",
)


def table_of(texts: tuple[str, ...], above: str = "Boats") -> Table:
    return read_table([(Span(i, i + 1), text) for i, text in enumerate(texts)], above, stem)


def said(question: str, texts: tuple[str, ...] = BOATS, above: str = "Boats", language: str = "en") -> str | None:
    computed = compute_amount(question, table_of(texts, above), stem)
    return say_computed(computed, language) if computed else None


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("What is the total number of seats?", "Sum, Seats: 88"),
        ("How many seats do the boats in Bergen have altogether?", "Sum, Seats: 37"),
        ("What is the total day rate of the boats in service?", "Sum, Day rate: £2,134.50"),
        ("What is the average number of seats?", "Average, Seats: 22.00"),
        ("Which boat has the most seats?", "Highest, Seats: 42 (Aurora)"),
        ("Which boat in Northport has the lowest day rate?", "Lowest, Day rate: £85.00 (Bora)"),
        ("Which boat is the cheapest?", "Lowest, Day rate: £40.00 (Dione)"),
        ("Which is the oldest boat?", "Lowest, Built: 2001-01-30 (Ceres)"),
        ("Which is the newest boat?", "Highest, Built: 2022-09-09 (Dione)"),
    ],
)
def test_a_column_is_added_up_or_compared(question: str, answer: str | None) -> None:
    assert said(question) == answer


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("Welcher Kurs hat die höchste Gebühr?", "Höchster Wert, Gebühr: 1.045,50 € (Zelten)"),
        ("Wie viele Plätze haben alle Kurse zusammen?", "Summe, Plätze: 77"),
        ("Summe der Gebühr aller Kurse", "Summe, Gebühr: 1.076,25 €"),
    ],
)
def test_results_are_written_as_the_cells_are(question: str, answer: str) -> None:
    assert said(question, KURSE, "Kurse", "de") == answer


@pytest.mark.parametrize(
    "question",
    [
        "Which boats are in Bergen?",
        "What is the total weight?",
        "What is the highest seats or day rate?",
        "Which boat in Oslo has the most seats?",
        "Who is the oldest member of the crew?",
    ],
)
def test_nothing_is_computed_of_what_the_table_does_not_name(question: str) -> None:
    assert said(question) is None


def test_cells_of_several_units_are_not_added() -> None:
    rows = ("Item: A; Price: £5", "Item: B; Price: $5", "Item: C; Price: £5")

    assert said("What is the total price of all items?", rows, "Items") is None


def test_rows_with_totals_are_no_records() -> None:
    items = ("Item: A; Pieces: 2; Price: 5", "Item: B; Pieces: 3; Price: 7", "Item: C; Pieces: 1; Price: 1")
    sums_only = (*items, "Item: all; Pieces: 6; Price: 13")

    assert len(without_totals(table_of(BOATS)).rows) == 4
    assert len(without_totals(table_of(sums_only)).rows) == 3
    assert len(without_totals(table_of(BOATS[:4])).rows) == 4


def test_all_of_equal_rows_are_the_highest() -> None:
    computed = compute_amount(
        "Which item has the highest price?", table_of(("Item: A; Price: 5", "Item: B; Price: 5"), "Items"), stem
    )

    assert computed is not None
    assert len(computed.rows) == 2


def test_a_wide_row_is_one_row() -> None:
    parts = ("Press: 1; Oil: 5; Heat: 70", "Press: 1; Noise: 60", "Press: 2; Oil: 6", "Press: 2; Heat: 75; Noise: 50")
    table = table_of(parts, "Presses")

    assert [row.cells for row in table.rows] == [
        {"Press": "1", "Oil": "5", "Heat": "70", "Noise": "60"},
        {"Press": "2", "Oil": "6", "Heat": "75", "Noise": "50"},
    ]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("£1,234.50", "1234.50"),
        ("1.234,50 €", "1234.50"),
        ("1 234 kr", "1234"),
        ("12.5 %", "12.5"),
        ("8,5", "8.5"),
        ("1,234", "1234"),
        ("0.125", "0.125"),
        ("(45)", "-45"),
        ("-3", "-3"),
        ("12 months", "12"),
    ],
)
def test_amounts_are_read(text: str, value: str) -> None:
    amount = read_amount(text)

    assert amount is not None
    assert amount.value == Decimal(value)


@pytest.mark.parametrize("text", ["", "none", "2026-03-01", "3 to 5", "A very long text that holds 5"])
def test_other_cells_hold_no_amount(text: str) -> None:
    assert read_amount(text) is None


@pytest.mark.parametrize(
    "question", ["What is the total?", "¿Cuál es el más caro?", "Quel est le plus cher ?", "в среднем"]
)
def test_questions_for_amounts_are_known_in_several_languages(question: str) -> None:
    assert asks_for_amount(question)


def test_a_table_whose_columns_are_the_records_is_turned() -> None:
    plans = ("Plan: Price; Basic: £9; Team: £29; Studio: £59", "Plan: Seats; Basic: 1; Team: 10; Studio: 50")
    plans += ("Plan: Support; Basic: mail; Team: mail; Studio: phone",)

    assert said("Which plan has the most seats?", plans, "Plans") == "Highest, Seats: 50 (Studio)"
    assert said("What is the lowest price?", plans, "Plans") == "Lowest, Price: £9 (Basic)"


def test_a_word_of_a_columns_name_asks_for_nothing() -> None:
    grants = ("Grant: A; Sum awarded: £5; Field: art", "Grant: B; Sum awarded: £7; Field: music")

    assert said("What sum awarded is given to A?", grants, "Grants") is None
    assert said("What is the total sum awarded?", grants, "Grants") == "Sum, Sum awarded: £12"


@pytest.mark.parametrize(
    "question",
    [
        "Which boats have at least 25 seats?",
        "Which boats have at most 12 seats?",
        "What does seats 42 mean?",
        "What is the total day rate of the evening boats?",
        "What is the highest day trip?",
    ],
)
def test_other_questions_ask_for_no_amount_of_the_table(question: str) -> None:
    assert said(question) is None


def test_negative_amounts_are_lower_and_other_units_are_not_compared() -> None:
    accounts = ("Account: A; Balance: £200.00", "Account: B; Balance: -£500.00", "Account: C; Balance: £90.00")
    weights = ("Parcel: A; Weight: 800 g", "Parcel: B; Weight: 2 kg")

    assert said("Which account has the lowest balance?", accounts, "Accounts") == "Lowest, Balance: -£500.00 (B)"
    assert said("Which parcel has the highest weight?", weights, "Parcels") is None


def test_subtotals_and_grand_totals_are_no_records() -> None:
    rows = ("Item: A; Price: 10", "Item: Subtotal; Price: 10", "Item: B; Price: 20", "Item: Grand total; Price: 30")

    assert said("What is the total price of the items?", rows, "Items") == "Sum, Price: 30"
    assert len(without_totals(table_of(("Month: 1; Fee: 10", "Month: 2; Fee: 20", "Month: 3; Fee: 30"))).rows) == 3
