"""Read the messages of an OpenAI client: which one is the question, and what the conversation before it was.

Instructions (system, developer) and what tools returned are left out: an answer rests on the documents alone.
"""

import re
from collections.abc import Callable, Sequence

from rag.answering.question.follow_ups import fit_history, rewrite_turns
from rag.errors import QuestionInvalid
from rag.text.questions import clean_query, validate_question
from rag.text.words import Stem
from rag.types import Turn
from rag.wire.openai import BROKEN_OFF, MessageBody

_MARKERS = re.compile(r"\s*(?:\[\d+\])+")
# As many as are read of a stored conversation: each costs the time to see whether its question leans on the one before.
_MAX_TURNS = 20
_MAX_ANSWER_CHARACTERS = 4000


def read_question(messages: Sequence[MessageBody], max_characters: int) -> str:
    """Return what the last message of a user asks.

    Raises:
        QuestionInvalid: It cannot be asked, or there is none.
    """
    asked = [message.content for message in messages if message.role == "user"]
    if not asked:
        raise QuestionInvalid("no message has the role user", next_step="ask something")
    return validate_question(asked[-1], max_characters)


def read_turns(
    messages: Sequence[MessageBody], max_characters: int, stem: Stem, detect_language: Callable[[str], str]
) -> tuple[Turn, ...]:
    """Return the questions before the last one with their answers, as a stored conversation would have them.

    A question that could not be asked, or that got no answer, is no turn: clients send again what they were refused.

    Args:
        max_characters: Of a question.
        stem: Of words, in lower case.
        detect_language: Of questions, ISO 639-1.
    """
    turns: list[Turn] = []
    question = ""
    for message in messages[: _last_of_user(messages)]:
        if message.role == "user":
            question = message.content
        elif message.role == "assistant" and question:
            turns += _turn(question, message.content, max_characters)
            question = ""
    return fit_history(rewrite_turns(turns[-_MAX_TURNS:], stem, detect_language))


def _last_of_user(messages: Sequence[MessageBody]) -> int:
    return max((i for i, message in enumerate(messages) if message.role == "user"), default=0)


def _turn(question: str, told: str, max_characters: int) -> list[Turn]:
    """Return a turn, or none; of the answer without what was broken off before it and what was offered below it."""
    counts = told.rpartition(BROKEN_OFF)[2].strip().partition("\n\n")[0]
    answer, _ = clean_query(_MARKERS.sub("", counts), _MAX_ANSWER_CHARACTERS)
    try:
        return [Turn(validate_question(question, max_characters), answer)] if answer else []
    except QuestionInvalid:
        return []
