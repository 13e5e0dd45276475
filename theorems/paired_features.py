"""Two feature matrices of the same samples: what their centred Gram matrices are, how they are
posed, drawn and shrunk.

With $K = xx^\\top$, the *biased* centring is $HKH$, $H = I - \\tfrac1n 11^\\top$; the *unbiased*
one sets the diagonal to zero and centres what is left (U-centring).  Both are orthogonal
projections, of symmetric matrices onto those with rows that add to zero (and, for the latter, a
zero diagonal).
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from .arithmetic import FLOAT64, Arithmetic
from .lattice import Matrix, lattice, quarters, rows, simpler_entries, without_column, without_row
from .theorem import Claim

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

__all__ = ["Features", "centred", "compared", "copied", "design", "problems", "ranges"]
__all__ += ["sheared", "shifted", "simpler", "spread", "turned", "with_small_units"]


class Features(NamedTuple):
    """Two representations of the same n samples: x [n, p] and y [n, q]."""

    x: Matrix
    y: Matrix


# -- centring -------------------------------------------------------------------------------------


def centred(features: Any, estimator: str, arithmetic: Arithmetic = FLOAT64) -> tuple[Any, Any]:
    """The Gram matrix of `features` [n, p], and its projection, both [n, n]."""
    gram = arithmetic.gram(features)
    n, one = len(gram), arithmetic.number(1)
    if estimator != "unbiased":
        means = gram.sum(axis=0) / n
        return gram, gram - means[:, None] - means + means.sum() / n
    hollow = gram * (one - arithmetic.array(np.eye(n)))
    sums = hollow.sum(axis=0)
    apart = hollow - (sums[:, None] + sums) / (n - 2) + sums.sum() / ((n - 1) * (n - 2))
    return gram, apart * (one - arithmetic.array(np.eye(n)))


@lru_cache(maxsize=8192)  # claims ask for that of the problems that they compare with
def spread(features: Matrix, estimator: str) -> float:
    """How much smaller the projection is than the Gram matrix itself, at least one."""
    gram, projected = centred(np.asarray(features, float), estimator)
    size = float(np.linalg.norm(projected))
    return float(np.linalg.norm(gram)) / size if size else np.inf


# -- other problems to compare with ---------------------------------------------------------------


def shifted(problem: Features) -> tuple[Features]:
    """Each feature of x moved by its own halves, y's by one."""
    x, y = (np.asarray(z) for z in problem)
    return (Features(rows(x + 0.5 * (1 + np.arange(x.shape[1]))), rows(y - 1.0)),)


def turned(problem: Features) -> tuple[Features]:
    """x turned by the 3-4-5 triangle and a reflection, y's features in another order."""
    return (Features(_turned(problem.x), tuple(row[::-1] for row in problem.y)),)


def _turned(features: Matrix) -> Matrix:
    x = np.asarray(features)
    x = x * np.where(np.arange(x.shape[1]) == x.shape[1] - 1, -1.0, 1.0)
    if x.shape[1] > 1:
        x[:, :2] = x[:, :2] @ np.array([[3.0, 4.0], [-4.0, 3.0]]) / 5
    return rows(x)


def copied(problem: Features) -> tuple[Features]:
    """In place of y: x turned, moved and twice as long."""
    return (Features(problem.x, rows(2 * np.asarray(_turned(problem.x)) + 1.0)),)


def with_small_units(problem: Features) -> tuple[Features]:
    """x twice as long, and y half as long and turned over, which rounds nothing."""
    x, y = (np.asarray(z) for z in problem)
    return (Features(rows(2 * x), rows(-y / 2)),)


def sheared(problem: Features) -> Features:
    """An invertible map of x that is no rotation: the first feature eight times as long."""
    x = np.array(problem.x)
    x[:, 0] *= 8
    return Features(rows(x), problem.y)


def compared(name: str, tex: str, why: str, slack: Any, related: Any, rounding: Any) -> Claim:
    """`rounding(problem, truth)` is one rounding error of the value of any problem."""

    def both(problem: Features, truth: Any, *_: object) -> float:
        return float(truth.unit + sum(rounding(other, truth) for other in related(problem)))

    return Claim(name=name, tex=tex, why=why, slack=slack, unit=both, related=related)


# -- problems -------------------------------------------------------------------------------------

SIZES = (
    (4, 1, 1), (4, 2, 1), (5, 1, 2), (6, 2, 2), (4, 2, 3), (6, 3, 2), (7, 3, 3), (6, 2, 5),
    (7, 3, 2), (4, 5, 2),
)  # fmt: skip
FEWEST = 4  # samples: with fewer there is no unbiased estimate
FLATTEST = 16.0  # a Gram matrix may be so much larger than what centring leaves of it


@lru_cache  # every subject meets it, several times
def design() -> tuple[Features, ...]:
    """24 probes: sizes; copies that are turned, and scaled by feature; features far from zero;
    more features than samples; a feature against its square, which it is not correlated with."""
    probes = [
        Features(lattice(n, p, 700 + 2 * k), lattice(n, q, 701 + 2 * k))
        for k, (n, p, q) in enumerate(SIZES * 2)
    ]
    probes = [_lively(probe) for probe in probes]
    for k in range(3):
        x = lattice((4, 6, 7)[k], 2 + k, 800 + k)
        y = (_turned(x), rows(np.asarray(x) * (4.0, *(1.0,) * (k + 1))), rows(np.array(x) + 2.0))[k]
        probes.append(_lively(Features(x, y)))
    line = tuple((t,) for t in (-1.5, -0.5, 0.5, 1.5))
    probes.append(Features(line, tuple((t * t, -t, t + 1.0) for (t,) in line)))
    return tuple(probes)


@lru_cache
def ranges() -> tuple[Features, ...]:
    """Many samples, many features, features far from zero, small and large units."""
    x, y = lattice(6, 3, 900), lattice(6, 4, 901)
    far = rows(np.asarray(x) + 8.0)
    scaled = [Features(rows(np.asarray(x) * s), y) for s in (0.25, 2.0**10)]
    wide = [Features(lattice(n, 16, 902), lattice(n, 24, 903)) for n in (8, 32)]
    return (Features(far, y), *scaled, *wide, Features(x, x))


def problems() -> SearchStrategy[Features]:
    """Values first and sizes last, so that shrinking reaches four samples of one feature each."""
    from hypothesis import strategies as st

    row = st.lists(quarters(), min_size=4, max_size=4)
    pool = st.lists(row, min_size=5, max_size=5)
    return st.builds(_cut, pool, st.integers(4, 5), st.integers(1, 2), st.integers(1, 2))


def _cut(pool: list[list[float]], n: int, p: int, q: int) -> Features:
    x, y = (tuple(tuple(row[at : at + k]) for row in pool[:n]) for at, k in ((0, p), (2, q)))
    return _lively(Features(x, y))


def _lively(problem: Features) -> Features:
    """The problem, with what hardly varies replaced by something that does."""
    return Features(*(z if _varies(z) else _ramp(len(z), len(z[0])) for z in problem))


def _ramp(n: int, columns: int) -> Matrix:
    return tuple(
        tuple(float((i * (j + 1) + j) % (n - 1)) - 1.0 for j in range(columns)) for i in range(n)
    )


def _varies(features: Matrix) -> bool:
    return all(spread(features, e) <= FLATTEST for e in ("biased", "unbiased"))


def simpler(problem: Features) -> Iterator[Features]:
    """Fewer samples, never fewer than four; fewer features; plainer numbers; all that varies."""
    for candidate in _candidates(problem):
        if all(map(_varies, candidate)):
            yield candidate


def _candidates(problem: Features) -> Iterator[Features]:
    x, y = problem
    n = len(x)
    if n > 2 * FEWEST:
        yield Features(x[: n // 2], y[: n // 2])
    for i in range(n if n > FEWEST else 0):
        yield Features(without_row(x, i), without_row(y, i))
    for j in range(len(x[0]) if len(x[0]) > 1 else 0):
        yield Features(without_column(x, j), y)
    for j in range(len(y[0]) if len(y[0]) > 1 else 0):
        yield Features(x, without_column(y, j))
    for plainer in simpler_entries(x):
        yield Features(plainer, y)
    for plainer in simpler_entries(y):
        yield Features(x, plainer)
