"""Fit the weights of rag/checking/claim_match.py, and measure what the support check catches.

    python -m benchmarks.calibrate_support SET ANSWERS

SET is a question set with several documents (evals/README.md). ANSWERS has one JSON object a line
with `id` and `answer`, as `benchmarks.collect_answers` writes them. `is_said` is false if a reader
found that the sentence with the gold answer does not say what the LLM generated.

True pairs are an answer that holds a gold answer with the sentence that says so, and that sentence
with itself. False pairs have another sentence of the document, the nearest one, or a changed claim.
Changed are a number, scale, name, word, thing or direction; a "not" or a clause is added. Each pair
is also asked as a yes-or-no question, which has all words of the claim. Each half of the documents
is checked with weights of the other; the last weights are those of all.
"""

import argparse
import json
import random
import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression

from benchmarks.calibrate_evidence import build_retriever
from rag.checking.claim_match import ContextMatch, MatchFeatures, analyse_claim
from rag.checking.context_sentences import analyse_context
from rag.checking.support import MIN_SUPPORT, without_polar_opening
from rag.evaluation.metrics.verdicts import GoldQuestion
from rag.evaluation.question_sets import CORPUS_FOLDER, read_questions
from rag.index.store import Store
from rag.index.versions import STORE_FILE
from rag.retrieval.retriever import Retriever
from rag.text.sentences import split_sentences
from rag.text.stemming import stem
from rag.types import Hit, Span

FEATURES = MatchFeatures._fields
N_SWAPPED, N_NEAREST = 3, 2
MIN_CHARACTERS = 30
FALSE_ALARMS = 0.05
NUMBER = re.compile(r"\d[\d,.]*\d|\d")
NAME = re.compile(r"(?<=[a-z,] )[A-Z][^\W\d_]{2,}(?: [A-Z][^\W\d_]+)*")
VERB = re.compile(r"\b(?:is|was|are|were|can|could|has|had|will)\b(?! not)")
DIRECTION = re.compile(r"\b(from|to|before|after|with|over|under|above|below)\b (?=[A-Z\d])")
TURNED = {
    "to": "from", "from": "to", "before": "after", "after": "before", "with": "without", "over": "under",
    "under": "over", "above": "below", "below": "above",
}  # fmt: skip
SCALE = re.compile(r"\b(?:hundred|thousand|million|billion)\b", re.IGNORECASE)
SCALED = {"hundred": "thousand", "thousand": "million", "million": "billion", "billion": "million"}
CLAUSE = re.compile(r", [a-z][^,;.()\d]{15,60}(?=[,;.])")
THING = re.compile(r"\b[a-z]{5,}\b")


@dataclass(frozen=True)
class Pair:
    """A claim and a sentence, and how they differ.

    Attributes:
        is_true: Whether the sentence supports the claim, as far as is known.
        is_taken: Whether the weights learn it as true. Every reply of the LLM counts as said by the
            sentence with the gold answer. Without the few that are not, the weights reject
            rewordings (docs/experiments.md, "Support").
    """

    document: str
    kind: str
    is_true: bool
    is_taken: bool
    features: tuple[float, ...]


@dataclass(frozen=True)
class Place:
    hit: Hit
    span: Span

    @property
    def text(self) -> str:
        return " ".join(self.hit.passage.text_of(self.span).split())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("set", type=Path)
    parser.add_argument("answers", type=Path)
    arguments = parser.parse_args()
    gold_by_id = {gold.id: gold for gold in read_questions(arguments.set) if gold.is_answerable}
    told = [json.loads(line) for line in arguments.answers.read_text(encoding="utf-8").splitlines()]
    answers = {one["id"]: one["answer"] for one in told if one["id"] in gold_by_id}
    unsaid = {one["id"] for one in told if one.get("is_said") is False}
    pairs = make_pairs(build_retriever(arguments.set / CORPUS_FOLDER), gold_by_id, answers, unsaid)
    check(pairs, cross_validate(pairs))
    whole = fit(pairs)
    weights = ", ".join(f"{name} {weight:.2f}" for name, weight in zip(FEATURES, whole.coef_[0], strict=True))
    print(f"weights of all: {weights}, bias {whole.intercept_[0]:.2f}")


def cross_validate(pairs: Sequence[Pair]) -> np.ndarray:
    """Return each pair's score by weights that were fitted on the other half of the documents."""
    documents = sorted({pair.document for pair in pairs})
    half = np.isin([pair.document for pair in pairs], documents[::2])
    scores = np.zeros(len(pairs))
    for learnt in (half, ~half):
        model = fit([pair for pair, is_learnt in zip(pairs, learnt, strict=True) if is_learnt])
        scores[~learnt] = model.predict_proba(np.array([pair.features for pair in pairs])[~learnt])[:, 1]
    return scores


def make_pairs(
    retriever: Retriever, gold_by_id: dict[str, GoldQuestion], answers: dict[str, str], unsaid: Collection[str]
) -> list[Pair]:
    """Return all pairs.

    Args:
        unsaid: Ids of the questions whose reply the sentence with the answer does not say.
    """
    places = places_by_uri(retriever)
    draw = random.Random(5)  # noqa: S311 -- a fixed order, no secret
    return [
        as_judged(pair) if id_ in unsaid else pair
        for id_, answer in answers.items()
        for pair in pairs_of(retriever, gold_by_id[id_], answer, places[gold_by_id[id_].document], draw)
    ]


def as_judged(pair: Pair) -> Pair:
    """Mark a pair of the LLM's whose claim is not said as false, although it is taken as true."""
    if not (pair.is_true and pair.kind.startswith("llm")):
        return pair
    return replace(pair, kind=pair.kind.replace("true", "not said"), is_true=False)


def places_by_uri(retriever: Retriever) -> dict[str, list[Place]]:
    """Return every sentence of every document."""
    uri_by_id = {entry.id: entry.uri for entry in retriever.entries()}
    store = Store(retriever.index_version.folder / STORE_FILE)
    places = defaultdict(list)
    for stored in store.passages(list(range(retriever.index_version.manifest.n_passages))):
        hit = Hit(stored.passage, 0.0, 1, "fused", (), stored.first_sentence)
        for span in stored.passage.sentences:
            places[uri_by_id[stored.passage.document_id]].append(Place(hit, span))
    return places


def pairs_of(
    retriever: Retriever, gold: GoldQuestion, answer: str, places: Sequence[Place], draw: random.Random
) -> Iterator[Pair]:
    right = next((one for one in places if any(holds(one.span, span) for span in gold.spans)), None)
    if right is None:
        return
    golds = [text.casefold() for text in gold.answers]
    elsewhere = [
        one
        for one in places
        if len(one.text) > MIN_CHARACTERS and not any(text in one.text.casefold() for text in golds)
    ]
    document_text = " ".join(one.text for one in places)
    for writer, claim in claims_of(answer, golds, right.text):
        judge = Judge(retriever, gold, writer)
        yield from judge.judge("true", claim, right)
        for place in draw.sample(elsewhere, min(N_SWAPPED, len(elsewhere))):
            yield from judge.judge("swapped", claim, place)
        for place in judge.nearest(claim, elsewhere):
            yield from judge.judge("nearest", claim, place)
        for kind, changed in changes_of(claim, document_text, draw):
            yield from judge.judge(kind, changed, right)
        for kind, changed in changes_within(claim, gold.question, right.text, document_text, draw):
            yield from judge.judge(kind, changed, right)
        for changed, question in other_things(claim, gold.question, right, draw):
            yield from judge.judge("other thing", changed, right, question)


def claims_of(answer: str, golds: Sequence[str], right: str) -> Iterator[tuple[str, str]]:
    text = re.sub(r"\s*\[\d+\]", "", answer)
    for span in split_sentences(text, "en"):
        sentence = without_polar_opening(text[span.start : span.end].strip())
        if any(gold in sentence.casefold() for gold in golds):
            yield "llm", sentence
            break
    yield "verbatim", right


def changes_of(claim: str, document: str, draw: random.Random) -> Iterator[tuple[str, str]]:
    """Yield the claim with one thing changed that makes it false."""
    for kind, pattern in (("number", NUMBER), ("name", NAME)):
        found = list(pattern.finditer(claim))
        others = sorted({text for text in pattern.findall(document) if text not in claim})
        if found and others:
            match = draw.choice(found)
            yield kind, claim[: match.start()] + draw.choice(others) + claim[match.end() :]
    if match := SCALE.search(claim):
        yield "scale", claim[: match.start()] + SCALED[match[0].casefold()] + claim[match.end() :]
    clauses = [text for text in CLAUSE.findall(document) if text.strip(" ,.") not in claim]
    if clauses:
        yield "clause added", f"{claim.rstrip(' .')}{draw.choice(clauses)}."
    if match := VERB.search(claim):
        yield "negation", f"{claim[: match.end()]} not{claim[match.end() :]}"
    if match := DIRECTION.search(claim):
        yield "direction", claim[: match.start()] + TURNED[match[1]] + claim[match.end() - 1 :]


def changes_within(
    claim: str, question: str, right: str, document: str, draw: random.Random
) -> Iterator[tuple[str, str]]:
    """Yield the claim with another number of the same sentence, or with one word replaced."""
    numbers = NUMBER.findall(claim)
    others = sorted({text for text in NUMBER.findall(right) if text not in numbers})
    if numbers and others:
        yield "other number of the sentence", claim.replace(draw.choice(numbers), draw.choice(others))
    words = [word for word in THING.findall(claim) if word in right and word not in question]
    strangers = [word for word in THING.findall(document) if word not in right]
    if words and strangers:
        yield "word", claim.replace(draw.choice(words), draw.choice(strangers))


def other_things(claim: str, question: str, right: Place, draw: random.Random) -> Iterator[tuple[str, str]]:
    """Yield the claim and its question about another thing of the passage, like a look-alike."""
    shared = [word for word in THING.findall(claim) if word in question]
    passage = right.hit.passage.text
    others = [word for word in THING.findall(passage) if word not in right.text and word not in question]
    if shared and others:
        word, other = draw.choice(shared), draw.choice(others)
        yield claim.replace(word, other), question.replace(word, other)


class Judge:
    """Compares claims that answer one question with sentences."""

    def __init__(self, retriever: Retriever, gold: GoldQuestion, writer: str) -> None:
        self._retriever = retriever
        self._gold = gold
        self._writer = writer

    def judge(self, kind: str, claim: str, place: Place, question: str | None = None) -> Iterator[Pair]:
        asked = {"": question or self._gold.question, ", yes or no": f"Is it so that {claim.rstrip('.')}?"}
        for way, text in asked.items():
            features = self._features(claim, text, place)
            if features is not None:
                yield Pair(
                    self._gold.document, f"{self._writer}{way}: {kind}", kind == "true", kind == "true", features
                )

    def nearest(self, claim: str, places: Sequence[Place]) -> list[Place]:
        hits = list({place.hit.passage.id: place.hit for place in places}.values())
        cosines = {
            (hit.passage.id, span): cosine
            for hit, of_hit in zip(hits, self._retriever.score_sentences(claim, hits), strict=True)
            for span, cosine in zip(hit.passage.sentences, of_hit, strict=True)
        }
        return sorted(places, key=lambda place: -cosines[place.hit.passage.id, place.span])[:N_NEAREST]

    def _features(self, claim: str, question: str, place: Place) -> tuple[float, ...] | None:
        hits, read = [place.hit], analyse_claim(claim, question, stem)
        context = analyse_context(hits, self._retriever.titles(hits), stem)
        match = ContextMatch(read, context, self._retriever.score_sentences(claim, hits))
        chosen = next((one for one in match.sentences if one.sentence.sentence.span == place.span), None)
        return match.compare([chosen]) if read.content and chosen else None


def fit(pairs: Sequence[Pair]) -> LogisticRegression:
    """Fit with equal weight on true and false pairs, and on each kind of them.

    Otherwise the many swapped sentences, which are easy, would outweigh the few changed numbers.
    """
    kinds = [pair.kind.replace("not said", "true") for pair in pairs]
    n_of_kind = Counter(kinds)
    n_kinds = Counter(
        is_taken for is_taken, _ in {(pair.is_taken, kind) for pair, kind in zip(pairs, kinds, strict=True)}
    )
    weight = np.array(
        [len(pairs) / (n_kinds[pair.is_taken] * n_of_kind[kind]) / 2 for pair, kind in zip(pairs, kinds, strict=True)]
    )
    return LogisticRegression(C=1, max_iter=3000).fit(
        np.array([pair.features for pair in pairs]), np.array([pair.is_taken for pair in pairs]), sample_weight=weight
    )


def check(pairs: Sequence[Pair], score: np.ndarray) -> None:
    is_true = np.array([pair.is_true for pair in pairs])
    is_swapped = np.array(["swapped" in pair.kind for pair in pairs])
    print(f"{len(pairs)} pairs, {is_true.sum()} of them true")
    for threshold in (float(np.quantile(score[is_true], FALSE_ALARMS)), MIN_SUPPORT):
        refused, caught = (score[is_true] < threshold).mean(), (score[is_swapped] < threshold).mean()
        print(f"at {threshold:.2f}: {refused:.1%} of the true ones refused, {caught:.1%} of the swapped ones caught")
    print(f"kind                                            pairs  above {MIN_SUPPORT}")
    kinds = np.array([pair.kind for pair in pairs])
    for kind in sorted(set(kinds)):
        of_kind = score[kinds == kind]
        print(f"{kind:46}  {len(of_kind):5}  {(of_kind >= MIN_SUPPORT).mean():9.3f}")


def holds(sentence: Span, gold: Span) -> bool:
    return sentence.start <= gold.start and gold.end <= sentence.end


if __name__ == "__main__":
    main()
