from dataclasses import replace

import pytest

from rag.retrieval.links import link_to, page_at, place_of
from rag.types import Block, Document, Passage

TEXT = Document(
    id="0123456789abcdef", uri="a.txt", sha256="0" * 64, title="A", text="One.\n\nTwo.", media_type="text/plain"
)
PDF = replace(TEXT, uri="a.pdf", media_type="application/pdf")
BLOCKS = (Block(0, 4, "paragraph", page=1), Block(6, 10, "paragraph", page=2))


@pytest.mark.parametrize(
    ("document", "page", "link"),
    [
        (TEXT, None, None),
        (TEXT, 3, None),
        (replace(TEXT, link="https://example.org/a"), 3, "https://example.org/a"),
        (PDF, 3, "/documents/0123456789abcdef/file#page=3"),
        (PDF, None, "/documents/0123456789abcdef/file"),
        (replace(PDF, link="https://example.org/a.pdf"), 3, "https://example.org/a.pdf#page=3"),
        (replace(PDF, link="https://example.org/a.pdf#top"), 3, "https://example.org/a.pdf#page=3"),
        (replace(PDF, link="https://example.org/a.pdf#top"), None, "https://example.org/a.pdf#top"),
    ],
)
def test_a_published_page_goes_before_the_file_of_a_pdf_and_both_open_at_the_page(
    document: Document, page: int | None, link: str | None
) -> None:
    assert link_to(document, page) == link


@pytest.mark.parametrize(("offset", "page"), [(0, 1), (3, 1), (5, 1), (6, 2), (9, 2)])
def test_a_character_stands_on_the_page_of_its_block(offset: int, page: int) -> None:
    assert page_at(replace(PDF, blocks=BLOCKS), offset) == page


def test_a_document_without_pages_has_no_page_anywhere() -> None:
    assert page_at(TEXT, 2) is None


@pytest.mark.parametrize(
    ("document", "page", "expected"),
    [
        (replace(PDF, picture_pages=(2,)), 2, True),
        (replace(PDF, picture_pages=(2,)), 1, False),
        (replace(PDF, media_type="image/tiff"), None, True),
        (TEXT, None, False),
    ],
)
def test_a_place_says_whether_its_words_were_read_from_a_picture(
    document: Document, page: int | None, *, expected: bool
) -> None:
    passage = Passage("p", document.id, 0, 0, 4, "One.", (), page)

    assert place_of(passage, document).from_picture is expected
