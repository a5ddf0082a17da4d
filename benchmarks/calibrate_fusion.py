"""Fit the weights of rag/retrieval/fusion.py, and measure them on other documents.

    python -m benchmarks.calibrate_fusion SET [SET ...] [--passage-tokens 200]

A SET is a folder with its own documents (evals/README.md). Its documents are split into two halves,
and each half is ranked with weights of the others. The model ranks the candidates of a question: a
softmax over them, with the likelihood of the passages that hold its answer. A second step with
three numbers turns the score of the best candidate and its lead into a probability.

Half of the data of the second step are answerable questions, a quarter look-alike ones. A quarter
are absent ones: answerable questions without the passages of their document. In the second step, a
passage that overlaps one in `also_said.jsonl` is right too. All sets have the same weight, whatever
their size: they stand for kinds of documents and writers.
"""

import argparse
import json
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize  # comes with sentence-transformers

from rag.assembly.open_index import index_options, open_encoder
from rag.assembly.settings import read_settings
from rag.evaluation.metrics.verdicts import covers as covers_any
from rag.evaluation.question_sets import place_words, read_questions
from rag.index.build import update_index
from rag.index.store import Store
from rag.index.versions import STORE_FILE, read_version
from rag.retrieval.fusion import RANKING, WEIGHTS, lead_of
from rag.retrieval.retriever import N_CANDIDATES, Retriever
from rag.types import Passage, Span

Array = NDArray[np.float64]
_RIDGE = 1e-3
_N_BINS = 10
# A tenth with fewer questions has no figure.
_FEWEST = 8
# Of answerable, look-alike and absent questions in the data of the confidence.
_SHARES = (0.5, 0.25, 0.25)


@dataclass(frozen=True)
class Asked:
    """One question with its candidates: features, BM25 and labels.

    Attributes:
        holds: Whether it holds the marked answer.
        says: Whether it holds that, or another answer that a reader found right.
        is_own: Whether it is from the document that was asked about.
    """

    document: str
    features: Array
    bm25: Array
    holds: NDArray[np.bool_]
    says: NDArray[np.bool_]
    is_own: NDArray[np.bool_]
    is_answerable: bool


QuestionSet = list[Asked]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("sets", type=Path, nargs="+")
    parser.add_argument("--passage-tokens", type=int, default=read_settings().passage_tokens)
    arguments = parser.parse_args()
    names = [folder.resolve().name for folder in arguments.sets]
    with tempfile.TemporaryDirectory() as folder:
        sets = [
            ask_all(one, Path(folder) / name, arguments.passage_tokens)
            for one, name in zip(arguments.sets, names, strict=True)
        ]
    halves = [split(asked) for asked in sets]
    by_half = [fit([half[place] for half in halves]) for place in (0, 1)]
    for name, asked, (first, second) in zip(names, sets, halves, strict=True):
        print(f"\n{name}: {len(asked):,} questions")
        report("each half by weights of the others", [rank(second, by_half[0]), rank(first, by_half[1])])
        report("by weights of all other sets", [rank(asked, fit([one for one in sets if one is not asked] or [asked]))])
        report("by the weights in use", [rank(asked, np.asarray(WEIGHTS[: len(RANKING)], dtype=np.float64))])
        for other, others in zip(names, sets, strict=True):
            report(f"all by weights of {other}", [rank(asked, fit([others]))])
        for place, feature in enumerate(RANKING):
            report(f"{feature} alone", [rank(asked, np.eye(len(RANKING))[place])])
    weights = fit(sets)
    line = calibrate(sets, weights)
    print()
    for name, weight in zip(RANKING, line[0] * weights, strict=True):
        print(f"{name:36s} {weight:.2f}")
    print(f"{'lead':36s} {line[1]:.2f}\n{'bias':36s} {line[2]:.2f}")
    for name, asked in zip(names, sets, strict=True):
        report_confidence(f"{name}, by all", asked, weights, line)
        for other, others in zip(names, sets, strict=True):
            report_confidence(f"{name}, by {other}", asked, weights, calibrate([others], weights))


def ask_all(
    folder: Path, scratch: Path, passage_tokens: int | None = None, *, encoder: str | None = None
) -> QuestionSet:
    settings = read_settings({"index_folder": scratch, "passage_tokens": passage_tokens, "encoder": encoder})
    opened = open_encoder(settings)
    update_index(folder / "corpus", scratch, index_options(settings), lambda: opened)
    retriever = Retriever(read_version(scratch), opened.encode_query, opened.dimensions)
    store = Store(retriever.index_version.folder / STORE_FILE)
    uri_by_id = {entry.id: entry.uri for entry in retriever.entries()}
    id_by_uri = {uri: document_id for document_id, uri in uri_by_id.items()}
    also_said = read_also_said(folder)
    asked = []
    # Follow-ups are left out, because they would be searched for as typed.
    questions = [one for one in read_questions(folder) if not one.history and (one.document or not one.is_answerable)]
    for question in place_words(questions, lambda uri: retriever.document(id_by_uri[uri]).text):
        candidates = retriever.retrieve_candidates(question.question, N_CANDIDATES)
        passages = [found.passage for found in store.passages(candidates.rows.tolist())]
        is_own = np.array([uri_by_id[passage.document_id] == question.document for passage in passages])
        covers = [
            covers_any(Span(passage.start, passage.end), question.spans_in(uri_by_id[passage.document_id]))
            for passage in passages
        ]
        others = also_said.get(question.id, [])
        says = [
            any(uri_by_id[passage.document_id] == uri and overlap(passage, a, b) for uri, a, b in others)
            for passage in passages
        ]
        if passages:
            features = candidates.features[:, : len(RANKING)].astype(np.float64)
            bm25, holds = candidates.bm25.astype(np.float64), np.array(covers)
            said = holds | np.array(says)
            asked.append(Asked(question.document or "", features, bm25, holds, said, is_own, question.is_answerable))
    return asked


def read_also_said(folder: Path) -> dict[str, list[tuple[str, int, int]]]:
    """Return the other places of an answer by question: document, start and end."""
    file = folder / "also_said.jsonl"
    found: dict[str, list[tuple[str, int, int]]] = {}
    for line in file.read_text(encoding="utf-8").splitlines() if file.exists() else []:
        said = json.loads(line)
        found.setdefault(said["id"], []).append((said["document"], said["start"], said["end"]))
    return found


def overlap(passage: Passage, start: int, end: int) -> bool:
    """Return whether a passage and a span share half of the shorter one."""
    common = min(passage.end, end) - max(passage.start, start)
    return 2 * common >= min(passage.end - passage.start, end - start)


def split(asked: QuestionSet) -> tuple[QuestionSet, QuestionSet]:
    documents = sorted({one.document for one in asked})
    first = set(documents[::2])
    return [one for one in asked if one.document in first], [one for one in asked if one.document not in first]


def fit(sets: Sequence[QuestionSet]) -> Array:
    losses = [(1.0, ranking_loss(asked)) for asked in sets]
    total = sum(weight for weight, _ in losses)

    def loss(weights: Array) -> tuple[float, Array]:
        parts = [(weight / total, *one(weights)) for weight, one in losses]
        value = sum(share * part for share, part, _ in parts) + _RIDGE * weights @ weights
        slope = sum((share * gradient for share, _, gradient in parts), 2 * _RIDGE * weights)
        return float(value), np.asarray(slope)

    found: Array = minimize(loss, np.zeros(len(RANKING)), jac=True, method="L-BFGS-B").x
    return found


def ranking_loss(asked: QuestionSet) -> Callable[[Array], tuple[float, Array]]:
    """Return a function of weights that returns the mean loss of a set and its gradient."""
    used = [one for one in asked if one.is_answerable and one.holds.any()]
    features = np.concatenate([one.features for one in used])
    holds = np.concatenate([one.holds for one in used])
    sizes = [len(one.holds) for one in used]
    starts, owner = np.cumsum([0, *sizes])[:-1], np.repeat(np.arange(len(used)), sizes)

    def loss(weights: Array) -> tuple[float, Array]:
        logits = features @ weights
        powers = np.exp(logits - np.maximum.reduceat(logits, starts)[owner])
        every, right = np.add.reduceat(powers, starts), np.add.reduceat(powers * holds, starts)
        pull = (powers * holds / right[owner] - powers / every[owner])[:, np.newaxis] * features
        return float(-np.mean(np.log(right) - np.log(every))), -pull.sum(0) / len(used)

    return loss


def calibrate(sets: Sequence[QuestionSet], weights: Array) -> Array:
    """Return weights of the best candidate's score and lead, and a bias (Platt 1999)."""
    groups = [group for asked in sets for group in kinds_of(asked, weights)]
    best = np.concatenate([found for found, _, _ in groups])
    right = np.concatenate([holds for _, holds, _ in groups])
    shares = np.concatenate([np.full(len(found), share / max(1, len(found))) for found, _, share in groups])

    def loss(line: Array) -> float:
        logits = np.where(right, 1, -1) * (best @ line[:2] + line[2])
        return float(np.average(np.logaddexp(0, -logits), weights=shares))

    found: Array = minimize(loss, np.array([1.0, 0.0, 0.0]), method="BFGS").x
    return found


def kinds_of(asked: QuestionSet, weights: Array) -> list[tuple[Array, NDArray[np.bool_], float]]:
    """Return the best candidates by kind of question, whether they are right, and their weight."""
    answerable = [one for one in asked if one.is_answerable]
    absent = [
        Asked(
            one.document,
            one.features[~one.is_own],
            one.bm25[~one.is_own],
            one.holds[~one.is_own],
            one.says[~one.is_own],
            one.is_own[~one.is_own],
            is_answerable=False,
        )
        for one in answerable
        if not one.is_own.all()
    ]
    look_alike = [one for one in asked if not one.is_answerable]
    kinds = zip((answerable, look_alike, absent), _SHARES, strict=True)
    return [(*best_candidates(kind, weights), share) for kind, share in kinds if kind]


def best_candidates(asked: QuestionSet, weights: Array) -> tuple[Array, NDArray[np.bool_]]:
    """Return each question's best score and lead, shape (n, 2), and whether it says the answer."""
    scores = [one.features @ weights for one in asked]
    right = [one.says[int(np.argmax(found))] for one, found in zip(asked, scores, strict=True)]
    leads = [lead_of(one.features, one.bm25, weights) for one in asked]
    return np.column_stack([[found.max() for found in scores], leads]), np.array(right)


def rank(asked: QuestionSet, weights: Array) -> Array:
    """Return for each answerable question if its answer is at rank 1, within 5, a candidate."""
    found = []
    for one in asked:
        if one.is_answerable:
            holds = one.holds[np.argsort(-(one.features @ weights), kind="stable")]
            found.append((holds[0], holds[:5].any(), holds.any()))
    return np.array(found, dtype=np.float64)


def report(name: str, found: list[Array]) -> None:
    at_1, within_5, retrieved = np.concatenate(found).mean(axis=0)
    print(f"{name:36s} rank 1 {at_1:.3f}, within 5 {within_5:.3f}, candidates {retrieved:.3f}")


def report_confidence(name: str, asked: QuestionSet, weights: Array, line: Array) -> None:
    """Print how often the best candidate is right by confidence, and quantiles by kind."""
    kinds = kinds_of(asked, weights)
    told = [1 / (1 + np.exp(-(best @ line[:2] + line[2]))) for best, _, _ in kinds]
    counts = np.concatenate([np.full(len(right), share / len(right)) for _, right, share in kinds])
    every, right_of_all = np.concatenate(told), np.concatenate([right for _, right, _ in kinds])
    tenths = np.minimum((every * _N_BINS).astype(int), _N_BINS - 1)
    sums = [np.bincount(tenths, values * counts, _N_BINS) for values in (np.ones(len(every)), every, right_of_all)]
    error = np.abs(sums[1] - sums[2]).sum() / counts.sum()
    true = ", ".join(
        f"{right / n:.2f}" if m >= _FEWEST else "-"
        for n, right, m in zip(sums[0], sums[2], np.bincount(tenths, minlength=_N_BINS), strict=True)
    )
    print(f"{name}: true of 0 to .1, to .2, ...: {true}; calibration error {error:.3f}")
    for kind, confidences in zip(("answerable", "look-alike", "absent"), told, strict=False):
        low = ", ".join(f"{share:.0%} {np.quantile(confidences, share):.3f}" for share in (0.01, 0.05, 0.83, 0.95))
        print(f"    {kind}: quantiles {low}")


if __name__ == "__main__":
    main()
