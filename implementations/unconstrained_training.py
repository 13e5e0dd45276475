"""Unconstrained features, trained: weights and features by L-BFGS, and by gradient steps with
momentum.

This module knows of no simplex: it minimises.  How near it is, it tells by a duality gap.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from .collapsed_features import data_term, objective
from .tensors import torch
from .training import flattened, lbfgs, one_thread

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["by_lbfgs", "by_momentum"]

STILL, NEAR = 1e-8, 1e-3


def by_lbfgs(
    K: int, n: int, d: int, weight_decay_w: float, weight_decay_h: float, *,
    loss: str = "cross-entropy", steps: int = 400,
) -> dict[str, Any]:  # fmt: skip
    """In float64, until no difference of losses leads further down."""
    with one_thread():
        parts, labels = _start(K, n, d)

        def value() -> Tensor:
            return objective(parts[0], parts[1], labels, parts[2], loss, *decays)

        decays = (weight_decay_w, weight_decay_h)
        value_and_slope, flat = flattened(parts, value)
        flat = lbfgs(value_and_slope, flat, steps, still=1e-11)
        reached, slope = value_and_slope(flat)
        weights, features, bias = (part.detach() for part in parts)
    return {
        "weights": weights, "features": features, "bias": bias, "loss": reached,
        "converged": float(np.linalg.norm(slope)) < STILL,
    }  # fmt: skip


def by_momentum(
    K: int, n: int, d: int, weight_decay_w: float, weight_decay_h: float, *, steps: int = 250
) -> dict[str, Any]:
    """A linear layer on an embedding of the samples, by the optimiser that most people use, its
    weight decay included."""
    with one_thread():
        parts, labels = _start(K, n, d)
        decays = (weight_decay_w, weight_decay_h, 0.0)
        speeds = [torch.zeros_like(part) for part in parts]
        for _ in range(steps):
            data = data_term(parts[0], parts[1], labels, parts[2], "cross-entropy")
            slopes = torch.autograd.grad(data, parts)
            with torch.no_grad():
                for part, slope, decay, speed in zip(parts, slopes, decays, speeds, strict=True):
                    speed.mul_(0.9).add_(slope + decay * part)
                    part.sub_(0.5 * speed)
        gap = _gap(parts, labels, weight_decay_w, weight_decay_h)
        weights, features, bias = (part.detach() for part in parts)
        value = objective(weights, features, labels, bias, "cross-entropy", *decays[:2])
    return {
        "weights": weights, "features": features, "bias": bias, "loss": value,
        "converged": gap < NEAR, "tolerance": gap,
    }  # fmt: skip


def _start(K: int, n: int, d: int) -> tuple[list[Tensor], Tensor]:
    draw = torch.Generator().manual_seed(0)
    parts = [
        torch.randn(shape, generator=draw, dtype=torch.float64) / math.sqrt(d)
        for shape in ((K, d), (n * K, d))
    ]
    parts.append(torch.zeros(K, dtype=torch.float64))
    return [part.requires_grad_() for part in parts], torch.arange(K).repeat_interleave(n)


def _gap(parts: list[Tensor], labels: Tensor, decay_w: float, decay_h: float) -> float:
    r"""By no more than this is the objective above its minimum: $\frac12(\langle g_W,W\rangle +
    \langle g_H,H\rangle)$, the bias's slope times its own length, and what the slope in the scores
    is too steep by, times the largest penalty that can pay, log K."""
    weights, features, bias = (part.detach() for part in parts)
    K, N = len(weights), len(features)
    scores = features @ weights.T + bias
    slope = (scores.softmax(dim=1) - torch.nn.functional.one_hot(labels, K)) / N
    of_weights = slope.T @ features + decay_w * weights
    of_features = slope @ weights + decay_h * features
    inner = (of_weights * weights).sum() + (of_features * features).sum()
    steep = float(torch.linalg.matrix_norm(slope, 2)) / math.sqrt(decay_w * decay_h)
    offset = float((slope.sum(dim=0) * bias).sum())
    return abs(float(inner) / 2 + offset) + max(0.0, steep - 1) * math.log(K)
