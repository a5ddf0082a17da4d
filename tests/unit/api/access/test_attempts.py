"""Wrong keys of one address are limited; others, and right keys, are not."""

import pytest

from rag.api.access.attempts import WrongKeys
from rag.errors import TooManyWrongKeys


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def spend(attempts: WrongKeys, address: str, n: int) -> None:
    for _ in range(n):
        attempts.require_left(address)
        attempts.count(address)


def test_ten_wrong_keys_are_allowed_then_one_in_six_seconds() -> None:
    clock = Clock()
    attempts = WrongKeys(clock)
    spend(attempts, "192.0.2.1", 10)

    with pytest.raises(TooManyWrongKeys) as caught:
        attempts.require_left("192.0.2.1")
    assert caught.value.seconds_to_wait == 7

    clock.now += 6
    spend(attempts, "192.0.2.1", 1)
    with pytest.raises(TooManyWrongKeys):
        attempts.require_left("192.0.2.1")


def test_another_address_has_attempts_of_its_own() -> None:
    attempts = WrongKeys(Clock())
    spend(attempts, "192.0.2.1", 10)

    spend(attempts, "192.0.2.2", 10)


@pytest.mark.parametrize("other", ["2001:db8::2", "2001:db8::1:2:3:4"])
def test_the_addresses_of_one_ipv6_network_share_their_attempts(other: str) -> None:
    attempts = WrongKeys(Clock())
    spend(attempts, "2001:db8::1", 10)

    with pytest.raises(TooManyWrongKeys):
        attempts.require_left(other)


def test_the_memory_for_addresses_is_bounded() -> None:
    attempts = WrongKeys(Clock())

    for number in range(10_010):
        attempts.count(f"host-{number}")

    assert len(attempts._buckets._full_at) == 10_000
