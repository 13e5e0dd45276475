"""Classifiers distilled from a posterior, as people train them: on soft targets, by gradients.

This module knows of no covariance and no discriminant.  It is handed points and what a teacher says
of them, and minimises the cross-entropy of the student's softmax with the teacher's probabilities.
Two students: softmax regression, by L-BFGS in float64, and a network with one hidden layer of tanh,
by Adam in float32.  The same call always gives the same numbers: the generator is its own, and one
thread is set and restored.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from .contract import ContractError
from .tensors import torch
from .training import adam, flattened, lbfgs, one_thread

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["Student", "network", "softmax_regression"]

WIDTH = 16  # of the hidden layer


class Student(NamedTuple):
    """`answer` maps points [n, k] to probabilities [n, C]; `excess` is the mean divergence of the
    student from the teacher, in nats, zero at best.  Softmax regression has `weights` [C, k], up to
    a number per column."""

    answer: Callable[[Any], Any]
    excess: float
    weights: np.ndarray | None = None


def softmax_regression(
    x: Tensor, targets: Tensor, shares: Tensor | None = None, *, steps: int = 500
) -> Student:
    """The linear student of least cross-entropy: L-BFGS, full batch, float64, then Newton's steps.

    `x` [n, k], `targets` [n, C] with rows that add to one, `shares` [n] of the points (equal if not
    given).  Raises `ContractError` for targets that are no probabilities.
    """
    x, targets, shares = _prepared(x, targets, shares, torch.float64)
    inputs = torch.cat([x, torch.ones_like(x[:, :1])], 1)
    shape = (inputs.shape[1], targets.shape[1])

    def loss(flat: Tensor) -> Tensor:
        logs = (inputs @ flat.view(shape)).log_softmax(1)
        return -(shares[:, None] * targets * logs).sum()

    with one_thread():
        start = torch.zeros(math.prod(shape), dtype=torch.float64, requires_grad=True)
        value_and_slope, flat = flattened([start], lambda: loss(start))
        reached = torch.from_numpy(lbfgs(value_and_slope, flat, steps, still=1e-9))
        found = _newton(loss, reached, inputs, shares, shape)
    weights, bias = found.view(shape)[:-1], found.view(shape)[-1]
    return Student(
        answer=lambda t: (t @ weights + bias).softmax(1),
        excess=_excess(loss(found), targets, shares),
        weights=weights.T.numpy(),
    )


def network(
    x: Tensor, targets: Tensor, shares: Tensor | None = None, *, steps: int = 400
) -> Student:
    """One hidden layer of tanh in float32, Adam on the full batch, the step size let down to zero.

    It claims no optimum.  Arguments and errors are those of `softmax_regression`.
    """
    x, targets, shares = _prepared(x, targets, shares, torch.float32)
    draw = torch.Generator().manual_seed(0)
    sizes = ((x.shape[1], WIDTH), (WIDTH,), (WIDTH, targets.shape[1]), (targets.shape[1],))
    parameters = [
        (torch.randn(size, generator=draw) / math.sqrt(size[0]) * (len(size) > 1)).requires_grad_()
        for size in sizes
    ]

    def logits(t: Tensor) -> Tensor:
        inner, offset, outer, bias = parameters
        return torch.tanh(t @ inner + offset) @ outer + bias

    def loss(_: int) -> Tensor:
        return -(shares[:, None] * targets * logits(x).log_softmax(1)).sum()

    with one_thread():
        adam(parameters, loss, range(steps), rate=0.05)
        final = loss(steps).detach()
    return Student(
        answer=lambda t: logits(t.float()).softmax(1).detach(),
        excess=_excess(final, targets, shares),
    )


# -- what they share ------------------------------------------------------------------------------


def _prepared(
    x: Tensor, targets: Tensor, shares: Tensor | None, dtype: Any
) -> tuple[Tensor, Tensor, Tensor]:
    rows = targets.double().sum(1)
    if not (bool((targets >= 0).all()) and bool(((rows - 1).abs() <= 1e-6).all())):
        raise ContractError(
            "targets whose rows are probabilities and add to one",
            f"rows that add to {float(rows.min()):g} to {float(rows.max()):g}, the least entry "
            f"being {float(targets.min()):g}",
            "normalise what the teacher says: targets.softmax(1) of logits, or "
            "targets / targets.sum(1, keepdim=True)",
        )
    if shares is None:
        shares = torch.full((len(x),), 1 / len(x))
    return x.to(dtype), targets.to(dtype), shares.to(dtype)


def _excess(loss: Tensor, targets: Tensor, shares: Tensor) -> float:
    """The cross-entropy less the teacher's own entropy."""
    entropy = -(shares[:, None] * torch.special.xlogy(targets, targets)).sum()
    return float(loss - entropy)


def _slope(loss: Callable[[Tensor], Tensor], flat: Tensor) -> Tensor:
    at = flat.clone().requires_grad_()
    return torch.autograd.grad(loss(at), at)[0]


def _newton(
    loss: Callable[[Tensor], Tensor], flat: Tensor, inputs: Tensor, shares: Tensor,
    shape: tuple[int, int],
) -> Tensor:  # fmt: skip
    """L-BFGS compares losses, which say nothing of the parameters below the root of the rounding
    unit; Newton's steps compare none.  What nothing determines (a number per row) stays."""
    for _ in range(4):
        p = (inputs @ flat.view(shape)).softmax(1)
        spread = torch.diag_embed(p) - p[:, :, None] * p[:, None, :]
        bend = torch.einsum("n,ni,nj,ncd->icjd", shares, inputs, inputs, spread)
        step = torch.linalg.pinv(bend.reshape(len(flat), -1), hermitian=True) @ _slope(loss, flat)
        flat = flat - step
    return flat
