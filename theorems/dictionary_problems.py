"""Small tables of data to be written sparsely: how they are posed, drawn and shrunk."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from .lattice import Matrix, lattice, quarters
from .tables import simpler_tables

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

__all__ = ["Signals", "design", "problems", "simpler"]


class Signals(NamedTuple):
    """n rows of data in d dimensions, none of them zero; the number k of atoms; and the penalty on
    the absolute values of the codes, against half the squared error."""

    x: Matrix
    k: int
    penalty: float

    @property
    def atoms(self) -> int:
        """k as an integer, also where a declared one arrives as a float."""
        return int(self.k)


SIZES = (
    (1, 1, 1, 0.5), (2, 2, 1, 0.5), (3, 2, 1, 0.25), (3, 2, 2, 0.25), (4, 3, 2, 0.5),
    (4, 2, 3, 0.5), (5, 3, 2, 0.125), (6, 3, 4, 0.25), (5, 3, 5, 0.5), (6, 4, 2, 0.0625),
)  # fmt: skip


def design() -> tuple[Signals, ...]:
    """16 probes: sizes, with more atoms than dimensions and than rows; rows at right angles, all
    alike, and on two lines; a penalty that lets no code live, and one for long rows only; small."""
    plain = [
        Signals(lattice(n, d, salt), k, penalty) for salt, (n, d, k, penalty) in enumerate(SIZES)
    ]
    angles = ((2.0, 0.0, 0.0), (0.0, -1.5, 0.0), (0.0, 0.0, 1.0))
    lines = ((1.0, 1.0), (-2.0, -2.0), (0.0, 1.5), (0.0, 0.5))
    small = tuple(tuple(entry / 64 for entry in row) for row in lattice(4, 3, 20))
    return (
        *plain, Signals(angles, 2, 0.5), Signals(((1.0, -0.5),) * 3, 2, 0.25),
        Signals(lines, 2, 0.25), Signals(lattice(4, 2, 21), 2, 8.0),
        Signals(angles, 3, 1.25), Signals(small, 2, 2.0**-8),
    )  # fmt: skip


def problems() -> SearchStrategy[Signals]:
    """Values first and sizes last, so that shrinking reaches the smallest sizes."""
    from hypothesis import strategies as st

    pool = st.lists(st.lists(quarters(), min_size=3, max_size=3), min_size=5, max_size=5)
    penalty = st.sampled_from((0.5, 0.25, 1.0, 0.125))
    return st.builds(
        _sliced, pool, penalty, st.integers(1, 5), st.integers(1, 3), st.integers(1, 4)
    )


def _sliced(pool: list[list[float]], penalty: float, n: int, d: int, k: int) -> Signals:
    rows = [row[:d] for row in pool[:n]]
    return Signals(tuple(tuple(row if any(row) else [1.0] * d) for row in rows), k, penalty)


def simpler(problem: Signals) -> Iterator[Signals]:
    """Fewer atoms, a penalty of a half, fewer rows and columns, plainer entries; no row is zero."""
    for k in range(1, problem.atoms):
        yield problem._replace(k=k)
    if problem.penalty != 0.5:
        yield problem._replace(penalty=0.5)
    for plain in simpler_tables(problem, {"x": "nd"}):
        if all(any(row) for row in plain.x):
            yield plain
