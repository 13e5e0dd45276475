r"""The landscape of a linear autoencoder, exactly: every critical point and its Hessian's inertia.

For $\Sigma = \operatorname{diag}(\lambda)$ the critical points of
$L(A, B) = \operatorname{tr}(I - AB)\Sigma(I - AB)^\top$ are, up to $(AC^{-1}, CB)$ and for positive
distinct eigenvalues, one for each set $I$ of at most $k$ axes: the encoder reads those axes and the
decoder puts them back.  All arithmetic is rational, so that an eigenvalue is negative or is not.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from functools import cache
from itertools import combinations, product
from typing import NamedTuple

__all__ = ["CriticalPoint", "critical_points", "gradient_vanishes", "hessian", "index"]
__all__ += ["inertia", "predicted_index"]

Matrix = list[list[Fraction]]

SPECTRA: tuple[tuple[int, ...], ...] = (
    (2, 1), (1, 1), (1, 0), (3, 2, 1), (2, 2, 1), (2, 1, 1), (1, 1, 1), (2, 1, 0), (1, 0, 0),
    (4, 3, 2, 1), (2, 2, 1, 1), (3, 1, 0, 0),
)  # fmt: skip


class CriticalPoint(NamedTuple):
    """The axes `kept`, of the spectrum `values`, through k units of which the rest are idle."""

    values: tuple[int, ...]
    k: int
    kept: tuple[int, ...]

    @property
    def excess(self) -> int:
        """How far the loss is above the floor."""
        d = len(self.values)
        lost = sum(self.values[j] for j in range(d) if j not in self.kept)
        return lost - sum(sorted(self.values)[: d - self.k])


def critical_points() -> Iterator[CriticalPoint]:
    """All sets of at most k axes, for spectra with and without ties and zeros, d up to 4."""
    for values in SPECTRA:
        for k in range(1, min(len(values), 3)):
            for size in range(k + 1):
                for kept in combinations(range(len(values)), size):
                    yield CriticalPoint(values, k, kept)


@cache
def index(point: CriticalPoint) -> int:
    """The number of negative eigenvalues of the Hessian at the point, exactly."""
    return inertia(hessian(point))[0]


def predicted_index(point: CriticalPoint) -> int:
    """The number of descending directions: swaps of a kept axis for a longer one that was dropped,
    and, for every idle unit, each dropped axis of positive length."""
    dropped = [v for j, v in enumerate(point.values) if j not in point.kept]
    swaps = sum(new > point.values[i] for i in point.kept for new in dropped)
    return swaps + (point.k - len(point.kept)) * sum(v > 0 for v in dropped)


# -- the loss, to second order --------------------------------------------------------------------


def _weights(point: CriticalPoint) -> tuple[Matrix, Matrix]:
    d = len(point.values)
    encoder = [[Fraction(0)] * d for _ in range(point.k)]
    for unit, axis in enumerate(point.kept):
        encoder[unit][axis] = Fraction(1)
    return [list(column) for column in zip(*encoder, strict=True)], encoder


def gradient_vanishes(point: CriticalPoint) -> bool:
    """Whether the point is critical: (AB - I) S B' = 0 and A' (AB - I) S = 0."""
    A, B = _weights(point)
    d = len(point.values)
    E = [
        [(sum(A[i][u] * B[u][j] for u in range(point.k)) - (i == j)) * point.values[j]
         for j in range(d)] for i in range(d)
    ]  # fmt: skip
    decoder = all(
        sum(E[i][j] * B[u][j] for j in range(d)) == 0 for i in range(d) for u in range(point.k)
    )
    encoder = all(
        sum(A[i][u] * E[i][j] for i in range(d)) == 0 for u in range(point.k) for j in range(d)
    )
    return decoder and encoder


def hessian(point: CriticalPoint) -> Matrix:
    """Half the Hessian (2dk, 2dk) of the loss at the point, in the decoder's entries, then the
    encoder's: the quadratic form tr V S V' - 2 tr (I - AB) S (dA dB)', V = A dB + dA B."""
    A, B = _weights(point)
    d, k, lam = len(point.values), point.k, point.values
    directions = [("A", i, u) for i in range(d) for u in range(k)]
    directions += [("B", u, j) for u in range(k) for j in range(d)]

    def moves(direction: tuple[str, int, int]) -> dict[tuple[int, int], Fraction]:
        which, p, q = direction
        if which == "A":  # a unit step in A[p][q] moves row p of AB by row q of B
            return {(p, j): B[q][j] for j in range(d) if B[q][j]}
        return {(i, q): A[i][p] for i in range(d) if A[i][p]}

    def curvature(one: tuple[str, int, int], two: tuple[str, int, int]) -> Fraction:
        first, second = moves(one), moves(two)
        value = sum((c * second.get(ij, Fraction(0)) * lam[ij[1]] for ij, c in first.items()),
                    Fraction(0))  # fmt: skip
        if {one[0], two[0]} == {"A", "B"}:
            (_, i, u), (_, v, j) = (one, two) if one[0] == "A" else (two, one)
            residual = (i == j) - sum(A[i][w] * B[w][j] for w in range(k))
            value -= (u == v) * residual * lam[j]
        return value

    return [[curvature(one, two) for two in directions] for one in directions]


def inertia(matrix: Matrix) -> tuple[int, int, int]:
    """How many eigenvalues of a symmetric matrix are negative, zero and positive, by elimination
    (Sylvester's law)."""
    M = [row[:] for row in matrix]
    signs = [0, 0, 0]
    while M:
        n = len(M)
        pivot = next((i for i in range(n) if M[i][i]), None)
        if pivot is None:
            cross = next(((i, j) for i, j in product(range(n), repeat=2) if M[i][j]), None)
            if cross is None:
                signs[1] += n
                break
            _add(M, *cross)
            pivot = cross[0]
        signs[1 + (1 if M[pivot][pivot] > 0 else -1)] += 1
        M = _schur(M, pivot)
    return signs[0], signs[1], signs[2]


def _add(M: Matrix, i: int, j: int) -> None:
    """Add row and column j to row and column i: a congruence that makes M[i][i] = 2 M[i][j]."""
    M[i] = [a + b for a, b in zip(M[i], M[j], strict=True)]
    for row in M:
        row[i] += row[j]


def _schur(M: Matrix, p: int) -> Matrix:
    rest = [i for i in range(len(M)) if i != p]
    return [[M[i][j] - M[i][p] * M[p][j] / M[p][p] if M[i][p] else M[i][j] for j in rest]
            for i in rest]  # fmt: skip
