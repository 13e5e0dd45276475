r"""The mutual information of two Gaussian vectors: definition, oracle, claims, problems.

Of $(x, y)$ jointly Gaussian with covariances $S_x$ [p, p], $S_y$ [q, q] and $S_{xy}$ [p, q],

$I = \tfrac12\log\frac{\det S_x\det S_y}{\det S} = -\tfrac12\sum_i\log(1 - \rho_i^2)$ in nats,

with $S$ the covariance of both and $\rho_i$ the canonical correlations.  Gradients in $S_x$ and
$S_y$ are those along symmetric matrices.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from .arithmetic import FLOAT64, Arithmetic
from .covariance_tables import covariance, squared
from .lattice import Matrix, quarters
from .theorem import Claim, Evaluation, Family, gradient_claim, value_claim

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

__all__ = ["GAUSSIAN_MI", "Correlated", "Truth", "joint", "oracle"]


class Correlated(NamedTuple):
    """The covariances of x in p and y in q dimensions, and the one between them [p, q]."""

    cov_x: Matrix
    cov_y: Matrix
    cov_xy: Matrix


class Truth(NamedTuple):
    value: np.ndarray
    gradient: tuple[np.ndarray, ...]
    unit: float
    units: tuple[float, ...]


# -- definition and oracle ------------------------------------------------------------------------


def joint(problem: Correlated) -> np.ndarray:
    """The covariance of (x, y) [p+q, p+q]."""
    x, y, xy = (np.asarray(part, float) for part in problem)
    return np.block([[x, xy], [xy.T, y]])


def oracle(problem: Correlated, *, arithmetic: Arithmetic = FLOAT64) -> Truth:
    x, y, xy = (arithmetic.array(part) for part in problem)
    p = len(x)
    whole = np.vstack([np.hstack([x, xy]), np.hstack([xy.T, y])])
    volumes = arithmetic.log_det(x) + arithmetic.log_det(y) - arithmetic.log_det(whole)
    precision = arithmetic.inverse(whole)
    gradient = (
        (arithmetic.inverse(x) - precision[:p, :p]) / 2,
        (arithmetic.inverse(y) - precision[p:, p:]) / 2,
        -precision[:p, p:],
    )
    sizes = _units(Correlated(*(_floats(part) for part in problem)))
    return Truth(np.asarray(volumes / 2), gradient, *sizes)


def _floats(table: Any) -> Matrix:
    return tuple(tuple(float(x) for x in row) for row in table)


@lru_cache(maxsize=4096)  # claims ask for those of the problems that they compare with
def _units(problem: Correlated) -> tuple[float, tuple[float, ...]]:
    """One rounding error of the value, and of each gradient: a determinant and an inverse are known
    to the condition number of their matrix."""
    parts = [*(np.asarray(cov, float) for cov in problem[:2]), joint(problem)]
    worst = [float(np.linalg.cond(part)) for part in parts]
    inverse = [float(np.linalg.norm(np.linalg.inv(part), 2)) for part in parts]
    sizes = [len(part) for part in parts]
    volumes = sum(abs(np.linalg.slogdet(part)[1]) for part in parts)
    value = 0.5 * (sum(c * d for c, d in zip(worst, sizes, strict=True)) + volumes)
    x, y, whole = (c * i * d**0.5 for c, i, d in zip(worst, inverse, sizes, strict=True))
    return float(value), (0.5 * (x + whole), 0.5 * (y + whole), whole)


# -- claims ---------------------------------------------------------------------------------------


def unit(problem: Correlated, truth: Truth, *_: object) -> float:
    return truth.unit


def nonnegative(problem: Correlated, truth: Truth, output: Evaluation) -> float:
    return float(output.value)


def unchanged(problem: Correlated, truth: Truth, output: Evaluation, other: Evaluation) -> float:
    return -abs(float(output.value) - float(other.value))


def vanishes(problem: Correlated, truth: Truth, output: Evaluation, other: Evaluation) -> float:
    return -abs(float(other.value))


def not_raised(problem: Correlated, truth: Truth, output: Evaluation, other: Evaluation) -> float:
    return float(output.value) - float(other.value)


def exchanged(problem: Correlated) -> tuple[Correlated]:
    x, y, xy = problem
    return (Correlated(y, x, tuple(zip(*xy, strict=True))),)


def uncorrelated(problem: Correlated) -> tuple[Correlated]:
    return (problem._replace(cov_xy=tuple((0.0,) * len(row) for row in problem.cov_xy)),)


def mapped(problem: Correlated, A: np.ndarray, B: np.ndarray) -> Correlated:
    """Ax and By in place of x and y."""
    x, y, xy = (np.asarray(part) for part in problem)
    return Correlated(_rows(A @ x @ A.T), _rows(B @ y @ B.T), _rows(A @ xy @ B.T))


def _rows(table: np.ndarray) -> Matrix:
    return tuple(map(tuple, table.tolist()))


def rescaled(problem: Correlated) -> tuple[Correlated]:
    """Coordinates by their own powers of two, in reverse order."""
    A, B = (
        np.diag([2.0 ** ((i + shift) % 2) for i in range(len(cov))])[::-1]
        for shift, cov in enumerate((problem.cov_x, problem.cov_y))
    )
    return (mapped(problem, A, B),)


def sheared(problem: Correlated) -> tuple[Correlated]:
    """Each coordinate plus the one before, and y times minus one."""
    p, q = len(problem.cov_x), len(problem.cov_y)
    return (mapped(problem, np.eye(p) + np.eye(p, k=-1), -np.eye(q) - np.eye(q, k=-1)),)


def noised(problem: Correlated) -> tuple[Correlated]:
    """Noise of unit variance added to x."""
    return (problem._replace(cov_x=_rows(np.asarray(problem.cov_x) + np.eye(len(problem.cov_x)))),)


def _compared(name: str, tex: str, why: str, slack: Any, related: Any) -> Claim:
    def both(problem: Correlated, truth: Truth, *_: object) -> float:
        return truth.unit + sum(_units(other)[0] for other in related(problem))

    return Claim(name=name, tex=tex, why=why, slack=slack, unit=both, related=related)


CLAIMS = (
    value_claim(r"I = \tfrac12\log\frac{\det S_x\det S_y}{\det S}", unit),
    gradient_claim(
        r"\nabla_{S_x} = \tfrac12\bigl(S_x^{-1} - [S^{-1}]_{xx}\bigr),\ "
        r"\nabla_{S_{xy}} = -[S^{-1}]_{xy}",
        lambda problem, truth: truth.units,
    ),
    Claim(
        name="nonnegative", tex=r"I \ge 0", slack=nonnegative, unit=unit,
        why="nobody knows less than nothing of y for having seen x",
    ),
    _compared("exchange", "I(x;y) = I(y;x)", "each tells as much of the other",
              unchanged, exchanged),
    _compared("independence", r"S_{xy} = 0 \Rightarrow I = 0",
              "uncorrelated Gaussians are independent", vanishes, uncorrelated),
    _compared("units of measurement", r"I(\Lambda x;\Lambda' y) = I(x;y)",
              "the units in which x and y are measured tell nothing", unchanged, rescaled),
    _compared("shear", "I(Ax;By) = I(x;y)", "an invertible map loses no information",
              unchanged, sheared),
    _compared("data processing", r"I(x + \varepsilon;y) \le I(x;y)",
              "noise that knows nothing of y cannot tell more of it", not_raised, noised),
)  # fmt: skip


# -- problems: parts of one covariance LL', so that they are exactly definite ---------------------

SIZES = (
    (1, 1), (1, 1), (2, 1), (1, 2), (2, 2), (1, 3), (3, 1), (2, 2), (3, 2), (2, 3), (3, 3), (4, 2),
)  # fmt: skip


def pair(p: int, q: int, salt: int) -> Correlated:
    return _parted(covariance(p + q, salt), p)


def _parted(covariances: Matrix, p: int) -> Correlated:
    whole = np.asarray(covariances)
    return Correlated(_rows(whole[:p, :p]), _rows(whole[p:, p:]), _rows(whole[:p, p:]))


def plain(rho: float) -> Correlated:
    """One coordinate each, of unit variance."""
    return Correlated(((1.0,),), ((1.0,),), ((rho,),))


def design() -> tuple[Correlated, ...]:
    """24 probes: sizes; correlations of one coordinate, nearly none and nearly one among them;
    coordinates correlated across and crosswise; other units; independent vectors."""
    one, zero = ((1.0, 0.0), (0.0, 1.0)), ((0.0, 0.0), (0.0, 0.0))
    across = Correlated(one, one, ((0.5, 0.0), (0.0, 0.25)))
    crosswise = across._replace(cov_xy=((0.0, 0.5), (-0.75, 0.0)))
    within = ((1.0, 0.25), (0.25, 1.0))
    units = mapped(pair(2, 1, 40), np.diag([4.0, 0.5]), np.eye(1))
    return (
        *(pair(p, q, salt) for salt, (p, q) in enumerate(SIZES)),
        *(plain(rho) for rho in (0.5, -0.5, 0.9375, 0.03125)),
        across, crosswise, crosswise._replace(cov_x=within), Correlated(within, one, zero),
        units, pair(1, 1, 41)._replace(cov_xy=((0.0,),)), pair(2, 4, 42), pair(3, 3, 43),
    )  # fmt: skip


def ranges() -> tuple[Correlated, ...]:
    """Correlations near one and near none, units far apart, eight coordinates each."""
    p = pair(2, 2, 50)
    far = [mapped(p, s * np.eye(2), t * np.eye(2)) for s, t in ((2.0**-8, 1.0), (2.0**10, 2.0**10))]
    wide = _parted(squared(np.eye(16) + np.eye(16, k=-8) / 2), 8)
    return (plain(1 - 2.0**-10), plain(2.0**-12), plain(2.0**-8 - 1), *far, wide)


def problems() -> SearchStrategy[Correlated]:
    """Values first and sizes last, so that shrinking reaches one coordinate each."""
    from hypothesis import strategies as st

    below = st.lists(quarters(4), min_size=6, max_size=6)
    diagonal = st.lists(st.sampled_from((1.0, 2.0, 0.5)), min_size=4, max_size=4)
    return st.builds(_cut, below, diagonal, st.integers(1, 2), st.integers(1, 2))


def _cut(below: list[float], diagonal: list[float], p: int, q: int) -> Correlated:
    L = np.diag(diagonal)
    L[np.tril_indices(4, -1)] = below
    return _parted(squared(L[: p + q, : p + q]), p)


def simpler(problem: Correlated) -> Iterator[Correlated]:
    """Fewer coordinates; unit variances; halves for covariances; always definite."""
    for candidate in _candidates(problem):
        if _strangeness(candidate) < _strangeness(problem) and _definite(candidate):
            yield candidate


def _candidates(problem: Correlated) -> Iterator[Correlated]:
    x, y, xy = (np.asarray(part) for part in problem)
    for axis, size in enumerate(xy.shape):
        for i in range(size if size > 1 else 0):
            kept = [j for j in range(size) if j != i]
            covs = [x, y]
            covs[axis] = covs[axis][np.ix_(kept, kept)]
            yield Correlated(*map(_rows, (*covs, xy.take(kept, axis))))
    halves = np.clip(np.round(2 * xy) / 2, -0.5, 0.5)
    tables = (
        (np.eye(len(x)), np.eye(len(y)), halves), (np.eye(len(x)), y, xy), (x, np.eye(len(y)), xy),
        (np.diag(np.diag(x)), np.diag(np.diag(y)), xy), (x, y, halves),
    )  # fmt: skip
    yield from (Correlated(*map(_rows, parts)) for parts in tables)
    for place in np.ndindex(xy.shape):
        for entry in (0.0, 0.5):
            changed = xy.copy()
            changed[place] = entry
            yield problem._replace(cov_xy=_rows(changed))


def _strangeness(problem: Correlated) -> tuple[int, int, int, float]:
    """Sizes, entries that are no halves, entries that are there, and how far from the identity."""
    x, y, xy = (np.asarray(part) for part in problem)
    entries = np.concatenate([part.ravel() for part in (x, y, xy)])
    far = sum(np.abs(part - np.eye(len(part))).sum() for part in (x, y)) + np.abs(xy).sum()
    negative = int((xy < 0).sum())
    strange = int((2 * entries % 1 != 0).sum())
    return len(x) + len(y), strange, int((entries != 0).sum()) + negative, float(far)


def _definite(problem: Correlated) -> bool:
    return float(np.linalg.eigvalsh(joint(problem))[0]) >= 0.125


GAUSSIAN_MI = Family(
    name="gaussian-mi", problem=Correlated, design=design, problems=problems, simpler=simpler,
    oracle=oracle, claims=CLAIMS, ranges=ranges,
)  # fmt: skip
