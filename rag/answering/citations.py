"""Number the spans that an answer cites, and render its sentences with markers. Pure."""

from collections.abc import Callable, Sequence

from rag.types import AnswerSentence, Citation, Outcome, Span


class CitationBook:
    """Numbers citations from 1 in order of appearance; a span keeps its number."""

    def __init__(self) -> None:
        self._by_span: dict[tuple[str, int, int], Citation] = {}

    def number(self, cite: Callable[[int], Citation], document_id: str, span: Span) -> tuple[Citation, bool]:
        """Return the citation of a span and whether it is new; `cite` makes one with a number."""
        key = (document_id, span.start, span.end)
        if key in self._by_span:
            return self._by_span[key], False
        self._by_span[key] = cite(len(self._by_span) + 1)
        return self._by_span[key], True

    def citations(self) -> tuple[Citation, ...]:
        return tuple(self._by_span.values())


def render_sentence(sentence: AnswerSentence) -> str:
    """Return a sentence followed by its markers: `Grushko said so. [1][2]`."""
    markers = render_markers(sentence)
    return f"{sentence.text} {markers}" if markers else sentence.text


def render_markers(sentence: AnswerSentence) -> str:
    return "".join(f"[{number}]" for number in sentence.citations)


def answer_parts(outcome: Outcome, note: str, sentences: Sequence[AnswerSentence]) -> list[str]:
    """Return the pieces of an answer's text, to be joined.

    For "possible" the note comes first, and each sentence has a line of its own below it. Otherwise
    the note comes last, a quote has a line of its own, and other sentences follow after a space.
    """
    if outcome == "possible":
        return [note, *(f"\n{render_sentence(sentence)}" for sentence in sentences)]
    pieces = []
    last = None
    for sentence in sentences:
        pieces.append(separator(last, begins_line=sentence.quoted) + render_sentence(sentence))
        last = sentence
    return [*pieces, separator(last) + note] if note else pieces


def separator(last: AnswerSentence | None, *, begins_line: bool = False) -> str:
    """Return what separates a sentence or note from the sentence before it."""
    if last is None:
        return ""
    return "\n" if begins_line or last.quoted else " "
