"""Errors that people make in VICReg's loss, each as the code that makes it.

The threads named were read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .contract import Defect
from .paired_views import covariance, mask, off_diagonal
from .tensors import torch

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["COV", "DEFECTS", "EPS", "SIM", "STD"]

SIM, STD, COV, EPS = 25.0, 25.0, 1.0, 1e-4


# -- the terms, rightly ---------------------------------------------------------------------------


def _apart(z1: Tensor, z2: Tensor) -> Tensor:
    return SIM * (z1 - z2).square().mean()


def _deviation(z: Tensor) -> Tensor:
    return torch.sqrt(z.var(dim=0) + EPS)


def _hinge(s: Tensor) -> Tensor:
    return STD * torch.nn.functional.relu(1 - s).mean() / 2


def _squares(c: Tensor) -> Tensor:
    return COV * off_diagonal(c).square().sum() / len(c)


def _varying(z1: Tensor, z2: Tensor) -> Tensor:
    return _apart(z1, z2) + _hinge(_deviation(z1)) + _hinge(_deviation(z2))


def _unlike(z1: Tensor, z2: Tensor) -> Tensor:
    return _apart(z1, z2) + _squares(covariance(z1)) + _squares(covariance(z2))


# -- the variance term ----------------------------------------------------------------------------


def hinge_on_the_variance(z1: Tensor, z2: Tensor) -> Tensor:
    return _unlike(z1, z2) + _hinge(z1.var(dim=0)) + _hinge(z2.var(dim=0))


def no_hinge(z1: Tensor, z2: Tensor) -> Tensor:
    return _unlike(z1, z2) + sum(STD * (1 - _deviation(z)).mean() / 2 for z in (z1, z2))


def hinge_of_the_mean(z1: Tensor, z2: Tensor) -> Tensor:
    return _unlike(z1, z2) + _hinge(_deviation(z1).mean()) + _hinge(_deviation(z2).mean())


def distance_from_one(z1: Tensor, z2: Tensor) -> Tensor:
    return _unlike(z1, z2) + sum(STD * (1 - _deviation(z)).abs().mean() / 2 for z in (z1, z2))


def variance_of_samples(z1: Tensor, z2: Tensor) -> Tensor:
    return _unlike(z1, z2) + _hinge(_deviation(z1.mT)) + _hinge(_deviation(z2.mT))


def first_view_twice(z1: Tensor, z2: Tensor) -> Tensor:
    return _unlike(z1, z2) + 2 * _hinge(_deviation(z1))


def views_pooled(z1: Tensor, z2: Tensor) -> Tensor:
    return _unlike(z1, z2) + 2 * _hinge(_deviation(torch.cat([z1, z2])))


# -- the covariance term --------------------------------------------------------------------------


def not_centred(z1: Tensor, z2: Tensor) -> Tensor:
    return _varying(z1, z2) + sum(_squares(z.mT @ z / (len(z) - 1)) for z in (z1, z2))


def centred_by_samples(z1: Tensor, z2: Tensor) -> Tensor:
    x, y = (z - z.mean(dim=1, keepdim=True) for z in (z1, z2))
    return _varying(z1, z2) + sum(_squares(v.mT @ v / (len(v) - 1)) for v in (x, y))


def diagonal_kept(z1: Tensor, z2: Tensor) -> Tensor:
    tables = [covariance(z) for z in (z1, z2)]
    return _varying(z1, z2) + sum(COV * c.square().sum() / len(c) for c in tables)


def identity_subtracted(z1: Tensor, z2: Tensor) -> Tensor:
    tables = [covariance(z) for z in (z1, z2)]
    return _varying(z1, z2) + sum(COV * (c - mask(c)).square().sum() / len(c) for c in tables)


def covariances_not_squared(z1: Tensor, z2: Tensor) -> Tensor:
    tables = [covariance(z) for z in (z1, z2)]
    return _varying(z1, z2) + sum(COV * off_diagonal(c).sum() / len(c) for c in tables)


def covariance_of_the_views(z1: Tensor, z2: Tensor) -> Tensor:
    x, y = (z - z.mean(dim=0) for z in (z1, z2))
    return _varying(z1, z2) + 2 * _squares(x.mT @ y / (len(x) - 1))


def covariances_averaged(z1: Tensor, z2: Tensor) -> Tensor:
    tables = [covariance(z) for z in (z1, z2)]
    return _varying(z1, z2) + sum(COV * off_diagonal(c).square().mean() for c in tables)


def not_divided_by_features(z1: Tensor, z2: Tensor) -> Tensor:
    tables = [covariance(z) for z in (z1, z2)]
    return _varying(z1, z2) + sum(COV * off_diagonal(c).square().sum() for c in tables)


def samples_in_place_of_features(z1: Tensor, z2: Tensor) -> Tensor:
    x, y = (z - z.mean(dim=0) for z in (z1, z2))
    d = z1.shape[1]
    tables = [v @ v.mT / (len(v) - 1) for v in (x, y)]
    return _varying(z1, z2) + sum(COV * off_diagonal(c).square().sum() / d for c in tables)


# -- all of it ------------------------------------------------------------------------------------


def normalised_first(z1: Tensor, z2: Tensor) -> Tensor:
    u, v = (torch.nn.functional.normalize(z, dim=1) for z in (z1, z2))
    return _unlike(u, v) + _hinge(_deviation(u)) + _hinge(_deviation(v))


DEFECTS = (
    Defect(
        name="hinge on the variance", call=hinge_on_the_variance,
        why="the root is forgotten, with which collapsed features would still be pulled apart",
        changes=r"s_i \to v_i",
    ),
    Defect(
        name="no hinge", call=no_hinge,
        why="one less the deviation is taken as it is: ever longer features lose ever less",
        changes=r"(1 - s_i)_+ \to 1 - s_i",
    ),
    Defect(
        name="hinge of the mean", call=hinge_of_the_mean,
        why="the mean is taken before the hinge, so that one feature's variance pays for another's "
        "collapse",
        changes=r"\tfrac1d\sum_i(1 - s_i)_+ \to \bigl(1 - \tfrac1d\sum_i s_i\bigr)_+",
    ),
    Defect(
        name="distance from one", call=distance_from_one,
        why="the deviation is thought to be held at one, not above it",
        changes=r"(1 - s_i)_+ \to \lvert 1 - s_i\rvert",
    ),
    Defect(
        name="variance of samples", call=variance_of_samples,
        why="the deviation is taken along the features of a sample",
        changes=r"s_i \to s_k",
    ),
    Defect(
        name="first view twice", call=first_view_twice,
        why="a line is copied, and its view not changed", changes=r"s(z') \to s(z)",
    ),
    Defect(
        name="views pooled", call=views_pooled,
        why="both views are one batch of twice the size, and what sets them apart counts as "
        "variance",
        changes=r"s(z), s(z') \to s\binom{z}{z'}",
    ),
    Defect(
        name="not centred", call=not_centred,
        why="the means are subtracted for the variance only, inside `var`",
        changes=r"\bar z^\top\bar z \to z^\top z",
    ),
    Defect(
        name="centred by samples", call=centred_by_samples,
        why="the mean is taken along the wrong axis", changes=r"\bar z_i \to \bar z_k",
        seen_in=("SSARCandy/DeepCORAL#16",),
    ),
    Defect(
        name="diagonal kept", call=diagonal_kept,
        why="the whole table is squared, so that variance is penalised where it is asked for",
        changes=r"\sum_{i\ne j} \to \sum_{ij}",
    ),
    Defect(
        name="identity subtracted", call=identity_subtracted,
        why="the table is compared with the identity, as Barlow Twins does",
        changes=r"c_{\ne} \to c - I",
    ),
    Defect(
        name="covariances not squared", call=covariances_not_squared,
        why="covariances of both signs cancel, and the loss has no minimum",
        changes=r"c_{ij}^2 \to c_{ij}", seen_in=("changun/CollMetric#20",),
    ),
    Defect(
        name="covariance of the views", call=covariance_of_the_views,
        why="the views are correlated with one another, as in Barlow Twins, not each with itself",
        changes=r"c(z), c(z') \to c(z, z')",
    ),
    Defect(
        name="covariances averaged", call=covariances_averaged,
        why="the mean over pairs of features is taken, which vanishes as features are added",
        changes=r"\tfrac1d\sum_{i\ne j} \to \tfrac1{d(d-1)}\sum_{i\ne j}",
    ),
    Defect(
        name="not divided by the features", call=not_divided_by_features,
        why="the sum over pairs is taken as it is", changes=r"\tfrac1d \to 1",
    ),
    Defect(
        name="samples in place of features", call=samples_in_place_of_features,
        why="the transpose is on the other factor", changes=r"\bar z^\top\bar z \to "
        r"\bar z\bar z^\top", seen_in=("facebookresearch/vicreg#25",),
    ),
    Defect(
        name="normalised first", call=normalised_first,
        why="rows are brought to unit length as for a contrastive loss, and can no longer vary "
        "enough",
        changes=r"z_k \to z_k/\lvert z_k\rvert",
    ),
)  # fmt: skip
