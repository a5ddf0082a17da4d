"""The scale of an encoder's cosines.

Everything behind the vectors is fitted on the cosines of all-MiniLM-L6-v2: the fused confidence,
the evidence, the support check and `min_near`. Other encoders spread theirs otherwise: those of
multilingual-e5-small lie between .7 and 1. A line maps them to the common scale, and it is applied
where cosines are computed, so nothing else knows which encoder an index has.
"""

from dataclasses import dataclass

import numpy as np

from rag.types import FloatArray


@dataclass(frozen=True, slots=True)
class CosineScale:
    """The line from an encoder's cosines to the common scale."""

    slope: float
    offset: float

    def apply(self, cosines: FloatArray) -> FloatArray:
        """Return cosines on the common scale, -1 to 1."""
        scaled: FloatArray = np.clip(cosines * np.float32(self.slope) + np.float32(self.offset), -1, 1)
        return scaled


COMMON = CosineScale(1.0, 0.0)
# From `benchmarks.calibrate_cosines` on SQuAD2: the line through the mean cosines of the right
# passages and sentences, and of the best ones in other documents. The halves of the articles give
# slopes of 3.75 and 4.33.
_SCALES = {"multilingual-e5-small": CosineScale(4.06, -2.94)}


def scale_of(encoder: str) -> CosineScale:
    """Return the scale of an encoder by its name, or by that of its folder or hub repository.

    An unknown encoder has the common scale.
    """
    return _SCALES.get(encoder.rstrip("/").rpartition("/")[2], COMMON)
