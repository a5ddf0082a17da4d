from pathlib import Path

import pytest

from rag.filters import Filters
from rag.index.store import SeenFile, Store, write_store
from rag.types import Document, FileEntry, Metadata
from tests.unit.conftest import make_document, make_passages


def tagged(uri: str, tags: tuple[str, ...], group: str | None, date: str | None) -> Document:
    base = make_document(uri=uri)
    return Document(
        *(uri, uri, "T", base.text, "text/plain", uri * 2, "en", base.blocks, date, "https://x.example", tags, group)
    )


@pytest.fixture
def store(tmp_path: Path) -> Store:
    documents = [tagged("a/1.txt", ("law",), "staff", "2024-01-01"), tagged("b/2.txt", ("law", "old"), None, None)]
    own = Metadata(title="Own")
    rows = [(document, own, make_passages(document)) for document in documents]
    files = [SeenFile("a/1.txt", "s1", 5, 6), SeenFile("b/2.txt", "s2", 5, 6), SeenFile("c.pdf", "", 0, 0, "is empty")]
    write_store(tmp_path / "s.sqlite", rows, files)
    return Store(tmp_path / "s.sqlite")


def test_documents_and_passages_come_back_as_they_were(store: Store) -> None:
    document = tagged("b/2.txt", ("law", "old"), None, None)
    passages = make_passages(document)

    stored = store.document("b/2.txt")

    assert stored is not None
    assert (stored.document, stored.own) == (document, Metadata(title="Own"))
    found = store.passages_between(stored.first_row, stored.end_row)
    assert [one.passage for one in found] == passages
    assert [one.passage for one in store.passages([found[1].row, found[0].row])] == [passages[1], passages[0]]
    starts = [one.first_sentence for one in store.passages_between(0, stored.end_row)]
    assert starts[1] - starts[0] == len(passages[0].sentences)


def test_files_are_listed_with_their_state(store: Store) -> None:
    entries = store.entries()

    assert [(entry.uri, entry.id, entry.reason) for entry in entries] == [
        ("a/1.txt", "a/1.txt", None),
        ("b/2.txt", "b/2.txt", None),
        ("c.pdf", "", "is empty"),
    ]
    assert entries[1] == FileEntry(
        "b/2.txt", "s2", "b/2.txt", "T", "text/plain", "en", None, "https://x.example", ("law", "old")
    )
    assert store.seen_files()["c.pdf"].reason == "is empty"


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        (Filters(), "ab"),
        (Filters(tags=("old",)), "b"),
        (Filters(documents=("b/2.txt", "nothing")), "b"),
        (Filters(titles=("t", "x")), "ab"),
        (Filters(titles=("tt",)), ""),
        (Filters(links=("https://x.exa",)), "ab"),
        (Filters(links=("x.example",)), ""),
        (Filters(tags=("law",)), "ab"),
        (Filters(groups=("staff",)), "a"),
        (Filters(folder="b"), "b"),
        (Filters(folder="a/1"), ""),
        (Filters(date_from="2024-01-01", date_to="2024-01-01"), "a"),
        (Filters(date_from="2024-01-02"), ""),
        (Filters(languages=("de",)), ""),
        (Filters(media_types=("text/plain",)), "ab"),
        (Filters(tags=("'; DROP TABLE documents; --",)), ""),
    ],
)
def test_filters_let_the_right_documents_pass(store: Store, filters: Filters, expected: str) -> None:
    rows = [row for start, end in store.rows_of(filters) for row in range(start, end)]

    assert sorted({one.passage.document_id[0] for one in store.passages(rows)}) == list(expected)


def test_what_is_not_there_is_none(store: Store) -> None:
    assert store.document("nope") is None
    assert {id_: entry.title for id_, entry in store.entries_of(["a/1.txt", "nope"]).items()} == {"a/1.txt": "T"}
