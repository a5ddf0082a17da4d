import gzip
from pathlib import PurePosixPath
from time import process_time

import pytest

from rag.documents.formats.markup.decode import decode_page
from rag.sites.pages.addresses import pattern_of
from rag.sites.pages.charsets import apply_charset
from rag.sites.pages.fingerprints import Fingerprint
from rag.sites.pages.kinds import may_be_page, suffix_of
from rag.sites.pages.links import read_links
from rag.sites.pages.names import is_below, name_file, name_folder
from rag.sites.pages.sitemaps import read_sitemap
from rag.sites.results import FetchFailed
from rag.sites.traps import Traps

BASE = "https://example.org/docs/"


def test_links_are_found_once_in_the_order_of_the_page() -> None:
    html = b"""<base href="/base/"><a href=b>B</a><a href="/base/b#x">again</a><area href="c"><iframe src="d"></iframe>
    <a rel="nofollow sponsored" href=e>E</a><a href="mailto:x@example.org">F</a><!-- <a href=g> --><a>no target</a>"""

    assert read_links(html, BASE).links == tuple(f"https://example.org/base/{name}" for name in "bcd")


def test_a_page_that_sends_its_reader_on_links_there() -> None:
    html = b"<meta http-equiv=Refresh content=\"0; URL='en/'\"><p>Moving on."

    assert read_links(html, BASE).links == (f"{BASE}en/",)


@pytest.mark.parametrize(
    ("content", "charset", "text"),
    [
        ("<p>Привет".encode("cp1251"), "windows-1251", "<p>Привет"),
        ("<meta charset=utf-8><p>Grüße".encode("latin-1"), "iso-8859-1", "<meta charset=utf-8><p>Grüße"),
        ("<meta charset=cp1251><p>Grüße".encode(), "utf-8", "<meta charset=cp1251><p>Grüße"),
        ("<p>€ 5".encode("cp1252"), "ISO-8859-1", "<p>€ 5"),
        ("<p>Grüße".encode(), "iso-8859-1", "<p>Grüße"),
        ("<p>日本語の文章".encode("iso2022_jp"), "iso-2022-jp", "<p>日本語の文章"),
        ("<p>日本語の文章".encode("shift_jis"), "shift_jis", "<p>日本語の文章"),
    ],
)
def test_a_file_keeps_the_encoding_that_only_the_header_names(content: bytes, charset: str, text: str) -> None:
    assert decode_page(apply_charset(content, charset.lower())) == text


@pytest.mark.parametrize("charset", [None, "utf-8", "no-such", "hex", "utf-16"])
def test_a_page_that_says_its_encoding_is_kept_as_it_is(charset: str | None) -> None:
    content = "<meta charset=utf-8><p>Grüße!!".encode()

    assert apply_charset(content, charset) == content


@pytest.mark.parametrize(
    ("head", "header", "n_links", "is_unwanted"),
    [
        ("", "", 1, False),
        ('<meta name="Robots" content="NoIndex, follow">', "", 1, True),
        ('<meta name="robots" content="nofollow">', "", 0, False),
        ('<meta name="footnote" content="none">', "", 0, True),
        ("", "footnote: noindex", 1, True),
        ("", "noindex, nofollow", 0, True),
        ("", "otherbot: noindex, nofollow", 1, False),
        ("", "otherbot: noindex, footnote: nofollow", 0, False),
        ("", "unavailable_after: 25 Jun 2010 15:00:00 PST, noindex", 1, True),
        ('<meta name="description" content="noindex">', "", 1, False),
    ],
)
def test_a_page_may_ask_not_to_be_kept_or_followed(head: str, header: str, n_links: int, *, is_unwanted: bool) -> None:
    read = read_links(f"<html><head>{head}</head><body><a href=a>A</a></body></html>".encode(), BASE, header)

    assert (len(read.links), read.is_unwanted) == (n_links, is_unwanted)


@pytest.mark.parametrize(
    "html",
    [
        *("<p>" + "x" * 2_000_000, "<p>" + "0" * 2_000_000, "<base href=/x/>" * 50_000, "<a href=x>" * 50_000),
        "".join(f"<a href='/{'a' * 1_500}{n}'>x</a>" for n in range(2_000)),
        *(f"<a href='{'a/../' * 400_000}'>x</a>", f"<meta http-equiv=refresh content='{'url ' * 400_000}'>"),
    ],
)
def test_no_page_takes_long(html: str) -> None:
    before = process_time()

    for address in read_links(html.encode(), BASE).links:
        pattern_of(address)

    # They take up to two seconds; what grows with the square of the length takes minutes.
    assert process_time() - before < 20


def fingerprint(html: str, path: str) -> Fingerprint:
    return read_links(html.encode(), BASE + path).fingerprint


def test_pages_with_one_text_are_equal_whatever_their_markup_and_links() -> None:
    one = fingerprint("<p>No events in  week 12.</p><a href=?s=1>Next</a><script>1</script>", "12")
    same = fingerprint("<div>No events in week 12. <a href=?s=2>Next</a></div><style>a{}</style>", "12")

    assert one == same


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("No events in week 12. <a href=/>week 13</a>", "No events in week 7. <a href=/><b>week 8</b></a>", True),
        ("Calendar 012: <a href=/>1</a> <a href=/>2</a>", "Calendar 07: <a href=/>3</a> <a href=/>4</a>", True),
        ("Valve 12 costs 30 euros.", "Valve 7 costs 31 euros.", False),
        ("Valve 12 is red.", "Valve 7 is blue.", False),
    ],
)
def test_pages_that_only_echo_their_address_have_one_shape(one: str, other: str, *, expected: bool) -> None:
    first, second = fingerprint(f"<p>{one}</p>", "week/12"), fingerprint(f"<p>{other}</p>", "week/7")

    assert first.text != second.text
    assert (first.shape == second.shape) is expected


def test_broken_and_deep_pages_are_read() -> None:
    assert read_links(b"", BASE).links == ()
    assert read_links(b"<div>" * 50_000 + b"<a href=x>", BASE).links in {(), ("https://example.org/docs/x",)}
    assert read_links(b"\xff\xfe\x00<a href=", BASE).links == ()


@pytest.mark.parametrize(
    ("media_type", "path", "content", "suffix"),
    [
        ("text/html", "a.pdf", b"", ".html"),
        ("application/xhtml+xml", "a", b"", ".html"),
        ("application/pdf", "download?id=1", b"", ".pdf"),
        ("text/plain", "readme.md", b"", ".md"),
        ("text/plain", "a", b"", ".txt"),
        ("text/plain", "a.html", b"", ".txt"),
        ("application/octet-stream", "a.docx", b"", ".docx"),
        ("application/octet-stream", "a.exe", b"", None),
        ("", "a", b"<!DOCTYPE html>", ".html"),
        ("", "a", b"PK", None),
        ("image/png", "a.png", b"", None),
        ("application/json", "a", b"", None),
    ],
)
def test_the_media_type_decides_the_kind(media_type: str, path: str, content: bytes, suffix: str | None) -> None:
    assert suffix_of(media_type, BASE + path, content) == suffix


def test_pictures_and_programs_are_not_requested() -> None:
    assert not may_be_page(f"{BASE}logo.PNG?v=1")
    assert all(map(may_be_page, [BASE, f"{BASE}a.pdf", f"{BASE}v1.2", f"{BASE}a.php"]))


SPACE = "http://www.sitemaps.org/schemas/sitemap/0.9"
MAP = (
    f'<?xml version="1.0"?><urlset xmlns="{SPACE}" xmlns:image="i"><url><loc> {BASE}a </loc>'
    f"<image:image><image:loc>{BASE}a.png</image:loc></image:image></url><url><loc>{BASE}a#x</loc></url></urlset>"
)


def test_a_sitemap_lists_pages_or_sitemaps() -> None:
    index = f'<sitemapindex xmlns="{SPACE}"><sitemap><loc>/s1.xml</loc></sitemap></sitemapindex>'

    pages = read_sitemap(MAP.encode(), BASE, 10_000)
    packed = read_sitemap(gzip.compress(MAP.encode()), BASE, 10_000)
    sitemaps = read_sitemap(index.encode(), BASE, 10_000)

    assert pages is not None
    assert sitemaps is not None
    assert (pages.lists, pages.addresses) == ("pages", (f"{BASE}a",))
    assert packed == pages
    assert (sitemaps.lists, sitemaps.addresses) == ("sitemaps", ("https://example.org/s1.xml",))


def test_what_is_no_sitemap_and_what_is_a_bomb() -> None:
    assert read_sitemap(b"<html><body>urlset</body></html>", BASE, 10_000) is None
    with pytest.raises(FetchFailed, match="the sitemap is damaged"):
        read_sitemap(MAP[:-9].encode(), BASE, 10_000)
    with pytest.raises(FetchFailed, match="more than 0 MB"):
        read_sitemap(gzip.compress(b" " * 1_000_000), BASE, 10_000)
    entities = (
        '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><urlset><url><loc>http://x/&a;</loc></url></urlset>'
    )
    found = read_sitemap(entities.encode(), BASE, 10_000)
    assert found is not None
    assert "root" not in "".join(found.addresses)


@pytest.mark.parametrize(
    ("path", "suffix", "name"),
    [
        ("", ".html", "index.html"),
        ("docs/", ".html", "docs/index.html"),
        ("docs/a.html", ".html", "docs/a.html"),
        ("docs/a", ".html", "docs/a.html"),
        ("docs/v1.2/a.pdf", ".pdf", "docs/v1.2/a.pdf"),
        ("stra%C3%9Fe/%E4%B8%80", ".html", "straße/一.html"),
    ],
)
def test_a_file_has_the_name_of_its_page(path: str, suffix: str, name: str) -> None:
    assert name_file(f"https://example.org/{path}", suffix, ()) == name


@pytest.mark.parametrize(
    "path",
    [
        *(
            "Docs/A.html",
            "a?id=12",
            "a%00b",
            "a%2F..%2Fb",
            "%2e%2e%2fetc/passwd",
            "con",
            "nul.html",
            ".hidden/.x",
            "a%5Cb",
        ),
        *(
            "x" * 900,
            "/".join("abcdefghijkl"),
            "%E4%B8%80" * 200,
            "a.html/b",
            "metadata.toml/x",
            "%ff%fe",
            "~a~",
            "a b:c|d",
        ),
    ],
)
def test_names_are_safe_and_differ_where_addresses_do(path: str) -> None:
    name = name_file(f"https://example.org/{path}", ".html", ())
    parts = PurePosixPath(name).parts

    assert name == name_file(f"https://example.org/{path}", ".html", ())
    assert name != name_file(f"https://example.org/{path}2", ".html", ())
    assert is_below(name)
    assert name.isprintable()
    assert not set(name) & set('\\:*?"<>|\0')
    assert all(len(part.encode()) < 200 and not part.startswith(".") for part in parts)
    assert len(parts) <= 7
    assert not any(part.rpartition(".")[2] in {"html", "toml"} for part in parts[:-1])
    assert parts[-1].partition(".")[0] not in {"con", "nul"}


def test_pages_that_differ_in_case_or_ending_have_files_of_their_own() -> None:
    taken: list[str] = []
    for path in ("a", "a.html", "A", "a?x=1", "a?x=2", "a/"):
        taken.append(name_file(f"https://example.org/{path}", ".html", taken))

    assert len({name.casefold() for name in taken}) == 6


def test_a_folder_is_named_after_host_and_path() -> None:
    assert name_folder("https://example.org/") == "example.org"
    assert name_folder("http://localhost:8000/") == "localhost_8000"
    assert name_folder("https://example.org/docs/") == "example.org-docs"
    others = {
        name_folder(f"https://example.org/{path}") for path in ("docs", "docs/?a=1", "a-b/", "a/b/", "A/", "docs/x")
    }
    assert len(others | {"example.org-docs"}) == 7


def test_paths_of_a_state_file_stay_in_its_folder() -> None:
    assert not any(map(is_below, ["/etc/passwd", "../x", "a/../../x", "", ".", "a\\..\\b"]))


def test_a_pattern_ends_once_its_pages_repeat() -> None:
    traps = Traps(max_pages=2_000)
    for number in range(100):
        address = f"{BASE}events/{number}"
        if traps.take(address) is None:
            break
        traps.note_page(address, "the same")

    assert number == 41
    assert traps.ended == ("/docs/events/#",)


def test_pages_of_one_pattern_with_texts_of_their_own_are_no_trap() -> None:
    traps = Traps(max_pages=2_000)
    for number in range(2_000):
        assert traps.take(f"{BASE}page-{number}") == number
        # Each tenth has the text of another.
        traps.note_page(f"{BASE}page-{number}", f"text {number if number % 10 else 0}")

    assert traps.ended == ()


def test_calendars_failures_and_parameters_have_limits() -> None:
    traps = Traps(max_pages=400)

    n_days = sum(traps.take(f"{BASE}cal/2031/{n // 28 + 1}/{n % 28 + 1}") is not None for n in range(300))
    n_sorted = sum(traps.take(f"{BASE}list?q={n}") is not None for n in range(300))
    for n in range(20):
        traps.take(f"{BASE}broken/{n}")
        traps.note_failure(f"{BASE}broken/{n}")

    assert (n_days, n_sorted) == (60, 100)
    assert traps.take(f"{BASE}broken/99") is None
    assert traps.take(BASE + "a/b/" * 4) is None
