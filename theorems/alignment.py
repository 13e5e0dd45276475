r"""Alignment of pairs of directions: definition, oracle, bounds, invariances.

With $u_i = x_i/\lvert x_i\rvert$ and $v_i = y_i/\lvert y_i\rvert$ for n pairs,

$L = \frac1n\sum_i \lvert u_i - v_i\rvert^\alpha$,

which for $\alpha = 2$ is twice what the mean cosine lacks of one.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from . import nt_xent_problems
from .arithmetic import FLOAT64, Arithmetic
from .batch_claims import PAIR_ORDER, ROTATION, ROW_SCALE, TANGENCY, VIEW_SWAP, unit, units
from .lattice import Matrix
from .nt_xent_problems import Batch
from .softmax_rows import directions, through_the_norms
from .theorem import Claim, Evaluation, Family, gradient_claim, value_claim

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

__all__ = ["ALIGNMENT", "Pairs", "Truth", "oracle"]

TINY = 1e-8  # shorter distances are all rounding


class Pairs(NamedTuple):
    """Two views of n rows of dimension d, and the power alpha, which lives inside the code."""

    x: Matrix
    y: Matrix
    alpha: float = 2.0


class Truth(NamedTuple):
    value: np.ndarray
    gradient: tuple[np.ndarray, np.ndarray]
    cosine: float  # the mean cosine of the pairs
    unit: float
    units: tuple[np.ndarray, np.ndarray]


# -- definition and oracle ------------------------------------------------------------------------


def oracle(problem: Pairs, *, arithmetic: Arithmetic = FLOAT64) -> Truth:
    """Value and gradient by hand.  Where a pair agrees its gradient is zero, as autograd has it."""
    u, u_norms = directions(arithmetic.array(problem.x), arithmetic)
    v, v_norms = directions(arithmetic.array(problem.y), arithmetic)
    n, alpha = len(u), arithmetic.number(problem.alpha)
    gap = u - v
    squares = (gap * gap).sum(axis=1, keepdims=True)
    apart = np.asarray(squares > 0, bool)
    if problem.alpha == 2:
        powers, slopes = squares, 0 * squares + 1
    else:
        logs = arithmetic.log(np.where(apart, squares, 0 * squares + 1))
        powers = np.where(apart, arithmetic.exp(logs * (alpha / 2)), 0 * squares)
        slopes = np.where(apart, arithmetic.exp(logs * (alpha / 2 - 1)), 0 * squares)
    pull = gap * slopes * (alpha / n)
    size, sizes = _rounding(problem, np.sqrt(np.asarray(squares, float)))
    norms = [np.linalg.norm(z, axis=1, keepdims=True) for z in (problem.x, problem.y)]
    return Truth(
        value=np.asarray(powers.sum() / n),
        gradient=(through_the_norms(pull, u, u_norms), through_the_norms(-pull, v, v_norms)),
        cosine=float((u * v).sum() / n),
        unit=size,
        units=(sizes / norms[0], sizes / norms[1]),
    )


def _rounding(problem: Pairs, distances: np.ndarray) -> tuple[float, np.ndarray]:
    """One rounding error of the value, and of a row's gradient in its direction.

    A squared distance errs by four units, taken from coordinates or from the cosine, and the power
    passes that on.
    """
    alpha, n = problem.alpha, len(distances)
    d = distances if alpha == 2 else np.maximum(distances, TINY)
    size = float((2 * alpha * d ** (alpha - 2) + alpha * d**alpha).mean())
    steeper = 2 * abs(alpha - 2) * d ** (alpha - 3) if alpha != 2 else 0 * d
    return size, alpha / n * (2 * d ** (alpha - 2) + d ** (alpha - 1) + steeper)


# -- claims ---------------------------------------------------------------------------------------


def _within(problem: Pairs, truth: Truth, output: Evaluation) -> float:
    value = float(output.value)
    return float(np.minimum(value, 2**problem.alpha - value))


def _by_cosines(problem: Pairs, truth: Truth, output: Evaluation) -> float:
    """Equal for alpha 2; beyond, the mean of powers is on one side of the power of the mean."""
    mean = float(max(0.0, 2 - 2 * truth.cosine) ** (problem.alpha / 2))
    excess = float(output.value) - mean
    if problem.alpha == 2:
        return -abs(excess)
    return excess if problem.alpha > 2 else -excess


CLAIMS = (
    value_claim(r"L = \tfrac1n\textstyle\sum_i\lvert u_i - v_i\rvert^\alpha", unit),
    gradient_claim(
        r"\nabla_{u_i} L = \tfrac{\alpha}{n}\lvert u_i - v_i\rvert^{\alpha-2}(u_i - v_i),"
        r"\text{ through the norms}",
        units,
    ),
    Claim(
        name="bounds", tex=r"0 \le L \le 2^\alpha",
        why="unit vectors are between nothing and two apart", slack=_within, unit=unit,
    ),
    Claim(
        name="cosines",
        tex=r"\alpha = 2 \Rightarrow L = 2 - \tfrac2n\textstyle\sum_i u_i \cdot v_i",
        why="a squared distance of unit vectors is twice what the cosine lacks of one",
        slack=_by_cosines, unit=unit,
    ),
    TANGENCY,
    PAIR_ORDER,
    VIEW_SWAP,
    ROTATION,
    ROW_SCALE,
)  # fmt: skip


# -- problems -------------------------------------------------------------------------------------


def _pairs(batch: Batch) -> Pairs:
    return Pairs(batch.z1, batch.z2)


def design() -> tuple[Pairs, ...]:
    """NT-Xent's 24 probes, aligned, clustered and badly scaled ones among them; and opposite
    rows."""
    opposite = ((1.0, 2.0), (-0.5, 1.0)), ((-1.0, -2.0), (0.5, -1.0))
    return (*map(_pairs, nt_xent_problems.design()), Pairs(*opposite))


def ranges() -> tuple[Pairs, ...]:
    return tuple(dict.fromkeys(map(_pairs, nt_xent_problems.ranges())))


def problems() -> SearchStrategy[Pairs]:
    return nt_xent_problems.problems().map(_pairs)


def simpler(problem: Pairs) -> Iterator[Pairs]:
    """Fewer pairs, fewer columns, plainer entries; no row ever vanishes."""
    for other in nt_xent_problems.simpler(Batch(problem.x, problem.y, 1.0)):
        yield Pairs(other.z1, other.z2, problem.alpha)


ALIGNMENT = Family(
    name="alignment", problem=Pairs, design=design, problems=problems, simpler=simpler,
    oracle=oracle, claims=CLAIMS, ranges=ranges,
)  # fmt: skip
