"""Web pages: tables, definition lists, and what surrounds the content."""

import pytest

from rag.errors import DocumentUnreadable
from tests.formats.checking import headings_of, read, told

WORDS = "<p>The ferry Aurora carries 420 passengers across the bay, each day of the year.</p>"


def page(body: str, head: str = "") -> bytes:
    return f"<!doctype html><html><head><title>Ferry</title>{head}</head><body>{body}</body></html>".encode()


def rows_of(body: str) -> list[str]:
    return [text for kind, text in told(read(page(body), "a.html")) if kind == "row"]


@pytest.mark.parametrize(
    ("table", "rows"),
    [
        pytest.param(
            "<table><thead><tr><th rowspan=2>Weight<th colspan=2>Price<tr><th>Home<th>Abroad</thead>"
            "<tr><td>2 kg<td>4.90<td>12.50<tr><td>5 kg<td colspan=2>on request</table>",
            [
                "Weight: 2 kg; Price Home: 4.90; Price Abroad: 12.50",
                "Weight: 5 kg; Price Home: on request; Price Abroad: on request",
            ],
        ),
        (
            "<table><tr><td><th>2024<th>2025<tr><th>North<td>12<td>13<tr><th>South<td>22<td>23</table>",
            ["North; 2024: 12; 2025: 13", "South; 2024: 22; 2025: 23"],
        ),
        (
            "<table><tr><th>Room<th>House<tr><td>F1<td rowspan=2>Foundry<tr><td>F2</table>",
            ["Room: F1; House: Foundry", "Room: F2; House: Foundry"],
        ),
        pytest.param(
            "<table><tr><th colspan=2>Duck<tr><th>Class<td><a href=/b>Birds</a><tr><th>Order<td><a href=/a>Anseres</a>"
            "<tr><th>Family<td><a href=/f>Anatidae</a></table>",
            ["Class: Birds", "Order: Anseres", "Family: Anatidae"],
        ),
        (
            "<table><tr><th>Plan<th>With<tr><td><p>Basic</p><td><ul><li>mail<li>chat</ul><tr><td>Team<td>phone</table>",
            ["Plan: Basic; With: mail, chat", "Plan: Team; With: phone"],
        ),
        (
            "<table><tr><td><p>Adult</p><td><p>4</p><tr><td><p>Child</p><td><p>2</p></table>",
            ["Adult: 4", "Child: 2"],
        ),
    ],
)
def test_cells_of_a_table_keep_their_row_and_column(table: str, rows: list[str]) -> None:
    assert rows_of(f"<main>{WORDS}{table}{WORDS}</main>") == rows


def test_a_caption_is_the_title_of_its_table() -> None:
    table = "<table><caption>Fares 2025</caption><tr><th>Kind<th>Fare<tr><td>Adult<td>4<tr><td>Child<td>2</table>"

    parsed = read(page(f"<main><h1>Ferry</h1>{WORDS}{table}<p>Dogs travel free.</p></main>"), "a.html")

    assert headings_of(parsed, "Adult") == ("Ferry", "Fares 2025")
    assert headings_of(parsed, "Dogs") == ("Ferry",)


def test_a_table_in_a_cell_stands_below_the_name_of_its_row() -> None:
    inner = "<table><tr><th>Month<th>Year<tr><td>9<td>99</table>"
    table = f"<table><tr><th>Plan<th>Note<th>Price<tr><td>Basic<td>small<td>{inner}<tr><td>Team<td>big<td>free</table>"

    parsed = read(page(f"<main>{WORDS}{table}{WORDS}</main>"), "a.html")

    assert rows_of(f"<main>{WORDS}{table}{WORDS}</main>") == [
        "Plan: Basic; Note: small",
        "Plan: Team; Note: big; Price: free",
        "Month: 9; Year: 99",
    ]
    assert headings_of(parsed, "Month") == ("Basic",)


@pytest.mark.parametrize("span", ["0", "-1", "x", "999999999", "1e9", "٣"])
def test_a_span_that_makes_no_sense_costs_nothing(span: str) -> None:
    assert "Adult" in str(
        rows_of(f"<table><tr><th rowspan={span} colspan={span}>Kind<th>Fare<tr><td>Adult<td>4</table>")
    )


def test_short_definitions_are_rows_and_long_ones_are_not() -> None:
    long = "It leaves at seven each day. " * 20
    body = (
        f"<main>{WORDS}<dl><dt>Bow</dt><dd>front</dd><dd>stem</dd><div><dt>Stern:</dt><dd><p>back</p></dd></div>"
        f"<dt>Hull</dt><dd>{long}</dd><dt>Is it open?</dt><dd>Yes.</dd><dt>Empty</dt></dl></main>"
    )

    blocks = told(read(page(body), "a.html"))

    assert blocks[1:4] == [("row", "Bow: front; stem"), ("row", "Stern: back"), ("paragraph", "Hull")]
    assert ("paragraph", "Is it open?") in blocks
    assert ("paragraph", "Empty") in blocks


@pytest.mark.parametrize(
    "banner",
    [
        "<div id=cookie-banner><p>We store cookies to measure our reach.</p><button>OK</button></div>",
        "<div class='cc-window'>We store cookies to measure our reach.</div>",
        "<div class=x7Ab><p>We store cookies to measure our reach.</p><button>Accept all</button></div>",
        "<div class=q><div><p>Wir nutzen Cookies, also cookies.</p><a href=#>Alle akzeptieren</a></div></div>",
        "<section role=dialog aria-modal=true><p>We store cookies to measure our reach.</p></section>",
        "<div id=onetrust-consent-sdk><div>We store cookies to measure our reach.</div></div>",
        "<ul class='share-buttons'><li>Share on cookies</li></ul>",
        "<div class='navbar'><a href=/>Home</a><a href=/c>cookies</a></div>",
        "<div class='related-posts'><h3>More about cookies</h3><a href=/x>Ten cookies</a></div>",
        "<div class=sidebar><a href=/x>Ten cookies that you will like</a></div>",
        "<ol class=breadcrumb><li><a href=/>Home</a></li><li>cookies</li></ol>",
        "<div class='newsletter-form'><p>Get cookies by mail!</p></div>",
    ],
)
def test_what_surrounds_the_content_is_left_out(banner: str) -> None:
    for body in (f"{banner}<main>{WORDS}{WORDS}</main>", f"<div>{banner}</div><div>{WORDS}<h2>Fares</h2>{WORDS}</div>"):
        text = read(page(body), "a.html").text

        assert "cookies" not in text
        assert "Aurora" in text


@pytest.mark.parametrize(
    "content",
    [
        "<section id=menu><h2>Menu</h2><p>Soup of the day costs 4 euros and bread is free.</p></section>",
        "<div class=sidebar><p>The crossing takes forty minutes in calm weather.</p></div>",
        "<div class='cookie-policy'><h2>Cookies</h2><p>This page sets one cookie, for the language.</p></div>",
        "<h2 class=anchorWithStickyNavbar_x>Menu</h2><p>Soup costs 4 euros.</p>",
        "<div class=tags><p>Tags on luggage must name the owner and the port.</p></div>",
    ],
)
def test_content_with_a_name_like_navigation_stays(content: str) -> None:
    words = content.rpartition("<p>")[2].partition("<")[0]

    assert words in read(page(f"<main>{WORDS}{content}{WORDS}</main>"), "a.html").text


@pytest.mark.parametrize(
    ("head", "body", "day"),
    [
        ('<meta property="article:published_time" content="2024-03-04T10:00:00Z">', "", "2024-03-04"),
        ('<meta name="last-modified" content="2024-03-05">', "", "2024-03-05"),
        pytest.param(
            '<script type="application/ld+json">{"@graph":[{"@type":"Event","startDate":"2031-01-01"},'
            '{"@type":"NewsArticle","datePublished":"2024-03-04"}]}</script>',
            "",
            "2024-03-04",
        ),
        ("", "<time itemprop=datePublished datetime=2024-03-04>4 March</time>", "2024-03-04"),
        ('<link rel=canonical href="https://example.org/2024/03/04/ferry">', "", "2024-03-04"),
        ("", "<footer>Stand: 20. August 2025</footer>", "2025-08-20"),
        ("", "<p>Last updated: March 4, 2024</p>", "2024-03-04"),
        ("", "<p>Mis à jour le 4 mars 2024</p>", "2024-03-04"),
        ("", "<p>The fair opens on <time datetime=2031-05-06>6 May 2031</time>.</p>", None),
        ("", "<p>On 4 March 2024 the pier was closed.</p>", None),
        ('<script type="application/ld+json">{"@type":"Event","datePublished":"2024-03-04"}</script>', "", None),
        ('<script type="application/ld+json">' + "[" * 5_000 + "</script>", "", None),
        ("", "<div class=comments><time class=published datetime=2024-03-04>4 March</time></div>", None),
    ],
)
def test_a_date_is_the_one_that_the_page_gives_as_its_own(head: str, body: str, day: str | None) -> None:
    assert read(page(f"<main>{WORDS}{body}</main>", head), "a.html").facts.date == day


@pytest.mark.parametrize(
    "body",
    [
        "<noscript>You need to enable JavaScript.</noscript><div id=root></div><script src=a.js></script>",
        "<div id=app>Loading …</div><script type=module src=a.js></script>",
        "<app-root></app-root><script src=main.js></script>",
        "<div id=__next></div><noscript>Please turn on JavaScript.</noscript><script src=n.js></script><p>Shop</p>",
        "<header>Portal</header><div id=__nuxt></div><script src=n.js></script>",
    ],
)
def test_a_page_that_scripts_fill_is_named(body: str) -> None:
    with pytest.raises(DocumentUnreadable, match="is filled by scripts"):
        read(page(body), "a.html")


def test_a_short_page_with_a_script_is_read() -> None:
    assert read(page("<p>Closed on Monday.</p><script src=count.js></script>"), "a.html").text == "Closed on Monday."


def test_code_keeps_its_lines_and_loses_its_line_numbers() -> None:
    cells = "<td class=linenos><pre>1\n2</pre></td><td><pre>def f():\n    return 1\n</pre>"
    code = f"<table class=highlight><tr>{cells}</table>"

    assert ("paragraph", "def f():\n    return 1") in told(read(page(f"<main>{WORDS}{code}{WORDS}</main>"), "a.html"))


@pytest.mark.parametrize(
    ("words", "read_as"),
    [
        ("An area of 12 m<sup>2</sup> costs 9 euros.", "An area of 12 m² costs 9 euros."),
        ("About 10<sup>-6</sup> of them fail.", "About 10⁻⁶ of them fail."),
        (
            "It opens at seven.<sup><a href=#n1>1</a></sup> It closes at nine.",
            "It opens at seven.[1] It closes at nine.",
        ),
        ("The 1<sup>st</sup> pier is H<sub>2</sub>O.", "The 1st pier is H2O."),
        ("Seven<a role=doc-noteref href=n.html>3</a> boats.", "Seven[3] boats."),
    ],
)
def test_raised_characters_do_not_change_numbers(words: str, read_as: str) -> None:
    assert read_as in read(page(f"<main>{WORDS}<p>{words}</p></main>"), "a.html").text


@pytest.mark.parametrize(
    "body",
    [
        "<table><tr><th>a<td>" * 900 + "deep words",
        "<dl><dt>a<dd>" * 900 + "deep words",
        "<div class='menu sidebar'>" * 150 + "deep words" + "<p>deep words</p>" * 500,
        "<sup>" * 900 + "deep words",
        "<button>Accept</button>" * 5_000 + "<p>deep words about cookies</p>",
        "<dl>" + "<dt>a</dt><dd>deep words</dd>" * 3_000 + "</dl>",
        "<table><tr><th rowspan=1000 colspan=50>deep words</th></tr>" + "<tr><td>a</td></tr>" * 3_000 + "</table>",
    ],
)
def test_hostile_pages_are_read_in_a_moment(body: str) -> None:
    assert "deep words" in read(page(body), "a.html").text


def test_one_column_of_lines_is_no_table() -> None:
    table = "<table>" + "".join(f"<tr><td></td><td><p>Line {i}</p></td></tr>" for i in range(4)) + "</table>"

    blocks = told(read(page(f"<div>{WORDS}{table}{WORDS}</div>"), "a.html"))

    assert [kind for kind, text in blocks if text.startswith("Line")] == ["paragraph"] * 4


def test_lists_of_links_in_the_content_stay_and_those_to_other_pages_go() -> None:
    forms = "<h2>Downloads</h2><ul><li><a href=a>Berth form (PDF)</a></li><li><a href=b>Refund form (PDF)</a></li></ul>"
    related = "<h2>Related articles</h2><ul><li><a href=c>Ten ports that you will like</a></li></ul>"

    text = read(page(f"<main><h1>Forms</h1>{WORDS}{forms}{related}</main>"), "a.html").text

    assert "Berth form (PDF)\nRefund form (PDF)" in text
    assert "Ten ports" not in text


def test_a_box_of_facts_beside_an_article_stays_and_comments_go() -> None:
    box = "<aside class=infobox><h3>Key facts</h3><dl><dt>Length</dt><dd>40 m</dd></dl></aside>"
    comments = "<section class=comments><h2>Comments</h2><p>What a great ferry, I love going there!</p></section>"

    text = read(page(f"<article><h1>Guide</h1>{WORDS}{box}{WORDS}</article>{comments}"), "a.html").text

    assert "Length: 40 m" in text
    assert "great ferry" not in text
