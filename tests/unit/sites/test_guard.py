from collections.abc import Sequence

import pytest

from rag.sites.pages.addresses import clean_address, host_of
from rag.sites.requesting.guard import Guard, is_public, resolve_with_system
from rag.sites.results import FetchFailed


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "127.8.8.8", "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1", "169.254.169.254"),
        *("100.64.0.1", "0.0.0.0", "255.255.255.255", "224.0.0.1", "198.18.0.1", "192.0.2.1", "240.0.0.1"),  # noqa: S104
        *("::", "::1", "fe80::1", "fe80::1%eth0", "fc00::1", "fd00:ec2::254", "ff02::1", "2001:db8::1", "fec0::1"),
        *("::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "::7f00:1"),
        *("64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "2002:7f00:1::", "2002:a00:1::1", "64:ff9b:1::7f00:1"),
        *("2001:0:7f00:1::", "::ffff:0:127.0.0.1", "no address", ""),
    ],
)
def test_addresses_that_are_not_of_the_public_internet(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize(
    "address", ["93.184.215.14", "8.8.8.8", "172.32.0.1", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808"]
)
def test_addresses_of_the_public_internet(address: str) -> None:
    assert is_public(address)


class Resolver:
    """Gives the next of its answers at each lookup."""

    def __init__(self, *answers: Sequence[str]) -> None:
        self.answers = list(answers)

    def __call__(self, _host: str, _port: int) -> Sequence[str]:
        return self.answers.pop(0)


def test_a_host_is_resolved_once_so_a_later_private_address_is_never_used() -> None:
    guard = Guard(Resolver(["8.8.8.8"], ["127.0.0.1"]))

    assert guard.addresses_of("rebinding.example", 80) == ("8.8.8.8",)
    assert guard.addresses_of("rebinding.example", 443) == ("8.8.8.8",)


def test_one_private_address_among_public_ones_rejects_the_host() -> None:
    guard = Guard(Resolver(["8.8.8.8", "10.0.0.7"]))

    with pytest.raises(FetchFailed, match=r"mixed\.example has the address 10\.0\.0\.7, which is not public") as caught:
        guard.addresses_of("mixed.example", 80)
    assert caught.value.is_private


def test_only_the_host_that_a_person_named_may_be_private() -> None:
    guard = Guard(Resolver(["192.168.1.5"], ["192.168.1.5"]), private_host="wiki.example")

    assert guard.addresses_of("wiki.example", 80) == ("192.168.1.5",)
    with pytest.raises(FetchFailed, match="not public"):
        guard.addresses_of("router.example", 80)


def test_a_host_that_cannot_be_found_is_named() -> None:
    def fail(_host: str, _port: int) -> Sequence[str]:
        raise OSError(-2, "Name or service not known")

    with pytest.raises(FetchFailed, match=r"nowhere\.example cannot be found \(Name or service not known\)"):
        Guard(fail).addresses_of("nowhere.example", 80)


@pytest.mark.parametrize(
    "host",
    [
        *("2130706433", "0x7f000001", "0x7f.1", "0177.0.0.1", "017700000001", "127.1", "127.0.1", "0", "0.0.0.0"),  # noqa: S104
        *("2852039166", "0xa9fea9fe", "0251.0376.0251.0376", "[::]", "[::1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]"),
        *("[fe80::1]", "[::ffff:0:127.0.0.1]", "[64:ff9b::169.254.169.254]", "127.0.0.1.", "localhost", "localhost."),
        *("①②⑦.⓪.⓪.①", "127。0。0。1", "127.0.0.1%2f@example.org", "0x7f.0x0.0x0.0x1", "00000177.0.0.1"),
    ],
)
def test_no_way_to_write_an_address_leads_to_this_machine_or_its_network(host: str) -> None:
    cleaned = clean_address(f"http://{host}/latest/meta-data/")

    if cleaned is not None:
        with pytest.raises(FetchFailed, match=r"not public|cannot be found"):
            Guard(resolve_with_system, private_host="example.org").addresses_of(host_of(cleaned), 80)
