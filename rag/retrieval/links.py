"""Link citations to their originals: a published page, or the PDF file on this server.

A link that begins with a slash is a path on this server. Any other is http or https.
"""

from dataclasses import asdict

from rag.types import Document, FileEntry, Hit, Passage, Place, Source, Span

PDF = "application/pdf"


def place_of(passage: Passage, document: FileEntry, span: Span | None = None) -> Place:
    """Return where a span of a passage's document stands; by default that of the passage."""
    start, end = span or (passage.start, passage.end)
    return Place(
        document_id=document.id,
        title=document.title,
        uri=document.uri,
        page=passage.page,
        headings=passage.headings,
        start=start,
        end=end,
        link=link_to(document, passage.page),
        from_picture=document.is_picture(passage.page),
        state=document_state(document),
    )


def source_of(number: int, hit: Hit, document: FileEntry) -> Source:
    """Return a hit as users see it, with its number."""
    place = place_of(hit.passage, document)
    return Source(**asdict(place), number=number, text=hit.passage.text, score=round(hit.score, 4))


def document_state(document: FileEntry) -> str:
    """Return what differs after each change of a document's file or group."""
    return f"{document.sha256} {document.group or ''}"


def link_to(document: FileEntry, page: int | None) -> str | None:
    """Return the published page if known, else the file of a PDF; None for other documents.

    The link to a PDF opens it at the page (RFC 8118).
    """
    if document.media_type != PDF:
        return document.link
    return _at_page(document.link, page) if document.link else file_url(document.id, page)


def file_url(document_id: str, page: int | None) -> str:
    """Return the path of a PDF document's file, at a page if one is given."""
    return _at_page(f"/documents/{document_id}/file", page)


def page_at(document: Document, offset: int) -> int | None:
    """Return the page of the character at an offset; None if the document has no pages."""
    pages = [block.page for block in document.blocks if block.start <= offset]
    return pages[-1] if pages else None


def headings_at(document: Document, offset: int) -> tuple[str, ...]:
    """Return the headings above the character at an offset, outermost first."""
    headings = [block.headings for block in document.blocks if block.start <= offset]
    return headings[-1] if headings else ()


def _at_page(url: str, page: int | None) -> str:
    return url if page is None else f"{url.partition('#')[0]}#page={page}"
