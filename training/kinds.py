"""Fit the models that tell what kind of question is asked, and measure them.

    python -m training.kinds [--check]

Reads the labelled questions of `evals/kinds`. Writes one model for each built-in encoder, and one
for encoders whose vectors it does not know, to `rag/encoders/question_kinds`. The share of right
kinds is that of ten-fold cross-validation, and of the test questions, which another writer wrote.
"""

import argparse
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold, cross_val_predict

from rag.assembly.open_index import open_encoder
from rag.assembly.settings import read_settings
from rag.cli.output import print_table
from rag.encoders.question_kinds import KINDS_FOLDER, MIN_PROBABILITY, VECTORLESS, centred, features_of, words_of
from rag.text.questions import QUESTION_KINDS
from rag.types import FloatArray

ENCODERS = ("all-MiniLM-L6-v2", "multilingual-e5-small")
# What cross-validation prefers of 3, 10 and 30.
_INVERSE_REGULARISATION = 10.0
_N_FOLDS = 10
_MIN_QUESTIONS_WITH_WORD = 2


@dataclass(frozen=True, slots=True)
class Labelled:
    """Questions with their kinds, as indices of QUESTION_KINDS, and languages."""

    questions: list[str]
    kinds: np.ndarray[tuple[int], np.dtype[np.int64]]
    languages: list[str]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--questions", type=Path, default=Path("evals/kinds"))
    parser.add_argument("--check", action="store_true", help="measure, and write nothing")
    arguments = parser.parse_args()
    train, test = (read_labelled(arguments.questions / f"{name}.jsonl") for name in ("train", "test"))
    common = frequent_words(train.questions)
    table = [("encoder", "questions", "right", "right if sure", "sure", "cross-validated")]
    for encoder in (*ENCODERS, VECTORLESS):
        vectors = [None if encoder == VECTORLESS else encode(encoder, one.questions) for one in (train, test)]
        centre = np.zeros(0, np.float32) if vectors[0] is None else vectors[0].mean(axis=0)
        features, unseen = (
            stack(one.questions, found, centre, common) for one, found in zip((train, test), vectors, strict=True)
        )
        model = LogisticRegression(C=_INVERSE_REGULARISATION, max_iter=3000)
        folds = StratifiedKFold(_N_FOLDS, shuffle=True, random_state=0)
        validated = float(np.mean(cross_val_predict(model, features, train.kinds, cv=folds) == train.kinds))
        model.fit(features, train.kinds)
        table += rows_of(encoder, test, model.predict_proba(unseen), validated)
        if not arguments.check:
            write(KINDS_FOLDER / f"{encoder}.npz", common, centre, model)
    print_table(table)


def read_labelled(path: Path) -> Labelled:
    lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    kinds = np.array([QUESTION_KINDS.index(line["kind"]) for line in lines])
    return Labelled([line["text"] for line in lines], kinds, [line["language"] for line in lines])


def frequent_words(questions: Sequence[str]) -> frozenset[str]:
    counts = Counter(word for question in questions for word in set(words_of(question)))
    return frozenset(word for word, n in counts.items() if n >= _MIN_QUESTIONS_WITH_WORD)


def encode(encoder: str, questions: Sequence[str]) -> FloatArray:
    opened = open_encoder(read_settings({"encoder": encoder}))
    return np.array([opened.encode_query(question) for question in questions], dtype=np.float32)


def stack(
    questions: Sequence[str], vectors: FloatArray | None, centre: FloatArray, common: frozenset[str]
) -> FloatArray:
    words = np.array([features_of(question, common) for question in questions])
    return words if vectors is None else np.hstack([[centred(vector, centre) for vector in vectors], words])


def rows_of(encoder: str, test: Labelled, shares: FloatArray, validated: float) -> list[tuple[str, ...]]:
    is_right, is_sure = shares.argmax(axis=1) == test.kinds, shares.max(axis=1) >= MIN_PROBABILITY
    is_english = np.array([language == "en" for language in test.languages])
    rows = []
    for name, chosen in (("English", is_english), ("others", ~is_english)):
        right, sure = is_right[chosen].mean(), is_sure[chosen].mean()
        right_if_sure = is_right[chosen & is_sure].mean()
        rows.append((encoder, name, f"{right:.2f}", f"{right_if_sure:.2f}", f"{sure:.2f}", f"{validated:.2f}"))
    return rows


def write(path: Path, common: frozenset[str], centre: FloatArray, model: LogisticRegression) -> None:
    path.parent.mkdir(exist_ok=True)
    # A text, since an array of texts would need pickle or waste room.
    np.savez_compressed(
        path,
        common=np.array(" ".join(sorted(common))),
        centre=centre.astype(np.float16),
        weights=model.coef_.astype(np.float16),
        bias=model.intercept_.astype(np.float32),
    )


if __name__ == "__main__":
    main()
