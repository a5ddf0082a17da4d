"""What the routes get from the app, as FastAPI dependencies.

`create_app` stores one `Services` as `app.state.services`. A route reads documents only through
`VisibleAnswerer`, or `visible_answerer`, for which those that the caller may not see do not exist.
"""

import asyncio
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated

from fastapi import Depends, Request

from rag.answering.shared_answers import SharedAnswers
from rag.answering.suggestions import SuggestedQuestions
from rag.api.access.caller import Caller
from rag.api.access.sessions import Sessions
from rag.api.citation_links.signing import LinkSigner
from rag.api.conversations.keeper import ConversationKeeper
from rag.api.engine_loader import EngineLoader
from rag.api.feedback.keeper import FeedbackKeeper
from rag.api.limits.admission import Admission, Admitted, wait_for
from rag.api.limits.budget import require_budget
from rag.api.limits.rates import Rates
from rag.api.middleware.collections import NAMED_COLLECTION
from rag.api.problems import no_collection_at
from rag.api.resuming.answers import ResumableAnswers
from rag.api.telemetry.metrics import Metrics
from rag.api.upkeep import Upkeep
from rag.assembly.settings import Settings
from rag.errors import CollectionNotFound

if TYPE_CHECKING:
    # At run time this would import torch before the port is open.
    from rag.answering.answerer import Answerer


@dataclass(frozen=True, slots=True)
class Collection:
    """One index with all that answers from it.

    Attributes:
        path: What the paths of its routes begin with; empty for the only index of a server.
        settings: The server's settings with those of the collection in their place.
        shared: The answers that are given to all who ask the same question; None if none is.
    """

    name: str
    path: str
    settings: Settings
    loader: EngineLoader
    upkeep: Upkeep
    keeper: ConversationKeeper
    feedback: FeedbackKeeper
    shared: SharedAnswers | None

    async def answerer_for(self, caller: Caller) -> "Answerer":
        """Return what answers from the documents that a caller may see; waits until it is loaded.

        Raises:
            RagError: Why there is none.
        """
        shows_texts = caller.sees_texts(public_documents=self.settings.public_documents)
        return await self.loader.answerer(caller.groups, lists_documents=shows_texts)


@dataclass(frozen=True, slots=True)
class Services:
    """What one app consists of.

    Attributes:
        collections: By name; the first is asked where none is named. Settings that are read again
            replace one by another with the same index.
        link_signer: Signs links to documents for readers whose browser sends no key.
        started: When the app was created, seconds since 1970.
        sessions: Who is signed in to the owner's pages.
        admission: Bounds the answers and searches in work.
        rates: Bounds how many a key and an address may send a minute.
        stopping: Set when answers in progress must end, because the server stops.
    """

    collections: dict[str, Collection]
    link_signer: LinkSigner
    started: int
    sessions: Sessions
    admission: Admission
    rates: Rates
    resumable: ResumableAnswers = field(default_factory=ResumableAnswers)
    suggested: SuggestedQuestions = field(default_factory=SuggestedQuestions)
    stopping: asyncio.Event = field(default_factory=asyncio.Event)
    metrics: Metrics = field(default_factory=Metrics)


def services_of(request: Request) -> Services:
    """Return the services of the app that a request was sent to."""
    services: Services = request.app.state.services
    return services


def visible_collections(request: Request) -> list[Collection]:
    """Return the collections that the caller may ask, in the order of the settings."""
    caller = caller_of(request)
    return [one for one in services_of(request).collections.values() if caller.may_ask(one.name)]


def collection_of(request: Request) -> Collection:
    """Return the collection that the path of a request names, else the first for the caller.

    Raises:
        CollectionNotFound: There is none for the caller.
    """
    visible, named = visible_collections(request), request.scope.get(NAMED_COLLECTION)
    found = next((one for one in visible if named in {None, one.path}), None)
    if found is None and named is not None:
        raise no_collection_at(named)
    if found is None:
        raise CollectionNotFound(
            "the key opens no collection of this server", next_step="`rag keys list` shows which it opens"
        )
    return found


def path_prefix_of(request: Request, collection: Collection) -> str:
    """Return what stands before the paths to documents, below the address that a request asks.

    It is empty for the collection of that address. Paths to any other begin at the server's root.
    """
    return "" if collection_of(request).path == collection.path else collection.path


def caller_of(request: Request) -> Caller:
    """Return who sent a request."""
    caller: Caller = request.state.caller
    return caller


async def visible_answerer(request: Request) -> "Answerer":
    """Return what answers from the documents of a collection that the caller may see."""
    return await collection_of(request).answerer_for(caller_of(request))


async def _admit(request: Request) -> AsyncIterator[Admitted]:
    collection = collection_of(request)
    await require_budget(
        caller_of(request), collection.feedback, collection.settings.site_key_tokens_per_day, time.time()
    )
    with services_of(request).admission.enter() as admitted:
        yield admitted


async def _begin_search(request: Request) -> AsyncIterator[None]:
    with services_of(request).admission.line_up() as start:
        await wait_for(start)
        yield


# FastAPI would run a function that is not async in a thread, and wait for one under load.
async def _services(request: Request) -> Services:
    return services_of(request)


async def _collection(request: Request) -> Collection:
    return collection_of(request)


async def _caller(request: Request) -> Caller:
    return caller_of(request)


AppServices = Annotated[Services, Depends(_services)]
AskedCollection = Annotated[Collection, Depends(_collection)]
AskedCaller = Annotated[Caller, Depends(_caller)]
VisibleAnswerer = Annotated["Answerer", Depends(visible_answerer)]
"""FastAPI waits for it before it reads the request's parameters."""
AdmittedAnswer = Annotated[Admitted, Depends(_admit)]
"""A place for an answer if there is one, held at least until the reply is sent.

FastAPI reads the body before.
"""
SearchTurn = Depends(_begin_search)
