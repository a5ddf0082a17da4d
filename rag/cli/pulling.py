"""Pull the encoders: download those that are missing, and prepare them for this machine."""

from rich.console import Console

from rag.assembly.encoder_choice import encoders_to_pull, explain_index
from rag.assembly.open_index import prepare_encoder
from rag.assembly.settings import AUTO_ENCODER, Settings
from rag.cli.progress import PullView, waiting
from rag.errors import DownloadFailed
from rag.model_files.builtin import ENCODER
from rag.model_files.multilingual import MULTILINGUAL, pull_multilingual

PREPARING = "Preparing the encoder for this machine; this happens once and takes ten seconds to two minutes."


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


def _prepare(settings: Settings, notes: Console) -> None:
    with waiting(notes, "Preparing the encoder"):
        prepare_encoder(settings, lambda: notes.print(PREPARING, soft_wrap=True))
