"""Answerers over small real indexes with an encoder that counts words, and scripted LLMs."""

import asyncio
import atexit
import tempfile
from collections.abc import AsyncGenerator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cache
from itertools import count
from pathlib import Path
from typing import cast

import numpy as np

from rag.answering.answerer import Answerer
from rag.answering.decide import AnswerOptions
from rag.answering.prompts import PromptedLlm, Prompts
from rag.errors import GenerationFailed
from rag.events import AnswerEvent, AnswerFinished, TextDelta
from rag.index.lexical import PassageTerms, make_writers
from rag.index.store import write_store
from rag.index.vectors import write_index, write_vectors
from rag.index.versions import (
    PASSAGE_INDEX_FILE,
    PASSAGE_VECTORS_FILE,
    SENTENCE_INDEX_FILE,
    SENTENCE_VECTORS_FILE,
    STORE_FILE,
    IndexVersion,
    Manifest,
    Recipe,
    write_version,
)
from rag.index.vocabulary import WordCounts
from rag.llm.client import ChatModel, Patience
from rag.llm.replies import Weighed
from rag.llm.requests import Message
from rag.places import Places
from rag.retrieval.retriever import Retriever
from rag.text.sentences import split_sentences
from rag.text.stemming import stem
from rag.text.terms import terms_of
from rag.text.tokens import count_tokens
from rag.text.tools import Judge, LanguageTools
from rag.text.words import split_words
from rag.types import Answer, Document, Facts, FloatArray, Turn, Usage
from tests.fake_llm import Script, serve_llm
from tests.unit.conftest import ARTICLE, make_document, make_passages
from tests.word_judge import WordJudge

DIMENSIONS = 64
JUDGE = WordJudge()
PROMPTS = Prompts("Be brief.", "$context\n\n$question", "$history\n$question", numbers_passages=True)
FERRY = "How many passengers does the ferry Aurora carry?"
FERRY_SENTENCE = "The ferry Aurora carries 420 passengers across the bay."
FERRY_SECTION = f"{FERRY_SENTENCE} It leaves Northport at 7 a.m. each day."
CREW_SECTION = "Captain Ines Moreau has led the crew since 2019. She trained in Bergen."
PIER_SECTION = (
    "The harbour master of Northport, Tom Reed, closed the old pier. Danish engineer Lars Holm will rebuild it."
)
# The harbour article in Markdown, each paragraph below its heading and so quoted alone.
SECTIONS = (
    f"# Harbour news\n\n## Ship\n\n{FERRY_SECTION}\n\n## People\n\n{CREW_SECTION}\n\n## Works\n\n{PIER_SECTION}\n"
)
VOLCANO = "Which volcano erupted in Peru?"
# Whatever the weights that confidences are made of: that of a sentence is above 0 and below 1.
QUOTES_ALL: Mapping[str, object] = {"min_near": 0.0, "min_quote": 1e-9, "min_quote_odds": 1.0}
QUOTES_NOTHING: Mapping[str, object] = {"min_near": 0.0, "min_quote": 1.0}
# What comes near is too unlikely to be shown, even as possible.
QUOTES_UNLIKELY: Mapping[str, object] = {**QUOTES_NOTHING, "min_possible": 1.0}
DECLINES_ALL: Mapping[str, object] = {"min_near": 1.0}


def encode(text: str) -> FloatArray:
    vector = np.zeros(DIMENSIONS, dtype=np.float32)
    for word in split_words(text, stem):
        vector[sum(word.stem.encode()) % DIMENSIONS] += 1
    return vector / max(float(np.linalg.norm(vector)), 1e-6)


@cache
def index_of(*files: tuple[str, str]) -> IndexVersion:
    """Return an index of files, each with its uri and its text; the title of each is "Harbour news"."""
    return index_documents([make_document(text, uri, document_id=f"{n:016d}") for n, (uri, text) in enumerate(files)])


def index_documents(documents: Sequence[Document]) -> IndexVersion:
    """Return an index of documents, with the English stems of their words."""
    passages_of = [make_passages(document) for document in documents]
    passages = [passage for of_one in passages_of for passage in of_one]
    vectors = np.stack([encode(passage.text) for passage in passages]).astype(np.float16)
    sentences = np.stack([encode(p.text_of(span)) for p in passages for span in p.sentences]).astype(np.float16)
    manifest = Manifest(
        Recipe("words", "", 1, 64, 8, 0), "/docs", "", "", DIMENSIONS, len(documents), len(passages), len(sentences), ""
    )
    words = WordCounts()
    for passage in passages:
        words.add([passage.text])
    stored = [(one, Facts(), of_one) for one, of_one in zip(documents, passages_of, strict=True)]
    writers = {
        STORE_FILE: lambda path: write_store(path, stored, []),
        PASSAGE_VECTORS_FILE: lambda path: write_vectors(path, [vectors]),
        SENTENCE_VECTORS_FILE: lambda path: write_vectors(path, [sentences]),
        **make_writers([PassageTerms((), [terms_of(p.text_of(span), stem) for span in p.sentences]) for p in passages]),
        **words.writers(),
        PASSAGE_INDEX_FILE: lambda path: write_index(path, vectors),
        SENTENCE_INDEX_FILE: lambda path: write_index(path, sentences),
    }
    return write_version(Path(tempfile.mkdtemp(prefix="ferry-")), manifest, writers)


def make_retriever(*texts: str, suffix: str = "txt") -> Retriever:
    return _retriever_of(*((f"{n}.{suffix}", text) for n, text in enumerate(texts or [ARTICLE])))


def retriever_over(documents: Sequence[Document]) -> Retriever:
    return Retriever(index_documents(documents), encode, DIMENSIONS)


@cache
def _retriever_of(*files: tuple[str, str]) -> Retriever:
    return Retriever(index_of(*files), encode, DIMENSIONS)


def make_answerer(
    llm: PromptedLlm | None,
    *texts: str,
    suffix: str = "txt",
    language: str = "en",
    degraded: str | None = None,
    judge: Judge = JUDGE,
    **options: object,
) -> Answerer:
    """Return an answerer over documents, by default the harbour article, that quotes one section.

    Args:
        options: Of AnswerOptions; by default every question is near and sure enough.
    """
    ids, ticks = count(1), count(0)
    return Answerer(
        make_retriever(*texts, suffix=suffix),
        llm,
        LanguageTools(stem, split_sentences, count_tokens, lambda _: language),
        AnswerOptions(**{**QUOTES_ALL, **options}),  # type: ignore[arg-type]  # a test's own options
        clock=lambda: next(ticks) / 1000,
        make_id=lambda: f"id{next(ids)}",
        make_boundary=lambda: "b0undary",
        judge=judge,
        degraded=degraded,
    )


@contextmanager
def scripted(script: Script) -> Iterator[PromptedLlm]:
    """Yield a real client of a real server that follows a script; it waits shortly only for one that falls silent."""
    first_token = 600.0 if script.silent_after is None else 0.25
    patience = Patience(connect=600.0, first_token=first_token, between_tokens=600.0, total=600.0)
    with serve_llm(script) as base_url:
        yield PromptedLlm(
            ChatModel(base_url=base_url, api_key="k", model="m", patience=patience, max_retries=0), PROMPTS
        )


@dataclass
class ScriptedModel:
    """Generates the same pieces for every request.

    Attributes:
        fluency: The probability of each token; None gives no probabilities.
        declining: The probability that it would rather decline; None if the server gives none.
        verifying: The probability that it says yes to a statement; None if it fails at that.
        fails_after: The number of pieces after which it fails; None never fails.
        asked: The last message of each request.
    """

    pieces: Sequence[str]
    fluency: float | None = None
    declining: float | None = 0.0
    verifying: float | None = 0.0
    fails_after: int | None = None
    asked: list[str] = field(default_factory=list)
    places: Places = field(default_factory=lambda: Places(1, max_waiting=0))

    def deadline(self) -> float:
        return 60.0

    async def stream(
        self,
        messages: Sequence[Message],
        max_tokens: int,
        deadline: float | None,
        *,
        asks_probabilities: bool = False,
    ) -> AsyncGenerator[str | Weighed | Usage, None]:
        assert deadline == 60.0
        self.asked.append(messages[-1]["content"])
        for number, piece in enumerate(self.pieces):
            if number == self.fails_after:
                raise GenerationFailed("the LLM broke off")
            if asks_probabilities and self.fluency is not None:
                yield Weighed((float(np.log(self.fluency)),))
            yield piece
        yield Usage(max_tokens, len(self.pieces))

    async def complete(
        self, messages: Sequence[Message], max_tokens: int, deadline: float | None = None
    ) -> tuple[str, Usage]:
        # The naive chatbot gives none.
        assert deadline in {None, 60.0}
        self.asked.append(messages[-1]["content"])
        if self.fails_after is not None:
            raise GenerationFailed("the LLM broke off")
        return "".join(self.pieces)[:max_tokens], Usage(1, 1)

    async def weigh_opening(
        self, messages: Sequence[Message], word: str, deadline: float | None, *, reads_text: bool = False
    ) -> tuple[float | None, Usage]:
        assert deadline == 60.0
        self.asked.append(messages[-1]["content"])
        if word == "yes":
            assert reads_text
            if self.verifying is None:
                raise GenerationFailed("the LLM broke off")
            return self.verifying, Usage(1, 1)
        assert word == "not"
        if self.fails_after is not None:
            raise GenerationFailed("the LLM broke off")
        return self.declining, Usage(1, 1)

    @property
    def known_name(self) -> str:
        return "scripted"

    async def model_name(self) -> str:
        return self.known_name


def llm_of(model: ScriptedModel, prompts: Prompts = PROMPTS) -> PromptedLlm:
    return PromptedLlm(cast(ChatModel, model), prompts)


def says(*pieces: str) -> PromptedLlm:
    """Return an LLM that says these pieces."""
    return llm_of(ScriptedModel(pieces))


def ask(
    answerer: Answerer, question: str, history: Sequence[Turn] = (), **more: object
) -> tuple[list[AnswerEvent], Answer]:
    async def collect(events: AsyncGenerator[AnswerEvent, None]) -> list[AnswerEvent]:
        return [event async for event in events]

    events = _runner().run(collect(answerer.answer(question, history, **more)))  # type: ignore[arg-type]  # as options
    assert isinstance(events[-1], AnswerFinished)
    return events, events[-1].answer


@cache
def _runner() -> asyncio.Runner:
    """Return one event loop for all answers: its threads are started once."""
    runner = asyncio.Runner()
    atexit.register(runner.close)
    return runner


def streamed_text(events: Sequence[AnswerEvent]) -> str:
    """Return the text that users see while the answer streams."""
    return "".join(event.text for event in events if isinstance(event, TextDelta))


def verifying_llm(model: ScriptedModel) -> PromptedLlm:
    """Return an LLM that is asked about the sentences that the check doubts."""
    return llm_of(model, replace(PROMPTS, verify="$context\n\n$statement Yes?"))


def weighed_llm(model: ScriptedModel) -> PromptedLlm:
    """Return an LLM that gives probabilities, as the local LLM does."""
    return llm_of(model, replace(PROMPTS, decline="$context\n\n$question Or not?"))
