"""Covariance matrices of problems: exact ones for stored probes, and how they shrink."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from .lattice import Matrix, lattice

__all__ = ["covariance", "plainer_covariances", "squared"]


def covariance(d: int, salt: int) -> Matrix:
    """LL' with a small lower triangle L of quarters, [d, d], so that it is exactly definite;
    another one for each `salt`."""
    below = np.tril(np.asarray(lattice(d, d, salt)), -1) / 2
    return squared(below + np.diag([1.0 + 0.5 * ((salt + i) % 3 - 1) for i in range(d)]))


def squared(L: np.ndarray) -> Matrix:
    """LL', [d, d]."""
    return tuple(tuple(row) for row in (L @ L.T).tolist())


def plainer_covariances(given: Matrix) -> Iterator[Matrix]:
    """The identity; uncorrelated; rounded to integers: those that are plainer, and definite."""
    alone = tuple(tuple(x * (i == j) for j, x in enumerate(row)) for i, row in enumerate(given))
    whole = tuple(tuple(float(round(x)) for x in row) for row in given)
    for plain in (squared(np.eye(len(given))), alone, whole):
        if _plainness(plain) < _plainness(given) and _definite(plain):
            yield plain


def _plainness(given: Matrix) -> tuple[int, int, float]:
    entries = [x for row in given for x in row]
    ones = [float(i == j) for i in range(len(given)) for j in range(len(given))]
    strange = sum(abs(x - one) for x, one in zip(entries, ones, strict=True))
    return sum(not x.is_integer() for x in entries), sum(x != 0 for x in entries), strange


def _definite(given: Matrix) -> bool:
    """All leading minors are at least one half: exactly positive definite, and not by a hair."""
    return all(np.linalg.det(np.asarray(given)[:i, :i]) >= 0.5 for i in range(1, len(given) + 1))
