"""Read an LLM's reply sentence by sentence as it streams. Pure.

Goes in: text in pieces of any size. Comes out: sentences without the LLM's own `[n]` markers, whose
numbers are kept as hints. The sentences do not depend on the pieces.
"""

import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

from rag.types import Span

SplitSentences = Callable[[str], list[Span]]

# Scripts without a space between words, before a marker or behind an address.
_UNSPACED = r"\u3000-\u30ff\u3400-\u9fff\uac00-\ud7af\uff00-\uffef"
# Behind a short name, a bracket is an index: x[0]. Behind a word or a year it is a marker, because
# many LLMs generate "the crew[1].". No passage has the number 0: list[0].
_NO_INDEX = rf"(?:(?<![^\W{_UNSPACED}])(?<!\])|(?<=[^\W\d_]{{4}})(?!\[0\])|(?<=[0-9]{{3}}))"
# y = [1] and f([1]) are code.
_NO_LIST = r"(?<!=)(?<!= )(?<![A-Za-z0-9_]\()"
_BEFORE = rf"(?:(?<![\s=])\s+|{_NO_LIST}{_NO_INDEX}|(?=【|\[\^))"
_NUMBERS = r"\s*[0-9]+(?:\s*[,;，、–-]\s*[0-9]+)*\s*"
# [1], [1,2], [1-3], [^1], 【1】, 【1†source】, 【4:0†source】; not x[0], not [example].
# There may be no passage with the number.
_ONE = rf"(?:\[\^?{_NUMBERS}\]|【{_NUMBERS}(?::[0-9]+)?(?:†[^】\n]{{0,80}})?】)"
_SEVERAL = rf"{_ONE}(?:(?:\s*[,;])?\s*{_ONE})*"
_MARKER = re.compile(rf"{_BEFORE}(?:(?<![A-Za-z0-9_])\(\s*{_SEVERAL}\s*\)|{_SEVERAL})")
_CLOSED = re.compile(_ONE)
# Markers of which the last is not closed yet.
_OPEN_MARKER = re.compile(
    rf"{_BEFORE}\(?(?:{_ONE}(?:\s*[,;])?\s*)*(?:\[\^?[0-9\s,;，、–-]*|【[0-9\s,;，、:–-]*(?:†[^】\n]{{0,80}})?)$"
)
_MARKER_CHARACTERS = 120
_SOURCE_NAME = re.compile(r"†[^】]*")
_RANGE = re.compile(r"([0-9]+)\s*[–-]\s*([0-9]+)|([0-9]+)")
# No context holds more passages.
_LARGEST_NUMBER = 999
# Fenced code, closed or not; code in a line; an address without the full stop after it.
_VERBATIM = re.compile(
    r"```.*?(?:```|\Z)|`[^`\n]+`"
    rf"|[a-z][a-z0-9+.-]{{1,15}}://[^\s{_UNSPACED}]*?"
    rf"(?=[.,;!)]{{1,3}}[\[【]|[.,;:!?)]{{0,3}}(?:[\s{_UNSPACED}]|\Z))",
    re.DOTALL,
)
_OPEN_CODE = re.compile(r"`[^`\n]*\Z")
_WORD = re.compile(r"\w+")
_OPENING = ("(", "[", "{", '"', "'", "“", "‘", "„", "«")
_JOINED = re.compile(rf"[^\W{_UNSPACED}]")
# A sentence has ended once this many whole words follow it: a segmenter looks no further ahead.
_WORDS_OF_LOOKAHEAD = 2
# A longer sentence is cut at the next space, so that reading takes linear time.
_MAX_SENTENCE_CHARACTERS = 2000


@dataclass(frozen=True, slots=True)
class GeneratedSentence:
    """A sentence without markers, and the numbers of passages that the markers named."""

    text: str
    passage_numbers: frozenset[int]


class SentenceReader:
    """Turns streamed text into sentences."""

    def __init__(self, split_sentences: SplitSentences, indexed: Collection[str] = ()) -> None:
        """Start with no text.

        Args:
            indexed: Words of the context with a bracket that is no marker; see `find_indexed`.
        """
        self._split_sentences = split_sentences
        self._verbatim = _verbatim_of(indexed)
        self._pending = ""

    def feed(self, text: str) -> list[GeneratedSentence]:
        """Take more text and return the sentences that have certainly ended."""
        sentences = []
        for character in text:
            # Checked after every word, so that a long piece is read like many short ones.
            if character.isspace() and self._pending and not self._pending[-1].isspace():
                sentences.extend(self._take_finished())
            elif self._is_endless():
                sentences.append(self._take(len(self._pending)))
            self._pending += character
        return sentences

    def close(self) -> list[GeneratedSentence]:
        """Return the sentences left at the end of the stream, without a marker that was cut off."""
        rest, self._pending = self._pending, ""
        masked = self._mask(rest)
        cut_off = None if _OPEN_CODE.search(masked) else _OPEN_MARKER.search(masked)
        if cut_off:
            rest = " ".join([rest[: cut_off.start()], *_CLOSED.findall(cut_off[0])])
        spans = self._sentences(self._mask(rest))
        return [self._read(rest[span.start : span.end]) for span in spans]

    def _take_finished(self) -> list[GeneratedSentence]:
        if self._has_open_marker():
            return []
        masked = _OPEN_CODE.sub(lambda match: "x" * len(match.group()), self._mask(self._pending))
        spans = self._sentences(masked)
        if len(spans) > 1 and _count_words(masked[spans[1].start :]) >= _WORDS_OF_LOOKAHEAD:
            end = spans[1].start
        elif len(self._pending) >= _MAX_SENTENCE_CHARACTERS:
            end = len(self._pending)
        else:
            return []
        return [self._take(end)]

    def _is_endless(self) -> bool:
        """Return whether a text without white space is cut; an open marker may be closed first."""
        n_over = len(self._pending) - _MAX_SENTENCE_CHARACTERS - _MARKER_CHARACTERS
        return n_over >= _MARKER_CHARACTERS or (n_over >= 0 and not self._has_open_marker())

    def _has_open_marker(self) -> bool:
        return bool(_OPEN_MARKER.search(self._pending[-_MARKER_CHARACTERS:]))

    def _take(self, end: int) -> GeneratedSentence:
        sentence = self._read(self._pending[:end])
        self._pending = self._pending[end:]
        return sentence

    def _read(self, raw: str) -> GeneratedSentence:
        kept = ""
        passage_numbers: set[int] = set()
        end = 0
        for marker in _MARKER.finditer(self._mask(raw)):
            kept += raw[end : marker.start()]
            passage_numbers.update(_marker_numbers(marker[0]))
            end = marker.end()
            # "so [1]and" is two words, "彼は[1]船長" is one run.
            if _JOINED.match(raw[end : end + 1]) and not kept.endswith(_OPENING):
                kept += " "
        return GeneratedSentence(" ".join((kept + raw[end:]).split()), frozenset(passage_numbers))

    def _mask(self, text: str) -> str:
        """Return a text of the same length, with code and addresses replaced by x."""
        return self._verbatim.sub(lambda match: "x" * len(match.group()), text)

    def _sentences(self, masked: str) -> list[Span]:
        """Return the sentences of a masked text; markers behind a sentence belong to it."""
        without_markers = _MARKER.sub(lambda match: " " * len(match.group()), masked)
        starts = [span.start for span in self._split_sentences(without_markers)]
        if not starts:
            return [Span(0, len(masked))] if masked.strip() else []
        return [Span(a, b) for a, b in zip([0, *starts[1:]], [*starts[1:], len(masked)], strict=True)]


def _verbatim_of(indexed: Collection[str]) -> re.Pattern[str]:
    if not indexed:
        return _VERBATIM
    # The longest first: matrix[1][2] is not matrix[1] and a marker.
    literals = "|".join(re.escape(text) for text in sorted(indexed, key=lambda text: (-len(text), text)))
    return re.compile(rf"{_VERBATIM.pattern}|(?<!\w)(?:{literals})", re.DOTALL)


def _count_words(masked: str) -> int:
    """Return how many words a text has, without markers."""
    return len(_WORD.findall(_MARKER.sub(" ", masked)))


def _marker_numbers(marker: str) -> Sequence[int]:
    numbers: list[int] = []
    for low, high, single in _RANGE.findall(_SOURCE_NAME.sub("", marker)):
        first, last = _bounded(single or low), _bounded(single or high)
        numbers.extend(number for number in range(first, last + 1) if 0 < number <= _LARGEST_NUMBER)
    return numbers


def _bounded(digits: str) -> int:
    return int(digits) if len(digits) <= len(str(_LARGEST_NUMBER)) else _LARGEST_NUMBER + 1
