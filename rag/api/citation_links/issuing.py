"""Put signed links into what one caller reads: answers, hits and stored conversations.

Without keys, and with nothing hidden, addresses stay as they are. Of hidden documents an answer
shows the cited words, and a hit its best sentence. Links open no more than that.
"""

from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from fastapi import Request

from rag.api.access.caller import Caller
from rag.api.citation_links.signing import ACCESS, LinkSigner, SignedLink, state_of
from rag.api.services import Collection, caller_of, path_prefix_of, services_of
from rag.errors import DocumentNotFound, LinkRefused
from rag.events import AnswerDrafted, AnswerEvent, AnswerFinished, CitationIssued, SourcesFound
from rag.retrieval.links import document_state, file_url
from rag.types import Answer, Document, FileEntry, Place, Source, Span
from rag.wire.documents import document_url
from rag.wire.search import HitBody, best_sentence_alone

PlaceT = TypeVar("PlaceT", bound=Place)
DocumentAt = Callable[[str, Span], Document]


@dataclass(frozen=True, slots=True)
class Links:
    """The links of one caller to documents of one collection.

    Attributes:
        public_documents: As in the settings.
        collection_path: What the paths of the collection begin with.
        path_prefix: That again for answers from another collection than the one that is asked.
    """

    signer: LinkSigner
    caller: Caller
    public_documents: bool
    collection_path: str = ""
    path_prefix: str = ""

    @property
    def shows_texts(self) -> bool:
        """Whether the caller sees whole documents and not only cited words."""
        return self.caller.sees_texts(public_documents=self.public_documents)

    @property
    def _signs(self) -> bool:
        return self.caller.kind != "open" or not self.shows_texts

    def place(self, place: PlaceT) -> PlaceT:
        """Return a place whose links open without a key, and lead to this collection."""
        signed = self._sign(place) if self._signs else place
        is_path = signed.link is not None and signed.link.startswith("/")
        link = f"{self.path_prefix}{signed.link}" if is_path else signed.link
        return replace(signed, path_prefix=self.path_prefix, link=link)

    def source(self, source: Source) -> Source:
        """Return a source as the caller may see it: without its words if documents are hidden."""
        return self.place(source if self.shows_texts else replace(source, text="", end=source.start))

    def hit(self, hit: HitBody) -> HitBody:
        """Return a hit whose links open without a key; of hidden documents its best sentence."""
        body = hit if self.shows_texts else best_sentence_alone(hit)
        if not self._signs:
            return body
        access = self._access_to(document_url(body.document_id, body.start, body.end), body.state)
        link = self._original(body.link, body.document_id, body.state)
        return body.model_copy(update={"access": access, "link": link})

    def file_of(self, document: FileEntry, page: int | None) -> str | None:
        """Return the path of a PDF document's file, at a page; None if it is hidden."""
        return self._original(file_url(document.id, page), document.id, document_state(document))

    def stored(self, citation: dict[str, Any], document_at: DocumentAt) -> None:
        """Sign the links of a stored citation in place, if the document still says what is quoted.

        Args:
            citation: A CitationBody as JSON.
        """
        span = Span(citation["start"], citation["end"])
        try:
            document = document_at(citation["document_id"], span) if self._signs else None
        except DocumentNotFound:
            return
        if document is None or document.text[span.start : span.end] != citation["quote"]:
            return
        state, url = document_state(document), document_url(document.id, span.start, span.end)
        citation["url"] = f"{url}&{ACCESS}={self._access_to(url, state)}"
        citation["link"] = self._original(citation.get("link"), document.id, state)

    def page_of(self, document: FileEntry) -> str:
        """Return the path of a document's page; a link to a hidden text is not signed."""
        url = document_url(document.id)
        if not self._signs or not self.public_documents:
            return url
        return f"{url}?{ACCESS}={self._access_to(url, document_state(document))}"

    def require_unchanged(self, document: FileEntry) -> None:
        """Check that a document is still what the caller's link was made for.

        Raises:
            LinkRefused: It has changed, or was moved to another group.
        """
        if self.caller.link_state not in {None, state_of(document_state(document), self.collection_path)}:
            raise LinkRefused("the document has changed since the answer was built", next_step="ask the question again")

    def _sign(self, place: PlaceT) -> PlaceT:
        access = self._access_to(document_url(place.document_id, place.start, place.end), place.state)
        return replace(place, access=access, link=self._original(place.link, place.document_id, place.state))

    def _original(self, link: str | None, document_id: str, state: str) -> str | None:
        """Return the link to an original; one to a file of this server with access to it."""
        path, _, fragment = (link or "").partition("#")
        if not self._signs or path != file_url(document_id, None):
            return link
        if not self.shows_texts:
            return None
        at_page = f"#{fragment}" if fragment else ""
        return f"{path}?{ACCESS}={self._access_to(path, state)}{at_page}"

    def _access_to(self, url: str, state: str) -> str:
        return self.signer.sign(url, SignedLink(self.caller.key_name, state_of(state, self.collection_path)))


def links_of(request: Request, collection: Collection) -> Links:
    """Return the links that the sender of a request gets to documents of a collection."""
    return Links(
        services_of(request).link_signer,
        caller_of(request),
        public_documents=collection.settings.public_documents,
        collection_path=collection.path,
        path_prefix=path_prefix_of(request, collection),
    )


async def sign_events(events: AsyncGenerator[AnswerEvent, None], links: Links) -> AsyncGenerator[AnswerEvent, None]:
    """Yield the events of an answer with links that open without a key."""
    async with aclosing(events):
        async for event in events:
            yield _sign_event(event, links)


def _sign_event(event: AnswerEvent, links: Links) -> AnswerEvent:
    match event:
        case SourcesFound(sources):
            return SourcesFound(tuple(map(links.source, sources)))
        case AnswerDrafted(answer):
            return AnswerDrafted(_sign_answer(answer, links))
        case CitationIssued(citation):
            return replace(event, citation=links.place(citation))
        case AnswerFinished(answer):
            return AnswerFinished(_sign_answer(answer, links))
        case _:
            return event


def _sign_answer(answer: Answer, links: Links) -> Answer:
    return replace(answer, citations=tuple(map(links.place, answer.citations)))
