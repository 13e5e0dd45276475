r"""The spectral contrastive loss of a batch: definition, oracle, floors, invariances.

With the inner products $s_{ij} = z_i \cdot z'_j$ of n pairs,

$L = -\frac2n\sum_i s_{ii} + \frac1{n(n-1)}\sum_{i \ne j}s_{ij}^2$,

an unbiased estimate of the population's.  Code that averages over all $n^2$ pairs, own ones
included, computes another function; the authors' shortens rows that are longer than one first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from .arithmetic import FLOAT64, Arithmetic
from .batch_claims import (
    PAIR_ORDER,
    ROTATION,
    ROW_SCALE,
    TANGENCY,
    VIEW_SWAP,
    balance_claim,
    unit,
    units,
)
from .lattice import Matrix, lattice, quarters, simpler_entries, times, without_column, without_row
from .theorem import Claim, Evaluation, Family, gradient_claim, value_claim

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

__all__ = ["SPECTRAL_LOSS", "Truth", "Views", "oracle"]

BOUNDED = ("at most one", "one")


class Views(NamedTuple):
    """Two views of n rows of dimension d; no row vanishes, and none has exactly the length one,
    where a row that is shortened has no slope."""

    z1: Matrix
    z2: Matrix


class Truth(NamedTuple):
    value: np.ndarray
    gradient: tuple[np.ndarray, np.ndarray]
    floor: float  # of all pairs
    unit: float
    units: tuple[np.ndarray, np.ndarray]


# -- definition and oracle ------------------------------------------------------------------------


def oracle(
    problem: Views, negatives: str = "other pairs", lengths: str = "free", *,
    arithmetic: Arithmetic = FLOAT64,
) -> Truth:  # fmt: skip
    """Value and gradient by hand: each inner product pulls as it is, its own pair's by less two."""
    (u, back_u), (v, back_v) = (_rows(arithmetic.array(z), lengths, arithmetic) for z in problem)
    n, d = len(u), len(problem.z1[0])
    own, one = arithmetic.array(np.eye(n)), arithmetic.number(1)
    kept, count = (one - own, n * (n - 1)) if negatives == "other pairs" else (0 * own + one, n * n)
    scores = arithmetic.dot(u, v.T)
    pull = 2 * kept * scores / count - 2 * own / n
    size, sizes = _rounding(problem, lengths, np.asarray(kept, float) / count)
    return Truth(
        value=np.asarray((kept * scores * scores).sum() / count - 2 * (own * scores).sum() / n),
        gradient=(back_u(arithmetic.dot(pull, v)), back_v(arithmetic.dot(pull.T, u))),
        floor=-float(min(n, d)),
        unit=size,
        units=sizes,
    )


def _rows(z: Any, lengths: str, arithmetic: Arithmetic) -> tuple[Any, Callable[[Any], Any]]:
    """The rows as they enter, and the way back for a gradient."""
    if lengths == "free":
        return z, lambda slope: slope
    norms = arithmetic.sqrt((z * z).sum(axis=1, keepdims=True))
    turned = np.asarray(norms > 0 if lengths == "one" else norms > 1, bool)
    scale = np.where(turned, norms, 0 * norms + 1)
    u = z / scale
    along = np.where(turned, u, 0 * u)
    return u, lambda slope: (slope - (slope * along).sum(axis=1, keepdims=True) * along) / scale


def _rounding(problem: Views, lengths: str, weights: np.ndarray) -> tuple[float, Any]:
    """One rounding error of the value, and of a row's gradient: an inner product errs by two units
    of the product of the norms."""
    norms = [np.linalg.norm(z, axis=1) for z in problem]
    a, b = norms
    if lengths != "free":
        a, b = (np.ones_like(x) if lengths == "one" else np.minimum(x, 1) for x in norms)
    scores = np.outer(a, b)
    size = 2 * float(2 * (a * b).mean() + 2 * (weights * scores**2).sum())
    first = 2 * b / len(a) + 4 * (weights * scores) @ b
    second = 2 * a / len(a) + 4 * (weights * scores).T @ a
    scales = a / norms[0], b / norms[1]
    return size, (2 * (first * scales[0])[:, None], 2 * (second * scales[1])[:, None])


# -- claims ---------------------------------------------------------------------------------------


def _above(problem: Views, truth: Truth, output: Evaluation) -> float:
    return float(output.value) - truth.floor


def _within(problem: Views, truth: Truth, output: Evaluation) -> float:
    return float(np.minimum(output.value + 2, 3 - output.value))


def _of(claim: Claim, **only: tuple[str, ...]) -> Claim:
    return replace(claim, only=only)


CLAIMS = (
    value_claim(
        r"L = -\tfrac2n\textstyle\sum_i s_{ii} + \tfrac1{n(n-1)}\sum_{i \ne j}s_{ij}^2", unit
    ),
    gradient_claim(
        r"\nabla_{z_i} L = -\tfrac2n z'_i + \tfrac2{n(n-1)}\textstyle\sum_{j \ne i}s_{ij}z'_j",
        units,
    ),
    Claim(
        name="floor", tex=r"L \ge -\min(n, d)\text{ over all pairs}",
        why="the inner products have rank d, and leave n - d of the n own pairs unexplained",
        slack=_above, unit=unit, only={"negatives": ("all pairs",)},
    ),
    Claim(
        name="bounds", tex=r"-2 \le L \le 3\text{ of rows no longer than one}",
        why="no inner product exceeds one", slack=_within, unit=unit, only={"lengths": BOUNDED},
    ),
    _of(TANGENCY, lengths=("one",)),
    PAIR_ORDER,
    VIEW_SWAP,
    ROTATION,
    _of(ROW_SCALE, lengths=("one",)),
    _of(balance_claim("only inner products of one view with the other enter"), lengths=("free",)),
)  # fmt: skip


# -- problems -------------------------------------------------------------------------------------

SIZES = ((2, 1), (2, 2), (3, 2), (2, 3), (4, 3), (3, 5), (8, 4), (5, 16))


def _table(rows: int, columns: int, salt: int, size: float = 0.75) -> Matrix:
    """Multiples of 3/16: no sum of their squares is one."""
    return tuple(tuple(size * x for x in row) for row in lattice(rows, columns, salt))


def design() -> tuple[Views, ...]:
    """24 probes: sizes; equal, opposite, orthogonal and badly scaled views; rows all shorter, and
    all longer, than one."""
    probes = [
        Views(_table(n, d, 1000 + 2 * k), _table(n, d, 1001 + 2 * k))
        for k, (n, d) in enumerate(SIZES * 2)
    ]
    z1, z2 = _table(4, 3, 1050), _table(4, 3, 1051)
    scaled = tuple(tuple(x * 8.0 ** (i - 1) for x in row) for i, row in enumerate(z2))
    basis = tuple(tuple(1.5 * (i == j) for j in range(3)) for i in range(3))
    probes += [
        Views(z1, z1), Views(z1, times(z1, -1.0)), Views(z1, scaled), Views(basis, basis),
        Views(times(z1, 0.125), times(z2, 0.125)), Views(times(z1, 8.0), times(z2, 8.0)),
        Views(z1, z1[1:] + z1[:1]), Views(times(z1, 8.0), times(z2, 0.125)),
    ]  # fmt: skip
    return tuple(probes)


def ranges() -> tuple[Views, ...]:
    """Batch sizes, dimensions and norms that people use, and just beyond."""
    z1, z2 = _table(4, 3, 1100), _table(4, 3, 1101)
    probes = [Views(_table(n, d, 1102), _table(n, d, 1103)) for n, d in ((16, 8), (64, 24))]
    probes += [Views(times(z1, 2.0**k), times(z2, 2.0**k)) for k in (-8, 8)]
    return (*probes, Views(z1, z1))


def problems() -> SearchStrategy[Views]:
    """Values first and sizes last, so that shrinking reaches two pairs of one number."""
    from hypothesis import strategies as st

    row = st.lists(quarters(), min_size=2, max_size=2)
    pool = st.lists(row, min_size=6, max_size=6)
    return st.builds(_cut, pool, st.integers(2, 3), st.integers(1, 2))


def _cut(pool: list[list[float]], n: int, d: int) -> Views:
    rows = [
        tuple(0.75 * x for x in row[:d]) if any(row[:d]) else (0.75,) + (0.0,) * (d - 1)
        for row in pool
    ]
    return Views(tuple(rows[:n]), tuple(rows[3 : 3 + n]))


def simpler(problem: Views) -> Iterator[Views]:
    """Fewer pairs, never fewer than two; fewer columns; plainer entries."""
    for candidate in _candidates(problem):
        if all(0 < sum(x * x for x in row) != 1 for table in candidate for row in table):
            yield candidate


def _candidates(problem: Views) -> Iterator[Views]:
    z1, z2 = problem
    n, d = len(z1), len(z1[0])
    for half in (slice(None, n // 2), slice(n // 2, None)) if n > 3 else ():
        yield Views(z1[half], z2[half])
    if d > 3:
        yield Views(*(tuple(row[: d // 2] for row in z) for z in problem))
    for i in range(n if n > 2 else 0):
        yield Views(without_row(z1, i), without_row(z2, i))
    for j in range(d if d > 1 else 0):
        yield Views(without_column(z1, j), without_column(z2, j))
    for plainer in simpler_entries(z1):
        yield Views(plainer, z2)
    for plainer in simpler_entries(z2):
        yield Views(z1, plainer)


SPECTRAL_LOSS = Family(
    name="spectral-contrastive", problem=Views, design=design, problems=problems, simpler=simpler,
    oracle=oracle, claims=CLAIMS, ranges=ranges,
)  # fmt: skip
