"""Fit the scale of an encoder's cosines in rag/encoders/cosine_scale.py.

    python -m benchmarks.calibrate_cosines SET ENCODER

SET is a folder with its own documents (evals/README.md). For each answerable question and both
encoders four cosines are taken: that of the passage with the answer and of its nearest sentence,
and the highest ones in other documents. The scale is the line through the means of the encoder and
those of all-MiniLM-L6-v2, which stand for what is right and what is absent. It is fitted on each
half of the documents too. `rank 1` is how often the fused confidence puts the right passage first.
"""

import argparse
import tempfile
from pathlib import Path

import numpy as np

from benchmarks.calibrate_fusion import RANKING, Array, QuestionSet, ask_all, rank, split
from rag.encoders.cosine_scale import scale_of
from rag.model_files.builtin import ENCODER
from rag.retrieval.fusion import WEIGHTS


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("set", type=Path)
    parser.add_argument("encoder")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        common, other = (
            ask_all(arguments.set, Path(scratch) / name.replace("/", "-"), encoder=name)
            for name in (ENCODER.name, arguments.encoder)
        )
    halves = zip((*split(common), common), (*split(other), other), ("one half", "other half", "all"), strict=True)
    for wanted, found, name in halves:
        slope, offset = np.polyfit(unscaled(mean_cosines(found), arguments.encoder), mean_cosines(wanted), 1)
        print(f"{name:12s} slope {slope:.2f}, offset {offset:.2f}")
    for asked, name in ((common, ENCODER.name), (other, arguments.encoder)):
        found = rank(asked, np.asarray(WEIGHTS[: len(RANKING)], dtype=np.float64))
        print(f"{name}: mean cosines {mean_cosines(asked).round(3)}, rank 1 {found.mean(axis=0)[0]:.3f}")


def mean_cosines(asked: QuestionSet) -> Array:
    """Return the mean cosines: right passage, absent passage, right sentence, absent sentence."""
    means = []
    for column in (RANKING.index("cosine"), RANKING.index("sentence_cosine")):
        for is_right in (True, False):
            rows = [
                (one.features[:, column], one.holds if is_right else ~one.is_own) for one in asked if one.is_answerable
            ]
            means.append(np.mean([cosines[chosen].max() for cosines, chosen in rows if chosen.any()]))
    return np.array(means)


def unscaled(cosines: Array, encoder: str) -> Array:
    scale = scale_of(encoder)
    return (cosines - scale.offset) / scale.slope


if __name__ == "__main__":
    main()
