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

N_HITS = 5
FEATURES = ("cosine", "covered", "names_covered", "holds_kind", "relation_covered")
THRESHOLDS = (0.1, 0.15, 0.2, 0.25, 0.27, 0.3, 0.35, 0.4)


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


def measure(retriever: Retriever, question: GoldQuestion) -> tuple[np.ndarray, np.ndarray]:
    """Return each candidate sentence's features, shape (n, 5), and whether it holds a gold answer, shape (n,)."""
    hits = retriever.search(question.question, k=N_HITS)
    asked = read_question(question.question, stem)
    features, labels = [], []
    for hit, title in zip(hits, retriever.titles(hits), strict=True):
        is_right_document = retriever.document(hit.passage.document_id).uri == question.document
        for measured in measure_sentences(asked, hit, title, stem):
            span = measured.sentence
            holds = any(span.start <= gold.start and gold.end <= span.end for gold in question.spans)
            features.append(measured.features.values())
            labels.append(is_right_document and holds and question.is_answerable)
    return np.array(features), np.array(labels)


def fit_and_check(learnt: list, held_out: list) -> None:
    answerable = [row for row in learnt if row[0].is_answerable]
    rank = LogisticRegression(C=10, max_iter=1000).fit(
        np.concatenate([row[1] for row in answerable]), np.concatenate([row[2] for row in answerable])
    )
    best_features, best_labels = best_sentences(rank, learnt)
    confidence = LogisticRegression(C=10, max_iter=1000).fit(best_features, best_labels)
    for name, model in (("rank", rank), ("confidence", confidence)):
        weights = ", ".join(f"{feature} {weight:.2f}" for feature, weight in zip(FEATURES, model.coef_[0], strict=True))
        print(f"{name:<11} {weights}, bias {model.intercept_[0]:.2f}")
    features, labels = best_sentences(rank, held_out)
    probability = confidence.predict_proba(features)[:, 1]
    is_answerable = np.array([row[0].is_answerable for row in held_out])
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


def best_sentences(rank: LogisticRegression, rows: list) -> tuple[np.ndarray, np.ndarray]:
    best = [int(np.argmax(rank.decision_function(features))) for _, features, _ in rows]
    return (
        np.array([features[i] for (_, features, _), i in zip(rows, best, strict=True)]),
        np.array([labels[i] for (_, _, labels), i in zip(rows, best, strict=True)]),
    )


if __name__ == "__main__":
    main()
