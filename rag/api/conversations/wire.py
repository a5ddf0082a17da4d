"""Conversations as they go over the wire; each turn holds the answer exactly as it was given."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated

from pydantic import BaseModel, Field, PlainSerializer

from rag.api.conversations.store import ConversationEntry, ListPosition, StoredConversation
from rag.wire.answers import AnswerBody

CURSOR_PATTERN = r"^\d{1,15}-[\w-]{1,64}$"


def _in_utc(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


Moment = Annotated[datetime, PlainSerializer(_in_utc, return_type=str)]


class ConversationEntryBody(BaseModel):
    """A conversation without its turns."""

    id: str
    title: str = Field(description="The first question.")
    created: Moment
    updated: Moment = Field(description="When the last answer was given.")


class ListedConversationBody(ConversationEntryBody):
    """A conversation in a list."""

    n_turns: int


class ConversationsBody(BaseModel):
    """A part of the list of conversations, the one with the newest answer first."""

    conversations: tuple[ListedConversationBody, ...]
    next: str | None = Field(description="The `cursor` of the part that follows; null where this is the last.")


class TurnBody(BaseModel):
    """A question and its answer."""

    answered: Moment
    answer: AnswerBody = Field(description="As POST /v1/ask gave it.")


class ConversationBody(ConversationEntryBody):
    """A conversation with all its turns, oldest first."""

    turns: tuple[TurnBody, ...]


def conversation_json(conversation: StoredConversation) -> bytes:
    """Return a ConversationBody as JSON.

    Answers are put in as they were stored: those of an older version may lack a field that AnswerBody has now.
    """
    turns = [
        {"answered": _day_and_time(turn.answered_ms), "answer": json.loads(turn.answer)} for turn in conversation.turns
    ]
    return json.dumps({**_entry_fields(conversation.entry), "turns": turns}, ensure_ascii=False).encode()


def conversations_body(entries: Sequence[ConversationEntry], limit: int) -> ConversationsBody:
    """Return a part of the list of at most `limit`, of which one more is given where there is more."""
    shown = entries[:limit]
    listed = [ListedConversationBody.model_validate({**_entry_fields(one), "n_turns": one.n_turns}) for one in shown]
    has_more = len(entries) > limit
    return ConversationsBody(
        conversations=tuple(listed), next=f"{shown[-1].updated_ms}-{shown[-1].id}" if has_more else None
    )


def position_of(cursor: str) -> ListPosition:
    """Return the place that a cursor of CURSOR_PATTERN names."""
    updated_ms, _, conversation_id = cursor.partition("-")
    return ListPosition(int(updated_ms), conversation_id)


def _entry_fields(entry: ConversationEntry) -> dict[str, str]:
    return {
        "id": entry.id,
        "title": entry.title,
        "created": _day_and_time(entry.created_ms),
        "updated": _day_and_time(entry.updated_ms),
    }


def _day_and_time(milliseconds: int) -> str:
    return _in_utc(datetime.fromtimestamp(milliseconds / 1000, UTC))
