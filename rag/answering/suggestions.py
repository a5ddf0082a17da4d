"""Suggest questions that the documents answer, drawn from their headings and titles.

No LLM is called. A heading becomes a question in the language of its document; it is suggested only
if the search for this question finds the passage below the heading.
"""

import re
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from rag.types import FileEntry, Hit

if TYPE_CHECKING:
    # At run time this would import torch before the server's port is open.
    from rag.retrieval.retriever import Retriever

# Bounds of the work, which is done once for an index: about 60 searches.
_MAX_DOCUMENTS = 20
_MAX_PASSAGES = 30
_MAX_PER_DOCUMENT = 3
_MAX_HEADING_CHARACTERS = 60
_MAX_HEADING_WORDS = 8
_LEAST_CONFIDENCE = 0.5
_NUMBER = re.compile(r"^(?:[0-9]+[.)]|§ ?[0-9]+)(?:[0-9]+[.)]?)*\s+")
_QUESTION_MARKS = ("?", "？", "؟")
_QUESTIONS = {
    "en": "What do the documents say about “{}”?",
    "de": "Was steht in den Dokumenten zu „{}“?",
    "fr": "Que disent les documents sur « {} » ?",
    "es": "¿Qué dicen los documentos sobre «{}»?",
    "it": "Che cosa dicono i documenti su «{}»?",
    "pt": "O que dizem os documentos sobre «{}»?",
    "nl": "Wat staat er in de documenten over “{}”?",
    "pl": "Co mówią dokumenty o „{}”?",
    "ru": "Что говорится в документах о «{}»?",
    "uk": "Що сказано в документах про «{}»?",
    "ja": "「{}」について文書には何と書かれていますか？",
    "zh": "关于“{}”，文档里怎么说？",
}


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A question; `is_asked` if the document itself asks it."""

    question: str
    is_asked: bool
    document_id: str
    confidence: float


class SuggestedQuestions:
    """Remembers what is suggested from each index version, and to readers of each group."""

    def __init__(self) -> None:
        self._by_retriever: WeakKeyDictionary[Retriever, tuple[str, ...]] = WeakKeyDictionary()
        self._lock = threading.Lock()

    def of(self, retriever: "Retriever") -> tuple[str, ...]:
        """Return the questions; the first call searches, so call it in a thread."""
        with self._lock:
            if retriever not in self._by_retriever:
                self._by_retriever[retriever] = suggest_questions(retriever)
            return self._by_retriever[retriever]


def suggest_questions(retriever: "Retriever", n: int = 3) -> tuple[str, ...]:
    """Return at most n questions, each of another document where there are as many.

    Questions that a document itself asks come first, then the most confident. The same index gives
    the same questions: equal ones are ordered by uri and place.
    """
    documents = [entry for entry in retriever.entries() if entry.reason is None]
    candidates = [one for entry in _spread(documents, _MAX_DOCUMENTS) for one in _candidates(retriever, entry)]
    candidates.sort(key=lambda one: (not one.is_asked, -one.confidence))
    firsts = list({one.document_id: one for one in reversed(candidates)}.values())[::-1]
    ordered = [*firsts, *(one for one in candidates if one not in firsts)]
    return tuple(dict.fromkeys(one.question for one in ordered))[:n]


def _spread(documents: Sequence[FileEntry], most: int) -> list[FileEntry]:
    """Return documents from all parts of the folder."""
    step = max(1, len(documents) / most)
    return [documents[int(i * step)] for i in range(min(most, len(documents)))]


def _candidates(retriever: "Retriever", entry: FileEntry) -> Iterator[_Candidate]:
    for heading in _headings(entry, retriever.passages_of(entry.id, _MAX_PASSAGES))[:_MAX_PER_DOCUMENT]:
        is_asked = heading.endswith(_QUESTION_MARKS)
        question = heading if is_asked else _QUESTIONS.get(entry.language, _QUESTIONS["en"]).format(heading)
        for hit in retriever.search(question, k=1):
            is_found = hit.passage.document_id == entry.id and heading in map(_unnumbered, _names(entry, hit))
            if is_found and hit.confidence >= _LEAST_CONFIDENCE:
                yield _Candidate(question, is_asked, entry.id, hit.confidence)


def _headings(entry: FileEntry, hits: Sequence[Hit]) -> list[str]:
    """Return the innermost headings to ask about, those that ask first, or else the title."""
    innermost = [_unnumbered(hit.passage.headings[-1]) for hit in hits if hit.passage.headings]
    fitting = [heading for heading in dict.fromkeys(innermost) if _fits(heading)]
    # The name of a file says little.
    if not fitting and entry.title not in entry.uri and _fits(entry.title):
        return [entry.title]
    return sorted(fitting, key=lambda heading: not heading.endswith(_QUESTION_MARKS))


def _names(entry: FileEntry, hit: Hit) -> tuple[str, ...]:
    return (*hit.passage.headings, entry.title)


def _unnumbered(heading: str) -> str:
    return _NUMBER.sub("", heading.strip())


def _fits(name: str) -> bool:
    is_short = len(name) <= _MAX_HEADING_CHARACTERS and len(name.split()) <= _MAX_HEADING_WORDS
    return is_short and sum(character.isalpha() for character in name) >= max(3, len(name) / 2)
