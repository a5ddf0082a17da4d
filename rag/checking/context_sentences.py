"""Read the sentences of a context once, to be compared with each sentence that is written from it.

Goes in: the context's hits and their documents' titles. Comes out: each sentence in words, with what it says by itself,
by what it stands under, and by what it refers back to. Nothing here depends on what is written.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain, pairwise

from rag.text.injection import gives_orders
from rag.text.statements import is_question, refers_back
from rag.text.words import Stem, Vocabulary, Word, is_polar_question, split_words, stems_of
from rag.types import Hit, Span

_SUBJECT_WORDS = 4
# "No, never" turns round the question that it answers, whose words must not speak for it.
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
    """A sentence taken apart.

    Attributes:
        hit_place, place: Of its hit in the context, and its own in the passage, from 0.
        stems: Its own, and its numbers in digits.
        named: Also the other half of a name that the passage gives in full.
        told: Also the stems of what it stands under and refers back to: headings, the question that it answers in a
            list of frequent ones, the sentence before a "she" or "it".
        subject: What it speaks of: the first words of the first of the sentences that refer back to each other.
        antecedent: The sentence that it refers back to.
    """

    sentence: Sentence
    hit_place: int
    place: int
    text: str
    words: tuple[Word, ...]
    stems: frozenset[str]
    named: frozenset[str]
    told: frozenset[str]
    subject: frozenset[str]
    antecedent: Sentence | None


@dataclass(frozen=True, slots=True)
class AnalysedContext:
    """The sentences of a context in its order; not those without a word, "***", that give orders, or that ask.

    Attributes:
        stems: Those of the sentences themselves.
        vocabulary: Of all that the sentences tell.
    """

    sentences: tuple[AnalysedSentence, ...]
    stems: frozenset[str]
    vocabulary: Vocabulary


def analyse_context(hits: Sequence[Hit], titles: Sequence[str], stem: Stem) -> AnalysedContext:
    """Take apart each sentence of the hits.

    Args:
        titles: The title of each hit's document; names found there need not be repeated in the sentence.
    """
    sentences = [
        sentence
        for hit_place, (hit, title) in enumerate(zip(hits, titles, strict=True))
        for sentence in _read_hit(hit, hit_place, title, stem)
        if sentence.words and not gives_orders(sentence.text) and not is_question(sentence.text)
    ]
    return AnalysedContext(
        sentences=tuple(sentences),
        stems=frozenset[str]().union(*(sentence.stems for sentence in sentences)),
        vocabulary=Vocabulary(frozenset[str]().union(*(sentence.told for sentence in sentences))),
    )


def _read_hit(hit: Hit, hit_place: int, title: str, stem: Stem) -> list[AnalysedSentence]:
    headings = [heading for heading in hit.passage.headings if not is_question(heading)]
    above = stems_of(split_words(" \n ".join((title, *headings)), stem))
    texts = [hit.passage.text_of(span) for span in hit.passage.sentences]
    words_of = [tuple(split_words(text, stem)) for text in texts]
    partners = _name_partners(words_of)
    read: list[AnalysedSentence] = []
    asked = frozenset(stems_of(split_words(" ".join(filter(_asks_openly, hit.passage.headings)), stem)))
    for place, (span, text, words) in enumerate(zip(hit.passage.sentences, texts, words_of, strict=True)):
        before = read[-1] if read and refers_back(words) else None
        stems = frozenset(stems_of(words)).union(word.meaning for word in words)
        if is_question(text):
            asked = stems if _asks_openly(text) else frozenset()
        elif _DENIES.match(text):
            asked = frozenset()
        named = stems.union(partners[name] for name in stems & partners.keys())
        read.append(
            AnalysedSentence(
                sentence=Sentence(hit, span),
                hit_place=hit_place,
                place=place,
                text=text,
                words=words,
                stems=stems,
                named=named,
                told=named.union(above, asked, *((before.stems, before.subject) if before else ())),
                subject=before.subject if before else frozenset(stems_of(words[:_SUBJECT_WORDS])),
                antecedent=before.sentence if before else None,
            )
        )
    return read


def _asks_openly(text: str) -> bool:
    """Tell a question whose words may speak for what answers it; what asks whether may be denied: "May dogs swim?"."""
    return is_question(text) and not is_polar_question(text)


def _name_partners(sentences: Iterable[Sequence[Word]]) -> dict[str, str]:
    """Return for each part of a two-word name the other part, where the passage knows only one: Oskar, Lindqvist."""
    others: dict[str, set[str]] = {}
    for first, second in chain.from_iterable(map(pairwise, sentences)):
        is_pair = first.text[0].isupper() and second.text[0].isupper() and second.start - first.end == 1
        if is_pair and first.is_content and second.is_content:
            others.setdefault(first.stem, set()).add(second.stem)
            others.setdefault(second.stem, set()).add(first.stem)
    return {stem: next(iter(partners)) for stem, partners in others.items() if len(partners) == 1}
