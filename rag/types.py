"""The values that flow through the system, in the order in which they are made.

A Document is cut into Passages; a query finds Hits; the best Hits become the numbered Context; an answer's sentences
point at Citations; the Answer holds them all. Everything here is frozen and knows nothing of files, models or the
network.
"""

from dataclasses import dataclass, field
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float32]
HalfArray = NDArray[np.float16]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]
BlockKind = Literal["heading", "paragraph", "item", "row"]
Stage = Literal["dense", "sentence", "lexical", "fused", "reranked"]
Abstention = Literal["no_hits", "weak_hits", "model_declined", "unsupported"]
AnsweredBy = Literal["llm", "extractive", "none"]
Outcome = Literal["answered", "partly", "possible", "declined"]
"""answered: each sentence is supported. partly: so is what is told, and the note names what is not answered. possible:
nothing is confirmed, but the sentences quoted may answer, best first. declined: nothing in the documents comes near."""


class Span(NamedTuple):
    """A half-open range of code points in a document's text."""

    start: int
    end: int


class Block(NamedTuple):
    """A piece of a document's structure: a paragraph, a list item, a table's row, a heading.

    Attributes:
        start, end: Code points of the document's text, half-open.
        headings: Those that it stands under, outermost first. page: From 1, where the file has pages or slides.
    """

    start: int
    end: int
    kind: BlockKind
    headings: tuple[str, ...] = ()
    page: int | None = None


@dataclass(frozen=True, slots=True)
class Parsed:
    """What one file holds, as text; each None is for the file not to say.

    Attributes:
        blocks: In the order of the text, none overlapping; between them stands white space only.
        language: ISO 639-1 code.
        date: ISO 8601, a day.
        link: Where readers find the published page; http or https.
    """

    text: str
    blocks: tuple[Block, ...]
    title: str | None = None
    language: str | None = None
    date: str | None = None
    link: str | None = None
    tags: tuple[str, ...] = ()
    group: str | None = None


@dataclass(frozen=True, slots=True)
class Document:
    """One source file as text.

    Attributes:
        id: Stable, made from the path; 16 hexadecimal digits.
        uri: The path relative to the folder that was indexed, with forward slashes.
        sha256: Of the file's bytes, hexadecimal.
        language: ISO 639-1 code.
        blocks, date, link, tags, group: As in Parsed.
    """

    id: str
    uri: str
    title: str
    text: str
    media_type: str
    sha256: str
    language: str = "en"
    blocks: tuple[Block, ...] = ()
    date: str | None = None
    link: str | None = None
    tags: tuple[str, ...] = ()
    group: str | None = None


@dataclass(frozen=True, slots=True)
class Excerpt:
    """A part of a document's text, which begins at the code point `start`, with the blocks in it."""

    start: int
    text: str
    blocks: tuple[Block, ...]

    def text_of(self, span: Span | Block) -> str:
        """Return the words of a span that lies inside this part."""
        return self.text[span.start - self.start : span.end - self.start]


@dataclass(frozen=True, slots=True)
class Metadata:
    """What is said of a document besides its text, by its file or by its folder; None or empty where nothing is."""

    title: str | None = None
    date: str | None = None
    link: str | None = None
    tags: tuple[str, ...] = ()
    group: str | None = None


@dataclass(frozen=True, slots=True)
class FileEntry:
    """A file of the indexed folder as lists show it, without its text.

    Attributes:
        id, title, language, date, link, tags, group, media_type: Of its document; empty where it was skipped.
        reason: Why it was skipped; None where it is indexed.
    """

    uri: str
    sha256: str
    id: str = ""
    title: str = ""
    media_type: str = ""
    language: str = ""
    date: str | None = None
    link: str | None = None
    tags: tuple[str, ...] = ()
    group: str | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Passage:
    """The unit that is indexed and cited; `document.text[start:end] == text`.

    Attributes:
        ordinal: Position among the document's passages, from 0.
        sentences: Offsets in the document's text (not the passage's), in order, none overlapping.
        title: What the document or its folder calls it; empty where only the file's name says.
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
        """Return the words of a span that lies inside this passage."""
        return self.text[span.start - self.start : span.end - self.start]


@dataclass(frozen=True, slots=True)
class LegScores:
    """What each leg of the search says of a passage.

    Attributes:
        cosine: Of the passage's vector and the query's, -1 to 1.
        sentence_cosine: The same of its nearest sentence.
        bm25: 0 where none of the query's words is in it.
        dense_rank, sentence_rank, lexical_rank: From 1, among what each leg retrieved: the passages with the nearest
            vectors, those with the nearest sentences, those with the highest BM25 scores; None where it did not.
        features: What the fused confidence is made of, in the order of `fusion.FEATURES`.
        confidence: The fused one, 0 to 1.
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
    """A passage with its score and rank (from 1) for one query.

    Attributes:
        score: Higher is better. Fused: the confidence, 0 to 1; dense and sentence: its cosine; lexical: its BM25 score;
            reranked: the reranker's score as a probability, which what it had no time for does not exceed.
        sentence_scores: Cosine of each of `passage.sentences` to the query, -1 to 1.
        first_sentence_row: Of the first sentence's vector, in the version that the hit comes from.
        best_sentence: The one that fits the query best, by its vector and its words.
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
        """How likely the passage answers, 0 to 1, which a reranker's score does not say."""
        return self.legs.confidence if self.legs else self.score


@dataclass(frozen=True, slots=True)
class Evidence:
    """A sentence of a passage as evidence for one question.

    Attributes:
        confidence: That it answers, 0 to 1; compares readings of a question.
        odds: Against the question's best sentence, 0 to 1: 0.5 is half as likely to be the one that answers.
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
    """The passages shown to the model, numbered 1…n in this order.

    Attributes:
        labels: What the model is told of each: its document's title, headings and day, on one line.
        n_tokens: Tokens of all passages and labels together, by the tokenizer that chunking uses.
    """

    hits: tuple[Hit, ...]
    labels: tuple[str, ...]
    n_tokens: int


@dataclass(frozen=True, slots=True)
class Citation:
    """A number in the answer resolved to words of a document; `document.text[start:end] == quote`.

    `link` is where readers find the original, as `linking.link_to` has it; None where nobody says.
    """

    number: int
    document_id: str
    title: str
    uri: str
    page: int | None
    headings: tuple[str, ...]
    quote: str
    start: int
    end: int
    link: str | None = None


@dataclass(frozen=True, slots=True)
class AnswerSentence:
    """One sentence of an answer, without its markers; `quoted` where these are the document's own words."""

    text: str
    citations: tuple[int, ...]
    supported: bool
    quoted: bool = False


@dataclass(frozen=True, slots=True)
class Source:
    """One numbered passage of the context, as readers see it; `link` as in Citation."""

    number: int
    document_id: str
    title: str
    uri: str
    page: int | None
    headings: tuple[str, ...]
    text: str
    start: int
    end: int
    score: float
    link: str | None = None


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens that the LLM read and wrote for one answer, as its server counts them."""

    prompt_tokens: int = 0
    completion_tokens: int = 0


@dataclass(frozen=True, slots=True)
class Timings:
    """Milliseconds: `rewrite` and `retrieve` are how long these took, the others count from the question's arrival."""

    rewrite: float = 0.0
    retrieve: float = 0.0
    first_token: float = 0.0
    total: float = 0.0


@dataclass(frozen=True, slots=True)
class Answer:
    """What a question got, the same on every surface.

    Attributes:
        query: What was searched with; differs from the question where a follow-up was rewritten.
        answer: All text, in the order of `citations.answer_parts`: sentences with `[n]` markers, and the note.
        note: What is said besides the sentences, in the reader's language; empty where nothing is.
        abstention: Why nothing is confirmed; None where something is.
        degraded: Why the LLM did not write this answer although it should have; None when all went well.
        confidence: 0 to 1, that what is told answers the question; where nothing is confirmed, the best there was.
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

    @property
    def abstained(self) -> bool:
        """Whether nothing that was told is confirmed as an answer."""
        return self.outcome in {"possible", "declined"}

    @property
    def turn(self) -> "Turn":
        """What later questions of the conversation may refer to: no note, and nothing that is not confirmed."""
        return Turn(self.query, "" if self.abstained else " ".join(sentence.text for sentence in self.sentences))


@dataclass(frozen=True, slots=True)
class Turn:
    """One earlier question of a conversation and the answer it got (without markers)."""

    question: str
    answer: str
