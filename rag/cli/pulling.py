"""Pull the encoders and the judge: download what is missing, and prepare it for this machine."""

import json
import os

from rich.console import Console

from rag.assembly.choose_judge import describe_serving, prepare_chosen_judge
from rag.assembly.encoder_choice import encoders_to_pull, explain_index
from rag.assembly.model_sources import fetch_model, hub_names
from rag.assembly.open_index import prepare_encoder
from rag.assembly.settings import AUTO_ENCODER, Settings
from rag.cli.progress import PullView, waiting
from rag.errors import DownloadFailed
from rag.model_files.builtin import ENCODER, ModelStatus, choose_hub_endpoint
from rag.model_files.multilingual import MULTILINGUAL, pull_multilingual

PREPARING = "Preparing the encoder for this machine; this happens once and takes ten seconds to two minutes."
PREPARING_JUDGE = "Preparing the judge for this machine; this happens once and takes ten seconds to some minutes."


def fetch_hub_models(settings: Settings, notes: Console) -> list[ModelStatus]:
    """Download the models that the settings name at a hub; one that is here makes no request."""
    found = []
    for name in hub_names(settings):
        with PullView(notes) as view:
            found.append(fetch_model(settings, name, choose_hub_endpoint(os.environ), view.report))
    return found


def fetch_named_encoder(settings: Settings, notes: Console) -> None:
    """Download the encoder for other languages if the settings name it; one that is here stays.

    Raises:
        DownloadFailed, ModelCorrupt: It cannot be had.
    """
    if settings.encoder == MULTILINGUAL.name:
        with PullView(notes) as view:
            pull_multilingual(settings.models_folder, view.report)


def pull_encoders(settings: Settings, notes: Console) -> set[str]:
    """Return the names of the built-in encoders that are ready.

    Raises:
        RagError: One that is needed cannot be had. One that is only better is left out with a note.
    """
    needed, better = encoders_to_pull(settings)
    ready = set()
    for name in sorted(needed | better):
        if name == MULTILINGUAL.name:
            try:
                with PullView(notes) as view:
                    pull_multilingual(settings.models_folder, view.report)
            except DownloadFailed as error:
                if name in needed:
                    raise
                notes.print(f"{name} cannot be had: {error}", markup=False, soft_wrap=True)
                notes.print(f"Search goes on with {ENCODER.name}.", soft_wrap=True)
                continue
        _prepare(settings.model_copy(update={"encoder": name}), notes)
        ready.add(name)
    if not needed:
        _prepare(settings, notes)
    choice = explain_index(settings) if settings.encoder == AUTO_ENCODER else None
    if choice and choice.next_step and MULTILINGUAL.name in ready:
        notes.print(f"Encoder of the index: {choice.described()}.", markup=False, soft_wrap=True)
    return ready


def prepare_judge(settings: Settings, notes: Console) -> None:
    """Prepare the judge if the settings name one.

    Raises:
        RagError: It cannot be used.
    """
    if settings.judge is None:
        return
    with waiting(notes, "Preparing the judge"):
        export = prepare_chosen_judge(settings, lambda: notes.print(PREPARING_JUDGE, soft_wrap=True))
    if export and export.kind is None:
        notes.print(f"Judge {settings.judge}: {describe_serving(export)}.", markup=False, soft_wrap=True)


def line_for_judge(name: str) -> str:
    """Return the line of rag.toml that sets a judge; a JSON string is one of TOML too."""
    return f"judge = {json.dumps(name)}"


def _prepare(settings: Settings, notes: Console) -> None:
    with waiting(notes, "Preparing the encoder"):
        prepare_encoder(settings, lambda: notes.print(PREPARING, soft_wrap=True))
