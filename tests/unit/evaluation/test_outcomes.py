"""Outcomes of few questions, counted on paper."""

from rag.evaluation.metrics.outcomes import Result, Share, count_by_kind, count_outcomes, outcome_figures
from rag.evaluation.tables import describe_outcomes, kind_rows

RESULTS = [
    Result("list", is_answerable=True, verdict="right", is_useful=True),
    Result("list", is_answerable=True, verdict="possible", is_useful=True),
    Result("list", is_answerable=True, verdict="possible", is_useful=False),
    Result("fact", is_answerable=True, verdict="wrong", is_useful=False),
    Result("absent", is_answerable=False, verdict="wrong", is_useful=False),
    Result("absent", is_answerable=False, verdict="possible", is_useful=False),
    Result("absent", is_answerable=False, verdict="declined", is_useful=False),
]


def test_abstaining_is_right_where_the_documents_do_not_say() -> None:
    figures = count_outcomes(RESULTS)

    assert figures.right_or_declined == Share(3, 7)
    assert (figures.right, figures.useful, figures.wrong) == (Share(1, 4), Share(2, 4), Share(1, 4))
    assert figures.possible_with_answer == Share(1, 2)
    assert figures.unanswerable_answered == Share(1, 3)
    assert (figures.n_questions, figures.n_of("wrong"), figures.n_of("possible")) == (7, 2, 3)


def test_higher_is_better_for_each_figure_with_a_floor() -> None:
    assert outcome_figures(count_outcomes(RESULTS)) == {
        "right_or_declined": 3 / 7,
        "answered": 1 / 2,
        "useful": 1 / 2,
        "not_wrong": 3 / 4,
        "unanswerable_abstained": 1 - 1 / 3,
    }
    assert set(outcome_figures(count_outcomes([])).values()) == {None}


def test_questions_are_counted_by_kind_those_without_one_together() -> None:
    by_kind = count_by_kind([*RESULTS, Result("", is_answerable=True, verdict="right", is_useful=True)])

    assert list(by_kind) == ["absent", "fact", "list", "other"]
    assert [figures.n_questions for figures in by_kind.values()] == [3, 1, 3, 1]


def test_a_set_that_names_no_kind_has_no_figures_by_kind() -> None:
    assert count_by_kind([result._replace(kind="") for result in RESULTS]) == {}


def test_the_table_by_kind_ends_with_all_questions() -> None:
    rows = kind_rows(count_by_kind(RESULTS), count_outcomes(RESULTS))

    assert rows == [
        (
            *("kind", "right", "partly", "wrong", "possible (useful)", "declined"),
            *("useful", "right or declined", "questions"),
        ),
        ("absent", "0", "0", "1", "1 (0)", "1", "-", "67%", "3"),
        ("fact", "0", "0", "1", "0 (0)", "0", "0%", "0%", "1"),
        ("list", "1", "0", "0", "2 (1)", "0", "67%", "33%", "3"),
        ("all", "1", "0", "2", "3 (1)", "1", "50%", "43%", "7"),
    ]


def test_the_shares_of_a_set_are_a_sentence() -> None:
    assert describe_outcomes(count_outcomes(RESULTS)) == (
        "Right or rightly declined: 42.9% (3/7). Of the answerable: answered 50.0% (2/4), right 25.0% (1/4), "
        "useful 50.0% (2/4), wrong 25.0% (1/4). Not answerable, but answered: 33.3% (1/3)."
    )
