"""Choose the few sentences of the documents that a reader is shown as an answer, or as what may be one. Pure.

Goes in: the evidence, best first, and what an LLM wrote without its being confirmed. Comes out: whole sentences, rows
and list items, none of them twice.
"""

from collections.abc import Callable, Iterator, Sequence

from rag.composing import Offered
from rag.evidence import may_answer
from rag.telling import CheckedSentence
from rag.types import Evidence, Hit, Span

UnitOf = Callable[[Hit, Span], Span]
Quote = Callable[[Hit, Span], str]


def choose_offered(
    evidence: Sequence[Evidence],
    withheld: Sequence[CheckedSentence],
    shown: Sequence[CheckedSentence],
    unit_of: UnitOf,
    quote: Quote,
    *,
    most: int,
) -> list[Offered]:
    """Return at most so many sentences, best first.

    What an LLM read and wrote from is likelier to answer than what is likest to the question, so the places that its
    withheld sentences come nearest to go first.

    Args:
        shown: Withheld sentences that may be shown themselves, marked as not confirmed.
        unit_of: Returns the whole row or list that a sentence stands in, or the sentence.
        quote: Returns some words of a hit's document as a reader is told them.
    """
    offered = [Offered(one.text, ()) for one in shown if one.standing == "doubted"][:1]
    taken: list[tuple[str, Span]] = []
    for hit, sentence in _places(evidence, withheld):
        if not may_answer(hit.passage.text_of(sentence), hit.passage):
            continue
        unit = unit_of(hit, sentence)
        document_id = hit.passage.document_id
        if len(offered) >= most:
            break
        if any(document_id == other and _overlap(unit, span) for other, span in taken):
            continue
        text = quote(hit, unit)
        if any(text == one.text for one in offered):
            continue
        taken.append((document_id, unit))
        offered.append(Offered(text, ((hit, unit),)))
    return offered


def offer_passage(hit: Hit, quote: Quote) -> Offered:
    """Return a whole passage as what may answer."""
    span = Span(hit.passage.start, hit.passage.end)
    return Offered(quote(hit, span), ((hit, span),))


def _places(evidence: Sequence[Evidence], withheld: Sequence[CheckedSentence]) -> Iterator[tuple[Hit, Span]]:
    for checked in withheld:
        yield from checked.places[:1]
    for one in evidence:
        yield one.hit, one.sentence


def _overlap(one: Span, other: Span) -> bool:
    return one.start < other.end and other.start < one.end
