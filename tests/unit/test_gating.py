import pytest

from rag.gating import estimate_answerable, estimate_answered


def test_a_yes_and_good_evidence_each_make_an_answer_likelier() -> None:
    doubtful = estimate_answerable(0.5, 0.5)

    # The logistic function of the bias alone: 1 / (1 + e^0.80).
    assert doubtful == pytest.approx(0.310, abs=1e-3)
    assert estimate_answerable(0.9, 0.5) > doubtful > estimate_answerable(0.1, 0.5)
    assert estimate_answerable(0.5, 0.9) > doubtful > estimate_answerable(0.5, 0.1)


def test_what_is_written_counts_as_far_as_it_is_supported() -> None:
    doubtful = estimate_answered(0.5, 0.5, 0.5)

    # 1 / (1 + e^0.86).
    assert doubtful == pytest.approx(0.297, abs=1e-3)
    assert estimate_answered(0.5, 0.5, 0.9) > doubtful > estimate_answered(0.5, 0.5, 0.1)


@pytest.mark.parametrize("yes", [0.0, 1.0])
def test_a_model_that_is_certain_is_not_believed_without_end(yes: float) -> None:
    assert 0.0 < estimate_answerable(yes, 1.0 - yes) < 1.0
