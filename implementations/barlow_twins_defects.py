"""Errors that people make in Barlow Twins' loss, each as the code that makes it.

The threads named were read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .contract import Defect
from .paired_views import off_diagonal, standardised
from .tensors import torch

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["DEFECTS", "LAMBDA"]

LAMBDA = 0.005


def _loss(c: Tensor, weight: float = LAMBDA) -> Tensor:
    on_diagonal = (torch.diagonal(c) - 1).square().sum()
    return on_diagonal + weight * off_diagonal(c).square().sum()


def _correlations(z1: Tensor, z2: Tensor) -> Tensor:
    return standardised(z1).mT @ standardised(z2) / len(z1)


# -- statistics -----------------------------------------------------------------------------------


def statistics_pooled_over_views(z1: Tensor, z2: Tensor) -> Tensor:
    both = torch.nn.functional.batch_norm(torch.cat([z1, z2]), None, None, training=True)
    a, b = both.chunk(2)
    return _loss(a.mT @ b / len(z1))


def not_centred(z1: Tensor, z2: Tensor) -> Tensor:
    a, b = (torch.nn.functional.normalize(z, dim=0) for z in (z1, z2))
    return _loss(a.mT @ b)


def samples_standardised(z1: Tensor, z2: Tensor) -> Tensor:
    a, b = (standardised(z.mT).mT for z in (z1, z2))
    return _loss(a.mT @ b / len(z1))


def directions_compared(z1: Tensor, z2: Tensor) -> Tensor:
    a, b = (torch.nn.functional.normalize(z, dim=1) for z in (z1, z2))
    return _loss(a.mT @ b / len(z1))


def divided_by_the_variance(z1: Tensor, z2: Tensor) -> Tensor:
    a, b = ((z - z.mean(dim=0)) / z.var(dim=0, correction=0) for z in (z1, z2))
    return _loss(a.mT @ b / len(z1))


def covariances(z1: Tensor, z2: Tensor) -> Tensor:
    a, b = (z - z.mean(dim=0) for z in (z1, z2))
    return _loss(a.mT @ b / len(z1))


def not_divided_by_n(z1: Tensor, z2: Tensor) -> Tensor:
    return _loss(standardised(z1).mT @ standardised(z2))


def divided_by_the_features(z1: Tensor, z2: Tensor) -> Tensor:
    return _loss(standardised(z1).mT @ standardised(z2) / z1.shape[1])


# -- the table ------------------------------------------------------------------------------------


def samples_in_place_of_features(z1: Tensor, z2: Tensor) -> Tensor:
    return _loss(standardised(z1) @ standardised(z2).mT / z1.shape[1])


def second_view_forgotten(z1: Tensor, z2: Tensor) -> Tensor:
    """Where z2 takes no part its gradient is zero, and not missing."""
    return _loss(_correlations(z1, z1)) + 0 * z2.sum()


# -- the terms ------------------------------------------------------------------------------------


def off_diagonals_not_squared(z1: Tensor, z2: Tensor) -> Tensor:
    c = _correlations(z1, z2)
    return (torch.diagonal(c) - 1).square().sum() + LAMBDA * off_diagonal(c).sum()


def diagonal_penalised_twice(z1: Tensor, z2: Tensor) -> Tensor:
    c = _correlations(z1, z2)
    return (torch.diagonal(c) - 1).square().sum() + LAMBDA * c.square().sum()


def weight_on_the_diagonal(z1: Tensor, z2: Tensor) -> Tensor:
    c = _correlations(z1, z2)
    return LAMBDA * (torch.diagonal(c) - 1).square().sum() + off_diagonal(c).square().sum()


def weight_inside_the_square(z1: Tensor, z2: Tensor) -> Tensor:
    c = _correlations(z1, z2)
    return (torch.diagonal(c) - 1).square().sum() + (LAMBDA * off_diagonal(c)).square().sum()


def traces_in_place_of_squares(z1: Tensor, z2: Tensor) -> Tensor:
    c = _correlations(z1, z2)
    d = len(c)
    return (d - torch.trace(c)).square() + LAMBDA * off_diagonal(c).square().sum()


DEFECTS = (
    Defect(
        name="statistics pooled over views", call=statistics_pooled_over_views,
        convention={"root": "variance + eps"},
        why="both views are normalised in one batch, so neither has mean zero nor variance one",
        changes=r"a, b \to \text{by the moments of } (z, z')",
        seen_in=("lightly-ai/lightly#1806",),
    ),
    Defect(
        name="not centred", call=not_centred,
        why="a cosine over the batch is taken for a correlation",
        changes=r"z_{ki} - \bar z_i \to z_{ki}", seen_in=("facebookresearch/barlowtwins#40",),
    ),
    Defect(
        name="samples standardised", call=samples_standardised,
        why="the statistics are taken along the wrong axis",
        changes=r"\bar z_i \to \bar z_k",
    ),
    Defect(
        name="directions compared", call=directions_compared,
        why="rows are normalised as for a contrastive loss, in place of features",
        changes=r"a_k \to z_k/\lvert z_k\rvert",
    ),
    Defect(
        name="divided by the variance", call=divided_by_the_variance,
        why="the root is forgotten", changes=r"s_i \to s_i^2",
    ),
    Defect(
        name="covariances in place of correlations", call=covariances,
        why="features are centred, and their units left as they are", changes=r"s_i \to 1",
    ),
    Defect(
        name="not divided by n", call=not_divided_by_n,
        why="a product of matrices is a sum over samples, not their mean",
        changes=r"c \to nc",
    ),
    Defect(
        name="divided by the number of features", call=divided_by_the_features,
        why="the wrong one of two sizes", changes=r"\tfrac1n \to \tfrac1d",
    ),
    Defect(
        name="samples in place of features", call=samples_in_place_of_features,
        why="the transpose is on the other factor: samples are told apart, not features",
        changes=r"a^\top b \to ab^\top",
    ),
    Defect(
        name="second view forgotten", call=second_view_forgotten,
        why="a view is correlated with itself, by a copied line", changes=r"b \to a",
    ),
    Defect(
        name="off-diagonals not squared", call=off_diagonals_not_squared,
        why="correlations of both signs cancel", changes=r"c_{ij}^2 \to c_{ij}",
    ),
    Defect(
        name="diagonal penalised twice", call=diagonal_penalised_twice,
        why="the whole table is taken for its off-diagonal part",
        changes=r"\sum_{i\ne j} \to \sum_{ij}",
    ),
    Defect(
        name="weight on the diagonal", call=weight_on_the_diagonal,
        why="the two masks are exchanged",
        changes=r"(1, \lambda) \to (\lambda, 1)",
    ),
    Defect(
        name="weight inside the square", call=weight_inside_the_square,
        why="the table is weighted before it is squared", changes=r"\lambda \to \lambda^2",
    ),
    Defect(
        name="traces in place of squares", call=traces_in_place_of_squares,
        why="the square is taken of the sum over the diagonal",
        changes=r"\sum_i(1-c_{ii})^2 \to \bigl(\sum_i(1-c_{ii})\bigr)^2",
    ),
)  # fmt: skip
