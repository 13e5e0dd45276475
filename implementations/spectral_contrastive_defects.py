"""Errors that people make in the spectral contrastive loss, each as the code that makes it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .contract import Defect
from .tensors import torch

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["DEFECTS"]


def _attraction(z1: Tensor, z2: Tensor) -> Tensor:
    return -2 * (z1 * z2).sum(dim=1).mean()


def _others(z1: Tensor, z2: Tensor) -> Tensor:
    """The inner products of different pairs."""
    scores = z1 @ z2.T
    return scores - torch.diag(torch.diag(scores))


def _repulsion(z1: Tensor, z2: Tensor) -> Tensor:
    n = len(z1)
    return _others(z1, z2).pow(2).sum() / (n * (n - 1))


def divided_by_all(z1: Tensor, z2: Tensor) -> Tensor:
    return _attraction(z1, z2) + _others(z1, z2).pow(2).mean()


def own_pairs_kept(z1: Tensor, z2: Tensor) -> Tensor:
    n = len(z1)
    return _attraction(z1, z2) + (z1 @ z2.T).pow(2).sum() / (n * (n - 1))


def not_squared(z1: Tensor, z2: Tensor) -> Tensor:
    n = len(z1)
    return _attraction(z1, z2) + _others(z1, z2).sum() / (n * (n - 1))


def squared_mean(z1: Tensor, z2: Tensor) -> Tensor:
    n = len(z1)
    return _attraction(z1, z2) + (_others(z1, z2).sum() / (n * (n - 1))) ** 2


def features_averaged(z1: Tensor, z2: Tensor) -> Tensor:
    return -2 * (z1 * z2).mean() + _repulsion(z1, z2)


def signs_exchanged(z1: Tensor, z2: Tensor) -> Tensor:
    return -_attraction(z1, z2) - _repulsion(z1, z2)


def one_triangle(z1: Tensor, z2: Tensor) -> Tensor:
    n = len(z1)
    return _attraction(z1, z2) + torch.triu(z1 @ z2.T, diagonal=1).pow(2).sum() / (n * (n - 1))


def positives_over_all(z1: Tensor, z2: Tensor) -> Tensor:
    return -2 * torch.trace(z1 @ z2.T) / len(z1) ** 2 + _repulsion(z1, z2)


def features_contrasted(z1: Tensor, z2: Tensor) -> Tensor:
    d = z1.shape[1]
    return _attraction(z1, z2) + _others(z1.T, z2.T).pow(2).sum() / max(d * (d - 1), 1)


def anchor_for_positive(z1: Tensor, z2: Tensor) -> Tensor:
    return _attraction(z1, z1) + _repulsion(z1, z2)


DEFECTS = (
    Defect(
        name="others divided by all", call=divided_by_all,
        why="the own pairs are set to zero and counted all the same, as mean() does",
        changes=r"\tfrac1{n^2}\sum_{i \ne j}s_{ij}^2",
    ),
    Defect(
        name="own pairs kept, not counted", call=own_pairs_kept,
        why="the divisor n(n-1) is taken over, and the mask is not",
        changes=r"\tfrac1{n(n-1)}\sum_{ij}s_{ij}^2",
    ),
    Defect(
        name="not squared", call=not_squared,
        why="strangers are pushed to opposite sides, as other losses do, not to right angles",
        changes=r"\sum_{i \ne j}s_{ij}",
    ),
    Defect(
        name="square of the mean", call=squared_mean,
        why="the square is taken last: angles on either side of a right one cancel",
        changes=r"\bigl(\tfrac1{n(n-1)}\sum_{i \ne j}s_{ij}\bigr)^2",
    ),
    Defect(
        name="mean over features", call=features_averaged,
        why="mean() without dim averages over features too; the authors multiply by their number",
        changes=r"-\tfrac2{nd}\sum_i s_{ii}",
    ),
    Defect(
        name="signs exchanged", call=signs_exchanged,
        why="the objective is written down as something to maximise",
        changes=r"-L",
    ),
    Defect(
        name="one triangle of two", call=one_triangle,
        why="triu is thought to have every pair once; but views i, j and j, i are two pairs",
        changes=r"\tfrac1{n(n-1)}\sum_{i < j}s_{ij}^2",
    ),
    Defect(
        name="positives divided by all pairs", call=positives_over_all,
        why="both terms are taken of one table, and divided alike",
        changes=r"-\tfrac2{n^2}\sum_i s_{ii}",
    ),
    Defect(
        name="features contrasted", call=features_contrasted,
        why="the other product of the two tables: features by features, as in Barlow Twins",
        changes=r"Z^\top Z'\text{ for }ZZ'^\top",
    ),
    Defect(
        name="anchor for its positive", call=anchor_for_positive,
        why="z1 is written twice: nothing pulls the views together",
        changes=r"s_{ii} = \lvert z_i\rvert^2",
    ),
)  # fmt: skip
