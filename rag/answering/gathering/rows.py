"""Gather the rows of a table that a question lists, counts, adds up, compares or looks up.

Goes in: a question and its hits. Comes out: the rows, and what was counted or computed from them.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from rag.answering.answer_builder import Quote
from rag.answering.gathering.gathered import Gathered
from rag.answering.gathering.tabling.amounts import Computed, asks_for_amount, compute_amount, without_totals
from rag.answering.gathering.tabling.phrases import say_computed
from rag.answering.gathering.tabling.runs import runs_of_rows, shared_headings
from rag.answering.gathering.tabling.tables import (
    MatchedRows,
    Row,
    Table,
    match_rows,
    read_table,
)
from rag.answering.notes import say_more, say_rows
from rag.retrieval.retriever import Retriever
from rag.text.statements import is_instruction
from rag.text.words import Stem, split_words, stems_of
from rag.types import Hit, Span

# A table may go on outside of this much text, so rows that fill it are not counted.
_MAX_CHARACTERS = 300_000
# Read tables are kept, because reading one again takes as long as the search.
_MAX_KEPT_DOCUMENTS = 16
_MIN_ROWS = 2
_MOST_SHOWN = 20
# The result cites the first rows; all rows below it have their own footnotes.
_MOST_CITED = 3


class RowGatherer:
    """Gathers rows from one index."""

    def __init__(self, retriever: Retriever, stem: Stem) -> None:
        self._retriever = retriever
        self._stem = stem
        self._tables: dict[str, tuple[Table, ...]] = {}

    def gather(self, question: str, hits: Sequence[Hit], language: str) -> Gathered | None:
        """Return the rows of the table that explains most of the question; ties go to the first.

        Args:
            question: It asks for a list, a number or an amount.
            language: Of the reader, ISO 639-1.
        """
        computed = self._compute(question, hits, language)
        if computed:
            return computed
        found = self._match(question, hits)
        return self._tell_matched(*found, question, language) if found else None

    def look_up(self, question: str, hits: Sequence[Hit], language: str) -> Gathered | None:
        """Return the rows that a question looks up; None unless a table explains all its words.

        A table whose every row would be the answer is not what the question asks for.
        """
        computed = self._compute(question, hits, language)
        if computed:
            return computed
        found = self._match(question, hits)
        if not found or found[2].explained < 1 or len(found[2].rows) == len(found[1].rows):
            return None
        hit, table, matched = found
        if len(matched.rows) > 1:
            return self._tell_matched(hit, table, matched, question, language)
        return Gathered((self._quote(hit, *self._part_about(matched.rows[0], question)),))

    def _compute(self, question: str, hits: Sequence[Hit], language: str) -> Gathered | None:
        if not asks_for_amount(question):
            return None
        best: tuple[Hit, Table, Computed] | None = None
        for hit, table in self._tables_of(hits):
            computed = compute_amount(question, table, self._stem)
            if computed and (best is None or computed.explained > best[2].explained):
                best = hit, table, computed
        return self._tell_computed(*best, language) if best else None

    def _match(self, question: str, hits: Sequence[Hit]) -> tuple[Hit, Table, MatchedRows] | None:
        best: tuple[Hit, Table, MatchedRows] | None = None
        for hit, whole in self._tables_of(hits):
            table = without_totals(whole)
            matched = match_rows(question, table, self._stem)
            if matched and (best is None or matched.explained > best[2].explained):
                best = hit, table, matched
        return best

    def _tables_of(self, hits: Sequence[Hit]) -> Iterator[tuple[Hit, Table]]:
        """Yield the tables of the hits' documents, each with the first hit of its document."""
        first_hits = {hit.passage.document_id: hit for hit in reversed(hits)}
        for hit in sorted(first_hits.values(), key=lambda one: one.rank):
            document_id = hit.passage.document_id
            tables = self._tables.get(document_id)
            if tables is None:
                tables = tuple(self._read_tables(document_id))
                for oldest in list(self._tables)[: max(0, len(self._tables) + 1 - _MAX_KEPT_DOCUMENTS)]:
                    self._tables.pop(oldest, None)
                self._tables[document_id] = tables
            yield from ((hit, table) for table in tables)

    def _read_tables(self, document_id: str) -> Iterator[Table]:
        title = self._retriever.entry(document_id).title
        excerpt = self._retriever.excerpt(document_id, Span(0, _MAX_CHARACTERS))
        for blocks in runs_of_rows(excerpt):
            texts = {Span(block.start, block.end): excerpt.text_of(block) for block in blocks}
            said = [(span, text) for span, text in texts.items() if not is_instruction(text)]
            if len(said) < _MIN_ROWS or blocks[-1].end >= _MAX_CHARACTERS:
                continue
            shared = shared_headings(block.headings for block in blocks)
            section_of = {Span(one.start, one.end): " ".join(one.headings[len(shared) :]) for one in blocks}
            sections = [section_of[span] for span, _ in said]
            yield read_table(said, "\n".join((title, *shared)), self._stem, sections)

    def _tell_matched(self, hit: Hit, table: Table, matched: MatchedRows, question: str, language: str) -> Gathered:
        title = self._retriever.entry(hit.passage.document_id).title
        line = say_rows(len(matched.rows), len(table.rows), title, language)
        return self._tell(line, hit, matched.rows, question, language)

    def _tell_computed(self, hit: Hit, table: Table, computed: Computed, language: str) -> Gathered:
        title = self._retriever.entry(hit.passage.document_id).title
        counted = say_rows(computed.n_rows, len(without_totals(table).rows), title, language)
        line = f"{say_computed(computed, language)}. {counted}"
        return self._tell(line, hit, computed.rows, computed.column, language)

    def _tell(self, line: str, hit: Hit, rows: Sequence[Row], asked: str, language: str) -> Gathered:
        # The records of a turned table may share their parts.
        parts = list(dict.fromkeys(self._part_about(row, asked) for row in rows))
        quotes = [self._quote(hit, *part) for part in parts[:_MOST_SHOWN]]
        places = tuple(place for quote in quotes[:_MOST_CITED] for place in quote.places)
        n_more = len(parts) - len(quotes)
        return Gathered((Quote(line, places), *quotes), say_more(n_more, language) if n_more else "")

    def _part_about(self, row: Row, asked: str) -> tuple[Span, str]:
        """Return the part of a row with the most of the words asked; ties go to the first."""
        wanted = stems_of(split_words(asked, self._stem))
        return max(row.parts, key=lambda part: len(wanted & stems_of(split_words(part[1], self._stem))))

    def _quote(self, hit: Hit, span: Span, text: str) -> Quote:
        """Return a row as a quote at its own place; its page may be another than the hit's."""
        block = next(
            one for one in self._retriever.excerpt(hit.passage.document_id, span).blocks if one.start == span.start
        )
        passage = replace(
            hit.passage,
            start=span.start,
            end=span.end,
            text=text,
            sentences=(span,),
            page=block.page,
            headings=block.headings,
        )
        return Quote(text, ((replace(hit, passage=passage), span),))
