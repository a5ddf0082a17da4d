"""Gather the rows that a question lists or counts.

Goes in: a question and its hits. Comes out: how many rows of a table match, and the rows.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from rag.answering.answer_builder import Quote
from rag.answering.gathering.gathered import Gathered
from rag.answering.gathering.tables import MatchedRows, Row, Table, match_rows, read_table
from rag.answering.notes import say_more, say_rows
from rag.retrieval.retriever import Retriever
from rag.text.statements import is_instruction
from rag.text.words import Stem
from rag.types import Hit, Span

# A table may go on outside of this much text, so rows that fill it are not counted.
_MAX_CHARACTERS = 300_000
_MIN_ROWS = 2
_MOST_SHOWN = 20
# The count cites the first rows; all rows below it have their own footnotes.
_MOST_CITED = 3


@dataclass(frozen=True, slots=True)
class RowGatherer:
    """Gathers rows from one index."""

    retriever: Retriever
    stem: Stem

    def gather(self, question: str, hits: Sequence[Hit], language: str) -> Gathered | None:
        """Return the rows of the table that explains most of the question; ties go to the first.

        Args:
            language: Of the reader, ISO 639-1.
        """
        best: tuple[Hit, Table, MatchedRows] | None = None
        for hit, table in self._tables(hits):
            matched = match_rows(question, table, self.stem)
            if matched and (best is None or matched.explained > best[2].explained):
                best = hit, table, matched
        return self._tell(*best, language) if best else None

    def _tables(self, hits: Sequence[Hit]) -> Iterator[tuple[Hit, Table]]:
        """Yield the tables of the hits' documents, each with the first hit of its document."""
        first_hits = {hit.passage.document_id: hit for hit in reversed(hits)}
        for hit in sorted(first_hits.values(), key=lambda one: one.rank):
            document_id = hit.passage.document_id
            title = self.retriever.entry(document_id).title
            excerpt = self.retriever.excerpt(document_id, Span(0, _MAX_CHARACTERS))
            for key, blocks in groupby(excerpt.blocks, key=lambda block: (block.kind, block.headings)):
                rows = [(Span(block.start, block.end), excerpt.text_of(block)) for block in blocks]
                if key[0] == "row" and len(rows) >= _MIN_ROWS and rows[-1][0].end < _MAX_CHARACTERS:
                    said = [row for row in rows if not is_instruction(row[1])]
                    yield hit, read_table(said, "\n".join((title, *key[1])))

    def _tell(self, hit: Hit, table: Table, matched: MatchedRows, language: str) -> Gathered:
        rows = matched.rows
        title = self.retriever.entry(hit.passage.document_id).title
        quotes = [Quote(row.text, (self._place_of(hit, row),)) for row in rows[:_MOST_SHOWN]]
        places = tuple(place for quote in quotes[:_MOST_CITED] for place in quote.places)
        said = Quote(say_rows(len(rows), len(table.rows), title, language), places)
        n_more = len(rows) - len(quotes)
        return Gathered((said, *quotes), say_more(n_more, language) if n_more else "")

    def _place_of(self, hit: Hit, row: Row) -> tuple[Hit, Span]:
        """Return where a row stands: on its own page, which may not be that of the hit."""
        start, end = row.span
        block = next(
            one for one in self.retriever.excerpt(hit.passage.document_id, row.span).blocks if one.start == start
        )
        passage = replace(
            hit.passage,
            start=start,
            end=end,
            text=row.text,
            sentences=(row.span,),
            page=block.page,
            headings=block.headings,
        )
        return replace(hit, passage=passage), row.span
