"""Open the judge that the settings ask for: the built-in one, or a model in its place."""

import logging
from collections.abc import Callable
from pathlib import Path

from rag.assembly.model_sources import ModelSource, export_name, find_judge
from rag.assembly.settings import Settings
from rag.encoders.exported import JudgeExport, read_judge_export
from rag.encoders.judge import open_judge
from rag.encoders.named_judge.judge import open_named_judge, prepare_judge
from rag.text.tools import Judge

_logger = logging.getLogger(__name__)


def _log_preparing() -> None:
    _logger.info("preparing the judge for this machine; this happens once and takes ten seconds to some minutes")


def open_chosen_judge(settings: Settings, report_start: Callable[[], None] = _log_preparing) -> Judge:
    """Load the judge; one that the settings name is exported the first time.

    Args:
        report_start: Called before the export, which only the CPU needs.

    Raises:
        ModelMissing, ModelCorrupt: The judge cannot be used.
        SettingsInvalid: The machine has no such device.
    """
    source = find_judge(settings)
    built_in = open_judge()
    if source is None:
        return built_in
    return open_named_judge(source.folder, _target(settings, source), settings.device, built_in, report_start)


def prepare_chosen_judge(settings: Settings, report_start: Callable[[], None]) -> JudgeExport | None:
    """Export the judge if the settings need an export and there is none; return its description.

    Raises:
        ModelMissing, ModelCorrupt: The judge cannot be used.
    """
    source = find_judge(settings)
    if source is None or settings.device != "cpu":
        return None
    return prepare_judge(source.folder, _target(settings, source), report_start)


def describe_judge(settings: Settings) -> str:
    """Return which judge the settings name and how it is served; exports nothing.

    Raises:
        ModelMissing, ModelCorrupt: The judge cannot be used.
    """
    source = find_judge(settings)
    if source is None:
        return "built in"
    found = f"{settings.judge}, sha256 {source.sha256[:12]}…, in {source.folder}"
    if settings.device != "cpu":
        return found
    export = read_judge_export(_target(settings, source))
    return f"{found}; {describe_serving(export) if export else '`rag models pull` prepares it for this machine'}"


def describe_serving(export: JudgeExport) -> str:
    """Return how the judge with this export is served."""
    if export.kind is None:
        return f"torch serves it, which takes seconds to load, because its export failed ({export.problem})"
    return f"served in {export.kind}, {export.mean_difference:.3f} from the model's own probabilities"


def _target(settings: Settings, source: ModelSource) -> Path:
    return settings.models_folder / export_name(source)
