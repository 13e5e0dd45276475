r"""Uniformity of one batch of directions: definition, oracle, floors, invariances.

With $u_i = x_i/\lvert x_i\rvert$ for n rows,

$U = \log\frac1{\lvert P\rvert}\sum_{(i,j) \in P} e^{-t\lvert u_i - u_j\rvert^2}$,

where $P$ are the pairs $i < j$, or all $n^2$ with each row beside itself.  It is zero where all
directions agree, and least where they are spread; how low that is says `sphere_energy`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from . import nt_xent_problems
from .arithmetic import FLOAT64, Arithmetic
from .batch_claims import PAIR_ORDER, ROTATION, ROW_SCALE, TANGENCY, floor_claim, unit, units
from .lattice import Matrix, lattice
from .nt_xent_problems import Batch
from .softmax_rows import directions, soft_max, through_the_norms
from .sphere_energy import floor
from .theorem import Claim, Evaluation, Family, gradient_claim, value_claim

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

__all__ = ["UNIFORMITY", "Cloud", "Truth", "oracle"]


class Cloud(NamedTuple):
    """n rows of dimension d, and the steepness t, which lives inside the code."""

    x: Matrix
    t: float = 2.0


class Truth(NamedTuple):
    value: np.ndarray
    gradient: tuple[np.ndarray]
    floor: float
    closest: float  # -t times the smallest squared distance among the pairs
    log_count: float  # of the number of pairs
    spread: float  # -t times their mean squared distance
    unit: float
    units: tuple[np.ndarray]


# -- definition and oracle ------------------------------------------------------------------------


def oracle(problem: Cloud, pairs: str = "i<j", *, arithmetic: Arithmetic = FLOAT64) -> Truth:
    """Value and gradient by hand: each pair pushes by its share of the sum."""
    u, norms = directions(arithmetic.array(problem.x), arithmetic)
    n, d, t = len(u), len(problem.x[0]), arithmetic.number(problem.t)
    exponents = (arithmetic.gram(u) - 1) * (2 * t)
    left_out = np.eye(n, dtype=bool) & (pairs == "i<j")
    total, shares = soft_max(exponents.reshape(1, -1), arithmetic, left_out.reshape(1, -1))
    shares, count = shares.reshape(n, n), n * n - int(left_out.sum())
    number = arithmetic.number(count)
    value = total[0] - arithmetic.log(arithmetic.array([number]))[0]
    gradient = through_the_norms(arithmetic.dot(shares, u) * (4 * t), u, norms)
    counted = np.asarray(exponents, float)[~left_out]
    size = _rounding(problem, float(value), count, pairs)
    pulled = size * (1 / n + np.asarray(shares, float).sum(axis=1))
    lengths = np.linalg.norm(problem.x, axis=1, keepdims=True)
    return Truth(
        value=np.asarray(value),
        gradient=(gradient,),
        floor=floor(n, d, problem.t, pairs),
        closest=float(counted.max()),
        log_count=float(np.log(count)),
        spread=float(counted.mean()),
        unit=size,
        units=(4 * problem.t * pulled[:, None] / lengths,),
    )


def _rounding(problem: Cloud, value: float, count: int, pairs: str) -> float:
    """One rounding error of the value: of the exponents, and of the rows' own terms where these are
    added first and then taken off."""
    own = np.exp(-value) / (len(problem.x) - 1) if pairs == "i<j" else 0.0
    return float(8 * problem.t + 1 + np.log(count) + own)


# -- claims ---------------------------------------------------------------------------------------


def _below_the_closest(problem: Cloud, truth: Truth, output: Evaluation) -> float:
    """A mean is no more than the largest term, nor less than its share of it."""
    value = float(output.value)
    return float(np.minimum(truth.closest - value, value - truth.closest + truth.log_count))


def _above_the_spread(problem: Cloud, truth: Truth, output: Evaluation) -> float:
    return float(output.value) - truth.spread


def _of_rows(claim: Claim) -> Claim:
    """A claim on two views, on the one table of rows."""

    def related(problem: Cloud) -> tuple[Cloud, ...]:
        return tuple(
            problem._replace(x=other.z1)
            for other in claim.related(Batch(problem.x, problem.x, problem.t))
        )

    return replace(claim, related=related)


CLAIMS = (
    value_claim(
        r"U = \log\tfrac1{\lvert P\rvert}\textstyle\sum_P e^{-t\lvert u_i - u_j\rvert^2}", unit
    ),
    gradient_claim(
        r"\nabla_{u_i} U = 4t\,\textstyle\sum_j w_{ij} u_j,\quad w_{ij} = e^{-t\lvert u_i - u_j"
        r"\rvert^2}/\sum_{kl} e^{-t\lvert u_k - u_l\rvert^2},\text{ through the norms}",
        units,
    ),
    replace(
        floor_claim(
            r"U \ge \log\tfrac{nA - 1}{n-1},\ -\tfrac{2tn}{n-1}\quad(i<j);\qquad "
            r"U \ge \log A,\ \log\tfrac{1 + (n-1)e^{-2tn/(n-1)}}{n}\quad(\text{all});\qquad "
            r"A = e^{-2t}A_d(2t)"
        ),
        why="no batch is more uniform than the sphere itself, nor than a simplex",
    ),
    Claim(
        name="closest pair",
        tex=r"-t\delta - \log\lvert P\rvert \le U \le -t\delta,\quad"
        r"\delta = \min_P\lvert u_i - u_j\rvert^2",
        why="a mean of exponentials is mostly its largest one", slack=_below_the_closest, unit=unit,
    ),
    Claim(
        name="mean distance",
        tex=r"U \ge -t\,\operatorname{mean}_P\lvert u_i - u_j\rvert^2",
        why="Jensen: the logarithm of a mean is no less than the mean of logarithms",
        slack=_above_the_spread, unit=unit,
    ),
    replace(TANGENCY, slack=lambda problem, *rest: TANGENCY.slack(problem[:1], *rest)),
    replace(_of_rows(PAIR_ORDER), name="row order", tex=r"U(x_\pi) = U(x)",
            why="rows have no order"),
    replace(_of_rows(ROTATION), tex=r"U(xQ) = U(x)"),
    replace(_of_rows(ROW_SCALE), tex=r"U(\Lambda x) = U(x)"),
)  # fmt: skip


# -- problems -------------------------------------------------------------------------------------


def design() -> tuple[Cloud, ...]:
    """28 probes: NT-Xent's first views, a simplex, a square, coinciding and opposite rows, and a
    cloud larger than those for which distances are computed one by one."""
    batches = nt_xent_problems.design()
    probes = [Cloud(batch.z1) for batch in batches[:16]]
    probes += [Cloud(batch.z2) for batch in (*batches[:4], *batches[17:19], batches[22])]
    probes.append(Cloud(batches[16].z1 + batches[16].z1[:2]))
    square = ((1.0, 0.0), (0.0, 1.0), (-1.0, 0.0), (0.0, -1.0))
    probes += [Cloud(square), Cloud(square[::2]), Cloud(square[:1] * 3), Cloud(lattice(32, 4, 70))]
    return tuple(probes)


def ranges() -> tuple[Cloud, ...]:
    """Batch sizes and norms that people use, nearly coinciding rows, and just beyond."""
    rows = lattice(4, 3, 300)
    close = tuple((4.0, 1.0, x / 64) for x in (-1.0, 0.0, 1.0))
    scaled = [tuple(tuple(x * f for x in row) for row in rows) for f in (2.0**-10, 2.0**10)]
    clouds = (lattice(16, 8, 100), lattice(128, 64, 400), lattice(64, 2, 401), close, *scaled)
    return tuple(map(Cloud, clouds))


def problems() -> SearchStrategy[Cloud]:
    return nt_xent_problems.problems().map(lambda batch: Cloud(batch.z1 + batch.z2[:2]))


def simpler(problem: Cloud) -> Iterator[Cloud]:
    """Fewer rows, fewer columns, plainer entries; no row ever vanishes."""
    seen = {problem.x}
    for other in nt_xent_problems.simpler(Batch(problem.x, problem.x, 1.0)):
        if other.z1 not in seen:
            seen.add(other.z1)
            yield problem._replace(x=other.z1)


UNIFORMITY = Family(
    name="uniformity", problem=Cloud, design=design, problems=problems, simpler=simpler,
    oracle=oracle, claims=CLAIMS, ranges=ranges,
)  # fmt: skip
