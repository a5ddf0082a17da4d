"""Split the sentences of a context into words once, before generated sentences are checked.

Goes in: the context's hits and their titles. Comes out: the words of each sentence, and the stems
that it implies through its headings and the sentence that it refers back to.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, pairwise

from rag.text.statements import is_instruction, is_question, refers_back
from rag.text.words import Stem, Vocabulary, Word, is_polar_question, split_words, stems_of
from rag.types import Hit, Span

_SUBJECT_WORDS = 4
# An answer that begins like this denies its question, so the question's words do not support it.
_DENIES = re.compile(
    r"^\W*(?:(?:A|R|Answer|Antwort)\W{1,3})?(?:no|never|not|none|nobody|nein|nie|niemals|nicht|kein\w*|non|jamais|aucun\w*|nunca"
    r"|não|mai|nee|nooit|geen|nie|нет|никогда|ні|ніколи|いいえ|不)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence of the context."""

    hit: Hit
    span: Span


@dataclass(frozen=True, slots=True)
class AnalysedSentence:
    """A sentence split into words.

    Attributes:
        hit_index: The index of its hit in the context.
        index: Its own index in the passage.
        stems: Those of its words, and its numbers in digits.
        named_stems: Also the other half of each name that the passage gives in full.
        implied_stems: Also those of the headings, the listed question that it answers, and the
            sentence before a "she" or "it".
        subject: The first stems of the first sentence of a chain that refers back.
        antecedent: The sentence that it refers back to.
        lead: The listed question that it answers, or else the heading above it; may be empty.
    """

    sentence: Sentence
    hit_index: int
    index: int
    text: str
    words: tuple[Word, ...]
    stems: frozenset[str]
    named_stems: frozenset[str]
    implied_stems: frozenset[str]
    subject: frozenset[str]
    antecedent: Sentence | None
    lead: str


@dataclass(frozen=True, slots=True)
class AnalysedContext:
    """The sentences of a context in order, without questions, instructions and lines without words.

    Attributes:
        vocabulary: Of all implied stems.
    """

    sentences: tuple[AnalysedSentence, ...]
    vocabulary: Vocabulary


def analyse_context(hits: Sequence[Hit], titles: Sequence[str], stem: Stem) -> AnalysedContext:
    """Split each sentence of the hits into words.

    Args:
        titles: The title of each hit's document; a sentence need not repeat its names.
    """
    asked = _questions_at_ends(hits)
    sentences = [
        sentence
        for hit_index, (hit, title) in enumerate(zip(hits, titles, strict=True))
        for sentence in _analyse_hit(hit, hit_index, title, stem, asked)
        if sentence.words and not is_instruction(sentence.text) and not is_question(sentence.text)
    ]
    return AnalysedContext(
        sentences=tuple(sentences),
        vocabulary=Vocabulary(frozenset[str]().union(*(sentence.implied_stems for sentence in sentences))),
    )


def _questions_at_ends(hits: Sequence[Hit]) -> dict[tuple[str, int], str]:
    """Return the question at the end of a passage, by the document and number of the next one."""
    ends = ((hit.passage, hit.passage.text_of(hit.passage.sentences[-1])) for hit in hits if hit.passage.sentences)
    return {(passage.document_id, passage.ordinal + 1): text for passage, text in ends if is_question(text)}


def _analyse_hit(
    hit: Hit, hit_index: int, title: str, stem: Stem, asked_before: Mapping[tuple[str, int], str]
) -> list[AnalysedSentence]:
    headings = [heading for heading in hit.passage.headings if not is_question(heading)]
    above = stems_of(split_words(" \n ".join((title, *headings)), stem))
    texts = [hit.passage.text_of(span) for span in hit.passage.sentences]
    words_of = [tuple(split_words(text, stem)) for text in texts]
    partners = _name_partners(words_of)
    analysed: list[AnalysedSentence] = []
    asked = " ".join(filter(_asks_openly, hit.passage.headings))
    question = frozenset(stems_of(split_words(asked, stem)))
    lead = asked_before.get((hit.passage.document_id, hit.passage.ordinal), "")
    lead = lead or (hit.passage.headings[-1] if hit.passage.headings else "")
    for index, (span, text, words) in enumerate(zip(hit.passage.sentences, texts, words_of, strict=True)):
        before = analysed[-1] if analysed and refers_back(words) else None
        stems = frozenset(stems_of(words)).union(word.meaning for word in words)
        if is_question(text):
            question = stems if _asks_openly(text) else frozenset()
            lead = text
        elif _DENIES.match(text):
            question = frozenset()
        named_stems = stems.union(partners[name] for name in stems & partners.keys())
        analysed.append(
            AnalysedSentence(
                sentence=Sentence(hit, span),
                hit_index=hit_index,
                index=index,
                text=text,
                words=words,
                stems=stems,
                named_stems=named_stems,
                implied_stems=named_stems.union(above, question, *((before.stems, before.subject) if before else ())),
                subject=before.subject if before else frozenset(stems_of(words[:_SUBJECT_WORDS])),
                antecedent=before.sentence if before else None,
                lead=lead,
            )
        )
    return analysed


def _asks_openly(text: str) -> bool:
    """Tell whether a question's words support its answer; an answer may deny a polar question."""
    return is_question(text) and not is_polar_question(text)


def _name_partners(sentences: Iterable[Sequence[Word]]) -> dict[str, str]:
    """Return the other part of each half of a two-word name, if it is unique: Oskar, Lindqvist."""
    others: dict[str, set[str]] = {}
    for first, second in chain.from_iterable(map(pairwise, sentences)):
        if first.is_capitalised and second.is_capitalised and second.start - first.end == 1:
            others.setdefault(first.stem, set()).add(second.stem)
            others.setdefault(second.stem, set()).add(first.stem)
    return {stem: next(iter(partners)) for stem, partners in others.items() if len(partners) == 1}
