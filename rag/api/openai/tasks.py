"""Recognise what chat clients ask on their own, and answer it without a search or an LLM.

Beside a user's questions, clients send prompts for a title, tags, follow-up questions or search
queries. A prompt is recognised by its form, not by one client's sentence: an instruction that says
what to return, and a conversation that is set apart from it. All that has another form is a
question.
"""

import json
import re
from collections.abc import Sequence
from typing import Literal, NamedTuple

from rag.text.stemming import stem
from rag.text.words import split_words
from rag.wire.openai import MessageBody

TaskKind = Literal["title", "tags", "follow_ups", "queries"]

_MAX_TITLE_WORDS = 8
_MAX_TITLE_CHARACTERS = 60
_MAX_LINE_CHARACTERS = 1000
_HISTORY_STARTS, _HISTORY_ENDS = "<chat_history>", "</chat_history>"
_JSON_KEY = re.compile(r'\{\s*"(title|tags|follow_ups|queries)"\s*:')
_VERB = r"(?:generate|provide|create|write|give|return|suggest|produce|summari[sz]e|come up with)"
_POLITE = r"(?:please\s+|can you\s+|could you\s+|your task is to\s+)?"
_TITLE = rf"{_POLITE}{_VERB}\b[^.?!\n]{{0,100}}?\btitle\b"
_BEGINS_WITH_TITLE = re.compile(rf"\s*{_TITLE}", re.IGNORECASE)
_ASKS_TITLE = re.compile(rf"(?:^|[.:!\n])\s*{_TITLE}", re.IGNORECASE)
# "The conversation between …" or "the chat policy" is something in the documents.
_OF_CONVERSATION = re.compile(
    r"\b(?:this|the|our|a)\s+(?:conversation|chat|session|dialogue)(?:\s+history)?"
    r"(?=\s*(?:[.,:;!(\n]|$|that (?:starts|begins) with|based on|using|so far|above))",
    re.IGNORECASE,
)
_ONLY = re.compile(
    r"\bonly\b[^.?!\n]{0,30}\btitle\b|\bnothing else\b|\bno (?:quotes|explanation|additional)", re.IGNORECASE
)
_LIMITED = re.compile(
    r"\b\d+[- ](?:words?|characters?)\b|\b(?:concise|short|brief)\b|\bmax(?:imum)?\b[^.?!\n]{0,10}\d", re.IGNORECASE
)
_HEADING = re.compile(r"\s*#{1,6}\s")
_ENDS = re.compile(r"\s*(?:(?:title|output|answer|json)\s*:)?\s*", re.IGNORECASE)
_LABEL = re.compile(r"^\s*(?:<?(?P<role>user|human|assistant|ai)(?::|>))\s*", re.IGNORECASE | re.MULTILINE)
_CLOSING_TAG = re.compile(r"</(?:user|assistant)>\s*$", re.IGNORECASE)
_CONVERSATION_LINE = re.compile(r"^conversation:[ \t]*$", re.IGNORECASE | re.MULTILINE)
_WORDS_LIMIT = re.compile(r"(\d+)[- ](?:words?|word-or-less)\b", re.IGNORECASE)
_CHARACTERS_LIMIT = re.compile(r"(\d+)[- ]characters?\b", re.IGNORECASE)


class ClientTask(NamedTuple):
    """A prompt of a client.

    Attributes:
        questions: What the user said in the conversation, in order; at least one.
    """

    kind: TaskKind
    instruction: str
    questions: tuple[str, ...]


def find_task(messages: Sequence[MessageBody]) -> ClientTask | None:
    """Return the task that the messages are, or None if they end in a question."""
    told = [message for message in messages if message.role in {"user", "assistant"} and message.content.strip()]
    system = "\n".join(message.content for message in messages if message.role in {"system", "developer"})
    if not told or told[-1].role != "user":
        return None
    if len(told) == 1:
        prompt = told[0].content
        return _in_history_tags(prompt) or _before_transcript(prompt) or _in_system(system, prompt)
    return _after_conversation(told)


def reply_to(task: ClientTask) -> str:
    """Return the reply in the form that the task asks for: JSON, or a title as text."""
    if task.kind == "title":
        title = make_title(task.questions[0], task.instruction)
        return json.dumps({"title": title}, ensure_ascii=False) if _JSON_KEY.search(task.instruction) else title
    values: dict[str, list[str]] = {"tags": ["General"], "follow_ups": [], "queries": [_one_line(task.questions[-1])]}
    return json.dumps({task.kind: values[task.kind]}, ensure_ascii=False)


def make_title(question: str, instruction: str) -> str:
    """Return a question as a title within the limits that an instruction names.

    One that is too long loses its function words, and then its end.
    """
    words_limit = _limit(_WORDS_LIMIT, instruction, _MAX_TITLE_WORDS)
    characters_limit = _limit(_CHARACTERS_LIMIT, instruction, _MAX_TITLE_CHARACTERS)
    line = _one_line(question).rstrip(" ?!.…？！。")
    words = line.split()
    if len(words) > words_limit:
        words = [word.text for word in split_words(line, stem) if word.is_content] or words
    title = " ".join(words[:words_limit])
    if len(title) > characters_limit:
        title = title[:characters_limit].rpartition(" ")[0] or title[:characters_limit]
    return title[:1].upper() + title[1:]


def _in_history_tags(prompt: str) -> ClientTask | None:
    """Read a prompt that holds the conversation between tags, as Open WebUI sends it."""
    instruction, _, rest = prompt.partition(_HISTORY_STARTS)
    history, ends, rest = rest.rpartition(_HISTORY_ENDS)
    if not ends or not _ENDS.fullmatch(rest):
        return None
    questions = _questions_of(history)
    begins = _HEADING.match(instruction) or _BEGINS_WITH_TITLE.match(instruction)
    if not begins or not questions:
        return None
    key = _JSON_KEY.search(instruction)
    if key:
        return ClientTask(_kind_of(key[1]), instruction, questions)
    return ClientTask("title", instruction, questions) if _asks_title(instruction) else None


def _before_transcript(prompt: str) -> ClientTask | None:
    """Read an instruction with a conversation below, as LibreChat sends it."""
    line, label = _CONVERSATION_LINE.search(prompt), _LABEL.search(prompt)
    if line is None and label is None:
        return None
    start = line.end() if line else label.start() if label else 0
    instruction, rest = prompt[:start], prompt[start:]
    if not _BEGINS_WITH_TITLE.match(instruction) or not _asks_title(instruction + "\n"):
        return None
    questions = _questions_of(rest) or ((rest.strip(),) if line and rest.strip() else ())
    return ClientTask("title", instruction, questions) if questions else None


def _in_system(system: str, prompt: str) -> ClientTask | None:
    """Read an instruction in a system message, with the conversation as the user's message."""
    if not _asks_title(system) or not _ONLY.search(system):
        return None
    questions = _questions_of(prompt) if _LABEL.match(prompt) else ()
    if not questions and _BEGINS_WITH_TITLE.match(system):
        questions = (prompt,)
    return ClientTask("title", system, questions) if questions else None


def _after_conversation(told: Sequence[MessageBody]) -> ClientTask | None:
    """Read an instruction that a client sends as the last message of a conversation."""
    instruction = told[-1].content
    if not _BEGINS_WITH_TITLE.match(instruction) or not _asks_title(instruction):
        return None
    questions = tuple(message.content for message in told[:-1] if message.role == "user")
    return ClientTask("title", instruction, questions) if questions else None


def _asks_title(instruction: str) -> bool:
    return bool(
        _ASKS_TITLE.search(instruction) and _OF_CONVERSATION.search(instruction) and _LIMITED.search(instruction)
    )


def _questions_of(transcript: str) -> tuple[str, ...]:
    """Return what the lines or tags of users say in a transcript."""
    labels = list(_LABEL.finditer(transcript))
    ends = [label.start() for label in labels[1:]] + [len(transcript)]
    told = ((label["role"].lower(), transcript[label.end() : end]) for label, end in zip(labels, ends, strict=False))
    questions = (_CLOSING_TAG.sub("", text.strip()).strip() for role, text in told if role in {"user", "human"})
    return tuple(question for question in questions if question)


def _kind_of(key: str) -> TaskKind:
    kinds: tuple[TaskKind, ...] = ("title", "tags", "follow_ups", "queries")
    return next(kind for kind in kinds if kind == key)


def _limit(pattern: re.Pattern[str], instruction: str, default: int) -> int:
    """Return the largest number that an instruction names; "3-5 words" means 5."""
    named = [int(number[:4]) for number in pattern.findall(instruction)]
    return max(min(max(named, default=default), default), 1)


def _one_line(text: str) -> str:
    return " ".join(text[:_MAX_LINE_CHARACTERS].split())
