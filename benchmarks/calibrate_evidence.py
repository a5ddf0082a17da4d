"""Fit the weights of rag/evidence.py and of nothing else.

    python benchmarks/calibrate_evidence.py SET [--questions 2400]

SET is a question set with a corpus of several documents (evals/README.md). The weights are fitted on every second
document and checked on the others, so that no figure comes from a document that was learnt from. Prints the weights,
how often the best sentence is the right one, and what several confidence thresholds answer and withhold.
"""

import argparse
import random
import tempfile
from pathlib import Path

import numpy as np
from scipy.optimize import minimize
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from rag.artifacts import read_generation
from rag.evidence import measure_sentences, read_question
from rag.index_assembly import index_options, open_encoder
from rag.indexing import index_folder
from rag.metrics import GoldQuestion
from rag.question_sets import CORPUS_FOLDER, read_questions
from rag.retrieval import Retriever
from rag.settings import read_settings
from rag.stemming import stem

N_HITS = 8
FEATURES = ("cosine", "covered", "names_covered", "holds_kind", "relation_covered", "passage_log_odds")
THRESHOLDS = (0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4)
RATIOS = (1.0, 0.5, 0.35, 0.2, 0.1)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("set", type=Path)
    parser.add_argument("--questions", type=int, default=2400)
    arguments = parser.parse_args()
    questions = read_questions(arguments.set)
    random.Random(1).shuffle(questions)  # noqa: S311 -- a fixed order, no secret
    questions = questions[: arguments.questions]
    retriever = build_retriever(arguments.set / CORPUS_FOLDER)
    learnt = set(sorted({question.document for question in questions})[::2])
    rows = [(question, *measure(retriever, question)) for question in questions]
    fit_and_check(
        [row for row in rows if row[0].document in learnt], [row for row in rows if row[0].document not in learnt]
    )


def build_retriever(corpus: Path) -> Retriever:
    settings = read_settings()
    encoder = open_encoder(settings)
    folder = Path(tempfile.mkdtemp(prefix="calibrate-"))
    index_folder(corpus, folder, index_options(settings), lambda: encoder)
    return Retriever(read_generation(folder), encoder.encode_query, encoder.dimensions)


def measure(retriever: Retriever, question: GoldQuestion) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the features of each candidate sentence, shape (n, 6), and whether it holds an answer or is about another.

    What is told twice is taken once, as `rank_evidence` does.
    """
    hits = retriever.search(question.question, k=N_HITS)
    asked = read_question(question.question, stem)
    features, labels, others, seen = [], [], [], set()
    for hit, title in zip(hits, retriever.titles(hits), strict=True):
        is_right_document = retriever.document(hit.passage.document_id).uri == question.document
        for measured in measure_sentences(asked, hit, title, stem):
            if measured.stems in seen:
                continue
            seen.add(measured.stems)
            span = measured.sentence
            holds = any(span.start <= gold.start and gold.end <= span.end for gold in question.spans)
            features.append(measured.features.values())
            labels.append(is_right_document and holds and question.is_answerable)
            others.append(measured.is_about_another)
    return np.array(features).reshape(-1, len(FEATURES)), np.array(labels, bool), np.array(others, bool)


def fit_and_check(learnt: list, held_out: list) -> None:
    weights = fit_order([row for row in learnt if row[2].any()])
    best_features, best_labels, _ = best_sentences(weights, learnt)
    confidence = LogisticRegression(C=10, max_iter=1000).fit(best_features, best_labels)
    for name, values, bias in (
        ("order", weights, 0.0),
        ("confidence", confidence.coef_[0], confidence.intercept_[0]),
    ):
        shown = ", ".join(f"{feature} {weight:.2f}" for feature, weight in zip(FEATURES, values, strict=True))
        print(f"{name:<11} {shown}, bias {bias:.2f}")
    features, labels, is_other = best_sentences(weights, held_out)
    probability = np.where(is_other, 0.0, confidence.predict_proba(features)[:, 1])
    is_answerable = np.array([row[0].is_answerable for row in held_out if len(row[2])])
    print(f"held-out questions {len(held_out)}, of them answerable {is_answerable.sum()}")
    print(f"best sentence holds the answer {labels[is_answerable].mean():.3f}")
    print(f"AUC of the confidence {roc_auc_score(labels, probability):.3f}")
    print("threshold  answered  right of these  answered though unanswerable")
    for threshold in THRESHOLDS:
        told = probability > threshold
        print(
            f"{threshold:9.2f}  {told[is_answerable].mean():8.3f}  {labels[is_answerable & told].mean():14.3f}"
            f"  {told[~is_answerable].mean():28.3f}"
        )
    print("quoted from this share of the first's odds on  quotes  one of the first three holds the answer")
    for ratio in RATIOS:
        n_quotes, found = quote(weights, [row for row in held_out if row[0].is_answerable and len(row[2])], ratio)
        print(f"{ratio:46.2f}  {n_quotes:6.2f}  {found:.3f}")


def fit_order(rows: list, l2: float = 1.0) -> np.ndarray:
    """Return weights, shape (6,), that put sentences with the answer before the others of the same question.

    A conditional logit (McFadden, 1974): the likelihood that one of a question's right sentences is chosen.
    """
    features = np.concatenate([row[1] for row in rows])
    is_right = np.concatenate([row[2] for row in rows]).astype(float)
    starts = np.cumsum([0, *(len(row[2]) for row in rows)])[:-1]
    question = np.repeat(np.arange(len(rows)), [len(row[2]) for row in rows])

    def loss(weights: np.ndarray) -> tuple[float, np.ndarray]:
        scores = features @ weights
        odds = np.exp(scores - np.maximum.reduceat(scores, starts)[question])
        of_all, of_right = np.add.reduceat(odds, starts), np.add.reduceat(odds * is_right, starts)
        pull = odds / of_all[question] - odds * is_right / of_right[question]
        return -np.log(of_right / of_all).sum() + l2 * weights @ weights / 2, features.T @ pull + l2 * weights

    return minimize(loss, np.zeros(features.shape[1]), jac=True, method="L-BFGS-B").x


def in_order(weights: np.ndarray, row: tuple) -> np.ndarray:
    _, features, _, is_other = row
    return np.lexsort((-(features @ weights), is_other))


def quote(weights: np.ndarray, rows: list, ratio: float) -> tuple[float, float]:
    n_quotes, found = [], []
    for row in rows:
        order = in_order(weights, row)[:3]
        scores = row[1][order] @ weights
        quoted = order[(scores >= scores[0] + np.log(ratio)) & ~row[3][order]]
        n_quotes.append(len(quoted))
        found.append(row[2][quoted].any())
    return float(np.mean(n_quotes)), float(np.mean(found))


def best_sentences(weights: np.ndarray, rows: list) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rows = [row for row in rows if len(row[2])]
    best = [in_order(weights, row)[0] for row in rows]
    return tuple(np.array([row[part][i] for row, i in zip(rows, best, strict=True)]) for part in (1, 2, 3))


if __name__ == "__main__":
    main()
