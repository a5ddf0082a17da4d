"""Read the model's text sentence by sentence as it streams, and number the citations of the finished sentences.

Goes in: text cut anywhere. Comes out: the same sentences whatever the cut, free of the model's own `[n]` markers, which
are kept as hints only. Numbers on the reader's side are given here, from 1, in order of appearance.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from rag.types import AnswerSentence, Citation, Span

SplitSentences = Callable[[str], list[Span]]

# [1], [1,2], [1-3], 【1】; not x[0], not [example].
_MARKER = re.compile(r"(?:\s+|(?<![\w\]]))((?:[\[【]\s*\d{1,3}(?:\s*[,–-]\s*\d{1,3})*\s*[\]】])+)")
_OPEN_BRACKET = re.compile(r"[\[【][\d\s,–-]*$")
_RANGE = re.compile(r"(\d+)\s*[–-]\s*(\d+)|(\d+)")
# The boundary after a sentence is decided once this many whole words follow it: a segmenter looks no further ahead.
_WORDS_OF_LOOKAHEAD = 2


@dataclass(frozen=True, slots=True)
class Draft:
    """One sentence as the model wrote it, markers removed, and the context numbers that the markers named."""

    text: str
    hints: frozenset[int]


class SentenceReader:
    """Turns streamed text into Drafts; the result depends on the text alone, not on how it was cut."""

    def __init__(self, split_sentences: SplitSentences) -> None:
        self._split_sentences = split_sentences
        self._pending = ""

    def feed(self, text: str) -> list[Draft]:
        """Take more text and return the sentences that are now certain to have ended."""
        drafts = []
        for character in text:
            # Decided at every white space, one after the other, so that a long piece is read like many short ones.
            if character.isspace() and not _OPEN_BRACKET.search(self._pending):
                drafts.extend(self._take_finished())
            self._pending += character
        return drafts

    def close(self) -> list[Draft]:
        """Return what is left when the stream has ended."""
        rest, self._pending = self._pending, ""
        return [_draft(rest[span.start : span.end]) for span in self._sentences(rest)]

    def _take_finished(self) -> list[Draft]:
        spans = self._sentences(self._pending)
        if len(spans) < 2 or len(self._pending[spans[1].start :].split()) < _WORDS_OF_LOOKAHEAD:
            return []
        draft = _draft(self._pending[: spans[1].start])
        self._pending = self._pending[spans[1].start :]
        return [draft]

    def _sentences(self, text: str) -> list[Span]:
        """Return the sentences of a text; markers that follow a sentence's end belong to it."""
        masked = _MARKER.sub(lambda match: " " * len(match.group()), text)
        starts = [span.start for span in self._split_sentences(masked)]
        if not starts:
            return [Span(0, len(text))] if text.strip() else []
        return [Span(a, b) for a, b in zip([0, *starts[1:]], [*starts[1:], len(text)], strict=True)]


class CitationBook:
    """Numbers citations from 1 in order of appearance; the same span always has the same number."""

    def __init__(self) -> None:
        self._by_span: dict[tuple[str, int, int], Citation] = {}

    def number(self, cite: Callable[[int], Citation], document_id: str, span: Span) -> tuple[Citation, bool]:
        """Return the citation of a span and whether it is new; `cite` makes it with the number given."""
        key = (document_id, span.start, span.end)
        if key in self._by_span:
            return self._by_span[key], False
        self._by_span[key] = cite(len(self._by_span) + 1)
        return self._by_span[key], True

    def citations(self) -> tuple[Citation, ...]:
        return tuple(self._by_span.values())


def render_sentence(sentence: AnswerSentence) -> str:
    """Return a sentence followed by its markers: `Grushko said so. [1][2]`."""
    markers = "".join(f"[{number}]" for number in sentence.citations)
    return f"{sentence.text} {markers}" if markers else sentence.text


def render_answer(sentences: Iterable[AnswerSentence]) -> str:
    """Return the answer's text: its sentences with their markers, one space between."""
    return " ".join(render_sentence(sentence) for sentence in sentences)


def _draft(raw: str) -> Draft:
    hints: set[int] = set()
    for marker in _MARKER.findall(raw):
        hints.update(_marker_numbers(marker))
    return Draft(" ".join(_MARKER.sub("", raw).split()), frozenset(hints))


def _marker_numbers(marker: str) -> Sequence[int]:
    numbers: list[int] = []
    for low, high, single in _RANGE.findall(marker):
        numbers.extend([int(single)] if single else range(int(low), int(high) + 1))
    return numbers
