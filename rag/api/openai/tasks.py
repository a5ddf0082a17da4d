"""Recognise what chat clients ask on their own, beside a user's questions.

They send prompts for a title, tags, follow-up questions, search queries, an emoji and the like. A
prompt is recognised by its form, not by one client's sentence: an instruction that says what to
return, and a text that is set apart from it. All that has another form is a question.
"""

import json
import re
from collections.abc import Sequence
from typing import Literal, NamedTuple, get_args

from rag.wire.openai.requests import MessageBody

TaskKind = Literal["title", "tags", "follow_ups", "queries", "prompt", "text", "emoji", "tool_calls"]
"""What is asked for; but for an emoji, the name that the reply has in JSON."""

_HISTORY_STARTS, _HISTORY_ENDS = "<chat_history>", "</chat_history>"
_JSON_KEY = re.compile(r'\{\s*"(title|tags|follow_ups|queries|prompt|text|tool_calls)"\s*:')
_VERB = r"(?:generate|provide|create|write|give|return|suggest|produce|summari[sz]e|come up with)"
_POLITE = r"(?:please\s+|can you\s+|could you\s+|your task is to\s+)?"
# LibreChat lists what it wants, the title second.
_LISTED = r"analy[sz]e this conversation and provide:\s*1\.[^.?!\n]{0,100}\n\s*2\.[^.?!\n]{0,50}\btitle\b"
_TITLE = rf"(?:{_POLITE}{_VERB}\b[^.?!\n]{{0,100}}?\btitle\b|{_LISTED})"
_BEGINS_WITH_TITLE = re.compile(rf"\s*{_TITLE}", re.IGNORECASE)
_ASKS_TITLE = re.compile(rf"(?:^|[.:!\n])[^\S\n]*{_TITLE}", re.IGNORECASE)
# "The conversation between …" or "the chat policy" is something in the documents.
_OF_CONVERSATION = re.compile(
    r"\b(?:this|the|our|a)\s+(?:conversation|chat|session|dialogue)(?:\s+history)?"
    r"(?=\s*(?:[.,:;!(\n]|$|that (?:starts|begins) with|based on|using|so far|above|and provide:"
    r"|in the (?:given|same|detected) language))",
    re.IGNORECASE,
)
_ONLY = re.compile(
    r"\bonly\b[^.?!\n]{0,30}\btitle\b|\bnothing else\b|\bno (?:quotes|explanation|additional)", re.IGNORECASE
)
_LIMITED = re.compile(
    r"\b\d+[- ](?:words?|characters?)\b|\b(?:concise|short|brief)\b|\bmax(?:imum)?\b[^.?!\n]{0,10}\d", re.IGNORECASE
)
_HEADING = re.compile(r"\s*#{1,6}\s")
_ENDS = re.compile(r"(?:(?:title|output|answer|json)\s*:)?", re.IGNORECASE)
_COMPLETED = re.compile(r"\s*<type>[^<>]{0,40}</type>\s*<text>.*</text>\s*#{1,6} Output:\s*", re.DOTALL)
_LABEL = re.compile(
    r"^[^\S\n]*(?:\|\|>)?<?(?P<role>user|human|assistant|ai|(?<=\|\|>)response)[:>]\s*", re.IGNORECASE | re.MULTILINE
)
_LAST_LABEL = re.compile(r"\n[^\S\n]*\|\|>Title:\Z", re.IGNORECASE)
_QUOTED = re.compile(r'"(.*)"', re.DOTALL)
_ASKS_EMOJI = re.compile(r"\s*your task is to\b[^.?!\n]{0,120}\bemoji\b", re.IGNORECASE)
_MESSAGE = re.compile(r"\n[^\S\n]*Message:[^\S\n]*```")
_FENCE = "```"
_ASKS_TOOLS = re.compile(r"\s*available tools:", re.IGNORECASE)
_CLOSING_TAG = re.compile(r"</(?:user|assistant)>\s*$", re.IGNORECASE)
_CONVERSATION_LINE = re.compile(r"^conversation:[ \t]*$", re.IGNORECASE | re.MULTILINE)


class ClientTask(NamedTuple):
    """A prompt of a client.

    Attributes:
        questions: What the user said in the conversation, in order; at least one.
        replies: What the assistant said.
    """

    kind: TaskKind
    instruction: str
    questions: tuple[str, ...]
    replies: tuple[str, ...] = ()

    @property
    def wants_json(self) -> bool:
        """Whether the instruction asks for JSON."""
        return self.kind not in {"title", "emoji"} or bool(_JSON_KEY.search(self.instruction))


class _Transcript(NamedTuple):
    questions: tuple[str, ...]
    replies: tuple[str, ...]


def find_task(messages: Sequence[MessageBody]) -> ClientTask | None:
    """Return the task that the messages are, or None if they end in a question."""
    told = [message for message in messages if message.role in {"user", "assistant"} and message.content.strip()]
    system = "\n".join(message.content for message in messages if message.role in {"system", "developer"})
    if not told:
        return _before_transcript(system)
    if told[-1].role != "user":
        return None
    prompt = told[-1].content
    if len(told) == 1:
        found = _in_history_tags(prompt) or _before_transcript(prompt) or _of_message(prompt)
        return found or _in_system(system, prompt) or _of_tools(system, prompt)
    return _of_tools(system, prompt) or _after_conversation(told)


def title_task(messages: Sequence[MessageBody]) -> ClientTask | None:
    """Return the task of a title where the form of the reply says that one is wanted.

    The words of the prompt may be any then. Without a transcript in it, it is what the title is of.
    """
    asked = [message.content for message in messages if message.role == "user" and message.content.strip()]
    if not asked:
        return None
    told = _read(asked[-1])
    return ClientTask("title", asked[-1], told.questions or (asked[0],), told.replies)


def _in_history_tags(prompt: str) -> ClientTask | None:
    """Read a prompt that holds the conversation between tags, as Open WebUI sends it."""
    instruction, _, rest = prompt.partition(_HISTORY_STARTS)
    history, ends, rest = rest.rpartition(_HISTORY_ENDS)
    key, told = _JSON_KEY.search(instruction), _read(history)
    begins = _HEADING.match(instruction) or _BEGINS_WITH_TITLE.match(instruction)
    if not ends or not begins:
        return None
    if key and key[1] == "text" and _COMPLETED.fullmatch(rest):
        return ClientTask("text", instruction, told.questions or ("",))
    if not told.questions or not _ENDS.fullmatch(rest.strip()):
        return None
    if key:
        return ClientTask(_kind_of(key[1]), instruction, *told)
    return ClientTask("title", instruction, *told) if _asks_title(instruction) else None


def _before_transcript(prompt: str) -> ClientTask | None:
    """Read an instruction with a conversation below, as LibreChat sends it."""
    line, label = _CONVERSATION_LINE.search(prompt), _LABEL.search(prompt)
    if line is None and label is None:
        return None
    start = line.end() if line else label.start() if label else 0
    instruction, rest = prompt[:start], _LAST_LABEL.sub("", prompt[start:].rstrip())
    if not _BEGINS_WITH_TITLE.match(instruction) or not _asks_title(instruction + "\n"):
        return None
    told = _read(rest)
    if not told.questions and line and rest.strip():
        told = _Transcript((rest.strip(),), ())
    return ClientTask("title", instruction, *told) if told.questions else None


def _of_message(prompt: str) -> ClientTask | None:
    """Read a prompt for the emoji of one message, as Open WebUI sends it."""
    found, rest = _MESSAGE.search(prompt), prompt.rstrip()
    if not found or not _ASKS_EMOJI.match(prompt) or not rest.endswith(_FENCE):
        return None
    return ClientTask("emoji", prompt[: found.start()], (rest[found.end() :].removesuffix(_FENCE),))


def _of_tools(system: str, prompt: str) -> ClientTask | None:
    """Read an instruction to choose tools for a query, as Open WebUI sends it."""
    key = _JSON_KEY.search(system) if _ASKS_TOOLS.match(system) else None
    return ClientTask("tool_calls", system, (prompt,)) if key and key[1] == "tool_calls" else None


def _in_system(system: str, prompt: str) -> ClientTask | None:
    """Read an instruction in a system message, with the conversation there or in the user's."""
    if found := _before_transcript(system):
        return found
    if not _asks_title(system) or not _ONLY.search(system):
        return None
    told = _read(prompt) if _LABEL.match(prompt) else _Transcript((), ())
    if not told.questions and _BEGINS_WITH_TITLE.match(system):
        told = _Transcript((prompt,), ())
    return ClientTask("title", system, *told) if told.questions else None


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


def _read(transcript: str) -> _Transcript:
    """Return what users and assistants say in a transcript: lines, tags, or JSON messages."""
    told = _read_json(transcript) or _read_lines(transcript)
    asked = tuple(text for role, text in told if text and role in {"user", "human"})
    return _Transcript(asked, tuple(text for role, text in told if text and role not in {"user", "human"}))


def _read_lines(transcript: str) -> list[tuple[str, str]]:
    labels = list(_LABEL.finditer(transcript))
    ends = [label.start() for label in labels[1:]] + [len(transcript)]
    told = [(label["role"].lower(), transcript[label.end() : end]) for label, end in zip(labels, ends, strict=False)]
    return [(role, _unquote(_CLOSING_TAG.sub("", text.strip()).strip())) for role, text in told]


def _read_json(transcript: str) -> list[tuple[str, str]]:
    if not transcript.lstrip().startswith(("[", "{")):
        return []
    try:
        read = json.loads(transcript)
        messages = read if isinstance(read, list) else read["messages"]
        told = [MessageBody.model_validate(message) for message in messages]
    except (ValueError, TypeError, KeyError, RecursionError):
        return []
    return [(one.role, one.content.strip()) for one in told if one.role in {"user", "assistant"}]


def _unquote(text: str) -> str:
    found = _QUOTED.fullmatch(text)
    return found[1] if found else text


def _kind_of(key: str) -> TaskKind:
    kinds: tuple[TaskKind, ...] = get_args(TaskKind)
    return next(kind for kind in kinds if kind == key)
