"""Measure retrieval over all questions of a set: each leg alone, and what they find together.

Goes in: questions and a retriever. Comes out: for each leg its figures with their intervals, how well the score of the
first hit fits its claim, and how each question was ranked.
"""

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
    """A question with what each leg found for it; legs alone are not asked what the documents do not say.

    Attributes:
        first_text: The first hit of the whole search; empty where there was none.
    """

    gold: GoldQuestion
    legs: Mapping[Stage, Ranking]
    first_text: str


@dataclass(frozen=True, slots=True)
class RetrievalFigures:
    """What was measured of a search.

    Attributes:
        legs: Figures by name, over the questions of which it is known where their answer stands.
        final_leg: The one that readers get: reranked where there is a reranker, else fused.
        reliability: Of the final leg's first score, over all questions; those without an answer count as not right.
        questions: In the set's order.
    """

    legs: Mapping[Stage, Mapping[str, Interval | None]]
    final_leg: Stage
    reliability: Reliability
    questions: tuple[JudgedQuestion, ...]

    @property
    def located(self) -> list[JudgedQuestion]:
        """Those of which it is known where their answer stands."""
        return [question for question in self.questions if question.gold.spans]


class RankingJudge:
    """Searches for one question after the other and judges what is found."""

    def __init__(
        self,
        retriever: Retriever,
        count_tokens: Callable[[str], int],
        stand_alone: Callable[[str, Sequence[Turn]], str],
        n_searched: int,
    ) -> None:
        """Take the collaborators.

        Args:
            stand_alone: Makes a question with the turns before it one that can be understood without them.
            n_searched: How many hits to ask for, at least N_RANKED and all that a reranker looks at: the fused order
                is told from these.
        """
        self._retriever = retriever
        self._count_tokens = count_tokens
        self._stand_alone = stand_alone
        self._n_searched = n_searched
        self._uri_by_id = {entry.id: entry.uri for entry in retriever.entries()}

    def judge(self, gold: GoldQuestion) -> JudgedQuestion:
        """Search by each leg where there is an answer to find, and else by all together.

        A follow-up is rewritten by rule, as it is for readers where there is no LLM.
        """
        query = self._stand_alone(gold.question, gold.history)
        hits = self._retriever.search(query, k=self._n_searched, question=gold.question)
        by_leg: dict[Stage, Sequence[Hit]] = {}
        if gold.spans:
            by_leg["dense"] = self._retriever.search_leg(query, "dense", k=N_RANKED)
            # Several of the nearest sentences may be in one passage.
            nearest = self._retriever.search_leg(query, "sentence", k=3 * N_RANKED)
            by_leg["sentence"] = nearest[:N_RANKED]
            by_leg["lexical"] = self._retriever.search_leg(query, "lexical", k=N_RANKED)
        by_leg["fused"] = hits
        if any(hit.stage == "reranked" for hit in hits):
            by_leg["fused"] = sorted(hits, key=lambda hit: -_confidence(hit))
            by_leg["reranked"] = hits
        rankings = {leg: self._judge_hits(gold, found[:N_RANKED]) for leg, found in by_leg.items()}
        return JudgedQuestion(gold, rankings, hits[0].passage.text if hits else "")

    def _judge_hits(self, gold: GoldQuestion, hits: Sequence[Hit]) -> Ranking:
        uris = [self._uri_by_id[hit.passage.document_id] for hit in hits]
        return judge_hits(gold, hits, uris, self._count_tokens)


def measure_retrieval(
    questions: Sequence[GoldQuestion], judge: RankingJudge, report: Callable[[int, int], None], *, seed: int
) -> RetrievalFigures:
    """Measure a search over a set.

    Args:
        questions: At least one is answerable.
        report: Called with the questions done and in all.
    """
    judged = []
    for n_done, gold in enumerate(questions, start=1):
        judged.append(judge.judge(gold))
        report(n_done, len(questions))
    return _summarise(judged, seed)


def _summarise(judged: Sequence[JudgedQuestion], seed: int) -> RetrievalFigures:
    final_leg: Stage = "reranked" if any("reranked" in one.legs for one in judged) else "fused"
    # A question that the reranker had no time for has its fused ranking as its last.
    judged = [replace(one, legs={**one.legs, final_leg: one.legs.get(final_leg, one.legs["fused"])}) for one in judged]
    located = [one for one in judged if one.gold.spans]
    # Of the others nobody can say whether the first hit is right.
    final = [one.legs[final_leg] for one in judged if one.gold.spans or not one.gold.is_answerable]
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


def _confidence(hit: Hit) -> float:
    return hit.legs.confidence if hit.legs else hit.score
