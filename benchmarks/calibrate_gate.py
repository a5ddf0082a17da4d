"""Fit the weights of rag/answering/reply/gate.py on several sets, and show what thresholds do.

    python -m benchmarks.calibrate_gate SET=ANSWERS [SET=ANSWERS ...]

ANSWERS is an output of `benchmarks.collect_answers` for the SET. Here a whole reply is weighed;
while it is generated, each sentence is weighed by the reply up to its end. The figures of each set
come from weights fitted on the others; all sets have the same weight. The last weights are those of
all sets. `--switch-off` shows the value of each signal by leaving it out.
"""

import argparse
import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from benchmarks.calibrate_evidence import build_retriever
from rag.answering.answerer import Answerer
from rag.answering.decide import AnswerOptions
from rag.answering.quotes import choose_quotes, leave_out_repeated, places_of
from rag.answering.reply.gate import Signals
from rag.answering.reply.judge import ReplyJudge
from rag.answering.reply.sentence_check import SentenceChecker
from rag.answering.reply.sentence_reader import GeneratedSentence
from rag.assembly.engine import make_answerer
from rag.assembly.open_llm import read_prompts
from rag.assembly.settings import read_settings
from rag.checking.context_sentences import analyse_context
from rag.encoders.judge import open_judge
from rag.evaluation.metrics.verdicts import GoldQuestion
from rag.evaluation.question_sets import CORPUS_FOLDER, place_words, read_questions
from rag.text.sentences import split_sentences
from rag.text.stemming import stem

SIGNALS = ("fluency", "declining")
THRESHOLDS = (0.0, 0.3, 0.4, 0.45, 0.5, 0.55, 0.6, 0.65, 0.7)
BOUNDARY = "3f9a1c"
MOST_QUOTES = AnswerOptions().max_quotes


class Reply(TypedDict):
    """A line of ANSWERS."""

    id: str
    answer: str
    fluency: float
    declining: float


@dataclass(frozen=True)
class Written:
    """One question: the signals of its reply, and the text that is shown if they suffice.

    Attributes:
        told: The sentences and the quotes, joined; empty without any.
    """

    gold: GoldQuestion
    values: tuple[float, ...]
    told: str
    all_written: str

    @property
    def is_right(self) -> bool:
        return self.gold.is_answerable and self.gold.is_answered_by(self.told)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("sets", nargs="+", help="SET=ANSWERS")
    parser.add_argument("--switch-off", action="store_true")
    arguments = parser.parse_args()
    by_set = {}
    for pair in arguments.sets:
        folder, answers = map(Path, pair.split("=", 1))
        by_set[folder.name] = read_set(folder, answers)
    report(by_set, list(range(len(SIGNALS))))
    for i, signal in enumerate(SIGNALS if arguments.switch_off else ()):
        print(f"\nwithout {signal}")
        report(by_set, [one for one in range(len(SIGNALS)) if one != i])


def read_set(folder: Path, answers: Path) -> list[Written]:
    retriever = build_retriever(folder / CORPUS_FOLDER)
    ids = {entry.uri: entry.id for entry in retriever.entries() if entry.reason is None}
    questions = place_words(
        read_questions(folder), lambda uri: retriever.document(ids[uri]).text if uri in ids else None
    )
    gold_by_id = {gold.id: gold for gold in questions}
    answerer = make_answerer(read_settings({"llm": "local"}), retriever, None)
    lines = map(json.loads, answers.read_text(encoding="utf-8").splitlines())
    return [judge(answerer, gold_by_id[said["id"]], said) for said in lines if said["declining"] is not None]


def judge(answerer: Answerer, gold: GoldQuestion, said: Reply) -> Written:
    """Return the text that is shown for a reply, whatever its signals."""
    finder, retriever = answerer.finder, answerer.retriever
    query = answerer.rewriter.rewrite_by_rule(gold.question, gold.history)
    found = finder.find(query, question=gold.question)
    hits, prompts = found.context.hits, read_prompts("local")
    read = analyse_context(hits, retriever.titles(hits), stem)
    checker = SentenceChecker(retriever, stem, open_judge(), found, prompts, read, BOUNDARY)
    reply_judge = ReplyJudge(found.query, stem, 0.0, said["declining"], [math.log(said["fluency"])])
    told = []
    for span in split_sentences(said["answer"], "en"):
        checked = checker.check(GeneratedSentence(said["answer"][span.start : span.end].strip(), frozenset()))
        if checked.result not in {"declines", "empty"} and reply_judge.judge(checked) == "shown":
            told.append(checked.text)
    offered = choose_quotes(places_of(reply_judge.quotable), finder.unit_of, finder.quote, most=MOST_QUOTES)
    quotes = [one.text for one in leave_out_repeated(offered, told, stem)]
    signals = Signals(said["fluency"], said["declining"])
    return Written(gold, signals.values(), " ".join([*told, *quotes]), said["answer"])


def report(by_set: dict[str, list[Written]], columns: list[int]) -> None:
    probability_by_set = {}
    for name, held_out in by_set.items():
        learnt = [rows for other, rows in by_set.items() if other != name] or [held_out]
        model = fit(learnt, columns)
        values = np.array([one.values for one in held_out])[:, columns]
        probability_by_set[name] = model.predict_proba(values)[:, 1]
    for name, rows in by_set.items():
        is_right = np.array([one.is_right for one in rows])
        auc = roc_auc_score(is_right, probability_by_set[name]) if 0 < is_right.sum() < len(rows) else float("nan")
        n_answerable = sum(one.gold.is_answerable for one in rows)
        raw = sum(one.gold.is_answerable and one.gold.is_answered_by(one.all_written) for one in rows)
        print(
            f"{name}: {len(rows)} questions, {n_answerable} answerable; the LLM's words right {raw}, "
            f"told ones {is_right.sum()}; AUC {auc:.3f}"
        )
        print("  threshold  right  wrong  abstained | unanswerable answered")
        for threshold in THRESHOLDS:
            told = np.array([bool(one.told) for one in rows]) & (probability_by_set[name] >= threshold)
            answerable = np.array([one.gold.is_answerable for one in rows])
            print(
                f"  {threshold:9.2f}  {(told & is_right).sum():5d}  {(told & ~is_right & answerable).sum():5d}"
                f"  {(~told & answerable).sum():9d} | {(told & ~answerable).sum()} of {(~answerable).sum()}"
            )
    model = fit(list(by_set.values()), columns)
    shown = ", ".join(f"{SIGNALS[i]} {weight:.2f}" for i, weight in zip(columns, model.coef_[0], strict=True))
    print(f"all sets: {shown}; bias {model.intercept_[0]:.2f}")


def fit(sets: list[list[Written]], columns: list[int]) -> LogisticRegression:
    """Fit on all replies with text to show; all sets have the same weight."""
    rows = [(one, 100 / len(written)) for written in sets for one in written if one.told]
    values = np.array([one.values for one, _ in rows])[:, columns]
    labels = np.array([one.is_right for one, _ in rows])
    return LogisticRegression(C=1).fit(values, labels, sample_weight=[weight for _, weight in rows])


if __name__ == "__main__":
    main()
