"""Open the encoder that serves: the export of a verified model, made first if it is missing."""

from collections.abc import Callable
from pathlib import Path

from rag.encoders.exported import Export, export_once, read_export
from rag.encoders.protocol import Encoder


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
    return export_once("encoder", target, read_export, lambda folder: _export(source, folder), report_start)


def _export(source: Path, target: Path) -> Export:
    # It imports torch.
    from rag.encoders.exporting.encoder import export_encoder

    return export_encoder(source, target)
