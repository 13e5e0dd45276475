"""Predictions and targets of two views: how they are posed, drawn and shrunk."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from . import nt_xent_problems
from .lattice import Matrix, lattice, quarters, simpler_entries, without_column, without_row
from .nt_xent_problems import Batch

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

__all__ = ["Predicted", "design", "problems", "ranges", "simpler"]


class Predicted(NamedTuple):
    """Of n samples and two views of each: what is predicted from either, and the targets, [n, d].
    What is predicted from one view is held against the target of the other."""

    p1: Matrix
    p2: Matrix
    z1: Matrix
    z2: Matrix


def _with_targets(batch: Batch, salt: int) -> Predicted:
    n, d = len(batch.z1), len(batch.z1[0])
    return Predicted(batch.z1, batch.z2, lattice(n, d, salt), lattice(n, d, salt + 1))


def design() -> tuple[Predicted, ...]:
    """NT-Xent's probes but three, with targets of their own; predictions that are right, opposite,
    and right but for their lengths; and a single sample."""
    probes = [_with_targets(b, 900 + 2 * k) for k, b in enumerate(nt_xent_problems.design()[3:])]
    p1, p2 = lattice(3, 3, 960), lattice(3, 3, 961)
    away = tuple(tuple(-x for x in row) for row in p2)
    longer = tuple(tuple(x * 2.0 ** (i + 1) for x in row) for i, row in enumerate(p1))
    probes += [
        Predicted(p1, p2, p2, p1), Predicted(p1, p2, away, longer),
        Predicted(p1[:1], p2[:1], p1[1:2], p2[1:2]),
    ]  # fmt: skip
    return tuple(probes)


def ranges() -> tuple[Predicted, ...]:
    """Batch sizes, dimensions and norms that people use, and just beyond."""
    small = nt_xent_problems.ranges()[6:-1]
    large = Batch(lattice(32, 32, 400), lattice(32, 32, 401), 1.0)
    return tuple(_with_targets(b, 970 + 2 * k) for k, b in enumerate((*small, large)))


def problems() -> SearchStrategy[Predicted]:
    """Values first and sizes last, so that shrinking reaches one sample of one feature."""
    from hypothesis import strategies as st

    row = st.lists(quarters(), min_size=3, max_size=3)
    pool = st.lists(row, min_size=8, max_size=8)
    return st.builds(_cut, pool, st.integers(1, 2), st.integers(1, 3))


def _cut(pool: list[list[float]], n: int, d: int) -> Predicted:
    rows = [tuple(row[:d]) if any(row[:d]) else (1.0,) + (0.0,) * (d - 1) for row in pool]
    return Predicted(*(tuple(rows[at : at + n]) for at in (0, 2, 4, 6)))


def simpler(problem: Predicted) -> Iterator[Predicted]:
    """Fewer samples, fewer columns, plainer entries; no row ever vanishes."""
    n, d = len(problem.p1), len(problem.p1[0])
    if n > 3:
        yield Predicted(*(table[: n // 2] for table in problem))
    if d > 3:
        yield from _proper(tuple(tuple(r[: d // 2] for r in table) for table in problem))
    for i in range(n if n > 1 else 0):
        yield Predicted(*(without_row(table, i) for table in problem))
    for j in range(d if d > 1 else 0):
        yield from _proper(tuple(without_column(table, j) for table in problem))
    for place, table in enumerate(problem):
        for plainer in simpler_entries(table):
            yield from _proper((*problem[:place], plainer, *problem[place + 1 :]))


def _proper(tables: tuple[Matrix, ...]) -> Iterator[Predicted]:
    if all(any(row) for table in tables for row in table):
        yield Predicted(*tables)
