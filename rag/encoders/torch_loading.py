"""Load a model of sentence-transformers: from the disk alone, without code of its own, on a device that is there.

It imports torch, which takes seconds.
"""

import os
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

# A bar for each load, and advice about each model, say nothing to a reader.
os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")
os.environ.setdefault("TRANSFORMERS_VERBOSITY", "error")

import torch

from rag.errors import ModelCorrupt, SettingsInvalid

Model = TypeVar("Model")


def load_model(make: Callable[..., Model], folder: Path, device: str, **model_options: object) -> Model:
    """Return a model in memory.

    Args:
        make: A class of sentence-transformers.
        folder: Checked by `rag.model_files.folders`.
        model_options: For transformers, which computes what the model consists of.

    Raises:
        SettingsInvalid: The device is not there.
        ModelCorrupt: The libraries cannot read the folder.
    """
    require_device(device)
    try:
        return make(
            str(folder),
            device=device,
            # No hub is asked, whatever the folder says, and no code of the folder is run.
            local_files_only=True,
            trust_remote_code=False,
            model_kwargs={"use_safetensors": True, **model_options},
        )
    except Exception as error:
        told = (str(error).strip().splitlines() or [type(error).__name__])[0][:200]
        raise ModelCorrupt(f"the model in {folder} cannot be loaded ({told})", next_step="set another one") from error


def require_device(device: str) -> None:
    """Raise SettingsInvalid where torch finds no such device."""
    available = {"cpu": True, "cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available()}
    if not available[device]:
        raise SettingsInvalid(
            f"device is {device!r}, but torch {torch.__version__} finds none here",
            next_step="set RAG_DEVICE=cpu, or install the build of torch that drives it",
        )
