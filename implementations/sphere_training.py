"""Points on a sphere that repel each other: by L-BFGS, written down, and as a network's outputs."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from .tensors import torch
from .training import flattened, layer, lbfgs, one_thread

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["by_lbfgs", "by_network", "energy", "on_the_sphere", "report", "started", "trained"]
__all__ += ["written_down"]

HIDDEN = 8


def on_the_sphere(x: Tensor) -> Tensor:
    return torch.nn.functional.normalize(x, dim=1)


def energy(x: Tensor, t: float) -> Tensor:
    """The log of the mean over pairs i < j."""
    i, j = torch.triu_indices(len(x), len(x), offset=1)
    exponents = -t * (x[i] - x[j]).square().sum(dim=1)
    return exponents.logsumexp(0) - math.log(len(i))


def started(n: int, d: int) -> Tensor:
    draw = torch.Generator().manual_seed(n * 100 + d)
    return torch.randn((n, d), generator=draw, dtype=torch.float64)


def trained(
    free: Tensor, points: Callable[[Tensor], Tensor], loss: Callable[[Tensor], Tensor],
    steps: int = 500,
) -> Tensor:  # fmt: skip
    """What the free numbers lead to, once L-BFGS has lowered the loss of the points."""
    free = free.clone().requires_grad_()
    with one_thread():
        value_and_slope, flat = flattened([free], lambda: loss(points(free)))
        found = lbfgs(value_and_slope, flat, steps, still=1e-12)
    return points(torch.from_numpy(found).view(free.shape)).detach()


def report(points: Tensor, converged: bool = True) -> dict[str, Any]:
    return {"points": points, "converged": converged}


# -- honest ways ----------------------------------------------------------------------------------


def by_lbfgs(n: int, d: int, t: float) -> dict[str, Any]:
    """In one dimension nothing can move: the two points are put at the poles."""
    if d == 1:
        return report(torch.tensor([[1.0], [-1.0]], dtype=torch.float64))
    return report(trained(started(n, d), on_the_sphere, lambda x: energy(x, t)))


def written_down(n: int, d: int, t: float) -> dict[str, Any]:
    """A simplex, a polygon, a cross-polytope; else a polygon, which is not said to be the best."""
    if n <= d + 1:
        corners = torch.eye(n, dtype=torch.float64) - 1 / n
        basis = torch.linalg.svd(corners)[2][: n - 1]  # of what the corners span
        flat = on_the_sphere(corners @ basis.T)
        return report(torch.nn.functional.pad(flat, (0, d - n + 1)))
    if n == 2 * d:
        poles = torch.eye(d, dtype=torch.float64)
        return report(torch.cat([poles, -poles]))
    angles = 2 * math.pi * torch.arange(n, dtype=torch.float64) / n
    circle = torch.stack([angles.cos(), angles.sin()], dim=1)
    return report(torch.nn.functional.pad(circle, (0, d - 2)), converged=d == 2)


def by_network(n: int, d: int, t: float) -> dict[str, Any]:
    """An encoder of n inputs, one hidden layer; it is not said to have reached the optimum."""
    draw = torch.Generator().manual_seed(1)
    first, second = (
        layer(*sizes, True, torch.float64, draw) for sizes in ((n, HIDDEN), (HIDDEN, d))
    )
    inputs = torch.eye(n, dtype=torch.float64)
    parameters = [*first.parameters(), *second.parameters()]

    def points() -> Tensor:
        return on_the_sphere(second(torch.tanh(first(inputs))))

    with one_thread():
        value_and_slope, flat = flattened(parameters, lambda: energy(points(), t))
        value_and_slope(lbfgs(value_and_slope, flat, 25, still=1e-6))
    return report(points().detach(), converged=False)
