"""Measure retrieval over all questions of a set: each leg alone, and the whole search."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from rag.evaluation.metrics.bootstrap import Interval
from rag.evaluation.metrics.ranking import LEGS, N_RANKED, Ranking, average_figures, judge_hits
from rag.evaluation.metrics.reliability import Reliability, measure_reliability
from rag.evaluation.metrics.verdicts import GoldQuestion
from rag.retrieval.retriever import Retriever
from rag.types import Hit, Stage, Turn


@dataclass(frozen=True, slots=True)
class JudgedQuestion:
    """A question with the ranking of each leg; legs alone search only for answerable questions.

    Attributes:
        first_text: The text of the first hit of the whole search; empty if there was none.
    """

    gold: GoldQuestion
    legs: Mapping[Stage, Ranking]
    first_text: str


@dataclass(frozen=True, slots=True)
class RetrievalFigures:
    """The figures of a search.

    Attributes:
        legs: Figures by name, over the questions whose answers have a known place.
        final_leg: The one that readers get: reranked if there is a reranker, else fused.
        reliability: Of the final leg's first score, over all questions. A hit for a question
            without an answer counts as wrong.
        questions: In the set's order.
    """

    legs: Mapping[Stage, Mapping[str, Interval | None]]
    final_leg: Stage
    reliability: Reliability
    questions: tuple[JudgedQuestion, ...]

    @property
    def located(self) -> list[JudgedQuestion]:
        """The questions whose answers have a known place."""
        return [question for question in self.questions if question.gold.is_located]


class RankingJudge:
    """Searches for questions and judges the hits."""

    def __init__(
        self,
        retriever: Retriever,
        count_tokens: Callable[[str], int],
        stand_alone: Callable[[str, Sequence[Turn]], str],
        n_searched: int,
    ) -> None:
        """Keep the arguments.

        Args:
            stand_alone: Rewrites a question so that it can be understood without its turns.
            n_searched: Hits to retrieve: at least N_RANKED, and all that a reranker scores, from
                which the fused order is restored.
        """
        self._retriever = retriever
        self._count_tokens = count_tokens
        self._stand_alone = stand_alone
        self._n_searched = n_searched
        self._uri_by_id = {entry.id: entry.uri for entry in retriever.entries()}

    def judge(self, gold: GoldQuestion) -> JudgedQuestion:
        """Search with all legs together, and with each alone if the answer has a known place.

        A follow-up is rewritten by rule, as it is for readers without an LLM.
        """
        query = self._stand_alone(gold.question, gold.history)
        question = self._retriever.correct(gold.question)
        hits = self._retriever.search(query, k=self._n_searched, question=question)
        by_leg: dict[Stage, Sequence[Hit]] = {}
        if gold.is_located:
            by_leg["dense"] = self._retriever.search_leg(query, "dense", k=N_RANKED)
            # One passage may have several of the nearest sentences.
            nearest = self._retriever.search_leg(query, "sentence", k=3 * N_RANKED)
            by_leg["sentence"] = nearest[:N_RANKED]
            by_leg["lexical"] = self._retriever.search_leg(query, "lexical", k=N_RANKED)
        by_leg["fused"] = hits
        if any(hit.stage == "reranked" for hit in hits):
            by_leg["fused"] = sorted(hits, key=lambda hit: -hit.confidence)
            by_leg["reranked"] = hits
        rankings = {leg: self._judge_hits(gold, found[:N_RANKED]) for leg, found in by_leg.items()}
        return JudgedQuestion(gold, rankings, hits[0].passage.text if hits else "")

    def _judge_hits(self, gold: GoldQuestion, hits: Sequence[Hit]) -> Ranking:
        uris = [self._uri_by_id[hit.passage.document_id] for hit in hits]
        return judge_hits(gold, hits, uris, self._count_tokens)


def judge_found_nothing(gold: GoldQuestion) -> JudgedQuestion:
    """Return what a question gets whose documents could not be indexed."""
    return JudgedQuestion(gold, dict.fromkeys(LEGS[:-1], judge_hits(gold, (), (), len)), "")


def summarise_retrieval(judged: Sequence[JudgedQuestion], *, seed: int) -> RetrievalFigures:
    """Return the figures of a search over a set.

    Args:
        judged: At least one.
    """
    final_leg: Stage = "reranked" if any("reranked" in one.legs for one in judged) else "fused"
    # If the reranker had no time for a question, its fused ranking is final.
    judged = [replace(one, legs={**one.legs, final_leg: one.legs.get(final_leg, one.legs["fused"])}) for one in judged]
    located = [one for one in judged if one.gold.is_located]
    # Whether the first hit is right is unknown for answerable questions without a place.
    final = [one.legs[final_leg] for one in judged if one.gold.is_located or not one.gold.is_answerable]
    legs = [leg for leg in LEGS if leg in (located or judged)[0].legs]
    return RetrievalFigures(
        legs={leg: average_figures([one.legs[leg] for one in located], seed=seed) for leg in legs},
        final_leg=final_leg,
        reliability=measure_reliability(
            [ranking.score for ranking in final],
            [ranking.is_first_right for ranking in final],
        ),
        questions=tuple(judged),
    )
