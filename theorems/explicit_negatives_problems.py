"""Queries, their positives and a table of negatives: how they are posed, drawn and shrunk."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

from .lattice import Matrix, lattice, quarters, simpler_entries, without_column

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

__all__ = ["Contrast", "Queued", "design", "problems", "ranges", "simpler"]


class Contrast(NamedTuple):
    """n queries, a positive for each, k negatives (a multiple of n, so that they can also be dealt
    out to the queries, block by block), and the temperature."""

    query: Matrix
    positive: Matrix
    negatives: Matrix
    temperature: float


class Queued(NamedTuple):
    """The same in MoCo's words: n queries, a key for each, a queue of earlier keys."""

    query: Matrix
    key: Matrix
    queue: Matrix
    temperature: float


SIZES = ((2, 1, 1), (2, 1, 2), (1, 1, 2), (3, 2, 2), (2, 2, 3), (1, 4, 3), (3, 1, 5), (4, 2, 4))
TEMPERATURES = (0.5, 0.1, 1.0, 0.07, 2.0, 0.25, 5.0, 0.2)
Kind = Callable[..., Any]  # one of the two named tuples


def design(kind: Kind = Contrast) -> tuple[Any, ...]:
    """24 probes: sizes by temperatures, then rows that are aligned, opposite and badly scaled."""
    probes = [
        kind(*(lattice(rows, d, 3 * k + j + 700) for j, rows in enumerate((n, n, n * each))),
             TEMPERATURES[(k + k // 8) % 8])
        for k, (n, each, d) in enumerate(SIZES * 2)
    ]  # fmt: skip
    for k, temperature in enumerate((0.5, 0.1)):
        q, p, w = lattice(3, 3, 50 + k), lattice(3, 3, 60 + k), lattice(6, 3, 70 + k)
        one = (q[0],) * 3
        opposite = (tuple(-x for x in q[0]),) * 6
        probes += [
            kind(q, q, w, temperature),
            kind(one, one, opposite, temperature * 2),
            kind(q, p, q + p, temperature),
            kind(q, _scaled(p), _scaled(w), temperature * 4),
        ]
    return tuple(probes)


def _scaled(rows: Matrix) -> Matrix:
    return tuple(tuple(x * 8.0 ** (i % 3 - 1) for x in row) for i, row in enumerate(rows))


def ranges(kind: Kind = Contrast) -> tuple[Any, ...]:
    """Temperatures, numbers of negatives and norms that people use, and just beyond."""
    probes = [
        kind(lattice(8, 8, 100 + k), lattice(8, 8, 200 + k), lattice(16, 8, 500 + k), temperature)
        for k, temperature in enumerate((0.5, 0.07, 0.02, 0.01, 10.0))
    ]
    q, p, w = lattice(3, 3, 300), lattice(3, 3, 301), lattice(6, 3, 302)
    opposite = tuple(tuple(-x for x in row) for row in q)
    probes += [kind(q, q, opposite, 0.01), kind(q, opposite, q, 0.01), kind(q, opposite, w, 0.05)]
    for factor in (2.0**-10, 2.0**10):
        probes.append(kind(tuple(tuple(x * factor for x in row) for row in q), p, w, 0.1))
    probes.append(kind(lattice(8, 64, 400), lattice(8, 64, 401), lattice(256, 64, 402), 0.05))
    return tuple(probes)


def problems(kind: Kind = Contrast) -> SearchStrategy[Any]:
    """Values first and sizes last, so that shrinking reaches the smallest sizes."""
    from hypothesis import strategies as st

    pool = st.tuples(*[st.tuples(quarters(), quarters())] * 8)

    def cut(
        pool: tuple[tuple[float, float], ...], temperature: float, n: int, each: int, d: int
    ) -> Any:
        rows = [row[:d] if any(row[:d]) else (1.0,) + (0.0,) * (d - 1) for row in pool]
        tables = rows[:n], rows[2 : 2 + n], rows[4 : 4 + n * each]
        return kind(*map(tuple, tables), temperature)

    return st.builds(
        cut, pool, st.sampled_from((1.0, 0.5, 0.25, 2.0, 0.1, 0.07)),
        st.integers(1, 2), st.integers(1, 2), st.integers(1, 2),
    )  # fmt: skip


def simpler(problem: Any) -> Iterator[Any]:
    """Fewer queries, fewer negatives, fewer columns, temperature one, plainer entries; no row ever
    vanishes."""
    query, positive, negatives, temperature = problem
    n, each = len(query), len(negatives) // len(query)
    for i in range(n) if n > 1 else ():
        kept = [j for j in range(n) if j != i]
        yield problem._make(
            (_rows(query, kept), _rows(positive, kept), _dealt(negatives, kept, range(each), each),
             temperature)
        )  # fmt: skip
    for i in range(each) if each > 1 else ():
        shares = [j for j in range(each) if j != i]
        yield problem._make(
            (query, positive, _dealt(negatives, range(n), shares, each), temperature)
        )
    for j in range(len(query[0])) if len(query[0]) > 1 else ():
        yield from _proper(problem._make((*(without_column(z, j) for z in problem[:3]),
                                          temperature)))  # fmt: skip
    if temperature != 1.0:
        yield problem._replace(temperature=1.0)
        if temperature not in (0.5, 2.0):
            yield problem._replace(temperature=0.5)
    for place in range(3):
        for plainer in simpler_entries(problem[place]):
            yield from _proper(problem._make((*problem[:place], plainer, *problem[place + 1 :])))


def _rows(table: Matrix, kept: Any) -> Matrix:
    return tuple(table[i] for i in kept)


def _dealt(negatives: Matrix, queries: Any, shares: Any, each: int) -> Matrix:
    return tuple(negatives[i * each + j] for i in queries for j in shares)


def _proper(problem: Any) -> Iterator[Any]:
    if all(any(row) for table in problem[:3] for row in table):
        yield problem
