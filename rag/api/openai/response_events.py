"""Format the events of an answer as the events of OpenAI's Responses API, numbered from 0."""

import json
from collections.abc import Mapping

from rag.events import AnswerEvent, AnswerFinished, AnswerStarted, TextDelta
from rag.types import Answer
from rag.wire.answers import ProblemBody
from rag.wire.openai.content import AnnotationBody, AnswerContent
from rag.wire.openai.responses import OutputMessageBody, OutputTextBody, ResponseBody, output_body, response_body

_IN_MESSAGE = {"output_index": 0, "content_index": 0}


class ResponseEvents:
    """The events of one response; sources, citations and drafts wait for its end."""

    def __init__(self, content: AnswerContent, *, model: str, created: int) -> None:
        """Start a response.

        Args:
            content: Is filled with the answer.
            model: As the client asked for it.
            created: Seconds since 1970.
        """
        self._content = content
        self._model = model
        self._created = created
        self._id = ""
        self._n_sent = 0

    def format_event(self, event: AnswerEvent) -> str:
        match event:
            case AnswerStarted(id=answer_id):
                return self._start(answer_id)
            case TextDelta():
                return self._delta(self._content.add(event))
            case AnswerFinished(answer):
                piece, annotations = self._content.finish(answer)
                return self._delta(piece) + self._finish(self._content.text, annotations, answer)
            case _:
                return ""

    def format_reply(self, reply: str, reply_id: str) -> str:
        """Return all events of a text that is no answer, such as a title."""
        return self._start(reply_id) + self._delta(reply) + self._finish(reply, (), None)

    def format_problem(self, problem: ProblemBody) -> str:
        return self._event("error", {"code": problem.code, "message": problem.detail, "param": None})

    def format_ping(self) -> str:
        return ": ping\n\n"

    def _start(self, response_id: str) -> str:
        self._id = response_id
        begun = ResponseBody(
            id=f"resp_{self._id}",
            created_at=self._created,
            status="in_progress",
            model=self._model,
            output=(),
            usage=None,
        ).model_dump()
        message = OutputMessageBody(id=self._message_id, status="in_progress", content=()).model_dump()
        return (
            self._event("response.created", {"response": begun})
            + self._event("response.in_progress", {"response": begun})
            + self._event("response.output_item.added", {"output_index": 0, "item": message})
            + self._in_message("response.content_part.added", part=OutputTextBody(text="").model_dump())
        )

    def _delta(self, text: str) -> str:
        return self._in_message("response.output_text.delta", delta=text, logprobs=[]) if text else ""

    def _finish(self, text: str, annotations: tuple[AnnotationBody, ...], answer: Answer | None) -> str:
        output = output_body(text, annotations)
        done = response_body(output, answer, response_id=self._id, model=self._model, created=self._created)
        added = [
            self._in_message(
                "response.output_text.annotation.added", annotation_index=i, annotation=annotation.model_dump()
            )
            for i, annotation in enumerate(output.annotations)
        ]
        return (
            "".join(added)
            + self._in_message("response.output_text.done", text=text, logprobs=[])
            + self._in_message("response.content_part.done", part=output.model_dump())
            + self._event("response.output_item.done", {"output_index": 0, "item": done.output[0].model_dump()})
            + self._event("response.completed", {"response": done.model_dump()})
        )

    @property
    def _message_id(self) -> str:
        return f"msg_{self._id}"

    def _in_message(self, kind: str, **more: object) -> str:
        return self._event(kind, {"item_id": self._message_id, **_IN_MESSAGE, **more})

    def _event(self, kind: str, payload: Mapping[str, object]) -> str:
        body = {"type": kind, "sequence_number": self._n_sent, **payload}
        self._n_sent += 1
        # In ASCII, because some clients end the line at U+2028, which a quote may hold.
        return f"event: {kind}\ndata: {json.dumps(body)}\n\n"
