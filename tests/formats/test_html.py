import pytest

from tests.formats.checking import headings_of, read, told

ARTICLE = """<!DOCTYPE html><html lang="de-AT"><head><title>Die Fähre</title>
<meta charset="utf-8"><meta name="date" content="2024-03-04"><meta name="keywords" content="Hafen, Boot">
<link rel="canonical" href="https://example.org/faehre"></head><body>
<nav><a href="/">Home</a> <a href="/x">Elsewhere</a></nav>
<article><h1>Die Fähre</h1><p>The ferry <b>Aurora</b> carries 420 passengers across the bay, each day of the year.</p>
<h2>Fares</h2><p>Children travel at half the fare of adults, and dogs for free if they are held.</p>
<ul><li>One item<ul><li>Nested</li></ul></li><li>Two <em>items</em></li></ul>
<h3>Table</h3><table><tr><th>Kind</th><th>Fare</th></tr><tr><td>Adult</td><td>4</td></tr>
<tr><td>Child</td><td>2</td></tr></table></article>
<footer>All rights reserved</footer></body></html>"""


def test_an_article_is_read_without_what_surrounds_it() -> None:
    assert told(read(ARTICLE.encode(), "a.html")) == [
        ("heading", "Die Fähre"),
        ("paragraph", "The ferry Aurora carries 420 passengers across the bay, each day of the year."),
        ("heading", "Fares"),
        ("paragraph", "Children travel at half the fare of adults, and dogs for free if they are held."),
        ("item", "One item"),
        ("item", "Nested"),
        ("item", "Two items"),
        ("heading", "Table"),
        ("row", "Kind: Adult; Fare: 4"),
        ("row", "Kind: Child; Fare: 2"),
    ]


def test_a_page_names_its_author() -> None:
    page = "<html><head><meta name='Author' content='Ines Moreau'></head><body><p>It leaves at seven.</p></body></html>"

    assert read(page.encode(), "a.html").facts.author == "Ines Moreau"


def test_a_page_tells_its_facts_and_its_headings() -> None:
    parsed = read(ARTICLE.encode(), "a.html")

    assert (parsed.facts.title, parsed.facts.language, parsed.facts.date) == ("Die Fähre", "de", "2024-03-04")
    assert (parsed.facts.link, parsed.facts.tags) == ("https://example.org/faehre", ("Hafen", "Boot"))
    assert headings_of(parsed, "Adult") == ("Die Fähre", "Fares", "Table")


@pytest.mark.parametrize(
    ("declaration", "encoding"),
    [
        ('<meta charset="iso-8859-1">', "cp1252"),
        ('<meta http-equiv="content-type" content="text/html; charset=windows-1251">', "cp1251"),
        ('<meta charset="utf-16">', "utf-8"),
        ('<meta charset="no-such">', "utf-8"),
        ("", "utf-8-sig"),
        ("", "utf-16"),
    ],
)
def test_a_page_is_decoded_as_it_declares_or_as_it_is(declaration: str, encoding: str) -> None:
    word = "Привет" if encoding == "cp1251" else "Fähre"

    parsed = read(
        f"<html><head>{declaration}</head><body><p>{word} leaves.</p></body></html>".encode(encoding), "a.html"
    )

    assert parsed.text == f"{word} leaves."


def test_a_page_that_declares_nothing_and_is_not_utf8_is_guessed() -> None:
    words = "Die Fähre fährt über den Fluss, und die Gäste trinken früh Kaffee. " * 20

    assert "Fähre fährt über" in read(f"<html><body><p>{words}</p></body></html>".encode("cp1252"), "a.html").text


def test_a_piece_of_a_page_is_read_whole() -> None:
    parsed = read(
        b"<h2>Short</h2>Loose words<p>One<br>line<br><br>Next</p><dl><dt>Term</dt><dd>Meaning</dd></dl>", "a.htm"
    )

    text = parsed.text
    assert [word in text for word in ("Short", "Loose words", "One line", "Next", "Term", "Meaning")] == [True] * 6
    assert headings_of(parsed, "Loose") == ("Short",)


def test_a_short_page_keeps_its_structure_and_loses_its_form() -> None:
    page = b"<body><main><header><h1>News</h1></header><p>Some words.</p><p>More.</p></main><form>Sign in</form></body>"

    assert told(read(page, "a.html")) == [("heading", "News"), ("paragraph", "Some words."), ("paragraph", "More.")]


def test_hidden_text_scripts_tags_and_bidi_controls_are_left_out() -> None:
    page = (
        "<p>Seen\u202e words\U000e0041\U000e0042.</p><p hidden>Obey one</p><p style='display: none'>Obey two</p>"
        "<script>obey()</script><style>p{}</style><!-- Obey three -->"
    )

    assert read(page.encode(), "a.html").text == "Seen words."


def test_a_table_that_only_sets_out_a_page_is_no_table() -> None:
    page = b"<table><tr><td><h1>News</h1><p>First.</p></td><td><p>Second.</p></td></tr></table>"

    assert ("row", "News") not in told(read(page, "a.html"))
    assert "First." in read(page, "a.html").text


@pytest.mark.parametrize(
    "page",
    [
        b"<div>" * 200_000 + b"deep words" + b"</div>" * 200_000,
        b"<table><tr><td>" * 50_000 + b"deep words",
        b"<ul><li>" * 50_000 + b"deep words",
        b"<b>" * 200_000 + b"deep words",
        b"<p" + b" a" * 200_000 + b">deep words",
        b"<div>" * 1_500 + b"deep words",
        b"<html><body><p>deep words<p><table><tr><li></div></p></html>x",
    ],
)
def test_malformed_and_deeply_nested_pages_are_read(page: bytes) -> None:
    assert "deep words" in read(page, "a.html").text


def test_a_long_page_is_read() -> None:
    parsed = read(
        b"<html><body>" + b"<p>The ferry leaves at seven each day.</p>" * 50_000 + b"</body></html>", "a.html"
    )

    assert len(parsed.blocks) == 50_000


@pytest.mark.parametrize("mark", ["¶", "#", "§", "🔗", "&#8203;"])
def test_a_link_of_a_heading_to_itself_is_in_no_title(mark: str) -> None:
    page = (
        "<html><head><title>Harbour | Docs</title></head><body><main>"
        f'<h1 id="o">Ferries in C#<a class="headerlink" href="#o">{mark}</a></h1>'
        "<p>The ferry leaves at seven each day, and on Sundays at nine in the morning.</p></main></body></html>"
    )

    assert read(page.encode(), "a.html").facts.title == "Ferries in C#"


MANUAL = """<html><head><title>drop_user</title></head><body>
<div class="top"><table width="100%"><tr><th colspan="3">drop_user</th></tr><tr><td><a href="a">Prev</a></td>
<td><a href="b">Up</a></td><td><a href="c">Next</a></td></tr></table></div>
<div class="related"><h3>Navigation</h3><ul><li><a href="x">drop_user &#8212; remove a user from the system</a>
</li></ul></div>
<div class="entry"><h2>drop_user<a class="headerlink" href="#d">&#182;</a></h2>
<p>drop_user &#8212; remove a user from the system</p>
<div><h3>Description</h3><p>The <code>drop_user</code> command takes away the account of a user, and
<code>list_users</code> shows the others.</p>
<p>Nothing happens where <code>--dry-run</code> is given.</p></div>
<div><h3>Options</h3><dl><dt>--force</dt><dd>Ask nobody.</dd></dl><ul><li>Files of the user stay.</li></ul></div>
<div><h3>See also</h3><p><a href="y">make_user, which adds an account</a></p></div></div>
<div class="bottom"><h3>This page</h3><ul><li><a href="r">Report a fault</a></li></ul></div>
</body></html>"""


def test_a_page_that_marks_no_article_keeps_its_headings_lists_and_words_of_code() -> None:
    assert told(read(MANUAL.encode(), "drop.html")) == [
        ("heading", "drop_user"),
        ("paragraph", "drop_user — remove a user from the system"),
        ("heading", "Description"),
        (
            "paragraph",
            "The drop_user command takes away the account of a user, and list_users shows the others.",
        ),
        ("paragraph", "Nothing happens where --dry-run is given."),
        ("heading", "Options"),
        ("row", "--force: Ask nobody."),
        ("item", "Files of the user stay."),
    ]


def test_a_page_that_leaves_out_head_and_body_is_read() -> None:
    page = "<!doctype html><title>Fares</title><nav><a href=/>Home</a></nav><main><h1>Fares</h1><p>Four."

    assert told(read(page.encode(), "a.html")) == [("heading", "Fares"), ("paragraph", "Four.")]


@pytest.mark.parametrize("container", ["main", "body", "section"])
@pytest.mark.parametrize(
    ("element", "words"),
    [
        ("<table><tr><th>Kind</th><th>Fare</th></tr><tr><td>Adult</td><td>4</td></tr></table>", "Kind: Adult; Fare: 4"),
        ("<ul><li>Dogs are free</li></ul>", "Dogs are free"),
        ("<h2>Prices</h2><p>9 euros.</p>", "9 euros."),
        ("<dl><dt>Bow</dt><dd>front</dd></dl>", "front"),
        ("<figure><figcaption>The pier</figcaption></figure>", "The pier"),
        ("<details><summary>May I bring a dog?</summary>Yes, on a lead.</details>", "May I bring a dog?"),
    ],
)
def test_what_follows_the_paragraphs_belongs_to_them(container: str, element: str, words: str) -> None:
    page = (
        f"<html><nav><a href=/>Home</a></nav><{container}><h1>The ferry</h1><p>The ferry Aurora carries 420 passengers "
        f"over the bay, each day of the year.</p>{element}</{container}><footer>All rights reserved</footer></html>"
    )

    text = read(page.encode(), "a.html").text

    assert words in text
    assert "rights" not in text
