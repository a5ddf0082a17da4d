"""Open the encoder that serves: the export of a verified model, made first if it is missing."""

from collections.abc import Callable
from pathlib import Path

from rag.encoders.exported import Export, read_export
from rag.encoders.protocol import Encoder
from rag.errors import ModelMissing
from rag.files import hold_lock


def open_serving_encoder(source: Path, target: Path, n_threads: int, report_start: Callable[[], None]) -> Encoder:
    """Load the export in `target`, or the model itself if it cannot be exported.

    Args:
        source, target, report_start: Passed to `prepare_export`, which is called first.
        n_threads: Texts that are encoded at the same time.
    """
    export = prepare_export(source, target, report_start)
    if export.kind is None:
        # It imports torch, which takes seconds.
        from rag.encoders.reference import ReferenceEncoder

        return ReferenceEncoder(source)
    from rag.encoders.onnx import OnnxEncoder

    return OnnxEncoder(target, export, n_threads)


def open_on_device(source: Path, device: str) -> Encoder:
    """Load the model itself on a device other than the CPU, where an export gains nothing.

    Args:
        source: Saved by sentence-transformers; its weights were verified.

    Raises:
        SettingsInvalid: The device does not exist.
        ModelCorrupt: The model cannot be loaded.
    """
    from rag.encoders.torch_loading import require_device

    require_device(device)
    # It takes seconds to import, so the device is checked first.
    from rag.encoders.reference import ReferenceEncoder

    return ReferenceEncoder(source, device)


def prepare_export(source: Path, target: Path, report_start: Callable[[], None]) -> Export:
    """Return the description of the export in `target`.

    The export is made if it is missing, damaged or of another version.

    Args:
        source: Saved by sentence-transformers; its weights were verified.
        report_start: Called before an export, which takes ten seconds to two minutes.

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
