"""Conversations as JSON; each turn holds the answer exactly as it was given."""

import json
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import AliasPath, BaseModel, BeforeValidator, Field, PlainSerializer

from rag.api.conversations.store import ConversationEntry, ListPosition, StoredConversation
from rag.wire.answers import AnswerBody

SignCitation = Callable[[dict[str, Any]], None]
CURSOR_PATTERN = r"^\d{1,15}-[\w-]{1,64}$"


def _moment(milliseconds: int) -> datetime:
    return datetime.fromtimestamp(milliseconds / 1000, UTC)


def _in_utc(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


Moment = Annotated[datetime, BeforeValidator(_moment), PlainSerializer(_in_utc, return_type=str)]
"""Made from milliseconds since 1970."""


class ConversationEntryBody(BaseModel):
    """A conversation without its turns."""

    id: str
    title: str = Field(description="The first question.")
    created: Moment = Field(validation_alias="created_ms")
    updated: Moment = Field(validation_alias="updated_ms", description="When the last answer was given.")


class ListedConversationBody(ConversationEntryBody):
    """A conversation in a list."""

    n_turns: int
    key_id: str | None = Field(
        validation_alias=AliasPath("owner", "key_id"), description="Of the key that began it; null without one."
    )
    user: str | None = Field(
        validation_alias=AliasPath("owner", "user"), description="The signed-in visitor who began it; null without one."
    )


class ConversationsBody(BaseModel):
    """A page of the list of conversations, the newest answer first."""

    conversations: tuple[ListedConversationBody, ...]
    next: str | None = Field(description="The `cursor` of the next page; null on the last.")


class DeletedBody(BaseModel):
    """What was deleted."""

    n_deleted: int


class TurnBody(BaseModel):
    """A question and its answer."""

    answered: Moment
    answer: AnswerBody = Field(description="As POST /v1/ask gave it.")


class ConversationBody(ConversationEntryBody):
    """A conversation with all its turns, oldest first."""

    turns: tuple[TurnBody, ...]


def conversation_json(conversation: StoredConversation, sign: SignCitation) -> bytes:
    """Return a ConversationBody as JSON.

    Answers stay as stored; those of an older version may lack a field of AnswerBody.

    Args:
        sign: Replaces the links of a citation by those that the reader can open.
    """
    entry = ConversationEntryBody.model_validate(conversation.entry, from_attributes=True)
    answers = [json.loads(turn.answer) for turn in conversation.turns]
    for citation in (citation for answer in answers for citation in answer.get("citations", ())):
        sign(citation)
    turns = [
        {"answered": _in_utc(_moment(turn.answered_ms)), "answer": answer}
        for turn, answer in zip(conversation.turns, answers, strict=True)
    ]
    return json.dumps({**entry.model_dump(), "turns": turns}, ensure_ascii=False).encode()


def conversations_body(entries: Sequence[ConversationEntry], limit: int) -> ConversationsBody:
    """Return a page of at most `limit` entries; one more entry means that there is a next page."""
    shown = entries[:limit]
    listed = [ListedConversationBody.model_validate(entry, from_attributes=True) for entry in shown]
    cursor = f"{shown[-1].updated_ms}-{shown[-1].id}" if len(entries) > limit else None
    return ConversationsBody(conversations=tuple(listed), next=cursor)


def position_of(cursor: str) -> ListPosition:
    """Return the position in a cursor that matches CURSOR_PATTERN."""
    updated_ms, _, conversation_id = cursor.partition("-")
    return ListPosition(int(updated_ms), conversation_id)
