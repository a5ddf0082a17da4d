"""Small real things that several unit tests need."""

import os
from collections.abc import Iterator, Sequence
from functools import partial

import pytest
from hypothesis import settings

from rag.documents.formats import Limits, read_file
from rag.documents.formats.plain import read_plain
from rag.documents.passages import chunk_document
from rag.text.sentences import split_sentences
from rag.text.tokens import count_tokens
from rag.types import Context, Document, Hit, Passage

settings.register_profile("unit", max_examples=int(os.environ.get("FOOTNOTE_EXAMPLES", "50")))
settings.load_profile("unit")

ARTICLE = (
    "Harbour news\n\n"
    "The ferry Aurora carries 420 passengers across the bay. It leaves Northport at 7 a.m. each day.\n\n"
    "Captain Ines Moreau has led the crew since 2019. She trained in Bergen.\n\n"
    "The harbour master of Northport, Tom Reed, closed the old pier. Danish engineer Lars Holm will rebuild it.\n"
)


def make_document(
    text: str = ARTICLE, uri: str = "harbour.txt", title: str = "Harbour news", document_id: str = "d" * 16
) -> Document:
    # Any text, even what the product would not index for holding no word.
    plain = ("text/plain", read_plain(text.encode(), Limits()))
    media_type, parsed = plain if uri.endswith(".txt") else read_file(text.encode(), uri, Limits())
    return Document(
        id=document_id,
        uri=uri,
        sha256="0" * 64,
        media_type=media_type,
        title=title,
        language="en",
        text=parsed.text,
        blocks=parsed.blocks,
    )


@pytest.fixture(scope="session", autouse=True)
def _no_certificates(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Spare each HTTP client the hundreds of certificates that it reads at its start; all servers here are local."""
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("SSL_CERT_FILE", raising=False)
        patch.setenv("SSL_CERT_DIR", str(tmp_path_factory.mktemp("certificates")))
        yield


SPLIT = partial(split_sentences, language="en")


def make_passages(document: Document, max_tokens: int = 64, min_tokens: int = 8) -> list[Passage]:
    return chunk_document(document, SPLIT, count_tokens, max_tokens=max_tokens, min_tokens=min_tokens)


def make_hits(passages: Sequence[Passage], cosine: float = 0.5) -> tuple[Hit, ...]:
    return tuple(
        Hit(passage, 1.0 - rank / 100, rank, "dense", tuple(cosine for _ in passage.sentences))
        for rank, passage in enumerate(passages, start=1)
    )


@pytest.fixture
def document() -> Document:
    return make_document()


@pytest.fixture
def context(document: Document) -> Context:
    hits = make_hits(make_passages(document))
    return Context(hits, ("Harbour news",) * len(hits), 100)
