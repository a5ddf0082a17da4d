"""Build the index: read the documents, cut them into passages, embed passages and sentences, write a generation.

Goes in: a folder. Comes out: a live generation and a summary that names every file that was left out and why. A file
that cannot be read never stops the others. Where nothing changed, nothing is embedded and no model is loaded.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path

from rag.artifacts import Generation, Manifest, Recipe, lock_index, read_generation, read_manifest, write_generation
from rag.chunking import chunk_document
from rag.dense import DenseIndex, FloatArray
from rag.errors import DocumentUnreadable, IndexCorrupt, IndexMissing, IndexStale, NothingToIndex
from rag.languages import detect_language
from rag.loading import MEDIA_TYPES, find_files, load_document
from rag.segmenting import split_sentences
from rag.tokenizing import count_tokens
from rag.types import Document, Passage, Span

DOCUMENTS_FILE = "documents.jsonl"
PASSAGES_FILE = "passages.jsonl"
PASSAGE_VECTORS_FILE = "passages.faiss"
SENTENCE_VECTORS_FILE = "sentences.faiss"

EncodeTexts = Callable[[Sequence[str], Callable[[int, int], None] | None], FloatArray]
LoadEncoder = Callable[[], EncodeTexts]


@dataclass(frozen=True, slots=True)
class IndexSummary:
    """What one run of indexing did.

    Attributes:
        skipped: For each file left out, its name and why.
        is_rebuilt: False where the live index already held exactly these documents.
    """

    version: str
    n_documents: int
    n_passages: int
    n_sentences: int
    skipped: tuple[str, ...]
    is_rebuilt: bool


def index_folder(
    folder: Path,
    index_path: Path,
    recipe: Recipe,
    load_encoder: LoadEncoder,
    *,
    always_rebuild: bool = False,
    report: Callable[[int, int], None] | None = None,
) -> IndexSummary:
    """Bring the index in `index_path` in step with the documents in `folder`.

    Args:
        load_encoder: Called only when something must be embedded.
        report: Called with the number of texts embedded and in all.

    Raises:
        NothingToIndex: The folder is missing or holds no file that can be read.
        IndexBusy: Another process is building this index.
    """
    documents, skipped = _load_documents(folder)
    with lock_index(index_path):
        unchanged = None if always_rebuild else _unchanged(folder, index_path, recipe, documents)
        if unchanged is not None:
            return _summary(unchanged, skipped, is_rebuilt=False)
        generation = _build(documents, folder, index_path, recipe, load_encoder(), report)
    return _summary(generation, skipped, is_rebuilt=True)


def read_documents(generation: Generation) -> list[Document]:
    """Return the documents of a generation, in the order in which they were indexed."""
    with (generation.folder / DOCUMENTS_FILE).open(encoding="utf-8") as file:
        return [Document(**json.loads(line)) for line in file]


def read_passages(generation: Generation) -> list[Passage]:
    """Return the passages of a generation; row n of the passage vectors is passage n."""
    with (generation.folder / PASSAGES_FILE).open(encoding="utf-8") as file:
        return [_passage_from_json(line) for line in file]


def _load_documents(folder: Path) -> tuple[list[Document], tuple[str, ...]]:
    documents: list[Document] = []
    skipped: list[str] = []
    for path in find_files(folder):
        try:
            document = load_document(path, folder)
            documents.append(replace(document, language=detect_language(document.text)))
        except DocumentUnreadable as error:
            skipped.append(str(error))
    if not documents:
        why = f" ({skipped[0]})" if skipped else ""
        kinds = " or ".join(sorted(MEDIA_TYPES))
        raise NothingToIndex(
            f"{folder} holds no {kinds} file that can be read{why}; put documents there, then run `rag index`"
        )
    return documents, tuple(skipped)


def _unchanged(folder: Path, index_path: Path, recipe: Recipe, documents: Sequence[Document]) -> Generation | None:
    manifest = read_manifest(index_path)
    wanted = {document.uri: document.sha256 for document in documents}
    if manifest is None or (manifest.recipe, manifest.folder, manifest.documents) != (
        recipe,
        str(folder.resolve()),
        wanted,
    ):
        return None
    try:
        return read_generation(index_path)
    except (IndexCorrupt, IndexMissing, IndexStale):
        return None


def _build(  # noqa: PLR0917
    documents: Sequence[Document],
    folder: Path,
    index_path: Path,
    recipe: Recipe,
    encode_texts: EncodeTexts,
    report: Callable[[int, int], None] | None,
) -> Generation:
    passages = [passage for document in documents for passage in _chunk(document, recipe)]
    texts = [passage.text for passage in passages]
    texts += [passage.text_of(span) for passage in passages for span in passage.sentences]
    vectors = encode_texts(texts, report)
    passage_vectors, sentence_vectors = vectors[: len(passages)], vectors[len(passages) :]
    manifest = Manifest(
        recipe=recipe,
        folder=str(folder.resolve()),
        dimensions=vectors.shape[1],
        n_passages=len(passages),
        n_sentences=len(sentence_vectors),
        documents={document.uri: document.sha256 for document in documents},
    )
    writers = {
        DOCUMENTS_FILE: lambda path: _write_lines(path, [asdict(document) for document in documents]),
        PASSAGES_FILE: lambda path: _write_lines(path, [asdict(passage) for passage in passages]),
        PASSAGE_VECTORS_FILE: DenseIndex.build(passage_vectors).write,
        SENTENCE_VECTORS_FILE: DenseIndex.build(sentence_vectors).write,
    }
    return write_generation(index_path, manifest, writers)


def _chunk(document: Document, recipe: Recipe) -> list[Passage]:
    split = partial(split_sentences, language=document.language)
    return chunk_document(document, split, count_tokens, max_tokens=recipe.max_tokens, min_tokens=recipe.min_tokens)


def _summary(generation: Generation, skipped: tuple[str, ...], *, is_rebuilt: bool) -> IndexSummary:
    manifest = generation.manifest
    return IndexSummary(
        version=generation.version,
        n_documents=len(manifest.documents),
        n_passages=manifest.n_passages,
        n_sentences=manifest.n_sentences,
        skipped=skipped,
        is_rebuilt=is_rebuilt,
    )


def _write_lines(path: Path, rows: Sequence[dict[str, object]]) -> None:
    with path.open("w", encoding="utf-8") as file:
        file.writelines(json.dumps(row, ensure_ascii=False, sort_keys=True) + "\n" for row in rows)


def _passage_from_json(line: str) -> Passage:
    fields = json.loads(line)
    return Passage(
        **{
            **fields,
            "sentences": tuple(Span(start, end) for start, end in fields["sentences"]),
            "headings": tuple(fields["headings"]),
        }
    )
