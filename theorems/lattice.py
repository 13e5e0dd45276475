"""Numbers for stored probes and for drawn ones: dyadic, few digits, exact in every precision."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

__all__ = ["Matrix", "lattice", "probabilities", "quarters", "rows", "simpler_entries"]
__all__ += ["times", "without_column", "without_row"]

Matrix = tuple[tuple[float, ...], ...]


@lru_cache(maxsize=4096)  # every subject meets the same stored design
def lattice(rows: int, columns: int, salt: int) -> Matrix:
    """A fixed matrix of quarters in [-2, 2] without a zero row, another one for each `salt`.

    The bits are SplitMix64's, so that no library's generator can change a stored probe.
    """
    return tuple(
        tuple(_quarter(salt, i, j) or 0.25 * (j == 0) for j in range(columns)) for i in range(rows)
    )


def probabilities(rows: int, columns: int, salt: int) -> Matrix:
    """Multiples of 1/128 in [1/16, 15/16], likewise."""
    return tuple(tuple((28 * v + 64) / 128 for v in row) for row in lattice(rows, columns, salt))


def _quarter(salt: int, i: int, j: int) -> float:
    mask = (1 << 64) - 1
    x = (salt * 0x9E3779B97F4A7C15 + i * 0xD1342543DE82EF95 + j * 0xAF251AF3B0F025B5 + 1) & mask
    x = ((x ^ (x >> 30)) * 0xBF58476D1CE4E5B9) & mask
    x = ((x ^ (x >> 27)) * 0x94D049BB133111EB) & mask
    return ((x ^ (x >> 31)) % 17 - 8) / 4


def quarters(limit: int = 8) -> SearchStrategy[float]:
    """Quarters in [-limit/4, limit/4], simplest first: 0, then the units."""
    from hypothesis import strategies as st

    return st.integers(-limit, limit).map(lambda k: k / 4)


def rows(table: Any) -> Matrix:
    return tuple(tuple(float(x) for x in row) for row in table)


def times(matrix: Matrix, factor: float) -> Matrix:
    return tuple(tuple(factor * x for x in row) for row in matrix)


def without_row(matrix: Matrix, i: int) -> Matrix:
    return matrix[:i] + matrix[i + 1 :]


def without_column(matrix: Matrix, j: int) -> Matrix:
    return tuple(row[:j] + row[j + 1 :] for row in matrix)


def simpler_entries(matrix: Matrix) -> Iterator[Matrix]:
    """The matrix with one entry made simpler: 0, then 1, then -1, then rounded to an integer."""
    for i, row in enumerate(matrix):
        for j, entry in enumerate(row):
            for simple in (0.0, 1.0, -1.0, float(round(entry))):
                if _plainness(simple) < _plainness(entry):
                    yield matrix[:i] + (row[:j] + (simple,) + row[j + 1 :],) + matrix[i + 1 :]


def _plainness(entry: float) -> tuple[bool, float, bool]:
    return (not float(entry).is_integer(), abs(entry), entry < 0)
