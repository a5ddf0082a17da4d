"""The values that flow through the system, in the order in which they are made.

A file is parsed into a Document, and a Document is cut into Passages. A query retrieves Hits. Their
best sentences are Evidence, and the passages around them are the Context that the LLM reads. An
Answer holds sentences with Citations. All values are frozen and know no files, models or network.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float32]
HalfArray = NDArray[np.float16]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]
BlockKind = Literal["heading", "paragraph", "item", "row"]
CountKind = Literal["table", "field", "comment", "footnote", "chart"]
LeftOutKind = Literal[
    "picture-page",
    "picture",
    "gibberish-page",
    "hidden-sheet",
    "hidden-rows",
    "hidden-columns",
    "attachment",
    "formula-without-value",
    "comment",
    "header-footer",
    "embedded-file",
    "navigation",
]
Stage = Literal["dense", "sentence", "lexical", "fused", "reranked"]
Abstention = Literal["no_hits", "weak_hits", "llm_declined", "unsupported"]
AnsweredBy = Literal["llm", "extractive", "none"]
Outcome = Literal["answered", "partly", "possible", "declined"]
"""How a question ended.

- answered: Each sentence of the answer is supported.
- partly: Some is. The note names what has no answer; without `strict`, doubted ones are marked.
- possible: No answer is confirmed; the sentences quoted may answer, best first.
- declined: Nothing in the documents comes near the question.
"""


class Span(NamedTuple):
    """A half-open range of code points in the text of a document."""

    start: int
    end: int

    def overlaps(self, other: "Span") -> bool:
        """Return whether the two spans have code points in common."""
        return self.start < other.end and other.start < self.end


class Block(NamedTuple):
    """A heading, paragraph, list item or table row of a document.

    Attributes:
        start, end, headings: A span of the document's text; the headings above it, outermost first.
        page: From 1; None if the file has neither pages nor slides.
    """

    start: int
    end: int
    kind: BlockKind
    headings: tuple[str, ...] = ()
    page: int | None = None


class LeftOut(NamedTuple):
    """Parts of a file that are not indexed.

    Attributes:
        n: How many parts there are.
        pages: From 1, in order; empty if they are unknown.
        name: Of the sheet or file that is left out, or that holds the parts.
    """

    what: LeftOutKind
    n: int = 1
    pages: tuple[int, ...] = ()
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What a file, or the metadata.toml of a folder, says of a document besides its text.

    Attributes:
        language, date: An ISO 639-1 code; a day, ISO 8601.
        link: The URL of the published page, http or https.
        group: A group to filter by. It is no permission.
        author: Who wrote it; several are separated by commas.
    """

    title: str | None = None
    language: str | None = None
    date: str | None = None
    link: str | None = None
    tags: tuple[str, ...] = ()
    group: str | None = None
    author: str | None = None


@dataclass(frozen=True, slots=True)
class Parsed:
    """The text of one file, as its parser returns it.

    Attributes:
        blocks: In text order, without overlap; only white space lies between them.
        counts, picture_pages: Parts read of each kind; pages read from a picture, from 1, in order.
    """

    text: str
    blocks: tuple[Block, ...]
    facts: Facts = field(default_factory=Facts)
    left_out: tuple[LeftOut, ...] = ()
    counts: Mapping[CountKind, int] = field(default_factory=dict)
    picture_pages: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class FileEntry(Facts):
    """A file of the indexed folder without its text.

    Attributes:
        uri: The path relative to the folder, with forward slashes.
        sha256: Hash of the file's bytes, hexadecimal.
        id: Of the document, 16 hexadecimal digits derived from the uri.
        title, id, media_type, language: Empty if the file was skipped.
        reason: Why it was skipped; None if it is indexed.
        n_pages: Of pages or slides with text, up to the last one; None if the file has none.
        left_out, counts, picture_pages: As in Parsed.
    """

    uri: str
    sha256: str
    id: str = ""
    title: str = ""
    media_type: str = ""
    language: str = ""
    reason: str | None = None
    n_pages: int | None = None
    left_out: tuple[LeftOut, ...] = ()
    counts: Mapping[CountKind, int] = field(default_factory=dict)
    picture_pages: tuple[int, ...] = ()

    def is_picture(self, page: int | None) -> bool:
        """Return whether the words of a page were read from a picture."""
        return self.media_type.startswith("image/") or page in self.picture_pages


@dataclass(frozen=True, slots=True, kw_only=True)
class Document(FileEntry):
    """A file of the indexed folder as text; `blocks` as in Parsed."""

    text: str
    blocks: tuple[Block, ...] = ()


@dataclass(frozen=True, slots=True)
class Passage:
    """The unit that is indexed; `document.text[start:end] == text`.

    Attributes:
        ordinal: Position among the document's passages, from 0.
        sentences: Spans of the document's text, not of the passage's, in order, without overlap.
        title: The document's title; empty if only the file name gives one.
    """

    id: str
    document_id: str
    ordinal: int
    start: int
    end: int
    text: str
    sentences: tuple[Span, ...]
    page: int | None = None
    headings: tuple[str, ...] = ()
    title: str = ""

    def text_of(self, span: Span) -> str:
        """Return the text of a span that lies inside this passage."""
        return self.text[span.start - self.start : span.end - self.start]


@dataclass(frozen=True, slots=True)
class LegScores:
    """The scores that the three legs of a search give to a passage.

    Attributes:
        cosine: Between the vectors of passage and query, -1 to 1.
        sentence_cosine: Between the vectors of its nearest sentence and the query, -1 to 1.
        bm25: 0 if it holds no word of the query.
        dense_rank, sentence_rank, lexical_rank: From 1; None if that leg did not retrieve it.
        features: The input of the fused confidence, in the order of `fusion.FEATURES`.
        confidence: The fused probability that the passage answers, 0 to 1.
    """

    cosine: float
    sentence_cosine: float
    bm25: float
    dense_rank: int | None
    sentence_rank: int | None
    lexical_rank: int | None
    features: tuple[float, ...]
    confidence: float


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage with its rank, from 1, and its score for one query.

    Attributes:
        score: Higher is better. Its meaning depends on the stage: the confidence (fused), a cosine
            (dense, sentence), BM25 (lexical) or a probability (reranked).
        sentence_scores: The cosine of each of `passage.sentences` to the query, -1 to 1.
        first_sentence_row: The row of its first sentence's vector in the index version.
        best_sentence: The most relevant sentence, by vector and words.
    """

    passage: Passage
    score: float
    rank: int
    stage: Stage
    sentence_scores: tuple[float, ...] = ()
    first_sentence_row: int = 0
    best_sentence: Span | None = None
    legs: LegScores | None = None

    @property
    def confidence(self) -> float:
        """The probability that the passage answers, 0 to 1; a reranker's score is not one."""
        return self.legs.confidence if self.legs else self.score


@dataclass(frozen=True, slots=True)
class Evidence:
    """A sentence of a hit, with the confidence that it answers one question.

    Attributes:
        confidence: 0 to 1; comparable between questions.
        odds: How likely it answers, relative to the best sentence of the question, 0 to 1.
    """

    hit: Hit
    sentence: Span
    confidence: float
    odds: float = 1.0

    @property
    def text(self) -> str:
        return self.hit.passage.text_of(self.sentence)


@dataclass(frozen=True, slots=True)
class Context:
    """The passages shown to the LLM, numbered from 1 in this order.

    Attributes:
        labels: One line for each passage: the document's title, the headings and the date.
        n_tokens: Tokens of all passages and labels, as `tokens.count_tokens` counts them.
    """

    hits: tuple[Hit, ...]
    labels: tuple[str, ...]
    n_tokens: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where some words stand: a span of a document, and what readers call it.

    Attributes:
        link: Where readers find the original, see `links.link_to`; None if there is no such place.
        state, access, path_prefix: Of its document; what opens it; what its paths begin with.
        from_picture: The words were read from a picture, so letters may be wrong.
    """

    document_id: str
    title: str
    uri: str
    page: int | None
    headings: tuple[str, ...]
    start: int
    end: int
    link: str | None = None
    from_picture: bool = False
    state: str = ""
    access: str = ""
    path_prefix: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Citation(Place):
    """A number in the answer that resolves to a span; `document.text[start:end] == quote`."""

    number: int
    quote: str


@dataclass(frozen=True, slots=True)
class AnswerSentence:
    """One sentence of an answer, without markers.

    Attributes:
        quoted: No LLM generated it: it is the document's own words, or names or counts its places.
    """

    text: str
    citations: tuple[int, ...]
    supported: bool
    quoted: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Source(Place):
    """One numbered passage of the context, as users see it."""

    number: int
    text: str
    score: float


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens that the LLM read and generated for one answer, as its server counts them."""

    prompt_tokens: int = 0
    completion_tokens: int = 0


@dataclass(frozen=True, slots=True)
class Timings:
    """Milliseconds: how long the first four took, the others since the question came."""

    rewrite: float = 0.0
    retrieve: float = 0.0
    llm: float = 0.0
    check: float = 0.0
    first_token: float = 0.0
    total: float = 0.0


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to a question, the same in the API, the page, the widget and the terminal.

    Attributes:
        query: What was searched for; differs from the question if a follow-up was rewritten.
        answer: The whole text, sentences with `[n]` markers and note; see `citations.answer_parts`.
        note: What the answer says besides its sentences, in the user's language; may be empty.
        degraded: Why the LLM did not generate this answer although it should have; else None.
        confidence: The probability, 0 to 1, that it answers; if it abstains, that of the evidence.
        kind: Of the question, see `text.questions.QuestionKind`; empty if it was not classified.
        cached: Whether it was worked out for another reader, who asked the same question.
    """

    id: str
    conversation_id: str
    question: str
    query: str
    outcome: Outcome
    answer: str
    note: str
    sentences: tuple[AnswerSentence, ...]
    citations: tuple[Citation, ...]
    abstention: Abstention | None
    answered_by: AnsweredBy
    model: str | None
    index_version: str
    usage: Usage = field(default_factory=Usage)
    timings_ms: Timings = field(default_factory=Timings)
    degraded: str | None = None
    confidence: float = 0.0
    kind: str = ""
    cached: bool = False

    @property
    def abstained(self) -> bool:
        """Whether no sentence is confirmed as an answer."""
        return self.outcome in {"possible", "declined"}

    @property
    def turn(self) -> "Turn":
        """What later questions may refer to: the confirmed sentences, without the note."""
        return Turn(self.query, "" if self.abstained else " ".join(sentence.text for sentence in self.sentences))


@dataclass(frozen=True, slots=True)
class Turn:
    """One earlier question of a conversation and its answer, without markers."""

    question: str
    answer: str
