import pytest
import torch
from tokenizers import Tokenizer

from tests.unit.training.conftest import make_tokenizer
from training import examples
from training.examples import Example, batches, encode, find_special_tokens, loss_of, pad, select
from training.pair import Label, Pair


def make_pair(label: Label, *, asks: bool = False, text: str = "the archive opens") -> Pair:
    task = "answers" if asks else "says"
    return Pair(task, text, "when ?" if asks else "archive closes", label, "copy", "here")


class Says(torch.nn.Module):
    """Gives every pair the same logits."""

    def forward(self, ids: torch.Tensor, _mask: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        return torch.log(torch.tensor([[0.5, 0.3, 0.2]])).repeat(len(ids), 1), torch.zeros(len(ids))


def test_a_pair_is_start_text_two_separators_statement_separator(tokenizer: Tokenizer) -> None:
    (example,) = encode(tokenizer, [make_pair("contradicted")])

    assert example == Example([1, 4, 5, 6, 2, 2, 5, 7, 2], is_question=False, target=1)


def test_the_numbers_around_a_pair_are_those_of_the_tokenizer() -> None:
    special = find_special_tokens(make_tokenizer("<s>", "<pad>", "</s>"))

    assert (special.start, special.separator, special.padding) == (1, 2, 0)


def test_a_tokenizer_without_these_tokens_is_refused() -> None:
    with pytest.raises(ValueError, match="train on another body"):
        find_special_tokens(make_tokenizer("<a>", "<b>", "<c>"))


def test_labels_and_answers_become_targets(tokenizer: Tokenizer) -> None:
    pairs = [make_pair("supported"), make_pair("not said"), make_pair("not supported")]
    pairs += [make_pair("supported", asks=True), make_pair("not supported", asks=True)]

    assert [one.target for one in encode(tokenizer, pairs)] == [0, 2, -1, 1, 0]


def test_a_long_text_is_cut_before_its_statement(tokenizer: Tokenizer) -> None:
    (example,) = encode(tokenizer, [make_pair("supported", text="archive " * 400)])

    assert len(example.ids) == 192
    assert example.ids[-4:] == [2, 5, 7, 2]


def test_padding_has_its_own_number_and_is_masked() -> None:
    ids, mask = pad([Example([7, 8, 9], False, 0), Example([7], False, 0)], padding=1)  # noqa: FBT003

    assert ids.tolist() == [[7, 8, 9], [7, 1, 1]]
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
    made = [Example([0] * length, is_question=False, target=0) for length in (3, 9, 5, 4, 10, 2)]

    found = list(batches(made, n_pairs=6, seed=1))

    assert sorted(i for batch in found for i in batch) == [0, 1, 2, 3, 4, 5]
    assert all(len(batch) * max(len(made[i].ids) for i in batch) <= 20 for batch in found)
    assert found == list(batches(made, n_pairs=6, seed=1))


def test_small_sources_are_read_twice() -> None:
    pair = Pair("says", "text", "statement", "supported", "question and answer", "squad")

    assert list(select([pair], seed=1)) == [pair, pair]
