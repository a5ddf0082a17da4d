"""Tell how likely a text entails a statement, with a cross-encoder for natural language inference or groundedness.

Goes in: a folder with such a model. Comes out: a function over a text and a statement. torch is imported when a model
is opened, not before.
"""

import threading
from pathlib import Path

from rag.text.tools import Entail

ENTAILMENT_LABEL = "entailment"


def open_entailment(folder: Path, device: str) -> Entail:
    """Load a model; what comes back gives the probability, 0 to 1, that a text entails a statement.

    Args:
        folder: Checked by `rag.model_files.folders`: one of its labels is called entailment, or it has but one.

    Raises:
        SettingsInvalid: The device is not there.
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
    # Tokenizers are not made for several threads.
    lock = threading.Lock()

    def entail(text: str, statement: str) -> float:
        with lock:
            scores = torch.as_tensor(model.predict([(text, statement)], show_progress_bar=False, apply_softmax=False))
        if len(labels) == 1:
            return float(torch.sigmoid(scores.flatten()[0]))
        return float(torch.softmax(scores.flatten(), 0)[labels[ENTAILMENT_LABEL]])

    entail("Ready?", "Ready.")
    return entail
