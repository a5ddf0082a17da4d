"""Measure indexing against a plain loop, and a second run over many unchanged files.

    python benchmarks/ingest.py CORPUS [--documents 100] [--files 10000]

Evenly spaced documents are taken from the folder CORPUS. `rag index` reads, cuts and embeds them,
with sentences, and writes a verified version; its whole process is timed. The plain loop gets the
same passages and encodes only them with sentence-transformers (float32) into FAISS; its imports and
loading are not timed.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path

from benchmarks.reporting import report
from rag.documents.formats import SUFFIXES
from rag.index.store import Store
from rag.index.versions import STORE_FILE, read_version

PLAIN_LOOP = """
import json, sys, time
import faiss, numpy
from sentence_transformers import SentenceTransformer
from rag.model_files.builtin import locate_encoder
texts, model = json.load(open(sys.argv[1])), SentenceTransformer(str(locate_encoder()), device="cpu")
model.encode(["warm up"])
seconds = {}
for batch in (1, 32, len(texts)):
    began, index = time.monotonic(), faiss.IndexFlatIP(model.get_embedding_dimension())
    for start in range(0, len(texts), batch):
        some = texts[start : start + batch]
        index.add(numpy.asarray(model.encode(some, batch_size=min(batch, 32), show_progress_bar=False)))
    seconds[batch] = time.monotonic() - began
print(json.dumps(seconds))
"""
_LOOK_SECONDS = 0.05


@dataclass(frozen=True)
class Run:
    """One run of a command.

    Attributes:
        peak_mb: Peak resident memory of its process and all child processes.
    """

    seconds: float
    peak_mb: float
    told: str


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--documents", type=int, default=100)
    parser.add_argument("--files", type=int, default=10_000)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        against_a_loop(arguments.corpus, Path(folder), arguments.documents)
        without_changes(Path(folder) / "many", arguments.files)


def against_a_loop(corpus: Path, folder: Path, n_documents: int) -> None:
    docs = folder / "docs"
    take_documents(corpus, docs, n_documents)
    runs = [run_index(docs, folder / "index"), run_index(docs, folder / "again")]
    index_version = read_version(folder / "index")
    manifest = index_version.manifest
    store = Store(index_version.folder / STORE_FILE)
    passages = folder / "passages.json"
    passages.write_text(json.dumps([found.passage.text for found in store.passages_between(0, manifest.n_passages)]))
    plain = json.loads(run([sys.executable, "-W", "ignore", "-c", PLAIN_LOOP, str(passages)]).told)
    runs.append(run_index(docs, folder / "third"))
    ours = sorted(run.seconds for run in runs)[1]
    rows = [
        (
            f"rag index, with {manifest.n_sentences:,} sentences",
            f"{ours:.1f}",
            f"{manifest.n_passages / ours:.0f}",
            "1.00",
        )
    ]
    names = ("a loop, one by one", "a loop, 32 at a time", "one call for all, sorted by length")
    for seconds, name in zip(plain.values(), names, strict=True):
        rows.append((name, f"{seconds:.1f}", f"{manifest.n_passages / seconds:.0f}", f"{seconds / ours:.2f}"))
    report(
        "ingest",
        (f"{manifest.n_passages:,} passages", "seconds", "passages a second", "rag index is faster by"),
        rows,
        {
            "n_documents": manifest.n_documents,
            "n_passages": manifest.n_passages,
            "n_sentences": manifest.n_sentences,
            "seconds": ours,
            "seconds_of_loops": plain,
            "peak_mb": max(run.peak_mb for run in runs),
        },
    )
    print(f"Peak memory of rag index, all its processes: {max(run.peak_mb for run in runs):,.0f} MB.")


def take_documents(corpus: Path, docs: Path, n_documents: int) -> None:
    files = sorted(path for path in corpus.rglob("*") if path.suffix.lower() in SUFFIXES and path.is_file())
    for path in files[:: max(1, len(files) // n_documents)]:
        copy = docs / path.relative_to(corpus)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, copy)


def run_index(docs: Path, index: Path) -> Run:
    return run([sys.executable, "-m", "rag.cli.main", "--index-folder", str(index), "index", str(docs)])


def run(command: list[str]) -> Run:
    began = time.monotonic()
    environment = os.environ | {"HF_HUB_DISABLE_PROGRESS_BARS": "1", "TRANSFORMERS_VERBOSITY": "error"}
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)
    peak = 0.0

    def look() -> None:
        nonlocal peak
        while process.poll() is None:
            peak = max(peak, resident_mb(process.pid))
            time.sleep(_LOOK_SECONDS)

    looking = threading.Thread(target=look)
    looking.start()
    told, _ = process.communicate()
    looking.join()
    if process.returncode:
        raise SystemExit(f"{' '.join(command)} failed")
    return Run(time.monotonic() - began, peak, told)


def resident_mb(process_id: int) -> float:
    """Return the resident memory of a process and its children; 0 after its end."""
    try:
        n_pages = int(Path(f"/proc/{process_id}/statm").read_text().split()[1])
        children = Path(f"/proc/{process_id}/task/{process_id}/children").read_text().split()
    except (OSError, IndexError):
        return 0.0
    return n_pages * os.sysconf("SC_PAGE_SIZE") / 1e6 + sum(resident_mb(int(child)) for child in children)


def without_changes(folder: Path, n_files: int) -> None:
    docs = folder / "docs"
    for number in range(n_files):
        path = docs / f"{number // 100}" / f"{number}.txt"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"Note {number} was written on day {number % 365}.")
    first, second = (run_index(docs, folder / "index") for _ in range(2))
    (docs / "0/7.txt").write_text("Note 7 was changed.")
    third = run_index(docs, folder / "index")
    rows = [
        (name, f"{run.seconds:.1f}", f"{run.peak_mb:,.0f}")
        for name, run in (("all new", first), ("none changed", second), ("one changed", third))
    ]
    figures = {"seconds": [run.seconds for run in (first, second, third)]}
    report("many-files", (f"{n_files:,} files", "seconds", "peak memory, MB"), rows, figures)


if __name__ == "__main__":
    main()
