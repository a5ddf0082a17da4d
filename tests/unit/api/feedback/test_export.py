"""Judged answers become lines that `rag eval` reads."""

import json
from pathlib import Path

import pytest

from rag.api.feedback.export import export_judged
from rag.api.feedback.records import AnswerRecord, Feedback, KeptWords
from rag.api.feedback.store import FeedbackStore
from rag.evaluation.question_sets import check_spans, read_questions
from rag.types import Turn
from tests.unit.api.feedback.records import record

QUESTION = 'Who? "\u2028\n<b>'


@pytest.fixture
def store(tmp_path: Path) -> FeedbackStore:
    return FeedbackStore(tmp_path / "answers.sqlite")


def answered(answer_id: str, *, uris: tuple[str, ...] = ("d.txt",), conversation: str = "c", **more) -> AnswerRecord:
    body = {
        "query": f"{answer_id}?",
        "answer": "She did. [1]",
        "abstained": False,
        "sentences": [{"text": "She did."}],
        "citations": [{"uri": uri} for uri in uris],
    }
    return record(answer_id, conversation=conversation, words=KeptWords(QUESTION, json.dumps(body)), **more)


def judge(store: FeedbackStore, answer_id: str, corrected_answer: str = "") -> None:
    store.give(Feedback(answer_id, "down" if corrected_answer else "up", "", corrected_answer, 0))


def test_a_set_holds_what_was_judged_and_is_read_again(store: FeedbackStore, tmp_path: Path) -> None:
    store.add(
        [
            answered("first"),
            answered("good"),
            answered("corrected", uris=("gone.txt",), conversation="d"),
            answered("refused", uris=(), outcome="declined", conversation="e"),
            answered("gone", uris=("gone.txt",), conversation="f"),
            record("without-words"),
        ]
    )
    for name in ("good", "refused", "gone", "without-words"):
        judge(store, name)
    judge(store, "corrected", "He did, in 2021.")

    exported = export_judged(store, {"d.txt", "other.txt"}, lambda _: "other.txt")
    (tmp_path / "set").mkdir()
    (tmp_path / "set" / "questions.jsonl").write_text(exported.text, encoding="utf-8")
    questions = read_questions(tmp_path / "set")
    check_spans(questions, tmp_path / "set", {"d.txt": "", "other.txt": ""}.get)

    assert exported.n_left_out == 2
    assert [(one.id, one.question, one.answers, one.documents) for one in questions] == [
        ("good", QUESTION, ("She did.",), ("d.txt",)),
        ("corrected", QUESTION, ("He did, in 2021.",), ("other.txt",)),
        ("refused", QUESTION, (), ()),
    ]
    assert questions[0].history == (Turn("first?", "She did."),)


def test_a_corrected_answer_rests_on_what_was_cited_if_a_search_finds_nothing(store: FeedbackStore) -> None:
    store.add([answered("a")])
    judge(store, "a", "He did.")

    (line,) = export_judged(store, {"d.txt"}, lambda _: None).lines

    assert json.loads(line)["documents"] == ["d.txt"]


def test_a_thumb_down_alone_says_not_what_is_right(store: FeedbackStore) -> None:
    store.add([answered("a")])
    store.give(Feedback("a", "down", "Wrong.", "", 0))

    assert export_judged(store, {"d.txt"}, lambda _: None).lines == ()
