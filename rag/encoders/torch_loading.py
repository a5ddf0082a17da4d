"""Load a model of sentence-transformers from the disk, without running code of its own.

Importing this module imports torch, which takes seconds.
"""

import os
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

# No progress bar for each load, no advice about each model.
os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")
os.environ.setdefault("TRANSFORMERS_VERBOSITY", "error")

import torch

from rag.errors import ModelCorrupt, SettingsInvalid

Model = TypeVar("Model")


def load_model(make: Callable[..., Model], folder: Path, device: str, **model_options: object) -> Model:
    """Load a model into memory.

    Args:
        make: A class of sentence-transformers.
        folder: Checked by `rag.model_files.folders`.
        model_options: Passed on to transformers.

    Raises:
        SettingsInvalid: The device does not exist.
        ModelCorrupt: The libraries cannot read the folder.
    """
    require_device(device)
    try:
        return make(
            str(folder),
            device=device,
            # No request to a hub, and no code from the folder, whatever the folder says.
            local_files_only=True,
            trust_remote_code=False,
            model_kwargs={"use_safetensors": True, **model_options},
        )
    except Exception as error:
        reason = (str(error).strip().splitlines() or [type(error).__name__])[0][:200]
        raise ModelCorrupt(f"the model in {folder} cannot be loaded ({reason})", next_step="set another one") from error


def require_device(device: str) -> None:
    """Raise SettingsInvalid if torch finds no such device."""
    available = {"cpu": True, "cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available()}
    if not available[device]:
        raise SettingsInvalid(
            f"device is {device!r}, but torch {torch.__version__} finds none here",
            next_step="set RAG_DEVICE=cpu, or install the build of torch that drives it",
        )
