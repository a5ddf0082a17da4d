"""Index a folder with progress, for the commands that do so."""

import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from rag.cli.output import index_body, print_index_summary
from rag.cli.progress import StepsView, waiting
from rag.errors import with_options

if TYPE_CHECKING:
    from rich.console import Console

    from rag.assembly.settings import Settings
    from rag.encoders.protocol import Encoder
    from rag.index.build import IndexSummary


@dataclass(frozen=True, slots=True)
class IndexRun:
    """What a run over a folder did, and how long it took."""

    summary: "IndexSummary"
    folder: Path
    seconds: float

    def as_json(self) -> dict[str, object]:
        return index_body(self.summary, self.seconds)


def run_index(
    settings: "Settings", notes: "Console", *, always_rebuild: bool = False, dry_run: bool = False
) -> IndexRun:
    """Update the index from the folder of the settings.

    Args:
        dry_run: Only compare the folder with the index.

    Raises:
        RagError: The index cannot be built.
    """
    began = time.monotonic()
    with waiting(notes, "Starting"):
        from rag.assembly.encoder_choice import build_index
        from rag.assembly.folders import documents_folder_of
        from rag.assembly.open_index import index_options, open_encoder
        from rag.cli.pulling import PREPARING, fetch_hub_models, fetch_named_encoder
        from rag.index.build import compare_folder

    def load_encoder(chosen: "Settings") -> "Encoder":
        with waiting(notes, "Loading the encoder"):
            return open_encoder(chosen, lambda: notes.print(PREPARING, soft_wrap=True))

    folder = documents_folder_of(settings)
    fetch_hub_models(settings, notes)
    fetch_named_encoder(settings, notes)
    if dry_run:
        summary = compare_folder(folder, settings.index_folder, index_options(settings))
    else:
        try:
            with StepsView(notes) as view:
                summary = build_index(
                    *(settings, folder, load_encoder),
                    always_rebuild=always_rebuild,
                    report=view.report,
                    report_skipped=view.report_skipped,
                )
        except KeyboardInterrupt:
            stopped = "Stopped. Finished embeddings are kept; run `rag index` again to continue."
            notes.print(with_options(stopped, settings.options), markup=False)
            raise
    return IndexRun(summary, folder, round(time.monotonic() - began, 1))


def report_index(done: IndexRun, settings: "Settings") -> None:
    """Print what a run did, and which encoder the index has."""
    from rag.assembly.encoder_choice import explain_index

    print_index_summary(done.summary, done.folder, done.seconds, settings.options)
    if choice := explain_index(settings):
        print(f"Encoder: {choice.described()}.")
