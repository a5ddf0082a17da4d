"""Choose the few sentences of the documents that a reader is shown as an answer, or as what may be one. Pure.

Goes in: the evidence, best first, and what an LLM wrote without its being confirmed. Comes out: whole sentences, rows
and list items, none of them twice.
"""

from collections.abc import Callable, Iterator, Sequence

from rag.composing import Offered
from rag.evidence import is_question, may_answer
from rag.smuggling import gives_orders
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
        text = hit.passage.text_of(sentence)
        if not may_answer(text, hit.passage) or gives_orders(text):
            continue
        unit = unit_of(hit, sentence)
        document_id = hit.passage.document_id
        if len(offered) >= most:
            break
        if any(document_id == other and _overlap(unit, span) for other, span in taken):
            continue
        quoted = quote(hit, unit)
        if any(quoted == one.text for one in offered):
            continue
        taken.append((document_id, unit))
        offered.append(Offered(quoted, ((hit, unit),)))
    return offered


def offer_first(hits: Sequence[Hit], quote: Quote) -> list[Offered]:
    """Return the first line of the hits that is no question and gives no order, where none of them is a statement."""
    for hit in hits:
        for span in hit.passage.sentences:
            text = hit.passage.text_of(span)
            if not is_question(text) and not gives_orders(text):
                return [Offered(quote(hit, span), ((hit, span),))]
    return []


def _places(evidence: Sequence[Evidence], withheld: Sequence[CheckedSentence]) -> Iterator[tuple[Hit, Span]]:
    for checked in withheld:
        if checked.nearest:
            yield checked.nearest
    for one in evidence:
        yield one.hit, one.sentence


def _overlap(one: Span, other: Span) -> bool:
    return one.start < other.end and other.start < one.end
