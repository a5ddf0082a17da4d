"""Find the rows that belong to one table in the blocks of a document. Pure."""

from collections.abc import Iterable, Iterator, Sequence

from rag.answering.gathering.tabling.tables import names_in
from rag.documents.passages import Excerpt
from rag.types import Block


def runs_of_rows(excerpt: Excerpt) -> Iterator[list[Block]]:
    """Yield the rows of each table; headings between rows of equal columns are its sections."""
    run: list[Block] = []
    between: list[Block] = []
    for block in excerpt.blocks:
        if block.kind == "row":
            if run and not _go_on(run[-1], between, block, excerpt):
                yield run
                run = []
            run.append(block)
            between = []
        else:
            between.append(block)
    if run:
        yield run


def _go_on(last: Block, between: Sequence[Block], row: Block, excerpt: Excerpt) -> bool:
    """Say whether a row is of the same table as the last one."""
    has_same_columns = names_in(excerpt.text_of(last)) == names_in(excerpt.text_of(row))
    if not between:
        # An empty line stands between two tables, and between the pages of one.
        return last.headings == row.headings and (row.start == last.end + 1 or has_same_columns)
    is_section = len(between) == 1 and between[0].kind == "heading" and row.headings[:-1] == last.headings[:-1]
    return is_section and bool(last.headings) and has_same_columns


def shared_headings(paths: Iterable[tuple[str, ...]]) -> tuple[str, ...]:
    """Return the headings that all rows have above them."""
    first, *others = list(paths)
    n_shared = min((_n_equal(first, other) for other in others), default=len(first))
    return first[:n_shared]


def _n_equal(one: Sequence[str], other: Sequence[str]) -> int:
    differs = (i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b)
    return next(differs, min(len(one), len(other)))
