"""Determinants and inverses by expansion: no pivot is chosen, so that none has to be justified."""

from __future__ import annotations

from typing import Any

import numpy as np

__all__ = ["LARGEST", "adjugate", "determinant"]

Array = Any  # square object arrays
LARGEST = 3  # rows: an expansion has factorially many terms


def determinant(a: Array) -> Any:
    """Along the first row; of a matrix without rows, 1.  Nothing is divided."""
    if len(a) < 2:
        return a[0, 0] if len(a) else 1
    total = a[0, 0] * determinant(_minor(a, 0, 0))
    for j in range(1, len(a)):
        total = total + (-1) ** j * a[0, j] * determinant(_minor(a, 0, j))
    return total


def adjugate(a: Array) -> Array:
    """a adjugate(a) = determinant(a) 1."""
    found = np.empty(a.shape, dtype=object)
    for i, j in np.ndindex(*a.shape):
        found[j, i] = (-1) ** (i + j) * determinant(_minor(a, i, j))
    return found


def _minor(a: Array, i: int, j: int) -> Array:
    return np.delete(np.delete(a, i, 0), j, 1)
