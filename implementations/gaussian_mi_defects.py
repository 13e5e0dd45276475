"""Errors that people make in the mutual information of Gaussians, each as the code that makes it.

The thread named was read.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from .canonical_correlations import covariance_of_both, whitened
from .contract import Defect
from .tensors import torch

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["DEFECTS"]


def _right(cov_x: Tensor, cov_y: Tensor, cov_xy: Tensor) -> Tensor:
    volumes = torch.logdet(cov_x) + torch.logdet(cov_y)
    return 0.5 * (volumes - torch.logdet(covariance_of_both(cov_x, cov_y, cov_xy)))


def _log_volume(matrix: Tensor) -> Tensor:
    """Of a matrix that need not be definite."""
    return torch.linalg.slogdet(matrix)[1]


def half_forgotten(cov_x: Tensor, cov_y: Tensor, cov_xy: Tensor) -> Tensor:
    return 2 * _right(cov_x, cov_y, cov_xy)


def halved_twice(cov_x: Tensor, cov_y: Tensor, cov_xy: Tensor) -> Tensor:
    factors = (
        torch.linalg.cholesky(c) for c in (cov_x, cov_y, covariance_of_both(cov_x, cov_y, cov_xy))
    )
    x, y, whole = (L.diagonal().log().sum() for L in factors)
    return 0.5 * (x + y - whole)


def sign_turned(cov_x: Tensor, cov_y: Tensor, cov_xy: Tensor) -> Tensor:
    return -_right(cov_x, cov_y, cov_xy)


def correlations_not_squared(cov_x: Tensor, cov_y: Tensor, cov_xy: Tensor) -> Tensor:
    return -0.5 * torch.log1p(-torch.linalg.svdvals(whitened(cov_x, cov_y, cov_xy))).sum()


def trace_in_place_of_the_determinant(cov_x: Tensor, cov_y: Tensor, cov_xy: Tensor) -> Tensor:
    return 0.5 * whitened(cov_x, cov_y, cov_xy).square().sum()


def pairs_of_coordinates_added(cov_x: Tensor, cov_y: Tensor, cov_xy: Tensor) -> Tensor:
    squares = cov_xy.square() / (cov_x.diagonal()[:, None] * cov_y.diagonal())
    return -0.5 * torch.log1p(-squares).sum()


def correlations_within_ignored(cov_x: Tensor, cov_y: Tensor, cov_xy: Tensor) -> Tensor:
    scales = (cov_x.diagonal()[:, None] * cov_y.diagonal()).sqrt()
    table = cov_xy / scales
    return -0.5 * _log_volume(torch.eye(len(table), dtype=table.dtype) - table @ table.mT)


def covariance_for_correlation(cov_x: Tensor, cov_y: Tensor, cov_xy: Tensor) -> Tensor:
    one = torch.eye(len(cov_x), dtype=cov_x.dtype)
    return -0.5 * _log_volume(one - cov_xy @ cov_xy.mT)


def x_not_whitened(cov_x: Tensor, cov_y: Tensor, cov_xy: Tensor) -> Tensor:
    one = torch.eye(len(cov_y), dtype=cov_y.dtype)
    return -0.5 * _log_volume(one - torch.linalg.solve(cov_y, cov_xy.mT @ cov_xy))


def joint_entropy(cov_x: Tensor, cov_y: Tensor, cov_xy: Tensor) -> Tensor:
    whole = covariance_of_both(cov_x, cov_y, cov_xy)
    return 0.5 * (torch.logdet(whole) + len(whole) * math.log(2 * math.pi * math.e))


def constants_that_do_not_cancel(cov_x: Tensor, cov_y: Tensor, cov_xy: Tensor) -> Tensor:
    return _right(cov_x, cov_y, cov_xy) + 0.5 * math.log(2 * math.pi * math.e)


def what_is_left_alone(cov_x: Tensor, cov_y: Tensor, cov_xy: Tensor) -> Tensor:
    left = cov_y - cov_xy.mT @ torch.linalg.solve(cov_x, cov_xy)
    return 0.5 * torch.logdet(left)


def volume_of_x_left_out(cov_x: Tensor, cov_y: Tensor, cov_xy: Tensor) -> Tensor:
    return 0.5 * (torch.logdet(cov_y) - torch.logdet(covariance_of_both(cov_x, cov_y, cov_xy)))


DEFECTS = (
    Defect(
        name="half forgotten", call=half_forgotten,
        why="the ratio of volumes stands without its root",
        changes=r"\tfrac12\log\det \to \log\det",
    ),
    Defect(
        name="halved twice", call=halved_twice,
        why="the logarithms of a Cholesky factor's diagonal are half of the volume already",
        changes=r"\tfrac12\log\det S \to \tfrac12\log\det L",
    ),
    Defect(
        name="sign turned", call=sign_turned, why="the ratio is turned over",
        changes=r"H(Y) - H(Y|X) \to H(Y|X) - H(Y)", seen_in=("christiando/gaussian-toolbox#29",),
    ),
    Defect(
        name="correlations not squared", call=correlations_not_squared,
        why="the formula is remembered as log(1 - rho)",
        changes=r"\log(1 - \rho_i^2) \to \log(1 - \rho_i)",
    ),
    Defect(
        name="trace in place of the determinant", call=trace_in_place_of_the_determinant,
        why="the first order of the logarithm is taken for all of it",
        changes=r"-\tfrac12\sum\log(1 - \rho_i^2) \to \tfrac12\sum\rho_i^2",
    ),
    Defect(
        name="pairs of coordinates added", call=pairs_of_coordinates_added,
        why="each pair's information is computed alone, and coordinates tell the same twice",
        changes=r"\sum_i\log(1 - \rho_i^2) \to \sum_{ij}\log(1 - r_{ij}^2)",
    ),
    Defect(
        name="correlations within x and y ignored", call=correlations_within_ignored,
        why="coordinates are divided by their deviations, and not whitened",
        changes=r"S_x, S_y \to \operatorname{diag}S_x, \operatorname{diag}S_y",
    ),
    Defect(
        name="covariance for correlation", call=covariance_for_correlation,
        why="inputs are thought to be whitened",
        changes=r"I - S_x^{-1}S_{xy}S_y^{-1}S_{yx} \to I - S_{xy}S_{yx}",
    ),
    Defect(
        name="x not whitened", call=x_not_whitened, why="one of the two inverses is lost",
        changes=r"I - S_x^{-1}S_{xy}S_y^{-1}S_{yx} \to I - S_{xy}S_y^{-1}S_{yx}",
    ),
    Defect(
        name="the joint entropy", call=joint_entropy,
        why="the last line, which subtracts it from the marginal ones, is lost",
        changes=r"I \to h(x, y)",
    ),
    Defect(
        name="constants that do not cancel", call=constants_that_do_not_cancel,
        why="one entropy is computed with a dimension too few",
        changes=r"I \to I + \tfrac12\log 2\pi e",
    ),
    Defect(
        name="what is left alone", call=what_is_left_alone,
        why="the conditional volume is not compared with y's own",
        changes=r"I \to \tfrac12\log\det S_{y|x}",
    ),
    Defect(
        name="volume of x left out", call=volume_of_x_left_out,
        why="only one marginal is divided by", changes=r"\det S_x \to 1",
    ),
)  # fmt: skip
