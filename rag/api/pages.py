"""The HTML pages: chat, list of documents, one document with the cited words marked, errors.

The templates are in rag/web/templates. `root` is what the paths of links begin with. The pages need
no inline script or style, which the Content-Security-Policy of `api/middleware/headers` forbids.
"""

from collections.abc import Callable, Sequence

from rag.retrieval.links import PDF, file_url, headings_at, link_to, page_at
from rag.types import Document, FileEntry, Span
from rag.wire.left_out import USUAL, describe_counts, describe_pages, explain_left_out
from rag.wire.templates import render


def render_chat_page(title: str, greeting: str, root: str = "", *, has_documents: bool = True) -> str:
    """Return the page that holds only the chat, under the title; the greeting is its first line.

    Args:
        has_documents: Its readers may see the list of documents.
    """
    return render("chat.html", title=title, greeting=greeting, root=root, has_documents=has_documents)


def render_documents_page(entries: Sequence[FileEntry], root: str = "") -> str:
    """Return the list of documents, by title and uri, then the skipped files with reasons."""
    documents = [entry for entry in entries if entry.reason is None]
    return render(
        "documents.html",
        title="Documents",
        documents=sorted(documents, key=lambda document: (document.title.casefold(), document.uri)),
        skipped=[entry for entry in entries if entry.reason is not None],
        root=root,
    )


def _file_of(document: FileEntry, page: int | None) -> str | None:
    return file_url(document.id, page)


def render_document_page(
    document: Document,
    marked: Span | None,
    root: str = "",
    *,
    file_of: Callable[[FileEntry, int | None], str | None] = _file_of,
    has_nav: bool = True,
) -> str:
    """Return the whole text of a document with the span marked.

    An empty span, or one outside the text, comes from a link to an earlier text. The page then says
    that the document may have changed, and marks nothing.

    Args:
        file_of: Returns the path of a PDF document's file at a page, or None if it is hidden.
        has_nav: The reader may open the other pages of this server.
    """
    is_markable = marked is not None and 0 <= marked.start < marked.end <= len(document.text)
    start, end = marked if marked and is_markable else (0, 0)
    page = page_at(document, start) if is_markable else None
    # A link leads to a web page, whatever the index holds.
    is_published = document.link is not None and document.link.startswith(("http://", "https://"))
    return render(
        "document.html",
        title=document.title,
        uri=document.uri,
        before=document.text[:start],
        cited=document.text[start:end],
        after=document.text[end:],
        is_stale=marked is not None and not is_markable,
        page=page,
        file_url=file_of(document, page) if document.media_type == PDF else None,
        published_url=link_to(document, page) if is_published else None,
        read=describe_counts(document.n_pages, document.counts),
        picture_note=_picture_note(document, page, is_cited=is_markable),
        missed=[explain_left_out(one) for one in document.left_out if one.what not in USUAL],
        usual=[explain_left_out(one) for one in document.left_out if one.what in USUAL],
        root=root,
        has_nav=has_nav,
    )


def render_passage_page(document: Document, cited: Span, root: str = "") -> str:
    """Return a page with the cited words of a document, where they stand, and nothing around."""
    page = page_at(document, cited.start)
    place = [*headings_at(document, cited.start), *([f"page {page}"] if page is not None else [])]
    return render(
        "passage.html",
        title=document.title,
        place=" · ".join(place),
        cited=document.text[cited.start : cited.end],
        picture_note=_picture_note(document, page, is_cited=True),
        root=root,
        has_nav=False,
    )


def _picture_note(document: Document, page: int | None, *, is_cited: bool) -> str:
    """Return which words were read from a picture; empty if none were."""
    if is_cited and document.is_picture(page):
        return "The cited words were read from a picture; letters may be wrong."
    if document.is_picture(None):
        return "The words were read from a picture; letters may be wrong."
    pages = describe_pages(document.picture_pages)
    return f"The words of {pages} were read from a picture; letters may be wrong." if pages else ""


def render_error_page(title: str, detail: str, root: str = "", *, is_closed: bool = False) -> str:
    """Return a page that says what is wrong and links to the chat.

    Args:
        is_closed: The reader lacks a key, which the other pages need too; no links to them.
    """
    return render("error.html", title=title, detail=detail, root=root, has_nav=not is_closed)
