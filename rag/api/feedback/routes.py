"""POST and DELETE /v1/feedback: what a reader thinks of an answer."""

from typing import Annotated

from fastapi import APIRouter, Path, Response

from rag.api.conversations.ownership import reader_of
from rag.api.feedback.wire import ID_PATTERN, MAX_ID, FeedbackBody, StoredFeedbackBody
from rag.api.middleware.json_routes import JsonRoute
from rag.api.services import AskedCaller, AskedCollection

router = APIRouter(
    tags=["feedback"], responses={404: {"description": "There is no such answer."}}, route_class=JsonRoute
)


@router.post(
    "/v1/feedback",
    summary="Say whether an answer helped",
    description="Thumbs up or down, with a reason and a corrected answer if you like. It replaces earlier feedback on "
    "the answer. The reply comes once it is on the disk.",
)
async def give_feedback(body: FeedbackBody, collection: AskedCollection, caller: AskedCaller) -> StoredFeedbackBody:
    given = await collection.feedback.give(
        body.answer_id, body.thumbs, body.reason, body.corrected_answer, reader=reader_of(caller)
    )
    return StoredFeedbackBody.model_validate(given, from_attributes=True)


@router.delete("/v1/feedback/{answer_id}", status_code=204, summary="Take feedback back")
async def withdraw_feedback(
    answer_id: Annotated[str, Path(max_length=MAX_ID, pattern=ID_PATTERN, description="The `id` of the answer.")],
    collection: AskedCollection,
    caller: AskedCaller,
) -> Response:
    await collection.feedback.withdraw(answer_id, reader=reader_of(caller))
    return Response(status_code=204)
