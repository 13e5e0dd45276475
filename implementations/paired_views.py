"""The pieces that losses of features are coded with, honestly and wrongly."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from .tensors import torch

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["covariance", "mask", "off_diagonal", "rewritten", "standardised"]


def mask(table: Tensor) -> Tensor:
    """Ones on the diagonal of a square table."""
    return torch.eye(len(table), dtype=table.dtype, device=table.device)


def off_diagonal(table: Tensor) -> Tensor:
    """All but the diagonal [d (d-1)]: without its last entry, in rows of d + 1, each row's first
    entry is on the diagonal."""
    d = len(table)
    return table.flatten()[:-1].view(d - 1, d + 1)[:, 1:].flatten()


def covariance(z: Tensor) -> Tensor:
    """Of features [d, d], over n - 1."""
    x = z - z.mean(dim=0)
    return x.mT @ x / (len(z) - 1)


def standardised(z: Tensor, *, variance: float = 0.0, deviation: float = 0.0) -> Tensor:
    """Each feature less its mean, by its standard deviation over n, with what is added to either
    for stability."""
    x = z - z.mean(dim=0)
    return x / (torch.sqrt(x.square().mean(dim=0) + variance) + deviation)


def rewritten(loss: Callable[..., Any], **variant: str) -> Callable[[Callable[..., Any]], Any]:
    """The way to write one more variant of `loss`: beside those that its target was written to."""

    def write(target: Callable[..., Any]) -> Callable[..., Any]:
        known = target.keywords if isinstance(target, partial) and target.func is loss else {}
        return partial(loss, **known, **variant)

    return write
