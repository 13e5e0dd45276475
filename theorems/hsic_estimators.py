r"""HSIC of two feature matrices with linear kernels: definition, oracle, claims.

With $K = xx^\top$, $L = yy^\top$ and $P$ a centring of `paired_features`,

$\mathrm{HSIC} = c\,\langle P(K), P(L)\rangle$,

where $c = 1/(n(n-3))$ for the unbiased estimate and $1/(n-1)^2$ for the biased one (by other
conventions $1/n^2$, or 1).  As $P$ is a projection, $\nabla_x = 2c\,P(L)\,x$.
"""

from __future__ import annotations

from functools import lru_cache
from math import comb
from typing import Any, NamedTuple

import numpy as np

from .arithmetic import FLOAT64, Arithmetic
from .batch_claims import permuted, swapped, unchanged, unit, units
from .lattice import Matrix
from .paired_features import (
    Features,
    centred,
    compared,
    design,
    problems,
    ranges,
    shifted,
    simpler,
    turned,
    with_small_units,
)
from .theorem import Claim, Evaluation, Family, gradient_claim, value_claim

__all__ = ["HSIC", "Truth", "factor", "oracle"]

BIASED = ("biased", "biased over n", "biased sum")
SAMPLE = 4  # the smallest of which the unbiased estimate is defined
OFTEN = (1, 2, 3)


class Truth(NamedTuple):
    value: np.ndarray
    gradient: tuple[np.ndarray, np.ndarray]
    unit: float
    units: tuple[float, float]
    factor: float


# -- definition and oracle ------------------------------------------------------------------------


def factor(n: int, estimator: str, arithmetic: Arithmetic = FLOAT64) -> Any:
    """What the inner product of the centred Gram matrices is multiplied by."""
    count = {
        "unbiased": n * (n - 3),
        "biased": (n - 1) ** 2,
        "biased over n": n * n,
        "biased sum": 1,
    }[estimator]
    return arithmetic.number(1) / arithmetic.number(count)


def oracle(
    problem: Features, estimator: str = "unbiased", *, arithmetic: Arithmetic = FLOAT64
) -> Truth:
    x, y = (arithmetic.array(z) for z in problem)
    (_, K), (_, L) = (centred(z, estimator, arithmetic) for z in (x, y))
    c = factor(len(x), estimator, arithmetic)
    return Truth(
        value=np.asarray(c * (K * L).sum()),
        gradient=(2 * c * arithmetic.dot(L, x), 2 * c * arithmetic.dot(K, y)),
        unit=float(c) * _size(problem), units=_units(problem, float(c)), factor=float(c),
    )  # fmt: skip


@lru_cache(maxsize=8192)  # claims ask for those of the problems that they compare with
def _size(problem: Features) -> float:
    """One rounding error of the inner product: n terms of the size of the Gram matrices, which is
    the square of that of the features."""
    x, y = map(_length, problem)
    return len(problem.x) * (x * y) ** 2


def _length(features: Matrix) -> float:
    return float(np.linalg.norm(np.asarray(features, float)))


def _units(problem: Features, c: float) -> tuple[float, float]:
    x, y = map(_length, problem)
    return 2 * c * len(problem.x) * x * y * y, 2 * c * len(problem.x) * y * x * x


# -- claims ---------------------------------------------------------------------------------------


def rounding(problem: Features, truth: Truth) -> float:
    return truth.factor * _size(problem)


def nonnegative(problem: Features, truth: Truth, output: Evaluation) -> float:
    return float(output.value)


def samples(problem: Features) -> tuple[Features, ...]:
    """All samples of four from a law that has the first two rows, each half the time: so often the
    one, and else the other; but for those of one row alone, in which nothing varies."""
    return tuple(Features(*(z[:1] * k + z[1:2] * (SAMPLE - k) for z in problem)) for k in OFTEN)


def in_expectation(
    problem: Features, truth: Truth, output: Evaluation, *others: Evaluation
) -> float:
    """The mean over the samples is the law's own, the squared norm of a covariance."""
    total = sum(comb(SAMPLE, k) * float(o.value) for k, o in zip(OFTEN, others, strict=True))
    x, y = ((np.asarray(z[0]) - z[1]) / 2 for z in problem)
    return -abs(total / 2.0**SAMPLE - float((x @ x) * (y @ y)))


def of_the_samples(problem: Features, truth: Truth, *_: object) -> float:
    """At least the problem's own: the two rows may both be zero."""
    theirs = float(factor(SAMPLE, "unbiased")) * max(map(_size, samples(problem)))
    return max(truth.unit, theirs)


CLAIMS = (
    value_claim(r"\mathrm{HSIC} = c\,\langle P(xx^\top), P(yy^\top)\rangle", unit),
    gradient_claim(
        r"\nabla_x = 2c\,P(yy^\top)\,x,\ \nabla_y = 2c\,P(xx^\top)\,y",
        units,
    ),
    Claim(
        name="unbiased",
        tex=r"\mathbb{E}\,\mathrm{HSIC} = \lVert\operatorname{Cov}(x, y)\rVert_F^2",
        why="the mean over all samples of four from a law of two points is the law's own",
        slack=in_expectation, unit=of_the_samples, related=samples,
        only={"estimator": ("unbiased",)},
    ),
    Claim(
        name="nonnegative", tex=r"\mathrm{HSIC} \ge 0",
        why="it is the squared norm of a covariance", slack=nonnegative, unit=unit,
        only={"estimator": BIASED},
    ),
    compared("exchange", r"\mathrm{HSIC}(y, x) = \mathrm{HSIC}(x, y)",
             "each depends as much on the other", unchanged, swapped, rounding),
    compared("shift", r"\mathrm{HSIC}(x + 1a^\top, y + 1b^\top) = \mathrm{HSIC}(x, y)",
             "a covariance does not see the means", unchanged, shifted, rounding),
    compared("rotation", r"\mathrm{HSIC}(xQ, yR) = \mathrm{HSIC}(x, y)",
             "only inner products of samples enter", unchanged, turned, rounding),
    compared("sample order", r"\mathrm{HSIC}(\Pi x, \Pi y) = \mathrm{HSIC}(x, y)",
             "samples have no order", unchanged, permuted, rounding),
    compared("units of measurement", r"\mathrm{HSIC}(2x, -\tfrac12y) = \mathrm{HSIC}(x, y)",
             "what x gains in length y loses", unchanged, with_small_units, rounding),
)  # fmt: skip

HSIC = Family(
    name="hsic", problem=Features, design=design, problems=problems, simpler=simpler,
    oracle=oracle, claims=CLAIMS, ranges=ranges,
)  # fmt: skip
