"""Denoisers as people train them: three networks, and two ways to take the expectation.

None of them is told the posterior: each sees clean points and noise, and minimises the squared
error.  The expectation is a sum over a grid of noisy points, exact to rounding for what is smooth,
or over samples of fresh noise.  The same call always gives the same numbers: the generator is its
own, and one thread is set and restored.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from .tensors import torch
from .training import ValueAndSlope, adam, flattened, layer, lbfgs, one_thread

if TYPE_CHECKING:
    from torch import Tensor
    from torch.nn import Module

__all__ = ["by_adam", "by_attention", "by_lbfgs", "expected", "trained"]

WIDE = 8  # units
BATCH = 64  # samples in a step
REACH = 6.0  # deviations of the noise
STILL = 1e-9  # a run says that it has converged where the slope is this small, on data of size one
Loss = Callable[["Module"], "Tensor"]


# -- networks -------------------------------------------------------------------------------------


@cache
def attention() -> Any:
    """Made when first needed, because its base is torch's."""

    class Attention(torch.nn.Module):
        """Softmax of negative squared distances to learned points, over a learned width, and of
        learned weights; the points themselves are averaged."""

        def __init__(self, points: Tensor, width: float) -> None:
            super().__init__()
            self.points = torch.nn.Parameter(points)
            self.weights = torch.nn.Parameter(points.new_zeros(len(points) - 1))
            self.log_width = torch.nn.Parameter(points.new_tensor(math.log(width)))

        def forward(self, y: Tensor) -> Tensor:
            apart = ((y[:, None, :] - self.points) ** 2).sum(dim=2)
            weights = torch.nn.functional.pad(self.weights, (1, 0))
            logits = weights - apart / (2 * torch.exp(2 * self.log_width))
            return torch.as_tensor(logits.softmax(dim=1) @ self.points)

    return Attention


def network(d: int, dtype: Any) -> Module:
    """One hidden layer of tanh, its units turning at different places."""
    draw = torch.Generator().manual_seed(0)
    first = layer(d, WIDE, True, dtype, draw)
    with torch.no_grad():
        first.weight.mul_(3 * math.sqrt(WIDE))
        first.bias.copy_(3 * torch.randn(WIDE, generator=draw, dtype=torch.float64))
    return torch.nn.Sequential(first, torch.nn.Tanh(), layer(WIDE, d, True, dtype, draw))


# -- the expectation ------------------------------------------------------------------------------


def expected(x: Tensor, sigma: float) -> Loss:
    """E|X - D(X + sigma eps)|^2, X one of the rows: the noise on a grid, shared by all rows."""
    y, share = grid(x, sigma)

    def loss(net: Module) -> Tensor:
        errors = ((x[None, :, :] - net(y)[:, None, :]) ** 2).sum(dim=2)
        return (share * errors).sum()

    return loss


def grid(x: Tensor, sigma: float) -> tuple[Tensor, Tensor]:
    """Noisy points (m, d), and how likely each is together with each row (m, n)."""
    d, reach = x.shape[1], REACH * sigma
    step = sigma / (8 if d == 1 else 3)
    axes = [
        torch.arange(float(low) - reach, float(high) + reach, step, dtype=torch.float64)
        for low, high in zip(x.min(dim=0).values, x.max(dim=0).values, strict=True)
    ]
    y = torch.cartesian_prod(*axes).view(-1, d)
    share = torch.exp(-((y[:, None, :] - x) ** 2).sum(dim=2) / (2 * sigma**2))
    kept = share.sum(dim=1) > 1e-16
    y, share = y[kept], share[kept]
    return y, share / share.sum()


# -- three ways to train --------------------------------------------------------------------------

Rows = tuple[tuple[float, ...], ...]


def trained(train: Callable[[Tensor, float], Any], x: Tensor, sigma: float) -> tuple[Any, bool]:
    """The denoiser, in the units of the data, and whether its training says that it converged.

    What is the same in units of its own size is trained once.
    """
    mean = x.double().mean(dim=0)
    size = math.sqrt(float(((x - mean) ** 2).mean()) + sigma**2)
    rows = tuple(map(tuple, ((x.double() - mean) / size).tolist()))
    net, converged = _trained(train, rows, sigma / size)
    return in_units(net, mean, size), converged


@lru_cache(maxsize=256)
def _trained(
    train: Callable[[Tensor, float], Any], rows: Rows, level: float
) -> tuple[Module, bool]:
    with one_thread(), torch.enable_grad():
        net, converged = train(torch.tensor(rows, dtype=torch.float64), level)
    return net, converged


def in_units(net: Module, mean: Tensor, size: float) -> Callable[[Tensor], Tensor]:
    """The network between a change of units and its inverse."""

    def denoise(y: Tensor) -> Tensor:
        z = ((y - mean) / size).to(next(net.parameters()).dtype)
        return torch.as_tensor(net(z).to(y.dtype) * size + mean)

    return denoise


def by_attention(z: Tensor, level: float) -> tuple[Module, bool]:
    """Attention over as many points as there are, by L-BFGS on the exact loss, then by one of
    Newton's steps, which compares no losses."""
    draw = torch.Generator().manual_seed(0)
    start = z + 0.5 * level * torch.randn(z.shape, generator=draw, dtype=torch.float64)
    net, loss = attention()(start, 1.5 * level), expected(z, level)
    value_and_slope, flat = flattened(list(net.parameters()), lambda: loss(net))
    flat = newton(value_and_slope, lbfgs(value_and_slope, flat, 60, still=1e-8))
    return net, float(np.abs(value_and_slope(flat)[1]).max()) < STILL


def by_lbfgs(z: Tensor, level: float, *, steps: int = 25) -> tuple[Module, bool]:
    """A tanh network on the exact loss, in float64.  However long it is trained it reaches the best
    of its own kind only, so it never says that it converged."""
    net, loss = network(z.shape[1], torch.float64), expected(z, level)
    value_and_slope, flat = flattened(list(net.parameters()), lambda: loss(net))
    value_and_slope(lbfgs(value_and_slope, flat, steps, still=1e-10))
    return net, False


Examples = Callable[["Tensor", float, "Tensor"], tuple["Tensor", "Tensor"]]


def by_adam(
    z: Tensor, level: float, *, steps: int = 50,
    examples: Examples = lambda z, level, noise: (z + level * noise, z),
) -> tuple[Module, bool]:  # fmt: skip
    """A tanh network by Adam in float32, on samples, their noise fresh in every step.  `examples`
    makes inputs and targets of clean rows and standard noise: as here, unless somebody errs."""
    draw, rows = torch.Generator().manual_seed(0), z.float()
    net = network(z.shape[1], torch.float32)

    def loss(chosen: Tensor) -> Tensor:
        noise = torch.randn(len(chosen), z.shape[1], generator=draw)
        seen, target = examples(rows[chosen], level, noise)
        return ((net(seen) - target) ** 2).sum(dim=1).mean()

    batches = [torch.randint(len(z), (BATCH,), generator=draw) for _ in range(steps)]
    adam(list(net.parameters()), loss, batches, rate=0.05)
    return net, False


def newton(value_and_slope: ValueAndSlope, flat: np.ndarray) -> np.ndarray:
    """One step, unless the slope grows by it.  The Hessian is by differences of slopes; directions
    that it does not bend stay as they are."""
    width, slope = 1e-5, value_and_slope(flat)[1]
    moved = [flat + width * e for e in np.eye(len(flat))]
    bend = np.array([value_and_slope(there)[1] - slope for there in moved]) / width
    ahead = flat - np.linalg.pinv((bend + bend.T) / 2, rcond=1e-6) @ slope
    smaller = np.abs(value_and_slope(ahead)[1]).max() < np.abs(slope).max()
    return ahead if smaller else flat
