"""Errors that people make in variational bottlenecks, each as the code that makes it.

The encoders come in closed form, so that each error is the only one: the optimum of the objective
that the erroneous code has, and the report that it makes.  Every thread named was read.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from .canonical_correlations import directions, given_y
from .contract import Defect
from .tensors import torch

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["DEFECTS", "encoder_at", "report"]

Learnt = dict[str, Any]


# -- honest pieces --------------------------------------------------------------------------------


def signals(values: Tensor, beta: float) -> Tensor:
    """The best ratio of signal to noise for each direction, of which y leaves these shares open."""
    return ((beta * (1 - values) - 1) / values).clamp(min=0)


def encoder_at(cov_x: Tensor, cov_y: Tensor, cov_xy: Tensor, beta: float) -> Tensor:
    """The best encoder for noise of unit covariance."""
    values, rows = directions(cov_x, cov_y, cov_xy)
    return signals(values, beta).sqrt()[:, None] * rows


def report(A: Tensor, S: Tensor, cov_x: Tensor, cov_y: Tensor, cov_xy: Tensor) -> Learnt:
    """What the best marginal and decoder pay and lose, said to have converged."""
    code = A @ cov_x @ A.mT + S
    rate = 0.5 * (torch.logdet(code) - torch.logdet(S))
    return {
        "encoder": A, "noise": S, "rate": rate,
        "distortion": entropy(left_open(A, S, cov_x, cov_y, cov_xy)), "converged": True,
    }  # fmt: skip


def left_open(A: Tensor, S: Tensor, cov_x: Tensor, cov_y: Tensor, cov_xy: Tensor) -> Tensor:
    """The covariance of y given z."""
    return given_y(cov_y, A @ cov_x @ A.mT + S, (A @ cov_xy).mT)


def entropy(cov: Tensor) -> Tensor:
    return 0.5 * torch.logdet(2 * math.pi * math.e * cov)


def best(cov_x: Tensor, cov_y: Tensor, cov_xy: Tensor, beta: float) -> Learnt:
    A = encoder_at(cov_x, cov_y, cov_xy, beta)
    return report(A, torch.eye(len(A), dtype=A.dtype), cov_x, cov_y, cov_xy)


def scaled(cov_x: Tensor, cov_y: Tensor, cov_xy: Tensor, beta: float, sizes: Tensor) -> Learnt:
    """The same, with noise of these deviations."""
    A = sizes[:, None] * encoder_at(cov_x, cov_y, cov_xy, beta)
    return report(A, torch.diag(sizes**2), cov_x, cov_y, cov_xy)


# -- errors in the objective ----------------------------------------------------------------------


def beta_on_the_rate(cov_x: Tensor, cov_y: Tensor, cov_xy: Tensor, beta: float) -> Learnt:
    return best(cov_x, cov_y, cov_xy, 1 / beta)


def beta_forgotten(cov_x: Tensor, cov_y: Tensor, cov_xy: Tensor, beta: float) -> Learnt:
    return best(cov_x, cov_y, cov_xy, 1.0)


def rate_averaged_over_units(cov_x: Tensor, cov_y: Tensor, cov_xy: Tensor, beta: float) -> Learnt:
    fit = best(cov_x, cov_y, cov_xy, beta * len(cov_x))
    return fit | {"rate": fit["rate"] / len(cov_x)}


def rate_not_halved(cov_x: Tensor, cov_y: Tensor, cov_xy: Tensor, beta: float) -> Learnt:
    fit = best(cov_x, cov_y, cov_xy, beta / 2)
    return fit | {"rate": 2 * fit["rate"]}


def decoder_variance_of_one(cov_x: Tensor, cov_y: Tensor, cov_xy: Tensor, beta: float) -> Learnt:
    """Half the squared error: directions of x are worth what they explain of it, and not of the
    logarithm."""
    L = torch.linalg.cholesky(cov_x)
    seen = torch.linalg.solve_triangular(L, cov_xy, upper=False)
    worth, vectors = torch.linalg.eigh(seen @ seen.mT)
    rows = torch.linalg.solve_triangular(L.mT, vectors, upper=True).mT
    A = (beta * worth - 1).clamp(min=0).sqrt()[:, None] * rows
    one = torch.eye(len(A), dtype=A.dtype)
    fit = report(A, one, cov_x, cov_y, cov_xy)
    squares = left_open(A, one, cov_x, cov_y, cov_xy).diagonal().sum()
    return fit | {"distortion": 0.5 * (squares + len(cov_y) * math.log(2 * math.pi))}


def standard_normal_marginal(cov_x: Tensor, cov_y: Tensor, cov_xy: Tensor, beta: float) -> Learnt:
    """Noise of unit covariance under a marginal of unit covariance: half the squared mean."""
    values, rows = directions(cov_x, cov_y, cov_xy)
    lost = 4 * values * (1 - beta * (1 - values))
    signal = (((1 + values) ** 2 - lost).sqrt() - 1 - values) / (2 * values)
    A = signal.clamp(min=0).sqrt()[:, None] * rows
    fit = report(A, torch.eye(len(A), dtype=A.dtype), cov_x, cov_y, cov_xy)
    return fit | {"rate": 0.5 * ((A @ cov_x) * A).sum()}


# -- errors in what is learnt ---------------------------------------------------------------------


def x_not_whitened(cov_x: Tensor, cov_y: Tensor, cov_xy: Tensor, beta: float) -> Learnt:
    values, rows = directions(cov_x, cov_y, cov_xy)
    L = torch.linalg.cholesky(cov_x)
    A = signals(values, beta).sqrt()[:, None] * (rows @ L)  # orthonormal rows
    return report(A, torch.eye(len(A), dtype=A.dtype), cov_x, cov_y, cov_xy)


def one_unit_too_few(cov_x: Tensor, cov_y: Tensor, cov_xy: Tensor, beta: float) -> Learnt:
    """The weakest direction that is worth its price has no unit."""
    A = encoder_at(cov_x, cov_y, cov_xy, beta)
    used = int((A.abs().sum(1) > 0).sum())
    if used:
        A = torch.cat([A[: used - 1], torch.zeros_like(A[used - 1 :])])
    return report(A, torch.eye(len(A), dtype=A.dtype), cov_x, cov_y, cov_xy)


# -- errors in the report -------------------------------------------------------------------------


def log_variance_for_the_variance(
    cov_x: Tensor, cov_y: Tensor, cov_xy: Tensor, beta: float
) -> Learnt:
    sizes = 0.5 ** (1 + torch.arange(len(cov_x), dtype=cov_x.dtype))
    fit = scaled(cov_x, cov_y, cov_xy, beta, sizes)
    return fit | {"noise": fit["noise"].diagonal().log()}


def deviation_for_the_variance(cov_x: Tensor, cov_y: Tensor, cov_xy: Tensor, beta: float) -> Learnt:
    sizes = 1.5 + torch.arange(len(cov_x), dtype=cov_x.dtype)
    return scaled(cov_x, cov_y, cov_xy, beta, sizes) | {"noise": sizes}


def entropy_left_out(cov_x: Tensor, cov_y: Tensor, cov_xy: Tensor, beta: float) -> Learnt:
    fit = best(cov_x, cov_y, cov_xy, beta)
    return fit | {"distortion": fit["distortion"] - entropy(cov_y)}


def rate_in_bits(cov_x: Tensor, cov_y: Tensor, cov_xy: Tensor, beta: float) -> Learnt:
    fit = best(cov_x, cov_y, cov_xy, beta)
    return fit | {"rate": fit["rate"] / math.log(2)}


def weighted_distortion(cov_x: Tensor, cov_y: Tensor, cov_xy: Tensor, beta: float) -> Learnt:
    fit = best(cov_x, cov_y, cov_xy, beta)
    return fit | {"distortion": beta * fit["distortion"]}


def decoded_without_noise(cov_x: Tensor, cov_y: Tensor, cov_xy: Tensor, beta: float) -> Learnt:
    """The decoder is evaluated, and fitted, on the means of the codes."""
    fit = best(cov_x, cov_y, cov_xy, beta)
    A = fit["encoder"][fit["encoder"].abs().sum(1) > 0]
    if not len(A):
        return fit
    silent = torch.zeros(len(A), len(A), dtype=A.dtype)
    return fit | {"distortion": entropy(left_open(A, silent, cov_x, cov_y, cov_xy))}


def decoder_of_independent_coordinates(
    cov_x: Tensor, cov_y: Tensor, cov_xy: Tensor, beta: float
) -> Learnt:
    fit = best(cov_x, cov_y, cov_xy, beta)
    left = left_open(fit["encoder"], fit["noise"], cov_x, cov_y, cov_xy)
    return fit | {"distortion": entropy(torch.diag(left.diagonal()))}


LOSS, COVARIANCE = {"lagrangian": "I_x - beta I_y"}, {"noise": "covariance"}
NATS = {"report": "nats"}

DEFECTS = (
    Defect(
        name="beta on the rate", call=beta_on_the_rate, convention=LOSS,
        why="the loss of a classifier plus beta times a KL is the other Lagrangian",
        changes=r"$1/\beta$ for $\beta$: at every $\beta > 1$ nothing is kept",
    ),
    Defect(
        name="beta forgotten", call=beta_forgotten,
        why="rate and distortion are added up as in an ELBO",
        changes="nothing is kept, whatever beta: at one, no nat of x is worth its price",
    ),
    Defect(
        name="rate averaged over the units", call=rate_averaged_over_units,
        why="`torch.mean` over the whole table of divergences, in place of a sum over its units",
        changes=r"$k\beta$ for $\beta$, and a rate below what the code tells",
        seen_in=("maxhodak/keras-molecules#59", "fchollet/deep-learning-with-python-notebooks#120"),
    ),
    Defect(
        name="rate not halved", call=rate_not_halved,
        why="the half in front of the divergence is lost",
        changes=r"$\beta/2$ for $\beta$, and twice the rate",
    ),
    Defect(
        name="decoder variance fixed at one", call=decoder_variance_of_one,
        why="half the squared error is the distortion of a decoder of variance one",
        changes="directions are kept for the variance that they explain of y, in its units",
    ),
    Defect(
        name="standard normal marginal, noise of one", call=standard_normal_marginal,
        why="noise of one for all units, with the divergence from a standard normal: half the "
        "squared mean",
        changes=r"$(1+s)(1+\lambda s) = \beta(1-\lambda)$: less is kept, and more is paid for it",
    ),
    Defect(
        name="x not whitened", call=x_not_whitened,
        why="eigenvectors of the whitened matrix are applied to x itself",
        changes=r"$V^\top$ in place of $V^\top L^{-1}$",
    ),
    Defect(
        name="one unit too few", call=one_unit_too_few,
        why="the code has fewer units than there are directions worth their price",
        changes="the weakest direction in use is lost",
    ),
    Defect(
        name="log-variance for the variance", call=log_variance_for_the_variance,
        why="the layer's output is returned as it is", convention=COVARIANCE,
        changes=r"$\log\sigma^2$ in place of $\sigma^2$: negative, for noise below one",
    ),
    Defect(
        name="deviation for the variance", call=deviation_for_the_variance,
        why="`Normal` takes a standard deviation, and it is returned as it is",
        convention=COVARIANCE, changes=r"$\sigma$ in place of $\sigma^2$",
        seen_in=("sutaoyu/IBMEA#2",),
    ),
    Defect(
        name="entropy of y left out", call=entropy_left_out,
        why="the information is reported, with its sign changed, for the loss of the decoder",
        changes=r"$-I(z;y)$ in place of $H(y) - I(z;y)$", convention=NATS,
    ),
    Defect(
        name="rate in bits", call=rate_in_bits, convention=NATS,
        why="the rate is logged in bits, the loss of the decoder in nats",
        changes=r"$R/\log 2$ beside $D$",
    ),
    Defect(
        name="distortion with its weight", call=weighted_distortion, convention=NATS,
        why="the term of the loss is logged, with beta in it",
        changes=r"$\beta D$ in place of $D$",
    ),
    Defect(
        name="decoded without noise", call=decoded_without_noise,
        why="in evaluation the mean of the code is decoded, in place of a sample",
        changes="more of y is found in the code than was paid for", convention=NATS,
    ),
    Defect(
        name="decoder of independent coordinates", call=decoder_of_independent_coordinates,
        why="one variance for each coordinate of y, as every library has it",
        changes="what is left open of y is correlated, and the decoder does not know",
        convention=NATS,
    ),
)  # fmt: skip
