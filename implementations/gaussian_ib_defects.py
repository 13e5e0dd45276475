"""Errors that people make in the Gaussian bottleneck, each as the code that makes it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from .canonical_correlations import (
    canonical_squares,
    closed_form,
    directions,
    given_y,
    half_whitened,
    volumes,
)
from .contract import Defect
from .tensors import torch

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["DEFECTS"]

Kept = tuple[Any, Any]


def half_forgotten(cov_x: Tensor, cov_y: Tensor, cov_xy: Tensor, beta: float) -> Kept:
    rate, relevance = closed_form(canonical_squares(cov_x, cov_y, cov_xy), beta)
    return 2 * rate, 2 * relevance


def every_direction_active(cov_x: Tensor, cov_y: Tensor, cov_xy: Tensor, beta: float) -> Kept:
    squares = canonical_squares(cov_x, cov_y, cov_xy).clamp(min=1e-12)
    rate = 0.5 * ((beta - 1) * squares / (1 - squares)).log().sum()
    return rate, rate - 0.5 * (beta * squares).log().sum()


def correlations_not_squared(cov_x: Tensor, cov_y: Tensor, cov_xy: Tensor, beta: float) -> Kept:
    return closed_form(canonical_squares(cov_x, cov_y, cov_xy).sqrt(), beta)


def x_not_whitened(cov_x: Tensor, cov_y: Tensor, cov_xy: Tensor, beta: float) -> Kept:
    values = torch.linalg.eigvalsh(given_y(cov_x, cov_y, cov_xy))
    return closed_form((1 - values).clamp(min=0), beta)


def y_not_whitened(cov_x: Tensor, cov_y: Tensor, cov_xy: Tensor, beta: float) -> Kept:
    half = half_whitened(cov_x, cov_xy)
    return closed_form(torch.linalg.svdvals(half).square().clamp(max=1 - 1e-9), beta)


def beta_one_too_many(cov_x: Tensor, cov_y: Tensor, cov_xy: Tensor, beta: float) -> Kept:
    return closed_form(canonical_squares(cov_x, cov_y, cov_xy), beta + 1)


def variance_explained_for_left(cov_x: Tensor, cov_y: Tensor, cov_xy: Tensor, beta: float) -> Kept:
    values = directions(cov_x, cov_y, cov_xy)[0]
    return closed_form(values.clamp(1e-12, 1 - 1e-12), beta)


def leading_direction_alone(cov_x: Tensor, cov_y: Tensor, cov_xy: Tensor, beta: float) -> Kept:
    return closed_form(canonical_squares(cov_x, cov_y, cov_xy)[:1], beta)


def gain_without_its_root(cov_x: Tensor, cov_y: Tensor, cov_xy: Tensor, beta: float) -> Kept:
    values, rows = directions(cov_x, cov_y, cov_xy)
    alpha = ((beta * (1 - values) - 1) / values).clamp(min=0)
    return volumes(alpha[:, None] * rows, cov_x, cov_y, cov_xy)


def unit_eigenvectors(cov_x: Tensor, cov_y: Tensor, cov_xy: Tensor, beta: float) -> Kept:
    values, rows = directions(cov_x, cov_y, cov_xy)
    alpha = ((beta * (1 - values) - 1) / values).clamp(min=0).sqrt()
    rows = rows / rows.norm(dim=1, keepdim=True)
    return volumes(alpha[:, None] * rows, cov_x, cov_y, cov_xy)


def ties_left_to_the_solver(
    cov_x: Tensor, cov_y: Tensor, cov_xy: Tensor, beta: float
) -> Kept:  # fmt: skip
    """As in the paper, word for word: left eigenvectors, each divided by its variance."""
    x, given = np.asarray(cov_x), np.asarray(given_y(cov_x, cov_y, cov_xy))
    found, vectors = np.linalg.eig((given @ np.linalg.inv(x)).T)
    values, rows = found.real, vectors.real.T
    lengths = np.einsum("id,de,ie->i", rows, x, rows)
    alpha = np.sqrt(np.maximum((beta * (1 - values) - 1) / (values * lengths), 0))
    return volumes(torch.as_tensor(alpha[:, None] * rows), cov_x, cov_y, cov_xy)


def gain_not_divided(cov_x: Tensor, cov_y: Tensor, cov_xy: Tensor, beta: float) -> Kept:
    values, rows = directions(cov_x, cov_y, cov_xy)
    alpha = (beta * (1 - values) - 1).clamp(min=0).sqrt()
    return volumes(alpha[:, None] * rows, cov_x, cov_y, cov_xy)


def beta_for_beta_less_one(cov_x: Tensor, cov_y: Tensor, cov_xy: Tensor, beta: float) -> Kept:
    squares = canonical_squares(cov_x, cov_y, cov_xy)
    active = squares[beta * squares > 1]
    rate = 0.5 * (beta * active / (1 - active)).log().sum()
    return rate, rate - 0.5 * (beta * active).log().sum()


def sign_turned(cov_x: Tensor, cov_y: Tensor, cov_xy: Tensor, beta: float) -> Kept:
    rate, relevance = closed_form(canonical_squares(cov_x, cov_y, cov_xy), beta)
    return rate, rate + (rate - relevance)


def exchanged(cov_x: Tensor, cov_y: Tensor, cov_xy: Tensor, beta: float) -> Kept:
    rate, relevance = closed_form(canonical_squares(cov_x, cov_y, cov_xy), beta)
    return relevance, rate


def diagonal_curve(cov_x: Tensor, cov_y: Tensor, cov_xy: Tensor, beta: float) -> Kept:
    squares = canonical_squares(cov_x, cov_y, cov_xy)
    rate, _ = closed_form(squares, beta)
    return rate, torch.minimum(rate, -0.5 * torch.log1p(-squares).sum())


def what_it_does_not_tell(cov_x: Tensor, cov_y: Tensor, cov_xy: Tensor, beta: float) -> Kept:
    rate, relevance = closed_form(canonical_squares(cov_x, cov_y, cov_xy), beta)
    return rate, rate - relevance


DEFECTS = (
    Defect(
        name="half forgotten", call=half_forgotten,
        why="the logarithms of variances stand without their root",
        changes=r"\tfrac12\sum\log \to \sum\log",
    ),
    Defect(
        name="every direction active", call=every_direction_active,
        why="the closed form is summed without asking which directions are worth their price",
        changes=r"\sum_{\beta\rho_i^2>1} \to \sum_i",
    ),
    Defect(
        name="correlations not squared", call=correlations_not_squared,
        why="singular values of the whitened covariance are taken for their squares",
        changes=r"\rho_i^2 \to \rho_i",
    ),
    Defect(
        name="x not whitened", call=x_not_whitened,
        why="the eigenvalues are those of what y leaves of x, and not of its share",
        changes=r"S_{x|y}S_x^{-1} \to S_{x|y}",
    ),
    Defect(
        name="y not whitened", call=y_not_whitened, why="one of the two inverses is lost",
        changes=r"S_{xy}S_y^{-1}S_{yx} \to S_{xy}S_{yx}",
    ),
    Defect(
        name="beta one too many", call=beta_one_too_many,
        why="beta is taken for the price of a nat of y beyond the one that it costs",
        changes=r"\beta \to \beta + 1",
    ),
    Defect(
        name="eigenvalue for its complement", call=variance_explained_for_left,
        why="the share of x that y leaves is taken for the share that it explains",
        changes=r"1 - \lambda_i \leftrightarrow \lambda_i",
    ),
    Defect(
        name="leading direction alone", call=leading_direction_alone,
        why="the formula of one coordinate is used for several",
        changes=r"\sum_i \to i = 1",
    ),
    Defect(
        name="gain without its root", call=gain_without_its_root,
        why="the formula gives the square of the gain",
        changes=r"\alpha_i \to \alpha_i^2",
    ),
    Defect(
        name="unit eigenvectors", call=unit_eigenvectors,
        why="the solver's eigenvectors have unit length, where the paper divides by the variance "
        "of x along them",
        changes=r"v_i^\top S_xv_i = 1 \to v_i^\top v_i = 1",
    ),
    Defect(
        name="ties left to the solver", call=ties_left_to_the_solver,
        why="of equal correlations, the solver for matrices that are not symmetric returns "
        "eigenvectors that are not at right angles under the covariance of x, and what they share "
        "is kept twice: whiten first, and use the one for symmetric matrices",
        changes=r"v_i^\top S_xv_j = 0 \to v_i^\top S_xv_j \ne 0",
    ),
    Defect(
        name="gain not divided", call=gain_not_divided,
        why="the eigenvalue under the fraction is lost",
        changes=r"\alpha_i^2 = (\beta(1-\lambda_i) - 1)/\lambda_i \to \beta(1-\lambda_i) - 1",
    ),
    Defect(
        name="beta for beta less one", call=beta_for_beta_less_one,
        why="the one is lost where the signal-to-noise ratio becomes a variance",
        changes=r"\beta - 1 \to \beta",
    ),
    Defect(
        name="sign turned", call=sign_turned, why="what is lost is added",
        changes=r"I_y = I_x - \dots \to I_x + \dots",
    ),
    Defect(
        name="exchanged", call=exchanged, why="the curve's axes are returned in the other order",
        changes=r"(I_x, I_y) \to (I_y, I_x)",
    ),
    Defect(
        name="all that is kept is relevant", call=diagonal_curve,
        why="the curve is drawn as a diagonal that meets the ceiling",
        changes=r"I_y \to \min(I_x, I(x;y))",
    ),
    Defect(
        name="what it does not tell", call=what_it_does_not_tell,
        why="the conditional information is returned for the information",
        changes=r"I(T;y) \to I(T;x\mid y)",
    ),
)  # fmt: skip
