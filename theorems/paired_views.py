"""Two views of a batch, feature by feature: means and variances, how batches are posed, drawn and
shrunk, and to what else a loss of features may be compared.

A problem's first two fields are the views z1 and z2 [n, d]: row k of both is the same sample.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from .arithmetic import Arithmetic
from .batch_claims import unchanged
from .lattice import Matrix, lattice, quarters, rows, simpler_entries, without_column, without_row
from .theorem import Claim, Problem

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

__all__ = ["COARSE", "Centred", "centred", "compared", "posed_as", "reordered", "with_views"]

Views = tuple[Matrix, Matrix]

COARSE = 2.0**-8  # the coarsest roundoff: by so much are errors of second order smaller


class Centred(NamedTuple):
    """A view [n, d] less its means, the products of its features [d, d], their variances over n;
    and in floats each feature's root mean square, which by its standard deviation is at least one,
    and the largest entries before and after the means are gone."""

    z: Any
    products: Any
    variance: Any
    size: np.ndarray
    far: np.ndarray
    reach: np.ndarray

    @property
    def spread(self) -> np.ndarray:
        return np.asarray(self.size / np.sqrt(np.asarray(self.variance, float)))


@lru_cache(maxsize=1024)  # a fit asks for it again with other weights
def centred(view: Matrix, arithmetic: Arithmetic) -> Centred:
    x = arithmetic.array(view)
    z = x - x.sum(axis=0) / len(x)
    plain = np.abs(np.asarray(view, float))
    return Centred(
        z=z, products=arithmetic.dot(z.T, z), variance=(z * z).sum(axis=0) / len(x),
        size=np.sqrt((plain**2).mean(axis=0)), far=plain.max(axis=0),
        reach=np.abs(np.asarray(z, float)).max(axis=0),
    )  # fmt: skip


# -- other problems to compare with ---------------------------------------------------------------


def with_views(problem: Problem, z1: Any, z2: Any) -> tuple[Problem]:
    return (problem._replace(z1=rows(z1), z2=rows(z2)),)


def reordered(problem: Problem) -> tuple[Problem]:
    """The views exchanged, the pairs in another order, and the features too, of which every other
    one is turned over."""

    def change(view: Matrix) -> np.ndarray:
        z = np.asarray(view[1:] + view[:1])[:, ::-1]
        return z * np.where(np.arange(z.shape[1]) % 2, -1.0, 1.0)

    return with_views(problem, change(problem.z2), change(problem.z1))


def compared(
    name: str, tex: str, why: str, related: Callable[[Problem], tuple[Problem, ...]],
    rounding: Callable[[Problem], float], slack: Any = unchanged,
) -> Claim:  # fmt: skip
    """`rounding(problem)` is one rounding error of the value of any problem."""

    def both(problem: Problem, truth: Any, *_: object) -> float:
        return float(truth.unit + sum(map(rounding, related(problem))))

    return Claim(name=name, tex=tex, why=why, slack=slack, unit=both, related=related)


# -- problems -------------------------------------------------------------------------------------

FEWEST = 3  # samples: of two, every correlation is one or minus one
NARROWEST = 2  # features: with one there is nothing to decorrelate
FLATTEST = 16.0  # a feature may be so much larger than it varies
MARGIN = 1 / 64  # of the standard deviation from one, where a hinge turns
SIZES = ((3, 2), (4, 2), (5, 3), (8, 3), (6, 4), (4, 5), (9, 2), (12, 6))


@lru_cache  # every subject meets it, several times
def design() -> tuple[Views, ...]:
    """24 probes: independent views, views that nearly agree, views far from zero; of features that
    vary by more than one, and by less."""
    probes = []
    for k, (n, d) in enumerate(SIZES * 3):
        first, other = lattice(n, d, 1100 + 2 * k), lattice(n, d, 1101 + 2 * k)
        x, y = np.asarray(first), np.asarray(other)
        match k // len(SIZES):
            case 0:
                views = x, y * (1.0 if k % 2 else 0.25)
            case 1:
                views = 0.5 * x, 0.5 * x + 0.125 * y
            case _:
                views = x * np.linspace(0.25, 1.5, d) + 1.0, y - x + np.arange(d)
        probes.append(_lively((rows(views[0]), rows(views[1]))))
    return tuple(probes)


@lru_cache
def ranges() -> tuple[Views, ...]:
    """Many samples, many features, views far from zero, small and large units."""
    x, y = (np.asarray(lattice(8, 4, 1200 + k)) for k in (0, 1))
    wide = [(lattice(n, d, 1202), lattice(n, d, 1203)) for n, d in ((32, 8), (12, 16))]
    found = [(rows(x * s), rows(y * s)) for s in (0.25, 2.0**4)]
    return tuple(map(_lively, (*found, (rows(x + 4.0), rows(y - 4.0)), *wide)))


def problems() -> SearchStrategy[Views]:
    """Values first and sizes last, so that shrinking reaches three samples of two features."""
    from hypothesis import strategies as st

    row = st.lists(quarters(), min_size=6, max_size=6)
    pool = st.lists(row, min_size=5, max_size=5)
    return st.builds(_cut, pool, st.integers(FEWEST, 5), st.integers(NARROWEST, 3))


def _cut(pool: list[list[float]], n: int, d: int) -> Views:
    z1, z2 = (tuple(tuple(row[at : at + d]) for row in pool[:n]) for at in (0, d))
    return _lively((z1, z2))


def _lively(views: Views) -> Views:
    """The views, with each feature that hardly varies, or by nearly one, replaced by a ramp."""
    return _mended(views[0], 0), _mended(views[1], 1)


def _mended(view: Matrix, salt: int) -> Matrix:
    columns = list(zip(*view, strict=True))
    mended = [c if _varies(c) else _ramp(len(c), j + salt) for j, c in enumerate(columns)]
    return tuple(zip(*mended, strict=True))


def _ramp(n: int, j: int) -> tuple[float, ...]:
    scale = 0.25 if n < 7 else 0.125
    return tuple(scale * float((i * (j % 2 + 1) + j) % n) for i in range(n))


@lru_cache(maxsize=1 << 14)
def _varies(column: tuple[float, ...]) -> bool:
    """Both standard deviations, over n and over n - 1, are well away from zero and from one."""
    x = np.asarray(column, float)
    deviations = np.array([np.std(x), np.std(x, ddof=1)])
    size = float(np.sqrt(np.mean(x * x)))
    return bool(
        deviations[0] >= MARGIN and size <= FLATTEST * deviations[0]
        and np.all(np.abs(deviations - 1) >= MARGIN)
    )  # fmt: skip


def _admissible(views: Views) -> bool:
    return all(_varies(column) for view in views for column in zip(*view, strict=True))


def simpler(views: Views) -> Iterator[Views]:
    """Fewer samples, fewer features, plainer numbers; every feature still varies."""
    for candidate in _candidates(*views):
        if _admissible(candidate):
            yield candidate


def _candidates(z1: Matrix, z2: Matrix) -> Iterator[Views]:
    n, d = len(z1), len(z1[0])
    if n >= 2 * FEWEST:
        yield z1[: n // 2], z2[: n // 2]
    for i in range(n if n > FEWEST else 0):
        yield without_row(z1, i), without_row(z2, i)
    for j in range(d if d > NARROWEST else 0):
        yield without_column(z1, j), without_column(z2, j)
    for plainer in simpler_entries(z1):
        yield plainer, z2
    for plainer in simpler_entries(z2):
        yield z1, plainer


def posed_as(kind: Callable[..., Problem]) -> dict[str, Any]:
    """What a `Family` asks for, of problems of this kind: the views, and the rest by default."""

    def smaller(problem: Problem) -> Iterator[Problem]:
        for z1, z2 in simpler(problem[:2]):
            yield problem._replace(z1=z1, z2=z2)

    return {
        "design": lambda: tuple(kind(*views) for views in design()),
        "ranges": lambda: tuple(kind(*views) for views in ranges()),
        "problems": lambda: problems().map(lambda views: kind(*views)),
        "simpler": smaller,
    }
