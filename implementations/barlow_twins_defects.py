"""Errors that people make in Barlow Twins' loss, each as the code that makes it.

The threads named were read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .contract import Defect
from .paired_views import mask, standardised
from .tensors import torch

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["DEFECTS", "LAMBDA"]

LAMBDA = 0.005


def _loss(c: Tensor, off: float = LAMBDA) -> Tensor:
    own = mask(c)
    return ((c - own).square() * (off + (1 - off) * own)).sum()


def _correlations(z1: Tensor, z2: Tensor) -> Tensor:
    a, b = standardised(torch.stack([z1, z2]))
    return a.mT @ b / len(z1)


# -- statistics -----------------------------------------------------------------------------------


def statistics_pooled_over_views(z1: Tensor, z2: Tensor) -> Tensor:
    both = torch.nn.functional.batch_norm(torch.cat([z1, z2]), None, None, training=True)
    a, b = both.chunk(2)
    return _loss(a.mT @ b / len(z1))


def not_centred(z1: Tensor, z2: Tensor) -> Tensor:
    a, b = torch.nn.functional.normalize(torch.stack([z1, z2]), dim=1)
    return _loss(a.mT @ b)


def directions_compared(z1: Tensor, z2: Tensor) -> Tensor:
    a, b = torch.nn.functional.normalize(torch.stack([z1, z2]), dim=2)
    return _loss(a.mT @ b / len(z1))


def covariances(z1: Tensor, z2: Tensor) -> Tensor:
    a, b = z1 - z1.mean(dim=0), z2 - z2.mean(dim=0)
    return _loss(a.mT @ b / len(z1))


def not_divided_by_n(z1: Tensor, z2: Tensor) -> Tensor:
    return _loss(_correlations(z1, z2) * len(z1))


# -- the table, and its terms ---------------------------------------------------------------------


def samples_in_place_of_features(z1: Tensor, z2: Tensor) -> Tensor:
    a, b = standardised(torch.stack([z1, z2]))
    return _loss(a @ b.mT / z1.shape[1])


def second_view_forgotten(z1: Tensor, z2: Tensor) -> Tensor:
    """Where z2 takes no part its gradient is zero, and not missing."""
    return _loss(_correlations(z1, z1)) + 0 * z2.sum()


def off_diagonals_not_squared(z1: Tensor, z2: Tensor) -> Tensor:
    c = _correlations(z1, z2)
    return _loss(c, off=0.0) + LAMBDA * (c * (1 - mask(c))).sum()


def diagonal_penalised_twice(z1: Tensor, z2: Tensor) -> Tensor:
    c = _correlations(z1, z2)
    return _loss(c, off=0.0) + LAMBDA * c.square().sum()


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
        name="directions compared", call=directions_compared,
        why="rows are normalised as for a contrastive loss, in place of features",
        changes=r"a_k \to z_k/\lvert z_k\rvert",
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
)  # fmt: skip
