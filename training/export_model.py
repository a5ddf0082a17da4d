"""Write the trained network as an 8-bit ONNX file, and check that it judges as the network does."""

import argparse
import logging
import tempfile
import warnings
from pathlib import Path

import numpy as np
import onnxruntime
import torch
from onnxruntime.quantization import QuantType, quantize_dynamic
from sklearn.metrics import roc_auc_score
from tokenizers import Tokenizer

from rag.encoders.pair_tokens import PairTokens, find_special_tokens
from training.examples import encode, score
from training.network import JudgeNetwork
from training.pair import read_pairs
from training.train import N_MEASURED
from training.trainer import HeldOut, Trainer

_OPSET = 17
# The file may give up this much of the area under the curve.
_MOST_LOST = 0.005


class _OnePair(torch.nn.Module):
    """Maps the token numbers of one pair to the logits of both heads."""

    def __init__(self, network: JudgeNetwork) -> None:
        super().__init__()
        self._network = network

    def forward(self, input_ids: torch.Tensor, token_type_ids: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        return self._network(input_ids, token_type_ids, torch.ones_like(input_ids))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--body", type=Path, required=True)
    parser.add_argument("--state", type=Path, required=True)
    parser.add_argument("--pairs", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    tokenizer = Tokenizer.from_file(str(options.body / "tokenizer.json"))
    special = find_special_tokens(tokenizer)
    trainer = Trainer(options.body, options.state, n_pairs=1, padding=special.padding)
    trainer.load()
    network = trainer.network.eval()
    pairs = list(read_pairs(options.pairs / "held_out.jsonl"))[:N_MEASURED]
    held_out = HeldOut(encode(tokenizer, pairs), [one.label == "supported" for one in pairs])
    options.out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=options.out) as scratch:
        plain, small = Path(scratch, "plain.onnx"), Path(scratch, "judge.onnx")
        trace(network, plain, held_out.examples[0].tokens)
        quantize(plain, small)
        check(network, small, held_out, special.padding)
        tokenizer.save(str(options.out / "tokenizer.json"), pretty=False)
        small.replace(options.out / "judge.onnx")


def trace(network: JudgeNetwork, target: Path, tokens: PairTokens) -> None:
    """Write the network in float32, as it runs on the tokens of one pair."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            *(_OnePair(network).eval(), (torch.tensor([tokens.ids]), torch.tensor([tokens.types])), str(target)),
            input_names=["input_ids", "token_type_ids"],
            output_names=["says", "answers"],
            dynamic_axes={"input_ids": {1: "n_tokens"}, "token_type_ids": {1: "n_tokens"}},
            opset_version=_OPSET,
            dynamo=False,
        )


def quantize(source: Path, target: Path) -> None:
    """Write the model with 8-bit weights and embeddings.

    Weights use 7 bits: sums of products then fit in 16 bits on processors without VNNI.
    """
    logging.disable(logging.WARNING)
    try:
        quantize_dynamic(
            *(source, target),
            per_channel=True,
            reduce_range=True,
            weight_type=QuantType.QInt8,
            op_types_to_quantize=["MatMul", "Gather"],
        )
    finally:
        logging.disable(logging.NOTSET)


def check(network: JudgeNetwork, file: Path, held_out: HeldOut, padding: int) -> None:
    """Print how far the file's probabilities are from the network's.

    Raises:
        SystemExit: The area under the curve falls too much.
    """
    examples = held_out.examples
    session = onnxruntime.InferenceSession(file, providers=["CPUExecutionProvider"])
    wanted, _ = score(network, examples, padding)
    found = np.empty(len(examples))
    for number, example in enumerate(examples):
        tokens = example.tokens
        inputs = {"input_ids": np.array([tokens.ids]), "token_type_ids": np.array([tokens.types])}
        logits = session.run(["says"], inputs)[0][0]
        found[number] = np.exp(logits[0] - np.logaddexp.reduce(logits))
    says = np.array([not one.is_question for one in examples])
    true = np.array(held_out.is_true)
    before, after = (roc_auc_score(true[says], scores[says]) for scores in (wanted, found))
    print(
        f"{file.stat().st_size / 1e6:.1f} MB, mean difference {np.abs(wanted - found)[says].mean():.4f}, "
        f"area under the curve {before:.4f} -> {after:.4f}"
    )
    if before - after > _MOST_LOST:
        raise SystemExit(f"the 8-bit file loses {before - after:.4f}, more than {_MOST_LOST}: it is not kept")


if __name__ == "__main__":
    main()
