import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from rag.errors import SiteUnreadable
from rag.sites.crawl import Crawl
from rag.sites.pages.store import STATE_FILE, LastRun, SiteStore, StoredPage
from rag.sites.requesting.polite import PoliteRequests, Visit
from rag.sites.results import Reply, RunSummary, Source
from rag.sites.sources import (
    Wishes,
    find_source,
    find_sources,
    folder_of_source,
    forget_source,
    plan_source,
    read_address,
    require_source,
)
from tests.fake_site import FakeSite, FakeTime, Served, page, redirect, serve_site
from tests.unit.sites.copying import copy, links, paths


@pytest.fixture
def site() -> Iterator[FakeSite]:
    with serve_site() as site:
        site.pages |= {
            "/docs/": page("The start of the docs.", "fares", "dogs.html", "../blog/", "https://other.example/"),
            "/docs/fares": page("A ticket costs 14 euros.", "./", "deeper/one"),
            "/docs/dogs.html": page("Dogs stay on deck.", "index.html?utm_source=x"),
            "/docs/deeper/one": page("The first of the deeper pages.", "two"),
            "/docs/deeper/two": page("The second of the deeper pages."),
            "/blog/": page("A page of the blog."),
        }
        yield site


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "site"


def names(addresses: tuple[str, ...] | dict[str, str], site: FakeSite) -> list[str]:
    return [address.removeprefix(site.origin) for address in addresses]


def test_a_site_is_copied_within_its_path_with_the_link_of_each_page(site: FakeSite, folder: Path) -> None:
    summary = copy(f"{site.origin}/docs/", folder)

    assert names(summary.new, site) == [
        *("/docs/", "/docs/fares", "/docs/dogs.html", "/docs/deeper/one", "/docs/deeper/two")
    ]
    assert paths(folder) == [
        *("docs/deeper/one.html", "docs/deeper/two.html", "docs/dogs.html", "docs/fares.html", "docs/index.html")
    ]
    assert links(folder)["docs/fares.html"] == f"{site.origin}/docs/fares"
    assert len(links(folder)) == 5
    assert (folder / "docs/fares.html").read_bytes() == site.pages["/docs/fares"].body
    assert max(site.n_requests.values()) == 1


def test_only_the_owner_can_read_the_pages_and_what_is_noted_of_them(site: FakeSite, folder: Path) -> None:
    copy(f"{site.origin}/docs/", folder)

    files = [path for path in folder.rglob("*") if path.is_file() and not path.name.endswith("lock")]
    assert len(files) >= 7
    assert {oct(path.stat().st_mode & 0o777) for path in files} == {"0o600"}
    assert folder.stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize(("depth", "n_pages"), [(0, 1), (1, 3), (2, 4), (3, 5)])
def test_the_depth_is_the_number_of_links_followed(site: FakeSite, folder: Path, depth: int, n_pages: int) -> None:
    assert copy(f"{site.origin}/docs/", folder, depth=depth).n_pages == n_pages


def test_a_wider_path_can_be_asked_for(site: FakeSite, folder: Path) -> None:
    assert "/blog/" in names(copy(f"{site.origin}/docs/", folder, within="/").new, site)


def test_a_page_alone_follows_nothing(site: FakeSite, folder: Path) -> None:
    summary = copy(f"{site.origin}/docs/fares", folder, "page", depth=0)

    assert paths(folder) == ["docs/fares.html"]
    assert summary.n_requests == 2  # with robots.txt


def test_a_sitemap_and_those_that_it_lists_give_the_pages(site: FakeSite, folder: Path) -> None:
    def listed(kind: str, *places: str) -> Served:
        entries = "".join(f"<x><loc>{place}</loc></x>" for place in places)
        return Served(f"<{kind}>{entries}</{kind}>".encode(), headers={"Content-Type": "application/xml"})

    site.pages["/sitemap.xml"] = listed("sitemapindex", "/one.xml", "/lost.xml", "/sitemap.xml")
    site.pages["/one.xml"] = listed("urlset", "/docs/fares", "/blog/", "https://other.example/", "/missing")

    summary = copy(f"{site.origin}/sitemap.xml", folder, "page", depth=0)

    assert names(summary.new, site) == ["/docs/fares", "/blog/"]
    assert names(dict(summary.failed), site) == ["/lost.xml"]
    assert summary.skipped == {"of another host or path": 1, "that do not exist": 1}
    assert "/docs/deeper/one" not in site.n_requests
    state = SiteStore(folder)
    assert state.source is not None
    assert state.source.kind == "sitemap"


def test_a_second_run_asks_only_for_what_changed(site: FakeSite, folder: Path) -> None:
    site.pages["/docs/"] = page("The start.", "fares", "dogs.html", ETag='"1"')
    site.pages["/docs/fares"] = page("14 euros.", ETag='"2"')
    copy(f"{site.origin}/docs/", folder)
    modified = (folder / "docs/index.html").stat().st_mtime_ns
    site.pages["/docs/fares"] = page("15 euros.", ETag='"3"')
    site.pages["/docs/dogs.html"] = page("Dogs stay on deck.", "new", "index.html?utm_source=x")
    site.pages["/docs/new"] = page("A new page.")
    site.requests.clear()

    summary = copy(f"{site.origin}/docs/", folder)

    assert names(summary.new, site) == ["/docs/new"]
    assert names(summary.changed, site) == ["/docs/fares", "/docs/dogs.html"]
    assert names(summary.unchanged, site) == ["/docs/"]
    assert b"15 euros" in (folder / "docs/fares.html").read_bytes()
    assert (folder / "docs/index.html").stat().st_mtime_ns == modified
    conditions = {path: headers.get("if-none-match") for path, headers in site.requests}
    assert (conditions["/docs/"], conditions["/docs/fares"]) == ('"1"', '"2"')


def test_a_page_whose_text_stayed_is_not_written_again(site: FakeSite, folder: Path) -> None:
    copy(f"{site.origin}/docs/", folder)
    old = (folder / "docs/fares.html").read_bytes()
    site.pages["/docs/fares"] = Served(old.replace(b"<head>", b"<head><meta name=token content=8341>"))

    assert copy(f"{site.origin}/docs/", folder).changed == ()
    assert (folder / "docs/fares.html").read_bytes() == old


def test_a_file_that_was_deleted_or_changed_by_hand_is_fetched_again(site: FakeSite, folder: Path) -> None:
    site.make = lambda path: page("Made", ETag='"1"') if path == "/docs/made" else None
    site.pages["/docs/"] = page("Start", "made", "fares", ETag='"1"')
    copy(f"{site.origin}/docs/", folder)
    (folder / "docs/made.html").unlink()
    (folder / "docs/fares.html").write_text("changed by hand")

    copy(f"{site.origin}/docs/", folder)

    assert b"Made" in (folder / "docs/made.html").read_bytes()
    assert b"14 euros" in (folder / "docs/fares.html").read_bytes()


@pytest.mark.parametrize("status", [404, 410])
def test_a_page_that_is_gone_is_removed_with_its_link(site: FakeSite, folder: Path, status: int) -> None:
    copy(f"{site.origin}/docs/", folder)
    site.pages["/docs/deeper/one"] = Served(b"", status)

    summary = copy(f"{site.origin}/docs/", folder)

    assert names(summary.removed, site) == ["/docs/deeper/one"]
    assert "docs/deeper/one.html" not in paths(folder)
    assert "docs/deeper/one.html" not in links(folder)
    # No page links to it any more, but it is still published.
    assert "docs/deeper/two.html" in paths(folder)


@pytest.mark.parametrize("status", [500, 502, 503, 403, 401, 429])
def test_a_page_that_fails_keeps_its_copy_and_is_named(site: FakeSite, folder: Path, status: int) -> None:
    copy(f"{site.origin}/docs/", folder)
    before = paths(folder)
    site.pages["/docs/fares"] = Served(b"no", status)

    summary = copy(f"{site.origin}/docs/", folder)

    assert names(dict(summary.failed), site) == ["/docs/fares"]
    assert f"it answers {status}" in summary.failed[f"{site.origin}/docs/fares"]
    assert "the copy of an earlier run is kept" in summary.failed[f"{site.origin}/docs/fares"]
    assert (paths(folder), summary.removed) == (before, ())


def test_a_page_that_moved_for_good_is_replaced_and_one_that_moved_for_now_stays(site: FakeSite, folder: Path) -> None:
    copy(f"{site.origin}/docs/", folder)
    site.pages["/docs/fares"] = redirect("/docs/prices")
    site.pages["/docs/prices"] = page("A ticket costs 16 euros.")
    site.pages["/docs/dogs.html"] = redirect("/docs/closed", 302)
    site.pages["/docs/closed"] = page("We are closed today.")

    summary = copy(f"{site.origin}/docs/", folder)

    assert names(summary.removed, site) == ["/docs/fares"]
    assert names(summary.new, site) == ["/docs/prices", "/docs/closed"]
    assert "for now; the copy of an earlier run is kept" in summary.failed[f"{site.origin}/docs/dogs.html"]


def test_a_site_under_maintenance_keeps_its_pages(site: FakeSite, folder: Path) -> None:
    copy(f"{site.origin}/docs/", folder)
    before = paths(folder)
    for path in ("/docs/fares", "/docs/dogs.html", "/docs/deeper/one", "/docs/deeper/two"):
        site.pages[path] = page("We are back soon.")

    summary = copy(f"{site.origin}/docs/", folder)

    assert (paths(folder), summary.removed) == (before, ())
    # The first one changed to this text; the others have it too.
    assert len(summary.failed) == 3


def test_pages_that_may_no_longer_be_copied_are_removed(site: FakeSite, folder: Path) -> None:
    copy(f"{site.origin}/docs/", folder)
    site.pages["/robots.txt"] = Served(b"User-agent: *\nDisallow: /docs/fares", headers={"Content-Type": "text/plain"})
    site.pages["/docs/dogs.html"] = page("Dogs stay on deck.", head='<meta name="robots" content="noindex">')

    summary = copy(f"{site.origin}/docs/", folder)

    assert sorted(names(summary.removed, site)) == ["/docs/dogs.html", "/docs/fares"]
    assert "/docs/fares" not in site.n_requests or site.n_requests["/docs/fares"] == 1


def test_pages_with_the_text_of_another_are_not_kept_twice(site: FakeSite, folder: Path) -> None:
    site.pages["/docs/"] = page("Start", "a", "b?ref=1", "b?ref=2")
    site.pages["/docs/a"] = site.pages["/docs/b?ref=1"] = site.pages["/docs/b?ref=2"] = page("One text.")

    summary = copy(f"{site.origin}/docs/", folder)

    assert names(summary.new, site) == ["/docs/", "/docs/a"]
    assert summary.skipped == {"with the text of another page": 2}


def test_other_kinds_are_kept_if_a_reader_reads_them(site: FakeSite, folder: Path) -> None:
    site.pages["/docs/"] = page("Start", "a.pdf", "b", "c.json", "logo.png", "notes.md")
    site.pages["/docs/a.pdf"] = Served(b"%PDF-1.4 x", headers={"Content-Type": "application/pdf"})
    site.pages["/docs/b"] = Served(b"\x89PNG", headers={"Content-Type": "image/png"})
    site.pages["/docs/notes.md"] = Served(b"# Notes", headers={"Content-Type": "text/plain; charset=utf-8"})

    summary = copy(f"{site.origin}/docs/", folder)

    assert paths(folder) == ["docs/a.pdf", "docs/index.html", "docs/notes.md"]
    assert summary.skipped == {"of a kind that is not read": 3}
    assert "/docs/logo.png" not in site.n_requests


def test_the_limit_of_pages_leaves_the_rest_and_says_so(site: FakeSite, folder: Path) -> None:
    summary = copy(f"{site.origin}/docs/", folder, max_pages=2)

    assert (summary.n_pages, summary.n_left) == (2, 2)


def test_a_narrower_path_removes_what_lies_outside(site: FakeSite, folder: Path) -> None:
    copy(f"{site.origin}/docs/", folder)

    summary = copy(f"{site.origin}/docs/", folder, within="/docs/deeper/")

    assert "docs/fares.html" not in paths(folder)
    assert f"{site.origin}/docs/fares" in summary.removed


def test_a_site_that_stops_answering_is_left_for_the_next_run(site: FakeSite, folder: Path) -> None:
    site.pages["/docs/"] = page("Start", *(f"{letter}{letter}" for letter in "abcdefghijklmnopqrstuvwxyz"))
    site.make = lambda path: Served(b"", 429) if path.startswith("/docs") else None

    summary = copy(f"{site.origin}/docs/", folder)

    assert summary.notes == ("10 requests in a row failed, so the rest was left for the next run",)
    assert (len(summary.failed), summary.n_left) == (10, 16)


class Stopped(KeyboardInterrupt):
    pass


class StoppingTime(FakeTime):
    """Somebody presses Ctrl-C at the third pause."""

    def sleep(self, seconds: float) -> None:
        if len(self.waited) == 2:
            raise Stopped
        super().sleep(seconds)


def test_a_run_that_is_broken_off_leaves_all_whole_and_the_next_one_continues(site: FakeSite, folder: Path) -> None:
    with pytest.raises(Stopped):
        copy(f"{site.origin}/docs/", folder, time=StoppingTime(), pages_a_second=1)
    assert paths(folder) == ["docs/dogs.html", "docs/fares.html", "docs/index.html"]
    assert len(links(folder)) == 3
    assert find_known(folder).ended is None

    site.requests.clear()
    summary = copy(f"{site.origin}/docs/", folder)

    assert names(summary.new, site) == ["/docs/deeper/one", "/docs/deeper/two"]
    assert not {"/docs/fares", "/docs/dogs.html"} & site.n_requests.keys()
    assert len(paths(folder)) == 5
    assert find_known(folder).number == 1


def test_a_run_that_was_broken_off_days_ago_is_begun_again(site: FakeSite, folder: Path) -> None:
    time = StoppingTime()
    with pytest.raises(Stopped):
        copy(f"{site.origin}/docs/", folder, time=time, pages_a_second=1)
    later = FakeTime()
    later.seconds = time.seconds + 2 * 86_400
    site.requests.clear()

    copy(f"{site.origin}/docs/", folder, time=later)

    assert site.n_requests["/docs/fares"] == 1


def find_known(folder: Path) -> LastRun:
    run = SiteStore(folder).last_run
    assert run is not None
    return run


def test_a_killed_run_leaves_a_log_that_is_read_up_to_its_last_whole_line(site: FakeSite, folder: Path) -> None:
    copy(f"{site.origin}/docs/", folder)
    state = folder / STATE_FILE
    state.write_bytes(state.read_bytes()[:-40])
    strange = [b'{"page": {"key": "x", "file": "../../evil"}}', b"\xff\xfe", b"[]", b'{"page": {"unknown": 1}}']
    state.write_bytes(b"\n".join([*strange, state.read_bytes()]))
    assert len(SiteStore(folder).pages) == 4

    copy(f"{site.origin}/docs/", folder)

    assert len(SiteStore(folder).pages) == 5
    assert all(json.loads(line) for line in state.read_bytes().splitlines())


def test_metadata_that_a_person_wrote_stays(site: FakeSite, folder: Path) -> None:
    (folder / "docs").mkdir(parents=True)
    (folder / "docs/metadata.toml").write_text('[defaults]\ngroup = "staff"\n')

    summary = copy(f"{site.origin}/docs/", folder)

    assert (folder / "docs/metadata.toml").read_text() == '[defaults]\ngroup = "staff"\n'
    assert "have no links" in summary.notes[0]


@pytest.mark.parametrize(
    ("path", "served", "message"),
    [
        ("/docs/", Served(b"", 404), r"answers 404 Not Found; check the address"),
        ("/docs/", Served(b"", 500), r"answers 500 Internal Server Error; try later"),
        ("/docs/", redirect("/docs/"), r"its redirects do not end; try later"),
        ("/docs/", redirect("http://10.0.0.1/"), r"10\.0\.0\.1 has the address 127\.0\.0\.1, which is not public"),
        ("/docs/", Served(b"{}", headers={"Content-Type": "application/json"}), r"1 of a kind that is not read"),
        ("/robots.txt", Served(b"User-agent: *\nDisallow: /"), r"robots.txt of 127\.0\.0\.1 does not allow Footnote"),
        ("/robots.txt", Served(b"", 503), r"robots.txt, cannot be read \(status 503\)"),
    ],
)
def test_a_source_that_cannot_be_read_says_why_and_leaves_nothing(
    site: FakeSite, folder: Path, path: str, served: Served, message: str
) -> None:
    site.pages[path] = served

    with pytest.raises(SiteUnreadable, match=message):
        copy(f"{site.origin}/docs/", folder)

    assert not folder.exists()


def test_a_source_that_fails_later_keeps_its_pages_and_its_last_error(site: FakeSite, folder: Path) -> None:
    copy(f"{site.origin}/docs/", folder)
    site.pages["/docs/"] = Served(b"", 404)

    with pytest.raises(SiteUnreadable, match="--remove` deletes its pages"):
        copy(f"{site.origin}/docs/", folder)

    assert len(paths(folder)) == 5
    assert "answers 404" in (find_known(folder).error or "")


def test_private_addresses_need_the_option(site: FakeSite, folder: Path) -> None:
    with pytest.raises(SiteUnreadable, match="which is not public; if the site is your own, add `--allow-private`"):
        copy(f"{site.origin}/docs/", folder, is_private_allowed=False)

    assert site.requests == []


def test_a_site_that_moved_to_another_host_is_followed_there(site: FakeSite, folder: Path) -> None:
    def at_home(path: str) -> Served | None:
        return redirect(f"{other.origin}{path}") if path.startswith("/docs") else None

    with serve_site(dict(site.pages)) as other:
        site.pages.clear()
        site.make = at_home

        summary: RunSummary = copy(f"{site.origin}/docs/", folder)

    assert len(summary.new) == 5
    assert all(address.startswith(other.origin) for address in summary.new)


@pytest.mark.parametrize("is_on_another_host", [True, False])
def test_a_source_that_now_leads_elsewhere_keeps_its_pages(
    site: FakeSite, folder: Path, *, is_on_another_host: bool
) -> None:
    copy(f"{site.origin}/docs/", folder)
    before = paths(folder)
    with serve_site({"/login": page("Please log in.")}) as other:
        site.pages["/login"] = page("Please log in.")
        site.pages["/docs/"] = redirect(f"{other.origin}/login" if is_on_another_host else "/login", 302)

        with pytest.raises(SiteUnreadable, match=r"now redirects to .*/login; if it has moved, run `rag add"):
            copy(f"{site.origin}/docs/", folder)

    assert paths(folder) == before


def test_a_redirect_to_a_folder_of_its_own_is_still_the_source(site: FakeSite, folder: Path) -> None:
    copy(f"{site.origin}/docs/", folder)
    site.pages["/docs/"] = redirect("/docs/en/", 302)
    site.pages["/docs/en/"] = page("The start in English.", "../fares")

    summary = copy(f"{site.origin}/docs/", folder)

    assert names(summary.new, site) == ["/docs/en/"]
    assert "docs/dogs.html" in paths(folder)


def test_a_site_that_gets_another_scheme_keeps_one_copy_of_each_page(folder: Path) -> None:
    old = StoredPage("http://a.example/x", "http://a.example/x", "x.html", "", "same", 1, 1)
    folder.mkdir()
    (folder / "x.html").write_text("old")
    with SiteStore(folder) as store:
        store.note(old)
        reply = Reply("https://a.example/", 200, b"<a href=http://a.example/x>X</a>", "text/html")
        new = Reply("https://a.example/x", 200, b"old", "text/html")
        crawl = Crawl(
            Source("http://a.example/", "site", depth=1),
            store,
            FakeRequests({"https://a.example/x": new}),
            lambda _done, _known: None,
            first=Visit(reply),
            run=2,
            max_bytes=1_000,
        )
        crawl.run()

    assert crawl.summary().new == ("https://a.example/", "https://a.example/x")
    assert crawl.summary().removed == ("http://a.example/x",)


class FakeRequests(PoliteRequests):
    """Answers from a dictionary."""

    def __init__(self, replies: dict[str, Reply]) -> None:
        self.replies = replies

    def visit(self, address: str, *_: object) -> Visit:
        return Visit(self.replies[address])


def test_sources_are_found_listed_and_forgotten(site: FakeSite, tmp_path: Path) -> None:
    address = f"{site.origin}/docs/"
    folder = folder_of_source(tmp_path, address)
    copy(address, folder)
    (folder / "own.txt").write_text("mine")
    (tmp_path / "sites" / "not-a-source").mkdir()

    known = require_source(tmp_path, address)
    assert (known.n_pages, known.source.address, known.folder) == (5, address, folder)
    assert find_sources(tmp_path) == [known]

    assert forget_source(known) == 5
    assert find_source(tmp_path, address) is None
    # What a person put there stays.
    assert [path.name for path in folder.rglob("*")] == ["own.txt"]
    with pytest.raises(SiteUnreadable, match="was not added"):
        require_source(tmp_path, address)


def test_an_address_ends_in_a_slash_for_a_site_and_options_last() -> None:
    site = plan_source("https://example.org/docs/", None, Wishes())
    lone = plan_source("https://example.org/docs", None, Wishes())
    later = plan_source(site.address, plan_source(site.address, None, Wishes(depth=2, max_pages=9)), Wishes(within="x"))

    assert (site.kind, site.depth, site.max_pages) == ("site", 5, 2_000)
    assert (lone.kind, lone.depth) == ("page", 0)
    assert (later.depth, later.max_pages, later.within) == (2, 9, "/x")


def test_a_typed_address_may_lack_its_scheme() -> None:
    assert read_address("example.org/docs/") == "https://example.org/docs/"
    for text in ("ftp://example.org", "https://me:word@example.org/", "://", ""):
        with pytest.raises(SiteUnreadable, match="is no web address"):
            read_address(text)
