"""Tell whether a request comes from this machine, and through no proxy on it."""

from ipaddress import ip_address

from starlette.types import Scope

# A proxy that says for whom it asks sends at least one of them.
_FORWARDED = frozenset(
    {b"forwarded", b"via", b"x-forwarded-for", b"x-forwarded-host", b"x-forwarded-proto", b"x-real-ip"}
)


def came_by_loopback(scope: Scope) -> bool:
    """Return whether the connection was made to a loopback address of this machine."""
    return is_loopback((scope.get("server") or ("",))[0])


def is_on_this_machine(scope: Scope) -> bool:
    """Return whether the client has a loopback address, and no header tells of a proxy.

    A proxy that adds no header cannot be told from a program of this machine.
    """
    sender = (scope.get("client") or ("",))[0]
    return is_loopback(sender) and not any(name in _FORWARDED for name, _ in scope["headers"])


def is_loopback(address: str) -> bool:
    """Return whether an address is of this machine alone."""
    try:
        return ip_address(address).is_loopback
    except ValueError:
        return False
