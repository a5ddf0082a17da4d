"""Tell the program that started this process when it is ready (systemd's Type=notify)."""

import logging
import os
import socket
from collections.abc import Mapping

_logger = logging.getLogger(__name__)


def report_ready(environment: Mapping[str, str] = os.environ) -> None:
    """Send READY=1 to the socket that NOTIFY_SOCKET names, if it names one; see sd_notify(3)."""
    address = environment.get("NOTIFY_SOCKET", "")
    if not address:
        return
    # An @ stands for the zero byte of Linux's abstract names.
    address = "\0" + address[1:] if address.startswith("@") else address
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notices:
            notices.sendto(b"READY=1", address)
    except OSError as error:
        _logger.warning("the supervisor was not told that the server is ready: %s", error)
