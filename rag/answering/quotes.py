"""Choose the sentences, rows and lists that are quoted, none of them twice. Pure."""

from collections.abc import Callable, Iterable, Sequence

from rag.answering.answer_builder import HitSpan, Quote
from rag.answering.reply.sentence_check import CheckedSentence
from rag.text.statements import is_instruction, is_question, is_statement
from rag.text.words import Stem, coverage, negates, split_words, stems_of
from rag.types import Evidence, Hit, Span

UnitOf = Callable[[Hit, Span], Span]
ReadWords = Callable[[Hit, Span], str]
# A quote repeats the text shown if that holds this share of its content words.
_SHARE_REPEATED = 0.8


def places_of(generated: Iterable[CheckedSentence], evidence: Iterable[Evidence] = ()) -> list[HitSpan]:
    """Return the places nearest to generated sentences, in order, then those of the evidence.

    A place that the LLM used is more likely to answer than the sentence most like the question.
    """
    nearest = [checked.nearest for checked in generated if checked.nearest]
    return [*nearest, *((one.hit, one.sentence) for one in evidence)]


def choose_quotes(places: Iterable[HitSpan], unit_of: UnitOf, read: ReadWords, *, most: int) -> list[Quote]:
    """Return the units around the places as quotes, in the order of the places.

    Questions, titles and orders to an LLM are left out. So are units that overlap an earlier unit
    or have the same words.

    Args:
        unit_of: Returns the row or list that holds a sentence, or the sentence itself.
        read: Returns a span of a hit's document as users see it.
        most: The most quotes to return.
    """
    quotes: list[Quote] = []
    taken: list[tuple[str, Span]] = []
    for hit, sentence in places:
        if len(quotes) >= most:
            break
        text = hit.passage.text_of(sentence)
        if not is_statement(text, hit.passage) or is_instruction(text):
            continue
        unit = unit_of(hit, sentence)
        document_id = hit.passage.document_id
        if any(document_id == other and unit.overlaps(span) for other, span in taken):
            continue
        words = read(hit, unit)
        if any(words == quote.text for quote in quotes):
            continue
        taken.append((document_id, unit))
        quotes.append(Quote(words, ((hit, unit),)))
    return quotes


def first_line(hits: Sequence[Hit], read: ReadWords) -> list[Quote]:
    """Return the first line of the hits that is neither a question nor an order to an LLM."""
    for hit in hits:
        for span in hit.passage.sentences:
            text = hit.passage.text_of(span)
            if not is_question(text) and not is_instruction(text):
                return [Quote(read(hit, span), ((hit, span),))]
    return []


def leave_out_repeated(quotes: Sequence[Quote], shown: Sequence[str], stem: Stem) -> list[Quote]:
    """Return the quotes that say more than the sentences shown and the quotes before them."""
    said = list(shown)
    kept = []
    for quote in quotes:
        content = [word.stem for word in split_words(quote.text, stem) if word.is_content]
        # "Dogs are not allowed" does not repeat "Dogs are allowed".
        alike = [text for text in said if negates(text) == negates(quote.text)]
        if not content or coverage(content, stems_of(split_words("\n".join(alike), stem))) < _SHARE_REPEATED:
            kept.append(quote)
            said.append(quote.text)
    return kept
