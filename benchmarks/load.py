"""Measure the server under load: streams, overload, quoting, and clients that leave.

    python -m benchmarks.load [CORPUS] [--seconds 20]

The LLM is a fake with a fixed pace: 500 ms to its first word, 20 ms between words. Clients, the
fake and the server share this machine's cores, so each figure is a lower bound.
"""

import argparse
import asyncio
import multiprocessing
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.latency import quiet_environment
from benchmarks.loading.clients import (
    Outcomes,
    ask_at_rate,
    ask_beside_slow_connections,
    ask_in_turn,
    leave_at_random,
    probe_health,
)
from benchmarks.loading.paced_llm import PacedLlm, serve_paced_llm
from benchmarks.reporting import report
from rag.evaluation.question_sets import read_questions

_MANUALS = Path(__file__).parents[1] / "evals" / "manuals"
_N_STREAMS = 100
_N_LEAVERS = 1000
_N_SLOW = 1000
_QUOTES_A_SECOND = 20
_SECONDS_TO_CLOSE = 2.0
_OVERLOAD = 10
_GOOD_MS = 10_000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("corpus", type=Path, nargs="?", default=_MANUALS / "corpus")
    parser.add_argument("--seconds", type=float, default=20.0)
    arguments = parser.parse_args()
    questions = [gold.question for gold in read_questions(_MANUALS)]
    with tempfile.TemporaryDirectory() as scratch:
        index = Path(scratch) / "index"
        subprocess.run(
            [*_RAG, "--index-folder", str(index), "index", str(arguments.corpus)],
            check=True,
            env=quiet_environment(),
            stdout=subprocess.DEVNULL,
        )
        rows, figures = measure(index, questions, arguments.seconds)
    report("under-load", ("measured", "floor", "found"), rows, figures)


_RAG = (sys.executable, "-m", "rag.cli.main")


def measure(index: Path, questions: list[str], seconds: float) -> tuple[list[tuple[str, ...]], dict[str, object]]:
    """Return the table and the figures."""
    with serve_paced_llm(PacedLlm()) as llm, served(index, RAG_LLM="openai", OPENAI_BASE_URL=llm.base_url) as port:
        asyncio.run(ask_in_turn(port, questions, 4, 2.0))
        streams, calm = with_health(port, seconds, lambda: ask_in_turn(port, questions, _N_STREAMS, seconds))
        fewer = [good(asyncio.run(ask_in_turn(port, questions, n, seconds))) for n in (8, 32)]
        peak = max(good(streams), *fewer)
        a_second = peak / seconds
        flood, health = with_health(port, seconds, lambda: ask_at_rate(port, questions, _OVERLOAD * a_second, seconds))
        asyncio.run(leave_at_random(port, questions, _N_LEAVERS, 200))
        time.sleep(_SECONDS_TO_CLOSE)
        n_open = llm.n_open
    with served(index, RAG_LLM="extractive") as port:
        asyncio.run(ask_in_turn(port, questions, 8, 2.0))
        quoted = asyncio.run(ask_in_turn(port, questions, 8, seconds))
        steady = asyncio.run(ask_at_rate(port, questions, _QUOTES_A_SECOND, seconds))
        beside = asyncio.run(ask_beside_slow_connections(port, questions, _QUOTES_A_SECOND, seconds, _N_SLOW))
    found: list[tuple[str, str, float]] = [
        ("100 streams: p95 to the sources, ms", "300", percentile(streams.sources, 95)),
        ("100 streams: answers a second", "", good(streams) / seconds),
        ("100 streams: refused, degraded, lost", "0", len(streams.refused) + streams.degraded + len(streams.lost)),
        ("100 streams: /healthz p99, ms", "100", percentile(calm, 99)),
        ("peak of answers a second", "", a_second),
        ("10 times the peak: answers within 10 s, % of the peak", "90", 100 * good(flood) / peak),
        ("10 times the peak: p95 to the sources, ms", "", percentile(flood.sources, 95)),
        ("10 times the peak: p95 of a refusal, ms", "50", percentile(flood.refused, 95)),
        ("10 times the peak: /healthz p99, ms", "100", percentile(health, 99)),
        ("10 times the peak: answers that blame the LLM", "0", flood.blamed),
        ("10 times the peak: requests lost", "0", len(flood.lost)),
        ("quoting with 8 clients, questions a second", "100", len(quoted.answered) / seconds),
        ("quoting, 20 a second: p50 of the overhead, ms", "15", percentile(steady.overhead, 50)),
        ("quoting, 20 a second: p99 of the overhead, ms", "50", percentile(steady.overhead, 99)),
        (
            f"{_N_SLOW} slow connections: p99 of an answer, in those without",
            "2",
            percentile(beside.answered, 99) / percentile(steady.answered, 99),
        ),
        (f"{_N_SLOW} slow connections: refused, lost", "0", len(beside.refused) + len(beside.lost)),
        ("1,000 clients gone: calls of the LLM open after 2 s", "0", n_open),
    ]
    rows = [(name, floor, f"{value:,.1f}".removesuffix(".0")) for name, floor, value in found]
    return rows, {name: value for name, _, value in found}


def good(outcomes: Outcomes) -> int:
    """Return how many answers came in time."""
    return sum(milliseconds < _GOOD_MS for milliseconds in outcomes.answered) - outcomes.degraded


def percentile(milliseconds: list[float], p: float) -> float:
    return float(np.percentile(milliseconds, p)) if milliseconds else float("nan")


def with_health(
    port: int, seconds: float, load: Callable[[], Coroutine[Any, Any, Outcomes]]
) -> tuple[Outcomes, list[float]]:
    """Run a load while another process asks for /healthz."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        pool.apply(int)
        probing = pool.apply_async(probe, (port, seconds))
        outcomes = asyncio.run(load())
        return outcomes, probing.get()


def probe(port: int, seconds: float) -> list[float]:
    return asyncio.run(probe_health(port, seconds))


@contextmanager
def served(index: Path, **environment: str) -> Iterator[int]:
    """Serve an index on a free port, ready to answer."""
    process = subprocess.Popen(
        [*_RAG, "--index-folder", str(index), "serve", "--port", "0"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env=quiet_environment() | environment,
    )
    try:
        assert process.stdout is not None, "it is a pipe"
        yield int(process.stdout.readline().split("//", 1)[1].split()[0].rsplit(":", 1)[1])
    finally:
        process.terminate()
        process.wait()


if __name__ == "__main__":
    main()
