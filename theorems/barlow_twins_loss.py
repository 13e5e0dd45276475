r"""Barlow Twins' loss of two views: definition, oracle, bounds, invariances.

With $a$ and $b$ the views [n, d], each feature less its mean and divided by its standard deviation
over n, and $c = a^\top b/n$ their correlations,

$L = \gamma\bigl(\sum_i (1 - c_{ii})^2 + \lambda\sum_{i\ne j} c_{ij}^2\bigr)$.

Where the standard deviation is the one over $n - 1$, every $c_{ij}$ is smaller by $(n-1)/n$; batch
normalisation adds an $\epsilon$ to each variance under the root.
"""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np

from .arithmetic import FLOAT64, Arithmetic
from .lattice import Matrix
from .paired_views import (
    COARSE,
    Centred,
    centred,
    compared,
    posed_as,
    reordered,
    with_views,
)
from .theorem import Claim, Evaluation, Family, gradient_claim, value_claim

__all__ = ["BARLOW_TWINS", "Truth", "Twins", "oracle"]


class Twins(NamedTuple):
    """Two views [n, d] of n samples, the weight lambda of the redundancy, a factor, and what is
    added to each variance where any is."""

    z1: Matrix
    z2: Matrix
    lambd: float = 0.005
    scale_loss: float = 1.0
    eps: float = 1e-5  # added to the variances by those who add any


class Truth(NamedTuple):
    value: np.ndarray
    gradient: tuple[np.ndarray, np.ndarray]
    largest: float  # no loss of d features is above it
    unit: float
    units: tuple[np.ndarray, np.ndarray]


EXACT = {"root": ("variance",)}


# -- definition and oracle ------------------------------------------------------------------------


def oracle(
    problem: Twins, deviation: str = "n", root: str = "variance",
    weight: str = "lambda", *, arithmetic: Arithmetic = FLOAT64,
) -> Truth:  # fmt: skip
    """Value and gradient by hand: through the correlations, and then through the moments."""
    first, second = (centred(z, arithmetic) for z in problem[:2])
    n, d = first.z.shape
    scale = arithmetic.array(problem.scale_loss)
    share = arithmetic.array(problem.lambd) if weight == "lambda" else _over(1, d, arithmetic)
    shrunk = _over(n - 1, n, arithmetic) if deviation == "n-1" else arithmetic.number(1)
    added = arithmetic.array(problem.eps) if root == "variance + eps" else arithmetic.number(0)
    s, t = (arithmetic.sqrt(v.variance + added * shrunk) for v in (first, second))
    a, b = first.z / s, second.z / t
    c = arithmetic.dot(a.T, b) * (shrunk / n)
    own = arithmetic.array(np.eye(d))
    off, miss = scale * share * (1 - own), c - own
    weights = off + scale * own
    slope = 2 * weights * miss * (shrunk / n)  # by the sum of products a_ki b_kj
    pulls = (arithmetic.dot(b, slope.T), arithmetic.dot(a, slope))
    gradient = tuple(
        (g - g.sum(axis=0) / n - u * ((u * g).sum(axis=0) / n)) / deviations
        for g, u, deviations in zip(pulls, (a, b), (s, t), strict=True)
    )
    lengths, others, by, off_by = (np.asarray(x, float) for x in (s, t, weights, miss))
    unit, units = _rounding(first, second, lengths, others, by, off_by)
    return Truth(
        value=np.asarray((weights * miss * miss).sum()),
        gradient=(gradient[0], gradient[1]),
        largest=float(scale) * (4 * d + float(share) * d * (d - 1)),
        unit=unit, units=units,
    )  # fmt: skip


def _over(a: int, b: int, arithmetic: Arithmetic) -> Any:
    return arithmetic.number(a) / arithmetic.number(b)


def _rounding(
    first: Centred, second: Centred, s: np.ndarray, t: np.ndarray, weights: np.ndarray,
    miss: np.ndarray,
) -> tuple[float, tuple[np.ndarray, np.ndarray]]:  # fmt: skip
    """One rounding error of the value, and of each feature's gradient: a correlation errs by as
    much as its two features are larger than they vary, and a sum over pairs of features rounds by
    either sign."""
    errs = first.spread[:, None] + second.spread
    value = float((weights * (2 * np.abs(miss) * errs + COARSE * errs**2 + len(s) * miss**2)).sum())
    pulled = 2 * weights * (np.abs(miss) + 1) * errs / len(first.z)
    return value, (pulled @ (second.reach / t) / s, pulled.T @ (first.reach / s) / t)


@lru_cache(maxsize=8192)  # claims ask for that of the problems that they compare with
def rounding(problem: Twins) -> float:
    return max(oracle(problem, deviation).unit for deviation in ("n", "n-1"))


# -- claims ---------------------------------------------------------------------------------------


def unit_of(problem: Twins, truth: Truth, *_: object) -> float:
    return truth.unit


def within(problem: Twins, truth: Truth, output: Evaluation) -> float:
    value = float(output.value)
    return float(np.minimum(value, truth.largest - value))


def remeasured(problem: Twins) -> tuple[Twins]:
    """Each feature of each view in units and from an origin of its own, which rounds nothing."""
    x, y = (np.asarray(z) for z in problem[:2])
    steps = np.arange(x.shape[1])
    return with_views(problem, x * 2.0 ** (steps % 3 - 1) + 0.5, y * 2.0 ** (1 - steps % 2) - steps)


def with_a_copy(problem: Twins) -> tuple[Twins]:
    return with_views(problem, problem.z1, problem.z1)


def nothing_on_the_diagonal(
    problem: Twins, truth: Truth, output: Evaluation, other: Evaluation
) -> float:
    """A view against itself loses what its features are correlated, and nothing else."""
    between = np.corrcoef(np.asarray(problem.z1), rowvar=False) - np.eye(len(problem.z1[0]))
    expected = problem.scale_loss * problem.lambd * float((between**2).sum())
    return -abs(float(other.value) - expected)


def _at_rest(problem: Twins, truth: Truth, output: Evaluation) -> float:
    """No gradient moves a feature's origin, or its unit (in units of its rounding)."""
    worst = 0.0
    for view, slope, size in zip(problem[:2], output.gradient, truth.units, strict=True):
        z = np.asarray(view) - np.mean(view, axis=0)
        for along in (np.ones_like(z), z / np.std(view, axis=0)):
            worst = float(np.maximum(worst, np.max(np.abs((along * slope).sum(axis=0)) / size)))
    return -worst / len(problem.z1)


CLAIMS = (
    value_claim(
        r"L = \gamma\bigl(\textstyle\sum_i (1 - c_{ii})^2 + \lambda\sum_{i\ne j} c_{ij}^2\bigr)",
        unit_of,
    ),
    gradient_claim(
        r"\nabla_{c} L = -2\gamma(1 - c_{ii}),\ 2\gamma\lambda c_{ij},"
        r"\text{ through means and deviations}",
        lambda problem, truth: truth.units,
    ),
    Claim(
        name="bounds", tex=r"0 \le L \le \gamma(4d + \lambda d(d-1))",
        why="correlations lie between -1 and 1", slack=within, unit=unit_of,
    ),
    Claim(
        name="at rest",
        tex=r"\textstyle\sum_k \partial_{z_{ki}} L = 0,\ \sum_k a_{ki}\,\partial_{z_{ki}} L = 0",
        why="correlations do not see a feature's origin or unit", slack=_at_rest,
        unit=lambda problem, truth, output: 1.0, of_gradient=True, only=EXACT,
    ),
    replace(
        compared("its own copy", r"L(z, z) = \gamma\lambda\textstyle\sum_{i\ne j} r_{ij}(z)^2",
                 "every feature agrees with itself entirely", with_a_copy, rounding,
                 nothing_on_the_diagonal),
        only={"deviation": ("n",), "weight": ("lambda",), **EXACT},
    ),
    replace(
        compared("units of measurement",
                 r"L(z\Lambda + 1m^\top, z'\Lambda' + 1m'^\top) = L(z, z'),"
                 r"\ \Lambda, \Lambda' > 0 \text{ diagonal}",
                 "each view's features are measured by its own statistics", remeasured, rounding),
        only=EXACT,
    ),
    compared("orders and signs",
             r"L(\Pi z'P, \Pi zP) = L(z, z'),\ P \text{ a signed permutation}",
             "neither views nor pairs nor features have an order, and no term sees a sign",
             reordered, rounding),
)  # fmt: skip


BARLOW_TWINS = Family(
    name="barlow-twins", problem=Twins, oracle=oracle, claims=CLAIMS,
    **posed_as(Twins),
)  # fmt: skip
