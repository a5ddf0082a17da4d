"""Real documents from Debian's documentation packages: each is read, and what is cited stands in the file itself."""

import contextlib
import os
import re
import unicodedata
from functools import partial
from html.parser import HTMLParser
from pathlib import Path

import pytest

from rag.documents.read_files import read_files
from rag.index.build import update_index
from rag.index.store import Store
from rag.index.versions import STORE_FILE, read_version
from tests.index.building import Place

CORPUS = os.environ.get("FOOTNOTE_CORPUS", "")
N_FILES = int(os.environ.get("FOOTNOTE_CORPUS_FILES", "200"))
FOOTER = "Python Software Foundation is a non-profit corporation. Please donate"

pytestmark = pytest.mark.skipif(not CORPUS, reason="FOOTNOTE_CORPUS names no folder; scripts/fetch-corpus makes one")


class _Words(HTMLParser):
    """The text of a page by another parser than the product's."""

    def __init__(self) -> None:
        super().__init__()
        self.data: list[str] = []

    def handle_data(self, data: str) -> None:
        self.data.append(data)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Place:
    folder = tmp_path_factory.mktemp("corpus")
    source = Path(CORPUS)
    files = sorted(
        path
        for path in source.rglob("*")
        if path.suffix in {".html", ".txt"} and path.is_file() and not path.is_symlink()
    )
    for path in files[:: max(1, len(files) // N_FILES)]:
        copy = folder / "docs" / path.relative_to(source)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes(path.read_bytes())
    made = Place(folder / "docs", folder / "index")
    update_index(made.docs, made.index, made.options, lambda: made, read=read_files)
    return made


def test_every_file_is_read(place: Place) -> None:
    n_files = sum(path.is_file() for path in place.docs.rglob("*"))

    with contextlib.closing(Store(read_version(place.index).folder / STORE_FILE)) as store:
        skipped = {entry.uri: entry.reason for entry in store.entries() if entry.reason}

    assert n_files >= min(N_FILES, 150)
    # A page that searches in the browser holds nothing before it does.
    assert all("is filled by scripts" in reason for reason in skipped.values()), skipped
    assert len(skipped) <= n_files / 100
    assert place.retriever().n_documents == n_files - len(skipped)


def test_every_passage_and_sentence_stands_in_the_text_and_in_the_file(place: Place) -> None:
    index_version = read_version(place.index)
    store = Store(index_version.folder / STORE_FILE)
    documents = {document.id: document for document in place.documents().values()}
    raw_by_uri = {uri: _squeezed_file(place.docs / uri) for uri in place.documents()}
    missing = []

    for found in store.passages_between(0, index_version.manifest.n_passages):
        passage = found.passage
        document = documents[passage.document_id]
        assert document.text[passage.start : passage.end] == passage.text
        sentences = map(passage.text_of, passage.sentences)
        missing += [(document.uri, told) for told in sentences if not _stands_in(told, raw_by_uri[document.uri])]

    assert index_version.manifest.n_sentences > 20 * index_version.manifest.n_documents
    assert missing[:9] == []


def test_what_surrounds_the_article_of_a_page_is_left_out(place: Place) -> None:
    documents = place.documents()

    told = [uri for uri, document in documents.items() if FOOTER in document.text]

    # A page of nothing but links has no article, and is read whole.
    assert len(told) <= max(1, len(documents) / 1000), told


def _squeezed_file(path: Path) -> str:
    text = path.read_text(encoding="utf-8", errors="replace")
    if path.suffix == ".html":
        words = _Words()
        words.feed(text)
        text = "".join(words.data)
    return _squeeze(text)


def _stands_in(sentence: str, raw: str) -> bool:
    """A table's row is made of cells, and a long one is cut between words: each cell must stand there.

    The name of a column may be joined from several cells.
    """
    cells = sentence.removesuffix(";").split("; ")
    parts = [part for cell in cells for part in re.split(r"(?<=:) ", cell)]
    return _squeeze(sentence) in raw or all(map(partial(_is_part_of, raw), parts))


def _is_part_of(raw: str, part: str) -> bool:
    name = part.removesuffix(":")
    return _squeeze(name) in raw or (name != part and all(_squeeze(word.rstrip(",")) in raw for word in name.split()))


def _squeeze(text: str) -> str:
    # What has no width is not read: "Middle\u200bware". A raised number is: 2³¹.
    return re.sub(r"[\s\u00ad\u200b]+", "", unicodedata.normalize("NFKC", text))
