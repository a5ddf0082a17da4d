"""What the routes of OpenAI's protocol share: the collection that is asked, and its answer."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from typing import NamedTuple

from fastapi import Request
from fastapi.exceptions import RequestValidationError

from rag.answering.notes import language_of_question
from rag.api.addresses import server_address
from rag.api.citation_links.issuing import links_of, sign_events
from rag.api.feedback.recording import note_finished
from rag.api.finishing import report_answer
from rag.api.limits.admission import Admitted
from rag.api.limits.budget import counter_of
from rag.api.limits.sharing import answer_in_turn
from rag.api.middleware.collections import NAMED_COLLECTION
from rag.api.openai.messages import read_question, read_turns
from rag.api.openai.task_replies import KNOWN_NAMES, reply_to
from rag.api.openai.tasks import find_task, title_task
from rag.api.services import Collection, caller_of, collection_of, path_prefix_of, services_of, visible_collections
from rag.errors import ModelNotServed
from rag.events import AnswerEvent
from rag.text.stemming import stem
from rag.wire.openai.content import AnswerContent
from rag.wire.openai.metadata import MetadataBody
from rag.wire.openai.requests import SERVED_MODEL, MessageBody
from rag.wire.openai.tools import NO_OFFER, Offer

_MAX_NAME_CHARACTERS = 60
NO_CALL = "an answer calls no tool; only prompts for a title and the like can have a call; leave it out"


class TaskReply(NamedTuple):
    """A reply that is no answer; with a tool it is the arguments of a call."""

    text: str
    tool: str | None = None


async def reply_to_task(
    messages: Sequence[MessageBody], names: Sequence[str] | None, place: str, offer: Offer = NO_OFFER
) -> TaskReply | None:
    """Return the reply to the prompt of a client, such as one for a title; None for a question.

    It is worked out in a thread, because a prompt may hold a whole conversation.

    Args:
        names: Those of the JSON asked for; None for text.
        place: The field of the request that says so.
        offer: The tools of the client. One that takes what is asked for is called.

    Raises:
        RequestValidationError: JSON or a call is asked for, and the messages end in a question.
    """
    tool = next((one for one in offer.tools if _is_for_task(one.argument_names)), None)
    if offer.needs_call and tool is None:
        raise invalid_field("tool_choice", NO_CALL)
    wanted = tool.argument_names if tool else names
    task = await asyncio.to_thread(find_task, messages)
    is_certain = offer.needs_call or tool is None
    if task is None and is_certain and wanted and "title" in wanted and _is_for_task(wanted):
        task = await asyncio.to_thread(title_task, messages)
    if task:
        reply = await asyncio.to_thread(reply_to, task, wanted)
        return TaskReply(reply, tool.name if tool else None)
    if offer.needs_call:
        raise invalid_field("tool_choice", NO_CALL)
    if names is not None:
        raise invalid_field(place, "an answer is text; only prompts for a title, tags and the like can have JSON")
    return None


async def begin_answer(
    request: Request,
    collection: Collection,
    messages: Sequence[MessageBody],
    metadata: MetadataBody | None,
    admitted: Admitted,
) -> AsyncGenerator[AnswerEvent, None]:
    """Return the events of the answer to the last message of a user.

    Raises:
        QuestionInvalid: There is no valid question.
        ServerBusy: There is no place for it.
    """
    max_characters = collection.settings.max_question_characters
    question = read_question(messages, max_characters)
    answerer = await collection.answerer_for(caller_of(request))
    turns = await asyncio.to_thread(read_turns, messages, max_characters, stem, language_of_question)
    filters = metadata.as_filters() if metadata else None
    caller, metrics = caller_of(request), services_of(request).metrics
    answering = answer_in_turn(
        answerer,
        question,
        admitted,
        collection.shared,
        count_unreported=counter_of(caller, collection.feedback, metrics),
        history=turns,
        filters=filters,
    )
    events = note_finished(report_answer(answering, metrics), collection.feedback, caller)
    return sign_events(events, links_of(request, collection))


def _is_for_task(names: Sequence[str]) -> bool:
    return bool(names) and KNOWN_NAMES.issuperset(names)


def asked_collection(request: Request, model: str, metadata: MetadataBody | None = None) -> Collection:
    """Return the collection that the metadata name, or else the model.

    Raises:
        CollectionNotFound, ModelNotServed: There is none for the caller.
        RequestValidationError: The metadata name none that there is, or another than the model.
    """
    named = named_collections(request)
    wanted = metadata.collection if metadata else None
    if model != SERVED_MODEL and model not in named:
        raise ModelNotServed(
            f"there is no model {model[:_MAX_NAME_CHARACTERS]!r} here",
            next_step=f"ask for {' or '.join(map(repr, (SERVED_MODEL, *named)))}",
        )
    if wanted is None:
        return collection_of(request) if model == SERVED_MODEL else named[model]
    if wanted not in named:
        known = f"use {' or '.join(named)}" if named else "leave it out: this server has one"
        raise invalid_field("metadata.collection", f"there is no collection {wanted[:_MAX_NAME_CHARACTERS]!r}; {known}")
    if model not in {SERVED_MODEL, wanted}:
        raise invalid_field("metadata.collection", f"the model asks the collection {model}; leave one of them out")
    return named[wanted]


def named_collections(request: Request) -> dict[str, Collection]:
    """Return the collections that the caller may ask by name."""
    return {one.name: one for one in visible_collections(request) if one.path}


def empty_content(request: Request, collection: Collection) -> AnswerContent:
    """Return a content for an answer from a collection."""
    named = request.scope.get(NAMED_COLLECTION, "")
    base_url = server_address(request).removesuffix(named)
    if not path_prefix_of(request, collection):
        base_url += collection.path
    return AnswerContent(base_url, lists_links=collection.settings.openai_links)


def invalid_field(place: str, message: str) -> RequestValidationError:
    """Return the error of one wrong field of a body."""
    return RequestValidationError([{"type": "value_error", "loc": ("body", *place.split(".")), "msg": message}])
