"""Information written out, in eighty digits, for the tests of its oracles."""

from __future__ import annotations

from typing import Any

import mpmath
from redundancies import REDUNDANCIES, REDUNDANCIES_BY_HAND, REDUNDANCY_INPUTS
from similarities import SIMILARITIES, SIMILARITIES_BY_HAND, SIMILARITY_INPUTS

from tightframe.theorems.gaussian_mi import Correlated
from tightframe.theorems.joint_table import Joint
from tightframe.theorems.score_bounds import Scores
from tightframe.theorems.sparse_penalty import Units

__all__ = ["HAND", "INFORMATIONS", "INFORMATIONS_BY_HAND", "MATRICES", "units_by_hand"]

HAND = mpmath.MPContext()
HAND.dps = 80


def _entropy(shares: list[Any]) -> Any:
    return -sum(x * HAND.log(x) for x in shares if x)


def table_by_hand(problem: Joint) -> list[Any]:
    """Three entropies, of a table divided by its total."""
    rows = [[HAND.mpf(x) for x in row] for row in problem.p]
    total = sum(map(sum, rows))
    rows = [[x / total for x in row] for row in rows]
    cells = [x for row in rows for x in row]
    columns = [sum(column) for column in zip(*rows, strict=True)]
    return [_entropy([sum(row) for row in rows]) + _entropy(columns) - _entropy(cells)]


def correlated_by_hand(problem: Correlated) -> list[Any]:
    """What x leaves of y, by mpmath's own inverse and determinant."""
    x, y, xy = (HAND.matrix([list(row) for row in part]) for part in problem)
    left = y - xy.T * HAND.inverse(x) * xy
    return [(HAND.log(HAND.det(y)) - HAND.log(HAND.det(left))) / 2]


def bound_by_hand(problem: Scores, bound: str) -> list[Any]:
    """The exponentials as they are."""
    s = [[HAND.mpf(x) for x in row] for row in problem.scores]
    n = len(s)
    pairs = sum(s[i][i] for i in range(n)) / n

    def picked(rows: list[list[Any]]) -> Any:
        return sum(HAND.log(sum(map(HAND.exp, row)) / n) for row in rows) / n

    if bound.startswith("InfoNCE"):
        back = picked([list(column) for column in zip(*s, strict=True)])
        return [pairs - (picked(s) if bound == "InfoNCE" else (picked(s) + back) / 2)]
    counted = [s[i][j] for i in range(n) for j in range(n) if i != j or bound.endswith("pairs")]
    mean = sum(map(HAND.exp, counted)) / len(counted)
    return [pairs - (HAND.log(mean) if bound.startswith("DV") else mean / HAND.e)]


def units_by_hand(problem: Units) -> list[Any]:
    """Of two coins: each probability times the logarithm of the ratio."""
    terms = []
    for unit in zip(*problem.activations, strict=True):
        mean, rho = sum(map(HAND.mpf, unit)) / len(unit), HAND.mpf(problem.rho)
        coins = ((rho, mean), (1 - rho, 1 - mean))
        terms.append(HAND.mpf(problem.beta) * sum(p * HAND.log(p / q) for p, q in coins))
    return terms


INFORMATIONS = {
    "mutual-information": Joint(((0.3, 0.05, 0.1), (0.15, 0.3, 0.1))),
    "gaussian-mi": Correlated(
        ((1.3, 0.2), (0.2, 0.9)), ((0.8, -0.15, 0.05), (-0.15, 1.7, 0.4), (0.05, 0.4, 1.2)),
        ((0.1, -0.3, 0.2), (0.35, 0.05, -0.15)),
    ),
    "mi-bound": Scores(((0.3, -1.1, 0.7), (1.3, 0.2, -0.6), (-0.4, 0.9, 0.1))),
    **SIMILARITIES,
    **REDUNDANCIES,
}  # fmt: skip
MATRICES = {
    "mutual-information": ("p",),
    "gaussian-mi": ("cov_x", "cov_y", "cov_xy"),
    "mi-bound": ("scores",),
    **SIMILARITY_INPUTS,
    **REDUNDANCY_INPUTS,
}
INFORMATIONS_BY_HAND = {
    "mutual-information": table_by_hand,
    "gaussian-mi": correlated_by_hand,
    "mi-bound": bound_by_hand,
    **SIMILARITIES_BY_HAND,
    **REDUNDANCIES_BY_HAND,
}
