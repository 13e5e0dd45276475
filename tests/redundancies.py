"""Barlow Twins' loss and VICReg's written out, in eighty digits, for the tests of their oracles."""

from __future__ import annotations

from typing import Any

import mpmath

from tightframe.theorems.barlow_twins_loss import Twins
from tightframe.theorems.vicreg_loss import Embeddings

__all__ = ["REDUNDANCIES", "REDUNDANCIES_BY_HAND", "REDUNDANCY_INPUTS"]

HAND = mpmath.MPContext()
HAND.dps = 80


def columns(view: Any) -> list[list[Any]]:
    """Each feature less its mean."""
    numbers = [[HAND.mpf(entry) for entry in column] for column in zip(*view, strict=True)]
    return [[a - sum(column) / len(column) for a in column] for column in numbers]


def product(a: list[Any], b: list[Any]) -> Any:
    return sum(s * t for s, t in zip(a, b, strict=True))


def barlow_by_hand(problem: Twins, deviation: str, root: str, weight: str) -> list[Any]:
    """From sums of products, pair of features by pair of features."""
    first, second = columns(problem.z1), columns(problem.z2)
    n, d, total = len(problem.z1), len(first), HAND.mpf(0)
    share = HAND.mpf(problem.lambd) if weight == "lambda" else HAND.mpf(1) / d
    for i, a in enumerate(first):
        for j, b in enumerate(second):
            over = n - 1 if deviation == "n-1" else n
            added = HAND.mpf(problem.eps) if root == "variance + eps" else 0
            s, t = (HAND.sqrt(product(x, x) / over + added) for x in (a, b))
            c = product(a, b) / (n * s * t)
            total += (1 - c) ** 2 if i == j else share * c**2
    return [HAND.mpf(problem.scale_loss) * total]


def vicreg_by_hand(
    problem: Embeddings, invariance: str, variance: str, divisor: str, root: str
) -> list[Any]:
    """Sample by sample, and pair of features by pair of features."""
    n, d = len(problem.z1), len(problem.z1[0])
    sim, std, cov, eps = map(HAND.mpf, problem[2:])
    gaps = [
        (HAND.mpf(a) - HAND.mpf(b)) ** 2
        for x, y in zip(problem.z1, problem.z2, strict=True) for a, b in zip(x, y, strict=True)
    ]  # fmt: skip
    total = sim * sum(gaps) / (n * d if invariance == "mean" else n)
    for view in problem[:2]:
        z = columns(view)
        for i, a in enumerate(z):
            own = product(a, a) / (n if divisor in ("n", "n for variances") else n - 1)
            s = HAND.sqrt(own + (eps if root == "variance + eps" else 0))
            total += std * max(0, 1 - s) / (2 * d if variance == "halved" else d)
            for b in z[:i]:
                total += (
                    2
                    * cov
                    * (product(a, b) / (n if divisor in ("n", "n for covariances") else n - 1)) ** 2
                    / d
                )
    return [total]


VIEWS = (
    ((0.3, -1.1, 0.7), (1.3, 0.2, -0.6), (-0.4, 0.9, 0.1), (0.7, 0.35, 0.45)),
    ((1.7, -0.3, 0.6), (-0.1, 0.8, 0.35), (0.2, -1.4, 0.9), (0.45, 0.15, -0.7)),
)
REDUNDANCIES_BY_HAND = {"barlow-twins": barlow_by_hand, "vicreg": vicreg_by_hand}
REDUNDANCIES = {
    "barlow-twins": Twins(*VIEWS, 0.07, 1.3, 0.3),
    "vicreg": Embeddings(*VIEWS, 2.3, 1.7, 0.6, 0.01),
}
REDUNDANCY_INPUTS = dict.fromkeys(REDUNDANCIES_BY_HAND, ("z1", "z2"))
