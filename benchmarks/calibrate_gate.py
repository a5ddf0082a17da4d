"""Fit the weights of rag/gating.py, and show what thresholds on them let through.

    python -m benchmarks.calibrate_gate SET ANSWERS

ANSWERS is what `benchmarks.collect_answers` wrote. Fitted on every second document, checked on the others and the other
way round; the weights printed last are those of all.
"""

import argparse
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from benchmarks.calibrate_evidence import build_retriever
from rag.assembly import make_answerer
from rag.context_reading import read_context
from rag.declining import is_decline
from rag.evidence import log_odds
from rag.finding import Finder, Findings
from rag.metrics import GoldQuestion
from rag.question_sets import CORPUS_FOLDER, read_questions
from rag.retrieval import Retriever
from rag.segmenting import split_sentences
from rag.settings import read_settings
from rag.stemming import stem
from rag.support import MIN_SUPPORT, find_support, without_polar_opening

THRESHOLDS = (0.0, 0.2, 0.25, 0.3, 0.35, 0.4, 0.5)


@dataclass(frozen=True)
class Asked:
    """One question: log-odds of yes, evidence and support, whether what was written holds a gold answer."""

    gold: GoldQuestion
    values: tuple[float, float, float]
    is_supported: bool
    is_right: bool


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("set", type=Path)
    parser.add_argument("answers", type=Path)
    arguments = parser.parse_args()
    gold_by_id = {gold.id: gold for gold in read_questions(arguments.set)}
    retriever = build_retriever(arguments.set / CORPUS_FOLDER)
    finder = make_answerer(read_settings({"llm": "local"}), retriever, None).finder
    told = [json.loads(line) for line in arguments.answers.read_text(encoding="utf-8").splitlines()]
    asked = [judge(finder, retriever, gold_by_id[one["id"]], one["yes"], one["answer"]) for one in told]
    report(asked)


def judge(finder: Finder, retriever: Retriever, gold: GoldQuestion, yes: float, answer: str) -> Asked:
    findings = finder.find(gold.question)
    support = max(
        (score(retriever, findings, answer[s.start : s.end]) for s in split_sentences(answer, "en")), default=0.0
    )
    return Asked(
        gold=gold,
        values=(log_odds(yes), log_odds(findings.evidence_confidence), log_odds(support)),
        is_supported=support >= MIN_SUPPORT,
        is_right=any(text.casefold() in answer.casefold() for text in gold.answers),
    )


def score(retriever: Retriever, findings: Findings, sentence: str) -> float:
    claim = without_polar_opening(sentence.strip())
    if not claim or is_decline(claim):
        return 0.0
    hits = findings.context.hits
    read = read_context(hits, retriever.titles(hits), stem)
    return find_support(claim, findings.asked, read, retriever.score_sentences(claim, hits), stem).score


def report(asked: list[Asked]) -> None:
    values = np.array([one.values for one in asked])
    is_answerable = np.array([one.gold.is_answerable for one in asked])
    is_right = np.array([one.is_right for one in asked]) & is_answerable
    is_supported = np.array([one.is_supported for one in asked])
    documents = sorted({one.gold.document for one in asked})
    half = np.isin([one.gold.document for one in asked], documents[::2])
    print(
        f"{len(asked)} questions, {is_answerable.sum()} answerable; the LLM's words hold an answer to {is_right.sum()}"
    )
    for name, columns in (("before", [0, 1]), ("after", [0, 1, 2])):
        probability = np.zeros(len(asked))
        for learnt in (half, ~half):
            model = fit(values[learnt][:, columns], is_answerable[learnt])
            probability[~learnt] = model.predict_proba(values[~learnt][:, columns])[:, 1]
        whole = fit(values[:, columns], is_answerable)
        print(f"{name}: weights {whole.coef_[0].round(2)}, bias {whole.intercept_[0]:.2f}; ", end="")
        print(f"AUC {roc_auc_score(is_answerable, probability):.3f}")
        print("threshold  right  wrong  declined  look-alike declined")
        for threshold in THRESHOLDS:
            told = (probability >= threshold) & is_supported
            of_answerable = [(is_right & told), (~is_right & told), ~told]
            shares = [part[is_answerable].mean() for part in of_answerable]
            print(f"{threshold:9.2f}  {shares[0]:5.3f}  {shares[1]:5.3f}  {shares[2]:8.3f}", end="")
            print(f"  {(~told)[~is_answerable].mean():19.3f}")


def fit(values: np.ndarray, labels: np.ndarray) -> LogisticRegression:
    return LogisticRegression(C=1).fit(values, labels)


if __name__ == "__main__":
    main()
