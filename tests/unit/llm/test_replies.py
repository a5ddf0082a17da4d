import math

import pytest

from rag.llm.replies import read_first_model, read_part
from rag.types import Usage


@pytest.mark.parametrize(
    "payload",
    [
        {},
        {"choices": None},
        {"choices": []},
        {"choices": [None]},
        {"choices": [{"delta": None}]},
        {"choices": [{"delta": {"content": None}}]},
        {"choices": [{"delta": {"content": [1]}}]},
        {"choices": [{"delta": {"tool_calls": [{"id": "x"}]}}]},
        {"usage": {"prompt_tokens": "7"}},
        {"choices": [{"logprobs": {"content": [{"top_logprobs": [{"token": 1, "logprob": "x"}]}]}}]},
        {"choices": [{"logprobs": {"content": None}}]},
        {"choices": [{"logprobs": {"content": [None, {"logprob": "-1"}, {"logprob": True}, {"logprob": math.nan}]}}]},
    ],
)
def test_what_a_server_leaves_out_or_gets_wrong_says_nothing(payload: object) -> None:
    part = read_part(payload)

    assert (part.text, part.is_written, part.ending, part.usage) == ("", False, None, None)
    assert part.log_probabilities == ()


def test_text_ending_and_usage_are_read() -> None:
    part = read_part(
        {
            "choices": [
                {
                    "delta": {"content": "So\ud800"},
                    "finish_reason": "stop",
                }
            ],
            "usage": {"prompt_tokens": 7, "completion_tokens": 3},
        }
    )

    assert (part.text, part.is_written, part.ending, part.usage) == ("So\ufffd", True, "stop", Usage(7, 3))


def test_how_likely_each_token_was_is_read_and_is_at_most_certain() -> None:
    tokens = [{"token": "So", "logprob": -0.5}, {"token": " it", "logprob": 0}, {"token": " is", "logprob": 0.25}]

    part = read_part({"choices": [{"delta": {"content": "So it is"}, "logprobs": {"content": tokens}}]})

    assert part.log_probabilities == (-0.5, 0.0, 0.0)


def test_an_event_that_is_no_object_is_an_error() -> None:
    with pytest.raises(ValueError, match="not a JSON object"):
        read_part([1])


def test_the_first_model_of_a_list_is_named() -> None:
    assert read_first_model({"data": [{"id": ""}, {"id": "a"}, {"id": "b"}]}) == "a"
    assert read_first_model({"data": None}) is None
