"""Measure indexing: against a plain loop of the encoder side by side, and a second run over many unchanged files.

    python benchmarks/ingest.py CORPUS [--passages 1000] [--files 10000]

CORPUS is a folder of documents. Prints passages a second, the ratio to the loop, and what a run without changes takes.
"""

import argparse
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import faiss
import numpy as np

from rag.artifacts import read_generation
from rag.assembly import index_options, open_encoder
from rag.indexing import index_folder
from rag.planning import STORE_FILE
from rag.settings import read_settings
from rag.store import Store


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--passages", type=int, default=1000)
    parser.add_argument("--files", type=int, default=10_000)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        against_a_loop(arguments.corpus, Path(folder) / "index", arguments.passages)
        without_changes(Path(folder) / "many", arguments.files)


def against_a_loop(corpus: Path, index: Path, n_passages: int) -> None:
    settings = read_settings()
    encoder = open_encoder(settings)
    encoder.encode_query("warm up")
    began = time.monotonic()
    summary = index_folder(corpus, index, index_options(settings), lambda: encoder.encode_texts)
    ours = summary.n_passages / (time.monotonic() - began)
    store = Store(read_generation(index).folder / STORE_FILE)
    texts = [found.passage.text for found in store.passages_between(0, n_passages)]
    for name, batch in (("one by one", 1), ("in batches of 32", 32)):
        began = time.monotonic()
        flat = faiss.IndexFlatIP(encoder.dimensions)
        for start in range(0, len(texts), batch):
            flat.add(np.asarray(encoder.encode_texts(texts[start : start + batch])))
        loop = len(texts) / (time.monotonic() - began)
        print(f"passages alone, {name}: {loop:.0f} a second; ours with sentences {ours:.0f}, {ours / loop:.2f} times")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3
    print(f"{summary.n_passages:,} passages, {summary.n_sentences:,} sentences, peak memory {peak:,.0f} MB")


def without_changes(folder: Path, n_files: int) -> None:
    docs = folder / "docs"
    for number in range(n_files):
        path = docs / f"{number // 100}" / f"{number}.txt"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"Note {number} was written on day {number % 365}.")
    command = [sys.executable, "-m", "rag.cli", "--index-folder", str(folder / "index"), "index", str(docs)]
    for name in ("first run", "second run, nothing changed"):
        began = time.monotonic()
        done = subprocess.run(command, check=True, capture_output=True, text=True)
        print(f"{n_files:,} files, {name}: {time.monotonic() - began:.1f} s; {done.stdout.splitlines()[0]}")
    (docs / "0/7.txt").write_text("Note 7 was changed.")
    began = time.monotonic()
    subprocess.run(command, check=True, capture_output=True)
    print(f"{n_files:,} files, one changed: {time.monotonic() - began:.1f} s")


if __name__ == "__main__":
    main()
