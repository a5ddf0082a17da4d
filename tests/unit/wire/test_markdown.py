"""What a document says is text in a client that renders Markdown, whatever it is."""

import html
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from rag.wire.markdown import escape_markdown, unescape_markdown

# As clients read it that make links of bare addresses and pass HTML through.
RENDERER = MarkdownIt("gfm-like", {"html": True, "linkify": True})
SPECIAL = [*"[](){}<>!#*_~`\\|-=+:&;/\"'^$@. \n1ax", "http://", "www.", "evil.com", "&lt;", "a@b.org", "![", "](x)"]
TEXTS = st.lists(st.sampled_from(SPECIAL), max_size=25).map("".join)
_TAG = re.compile(r"</?([a-z]+[0-9]?)[^>]*>")
# Lists, code within a line, emphasis of nothing: they hide nothing and lead nowhere.
HARMLESS = {"p", "code", "ul", "ol", "li", "br", "hr"}


def tags_of(markdown: str) -> set[str]:
    return set(_TAG.findall(RENDERER.render(markdown)))


def shown(markdown: str) -> str:
    return html.unescape(_TAG.sub("", RENDERER.render(markdown)))


@pytest.mark.parametrize(
    "text",
    [
        "See [the bank](https://evil.example/?q=1) now.",
        "![seen](https://evil.example/p.png)",
        "[a [b] c](evil)",
        "[x]: https://evil.example",
        "[x][y]",
        "# Heading",
        "Heading\n===",
        "Heading\n-",
        "> said",
        "<img src=x onerror=alert(1)>",
        "<https://evil.example>",
        "<!-- hidden",
        "```\ncode\n```",
        "~~~\ncode\n~~~",
        "a | b\n--- | ---\n1 | 2",
        "https://evil.example/x_y_z?a=*b*.",
        "www.evil.example",
        "Write to a.b@evil.example!",
        "Go to evil.com/path, or README.md.",
        "__init__ and *stars* and ~~gone~~",
        "&lt;b&gt; &amp; &#60;",
        r"a\*b \[c]",
        "One\n\n\tTwo\n\n      Three",
    ],
)
def test_what_a_document_says_stays_text(text: str) -> None:
    assert tags_of(escape_markdown(text)) <= HARMLESS
    assert shown(escape_markdown(text)).split() == text.split()


def test_a_heading_in_a_list_stays_text() -> None:
    assert tags_of(escape_markdown("- # Heading\n- 1. > said")) == {"ul", "ol", "li"}


@given(TEXTS)
def test_whatever_a_document_says_becomes_no_link_image_heading_html_or_fence(text: str) -> None:
    assert tags_of("Before " + escape_markdown(text)) <= HARMLESS | {"em"}


@given(TEXTS)
def test_what_is_escaped_is_found_again(text: str) -> None:
    # Code that holds an address is as escaped as the address alone.
    found = unescape_markdown(escape_markdown(text))
    assert found.replace("`", "").split() == text.replace("`", "").split()


@pytest.mark.parametrize(
    "text",
    [
        "It costs 3 * 4 = 12 euros, i.e. a < b & c.",
        "The snake_case name of argv and `apt-get install` are kept.",
        "- one\n- two",
        "1. one\n2. two",
        "Open 9-12 (Sundays: closed).",
    ],
)
def test_plain_words_lists_and_code_stay_as_they_are(text: str) -> None:
    assert escape_markdown(text) == text


def test_a_documents_bracket_is_no_marker_of_ours() -> None:
    assert escape_markdown("It sails.[4] More") == r"It sails.\[4] More"
