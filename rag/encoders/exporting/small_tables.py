"""Keep the large word tables of an encoder in 8 bits, before it is exported.

A model of many languages has 250,000 words, and their table is four fifths of its weights. Each row
gets a scale of its own. A text reads few rows, so scaling them costs no time.
"""

import torch

# The table of an English model, with 30,000 words, stays as it is.
_LEAST_BYTES = 100_000_000
_ZERO = 128
_LARGEST = 127


def shrink_tables(model: torch.nn.Module, least_bytes: int = _LEAST_BYTES) -> None:
    """Replace the large tables of a model; only a model that is not trained can have them.

    Args:
        least_bytes: Of a table that is replaced.
    """
    large = {
        name: part
        for name, part in model.named_modules()
        if isinstance(part, torch.nn.Embedding) and part.weight.nbytes >= least_bytes
    }
    for name, table in large.items():
        above, _, own = name.rpartition(".")
        setattr(model.get_submodule(above), own, SmallTable(table.weight.data))


class SmallTable(torch.nn.Module):
    """A table of rows in 8 bits: levels, with 128 as zero, times the scale of the row."""

    def __init__(self, rows: torch.Tensor) -> None:
        """Take float32 rows, which are overwritten: a copy would take 400 MB."""
        super().__init__()
        scales = rows.abs().amax(1, keepdim=True).div_(_LARGEST).clamp_(min=torch.finfo(rows.dtype).tiny)
        levels = rows.div_(scales).round_().add_(_ZERO).to(torch.uint8)
        self._levels = torch.nn.Parameter(levels, requires_grad=False)
        self._scales = torch.nn.Parameter(scales, requires_grad=False)

    def forward(self, numbers: torch.Tensor) -> torch.Tensor:
        """Return the rows with these numbers: float32."""
        levels = torch.nn.functional.embedding(numbers, self._levels).to(self._scales.dtype)
        found: torch.Tensor = (levels - _ZERO) * torch.nn.functional.embedding(numbers, self._scales)
        return found
