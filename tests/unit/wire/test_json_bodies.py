"""What two programs could read differently is refused before anything else reads it."""

import json

import pytest

from rag.errors import BodyInvalid
from rag.wire.json_bodies import MAX_DEPTH, MAX_NAMES, parse_json


def nested(depth: int) -> str:
    """Return an object with so many levels of arrays and objects in it."""
    opening = '{"a": [' * (depth // 2)
    return opening + "1" + "]}" * (depth // 2)


@pytest.mark.parametrize(
    "body",
    ['{"a": [1, 2.5e3, null, true, "é\\ud83d\\ude00"]}', "[]", '"Who?"', '\ufeff{"a": 1}', '{"a": {"b": 1}, "b": 1}'],
)
def test_plain_json_is_read(body: str) -> None:
    assert parse_json(body.encode()) == json.loads(body.removeprefix("\ufeff"))


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ('{"a": 1, "b": 2, "a": 1}', "the name 'a' twice"),
        ('[{"a": {"\\u0061": 1, "a": 1}}]', "the name 'a' twice"),
        ('{"a": NaN}', "has NaN, which is no number"),
        ("[-Infinity]", "has -Infinity, which is no number"),
        ('{"a": 1e999}', "a number in the body is too large"),
        (f'{{"a": -{"9" * 100}}}', "a number in the body has more than 100 digits"),
        (f"[{'9' * 100_000}]", "a number in the body has more than 100 digits"),
        ('{"\\ud800": 1}', "the name '\\\\ud800' in the body has half a character"),
        (f'{{"{"x" * 500}": 1, "{"x" * 500}": 1}}', "the name '" + "x" * 40 + "' twice"),
    ],
)
def test_what_can_be_read_in_two_ways_is_refused(body: str, told: str) -> None:
    with pytest.raises(BodyInvalid, match=told):
        parse_json(body.encode())


def test_depth_is_refused_only_above_the_limit() -> None:
    assert parse_json(nested(MAX_DEPTH).encode()) == json.loads(nested(MAX_DEPTH))
    for deep in (nested(MAX_DEPTH + 2), nested(100_000), "[" * 250_000):
        with pytest.raises((BodyInvalid, json.JSONDecodeError), match=r"nested more than 64 levels|Expecting"):
            parse_json(deep.encode())


def test_names_are_refused_only_above_the_limit() -> None:
    names = {str(n): n for n in range(MAX_NAMES)}

    assert parse_json(json.dumps(names).encode()) == names
    with pytest.raises(BodyInvalid, match="more than 1,000 names"):
        parse_json(json.dumps({**names, "one": 1}).encode())


@pytest.mark.parametrize("body", [b"", b"{", b"\xff", '{"a": 1}'.encode("utf-16"), '{"a": 1}'.encode("utf-16-le")])
def test_only_json_in_utf_8_is_json(body: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        parse_json(body)
