"""What trained references share: data of one size, layers drawn from a generator, one thread, and
two optimisers.

`torch.optim` is not used: its first step imports half a compiler.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np

from .tensors import torch

if TYPE_CHECKING:
    from torch import Tensor
    from torch.nn import Linear

__all__ = ["adam", "centred", "flattened", "layer", "lbfgs", "one_thread", "steepness"]

ValueAndSlope = Callable[[np.ndarray], tuple[float, np.ndarray]]


@contextmanager
def one_thread() -> Iterator[None]:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)


def centred(x: Tensor, dtype: Any) -> tuple[Tensor, Tensor, float]:
    """The rows about their mean, scaled to a mean squared length of one; the mean; the scale."""
    mean = x.double().mean(dim=0)
    rows = x.double() - mean
    size = float((rows**2).sum(dim=1).mean().sqrt()) or 1.0
    return (rows / size).to(dtype), mean, size


def layer(wide: int, narrow: int, bias: bool, dtype: Any, draw: Any) -> Linear:
    """From (wide) to (narrow), its units of length one or less; the bias starts at zero."""
    made = torch.nn.utils.skip_init(torch.nn.Linear, wide, narrow, bias=bias, dtype=dtype)
    with torch.no_grad():
        drawn = torch.randn(made.weight.shape, generator=draw, dtype=torch.float64)
        made.weight.copy_(drawn / math.sqrt(max(wide, narrow)))
        if bias:
            made.bias.zero_()
    return made


def flattened(
    parameters: Sequence[Tensor], loss: Callable[[], Tensor]
) -> tuple[ValueAndSlope, np.ndarray]:
    """The loss and its gradient as functions of one float64 vector, and where it stands."""
    cuts = np.cumsum([p.numel() for p in parameters])[:-1]

    def value_and_slope(flat: np.ndarray) -> tuple[float, np.ndarray]:
        with torch.no_grad():
            for p, part in zip(parameters, np.split(flat, cuts), strict=True):
                p.copy_(torch.from_numpy(part).view(p.shape))
        found = loss()
        gradients = torch.autograd.grad(found, parameters)
        return float(found.detach()), np.concatenate([g.flatten().numpy() for g in gradients])

    return value_and_slope, np.concatenate([p.detach().flatten().numpy() for p in parameters])


def steepness(loss: Tensor, parameters: Sequence[Tensor]) -> float:
    """The length of the gradient, added up in float64."""
    gradients = torch.autograd.grad(loss, list(parameters))
    return math.sqrt(sum(float((g.double() ** 2).sum()) for g in gradients))


def lbfgs(
    value_and_slope: ValueAndSlope, flat: np.ndarray, steps: int, *, still: float
) -> np.ndarray:
    """Down to a gradient whose entries are `still`, as far as differences of losses lead."""
    from scipy.optimize import minimize

    options = {"maxiter": steps, "maxfun": 2 * steps, "ftol": 0.0, "gtol": still, "maxcor": 20}
    found = minimize(value_and_slope, flat, jac=True, method="L-BFGS-B", options=options)
    return np.asarray(found.x)


def adam(
    parameters: Sequence[Tensor],
    loss: Callable[[Any], Tensor],
    batches: Sequence[Any],
    *,
    rate: float,
    let_down: bool = True,
) -> None:
    """Kingma and Ba's update with the usual constants, once per batch; the step size is let down to
    zero by half a cosine, or stays."""
    sizes = [p.numel() for p in parameters]
    first = torch.zeros(sum(sizes), dtype=parameters[0].dtype)  # the moments of all in one vector
    second = torch.zeros_like(first)
    for t, batch in enumerate(batches, 1):
        slopes = torch.autograd.grad(loss(batch), list(parameters))
        gradient = torch.cat([slope.flatten() for slope in slopes])
        length = rate * (1 + math.cos(math.pi * t / len(batches))) / 2 if let_down else rate
        length *= math.sqrt(1 - 0.999**t) / (1 - 0.9**t)
        with torch.no_grad():
            first.lerp_(gradient, 0.1)
            second.lerp_(gradient * gradient, 0.001)
            step = length * first / (second.sqrt() + 1e-8)
            for p, part in zip(parameters, step.split(sizes), strict=True):
                p.sub_(part.view_as(p))
