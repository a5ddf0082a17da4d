"""Summarise a document or a topic with its own sentences, part by part.

Goes in: a question and what was found for it. Comes out: the two sentences that stand for each
part best, in reading order. A part is a section; of a topic, a passage.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from rag.answering.answer_builder import Quote
from rag.answering.gathering.gathered import Gathered
from rag.retrieval.evidence_finder import EvidenceFinder, FoundEvidence
from rag.retrieval.retriever import Retriever
from rag.text.statements import is_instruction, is_statement
from rag.text.words import Stem, content_stems, split_words
from rag.types import FloatArray, Hit, Passage, Span

_MOST_PARTS, _SENTENCES_OF_PART = 8, 2
# Of a longer document, the beginning is summarised.
_MOST_PASSAGES = 400
# A document is meant if the question holds this share of the words of its title or file name, or
# if this share of the hits is of it.
_SHARE_OF_TITLE = 0.5
_SHARE_OF_HITS = 0.5
# A line as short as "Apologies: Cllr Bell." says little.
_MIN_WORDS = 5
# Added to the centrality of the first sentence of a part: writers open with what matters.
_LEAD = 0.1
# Added to that of a sentence of 25 words, less to shorter ones.
_LENGTH, _WORDS_OF_LONG = 0.2, 25


@dataclass(frozen=True, slots=True)
class _Sentence:
    hit: Hit
    span: Span
    vector: FloatArray
    is_lead: bool


@dataclass(frozen=True, slots=True)
class SummaryGatherer:
    """Summarises documents of one index."""

    retriever: Retriever
    finder: EvidenceFinder
    stem: Stem

    def gather(self, found: FoundEvidence) -> Gathered | None:
        """Return a summary of the document or topic that a question names; None without one."""
        document_id = self._document_meant(found)
        hits = self.retriever.passages_of(document_id, _MOST_PASSAGES) if document_id else found.hits
        parts = [part for part in self._parts(hits, by_section=document_id is not None) if part]
        if not parts:
            return None
        centre = np.mean([sentence.vector for part in parts for sentence in part], axis=0)
        # The most central parts stay, in reading order.
        order = sorted(range(len(parts)), key=lambda i: (-max(float(one.vector @ centre) for one in parts[i]), i))
        chosen = [one for i in sorted(order[:_MOST_PARTS]) for one in _most_central(parts[i])]
        return Gathered(tuple({line.text: line for line in map(self._quote, chosen)}.values()))

    def _document_meant(self, found: FoundEvidence) -> str | None:
        asked = content_stems(split_words(found.query, self.stem))
        ids = [hit.passage.document_id for hit in found.hits]
        shares = {}
        for entry in self.retriever.entries_of(found.hits):
            names = (entry.title, entry.uri.rpartition("/")[2].rpartition(".")[0].replace("_", " "))
            words = [content_stems(split_words(name, self.stem)) for name in names]
            share = max(len(one & asked) / len(one) if one else 0.0 for one in words)
            shares[entry.id] = (share >= _SHARE_OF_TITLE, ids.count(entry.id) / len(ids), share)
        best = max(shares, key=lambda one: (*shares[one], -ids.index(one)))
        is_named, share_of_hits, _ = shares[best]
        return best if is_named or share_of_hits >= _SHARE_OF_HITS else None

    def _parts(self, hits: Sequence[Hit], *, by_section: bool) -> list[list[_Sentence]]:
        """Return the statements of each section, or of each hit."""
        parts: dict[tuple[str, ...], list[_Sentence]] = {}
        for hit in hits:
            key = hit.passage.headings if by_section else (hit.passage.id,)
            part = parts.setdefault(key, [])
            vectors = self.retriever.sentence_vectors(hit)
            for span, vector in zip(hit.passage.sentences, vectors, strict=True):
                if _says_something(hit.passage, span):
                    part.append(_Sentence(hit, span, vector, is_lead=not part))
        return list(parts.values())

    def _quote(self, sentence: _Sentence) -> Quote:
        return Quote(self.finder.quote(sentence.hit, sentence.span), ((sentence.hit, sentence.span),))


def _most_central(part: Sequence[_Sentence]) -> list[_Sentence]:
    """Return the sentences nearest to the mean of a part, in order; longer ones gain."""
    mean = np.mean([one.vector for one in part], axis=0)
    norm = max(float(np.linalg.norm(mean)), 1e-9)

    def weight(i: int) -> float:
        n_words = len(part[i].hit.passage.text_of(part[i].span).split())
        length = _LENGTH * min(n_words, _WORDS_OF_LONG) / _WORDS_OF_LONG
        return float(part[i].vector @ mean) / norm + length + (_LEAD if part[i].is_lead else 0.0)

    best = sorted(range(len(part)), key=lambda i: (-weight(i), i))[:_SENTENCES_OF_PART]
    return [part[i] for i in sorted(best)]


def _says_something(passage: Passage, span: Span) -> bool:
    text = passage.text_of(span)
    return is_statement(text, passage) and not is_instruction(text) and len(text.split()) >= _MIN_WORDS
