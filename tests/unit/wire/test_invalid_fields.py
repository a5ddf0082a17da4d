"""What readers are told about a field that is wrong."""

from typing import Annotated, Literal

import pytest
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from rag.wire.invalid_fields import explain_field


class Body(BaseModel):
    model_config = ConfigDict(extra="forbid")

    question: Annotated[str, Field(min_length=1, max_length=2000)]
    k: Annotated[int, Field(ge=1, le=100)] = 5
    share: Annotated[float, Field(gt=0, lt=1, allow_inf_nan=False)] = 0.5
    stream: bool = False
    tags: Annotated[list[str], Field(max_length=2)] = []
    filters: dict[str, str] = {}
    mode: Literal["fast", "slow"] = "fast"
    day: str = ""

    @field_validator("day")
    @classmethod
    def is_day(cls, day: str) -> str:
        if day == "never":
            raise ValueError("not a day; write one as 2026-03-01")
        return day


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"question": None}, "question must be a text"),
        ({"question": ""}, "question must have at least 1 character"),
        ({"question": "x" * 2001}, "question must have at most 2,000 characters"),
        ({"k": 0}, "k must be at least 1"),
        ({"k": 101}, "k must be at most 100"),
        ({"k": "many"}, "k must be a whole number"),
        ({"k": 1.5}, "k must be a whole number"),
        ({"share": 0}, "share must be more than 0.0"),
        ({"share": 1}, "share must be less than 1.0"),
        ({"share": float("nan")}, "share must be a finite number"),
        ({"stream": "perhaps"}, "stream must be true or false"),
        ({"tags": "red"}, "tags must be a list"),
        ({"tags": ["a", "b", "c"]}, "tags must have at most 2 entries"),
        ({"filters": 7}, "filters must be an object"),
        ({"mode": "idle"}, "mode must be 'fast' or 'slow'"),
        ({"colour": "red"}, "colour is unknown"),
        ({"day": "never"}, "day: not a day; write one as 2026-03-01"),
    ],
)
def test_a_wrong_field_is_explained_without_its_value(wrong: dict[str, object], told: str) -> None:
    with pytest.raises(ValidationError) as caught:
        Body.model_validate({"question": "Who?", **wrong})

    (error,) = caught.value.errors()
    assert explain_field(str(error["loc"][0]), error) == told


def test_a_missing_field_is_called_missing() -> None:
    with pytest.raises(ValidationError) as caught:
        Body.model_validate({})

    assert explain_field("question", caught.value.errors()[0]) == "question is missing"
