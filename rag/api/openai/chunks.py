"""Format the events of an answer as chunks of OpenAI's chat protocol.

The last data line is `[DONE]`. The joined deltas are the content of the answer.
"""

import json
from collections.abc import Mapping

from rag.events import AnswerEvent, AnswerFinished, AnswerStarted, TextDelta
from rag.types import Answer, Usage
from rag.wire.answers import ProblemBody, answer_body
from rag.wire.openai.completions import completion_id, tool_call, usage_body
from rag.wire.openai.content import AnswerContent
from rag.wire.openai.errors import error_body

_DONE = "data: [DONE]\n\n"


class ChunkFormat:
    """The chunks of one answer; sources, citations and drafts wait for the last one."""

    def __init__(self, content: AnswerContent, *, model: str, created: int, includes_usage: bool) -> None:
        """Start an answer.

        Args:
            content: Is filled with the answer.
            model: As the client asked for it.
            created: Seconds since 1970.
            includes_usage: Whether one more chunk counts the tokens.
        """
        self._content = content
        self._model = model
        self._created = created
        self._includes_usage = includes_usage
        self._id = ""

    def format_event(self, event: AnswerEvent) -> str:
        match event:
            case AnswerStarted(id=answer_id):
                self._id = completion_id(answer_id)
                return self._chunk({"role": "assistant", "content": ""})
            case TextDelta():
                return self._piece(self._content.add(event))
            case AnswerFinished(answer):
                return self._finish(answer)
            case _:
                return ""

    def format_reply(self, reply: str, tool: str | None, reply_id: str) -> str:
        """Return all chunks of a text that is no answer, such as a title.

        Args:
            tool: The name of the tool that takes the text as its arguments; None for a message.
        """
        self._id = completion_id(reply_id)
        if tool is None:
            pieces = self._chunk({"role": "assistant", "content": ""}) + self._piece(reply)
        else:
            call = {"index": 0, **tool_call(tool, reply, reply_id).model_dump()}
            pieces = self._chunk({"role": "assistant", "content": None, "tool_calls": [call]})
        ending = "stop" if tool is None else "tool_calls"
        last = self._chunk({"annotations": []}, finish_reason=ending, footnote=None)
        return pieces + last + self._usage(Usage()) + _DONE

    def format_problem(self, problem: ProblemBody) -> str:
        return _data(error_body(problem).model_dump()) + _DONE

    def format_ping(self) -> str:
        # Clients read each data line as a chunk, but not a comment.
        return ": ping\n\n"

    def _finish(self, answer: Answer) -> str:
        piece, annotations = self._content.finish(answer)
        delta = {"annotations": [annotation.model_dump() for annotation in annotations]}
        last = self._chunk(delta, finish_reason="stop", footnote=answer_body(answer).model_dump())
        return (self._piece(piece) if piece else "") + last + self._usage(answer.usage) + _DONE

    def _piece(self, text: str) -> str:
        return self._chunk({"content": text})

    def _usage(self, usage: Usage) -> str:
        if not self._includes_usage:
            return ""
        return _data({**self._head(), "choices": [], "usage": usage_body(usage).model_dump()})

    def _chunk(self, delta: Mapping[str, object], finish_reason: str | None = None, **more: object) -> str:
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish_reason}
        # If usage comes at the end, each chunk before it has null.
        usage = {"usage": None} if self._includes_usage else {}
        return _data({**self._head(), "choices": [choice], **usage, **more})

    def _head(self) -> dict[str, object]:
        kind = "chat.completion.chunk"
        return {"id": self._id, "object": kind, "created": self._created, "model": self._model}


def _data(payload: Mapping[str, object]) -> str:
    # In ASCII, because some clients end the line at U+2028, which a quote may hold.
    return f"data: {json.dumps(payload)}\n\n"
