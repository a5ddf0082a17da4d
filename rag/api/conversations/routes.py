"""GET and DELETE /v1/conversations: by id for readers, the list for the owner."""

import asyncio
from typing import Annotated

from fastapi import APIRouter, Path, Query, Response

from rag.api.conversations.wire import (
    CURSOR_PATTERN,
    ConversationBody,
    ConversationsBody,
    conversation_json,
    conversations_body,
    position_of,
)
from rag.api.services import AskedCollection
from rag.wire.answers import ProblemBody

_MAX_LISTED = 100
router = APIRouter(tags=["conversations"], responses={503: {"model": ProblemBody}})

ConversationId = Annotated[
    str, Path(max_length=64, pattern=r"^[\w-]+$", description="The `conversation_id` of an answer.")
]


@router.get(
    "/v1/conversations/{conversation_id}",
    summary="A conversation with its answers",
    description="All turns, oldest first, each answer as it was given. Anyone who knows the id, which is random, may "
    "read and continue the conversation.",
    responses={200: {"model": ConversationBody}, 404: {"model": ProblemBody}},
)
async def show_conversation(conversation_id: ConversationId, collection: AskedCollection) -> Response:
    conversation = await collection.keeper.conversation(conversation_id)
    body = await asyncio.to_thread(conversation_json, conversation)
    return Response(body, media_type="application/json")


@router.delete(
    "/v1/conversations/{conversation_id}",
    status_code=204,
    summary="Delete a conversation",
    description="Needs only its id, and cannot be undone. A later question with this id begins another conversation.",
    responses={404: {"model": ProblemBody}},
)
async def delete_conversation(conversation_id: ConversationId, collection: AskedCollection) -> Response:
    # First, so that a failure leaves what can be deleted again.
    await collection.feedback.forget_conversation(conversation_id)
    await collection.keeper.delete(conversation_id)
    return Response(status_code=204)


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
