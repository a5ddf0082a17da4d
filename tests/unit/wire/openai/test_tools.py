"""What clients of OpenAI's protocol offer to be called, whatever they send as a tool."""

import pytest

from rag.wire.openai.tools import NO_OFFER, Offer, OfferedTool, read_offer

TITLE = OfferedTool("extract", ("language", "title"))
LOOK_UP = OfferedTool("look_up", ())
TOOLS = [
    {
        "type": "function",
        "function": {"name": "extract", "parameters": {"type": "object", "properties": {"language": {}, "title": {}}}},
    },
    {"type": "function", "function": {"name": "look_up", "parameters": None}},
    {"type": "web_search"},
    {"type": "function", "function": {"name": 5}},
    "look_up",
    None,
]


@pytest.mark.parametrize(
    ("choice", "offer"),
    [
        (None, Offer((TITLE, LOOK_UP))),
        ("auto", Offer((TITLE, LOOK_UP))),
        ("none", NO_OFFER),
        ("required", Offer((TITLE, LOOK_UP), needs_call=True)),
        ({"type": "function", "function": {"name": "extract"}}, Offer((TITLE,), needs_call=True)),
        ({"type": "function", "name": "look_up"}, Offer((LOOK_UP,), needs_call=True)),
        ({"type": "web_search"}, Offer((), needs_call=True)),
    ],
)
def test_a_choice_says_which_tools_may_and_which_have_to_be_called(choice: object, offer: Offer) -> None:
    assert read_offer(TOOLS, choice) == offer


def test_without_tools_nothing_is_offered() -> None:
    assert read_offer(None, None) == NO_OFFER
