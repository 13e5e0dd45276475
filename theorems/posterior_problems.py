"""Statistics and Gaussian mixtures with one covariance: how they are posed, drawn and shrunk."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from .covariance_tables import covariance, plainer_covariances, squared
from .lattice import Matrix, lattice, quarters, without_row
from .tables import fewer, plainer

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

__all__ = ["Observed", "design", "mapped", "problems", "ranges", "simpler"]


class Observed(NamedTuple):
    """n observed statistics in k dimensions; C classes: the means of the statistic [C, k], its one
    covariance [k, k] within each class, and the priors [C], which add to one."""

    t: Matrix
    means: Matrix
    covariance: Matrix
    priors: tuple[float, ...]


PRIORS = {2: (0.75, 0.25), 3: (0.5, 0.125, 0.375), 4: (0.25, 0.125, 0.5, 0.125)}
SIZES = (
    (1, 1, 2), (2, 1, 3), (1, 2, 2), (2, 2, 3), (1, 3, 2), (2, 3, 4), (2, 1, 2), (2, 2, 2),
    (3, 2, 3), (2, 3, 3), (3, 2, 4), (3, 3, 3),
)  # fmt: skip


def problem_of(n: int, k: int, classes: int, salt: int) -> Observed:
    means = lattice(classes, k, salt + 1000)
    return Observed(lattice(n, k, salt), means, covariance(k, salt + 2000), PRIORS[classes])


def design() -> tuple[Observed, ...]:
    """24 probes: a dozen by size; then equal priors, equal means, unit covariance, means far apart
    and near, all of it from 8 on, means in a row (fewer directions than classes), a likely class,
    more coordinates; last the plainest pair."""
    found = [problem_of(*size, salt) for salt, size in enumerate(SIZES)]
    p, q = problem_of(2, 2, 2, 30), problem_of(2, 2, 3, 31)
    shifted = [tuple(tuple(8 + x for x in row) for row in table) for table in (p.t, p.means)]
    return (
        *found, p._replace(priors=(0.5, 0.5)), p._replace(means=p.means[:1] * 2),
        p._replace(covariance=squared(np.eye(2))), _scaled(p, 4.0),
        q._replace(covariance=squared(np.eye(2))), p._replace(t=shifted[0], means=shifted[1]),
        q._replace(means=((0.0, 0.0), (1.0, 0.5), (2.0, 1.0))),
        q._replace(priors=(0.9375, 0.03125, 0.03125)), _scaled(q, 0.25),
        problem_of(2, 4, 3, 33), problem_of(1, 3, 4, 32),
        Observed(((0.5,),), ((-1.0,), (1.0,)), ((1.0,),), (0.5, 0.5)),
    )  # fmt: skip


def ranges() -> tuple[Observed, ...]:
    """Observations far from every class, where densities underflow; scales; many classes."""
    p, q = problem_of(2, 2, 2, 40), problem_of(2, 2, 3, 41)
    far = [p._replace(t=tuple(tuple(s * x for x in row) for row in p.t)) for s in (16.0, 64.0)]
    apart = [_scaled(q, s) for s in (8.0, 32.0)]
    wide = [mapped(p, s * np.eye(2), 0.0) for s in (2.0**-8, 2.0**8)]
    rare = q._replace(priors=(1 - 2.0**-7, 2.0**-8, 2.0**-8))
    many = Observed(lattice(4, 4, 42), lattice(16, 4, 43), covariance(4, 44), (2.0**-4,) * 16)
    return (*far, *apart, *wide, rare, many)


def _scaled(problem: Observed, factor: float) -> Observed:
    """Observations and means farther apart, within the covariance that they had."""
    t, means = (
        tuple(tuple(factor * e for e in row) for row in table)
        for table in (problem.t, problem.means)
    )
    return problem._replace(t=t, means=means)


def mapped(problem: Observed, A: np.ndarray, shift: float) -> Observed:
    """The statistic At + shift in place of t, and its law within each class."""
    t, means = (
        tuple(map(tuple, (np.asarray(table) @ A.T + shift).tolist()))
        for table in (problem.t, problem.means)
    )
    spread = A @ np.asarray(problem.covariance) @ A.T
    return Observed(t, means, tuple(map(tuple, spread.tolist())), problem.priors)


def problems() -> SearchStrategy[Observed]:
    """Values first and sizes last, so that shrinking reaches the smallest sizes."""
    from hypothesis import strategies as st

    pool = st.lists(quarters(), min_size=4, max_size=4)
    return st.builds(
        _cut, pool, pool, quarters(4), st.lists(st.sampled_from((1.0, 2.0, 0.5)), min_size=2,
        max_size=2), st.sampled_from(((0.5, 0.5), (0.75, 0.25), (0.125, 0.875))),
        st.integers(1, 2), st.integers(1, 2),
    )  # fmt: skip


def _cut(
    t: list[float], means: list[float], below: float, diagonal: list[float],
    priors: tuple[float, ...], n: int, k: int,
) -> Observed:  # fmt: skip
    L = np.diag(diagonal)
    L[1, 0] = below

    def table(pool: list[float], rows: int) -> Matrix:
        return tuple(tuple(pool[2 * i : 2 * i + k]) for i in range(rows))

    return Observed(table(t, n), table(means, 2), squared(L[:k, :k]), priors)


def simpler(problem: Observed) -> Iterator[Observed]:
    """Fewer observations, classes (whose prior goes to the next) and coordinates; plainer numbers;
    the covariance stays definite."""
    t, means, spread, priors = problem
    for i in range(len(t) if len(t) > 1 else 0):
        yield problem._replace(t=without_row(t, i))
    for i in range(len(priors) if len(priors) > 2 else 0):
        others = [*priors[:i], *priors[i + 1 :]]
        others[i % len(others)] += priors[i]
        yield problem._replace(means=without_row(means, i), priors=tuple(others))
    for kept in fewer(len(spread)):
        rows = [tuple(tuple(row[i] for i in kept) for row in table) for table in (t, means)]
        part = tuple(tuple(spread[i][j] for j in kept) for i in kept)
        yield Observed(rows[0], rows[1], part, priors)
    equal = (1 / len(priors),) * len(priors)
    if priors != equal and len(priors) in (2, 4):
        yield problem._replace(priors=equal)
    yield from (problem._replace(covariance=plain) for plain in plainer_covariances(spread))
    yield from (problem._replace(t=rows) for rows in plainer(t))
    yield from (problem._replace(means=rows) for rows in plainer(means))
