"""Choose the few sentences, rows and lists of the documents that a reader is shown, none of them twice. Pure.

Goes in: places, best first. Comes out: what stands there, whole, as a reader is told it.
"""

from collections.abc import Callable, Iterable, Sequence

from rag.answering.answer_builder import Offered
from rag.answering.reply.sentence_check import CheckedSentence
from rag.text.injection import gives_orders
from rag.text.statements import is_question, may_answer
from rag.types import Evidence, Hit, Span

Place = tuple[Hit, Span]
UnitOf = Callable[[Hit, Span], Span]
Quote = Callable[[Hit, Span], str]


def places_of(written: Iterable[CheckedSentence], evidence: Iterable[Evidence] = ()) -> list[Place]:
    """Return what an LLM's sentences come nearest to, in their order, and behind it the evidence.

    What an LLM read and wrote from is likelier to answer than what is likest to the question.
    """
    found = [checked.nearest for checked in written if checked.nearest]
    return [*found, *((one.hit, one.sentence) for one in evidence)]


def choose_units(places: Iterable[Place], unit_of: UnitOf, quote: Quote, *, most: int) -> list[Offered]:
    """Return at most so many units that the places stand in, in the order of the places.

    Left out are questions, titles and what gives orders, and units that overlap an earlier one or read as one does.

    Args:
        unit_of: Returns the whole row or list that a sentence stands in, or the sentence.
        quote: Returns some words of a hit's document as a reader is told them.
    """
    offered: list[Offered] = []
    taken: list[tuple[str, Span]] = []
    for hit, sentence in places:
        text = hit.passage.text_of(sentence)
        if len(offered) >= most:
            break
        if not may_answer(text, hit.passage) or gives_orders(text):
            continue
        unit = unit_of(hit, sentence)
        document_id = hit.passage.document_id
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


def _overlap(one: Span, other: Span) -> bool:
    return one.start < other.end and other.start < one.end
