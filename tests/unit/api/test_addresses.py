"""A link never leads to "all addresses" or to a port that means "any"."""

import pytest

from rag.api.addresses import configured_address, reachable_host
from rag.assembly.settings import Settings


@pytest.mark.parametrize(
    ("host", "reachable"),
    [
        ("0.0.0.0", "127.0.0.1"),  # noqa: S104 -- the case
        ("::", "[::1]"),
        ("[::]", "[::1]"),
        ("0:0:0:0:0:0:0:0", "[::1]"),
        ("::ffff:0.0.0.0", "[::1]"),
        ("127.0.0.1", "127.0.0.1"),
        ("::1", "[::1]"),
        ("2001:db8::7", "[2001:db8::7]"),
        ("192.168.1.4", "192.168.1.4"),
        ("docs.example", "docs.example"),
    ],
)
def test_a_link_has_a_host_that_can_be_reached(host: str, reachable: str) -> None:
    assert reachable_host(host) == reachable


@pytest.mark.parametrize(
    ("host", "port", "address"),
    [
        ("0.0.0.0", 0, "http://127.0.0.1:8000"),  # noqa: S104 -- the case
        ("::", 9000, "http://[::1]:9000"),
        ("docs.example", 80, "http://docs.example:80"),
    ],
)
def test_the_configured_address_a_server_follows_its_settings(host: str, port: int, address: str) -> None:
    assert configured_address(Settings(host=host, port=port)) == address
