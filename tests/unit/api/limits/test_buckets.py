"""Tokens come back one by one; IPv6 networks share; memory is bounded."""

import pytest

from rag.api.limits.buckets import TokenBuckets, network_of


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def test_a_full_bucket_is_spent_at_once_and_fills_token_by_token() -> None:
    clock = Clock()
    buckets = TokenBuckets(3, 2.0, clock)
    for _ in range(3):
        assert buckets.seconds_to_wait("a") == 0
        buckets.take("a")

    assert (buckets.seconds_to_wait("a"), buckets.seconds_to_wait("b")) == (3, 0)
    clock.now += 2
    assert buckets.seconds_to_wait("a") == 0
    buckets.take("a")
    assert buckets.seconds_to_wait("a") == 3


def test_a_token_is_there_after_the_wait() -> None:
    clock = Clock()
    buckets = TokenBuckets(2, 0.7, clock)
    for _ in range(2):
        buckets.take("a")

    clock.now += buckets.seconds_to_wait("a")

    assert buckets.seconds_to_wait("a") == 0


def test_a_million_names_take_the_memory_of_ten_thousand() -> None:
    buckets = TokenBuckets(1, 60.0, Clock())

    for number in range(1_000_000):
        buckets.take(str(number))

    assert len(buckets._full_at) == 10_000
    assert buckets.seconds_to_wait("999999") == 61


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("2001:db8::1", "2001:db8::/64"),
        ("2001:db8::1:2:3:4", "2001:db8::/64"),
        ("2001:db8:0:1::1", "2001:db8:0:1::/64"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("fe80::1%eth0", "fe80::/64"),
        ("unix", "unix"),
        ("", ""),
    ],
)
def test_an_ipv6_network_is_one_client_and_a_mapped_address_is_ipv4(address: str, network: str) -> None:
    assert network_of(address) == network
