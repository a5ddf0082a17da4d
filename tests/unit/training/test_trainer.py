from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from rag.encoders.pair_tokens import PairTokens
from training.examples import Example
from training.trainer import HeldOut, Trainer

EXAMPLES = [
    Example(PairTokens([1, 4 + i, 2, 2, 5 + i, 2], [0, 1, 0, 0, 2 + i % 3, 0]), is_question=i % 3 == 0, target=i % 2)
    for i in range(6)
]
HELD_OUT = HeldOut(EXAMPLES, [i % 2 == 0 for i in range(6)])


class StoppedAfterOneBatch(Trainer):
    def _learn(self, batch: list[Example]) -> float:
        self.stop()
        return super()._learn(batch)


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    n_threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(n_threads)


@pytest.fixture(autouse=True)
def batches_of_two(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("training.examples.BATCH_TOKENS", 12)


def test_a_training_that_was_stopped_and_resumed_equals_one_in_a_go(body: Path, tmp_path: Path) -> None:
    whole = Trainer(body, tmp_path / "whole", n_pairs=6, padding=0)
    whole.run(EXAMPLES, HELD_OUT)
    for _ in range(2):
        StoppedAfterOneBatch(body, tmp_path / "parts", n_pairs=6, padding=0).run(EXAMPLES, HELD_OUT)
    assert not (tmp_path / "parts" / "finished").exists()

    resumed = Trainer(body, tmp_path / "parts", n_pairs=6, padding=0)
    resumed.run(EXAMPLES, HELD_OUT)

    assert (tmp_path / "parts" / "finished").exists()
    weights = resumed.network.state_dict()
    for name, expected in whole.network.state_dict().items():
        assert torch.equal(weights[name], expected), name


def test_training_changes_all_but_embeddings_and_the_lowest_layer(body: Path, tmp_path: Path) -> None:
    trainer = Trainer(body, tmp_path / "state", n_pairs=6, padding=0)
    before = {name: one.clone() for name, one in trainer.network.state_dict().items()}

    trainer.run(EXAMPLES, HELD_OUT)

    kept = {name for name, one in trainer.network.state_dict().items() if torch.equal(one, before[name])}
    assert "body.embeddings.word_embeddings.weight" in kept
    assert "body.encoder.layer.0.output.dense.weight" in kept
    assert "body.embeddings.token_type_embeddings.weight" not in kept
    assert kept.isdisjoint({"says.weight", "answers.weight", "body.encoder.layer.1.output.dense.weight"})


def test_a_log_line_has_pairs_loss_and_areas(body: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Trainer(body, tmp_path / "state", n_pairs=6, padding=0).run(EXAMPLES, HELD_OUT)

    line = (tmp_path / "state" / "log.jsonl").read_text()
    assert capsys.readouterr().out == line
    assert '"pairs": 6, "of": 6' in line
    assert '"auc_says"' in line
