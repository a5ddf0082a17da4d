"""Estimate how likely a text entails a statement.

The cross-encoder is one for natural language inference or for groundedness. Opening it imports
torch.
"""

import threading
from pathlib import Path

from rag.text.tools import Entail

ENTAILMENT_LABEL = "entailment"


def open_entailment(folder: Path, device: str) -> Entail:
    """Load a model; return a function that gives the probability that a text entails a statement.

    Args:
        folder: Checked by `check_entailment`: it has one label, or one is called entailment.

    Raises:
        SettingsInvalid: The device does not exist.
        ModelCorrupt: It cannot be loaded.
    """
    from rag.encoders.torch_loading import load_model  # isort: split

    import torch
    from sentence_transformers import CrossEncoder

    identity = torch.nn.Identity()
    model = load_model(
        lambda *place, **options: CrossEncoder(*place, **options, activation_fn=identity), folder, device
    )
    labels = {str(label).casefold(): int(number) for number, label in model.config.id2label.items()}
    # Tokenizers are not thread-safe.
    lock = threading.Lock()

    def entail(text: str, statement: str) -> float:
        with lock:
            scores = torch.as_tensor(model.predict([(text, statement)], show_progress_bar=False, apply_softmax=False))
        if len(labels) == 1:
            return float(torch.sigmoid(scores.flatten()[0]))
        return float(torch.softmax(scores.flatten(), 0)[labels[ENTAILMENT_LABEL]])

    entail("Ready?", "Ready.")
    return entail
