"""Print results of the `rag` command: tables, summaries, JSON, and the line of an error."""

import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rag.assembly.settings import Settings
    from rag.index.build import IndexSummary
    from rag.model_files.builtin import ModelStatus


def value_of(settings: "Settings", name: str) -> str:
    value = getattr(settings, name)
    if value is None or value == ():
        return "-"
    return ", ".join(value) if isinstance(value, tuple) else str(value)


def print_index_summary(summary: "IndexSummary", folder: Path, seconds: float) -> None:
    from rag.cli.console import count, escape_line

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
    if summary.n_other:
        print(f"Ignored {count(summary.n_other, 'file')} of other kinds.")
    if summary.skipped:
        print(f"Could not read {count(len(summary.skipped), 'file')}:")
    for uri, reason in summary.skipped.items():
        print(f"  {escape_line(uri)}: {escape_line(reason)}")


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
