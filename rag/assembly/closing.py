"""Close what was opened, whatever fails on the way."""

import inspect
import logging
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack

_logger = logging.getLogger(__name__)

Close = Callable[[], Awaitable[None] | None]


async def close_all(*closers: tuple[str, Close]) -> None:
    """Close named parts in the order given; a failure is logged and stops no other."""
    async with AsyncExitStack() as stack:
        for name, close in reversed(closers):
            stack.push_async_callback(_close, name, close)


async def _close(name: str, close: Close) -> None:
    try:
        closing = close()
        if inspect.isawaitable(closing):
            await closing
    except Exception:
        _logger.exception("%s did not close cleanly", name)
