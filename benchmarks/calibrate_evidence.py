"""Fit the weights of rag/retrieval/evidence.py.

    python -m benchmarks.calibrate_evidence SET [SET ...] [--questions 700]

A SET is a question set with its own documents (evals/README.md). The figures of each set come from
weights fitted on the others; all sets have the same weight. The last weights are those of all sets.
"""

import argparse
import random
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from rag.assembly.engine import make_answerer
from rag.assembly.open_index import index_options, open_encoder
from rag.assembly.settings import read_settings
from rag.evaluation.metrics.verdicts import GoldQuestion, covers
from rag.evaluation.question_sets import CORPUS_FOLDER, place_words, read_questions
from rag.index.build import update_index
from rag.index.versions import read_version
from rag.retrieval.evidence import analyse_question, measure_sentences
from rag.retrieval.retriever import Retriever
from rag.text.stemming import stem

Array = NDArray[np.float64]
N_HITS = 8
FEATURES = ("cosine", "passage_cosine", "covered", "holds_kind", "passage_log_odds")


@dataclass(frozen=True)
class Asked:
    """The candidate sentences of one question: features, shape (n, 5), and which hold an answer."""

    features: Array
    is_right: NDArray[np.bool_]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("sets", type=Path, nargs="+")
    parser.add_argument("--questions", type=int, default=700, help="of each set, at most")
    arguments = parser.parse_args()
    by_set = {folder.name: ask_all(folder, arguments.questions) for folder in arguments.sets}
    for name, asked in by_set.items():
        others = [one for other, one in by_set.items() if other != name] or [asked]
        order = fit_order(others)
        first, within_3, n_answerable = rank(asked, order)
        print(
            f"{name}: best sentence holds the answer {first:.3f}, one of three {within_3:.3f} of {n_answerable}; ",
            end="",
        )
        features, labels = best_sentences([asked], order)
        confidence = fit_confidence(others, order).predict_proba(features)[:, 1]
        has_both = 0 < labels.sum() < len(labels)
        print(f"AUC of the confidence {roc_auc_score(labels, confidence):.3f}" if has_both else "")
    order = fit_order(list(by_set.values()))
    confidence_model = fit_confidence(list(by_set.values()), order)
    print("order      ", show(order))
    print("confidence ", show(confidence_model.coef_[0]), f"bias {confidence_model.intercept_[0]:.2f}")


def build_retriever(corpus: Path) -> Retriever:
    settings = read_settings()
    encoder = open_encoder(settings)
    folder = Path(tempfile.mkdtemp(prefix="calibrate-"))
    update_index(corpus, folder, index_options(settings), lambda: encoder)
    return Retriever(read_version(folder), encoder.encode_query, encoder.dimensions)


def ask_all(folder: Path, n_questions: int) -> list[Asked]:
    retriever = build_retriever(folder / CORPUS_FOLDER)
    ids = {entry.uri: entry.id for entry in retriever.entries() if entry.reason is None}
    questions = [one for one in read_questions(folder) if one.document or not one.is_answerable]
    random.Random(1).shuffle(questions)  # noqa: S311 -- a fixed order, not secret
    placed = place_words(questions[:n_questions], lambda uri: retriever.document(ids[uri]).text if uri in ids else None)
    rewriter = make_answerer(read_settings({"llm": "extractive"}), retriever, None).rewriter
    return [measure(retriever, one, rewriter.rewrite_by_rule(one.question, one.history)) for one in placed]


def measure(retriever: Retriever, question: GoldQuestion, query: str) -> Asked:
    """Return the candidates of a question, duplicates once, as `rank_evidence` does."""
    hits = retriever.search(query, k=N_HITS, question=question.question)
    asked = analyse_question(query, stem)
    features, labels, seen = [], [], set()
    for hit, title in zip(hits, retriever.titles(hits), strict=True):
        uri = retriever.document(hit.passage.document_id).uri
        for measured in measure_sentences(asked, hit, title, stem):
            if measured.stems not in seen:
                seen.add(measured.stems)
                features.append(measured.features)
                labels.append(holds_answer(question, uri, measured.sentence))
    return Asked(np.array(features, dtype=np.float64).reshape(-1, len(FEATURES)), np.array(labels, dtype=bool))


def holds_answer(question: GoldQuestion, uri: str, sentence: tuple[int, int]) -> bool:
    """Return whether a sentence covers an answer, or overlaps words that `must_say` requires."""
    spans = question.spans_in(uri)
    if not question.must_say:
        return covers(sentence, spans)  # type: ignore[arg-type]  # a Span is a tuple
    return any(sentence[0] < span.end and span.start < sentence[1] for span in spans)


def fit_order(sets: Sequence[Sequence[Asked]], l2: float = 1.0) -> Array:
    """Return weights, shape (5,), that rank sentences with the answer before the others.

    A conditional logit (McFadden, 1974): the likelihood of choosing a right sentence of a question.
    """
    rows = [(one, 300 / len(asked)) for asked in sets for one in asked if one.is_right.any()]
    features = np.concatenate([one.features for one, _ in rows])
    is_right = np.concatenate([one.is_right for one, _ in rows]).astype(float)
    sizes = [len(one.is_right) for one, _ in rows]
    starts, owner = np.cumsum([0, *sizes])[:-1], np.repeat(np.arange(len(rows)), sizes)
    counts = np.array([weight for _, weight in rows])

    def loss(weights: Array) -> tuple[float, Array]:
        scores = features @ weights
        odds = np.exp(scores - np.maximum.reduceat(scores, starts)[owner])
        of_all, of_right = np.add.reduceat(odds, starts), np.add.reduceat(odds * is_right, starts)
        pull = odds / of_all[owner] - odds * is_right / of_right[owner]
        value = -(counts * np.log(of_right / of_all)).sum() + l2 * weights @ weights / 2
        return float(value), features.T @ (pull * counts[owner]) + l2 * weights

    found: Array = minimize(loss, np.zeros(len(FEATURES)), jac=True, method="L-BFGS-B").x
    return found


def fit_confidence(sets: Sequence[Sequence[Asked]], order: Array) -> LogisticRegression:
    features, labels = best_sentences(sets, order)
    counts = np.concatenate([np.full(sum(len(one.is_right) > 0 for one in asked), 100 / len(asked)) for asked in sets])
    return LogisticRegression(C=1).fit(features, labels, sample_weight=counts)


def best_sentences(sets: Sequence[Sequence[Asked]], order: Array) -> tuple[Array, NDArray[np.bool_]]:
    """Return the features of each question's best sentence and whether it holds an answer."""
    rows = [one for asked in sets for one in asked if len(one.is_right)]
    best = [int(np.argmax(one.features @ order)) for one in rows]
    features = np.array([one.features[i] for one, i in zip(rows, best, strict=True)])
    return features, np.array([one.is_right[i] for one, i in zip(rows, best, strict=True)])


def rank(asked: Sequence[Asked], order: Array) -> tuple[float, float, int]:
    """Return how often the best sentence and the best three hold an answer, and the questions."""
    rows = [one for one in asked if one.is_right.any()]
    found = [one.is_right[np.argsort(-(one.features @ order), kind="stable")] for one in rows]
    return float(np.mean([one[0] for one in found])), float(np.mean([one[:3].any() for one in found])), len(rows)


def show(weights: Array) -> str:
    return ", ".join(f"{feature} {weight:.2f}" for feature, weight in zip(FEATURES, weights, strict=True))


if __name__ == "__main__":
    main()
