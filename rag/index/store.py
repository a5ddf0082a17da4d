"""The documents and passages of a version in one SQLite file, written once.

Passages are numbered from 0 in index order; that number is the row of their vectors. Texts are
stored in pieces, so reading a few words takes the same time in a document of any length.
"""

import json
import sqlite3
import weakref
from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import asdict, dataclass
from pathlib import Path

from rag.documents.passages import Excerpt
from rag.filters import Filters
from rag.types import Block, CountKind, Document, Facts, FileEntry, LeftOut, Passage, Span

_SCHEMA = """
CREATE TABLE documents (
    number INTEGER PRIMARY KEY, uri TEXT, sha256 TEXT, id TEXT UNIQUE, media_type TEXT, title TEXT, language TEXT,
    date TEXT, link TEXT, tags TEXT, access_group TEXT, author TEXT, n_pages INTEGER,
    left_out TEXT, counts TEXT, picture_pages TEXT, own TEXT,
    first_passage INTEGER, end_passage INTEGER);
CREATE TABLE pieces (document INTEGER, start INTEGER, text TEXT, blocks TEXT, PRIMARY KEY (document, start));
CREATE TABLE passages (
    row INTEGER PRIMARY KEY, id TEXT, document INTEGER, ordinal INTEGER, start INTEGER, end INTEGER, page INTEGER,
    headings TEXT, sentences TEXT, first_sentence INTEGER, text TEXT, title TEXT);
CREATE TABLE files (uri TEXT PRIMARY KEY, sha256 TEXT, size INTEGER, modified_ns INTEGER, reason TEXT);
CREATE INDEX documents_by_sha256 ON documents (sha256);
"""
_ENTRY_COLUMNS = (
    "d.id, d.media_type, d.title, d.language, d.date, d.link, d.tags, d.access_group, d.author, d.n_pages, "
    "d.left_out, d.counts, d.picture_pages"
)
_PASSAGE_QUERY = """
SELECT p.row, p.first_sentence, p.id, d.id, p.ordinal, p.start, p.end, p.text, p.sentences, p.page, p.headings, p.title
FROM passages p JOIN documents d ON d.number = p.document
"""
_EXCERPT_QUERY = """
SELECT p.start, p.text, p.blocks FROM pieces p JOIN documents d ON d.number = p.document
WHERE d.id = :id AND p.start < :end
AND p.start >= (SELECT max(start) FROM pieces WHERE document = d.number AND start <= max(:start, 0))
ORDER BY p.start
"""
_PIECE_CHARACTERS = 4096


@dataclass(frozen=True, slots=True)
class SeenFile:
    """A file as it was when it was indexed.

    Attributes:
        reason: Why it was skipped; None if it is indexed.
    """

    uri: str
    sha256: str
    size: int
    modified_ns: int
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class StoredPassage:
    """A passage with the row of its vector, and the row of its first sentence's."""

    row: int
    first_sentence: int
    passage: Passage


@dataclass(frozen=True, slots=True)
class StoredDocument:
    """A document, the facts in its own file, and the rows of its passages, `end_row` excluded."""

    document: Document
    own: Facts
    first_row: int
    end_row: int


def write_store(
    path: Path, documents: Iterable[tuple[Document, Facts, Sequence[Passage]]], files: Iterable[SeenFile]
) -> None:
    """Write a store.

    Args:
        documents: In index order, each with the facts in its file and its passages in order.
    """
    connection = sqlite3.connect(path, isolation_level=None)
    try:
        # The version is synced and checked as a whole, so it needs no journal.
        connection.executescript("PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; PRAGMA page_size=8192;" + _SCHEMA)
        connection.execute("BEGIN")
        row = sentence = 0
        for number, (document, own, passages) in enumerate(documents):
            _insert(connection, "documents", _document_row(document, own, number, row, row + len(passages)))
            for piece in _pieces(document):
                _insert(connection, "pieces", (number, *piece))
            for passage in passages:
                _insert(connection, "passages", _passage_row(passage, row, number, sentence))
                row += 1
                sentence += len(passage.sentences)
        for file in files:
            _insert(connection, "files", (file.uri, file.sha256, file.size, file.modified_ns, file.reason))
        connection.execute("COMMIT")
    finally:
        connection.close()


class Store:
    """Reads a verified store; threads may use it at the same time."""

    def __init__(self, path: Path, groups: AbstractSet[str] | None = None) -> None:
        """Open a store.

        Args:
            groups: Only documents of these groups and those without a group exist for the reader;
                None shows all.
        """
        # A finished version never changes, so SQLite needs no locks.
        self._address = f"{path.absolute().as_uri()}?mode=ro&immutable=1"
        self._views = None if groups is None else _views_of(groups)
        self._idle: list[sqlite3.Connection] = []
        # A version that is no longer used releases its files, even if nothing closes it.
        self._close = weakref.finalize(self, _close_all, self._idle)

    def close(self) -> None:
        self._close()

    def passages(self, rows: Sequence[int]) -> list[StoredPassage]:
        """Return the passages of the given rows, in the order given."""
        marks = ", ".join("?" * len(rows))
        found = self._query(f"{_PASSAGE_QUERY} WHERE p.row IN ({marks})", tuple(int(row) for row in rows))
        by_row = {stored.row: stored for stored in map(_stored_passage, found)}
        return [by_row[int(row)] for row in rows]

    def passages_between(self, first_row: int, end_row: int) -> list[StoredPassage]:
        """Return the passages of a range of rows, its end excluded."""
        found = self._query(f"{_PASSAGE_QUERY} WHERE p.row >= ? AND p.row < ? ORDER BY p.row", (first_row, end_row))
        return [_stored_passage(fields) for fields in found]

    def document(self, document_id: str) -> StoredDocument | None:
        """Return a document with its whole text."""
        found = self._query(
            f"SELECT d.uri, d.sha256, NULL, {_ENTRY_COLUMNS}, d.own, d.first_passage, d.end_passage, d.number "
            "FROM documents d WHERE d.id = ?",
            (document_id,),
        )
        if not found:
            return None
        *entry, own, first_row, end_row, number = found[0]
        whole = _join(
            self._query("SELECT start, text, blocks FROM pieces WHERE document = ? ORDER BY start", (number,))
        )
        document = Document(**asdict(_entry(entry)), text=whole.text, blocks=whole.blocks)
        said = json.loads(own)
        return StoredDocument(document, Facts(**{**said, "tags": tuple(said["tags"])}), first_row, end_row)

    def text(self, document_id: str) -> str:
        """Return the whole text of a document."""
        query = "SELECT p.text FROM pieces p JOIN documents d ON d.number = p.document WHERE d.id = ? ORDER BY p.start"
        return "".join(text for (text,) in self._query(query, (document_id,)))

    def excerpt(self, document_id: str, span: Span) -> Excerpt:
        """Return a part of a document that holds a span, and all blocks that overlap it."""
        return _join(self._query(_EXCERPT_QUERY, {"id": document_id, "start": span.start, "end": span.end}))

    def documents_of(self, sha256: str) -> list[tuple[str, str]]:
        """Return id and uri of the documents whose file has that content."""
        return self._query("SELECT id, uri FROM documents WHERE sha256 = ? ORDER BY number", (sha256,))

    def groups(self) -> frozenset[str]:
        """Return the groups of the documents."""
        found = self._query("SELECT DISTINCT access_group FROM documents WHERE access_group IS NOT NULL")
        return frozenset(group for (group,) in found)

    def language_counts(self) -> dict[str, int]:
        """Return how many documents are in each language; the code is empty where it is unknown."""
        return {code or "": n for code, n in self._query("SELECT language, COUNT(*) FROM documents GROUP BY language")}

    def left_out(self) -> dict[str, tuple[LeftOut, ...]]:
        """Return by uri, sorted, what was left out of documents; those read whole are not named."""
        found = self._query("SELECT uri, left_out FROM documents WHERE left_out != '[]' ORDER BY uri")
        return {uri: _left_out(json.loads(stored)) for uri, stored in found}

    def count_pages(self) -> int:
        """Return how many pages and slides all documents have together."""
        return int(self._query("SELECT COALESCE(SUM(n_pages), 0) FROM documents")[0][0])

    def count_parts(self) -> dict[CountKind, int]:
        """Return how many parts of each kind were read, of all documents together."""
        query = "SELECT key, SUM(value) FROM documents, json_each(documents.counts) GROUP BY key ORDER BY key"
        return dict(self._query(query))

    def entries(self) -> list[FileEntry]:
        """Return all files, indexed and skipped, by uri."""
        found = self._query(
            f"SELECT f.uri, f.sha256, f.reason, {_ENTRY_COLUMNS} "
            "FROM files f LEFT JOIN documents d ON d.uri = f.uri ORDER BY f.uri"
        )
        return [_entry(fields) for fields in found]

    def entries_of(self, document_ids: Sequence[str]) -> dict[str, FileEntry]:
        """Return documents without their texts, by their ids."""
        marks = ", ".join("?" * len(document_ids))
        query = f"SELECT d.uri, d.sha256, NULL, {_ENTRY_COLUMNS} FROM documents d WHERE d.id IN ({marks})"
        return {entry.id: entry for entry in map(_entry, self._query(query, tuple(document_ids)))}

    def entries_passing(self, filters: Filters) -> list[tuple[FileEntry, int]]:
        """Return the documents with passages that pass the filters, by uri.

        Each comes without its text, and with the row of its first passage.
        """
        conditions, values = _conditions(filters)
        found = self._query(
            f"SELECT d.first_passage, d.uri, d.sha256, NULL, {_ENTRY_COLUMNS} FROM documents d WHERE d.number IN "
            f"(SELECT number FROM documents WHERE {conditions}) AND d.end_passage > d.first_passage ORDER BY d.uri",
            values,
        )
        return [(_entry(fields), first_row) for first_row, *fields in found]

    def seen_files(self) -> dict[str, SeenFile]:
        """Return all files by uri."""
        return {f[0]: SeenFile(*f) for f in self._query("SELECT uri, sha256, size, modified_ns, reason FROM files")}

    def rows_of(self, filters: Filters) -> list[tuple[int, int]]:
        """Return the ranges of rows, end excluded, of the documents that pass the filters."""
        conditions, values = _conditions(filters)
        return self._query(
            f"SELECT first_passage, end_passage FROM documents WHERE {conditions} ORDER BY number",
            values,
        )

    def document_starts(self) -> list[int]:
        """Return the row of each document's first passage, in index order."""
        return [row for (row,) in self._query("SELECT first_passage FROM documents ORDER BY number")]

    def _query(self, statement: str, values: tuple[object, ...] | dict[str, object] = ()) -> list[tuple]:  # type: ignore[type-arg]  # any columns
        try:
            connection = self._idle.pop()
        except IndexError:
            connection = self._connect()
        try:
            return connection.execute(statement, values).fetchall()
        finally:
            self._idle.append(connection)

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self._address, uri=True, check_same_thread=False)
        # SQLite's own LOWER handles ASCII letters only.
        connection.create_function("casefold", 1, str.casefold, deterministic=True)
        if self._views is not None:
            connection.executescript(self._views)
        return connection


def _views_of(groups: AbstractSet[str]) -> str:
    """Return the statements that make views in place of the tables: a temporary name comes first.

    A file that was skipped may be of any group, so no group sees it.
    """
    # A view takes no parameters.
    named = ", ".join(f"x'{group.encode(errors='surrogatepass').hex()}'" for group in sorted(groups))
    is_visible = f"(access_group IS NULL OR CAST(access_group AS BLOB) IN ({named}))"
    return f"""
    PRAGMA temp_store = MEMORY;
    CREATE TEMP VIEW documents AS SELECT * FROM main.documents WHERE {is_visible};
    CREATE TEMP VIEW passages AS
        SELECT p.* FROM main.passages p JOIN main.documents d ON d.number = p.document WHERE {is_visible};
    CREATE TEMP VIEW pieces AS
        SELECT p.* FROM main.pieces p JOIN main.documents d ON d.number = p.document WHERE {is_visible};
    CREATE TEMP VIEW files AS SELECT f.* FROM main.files f JOIN main.documents d ON d.uri = f.uri WHERE {is_visible};
    """


def _close_all(connections: list[sqlite3.Connection]) -> None:
    while connections:
        connections.pop().close()


def _insert(connection: sqlite3.Connection, table: str, fields: tuple[object, ...]) -> None:
    connection.execute(f"INSERT INTO {table} VALUES ({', '.join('?' * len(fields))})", fields)


def _document_row(document: Document, own: Facts, number: int, first: int, end: int) -> tuple[object, ...]:
    return (
        *(number, document.uri, document.sha256, document.id, document.media_type, document.title, document.language),
        *(document.date, document.link, json.dumps(document.tags), document.group, document.author),
        max((block.page for block in document.blocks if block.page), default=None),
        *(json.dumps(document.left_out), json.dumps(document.counts, sort_keys=True)),
        json.dumps(document.picture_pages),
        *(json.dumps(asdict(own)), first, end),
    )


def _pieces(document: Document) -> Iterator[tuple[int, str, str]]:
    """Yield each piece's start, text and blocks as JSON; no block lies in two pieces."""
    start = 0
    blocks: list[Block] = []
    for block in document.blocks:
        if blocks and block.start - start >= _PIECE_CHARACTERS:
            yield start, document.text[start : block.start], json.dumps(blocks)
            start, blocks = block.start, []
        blocks.append(block)
    yield start, document.text[start:], json.dumps(blocks)


def _join(pieces: Sequence[tuple]) -> Excerpt:  # type: ignore[type-arg]  # start, text and blocks
    blocks = (
        Block(start, end, kind, tuple(headings), page)
        for _, _, held in pieces
        for start, end, kind, headings, page in json.loads(held)
    )
    return Excerpt(pieces[0][0] if pieces else 0, "".join(piece[1] for piece in pieces), tuple(blocks))


def _passage_row(passage: Passage, row: int, number: int, sentence: int) -> tuple[object, ...]:
    # Offsets in the passage: short, and quick to read.
    spans = json.dumps([(span.start - passage.start, span.end - passage.start) for span in passage.sentences])
    return (
        *(row, passage.id, number, passage.ordinal, passage.start, passage.end, passage.page),
        *(json.dumps(passage.headings), spans, sentence, passage.text, passage.title),
    )


def _stored_passage(fields: tuple) -> StoredPassage:  # type: ignore[type-arg]  # see _PASSAGE_QUERY
    row, first_sentence, id_, document_id, ordinal, start, end, text, sentences, page, headings, title = fields
    spans = tuple(Span(start + a, start + b) for a, b in json.loads(sentences))
    passage = Passage(id_, document_id, ordinal, start, end, text, spans, page, tuple(json.loads(headings)), title)
    return StoredPassage(row, first_sentence, passage)


def _entry(fields: Sequence) -> FileEntry:  # type: ignore[type-arg]  # uri, sha256, reason, _ENTRY_COLUMNS
    uri, sha256, reason, id_, media_type, title, language, date, link, tags, group, author, n_pages, *read = fields
    left_out, counts, picture_pages = (json.loads(one) if one else () for one in read)
    return FileEntry(
        uri=uri,
        sha256=sha256,
        reason=reason,
        id=id_ or "",
        media_type=media_type or "",
        title=title or "",
        language=language or "",
        date=date,
        link=link,
        tags=tuple(json.loads(tags or "[]")),
        group=group,
        author=author,
        n_pages=n_pages,
        left_out=_left_out(left_out),
        counts=dict(counts),
        picture_pages=tuple(picture_pages),
    )


def _left_out(stored: Sequence) -> tuple[LeftOut, ...]:  # type: ignore[type-arg]  # a JSON array
    return tuple(LeftOut(what, n, tuple(pages), name) for what, n, pages, name in stored)


def _any_of(condition: str, n_values: int) -> str:
    return f"({' OR '.join([condition] * n_values)})"


def _conditions(filters: Filters) -> tuple[str, tuple[object, ...]]:
    parts = ["1"]
    values: list[object] = []
    for column, wanted in (
        ("access_group", filters.groups),
        ("language", filters.languages),
        ("media_type", filters.media_types),
    ):
        if wanted:
            parts.append(f"{column} IN ({', '.join('?' * len(wanted))})")
            values += wanted
    if filters.documents:
        marks = ", ".join("?" * len(filters.documents))
        parts.append(f"(id IN ({marks}) OR uri IN ({marks}))")
        values += 2 * filters.documents
    if filters.titles:
        parts.append(_any_of("instr(casefold(title), ?)", len(filters.titles)))
        values += (title.casefold() for title in filters.titles)
    if filters.links:
        parts.append(_any_of("instr(link, ?) = 1", len(filters.links)))
        values += filters.links
    if filters.tags:
        marks = ", ".join("?" * len(filters.tags))
        parts.append(f"EXISTS (SELECT 1 FROM json_each(documents.tags) WHERE value IN ({marks}))")
        values += filters.tags
    if filters.folder:
        parts.append("substr(uri, 1, ?) = ?")
        prefix = filters.folder.strip("/") + "/"
        values += [len(prefix), prefix]
    for comparison, day in ((">=", filters.date_from), ("<=", filters.date_to)):
        if day:
            parts.append(f"date {comparison} ?")
            values.append(day)
    return " AND ".join(parts), tuple(values)
