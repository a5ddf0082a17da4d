"""Open the encoder that serves: the export of a model, made on this machine where there is none yet.

Goes in: the folder of a verified model. Comes out: an encoder in memory.
"""

from collections.abc import Callable
from pathlib import Path

from rag.encoders.exported import Export, read_export
from rag.encoders.protocol import Encoder
from rag.errors import ModelMissing
from rag.files import hold_lock


def open_serving_encoder(source: Path, target: Path, n_threads: int, report_start: Callable[[], None]) -> Encoder:
    """Load the export in `target`; the model itself where there can be none.

    Args:
        source, target, report_start: As for `prepare_export`, which is called first.
        n_threads: How many texts are encoded at the same time.
    """
    export = prepare_export(source, target, report_start)
    if export.kind is None:
        # torch takes seconds to import, and hardly any model needs it.
        from rag.encoders.reference import ReferenceEncoder

        return ReferenceEncoder(source)
    from rag.encoders.onnx import OnnxEncoder

    return OnnxEncoder(target, export, n_threads)


def open_on_device(source: Path, device: str) -> Encoder:
    """Load the model itself on another device than the processor, where nothing is gained by an export.

    Args:
        source: A folder as sentence-transformers saves a model, its weights verified.

    Raises:
        SettingsInvalid: The device is not there.
        ModelCorrupt: The model cannot be loaded.
    """
    from rag.encoders.torch_loading import require_device

    require_device(device)
    # It takes seconds to import, which is better spent where there is such a device.
    from rag.encoders.reference import ReferenceEncoder

    return ReferenceEncoder(source, device)


def prepare_export(source: Path, target: Path, report_start: Callable[[], None]) -> Export:
    """Return what is known of the export in `target`; make it where it is missing, damaged or of another version.

    Args:
        source: A folder as sentence-transformers saves a model, its weights verified.
        report_start: Called before an export, which takes some ten seconds.

    Raises:
        ModelMissing: The export cannot be written.
        ModelCorrupt: The model cannot be loaded.
    """
    export = read_export(target)
    if export is not None:
        return export
    report_start()
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with hold_lock(target.with_name(f"{target.name}.lock"), lambda _holder: None):
            # Another process may have made it meanwhile.
            return read_export(target) or _export(source, target)
    except OSError as error:
        raise ModelMissing(
            f"the encoder could not be prepared in {target}: {error.strerror or error}",
            next_step="set RAG_MODELS_FOLDER to a folder that you can write to, then run `rag models pull`",
        ) from error


def _export(source: Path, target: Path) -> Export:
    # It imports torch.
    from rag.encoders.export import export_encoder

    return export_encoder(source, target)
