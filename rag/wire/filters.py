"""The filters of a request, for the body of POST /v1/ask and the query string of GET /v1/search."""

from dataclasses import fields
from datetime import date
from typing import Annotated, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, WithJsonSchema, model_validator

from rag.filters import Filters


def _require_day(text: str) -> str:
    try:
        is_day = date.fromisoformat(text).isoformat() == text
    except ValueError:
        is_day = False
    if not is_day:
        raise ValueError("not a day; write one as 2026-03-01")
    return text


Day = Annotated[str, AfterValidator(_require_day), WithJsonSchema({"type": "string", "format": "date"})]
Strings = Annotated[tuple[str, ...], Field(max_length=100)]


class FiltersBody(BaseModel):
    """Which documents may be searched; a filter that is left out accepts all."""

    model_config = ConfigDict(extra="forbid")

    documents: Strings = Field((), description="Only documents with one of these ids or uris.")
    titles: Strings = Field((), description="Only documents whose title contains one of these.")
    links: Strings = Field((), description="Only documents whose published page begins with one of these.")
    tags: Strings = Field((), description="Only documents with one of these tags.")
    groups: Strings = Field((), description="Only documents of one of these groups.")
    languages: Strings = Field((), description="Only documents in one of these languages; ISO 639-1 codes.")
    media_types: Strings = Field((), description="Only documents of one of these types.")
    folder: str | None = Field(None, max_length=1000, description="Only documents below this path.")
    date_from: Day | None = Field(None, description="Only documents of this day or later.")
    date_to: Day | None = Field(None, description="Only documents of this day or earlier.")

    @model_validator(mode="after")
    def _require_order(self) -> Self:
        if self.date_from and self.date_to and self.date_from > self.date_to:
            raise ValueError(f"date_from, {self.date_from}, is after date_to, {self.date_to}; swap them")
        return self

    def as_filters(self) -> Filters:
        """Return the filters as retrieval takes them."""
        return Filters(**self.model_dump(include={field.name for field in fields(Filters)}))


class FiltersQuery(FiltersBody):
    """The filters as query parameters; a list is a parameter in the singular that may repeat."""

    model_config = ConfigDict(alias_generator=lambda name: name.removesuffix("s"))
