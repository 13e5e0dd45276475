r"""Linear CKA of two feature matrices: definition, oracle, claims.

With $A = P(xx^\top)$ and $B = P(yy^\top)$ for a centring $P$ of `paired_features`,

$\mathrm{CKA} = \frac{\langle A, B\rangle}{\lVert A\rVert\,\lVert B\rVert}$, and
$\nabla_x = \frac{2}{\lVert A\rVert}\Bigl(\frac{B}{\lVert B\rVert} - \mathrm{CKA}\,
\frac{A}{\lVert A\rVert}\Bigr)x$:

HSIC over the root of the two self-similarities, whatever they are all multiplied by.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from .arithmetic import FLOAT64, Arithmetic
from .batch_claims import permuted, swapped, unchanged, unit, units
from .paired_features import (
    Features,
    centred,
    compared,
    copied,
    design,
    problems,
    ranges,
    shifted,
    simpler,
    spread,
    turned,
    with_small_units,
)
from .theorem import Claim, Evaluation, Family, gradient_claim, value_claim

__all__ = ["LINEAR_CKA", "Truth", "oracle"]


class Truth(NamedTuple):
    value: np.ndarray
    gradient: tuple[np.ndarray, np.ndarray]
    unit: float
    units: tuple[float, float]
    biased: float  # one if the biased Gram matrices are compared, else zero


# -- definition and oracle ------------------------------------------------------------------------


def oracle(
    problem: Features, estimator: str = "biased", *, arithmetic: Arithmetic = FLOAT64
) -> Truth:
    x, y = (arithmetic.array(z) for z in problem)
    (_, A), (_, B) = (centred(z, estimator, arithmetic) for z in (x, y))
    a, b = (arithmetic.sqrt((table * table).sum()) for table in (A, B))
    u, v = A / a, B / b
    value = (u * v).sum()
    size = _size(problem, estimator)
    lengths = [float(np.linalg.norm(np.asarray(z, float))) for z in problem]
    return Truth(
        value=np.asarray(value),
        gradient=(
            2 * arithmetic.dot(v - value * u, x) / a,
            2 * arithmetic.dot(u - value * v, y) / b,
        ),
        unit=size, units=(2 * size * lengths[0] / float(a), 2 * size * lengths[1] / float(b)),
        biased=float(estimator == "biased"),
    )  # fmt: skip


def _size(problem: Features, estimator: str) -> float:
    """One rounding error: what centring leaves is known to what it takes away, of n terms; that
    enters twice where a self-similarity is the trace of Gram matrices that are not centred."""
    return len(problem.x) * float(sum(spread(z, estimator) ** 2 for z in problem))


# -- claims ---------------------------------------------------------------------------------------


def rounding(problem: Features, truth: Truth) -> float:
    return _size(problem, "biased" if truth.biased else "unbiased")


def at_most_one(problem: Features, truth: Truth, output: Evaluation) -> float:
    return 1 - abs(float(output.value))


def nonnegative(problem: Features, truth: Truth, output: Evaluation) -> float:
    return float(output.value)


def one(problem: Features, truth: Truth, output: Evaluation, other: Evaluation) -> float:
    return -abs(float(other.value) - 1)


def along(problem: Features, truth: Truth, output: Evaluation) -> float:
    """Longer features are no less alike: no gradient points along them (in units of rounding)."""
    worst = 0.0
    for z, g, size in zip(problem, output.gradient, truth.units, strict=True):
        share = abs((np.asarray(z) * g).sum()) / (size * np.linalg.norm(z))
        worst = float(np.maximum(worst, share))  # unlike max, it keeps a NaN
    return -worst


CLAIMS = (
    value_claim(
        r"\mathrm{CKA} = \frac{\langle A, B\rangle}{\lVert A\rVert\,\lVert B\rVert},\ "
        r"A = P(xx^\top),\ B = P(yy^\top)",
        unit,
    ),
    gradient_claim(
        r"\nabla_x = \frac{2}{\lVert A\rVert}\Bigl(\frac{B}{\lVert B\rVert} - \mathrm{CKA}\,"
        r"\frac{A}{\lVert A\rVert}\Bigr)x",
        units,
    ),
    Claim(
        name="at most one", tex=r"\lvert\mathrm{CKA}\rvert \le 1", slack=at_most_one, unit=unit,
        why="it is a cosine, by Cauchy and Schwarz",
    ),
    Claim(
        name="nonnegative", tex=r"\mathrm{CKA} \ge 0", slack=nonnegative, unit=unit,
        why="HSIC's biased estimate is the squared norm of a covariance",
        only={"estimator": ("biased",)},
    ),
    Claim(
        name="tangency", tex=r"\langle x, \nabla_x\mathrm{CKA}\rangle = 0", slack=along,
        why="how long features are does not enter", unit=lambda problem, truth, output: 1.0,
        of_gradient=True,
    ),
    compared("a copy", r"\mathrm{CKA}(x, 2xQ + 1a^\top) = 1",
             "features turned, moved and scaled are the same features", one, copied, rounding),
    compared("exchange", r"\mathrm{CKA}(y, x) = \mathrm{CKA}(x, y)",
             "each is as much like the other", unchanged, swapped, rounding),
    compared("shift", r"\mathrm{CKA}(x + 1a^\top, y + 1b^\top) = \mathrm{CKA}(x, y)",
             "features are centred", unchanged, shifted, rounding),
    compared("rotation", r"\mathrm{CKA}(xQ, yR) = \mathrm{CKA}(x, y)",
             "only inner products of samples enter", unchanged, turned, rounding),
    compared("sample order", r"\mathrm{CKA}(\Pi x, \Pi y) = \mathrm{CKA}(x, y)",
             "samples have no order", unchanged, permuted, rounding),
    compared("units of measurement", r"\mathrm{CKA}(2x, -\tfrac12y) = \mathrm{CKA}(x, y)",
             "one scale for all features of a kind does not enter", unchanged, with_small_units,
             rounding),
)  # fmt: skip

LINEAR_CKA = Family(
    name="cka", problem=Features, design=design, problems=problems, simpler=simpler,
    oracle=oracle, claims=CLAIMS, ranges=ranges,
)  # fmt: skip
