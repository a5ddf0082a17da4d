"""Guard the HTTP below the LLM client: no reply grows without end, none is packed."""

from collections.abc import AsyncIterator

import httpx2

# A reply of 600 tokens has some 250 kB with all that goes with each token; a long list of models a megabyte.
MAX_REPLY_BYTES = 4_000_000

TransportError = httpx2.HTTPError


async def bound_reply(response: httpx2.Response) -> None:
    """Let a reply's body end in an error once it is too long; a hook for the HTTP client's responses.

    The client's own reading of event streams has no limit: one endless line would fill the memory before the time is
    up. A packed body is refused, for a few of its bytes may become any number.

    Raises:
        httpx2.DecodingError: The body is packed, although we ask for it plain.
    """
    if response.headers.get("content-encoding", "identity").strip().lower() not in {"identity", ""}:
        raise httpx2.DecodingError("the reply is packed", request=response.request)
    if isinstance(response.stream, httpx2.AsyncByteStream):
        response.stream = _BoundedStream(response.stream)


def is_unconnected(error: BaseException | None) -> bool:
    """Tell whether no connection came about, as against one that broke."""
    return isinstance(error, httpx2.ConnectError | httpx2.ConnectTimeout | httpx2.UnsupportedProtocol)


def is_unreadable(error: BaseException | None) -> bool:
    """Tell whether a reply was refused here, as packed or too long."""
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
