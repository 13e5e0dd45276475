"""An ordinary network on its way to neural collapse: clouds about drawn points, weight decay on
all layers."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from .collapse_metrics_codings import by_covariances
from .tensors import torch

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["Seen", "on_the_way"]

K, EACH, WIDE = 4, 25, (10, 48, 16)  # classes, samples of each; inputs, hidden units, features
RATE, MOMENTUM, DECAY = 0.2, 0.9, 1e-3
LOOKS = (5, 10, 20, 40, 80, 160, 320, 640, 1280)


class Seen(NamedTuple):
    """The four numbers after so many steps."""

    step: int
    nc1: float
    nc2: float
    nc3: float
    nc4: float


def on_the_way(seed: int = 0) -> tuple[Seen, ...]:
    """A network of two layers and a linear classifier on 100 points in ten dimensions, by gradient
    descent with momentum and weight decay, in single precision; looked at as steps double."""
    draw = torch.Generator().manual_seed(seed)
    labels = torch.arange(K).repeat_interleave(EACH)

    def drawn(*shape: int) -> Tensor:
        return torch.randn(*shape, generator=draw, dtype=torch.float32)

    x = drawn(K, WIDE[0])[labels] + 0.4 * drawn(len(labels), WIDE[0])
    shapes = ((WIDE[1], WIDE[0]), (WIDE[1],), (WIDE[2], WIDE[1]), (WIDE[2],), (K, WIDE[2]), (K,))
    parts = [drawn(*shape) / shape[-1] ** 0.5 for shape in shapes]
    speeds = [torch.zeros_like(part) for part in parts]
    seen = []
    for step in range(1, LOOKS[-1] + 1):
        parts = [part.requires_grad_() for part in parts]
        A, a, B, b, W, bias = parts
        features = (x @ A.T + a).relu() @ B.T + b
        loss = torch.nn.functional.cross_entropy(features @ W.T + bias, labels)
        slopes = torch.autograd.grad(loss, parts)
        with torch.no_grad():
            if step in LOOKS:
                found = by_covariances(features.double(), labels, W.double(), bias.double())
                seen.append(Seen(step, **{name: float(value) for name, value in found.items()}))
            for speed, slope, part in zip(speeds, slopes, parts, strict=True):
                speed.mul_(MOMENTUM).add_(slope + DECAY * part)
            parts = [part - RATE * speed for part, speed in zip(parts, speeds, strict=True)]
    return tuple(seen)
