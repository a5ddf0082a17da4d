"""Lay out hits for a terminal: rank, score, title, place, scores of the legs, text.

» and « mark the best sentence, which is bold in a terminal.
"""

from collections.abc import Sequence

from rich.text import Text

from rag.cli.console import Wrapper, paragraph, source_heading, table
from rag.retrieval.fusion import explanation
from rag.retrieval.links import source_of
from rag.types import FileEntry, Hit

_QUIET_STYLE = "dim"
_BEST_STYLE = "bold"


def hit_lines(hit: Hit, document: FileEntry, width: int | None) -> list[Text]:
    """Return the lines of one hit."""
    source = source_of(hit.rank, hit, document)
    heading, indent = source_heading(source, width)
    legs = [paragraph(_describe_legs(hit), width, indent=indent, style=_QUIET_STYLE)] if hit.legs else []
    return [*heading, *legs, _marked_text(hit, width, indent)]


def explanation_lines(hit: Hit, width: int | None) -> list[Text]:
    """Return a table of what each feature adds to the log-odds of a hit's confidence."""
    if hit.legs is None:
        return []
    rows = explanation(hit.legs)
    shown = [("value", "adds", "")]
    shown += [("" if value is None else f"{value:.2f}", f"{adds:+.2f}", name) for name, value, adds in rows]
    total = sum(adds for _, _, adds in rows)
    shown.append(("", f"{total:+.2f}", f"log-odds: a confidence of {hit.legs.confidence:.2f}"))
    return [Text("    ").append_text(line) for line in table(shown, None if width is None else width - 4)]


def _describe_legs(hit: Hit) -> str:
    assert hit.legs is not None, "the caller checks"
    legs = hit.legs
    parts = [
        f"dense {legs.cosine:.2f}{_describe_rank(legs.dense_rank)}",
        f"sentence {legs.sentence_cosine:.2f}{_describe_rank(legs.sentence_rank)}",
        f"lexical {legs.bm25:.1f}{_describe_rank(legs.lexical_rank)}",
    ]
    if hit.stage == "reranked":
        parts.append(f"fused {legs.confidence:.2f}")
    return ", ".join(parts)


def _describe_rank(rank: int | None) -> str:
    return "" if rank is None else f" (#{rank})"


def _marked_text(hit: Hit, width: int | None, indent: int) -> Text:
    passage, best = hit.passage, hit.best_sentence
    if best is None:
        return paragraph(passage.text, width, indent=indent)
    start, end = best.start - passage.start, best.end - passage.start
    wrapper = Wrapper(width, indent)
    pieces: Sequence[tuple[str, str]] = (
        (passage.text[:start], ""),
        (f"»{passage.text[start:end]}«", _BEST_STYLE),
        (passage.text[end:], ""),
    )
    return Text.assemble(*(wrapper.feed(text, style) for text, style in pieces))
