import gc
import sqlite3
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from rag.filters import Filters
from rag.index.store import SeenFile, Store, write_store
from rag.types import Block, Document, Facts, FileEntry, LeftOut, Span
from tests.unit.conftest import make_document, make_passages


def tagged(uri: str, tags: tuple[str, ...], group: str | None, date: str | None) -> Document:
    base = make_document(uri=uri)
    described = replace(base, title="T", date=date, link="https://x.example", tags=tags, group=group)
    return replace(described, id=uri, sha256=uri * 2)


@pytest.fixture
def connections(monkeypatch: pytest.MonkeyPatch) -> list[sqlite3.Connection]:
    """The connections that are made, in order."""
    made: list[sqlite3.Connection] = []
    connect = sqlite3.connect

    def connect_and_note(*arguments: object, **options: object) -> sqlite3.Connection:
        made.append(connect(*arguments, **options))  # type: ignore[arg-type]  # passed on
        return made[-1]

    monkeypatch.setattr(sqlite3, "connect", connect_and_note)
    return made


@pytest.fixture
def store(tmp_path: Path, connections: list[sqlite3.Connection]) -> Store:
    documents = [tagged("a/1.txt", ("law",), "staff", "2024-01-01"), tagged("b/2.txt", ("law", "old"), None, None)]
    own = Facts(title="Own")
    rows = [(document, own, make_passages(document)) for document in documents]
    files = [SeenFile("a/1.txt", "s1", 5, 6), SeenFile("b/2.txt", "s2", 5, 6), SeenFile("c.pdf", "", 0, 0, "is empty")]
    write_store(tmp_path / "s.sqlite", rows, files)
    connections.clear()
    return Store(tmp_path / "s.sqlite")


def test_the_author_and_the_number_of_pages_are_stored(tmp_path: Path) -> None:
    pages = (Block(0, 4, "paragraph", (), 1), Block(5, 9, "paragraph", (), 3))
    document = replace(make_document(), text="Some text", blocks=pages, author="Ines Moreau")

    write_store(tmp_path / "s.sqlite", [(document, Facts(), [])], [])

    entry = Store(tmp_path / "s.sqlite").entries_of([document.id])[document.id]
    assert (entry.author, entry.n_pages) == ("Ines Moreau", 3)


def test_what_was_read_and_left_out_is_stored(tmp_path: Path) -> None:
    left_out = (LeftOut("picture-page", 2, (2, 5)), LeftOut("hidden-sheet", name="Old"))
    document = replace(make_document(), left_out=left_out, counts={"table": 3}, picture_pages=(4, 7))

    write_store(tmp_path / "s.sqlite", [(document, Facts(), [])], [])

    stored = Store(tmp_path / "s.sqlite").document(document.id)
    assert stored is not None
    assert (stored.document.left_out, stored.document.counts) == (left_out, {"table": 3})
    assert stored.document.picture_pages == (4, 7)


def test_documents_and_passages_come_back_as_they_were(store: Store) -> None:
    document = tagged("b/2.txt", ("law", "old"), None, None)
    passages = make_passages(document)

    stored = store.document("b/2.txt")

    assert stored is not None
    assert (stored.document, stored.own) == (document, Facts(title="Own"))
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
        uri="b/2.txt",
        sha256="s2",
        id="b/2.txt",
        title="T",
        media_type="text/plain",
        language="en",
        link="https://x.example",
        tags=("law", "old"),
    )
    assert store.seen_files()["c.pdf"].reason == "is empty"


def test_groups_are_those_of_documents(store: Store) -> None:
    assert store.groups() == {"staff"}


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


def test_an_excerpt_of_a_long_document_is_exact_and_short(tmp_path: Path) -> None:
    # SQLite's own functions end a text at its first NUL, and count bytes or code points.
    paragraphs = [f"{n}\0 é \N{PARTY POPPER} " + "word " * (n % 50) for n in range(5_000)]
    text = "\n\n" + "\n\n".join(paragraphs) + "\n"
    starts = [2]
    for paragraph in paragraphs:
        starts.append(starts[-1] + len(paragraph) + 2)
    blocks = tuple(
        Block(start, start + len(paragraph), "item", ("Top",), n)
        for n, (start, paragraph) in enumerate(zip(starts, paragraphs, strict=False))
    )
    document = replace(make_document(uri="long.txt"), text=text, blocks=blocks)
    write_store(tmp_path / "s.sqlite", [(document, Facts(), [])], [])
    store = Store(tmp_path / "s.sqlite")

    for number in (0, 1, 37, 2_500, 4_999):
        span = Span(blocks[number].start + 2, blocks[number].end)
        excerpt = store.excerpt(document.id, Span(span.start - 400, span.end + 400))
        assert excerpt.text_of(span) == text[span.start : span.end]
        assert set(excerpt.blocks) >= set(blocks[max(number - 1, 0) : number + 2])
        assert len(excerpt.text) < 20_000 < len(text)
    stored = store.document(document.id)
    assert stored is not None
    assert stored.document == replace(document, n_pages=4_999)


@pytest.mark.parametrize("span", [Span(-9, 3), Span(10**9, 10**9 + 1), Span(50, 3)])
def test_an_excerpt_reaches_no_further_than_the_text(store: Store, span: Span) -> None:
    excerpt = store.excerpt("a/1.txt", span)

    assert excerpt.text in tagged("a/1.txt", (), None, None).text


def test_one_thread_reads_while_another_still_does(store: Store, connections: list[sqlite3.Connection]) -> None:
    is_reading, may_go_on, n_read = threading.Event(), threading.Event(), []

    def wait_within(_statement: str) -> None:
        is_reading.set()
        may_go_on.wait(60)

    store.language_counts()
    connections[0].set_trace_callback(wait_within)
    slow, quick = (threading.Thread(target=lambda: n_read.append(len(store.entries()))) for _ in range(2))
    slow.start()
    assert is_reading.wait(60)
    quick.start()
    quick.join(60)

    assert n_read == [3]
    may_go_on.set()
    slow.join()
    assert n_read == [3, 3]


@pytest.mark.parametrize("release", [Store.close, lambda _: None])
def test_a_store_that_is_closed_or_forgotten_releases_its_files(
    tmp_path: Path, connections: list[sqlite3.Connection], release: Callable[[Store], None]
) -> None:
    write_store(tmp_path / "s.sqlite", [], [])
    store = Store(tmp_path / "s.sqlite")
    for reader in [threading.Thread(target=store.entries) for _ in range(3)]:
        reader.start()
        reader.join()

    release(store)
    del store, reader
    gc.collect()

    assert len(connections) > 1
    for connection in connections:
        with pytest.raises(sqlite3.ProgrammingError, match="closed"):
            connection.execute("SELECT 1")
