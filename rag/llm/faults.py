"""Describe a failure of an LLM for the operator: what is wrong, whose fault it is, what to do."""

from dataclasses import dataclass
from http import HTTPStatus
from typing import Literal

import openai

from rag.llm.retrying import read_retry_after
from rag.llm.transport import TransportError, is_crowded, is_unconnected, is_unreadable

Blame = Literal["server", "key", "request", "here"]

_PASSING = frozenset((HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS))
_DOCTOR = "run `rag doctor`"


class ReplyUnusable(Exception):
    """A reply that is not a chat reply; its text continues "the LLM at … "."""

    def __init__(self, what: str, *, mend: str = "", is_retryable: bool = False) -> None:
        super().__init__(what)
        self.mend = mend
        self.is_retryable = is_retryable


# All errors of a call. ValueError: unreadable bytes or JSON; RecursionError: JSON nested too deep.
LLM_ERRORS = (openai.OpenAIError, TransportError, TimeoutError, ValueError, RecursionError, ReplyUnusable)


@dataclass(frozen=True, slots=True)
class Fault:
    """What went wrong.

    Attributes:
        what: What is wrong, to follow "the LLM at … "; without text from the server.
        blame: The server, the key, the request, or this process, which had no time to listen.
        next_step: The command to run.
        is_retryable: A retry may succeed.
        retry_after: The seconds that the server asks to wait.
    """

    what: str
    blame: Blame
    next_step: str = _DOCTOR
    is_retryable: bool = False
    retry_after: float | None = None


def diagnose(error: Exception, *, was_held_up: bool) -> Fault:
    """Return what one of LLM_ERRORS means.

    Args:
        was_held_up: This process had no time to listen, so a timeout says nothing of the server.
    """
    is_timeout = isinstance(error, openai.APITimeoutError | TimeoutError)
    if is_crowded(error.__cause__) or (is_timeout and was_held_up):
        return Fault("was not listened to", "here")
    return _diagnose_server(error)


def _diagnose_server(error: Exception) -> Fault:  # noqa: PLR0911 -- one a kind
    if isinstance(error, openai.APIStatusError):
        return _diagnose_status(error)
    if isinstance(error, ReplyUnusable):
        mend = f"{error.mend}, then " if error.mend else ""
        return Fault(str(error), "server", f"{mend}{_DOCTOR}", error.is_retryable)
    if is_unreadable(error) or is_unreadable(error.__cause__):
        return Fault("sent a reply that cannot be read", "server")
    if isinstance(error, TransportError):
        # The client passes on errors while it reads the body of an error.
        return Fault("broke off in mid-reply", "server", is_retryable=True)
    if is_unconnected(error.__cause__):
        mend = f"start it or set OPENAI_BASE_URL, then {_DOCTOR}"
        return Fault("cannot be reached", "server", mend, is_retryable=True)
    if isinstance(error, openai.APITimeoutError | TimeoutError):
        # No retry: the reader has waited long enough.
        return Fault("did not answer in time", "server")
    if isinstance(error, openai.APIConnectionError):
        return Fault("broke off in mid-reply", "server", is_retryable=True)
    return Fault("sent a reply that cannot be read", "server")


def _diagnose_status(error: openai.APIStatusError) -> Fault:
    status = error.status_code
    if status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
        # Some servers reject single questions with 403; only 401 is certainly about the key.
        blame: Blame = "key" if status == HTTPStatus.UNAUTHORIZED else "server"
        return Fault("refused the key", blame, f"set OPENAI_API_KEY, then {_DOCTOR}")
    if status == HTTPStatus.NOT_FOUND:
        mend = f"set RAG_LLM_MODEL, then {_DOCTOR}"
        return Fault("does not know this model or address", "request", mend)
    said = f"answered with status {status}"
    if HTTPStatus.MULTIPLE_CHOICES <= status < HTTPStatus.BAD_REQUEST:
        return Fault(f"{said}, it has moved", "server", f"set OPENAI_BASE_URL to its new address, then {_DOCTOR}")
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        said += ", too many requests or no credit left"
    if status in _PASSING or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        retry_after = read_retry_after(error.response.headers)
        return Fault(said, "server", is_retryable=True, retry_after=retry_after)
    return Fault(said, "request")
