from rag.metrics import GoldQuestion, Outcome, percentile, score_outcomes
from rag.types import Answer, Citation, Hit, Passage, Span

GOLD = GoldQuestion("1", "How many?", "a.txt", ("420", "four hundred"), (Span(10, 13),))
UNANSWERABLE = GoldQuestion("2", "Who?", "a.txt", (), ())


def make_outcome(gold: GoldQuestion, text: str | None, span: tuple[int, int] = (0, 20), hit_start: int = 0) -> Outcome:
    citations = (Citation(1, "d", "t", "a.txt", None, (), "q", *span),) if text else ()
    answer = Answer("i", "c", gold.question, gold.question, text or "No.", (), citations, None if text else "weak_hits",
                    "llm" if text else "none", None, "v")  # fmt: skip
    passage = Passage("p", "d", 0, hit_start, hit_start + 30, "x" * 30, ())
    return Outcome(
        gold,
        answer,
        (Hit(passage, 1.0, 1, "dense"),),
        ("a.txt",),
        are_quotes_exact=True,
        sources_ms=5.0,
        first_text_ms=10.0 if text else None,
    )


def test_an_answer_is_right_and_cited_when_it_holds_the_text_and_covers_the_span() -> None:
    scores = score_outcomes([make_outcome(GOLD, "It carries 420. [1]")])

    assert (scores.n_answers_right, scores.n_answers_right_and_cited, scores.citations_right) == (1, 1, 1.0)


def test_a_citation_beside_the_answer_is_wrong() -> None:
    scores = score_outcomes([make_outcome(GOLD, "It carries 420. [1]", span=(11, 40))])

    assert (scores.n_answers_right, scores.n_answers_right_and_cited, scores.citations_right) == (1, 0, 0.0)


def test_silence_counts_where_it_is_right_and_where_it_is_wrong() -> None:
    scores = score_outcomes(
        [make_outcome(GOLD, None), make_outcome(UNANSWERABLE, None), make_outcome(UNANSWERABLE, "X")]
    )

    assert (scores.n_declined_on_answerable, scores.n_abstained_on_unanswerable, scores.n_unanswerable) == (1, 1, 2)


def test_a_hit_is_right_when_it_covers_the_answer() -> None:
    scores = score_outcomes([make_outcome(GOLD, "x"), make_outcome(GOLD, "x", hit_start=11)])

    assert scores.right_at_1 == 0.5


def test_percentiles_lie_between_the_nearest_values() -> None:
    assert percentile([10.0, 20.0, 30.0], 50) == 20.0
    assert percentile([10.0, 20.0], 95) == 19.5
    assert percentile([7.0], 95) == 7.0
    assert percentile([], 50) is None
