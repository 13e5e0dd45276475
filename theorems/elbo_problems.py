"""Small autoencoders with a linear decoder: how they are posed, drawn and shrunk."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

from .lattice import Matrix, lattice, quarters
from .tables import simpler_tables

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

__all__ = ["Autoencoder", "design", "problems", "ranges", "simpler"]


class Autoencoder(NamedTuple):
    """n points in d dimensions, their codes in k, a linear decoder, and two numbers that live
    inside the code: the weight of the KL, and the decoder's variance where it is not one."""

    x: Matrix
    mu: Matrix
    logvar: Matrix
    weight: Matrix
    bias: tuple[float, ...]
    beta: float = 1.0
    decoder_variance: float = 1.0


SIZES = ((1, 1, 1), (1, 2, 1), (2, 1, 1), (1, 1, 2), (2, 2, 1), (2, 2, 2), (2, 3, 2), (3, 2, 1),
         (1, 4, 3), (3, 4, 1), (1, 3, 2), (2, 2, 3))  # fmt: skip


def problem_of(n: int, d: int, k: int, salt: int) -> Autoencoder:
    tables = lattice(n, d, salt), lattice(n, k, salt + 1000), lattice(n, k, salt + 2000)
    return Autoencoder(*tables, lattice(d, k, salt + 3000), lattice(1, d, salt + 4000)[0])


def design() -> tuple[Autoencoder, ...]:
    """24 probes: sizes; then at and near the prior, without a decoder, narrow, wide, far."""
    plain = [problem_of(*size, salt) for salt, size in enumerate(SIZES)]
    p, q = problem_of(2, 2, 2, 50), problem_of(2, 3, 1, 51)
    special = [_scaled(a, mu=m, logvar=v) for a in (p, q)
               for m, v in ((0.0, 0.0), (2.0**-6, 2.0**-8), (1.0, 0.0), (0.0, 2.0))]  # fmt: skip
    special += [_scaled(p, weight=0.0), _scaled(q, x=16.0), _scaled(p, logvar=-2.0)]
    return (*plain, *special, Autoencoder(((1.0,),), ((0.0,),), ((0.0,),), ((0.0,),), (0.0,)))


def ranges() -> tuple[Autoencoder, ...]:
    """Codes far out, narrow and wide; pixels in 0..255; a decoder that is off by far."""
    p = problem_of(2, 3, 2, 60)
    flat = Autoencoder(((1.0,),), ((0.5,),), ((1.0,),), ((0.5,),), (0.0,))
    spreads = [_scaled(flat, logvar=v) for v in (-10.0, 10.0, 15.0)]
    return (*spreads, _scaled(p, x=128.0), _scaled(p, mu=64.0), problem_of(4, 16, 2, 61))


def _scaled(problem: Autoencoder, **factors: float) -> Autoencoder:
    changed: Any = {
        name: tuple(tuple(factor * e + 0.0 for e in row) for row in getattr(problem, name))
        for name, factor in factors.items()
    }
    return problem._replace(**changed)


def problems() -> SearchStrategy[Autoencoder]:
    """Values first and sizes last, so that shrinking reaches the smallest sizes."""
    from hypothesis import strategies as st

    pool = st.lists(quarters(), min_size=4, max_size=4)
    size = st.integers(1, 2)
    return st.builds(_cut, pool, pool, pool, pool, pool, size, size, size)


def _cut(
    x: list[float], mu: list[float], logvar: list[float], weight: list[float], bias: list[float],
    n: int, d: int, k: int,
) -> Autoencoder:  # fmt: skip
    def table(pool: list[float], rows: int, columns: int) -> Matrix:
        return tuple(tuple(pool[2 * i : 2 * i + columns]) for i in range(rows))

    return Autoencoder(
        table(x, n, d), table(mu, n, k), table(logvar, n, k), table(weight, d, k), tuple(bias[:d])
    )


AXES = {"x": "nd", "mu": "nk", "logvar": "nk", "weight": "dk", "bias": "d"}


def simpler(problem: Autoencoder) -> Iterator[Autoencoder]:
    return simpler_tables(problem, AXES)
