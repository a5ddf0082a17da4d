"""The address of this server in links for its clients.

A server that listens on every address is at none of them: 0.0.0.0 and port 0 open nothing.
"""

from ipaddress import IPv6Address, ip_address
from typing import TYPE_CHECKING

from rag.assembly.settings import Settings

if TYPE_CHECKING:
    # At run time this would import FastAPI before the port is open.
    from fastapi import Request

_OWN_MACHINE = {4: "127.0.0.1", 6: "[::1]"}


def server_address(request: "Request") -> str:
    """Return the address that a request was sent to, without a slash at the end."""
    url = request.base_url
    try:
        host, port = reachable_host(url.hostname or ""), url.port
    except ValueError:
        # The client made up the port; the host guard has checked the host only.
        return str(url).rstrip("/")
    if port == 0:
        _, port = request.scope.get("server") or ("", None)
    return str(url.replace(hostname=host, port=port)).rstrip("/")


def configured_address(settings: Settings) -> str:
    """Return where `rag serve` runs with the same settings; by default on its usual port."""
    port = settings.port or Settings.model_fields["port"].default
    return f"http://{reachable_host(settings.host)}:{port}"


def reachable_host(host: str) -> str:
    """Return a host as an address names it; that of this machine for "all addresses"."""
    try:
        address = ip_address(host.strip("[]"))
    except ValueError:
        return host
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    if address.is_unspecified or (mapped and mapped.is_unspecified):
        return _OWN_MACHINE[address.version]
    return f"[{address}]" if address.version == 6 else str(address)
