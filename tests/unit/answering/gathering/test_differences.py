import pytest

from rag.answering.gathering.comparing.differences import Difference, differences_of
from rag.answering.gathering.comparing.units import Unit, plain_number, read_units
from rag.text.sentences import split_sentences
from rag.text.stemming import stem
from tests.unit.conftest import make_document


def row(header: str, cells: str) -> Unit:
    (unit,) = read_units(make_document(f"{header}\n{cells}\n", "table.csv"), split_sentences, stem)
    return unit


def sentence(text: str) -> Unit:
    (unit,) = read_units(make_document(text), split_sentences, stem)
    return unit


@pytest.mark.parametrize(
    ("number", "plain"),
    [("46.00", "46"), ("46,00", "46"), ("1,387.80", "1387.8"), ("12.500", "12500"), ("9.50", "9.5"), ("2024", "2024")],
)
def test_a_number_is_written_one_way(number: str, plain: str) -> None:
    assert plain_number(number) == plain


def test_cells_of_one_column_are_compared_without_the_year_of_its_name() -> None:
    old = row("Code,Service,Charge 2024-25 (GBP),VAT", "W01,First bin,46.00,no")
    new = row("Code,Service,Unit,Charge 2025-26 (£),VAT", "W01,First bin,season,52,no")

    assert differences_of(old, new, stem)[0] == Difference("Charge 2025-26 (£)", "46.00", "52")


def test_renamed_columns_are_compared_in_their_order() -> None:
    old = row("Article,Product,Price 2023 (EUR),Weight", "B1,Rye loaf,4.20,1000 g")
    new = row("No.,Item,Size,New amount", "B1,Rye loaf,1000 g,4.60")

    assert differences_of(old, new, stem) == (Difference("New amount", "4.20", "4.60"),)


@pytest.mark.parametrize(
    ("one", "other"),
    [("46.00,max 6 in all", "46,Max. 6 items in all"), ("12,incl", "12.0,incl."), ("1.000,€", "1000,€")],
)
def test_the_same_value_in_another_form_is_no_difference(one: str, other: str) -> None:
    assert differences_of(row("Name,Price,Note", f"Bin,{one}"), row("Name,Price,Note", f"Bin,{other}"), stem) == ()


def test_a_line_is_compared_with_a_row_by_its_numbers() -> None:
    line = sentence("Studio 11.00 110.00 5")

    assert differences_of(line, row("Plan,Month,Year,Seats", "Studio,12.5,125,5"), stem) != ()
    assert differences_of(line, row("Plan,Month,Year,Seats", "Studio,11,110,5"), stem) == ()


@pytest.mark.parametrize(
    ("one", "other", "differ"),
    [
        ("A member may bring one guest a day.", "A member may bring two guests a day.", True),
        ("Dogs are allowed on the lawn.", "Dogs are not allowed on the lawn.", True),
        ("Notice is given by letter.", "Notice is given by e-mail.", True),
        ("The pool opens on 15 May.", "The pool opens on 15 May.", False),
    ],
)
def test_sentences_differ_in_numbers_words_or_negation(one: str, other: str, *, differ: bool) -> None:
    assert bool(differences_of(sentence(one), sentence(other), stem)) == differ
