"""The tables of `benchmarks.tables`: how they are made, and how readings and answers are judged."""

from dataclasses import replace
from random import Random

import pytest

from benchmarks.known_tables.judging import SECTION, Lookup, TextJudge, draw_lookups
from benchmarks.known_tables.layout import describe, lay_out
from benchmarks.known_tables.making import count_value, make_files, money_value
from benchmarks.known_tables.questions import TableQuestion, draw_questions, judge_answer, numbers_in
from benchmarks.known_tables.themes import THEMES
from benchmarks.known_tables.values import EMPTY, Column, KnownTable, text_value
from benchmarks.known_tables.writing import WRITERS
from rag.types import Answer, AnswerSentence, Block, Parsed

THEME = next(theme for theme in THEMES if theme.name == "hotels")
COLUMNS = (
    Column("Hotel", "text"),
    Column("Region", "category", ("Coast", "Lakes"), where="in the region {}"),
    Column("Rooms", "count", is_summed=True),
    Column("Nightly rate", "money"),
)
HERON = (text_value("Old Heron"), text_value("Coast"), count_value(12), money_value(80.5, THEME))
LODGE = (text_value("Old Lodge"), text_value("Lakes"), count_value(30), money_value(99.0, THEME))
TABLE = KnownTable(THEME, "plain", frozenset({"plain"}), COLUMNS, (HERON, LODGE))
FORM = replace(TABLE, structure="form", rows=(HERON,))


def seeded(seed: int) -> Random:
    return Random(seed)  # noqa: S311 -- made tables, not secret


def parse(*blocks: str, headings: tuple[str, ...] = ()) -> Parsed:
    text, made, start = "\n".join(blocks), [], 0
    for block in blocks:
        made.append(Block(start, start + len(block), "row", headings))
        start += len(block) + 1
    return Parsed(text, tuple(made))


def judge(table: KnownTable, row: int, column: int, *blocks: str, headings: tuple[str, ...] = ()) -> tuple[str, str]:
    judged = TextJudge(table, parse(*blocks, headings=headings)).judge(Lookup(table, row, column))
    return judged.verdict, judged.reason


def answer(*sentences: str, outcome: str = "answered") -> Answer:
    return Answer(
        id="",
        conversation_id="",
        question="",
        query="",
        outcome=outcome,
        answer=" ".join(sentences),
        note="",
        sentences=tuple(AnswerSentence(sentence, (), supported=True) for sentence in sentences),
        citations=(),
        abstention=None,
        answered_by="extractive",
        model=None,
        index_version="",
    )


def test_a_seed_makes_the_same_tables_again() -> None:
    first, second = (list(make_files(60, seeded(3))) for _ in range(2))

    assert first == second
    assert sum(len(file.tables) for file in first) == 60


def test_200_tables_have_every_format_and_feature() -> None:
    files = list(make_files(200, seeded(19)))

    features = {feature for file in files for table in file.tables for feature in table.features}
    assert {file.format for file in files} == {*WRITERS, "ods"}
    assert features == {
        *("plain", "two-headers", "merged-rows", "wide", "long", "transposed", "form", "no-header", "sections"),
        *("titles", "notes", "total", "empty-cells", "separators", "same-names", "several"),
    }


def test_no_collection_has_a_theme_twice() -> None:
    themes: dict[int, list[str]] = {}
    for file in make_files(200, seeded(19)):
        themes.setdefault(file.collection, []).extend(table.theme.name for table in file.tables)

    assert all(len(names) == len(set(names)) for names in themes.values())


@pytest.mark.parametrize("file_format", sorted(WRITERS))
def test_every_writer_writes_every_structure(file_format: str) -> None:
    files = [file for file in make_files(140, seeded(5)) if file.format == file_format]

    assert files
    assert all(len(WRITERS[file_format](file)) > 100 for file in files)


def test_a_header_of_two_rows_spans_its_columns() -> None:
    columns = (COLUMNS[0], replace(COLUMNS[2], group="2025"), replace(COLUMNS[3], group="2025"))
    table = replace(TABLE, columns=columns, rows=((HERON[0], HERON[2], HERON[3]),))

    upper, lower, row = lay_out(table)

    assert (describe(upper), describe(lower)) == (["Hotel", "2025", ""], ["", "Rooms", "Nightly rate"])
    assert (upper[0].n_rows, upper[1].n_columns) == (2, 2)
    assert describe(row) == ["Old Heron", "12", "£80.50"]


@pytest.mark.parametrize(
    ("block", "verdict"),
    [
        ("Hotel: Old Heron; Region: Coast; Rooms: 12; Nightly rate: £80.50", "right"),
        ("Old Heron | Rooms: 12 | Nightly rate: £80.50 (80.5)", "right"),
        ("Hotel: Old Heron; Region: Coast; Nightly rate: 12; Rooms: £80.50", "wrong"),
        ("Hotel: Old Heron; Nightly rate: £99.00", "wrong"),
        ("Hotel: Old Heron; Nightly rate: £80.505", "missing"),
        ("Hotel: Old Heron; Column 4: £80.50", "missing"),
        ("Hotel: Old Lodge; Nightly rate: £80.50", "missing"),
        ("Old Heron Nightly rate: £80.50 Old Lodge", "missing"),
    ],
)
def test_a_cell_needs_its_row_its_column_and_its_value(block: str, verdict: str) -> None:
    assert judge(TABLE, 0, 3, block)[0] == verdict


def test_one_wrong_block_outweighs_a_right_one() -> None:
    right, wrong = "Hotel: Old Heron; Rooms: 12", "Hotel: Old Heron; Rooms: 30"

    assert judge(TABLE, 0, 2, right, wrong)[0] == "wrong"


def test_a_heading_may_name_the_row() -> None:
    assert judge(TABLE, 0, 2, "Rooms: 12", headings=("Old Heron",)) == ("right", "")


def test_a_cell_may_hold_the_signs_that_join_columns() -> None:
    table = replace(TABLE, rows=((HERON[0], text_value("Coast; north: cliff"), *HERON[2:]), LODGE))

    assert judge(table, 0, 1, "Hotel: Old Heron; Region: Coast; north: cliff; Rooms: 12")[0] == "right"
    assert judge(table, 0, 1, "Hotel: Old Heron; Region: Coast; Rooms: 12")[0] == "missing"


def test_an_empty_cell_is_right_without_a_value() -> None:
    table = replace(TABLE, rows=((*HERON[:2], EMPTY, HERON[3]), LODGE))

    assert judge(table, 0, 2, "Hotel: Old Heron; Region: Coast; Nightly rate: £80.50")[0] == "right"
    assert judge(table, 0, 2, "Hotel: Old Heron; Region: Coast; Rooms: £80.50")[0] == "wrong"


@pytest.mark.parametrize(
    ("label", "verdict"),
    [
        ("2024 Rooms", "wrong"),
        ("2025 Rooms", "right"),
        ("Rooms (2025)", "right"),
        ("2025 / Rooms", "right"),
        ("Rooms", "missing"),
    ],
)
def test_an_ambiguous_last_header_part_does_not_name_a_column(label: str, verdict: str) -> None:
    columns = (COLUMNS[0], replace(COLUMNS[2], group="2024"), replace(COLUMNS[2], group="2025"))
    rows = ((HERON[0], count_value(12), count_value(13)), (LODGE[0], count_value(30), count_value(31)))
    table = replace(TABLE, columns=columns, rows=rows)
    # The value of 2025 under a name of 2024 is wrong for 2024, so that year is looked up there.
    column = 1 if verdict == "wrong" else 2

    assert judge(table, 0, column, f"Hotel: Old Heron; {label}: 13")[0] == verdict


def test_labels_of_a_form_read_as_records_are_wrong() -> None:
    assert judge(FORM, 0, 1, "Region: Coast")[0] == "right"
    assert judge(FORM, 0, 1, "Region: Rooms; Coast: 12")[0] == "wrong"
    assert judge(FORM, 0, 1, "Coast", headings=("Region",))[0] == "right"


def test_the_first_record_is_no_header() -> None:
    table = replace(TABLE, structure="no-header")

    assert judge(table, 1, 2, "Old Lodge; Lakes; 30; £99.00")[0] == "right"
    assert judge(table, 1, 2, "Column 1: Old Lodge; Column 3: 30")[0] == "right"
    assert judge(table, 1, 2, "Old Heron: Old Lodge; Coast: Lakes; 12: 30")[0] == "wrong"


def test_a_transposed_table_may_be_read_in_both_directions() -> None:
    table = replace(TABLE, structure="transposed")

    assert judge(table, 0, 2, "Hotel: Old Heron; Rooms: 12")[0] == "right"
    assert judge(table, 0, 2, "Hotel: Rooms; Old Heron: 12; Old Lodge: 30")[0] == "right"
    assert judge(table, 0, 2, "Hotel: Rooms; Old Heron: 30; Old Lodge: 12")[0] == "wrong"


def test_a_section_is_said_in_the_row_or_above_it() -> None:
    table = replace(TABLE, structure="sections", sections=("North", "South"))

    assert judge(table, 0, SECTION, "Hotel: Old Heron", headings=("North",))[0] == "right"
    assert judge(table, 0, SECTION, "Hotel: Old Heron", headings=("South",))[0] == "wrong"
    assert judge(table, 0, SECTION, "Hotel: Old Heron")[0] == "missing"


def test_lookups_are_drawn_without_keys_and_with_a_total() -> None:
    table = replace(TABLE, total=(text_value("Total"), EMPTY, count_value(42), EMPTY))

    lookups = draw_lookups(table, 4, seeded(1))

    assert all(lookup.column != 0 for lookup in lookups)
    assert lookups[-1] == Lookup(table, 2, 2)


def test_a_count_is_right_as_a_word_but_not_inside_a_quoted_row() -> None:
    question = TableQuestion("count", "How many hotels are in the region Coast?", TABLE, number=1)

    assert judge_answer(question, answer("One hotel is in Coast.")) == "right"
    assert judge_answer(question, answer("Matching entries: 1 of 2 (“3 hotels”)")) == "right"
    assert judge_answer(question, answer("Matching entries: 2 of 1")) == "wrong"
    assert judge_answer(question, answer("Hotel: Old Heron; Rooms: 1")) == "wrong"
    assert judge_answer(question, answer("1 hotel.", outcome="possible")) == "abstained"
    assert judge_answer(question, answer("1 hotel.", outcome="partly")) == "wrong"


def test_a_list_is_wrong_with_a_name_too_many() -> None:
    question = TableQuestion("list", "Which hotels are in the region Coast?", TABLE, names=("Old Heron",))

    assert judge_answer(question, answer("Old Heron (Coast)")) == "right"
    assert judge_answer(question, answer("Old Heron", "Old Lodge")) == "wrong"


def test_the_highest_is_the_first_name_that_is_said() -> None:
    question = TableQuestion("highest", "Which hotel has the highest rate?", TABLE, names=("Old Lodge",))

    assert judge_answer(question, answer("Old Lodge: £99.00, before Old Heron")) == "right"
    assert judge_answer(question, answer("Old Heron: £80.50; Old Lodge: £99.00")) == "wrong"


def test_a_look_up_needs_the_value_of_its_own_row() -> None:
    question = TableQuestion("look-up", "Rooms of Old Lodge?", TABLE, value=count_value(30), key="Old Lodge")

    assert judge_answer(question, answer("Hotel: Old Lodge; Rooms: 30")) == "right"
    assert judge_answer(question, answer("Hotel: Rooms; Old Heron: 12; Old Lodge: 30")) == "right"
    assert judge_answer(question, answer("Hotel: Old Heron; Rooms: 12", "Hotel: Old Lodge; Rooms: 30")) == "wrong"
    assert judge_answer(question, answer("Hotel: Old Heron; Rooms: 30")) == "wrong"


def test_an_average_may_be_rounded_and_a_total_may_not() -> None:
    average = TableQuestion("average", "", TABLE, number=21.666667)
    total = TableQuestion("total", "", TABLE, number=1179.5)

    assert judge_answer(average, answer("The average is 21.67.")) == "right"
    assert judge_answer(average, answer("The average is 22.")) == "wrong"
    assert judge_answer(total, answer("Insgesamt 1.179,50 €")) == "right"
    assert judge_answer(total, answer("£1,179 in total")) == "wrong"


def test_the_quoted_total_row_answers_a_total_if_it_stands_alone() -> None:
    total = TableQuestion("total", "", TABLE, number=42)

    assert judge_answer(total, answer("Hotel: Total; Rooms: 42")) == "right"
    assert judge_answer(total, answer("Hotel: Old Heron; Rooms: 12", "Hotel: Total; Rooms: 42")) == "wrong"


def test_numbers_are_read_with_points_and_commas() -> None:
    assert (1234.5, 2) in set(numbers_in("1.234,50"))
    assert (1234.0, 0) in set(numbers_in("1,234"))


def test_questions_are_of_all_kinds_and_none_is_asked_twice() -> None:
    tables = [table for file in make_files(10, seeded(19)) for table in file.tables]

    questions = draw_questions(tables, 28, seeded(2))

    assert len({question.text for question in questions}) == 28
    assert {question.kind for question in questions} == {
        *("count", "list", "total", "highest", "lowest", "average", "look-up")
    }
