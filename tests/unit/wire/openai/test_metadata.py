"""The metadata of a request hold texts: filters and the collection, or the client's own."""

import pytest
from pydantic import ValidationError

from rag.filters import Filters
from rag.wire.openai.metadata import MetadataBody


def test_texts_are_the_filters_of_ask() -> None:
    given = {"folder": "hr", "tags": '["a, b", "c"]', "titles": "Leave, 2026", "date_from": "2026-01-31"}

    read = MetadataBody.model_validate(given)

    assert read.as_filters() == Filters(
        folder="hr", tags=("a, b", "c"), titles=("Leave, 2026",), date_from="2026-01-31"
    )
    assert read.collection is None


def test_the_collection_is_no_filter() -> None:
    read = MetadataBody.model_validate({"collection": "shop"})

    assert (read.collection, read.as_filters().is_empty) == ("shop", True)


@pytest.mark.parametrize(
    "own",
    [
        {},
        {"chat_id": "c", "message_id": "m", "session_id": "s", "user_id": "u", "task": "title_generation"},
        {"features": {"web_search": False}, "variables": {"{{USER_NAME}}": "x"}, "files": None},
        {"trace": "7", "environment": "prod", "user": "u", "thread_id": "t"},
    ],
)
def test_what_clients_keep_for_themselves_is_no_filter(own: dict[str, object]) -> None:
    assert MetadataBody.model_validate(own).as_filters().is_empty


@pytest.mark.parametrize(
    ("given", "field", "told"),
    [
        ({"folder": 3}, "folder", "it must be a text"),
        ({"tags": ["a"]}, "tags", "it must be a text"),
        ({"tags": '["a", 3]'}, "tags", "Input should be a valid string"),
        ({"tags": '["a"'}, "tags", "not a list; write one as"),
        ({"titles": "[" * 5000}, "titles", "not a list; write one as"),
        ({"folder": "  "}, "folder", "it is empty; leave it out"),
        ({"date_to": "tomorrow"}, "date_to", "not a day; write one as 2026-03-01"),
        ({"date_from": "2026-02-02", "date_to": "2026-02-01"}, None, "is after date_to"),
        ({"collection": "x" * 300}, "collection", "at most 200 characters"),
        ({"folders": "hr"}, None, "folders is unknown; did you mean folder?"),
        ({"langages": "de"}, None, "langages is unknown; did you mean languages?"),
        ({"Collection": "shop"}, None, "Collection is unknown; did you mean collection?"),
        ({str(n): "" for n in range(65)}, None, "at most 64 names are allowed"),
    ],
)
def test_a_wrong_value_is_named(given: dict[str, object], field: str | None, told: str) -> None:
    with pytest.raises(ValidationError, match=told) as refused:
        MetadataBody.model_validate(given)

    assert refused.value.errors()[0]["loc"][:1] == ((field,) if field else ())
