"""Where readers find the original of what is cited: a published page, or the file of a PDF on the server itself.

An address that begins with a slash is a path below the server's own; any other is http or https.
"""

from rag.types import Document, FileEntry

PDF = "application/pdf"


def link_to(document: Document | FileEntry, page: int | None) -> str | None:
    """Return the published page where one is known, else the file of a PDF; None for other documents.

    A PDF opens at the page, as RFC 8118 has it.
    """
    if document.media_type != PDF:
        return document.link
    return _at_page(document.link, page) if document.link else file_url(document.id, page)


def file_url(document_id: str, page: int | None) -> str:
    """Return the path of the file that a PDF document was read from, at a page where one is given."""
    return _at_page(f"/documents/{document_id}/file", page)


def page_at(document: Document, offset: int) -> int | None:
    """Return the page on which the character at an offset stands; None where the document has no pages."""
    pages = [block.page for block in document.blocks if block.start <= offset]
    return pages[-1] if pages else None


def _at_page(url: str, page: int | None) -> str:
    return url if page is None else f"{url.partition('#')[0]}#page={page}"
