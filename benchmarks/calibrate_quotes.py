"""Fit the probability that quotes are an answer, to the judge and to what retrieval found.

    python -m benchmarks.calibrate_quotes evals/everyday/shop evals/everyday/clinic ...

Each set is indexed and asked its own questions and some of every other set, which it cannot answer:
readers also ask what has nothing to do with the documents. The line fits all sets; the areas under
the curve come from lines that leave each set out in turn. Paste the line into
rag/answering/decide.py.
"""

import argparse
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from benchmarks.calibrate_evidence import build_retriever
from rag.answering.decide import MOST_OF_RETRIEVAL
from rag.answering.quotes import choose_quotes, places_of
from rag.assembly.engine import make_answerer
from rag.assembly.settings import read_settings
from rag.encoders.judge import open_judge
from rag.evaluation.metrics.verdicts import GoldQuestion
from rag.evaluation.question_sets import CORPUS_FOLDER, read_questions
from rag.probability import log_odds

N_QUOTES = 3
NOT_QUOTED = frozenset({"small-talk", "collection", "metadata"})
N_OWN, N_OF_EACH_OTHER = 60, 10
# Questions of other sets count half as much as the own ones, taken together.
WEIGHT_OF_OTHERS = 0.5
INVERSE_REGULARISATION = 10


@dataclass(frozen=True, slots=True)
class Judged:
    """A question, and what is known about its quotes.

    Attributes:
        set: Whose documents were asked.
        judge, retrieval: Log-odds that they answer, the latter at most `MOST_OF_RETRIEVAL`.
        is_own: It was written for these documents.
        is_right: The quotes hold the answer.
    """

    set: str
    judge: float
    retrieval: float
    is_own: bool
    is_answerable: bool
    is_right: bool


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("sets", type=Path, nargs="+")
    asked = {folder: own_questions(folder) for folder in parser.parse_args().sets}
    rows = [row for folder in asked for row in judge_set(folder, asked)]
    values = np.array([[row.judge, row.retrieval] for row in rows])
    right, own, answerable = (
        np.array([getattr(row, name) for row in rows]) for name in ("is_right", "is_own", "is_answerable")
    )
    weights = np.where(own, 1.0, WEIGHT_OF_OTHERS * own.sum() / (~own).sum())
    line = LogisticRegression(C=INVERSE_REGULARISATION).fit(values, right, weights)
    left_out = np.zeros(len(rows))
    for name in {row.set for row in rows}:
        this = np.array([row.set == name for row in rows])
        fitted = LogisticRegression(C=INVERSE_REGULARISATION).fit(values[~this], right[~this], weights[~this])
        left_out[this] = fitted.predict_proba(values[this])[:, 1]
    print(f"{own.sum()} questions, {right.sum()} with the answer among {N_QUOTES} quotes; {(~own).sum()} of other sets")
    print(f"bias {line.intercept_[0]:.2f}, weights {line.coef_[0][0]:.2f} (judge), {line.coef_[0][1]:.2f} (retrieval)")
    for name, others in (("unanswerable", own & ~answerable), ("of other sets", ~own), ("all others", ~right)):
        told = right | others
        print(f"area under the curve, right against {name}: {roc_auc_score(right[told], left_out[told]):.3f}")


def own_questions(folder: Path) -> list[GoldQuestion]:
    questions = [gold for gold in read_questions(folder) if gold.kind not in NOT_QUOTED]
    chance = random.Random(3)  # noqa: S311 -- repeatable
    return chance.sample(questions, min(N_OWN, len(questions)))


def judge_set(folder: Path, asked: dict[Path, list[GoldQuestion]]) -> Iterator[Judged]:
    retriever = build_retriever(folder / CORPUS_FOLDER)
    answerer = make_answerer(read_settings({}), retriever, None)
    finder, judge = answerer.finder, open_judge()
    for gold, is_own in questions_to(folder, asked):
        found = finder.find(answerer.rewriter.rewrite_by_rule(gold.question, gold.history))
        places = places_of((), found.evidence)
        quotes = choose_quotes(places, finder.section_around, finder.quote, most=N_QUOTES)
        if quotes:
            (hit, _), *_ = quotes[0].places
            judged = judge.judge_answer(f"{finder.label(hit)}: {quotes[0].text}", found.query)
            is_answerable = is_own and gold.is_answerable
            is_right = is_answerable and gold.is_answered_by(" ".join(quote.text for quote in quotes))
            retrieval = min(log_odds(found.confidence), MOST_OF_RETRIEVAL)
            yield Judged(folder.name, log_odds(judged), retrieval, is_own, is_answerable, is_right)


def questions_to(folder: Path, asked: dict[Path, Sequence[GoldQuestion]]) -> Iterator[tuple[GoldQuestion, bool]]:
    """Yield the questions of a set, then some of each other, and whether they are its own."""
    yield from ((gold, True) for gold in asked[folder])
    for other, questions in asked.items():
        if other != folder:
            yield from ((gold, False) for gold in questions[:N_OF_EACH_OTHER] if not gold.history)


if __name__ == "__main__":
    main()
