"""A network that learns what to keep of normal data, from posteriors alone.

An encoder adds, over the observations, two linear functions of their first four powers; a head
turns the two sums into logits of theta, which is one of a dozen parameters.  The loss is the mean
over samples of KL(posterior given x || the head's): what Rao and Blackwell leave of the usual
cross-entropy, so that no theta is drawn and the least is zero.  Nothing here names the two moments
as the answer.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from .tensors import torch
from .training import flattened, lbfgs, one_thread

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["trained", "training"]

POWERS, KEPT = 4, 2
PARAMETERS = tuple((mean, variance) for mean in (-1.0, 0.0, 1.0) for variance in (0.5, 1.0, 2.0))
SAMPLES, OBSERVATIONS, STEPS, SWEEPS = 64, 3, 200, 4


def powers(x: Tensor) -> Tensor:
    """The sums over the last axis of the first four powers."""
    return torch.stack([(x**k).sum(dim=-1) for k in range(1, POWERS + 1)], dim=-1)


def logits(x: Tensor) -> Tensor:
    """The log posterior of each parameter, up to a number of each sample; the prior is even."""
    columns = [
        (-((x - mean) ** 2) / (2 * variance) - np.log(variance) / 2).sum(dim=-1)
        for mean, variance in PARAMETERS
    ]
    return torch.stack(columns, dim=-1)


def loss(features: Tensor, target: Tensor, encoder: Tensor, head: Tensor, bias: Tensor) -> Tensor:
    """The mean over samples of KL(p(theta | x) || q(theta | T(x)))."""
    told = torch.log_softmax(features @ encoder.T @ head.T + bias, dim=-1)
    return (target.exp() * (target - told)).sum(dim=-1).mean()


def training() -> tuple[Tensor, float]:
    """The encoder (2, 4), and the loss at which L-BFGS stopped."""
    draw = torch.Generator().manual_seed(0)
    x = 1.5 * torch.randn(SAMPLES, OBSERVATIONS, generator=draw, dtype=torch.float64)
    features, target = powers(x), torch.log_softmax(logits(x), dim=-1)
    sizes = features.std(dim=0)
    shapes = ((KEPT, POWERS), (len(PARAMETERS), KEPT), (len(PARAMETERS),))
    weights = [torch.randn(s, generator=draw, dtype=torch.float64) / 4 for s in shapes]
    for part in weights:
        part.requires_grad_()
    scaled = features / sizes
    with one_thread():
        value_and_slope, flat = flattened(weights, lambda: loss(scaled, target, *weights))
        least, _ = value_and_slope(lbfgs(value_and_slope, flat, STEPS, still=1e-12))
        encoder = _polished(scaled, target, weights[0].detach())
    return encoder / sizes, least


def _polished(features: Tensor, target: Tensor, encoder: Tensor) -> Tensor:
    """Least squares of the log posteriors, head and encoder in turn: where the loss is zero at the
    optimum they agree with it, and go on where differences of losses are lost to rounding."""
    ones = torch.ones(len(features), 1, dtype=features.dtype)
    centred = target - target.mean(dim=-1, keepdim=True)
    for _ in range(SWEEPS):
        code = torch.cat([features @ encoder.T, ones], dim=-1)
        head = torch.linalg.lstsq(code, centred).solution[:-1]
        whole = torch.linalg.lstsq(torch.cat([features, ones], dim=-1), centred).solution[:-1]
        encoder = torch.linalg.lstsq(head.T, whole.T).solution
    return encoder


@cache
def _encoder() -> Tensor:
    return training()[0]


def trained(x: Tensor) -> Tensor:
    """What the trained encoder keeps of a sample of any size."""
    return powers(x) @ _encoder().T
