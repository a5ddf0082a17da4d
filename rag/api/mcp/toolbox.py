"""The four MCP tools: `search`, `fetch`, `ask` and `list_documents`.

They call what the routes of the API call. Documents, questions and answers are data in the results,
never part of a tool's description.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Generic, TypeVar

from pydantic import BaseModel

from rag.answering.shared_answers import SharedAnswers
from rag.api.access.caller import SITE_SCOPES, Caller, Scope
from rag.api.citation_links.issuing import Links, sign_events
from rag.api.engine_loader import EngineLoader
from rag.api.feedback.keeper import FeedbackKeeper
from rag.api.feedback.recording import note_finished
from rag.api.finishing import report_answer
from rag.api.limits.admission import Admission, wait_for
from rag.api.limits.budget import counter_of, require_budget
from rag.api.limits.sharing import answer_in_turn
from rag.api.telemetry.metrics import Metrics
from rag.assembly.settings import Settings
from rag.errors import DocumentNotFound, TryLater
from rag.events import answer_of
from rag.retrieval.search import search_for
from rag.text.questions import validate_question
from rag.wire.tools import (
    AskArguments,
    AskedBody,
    DocumentListBody,
    FetchArguments,
    FetchedBody,
    FoundListBody,
    ListArguments,
    SearchArguments,
    asked_body,
    document_list_body,
    fetched_body,
    found_list_body,
)

if TYPE_CHECKING:
    # At run time this would import torch before the port is open.
    from rag.answering.answerer import Answerer

_MAX_HITS = 20

ArgumentsT = TypeVar("ArgumentsT", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Asked:
    """What a tool is called on.

    Attributes:
        base_url: The server's address for the client, without a slash at the end.
        links: Make what the tools return open for its readers.
        feedback: Where answers are recorded; None records none.
        metrics: Where they are counted.
        admission: Bounds the answers and searches in work; by default one answer at a time.
        shared: The answers that are given to all who ask the same question; None shares none.
        count_question: Called before a question or a search; raises RateLimited. By default there
            may be any number.
    """

    loader: EngineLoader
    settings: Settings
    caller: Caller
    base_url: str
    links: Links
    feedback: FeedbackKeeper | None = None
    metrics: Metrics = field(default_factory=Metrics)
    admission: Admission = field(default_factory=lambda: Admission(max_answers=1, n_starting=1, max_waiting=100))
    shared: SharedAnswers | None = None
    count_question: Callable[[], None] = lambda: None

    async def answerer(self) -> "Answerer":
        """Return what answers from the documents that the caller may see."""
        return await self.loader.answerer(self.caller.groups)


@dataclass(frozen=True, slots=True)
class DocumentTool(Generic[ArgumentsT]):
    """A tool of the server.

    Attributes:
        scope: What a caller needs for it.
    """

    name: str
    title: str
    description: str
    scope: Scope
    arguments: type[ArgumentsT]
    result: type[BaseModel]
    run: Callable[[ArgumentsT, Asked], Awaitable[BaseModel]]

    def is_open_to(self, caller: Caller) -> bool:
        """Return whether a caller may call it."""
        return caller.may(frozenset({self.scope}))

    async def call(self, arguments: dict[str, object], asked: Asked) -> BaseModel:
        """Return the tool's result.

        Raises:
            ScopeMissing: The caller may not call it.
            ValidationError: The arguments are not the tool's.
            RagError: From what it calls.
        """
        asked.caller.require(frozenset({self.scope}))
        try:
            if self.scope in SITE_SCOPES:
                asked.count_question()
            return await self.run(self.arguments.model_validate(arguments), asked)
        except TryLater as error:
            asked.metrics.count_refused(error.code)
            raise


async def _search(wanted: SearchArguments, asked: Asked) -> FoundListBody:
    retriever = (await asked.answerer()).retriever
    with asked.admission.line_up() as start:
        await wait_for(start)
        found = await asyncio.to_thread(
            search_for,
            wanted.query,
            retriever,
            k=_MAX_HITS,
            max_characters=asked.settings.max_question_characters,
        )
    return found_list_body(found, asked.base_url, asked.links.hit)


async def _fetch(wanted: FetchArguments, asked: Asked) -> FetchedBody:
    retriever = (await asked.answerer()).retriever
    try:
        document = await asyncio.to_thread(retriever.document, wanted.id)
    except DocumentNotFound as error:
        raise DocumentNotFound(error.problem, next_step="`search` and `list_documents` return the ids") from error
    return fetched_body(document, asked.base_url, asked.links.page_of)


async def _ask(wanted: AskArguments, asked: Asked) -> AskedBody:
    question = validate_question(wanted.question, asked.settings.max_question_characters)
    answerer = await asked.answerer()
    if asked.feedback is not None:
        await require_budget(asked.caller, asked.feedback, asked.settings.site_key_tokens_per_day, time.time())
    with asked.admission.enter() as admitted:
        counter = counter_of(asked.caller, asked.feedback, asked.metrics)
        answering = answer_in_turn(answerer, question, admitted, asked.shared, count_unreported=counter)
        events = report_answer(answering, asked.metrics)
        if asked.feedback is not None:
            events = note_finished(events, asked.feedback, asked.caller)
        return asked_body(await answer_of(sign_events(events, asked.links)), asked.base_url)


async def _list_documents(wanted: ListArguments, asked: Asked) -> DocumentListBody:
    retriever = (await asked.answerer()).retriever
    entries = await asyncio.to_thread(retriever.entries)
    return document_list_body(entries, asked.base_url, asked.links.page_of, start=wanted.start, limit=wanted.limit)


SEARCH = DocumentTool(
    "search",
    "Search the documents",
    "Find documents that match a query, best first. Returns id, title and url of each; `fetch` returns its text.",
    "search",
    SearchArguments,
    FoundListBody,
    _search,
)
FETCH = DocumentTool(
    "fetch",
    "Fetch a document",
    "Return one document with its whole text.",
    "documents",
    FetchArguments,
    FetchedBody,
    _fetch,
)
ASK = DocumentTool(
    "ask",
    "Ask the documents",
    "Answer a question from the documents alone. Each sentence has markers such as [1]; `citations` has the exact "
    "words behind each, with a link. `outcome`: `answered` and `partly` are supported by the documents, `possible` is "
    "not confirmed, `declined` found nothing.",
    "ask",
    AskArguments,
    AskedBody,
    _ask,
)
LIST_DOCUMENTS = DocumentTool(
    "list_documents",
    "List the documents",
    "List the documents that can be searched, by path.",
    "documents",
    ListArguments,
    DocumentListBody,
    _list_documents,
)
