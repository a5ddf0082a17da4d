"""Print results of the `rag` command: tables, summaries, JSON, and the line of an error."""

import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from rag.errors import with_options

if TYPE_CHECKING:
    from rag.assembly.settings import Settings
    from rag.index.build import IndexSummary
    from rag.model_files.builtin import ModelStatus
    from rag.types import LeftOut

_MAX_FILES = 10
_WHERE_ALL_ARE = "`rag index --json` / GET /v1/documents"


def value_of(settings: "Settings", name: str) -> str:
    value = getattr(settings, name)
    if value is None or value == ():
        return "-"
    if isinstance(value, dict):
        return ", ".join(f"{key}={settings['index_folder']}" for key, settings in value.items()) or "-"
    return ", ".join(value) if isinstance(value, tuple) else str(value)


def print_index_summary(
    summary: "IndexSummary", folder: Path, seconds: float, options: Mapping[str, str] | None = None
) -> None:
    """Print what a run over a folder did.

    Args:
        options: What commands about the same index repeat from the command line.
    """
    options = options or {}
    from rag.cli.console import count
    from rag.wire.left_out import describe_counts

    held = (
        f"{count(summary.n_documents, 'document')}, {count(summary.n_passages, 'passage')}, "
        f"{count(summary.n_sentences, 'sentence')}"
    )
    kinds = {"new": summary.new, "changed": summary.changed, "moved": summary.moved, "gone": summary.gone}
    changes = ", ".join(f"{len(uris):,} {kind}" for kind, uris in kinds.items() if uris)
    if summary.version is None:
        print(f"{folder} holds {count(summary.n_documents, 'document')} to index; the index was not changed.")
    elif summary.is_rebuilt:
        print(f"Indexed {folder} in {seconds:.1f} s: {held}.")
    else:
        print(f"The index of {folder} is already up to date: {held}.")
    if changes:
        print(f"{changes[0].upper()}{changes[1:]}.")
    if read := describe_counts(summary.n_pages, summary.counts):
        print(f"Read {read}.")
    _print_left_out(summary.left_out, options)
    if summary.other:
        print(f"Did not read {count(len(summary.other), 'file')} of other kinds: {_first_of(summary.other, options)}.")
        print(with_options("  Save a document among them as PDF or DOCX, then run `rag index`.", options))
    if summary.skipped:
        print(f"Could not read {count(len(summary.skipped), 'file')}:")
        _print_skipped(summary.skipped, options)


def _print_skipped(skipped: Mapping[str, str], options: Mapping[str, str]) -> None:
    """Print the first files of each reason."""
    from rag.cli.console import escape_line

    by_reason: dict[str, list[str]] = {}
    for uri, reason in skipped.items():
        by_reason.setdefault(reason, []).append(uri)
    for reason, uris in by_reason.items():
        for uri in uris[:_MAX_FILES]:
            print(f"  {escape_line(uri)}: {with_options(escape_line(reason), options)}")
        if len(uris) > _MAX_FILES:
            more = f"  and {len(uris) - _MAX_FILES:,} more for the same reason: {_WHERE_ALL_ARE}"
            print(with_options(more, options))


def index_body(summary: "IndexSummary", seconds: float) -> dict[str, object]:
    """Return what a run over a folder did, for JSON."""
    from rag.wire.documents import left_out_body

    fields = asdict(summary)
    left_out = {uri: [left_out_body(one).model_dump() for one in parts] for uri, parts in summary.left_out.items()}
    return {"index_version": fields.pop("version"), **fields, "left_out": left_out, "seconds": seconds}


def _print_left_out(left_out: Mapping[str, Sequence["LeftOut"]], options: Mapping[str, str]) -> None:
    """Print what was left out of each file, what is usual apart, and how to change it."""
    from rag.cli.console import count
    from rag.wire.left_out import USUAL, advice_on, describe_left_out

    found = {uri: [one for one in parts if one.what not in USUAL] for uri, parts in left_out.items()}
    missed = {uri: parts for uri, parts in found.items() if parts}
    if not missed:
        return
    print(f"Left out parts of {count(len(missed), 'file')}:")
    shown = dict(list(missed.items())[:_MAX_FILES])
    print_table([("", uri, "; ".join(map(describe_left_out, parts))) for uri, parts in shown.items()])
    if len(missed) > len(shown):
        print(with_options(f"  and {len(missed) - len(shown):,} more: {_WHERE_ALL_ARE}", options))
    kinds = dict.fromkeys(one.what for parts in missed.values() for one in parts)
    for advice in dict.fromkeys(filter(None, map(advice_on, kinds))):
        print(f"  {with_options(advice, options)}")


def _first_of(uris: Sequence[str], options: Mapping[str, str]) -> str:
    """Return the first uris; the rest is a number."""
    from rag.cli.console import escape_line

    shown = ", ".join(map(escape_line, uris[:_MAX_FILES]))
    if len(uris) <= _MAX_FILES:
        return shown
    return with_options(f"{shown} and {len(uris) - _MAX_FILES:,} more (`rag index --json`)", options)


def print_models(models: Sequence["ModelStatus"], *, as_json: bool) -> None:
    if as_json:
        print_json([{**asdict(status), "path": str(status.path) if status.path else None} for status in models])
        return
    print_table(
        [
            (
                status.name,
                status.state,
                f"{status.size_bytes / 1e6:,.0f} MB",
                status.licence,
                f"{status.purpose}; {status.path or 'not installed'}",
            )
            for status in models
        ]
    )


def print_table(rows: Sequence[Sequence[str]]) -> None:
    from rag.cli.console import make_console, print_lines, table, text_width

    out = make_console()
    print_lines(out, table(rows, text_width(out)))


def print_json(value: object) -> None:
    print(json.dumps(value, ensure_ascii=False, indent=2, default=str))


def print_error(message: str) -> None:
    from rag.cli.console import escape_line

    print(f"rag: {escape_line(message)}", file=sys.stderr)
