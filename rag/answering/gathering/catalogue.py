"""Answer questions about the collection and about one document from the index, without an LLM.

Goes in: a question, and the filters of the request. Comes out: lines that cite documents, or None
where the index cannot answer.
"""

import re
from collections.abc import Sequence

from rag.answering.answer_builder import HitSpan, Quote
from rag.answering.gathering.cataloguing.asking_words import CollectionQuestion, read_collection_question
from rag.answering.gathering.cataloguing.imprint import (
    Field,
    asks_other_role,
    asks_validity,
    fields_asked_for,
    find_imprint,
    without_fields,
)
from rag.answering.gathering.cataloguing.phrases import phrases_in
from rag.answering.gathering.comparing.dates import find_dates
from rag.answering.gathering.comparing.version_dates import date_version, file_stem
from rag.answering.gathering.gathered import Gathered
from rag.filters import Filters
from rag.retrieval.evidence_finder import EvidenceFinder
from rag.retrieval.retriever import Retriever
from rag.text.spelling.sounds import is_code
from rag.text.statements import is_instruction, is_statement
from rag.text.tools import LanguageTools
from rag.text.words import is_found, negates, normalise_word, split_words
from rag.types import Document, FileEntry, Hit, Span

_MAX_LINES = 20
_QUOTED_CHARACTERS = 300
_PASSAGES_PER_DOCUMENT = 8
_BEGINNING = 900
# At least this share of what a question names must stand in a document's title.
_MIN_TITLE_SHARE = 0.4
_MAX_DOCUMENTS_MEANT = 2
_INFLECTED = {"ru", "uk", "pl"}

_Listed = tuple[FileEntry, Hit]
"""A document with its first passage."""


class CatalogueGatherer:
    """Answers from what the index knows of its documents."""

    def __init__(self, retriever: Retriever, finder: EvidenceFinder, tools: LanguageTools) -> None:
        self._retriever = retriever
        self._finder = finder
        self._tools = tools

    def gather_collection(self, question: str, language: str, filters: Filters | None = None) -> Gathered | None:
        """Return the documents that a question asks for; None if there are none.

        Args:
            language: ISO 639-1 code of the words for the reader.
            filters: Only documents that pass are listed.
        """
        if negates(question):
            return None
        asked = read_collection_question(question)
        listed = [one for one in self._retriever.openings(filters) if _is_of_kind(one[0], asked)]
        mentions: list[Quote] = []
        if asked.words or asked.days:
            chosen = [] if asked.mentions else self._with_names(listed, asked)
            if not chosen and (asked.mentions or not (asked.is_by or asked.days)):
                mentions = self._mentions(" ".join(asked.words), {entry.id for entry, _ in listed}, filters)
            listed = chosen
        if asked.order and listed:
            listed = self._extremes(listed, asked.order)
        lines = mentions or [Quote(_name_of(entry), _place_of(hit)) for entry, hit in listed]
        return _gathered(lines, language, counts=asked.counts) if lines else None

    def gather_metadata(
        self, question: str, hits: Sequence[Hit], language: str, filters: Filters | None = None
    ) -> Gathered | None:
        """Return what is known of the document that a question names; None if nothing is.

        What the document says near its beginning comes first, then the properties of its file.

        Args:
            hits: Found for the question, best first; the first one decides if no title is named.
            language, filters: As in `gather_collection`.
        """
        fields = fields_asked_for(question)
        if not fields:
            return None
        unfit: set[Field] = set()
        unfit |= {"author"} if asks_other_role(question) else set()
        unfit |= {"date"} if asks_validity(question) else set()
        lines = [
            line
            for entry, hit in self._documents_meant(question, hits, filters)
            if not self._asks_about_a_part(question, entry)
            for line in self._known(entry, hit, fields, language, unfit)
        ]
        return Gathered(tuple(lines)) if lines else None

    def _with_names(self, listed: Sequence[_Listed], asked: CollectionQuestion) -> list[_Listed]:
        """Return the documents whose author, title, file, folder or tags hold all that is named."""
        words = [word for word in asked.words if not (asked.days and find_dates(word))]
        kept = []
        for entry, hit in listed:
            author = " ".join([entry.author or "", *self._imprint_words(hit, {"author"})])
            names = [author] if asked.is_by else [author, entry.title, entry.uri.replace("_", " "), *entry.tags]
            stems = self._stems(" ".join(names))
            if all(is_found(stem, stems) for word in words for stem in self._stems(word)) and (
                not asked.days or self._is_of(entry, asked.days)
            ):
                kept.append((entry, hit))
        return kept

    def _is_of(self, entry: FileEntry, days: Sequence[str]) -> bool:
        own = [self._day_of(entry), *(date.day for name in _names_of(entry) for date in find_dates(name))]
        return any(one.startswith(day) for one in own for day in days)

    def _mentions(self, topic: str, ids: set[str], filters: Filters | None) -> list[Quote]:
        """Return for each document the sentence that names a topic best."""
        words = [word for word in split_words(topic, str) if word.is_content or word.text.isupper()]
        hits = self._retriever.passages_holding(topic, per_document=_PASSAGES_PER_DOCUMENT, filters=filters)
        best: dict[str, tuple[tuple[int, bool], Hit, Span]] = {}
        for hit in hits:
            for span in hit.passage.sentences if hit.passage.document_id in ids else ():
                n_named = sum(self._is_written(word.text, hit.passage.text_of(span)) for word in words)
                score = (n_named, is_statement(hit.passage.text_of(span), hit.passage))
                known = best.get(hit.passage.document_id)
                if is_instruction(hit.passage.text_of(span)):
                    continue
                if n_named and (known is None or score > known[0]):
                    best[hit.passage.document_id] = (score, hit, span)
        # A title may hold some of the words, but what is named must be written in one sentence.
        needed = len(words) if any(word.text[0].isupper() or word.text[0].isdigit() for word in words) else 1
        kept = [(hit, span) for score, hit, span in best.values() if score[0] >= needed]
        entries = self._retriever.entries_of([hit for hit, _ in kept])
        return [
            Quote(f"{_name_of(entry)}: {_shorten(self._finder.quote(hit, span))}", ((hit, span),))
            for entry, (hit, span) in zip(entries, kept, strict=True)
        ]

    def _is_written(self, word: str, sentence: str) -> bool:
        """Tell whether a sentence holds a word: a name as it is written, others in any form."""
        words = split_words(sentence, self._tools.stem)
        if not words or any(ord(letter) > 0x2E80 for letter in word):
            return word.lower() in sentence.lower()
        if not (word[0].isupper() or any(map(str.isdigit, word))) or self._tools.detect_language(word) in _INFLECTED:
            return all(is_found(stem, {one.stem for one in words}) for stem in self._stems(word))
        wanted = normalise_word(word)
        return any(
            normal == wanted or (normal == f"{wanted}s" and one.is_name)
            for one in words
            for normal in (normalise_word(one.text),)
            if one.text[0].isupper() or one.text[0].isdigit()
        )

    def _extremes(self, listed: Sequence[_Listed], order: int) -> list[_Listed]:
        """Return the newest or oldest documents; several if they are of the same day."""
        day_by_id = {entry.id: self._day_of(entry) for entry, _ in listed}
        days = [day for day in day_by_id.values() if day]
        if not days:
            return []
        wanted = max(days) if order > 0 else min(days)
        return [one for one in listed if day_by_id[one[0].id] == wanted]

    def _day_of(self, entry: FileEntry) -> str:
        excerpt = self._retriever.excerpt(entry.id, Span(0, _BEGINNING))
        document = Document(
            uri=entry.uri,
            sha256=entry.sha256,
            title=entry.title,
            media_type=entry.media_type,
            date=entry.date,
            text=excerpt.text,
        )
        return date_version(document, self._tools.stem).day or ""

    def _documents_meant(self, question: str, hits: Sequence[Hit], filters: Filters | None) -> list[_Listed]:
        """Return the documents whose titles a question names best, else that of the first hit."""
        openings = self._retriever.openings(filters)
        asked = read_collection_question(without_fields(question))
        wanted = sorted({stem for word in asked.words for stem in self._stems(word)})
        scores: dict[str, tuple[float, float]] = {}
        for entry, _ in openings:
            stems = self._stems(" ".join(_names_of(entry)))
            n_named = sum(is_found(stem, stems) for stem in wanted)
            scores[entry.id] = (n_named / len(wanted) if wanted else 0.0, n_named / max(len(stems), 1))
        best = max(scores.values(), default=(0.0, 0.0))
        ranks = {hit.passage.document_id: hit.rank for hit in reversed(hits)}
        if best[0] >= _MIN_TITLE_SHARE:
            named = [one for one in openings if scores[one[0].id] == best]
            return sorted(named, key=lambda one: ranks.get(one[0].id, len(ranks) + 1))[:_MAX_DOCUMENTS_MEANT]
        # "Who wrote this?" names no document; "the 2019 report" may name one that is not here.
        first = hits[0].passage.document_id if hits and not wanted else None
        return [one for one in openings if one[0].id == first]

    def _asks_about_a_part(self, question: str, entry: FileEntry) -> bool:
        """Say whether a question has a code that no name of the document has, as "V-7"."""
        asked = read_collection_question(without_fields(question))
        codes = [word for word in asked.words if is_code(word) and not find_dates(word)]
        return any(code.casefold() not in " ".join(_names_of(entry)).casefold() for code in codes)

    def _known(self, entry: FileEntry, hit: Hit, fields: set[Field], language: str, unfit: set[Field]) -> list[Quote]:
        """Return the lines of a document that say what is asked, then its file's properties.

        Args:
            unfit: Properties that do not answer, such as the author to "who approved it?".
        """
        text = self._retriever.excerpt(entry.id, Span(0, _BEGINNING)).text
        spans = find_imprint(text, _sentences_of(hit), fields)
        lines = [Quote(self._finder.quote(hit, span), ((hit, span),)) for span in spans]
        said = " ".join(line.text for line in lines)
        words = phrases_in(language)
        facts: dict[Field, tuple[str, str | None]] = {
            "author": (words.author, None if _says(said, entry.author) else entry.author),
            "date": (words.date, None if _says_day(said, entry.date) else entry.date),
            "n_pages": (words.pages, str(entry.n_pages) if entry.n_pages else None),
            "language": (words.language, entry.language or None),
            "media_type": (words.media_type, entry.media_type or None),
            "title": (words.title, entry.title),
        }
        for field, (phrase, value) in facts.items():
            if field in fields - unfit and value:
                text = f"{_name_of(entry)}: {phrase.replace('{}', value)}"
                lines.append(Quote(text, _place_of(hit)))
        return lines

    def _imprint_words(self, hit: Hit, fields: set[Field]) -> list[str]:
        passage = hit.passage
        spans = find_imprint(" " * passage.start + passage.text, passage.sentences, fields)
        return [passage.text_of(span) for span in spans]

    def _stems(self, text: str) -> set[str]:
        return {word.stem for word in split_words(text.replace("-", " "), self._tools.stem) if len(word.text) > 1}


def _is_of_kind(entry: FileEntry, asked: CollectionQuestion) -> bool:
    has_type = not asked.media_types or entry.media_type in asked.media_types
    return has_type and (not asked.languages or entry.language in asked.languages)


def _gathered(lines: Sequence[Quote], language: str, *, counts: bool) -> Gathered:
    words, shown = phrases_in(language), lines[:_MAX_LINES]
    places = tuple(place for line in shown for place in line.places)
    count = [Quote(words.count.replace("{}", str(len(lines))), places)] if counts else []
    n_more = len(lines) - len(shown)
    return Gathered((*count, *shown), words.more.replace("{}", str(n_more)) if n_more else "")


def _name_of(entry: FileEntry) -> str:
    file = entry.uri.rpartition("/")[2]
    return f"{entry.title} ({', '.join(part for part in (file, entry.date) if part)})"


def _names_of(entry: FileEntry) -> list[str]:
    return [entry.title, file_stem(entry.uri).replace("-", " ")]


def _place_of(hit: Hit) -> tuple[HitSpan, ...]:
    return ((hit, hit.passage.sentences[0]),)


def _sentences_of(hit: Hit) -> tuple[Span, ...]:
    return hit.passage.sentences


def _says(text: str, value: str | None) -> bool:
    return value is not None and value.lower() in text.lower()


def _says_day(text: str, day: str | None) -> bool:
    return day is not None and any(day.startswith(date.day) for date in find_dates(text))


def _shorten(text: str) -> str:
    line = re.sub(r"\s+", " ", text).strip()
    return line if len(line) <= _QUOTED_CHARACTERS else line[: _QUOTED_CHARACTERS - 1].rstrip() + "…"
