"""Judge the hits for a question against the place of its answer. Pure arithmetic.

For an answer, a hit is right if it covers an answer's whole span in the right document. For nDCG,
it is right if it overlaps the paragraph that was asked about. That paragraph is one relevant thing:
only the first hit that overlaps it counts, so nDCG is 1 / log2(1 + rank).
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from rag.evaluation.metrics.bootstrap import Interval, mean_interval
from rag.evaluation.metrics.verdicts import GoldQuestion, covers
from rag.types import Hit, Span, Stage

LEGS: tuple[Stage, ...] = ("dense", "sentence", "lexical", "fused", "reranked")
"""The legs that can be measured, in the order of the tables."""
N_RANKED = 20
_CONTEXT_TOKENS = (256, 512)


@dataclass(frozen=True, slots=True)
class Ranking:
    """How one search ranked the answer to one question.

    Attributes:
        answer_rank: Of the first hit that covers an answer; None if no hit does.
        passage_rank: Of the first hit that overlaps the gold paragraph; None if no hit does.
        has_passage: Whether the set names the paragraph that was asked about.
        tokens_to_answer: Tokens of the hits' texts, in rank order, up to the end of the first
            answer; None above 512.
        best_sentence_covers, best_sentence_overlaps: Whether the best sentence of the first hit
            covers or overlaps an answer; None if the search does not compare sentences.
        score: Of the first hit; 0 without hits.
        first_document, first_span: Place of the first hit; None without hits.
    """

    answer_rank: int | None
    passage_rank: int | None
    has_passage: bool
    tokens_to_answer: int | None
    best_sentence_covers: bool | None
    best_sentence_overlaps: bool | None
    score: float
    first_document: str | None
    first_span: Span | None

    @property
    def is_first_right(self) -> bool:
        return self.answer_rank == 1


def judge_hits(
    gold: GoldQuestion, hits: Sequence[Hit], uris: Sequence[str], count_tokens: Callable[[str], int]
) -> Ranking:
    """Judge a ranking.

    Args:
        hits: Best first.
        uris: Of each hit's document.
    """
    ranked = [(rank, uri, _span_of(hit)) for rank, (hit, uri) in enumerate(zip(hits, uris, strict=True), start=1)]
    passages = [(rank, span) for rank, uri, span in ranked if uri == gold.document]
    covering, overlapping = _judge_best_sentence(gold, hits, uris)
    return Ranking(
        answer_rank=next((rank for rank, uri, span in ranked if covers(span, gold.spans_in(uri))), None),
        passage_rank=next((rank for rank, span in passages if gold.passage and span.overlaps(gold.passage)), None),
        has_passage=gold.passage is not None,
        tokens_to_answer=_tokens_to_answer(gold, hits, uris, count_tokens),
        best_sentence_covers=covering,
        best_sentence_overlaps=overlapping,
        score=hits[0].score if hits else 0.0,
        first_document=uris[0] if hits else None,
        first_span=_span_of(hits[0]) if hits else None,
    )


def figure_of(figure: str, ranking: Ranking) -> float | None:
    """Return the value of a figure for one question, 0 to 1; None if it does not count."""
    value = _FIGURES[figure](ranking)
    return None if value is None else float(value)


def average_figures(rankings: Sequence[Ranking], *, seed: int) -> dict[str, Interval | None]:
    """Return every figure over the rankings; None if none of them counts."""
    return {figure: _average(figure, rankings, seed) for figure in FIGURES}


def _average(figure: str, rankings: Sequence[Ranking], seed: int) -> Interval | None:
    values = [value for ranking in rankings if (value := figure_of(figure, ranking)) is not None]
    return mean_interval(values, seed=seed) if values else None


def _tokens_to_answer(
    gold: GoldQuestion, hits: Sequence[Hit], uris: Sequence[str], count_tokens: Callable[[str], int]
) -> int | None:
    """Return the tokens of the hits up to the end of the first answer that a hit covers."""
    n_before = 0
    for hit, uri in zip(hits, uris, strict=True):
        start, end = _span_of(hit)
        ends = [span.end for span in gold.spans_in(uri) if start <= span.start and span.end <= end]
        if ends:
            n_tokens = n_before + count_tokens(hit.passage.text[: min(ends) - start])
            return n_tokens if n_tokens <= max(_CONTEXT_TOKENS) else None
        n_before += count_tokens(hit.passage.text)
        if n_before > max(_CONTEXT_TOKENS):
            return None
    return None


def _judge_best_sentence(
    gold: GoldQuestion, hits: Sequence[Hit], uris: Sequence[str]
) -> tuple[bool | None, bool | None]:
    """Return whether the first hit's best sentence covers an answer, and overlaps one."""
    if hits and not hits[0].sentence_scores:
        return None, None
    if not hits:
        return False, False
    first = hits[0]
    best = first.best_sentence or first.passage.sentences[int(np.argmax(first.sentence_scores))]
    spans = gold.spans_in(uris[0])
    return covers(best, spans), any(best.overlaps(span) for span in spans)


def _span_of(hit: Hit) -> Span:
    return Span(hit.passage.start, hit.passage.end)


def _is_right_within(k: int, ranking: Ranking) -> bool:
    return ranking.answer_rank is not None and ranking.answer_rank <= k


def _reciprocal_rank(k: int, ranking: Ranking) -> float:
    return 1 / ranking.answer_rank if ranking.answer_rank and ranking.answer_rank <= k else 0.0


def _discounted_gain(k: int, ranking: Ranking) -> float | None:
    """Return nDCG (Järvelin and Kekäläinen 2002) with one relevant thing and an ideal gain of 1."""
    if not ranking.has_passage:
        return None
    return 1 / math.log2(1 + ranking.passage_rank) if ranking.passage_rank and ranking.passage_rank <= k else 0.0


def _is_read_within(n_tokens: int, ranking: Ranking) -> bool:
    return ranking.tokens_to_answer is not None and ranking.tokens_to_answer <= n_tokens


_FIGURES: Mapping[str, Callable[[Ranking], float | None]] = {
    **{f"recall_at_{k}": partial(_is_right_within, k) for k in (1, 3, 5, 10)},
    "mrr_at_10": partial(_reciprocal_rank, 10),
    "ndcg_at_10": partial(_discounted_gain, 10),
    **{f"context_{n_tokens}": partial(_is_read_within, n_tokens) for n_tokens in _CONTEXT_TOKENS},
    "best_sentence_covers": lambda ranking: ranking.best_sentence_covers,
    "best_sentence_overlaps": lambda ranking: ranking.best_sentence_overlaps,
}
FIGURES = tuple(_FIGURES)
"""The names of the figures of a search, in the order of the tables."""
