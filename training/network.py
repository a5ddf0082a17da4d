"""The judge's network: one body, a head for statements and one for questions."""

import torch
from transformers import BertModel

from training.pair import Label

# The order of the first head's outputs.
LABELS: tuple[Label, ...] = ("supported", "contradicted", "not said")


class JudgeNetwork(torch.nn.Module):
    """Scores pairs of a text and a statement or question.

    The first token's vector and the mean of all go into both heads.
    """

    def __init__(self, body: BertModel) -> None:
        super().__init__()
        self.body = body
        width = 2 * body.config.hidden_size
        self.says = torch.nn.Linear(width, len(LABELS))
        self.answers = torch.nn.Linear(width, 1)

    def forward(
        self, input_ids: torch.Tensor, token_type_ids: torch.Tensor, attention_mask: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Return the logits of the labels, shape (n, 3), and of answering, shape (n,).

        Args:
            input_ids, token_type_ids, attention_mask: int64, shape (n, length).
        """
        hidden = self.body(
            input_ids=input_ids, token_type_ids=token_type_ids, attention_mask=attention_mask
        ).last_hidden_state
        mask = attention_mask.unsqueeze(-1).to(hidden.dtype)
        mean = (hidden * mask).sum(1) / mask.sum(1)
        pooled = torch.cat([hidden[:, 0], mean], dim=-1)
        return self.says(pooled), self.answers(pooled).squeeze(-1)
