"""The errors of OpenAI's protocol, and which requests get them."""

from collections.abc import Mapping
from typing import Literal

from pydantic import BaseModel

from rag.wire.answers import ProblemBody

_PATHS = ("/v1/chat/", "/v1/models")
# What OpenAI has at its paths, this server not or in part; `conversations` are its own.
_RESOURCES = frozenset(
    {"agents", "assistants", "audio", "batches", "chatkit", "completions", "containers", "edits", "embeddings"}
    | {"engines", "evals", "files", "fine_tuning", "fine-tunes", "images", "live", "moderations", "organization"}
    | {"projects", "realtime", "responses", "skills", "threads", "uploads", "vector_stores", "videos"}
)
_CLIENT_HEADER = "x-stainless-lang"
_CLIENT_AGENT = "OpenAI/"
_QUESTION_BY_PATH = {"/v1/responses": "input"}
_PARAM_BY_CODE = {"question_invalid": "messages", "model_not_found": "model"}


class ErrorDetailBody(BaseModel):
    """What is wrong; `code` is stable, `message` is for people."""

    message: str
    type: Literal["invalid_request_error", "server_error"]
    param: str | None
    code: str


class ErrorBody(BaseModel):
    """An error as OpenAI's clients read it."""

    error: ErrorDetailBody


def speaks_openai(path: str) -> bool:
    """Return whether a path belongs to OpenAI's protocol, offered here or not."""
    return path.startswith(_PATHS) or _resource(path) in _RESOURCES


def is_openai_client(headers: Mapping[str, str]) -> bool:
    """Return whether an official client of OpenAI, or one made like it, sent these headers."""
    return _CLIENT_HEADER in headers or headers.get("user-agent", "").startswith(_CLIENT_AGENT)


def not_offered(method: str, path: str) -> str:
    """Return what to tell a client that asks for something else than answers and models."""
    return (
        f"{method} {path} is not offered here: Footnote answers questions from documents; "
        "use POST /v1/chat/completions, POST /v1/responses or GET /v1/models"
    )


def error_body(problem: ProblemBody, place: str | None = None, path: str = "") -> ErrorBody:
    """Return a problem in OpenAI's form.

    Args:
        place: The invalid field of the request.
        path: Where the request was sent; the field of the question depends on it.
    """
    if problem.code == "question_invalid":
        place = place or _QUESTION_BY_PATH.get(path)
    return ErrorBody(
        error=ErrorDetailBody(
            message=problem.detail,
            type="server_error" if problem.status >= 500 else "invalid_request_error",
            param=place or _PARAM_BY_CODE.get(problem.code),
            code=problem.code,
        )
    )


def error_status(status: int) -> int:
    """Return the status that OpenAI uses: 400 for an invalid request."""
    return 400 if status == 422 else status


def _resource(path: str) -> str:
    """Return what follows /v1/ in a path."""
    parts = path.split("/", 3)
    return parts[2] if parts[:2] == ["", "v1"] and len(parts) > 2 else ""
