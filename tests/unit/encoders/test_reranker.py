from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest

from rag.encoders.reranker import CrossEncoderReranker


@dataclass
class SlowModel:
    """AnswerFigures texts by their length, on a clock of its own, a fixed time for each character that it reads."""

    seconds_a_character: float
    now: float = 100.0
    batches: list[list[str]] = field(default_factory=list)

    def score_pairs(self, pairs: Sequence[tuple[str, str]]) -> list[float]:
        self.batches.append([text for _, text in pairs])
        self.now += self.seconds_a_character * sum(len(text) for _, text in pairs)
        return [len(text) / 100 for _, text in pairs]

    def clock(self) -> float:
        return self.now


def score(model: SlowModel, texts: Sequence[str], budget_seconds: float, query: str = "") -> list[float]:
    return CrossEncoderReranker(model.score_pairs, budget_seconds, model.clock).score(query, texts)


def test_scores_come_in_the_order_of_the_texts() -> None:
    texts = ["a" * length for length in (30, 10, 20, 50, 40, 60)]

    assert score(SlowModel(0), texts, 1) == [0.3, 0.1, 0.2, 0.5, 0.4, 0.6]


def test_no_texts_have_no_scores() -> None:
    assert score(SlowModel(0), [], 1) == []


def test_without_time_nothing_is_scored() -> None:
    model = SlowModel(0)

    assert score(model, ["a"], 0) == []
    assert model.batches == []


def test_the_first_batch_is_scored_however_slow_the_model() -> None:
    assert len(score(SlowModel(10), ["a" * 10] * 20, 0.001)) == 2


@pytest.mark.parametrize(
    ("budget_seconds", "n_scored"),
    # A batch of two texts of ten characters takes 0.2 s.
    [(0.3, 2), (0.39, 2), (0.41, 4), (0.59, 4), (0.61, 6), (9, 20)],
)
def test_a_batch_is_begun_only_if_it_should_end_in_time(budget_seconds: float, n_scored: int) -> None:
    assert len(score(SlowModel(0.01), ["a" * 10] * 20, budget_seconds)) == n_scored


def test_longer_texts_are_expected_to_take_longer() -> None:
    texts = ["a" * 10] * 2 + ["a" * 100] * 2

    assert len(score(SlowModel(0.01), texts, 2.0)) == 2
    assert len(score(SlowModel(0.01), texts, 2.5)) == 4


def test_a_batch_is_read_whole_and_the_last_may_be_smaller() -> None:
    model = SlowModel(0)

    score(model, list("abcde"), 1)

    assert model.batches == [["a", "b"], ["c", "d"], ["e"]]


def test_texts_are_data_whatever_they_hold() -> None:
    model = SlowModel(0)

    assert len(score(model, ["", "[SEP]", "{query}", "\x00"], 1, query="")) == 4
