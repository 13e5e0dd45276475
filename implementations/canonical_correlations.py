"""Two Gaussian vectors, for codings right and wrong: canonical correlations, and what is kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .tensors import torch

if TYPE_CHECKING:
    from torch import Tensor

__all__ = [
    "canonical_squares",
    "closed_form",
    "covariance_of_both",
    "directions",
    "given_y",
    "half_whitened",
    "volumes",
    "whitened",
]


def covariance_of_both(cov_x: Tensor, cov_y: Tensor, cov_xy: Tensor) -> Tensor:
    """The covariance of (x, y) [p+q, p+q]."""
    return torch.cat([torch.cat([cov_x, cov_xy], 1), torch.cat([cov_xy.mT, cov_y], 1)])


def given_y(cov_x: Tensor, cov_y: Tensor, cov_xy: Tensor) -> Tensor:
    """The covariance [p, p] of what y leaves of x."""
    return cov_x - cov_xy @ torch.linalg.solve(cov_y, cov_xy.mT)


def half_whitened(cov: Tensor, across: Tensor) -> Tensor:
    """L^-1 times `across`, where LL' = `cov`."""
    return torch.linalg.solve_triangular(torch.linalg.cholesky(cov), across, upper=False)


def whitened(cov_x: Tensor, cov_y: Tensor, cov_xy: Tensor) -> Tensor:
    """The covariance of whitened y and x [q, p], whose singular values are the correlations."""
    return half_whitened(cov_y, half_whitened(cov_x, cov_xy).mT)


def canonical_squares(cov_x: Tensor, cov_y: Tensor, cov_xy: Tensor) -> Tensor:
    """Of the canonical correlations, the largest first."""
    return torch.linalg.svdvals(whitened(cov_x, cov_y, cov_xy)).square()


# -- the best description -------------------------------------------------------------------------


def closed_form(squares: Tensor, beta: float) -> tuple[Tensor, Tensor]:
    """Nats kept of x and of y at beta, from the squares of the correlations."""
    active = squares[beta * squares > 1]
    rate = 0.5 * ((beta - 1) * active / (1 - active)).log().sum()
    return rate, rate - 0.5 * (beta * active).log().sum()


def directions(cov_x: Tensor, cov_y: Tensor, cov_xy: Tensor) -> tuple[Tensor, Tensor]:
    """Eigenvalues 1 - rho^2, ascending, and in rows the directions whose x has unit variance."""
    L = torch.linalg.cholesky(cov_x)
    half = torch.linalg.solve_triangular(L, given_y(cov_x, cov_y, cov_xy), upper=False)
    white = torch.linalg.solve_triangular(L, half.mT, upper=False)
    values, vectors = torch.linalg.eigh((white + white.mT) / 2)
    return values, torch.linalg.solve_triangular(L.mT, vectors, upper=True).mT


def volumes(A: Tensor, cov_x: Tensor, cov_y: Tensor, cov_xy: Tensor) -> tuple[Tensor, Tensor]:
    """Nats that Ax + noise of unit covariance keeps of x and of y."""
    one = torch.eye(len(A), dtype=A.dtype, device=A.device)
    of_T, of_rest = (
        torch.logdet(one + A @ cov @ A.mT) for cov in (cov_x, given_y(cov_x, cov_y, cov_xy))
    )
    return of_T / 2, (of_T - of_rest) / 2
