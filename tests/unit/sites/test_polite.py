from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from rag.sites.pages.addresses import clean_address
from rag.sites.requesting.fetching import Fetcher
from rag.sites.requesting.guard import Guard, resolve_with_system
from rag.sites.requesting.polite import Disallowed, LeadsOut, PoliteRequests
from rag.sites.results import FetchFailed
from tests.fake_site import FakeSite, FakeTime, Served, page, redirect, resolve_to_loopback, serve_site

Polite = Callable[..., PoliteRequests]


@pytest.fixture
def site() -> Iterator[FakeSite]:
    with serve_site() as site:
        yield site


@pytest.fixture
def polite() -> Iterator[Callable[..., PoliteRequests]]:
    """Makes requests by a clock and a rate; closes them at the end."""
    with ExitStack() as closing:

        def make(time: FakeTime, pages_a_second: float = 2.0) -> PoliteRequests:
            fetcher = Fetcher(Guard(resolve_to_loopback, "127.0.0.1"), time.clock(), max_bytes=10_000, max_seconds=9)
            return PoliteRequests(closing.enter_context(fetcher), time.clock(), pages_a_second)

        yield make


def rules(text: str) -> Served:
    return Served(text.encode(), headers={"Content-Type": "text/plain"})


def test_requests_keep_the_rate(polite: Polite, site: FakeSite) -> None:
    time = FakeTime()
    requests = polite(time, pages_a_second=4)

    for _ in range(3):
        requests.visit(f"{site.origin}/", clean_address)

    assert time.waited == [0.25, 0.25]


@pytest.mark.parametrize(
    "pause", ["Crawl-delay: 5", "Request-rate: 1/5", "User-agent: Footnote\nCrawl-delay: 5\nUser-agent: *"]
)
def test_a_longer_pause_in_robots_txt_takes_precedence(polite: Polite, site: FakeSite, pause: str) -> None:
    time = FakeTime()
    site.pages["/robots.txt"] = rules(f"User-agent: *\n{pause}\n")
    requests = polite(time)

    requests.visit(f"{site.origin}/", clean_address)
    requests.visit(f"{site.origin}/", clean_address)

    assert time.waited == [5.0]


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("User-agent: *\nDisallow: /private/", "/private/a"),
        ("User-agent: *\nAllow: /\nUser-agent: footnote\nDisallow: /", "/"),
        ("User-agent: *\nDisallow: /*?sort=", "/list?sort=up"),
        ("User-agent: *\nDisallow: /*.pdf$", "/a.pdf"),
    ],
)
def test_what_robots_txt_forbids_is_not_requested(polite: Polite, site: FakeSite, text: str, path: str) -> None:
    site.pages["/robots.txt"] = rules(text)

    with pytest.raises(Disallowed):
        polite(FakeTime()).visit(site.origin + path, clean_address)

    assert site.n_requests == {"/robots.txt": 1}


def test_a_redirect_to_a_forbidden_page_is_not_followed(polite: Polite, site: FakeSite) -> None:
    site.pages["/robots.txt"] = rules("User-agent: *\nDisallow: /private/")
    site.pages["/"] = redirect("/private/")

    with pytest.raises(Disallowed):
        polite(FakeTime()).visit(f"{site.origin}/", clean_address)

    assert "/private/" not in site.n_requests


def test_without_robots_txt_all_is_allowed_and_with_a_broken_one_nothing(polite: Polite, site: FakeSite) -> None:
    site.pages["/"] = page("x")
    assert polite(FakeTime()).visit(f"{site.origin}/", clean_address).reply.status == 200

    site.pages["/robots.txt"] = Served(b"", 500)
    with pytest.raises(FetchFailed, match=r"robots\.txt, cannot be read \(status 500\)"):
        polite(FakeTime()).visit(f"{site.origin}/", clean_address)


def test_a_redirect_to_a_private_address_is_not_followed(polite: Polite, site: FakeSite) -> None:
    site.pages["/"] = redirect("http://metadata.internal/latest/")

    with pytest.raises(FetchFailed, match="not public") as caught:
        polite(FakeTime()).visit(f"{site.origin}/", clean_address)
    assert caught.value.is_private


@pytest.mark.parametrize("host", ["2130706433", "0x7f.1", "0177.0.0.1", "127.1", "[::ffff:127.0.0.1]", "[::1]", "0"])
def test_a_redirect_to_another_form_of_a_private_address_is_not_followed(site: FakeSite, host: str) -> None:
    time = FakeTime()
    port = site.origin.rpartition(":")[2]
    site.pages["/"] = redirect(f"http://{host}:{port}/secret")
    site.pages["/secret"] = page("It is secret.")

    guard = Guard(resolve_with_system, "127.0.0.1")
    with (
        Fetcher(guard, time.clock(), max_bytes=10_000, max_seconds=9) as fetcher,
        pytest.raises(FetchFailed, match=r"not public|cannot be found|no web address"),
    ):
        PoliteRequests(fetcher, time.clock(), 2.0).visit(f"{site.origin}/", clean_address)

    assert "/secret" not in site.n_requests


@pytest.mark.parametrize("target", ["file:///etc/passwd", "javascript:alert(1)", "gopher://example.org/", ""])
def test_a_redirect_to_no_web_address_is_an_error(polite: Polite, site: FakeSite, target: str) -> None:
    site.pages["/"] = redirect(target) if target else Served(b"", 302, {})

    with pytest.raises(FetchFailed, match="it redirects to no web address"):
        polite(FakeTime()).visit(f"{site.origin}/", clean_address)


def test_redirects_that_do_not_end_are_given_up(polite: Polite, site: FakeSite) -> None:
    site.pages["/a"], site.pages["/b"] = redirect("/b"), redirect("/a")
    site.make = lambda path: redirect(f"{path}x") if path.startswith("/long") else None

    for path in ("/a", "/long"):
        with pytest.raises(FetchFailed, match="redirects do not end"):
            polite(FakeTime()).visit(site.origin + path, clean_address)
    assert site.n_requests["/a"] == 1
    assert len(site.requests) < 12


def test_a_redirect_is_permanent_only_if_each_hop_is(polite: Polite, site: FakeSite) -> None:
    site.pages |= {
        "/old": redirect("/new"),
        "/new": page("x"),
        "/mixed": redirect("/temporary"),
        "/temporary": redirect("/new", 302),
    }
    requests = polite(FakeTime())

    moved = {path: requests.visit(site.origin + path, clean_address).is_moved for path in ("/old", "/mixed", "/new")}

    assert moved == {"/old": True, "/mixed": False, "/new": False}


def test_the_caller_decides_where_redirects_may_lead(polite: Polite, site: FakeSite) -> None:
    site.pages["/"] = redirect("https://elsewhere.example/")

    with pytest.raises(LeadsOut, match=r"https://elsewhere\.example/"):
        polite(FakeTime()).visit(f"{site.origin}/", lambda _: None)


def test_a_server_that_asks_to_wait_is_waited_for_once(polite: Polite, site: FakeSite) -> None:
    time = FakeTime()
    site.pages["/"] = Served(b"", 429, {"Retry-After": "30"})
    site.pages["/later"] = Served(b"", 503, {"Retry-After": "86400"})
    requests = polite(time)

    assert requests.visit(f"{site.origin}/", clean_address).reply.status == 429
    assert (time.waited, site.n_requests["/"]) == ([30.0], 2)

    requests.visit(f"{site.origin}/later", clean_address)
    assert site.n_requests["/later"] == 1
