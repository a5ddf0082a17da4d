"""GET /documents/{id}/file: the PDF file that a document was read from, if it is unchanged.

Browsers show PDF files in a viewer; a web page or an SVG drawing could run as a page of this
server. The file must lie in the indexed folder and have the indexed sha256.
"""

import asyncio
from functools import lru_cache
from pathlib import Path, PurePosixPath

from fastapi import APIRouter, Request
from fastapi.responses import FileResponse, Response

from rag.api.citation_links.issuing import links_of
from rag.api.file_responses import if_changed
from rag.api.middleware.headers import CHECKED_EACH_TIME
from rag.api.services import AskedCollection, VisibleAnswerer
from rag.documents.scan import path_of
from rag.errors import OriginalGone, OriginalNotServed, ScopeMissing, repeating_options
from rag.files import hash_file
from rag.retrieval.links import PDF
from rag.types import FileEntry

_HEADERS = {
    # Chromium 150 shows a PDF under any policy. Older browsers embed their viewer as an object with
    # inline style; they show nothing if the policy says `sandbox`.
    "Content-Security-Policy": (
        "default-src 'none'; object-src 'self'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'self'"
    ),
    **CHECKED_EACH_TIME,
}
router = APIRouter(tags=["documents"])


@router.get(
    "/documents/{document_id}/file",
    summary="The file of a PDF document",
    response_class=FileResponse,
    responses={
        200: {"content": {PDF: {}}},
        206: {"content": {PDF: {}}, "description": "The part that `Range` names."},
        304: {"description": "The file has not changed."},
        400: {"description": "The header `Range` cannot be read."},
        404: {"description": "No such document, or it is not a PDF."},
        410: {"description": "The file has changed or gone since it was indexed."},
        416: {"description": "`Range` begins after the end of the file."},
    },
)
async def show_file(
    document_id: str, request: Request, answerer: VisibleAnswerer, collection: AskedCollection
) -> Response:
    retriever = answerer.retriever
    document = await asyncio.to_thread(retriever.entry, document_id)
    links = links_of(request, collection)
    links.require_unchanged(document)
    if not links.shows_texts:
        raise ScopeMissing("the files of documents are not public", next_step="use a key with the scope documents")
    with repeating_options(collection.settings.options):
        path = await asyncio.to_thread(find_original, document, retriever.folder)
    file = FileResponse(
        path,
        headers={**_HEADERS, "ETag": f'"{document.sha256[:32]}"'},
        media_type=PDF,
        filename=PurePosixPath(document.uri).name,
        content_disposition_type="inline",
    )
    return if_changed(file, request)


def find_original(document: FileEntry, folder: Path) -> Path:
    """Return the file that a PDF document was read from, after its hash is checked.

    Raises:
        OriginalNotServed: The document is not a PDF.
        OriginalGone: The file is no longer in the folder, or has changed.
    """
    if document.media_type != PDF:
        raise OriginalNotServed(
            "only the files of PDF documents are handed out", next_step=f"GET /documents/{document.id} shows the text"
        )
    path = _below(folder, document.uri)
    if path is None:
        raise OriginalGone("the file is gone since it was indexed", next_step="run `rag index` and ask again")
    if _hash_of(path) != document.sha256:
        raise OriginalGone("the file has changed since it was indexed", next_step="run `rag index` and ask again")
    return path


def _below(folder: Path, uri: str) -> Path | None:
    """Return the regular file with this uri, links resolved; None if it is missing or elsewhere."""
    try:
        path = path_of(uri, folder).resolve(strict=True)
        return path if path.is_relative_to(folder.resolve()) and path.is_file() else None
    except (OSError, RuntimeError, ValueError):
        return None


def _hash_of(path: Path) -> str | None:
    try:
        status = path.stat()
        return _hash_as_of(path, status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns)
    except OSError:
        return None


@lru_cache(maxsize=1000)
def _hash_as_of(path: Path, *_status: int) -> str:
    """Return the hash of a file with this status; viewers request a long file in pieces."""
    return hash_file(path)
