"""An encoder of points on a circle, trained by InfoNCE from a collapsed start, at temperatures that
may change from step to step: the embeddings of two views along its way.

Nothing here knows of alignment or uniformity.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from .info_nce import cross_entropy
from .tensors import torch
from .training import adam, layer, one_thread

if TYPE_CHECKING:
    import numpy as np
    from torch import Tensor

__all__ = ["Moment", "lowered", "train"]

POINTS, HIDDEN, JITTER, RATE = 48, 24, 0.15, 0.03
COLLAPSED = 3.0  # the bias that all embeddings start with, next to which they hardly differ


class Moment(NamedTuple):
    """The embeddings [n, 2] of two views after so many steps; the temperature of the next."""

    step: int
    temperature: float
    first: np.ndarray
    second: np.ndarray


def lowered(start: float, end: float, steps: int) -> list[float]:
    """Temperatures from `start` to `end` by half a cosine."""
    shares = [(1 + math.cos(math.pi * k / (steps - 1))) / 2 for k in range(steps)]
    return [end + (start - end) * share for share in shares]


def train(temperatures: Sequence[float], seed: int = 0, every: int = 5) -> list[Moment]:
    """The way of a network of one hidden layer, by Adam, one step for each temperature."""
    draw = torch.Generator().manual_seed(seed)
    inner, outer = (layer(*size, True, torch.float64, draw) for size in ((2, HIDDEN), (HIDDEN, 2)))
    with torch.no_grad():
        outer.bias[0] = COLLAPSED

    def views() -> tuple[Tensor, Tensor]:
        """Of points all around, each turned by two small angles."""
        angles = 2 * math.pi * torch.arange(POINTS) / POINTS
        turned = angles + JITTER * torch.randn((2, POINTS), generator=draw).double()
        return tuple(torch.stack([turned.cos(), turned.sin()], dim=-1))

    def encoded(x: Tensor) -> Tensor:
        return torch.nn.functional.normalize(outer(inner(x).tanh()), dim=1)

    held_out, found = views(), []

    def loss(batch: tuple[int, float, tuple[Tensor, Tensor]]) -> Tensor:
        step, temperature, (x, y) = batch
        if step % every == 0 or step == len(temperatures) - 1:
            with torch.no_grad():
                first, second = (encoded(z).numpy() for z in held_out)
            found.append(Moment(step, temperature, first, second))
        return cross_entropy(encoded(x), encoded(y), temperature)

    with one_thread():
        batches = [(step, tau, views()) for step, tau in enumerate(temperatures)]
        adam([*inner.parameters(), *outer.parameters()], loss, batches, rate=RATE, let_down=False)
    return found
