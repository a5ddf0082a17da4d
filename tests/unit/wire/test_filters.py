"""Filters are the same in the body of a question and in the query of a search."""

from dataclasses import fields

import pytest
from pydantic import ValidationError

from rag.filters import Filters
from rag.wire.filters import FiltersBody, FiltersQuery


def test_a_body_and_a_query_give_the_same_filters() -> None:
    body = {"documents": ["a.md"], "media_types": ["text/plain", "text/html"], "date_from": "2026-03-01"}
    query = {"document": ["a.md"], "media_type": ["text/plain", "text/html"], "date_from": "2026-03-01"}

    filters = Filters(documents=("a.md",), media_types=("text/plain", "text/html"), date_from="2026-03-01")
    assert FiltersBody.model_validate(body).as_filters() == filters
    assert FiltersQuery.model_validate(query).as_filters() == filters


def test_every_filter_can_be_asked_for() -> None:
    assert FiltersBody.model_fields.keys() == {field.name for field in fields(Filters)}
    assert FiltersBody().as_filters().is_empty


@pytest.mark.parametrize("day", ["2026-02-30", "20260301", "2026-W01-1", "2026-3-1", "2026-03-01T00:00", "", 5])
def test_only_a_day_is_a_day(day: object) -> None:
    with pytest.raises(ValidationError):
        FiltersBody.model_validate({"date_from": day})


def test_days_in_the_wrong_order_are_rejected() -> None:
    with pytest.raises(ValidationError, match="date_from, 2026-03-02, is after date_to, 2026-03-01; swap them"):
        FiltersBody(date_from="2026-03-02", date_to="2026-03-01")
    assert FiltersBody(date_from="2026-03-01", date_to="2026-03-01").as_filters().date_to == "2026-03-01"
