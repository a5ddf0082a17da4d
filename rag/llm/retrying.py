"""Decide whether and when a failed request is made again."""

import math
from collections.abc import Callable, Mapping
from email.utils import parsedate_to_datetime

# About the time in which a server replaces a worker. Half of it is random, so that requests that
# failed together do not return together.
_RETRY_SECONDS = 0.5


def read_retry_after(headers: Mapping[str, str]) -> float | None:
    """Return the seconds that a server asks to wait; None if it sends none that can be read.

    A date is compared with the server's own, so a wrong clock does no harm.
    """
    for name, divisor in (("retry-after-ms", 1000.0), ("retry-after", 1.0)):
        try:
            seconds = float(headers.get(name, "")) / divisor
        except ValueError:
            continue
        # A number too large for a float is a long wait.
        return None if math.isnan(seconds) or seconds < 0 else seconds
    try:
        then, now = (parsedate_to_datetime(headers.get(name, "")) for name in ("retry-after", "date"))
        return max(0.0, (then - now).total_seconds())
    except (TypeError, ValueError, OverflowError):
        return None


def seconds_before_retry(retry_after: float | None, seconds_left: float, random: Callable[[], float]) -> float | None:
    """Return how long to wait before the retry; None if that leaves no time for it.

    Args:
        retry_after: The shortest wait that the server asks for.
        seconds_left: Until the deadline.
        random: Uniform from 0 to 1.
    """
    shortest = _RETRY_SECONDS / 2 if retry_after is None else retry_after
    wait = shortest + random() * _RETRY_SECONDS / 2
    return wait if wait < seconds_left else None
