"""A web site on loopback whose pages a test writes, and a clock that does not wait."""

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from rag.sites.results import Clock

Headers = dict[str, str]


@dataclass(frozen=True)
class Served:
    """What the site answers to one path."""

    body: bytes = b""
    status: int = 200
    headers: Headers = field(default_factory=lambda: {"Content-Type": "text/html; charset=utf-8"})


@dataclass
class FakeSite:
    """A site; `pages` by path with query, else what `make` returns, else 404.

    A page with an ETag answers 304 to a request that names it.
    """

    pages: dict[str, Served] = field(default_factory=dict)
    make: Callable[[str], Served | None] = lambda _: None
    origin: str = ""
    requests: list[tuple[str, Headers]] = field(default_factory=list)

    @property
    def n_requests(self) -> Counter[str]:
        """Number of requests by path."""
        return Counter(path for path, _ in self.requests)

    def answer(self, path: str, headers: Headers) -> Served:
        self.requests.append((path, headers))
        served = self.pages.get(path) or self.make(path) or Served(b"missing", 404)
        etag = served.headers.get("ETag")
        if etag and headers.get("if-none-match") == etag:
            return Served(b"", 304, {"ETag": etag})
        return served


def page(text: str, *links: str, head: str = "", **headers: str) -> Served:
    """Return a page of one paragraph and links."""
    anchors = "".join(f'<p><a href="{link}">Read more at {link}</a></p>' for link in links)
    body = f"<!doctype html><html><head><title>A page</title>{head}</head><body><p>{text}</p>{anchors}</body></html>"
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Served(body.encode(), headers={"Content-Type": "text/html; charset=utf-8", **named})


def redirect(target: str, status: int = 301) -> Served:
    return Served(b"", status, {"Location": target})


class QuietServer(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_: object) -> None:
        """Say nothing: a client may leave in the middle of a page."""


@contextmanager
def serve_site(pages: dict[str, Served] | None = None) -> Iterator[FakeSite]:
    """Serve a site on a free port of 127.0.0.1 while the block runs."""
    site = FakeSite(pages or {})

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        # Headers and body in one packet: apart, each reply waits 40 ms for an acknowledgement.
        wbufsize = -1

        def do_GET(self) -> None:
            served = site.answer(self.path, {name.lower(): value for name, value in self.headers.items()})
            self.send_response(served.status)
            for name, value in served.headers.items():
                self.send_header(name, value)
            if "Content-Length" not in served.headers:
                self.send_header("Content-Length", str(len(served.body)))
            self.end_headers()
            self.wfile.write(served.body)

        def log_message(self, *_: object) -> None:
            pass

    server = QuietServer(("127.0.0.1", 0), Handler)
    site.origin = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield site
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class FakeTime:
    """A clock that runs only when it is waited for."""

    def __init__(self) -> None:
        self.seconds = 1_000_000.0
        self.waited: list[float] = []

    def sleep(self, seconds: float) -> None:
        self.waited.append(seconds)
        self.seconds += seconds

    def clock(self) -> Clock:
        return Clock(now=lambda: self.seconds, monotonic=lambda: self.seconds, sleep=self.sleep)


def resolve_to_loopback(_host: str, _port: int) -> list[str]:
    return ["127.0.0.1"]
