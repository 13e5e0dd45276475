r"""The simplex: K unit vectors whose every pair has the cosine $-1/(K-1)$.

It is the equiangular tight frame of K vectors in $K - 1$ dimensions.  For any unit vectors
$\sum_{i\ne j}\langle u_i,u_j\rangle = \lVert\sum u_i\rVert^2 - K \ge -K$, so that no K directions
are further apart than these, which are so in no more than one way, up to a rotation.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from .theorem import Claim, Family

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

__all__ = ["SIMPLEX_ETF", "Corners", "Frame", "gram", "roomy"]


class Corners(NamedTuple):
    """How many corners, in how many dimensions."""

    K: int
    d: int


class Frame(NamedTuple):
    """What the code returned: its rows (K, d)."""

    rows: np.ndarray


class Gram(NamedTuple):
    """All inner products (K, K): what is the same for every rotation."""

    products: np.ndarray


def roomy(problem: Corners, room: str) -> Corners:
    """The problem, with as many dimensions as the coding asks for."""
    K, d = map(int, problem)  # a declared size comes as a float
    return Corners(K, max(d, K - (room == "K-1")))


def gram(problem: Corners, room: str = "K-1") -> Gram:
    r"""$\frac{K}{K-1}(I - \frac1KJ)$."""
    K = int(problem.K)
    return Gram((K * np.eye(K) - 1) / (K - 1))


# -- claims ---------------------------------------------------------------------------------------


def _products(output: Frame) -> np.ndarray:
    rows = np.asarray(output.rows, float)
    return np.asarray(rows @ rows.T)


def _unit_length(problem: Corners, truth: Gram, output: Frame) -> float:
    return -float(np.max(np.abs(np.diag(_products(output)) - 1)))


def _equiangular(problem: Corners, truth: Gram, output: Frame) -> float:
    apart = np.abs(_products(output) - truth.products)[~np.eye(len(truth.products), dtype=bool)]
    return -float(np.max(apart))


def _sum_zero(problem: Corners, truth: Gram, output: Frame) -> float:
    return -float(np.max(np.abs(np.sum(np.asarray(output.rows, float), axis=0))))


def _tight(problem: Corners, truth: Gram, output: Frame) -> float:
    """Per corner, so that its rounding is one number's."""
    K = problem.K
    return -abs(float(np.sum(_products(output) ** 2)) - K**2 / (K - 1)) / K


CLAIMS = (
    Claim(
        name="unit length", tex=r"\lVert u_i\rVert = 1", why="every class weighs as much",
        slack=_unit_length, unit=lambda *_: 2.0,
    ),
    Claim(
        name="equal angles", tex=r"\langle u_i,u_j\rangle = -\tfrac1{K-1},\ i \ne j",
        why="every class is as far from every other, as far as K directions can be",
        slack=_equiangular, unit=lambda *_: 2.0,
    ),
    Claim(
        name="sum zero", tex=r"\textstyle\sum_i u_i = 0",
        why="the bound is reached only by directions that balance", slack=_sum_zero,
        unit=lambda problem, truth, output: float(problem.K),
    ),
    Claim(
        name="tightness",
        tex=r"\textstyle\sum_{i,j}\langle u_i,u_j\rangle^2 = \tfrac{K^2}{K-1}",
        why="all K - 1 directions of their span are seen alike", slack=_tight,
        unit=lambda *_: 8.0,
    ),
)  # fmt: skip

# -- problems -------------------------------------------------------------------------------------


def design() -> tuple[Corners, ...]:
    """Thirteen probes: just enough dimensions, one more, many more."""
    sizes = ((3, 3), (2, 1), (4, 3), (2, 2), (5, 8), (3, 2), (4, 4), (3, 5), (8, 7), (5, 4),
             (10, 16), (6, 6), (7, 12))  # fmt: skip
    return tuple(Corners(K, d) for K, d in sizes)


def problems() -> SearchStrategy[Corners]:
    from hypothesis import strategies as st

    def made(K: int, more: int) -> Corners:
        return Corners(K, K - 1 + more)

    return st.builds(made, st.integers(2, 9), st.integers(0, 4))


def simpler(problem: Corners) -> Iterator[Corners]:
    """Fewer corners, fewer dimensions."""
    if problem.K > 2:
        yield Corners(problem.K - 1, max(1, problem.d - 1))
    if problem.d >= problem.K:
        yield problem._replace(d=problem.d - 1)


SIMPLEX_ETF = Family(
    name="simplex-etf", problem=Corners, design=design, problems=problems, simpler=simpler,
    oracle=gram, claims=CLAIMS,
)  # fmt: skip
