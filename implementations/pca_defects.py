"""Errors that people make in principal component analysis, each as the code that makes it.

All are errors of an algorithm that says it is exact; the threads named made the same error.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .contract import Defect
from .singular_vectors import by_covariance, by_singular_values, covariance
from .tensors import torch

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["DEFECTS"]


def smallest_kept(x: Tensor, k: int) -> Tensor:
    return torch.linalg.eigh(covariance(x)).eigenvectors.T[:k]


def order_reversed(x: Tensor, k: int) -> Tensor:
    return by_covariance(x, k).flip(0)


def not_centred(x: Tensor, k: int) -> Tensor:
    return by_singular_values(x, k, about_mean=False)


def rows_centred(x: Tensor, k: int) -> Tensor:
    return by_singular_values(x - x.mean(dim=1, keepdim=True), k, about_mean=False)


def centred_by_one_number(x: Tensor, k: int) -> Tensor:
    return by_singular_values(x - x.mean(), k, about_mean=False)


def eigenvectors_read_by_rows(x: Tensor, k: int) -> Tensor:
    return torch.linalg.eigh(covariance(x)).eigenvectors.flip(1)[:k]


def order_left_to_the_solver(x: Tensor, k: int) -> Tensor:
    return torch.linalg.eig(covariance(x)).eigenvectors.real.T[:k]


def features_standardised(x: Tensor, k: int) -> Tensor:
    spread = x.std(dim=0, unbiased=False)
    return by_singular_values(x / torch.where(spread > 0, spread, torch.ones_like(spread)), k)


def scaled_by_singular_values(x: Tensor, k: int) -> Tensor:
    _, lengths, axes = torch.linalg.svd(x - x.mean(dim=0), full_matrices=False)
    return lengths[:k, None] * axes[:k]


def not_deflated(x: Tensor, k: int) -> Tensor:
    return by_singular_values(x, 1).expand(k, -1)


def signs_fixed_by_absolute_values(x: Tensor, k: int) -> Tensor:
    return by_singular_values(x, k).abs()


def mean_of_the_last_row(x: Tensor, k: int) -> dict[str, Any]:
    return {"components": by_singular_values(x, k), "mean": x[-1] / len(x)}


EXACT = {"exactness": "yes"}

DEFECTS = (
    Defect(
        name="smallest kept", call=smallest_kept, convention=EXACT,
        why="`eigh` sorts ascending, so its first k columns are the least important axes",
        changes="the axes of least variance in place of those of most",
        seen_in=("lejon/TSne.jl#21", "Astroua/TurbuStat#35"),
    ),
    Defect(
        name="order reversed", call=order_reversed, convention=EXACT,
        why="the last k columns of `eigh` are the right ones, in ascending order",
        changes="the right subspace, its axes from the least to the most important",
        seen_in=("spectralpython/spectral#143", "biocore/DEICODE#32"),
    ),
    Defect(
        name="not centred", call=not_centred, convention=EXACT | {"centring": "yes"},
        why="singular vectors of the data are principal axes of centred data only",
        changes="the first axis points at the mean",
        seen_in=("hail-is/hail#2734", "scverse/scanpy#393"),
    ),
    Defect(
        name="rows centred", call=rows_centred, convention=EXACT,
        why="the mean is taken over the features of each row: dim=1 in place of dim=0",
        changes="removes the direction (1, ..., 1), keeps the mean",
    ),
    Defect(
        name="centred by one number", call=centred_by_one_number, convention=EXACT,
        why="`x.mean()` without an axis is one number",
        changes="the features keep their different means",
    ),
    Defect(
        name="eigenvectors read by rows", call=eigenvectors_read_by_rows, convention=EXACT,
        why="eigenvectors are the columns; `vectors[:k]` takes rows",
        changes="one coordinate of every axis in place of one axis",
        seen_in=("zhenglz/dockingML#3",),
    ),
    Defect(
        name="order left to the solver", call=order_left_to_the_solver, convention=EXACT,
        why="`eig` does not sort",
        changes="axes in any order, so perhaps the wrong ones",
        seen_in=("facebookresearch/fastText#1205",),
    ),
    Defect(
        name="features standardised", call=features_standardised, convention=EXACT,
        why="each feature is divided by its standard deviation first",
        changes="the axes of the correlation matrix in place of the covariance's",
    ),
    Defect(
        name="scaled by singular values", call=scaled_by_singular_values, convention=EXACT,
        why="loadings are returned for components",
        changes="rows of the length of the singular values",
    ),
    Defect(
        name="not deflated", call=not_deflated, convention=EXACT,
        why="power iteration is started k times and finds the same axis each time",
        changes="k copies of the first axis",
    ),
    Defect(
        name="signs fixed by absolute values", call=signs_fixed_by_absolute_values,
        convention=EXACT,
        why="the sign is arbitrary, so it is thrown away entry by entry",
        changes="axes with all coordinates positive, no longer at right angles",
    ),
    Defect(
        name="mean of the last row", call=mean_of_the_last_row, convention=EXACT,
        why="the sum over rows is overwritten in the loop in place of added to",
        changes="the reported mean is the last row divided by n",
        seen_in=("MKLab-ITI/multimedia-indexing#12",),
    ),
)  # fmt: skip
