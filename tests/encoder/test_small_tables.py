"""Word tables in 8 bits."""

import torch

from rag.encoders.exporting.small_tables import SmallTable, shrink_tables

ROWS = torch.randn(500, 8, generator=torch.Generator().manual_seed(2))


def test_rows_stay_within_half_a_level() -> None:
    numbers = torch.tensor([[0, 499, 7]])

    found = SmallTable(ROWS.clone())(numbers)

    level = ROWS[numbers].abs().amax(-1, keepdim=True) / 127
    assert ((found - ROWS[numbers]).abs() <= 0.51 * level).all()


def test_a_row_of_zeros_stays_zero() -> None:
    assert (SmallTable(torch.zeros(1, 4))(torch.tensor([0])) == 0).all()


def test_only_large_tables_are_replaced() -> None:
    model = torch.nn.ModuleDict({"words": torch.nn.Embedding(500, 8), "places": torch.nn.Embedding(20, 8)})

    shrink_tables(model, least_bytes=16_000)

    assert isinstance(model["words"], SmallTable)
    assert isinstance(model["places"], torch.nn.Embedding)
