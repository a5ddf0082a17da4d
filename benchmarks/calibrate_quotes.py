"""Fit the probability that quotes are an answer to what the judge says of the first quote.

    python -m benchmarks.calibrate_quotes evals/everyday/shop evals/everyday/clinic ...

Each set is indexed, and the quotes for each question are judged. The line fits all sets; the areas
under the curve come from lines that leave each set out in turn. Paste the line into
rag/answering/decide.py.
"""

import argparse
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from benchmarks.calibrate_evidence import build_retriever
from rag.answering.quotes import choose_quotes, places_of
from rag.assembly.engine import make_answerer
from rag.assembly.settings import read_settings
from rag.encoders.judge import open_judge
from rag.evaluation.question_sets import CORPUS_FOLDER, read_questions
from rag.probability import log_odds

N_QUOTES = 3
NOT_QUOTED = frozenset({"small-talk", "collection", "metadata"})


@dataclass(frozen=True, slots=True)
class Judged:
    """A question: its set, the judge's log-odds, and whether the quotes hold the answer."""

    set: str
    log_odds: float
    is_answerable: bool
    is_right: bool


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("sets", type=Path, nargs="+")
    rows = [row for folder in parser.parse_args().sets for row in judge_set(folder)]
    values = np.array([[row.log_odds] for row in rows])
    right = np.array([row.is_right for row in rows])
    told = np.array([row.is_right or not row.is_answerable for row in rows])
    line = LogisticRegression().fit(values, right)
    left_out = np.zeros(len(rows))
    for name in {row.set for row in rows}:
        own = np.array([row.set == name for row in rows])
        left_out[own] = LogisticRegression().fit(values[~own], right[~own]).predict_proba(values[own])[:, 1]
    print(f"{len(rows)} questions, {right.sum()} with the answer among {N_QUOTES} quotes")
    print(f"bias {line.intercept_[0]:.2f}, weight {line.coef_[0][0]:.2f}")
    print(f"area under the curve, right against all others: {roc_auc_score(right, left_out):.3f}")
    print(f"right against unanswerable: {roc_auc_score(right[told], left_out[told]):.3f}")


def judge_set(folder: Path) -> Iterator[Judged]:
    retriever = build_retriever(folder / CORPUS_FOLDER)
    answerer = make_answerer(read_settings({}), retriever, None)
    finder, judge = answerer.finder, open_judge()
    for gold in read_questions(folder):
        if gold.kind in NOT_QUOTED:
            continue
        found = finder.find(answerer.rewriter.rewrite_by_rule(gold.question, gold.history))
        places = places_of((), found.evidence)
        quotes = choose_quotes(places, finder.section_around, finder.quote, most=N_QUOTES)
        if quotes:
            (hit, _), *_ = quotes[0].places
            judged = judge.judge_answer(f"{finder.label(hit)}: {quotes[0].text}", found.query)
            is_right = gold.is_answerable and gold.is_answered_by(" ".join(quote.text for quote in quotes))
            yield Judged(folder.name, log_odds(judged), gold.is_answerable, is_right)


if __name__ == "__main__":
    main()
