"""Serve the HTTP surface on a port that is ours before anything is loaded."""

import errno
import socket
from collections.abc import Callable

from rag.assembly.settings import Settings
from rag.errors import PortInUse, SettingsInvalid

_LAST_PORT = 65535
_BACKLOG = 2048
_SECONDS_TO_FINISH = 5
_ALL_ADDRESSES = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 -- only compared with


def open_port(host: str, port: int) -> socket.socket:
    """Return a socket that listens.

    Raises:
        PortInUse: Something else listens there.
        SettingsInvalid: This machine has no such address, or we may not listen on that port.
    """
    listener: socket.socket | None = None
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listener = socket.socket(family, kind, protocol)
        # A port whose last connections are still closing is free.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(_BACKLOG)
    except OSError as error:
        if listener:
            listener.close()
        if error.errno == errno.EADDRINUSE:
            other = port + 1 if port < _LAST_PORT else port - 1
            raise PortInUse(
                f"port {port} on {host} is in use",
                next_step=f"run `rag serve --port {other}`, or with make: `make run PORT={other}`",
            ) from error
        raise SettingsInvalid(
            f"cannot listen on port {port} of {host} ({error.strerror or error})",
            next_step="choose others with --host and --port",
        ) from error
    return listener


def address_of(listener: socket.socket) -> str:
    """Return the address to open in a browser on this machine."""
    host, port = listener.getsockname()[:2]
    host = _ALL_ADDRESSES.get(host, host)
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def serve(settings: Settings, announce: Callable[[str], None], *, watches: bool = False) -> None:
    """Serve until the process is told to stop; index and models load meanwhile.

    Args:
        announce: Called with the address once a request to it would wait for us rather than fail.
        watches: Index the folder whenever something in it changes.

    Raises:
        PortInUse, SettingsInvalid: We cannot listen there.
    """
    with open_port(settings.host, settings.port) as listener:
        # Where the port is taken, nobody waits for these.
        import uvicorn

        from rag.api.app import create_app

        config = uvicorn.Config(
            create_app(settings, watches=watches),
            access_log=False,
            log_level="warning",
            timeout_graceful_shutdown=_SECONDS_TO_FINISH,
        )
        announce(address_of(listener))
        try:
            uvicorn.Server(config).run(sockets=[listener])
        except KeyboardInterrupt:  # uvicorn raises it again after it has ended well
            return
