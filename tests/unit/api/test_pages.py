"""The pages escape what they are given, mark exactly the cited words, and need no inline script or style."""

from dataclasses import replace
from html.parser import HTMLParser

import pytest

from rag.api.pages import render_chat_page, render_document_page, render_documents_page, render_error_page
from rag.types import Block, Document, FileEntry, LeftOut, Span
from rag.wire.templates import WEB_FOLDER

HOSTILE = """<script>alert('1')</script>"><img src=x onerror=alert(2)> & {{ title }} {% if x %}"""


class PageReader(HTMLParser):
    """Reads a page as a browser does: its tags, and the text inside the elements that matter here."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text_by_element: dict[str, str] = {"mark": "", "article": "", "h1": "", "title": ""}
        self._open: list[str] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag in self.text_by_element:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in self._open:
            self._open.remove(tag)

    def handle_data(self, data: str) -> None:
        for element in self._open:
            self.text_by_element[element] += data

    def values(self, tag: str, attribute: str) -> list[str | None]:
        return [attributes[attribute] for name, attributes in self.tags if name == tag and attribute in attributes]


def make_document(
    text: str = "First paragraph.\n\nSecond one.",
    title: str = "Annual report",
    uri: str = "reports/annual.txt",
    document_id: str = "0123456789abcdef",
) -> Document:
    return Document(id=document_id, uri=uri, title=title, text=text, media_type="text/plain", sha256="0" * 64)


def all_pages_with(text: str) -> list[str]:
    document = make_document(text=text, title=text, uri=text, document_id=text)
    entry = FileEntry(uri=text, sha256="", id=text, title=text)
    return [
        render_chat_page(text, text),
        render_documents_page([entry] * 9 + [replace(entry, reason=text)]),
        render_document_page(document, Span(3, 12)),
        render_document_page(document, None),
        render_error_page(text, text),
    ]


def test_hostile_text_adds_no_element_to_any_page() -> None:
    harmless_pages, hostile_pages = all_pages_with("x" * len(HOSTILE)), all_pages_with(HOSTILE)

    for harmless, hostile in zip(harmless_pages, hostile_pages, strict=True):
        assert [tag for tag, _ in PageReader(hostile).tags] == [tag for tag, _ in PageReader(harmless).tags]


def test_hostile_text_adds_no_attribute_to_any_page() -> None:
    harmless_pages, hostile_pages = all_pages_with("x" * len(HOSTILE)), all_pages_with(HOSTILE)

    for harmless, hostile in zip(harmless_pages, hostile_pages, strict=True):
        names = [[sorted(attributes) for _, attributes in PageReader(page).tags] for page in (harmless, hostile)]
        assert names[0] == names[1]


def test_hostile_text_reads_as_it_was_written() -> None:
    page = PageReader(render_document_page(make_document(text=HOSTILE, title=HOSTILE), None))

    assert page.text_by_element["article"] == HOSTILE
    assert page.text_by_element["h1"] == HOSTILE


def test_a_chat_title_heads_the_page_and_the_chat() -> None:
    page = PageReader(render_chat_page('Ask "us" & them', "Hello"))

    assert page.text_by_element["title"] == 'Ask "us" & them'
    assert page.values("footnote-chat", "heading") == ['Ask "us" & them']
    assert page.values("footnote-chat", "mode") == ["page"]


@pytest.mark.parametrize("page", all_pages_with("x" * 20))
def test_no_page_has_inline_script_or_style_or_foreign_addresses(page: str) -> None:
    reader = PageReader(page)

    assert "style" not in [tag for tag, _ in reader.tags]
    assert all(attributes.get("src") for tag, attributes in reader.tags if tag == "script")
    assert not [
        name for _, attributes in reader.tags for name in attributes if name == "style" or name.startswith("on")
    ]
    addresses = reader.values("script", "src") + reader.values("link", "href") + reader.values("a", "href")
    assert all(address and address.startswith(("/", "#", "data:image/svg+xml,")) for address in addresses)


def test_every_static_file_that_a_page_names_exists() -> None:
    for page in all_pages_with("x" * 20):
        reader = PageReader(page)
        for address in reader.values("script", "src") + reader.values("link", "href"):
            if address and address.startswith("/"):
                name = {"/widget.js": "widget/loader.js"}.get(address, address.removeprefix("/static/"))
                assert (WEB_FOLDER / name).is_file(), address


def test_the_document_page_keeps_paragraphs_and_spaces() -> None:
    page = PageReader(render_document_page(make_document(text="\n\nOne.\n\n  Two.\n"), None))

    assert page.text_by_element["article"] == "\n\nOne.\n\n  Two.\n"


@pytest.mark.parametrize(
    ("text", "span", "cited"),
    [
        ("Say it. Mean it. Do it.", Span(8, 16), "Mean it."),
        ("Say it. Mean it.", Span(0, 7), "Say it."),
        ("Say it. Mean it.", Span(8, 16), "Mean it."),
        ("Say it.", Span(0, 7), "Say it."),
        ("\U0001f4da a\U00020000b \U0001f600 end", Span(3, 6), "\U00020000b "),
        ("One.\n\nTwo.\n\nThree.", Span(0, 10), "One.\n\nTwo."),
        ("a < b & c > d", Span(2, 7), "< b &"),
    ],
    ids=["middle", "start", "end", "whole", "astral", "paragraphs", "markup"],
)
def test_exactly_the_span_is_marked(text: str, span: Span, cited: str) -> None:
    page = PageReader(render_document_page(make_document(text=text), span))

    assert page.text_by_element["mark"] == cited
    assert page.text_by_element["article"] == text
    assert page.values("mark", "id") == ["cited"]
    assert "#cited" in page.values("a", "href")


def test_without_a_span_nothing_is_marked_and_there_is_nothing_to_jump_to() -> None:
    page = PageReader(render_document_page(make_document(), None))

    assert page.values("mark", "id") == []
    assert "#cited" not in page.values("a", "href")


@pytest.mark.parametrize("span", [Span(-1, 3), Span(3, 3), Span(5, 2), Span(0, 8), Span(90, 99)])
def test_a_span_that_does_not_fit_marks_nothing_and_says_so(span: Span) -> None:
    html = render_document_page(make_document(text="Say it."), span)

    page = PageReader(html)
    assert page.values("mark", "id") == []
    assert page.text_by_element["article"] == "Say it."
    assert "may have changed" in html


def make_pdf_document(link: str | None = None) -> Document:
    text = "First page.\n\nSecond page."
    blocks = (Block(0, 11, "paragraph", page=1), Block(13, 25, "paragraph", page=2))
    return replace(make_document(text=text), media_type="application/pdf", blocks=blocks, link=link)


def test_a_pdf_can_be_opened_at_the_cited_page() -> None:
    html = render_document_page(make_pdf_document(), Span(13, 19))

    assert "/documents/0123456789abcdef/file#page=2" in PageReader(html).values("a", "href")
    assert "Open the PDF at page 2" in html


def test_a_pdf_of_which_nothing_is_cited_opens_at_its_start() -> None:
    page = PageReader(render_document_page(make_pdf_document(), None))

    assert "/documents/0123456789abcdef/file" in page.values("a", "href")


def test_a_pdf_that_is_published_has_both_links() -> None:
    page = PageReader(render_document_page(make_pdf_document("https://example.org/a.pdf"), Span(0, 5)))

    assert page.values("a", "href")[-2:] == [
        "/documents/0123456789abcdef/file#page=1",
        "https://example.org/a.pdf#page=1",
    ]


def test_a_document_of_another_kind_links_to_its_published_page_only() -> None:
    html = render_document_page(replace(make_document(), link="https://example.org/?a=1&b=2"), None)

    assert "https://example.org/?a=1&b=2" in PageReader(html).values("a", "href")
    assert "Open the PDF" not in html


@pytest.mark.parametrize("link", ["javascript:alert(1)", "data:text/html,x", "//example.org", '"><script>'])
def test_a_published_page_that_is_no_web_address_is_not_linked(link: str) -> None:
    html = render_document_page(replace(make_document(), link=link), None)

    assert html == render_document_page(make_document(), None)


def test_documents_are_listed_by_title_whatever_its_case_then_by_uri() -> None:
    documents = [
        FileEntry(uri="2.txt", sha256="", id="d1", title="beta"),
        FileEntry(uri="9.txt", sha256="", id="d2", title="Alpha"),
        FileEntry(uri="1.txt", sha256="", id="d3", title="Beta"),
    ]

    page = PageReader(render_documents_page(documents))

    links = [href for href in page.values("a", "href") if href and href.startswith("/documents/")]
    assert links == ["/documents/d2", "/documents/d3", "/documents/d1"]


def test_an_id_can_not_leave_the_documents_path() -> None:
    page = PageReader(render_documents_page([FileEntry(uri="x", sha256="", id="../x?y#z", title="X")]))

    assert "/documents/..%2Fx%3Fy%23z" in page.values("a", "href")


def test_an_empty_list_says_how_to_index() -> None:
    assert "rag index FOLDER" in render_documents_page([])


def test_one_document_is_counted_in_the_singular() -> None:
    assert ">1 document<" in render_documents_page([FileEntry(uri="x", sha256="", id="x", title="X")])


def test_the_error_page_says_what_is_wrong_and_leads_on() -> None:
    html = render_error_page("Document not found", "There is no document 'x'.")

    page = PageReader(html)
    assert page.text_by_element["h1"] == "Document not found"
    assert "There is no document &#39;x&#39;." in html
    assert "/documents" in page.values("a", "href")


def test_the_error_page_of_a_closed_server_leads_to_no_other_closed_page() -> None:
    page = PageReader(render_error_page("Unauthorized", "the key is missing", is_closed=True))

    assert page.text_by_element["h1"] == "Unauthorized"
    assert page.values("a", "href") == []


def test_a_document_page_says_what_was_read_and_what_was_left_out() -> None:
    left_out = (LeftOut("picture-page", 1, (2,)), LeftOut("header-footer", 4), LeftOut("attachment", 1, (), HOSTILE))
    page = render_document_page(replace(make_document(), n_pages=3, left_out=left_out, counts={"table": 1}), None)

    assert '<p class="subtitle">3 pages, 1 table</p>' in page
    assert "Page 2 is a picture; its words are not searched. Install footnote-rag[ocr]" in page
    assert '<p class="subtitle">4 headers or footers are left out.</p>' in page
    assert HOSTILE not in page


@pytest.mark.parametrize(
    ("marked", "expected"),
    [
        (Span(0, 5), "The words of page 2 were read from a picture; letters may be wrong."),
        (Span(18, 24), "The cited words were read from a picture; letters may be wrong."),
        (None, "The words of page 2 were read from a picture; letters may be wrong."),
    ],
)
def test_a_document_page_says_which_words_come_from_a_picture(marked: Span | None, expected: str) -> None:
    blocks = (Block(0, 16, "paragraph", (), 1), Block(18, 29, "paragraph", (), 2))
    page = render_document_page(replace(make_document(), blocks=blocks, picture_pages=(2,)), marked)

    assert expected in page


def test_the_words_of_an_image_file_come_from_a_picture() -> None:
    page = render_document_page(replace(make_document(), media_type="image/png"), None)

    assert "The words were read from a picture; letters may be wrong." in page
