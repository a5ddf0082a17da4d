"""Score answers against gold answers and spans. Pure arithmetic over what a question got."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import quantiles

from rag.types import Answer, Hit, Span


@dataclass(frozen=True, slots=True)
class GoldQuestion:
    """A question with what is right.

    Attributes:
        document: The uri of the document that was asked about.
        answers: Texts of which a right answer holds at least one, case ignored; empty where the documents do not say.
            The first of them are what stands at `spans`, one a span.
        spans: Where the answers stand; a citation or hit is right when it covers one of them.
        passage: The paragraph that was asked about; None where the set does not say.
    """

    id: str
    question: str
    document: str
    answers: tuple[str, ...]
    spans: tuple[Span, ...]
    passage: Span | None = None

    @property
    def is_answerable(self) -> bool:
        return bool(self.answers)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one question got.

    Attributes:
        hit_uris: The uri of each hit's document.
        are_quotes_exact: Whether every citation's quote is the document's text at its offsets.
        sources_ms: When the sources were told, since the question.
        first_text_ms: When the first text was told; None when none was.
    """

    gold: GoldQuestion
    answer: Answer
    hits: tuple[Hit, ...]
    hit_uris: tuple[str, ...]
    are_quotes_exact: bool
    sources_ms: float
    first_text_ms: float | None


@dataclass(frozen=True, slots=True)
class Scores:
    """Figures over a set of questions; fractions are 0 to 1, None where there was nothing to count.

    Attributes:
        right_at_1, right_at_5: Answerable questions whose first, or one of whose first five, hits covers a gold span.
        answers_right: Answerable questions whose answer holds a gold answer.
        answers_right_and_cited: Those that also cite a span that covers it.
        citations_right: Of all citations under answers to answerable questions, those that cover a gold span.
        abstained_on_unanswerable, declined_on_answerable: Silence where it is right and where it is wrong.
    """

    n_answerable: int
    n_unanswerable: int
    right_at_1: float | None
    right_at_5: float | None
    n_answers_right: int
    n_answers_right_and_cited: int
    n_right_sentence_cited: int
    citations_right: float | None
    quotes_exact: float | None
    n_abstained_on_unanswerable: int
    n_declined_on_answerable: int
    sources_ms_p50: float | None
    sources_ms_p95: float | None
    first_text_ms_p50: float | None
    first_text_ms_p95: float | None


def score_outcomes(outcomes: Sequence[Outcome]) -> Scores:
    """Return the figures of a set."""
    answerable = [outcome for outcome in outcomes if outcome.gold.is_answerable]
    unanswerable = [outcome for outcome in outcomes if not outcome.gold.is_answerable]
    citations = [is_right for outcome in answerable for is_right in _right_citations(outcome)]
    sources_ms = [outcome.sources_ms for outcome in outcomes]
    first_text_ms = [outcome.first_text_ms for outcome in outcomes if outcome.first_text_ms is not None]
    return Scores(
        n_answerable=len(answerable),
        n_unanswerable=len(unanswerable),
        right_at_1=_fraction([is_found_within(outcome, 1) for outcome in answerable]),
        right_at_5=_fraction([is_found_within(outcome, 5) for outcome in answerable]),
        n_answers_right=sum(is_answer_right(outcome) for outcome in answerable),
        n_answers_right_and_cited=sum(is_answer_right(o) and is_right_cited(o) for o in answerable),
        n_right_sentence_cited=sum(is_right_cited(outcome) for outcome in answerable),
        citations_right=_fraction(citations),
        quotes_exact=_fraction([outcome.are_quotes_exact for outcome in outcomes if outcome.answer.citations]),
        n_abstained_on_unanswerable=sum(outcome.answer.abstained for outcome in unanswerable),
        n_declined_on_answerable=sum(outcome.answer.abstained for outcome in answerable),
        sources_ms_p50=percentile(sources_ms, 50),
        sources_ms_p95=percentile(sources_ms, 95),
        first_text_ms_p50=percentile(first_text_ms, 50),
        first_text_ms_p95=percentile(first_text_ms, 95),
    )


def is_answer_right(outcome: Outcome) -> bool:
    """Tell whether the answer holds a gold answer."""
    told = outcome.answer.answer.casefold()
    return not outcome.answer.abstained and any(gold.casefold() in told for gold in outcome.gold.answers)


def is_right_cited(outcome: Outcome) -> bool:
    """Tell whether a citation covers a gold span."""
    return any(_right_citations(outcome))


def is_found_within(outcome: Outcome, k: int) -> bool:
    """Tell whether one of the first k hits covers a gold span."""
    return any(
        uri == outcome.gold.document and covers(Span(hit.passage.start, hit.passage.end), outcome.gold.spans)
        for hit, uri in zip(outcome.hits[:k], outcome.hit_uris[:k], strict=True)
    )


def percentile(values: Sequence[float], percent: int) -> float | None:
    """Return a percentile by linear interpolation between the two nearest values; None of nothing."""
    if len(values) < 2:
        return round(values[0], 1) if values else None
    return round(quantiles(values, n=100, method="inclusive")[percent - 1], 1)


def covers(span: Span, golds: Sequence[Span]) -> bool:
    """Tell whether one of the gold spans lies wholly inside a span."""
    return any(span.start <= gold.start and gold.end <= span.end for gold in golds)


def _right_citations(outcome: Outcome) -> list[bool]:
    return [
        citation.uri == outcome.gold.document and covers(Span(citation.start, citation.end), outcome.gold.spans)
        for citation in outcome.answer.citations
    ]


def _fraction(claims: Sequence[bool]) -> float | None:
    return round(sum(claims) / len(claims), 4) if claims else None
