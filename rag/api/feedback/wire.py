"""Feedback as JSON."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationInfo, field_validator

from rag.api.conversations.wire import Moment
from rag.api.feedback.records import MAX_CORRECTED, MAX_REASON, Thumbs

ID_PATTERN = r"^[\w-]+$"
MAX_ID = 64


_Text = Annotated[str, StringConstraints(strip_whitespace=True)]


class FeedbackBody(BaseModel):
    """The body of POST /v1/feedback."""

    model_config = ConfigDict(extra="forbid")

    answer_id: str = Field(max_length=MAX_ID, pattern=ID_PATTERN, description="The `id` of the answer.")
    thumbs: Thumbs = Field(description="Whether the answer helped.")
    reason: _Text = Field("", max_length=MAX_REASON, description="What is wrong or right with it.")
    corrected_answer: _Text = Field(
        "", max_length=MAX_CORRECTED, description="The right answer; only with thumbs `down`."
    )

    @field_validator("corrected_answer")
    @classmethod
    def _require_down(cls, corrected_answer: str, others: ValidationInfo) -> str:
        if corrected_answer and others.data.get("thumbs") == "up":
            raise ValueError("it goes only with thumbs down")
        return corrected_answer


class StoredFeedbackBody(BaseModel):
    """Feedback as it is stored."""

    answer_id: str
    thumbs: Thumbs
    reason: str
    corrected_answer: str
    given: Moment = Field(validation_alias="given_ms")
