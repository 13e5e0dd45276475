"""Errors that people make in VICReg's loss, each as the code that makes it.

The threads named were read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .contract import Defect
from .paired_views import covariance, mask
from .tensors import torch

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["COV", "DEFECTS", "EPS", "SIM", "STD"]

SIM, STD, COV, EPS = 25.0, 25.0, 1.0, 1e-4


# -- the terms, rightly, of both views at once ----------------------------------------------------


def _both(z1: Tensor, z2: Tensor) -> Tensor:
    return torch.stack([z1, z2])


def _apart(z1: Tensor, z2: Tensor) -> Tensor:
    return SIM * (z1 - z2).square().mean()


def _deviations(z: Tensor) -> Tensor:
    return torch.sqrt(z.var(dim=1) + EPS)


def _hinge(s: Tensor) -> Tensor:
    return STD * torch.nn.functional.relu(1 - s).mean()


def _squares(c: Tensor) -> Tensor:
    return COV * (c * (1 - mask(c))).square().sum()


def _varying(z1: Tensor, z2: Tensor) -> Tensor:
    return _apart(z1, z2) + _hinge(_deviations(_both(z1, z2)))


def _unlike(z1: Tensor, z2: Tensor) -> Tensor:
    return _apart(z1, z2) + _squares(covariance(_both(z1, z2))) / z1.shape[1]


# -- the variance term ----------------------------------------------------------------------------


def hinge_on_the_variance(z1: Tensor, z2: Tensor) -> Tensor:
    return _unlike(z1, z2) + _hinge(_both(z1, z2).var(dim=1))


def no_hinge(z1: Tensor, z2: Tensor) -> Tensor:
    return _unlike(z1, z2) + STD * (1 - _deviations(_both(z1, z2))).mean()


def distance_from_one(z1: Tensor, z2: Tensor) -> Tensor:
    return _unlike(z1, z2) + STD * (1 - _deviations(_both(z1, z2))).abs().mean()


def variance_of_samples(z1: Tensor, z2: Tensor) -> Tensor:
    return _unlike(z1, z2) + _hinge(_deviations(_both(z1, z2).mT))


def first_view_twice(z1: Tensor, z2: Tensor) -> Tensor:
    return _unlike(z1, z2) + _hinge(_deviations(z1[None]))


# -- the covariance term --------------------------------------------------------------------------


def not_centred(z1: Tensor, z2: Tensor) -> Tensor:
    z, (n, d) = _both(z1, z2), z1.shape
    return _varying(z1, z2) + _squares(z.mT @ z / (n - 1)) / d


def diagonal_kept(z1: Tensor, z2: Tensor) -> Tensor:
    c = covariance(_both(z1, z2))
    return _varying(z1, z2) + COV * c.square().sum() / z1.shape[1]


def covariances_not_squared(z1: Tensor, z2: Tensor) -> Tensor:
    c = covariance(_both(z1, z2))
    return _varying(z1, z2) + COV * (c * (1 - mask(c))).sum() / z1.shape[1]


def samples_in_place_of_features(z1: Tensor, z2: Tensor) -> Tensor:
    z, (n, d) = _both(z1, z2), z1.shape
    x = z - z.mean(dim=1, keepdim=True)
    return _varying(z1, z2) + _squares(x @ x.mT / (n - 1)) / d


# -- all of it ------------------------------------------------------------------------------------


def normalised_first(z1: Tensor, z2: Tensor) -> Tensor:
    u, v = torch.nn.functional.normalize(_both(z1, z2), dim=2)
    return _unlike(u, v) + _hinge(_deviations(_both(u, v)))


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
        name="not centred", call=not_centred,
        why="the means are subtracted for the variance only, inside `var`",
        changes=r"\bar z^\top\bar z \to z^\top z",
    ),
    Defect(
        name="diagonal kept", call=diagonal_kept,
        why="the whole table is squared, so that variance is penalised where it is asked for",
        changes=r"\sum_{i\ne j} \to \sum_{ij}",
    ),
    Defect(
        name="covariances not squared", call=covariances_not_squared,
        why="covariances of both signs cancel, and the loss has no minimum",
        changes=r"c_{ij}^2 \to c_{ij}", seen_in=("changun/CollMetric#20",),
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
