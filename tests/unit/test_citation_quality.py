from rag.citation_quality import CitationQuality, judge_citations, judge_citations_by_gold
from tests.unit.outcomes import GOLD, make_outcome


def test_a_sentence_with_a_gold_answer_is_supported_where_a_citation_covers_a_gold_span() -> None:
    covered = make_outcome(GOLD, ["It carries 420."], spans=[(0, 20), (50, 60)])
    beside = make_outcome(GOLD, ["It carries 420."], spans=[(50, 60)])

    # Recall 1 and 0; precision one of two and none of one.
    assert judge_citations_by_gold([covered, beside]) == CitationQuality(0.5, 0.25, 2)


def test_of_other_sentences_the_answerers_own_word_is_taken() -> None:
    outcome = make_outcome(GOLD, ["It carries 420.", "Dogs pay nothing."], spans=[(50, 60)])

    # The first is not supported by gold, the second is by its own word.
    assert judge_citations([outcome]) == CitationQuality(0.5, 0.5, 2)
    assert judge_citations_by_gold([outcome]) == CitationQuality(0.0, 0.0, 1)


def test_a_sentence_marked_as_unsupported_is_not_supported() -> None:
    assert judge_citations([make_outcome(GOLD, ["Dogs pay."], supported=False)]) == CitationQuality(0.0, 0.0, 1)


def test_declined_questions_do_not_count() -> None:
    assert judge_citations([make_outcome(GOLD, None)]) == CitationQuality(None, None, 0)
