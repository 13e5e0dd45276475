"""The small constants that people add to norms and sums, and what they are called."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .tensors import torch

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["TO_NORMS", "over_norms", "plus"]

TO_NORMS = {
    "norm": "added to each norm",
    "squared_norm": "added to each squared norm, under the root",
}


def over_norms(z: Tensor, norm: float, squared_norm: float) -> Tensor:
    """The rows over their norms, with what is added to these and to their squares."""
    return z / (torch.sqrt((z * z).sum(-1, keepdim=True) + squared_norm) + norm)


def plus(logarithm: Tensor, constant: float) -> Tensor:
    """log(exp(logarithm) + constant), where neither overflows."""
    if not constant:
        return logarithm
    return torch.logaddexp(logarithm, torch.full_like(logarithm, constant).log())
