import gzip
import socket
import threading
import zlib
from collections.abc import Iterator
from contextlib import suppress

import pytest

from rag.sites.requesting.fetching import USER_AGENT, Fetcher, decompress
from rag.sites.requesting.guard import Guard
from rag.sites.results import Clock, FetchFailed
from tests.fake_site import FakeSite, FakeTime, Served, page, redirect, resolve_to_loopback, serve_site


@pytest.fixture
def site() -> Iterator[FakeSite]:
    with serve_site() as site:
        yield site


def a_fetcher(max_bytes: int = 10_000, max_seconds: float = 60, clock: Clock | None = None) -> Fetcher:
    guard = Guard(resolve_to_loopback, "127.0.0.1")
    return Fetcher(guard, clock or FakeTime().clock(), max_bytes=max_bytes, max_seconds=max_seconds)


def test_a_request_names_footnote_and_sends_no_cookie_back(site: FakeSite) -> None:
    site.pages["/"] = page("x", Set_Cookie="id=1")

    with a_fetcher() as fetcher:
        fetcher.fetch(f"{site.origin}/")
        fetcher.fetch(f"{site.origin}/")

    headers = site.requests[1][1]
    assert headers["user-agent"] == USER_AGENT
    assert USER_AGENT.startswith("Footnote/")
    assert "cookie" not in headers
    assert headers["host"] == site.origin.removeprefix("http://")


def test_a_name_is_pinned_to_its_checked_address_and_stays_in_the_host_header(site: FakeSite) -> None:
    site.pages["/"] = page("Found")
    port = site.origin.rpartition(":")[2]
    guard = Guard(resolve_to_loopback, "wiki.invalid")

    with Fetcher(guard, FakeTime().clock(), max_bytes=1000, max_seconds=9) as fetcher:
        reply = fetcher.fetch(f"http://wiki.invalid:{port}/")

    assert b"Found" in reply.content
    assert site.requests[0][1]["host"] == f"wiki.invalid:{port}"


def test_the_next_address_is_tried_where_the_first_does_not_answer(site: FakeSite) -> None:
    site.pages["/"] = page("Found")
    port = site.origin.rpartition(":")[2]
    # Nothing listens at the first; both are loopback.
    guard = Guard(lambda _host, _port: ["::1", "127.0.0.1"], "wiki.invalid")

    with Fetcher(guard, FakeTime().clock(), max_bytes=1000, max_seconds=9) as fetcher:
        assert fetcher.fetch(f"http://wiki.invalid:{port}/").status == 200


def test_a_server_that_does_not_listen_is_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]

    with a_fetcher() as fetcher, pytest.raises(FetchFailed, match=r"no connection to its server \(.*refused"):
        fetcher.fetch(f"http://127.0.0.1:{port}/")


def test_redirects_are_returned_and_not_followed(site: FakeSite) -> None:
    site.pages["/"] = redirect("/next", 302)

    with a_fetcher() as fetcher:
        reply = fetcher.fetch(f"{site.origin}/")

    assert (reply.status, reply.location) == (302, "/next")
    assert len(site.requests) == 1


def test_a_page_is_not_sent_again_while_its_etag_holds(site: FakeSite) -> None:
    site.pages["/"] = page("x", ETag='"7"', Last_Modified="Mon, 05 Oct 2026 07:00:00 GMT")

    with a_fetcher() as fetcher:
        first = fetcher.fetch(f"{site.origin}/")
        again = fetcher.fetch(f"{site.origin}/", first.etag, first.last_modified)

    assert (again.status, again.content) == (304, b"")
    assert site.requests[1][1]["if-modified-since"] == "Mon, 05 Oct 2026 07:00:00 GMT"


def test_a_page_that_is_too_large_is_not_read(site: FakeSite) -> None:
    site.pages["/named"] = Served(b"x" * 20_000)
    site.pages["/unnamed"] = Served(b"x" * 20_000, headers={"Content-Length": "20000", "Content-Type": "text/html"})
    site.pages["/bomb"] = Served(gzip.compress(b"x" * 5_000_000), headers={"Content-Encoding": "gzip"})

    with a_fetcher(max_bytes=10_000) as fetcher:
        for path in ("/named", "/unnamed", "/bomb"):
            with pytest.raises(FetchFailed, match="it has more than 0 MB"):
                fetcher.fetch(site.origin + path)


def test_a_page_that_is_sent_too_slowly_is_given_up(site: FakeSite) -> None:
    site.pages["/"] = Served(b"x" * 9_000)
    times = iter(range(0, 1_000, 40))

    clock = Clock(lambda: 0.0, lambda: float(next(times)), lambda _: None)

    with a_fetcher(clock=clock, max_seconds=30) as fetcher, pytest.raises(FetchFailed, match="takes more than 30 s"):
        fetcher.fetch(f"{site.origin}/")


def test_a_server_that_sends_its_headers_byte_by_byte_is_given_up() -> None:
    is_over = threading.Event()

    def drip(listening: socket.socket) -> None:
        connection, _ = listening.accept()
        with connection, suppress(OSError):
            connection.sendall(b"HTTP/1.1 200 OK\r\nX-Slow: ")
            while not is_over.wait(0.02):
                connection.sendall(b"x")

    with socket.create_server(("127.0.0.1", 0)) as listening, a_fetcher(max_seconds=0.1) as fetcher:
        thread = threading.Thread(target=drip, args=(listening,))
        thread.start()
        with pytest.raises(FetchFailed, match="it takes more than 0 s"):
            fetcher.fetch(f"http://127.0.0.1:{listening.getsockname()[1]}/")
        is_over.set()
        thread.join()


def test_a_compressed_page_is_expanded_and_a_damaged_one_is_an_error(site: FakeSite) -> None:
    body = gzip.compress(b"<p>Long text. " * 20_000)
    site.pages["/whole"] = Served(body, headers={"Content-Encoding": "gzip"})
    site.pages["/cut"] = Served(body[:-9], headers={"Content-Encoding": "gzip"})
    site.pages["/no"] = Served(b"plain", headers={"Content-Encoding": "gzip"})
    site.pages["/br"] = Served(b"x", headers={"Content-Encoding": "br"})

    with a_fetcher(max_bytes=1_000_000) as fetcher:
        assert fetcher.fetch(f"{site.origin}/whole").content == b"<p>Long text. " * 20_000
        for path, reason in (("/cut", "cut off"), ("/no", "damaged"), ("/br", "compressed by br")):
            with pytest.raises(FetchFailed, match=reason):
                fetcher.fetch(site.origin + path)


def test_what_is_expanded_comes_in_pieces_and_stops_at_the_limit() -> None:
    bomb = zlib.compressobj(wbits=31)
    body = b"".join(bomb.compress(b"\0" * 1_000_000) for _ in range(50)) + bomb.flush()

    pieces = list(decompress(iter([body]), "gzip", 200_000))

    assert max(map(len, pieces)) <= 65_536
    assert sum(map(len, pieces)) < 300_000


def test_the_time_to_wait_is_a_number_or_a_date(site: FakeSite) -> None:
    time = FakeTime()
    time.seconds = 1_790_000_000.0
    site.pages["/number"] = Served(b"", 503, {"Retry-After": "12"})
    site.pages["/date"] = Served(b"", 503, {"Retry-After": "Mon, 21 Sep 2026 14:14:20 GMT"})
    site.pages["/word"] = Served(b"", 503, {"Retry-After": "soon"})

    with a_fetcher(clock=time.clock()) as fetcher:
        waits = [fetcher.fetch(site.origin + path).retry_seconds for path in ("/number", "/date", "/word")]

    assert waits == [12.0, 60.0, None]
