"""Tables of importance weights: how they are posed, drawn and shrunk."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import TYPE_CHECKING, NamedTuple

from .lattice import Matrix, lattice, quarters
from .tables import simpler_tables

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

__all__ = ["Weights", "design", "problems", "ranges", "simpler", "tuples"]


class Weights(NamedTuple):
    """Logarithms of importance weights: n rows of K samples, all finite."""

    log_w: Matrix


def tuples(states: tuple[float, ...], samples: int) -> Matrix:
    """All draws of so many samples, one to a row: the mean over them is the expectation."""
    return tuple(product(states, repeat=samples))


SIZES = ((1, 1), (1, 2), (2, 1), (2, 2), (3, 2), (2, 3), (1, 5), (4, 3), (3, 8), (8, 4))


def design() -> tuple[Weights, ...]:
    """24 probes: all sizes; weights all equal, of which one dominates, far from one, and all draws
    of a small model."""
    plain = [lattice(n, samples, i) for i, (n, samples) in enumerate(SIZES)]
    equal = [((1.0,) * 3,), ((0.0, 0.0),) * 2, ((2.0,) * 4, (-1.0,) * 4)]
    spread = [_scaled(lattice(n, samples, 40 + n), 8.0)
              for n, samples in ((1, 3), (2, 2), (3, 4), (2, 8))]  # fmt: skip
    dominated = [((24.0, 0.0, -24.0),), ((0.0, 0.0, 0.0, 30.0), (1.0, -30.0, 0.0, 0.5))]
    far = [_moved(lattice(n, 3, 60 + n), by)
           for n, by in ((1, (32.0,)), (2, (-32.0, -32.0)), (3, (16.0, -16.0, 0.0)))]  # fmt: skip
    drawn = [tuples((0.5, -1.0), 2), tuples((1.25, 0.0), 3)]
    return tuple(map(Weights, (*plain, *equal, *spread, *dominated, *far, *drawn)))


def ranges() -> tuple[Weights, ...]:
    """Log-likelihoods of images are in the thousands, below zero and, for densities, above; of
    batches of 64, one sample to 512."""
    thousand = lattice(3, 4, 80)
    return tuple(map(Weights, (
        *(_moved(thousand, (by,) * 3) for by in (-1000.0, -200.0, 200.0, 1000.0)),
        _moved(thousand, (1000.0, -1000.0, 0.0)), _scaled(thousand, 500.0),
        ((-1000.0,) * 5,), ((1000.0, 1000.0),), ((1000.0, 0.0, -1000.0),), ((-1000.0, 1000.0),),
        ((88.0, 89.0),), ((-106.0, -105.0),),  # where the exponential leaves float32
        _scaled(lattice(4, 3, 81), 2.0**-10),
        lattice(64, 1, 82), lattice(64, 16, 83), _scaled(lattice(2, 512, 84), 4.0),
    )))  # fmt: skip


def _scaled(table: Matrix, factor: float) -> Matrix:
    return tuple(tuple(x * factor for x in row) for row in table)


def _moved(table: Matrix, by: tuple[float, ...]) -> Matrix:
    return tuple(tuple(x + shift for x in row) for row, shift in zip(table, by, strict=True))


def problems() -> SearchStrategy[Weights]:
    """Values first and sizes last, so that shrinking reaches the smallest sizes."""
    from hypothesis import strategies as st

    pool = st.lists(quarters(24), min_size=12, max_size=12)
    return st.builds(_cut, pool, st.integers(1, 3), st.integers(1, 4))


def _cut(pool: list[float], n: int, samples: int) -> Weights:
    return Weights(tuple(tuple(pool[4 * i : 4 * i + samples]) for i in range(n)))


def simpler(problem: Weights) -> Iterator[Weights]:
    yield from simpler_tables(problem, {"log_w": "nk"})
