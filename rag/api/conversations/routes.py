"""GET and DELETE /v1/conversations: by id for readers, the list for the owner."""

import asyncio
from contextlib import suppress
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response
from fastapi.exceptions import RequestValidationError

from rag.api.access.visitors import VISITOR_HEADER
from rag.api.citation_links.issuing import links_of
from rag.api.conversations.ownership import reader_of
from rag.api.conversations.store import Owner
from rag.api.conversations.wire import (
    CURSOR_PATTERN,
    ConversationBody,
    ConversationsBody,
    DeletedBody,
    SignCitation,
    conversation_json,
    conversations_body,
    position_of,
)
from rag.api.services import AskedCollection, Collection, caller_of
from rag.errors import ConversationNotFound, RagError, ScopeMissing

_MAX_LISTED = 100
router = APIRouter(tags=["conversations"])

ConversationId = Annotated[
    str, Path(max_length=64, pattern=r"^[\w-]+$", description="The `conversation_id` of an answer.")
]


@router.get(
    "/v1/conversations/{conversation_id}",
    summary="A conversation with its answers",
    description="All turns, oldest first, each answer as it was given. It belongs to the key and the visitor that "
    "began it. With the same key and no visitor, anyone who knows the id, which is random, reads and continues it.",
    responses={200: {"model": ConversationBody}, 404: {"description": "No such conversation."}},
)
async def show_conversation(conversation_id: ConversationId, request: Request, collection: AskedCollection) -> Response:
    conversation = await collection.keeper.conversation(conversation_id, reader_of(caller_of(request)))
    sign = await _signing(request, collection)
    body = await asyncio.to_thread(conversation_json, conversation, sign)
    return Response(body, media_type="application/json")


@router.delete(
    "/v1/conversations/{conversation_id}",
    status_code=204,
    summary="Delete a conversation",
    description="By whoever may read it. It cannot be undone. A later question with this id begins another "
    "conversation.",
    responses={404: {"description": "No such conversation."}},
)
async def delete_conversation(
    conversation_id: ConversationId, request: Request, collection: AskedCollection
) -> Response:
    reader = reader_of(caller_of(request))
    if reader not in {None, Owner()}:
        # Feedback on the conversation of another owner must stay.
        await collection.keeper.conversation(conversation_id, reader)
    await _delete(conversation_id, reader, collection)
    return Response(status_code=204)


@router.delete(
    "/v1/conversations",
    summary="Delete all conversations of a visitor",
    description="A signed-in visitor deletes his own. A key with the scope `admin` deletes those of any `user`, "
    "whichever key they were begun with. It cannot be undone.",
)
async def delete_conversations_of_visitor(
    request: Request,
    collection: AskedCollection,
    user: Annotated[str | None, Query(max_length=200, description="For a key with the scope `admin`.")] = None,
) -> DeletedBody:
    caller = caller_of(request)
    if caller.user is not None and user in {None, caller.user}:
        return await _delete_all_of(caller.user, caller.key_id, collection)
    if "admin" not in caller.scopes:
        raise ScopeMissing(
            "only a signed-in visitor deletes his conversations, or a key with the scope admin those of a user",
            next_step=f"send the visitor's token as {VISITOR_HEADER}",
        )
    if user is None:
        raise RequestValidationError([{"type": "missing", "loc": ("query", "user"), "msg": "name the user"}])
    return await _delete_all_of(user, None, collection)


@router.get(
    "/v1/conversations",
    summary="List the conversations",
    description="The one with the newest answer first. The list shows what all readers asked.",
)
async def list_conversations(
    collection: AskedCollection,
    limit: Annotated[int, Query(ge=1, le=_MAX_LISTED, description="The most to return.")] = 20,
    cursor: Annotated[
        str | None, Query(pattern=CURSOR_PATTERN, description="`next` of the page before; the first page by default.")
    ] = None,
) -> ConversationsBody:
    # One more than the page shows whether there is a next page.
    entries = await collection.keeper.entries(limit + 1, position_of(cursor) if cursor else None)
    return conversations_body(entries, limit)


async def _signing(request: Request, collection: Collection) -> SignCitation:
    """Return what signs the links of a stored citation; without an index they stay as they are."""
    try:
        document_at = (await collection.answerer_for(caller_of(request))).retriever.document
    except RagError:
        return lambda _: None
    links = links_of(request, collection)
    return lambda citation: links.stored(citation, document_at)


async def _delete(conversation_id: str, reader: Owner | None, collection: Collection) -> None:
    _forget_shared(collection)
    # Feedback first, so that a failure leaves what can be deleted again.
    await collection.feedback.forget_conversation(conversation_id)
    await collection.keeper.delete(conversation_id, reader)


async def _delete_all_of(user: str, key_id: str | None, collection: Collection) -> DeletedBody:
    _forget_shared(collection)
    # Also what belongs to no conversation.
    await collection.feedback.forget_user(user, key_id)
    n_deleted = 0
    for conversation_id in sorted(await collection.keeper.ids_of(user, key_id)):
        # It may be gone meanwhile.
        with suppress(ConversationNotFound):
            await _delete(conversation_id, None, collection)
            n_deleted += 1
    return DeletedBody(n_deleted=n_deleted)


def _forget_shared(collection: Collection) -> None:
    """Drop all answers kept for others: it is not known who asked for which."""
    if collection.shared is not None:
        collection.shared.forget()
