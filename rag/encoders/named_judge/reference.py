"""Estimate with torch whether a text says a statement.

The model is a cross-encoder for natural language inference or groundedness. It takes seconds to
load. Exports are made from it and compared with it. It serves on devices other than the CPU, and
if a model cannot be exported.
"""

from collections.abc import Mapping
from pathlib import Path

import numpy as np

# Before sentence_transformers, which reads the variables that it sets.
from rag.encoders.torch_loading import load_model  # isort: split

import torch
from sentence_transformers import CrossEncoder
from tokenizers import Encoding

from rag.encoders.exported import INPUT_NAME, TYPES_NAME
from rag.encoders.named_judge.pair_tokenizer import limit_tokens
from rag.errors import ModelCorrupt
from rag.types import FloatArray

_LABELS = ("entailment", "contradiction", "neutral")
# The judge reads a few sentences. Some models say that they read 8,000 tokens, or any number.
_MOST_TOKENS = 512


class ReferenceJudge:
    """A cross-encoder in memory."""

    def __init__(self, folder: Path, device: str = "cpu") -> None:
        """Load it.

        Args:
            folder: Checked by `check_judge`: it has one label, or one is called entailment.

        Raises:
            SettingsInvalid: The device does not exist.
            ModelCorrupt: It cannot be loaded, or its probabilities are not finite.
        """
        # A trace of "eager" attention computes the same; the faster kinds choose their code by
        # shape.
        model = load_model(CrossEncoder, folder, device, attn_implementation="eager")
        assert model.model is not None, "check_judge accepts only classifiers"
        classifier = model.model.float().eval()
        types = getattr(classifier.config, "type_vocab_size", 0)
        reads_types = TYPES_NAME in model.tokenizer.model_input_names and types > 1
        self.input_names = (INPUT_NAME, TYPES_NAME) if reads_types else (INPUT_NAME,)
        self.network = ShareNetwork(classifier, find_labels(classifier.config.id2label))
        self.tokenizer = limit_tokens(
            model.tokenizer.backend_tokenizer, min(model.max_seq_length or _MOST_TOKENS, _MOST_TOKENS)
        )
        self._device = device
        if not np.isfinite(self.estimate_shares("Ready?", "Ready.")).all():
            raise ModelCorrupt(
                f"{folder} gives probabilities that are not finite numbers: its weights are damaged",
                next_step="fetch it again",
            )

    def estimate_shares(self, text: str, statement: str) -> FloatArray:
        """Return the probabilities of `ShareNetwork`."""
        with torch.inference_mode():
            shares: FloatArray = self.network(*self.tensors_of(self.tokenizer.encode(text, statement))).cpu().numpy()
        return shares

    def tensors_of(self, encoding: Encoding) -> list[torch.Tensor]:
        """Return what the network reads, in the order of `input_names`."""
        values = {INPUT_NAME: encoding.ids, TYPES_NAME: encoding.type_ids}
        return [torch.tensor([values[name]], device=self._device) for name in self.input_names]


class ShareNetwork(torch.nn.Module):
    """Maps the tokens of one pair to the probability that the text says the statement.

    Of a model that names all three labels, the output has shape (3,): supported, contradicted, not
    said. Otherwise it has shape (1,).
    """

    def __init__(self, classifier: torch.nn.Module, labels: list[int]) -> None:
        """Wrap a classifier.

        Args:
            labels: From `find_labels`.
        """
        super().__init__()
        self._classifier = classifier
        self._labels = labels

    def forward(self, input_ids: torch.Tensor, token_type_ids: torch.Tensor | None = None) -> torch.Tensor:
        types = {} if token_type_ids is None else {TYPES_NAME: token_type_ids}
        logits = self._classifier(input_ids=input_ids, attention_mask=torch.ones_like(input_ids), **types).logits[0]
        if not self._labels:
            return torch.sigmoid(logits)
        return torch.softmax(logits, -1)[self._labels]


def find_labels(names: Mapping[int, str]) -> list[int]:
    """Return the numbers of the labels to report; none of a model with one score.

    They are entailment, contradiction and neutral if these are all, else entailment alone.
    """
    if len(names) == 1:
        return []
    numbers = {name.casefold(): int(number) for number, name in names.items()}
    wanted = _LABELS if numbers.keys() == set(_LABELS) else _LABELS[:1]
    return [numbers[name] for name in wanted]
