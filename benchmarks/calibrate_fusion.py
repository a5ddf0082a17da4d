"""Fit the weights of rag/fusion.py on question sets, and say how far they hold on other documents.

    python -m benchmarks.calibrate_fusion SET [SET ...] [--passage-tokens 200]

A SET is a folder in the format of evals/README.md with documents of its own. The documents of each are dealt into two
halves; each half is ranked with the weights of the others. The model ranks the candidates of a question (softmax over
them, the likelihood of the passages that hold its answer); a second step of two numbers makes a probability of the
score of the best. Half of what that is fitted on are questions that the documents answer, a quarter are those that they
only seem to answer, and a quarter those that they do not speak of: the answerable ones once more, with all passages of
their own document taken away. A set counts as the square root of its questions, so that a large one does not drown the
others.
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

from rag.artifacts import read_generation
from rag.fusion import FEATURES
from rag.index_assembly import index_options, open_encoder
from rag.indexing import index_folder
from rag.planning import STORE_FILE
from rag.retrieval import N_CANDIDATES, Retriever
from rag.settings import read_settings
from rag.store import Store

Array = NDArray[np.float64]
_RIDGE = 1e-4
_N_BINS = 10
# Of answerable, look-alike and absent questions, in what the confidence is fitted on.
_SHARES = (0.5, 0.25, 0.25)


@dataclass(frozen=True)
class Asked:
    """One question: a row of features for each candidate, whether it holds the answer, and is of the right document."""

    document: str
    features: Array
    holds: NDArray[np.bool_]
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
        for other, others in zip(names, sets, strict=True):
            report(f"all by weights of {other}", [rank(asked, fit([others]))])
        for place, feature in enumerate(FEATURES):
            report(f"{feature} alone", [rank(asked, np.eye(len(FEATURES))[place])])
    weights = fit(sets)
    slope, bias = calibrate(sets, weights)
    print()
    for name, weight in zip(FEATURES, slope * weights, strict=True):
        print(f"{name:36s} {weight:.2f}")
    print(f"{'bias':36s} {bias:.2f}")
    for name, asked in zip(names, sets, strict=True):
        report_confidence(name, asked, slope * weights, bias)


def ask_all(folder: Path, scratch: Path, passage_tokens: int) -> QuestionSet:
    settings = read_settings({"index_folder": scratch, "passage_tokens": passage_tokens})
    encoder = open_encoder(settings)
    index_folder(folder / "corpus", scratch, index_options(settings), lambda: encoder)
    retriever = Retriever(read_generation(scratch), encoder.encode_query, encoder.dimensions)
    store = Store(retriever.generation.folder / STORE_FILE)
    uri_by_id = {entry.id: entry.uri for entry in retriever.entries()}
    asked = []
    for line in (folder / "questions.jsonl").read_text(encoding="utf-8").splitlines():
        question = json.loads(line)
        proposed = retriever.propose(question["question"], N_CANDIDATES)
        passages = [found.passage for found in store.passages(proposed.rows.tolist())]
        spans = [(answer["start"], answer["end"]) for answer in question["answers"]]
        is_own = np.array([uri_by_id[passage.document_id] == question["document"] for passage in passages])
        covers = [any(passage.start <= a and b <= passage.end for a, b in spans) for passage in passages]
        if passages:
            features = proposed.features.astype(np.float64)
            holds = is_own & np.array(covers)
            asked.append(Asked(question["document"], features, holds, is_own, question["answerable"]))
    return asked


def split(asked: QuestionSet) -> tuple[QuestionSet, QuestionSet]:
    documents = sorted({one.document for one in asked})
    first = set(documents[::2])
    return [one for one in asked if one.document in first], [one for one in asked if one.document not in first]


def fit(sets: Sequence[QuestionSet]) -> Array:
    losses = [(len(asked) ** 0.5, ranking_loss(asked)) for asked in sets]
    total = sum(weight for weight, _ in losses)

    def loss(weights: Array) -> tuple[float, Array]:
        parts = [(weight / total, *one(weights)) for weight, one in losses]
        value = sum(share * part for share, part, _ in parts) + _RIDGE * weights @ weights
        slope = sum((share * gradient for share, _, gradient in parts), 2 * _RIDGE * weights)
        return float(value), np.asarray(slope)

    found: Array = minimize(loss, np.zeros(len(FEATURES)), jac=True, method="L-BFGS-B").x
    return found


def ranking_loss(asked: QuestionSet) -> Callable[[Array], tuple[float, Array]]:
    """Return what gives the mean loss of a set under some weights, and its gradient."""
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


def calibrate(sets: Sequence[QuestionSet], weights: Array) -> tuple[float, float]:
    """Return slope and bias that make a probability of the best candidate's score (Platt 1999)."""
    groups = [group for asked in sets for group in kinds_of(asked, weights)]
    scores = np.concatenate([found for found, _, _ in groups])
    right = np.concatenate([holds for _, holds, _ in groups])
    shares = np.concatenate([np.full(len(found), share / max(1, len(found))) for found, _, share in groups])

    def loss(line: Array) -> float:
        logits = np.where(right, 1, -1) * (line[0] * scores + line[1])
        return float(np.average(np.logaddexp(0, -logits), weights=shares))

    slope, bias = minimize(loss, np.array([1.0, 0.0]), method="BFGS").x
    return float(slope), float(bias)


def kinds_of(asked: QuestionSet, weights: Array) -> list[tuple[Array, NDArray[np.bool_], float]]:
    """Return the best scores, whether they are right, and how much they count: answerable, look-alike, absent."""
    answerable = [one for one in asked if one.is_answerable]
    absent = [
        Asked(
            one.document,
            one.features[~one.is_own],
            one.holds[~one.is_own],
            one.is_own[~one.is_own],
            is_answerable=False,
        )
        for one in answerable
        if not one.is_own.all()
    ]
    look_alike = [one for one in asked if not one.is_answerable]
    kinds = zip((answerable, look_alike, absent), _SHARES, strict=True)
    return [(*best_candidates(kind, weights), share * len(asked) ** 0.5) for kind, share in kinds if kind]


def best_candidates(asked: QuestionSet, weights: Array) -> tuple[Array, NDArray[np.bool_]]:
    """Return each question's best score and whether that candidate holds the answer."""
    scores = [one.features @ weights for one in asked]
    right = [one.holds[int(np.argmax(found))] for one, found in zip(asked, scores, strict=True)]
    return np.array([found.max() for found in scores]), np.array(right)


def rank(asked: QuestionSet, weights: Array) -> Array:
    """Return for each answerable question whether its answer is found at rank 1, within 5, and proposed at all."""
    found = []
    for one in asked:
        if one.is_answerable:
            holds = one.holds[np.argsort(-(one.features @ weights), kind="stable")]
            found.append((holds[0], holds[:5].any(), holds.any()))
    return np.array(found, dtype=np.float64)


def report(name: str, found: list[Array]) -> None:
    at_1, within_5, proposed = np.concatenate(found).mean(axis=0)
    print(f"{name:36s} rank 1 {at_1:.3f}, within 5 {within_5:.3f}, proposed {proposed:.3f}")


def report_confidence(name: str, asked: QuestionSet, weights: Array, bias: float) -> None:
    """Print how often the best candidate holds the answer, by its confidence, for each kind of question."""
    for kind, (scores, right, _) in zip(("answerable", "look-alike", "absent"), kinds_of(asked, weights), strict=False):
        confidences = 1 / (1 + np.exp(-(scores + bias)))
        bins = np.array_split(np.argsort(confidences, kind="stable"), _N_BINS)
        told = ", ".join(f"{confidences[one].mean():.2f} {right[one].mean():.2f}" for one in bins)
        low = ", ".join(f"{share:.0%} {np.quantile(confidences, share):.3f}" for share in (0.01, 0.05, 0.83, 0.95))
        print(f"{name}, {kind}: told and true by tenths: {told}; quantiles: {low}")


if __name__ == "__main__":
    main()
