"""Two views of a batch: how they are posed, drawn and shrunk."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from .lattice import Matrix, lattice, quarters, simpler_entries, without_column, without_row

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

__all__ = ["TRIANGLE", "Batch", "design", "problems", "ranges", "simpler"]


class Batch(NamedTuple):
    """Two views of N rows of dimension d, and the temperature."""

    z1: Matrix
    z2: Matrix
    temperature: float


TRIANGLE = ((1.0, 0.0), (-0.5, 0.75**0.5), (-0.5, -(0.75**0.5)))  # a regular simplex

SIZES = ((2, 1), (2, 2), (3, 2), (2, 3), (4, 3), (3, 5), (8, 4), (5, 16))
TEMPERATURES = (0.5, 0.1, 1.0, 0.07, 2.0, 0.25, 5.0, 0.2)


def design() -> tuple[Batch, ...]:
    """24 probes: sizes by temperatures, then rows that are aligned, clustered and badly scaled."""
    probes = [
        Batch(lattice(n, d, 2 * k), lattice(n, d, 2 * k + 1), TEMPERATURES[(k + k // 8) % 8])
        for k, (n, d) in enumerate(SIZES * 2)
    ]
    for k, temperature in enumerate((0.5, 0.1)):
        z1, z2 = lattice(4, 3, 50 + k), lattice(4, 3, 60 + k)
        clustered = tuple((1.0 + z2[i][0] / 16, *z2[i][1:]) for i in range(4))
        scaled = tuple(tuple(x * 8.0 ** (i - 1) for x in row) for i, row in enumerate(z2))
        probes += [
            Batch(z1, z1, temperature),
            Batch(z1, clustered, temperature),
            Batch(z1, scaled, temperature),
            Batch(z1, tuple(reversed(z2)), temperature * 4),
        ]
    return tuple(probes)


def ranges() -> tuple[Batch, ...]:
    """Temperatures, batch sizes and norms that people use, and just beyond."""
    probes = []
    for k, temperature in enumerate((0.5, 0.07, 0.02, 0.01, 10.0)):
        probes.append(Batch(lattice(16, 8, 100 + k), lattice(16, 8, 200 + k), temperature))
    z1, z2 = lattice(4, 3, 300), lattice(4, 3, 301)
    opposite = tuple(tuple(-x for x in row) for row in z1)
    probes += [Batch(z1, z1, 0.01), Batch(z1, opposite, 0.01), Batch(z1, opposite, 0.05)]
    for factor in (2.0**-10, 2.0**10):
        small = tuple(tuple(x * factor for x in row) for row in z1)
        probes.append(Batch(small, z2, 0.1))
    probes.append(Batch(lattice(128, 64, 400), lattice(128, 64, 401), 0.05))
    return tuple(probes)


def problems() -> SearchStrategy[Batch]:
    """Values first and sizes last, so that shrinking reaches the smallest sizes."""
    from hypothesis import strategies as st

    row = st.lists(quarters(), min_size=4, max_size=4)
    pool = st.lists(row, min_size=8, max_size=8)
    return st.builds(
        _batch, pool, st.sampled_from((1.0, 0.5, 0.25, 2.0, 0.1, 0.07)),
        st.integers(2, 4), st.integers(1, 4),
    )  # fmt: skip


def _batch(pool: list[list[float]], temperature: float, n: int, d: int) -> Batch:
    rows = [tuple(row[:d]) if any(row[:d]) else (1.0,) + (0.0,) * (d - 1) for row in pool]
    return Batch(tuple(rows[:n]), tuple(rows[4 : 4 + n]), temperature)


def simpler(problem: Batch) -> Iterator[Batch]:
    """Fewer pairs, fewer columns, temperature one, plainer entries; no row ever vanishes."""
    z1, z2, temperature = problem
    for half in (slice(None, len(z1) // 2), slice(len(z1) // 2, None)):
        if len(z1) > 3:
            yield Batch(z1[half], z2[half], temperature)
    if len(z1[0]) > 3:
        left = [tuple(row[: len(row) // 2] for row in z) for z in (z1, z2)]
        yield from _proper(Batch(left[0], left[1], temperature))
    for i in range(len(z1) if len(z1) > 2 else 0):
        yield Batch(without_row(z1, i), without_row(z2, i), temperature)
    for j in range(len(z1[0]) if len(z1[0]) > 1 else 0):
        yield from _proper(Batch(without_column(z1, j), without_column(z2, j), temperature))
    if temperature != 1.0:
        yield problem._replace(temperature=1.0)
        if temperature not in (0.5, 2.0):
            yield problem._replace(temperature=0.5)
    for plainer in simpler_entries(z1):
        yield from _proper(problem._replace(z1=plainer))
    for plainer in simpler_entries(z2):
        yield from _proper(problem._replace(z2=plainer))


def _proper(problem: Batch) -> Iterator[Batch]:
    if all(any(row) for row in problem.z1 + problem.z2):
        yield problem
