"""The training of a network, with its state in a folder."""

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from sklearn.metrics import roc_auc_score
from transformers import BertModel

from training.examples import Example, batches, loss_of, score
from training.network import JudgeNetwork
from training.team import Team

SEED = 17
# At 1.5e-4 the training collapses.
LEARNING_RATE = 8e-5
_HEAD_RATE = 5
_STATE_FILE = "state.pt"
WARM_UP = 0.05
WEIGHT_DECAY = 0.01
CHECKPOINT_SECONDS = 600
N_FROZEN_LAYERS = 1


@dataclass(frozen=True, slots=True)
class HeldOut:
    """Pairs that measure the training."""

    examples: Sequence[Example]
    is_true: Sequence[bool]

    def measure(self, network: JudgeNetwork, padding: int) -> dict[str, float]:
        """Return the area under the curve of statements and of questions; 0 without both kinds."""
        is_question = np.array([one.is_question for one in self.examples])
        is_true = np.array(self.is_true)
        found = {}
        for name, chosen, scores in zip(
            ("says", "answers"), (~is_question, is_question), score(network, self.examples, padding), strict=True
        ):
            both = len(set(is_true[chosen].tolist())) == 2
            found[f"auc_{name}"] = round(float(roc_auc_score(is_true[chosen], scores[chosen])), 4) if both else 0.0
        return found


class Trainer:
    """Trains a network and keeps its state in a folder."""

    def __init__(
        self,
        body: Path,
        state: Path,
        n_pairs: int,
        padding: int,
        team: Team | None = None,
        *,
        start: Path | None = None,
        learning_rate: float = LEARNING_RATE,
    ) -> None:
        """Load the body.

        Args:
            n_pairs: How many pairs the whole training reads; the learning rate falls to 0 there.
            padding: The number of the padding token.
            start: State of an earlier training; the network begins as that one ended.
        """
        self._state = state
        self._team = team or Team()
        self._n_pairs = n_pairs
        self._padding = padding
        state.mkdir(parents=True, exist_ok=True)
        self.network = _open_network(body)
        if start is not None:
            self.network.load_state_dict(torch.load(start / _STATE_FILE, weights_only=True)["network"])
        heads = [*self.network.says.parameters(), *self.network.answers.parameters()]
        inner = [one for one in self.network.body.parameters() if one.requires_grad]
        self._optimizer = torch.optim.AdamW(
            [{"params": inner, "lr": learning_rate}, {"params": heads, "lr": _HEAD_RATE * learning_rate}],
            weight_decay=WEIGHT_DECAY,
        )
        self._done = 0
        self._n_batches = 0
        self._is_stopped = False
        self._schedule = torch.optim.lr_scheduler.LambdaLR(self._optimizer, self._rate)

    def _rate(self, _step: int) -> float:
        share = self._done / self._n_pairs
        return min(1.0, (share + 0.001) / WARM_UP, max(0.0, 1 - share) / (1 - WARM_UP))

    def run(self, train: Sequence[Example], held_out: HeldOut) -> None:
        """Train to the end or until stopped, and write state and log."""
        self.load()
        began = saved = time.monotonic()
        done_before, losses = self._done, []
        self.network.train()
        for number, batch in enumerate(batches(train, self._n_pairs, SEED)):
            if number < self._n_batches:
                continue
            losses.append(self._learn([train[i] for i in batch]))
            stops = self._team.agree(yes=self._is_stopped)
            if stops or self._team.agree(yes=time.monotonic() - saved > CHECKPOINT_SECONDS):
                rate = (self._done - done_before) / (time.monotonic() - began)
                self._checkpoint(losses, rate, held_out)
                saved, losses = time.monotonic(), []
            if stops:
                return
        self._checkpoint(losses, 0.0, held_out)
        if self._team.rank == 0:
            (self._state / "finished").touch()

    def stop(self) -> None:
        """Stop after the batch in hand."""
        self._is_stopped = True

    def _learn(self, batch: Sequence[Example]) -> float:
        """Take one step; return the loss."""
        mine = self._team.share(batch)
        self._optimizer.zero_grad()
        # Each process has pairs of about the same length; the last batches may be too small.
        loss = loss_of(self.network, mine or batch, self._padding)
        loss.backward()
        self._team.add_up(self.network.parameters(), len(mine), len(batch))
        torch.nn.utils.clip_grad_norm_(self.network.parameters(), 1.0)
        self._optimizer.step()
        self._done += len(batch)
        self._n_batches += 1
        self._schedule.step()
        return loss.item()

    def _checkpoint(self, losses: Sequence[float], rate: float, held_out: HeldOut) -> None:
        """Write state and a line of the log, as the first process."""
        if self._team.rank:
            return
        line = {
            "pairs": self._done,
            "of": self._n_pairs,
            "pairs_a_second": round(rate, 1),
            "minutes_left": round((self._n_pairs - self._done) / rate / 60) if rate else 0,
            "loss": round(float(np.mean(losses)), 4) if losses else None,
            **held_out.measure(self.network, self._padding),
        }
        print(json.dumps(line), flush=True)
        with (self._state / "log.jsonl").open("a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")
        self._save()

    def _save(self) -> None:
        whole = {
            "network": self.network.state_dict(),
            "optimizer": self._optimizer.state_dict(),
            "schedule": self._schedule.state_dict(),
            "done": self._done,
            "n_batches": self._n_batches,
        }
        partial = self._state / "state.partial"
        torch.save(whole, partial)
        partial.replace(self._state / _STATE_FILE)

    def load(self) -> None:
        """Load the state that an earlier run left, if any."""
        file = self._state / _STATE_FILE
        if not file.exists():
            return
        whole = torch.load(file, weights_only=True)
        self.network.load_state_dict(whole["network"])
        self._optimizer.load_state_dict(whole["optimizer"])
        self._done, self._n_batches = whole["done"], whole["n_batches"]
        self._schedule.load_state_dict(whole["schedule"])


def _open_network(body: Path) -> JudgeNetwork:
    """Return the body with new heads, the same each time."""
    torch.manual_seed(SEED)
    model = BertModel.from_pretrained(body, add_pooling_layer=False, attn_implementation="sdpa")
    # Less than one epoch needs no dropout.
    for part in model.modules():
        if isinstance(part, torch.nn.Dropout):
            part.p = 0.0
    # What the lowest layers know of many languages is kept (Wu and Dredze 2019), and a sixth of
    # the time saved.
    for part in (model.embeddings, *model.encoder.layer[:N_FROZEN_LAYERS]):
        part.requires_grad_(requires_grad=False)
    model.embeddings.token_type_embeddings.requires_grad_(requires_grad=True)
    return JudgeNetwork(model)
