"""Noisy points and Gaussian mixtures as priors: how they are posed, drawn and shrunk."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from .lattice import Matrix, lattice, quarters, without_row
from .tables import simpler_tables

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

__all__ = ["Noisy", "design", "problems", "ranges", "simpler"]


class Noisy(NamedTuple):
    """n noisy points in d dimensions; the prior's c weights, means and variances (all variances 0:
    a set of points); the standard deviation of the noise."""

    y: Matrix
    weights: tuple[float, ...]
    means: Matrix
    variances: tuple[float, ...]
    sigma: float


WEIGHTS = {1: (1.0,), 2: (0.75, 0.25), 3: (0.5, 0.125, 0.375), 4: (0.25, 0.25, 0.375, 0.125)}
VARIANCES = (0.5, 1.0, 0.25, 2.0)
SIZES = ((1, 1, 2), (1, 2, 2), (2, 1, 2), (2, 2, 2), (2, 3, 3), (2, 2, 3), (1, 3, 2), (3, 2, 4))


def problem_of(n: int, d: int, c: int, sigma: float, salt: int, *, points: bool = False) -> Noisy:
    variances = (0.0,) * c if points else VARIANCES[:c]
    y, means = lattice(n, d, salt), lattice(c, d, salt + 1000)
    return Noisy(y, WEIGHTS[c], means, variances, sigma)


def design() -> tuple[Noisy, ...]:
    """24 probes: mixtures, then sets of points, by size and level; one Gaussian, one point, equal
    components, points far apart and near, and some variances zero."""
    levels = (1.0, 0.5, 2.0)
    found = [
        problem_of(*size, levels[(i + points) % 3], 20 * points + i, points=bool(points))
        for points in (0, 1) for i, size in enumerate(SIZES)
    ]  # fmt: skip
    p, q = problem_of(2, 2, 2, 0.5, 50), problem_of(2, 2, 2, 1.0, 51, points=True)
    return (
        *found, problem_of(1, 2, 1, 0.5, 52), problem_of(1, 1, 1, 2.0, 53, points=True),
        p._replace(means=p.means[:1] * 2), p._replace(variances=(0.0, 1.0)), _scaled(p, 4.0),
        _scaled(q, 0.25), p._replace(sigma=0.25),
        Noisy(((1.0,),), (0.5, 0.5), ((-1.0,), (1.0,)), (0.0, 0.0), 1.0),
    )  # fmt: skip


def ranges() -> tuple[Noisy, ...]:
    """Noise from 1/64 to 64, where exponentials underflow and where they are all alike."""
    levels = (2.0**-6, 2.0**-3, 8.0, 64.0)
    mixtures = [problem_of(2, 2, 3, sigma, 60) for sigma in levels]
    points = [problem_of(2, 2, 3, sigma, 61, points=True) for sigma in levels]
    return (*mixtures, *points, problem_of(16, 8, 4, 1.0, 62))


def _scaled(problem: Noisy, factor: float) -> Noisy:
    y, means = (
        tuple(tuple(factor * e for e in row) for row in t) for t in (problem.y, problem.means)
    )
    return problem._replace(y=y, means=means)


def problems() -> SearchStrategy[Noisy]:
    """Values first and sizes last, so that shrinking reaches the smallest sizes."""
    from hypothesis import strategies as st

    pool = st.lists(quarters(), min_size=4, max_size=4)
    size = st.integers(1, 2)
    return st.builds(
        _cut, pool, pool, st.sampled_from(((0.5, 0.5), (0.75, 0.25), (0.125, 0.875))),
        st.lists(st.sampled_from((0.0, 1.0, 0.5, 2.0)), min_size=2, max_size=2),
        st.sampled_from((1.0, 2.0, 0.5, 4.0, 0.25)), size, size, size,
    )  # fmt: skip


def _cut(
    y: list[float], means: list[float], weights: tuple[float, float], variances: list[float],
    sigma: float, n: int, d: int, c: int,
) -> Noisy:  # fmt: skip
    def table(pool: list[float], rows: int) -> Matrix:
        return tuple(tuple(pool[2 * i : 2 * i + d]) for i in range(rows))

    shares = weights if c == 2 else (1.0,)
    return Noisy(table(y, n), shares, table(means, c), tuple(variances[:c]), sigma)


def simpler(problem: Noisy) -> Iterator[Noisy]:
    """Fewer components (whose weight goes to the next), points, coordinates; plainer numbers."""
    y, weights, means, variances, sigma = problem
    for i in range(len(weights) if len(weights) > 1 else 0):
        others = [*weights[:i], *weights[i + 1 :]]
        others[i % len(others)] += weights[i]
        left = variances[:i] + variances[i + 1 :]
        yield Noisy(y, tuple(others), without_row(means, i), left, sigma)
    if sigma not in (1.0, 2.0):
        yield from (problem._replace(sigma=plain) for plain in (1.0, 2.0))
    if any(w != 1 / len(weights) for w in weights) and len(weights) in (1, 2, 4):
        yield problem._replace(weights=(1 / len(weights),) * len(weights))
    for i, v in enumerate(variances):
        plainer = (0.0, 1.0)[: (0.0, 1.0).index(v)] if v in (0.0, 1.0) else (0.0, 1.0)
        for plain in plainer:
            yield problem._replace(variances=(*variances[:i], plain, *variances[i + 1 :]))
    tables = simpler_tables(problem, {"y": "nd", "means": "cd"})
    yield from (plain for plain in tables if len(plain.means) == len(weights))
