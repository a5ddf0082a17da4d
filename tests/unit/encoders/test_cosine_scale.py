"""The common scale of cosines."""

import numpy as np
import pytest

from rag.encoders.cosine_scale import COMMON, CosineScale, scale_of


def test_a_line_maps_cosines_and_keeps_them_between_minus_1_and_1() -> None:
    scaled = CosineScale(4.0, -3.0).apply(np.array([0.75, 0.8, 1.0, 0.2], dtype=np.float32))

    assert scaled.tolist() == pytest.approx([0.0, 0.2, 1.0, -1.0])


@pytest.mark.parametrize(
    "name", ["multilingual-e5-small", "intfloat/multilingual-e5-small", "/models/multilingual-e5-small/"]
)
def test_the_encoder_for_other_languages_has_its_scale_wherever_it_comes_from(name: str) -> None:
    assert scale_of(name) != COMMON


@pytest.mark.parametrize("name", ["all-MiniLM-L6-v2", "maker/encoder", ""])
def test_other_encoders_have_the_common_scale(name: str) -> None:
    assert scale_of(name) == COMMON
