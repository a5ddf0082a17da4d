from statistics import fmean

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.evaluation.metrics.citations import CitationQuality, judge_citations, judge_citations_by_gold
from rag.evaluation.metrics.verdicts import JudgedAnswer
from tests.unit.evaluation.judged_answers import GOLD, make_judged


def test_a_sentence_with_a_gold_answer_is_supported_where_a_citation_covers_a_gold_span() -> None:
    covered = make_judged(GOLD, ["It carries 420."], spans=[(0, 20), (50, 60)])
    beside = make_judged(GOLD, ["It carries 420."], spans=[(50, 60)])

    # Recall 1 and 0; precision one of two and none of one.
    assert judge_citations_by_gold([covered, beside]) == CitationQuality(0.5, 0.25, 2)


def test_of_other_sentences_the_answerers_own_word_is_taken() -> None:
    judged = make_judged(GOLD, ["It carries 420.", "Dogs pay nothing."], spans=[(50, 60)])

    # The first is not supported by gold, the second is by its own word.
    assert judge_citations([judged]) == CitationQuality(0.5, 0.5, 2)
    assert judge_citations_by_gold([judged]) == CitationQuality(0.0, 0.0, 1)


def test_a_sentence_marked_as_unsupported_is_not_supported() -> None:
    assert judge_citations([make_judged(GOLD, ["Dogs pay."], supported=False)]) == CitationQuality(0.0, 0.0, 1)


def test_declined_questions_do_not_count() -> None:
    assert judge_citations([make_judged(GOLD, None)]) == CitationQuality(None, None, 0)


def test_each_answer_counts_the_same_however_many_sentences_it_has() -> None:
    long = make_judged(GOLD, ["It carries 420."] * 3, spans=[(0, 20)])
    short = make_judged(GOLD, ["It carries 420."], spans=[(50, 60)])

    # One wholly supported, one not at all; over sentences it would be 3 of 4.
    assert judge_citations([long, short]) == CitationQuality(0.5, 0.5, 4)


def test_a_sentence_without_citations_is_not_supported_whatever_the_answerer_says() -> None:
    assert judge_citations([make_judged(GOLD, ["Dogs pay."], spans=[])]) == CitationQuality(0.0, 0.0, 1)
    assert judge_citations([make_judged(GOLD, ["It carries 420."], spans=[])]) == CitationQuality(0.0, 0.0, 1)


def test_a_span_of_another_document_supports_no_gold_answer() -> None:
    judged = make_judged(GOLD, ["It carries 420."], spans=[(0, 20)], uri="b.txt")

    assert judge_citations([judged]) == CitationQuality(0.0, 0.0, 1)


SPANS = st.lists(st.sampled_from([(0, 20), (11, 40), (50, 60)]), max_size=4)
TEXTS = st.lists(st.sampled_from(["It carries 420.", "Dogs pay nothing."]), min_size=1, max_size=4)


@given(st.lists(st.builds(make_judged, st.just(GOLD), TEXTS, SPANS), min_size=1, max_size=5))
def test_figures_are_means_over_answers_whatever_their_order(answers: list[JudgedAnswer]) -> None:
    together, alone = judge_citations(answers[::-1]), [judge_citations([one]) for one in answers]

    assert together.recall == pytest.approx(fmean(one.recall or 0.0 for one in alone))
    assert together.precision == pytest.approx(fmean(one.precision or 0.0 for one in alone))
    assert together.n_sentences == sum(len(one.answer.sentences) for one in answers)
