from dataclasses import replace

from rag.evaluation.measure_retrieval import RankingJudge, judge_found_nothing, summarise_retrieval
from rag.types import FileEntry, Hit, LegScores, Passage, Stage, Turn
from tests.reports import make_question

RIGHT, WRONG = (100, 130), (0, 50)


def make_hits(spans: list[tuple[int, int]], stage: Stage) -> list[Hit]:
    return [
        Hit(Passage(f"p{start}", "d1", 0, start, end, "x" * (end - start), ()), 1 / rank, rank, stage)
        for rank, (start, end) in enumerate(spans, start=1)
    ]


class FakeRetriever:
    """Finds what it is told, and remembers what it was asked."""

    def __init__(self, found: list[Hit]) -> None:
        self.found = found
        self.asked: list[str] = []

    def entries(self) -> list[FileEntry]:
        return [
            FileEntry(uri="a.txt", sha256="0" * 64, id="d1"),
            FileEntry(uri="bad.pdf", sha256="1" * 64, reason="damaged"),
        ]

    def correct(self, query: str) -> str:
        return query

    def search(self, query: str, *, k: int, **_: object) -> list[Hit]:
        self.asked.append(f"{query} all")
        return self.found[:k]

    def search_leg(self, query: str, leg: Stage, *, k: int) -> list[Hit]:
        self.asked.append(f"{query} {leg}")
        return make_hits([WRONG, RIGHT] if leg == "dense" else [WRONG], leg)[:k]


def measure(retriever: FakeRetriever, *questions):
    judge = RankingJudge(retriever, len, lambda question, history: f"{question}{' after all' * len(history)}", 20)
    return summarise_retrieval([judge.judge(question) for question in questions], seed=1)


def test_each_leg_is_measured_alone_and_all_together() -> None:
    figures = measure(FakeRetriever(make_hits([RIGHT], "fused")), make_question(1))

    assert {leg: found["mrr_at_10"].value for leg, found in figures.legs.items()} == {
        "dense": 0.5,
        "sentence": 0.0,
        "lexical": 0.0,
        "fused": 1.0,
    }
    assert figures.final_leg == "fused"


def test_what_has_no_answer_is_searched_only_for_the_reliability_of_the_score() -> None:
    retriever = FakeRetriever(make_hits([RIGHT], "fused"))

    figures = measure(retriever, make_question(1, is_answerable=False), make_question(2))

    assert retriever.asked == ["When? all", "When? all", "When? dense", "When? sentence", "When? lexical"]
    assert [one.share_right for one in figures.reliability.bins] == [0.0, 1.0]
    assert figures.legs["fused"]["recall_at_1"].value == 1.0


def test_of_a_question_whose_answer_stands_nobody_knows_where_only_the_score_is_measured() -> None:
    retriever = FakeRetriever(make_hits([RIGHT], "fused"))
    unplaced = replace(make_question(2), answers=(), spans=(), passage=None, must_say=(("1820",),))

    figures = measure(retriever, make_question(1), unplaced)

    assert [one.gold.id for one in figures.located] == ["q1"]
    assert figures.legs["fused"]["recall_at_1"].value == 1.0
    assert len(retriever.asked) == 5


def test_a_reranked_search_is_measured_before_and_after_reranking() -> None:
    legs = LegScores(0.5, 0.5, 1.0, 1, 1, 1, (), 0.4)
    right, wrong = make_hits([RIGHT, WRONG], "reranked")
    found = [replace(right, legs=legs), replace(wrong, legs=replace(legs, confidence=0.8))]

    figures = measure(FakeRetriever(found), make_question(1))

    assert figures.legs["reranked"]["mrr_at_10"].value == 1.0
    assert figures.legs["fused"]["mrr_at_10"].value == 0.5
    assert figures.final_leg == "reranked"


def test_finding_nothing_is_a_result() -> None:
    figures = measure(FakeRetriever([]), make_question(1))

    assert figures.legs["fused"]["recall_at_10"].value == 0.0
    assert figures.reliability.bins[0].mean_score == 0.0


def test_of_documents_that_could_not_be_indexed_nothing_is_found() -> None:
    figures = summarise_retrieval([judge_found_nothing(make_question(1))], seed=1)

    assert {leg: found["recall_at_10"].value for leg, found in figures.legs.items()} == dict.fromkeys(figures.legs, 0.0)
    assert figures.legs.keys() == {"dense", "sentence", "lexical", "fused"}


def test_where_nobody_knows_whether_a_hit_is_right_the_score_is_not_judged() -> None:
    unplaced = replace(make_question(1), answers=(), spans=(), passage=None, must_say=(("1820",),))

    figures = measure(FakeRetriever(make_hits([RIGHT], "fused")), unplaced)

    assert (figures.located, figures.reliability.error, figures.reliability.bins) == ([], None, ())


def test_a_follow_up_is_searched_for_with_what_it_leans_on() -> None:
    retriever = FakeRetriever(make_hits([RIGHT], "fused"))
    history = (Turn("Who built the ferry Aurora?", "Ada Lind built it."),)

    measure(retriever, replace(make_question(1, text="And when was she born?"), history=history))

    legs = ("all", "dense", "sentence", "lexical")
    assert retriever.asked == [f"And when was she born? after all {leg}" for leg in legs]
