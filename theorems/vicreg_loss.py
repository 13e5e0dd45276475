r"""VICReg's loss of two views: definition, oracle, floor, invariances.

With $s_i(z) = \sqrt{v_i(z) + \epsilon}$, $v$ the variances and $c$ the covariances of a view
[n, d] over $n - 1$,

$L = \frac{\lambda}{nd}\lVert z - z'\rVert^2 + \frac{\mu}{d}\sum_i\tfrac12\bigl((1 - s_i(z))_+ +
(1 - s_i(z'))_+\bigr) + \frac{\nu}{d}\sum_{i\ne j}\bigl(c_{ij}(z)^2 + c_{ij}(z')^2\bigr)$

as in the authors' code; the paper's own formula has the squared distance summed over features, and
both hinges whole.
"""

from __future__ import annotations

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

__all__ = ["VICREG", "Embeddings", "Truth", "oracle"]


class Embeddings(NamedTuple):
    """Two views [n, d] of n samples, the weights of the three terms, and what is added to each
    variance."""

    z1: Matrix
    z2: Matrix
    sim_coeff: float = 25.0
    std_coeff: float = 25.0
    cov_coeff: float = 1.0
    eps: float = 1e-4


class Truth(NamedTuple):
    value: np.ndarray
    gradient: tuple[np.ndarray, np.ndarray]
    apart: float  # the invariance term
    hinges: float  # the variance term
    unit: float
    units: tuple[np.ndarray, np.ndarray]


# -- definition and oracle ------------------------------------------------------------------------


def oracle(
    problem: Embeddings, invariance: str = "mean", variance: str = "halved", divisor: str = "n-1",
    root: str = "variance + eps", *, arithmetic: Arithmetic = FLOAT64,
) -> Truth:  # fmt: skip
    """Value and gradient by hand, term by term."""
    views = [centred(z, arithmetic) for z in problem[:2]]
    gap, squares = _apart(problem.z1, problem.z2, arithmetic)
    n, d = gap.shape
    sim, std, cov, eps = (arithmetic.array(weight) for weight in problem[2:])
    sim = sim / (n * d if invariance == "mean" else n)
    std = std / (2 * d if variance == "halved" else d)
    cov, eps = cov / d, eps if root == "variance + eps" else 0 * eps
    over = n if divisor in ("n", "n for variances") else n - 1
    beside = n if divisor in ("n", "n for covariances") else n - 1
    hinges, crossed, own = 0 * squares, 0 * squares, arithmetic.array(np.eye(d))
    gradient, units = [], []
    unit = 3 * float(sim * squares)
    for view, pull in zip(views, (2 * sim * gap, -2 * sim * gap), strict=True):
        s = arithmetic.sqrt(view.variance * n / over + eps)
        short = np.asarray(s < 1, bool)
        off = view.products * (1 - own) / beside
        hinges = hinges + std * np.where(short, 1 - s, 0 * s).sum()
        crossed = crossed + cov * (off * off).sum()
        push = np.where(short, std / (s * over), 0 * s)
        gradient.append(pull - view.z * push + arithmetic.dot(view.z, off) * (4 * cov / beside))
        lengths, pushes, table = (np.asarray(x, float) for x in (s, push, off))
        share, slopes = _rounding(view, lengths, pushes, table, float(std), float(cov), beside)
        unit += share
        units.append(np.abs(np.asarray(pull, float)) + slopes)
    value = np.asarray(sim * squares + hinges + crossed)
    unit += d * float(value)  # as many roundings, of either sign, of a sum over pairs of features
    return Truth(
        value=value,
        gradient=(gradient[0], gradient[1]),
        apart=float(sim * squares),
        hinges=float(hinges),
        unit=unit,
        units=(units[0], units[1]),
    )


@lru_cache(maxsize=1024)  # a fit asks for it again with other weights
def _apart(z1: Matrix, z2: Matrix, arithmetic: Arithmetic) -> tuple[Any, Any]:
    gap = arithmetic.array(z1) - arithmetic.array(z2)
    return gap, (gap * gap).sum()


def _rounding(
    view: Centred, s: np.ndarray, push: np.ndarray, off: np.ndarray, std: float, cov: float,
    beside: int,
) -> tuple[float, np.ndarray]:  # fmt: skip
    """One rounding error of what a view loses, and of each feature's gradient: a covariance errs by
    as much as its two features are larger than they vary."""
    errs = np.outer(view.size, np.sqrt(np.asarray(view.variance, float)))
    errs, off = errs + errs.T, np.abs(off)
    value = std * float(((1 + s + view.size) * (push > 0)).sum())
    value += cov * float((2 * off * errs + COARSE * errs**2 + off**2).sum())
    hinged = push * (view.reach * view.size / s + view.far)
    crossed = 4 * cov / beside * (view.reach @ (off + errs) + view.far @ off)
    return value, hinged + crossed


@lru_cache(maxsize=8192)  # claims ask for that of the problems that they compare with
def rounding(problem: Embeddings) -> float:
    """By the conventions that weigh most."""
    return oracle(problem, "sum over features", "added").unit


# -- claims ---------------------------------------------------------------------------------------


def unit(problem: Embeddings, truth: Truth, *_: object) -> float:
    return truth.unit


def never_below(problem: Embeddings, truth: Truth, output: Evaluation) -> float:
    return float(output.value) - truth.apart - truth.hinges


def white(problem: Embeddings) -> tuple[Embeddings]:
    """Both views the same, of features that do not correlate and vary by four: Hadamard's columns
    but for the constant one."""
    d = len(problem.z1[0])
    table = np.array([[1.0]])
    while len(table) <= d:
        table = np.block([[table, table], [table, -table]])
    view = 2 * table[:, 1 : d + 1]
    return with_views(problem, view, view)


def nothing_lost(problem: Embeddings, truth: Truth, output: Evaluation, other: Evaluation) -> float:
    return -abs(float(other.value))


def shifted(problem: Embeddings) -> tuple[Embeddings]:
    """Both views moved alike, which rounds nothing."""
    step = 0.5 * (1 + np.arange(len(problem.z1[0])))
    return with_views(problem, *(np.asarray(z) + step for z in problem[:2]))


def _at_rest(problem: Embeddings, truth: Truth, output: Evaluation) -> float:
    """Both views moved alike by one feature: the gradients cancel (in units of their rounding)."""
    total = sum(slope.sum(axis=0) for slope in output.gradient)
    size = sum(part.sum(axis=0) for part in truth.units)
    return -float(np.max(np.abs(total) / size))


CLAIMS = (
    value_claim(
        r"L = \tfrac{\lambda}{nd}\lVert z-z'\rVert^2 + \tfrac{\mu}{2d}\textstyle\sum_i\bigl("
        r"(1-s_i(z))_+ + (1-s_i(z'))_+\bigr) + \tfrac{\nu}{d}\sum_{i\ne j}\bigl(c_{ij}(z)^2 + "
        r"c_{ij}(z')^2\bigr)",
        unit,
    ),
    gradient_claim(
        r"\nabla_z L = \tfrac{2\lambda}{nd}(z-z') - \tfrac{\mu}{2d(n-1)}\,\bar z\,[s < 1]/s + "
        r"\tfrac{4\nu}{d(n-1)}\,\bar z\,c_{\ne}",
        lambda problem, truth: truth.units,
    ),
    Claim(
        name="floor",
        tex=r"L \ge \tfrac{\lambda}{nd}\lVert z-z'\rVert^2 + \tfrac{\mu}{2d}\textstyle\sum_i\bigl("
        r"(1-s_i(z))_+ + (1-s_i(z'))_+\bigr) \ge 0",
        why="what is correlated is never a gain", slack=never_below, unit=unit,
    ),
    Claim(
        name="at rest",
        tex=r"\textstyle\sum_k(\partial_{z_{ki}} + \partial_{z'_{ki}})L = 0",
        why="no term sees where both views are", slack=_at_rest,
        unit=lambda problem, truth, output: 1.0, of_gradient=True,
    ),
    compared("white features", r"z = z',\ c_{\ne} = 0,\ s \ge 1 \Rightarrow L = 0",
             "views that agree, in features that vary and do not correlate, have nothing to lose",
             white, rounding, nothing_lost),
    compared("common shift", r"L(z + 1m^\top, z' + 1m^\top) = L(z, z')",
             "differences and covariances do not see a common origin", shifted, rounding),
    compared("orders and signs",
             r"L(\Pi z'P, \Pi zP) = L(z, z'),\ P \text{ a signed permutation}",
             "neither views nor pairs nor features have an order, and no term sees a sign",
             reordered, rounding),
)  # fmt: skip


VICREG = Family(
    name="vicreg", problem=Embeddings, oracle=oracle, claims=CLAIMS,
    **posed_as(Embeddings),
)  # fmt: skip
