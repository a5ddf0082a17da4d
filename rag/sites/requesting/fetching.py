"""Request one address: bounded in size and time, pinned to checked addresses, following nothing."""

import re
import socket
import threading
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from email.utils import parsedate_to_datetime
from typing import Any, Self

import httpx2

from rag import __version__
from rag.sites.pages.addresses import host_of, origin_of, port_of
from rag.sites.requesting.guard import Guard
from rag.sites.results import Clock, FetchFailed, Reply

AGENT_NAME = "Footnote"
USER_AGENT = f"{AGENT_NAME}/{__version__} (copies pages for question answering; obeys robots.txt for {AGENT_NAME})"

_CONNECT_SECONDS = 10.0
_READ_SECONDS = 20.0
_PIECE_BYTES = 65_536
_MAX_HEADER_CHARACTERS = 1_000
_READABLE_STATUS = 200
_CHARSET = re.compile(r";\s*charset\s*=\s*[\"']?([\w.:-]{1,40})", re.IGNORECASE)


class Fetcher:
    """Requests addresses through one connection a host; a block that closes them.

    Args:
        max_bytes: Most bytes of a reply, also once it is decompressed.
        max_seconds: Longest time for a whole reply.
    """

    def __init__(self, guard: Guard, clock: Clock, *, max_bytes: int, max_seconds: float) -> None:
        self._guard = guard
        self._clock = clock
        self._max_bytes = max_bytes
        self._max_seconds = max_seconds
        # One client for each origin: a TLS connection is checked for one host name only.
        self._clients: dict[str, tuple[httpx2.Client, _PinnedTransport]] = {}
        self.n_requests = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for client, _transport in self._clients.values():
            client.close()
        self._clients.clear()

    def fetch(self, address: str, etag: str | None = None, last_modified: str | None = None) -> Reply:
        """Return the reply; 304 without content if the page still is what the headers describe.

        Raises:
            FetchFailed: There is no usable reply, or the guard rejects the host.
        """
        client, transport = self._client_of(address)
        conditions = {"If-None-Match": etag, "If-Modified-Since": last_modified}
        headers = {name: value for name, value in conditions.items() if value}
        self.n_requests += 1
        try:
            with transport.cut_after(self._max_seconds), client.stream("GET", address, headers=headers) as response:
                is_wanted = response.status_code == _READABLE_STATUS
                content = self._read(response) if is_wanted else b""
                return self._reply_of(address, response, content)
        except httpx2.TimeoutException as error:
            raise FetchFailed("it does not answer in time") from error
        except httpx2.ConnectError as error:
            raise FetchFailed(f"there is no connection to its server ({error})") from error
        except httpx2.HTTPError as error:
            if transport.is_cut:
                raise FetchFailed(f"it takes more than {self._max_seconds:.0f} s") from error
            raise FetchFailed(f"the request broke off ({str(error) or type(error).__name__})") from error
        except httpx2.InvalidURL as error:
            raise FetchFailed("its address is not valid") from error

    def _client_of(self, address: str) -> tuple[httpx2.Client, "_PinnedTransport"]:
        origin = origin_of(address)
        if origin not in self._clients:
            transport = _PinnedTransport(self._guard.addresses_of(host_of(address), port_of(address)))
            # No proxy, no cookies, no redirects: each would lead past the guard.
            client = httpx2.Client(
                transport=transport,
                timeout=httpx2.Timeout(_READ_SECONDS, connect=_CONNECT_SECONDS),
                headers={"User-Agent": USER_AGENT, "Accept-Encoding": "gzip", "Accept": "*/*"},
                follow_redirects=False,
                trust_env=False,
            )
            self._clients[origin] = client, transport
        client, transport = self._clients[origin]
        client.cookies.clear()
        return client, transport

    def _read(self, response: httpx2.Response) -> bytes:
        deadline = self._clock.monotonic() + self._max_seconds
        too_large = f"it has more than {self._max_bytes / 1e6:,.0f} MB"
        # The size that the header names may be wrong, but one that is too large needs no download.
        length = response.headers.get("content-length", "")
        if length.isdecimal() and int(length) > self._max_bytes:
            raise FetchFailed(too_large)
        content = bytearray()
        for piece in decompress(response.iter_raw(), response.headers.get("content-encoding", ""), self._max_bytes):
            content += piece
            if len(content) > self._max_bytes:
                raise FetchFailed(too_large)
            if self._clock.monotonic() > deadline:
                raise FetchFailed(f"it takes more than {self._max_seconds:.0f} s")
        return bytes(content)

    def _reply_of(self, address: str, response: httpx2.Response, content: bytes) -> Reply:
        headers = response.headers
        return Reply(
            address=address,
            status=response.status_code,
            content=content,
            media_type=headers.get("content-type", "").partition(";")[0].strip().lower(),
            charset=_charset_in(headers.get("content-type", "")),
            etag=_short(headers.get("etag")),
            last_modified=_short(headers.get("last-modified")),
            location=headers.get("location"),
            retry_seconds=_seconds_until(headers.get("retry-after"), self._clock.now()),
            robots=headers.get("x-robots-tag", "")[:_MAX_HEADER_CHARACTERS],
        )


class _PinnedTransport(httpx2.BaseTransport):
    """Connects to given addresses, whatever the name is; the first that answers stays."""

    def __init__(self, addresses: tuple[str, ...]) -> None:
        self._addresses = addresses
        self._transport = httpx2.HTTPTransport()
        self._connection: socket.socket | None = None
        self.is_cut = False

    @contextmanager
    def cut_after(self, seconds: float) -> Iterator[None]:
        """Cut the connection if the block takes longer: headers may come byte by byte."""
        self.is_cut = False
        timer = threading.Timer(seconds, self._cut)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()

    def _cut(self) -> None:
        self.is_cut = True
        if self._connection:
            with suppress(OSError):
                self._connection.shutdown(socket.SHUT_RDWR)

    def _note_connection(self, event: str, details: Mapping[str, Any]) -> None:
        if event in {"connection.connect_tcp.complete", "connection.start_tls.complete"}:
            self._connection = details["return_value"].get_extra_info("socket")

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        failure: Exception | None = None
        for address in self._addresses:
            # The Host header is already set from the name; TLS checks the certificate for the name.
            pinned = httpx2.Request(
                request.method,
                request.url.copy_with(host=address),
                headers=request.headers,
                stream=request.stream,
                extensions={
                    **request.extensions,
                    "sni_hostname": request.url.raw_host.decode("ascii"),
                    "trace": self._note_connection,
                },
            )
            try:
                response = self._transport.handle_request(pinned)
            except (httpx2.ConnectError, httpx2.ConnectTimeout) as error:
                failure = error
                continue
            self._addresses = (address,)
            return response
        assert failure is not None
        raise failure

    def close(self) -> None:
        self._transport.close()


def decompress(pieces: Iterator[bytes], encoding: str, max_bytes: int) -> Iterator[bytes]:
    """Yield the content of a body that may be compressed by gzip, never much more than `max_bytes`.

    Raises:
        FetchFailed: It is compressed in another way, or damaged.
    """
    encoding = encoding.strip().lower()
    if encoding in {"", "identity"}:
        yield from pieces
        return
    if encoding not in {"gzip", "x-gzip"}:
        raise FetchFailed(f"it is compressed by {encoding[:20]}, which was not asked for")
    expanding = zlib.decompressobj(wbits=31)
    n_bytes = 0
    try:
        for piece in pieces:
            waiting, is_full = piece, True
            while (waiting or is_full) and not expanding.eof:
                expanded = expanding.decompress(waiting, _PIECE_BYTES)
                waiting, is_full = expanding.unconsumed_tail, len(expanded) == _PIECE_BYTES
                n_bytes += len(expanded)
                yield expanded
                if n_bytes > max_bytes:
                    return
    except zlib.error as error:
        raise FetchFailed("its compressed content is damaged") from error
    if not expanding.eof:
        raise FetchFailed("its compressed content is cut off")


def _charset_in(content_type: str) -> str | None:
    found = _CHARSET.search(content_type)
    return found.group(1).lower() if found else None


def _short(header: str | None) -> str | None:
    return header if header and len(header) <= _MAX_HEADER_CHARACTERS else None


def _seconds_until(header: str | None, now: float) -> float | None:
    """Return the seconds that Retry-After asks to wait: a number, or a date."""
    if not header:
        return None
    if header.strip().isdecimal():
        return float(header.strip()[:9])
    try:
        return max(0.0, parsedate_to_datetime(header).timestamp() - now)
    except (ValueError, TypeError, OverflowError):
        return None
