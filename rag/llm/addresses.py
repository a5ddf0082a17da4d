"""The part of a server's address that may be shown. Pure."""

from urllib.parse import urlsplit

_INVALID = "it is not a web address; use one such as http://127.0.0.1:8080/v1"


def origin_of(address: str) -> str:
    """Return scheme, host and port; user, password, path and query may hold a key.

    Raises:
        ValueError: It is no web address. The error does not show it.
    """
    try:
        parts = urlsplit(address)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise ValueError(_INVALID) from None
    if not host or parts.scheme not in {"http", "https"} or not address.isprintable() or " " in address:
        raise ValueError(_INVALID)
    shown = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{shown}" if port is None else f"{parts.scheme}://{shown}:{port}"
