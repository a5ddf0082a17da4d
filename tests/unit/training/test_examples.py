import pytest
import torch
from tokenizers import Tokenizer

from rag.encoders.pair_tokens import PairTokens
from training import examples
from training.examples import Example, batches, encode, loss_of, pad, select
from training.pair import Label, Pair


def make_pair(label: Label, *, asks: bool = False, text: str = "the archive opens") -> Pair:
    task = "answers" if asks else "says"
    return Pair(task, text, "when ?" if asks else "archive closes", label, "copy", "here")


class Says(torch.nn.Module):
    """Gives every pair the same logits."""

    def forward(
        self, ids: torch.Tensor, _types: torch.Tensor, _mask: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        return torch.log(torch.tensor([[0.5, 0.3, 0.2]])).repeat(len(ids), 1), torch.zeros(len(ids))


def test_a_pair_becomes_tokens_and_a_target(tokenizer: Tokenizer) -> None:
    (example,) = encode(tokenizer, [make_pair("contradicted")])

    assert example.tokens.ids == [1, 4, 5, 6, 2, 2, 5, 7, 2]
    assert (example.is_question, example.target) == (False, 1)


def test_labels_and_answers_become_targets(tokenizer: Tokenizer) -> None:
    pairs = [make_pair("supported"), make_pair("not said"), make_pair("not supported")]
    pairs += [make_pair("supported", asks=True), make_pair("not supported", asks=True)]

    assert [one.target for one in encode(tokenizer, pairs)] == [0, 2, -1, 1, 0]


def test_padding_has_its_own_number_and_is_masked() -> None:
    tokens = (PairTokens([7, 8, 9], [0, 1, 4]), PairTokens([7], [0]))

    ids, types, mask = pad([Example(one, is_question=False, target=0) for one in tokens], padding=1)

    assert ids.tolist() == [[7, 8, 9], [7, 1, 1]]
    assert types.tolist() == [[0, 1, 4], [0, 0, 0]]
    assert mask.tolist() == [[1, 1, 1], [1, 0, 0]]


@pytest.mark.parametrize(
    ("pair", "probability"),
    [
        (make_pair("supported"), 0.5),
        (make_pair("contradicted"), 0.3),
        (make_pair("not said"), 0.2),
        (make_pair("not supported"), 0.5),
        (make_pair("supported", asks=True), 0.5),
    ],
)
def test_the_loss_is_the_surprise_at_the_label(tokenizer: Tokenizer, pair: Pair, probability: float) -> None:
    loss = loss_of(Says(), encode(tokenizer, [pair]), padding=0)

    assert loss.exp().item() == pytest.approx(1 / probability)


def test_an_epoch_has_each_pair_once_in_batches_that_fit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(examples, "BATCH_TOKENS", 20)
    made = [
        Example(PairTokens([0] * length, [0] * length), is_question=False, target=0) for length in (3, 9, 5, 4, 10, 2)
    ]

    found = list(batches(made, n_pairs=6, seed=1))

    assert sorted(i for batch in found for i in batch) == [0, 1, 2, 3, 4, 5]
    assert all(len(batch) * max(len(made[i].tokens.ids) for i in batch) <= 20 for batch in found)
    assert found == list(batches(made, n_pairs=6, seed=1))


def test_small_sources_are_read_twice() -> None:
    pair = Pair("says", "text", "statement", "supported", "question and answer", "squad")

    assert list(select([pair], seed=1)) == [pair, pair]
