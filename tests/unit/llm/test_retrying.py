import pytest

from rag.llm.retrying import read_retry_after, seconds_before_retry


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "3"}, 3.0),
        ({"retry-after-ms": "250", "retry-after": "3"}, 0.25),
        ({"retry-after": "Wed, 25 Nov 2026 10:00:05 GMT", "date": "Wed, 25 Nov 2026 10:00:00 GMT"}, 5.0),
        ({"retry-after": "Wed, 25 Nov 2026 09:00:00 GMT", "date": "Wed, 25 Nov 2026 10:00:00 GMT"}, 0.0),
        ({"retry-after": "Wed, 25 Nov 2026 10:00:05 GMT"}, None),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "-1"}, None),
        ({"retry-after": "nan"}, None),
        ({}, None),
    ],
)
def test_what_a_server_asks_to_wait_is_read(headers: dict[str, str], seconds: float | None) -> None:
    assert read_retry_after(headers) == seconds


def test_a_retry_waits_at_random_so_that_readers_do_not_come_back_together() -> None:
    assert seconds_before_retry(None, 60, lambda: 0.0) == 0.25
    assert seconds_before_retry(None, 60, lambda: 1.0) == 0.5


def test_a_retry_waits_as_long_as_it_is_asked_to_or_is_not_made() -> None:
    assert seconds_before_retry(3.0, 60, lambda: 0.0) == 3.0
    assert seconds_before_retry(3600.0, 60, lambda: 0.0) is None
    assert seconds_before_retry(float("inf"), 60, lambda: 0.0) is None
