"""Information written out, in eighty digits, for the tests of its oracles."""

from __future__ import annotations

from typing import Any

import mpmath

from tightframe.theorems.gaussian_mi import Correlated
from tightframe.theorems.joint_table import Joint

__all__ = ["HAND", "correlated_by_hand", "table_by_hand"]

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
