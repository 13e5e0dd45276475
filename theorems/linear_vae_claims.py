"""What every linear variational autoencoder owes to probabilistic PCA and to the frontier.

All slacks are in nats and linear in what the ELBO falls short of, so that rounding enters once, at
the size `unit`.  Where the code says to how many nats it has converged, it is allowed those.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import wraps

import numpy as np

from .covariance import Bottleneck
from .linear_vae import (
    Learnt,
    Shortfalls,
    Source,
    averages,
    elbo_of,
    flatness,
    highest,
    level_of,
    maximum,
    oracle,
    point,
    proper,
    rate_at,
    shortfalls,
    unit,
)
from .linear_vae_problems import design, problems, simpler
from .theorem import Claim, Family

__all__ = ["FRONTIER", "PROBABILISTIC_PCA", "VAE"]

LEARNED = {"noise": ("learned",)}


def reported(source: Source, fit: Learnt) -> float:
    return elbo_of(source, fit) if fit.elbo is None else fit.elbo


def of_numbers(slack: Callable[..., float]) -> Callable[..., float]:
    """NaN, which every claim is missed by, where variances are none or a run has diverged."""

    @wraps(slack)
    def guarded(problem: Bottleneck, source: Source, fit: Learnt) -> float:
        if not proper(fit):
            return math.nan
        try:
            return slack(problem, source, fit)
        except (np.linalg.LinAlgError, OverflowError):
            return math.nan

    return guarded


# -- always ---------------------------------------------------------------------------------------


def positive(problem: Bottleneck, source: Source, fit: Learnt) -> float:
    """Infinitely wrong, if it is: no rounding makes a variance negative."""
    return 0.0 if proper(fit) else -math.inf


@of_numbers
def honest(problem: Bottleneck, source: Source, fit: Learnt) -> float:
    if fit.elbo is None:
        return 0.0
    apart = elbo_of(source, fit) - fit.elbo
    return apart if fit.variance is None else -abs(apart)


@of_numbers
def below_the_likelihood(problem: Bottleneck, source: Source, fit: Learnt) -> float:
    return highest(source, fit.beta)[0] - reported(source, fit)


@of_numbers
def near_the_principal_axes(problem: Bottleneck, source: Source, fit: Learnt) -> float:
    lost = shortfalls(source, fit)
    short = maximum(source, fit.beta, fit.sigma2) - reported(source, fit)
    return float(short - lost.axes - np.sum(lost.lengths))


@of_numbers
def below_its_own_bound(problem: Bottleneck, source: Source, fit: Learnt) -> float:
    return maximum(source, fit.beta, fit.sigma2) - reported(source, fit)


@of_numbers
def beyond_the_frontier(problem: Bottleneck, source: Source, fit: Learnt) -> float:
    """The rate is the one that the reported ELBO leaves to this distortion."""
    distortion, rate = averages(source, fit)
    hidden = elbo_of(source, fit) - reported(source, fit)
    return fit.beta * (rate - rate_at(source, distortion)) + hidden


def frontier_unit(problem: Bottleneck, source: Source, fit: Learnt) -> float:
    """Along the frontier a rounding error of the distortion is one of the rate, over 2s."""
    if not proper(fit):
        return 1.0
    steepness = fit.level / level_of(source, averages(source, fit)[0])
    return unit(problem, source, fit) * (1 + steepness)


# -- at the optimum -------------------------------------------------------------------------------


def flat_unit(problem: Bottleneck, source: Source, fit: Learnt) -> float:
    return unit(problem, source, fit) * (1 + flatness(source, fit)) if proper(fit) else 1.0


def flat_frontier_unit(problem: Bottleneck, source: Source, fit: Learnt) -> float:
    return frontier_unit(problem, source, fit) * (1 + flatness(source, fit)) if proper(fit) else 1.0


def without(lost: Callable[[Shortfalls], float]) -> Callable[..., float]:
    """The claim that nothing is lost by this term, beyond the tolerance."""

    @of_numbers
    def slack(problem: Bottleneck, source: Source, fit: Learnt) -> float:
        return fit.tolerance - lost(shortfalls(source, fit))

    return slack


@of_numbers
def best_noise(problem: Bottleneck, source: Source, fit: Learnt) -> float:
    """What the best variance for this decoder and encoder would add."""
    d = len(fit.decoder)
    ratio = averages(source, fit)[0] / (d * fit.sigma2)
    return float(fit.tolerance - 0.5 * d * (ratio - 1 - np.log(ratio)))


@of_numbers
def at_the_likelihood(problem: Bottleneck, source: Source, fit: Learnt) -> float:
    """With another weight on the KL the variance may have several local maxima."""
    if fit.beta != 1:
        return math.inf
    return fit.tolerance - (source.likelihood - elbo_of(source, fit))


@of_numbers
def on_the_frontier(problem: Bottleneck, source: Source, fit: Learnt) -> float:
    return fit.tolerance - (maximum(source, fit.beta, fit.sigma2) - elbo_of(source, fit))


@of_numbers
def at_its_slope(problem: Bottleneck, source: Source, fit: Learnt) -> float:
    """How far the tangent at this distortion is from the one of slope -1/2s: below the frontier."""
    best, (distortion, _) = point(source, fit.level), averages(source, fit)
    above = rate_at(source, distortion) - best.rate
    along = (distortion - best.distortion) / (2 * fit.level)
    return fit.tolerance - fit.beta * (above + along)


@of_numbers
def active(problem: Bottleneck, source: Source, fit: Learnt) -> float:
    top = source.moments.values[: source.k] > fit.level
    return fit.tolerance - float(np.sum(shortfalls(source, fit).lengths[top]))


@of_numbers
def collapsed(problem: Bottleneck, source: Source, fit: Learnt) -> float:
    bottom = source.moments.values[: source.k] <= fit.level
    return fit.tolerance - float(np.sum(shortfalls(source, fit).lengths[bottom]))


PROBABILISTIC_PCA = (
    Claim(
        name="positive", tex=r"0 < \sigma^2, \beta, t_j < \infty",
        why="variances are positive, and everything is finite", slack=positive, unit=unit,
    ),
    Claim(
        name="honesty", tex=r"\hat J = -\tfrac d2\log 2\pi\sigma^2 - D/2\sigma^2 - \beta R",
        why="the reported ELBO is that of the returned parameters on the data, exactly; report "
        "none where it is an estimate from samples",
        slack=honest, unit=unit,
    ),
    Claim(
        name="ceiling",
        tex=r"\hat J \le -\tfrac12\bigl(d\log2\pi+\sum_{i\le k}\log\lambda_i+(d-k)\log\bar\lambda"
        r"+d\bigr)\ \ (\beta = 1)",
        why="no ELBO is above the likelihood of probabilistic PCA, trained or not",
        slack=below_the_likelihood, unit=unit,
    ),
    Claim(
        name="nearness",
        tex=r"J^* - \hat J \ge \tfrac\beta2\bigl(\operatorname{tr}C^{-1}\Sigma - \textstyle"
        r"\sum_i\lambda_i/c_i\bigr) + \tfrac\beta2\sum_{i\le k}\bigl(\ell_i(c_i)-\min_{c\ge s}"
        r"\ell_i(c)\bigr),\ \ell_i(c) = \log c + \lambda_i/c,\ c_i \text{ of } C = WW^\top+sI",
        why="the nearer the ELBO is to its maximum, the nearer the decoder's columns are to the "
        "top eigenvectors, and their squared lengths to the eigenvalues less s",
        slack=near_the_principal_axes, unit=unit,
    ),
    Claim(
        name="offset", tex=r"b = \mu", why="the decoder's offset is the mean of the data",
        slack=without(lambda lost: lost.mean), unit=flat_unit, binds="at the optimum",
    ),
    Claim(
        name="principal axes", tex=r"\operatorname{tr}C^{-1}\Sigma = \sum_i\lambda_i/c_i,\ "
        r"C = WW^\top + sI",
        why="the decoder spans the top eigenvectors, the longer columns the earlier ones",
        slack=without(lambda lost: lost.axes), unit=flat_unit, binds="at the optimum",
    ),
    Claim(
        name="rotation", tex=r"W^\top W \text{ is diagonal}",
        why="an encoder of diagonal variance leaves no rotation free: only signs and the order",
        slack=without(lambda lost: lost.rotation), unit=flat_unit, binds="at the optimum",
    ),
    Claim(
        name="posterior means", tex=r"V = (W^\top W + sI)^{-1}W^\top",
        why="the encoder's mean is the posterior's, which shrinks: not the pseudo-inverse",
        slack=without(lambda lost: lost.means), unit=flat_unit, binds="at the optimum",
    ),
    Claim(
        name="posterior variances", tex=r"t_j = s/(\lVert w_j\rVert^2 + s)",
        why="the encoder's variances are those of the posterior precision's diagonal, inverted",
        slack=without(lambda lost: lost.variances), unit=flat_unit, binds="at the optimum",
    ),
    Claim(
        name="noise", tex=r"\sigma^2 = D/d",
        why="the decoder's variance is what is left over, per feature: at $\\beta = 1$ the mean of "
        "the discarded eigenvalues",
        slack=best_noise, unit=flat_unit, binds="at the optimum", only=LEARNED,
    ),
    Claim(
        name="likelihood",
        tex=r"J = \max_{W,b,\sigma^2}\tfrac1n\sum_i\log p(x_i)\ \ (\beta = 1)",
        why="a run that says it has converged has the likelihood of probabilistic PCA",
        slack=at_the_likelihood, unit=flat_unit, binds="at the optimum", only=LEARNED,
    ),
)  # fmt: skip

FRONTIER = (
    Claim(
        name="bound", tex=r"\hat J \le -\tfrac d2\log2\pi\sigma^2 - D^*/2\sigma^2 - \beta R^*",
        why="no ELBO is above the frontier's tangent at its own $\\beta$ and variance",
        slack=below_its_own_bound, unit=unit,
    ),
    Claim(
        name="frontier", tex=r"R \ge R_k(D)",
        why="no linear code of k units describes the data to within D by fewer nats than the "
        "reported ELBO leaves",
        slack=beyond_the_frontier, unit=frontier_unit,
    ),
    Claim(
        name="reaches the frontier", tex=r"D/2s + R = D^*/2s + R^*",
        why="a run that says it has converged lies on the frontier",
        slack=on_the_frontier, unit=flat_unit, binds="at the optimum",
    ),
    Claim(
        name="slope", tex=r"dR/dD = -1/2s",
        why="and where the frontier has the slope that $\\beta$ and the variance ask for",
        slack=at_its_slope, unit=flat_frontier_unit, binds="at the optimum",
    ),
    Claim(
        name="active units", tex=r"\lambda_i > s \Rightarrow \sigma_i(W)^2 = \lambda_i - s",
        why="a unit whose eigenvalue is above the level is in use",
        slack=active, unit=flat_unit, binds="at the optimum",
    ),
    Claim(
        name="collapsed units", tex=r"\lambda_i \le s \Rightarrow \sigma_i(W) = 0",
        why="a unit whose eigenvalue is not above the level has collapsed to the prior",
        slack=collapsed, unit=flat_unit, binds="at the optimum",
    ),
)  # fmt: skip


def family(claims: tuple[Claim, ...]) -> Family:
    return Family(
        name="vae", problem=Bottleneck, design=design, problems=problems, simpler=simpler,
        oracle=oracle, claims=claims,
    )  # fmt: skip


VAE = family(PROBABILISTIC_PCA + FRONTIER)
