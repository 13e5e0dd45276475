"""The two ways to principal axes that everybody writes: by singular values, by the covariance."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .tensors import torch

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["by_covariance", "by_singular_values", "covariance", "variances_along"]


def by_singular_values(x: Tensor, k: int, *, about_mean: bool = True) -> Tensor:
    """The top-k right singular vectors (k, d) of the rows, about their mean or about zero."""
    rows = x - x.mean(dim=0) if about_mean else x
    return torch.linalg.svd(rows, full_matrices=False).Vh[:k]


def by_covariance(x: Tensor, k: int, *, about_mean: bool = True) -> Tensor:
    """The same by `eigh`, which sorts ascending: the last k columns are the first k axes."""
    return torch.linalg.eigh(covariance(x, about_mean=about_mean)).eigenvectors.T.flip(0)[:k]


def covariance(x: Tensor, *, about_mean: bool = True) -> Tensor:
    """The second moments (d, d) of the rows, divided by n."""
    rows = x - x.mean(dim=0) if about_mean else x
    return rows.T @ rows / len(x)


def variances_along(x: Tensor, axes: Tensor, *, about_mean: bool = True) -> Tensor:
    """The second moments (k) of the rows along unit vectors (k, d)."""
    return (axes @ covariance(x, about_mean=about_mean) * axes).sum(dim=1).clamp(min=0)
