"""Measure the time of a search: cold start, warm process, and server under load.

    python -m benchmarks.latency CORPUS [--passages 10000 100000] [--seconds 20]

As many documents of the folder CORPUS are indexed as give that many passages. Texts and words are
real; vectors are mixed from real ones. Embedding a hundred thousand passages takes an hour on a
small machine, and search time does not depend on their meaning. The real encoder encodes the query.
The plain way runs beside it: sentence-transformers (float32) and a flat FAISS index.
"""

import argparse
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import quote

import faiss
import httpx2
import numpy as np

from benchmarks.reporting import report
from rag.assembly.open_index import index_options, open_encoder, open_retriever
from rag.assembly.settings import Settings, read_settings
from rag.documents.formats import SUFFIXES
from rag.evaluation.question_sets import read_questions
from rag.index.build import update_index
from rag.index.store import Store
from rag.index.versions import PASSAGE_VECTORS_FILE, STORE_FILE, read_version
from rag.types import FloatArray

_QUESTIONS = Path(__file__).parents[1] / "evals" / "manuals"
_N_COLD_STARTS = 7
_N_QUERIES = 1000
_AT_A_TURN = 50
_N_CLIENTS = 8
_N_REAL_VECTORS = 2000
PLAIN_SEARCH = """
import json, sys
import faiss, numpy
from sentence_transformers import SentenceTransformer
from rag.model_files.builtin import locate_encoder
model = SentenceTransformer(str(locate_encoder()), device="cpu")
index, texts = faiss.read_index(sys.argv[1]), json.load(open(sys.argv[2]))
scores, rows = index.search(numpy.asarray(model.encode([sys.argv[3]])), 5)
for score, row in zip(scores[0], rows[0]):
    print(round(float(score), 2), texts[row])
"""


class MixedVectors:
    """Replaces the encoder of a build: each vector is a mix of two real ones."""

    export_sha256 = ""

    def __init__(self, real: FloatArray) -> None:
        self._real = real
        self._random = np.random.default_rng(5)

    @property
    def dimensions(self) -> int:
        return self._real.shape[1]

    def encode_texts(self, texts: Sequence[str]) -> FloatArray:
        first, second = self._random.integers(0, len(self._real), (2, len(texts)))
        share = self._random.uniform(0.55, 1, (len(texts), 1))
        mixed = share * self._real[first] + (1 - share) * self._real[second]
        unit: FloatArray = (mixed / np.linalg.norm(mixed, axis=1, keepdims=True)).astype(np.float32)
        return unit

    def encode_query(self, query: str) -> FloatArray:
        return self.encode_texts([query])[0]

    def count_unread(self, query: str) -> int:
        del query
        return 0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--passages", type=int, nargs="+", default=[10_000, 100_000])
    parser.add_argument("--seconds", type=float, default=20.0)
    arguments = parser.parse_args()
    questions = [gold.question for gold in read_questions(_QUESTIONS)]
    with tempfile.TemporaryDirectory() as scratch:
        sizes = [
            prepare(arguments.corpus, Path(scratch) / str(n_passages), n_passages) for n_passages in arguments.passages
        ]
        cold_start(Path(scratch) / str(arguments.passages[0]), sizes[0], questions)
        for n_passages, n_found in zip(arguments.passages, sizes, strict=True):
            warm_queries(Path(scratch) / str(n_passages), n_found, questions)
        for n_passages, n_found in zip(arguments.passages, sizes, strict=True):
            load(Path(scratch) / str(n_passages), n_found, questions, arguments.seconds)


def settings_of(folder: Path) -> Settings:
    return read_settings({"index_folder": folder / "index", "llm": "extractive"})


def prepare(corpus: Path, folder: Path, n_passages: int) -> int:
    """Index enough documents for so many passages; return the number of passages."""
    settings = settings_of(folder)
    encoder = MixedVectors(real_vectors(settings))
    files = sorted(path for path in corpus.rglob("*") if path.suffix.lower() in SUFFIXES and path.is_file())
    shuffled = [files[place] for place in np.random.default_rng(5).permutation(len(files))]
    n_files, n_found = min(40, len(files)), 0
    while True:
        for path in shuffled[:n_files]:
            copy = folder / "docs" / path.relative_to(corpus)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, copy)
        summary = update_index(folder / "docs", settings.index_folder, index_options(settings), lambda: encoder)
        n_found = summary.n_passages
        if n_found >= n_passages or n_files == len(files):
            break
        # A little less than the estimate, to end with few passages too many.
        n_files = min(len(files), n_files + max(1, int(0.9 * n_files * (n_passages - n_found) / n_found)))
    write_plain(folder, settings)
    return n_found


def real_vectors(settings: Settings) -> FloatArray:
    """Return vectors of the questions' own documents."""
    lines = (_QUESTIONS / "questions.jsonl").read_text(encoding="utf-8").splitlines()
    texts = [json.loads(line)["question"] for line in lines]
    texts += [answer["text"] for line in lines for answer in json.loads(line)["answers"]]
    return open_encoder(settings).encode_texts(texts[:_N_REAL_VECTORS])


def write_plain(folder: Path, settings: Settings) -> None:
    """Write the same vectors and texts for the plain way."""
    index_version = read_version(settings.index_folder)
    vectors = np.fromfile(index_version.folder / PASSAGE_VECTORS_FILE, dtype="<f2").astype(np.float32)
    index = faiss.IndexFlatIP(index_version.manifest.dimensions)
    index.add(vectors.reshape(-1, index_version.manifest.dimensions))
    faiss.write_index(index, str(folder / "plain.faiss"))
    store = Store(index_version.folder / STORE_FILE)
    texts = [found.passage.text for found in store.passages_between(0, index_version.manifest.n_passages)]
    (folder / "plain.json").write_text(json.dumps(texts))


def cold_start(folder: Path, n_passages: int, questions: Sequence[str]) -> None:
    """Time whole processes, both ways in turn."""
    ours = [sys.executable, "-m", "rag.cli.main", "--index-folder", str(folder / "index"), "search"]
    plain = [
        sys.executable,
        "-W",
        "ignore",
        "-c",
        PLAIN_SEARCH,
        str(folder / "plain.faiss"),
        str(folder / "plain.json"),
    ]
    seconds: dict[str, list[float]] = {"rag search": [], "plain": []}
    for question in [questions[0], *questions[:_N_COLD_STARTS]]:
        seconds["rag search"].append(timed([*ours, question]))
        seconds["plain"].append(timed([*plain, question]))
    # The first of each read the files from the disk.
    medians = {name: float(np.median(found[1:])) for name, found in seconds.items()}
    rows = [(name, f"{median:.2f}", f"{medians['plain'] / median:.1f}") for name, median in medians.items()]
    columns = (f"from start to hits, {n_passages:,} passages", "seconds", "faster than plain by")
    report("cold-start", columns, rows, {"n_passages": n_passages, "seconds": seconds})


def timed(command: Sequence[str]) -> float:
    began = time.monotonic()
    subprocess.run(command, check=True, capture_output=True, env=quiet_environment())
    return time.monotonic() - began


def quiet_environment() -> dict[str, str]:
    hub = {"HF_HUB_OFFLINE": "1", "HF_HUB_DISABLE_PROGRESS_BARS": "1", "TRANSFORMERS_VERBOSITY": "error"}
    # Each question is timed as if it were asked for the first time, and by as many readers.
    return os.environ | hub | {"RAG_CACHED_ANSWERS": "0", "RAG_KEY_QUESTIONS_PER_MINUTE": "0"}


def warm_queries(folder: Path, n_passages: int, questions: Sequence[str]) -> None:
    """Time single searches in one process, in turns of fifty by each way.

    In turns of one, the processor's caches would hold the other way's model, unlike in a server.
    """
    # Only the plain way imports torch.
    from rag.encoders.reference import ReferenceEncoder
    from rag.model_files.builtin import locate_encoder

    retriever = open_retriever(settings_of(folder))
    encoder, index = ReferenceEncoder(locate_encoder()), faiss.read_index(str(folder / "plain.faiss"))
    faiss.omp_set_num_threads(1)

    def ask_plain(question: str) -> None:
        index.search(encoder.encode_query(question)[np.newaxis, :], 10)

    def ask_ours(question: str) -> None:
        retriever.search(question, k=10)

    milliseconds: dict[str, list[float]] = {"embed, three legs, fuse, read ten hits": [], "plain": []}
    for start in range(0, _N_QUERIES, _AT_A_TURN):
        turn = [questions[number % len(questions)] for number in range(start, start + _AT_A_TURN)]
        for found, ask in zip(milliseconds.values(), (ask_ours, ask_plain), strict=True):
            found.extend(milliseconds_of(ask, question) for question in turn)
    rows = [(name, *told_percentiles(found)) for name, found in milliseconds.items()]
    columns = (f"a query in the process, {n_passages:,} passages", "p50, ms", "p90, ms", "p99, ms")
    figures = {name: [float(np.percentile(found, p)) for p in (50, 90, 99)] for name, found in milliseconds.items()}
    report("warm-queries", columns, rows, {"n_passages": n_passages, "p50_p90_p99_ms": figures})


def milliseconds_of(ask: Callable[[str], None], question: str) -> float:
    began = time.perf_counter()
    ask(question)
    return 1000 * (time.perf_counter() - began)


def told_percentiles(milliseconds: Sequence[float]) -> tuple[str, ...]:
    return tuple(f"{np.percentile(milliseconds, percent):.1f}" for percent in (50, 90, 99))


def load(folder: Path, n_passages: int, questions: Sequence[str], seconds: float) -> None:
    """Time a server over HTTP with one client, then eight, which share its processors."""
    with served(folder) as port:
        rows = []
        figures: dict[str, object] = {"n_passages": n_passages}
        for n_clients in (1, _N_CLIENTS):
            milliseconds = ask_at_once(port, questions, n_clients, seconds)
            a_second = len(milliseconds) / seconds
            rows.append((f"{n_clients} at once", f"{a_second:.0f}", *told_percentiles(milliseconds)))
            figures[f"{n_clients}_clients"] = {
                "a_second": a_second,
                "p50_p90_p99_ms": [float(np.percentile(milliseconds, p)) for p in (50, 90, 99)],
            }
        to_sources = [milliseconds_to_sources(port, question) for question in questions[:_AT_A_TURN]]
    columns = (f"GET /v1/search?k=10, {n_passages:,} passages", "a second", "p50, ms", "p90, ms", "p99, ms")
    report("load", columns, rows, figures)
    columns = (f"POST /v1/ask, {n_passages:,} passages", "p50, ms", "p90, ms", "p99, ms")
    figures = {"n_passages": n_passages, "p50_p90_p99_ms": [float(np.percentile(to_sources, p)) for p in (50, 90, 99)]}
    report("sources", columns, [("until the sources are there", *told_percentiles(to_sources))], figures)


def milliseconds_to_sources(port: int, question: str) -> float:
    """Return how long a reader of a stream waits for the passages that the answer will rest on."""
    body = {"question": question, "stream": True}
    began = time.perf_counter()
    with httpx2.stream("POST", f"http://127.0.0.1:{port}/v1/ask", json=body, timeout=60) as reply:
        next(line for line in reply.iter_lines() if line == "event: sources")
        return 1000 * (time.perf_counter() - began)


@contextmanager
def served(folder: Path) -> Iterator[int]:
    environment = quiet_environment() | {"RAG_LLM": "extractive"}
    command = [sys.executable, "-m", "rag.cli.main", "--index-folder", str(folder / "index"), "serve", "--port", "0"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=environment)
    try:
        assert process.stdout is not None, "it is a pipe"
        port = int(process.stdout.readline().split("//", 1)[1].split()[0].rsplit(":", 1)[1])
        yield port
    finally:
        process.terminate()
        process.wait()


def ask_at_once(port: int, questions: Sequence[str], n_clients: int, seconds: float) -> list[float]:
    """Return the milliseconds of each question that was answered in this time."""
    milliseconds: list[float] = []

    def ask(first: int) -> None:
        number = first
        with closing(KeptConnection(port)) as connection:
            connection.search(questions[0])
            ready.wait()
            while time.monotonic() < ends[0]:
                began = time.perf_counter()
                connection.search(questions[number % len(questions)])
                milliseconds.append(1000 * (time.perf_counter() - began))
                number += n_clients

    ends = [0.0]
    ready = threading.Barrier(n_clients, action=lambda: ends.__setitem__(0, time.monotonic() + seconds))
    clients = [threading.Thread(target=ask, args=(number,)) for number in range(n_clients)]
    for client in clients:
        client.start()
    for client in clients:
        client.join()
    return milliseconds


class KeptConnection:
    """A minimal client: a real one would take as much processor time as a search."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port))
        self._replies = self._socket.makefile("rb")

    def search(self, question: str) -> None:
        asked = f"GET /v1/search?q={quote(question)}&k=10 HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
        self._socket.sendall(asked.encode())
        status = self._replies.readline()
        length = 0
        while (line := self._replies.readline()) not in {b"\r\n", b""}:
            if line.lower().startswith(b"content-length:"):
                length = int(line.split(b":")[1])
        body = self._replies.read(length)
        if b" 200 " not in status:
            raise SystemExit(f"the server says {status!r}: {body[:300]!r}")

    def close(self) -> None:
        self._replies.close()
        self._socket.close()


if __name__ == "__main__":
    main()
