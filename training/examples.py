"""Pairs as tokens and batches, and how wrong a network is on them."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from tokenizers import Tokenizer
from torch.nn.functional import binary_cross_entropy_with_logits, log_softmax

from rag.encoders.pair_tokens import PairTokens, find_special_tokens, join_pairs
from training.network import LABELS, JudgeNetwork
from training.pair import Pair

BATCH_TOKENS = 2600
# Batches are made of this many pairs sorted by length, so that little is padded.
POOL = 1024
# How often a pair of this kind or task is read in an epoch.
_SHARES = {
    "infotabs": 0.4,
    "cad": 0.4,
    "conj": 0.7,
    "answers": 1.5,
    "question and answer": 2.0,
    "other answer": 2.0,
    "summedits": 0.6,
}
_BATCH_SCORED = 32


@dataclass(frozen=True, slots=True)
class Example:
    """A pair in tokens.

    Attributes:
        target: An index of LABELS, -1 for not supported; 0 or 1 for questions.
    """

    tokens: PairTokens
    is_question: bool
    target: int


def select(pairs: Iterable[Pair], seed: int) -> Iterator[Pair]:
    """Yield part of the pairs of large sources, and twice those of small ones."""
    draw = np.random.default_rng(seed)
    for pair in pairs:
        share = _SHARES.get(pair.kind, _SHARES.get(pair.task, 1.0))
        for _ in range(int(share + draw.random())):
            yield pair


def encode(tokenizer: Tokenizer, pairs: Sequence[Pair]) -> list[Example]:
    """Return the pairs in tokens."""
    special = find_special_tokens(tokenizer)
    joined = join_pairs(tokenizer, special, [one.text for one in pairs], [one.statement for one in pairs])
    return [
        Example(tokens, is_question=pair.task == "answers", target=_target_of(pair))
        for pair, tokens in zip(pairs, joined, strict=True)
    ]


def _target_of(pair: Pair) -> int:
    if pair.task == "answers":
        return int(pair.label == "supported")
    return LABELS.index(pair.label) if pair.label in LABELS else -1


def batches(examples: Sequence[Example], n_pairs: int, seed: int) -> Iterator[list[int]]:
    """Yield lists of indexes, at least `n_pairs` in all, each epoch in another order."""
    order = np.random.default_rng(seed)
    done = 0
    while done < n_pairs:
        shuffled = order.permutation(len(examples))
        for start in range(0, len(shuffled), POOL):
            made = _split_pool(shuffled[start : start + POOL].tolist(), examples)
            for number in order.permutation(len(made)).tolist():
                if done >= n_pairs:
                    return
                yield made[number]
                done += len(made[number])


def _split_pool(pool: list[int], examples: Sequence[Example]) -> list[list[int]]:
    """Return batches of about equal length, each of at most BATCH_TOKENS with its padding."""
    made: list[list[int]] = [[]]
    for i in sorted(pool, key=lambda i: (len(examples[i].tokens.ids), i)):
        if made[-1] and (len(made[-1]) + 1) * len(examples[i].tokens.ids) > BATCH_TOKENS:
            made.append([])
        made[-1].append(i)
    return made


def pad(examples: Sequence[Example], padding: int) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Return token numbers, token types and mask, int64, shape (n, longest)."""
    longest = max(len(one.tokens.ids) for one in examples)
    ids = torch.full((len(examples), longest), padding, dtype=torch.int64)
    types, mask = torch.zeros_like(ids), torch.zeros_like(ids)
    for row, one in enumerate(examples):
        n_tokens = len(one.tokens.ids)
        ids[row, :n_tokens] = torch.tensor(one.tokens.ids)
        types[row, :n_tokens] = torch.tensor(one.tokens.types)
        mask[row, :n_tokens] = 1
    return ids, types, mask


def loss_of(network: JudgeNetwork, examples: Sequence[Example], padding: int) -> torch.Tensor:
    """Return the mean loss: cross-entropy for statements, binary for questions."""
    says, answers = network(*pad(examples, padding))
    target = torch.tensor([one.target for one in examples])
    is_question = torch.tensor([one.is_question for one in examples])
    logs = log_softmax(says, dim=-1)
    named = -logs.gather(1, target.clamp(min=0).unsqueeze(1)).squeeze(1)
    # Contradicted or not said: all but the first label.
    unnamed = -torch.logsumexp(logs[:, 1:], dim=-1)
    statement = torch.where(target < 0, unnamed, named)
    question = binary_cross_entropy_with_logits(answers, target.clamp(min=0).float(), reduction="none")
    return torch.where(is_question, question, statement).mean()


@torch.inference_mode()
def score(
    network: JudgeNetwork, examples: Sequence[Example], padding: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the probability that each statement is supported, and each question answered."""
    was_training = network.training
    network.eval()
    says, answers = np.empty(len(examples)), np.empty(len(examples))
    order = sorted(range(len(examples)), key=lambda i: len(examples[i].tokens.ids))
    for start in range(0, len(order), _BATCH_SCORED):
        part = order[start : start + _BATCH_SCORED]
        of_part = network(*pad([examples[i] for i in part], padding))
        says[part] = of_part[0].softmax(-1)[:, 0].numpy()
        answers[part] = of_part[1].sigmoid().numpy()
    network.train(was_training)
    return says, answers
