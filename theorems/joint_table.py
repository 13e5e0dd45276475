r"""The mutual information of a joint table of probabilities: definition, oracle, claims, problems.

$I = \sum_{ij} p_{ij}\log\frac{p_{ij}}{p_{i\cdot}\,p_{\cdot j}}$ in nats, with $0\log 0 = 0$.
A table is divided by its total, so that the gradient is the one among tables that sum to one,
$\log\frac{p_{ij}}{p_{i\cdot}\,p_{\cdot j}} - I$; a table with an empty cell has none.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from .arithmetic import FLOAT64, Arithmetic
from .lattice import Matrix, lattice
from .theorem import Claim, Evaluation, Family, gradient_claim, value_claim

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

__all__ = ["JOINT_TABLE", "Joint", "Truth", "merged", "oracle", "split"]


class Joint(NamedTuple):
    """Probabilities [m, n] of the outcomes of X (rows) and Y (columns); they add to one."""

    p: Matrix


class Truth(NamedTuple):
    """The information; its gradient; the most that any such table has; rounding errors."""

    value: np.ndarray
    gradient: tuple[np.ndarray, ...]
    ceiling: float
    unit: float
    gradient_unit: float


# -- definition and oracle ------------------------------------------------------------------------


def oracle(problem: Joint, *, arithmetic: Arithmetic = FLOAT64) -> Truth:
    """The mean of the log-ratio; the gradient is zero where it does not exist."""
    p = arithmetic.array(problem.p)
    total = p.sum()  # one, but for the rounding of the cells
    p = p / total
    seen = np.asarray(problem.p, float) > 0
    independent = p.sum(axis=1)[:, None] * p.sum(axis=0)
    ratios = arithmetic.log(p[seen] / independent[seen])
    value = (p[seen] * ratios).sum()
    slope = (ratios - value).reshape(p.shape) / total if seen.all() else p * 0
    unit, gradient_unit = _units(np.asarray(p, float))
    ceiling = float(np.log(min(p.shape)))
    return Truth(np.asarray(value), (slope,), ceiling, unit, gradient_unit)


@lru_cache(maxsize=4096)  # claims ask for those of the problems that they compare with
def _unit_at(problem: Joint) -> float:
    return _units(np.asarray(problem.p))[0]


def _units(p: np.ndarray) -> tuple[float, float]:
    """One rounding error of the value and of a slope: the logarithms of cells and marginals, which
    the sum of entropies cancels."""
    seen = p > 0
    rows, columns = np.broadcast_arrays(p.sum(1)[:, None], p.sum(0))
    sizes = 1 + np.abs([np.log(part[seen]) for part in (p, rows, columns)]).sum(axis=0)
    return float((p[seen] * sizes).sum()), float(sizes.max() + 1)


# -- claims ---------------------------------------------------------------------------------------


def unit(problem: Joint, truth: Truth, *_: object) -> float:
    return truth.unit


def nonnegative(problem: Joint, truth: Truth, output: Evaluation) -> float:
    return float(output.value)


def below_the_ceiling(problem: Joint, truth: Truth, output: Evaluation) -> float:
    return truth.ceiling - float(output.value)


def unchanged(problem: Joint, truth: Truth, output: Evaluation, other: Evaluation) -> float:
    return -abs(float(output.value) - float(other.value))


def transposed(problem: Joint) -> tuple[Joint]:
    return (Joint(tuple(zip(*problem.p, strict=True))),)


def independent(problem: Joint) -> tuple[Joint]:
    """The product of the marginals."""
    p = np.asarray(problem.p)
    return (_joint(np.outer(p.sum(1), p.sum(0))),)


def vanishes(problem: Joint, truth: Truth, output: Evaluation, other: Evaluation) -> float:
    return -abs(float(other.value))


def copied(problem: Joint) -> tuple[Joint]:
    """X and X: all cells off the diagonal are empty."""
    return (_joint(np.diag(np.asarray(problem.p).sum(1))),)


def is_the_entropy(problem: Joint, truth: Truth, output: Evaluation, other: Evaluation) -> float:
    rows = np.asarray(problem.p).sum(1)
    seen = rows[rows > 0] / rows.sum()
    return -abs(float(other.value) + float(seen @ np.log(seen)))


def with_an_empty_row(problem: Joint) -> tuple[Joint]:
    return (Joint((*problem.p, (0.0,) * len(problem.p[0]))),)


def merged(problem: Joint) -> tuple[Joint]:
    """The first two outcomes of X told apart no more."""
    first, *others = problem.p
    if not others:
        return (problem,)
    both = tuple(a + b for a, b in zip(first, others[0], strict=True))
    return (Joint((both, *others[1:])),)


def not_raised(problem: Joint, truth: Truth, output: Evaluation, other: Evaluation) -> float:
    return float(output.value) - float(other.value)


def split(problem: Joint) -> tuple[Joint]:
    """The first outcome of X split in two by a coin that knows nothing of Y."""
    first, *others = problem.p
    shares = [tuple(share * x for x in first) for share in (0.25, 0.75)]
    return (Joint((*shares, *others)),)


def _joint(table: np.ndarray) -> Joint:
    return Joint(tuple(map(tuple, table.tolist())))


def _without_empty_cells(problem: Joint, truth: Truth, output: Evaluation) -> float:
    if not all(cell > 0 for row in problem.p for cell in row):
        return 0.0
    return _GRADIENT.slack(problem, truth, output)


_GRADIENT = gradient_claim(
    r"\nabla_{p_{ij}} I = \log\frac{p_{ij}}{p_{i\cdot}\,p_{\cdot j}} - I",
    lambda problem, truth: (truth.gradient_unit,),
    why="the gradient among tables that sum to one is the log-ratio less its mean",
)


def _compared(name: str, tex: str, why: str, slack: Any, related: Any) -> Claim:
    def both(problem: Joint, truth: Truth, *_: object) -> float:
        return truth.unit + sum(_unit_at(other) for other in related(problem))

    return Claim(name=name, tex=tex, why=why, slack=slack, unit=both, related=related)


CLAIMS = (
    value_claim(r"I = \sum_{ij}p_{ij}\log\frac{p_{ij}}{p_{i\cdot}\,p_{\cdot j}}", unit),
    replace(_GRADIENT, slack=_without_empty_cells),
    Claim(
        name="nonnegative", tex=r"I \ge 0", slack=nonnegative, unit=unit,
        why="nobody knows less than nothing of Y for having seen X",
    ),
    Claim(
        name="ceiling", tex=r"I \le \log\min(m, n)", slack=below_the_ceiling, unit=unit,
        why="X tells no more of Y than there is to tell of either",
    ),
    _compared("transposition", r"I(X;Y) = I(Y;X)", "each tells as much of the other",
              unchanged, transposed),
    _compared("independence", r"p_{ij} = p_{i\cdot}\,p_{\cdot j} \Rightarrow I = 0",
              "independent variables tell nothing of each other", vanishes, independent),
    _compared("a copy", r"I(X;X) = H(X)", "X tells all of itself; empty cells count for nothing",
              is_the_entropy, copied),
    _compared("what never happens", r"p_{m+1,j} = 0\ \forall j \Rightarrow I\text{ unchanged}",
              "an outcome that never happens tells nothing", unchanged, with_an_empty_row),
    _compared("data processing", r"I(f(X);Y) \le I(X;Y)",
              "outcomes told apart no more tell no more", not_raised, merged),
    _compared("coin", r"I((X, \text{coin});Y) = I(X;Y)",
              "an outcome split in two by a coin tells what it told", unchanged, split),
)  # fmt: skip


# -- problems: weights over a power of two, which add to one exactly ------------------------------

SIZES = (
    (2, 2), (2, 2), (2, 3), (3, 2), (2, 2), (3, 3), (2, 4), (4, 2), (3, 4), (4, 3), (4, 4), (5, 2),
    (2, 6), (6, 5), (1, 3), (3, 1),
)  # fmt: skip


def table(m: int, n: int, salt: int) -> Joint:
    """Weights from 1 to 17; what is missing to a power of two goes to one cell."""
    weights = (4 * np.asarray(lattice(m, n, salt)) + 9).astype(int)
    return _of_weights(weights, salt % (m * n))


def _of_weights(weights: np.ndarray, place: int) -> Joint:
    total = 2 ** int(np.ceil(np.log2(weights.sum())))
    weights = weights.copy()
    weights.flat[place] += total - weights.sum()
    return _joint(weights / total)


def design() -> tuple[Joint, ...]:
    """24 probes: sizes; then a fair channel, a noisy one, nearly a copy, independent and uniform
    tables, a rare row, a rare cell, and one outcome."""
    rare = np.array([[63.0, 61.0], [1.0, 3.0]]) / 128
    cell = np.array([[40.0, 1.0, 23.0], [16.0, 32.0, 16.0]]) / 128
    return (
        *(table(m, n, salt) for salt, (m, n) in enumerate(SIZES)),
        Joint(((0.375, 0.125), (0.125, 0.375))), Joint(((0.28125, 0.21875), (0.21875, 0.28125))),
        Joint(((0.4921875, 0.0078125), (0.0078125, 0.4921875))),
        *independent(Joint(((0.25, 0.5), (0.125, 0.125)))), Joint(((0.25, 0.25), (0.25, 0.25))),
        _joint(rare), _joint(cell), Joint(((0.5, 0.5),)),
    )  # fmt: skip


def ranges() -> tuple[Joint, ...]:
    """Empty cells, an empty column, rare outcomes, nearly independent ones, many outcomes."""
    tiny, many = 2.0**-20, table(16, 16, 60)
    return (
        Joint(((0.5, 0.0), (0.0, 0.5))), Joint(((0.25, 0.5), (0.25, 0.0))),
        Joint(((0.25, 0.25, 0.0), (0.125, 0.375, 0.0))),
        Joint(((0.5, tiny), (0.25, 0.25 - tiny))), Joint(((tiny, tiny), (0.5, 0.5 - 2 * tiny))),
        Joint(((0.25 + 2.0**-12, 0.25 - 2.0**-12), (0.25, 0.25))), many,
    )  # fmt: skip


def problems() -> SearchStrategy[Joint]:
    """Weights first and sizes last, so that shrinking reaches the smallest sizes."""
    from hypothesis import strategies as st

    pool = st.lists(st.integers(1, 8), min_size=9, max_size=9)
    return st.builds(_cut, pool, st.integers(0, 8), st.integers(1, 3), st.integers(1, 3))


def _cut(weights: list[int], place: int, m: int, n: int) -> Joint:
    return _of_weights(np.array(weights[: m * n]).reshape(m, n), place % (m * n))


PLAIN = (
    ((0.25, 0.25), (0.25, 0.25)), ((0.5, 0.25), (0.125, 0.125)), ((0.375, 0.125), (0.125, 0.375)),
    ((0.5, 0.0), (0.0, 0.5)), ((0.25, 0.5), (0.25, 0.0)), ((0.5, 0.25), (0.0, 0.25)),
)  # fmt: skip


def simpler(problem: Joint) -> Iterator[Joint]:
    """Outcomes told apart no more, X's and then Y's; of two by two, the plain tables."""
    p = np.asarray(problem.p)
    for axis, size in enumerate(p.shape):
        for i in range(size - 1):
            both = np.add.reduceat(p, [j for j in range(size) if j != i + 1], axis=axis)
            yield _joint(both)
    if p.shape == (2, 2):
        known = PLAIN.index(problem.p) if problem.p in PLAIN else len(PLAIN)
        yield from (Joint(rows) for rows in PLAIN[:known])


JOINT_TABLE = Family(
    name="mutual-information", problem=Joint, design=design, problems=problems, simpler=simpler,
    oracle=oracle, claims=CLAIMS, ranges=ranges,
)  # fmt: skip
