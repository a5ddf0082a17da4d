"""Processes that train together."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import torch

from training.examples import Example


@dataclass(frozen=True, slots=True)
class Team:
    """The processes that train together; the first writes state and log."""

    rank: int = 0
    size: int = 1

    def share(self, batch: Sequence[Example]) -> Sequence[Example]:
        """Return this process's part of a batch."""
        return batch[self.rank :: self.size]

    def add_up(self, parameters: Iterable[torch.nn.Parameter], n_mine: int, n_all: int) -> None:
        """Give each process the gradients of the whole batch."""
        if self.size == 1:
            return
        gradients = [one.grad for one in parameters if one.grad is not None]
        flat = torch.cat([one.reshape(-1) for one in gradients]) * (n_mine / n_all)
        torch.distributed.all_reduce(flat)
        for one, whole in zip(gradients, flat.split([one.numel() for one in gradients]), strict=True):
            one.copy_(whole.view_as(one))

    def agree(self, *, yes: bool) -> bool:
        """Return whether any process says yes."""
        if self.size == 1:
            return yes
        said = torch.tensor(float(yes))
        torch.distributed.all_reduce(said)
        return bool(said > 0)
