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
    return torch.eye(table.shape[-1], dtype=table.dtype, device=table.device)


def off_diagonal(table: Tensor) -> Tensor:
    """All but the diagonal [d (d-1)]: without its last entry, in rows of d + 1, each row's first
    entry is on the diagonal."""
    d = len(table)
    return table.flatten()[:-1].view(d - 1, d + 1)[:, 1:].flatten()


def covariance(z: Tensor) -> Tensor:
    """Of features, over n - 1: [d, d] of one view [n, d], and one each of several."""
    x = z - z.mean(dim=-2, keepdim=True)
    return x.mT @ x / (z.shape[-2] - 1)


def standardised(z: Tensor) -> Tensor:
    """Each feature of a view [n, d], or of several, less its mean, by its standard deviation over
    n."""
    x = z - z.mean(dim=-2, keepdim=True)
    return x / x.square().mean(dim=-2, keepdim=True).sqrt()


def rewritten(loss: Callable[..., Any], **variant: str) -> Callable[[Callable[..., Any]], Any]:
    """The way to write one more variant of `loss`: beside those that its target was written to."""

    def write(target: Callable[..., Any]) -> Callable[..., Any]:
        known = target.keywords if isinstance(target, partial) and target.func is loss else {}
        return partial(loss, **known, **variant)

    return write
