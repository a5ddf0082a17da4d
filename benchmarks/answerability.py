"""Measure how well the judge tells questions that a passage answers from those that look like it.

    python -m benchmarks.answerability SQUAD2 [--questions 400] [--judge FOLDER]

Every second document of the set trained the judge; only the others are measured.
"""

import argparse
import json
import random
from collections.abc import Mapping, Sequence
from pathlib import Path

from sklearn.metrics import roc_auc_score

from rag.encoders.judge import JUDGE_FOLDER, open_judge
from rag.evaluation.question_sets import CORPUS_FOLDER

SEED = 3


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("set", type=Path)
    parser.add_argument("--questions", type=int, default=400, help="of each kind")
    parser.add_argument("--judge", type=Path, default=JUDGE_FOLDER, help="folder of another judge")
    options = parser.parse_args()
    judge = open_judge(options.judge)
    texts = read_measured(options.set / CORPUS_FOLDER)
    rows = draw((options.set / "questions.jsonl").read_text(encoding="utf-8").splitlines(), texts, options.questions)
    scores = [judge.judge_answer(texts[row["document"]][slice(*row["passage"])], row["question"]) for row in rows]
    area = roc_auc_score([row["answerable"] for row in rows], scores)
    print(f"{len(rows)} questions with their passages: area under the curve {area:.3f}")


def read_measured(corpus: Path) -> dict[str, str]:
    """Return the texts of the documents that training left out, by name."""
    return {file.name: file.read_text(encoding="utf-8") for file in sorted(corpus.iterdir())[1::2]}


def draw(lines: Sequence[str], texts: Mapping[str, str], n_each: int) -> list[dict]:
    """Return random rows of both kinds about these documents."""
    drawing = random.Random(SEED)  # noqa: S311 -- a fixed order, no secret
    rows = [row for row in map(json.loads, lines) if row["document"] in texts]
    kinds = [[row for row in rows if row["answerable"] is kind] for kind in (True, False)]
    return [row for kind in kinds for row in drawing.sample(kind, min(n_each, len(kind)))]


if __name__ == "__main__":
    main()
