"""HSIC and CKA written out, in eighty digits, for the tests of their oracles."""

from __future__ import annotations

from itertools import permutations
from typing import Any

import mpmath

from tightframe.theorems.paired_features import Features

__all__ = ["SIMILARITIES", "SIMILARITIES_BY_HAND", "SIMILARITY_INPUTS"]

HAND = mpmath.MPContext()
HAND.dps = 80
Rows = list[list[Any]]


def numbers(table: Any) -> Rows:
    return [[HAND.mpf(entry) for entry in row] for row in table]


def squared_covariance(x: Rows, y: Rows) -> Any:
    """By features, not divided by anything."""
    total, n = HAND.mpf(0), len(x)
    for a in zip(*x, strict=True):
        for b in zip(*y, strict=True):
            mean = sum(a) * sum(b) / n
            total += (sum(s * t for s, t in zip(a, b, strict=True)) - mean) ** 2
    return total


def of_four_samples(x: Rows, y: Rows) -> Any:
    """The mean over all ways to pick four samples."""

    def product(z: Rows, i: int, j: int) -> Any:
        return sum(s * t for s, t in zip(z[i], z[j], strict=True))

    terms = [
        product(x, i, j) * (product(y, i, j) + product(y, q, r) - 2 * product(y, i, q))
        for i, j, q, r in permutations(range(len(x)), 4)
    ]
    return sum(terms) / len(terms)


def hsic_by_hand(problem: Features, estimator: str) -> list[Any]:
    x, y = map(numbers, problem)
    n = len(x)
    if estimator == "unbiased":
        return [of_four_samples(x, y)]
    count = {"biased": (n - 1) ** 2, "biased over n": n * n, "biased sum": 1}[estimator]
    return [squared_covariance(x, y) / count]


def cka_by_hand(problem: Features, estimator: str) -> list[Any]:
    x, y = map(numbers, problem)
    of = of_four_samples if estimator == "unbiased" else squared_covariance
    return [of(x, y) / HAND.sqrt(of(x, x) * of(y, y))]


FEATURES = Features(
    ((0.3, -1.1), (1.3, 0.2), (-0.4, 0.9), (0.7, 0.35), (-1.2, 0.6)),
    ((1.7, -0.3, 0.6), (-0.1, 0.8, 0.35), (0.2, -1.4, 0.9), (0.45, 0.15, -0.7), (-0.6, 1.1, 0.25)),
)
SIMILARITIES_BY_HAND = {"hsic": hsic_by_hand, "cka": cka_by_hand}
SIMILARITIES = dict.fromkeys(SIMILARITIES_BY_HAND, FEATURES)
SIMILARITY_INPUTS = dict.fromkeys(SIMILARITIES_BY_HAND, ("x", "y"))
