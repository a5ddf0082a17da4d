"""The judge that the settings name: a larger model's opinion of statements.

The export of a verified model serves; it is made first if it is missing. The built-in judge still
says whether a text answers a question.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from rag.encoders.exported import JudgeExport, export_once, read_judge_export
from rag.text.tools import Judge, Judgement
from rag.types import FloatArray

_TINY = 1e-9


class Shares(Protocol):
    """Compares a text with a statement, whichever library runs it."""

    def estimate_shares(self, text: str, statement: str) -> FloatArray:
        """Return the probability that the text says the statement: float32, shape (1,).

        Shape (3,) if the model also knows those that it says otherwise, and that it says neither.
        """
        ...


@dataclass(frozen=True, slots=True)
class NamedJudge:
    """A judge whose opinion of statements comes from a larger model."""

    built_in: Judge
    model: Shares

    def reads(self, language: str) -> bool:  # noqa: ARG002 -- the settings name a model for the documents
        """Return true for every language."""
        return True

    def judge_statement(self, text: str, statement: str) -> Judgement:
        """Return the model's probabilities.

        If it only knows whether the text says the statement, the built-in judge divides the rest.
        """
        supported, *others = (float(share) for share in self.model.estimate_shares(text, statement))
        if others:
            return Judgement(supported, *others)
        base = self.built_in.judge_statement(text, statement)
        rest = (1 - supported) / max(base.contradicted + base.not_said, _TINY)
        return Judgement(supported, base.contradicted * rest, base.not_said * rest)

    def judge_answer(self, text: str, question: str) -> float:
        """Return the built-in judge's probability that the text answers."""
        return self.built_in.judge_answer(text, question)


def open_named_judge(
    source: Path, target: Path, device: str, built_in: Judge, report_start: Callable[[], None]
) -> NamedJudge:
    """Load a model.

    Args:
        source, target, report_start: Passed to `prepare_judge`, which is called first on a CPU. On
            other devices an export gains nothing.

    Raises:
        SettingsInvalid: The device does not exist.
        ModelMissing, ModelCorrupt: The export cannot be written, or the model not loaded.
    """
    if device == "cpu" and prepare_judge(source, target, report_start).kind is not None:
        from rag.encoders.named_judge.onnx import ExportedJudge

        return NamedJudge(built_in, ExportedJudge(target))
    # It imports torch, which takes seconds.
    from rag.encoders.named_judge.reference import ReferenceJudge

    return NamedJudge(built_in, ReferenceJudge(source, device))


def prepare_judge(source: Path, target: Path, report_start: Callable[[], None]) -> JudgeExport:
    """Return the description of the export in `target`.

    The export is made if it is missing, damaged or of another version.

    Args:
        source: Checked by `check_judge`; its weights were verified.
        report_start: Called before an export, which takes ten seconds to some minutes.

    Raises:
        ModelMissing: The export cannot be written.
        ModelCorrupt: The model cannot be loaded.
    """
    return export_once("judge", target, read_judge_export, lambda folder: _export(source, folder), report_start)


def _export(source: Path, target: Path) -> JudgeExport:
    # It imports torch.
    from rag.encoders.exporting.judge import export_judge

    return export_judge(source, target)
