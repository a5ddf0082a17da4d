"""GET and DELETE /v1/conversations: what was asked and answered, for whoever knows an id or holds the admin key."""

from typing import Annotated

from fastapi import APIRouter, Header, Path, Query, Response
from pydantic import SecretStr

from rag.api.conversations.keeper import ConversationKeeper
from rag.api.conversations.wire import (
    CURSOR_PATTERN,
    ConversationBody,
    ConversationsBody,
    conversation_json,
    conversations_body,
    position_of,
)
from rag.api.guards import holds_key
from rag.errors import KeyRefused
from rag.wire.answers import ProblemBody

_MAX_LISTED = 100
# Where a reader's words go: no cache keeps them.
_PRIVATE = {"Cache-Control": "no-store"}

ConversationId = Annotated[
    str, Path(max_length=64, pattern=r"^[\w-]+$", description="The `conversation_id` of an answer.")
]


def make_router(keeper: ConversationKeeper, admin_key: SecretStr | None) -> APIRouter:
    """Return the routes that show, delete and list conversations."""
    router = APIRouter(tags=["conversations"], responses={503: {"model": ProblemBody}})

    @router.get(
        "/v1/conversations/{conversation_id}",
        summary="A conversation with its answers",
        description="All turns, oldest first, each answer as it was given. Whoever knows the id, which is random, may "
        "read and continue the conversation.",
        responses={200: {"model": ConversationBody}, 404: {"model": ProblemBody}},
    )
    async def show_conversation(conversation_id: ConversationId) -> Response:
        conversation = await keeper.conversation(conversation_id)
        return Response(conversation_json(conversation), headers=_PRIVATE, media_type="application/json")

    @router.delete(
        "/v1/conversations/{conversation_id}",
        status_code=204,
        summary="Delete a conversation",
        description="For good, for whoever knows its id. A later question with this id begins another conversation.",
        responses={404: {"model": ProblemBody}},
    )
    async def delete_conversation(conversation_id: ConversationId) -> Response:
        await keeper.delete(conversation_id)
        return Response(status_code=204)

    @router.get(
        "/v1/conversations",
        summary="List the conversations",
        description="The one with the newest answer first. It shows what everybody asked, so it wants the admin key: "
        "`Authorization: Bearer KEY`.",
        responses={401: {"model": ProblemBody}},
    )
    async def list_conversations(
        response: Response,
        limit: Annotated[int, Query(ge=1, le=_MAX_LISTED, description="How many at most.")] = 20,
        cursor: Annotated[
            str | None, Query(pattern=CURSOR_PATTERN, description="`next` of the part before; without it the newest.")
        ] = None,
        authorization: Annotated[str, Header()] = "",
    ) -> ConversationsBody:
        if admin_key is None:
            raise KeyRefused("conversations are listed only where RAG_ADMIN_KEY is set", next_step="set it and restart")
        if not holds_key(authorization, admin_key):
            raise KeyRefused("send the admin key: Authorization: Bearer KEY")
        response.headers.update(_PRIVATE)
        # One more than is shown tells whether there is more.
        entries = await keeper.entries(limit + 1, position_of(cursor) if cursor else None)
        return conversations_body(entries, limit)

    return router
