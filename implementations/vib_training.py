"""Variational bottlenecks of Gaussian vectors as people train them: a linear encoder, a Gaussian
marginal and a Gaussian decoder, an optimiser.

No canonical correlation is used here.  Several betas are trained at once: every tensor may have a
dimension in front.  The same call always gives the same numbers: the generator is its own, and one
thread is set and restored.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from .canonical_correlations import covariance_of_both, given_y
from .tensors import torch
from .training import adam, flattened, lbfgs, one_thread

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["by_adam", "by_iteration", "by_lbfgs", "several_by_adam", "several_by_lbfgs"]
__all__ += ["distortion_of", "rate_of", "told"]

STILL = 1e-8  # nats per unit of any parameter: a run says that it has converged below this slope
ENTROPY = math.log(2 * math.pi * math.e)  # twice that of one standard normal
SMALL = 0.1  # of the first entries: at zero the Lagrangian is stationary, whatever beta

Learnt = dict[str, Any]


# -- what is paid, and what is lost, by the best marginal and decoder -----------------------------


def rate_of(A: Tensor, cov_x: Tensor) -> Tensor:
    """I(x; z) of z = Ax + noise of unit covariance."""
    one = torch.eye(A.shape[-2], dtype=A.dtype)
    return torch.linalg.cholesky(one + A @ cov_x @ A.mT).diagonal(0, -2, -1).log().sum(-1)


def distortion_of(A: Tensor, cov_x: Tensor, cov_y: Tensor, cov_xy: Tensor) -> Tensor:
    """H(y|z), by the best decoder."""
    one = torch.eye(A.shape[-2], dtype=A.dtype)
    left = given_y(cov_y, one + A @ cov_x @ A.mT, (A @ cov_xy).mT)
    L = torch.linalg.cholesky(left)
    return L.diagonal(0, -2, -1).log().sum(-1) + 0.5 * len(cov_y) * ENTROPY


def told(A: Tensor, rate: Tensor, distortion: Tensor, *, converged: bool) -> Learnt:
    return {
        "encoder": A.detach(), "noise": torch.ones(A.shape[-2], dtype=A.dtype),
        "rate": float(rate.detach()), "distortion": float(distortion.detach()),
        "converged": converged,
    }  # fmt: skip


# -- three ways -----------------------------------------------------------------------------------


def by_lbfgs(cov_x: Tensor, cov_y: Tensor, cov_xy: Tensor, beta: float) -> Learnt:
    """L-BFGS in float64 on the Lagrangian itself, by its log-determinants."""
    return several_by_lbfgs(cov_x, cov_y, cov_xy, [beta])[0]


def several_by_lbfgs(
    cov_x: Tensor, cov_y: Tensor, cov_xy: Tensor, betas: Sequence[float]
) -> list[Learnt]:
    """The same for several betas at once: their sum, each of one nat's size."""
    draw = torch.Generator().manual_seed(0)
    prices, p = torch.tensor(betas, dtype=torch.float64), len(cov_x)
    white = torch.linalg.inv(torch.linalg.cholesky(cov_x))
    B = SMALL * torch.randn(len(betas), p, p, generator=draw, dtype=torch.float64)
    B.requires_grad_()

    def terms() -> tuple[Tensor, Tensor]:
        A = B @ white
        return rate_of(A, cov_x), distortion_of(A, cov_x, cov_y, cov_xy)

    def loss() -> Tensor:
        rate, distortion = terms()
        return ((rate + prices * distortion) / (1 + prices)).sum()

    with one_thread():
        value_and_slope, flat = flattened([B], loss)
        flat = lbfgs(value_and_slope, flat, 400, still=1e-11)
        slope = np.abs(value_and_slope(flat)[1]).reshape(len(betas), -1).max(axis=1)
        found = zip((B @ white).detach(), *terms(), slope, strict=True)
        return [told(a, r, d, converged=bool(s < STILL)) for a, r, d, s in found]


def by_iteration(cov_x: Tensor, cov_y: Tensor, cov_xy: Tensor, beta: float) -> Learnt:
    """NumPy, by the self-consistent equations: noise and encoder from the last ones, in turn."""
    x, y, xy = (np.asarray(part) for part in (cov_x, cov_y, cov_xy))
    given = x - xy @ np.linalg.solve(y, xy.T)
    inv, told_of = np.linalg.inv, np.eye(len(x)) - given @ np.linalg.inv(x)
    A: Any = np.eye(len(x))
    S, moved = A, 1.0
    for _ in range(300):
        code, rest = inv(A @ x @ A.T + S), inv(A @ given @ A.T + S)
        S = inv(beta * rest - (beta - 1) * code)
        new = beta * S @ rest @ A @ told_of
        moved, A = float(np.abs(new - A).max()), new
        if moved < 1e-12:
            break
    code = A @ x @ A.T + S
    left = y - xy.T @ A.T @ np.linalg.solve(code, A @ xy)
    rate = 0.5 * (np.linalg.slogdet(code)[1] - np.linalg.slogdet(S)[1])
    distortion = 0.5 * np.linalg.slogdet(2 * math.pi * math.e * left)[1]
    return {
        "encoder": A, "noise": (S + S.T) / 2, "rate": rate, "distortion": distortion,
        "converged": moved < 1e-11,
    }  # fmt: skip


def by_adam(cov_x: Tensor, cov_y: Tensor, cov_xy: Tensor, beta: float) -> Learnt:
    """Adam in float32, one sample of the codes per row and step, as a network is trained; it never
    says that it has converged, for it does not know."""
    return several_by_adam(cov_x, cov_y, cov_xy, [beta], steps=40, rows=64)[0]


def several_by_adam(
    cov_x: Tensor, cov_y: Tensor, cov_xy: Tensor, betas: Sequence[float], *, steps: int, rows: int
) -> list[Learnt]:
    """Encoder A with noise of unit variance, a marginal and a linear decoder of full covariances,
    learnt together.  Rate and distortion are those of just these three, in expectation."""
    draw, (p, q), n = torch.Generator().manual_seed(0), cov_xy.shape, len(betas)
    whole = covariance_of_both(cov_x, cov_y, cov_xy)
    root, prices = torch.linalg.cholesky(whole).float(), torch.tensor(betas)
    A = SMALL * torch.randn(n, p, p, generator=draw)
    W, U, V = (torch.zeros(n, *shape) for shape in ((q, p), (p, p), (q, q)))
    learnt = [tensor.requires_grad_() for tensor in (A, W, U, V)]

    def loss(noise: tuple[Tensor, Tensor]) -> Tensor:
        both, sent = noise[0] @ root.mT, noise[1]
        x, y = both[:, :p], both[:, p:]
        z = x @ A.mT + sent
        rate = _surprise(z, U) - 0.5 * (sent**2).sum(-1)
        return (rate.mean(-1) + prices * _surprise(y - z @ W.mT, V).mean(-1)).sum()

    with one_thread():
        batches = [
            (torch.randn(rows, p + q, generator=draw), torch.randn(n, rows, p, generator=draw))
            for _ in range(steps)
        ]
        adam(learnt, loss, batches, rate=0.05)
        with torch.no_grad():
            A, W, U, V = (tensor.double() for tensor in learnt)
            code, across = A @ cov_x @ A.mT + torch.eye(p, dtype=A.dtype), A @ cov_xy
            rest = cov_y - W @ across - (W @ across).mT + W @ code @ W.mT
            rate = _expected(code, U) - 0.5 * p
            distortion = _expected(rest, V) + 0.5 * q * math.log(2 * math.pi)
    found = zip(A.float(), rate, distortion, strict=True)
    return [told(a, r, d, converged=False) for a, r, d in found]


def _factor(U: Tensor) -> tuple[Tensor, Tensor]:
    """What whitens: a lower triangle, its diagonal exponentiated; and half its covariance's
    log-determinant."""
    logs = U.diagonal(0, -2, -1)
    return U.tril(-1) + torch.diag_embed(logs.exp()), -logs.sum(-1)


def _surprise(rows: Tensor, U: Tensor) -> Tensor:
    """Minus the log-density of each row, but for half of log 2 pi per coordinate."""
    factor, half = _factor(U)
    return 0.5 * ((rows @ factor.mT) ** 2).sum(-1) + half[:, None]


def _expected(cov: Tensor, U: Tensor) -> Tensor:
    """The mean of that for rows of mean zero and this covariance."""
    factor, half = _factor(U)
    return 0.5 * ((factor @ cov) * factor).sum((-2, -1)) + half
