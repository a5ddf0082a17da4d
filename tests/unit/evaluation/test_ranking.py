import numpy as np
import pytest
import pytrec_eval

from rag.evaluation.metrics.ranking import FIGURES, average_figures, figure_of, judge_hits
from rag.evaluation.metrics.verdicts import GoldQuestion
from rag.types import Hit, Passage, Span

GOLD = GoldQuestion("q", "When?", "a.txt", ("1820",), (Span(110, 114),), Span(100, 200))


def make_hit(start: int, end: int, sentence_scores: tuple[float, ...] = (), rank: int = 1) -> Hit:
    """Return a passage of two sentences, the first of ten characters."""
    sentences = (Span(start, start + 10), Span(start + 10, end))
    return Hit(Passage("p", "d", 0, start, end, "x" * (end - start), sentences), 0.7, rank, "fused", sentence_scores)


def judge(*spans: tuple[int, int], uris: list[str] | None = None, gold: GoldQuestion = GOLD):
    hits = [make_hit(start, end, rank=rank) for rank, (start, end) in enumerate(spans, start=1)]
    return judge_hits(gold, hits, uris or ["a.txt"] * len(hits), len)


def test_the_first_hit_that_covers_an_answer_counts() -> None:
    ranking = judge((0, 50), (112, 160), (100, 130), (90, 140))

    assert ranking.answer_rank == 3
    assert [figure_of(figure, ranking) for figure in ("recall_at_1", "recall_at_3", "mrr_at_10")] == [0, 1, 1 / 3]


def test_a_hit_at_the_same_place_of_another_document_is_wrong() -> None:
    ranking = judge((100, 130), (100, 130), uris=["b.txt", "a.txt"])

    assert (ranking.answer_rank, ranking.passage_rank) == (2, 2)


def test_ranks_beyond_ten_count_for_nothing() -> None:
    ranking = judge(*[(0, 50)] * 10, (100, 130))

    assert ranking.answer_rank == 11
    assert [figure_of(figure, ranking) for figure in ("recall_at_10", "mrr_at_10", "ndcg_at_10")] == [0, 0, 0]


def test_a_paragraph_gains_once_by_the_first_hit_that_overlaps_it() -> None:
    ranking = judge((0, 50), (0, 100), (50, 101), (100, 200))

    assert ranking.passage_rank == 3
    assert figure_of("ndcg_at_10", ranking) == 0.5


def test_ndcg_does_not_count_where_the_set_names_no_paragraph() -> None:
    ranking = judge((100, 130), gold=GoldQuestion("q", "When?", "a.txt", ("1820",), (Span(110, 114),)))

    assert figure_of("ndcg_at_10", ranking) is None
    assert figure_of("recall_at_1", ranking) == 1


def test_context_is_cut_inside_a_passage_just_after_the_answer() -> None:
    assert judge((0, 50), (100, 400)).tokens_to_answer == 50 + 14
    assert figure_of("context_256", judge((500, 742), (100, 400))) == 1
    assert figure_of("context_256", judge((500, 743), (100, 400))) == 0
    assert figure_of("context_512", judge((500, 743), (100, 400))) == 1


def test_an_answer_beyond_the_context_is_not_in_it() -> None:
    assert judge((500, 999), (100, 130)).tokens_to_answer is None
    assert judge((500, 1100), (100, 130)).tokens_to_answer is None


def test_the_nearest_of_several_answers_ends_the_context() -> None:
    gold = GoldQuestion("q", "When?", "a.txt", ("1820", "in 1820"), (Span(150, 154), Span(110, 117)))

    assert judge((100, 200), gold=gold).tokens_to_answer == 17


def test_the_best_sentence_of_the_first_hit_has_the_answer_or_touches_it() -> None:
    has_it = judge_hits(GOLD, [make_hit(100, 130, (0.1, 0.9))], ["a.txt"], len)
    beside_it = judge_hits(GOLD, [make_hit(100, 130, (0.9, 0.1))], ["a.txt"], len)
    touches_it = judge_hits(GOLD, [make_hit(102, 130, (0.9, 0.1))], ["a.txt"], len)
    elsewhere = judge_hits(GOLD, [make_hit(100, 130, (0.1, 0.9))], ["b.txt"], len)

    assert (has_it.best_sentence_covers, has_it.best_sentence_overlaps) == (True, True)
    assert (beside_it.best_sentence_covers, beside_it.best_sentence_overlaps) == (False, False)
    assert (touches_it.best_sentence_covers, touches_it.best_sentence_overlaps) == (False, True)
    assert (elsewhere.best_sentence_covers, elsewhere.best_sentence_overlaps) == (False, False)


def test_sentences_do_not_count_where_a_search_does_not_compare_them() -> None:
    assert figure_of("best_sentence_covers", judge((100, 130))) is None


def test_finding_nothing_counts_as_not_found_everywhere() -> None:
    ranking = judge_hits(GOLD, [], [], len)

    assert {figure_of(figure, ranking) for figure in FIGURES} == {0.0}


def test_figures_that_no_question_counts_for_are_none() -> None:
    figures = average_figures([judge((100, 130)), judge((0, 50))], seed=1)

    assert figures["recall_at_1"] is not None
    assert figures["recall_at_1"].value == 0.5
    assert figures["best_sentence_covers"] is None


@pytest.mark.parametrize("seed", range(20))
def test_figures_equal_those_of_trec_eval_on_random_rankings(seed: int) -> None:
    covering, near = (np.random.default_rng(seed).random((2, 20)) < 0.15).tolist()
    overlapping = [covers or is_near for covers, is_near in zip(covering, near, strict=True)]
    spans = [
        (100, 130) if covers else (150, 160) if overlaps else (0, 50)
        for covers, overlaps in zip(covering, overlapping, strict=True)
    ]
    first = overlapping.index(True) if True in overlapping else None
    # trec_eval knows documents only: the paragraph is the first hit that overlaps it, or something that was not found.
    names = ["paragraph" if place == first else f"hit{place:02}" for place in range(20)]
    run = {"q": {name: float(100 - place) for place, name in enumerate(names[:10])}}
    answers = {name: int(covers) for name, covers in zip(names, covering, strict=True)}
    by_answer = pytrec_eval.RelevanceEvaluator({"q": answers}, {"success", "recip_rank"}).evaluate(run)["q"]
    by_passage = pytrec_eval.RelevanceEvaluator({"q": {"paragraph": 1}}, {"ndcg_cut.10"}).evaluate(run)["q"]

    ranking = judge(*spans)

    for k in (1, 5, 10):
        assert figure_of(f"recall_at_{k}", ranking) == by_answer[f"success_{k}"]
    assert figure_of("mrr_at_10", ranking) == pytest.approx(by_answer["recip_rank"])
    assert figure_of("ndcg_at_10", ranking) == pytest.approx(by_passage["ndcg_cut_10"])
