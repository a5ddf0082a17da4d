"""Rank sentences as evidence for a question and say how likely the best one answers it.

Goes in: a question and hits with their sentence scores. Comes out: the evidence, best first, each with a confidence
from 0 to 1. Two logistic models over six features: one orders the sentences of a question among each other, one says
how far to trust the first. Weights: fitted by `benchmarks/calibrate_evidence.py` on half of the articles of SQuAD 2.0's
development set (Rajpurkar, Jia, Liang, 2018) and checked on the other half; figures in docs/experiments.md.
"""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

from rag.agreement import has_other_partner
from rag.smuggling import gives_orders
from rag.types import Evidence, Hit, Span
from rag.words import (
    AnswerKind,
    Stem,
    Word,
    answer_kind,
    coverage,
    holds_kind,
    is_found,
    split_words,
    stems_of,
)

# Order of the features: see SentenceFeatures.
ORDER_WEIGHTS = (4.97, 2.98, 2.02, 1.65, 2.54, 2.61)
CONFIDENCE_WEIGHTS = (3.21, 1.68, 1.04, 0.79, 0.13, 0.14)
CONFIDENCE_BIAS = -5.59

# Marks of references may follow: "in 1932.[4]", "in 1932.¹".
_ENDS_LIKE_A_SENTENCE = re.compile(r"[.!?…。！？؟।][\"'”’»)\]]*(?:\s?\[[^\[\]\s]{1,12}\]|[⁰¹²³⁴⁵⁶⁷⁸⁹†‡*])*\s*$")
_IS_AN_ENTRY = re.compile(r"^\s*(?:[-*+•‣–—]|\(?\d{1,3}[.)])\s|^\s*\|.*\w.*\||\w:\s+\S")
# "the foreign minister of Ukraine", "Ukraine's foreign minister": a role and the name it belongs to.
_ROLE_OF_NAME = re.compile(r"([^\W\d_]+)\s+of\s+(?:the\s+)?([A-Z][^\W_]+)")
_NAMES_ROLE = re.compile(r"([A-Z][^\W_]+)['’]s?\s+((?:[a-z][\w-]*\s*){1,4})")
_ROLE_PHRASE_WORDS = 4
_PERSONAL = frozenset("he she it they his her its their er sie es".split())  # noqa: SIM905
_DEMONSTRATIVE = frozenset("this these that those dieser diese dieses".split())  # noqa: SIM905
# Its log-odds are -6.
_LEAST_PROBABILITY = 1.0 / (1.0 + math.exp(6.0))
# "After that they may" and "In 2019 she" refer back as "They may" does.
_PRONOUN_PLACES = 3


@dataclass(frozen=True, slots=True)
class SentenceFeatures:
    """What is known of one sentence as evidence for one question; each 0 to 1, the cosine -1 to 1.

    Attributes:
        cosine: Of the question's and the sentence's embeddings.
        covered: Fraction of the question's content words found in the sentence.
        names_covered: Fraction of the question's names and numbers found in the passage or its document's title.
        holds_kind: 1 when the sentence holds something of the kind asked for, such as a number.
        relation_covered: Fraction of the question's other content words found in the sentence.
        passage_log_odds: Of the confidence that retrieval has in the passage, -6 to 6.
    """

    cosine: float
    covered: float
    names_covered: float
    holds_kind: float
    relation_covered: float
    passage_log_odds: float

    def values(self) -> tuple[float, ...]:
        return (
            *(self.cosine, self.covered, self.names_covered, self.holds_kind, self.relation_covered),
            self.passage_log_odds,
        )


@dataclass(frozen=True, slots=True)
class MeasuredSentence:
    """A sentence with its features.

    Attributes:
        is_about_another: It speaks of another thing than was asked about, or gives the role to somebody else.
        stems: Of its words, in their order.
    """

    sentence: Span
    features: SentenceFeatures
    is_about_another: bool
    stems: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class QuestionWords:
    """A question taken apart once, to be compared with many sentences."""

    stems: frozenset[str]
    content: tuple[str, ...]
    names: tuple[str, ...]
    relations: tuple[str, ...]
    kind: AnswerKind
    roles: tuple[tuple[str, str], ...]
    words: tuple[Word, ...]


def read_question(question: str, stem: Stem) -> QuestionWords:
    """Take a question apart into the stems that evidence is compared with."""
    words = split_words(question, stem)
    names = tuple(dict.fromkeys(word.stem for word in words if word.is_name))
    content = tuple(word.stem for word in words if word.is_content)
    kind = answer_kind(question)
    return QuestionWords(
        stems=frozenset(word.stem for word in words),
        content=content,
        names=names,
        relations=tuple(word for word in content if word not in names),
        kind=kind,
        roles=_roles(question, stem) if kind == "person_or_name" else (),
        words=tuple(words),
    )


def rank_evidence(question: str, hits: Sequence[Hit], titles: Sequence[str], stem: Stem) -> list[Evidence]:
    """Return every statement of the hits as evidence, best first; ties keep the hits' order, then reading order.

    A statement that stands in several hits is told once, of the first of them.

    Args:
        hits: With `sentence_scores` set.
        titles: The title of each hit's document.
    """
    asked = read_question(question, stem)
    scored: list[tuple[bool, float, Hit, MeasuredSentence]] = []
    seen: set[tuple[str, ...]] = set()
    for hit, title in zip(hits, titles, strict=True):
        for measured in measure_sentences(asked, hit, title, stem):
            if measured.stems not in seen:
                seen.add(measured.stems)
                score = _weigh(ORDER_WEIGHTS, measured.features)
                scored.append((not measured.is_about_another, score, hit, measured))
    # A sentence about another thing or somebody else's role cannot be the evidence, however alike it looks: it is last.
    scored.sort(key=lambda one: one[:2], reverse=True)
    return [
        Evidence(
            hit=hit,
            sentence=measured.sentence,
            confidence=estimate_confidence(measured.features) if may_answer else 0.0,
            odds=math.exp(score - scored[0][1]) if may_answer else 0.0,
        )
        for may_answer, score, hit, measured in scored
    ]


def measure_sentences(asked: QuestionWords, hit: Hit, title: str, stem: Stem) -> list[MeasuredSentence]:
    """Compare each statement of a hit with the question.

    A sentence that speaks of "she" or "it" also counts the words of the sentence before it.
    """
    names_covered = coverage(asked.names, stems_of(split_words(f"{title}\n{hit.passage.text}", stem)))
    measured = []
    previous: set[str] = set()
    for sentence, cosine in zip(hit.passage.sentences, hit.sentence_scores, strict=True):
        text = hit.passage.text_of(sentence)
        words = split_words(text, stem)
        stems = stems_of(words)
        if is_statement(text) and not gives_orders(text):
            told = stems | previous if refers_back(words) else stems
            features = SentenceFeatures(
                cosine=cosine,
                covered=coverage(asked.content, told) if asked.content else 0.0,
                names_covered=names_covered,
                holds_kind=float(holds_kind(asked.kind, text, words, asked.stems)),
                relation_covered=coverage(asked.relations, stems),
                passage_log_odds=log_odds(hit.confidence),
            )
            is_about_another = names_another_holder(asked, text, words) or has_other_partner(asked.words, words)
            measured.append(MeasuredSentence(sentence, features, is_about_another, tuple(word.stem for word in words)))
        previous = stems
    return measured


def estimate_confidence(features: SentenceFeatures) -> float:
    """Return the calibrated probability, 0 to 1, that the sentence answers the question."""
    return 1.0 / (1.0 + math.exp(-CONFIDENCE_BIAS - _weigh(CONFIDENCE_WEIGHTS, features)))


def log_odds(probability: float) -> float:
    """Return ln(p / (1 - p)), limited to -6 to 6."""
    bounded = min(max(probability, _LEAST_PROBABILITY), 1.0 - _LEAST_PROBABILITY)
    return math.log(bounded / (1.0 - bounded))


def is_statement(text: str) -> bool:
    """Tell what says something, a sentence, a list item, a table's row, a "label: value", from a title or caption."""
    return bool(_ENDS_LIKE_A_SENTENCE.search(text) or _IS_AN_ENTRY.search(text))


def refers_back(words: Sequence[Word]) -> bool:
    """Tell whether a sentence opens with a "she" or "it" that the sentence before it explains."""
    opening = [word.text.lower() for word in words[:_PRONOUN_PLACES]]
    return any(word in _PERSONAL for word in opening) or bool(opening and opening[0] in _DEMONSTRATIVE)


def names_another_holder(asked: QuestionWords, text: str, words: Sequence[Word]) -> bool:
    """Tell whether the sentence speaks of the asked role only as somebody else's.

    "Who is the foreign minister of Ukraine?" is not answered by a sentence on the Russian foreign minister that also
    mentions Ukraine, though it holds every word of the question.
    """
    for role, name in asked.roles:
        places = [i for i, word in enumerate(words) if word.stem == role]
        if places and all(_belongs_to_other(asked, text, words, place, name) for place in places):
            return True
    return False


def _roles(question: str, stem: Stem) -> tuple[tuple[str, str], ...]:
    pairs = [(match[1], match[2]) for match in _ROLE_OF_NAME.finditer(question)]
    for match in _NAMES_ROLE.finditer(question):
        content = [word for word in split_words(match[2], stem) if word.is_content]
        if content:
            pairs.append((content[-1].text, match[1]))
    return tuple((stem(role.lower()), stem(name.lower())) for role, name in pairs)


def _belongs_to_other(asked: QuestionWords, text: str, words: Sequence[Word], place: int, name: str) -> bool:
    before = _words_before(text, words, place)
    after = list(words[place + 1 : place + 1 + _ROLE_PHRASE_WORDS])
    of_phrase = after[1:] if after and after[0].text.lower() == "of" else []
    if any(is_found(name, {word.stem}) for word in [*before, *of_phrase]):
        return False
    return any(word.is_name and not is_found(word.stem, asked.stems) for word in [*before, *of_phrase[:2]])


def _words_before(text: str, words: Sequence[Word], place: int) -> list[Word]:
    """Return the up to four words that lead to a role without punctuation or a function word between: its modifiers."""
    modifiers: list[Word] = []
    for i in range(place - 1, max(place - 1 - _ROLE_PHRASE_WORDS, -1), -1):
        gap = text[words[i].end : words[i + 1].start]
        if gap.strip() or not words[i].is_content:
            break
        modifiers.append(words[i])
    return modifiers


def _weigh(weights: Sequence[float], features: SentenceFeatures) -> float:
    return sum(weight * value for weight, value in zip(weights, features.values(), strict=True))
