"""Serve the app; the port is opened before anything is loaded."""

import errno
import socket
import sys
from collections.abc import Callable
from contextlib import suppress

from rag.api.access.start import describe_access
from rag.api.addresses import reachable_host
from rag.assembly.settings import Settings
from rag.errors import PortInUse, SettingsInvalid

_LAST_PORT = 65535
_PORTS_TO_TRY = 100
_BACKLOG = 2048
# Python's own is 5 ms. Threads that search hold the lock so long each time that the event loop
# wants it back, several times a request (docs/experiments.md).
_SWITCH_SECONDS = 0.0002


def open_port(host: str, port: int) -> socket.socket:
    """Return a listening socket.

    Raises:
        PortInUse: Another program listens there.
        SettingsInvalid: This machine lacks the address, or the port is not permitted.
    """
    listener: socket.socket | None = None
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listener = socket.socket(family, kind, protocol)
        # Allows a port whose last connections are still closing.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(_BACKLOG)
    except OSError as error:
        if listener:
            listener.close()
        if error.errno == errno.EADDRINUSE:
            raise PortInUse(f"port {port} on {host} is in use", next_step=_suggest_port(family, address)) from error
        raise SettingsInvalid(
            f"cannot listen on port {port} of {host} ({error.strerror or error})",
            next_step="choose others with --host and --port",
        ) from error
    return listener


def _suggest_port(family: int, address: tuple[object, ...]) -> str:
    """Return what to do if an address is taken: the next port after it that is free."""
    host, port, *rest = address
    first = int(str(port)) + 1
    for other in range(first, min(first + _PORTS_TO_TRY, _LAST_PORT + 1)):
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            with suppress(OSError):
                probe.bind((host, other, *rest))
                return f"port {other} is free: add `--port {other}`, or with make run `make run PORT={other}`"
    return "add `--port 0`, which takes a free one"


def take_port(descriptor: int) -> socket.socket:
    """Return the listening TCP socket that the parent of this process opened.

    Processes that share one are restarted one after the other without refusing a connection.

    Raises:
        SettingsInvalid: The descriptor is not one.
    """
    next_step = "start this by systemd or another program that opens the port, or leave out --fd"
    try:
        listener = socket.socket(fileno=descriptor)
    except OSError as error:
        raise SettingsInvalid(f"--fd {descriptor} is no socket ({error.strerror})", next_step=next_step) from error
    is_listening = bool(listener.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN))
    if not is_listening or listener.family not in {socket.AF_INET, socket.AF_INET6}:
        listener.detach()
        raise SettingsInvalid(f"--fd {descriptor} is no TCP socket that listens", next_step=next_step)
    listener.set_inheritable(False)
    return listener


def address_of(listener: socket.socket) -> str:
    """Return the address to open in a browser on this machine."""
    host, port = listener.getsockname()[:2]
    return f"http://{reachable_host(host)}:{port}"


def serve(
    settings: Settings,
    announce: Callable[[str, str], None],
    *,
    watches: bool = False,
    descriptor: int | None = None,
    reread: Callable[[], Settings] | None = None,
) -> None:
    """Serve until the process is stopped; the index and the models load meanwhile.

    Args:
        announce: Called with the address and with who may ask, as soon as requests wait instead of
            failing.
        watches: Index the folder whenever something in it changes.
        descriptor: A listening socket that the parent opened; it replaces the host and the port of
            the settings. Requests wait in it until the index and the models are loaded.
        reread: Returns the settings as a start would have them now, for SIGHUP; None lets the
            signal end the process.

    Raises:
        KeysMissing, KeysUnavailable: Other machines reach the server, and it has no keys.
        PortInUse, SettingsInvalid: The port cannot be opened.
    """
    with open_port(settings.host, settings.port) if descriptor is None else take_port(descriptor) as listener:
        if descriptor is not None:
            host, port = listener.getsockname()[:2]
            address = {"host": host, "port": port}
        else:
            address = {}
        settings = settings.model_copy(update=address)
        access = describe_access(settings)
        # Slow to import, and not needed if the port is taken.
        from rag.api.app import create_app
        from rag.api.connections.reloading import Reloader
        from rag.api.connections.server import allow_open_files, make_server
        from rag.api.telemetry.logs import configure_logging
        from rag.api.telemetry.tracing import configure_tracing

        configure_logging(settings.log_format)
        configure_tracing(settings.otlp_endpoint)
        allow_open_files(settings.max_connections)
        sys.setswitchinterval(_SWITCH_SECONDS)
        app = create_app(settings, watches=watches, loads_first=descriptor is not None)
        reloader = (
            Reloader(app.state.services, settings, lambda: reread().model_copy(update=address)) if reread else None
        )
        server = make_server(app, settings, reloader.reload if reloader else None)
        announce(address_of(listener), access)
        try:
            server.run(sockets=[listener])
        except KeyboardInterrupt:  # uvicorn raises it again after a clean stop
            return
