"""Documents as JSON: in lists, with their text, and as changes that wait for the index."""

from collections.abc import Collection, Sequence
from typing import Literal

from pydantic import BaseModel, Field, computed_field

from rag.types import CountKind, Document, FileEntry, LeftOut, LeftOutKind
from rag.wire.left_out import explain_left_out

DocumentState = Literal["indexed", "skipped", "waiting"]


class LeftOutBody(BaseModel):
    """Parts of a file that are not searched."""

    what: LeftOutKind
    n: int
    pages: tuple[int, ...] = Field(description="From 1; empty if they are unknown.")
    name: str = Field(description="Of the sheet or file; may be empty.")

    @computed_field  # type: ignore[prop-decorator]
    @property
    def text(self) -> str:
        return explain_left_out(LeftOut(self.what, self.n, self.pages, self.name))


class DocumentBody(BaseModel):
    """A document without its text."""

    id: str
    title: str
    uri: str
    media_type: str
    sha256: str
    language: str
    date: str | None
    link: str | None = Field(description="The address of the published page.")
    tags: tuple[str, ...]
    group: str | None
    author: str | None = Field(description="Who wrote it, as its file or metadata.toml says.")
    n_pages: int | None = Field(description="Pages or slides; null if the format has none.")
    counts: dict[CountKind, int] = Field(description="How many parts of each kind were read.")
    picture_pages: tuple[int, ...] = Field(description="Those whose words were read from a picture.")
    left_out: tuple[LeftOutBody, ...] = Field(description="What is not searched, and how to change it.")

    @computed_field  # type: ignore[prop-decorator]  # mypy knows no decorator above @property
    @property
    def url(self) -> str:
        return document_url(self.id)


class DocumentTextBody(DocumentBody):
    """A document with the text that offsets refer to."""

    text: str

    @computed_field  # type: ignore[prop-decorator]
    @property
    def n_characters(self) -> int:
        return len(self.text)


class ListedBody(BaseModel):
    """A file of the folder with its document, if it has one."""

    uri: str
    state: DocumentState
    reason: str | None = Field(description="Why it was skipped.")
    document: DocumentBody | None


class DocumentsBody(BaseModel):
    """All files of the indexed folder."""

    index_version: str
    documents: tuple[DocumentBody, ...]
    files: tuple[ListedBody, ...]


class AcceptedBody(BaseModel):
    """A change that is on the disk; the index follows within seconds, see GET /v1/documents."""

    uri: str
    state: DocumentState


def document_url(document_id: str, start: int | None = None, end: int | None = None) -> str:
    """Return the page of a document; with a span, the page marks it."""
    span = "" if start is None else f"?start={start}&end={end}"
    return f"/documents/{document_id}{span}"


def left_out_body(left_out: LeftOut) -> LeftOutBody:
    return LeftOutBody.model_validate(left_out, from_attributes=True)


def document_text_body(document: Document) -> DocumentTextBody:
    return DocumentTextBody.model_validate(document, from_attributes=True)


def documents_body(index_version: str, entries: Sequence[FileEntry], waiting: Collection[str]) -> DocumentsBody:
    """Return all files; `waiting` holds the uris of changes that are not indexed yet."""
    by_uri = {entry.uri: entry for entry in entries}
    files = [_listed_body(uri, by_uri.get(uri), waiting) for uri in sorted({*by_uri, *waiting})]
    documents = tuple(file.document for file in files if file.document)
    return DocumentsBody(index_version=index_version, documents=documents, files=tuple(files))


def _listed_body(uri: str, entry: FileEntry | None, waiting: Collection[str]) -> ListedBody:
    is_indexed = entry is not None and entry.reason is None
    state: DocumentState = "waiting" if uri in waiting else "indexed" if is_indexed else "skipped"
    document = DocumentBody.model_validate(entry, from_attributes=True) if is_indexed else None
    return ListedBody(uri=uri, state=state, reason=entry.reason if entry else None, document=document)
