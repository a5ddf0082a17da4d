"""Measure recall and precision of citations as ALCE does, with gold spans as the judge. Pure.

Gao et al. 2023, "Enabling Large Language Models to Generate Text with Citations", section 3.
A sentence has recall 1 if its citations together support it. A citation is precise if its sentence
is supported and it is not irrelevant: alone it does not support, and the others do without it.
An answer's figures are means over its sentences and citations, a set's are means over answers.

ALCE asks an LLM whether a text supports a sentence. Here there are two cases:

- A sentence with a gold answer whose place is known is supported if a citation covers a gold span.
  Only the citations that cover one are precise.
- Any other sentence counts as the answerer marked it, if it has a citation. Its citations are all
  precise or all not. This is the system's own claim, so figures by gold alone are given too.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean

from rag.evaluation.metrics.verdicts import JudgedAnswer, holds_gold, is_right_citation
from rag.types import AnswerSentence


@dataclass(frozen=True, slots=True)
class CitationQuality:
    """Recall and precision of citations, 0 to 1; None if no sentence counts."""

    recall: float | None
    precision: float | None
    n_sentences: int


@dataclass(frozen=True, slots=True)
class _JudgedSentence:
    is_by_gold: bool
    is_supported: bool
    precise: tuple[bool, ...]


def judge_citations(answers: Sequence[JudgedAnswer]) -> CitationQuality:
    """Judge every sentence of answers to answerable questions; declined ones do not count."""
    return _average([_judge_sentences(judged) for judged in answers])


def judge_citations_by_gold(answers: Sequence[JudgedAnswer]) -> CitationQuality:
    """Judge only the sentences that hold a gold answer."""
    sentences = map(_judge_sentences, answers)
    return _average([[sentence for sentence in of_answer if sentence.is_by_gold] for of_answer in sentences])


def _judge_sentences(judged: JudgedAnswer) -> list[_JudgedSentence]:
    covers_gold = {citation.number: is_right_citation(judged.gold, citation) for citation in judged.answer.citations}
    return [_judge(sentence, judged, covers_gold) for sentence in judged.answer.sentences]


def _judge(sentence: AnswerSentence, judged: JudgedAnswer, covers_gold: dict[int, bool]) -> _JudgedSentence:
    if judged.gold.is_located and holds_gold(judged.gold, sentence):
        precise = tuple(covers_gold[number] for number in sentence.citations)
        return _JudgedSentence(is_by_gold=True, is_supported=any(precise), precise=precise)
    is_supported = sentence.supported and bool(sentence.citations)
    return _JudgedSentence(
        is_by_gold=False, is_supported=is_supported, precise=(is_supported,) * len(sentence.citations)
    )


def _average(answers: Sequence[Sequence[_JudgedSentence]]) -> CitationQuality:
    counted = [sentences for sentences in answers if sentences]
    if not counted:
        return CitationQuality(None, None, 0)
    return CitationQuality(
        recall=fmean(_share([sentence.is_supported for sentence in sentences]) for sentences in counted),
        precision=fmean(_share([one for sentence in sentences for one in sentence.precise]) for sentences in counted),
        n_sentences=sum(map(len, counted)),
    )


def _share(claims: Sequence[bool]) -> float:
    """Return the share that is true; 0 of nothing, as ALCE does for an answer without citations."""
    return sum(claims) / len(claims) if claims else 0.0
