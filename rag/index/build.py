"""Update an index from a folder: find what changed, read it, embed what is new, write a version.

The version holds exactly what the folder holds now. An unchanged file is not opened, and a renamed
one is not read again. Passages that the version before or a killed build has embedded are reused.
"""

import contextlib
import json
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path, PurePosixPath

from rag.documents.formats import SUFFIXES
from rag.documents.formats.shared.cleaning import clean_text
from rag.documents.passages import document_id, embedding_key, headings_above, passage_id
from rag.documents.read_files import FileContent, ParseLimits, ReadFiles, TokenBudget, read_files
from rag.documents.scan import Scan, merge_facts, scan_folder
from rag.errors import IndexFull, NothingToIndex
from rag.files import require_free_bytes
from rag.index.embed import LoadEncoder, Vectors, embed_passages
from rag.index.embedding_log import EmbeddingLog
from rag.index.lexical import PassageTerms, make_writers
from rag.index.plan import Plan, make_plan
from rag.index.previous import Previous, open_previous
from rag.index.progress import ReportProgress, ReportSkipped, report_nothing, skip_silently
from rag.index.store import SeenFile, Store, write_store
from rag.index.vectors import map_vectors, write_index, write_vectors
from rag.index.versions import (
    PASSAGE_INDEX_FILE,
    PASSAGE_VECTORS_FILE,
    SENTENCE_INDEX_FILE,
    SENTENCE_VECTORS_FILE,
    STORE_FILE,
    IndexVersion,
    Manifest,
    Recipe,
    lock_index,
    write_version,
)
from rag.index.vocabulary import WordCounts
from rag.text.stemming import stem_in
from rag.text.terms import terms_of
from rag.text.words import Stem
from rag.types import CountKind, Document, Facts, LeftOut, Passage

_LOG_FILE = "embedded.sqlite"
# Raise it whenever files are read or cut in another way.
READER_VERSION = 9
# Disk space of a version besides its vectors, for each character of text.
_BYTES_PER_CHARACTER = 6
_BYTES_PER_NUMBER = 2
_MAKE_ROOM = "make room, or set index_folder to a folder on another disk, then run `rag index`"


@dataclass(frozen=True, slots=True)
class IndexSummary:
    """What one run of indexing did.

    Attributes:
        version: The version that is live now; None in a dry run.
        new, changed, moved, gone: uris of documents.
        skipped: By uri, why a document was skipped.
        n_embedded: Passages that were embedded in this run.
        other: uris of files of kinds that are not read.
        left_out: By uri, what was left out of each document of the index; empty in a dry run.
        n_pages, counts: Of all documents of the index together.
        is_rebuilt: False if the live index already held exactly these documents.
    """

    version: str | None
    n_documents: int
    n_passages: int
    n_sentences: int
    new: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    moved: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()
    skipped: dict[str, str] = field(default_factory=dict)
    n_embedded: int = 0
    other: tuple[str, ...] = ()
    left_out: dict[str, tuple[LeftOut, ...]] = field(default_factory=dict)
    n_pages: int = 0
    counts: dict[CountKind, int] = field(default_factory=dict)
    is_rebuilt: bool = False


@dataclass(frozen=True, slots=True)
class IndexOptions:
    """How a folder is indexed.

    Attributes:
        n_children: Processes that read files at the same time.
        spare_bytes: Free space that a build must leave on the disk.
        choose_recipe: Takes the number of documents by language. Returns the recipe of an index
            that is built anew, which differs from `recipe` in its encoder only.
    """

    recipe: Recipe
    parse: ParseLimits
    max_file_bytes: int
    n_children: int
    spare_bytes: int = 20_000_000
    choose_recipe: Callable[[Mapping[str, int]], Recipe] | None = None

    @property
    def limits(self) -> str:
        """The limits for reading a file, as text."""
        return json.dumps(asdict(self.parse), sort_keys=True)


def update_index(
    folder: Path,
    index_path: Path,
    options: IndexOptions,
    load_encoder: LoadEncoder,
    *,
    always_rebuild: bool = False,
    report: ReportProgress = report_nothing,
    report_skipped: ReportSkipped = skip_silently,
    read: ReadFiles = read_files,
    clock_ns: Callable[[], int] = time.time_ns,
) -> IndexSummary:
    """Update the index in `index_path` from the documents in `folder`.

    Args:
        load_encoder: Called only if there is something to embed.
        always_rebuild: Read and embed everything again.
        report: Called with the name of the stage, how much is done, and how much there is.
        report_skipped: Called at once with the uri of a file that cannot be read, and why.
        read: Reads and cuts files.
        clock_ns: Nanoseconds since 1970.

    Raises:
        NothingToIndex: The folder is missing or holds no file that can be read.
        IndexBusy: Another process is building this index.
        IndexFull: The disk has no room; the live index stays as it was.
    """
    now_ns = clock_ns()
    scan = scan_folder(folder, SUFFIXES, options.max_file_bytes, without=index_path)
    with lock_index(index_path):
        previous = None if always_rebuild else open_previous(index_path, options.recipe)
        for uri, reason in scan.skipped.items():
            report_skipped(uri, reason)
        plan = make_plan(scan, previous, options.limits, report, now_ns)
        if previous is not None and _is_unchanged(plan, scan, previous, folder):
            return _summary(plan, scan, previous.index_version)
        # The space that is needed is known only later, but a full disk is reported at once.
        require_free_bytes(index_path, options.spare_bytes, IndexFull, _MAKE_ROOM)
        documents = _Documents(plan, _read_all(plan, options, read, report, report_skipped), scan, previous)
        # If all documents were deleted, the index must forget them. If there never were any,
        # something is wrong.
        if not documents.uris and (previous is None or previous.index_version.manifest.folder != str(folder.resolve())):
            raise _nothing_to_index(folder, plan)
        if previous is None and options.choose_recipe:
            options = replace(options, recipe=options.choose_recipe(documents.count_languages()))
        recipe_id = json.dumps(asdict(options.recipe), sort_keys=True)
        with contextlib.closing(EmbeddingLog(index_path / _LOG_FILE, recipe_id)) as log:
            vectors = embed_passages(documents.passages(), log, previous, load_encoder, report)
            index_version = _write(folder, index_path, options, documents, vectors)
        log.delete()
        return replace(_summary(plan, scan, index_version), n_embedded=vectors.n_embedded, is_rebuilt=True)


def compare_folder(folder: Path, index_path: Path, options: IndexOptions) -> IndexSummary:
    """Return what `update_index` would do; reads files only to see whether they changed.

    Raises:
        NothingToIndex: The folder is missing.
    """
    now_ns = time.time_ns()
    scan = scan_folder(folder, SUFFIXES, options.max_file_bytes, without=index_path)
    previous = open_previous(index_path, options.recipe)
    plan = make_plan(scan, previous, options.limits, report_nothing, now_ns)
    return _summary(plan, scan, None)


def _is_unchanged(plan: Plan, scan: Scan, previous: Previous, folder: Path) -> bool:
    manifest = previous.index_version.manifest
    if plan.unread or plan.gone or plan.moved or plan.changed or plan.new or manifest.folder != str(folder.resolve()):
        return False
    if previous.index_version.fault is not None or _reasons(plan.seen) != _reasons(previous.store.seen_files()):
        return False
    return manifest.metadata == scan.metadata_sha256


def _reasons(files: Mapping[str, SeenFile]) -> dict[str, str | None]:
    """Return why each file was skipped; None if it is indexed."""
    return {uri: seen.reason for uri, seen in files.items()}


def _read_all(
    plan: Plan, options: IndexOptions, read: ReadFiles, report: ReportProgress, report_skipped: ReportSkipped
) -> dict[str, FileContent]:
    readings: dict[str, FileContent] = {}
    recipe = options.recipe
    budget = TokenBudget(recipe.max_tokens, recipe.min_tokens)
    results = read(plan.unread, options.n_children, options.parse, budget)
    with contextlib.closing(results):
        for number, (file, found) in enumerate(results, start=1):
            if isinstance(found, FileContent):
                readings[file.uri] = found
            else:
                report_skipped(file.uri, found.reason)
                seen = plan.seen[file.uri]
                # A file without a hash is tried again next time.
                sha256, modified_ns = (seen.sha256, seen.modified_ns) if found.is_lasting else ("", 0)
                plan.seen[file.uri] = SeenFile(file.uri, sha256, seen.size, modified_ns, found.reason)
            report("Reading files", number, len(plan.unread))
    return readings


class _Documents:
    """The documents of the new version, by uri; known ones are read from the store each time."""

    def __init__(self, plan: Plan, readings: dict[str, FileContent], scan: Scan, previous: Previous | None) -> None:
        self.uris = sorted({*plan.known, *readings})
        self.files = [plan.seen[uri] for uri in sorted(plan.seen)]
        self.metadata_sha256 = scan.metadata_sha256
        self._plan = plan
        self._readings = readings
        self._scan = scan
        self._previous = previous

    def __iter__(self) -> Iterator[tuple[Document, Facts, list[Passage]]]:
        for uri in self.uris:
            content = self._content(uri)
            facts = merge_facts(uri, content.own, self._scan.metadata)
            document = _document_of(content.document, uri, facts)
            passages = [_passage_of(passage, document.id, facts.title or "") for passage in content.passages]
            yield document, content.own, passages

    def passages(self) -> Iterator[Passage]:
        for _, _, passages in self:
            yield from passages

    def count_languages(self) -> Counter[str]:
        """Return how many documents are in each language."""
        return Counter(self._content(uri).document.language or "" for uri in self.uris)

    def _content(self, uri: str) -> FileContent:
        if uri in self._readings:
            return self._readings[uri]
        assert self._previous is not None, "known documents are in the version before"
        return self._previous.content(self._plan.known[uri])


def _write(
    folder: Path, index_path: Path, options: IndexOptions, documents: _Documents, vectors: Vectors
) -> IndexVersion:
    keys: list[bytes] = []
    terms: list[PassageTerms] = []
    words = WordCounts()
    n_sentences = n_characters = 0
    for document, _, passages in documents:
        stem = stem_in(document.language or "")
        keys += map(embedding_key, passages)
        terms += (_terms(passage, stem) for passage in passages)
        for passage in passages:
            words.add([*headings_above(passage), passage.text])
        n_sentences += sum(len(passage.sentences) for passage in passages)
        n_characters += len(document.text)
    # One file holds the vectors, and another one bit for each number.
    n_bytes = _BYTES_PER_NUMBER * vectors.dimensions * (len(keys) + n_sentences) * 9 // 8
    n_bytes += _BYTES_PER_CHARACTER * n_characters + options.spare_bytes
    require_free_bytes(index_path, n_bytes, IndexFull, _MAKE_ROOM)
    manifest = Manifest(
        recipe=options.recipe,
        folder=str(folder.resolve()),
        limits=options.limits,
        metadata=documents.metadata_sha256,
        dimensions=vectors.dimensions,
        n_documents=len(documents.uris),
        n_passages=len(keys),
        n_sentences=n_sentences,
        export_sha256=vectors.export_sha256,
    )

    def write_index_over(name: str) -> Callable[[Path], None]:
        return lambda path: write_index(path, map_vectors(path.with_name(name), vectors.dimensions))

    writers = {
        STORE_FILE: lambda path: write_store(path, documents, documents.files),
        PASSAGE_VECTORS_FILE: lambda path: write_vectors(path, (vectors.block(key)[:1] for key in keys)),
        SENTENCE_VECTORS_FILE: lambda path: write_vectors(path, (vectors.block(key)[1:] for key in keys)),
        PASSAGE_INDEX_FILE: write_index_over(PASSAGE_VECTORS_FILE),
        SENTENCE_INDEX_FILE: write_index_over(SENTENCE_VECTORS_FILE),
        **make_writers(terms),
        **words.writers(),
    }
    return write_version(index_path, manifest, writers)


def _terms(passage: Passage, stem: Stem) -> PassageTerms:
    above = terms_of("\n".join(headings_above(passage)), stem)
    return PassageTerms(above, [terms_of(passage.text_of(span), stem) for span in passage.sentences])


def _summary(plan: Plan, scan: Scan, index_version: IndexVersion | None) -> IndexSummary:
    skipped = {seen.uri: seen.reason for seen in plan.seen.values() if seen.reason is not None}
    manifest = index_version.manifest if index_version else None
    summary = IndexSummary(
        version=index_version.name if index_version else None,
        n_documents=manifest.n_documents if manifest else len(plan.known) + len(plan.unread),
        n_passages=manifest.n_passages if manifest else 0,
        n_sentences=manifest.n_sentences if manifest else 0,
        new=tuple(uri for uri in plan.new if uri not in skipped),
        changed=tuple(uri for uri in plan.changed if uri not in skipped),
        moved=tuple(plan.moved),
        gone=tuple(plan.gone),
        skipped=dict(sorted(skipped.items())),
        other=scan.other,
    )
    return _with_report(summary, index_version) if index_version else summary


def _with_report(summary: IndexSummary, index_version: IndexVersion) -> IndexSummary:
    """Add what was read and left out of the documents of a version."""
    with contextlib.closing(Store(index_version.folder / STORE_FILE)) as store:
        return replace(summary, left_out=store.left_out(), n_pages=store.count_pages(), counts=store.count_parts())


def _nothing_to_index(folder: Path, plan: Plan) -> NothingToIndex:
    skipped = [(seen.uri, seen.reason) for seen in plan.seen.values() if seen.reason is not None]
    why = f" ({skipped[0][0]}: {skipped[0][1]})" if skipped else ""
    kinds = ", ".join(sorted(SUFFIXES))
    return NothingToIndex(
        f"{folder} holds no file that can be read{why}",
        next_step=f"put documents there ({kinds}), then run `rag index`",
    )


def _document_of(document: Document, uri: str, facts: Facts) -> Document:
    """Return a document under its uri and with its facts of now."""
    named = replace(facts, title=facts.title or _title_from_name(uri), language=document.language)
    return replace(document, id=document_id(uri), uri=uri, **asdict(named))


def _passage_of(passage: Passage, document_id: str, title: str) -> Passage:
    id_ = passage_id(document_id, passage.ordinal, passage.text)
    return replace(passage, id=id_, document_id=document_id, title=title)


def _title_from_name(uri: str) -> str:
    name = clean_text(PurePosixPath(uri).stem.replace("-", " ").replace("_", " "))
    return (name[:1].upper() + name[1:]) or uri
