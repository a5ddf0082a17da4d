"""POST and DELETE /v1/feedback: what a reader thinks of an answer."""

from collections.abc import Awaitable, Callable
from typing import Annotated, TypeVar

from fastapi import APIRouter, Path, Request, Response

from rag.api.conversations.ownership import reader_of
from rag.api.feedback.keeper import FeedbackKeeper
from rag.api.feedback.wire import ID_PATTERN, MAX_ID, FeedbackBody, StoredFeedbackBody
from rag.api.middleware.collections import NAMED_COLLECTION
from rag.api.middleware.json_routes import JsonRoute
from rag.api.services import AskedCaller, collection_of, visible_collections
from rag.errors import AnswerNotFound, FeedbackUnavailable

T = TypeVar("T")

router = APIRouter(
    tags=["feedback"], responses={404: {"description": "There is no such answer."}}, route_class=JsonRoute
)


@router.post(
    "/v1/feedback",
    summary="Say whether an answer helped",
    description="Thumbs up or down, with a reason and a corrected answer if you like. It replaces earlier feedback on "
    "the answer. The reply comes once it is on the disk.",
)
async def give_feedback(body: FeedbackBody, request: Request, caller: AskedCaller) -> StoredFeedbackBody:
    given = await _change_records(
        request,
        lambda feedback: feedback.give(
            body.answer_id, body.thumbs, body.reason, body.corrected_answer, reader=reader_of(caller)
        ),
    )
    return StoredFeedbackBody.model_validate(given, from_attributes=True)


@router.delete("/v1/feedback/{answer_id}", status_code=204, summary="Take feedback back")
async def withdraw_feedback(
    answer_id: Annotated[str, Path(max_length=MAX_ID, pattern=ID_PATTERN, description="The `id` of the answer.")],
    request: Request,
    caller: AskedCaller,
) -> Response:
    await _change_records(request, lambda feedback: feedback.withdraw(answer_id, reader=reader_of(caller)))
    return Response(status_code=204)


async def _change_records(request: Request, change: Callable[[FeedbackKeeper], Awaitable[T]]) -> T:
    """Change the records that hold an answer.

    They are those of the collection in the path, or else of any that the caller may ask.

    Raises:
        CollectionNotFound: There is none for the caller.
        AnswerNotFound: None of them holds it.
        FeedbackUnavailable: The records cannot be used that hold it, or may hold it.
    """
    asked = collection_of(request)
    # A model names a collection too, and then the path of its answer names none.
    searched = [asked] if NAMED_COLLECTION in request.scope else visible_collections(request)
    failures: list[AnswerNotFound | FeedbackUnavailable] = []
    for collection in searched:
        try:
            return await change(collection.feedback)
        except (AnswerNotFound, FeedbackUnavailable) as failure:
            failures.append(failure)
    raise next((one for one in failures if isinstance(one, FeedbackUnavailable)), failures[0])
