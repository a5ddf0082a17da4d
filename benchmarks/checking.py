"""Measure the time of checking a generated sentence against the whole context.

    python -m benchmarks.checking SET

SET is a question set with a corpus (evals/README.md). For each answerable question, the context is
retrieved as for a local and for a remote LLM; the best sentence of the evidence stands for a
generated one. The context is analysed once per answer, before the LLM is called. A check encodes a
sentence, compares it with each of the context's, and decides.
"""

import argparse
import time
from pathlib import Path

import numpy as np

from benchmarks.calibrate_evidence import build_retriever
from benchmarks.reporting import report
from rag.assembly.settings import read_settings
from rag.checking.context_sentences import analyse_context
from rag.checking.support import find_support
from rag.encoders.judge import open_judge
from rag.evaluation.question_sets import CORPUS_FOLDER, read_questions
from rag.retrieval.evidence_finder import EvidenceFinder, EvidenceOptions, FoundEvidence
from rag.retrieval.retriever import Retriever
from rag.text.sentences import split_sentences
from rag.text.stemming import stem
from rag.text.tokens import count_tokens
from rag.text.tools import LanguageTools

PERCENTS = (50, 95, 99)
# The most passages of a request, which fill a remote LLM's context.
N_REMOTE_HITS = 100
PARTS = ("context read", "sentence checked")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("set", type=Path)
    folder = parser.parse_args().set
    retriever, settings = build_retriever(folder / CORPUS_FOLDER), read_settings()
    questions = [gold for gold in read_questions(folder) if gold.is_answerable and gold.document]
    asked_for = {
        "local": EvidenceOptions(top_k=settings.top_k, max_context_tokens=settings.local_context_tokens),
        "remote": EvidenceOptions(top_k=N_REMOTE_HITS, max_context_tokens=settings.remote_context_tokens),
    }
    tools = LanguageTools(stem, split_sentences, count_tokens, lambda _: "en")
    rows, figures = [], {}
    for reader, options in asked_for.items():
        finder = EvidenceFinder(retriever, tools, options)
        found = [finder.find(gold.question) for gold in questions]
        costs = np.array([measure_costs(retriever, one) for one in found if one.evidence])
        n_sentences = float(np.mean([sum(len(hit.passage.sentences) for hit in one.context.hits) for one in found]))
        for part, milliseconds in zip(PARTS, costs.T, strict=True):
            times = [float(np.percentile(milliseconds, percent)) for percent in PERCENTS]
            rows.append((f"{reader} LLM: {part}", f"{n_sentences:.0f}", *(f"{one:.1f}" for one in times)))
            figures[f"{reader}, {part}"] = {"n_sentences": n_sentences, "p50_p95_p99_ms": times}
    columns = (f"{len(questions)} questions", "of sentences", "p50, ms", "p95, ms", "p99, ms")
    report("checking", columns, rows, figures)


def measure_costs(retriever: Retriever, found: FoundEvidence) -> tuple[float, float]:
    """Return the milliseconds of analysing the context and of one check."""
    hits, best = found.context.hits, found.evidence[0]
    claim = best.hit.passage.text_of(best.sentence)
    began = time.perf_counter()
    read = analyse_context(hits, retriever.titles(hits), stem)
    has_read = time.perf_counter()
    cosines = retriever.score_sentences(claim, hits)
    find_support(claim, found.query, read, cosines, stem=stem, judge=open_judge())
    return 1000 * (has_read - began), 1000 * (time.perf_counter() - has_read)


if __name__ == "__main__":
    main()
