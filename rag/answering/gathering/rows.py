"""Gather the rows that a question lists or counts.

Goes in: a question and its hits. Comes out: how many rows of a table match, and the rows.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from rag.answering.answer_builder import Quote
from rag.answering.gathering.gathered import Gathered
from rag.answering.gathering.tables import MatchedRows, Table, match_rows, read_table
from rag.answering.notes import say_more, say_rows
from rag.retrieval.retriever import Retriever
from rag.text.words import Stem
from rag.types import Hit, Span

# A table may go on outside of this much text, so rows that fill it are not counted.
_MAX_CHARACTERS = 300_000
_MIN_ROWS = 2
_MOST_SHOWN = 20
# If more rows match, they are cited together.
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
                    yield hit, read_table(rows, "\n".join((title, *key[1])))

    def _tell(self, hit: Hit, table: Table, matched: MatchedRows, language: str) -> Gathered:
        rows = matched.rows
        together = Span(rows[0].span.start, rows[-1].span.end)
        cited = [row.span for row in rows] if len(rows) <= _MOST_CITED else [together]
        title = self.retriever.entry(hit.passage.document_id).title
        said = Quote(
            say_rows(len(rows), len(table.rows), title, language),
            tuple((hit, span) for span in cited),
        )
        quotes = [Quote(row.text, ((hit, row.span),)) for row in rows[:_MOST_SHOWN]]
        n_more = len(rows) - len(quotes)
        return Gathered((said, *quotes), say_more(n_more, language) if n_more else "")
