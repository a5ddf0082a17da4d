"""Read separated values, CSV and TSV. Each row is a block with the names of its columns."""

import csv
import io
from collections.abc import Iterable, Sequence

from rag.documents.formats.shared.building import TextBuilder
from rag.documents.formats.shared.decoding import decode_text
from rag.documents.formats.shared.limits import Limits
from rag.documents.formats.tabular.grid import Grid
from rag.errors import DocumentUnreadable
from rag.types import Parsed

_SNIFFED_CHARACTERS = 8_192
_DELIMITERS = ",;\t|"
# One long row would make all others as long.
_MAX_CELLS = 20_000_000


def read_csv(content: bytes, limits: Limits) -> Parsed:
    """Return the rows of a file; its first lines show which character separates columns.

    Raises:
        DocumentUnreadable: It is not text, in another encoding, too long, or no table.
    """
    text = decode_text(content)
    return _read(text, _find_delimiter(text), limits)


def read_tsv(content: bytes, limits: Limits) -> Parsed:
    """Return the rows of a file with tabs between columns."""
    return _read(decode_text(content), "\t", limits)


def as_grid(rows: Iterable[Sequence[str]]) -> Grid:
    """Return rows as a grid; shorter ones end with empty cells.

    Raises:
        DocumentUnreadable: The grid would be too large.
    """
    kept = [row if isinstance(row, tuple) else tuple(row) for row in rows]
    n_columns = max(map(len, kept), default=0)
    if n_columns * len(kept) > _MAX_CELLS:
        raise DocumentUnreadable(
            f"has a table of {len(kept):,} rows by {n_columns:,} columns", next_step="split it, or delete empty columns"
        )
    return Grid(tuple(row + ("",) * (n_columns - len(row)) for row in kept))


def _read(text: str, delimiter: str, limits: Limits) -> Parsed:
    builder = TextBuilder(limits)
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
    except csv.Error as error:
        raise DocumentUnreadable(
            f"is no table ({error})", next_step="check its quotes, or rename it to .txt"
        ) from error
    builder.add_grid(as_grid(rows))
    return builder.build()


def _find_delimiter(text: str) -> str:
    try:
        return csv.Sniffer().sniff(text[:_SNIFFED_CHARACTERS], _DELIMITERS).delimiter
    except csv.Error:
        return ","
