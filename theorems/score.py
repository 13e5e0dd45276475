r"""The score of a noised Gaussian mixture: definition, oracle, claims.

The prior is `denoiser`'s: component c has weight $w_c$ and is $N(m_c, v_c I)$.  With noise of
deviation $\sigma$ the components are $C_c = v_c + \sigma^2$ wide, and with the responsibilities
$r_c \propto w_c\,N(y; m_c, C_c I)$ and the pulls $a_c = (m_c - y)/C_c$

$s(y) = \nabla\log p_\sigma(y) = \sum_c r_c a_c,\quad
\nabla s = \sum_c r_c\,(a_c - s)(a_c - s)^\top - \sum_c r_c/C_c\,I$,

the gradient and the Hessian of a logarithm of a sum, where `denoiser` goes by Bayes' rule.  What is
compared as the gradient is the Hessian's product with $(1, \dots, 1)$, for each row of y.
"""

from __future__ import annotations

import numpy as np

from .arithmetic import FLOAT64, Arithmetic
from .denoiser import Truth, alone, exponents, mirrored, rounding, shifted, split, symmetric, turned
from .denoiser import unchanged as the_same
from .denoiser_problems import Noisy, design, problems, ranges, simpler
from .theorem import Claim, Evaluation, Family, gradient_claim, value_claim

__all__ = ["SCORE", "oracle"]


# -- definition and oracle ------------------------------------------------------------------------


def oracle(problem: Noisy, *, arithmetic: Arithmetic = FLOAT64) -> Truth:
    """Value and gradient by hand, row by row of components [n, c, d]."""
    y, w, m, v = (arithmetic.array(part) for part in problem[:4])
    C = v + arithmetic.number(problem.sigma) ** 2
    away, d = m - y[:, None, :], m.shape[1]
    logits = arithmetic.log(w) - d * arithmetic.log(C) / 2 - (away**2).sum(-1) / (2 * C)
    kernels = arithmetic.exp(logits - logits.max(1)[:, None])
    shares = (kernels / kernels.sum(1)[:, None])[:, :, None]
    pulls = away / C[:, None]
    score = (shares * pulls).sum(1)
    apart = pulls - score[:, None, :]
    curvature = (shares * (apart * apart.sum(-1)[:, :, None] - 1 / C[:, None])).sum(1)
    unit, units = _units(problem, np.asarray(shares, float))
    return Truth(score, (curvature,), unit, (units,))


def _units(problem: Noisy, shares: np.ndarray) -> tuple[float, np.ndarray]:
    """One rounding error of the value, and entry by entry of the gradient.

    Most codings go through the denoiser or the noise, and divide its errors by the variance of the
    noise.  Those that do not weigh each component's curvature by shares that err.
    """
    value, slopes = rounding(problem)
    variance = problem.sigma**2
    C = (np.asarray(problem.variances) + variance)[:, None]
    return value / variance, slopes / variance + (shares * exponents(problem) / C).sum(1)


# -- claims ---------------------------------------------------------------------------------------


def unit(problem: Noisy, truth: Truth, *_: object) -> float:
    return truth.unit


def _size(problem: Noisy) -> float:
    """One rounding error of the value."""
    return rounding(problem)[0] / problem.sigma**2


def shifted_unit(problem: Noisy, truth: Truth, *_: object) -> float:
    return truth.unit + _size(shifted(problem)[0])


def magnified(problem: Noisy) -> tuple[Noisy]:
    """Everything twice as far away, twice as wide and twice as noisy."""
    y, means = (tuple(tuple(2 * e for e in row) for row in t) for t in (problem.y, problem.means))
    wider = tuple(4 * v for v in problem.variances)
    return (Noisy(y, problem.weights, means, wider, 2 * problem.sigma),)


def halved(problem: Noisy, truth: Truth, output: Evaluation, other: Evaluation) -> float:
    return -float(np.max(np.abs(output.value - 2 * other.value)))


def halved_unit(problem: Noisy, truth: Truth, *_: object) -> float:
    return truth.unit + 2 * _size(magnified(problem)[0])


def moved_to_the_prior(problem: Noisy) -> tuple[Noisy]:
    """Half the noise, and each component as much wider: three quarters of its variance."""
    wider = tuple(v + 0.75 * problem.sigma**2 for v in problem.variances)
    return (problem._replace(variances=wider, sigma=problem.sigma / 2),)


def moved_unit(problem: Noisy, truth: Truth, *_: object) -> float:
    return truth.unit + _size(moved_to_the_prior(problem)[0])


def linear(problem: Noisy, truth: Truth, output: Evaluation, other: Evaluation) -> float:
    total = problem.variances[0] + problem.sigma**2
    expected = (np.array(problem.means[0]) - np.array(problem.y)) / total
    return -float(np.max(np.abs(other.value - expected)))


def linear_unit(problem: Noisy, *_: object) -> float:
    return _size(alone(problem)[0])


def at_two_nodes(problem: Noisy) -> tuple[Noisy]:
    """One Gaussian, seen at its mean plus and minus its deviation in every coordinate: the means
    of a linear function, and of its product with y, are what they are under the Gaussian."""
    (single,) = alone(problem)
    mean = np.array(single.means[0])
    deviation = np.sqrt(single.variances[0] + single.sigma**2)
    rows = tuple(tuple(map(float, mean + sign * deviation)) for sign in (1, -1))
    return (single._replace(y=rows),)


def stein(problem: Noisy, truth: Truth, output: Evaluation, other: Evaluation) -> float:
    (nodes,) = at_two_nodes(problem)
    away = np.array(nodes.y) - np.array(nodes.means[0])
    products = (other.value * away).mean(0)
    size = float(np.max(np.abs(away)))
    return -float(max(np.max(np.abs(other.value.mean(0))) * size, np.max(np.abs(products + 1))))


def stein_unit(problem: Noisy, *_: object) -> float:
    (nodes,) = at_two_nodes(problem)
    size = float(np.max(np.abs(np.array(nodes.y) - np.array(nodes.means[0]))))
    return 2 + 2 * size * _size(nodes)


def spread(problem: Noisy, truth: Truth, output: Evaluation) -> float:
    """The posterior variance of the sum of coordinates, over the square of the noise's."""
    (slope,) = output.gradient
    least = slope.sum(1) + slope.shape[1] / problem.sigma**2
    return float(np.min(least / truth.units[0].sum(1)))


CLAIMS = (
    value_claim(r"s(y) = \nabla\log p_\sigma(y)", unit),
    gradient_claim(
        r"\nabla s\,(1, \dots, 1) = \nabla^2\log p_\sigma(y)\,(1, \dots, 1)",
        lambda problem, truth: truth.units,
    ),
    Claim(
        name="linear", tex=r"c = 1 \Rightarrow s = (m - y)/(v + \sigma^2)",
        why="of a single Gaussian it is linear, and smoothed", slack=linear, unit=linear_unit,
        related=alone,
    ),
    Claim(
        name="Stein",
        tex=r"c = 1 \Rightarrow \mathbb{E}\,s(Y) = 0,\ \mathbb{E}[s(Y)_j (Y - m)_j] = -1",
        why="of a single Gaussian, by two nodes: the score is zero on average and points inwards",
        slack=stein, unit=stein_unit, related=at_two_nodes,
    ),
    Claim(
        name="weights", tex=r"w\,q = \tfrac w2 q + \tfrac w2 q",
        why="a component may be written as two halves of itself", slack=the_same, unit=unit,
        related=split,
    ),
    Claim(
        name="order", tex=r"s(q_\pi) = s(q)", why="components have no order",
        slack=the_same, unit=unit, related=turned,
    ),
    Claim(
        name="translation", tex=r"s(y + t; m + t) = s(y; m)",
        why="it moves with the prior, and does not change", slack=the_same, unit=shifted_unit,
        related=shifted,
    ),
    Claim(
        name="magnification", tex=r"s(2y; 2m, 4v, 2\sigma) = \tfrac12 s(y; m, v, \sigma)",
        why="its unit is one over that of the data", slack=halved, unit=halved_unit,
        related=magnified,
    ),
    Claim(
        name="noise added",
        tex=r"s(y; v, \sigma) = s(y; v + \tfrac34\sigma^2, \tfrac12\sigma)",
        why="it is the score of the noised law: what was noise may be counted to the data",
        slack=the_same, unit=moved_unit, related=moved_to_the_prior,
    ),
    Claim(
        name="spread", tex=r"1^\top(I + \sigma^2\,\nabla s)\,1 \ge 0",
        why="what the noise leaves uncertain is a covariance", slack=spread,
        unit=lambda *_: 1.0, of_gradient=True,
    ),
    Claim(
        name="symmetric Jacobian", tex=r"\nabla s = \nabla s^\top",
        why="it is the gradient of a logarithm of a density: it does not rotate",
        slack=symmetric, unit=lambda *_: 2.0, related=mirrored, of_gradient=True,
    ),
)  # fmt: skip


SCORE = Family(
    name="score", problem=Noisy, design=design, problems=problems, simpler=simpler,
    oracle=oracle, claims=CLAIMS, ranges=ranges,
)  # fmt: skip
