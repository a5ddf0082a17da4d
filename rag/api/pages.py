"""The HTML pages that people read: chat, list of documents, one document with the cited words marked, errors.

Values go in, whole pages come out. Everything that comes from outside is escaped here, and nothing here asks for an
inline script or style, so the pages live under a strict Content-Security-Policy.
"""

from collections.abc import Sequence
from functools import cache
from html import escape
from pathlib import Path
from string import Template
from urllib.parse import quote

from rag.retrieval.links import PDF, file_url, link_to, page_at
from rag.types import Document, FileEntry, Span

WEB_FOLDER = Path(__file__).resolve().parent.parent / "web"
"""The files that are served: widget.js, pages.css and document.js; and the templates of these pages."""

PAGE_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; "
        "base-uri 'none'; form-action 'self'; frame-ancestors 'self'"
    ),
    "Referrer-Policy": "same-origin",
}
"""Sent with every page: nothing of another site is loaded, no inline script or style runs."""

_ICON = "data:image/svg+xml," + quote(
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24"><rect width="24" height="24" rx="6" fill="#0b5563"/>'
    '<path d="M12 6v12M6.8 9l10.4 6M17.2 9L6.8 15" stroke="#fff" stroke-width="2.2" stroke-linecap="round"/></svg>'
)
_MIN_DOCUMENTS_FOR_FILTER = 8


def render_chat_page(title: str) -> str:
    """Return the page that holds the chat and nothing else; the title heads it."""
    return _template("chat.html").substitute(title=escape(title), icon=_ICON)


def render_documents_page(entries: Sequence[FileEntry]) -> str:
    """Return the list of all documents, by title and then by uri; skipped files and why below."""
    documents = [entry for entry in entries if entry.reason is None]
    skipped = [entry for entry in entries if entry.reason is not None]
    if not documents:
        return _render_page(
            title="Documents",
            main='<h1>Documents</h1>\n<p class="message">There are no documents yet. '
            "Index a folder with <code>rag index FOLDER</code>, then load this page again.</p>",
        )
    ordered = sorted(documents, key=lambda document: (document.title.casefold(), document.uri))
    count = _count(len(documents), "document", "documents")
    items = "\n".join(_render_list_item(document) for document in ordered)
    return _render_page(
        title="Documents",
        main=f'<h1>Documents</h1>\n<p class="subtitle" id="count" role="status" data-all="{count}">{count}</p>\n'
        f'{_render_filter(len(documents))}<ul class="documents">\n{items}\n</ul>\n{_render_skipped(skipped)}',
    )


def render_document_page(document: Document, marked: Span | None) -> str:
    """Return the whole text of a document with the span marked.

    A span that is empty or reaches outside the text marks nothing; the page then says that the document has changed,
    for that is how a link with such a span comes about.
    """
    is_markable = marked is not None and 0 <= marked.start < marked.end <= len(document.text)
    span = marked if is_markable else None
    is_stale = marked is not None and span is None
    return _render_page(
        title=document.title,
        jump='<a class="jump" href="#cited">Jump to the cited words</a>\n' if span else "",
        main=f'<h1 dir="auto">{escape(document.title)}</h1>\n'
        + f'<p class="subtitle" dir="auto">{escape(document.uri)}</p>\n'
        + _render_originals(document, page_at(document, span.start) if span else None)
        + (_STALE_NOTICE if is_stale else "")
        + f'<article class="document" dir="auto">{_mark(document.text, span)}</article>',
    )


def render_error_page(title: str, detail: str) -> str:
    """Return a page that says what is wrong and leads back to the chat."""
    return _render_page(
        title=title,
        main=f'<h1 dir="auto">{escape(title)}</h1>\n<p class="message" dir="auto">{escape(detail)}</p>\n'
        '<p class="message"><a href="/">Ask a question</a> or <a href="/documents">see the documents</a>.</p>',
    )


_STALE_NOTICE = (
    '<p class="notice" role="status">The cited words are not where the link says. '
    "This document may have changed since the answer was written.</p>\n"
)


@cache
def _template(name: str) -> Template:
    return Template((WEB_FOLDER / name).read_text(encoding="utf-8"))


def _render_page(*, title: str, main: str, jump: str = "") -> str:
    """Fill the frame that all pages but the chat share; `main` and `jump` are HTML, the title is text."""
    return _template("page.html").substitute(title=escape(title), main=main, jump=jump, icon=_ICON)


def _render_originals(document: Document, page: int | None) -> str:
    """Return links to the file of a PDF, at a page where one is given, and to the published page."""
    links = []
    if document.media_type == PDF:
        at_page = "" if page is None else f" at page {page}"
        links.append(f'<a href="{escape(file_url(document.id, page))}">Open the PDF{at_page}</a>')
    # Whatever an index may hold, a link leads to a web page.
    if document.link and document.link.startswith(("http://", "https://")):
        published = escape(link_to(document, page) or "")
        links.append(f'<a href="{published}" rel="noreferrer">Published page</a>')
    return f'<p class="originals">{" ".join(links)}</p>\n' if links else ""


def _render_skipped(skipped: Sequence[FileEntry]) -> str:
    if not skipped:
        return ""
    items = "\n".join(
        f'<li><span dir="auto">{escape(entry.uri)}</span>: <span dir="auto">{escape(entry.reason or "")}</span></li>'
        for entry in skipped
    )
    files = _count(len(skipped), "file", "files")
    return f'<details class="skipped"><summary>{files} could not be read</summary>\n<ul>\n{items}\n</ul></details>'


def _render_list_item(document: FileEntry) -> str:
    href = f"/documents/{quote(document.id, safe='')}"
    return (
        f'<li><a href="{href}"><span class="title" dir="auto">{escape(document.title)}</span>'
        f'<span class="uri" dir="auto">{escape(document.uri)}</span></a></li>'
    )


def _render_filter(n_documents: int) -> str:
    """Return the field that filters the list; document.js brings it out, for without scripts it can do nothing."""
    if n_documents < _MIN_DOCUMENTS_FOR_FILTER:
        return ""
    return (
        '<input class="filter" id="filter" type="search" hidden placeholder="Filter by title or path" '
        'aria-label="Filter documents by title or path" autocomplete="off">\n'
    )


def _mark(text: str, span: Span | None) -> str:
    if span is None:
        return escape(text)
    before, cited, after = text[: span.start], text[span.start : span.end], text[span.end :]
    return f'{escape(before)}<mark id="cited" tabindex="-1">{escape(cited)}</mark>{escape(after)}'


def _count(n: int, one: str, many: str) -> str:
    return f"{n:,} {one if n == 1 else many}"
