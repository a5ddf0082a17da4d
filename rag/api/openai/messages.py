"""Read the question and the conversation before it from the messages of an OpenAI client.

Instructions (system, developer) and tool results are ignored: answers rest only on the documents.
"""

import re
from collections.abc import Callable, Sequence

from rag.answering.question.follow_ups import rewrite_turns
from rag.answering.question.history import MAX_HISTORY_TURNS, fit_history
from rag.errors import QuestionInvalid
from rag.text.questions import clean_query, validate_question
from rag.text.words import Stem
from rag.types import Turn
from rag.wire.markdown import unescape_markdown
from rag.wire.openai.content import BROKEN_OFF
from rag.wire.openai.requests import MessageBody

# A document's own "[4]" is escaped.
_MARKERS = re.compile(r"(?<!\s)\s*(?<!\\)(?:\[\d+\])+")
_MAX_ANSWER_CHARACTERS = 4000


def read_question(messages: Sequence[MessageBody], max_characters: int) -> str:
    """Return the last message of a user.

    Raises:
        QuestionInvalid: It is no valid question, or there is none.
    """
    asked = [message.content for message in messages if message.role == "user"]
    if not asked:
        raise QuestionInvalid("no message has the role user", next_step="ask something")
    return validate_question(asked[-1], max_characters)


def read_turns(
    messages: Sequence[MessageBody], max_characters: int, stem: Stem, detect_language: Callable[[str], str]
) -> tuple[Turn, ...]:
    """Return the earlier questions with their answers, as a stored conversation has them.

    Clients also send questions again that were invalid or got no answer; these are no turns.

    Args:
        max_characters: The longest valid question.
        stem: Returns the stem of a word in lower case.
        detect_language: Returns the ISO 639-1 code of a question.
    """
    turns: list[Turn] = []
    question = ""
    for message in messages[: _last_of_user(messages)]:
        if message.role == "user":
            question = message.content
        elif message.role == "assistant" and question:
            turns += _turn(question, message.content, max_characters)
            question = ""
    return fit_history(rewrite_turns(turns[-MAX_HISTORY_TURNS:], stem, detect_language))


def _last_of_user(messages: Sequence[MessageBody]) -> int:
    return max((i for i, message in enumerate(messages) if message.role == "user"), default=0)


def _turn(question: str, reply: str, max_characters: int) -> list[Turn]:
    """Return a turn or none, without the text that broke off and the quotes below the answer."""
    counts = reply.rpartition(BROKEN_OFF)[2].strip().partition("\n\n")[0]
    answer, _ = clean_query(unescape_markdown(_MARKERS.sub("", counts)), _MAX_ANSWER_CHARACTERS)
    try:
        return [Turn(validate_question(question, max_characters), answer)] if answer else []
    except QuestionInvalid:
        return []
