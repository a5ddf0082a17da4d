"""Move the spread of a linear layer's inputs into its weights, so that 8 bits lose less.

SmoothQuant (Xiao et al. 2023), equation 4.
"""

from collections.abc import Callable

import torch

# The exponent: how much of the spread moves. It gave the best cosines on 400 passages of SQuAD
# (docs/experiments.md).
_SMOOTHING = 0.75
_TINY = 1e-5


class _SmoothLinear(torch.nn.Module):
    """A linear layer with weights multiplied by scales, and inputs divided by them."""

    def __init__(self, linear: torch.nn.Linear, scales: torch.Tensor) -> None:
        super().__init__()
        linear.weight.data = linear.weight.data * scales
        self._divisors = torch.nn.Parameter(1 / scales, requires_grad=False)
        self._linear = linear

    def forward(self, inputs: torch.Tensor) -> torch.Tensor:
        smoothed: torch.Tensor = self._linear(inputs * self._divisors)
        return smoothed


def smooth_inputs(model: torch.nn.Module, run_probes: Callable[[], object]) -> None:
    """Move the spread of each linear layer's inputs into its weights.

    Layers that share an input share the scales.

    Args:
        run_probes: Runs the model on the texts that show the spread.
    """
    linears = {name: part for name, part in model.named_modules() if isinstance(part, torch.nn.Linear)}
    spread: dict[str, torch.Tensor] = {}
    leader: dict[str, str] = {}
    latest: list[tuple[str, torch.Tensor]] = []

    def look(name: str, inputs: torch.Tensor) -> None:
        if not latest or latest[0][1] is not inputs:
            latest[:] = [(name, inputs)]
        leader[name] = latest[0][0]
        largest = inputs.abs().flatten(0, -2).amax(0)
        spread[name] = torch.maximum(spread.get(name, largest), largest)

    hooks = [
        part.register_forward_pre_hook(lambda _part, inputs, name=name: look(name, inputs[0]))
        for name, part in linears.items()
    ]
    run_probes()
    for hook in hooks:
        hook.remove()
    for first in dict.fromkeys(leader.values()):
        group = [name for name in spread if leader[name] == first]
        weights = torch.stack([linears[name].weight.data.abs().amax(0) for name in group]).amax(0)
        scales = _scales(spread[first], weights)
        for name in group:
            above, _, own = name.rpartition(".")
            setattr(model.get_submodule(above), own, _SmoothLinear(linears[name], scales))


def _scales(inputs: torch.Tensor, weights: torch.Tensor) -> torch.Tensor:
    """Return SmoothQuant's scales, rounded to powers of two.

    Multiplying by powers of two is exact, so every processor makes the same export.
    """
    wanted = _SMOOTHING * torch.log2(inputs.clamp(min=_TINY)) - (1 - _SMOOTHING) * torch.log2(weights.clamp(min=_TINY))
    return torch.exp2(torch.round(wanted))
