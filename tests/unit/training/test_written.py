"""The written pairs: well formed, half true, and split by text."""

import json
from collections import Counter

from training.pair import Pair
from training.written import FOLDER, read_written

TRAIN, HELD_OUT = list(read_written(held_out=False)), list(read_written(held_out=True))


def test_every_line_has_statements_or_questions_or_says_whether_it_orders() -> None:
    for file in sorted(FOLDER.glob("*.jsonl")):
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), start=1):
            row, place = json.loads(line), f"{file.name}:{number}"
            assert len(row["text"]) > 20, place
            if file.stem == "orders":
                assert row["orders"] in {True, False}, place
                continue
            assert len(row["statements"]) in {0, 8}, place
            assert {one["label"] for one in row["statements"]} <= {"supported", "contradicted", "not said"}, place
            assert len(row["answered"]) == len(row["unanswered"]) == (2 if row["statements"] else 5), place


def test_half_of_the_statements_are_true_in_each_language() -> None:
    counts = Counter((one.language, one.label == "supported") for one in (*TRAIN, *HELD_OUT) if one.task == "says")

    for language in {language for language, _ in counts}:
        assert counts[language, True] == counts[language, False]


def test_a_text_either_trains_or_measures() -> None:
    assert {one.text for one in TRAIN}.isdisjoint({one.text for one in HELD_OUT})
    assert 0.05 < len(HELD_OUT) / len(TRAIN) < 0.2


def test_a_question_is_answered_or_not() -> None:
    labels: Counter[str] = Counter(one.label for one in TRAIN if one.task == "answers")

    assert labels == {"supported": labels.total() // 2, "not supported": labels.total() // 2}
    assert all(isinstance(one, Pair) for one in TRAIN)
