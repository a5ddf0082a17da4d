"""A site of 2,000 pages between traps, copied, changed and copied again."""

import re
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import pytest

from rag.sites.results import RunSummary
from tests.fake_site import FakeSite, FakeTime, Served, page, redirect, serve_site
from tests.unit.sites.copying import copy, links, paths

N_PAGES = 2_000
N_CHAPTERS = 40
N_EACH = (N_PAGES - 1 - N_CHAPTERS) // N_CHAPTERS
WORDS = (
    *("harbour", "ferry", "fare", "deck", "lead", "ticket", "captain", "crew"),
    *("pier", "cargo", "buoy", "anchor", "mast", "chart", "tide", "gale"),
)
TRAPS = (
    *("/calendar/2026/12/", "/list?sort=1", "/loop/a/", "/s/0123456789abcdef/", "/random/0", "/broken/0"),
    *("/gone/0", "/circle/0", "/endless", "/huge", "/same/0", "/noindex", "/private/0"),
)


def words(*seed: object) -> str:
    digest = sha256(repr(seed).encode()).digest()
    return " ".join(WORDS[byte % len(WORDS)] for byte in digest)


def lesson(chapter: int, number: int) -> str:
    return f"/guide/chapter-{chapter}/lesson-{number}"


def serve(path: str) -> Served | None:
    """Return a page of the guide or of a trap; the start links to all of them."""
    if path == "/guide/":
        return page("The guide.", *(f"chapter-{n}/" for n in range(N_CHAPTERS)), *TRAPS, ETag='"start"')
    if found := re.fullmatch(r"/guide/chapter-(\d+)/", path):
        chapter = int(found[1])
        lessons = [f"lesson-{n}?utm_source=guide" for n in range(lessons_of(chapter))]
        return page(f"Chapter {words(chapter)}.", "../", *lessons, *TRAPS, ETag=f'"{chapter}"')
    if found := re.fullmatch(r"/guide/chapter-(\d+)/lesson-(\d+)", path):
        chapter, number = map(int, found.groups())
        tag = f'"{chapter}-{number}"'
        text = f"Lesson {words(chapter, number)}."
        return page(text, "./", f"lesson-{number + 1}#next", *TRAPS, ETag=tag) if number < lessons_of(chapter) else None
    return serve_trap(path)


def lessons_of(chapter: int) -> int:
    """Return how many lessons a chapter has; the last one has what is left over."""
    return N_EACH if chapter < N_CHAPTERS - 1 else N_PAGES - 1 - N_CHAPTERS - N_EACH * (N_CHAPTERS - 1)


def serve_trap(path: str) -> Served | None:
    _, name, *rest = re.split(r"[/?]", path)
    number = int(rest[0]) if rest and rest[0].isdigit() else 0
    if name == "calendar":
        return calendar(number, int(rest[1]))
    if name == "list":
        value = int(path.rpartition("=")[2])
        variants = [f"/list?sort={value * 3 + n}" for n in range(3)]
        return page("A list.", *variants, f"/list?sort={value}&page={value + 1}")
    if name == "s":
        # A session id in each link.
        return page("The shop.", *(f"/s/{sha256(f'{path}{n}'.encode()).hexdigest()[:16]}/" for n in range(5)))
    made = {
        "loop": page("A loop.", "a/", "b/", "../loop/a/"),
        "random": page(f"Page {number}.", *(f"/random/{number * 7 + n}" for n in range(1, 8))),
        "broken": Served(b"error", 500) if number else page("Errors.", *(f"/broken/{n}" for n in range(1, 500))),
        "gone": Served(b"", 404) if number else page("Lost.", *(f"/gone/{n}" for n in range(1, 500))),
        "circle": redirect(f"/circle/{(number + 1) % 3}"),
        "huge": Served(b"x" * 10, headers={"Content-Type": "text/html", "Content-Length": "99999999999"}),
        "endless": Served(b"<p>" + b"word " * 1_000_000),
        "same": page("The same text.", f"/same/{number + 1}", f"/same/{number + 2}"),
        "noindex": page("Not for you.", head='<meta name="robots" content="noindex,nofollow">'),
        "private": page("Private.", f"/private/{number + 1}"),
        "robots.txt": Served(b"User-agent: *\nCrawl-delay: 0.5\nDisallow: /private/\n"),
    }
    return made.get(name)


def calendar(year: int, month: int) -> Served:
    after = f"/calendar/{year + month // 12}/{month % 12 + 1}/"
    views = f"/calendar/{year}/{month}/?view=week", f"/calendar/{year + 1}/1/"
    return page(f"No events in {year}-{month}.", after, *views)


@pytest.fixture(scope="module")
def site() -> Iterator[FakeSite]:
    with serve_site() as site:
        site.make = serve
        yield site


def copy_all(site: FakeSite, folder: Path, time: FakeTime) -> RunSummary:
    site.requests.clear()
    return copy(f"{site.origin}/guide/", folder, time=time, within="/", depth=6, max_pages=3_000)


def guide_of(addresses: tuple[str, ...]) -> list[str]:
    return [address for address in addresses if "/guide/" in address]


def test_2000_pages_are_copied_from_between_traps_and_kept_up_to_date(site: FakeSite, tmp_path: Path) -> None:
    folder, time = tmp_path / "site", FakeTime()

    first = copy_all(site, folder, time)

    assert len(guide_of(first.new)) == N_PAGES
    assert len([path for path in paths(folder) if path.startswith("guide/")]) == N_PAGES
    found = links(folder)
    assert found["guide/chapter-3/lesson-7.html"] == f"{site.origin}{lesson(3, 7)}"
    assert len(found) == first.n_pages
    # All traps together take few requests, and few of their pages are kept.
    in_traps = [path for path, _ in site.requests if not path.startswith("/guide/")]
    assert len(in_traps) < 400
    assert first.n_pages - N_PAGES < 250
    assert not any("/private/" in path for path, _ in site.requests)
    assert max(site.n_requests.values()) <= 10
    assert {"/broken/#", "/gone/#", "/random/#", "/list?sort", "/s/#/", "/loop/a/b/"} <= set(first.traps)
    # The pause that robots.txt asks for was kept between all requests.
    assert len(time.waited) >= first.n_requests - 2
    assert set(time.waited) == {0.5}

    changed, gone, failing = lesson(1, 1), lesson(2, 2), lesson(3, 3)
    site.pages |= {changed: page("Lesson one has changed."), gone: Served(b"", 410), failing: Served(b"", 500)}
    second = copy_all(site, folder, time)

    assert [guide_of(second.new), guide_of(second.changed)] == [[], [site.origin + changed]]
    assert guide_of(second.removed) == [site.origin + gone]
    assert site.origin + failing in second.failed
    assert len([path for path in paths(folder) if path.startswith("guide/")]) == N_PAGES - 1
    n_conditional = sum("if-none-match" in headers for path, headers in site.requests if path.startswith("/guide/"))
    assert n_conditional >= N_PAGES - 1
