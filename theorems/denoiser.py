r"""The best denoiser under a Gaussian mixture: definition, oracle, claims.

$Y = X + \sigma\epsilon$, and $X$ is drawn from component c with probability $w_c$, where it is
$N(m_c, v_c I)$; with every $v_c = 0$ the prior is a finite set of points.  With
$C_c = v_c + \sigma^2$ and the responsibilities $r_c \propto w_c\,N(y; m_c, C_c I)$,

$\hat x(y) = \mathbb{E}[X \mid y] = \sum_c r_c\mu_c,\quad
\mu_c = (v_c\,y + \sigma^2 m_c)/C_c$,

directly by Bayes' rule.  The Jacobian is the posterior covariance over $\sigma^2$; what is compared
as the gradient is its product with $(1, \dots, 1)$, for each row of y.

Samplers of images clip the estimate to [-1, 1], coordinate by coordinate: a function of its own,
and the same one where the data lie in there.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from .arithmetic import FLOAT64, Arithmetic
from .denoiser_problems import Noisy, design, problems, ranges, simpler
from .theorem import Claim, Evaluation, Family, gradient_claim, value_claim

__all__ = ["DENOISER", "Noisy", "Truth", "exponents", "oracle", "rounding"]


class Truth(NamedTuple):
    """The posterior means [n, d], the gradient of their total, and the sizes of rounding errors."""

    value: np.ndarray
    gradient: tuple[np.ndarray, ...]
    unit: float
    units: tuple[np.ndarray, ...]


# -- definition and oracle ------------------------------------------------------------------------


def oracle(problem: Noisy, *, clip: str = "none", arithmetic: Arithmetic = FLOAT64) -> Truth:
    """Value and gradient by hand, row by row of components [n, c, d]; `clip` is none or unit."""
    total, variance, centres, shares = _posterior(problem, arithmetic)
    mean = (shares * centres).sum(1)
    apart = centres - mean[:, None, :]
    v = arithmetic.array(problem.variances)[:, None]
    covariance = v * variance / total + apart * apart.sum(-1)[:, :, None]
    unit, units = rounding(problem)
    if clip == "unit":
        return _clipped(problem, mean, unit, units, arithmetic)
    return Truth(mean, ((shares * covariance).sum(1) / variance,), unit, (units,))


def _clipped(
    problem: Noisy, mean: Any, unit: float, units: np.ndarray, arithmetic: Arithmetic
) -> Truth:
    """Coordinates beyond 1 have no slope; a rounding error of one at 1 may give or take it all."""
    inside = np.asarray(abs(mean) <= 1, bool)
    bound = np.where(np.asarray(mean > 0, bool), arithmetic.number(1), arithmetic.number(-1))
    jacobian = _jacobian(problem, arithmetic)
    margin = np.maximum(np.abs(np.abs(np.asarray(mean, float)) - 1), 1e-18)
    turning = (np.abs(np.asarray(jacobian, float)) * (unit / margin)[:, :, None]).sum(1)
    slopes = (jacobian * inside[:, :, None]).sum(1)
    return Truth(np.where(inside, mean, bound), (slopes,), unit, (units + turning,))


def _jacobian(problem: Noisy, arithmetic: Arithmetic) -> Any:
    """The posterior covariances over the variance of the noise [n, d, d]."""
    total, variance, centres, shares = _posterior(problem, arithmetic)
    apart = centres - (shares * centres).sum(1)[:, None, :]
    narrow = arithmetic.array(problem.variances)[:, None] / total
    products = apart[:, :, :, None] * apart[:, :, None, :] / variance
    identity = arithmetic.array(np.eye(len(problem.means[0])))
    return (shares[:, :, :, None] * (products + narrow[:, :, None] * identity)).sum(1)


def _posterior(problem: Noisy, arithmetic: Arithmetic) -> tuple[Any, Any, Any, Any]:
    """Variances of the noised components [c, 1] and of the noise, posterior means per component
    [n, c, d], responsibilities [n, c, 1]; the exponents have their largest subtracted."""
    y, w, m, v = (arithmetic.array(part) for part in problem[:4])
    variance = arithmetic.number(problem.sigma) ** 2
    total = (v + variance)[:, None]
    y, d = y[:, None, :], len(problem.means[0])
    squares = ((y - m) ** 2).sum(-1)
    logits = arithmetic.log(w) - d * arithmetic.log(total[:, 0]) / 2 - squares / (2 * total[:, 0])
    weights = arithmetic.exp(logits - logits.max(1)[:, None])
    shares = (weights / weights.sum(1)[:, None])[:, :, None]
    return total, variance, (v[:, None] * y + variance * m) / total, shares


def exponents(problem: Noisy) -> np.ndarray:
    """One rounding error of the responsibilities' exponents [n, c, 1]: the size of their terms."""
    y, w, m, v = (np.asarray(part, float) for part in problem[:4])
    y, C = y[:, None, :], v + problem.sigma**2
    reach = (np.abs(y) + np.abs(m)) * np.abs(y - m)
    terms = np.abs(np.log(w)) + m.shape[1] * np.abs(np.log(C)) / 2 + reach.sum(-1) / C
    return np.asarray(1 + terms[:, :, None])


def rounding(problem: Noisy) -> tuple[float, np.ndarray]:
    """One rounding error of the value, and entry by entry of the gradient.

    Exponents err by the size of their terms, and so does what they weigh, as shares that are taken
    through a log-sum-exp do not add to one exactly: the components' means, or their pulls on y.  A
    code that goes through the noise or the score rounds y and the noise themselves.
    """
    total, variance, centres, shares = _posterior(problem, FLOAT64)
    y, _, m, v = (np.asarray(part, float) for part in problem[:4])
    y, v, terms = y[:, None, :], v[:, None], exponents(problem)
    apart = np.abs(centres - (shares * centres).sum(1)[:, None, :])
    sizes = (v * np.abs(y) + variance * np.abs(m)) / total
    away = np.abs(y - m) / total
    weighed = np.abs(centres) + variance * away
    value = (shares * (terms * weighed + sizes)).sum(1) + np.abs(y[:, 0]) + problem.sigma
    pulls = away * weighed.sum(-1)[:, :, None]
    slopes = terms * (v / total + apart * apart.sum(-1)[:, :, None] / variance + pulls)
    slopes = (
        slopes + (sizes * apart.sum(-1)[:, :, None] + apart * sizes.sum(-1)[:, :, None]) / variance
    )
    return float(value.max()), 1 + (shares * slopes).sum(1)


# -- claims ---------------------------------------------------------------------------------------


def shifted(problem: Noisy) -> tuple[Noisy]:
    y, means = (tuple(tuple(e + 1 for e in row) for row in t) for t in (problem.y, problem.means))
    return (problem._replace(y=y, means=means),)


def translated(problem: Noisy, truth: Truth, output: Evaluation, other: Evaluation) -> float:
    return -float(np.max(np.abs(output.value + 1 - other.value)))


def translated_unit(problem: Noisy, truth: Truth, *_: object) -> float:
    return truth.unit + rounding(shifted(problem)[0])[0]


def split(problem: Noisy) -> tuple[Noisy]:
    """The first component as two halves of itself."""
    y, w, means, variances, sigma = problem
    weights = (w[0] / 2, w[0] / 2, *w[1:])
    return (Noisy(y, weights, means[:1] + means, variances[:1] + variances, sigma),)


def turned(problem: Noisy) -> tuple[Noisy]:
    """Components in the reverse order."""
    y, w, means, variances, sigma = problem
    return (Noisy(y, w[::-1], means[::-1], variances[::-1], sigma),)


def unchanged(problem: Noisy, truth: Truth, output: Evaluation, other: Evaluation) -> float:
    return -float(np.max(np.abs(output.value - other.value)))


def alone(problem: Noisy) -> tuple[Noisy]:
    """The first component by itself."""
    return (Noisy(problem.y, (1.0,), problem.means[:1], problem.variances[:1], problem.sigma),)


def linear(problem: Noisy, truth: Truth, output: Evaluation, other: Evaluation) -> float:
    v, noise = problem.variances[0], problem.sigma**2
    wiener = (v * np.array(problem.y) + noise * np.array(problem.means[0])) / (v + noise)
    return -float(np.max(np.abs(other.value - wiener)))


def linear_unit(problem: Noisy, *_: object) -> float:
    return rounding(alone(problem)[0])[0]


def within_the_box(problem: Noisy, truth: Truth, output: Evaluation) -> float:
    """No coordinate leaves the interval of y and all means; without y, for a set of points."""
    low, high = np.min(problem.means, axis=0), np.max(problem.means, axis=0)
    if any(problem.variances):
        low, high = np.minimum(low, problem.y), np.maximum(high, problem.y)
    return float(min(np.min(output.value - low), np.min(high - output.value)))


def spread(problem: Noisy, truth: Truth, output: Evaluation) -> float:
    """The variance of the posterior's sum of coordinates, over that of the noise."""
    (slope,) = output.gradient
    return float(np.min(slope.sum(1) / truth.units[0].sum(1)))


def mirrored(problem: Noisy) -> tuple[Noisy]:
    """The first coordinate negated."""
    y, means = (tuple((-row[0], *row[1:]) for row in t) for t in (problem.y, problem.means))
    return (problem._replace(y=y, means=means),)


def symmetric(problem: Noisy, truth: Truth, output: Evaluation, other: Evaluation) -> float:
    """With D the reflection, D1'J'1 from the one and 1'J'D1 from the other."""
    ((slope,), (theirs,)) = output.gradient, other.gradient
    sign = np.ones(slope.shape[1])
    sign[0] = -1
    gaps = np.abs(slope @ sign - theirs @ sign) / truth.units[0].sum(1)
    return -float(np.max(gaps))


def unit(problem: Noisy, truth: Truth, *_: object) -> float:
    return truth.unit


PLAIN = {"clip": ("none",)}

CLAIMS = (
    value_claim(r"\hat x(y) = \mathbb{E}[X \mid Y = y]", unit),
    gradient_claim(
        r"\nabla_y\hat x\,(1, \dots, 1) = \operatorname{Cov}[X \mid y]\,(1, \dots, 1)/\sigma^2",
        lambda problem, truth: truth.units,
    ),
    Claim(
        name="linear", tex=r"c = 1 \Rightarrow \hat x = (v\,y + \sigma^2 m)/(v + \sigma^2)",
        why="of a single Gaussian the best denoiser is Wiener's", slack=linear,
        unit=linear_unit, related=alone, only=PLAIN,
    ),
    Claim(
        name="weights", tex=r"w\,q = \tfrac w2 q + \tfrac w2 q",
        why="a component may be written as two halves of itself", slack=unchanged, unit=unit,
        related=split,
    ),
    Claim(
        name="order", tex=r"\hat x(q_\pi) = \hat x(q)", why="components have no order",
        slack=unchanged, unit=unit, related=turned,
    ),
    Claim(
        name="translation", tex=r"\hat x(y + t; m + t) = \hat x(y; m) + t",
        why="it moves with the prior", slack=translated, unit=translated_unit, related=shifted,
        only=PLAIN,
    ),
    Claim(
        name="hull", tex=r"\hat x_j \in [\min_c m_{cj}, \max_c m_{cj}]\ \text{ (and } y_j\text{)}",
        why="a mean stays among what it averages: the points of the prior", slack=within_the_box,
        unit=unit, only=PLAIN,
    ),
    Claim(
        name="spread", tex=r"1^\top\nabla\hat x\,1 \ge 0",
        why="the Jacobian is a covariance, which is nowhere negative", slack=spread,
        unit=lambda *_: 1.0, of_gradient=True, only=PLAIN,
    ),
    Claim(
        name="symmetric Jacobian", tex=r"\nabla\hat x = \nabla\hat x^\top",
        why="the Jacobian is a covariance: no denoiser of any prior rotates",
        slack=symmetric, unit=lambda *_: 2.0, related=mirrored, of_gradient=True,
        only=PLAIN,
    ),
)  # fmt: skip


DENOISER = Family(
    name="denoiser", problem=Noisy, design=design, problems=problems, simpler=simpler,
    oracle=oracle, claims=CLAIMS, ranges=ranges,
)  # fmt: skip
