"""Images and their texts as features: how they are posed, drawn and shrunk.

Scales lie between 1 and 100: codes clamp what they learn to these, and are right to.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

from .lattice import Matrix, lattice, quarters, simpler_entries, without_column, without_row

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

__all__ = ["Captioned", "design", "problems", "ranges", "simpler"]


class Captioned(NamedTuple):
    """Features of n images and of their texts, both (n, d), and what multiplies their products."""

    image: Matrix
    text: Matrix
    logit_scale: float


SIZES = ((2, 1), (2, 2), (3, 2), (2, 3), (4, 3), (3, 5), (8, 4), (5, 8))
SCALES = (1.0, 4.0, 10.0, 2.0, 14.25, 1.5, 50.0, 100.0)


def shrunk(table: Matrix, factor: float) -> Matrix:
    return tuple(tuple(x * factor for x in row) for row in table)


def problem_of(n: int, d: int, scale: float, salt: int) -> Captioned:
    """Features so long that the scores are a few units, whatever the scale."""
    factor = next(f for f in (1.0, 0.5, 0.25, 0.125) if f * f * scale <= 2)
    pair = (lattice(n, d, salt), lattice(n, d, salt + 1))
    return Captioned(shrunk(pair[0], factor), shrunk(pair[1], factor), scale)


def design() -> tuple[Captioned, ...]:
    """26 probes: sizes by scales, then rows that are aligned, clustered, badly scaled, reversed;
    and opposite pairs, which reach the floor."""
    probes = [
        problem_of(n, d, SCALES[(k + k // 8) % 8], 2 * k) for k, (n, d) in enumerate(SIZES * 2)
    ]
    for k, scale in enumerate((2.0, 10.0)):
        image, text, _ = problem_of(4, 3, scale, 50 + 2 * k)
        clustered = tuple((1.0 + text[i][0] / 16, *text[i][1:]) for i in range(4))
        scaled = tuple(tuple(x * 4.0 ** (i - 2) for x in row) for i, row in enumerate(text))
        probes += [
            Captioned(image, image, scale),
            Captioned(image, clustered, scale),
            Captioned(image, scaled, scale),
            Captioned(image, tuple(reversed(text)), scale / 2),
        ]
    poles = ((1.0,), (-1.0,))
    reached = (Captioned(poles, poles, 1.0), Captioned(poles, poles, 4.0))
    return (probes[0], reached[0], *probes[1:], reached[1])


def ranges() -> tuple[Captioned, ...]:
    """Scales, batch sizes and norms that people use, and longer and shorter features."""
    probes = [
        problem_of(16, 8, scale, 100 + 2 * k)
        for k, scale in enumerate((1.0, 14.25, 50.0, 100.0))
    ]  # fmt: skip
    image, text, _ = problem_of(4, 3, 4.0, 300)  # rows about as long as unit vectors
    opposite = shrunk(image, -1.0)
    probes += [Captioned(image, image, 100.0), Captioned(image, opposite, 100.0)]
    probes += [Captioned(shrunk(image, f), text, 10.0) for f in (2.0**-10, 2.0**5)]
    large = tuple(shrunk(lattice(64, 32, salt), 0.125) for salt in (400, 401))
    return (*probes, Captioned(large[0], large[1], 20.0))


def problems() -> SearchStrategy[Captioned]:
    """Values first and sizes last, so that shrinking reaches the smallest sizes."""
    from hypothesis import strategies as st

    row = st.lists(quarters(), min_size=4, max_size=4)
    pool = st.lists(row, min_size=8, max_size=8)
    return st.builds(
        _cut, pool, st.sampled_from((1.0, 2.0, 4.0, 10.0, 100.0)),
        st.integers(2, 4), st.integers(1, 4),
    )  # fmt: skip


def _cut(pool: list[list[float]], scale: float, n: int, d: int) -> Captioned:
    rows = [tuple(row[:d]) if any(row[:d]) else (1.0,) + (0.0,) * (d - 1) for row in pool]
    factor = 0.25 if scale > 4 else 1.0
    return Captioned(shrunk(tuple(rows[:n]), factor), shrunk(tuple(rows[4 : 4 + n]), factor), scale)


def simpler(problem: Any) -> Iterator[Any]:
    """Fewer pairs, fewer columns, scale one, plainer entries; no row ever vanishes."""
    first, second, *rest = problem
    n, d = len(first), len(first[0])
    for half in (slice(None, n // 2), slice(n // 2, None)):
        if n > 3:
            yield problem._make((first[half], second[half], *rest))
    if d > 3:
        left = [tuple(row[: d // 2] for row in table) for table in (first, second)]
        yield from _proper(problem._make((*left, *rest)))
    for i in range(n if n > 2 else 0):
        yield problem._make((without_row(first, i), without_row(second, i), *rest))
    for j in range(d if d > 1 else 0):
        narrower = (without_column(first, j), without_column(second, j))
        yield from _proper(problem._make((*narrower, *rest)))
    if problem.logit_scale != 1.0:
        yield problem._replace(logit_scale=1.0)
        if problem.logit_scale != 2.0:
            yield problem._replace(logit_scale=2.0)
    for plainer in simpler_entries(first):
        yield from _proper(problem._make((plainer, second, *rest)))
    for plainer in simpler_entries(second):
        yield from _proper(problem._make((first, plainer, *rest)))


def _proper(problem: Any) -> Iterator[Any]:
    if all(any(row) for row in (*problem[0], *problem[1])):
        yield problem
