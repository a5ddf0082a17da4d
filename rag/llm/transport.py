"""Limit the replies that the LLM client reads: in size, and without compression."""

from collections.abc import AsyncIterator

import httpx2

# A reply of 600 tokens with all its metadata has about 250 kB; a long list of models has a
# megabyte.
MAX_REPLY_BYTES = 4_000_000

TransportError = httpx2.HTTPError
# For checks and what else is asked beside answers.
_N_SPARE_CONNECTIONS = 8


def limit_connections(n_at_once: int) -> httpx2.Limits:
    """Return limits with a connection for each answer in work, so that none waits for one."""
    return httpx2.Limits(
        max_connections=n_at_once + _N_SPARE_CONNECTIONS, max_keepalive_connections=n_at_once + _N_SPARE_CONNECTIONS
    )


async def bound_reply(response: httpx2.Response) -> None:
    """Make the body of a reply end in an error once it is too long; a hook of the HTTP client.

    The client reads event streams without a limit, so one endless line could fill the memory. A
    compressed body is rejected, because it could expand to any size.

    Raises:
        httpx2.DecodingError: The body is compressed although the request forbids it.
    """
    if response.headers.get("content-encoding", "identity").strip().lower() not in {"identity", ""}:
        raise httpx2.DecodingError("the reply is compressed", request=response.request)
    if isinstance(response.stream, httpx2.AsyncByteStream):
        response.stream = _BoundedStream(response.stream)


def is_unconnected(error: BaseException | None) -> bool:
    """Return whether no connection was made; one that broke is another error."""
    return isinstance(error, httpx2.ConnectError | httpx2.ConnectTimeout | httpx2.UnsupportedProtocol)


def is_crowded(error: BaseException | None) -> bool:
    """Return whether no connection was free here; the server was not asked."""
    return isinstance(error, httpx2.PoolTimeout)


def is_unreadable(error: BaseException | None) -> bool:
    """Return whether a reply was rejected here as compressed or too long."""
    return isinstance(error, httpx2.DecodingError)


class _BoundedStream(httpx2.AsyncByteStream):
    def __init__(self, stream: httpx2.AsyncByteStream) -> None:
        self._stream = stream

    async def __aiter__(self) -> AsyncIterator[bytes]:
        n_bytes = 0
        async for piece in self._stream:
            n_bytes += len(piece)
            if n_bytes > MAX_REPLY_BYTES:
                raise httpx2.DecodingError(f"the reply has more than {MAX_REPLY_BYTES:,} bytes")
            yield piece

    async def aclose(self) -> None:
        await self._stream.aclose()
