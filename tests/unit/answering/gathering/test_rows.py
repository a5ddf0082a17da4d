"""Rows counted and listed over small CSV files, and cited."""

import pytest

from rag.answering.answer_builder import Quote
from rag.answering.gathering.gathered import Gathered
from rag.answering.gathering.rows import RowGatherer
from rag.retrieval.retriever import Retriever
from rag.text.stemming import stem
from tests.unit.answering.answerers import make_retriever

BOATS = (
    "Name,Home,Seats\n"
    "Aurora,Northport,420\n"
    "Bora,Bergen,90\n"
    "Ceres,Bergen,250\n"
    "Dione,Northport,12\n"
    "Eos,Northport,30\n"
    "Fama,Northport,60\n"
)
FLEET = "Name,Home\n" + "".join(f"Boat{n},{'Bergen' if n % 5 else 'Northport'}\n" for n in range(30))
TOURS = "Tour,Guide\nFjord,Ada Brown\nGlacier,Tom Reed\n"


def gather(question: str, *texts: str, language: str = "en") -> Gathered | None:
    retriever = make_retriever(*texts, suffix="csv")
    return gather_from(retriever, question, language)


def gather_from(retriever: Retriever, question: str, language: str) -> Gathered | None:
    return RowGatherer(retriever, stem).gather(question, retriever.search(question, k=10), language)


def said(gathered: Gathered | None) -> list[str]:
    assert gathered is not None
    return [line.text for line in gathered.lines]


def cited(line: Quote, *texts: str) -> list[str]:
    """Return the text of each place of a line."""
    retriever = make_retriever(*texts, suffix="csv")
    return [retriever.excerpt(hit.passage.document_id, span).text_of(span) for hit, span in line.places]


def test_the_rows_that_match_are_counted_and_listed_in_order() -> None:
    assert said(gather("Which boats are in Bergen?", BOATS)) == [
        "Matching entries: 2 of 6 (“Harbour news”):",
        "Name: Bora; Home: Bergen; Seats: 90",
        "Name: Ceres; Home: Bergen; Seats: 250",
    ]


def test_a_question_about_all_rows_counts_all() -> None:
    lines = said(gather("Which home has each name?", BOATS))

    assert lines[0] == "Entries: 6 (“Harbour news”):"
    assert len(lines) == 7


def test_the_count_is_given_in_the_readers_language() -> None:
    lines = said(gather("Which boats are in Bergen?", BOATS, language="de"))

    assert lines[0] == "Passende Einträge: 2 von 6 („Harbour news“):"


def test_the_count_is_the_systems_own_and_the_rows_are_the_documents_words() -> None:
    gathered = gather("Which boats are in Bergen?", BOATS)

    assert gathered is not None
    assert gathered.note == ""


def test_each_row_is_cited_and_the_count_cites_few_rows_each() -> None:
    gathered = gather("Which boats are in Bergen?", BOATS)

    assert gathered is not None
    count, *rows = gathered.lines
    assert cited(count, BOATS) == [row.text for row in rows]
    assert [cited(row, BOATS) for row in rows] == [[row.text] for row in rows]


def test_the_count_cites_the_first_of_many_rows() -> None:
    gathered = gather("Which boats are in Northport?", BOATS)

    assert gathered is not None
    count, *rows = gathered.lines
    assert len(rows) == 4
    assert cited(count, BOATS) == [row.text for row in rows[:3]]


def test_of_more_than_20_rows_a_note_says_how_many_are_left_out() -> None:
    gathered = gather("Which boats are in Bergen?", FLEET)

    assert gathered is not None
    count, *rows = gathered.lines
    assert count.text == "Matching entries: 24 of 30 (“Harbour news”):"
    assert len(rows) == 20
    assert gathered.note == "And 4 more."


def test_the_table_that_explains_most_of_the_question_is_told() -> None:
    for texts in ((BOATS, TOURS), (TOURS, BOATS)):
        assert said(gather("Which tour has the guide Tom Reed?", *texts))[1:] == ["Tour: Glacier; Guide: Tom Reed"]


@pytest.mark.parametrize(
    ("question", "text"),
    [("Which volcano erupted in Peru?", BOATS), ("Which boats are in Bergen?", "Name,Home\nAurora,Bergen\n")],
    ids=["another topic", "one row is no table"],
)
def test_without_a_table_that_matches_nothing_is_gathered(question: str, text: str) -> None:
    assert gather(question, text) is None


def test_text_that_is_no_table_is_not_counted() -> None:
    retriever = make_retriever("# Boats\n\n- Aurora is in Bergen.\n- Bora is in Bergen.\n", suffix="md")

    assert gather_from(retriever, "Which boats are in Bergen?", "en") is None


def test_without_hits_nothing_is_gathered() -> None:
    assert RowGatherer(make_retriever(BOATS, suffix="csv"), stem).gather("Which boats?", (), "en") is None


def test_tables_of_equal_columns_under_two_headings_are_one_with_sections() -> None:
    table = "| Name | Home |\n|---|---|\n| {} | Bergen |\n| {} | Oslo |\n"
    text = (
        "# Boats\n\n## Ferries\n\n" + table.format("Aurora", "Bora") + "\n## Tugs\n\n" + table.format("Ceres", "Dione")
    )
    retriever = make_retriever(text, suffix="md")

    lines = said(gather_from(retriever, "Which tugs are in Bergen?", "en"))

    assert lines == ["Matching entries: 1 of 4 (“Harbour news”):", "Name: Ceres; Home: Bergen"]
