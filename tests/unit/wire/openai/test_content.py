"""The list of links below an answer holds our links only, whatever a title says."""

from dataclasses import replace
from html.parser import HTMLParser

import pytest
from markdown_it import MarkdownIt

from rag.wire.openai.content import link_list
from tests.unit.wire.openai.test_completions import ANSWER, BASE_URL

HOSTILE = [
    "](http://evil.example)",
    "[click](http://evil.example)",
    "![x](http://evil.example/x.png)",
    "<http://evil.example>",
    "<img src=http://evil.example onerror=alert(1)>",
    "a\n\n# Heading\n\n- item",
    "a\r\n[1]: http://evil.example",
    "tick ` and <",
    "`code` ends \\",
    "http://evil.example and www.evil.example",
    "\u202eelif.fdp",
    "<!-- ",
    "*bold* __bold__ ~~gone~~",
    "&lt;b&gt; &#60;",
    "x" * 5000,
    "|a|b|",
]


class Links(HTMLParser):
    """Collects where a page's elements lead, and what they are."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.targets: list[str] = []
        self.tags: list[str] = []
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.targets += [value or "" for name, value in attributes if name in {"href", "src"}]

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.mark.parametrize("title", HOSTILE)
def test_a_title_adds_no_link_and_breaks_no_line(title: str) -> None:
    citations = tuple(replace(citation, title=title) for citation in ANSWER.citations)

    listed = link_list(replace(ANSWER, citations=citations), BASE_URL)

    rendered = Links(MarkdownIt("commonmark").render(f"Answer [1]\n{listed}"))
    ours = [f"{BASE_URL}{path}" for path in PATHS]
    assert rendered.targets == ours
    assert set(rendered.tags) <= {"p", "ul", "li", "a", "code"}
    assert rendered.tags.count("li") == 2
    assert "\u202e" not in rendered.text


PATHS = ["/documents/0123456789abcdef?start=5&end=20", "/documents/0123456789abcdef?start=30&end=44"]


def test_a_plain_title_is_shown_as_it_is() -> None:
    rendered = Links(MarkdownIt("commonmark").render(link_list(ANSWER, BASE_URL)))

    assert f"[1] Häfen — {BASE_URL}{PATHS[0]}" in rendered.text


def test_a_document_without_a_title_has_its_name() -> None:
    citations = tuple(replace(citation, title="") for citation in ANSWER.citations)

    assert "- [1] `a.pdf` — <" in link_list(replace(ANSWER, citations=citations), BASE_URL) or (
        "- [1] a.pdf — <" in link_list(replace(ANSWER, citations=citations), BASE_URL)
    )
