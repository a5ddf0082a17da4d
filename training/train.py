"""Train the network on pairs; continue where an earlier run stopped.

The order of the pairs, the schedule and the weights at the start depend on the seed alone. State is
written every few minutes and at SIGTERM or SIGINT. A file named `finished` marks the end.
"""

import argparse
import signal
import tempfile
from pathlib import Path

import torch
from tokenizers import Tokenizer
from torch.multiprocessing import spawn

from rag.encoders.pair_tokens import find_special_tokens
from training.examples import encode, select
from training.pair import read_pairs
from training.team import Team
from training.trainer import LEARNING_RATE, SEED, HeldOut, Trainer

N_MEASURED = 1000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--body", type=Path, required=True)
    parser.add_argument("--pairs", type=Path, required=True, help="folder with train.jsonl and held_out.jsonl")
    parser.add_argument("--state", type=Path, required=True)
    parser.add_argument("--file", default="train.jsonl", help="in the folder of the pairs")
    parser.add_argument("--n-pairs", type=int, help="how many to train on, repeats included; by default each once")
    parser.add_argument("--start", type=Path, help="state of an earlier training, to go on from its network")
    parser.add_argument("--learning-rate", type=float, default=LEARNING_RATE)
    parser.add_argument("--processes", type=int, default=2, help="one thread each; they share every batch")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as meeting:
        started = spawn(work, (options, Path(meeting, "meeting")), nprocs=options.processes, join=False)

        def stop(*_: object) -> None:
            for process in started.processes:
                process.terminate()

        signal.signal(signal.SIGTERM, stop)
        signal.signal(signal.SIGINT, stop)
        while not started.join():
            pass


def work(rank: int, options: argparse.Namespace, meeting: Path) -> None:
    """Train as one of several processes."""
    # Two threads of one process wait for each other at every layer, two processes once a batch.
    torch.set_num_threads(1)
    torch.distributed.init_process_group(
        "gloo", init_method=f"file://{meeting}", rank=rank, world_size=options.processes
    )
    tokenizer = Tokenizer.from_file(str(options.body / "tokenizer.json"))
    train = encode(tokenizer, list(select(read_pairs(options.pairs / options.file), SEED)))
    pairs = list(read_pairs(options.pairs / "held_out.jsonl"))[:N_MEASURED]
    held_out = HeldOut(encode(tokenizer, pairs), [one.label == "supported" for one in pairs])
    padding = find_special_tokens(tokenizer).padding
    n_pairs = options.n_pairs or len(train)
    trainer = Trainer(
        options.body,
        options.state,
        n_pairs,
        padding,
        Team(rank, options.processes),
        start=options.start,
        learning_rate=options.learning_rate,
    )
    # The process group is told too, and the parent's end arrives as SIGINT.
    signal.signal(signal.SIGTERM, lambda *_: trainer.stop())
    signal.signal(signal.SIGINT, lambda *_: trainer.stop())
    trainer.run(train, held_out)


if __name__ == "__main__":
    main()
