"""Corrupted observations of finitely many points: how they are posed, drawn and shrunk."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from .lattice import Matrix, lattice, without_row
from .tables import simpler_tables

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

__all__ = ["EXTREMES", "Corrupted", "design", "impossible", "problems", "ranges", "simpler"]


class Corrupted(NamedTuple):
    """n observations in d dimensions; the prior's c weights, and its points in [0, 1]; the
    probability with which a coordinate is replaced.  Every observation is that of some point, a few
    of whose coordinates are zero instead."""

    y: Matrix
    weights: tuple[float, ...]
    points: Matrix
    rate: float


EXTREMES = {"masking": (0.0,), "salt-and-pepper": (0.0, 1.0)}
"""What a coordinate may be replaced by."""

WEIGHTS = {1: (1.0,), 2: (0.75, 0.25), 3: (0.5, 0.125, 0.375), 4: (0.25, 0.25, 0.375, 0.125)}
VALUES = (0.0, 1.0, 0.5, 0.0, 1.0, 0.25, 0.0, 1.0, 0.75, 0.0, 0.5, 1.0, 0.0, 0.25, 1.0, 0.0, 0.75)
"""Quarters, half of them 0 or 1: binary images and grey ones."""

RATES = (0.25, 0.5, 0.75, 0.375)  # of which 1/(1 - rate) rounds no quarter that is multiplied back
LARGE = 8  # coordinates, beyond which they are not left out one by one
SIZES = (
    (1, 1, 2), (2, 1, 2), (2, 2, 2), (2, 1, 3), (2, 2, 3), (3, 2, 4), (2, 3, 2), (1, 3, 3),
    (2, 3, 3), (3, 3, 4), (2, 1, 4), (4, 2, 2),
)  # fmt: skip


def impossible(problem: Corrupted, corruption: str) -> tuple[float, ...] | None:
    """The first observation that no point can have been corrupted to; None if there is none."""
    for row in problem.y:
        same = np.asarray(row) == np.asarray(problem.points)
        if not (same | np.isin(row, EXTREMES[corruption])).all(axis=1).any():
            return row
    return None


def problem_of(n: int, d: int, c: int, rate: float, salt: int) -> Corrupted:
    points = tuple(tuple(VALUES[int(4 * v) + 8] for v in row) for row in lattice(c, d, salt + 1000))
    hidden = lattice(n, d, salt)
    y = tuple(
        tuple(x * (v > 0) for x, v in zip(points[(salt + i) % c], row, strict=True))
        for i, row in enumerate(hidden)
    )
    return Corrupted(y, WEIGHTS.get(c, (1 / c,) * c), points, rate)


def design() -> tuple[Corrupted, ...]:
    """25 probes: by size and rate; a pixel that is on or off, and two that are alike or opposite;
    points without a zero, equal ones, a single one; much and little corruption; a rare point."""
    found = [problem_of(*size, RATES[i % 4], i) for i, size in enumerate(SIZES)]
    found += [problem_of(*size, RATES[(i + 2) % 4], 20 + i) for i, size in enumerate(SIZES[4:8])]
    p = Corrupted(((0.0, 1.0), (0.0, 0.0)), WEIGHTS[3], ((0.0, 1.0), (0.75, 1.0), (1.0, 0.25)), 0.5)
    binary = ((0.0, 0.0), (1.0, 1.0), (0.0, 1.0), (1.0, 0.0))
    pixel = Corrupted(((0.0,), (1.0,)), (0.75, 0.25), ((0.0,), (1.0,)), 0.25)
    return (
        pixel, *found[:3], Corrupted(binary, WEIGHTS[4], binary, 0.5), *found[3:],
        Corrupted(((0.0, 0.5), (0.0, 0.0)), (0.75, 0.25), ((0.25, 0.5), (0.75, 0.5)), 0.25),
        p._replace(points=p.points[:1] * 3, y=((0.0, p.points[0][1]),)),
        Corrupted(((0.0, 0.75),), (1.0,), ((0.5, 0.75),), 0.5), p._replace(rate=0.0625),
        p._replace(rate=0.9375), p._replace(weights=(0.9375, 0.03125, 0.03125)),
        Corrupted(((0.0,),), (0.5, 0.5), ((0.0,), (1.0,)), 0.5),
    )  # fmt: skip


def ranges() -> tuple[Corrupted, ...]:
    """Images: of two hundred pixels, whose probabilities underflow when multiplied; little
    and much corruption; rare points."""
    images = [image(224, rate, 60) for rate in (0.25, 0.75, 2.0**-10, 1 - 2.0**-10)]
    small = design()[-2]._replace(rate=2.0**-10)
    rare = small._replace(weights=(1 - 2.0**-10, 2.0**-11, 2.0**-11))
    blank = images[0]._replace(y=((0.0,) * 224,))
    return (*images, blank, small, small._replace(rate=1 - 2.0**-10), rare)


def image(d: int, rate: float, salt: int) -> Corrupted:
    """An image, and others that lack a little of it; of what they lack nothing is seen."""
    seen = tuple(x or 0.5 for x in problem_of(1, d, 1, rate, salt).points[0])
    points = tuple((0.0,) * c + seen[c:] for c in (0, 1, 2, 4))
    (hidden,) = lattice(1, d, salt + 1)
    y = tuple(x * (j > 4 and h > -1) for j, (x, h) in enumerate(zip(seen, hidden, strict=True)))
    return Corrupted((y,), WEIGHTS[4], points, rate)


def problems() -> SearchStrategy[Corrupted]:
    """Values first and sizes last, so that shrinking reaches the smallest sizes."""
    from hypothesis import strategies as st

    values = st.sampled_from((0.0, 1.0, 0.5, 0.25, 0.75))
    size = st.integers(1, 2)
    return st.builds(
        _cut, st.lists(values, min_size=6, max_size=6),
        st.lists(st.booleans(), min_size=4, max_size=4), st.integers(0, 2),
        st.sampled_from(tuple(WEIGHTS.values())[:3]),
        st.sampled_from((0.5, 0.25, 0.75, 0.375)), size, size,
    )  # fmt: skip


def _cut(
    pool: list[float], kept: list[bool], first: int, weights: tuple[float, ...], rate: float,
    n: int, d: int,
) -> Corrupted:  # fmt: skip
    points = tuple(tuple(pool[2 * i : 2 * i + d]) for i in range(len(weights)))
    y = tuple(
        tuple(points[(first + i) % len(points)][j] * kept[2 * i + j] for j in range(d))
        for i in range(n)
    )
    return Corrupted(y, weights, points, rate)


def simpler(problem: Corrupted) -> Iterator[Corrupted]:
    """Fewer points (whose weight goes to the next), observations, coordinates; plainer numbers.
    What is observed stays possible."""
    candidates = (*_fewer(problem), *_plainer(problem))
    yield from (plain for plain in candidates if impossible(plain, "masking") is None)


def _fewer(problem: Corrupted) -> Iterator[Corrupted]:
    y, weights, points, rate = problem
    for i in range(len(weights) if len(weights) > 1 else 0):
        others = [*weights[:i], *weights[i + 1 :]]
        others[i % len(others)] += weights[i]
        yield Corrupted(y, tuple(others), without_row(points, i), rate)
    if rate != 0.5:
        yield problem._replace(rate=0.5)
    if any(w != 1 / len(weights) for w in weights) and len(weights) in (1, 2, 4):
        yield problem._replace(weights=(1 / len(weights),) * len(weights))


def _plainer(problem: Corrupted) -> Iterator[Corrupted]:
    for value, plain in _exchanges(problem):
        y, points = (
            tuple(tuple(plain if x == value else x for x in row) for row in table)
            for table in (problem.y, problem.points)
        )
        yield problem._replace(y=y, points=points)
    if len(problem.points[0]) > LARGE:
        yield from _halves(problem)
        return
    for found in simpler_tables(problem, {"y": "nd", "points": "cd"}):
        entries = {x for table in (found.y, found.points) for row in table for x in row}
        if len(found.points) == len(found.weights) and entries <= {0.0, 0.25, 0.5, 0.75, 1.0}:
            yield found


def _halves(problem: Corrupted) -> Iterator[Corrupted]:
    """Of many coordinates, the first half or the second, or all but an eighth."""
    d = len(problem.points[0])
    cuts = [slice(0, d // 2), slice(d // 2, d), slice(0, d - d // 8), slice(d // 8, d)]
    for cut in cuts:
        y, points = (tuple(row[cut] for row in table) for table in (problem.y, problem.points))
        yield problem._replace(y=y, points=points)


def _exchanges(problem: Corrupted) -> Iterator[tuple[float, float]]:
    """A value, wherever it stands, and a plainer one in its place."""
    values = sorted({x for table in (problem.y, problem.points) for row in table for x in row})
    for value in values:
        if value not in (0.0, 1.0):
            yield value, 1.0
            if value != 0.5:
                yield value, 0.5
