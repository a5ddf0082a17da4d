"""Lists and sums over the records of answers."""

from pathlib import Path

import pytest

from rag.api.feedback.reading import (
    CitedCount,
    DayFigures,
    Work,
    count_cited,
    list_answers,
    list_unanswered,
    sum_by_day,
)
from rag.api.feedback.records import CitedDocument, Feedback, SpentTokens
from rag.api.feedback.store import FeedbackStore
from rag.types import Usage
from tests.unit.api.feedback.records import DAY_MS, record


@pytest.fixture
def store(tmp_path: Path) -> FeedbackStore:
    return FeedbackStore(tmp_path / "answers.sqlite")


def test_the_newest_answers_come_first_and_go_on_where_the_page_ended(store: FeedbackStore) -> None:
    store.add([record(name, at=n) for n, name in enumerate("abcd")])

    first = list_answers(store, "all", 2, None)
    rest = list_answers(store, "all", 9, first[-1].number)

    assert [one.id for one in first] == ["d", "c"]
    assert [one.id for one in rest] == ["b", "a"]


def test_a_list_holds_only_what_is_asked_for(store: FeedbackStore) -> None:
    store.add([record("a"), record("b", outcome="possible"), record("c", outcome="declined"), record("d")])
    store.give(Feedback("d", "down", "Wrong.", "", 1))
    store.give(Feedback("a", "up", "", "", 1))

    assert [one.id for one in list_answers(store, "unanswered", 9, None)] == ["c", "b"]
    assert [(one.id, one.reason) for one in list_answers(store, "thumbs-down", 9, None)] == [("d", "Wrong.")]


def test_open_questions_are_grouped_by_their_words_the_most_frequent_first(store: FeedbackStore) -> None:
    store.add(
        [
            record("a", outcome="declined", question="Where is it?", at=1),
            record("b", outcome="declined", question="When?", at=2),
            record("c", outcome="possible", question=" when? ", at=3),
            record("d", question="Answered?", at=4),
            record("e", outcome="declined", at=5),
        ]
    )

    found = list_unanswered(store, "open", 9)

    assert [(one.latest.id, one.n_asked, one.last_ms) for one in found] == [("c", 2, 3), ("a", 1, 1)]


def test_a_question_that_is_done_leaves_the_list_until_it_is_asked_again_or_put_back(store: FeedbackStore) -> None:
    store.add(
        [
            record("a", outcome="declined", question="When?", at=1),
            record("b", outcome="possible", question=" when? ", at=2),
            record("c", outcome="declined", question="Where?", at=3),
            record("d", question="When?", at=4),
        ]
    )

    def ids(work: Work) -> list[tuple[str, int]]:
        return [(one.latest.id, one.n_asked) for one in list_unanswered(store, work, 9)]

    store.mark_done(1, 10)
    store.mark_done(99, 10)
    assert (ids("open"), ids("done")) == ([("c", 1)], [("b", 2)])

    store.add([record("e", outcome="declined", question="WHEN?", at=5)])
    assert (ids("open"), ids("done")) == ([("e", 1), ("c", 1)], [("b", 2)])

    store.mark_done(2, None)
    assert (ids("open"), ids("done")) == ([("e", 3), ("c", 1)], [])


def test_figures_are_summed_by_day(store: FeedbackStore) -> None:
    times = [float(n) for n in range(1, 21)]
    store.add([record(f"x{n}", at=DAY_MS + n, total_ms=time) for n, time in enumerate(times)])
    store.add([record("y", at=2 * DAY_MS, outcome="declined", is_degraded=True), record("old", at=0)])
    store.add([], [SpentTokens(2 * DAY_MS + 5, key, Usage(30, 4)) for key in (None, "shop")])
    store.give(Feedback("x0", "up", "", "", 1))
    store.give(Feedback("y", "down", "", "", 1))

    assert sum_by_day(store, DAY_MS) == [
        DayFigures(1, 20, 20, 0, 0, 0, 0, 1, 0, 2000, 400, 10.0, 19.0),
        DayFigures(2, 1, 0, 0, 0, 1, 1, 0, 1, 160, 28, 20.0, 20.0),
    ]


def test_documents_are_counted_with_the_file_that_was_cited_last(store: FeedbackStore) -> None:
    store.add(
        [
            record("a", at=1, cited=(CitedDocument("d", "d.txt", "first"), CitedDocument("e", "e.txt", "e"))),
            record("b", at=2, cited=(CitedDocument("d", "d.txt", "second"),)),
            record("c", at=3, cited=(CitedDocument("d", "d.txt", None),)),
        ]
    )

    assert count_cited(store, 0) == [CitedCount("d", "d.txt", 3, 3, "second"), CitedCount("e", "e.txt", 1, 1, "e")]
