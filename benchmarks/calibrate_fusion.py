"""Fit the weights of rag/fusion.py on a question set, and say how far they hold on other documents.

    python -m benchmarks.calibrate_fusion SET [--passage-tokens 128]

SET is a folder in the format of evals/README.md with documents of its own. Documents are dealt into two halves; each
half is ranked with the weights of the other. The model ranks the candidates of a question (softmax over them, the
likelihood of the passages that hold its answer); a second step of two numbers makes a probability of the score of the
best, over questions with and without an answer.
"""

import argparse
import json
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize  # comes with sentence-transformers

from rag.artifacts import read_generation
from rag.assembly import index_options, open_encoder
from rag.fusion import FEATURES
from rag.indexing import index_folder
from rag.planning import STORE_FILE
from rag.retrieval import N_CANDIDATES, Retriever
from rag.settings import read_settings
from rag.store import Store

Array = NDArray[np.float64]
_RIDGE = 1e-4


@dataclass(frozen=True)
class Asked:
    """One question: a row of features and a label for each candidate."""

    document: str
    features: Array
    holds: NDArray[np.bool_]
    is_answerable: bool


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("set", type=Path)
    parser.add_argument("--passage-tokens", type=int, default=128)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        asked = ask_all(arguments.set, Path(folder), arguments.passage_tokens)
    halves = split(asked)
    models = [fit(half) for half in halves]
    others = [rank(half, model) for half, model in zip(halves, models[::-1], strict=True)]
    report("each half by the other's weights", others)
    report("each half by its own", [rank(half, model) for half, model in zip(halves, models, strict=True)])
    for place, name in enumerate(FEATURES):
        alone = np.eye(len(FEATURES))[place]
        report(f"{name} alone", [rank(half, alone) for half in halves])
    weights = fit(asked)
    slope, bias = calibrate(asked, weights)
    for name, weight in zip(FEATURES, slope * weights, strict=True):
        print(f"{name:36s} {weight:.2f}")
    print(f"{'bias':36s} {bias:.2f}")


def ask_all(folder: Path, scratch: Path, passage_tokens: int) -> list[Asked]:
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
        holds = [
            uri_by_id[passage.document_id] == question["document"]
            and any(passage.start <= start and end <= passage.end for start, end in spans)
            for passage in passages
        ]
        if passages:
            features = proposed.features.astype(np.float64)
            asked.append(Asked(question["document"], features, np.array(holds), question["answerable"]))
    return asked


def split(asked: list[Asked]) -> tuple[list[Asked], list[Asked]]:
    documents = sorted({one.document for one in asked})
    first = set(documents[::2])
    return [one for one in asked if one.document in first], [one for one in asked if one.document not in first]


def fit(asked: list[Asked]) -> Array:
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
        value = -np.mean(np.log(right) - np.log(every)) + _RIDGE * weights @ weights
        return float(value), -pull.sum(0) / len(used) + 2 * _RIDGE * weights

    found: Array = minimize(loss, np.zeros(features.shape[1]), jac=True, method="L-BFGS-B").x
    return found


def calibrate(asked: list[Asked], weights: Array) -> tuple[float, float]:
    """Return slope and bias that make a probability of the best candidate's score (Platt 1999)."""
    best = [int(np.argmax(one.features @ weights)) for one in asked]
    scores = np.array([one.features[place] @ weights for one, place in zip(asked, best, strict=True)])
    right = np.array([one.holds[place] for one, place in zip(asked, best, strict=True)])

    def loss(line: Array) -> float:
        logits = np.where(right, 1, -1) * (line[0] * scores + line[1])
        return float(np.mean(np.logaddexp(0, -logits)))

    slope, bias = minimize(loss, np.array([1.0, 0.0]), method="BFGS").x
    return float(slope), float(bias)


def rank(asked: list[Asked], weights: Array) -> Array:
    """Return for each answerable question whether its answer is found at rank 1 and within 5."""
    found = []
    for one in asked:
        if one.is_answerable:
            holds = one.holds[np.argsort(-(one.features @ weights), kind="stable")]
            found.append((holds[0], holds[:5].any()))
    return np.array(found, dtype=np.float64)


def report(name: str, found: list[Array]) -> None:
    at_1, within_5 = np.concatenate(found).mean(axis=0)
    print(f"{name:36s} rank 1 {at_1:.3f}, within 5 {within_5:.3f}")


if __name__ == "__main__":
    main()
