"""CKA and the information bottleneck to fifty digits, from their formulas, with mpmath."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import mpmath

from .exact import Rows, fifty_digits

__all__ = ["bottleneck_of_a_flipped_bit", "cka", "hsic", "unbiased_hsic"]


# -- CKA ------------------------------------------------------------------------------------------


def _gram(rows: Rows) -> list[list[Any]]:
    return [[mpmath.fdot(a, b) for b in rows] for a in rows]


@fifty_digits
def hsic(x: Rows, y: Rows) -> Any:
    """tr(KHLH) / (n - 1)^2, of Gram matrices of features with their means taken off."""
    n = len(x)
    tables = [_gram([_less_means(row, z) for row in z]) for z in (x, y)]
    return mpmath.fsum(map(mpmath.fdot, *tables)) / (n - 1) ** 2


def _less_means(row: Sequence[float], rows: Rows) -> list[Any]:
    means = [mpmath.fsum(column) / len(rows) for column in zip(*rows, strict=True)]
    return [entry - mean for entry, mean in zip(row, means, strict=True)]


@fifty_digits
def unbiased_hsic(x: Rows, y: Rows) -> Any:
    """Song et al.'s estimate, summed over samples i, j, q, r that are all different."""
    n, total = len(x), mpmath.mpf(0)
    K, L = _gram(x), _gram(y)
    everyone = range(n)
    for i in everyone:
        for j in {*everyone} - {i}:
            for q in {*everyone} - {i, j}:
                for r in {*everyone} - {i, j, q}:
                    total += K[i][j] * (L[i][j] + L[q][r] - 2 * L[i][q])
    return total / (n * (n - 1) * (n - 2) * (n - 3))


@fifty_digits
def cka(x: Rows, y: Rows, of: Any = hsic) -> Any:
    return of(x, y) / mpmath.sqrt(of(x, x) * of(y, y))


# -- information ----------------------------------------------------------------------------------


@fifty_digits
def bottleneck_of_a_flipped_bit(noise: float, beta: Any) -> tuple[Any, Any]:
    """(I_x, I_y) in nats of the best description T of a fair bit X, of which Y is known flipped
    with probability `noise`: T is X flipped too, with the probability e at which the slope of
    I_y against I_x is 1 / beta; nothing at all for beta up to 1 / (1 - 2 noise)^2."""
    keeps = 1 - 2 * mpmath.mpf(noise)
    if beta * keeps**2 <= 1:
        return mpmath.mpf(0), mpmath.mpf(0)

    def log_odds(e: Any) -> Any:
        return mpmath.log((1 - e) / e)

    def flipped(e: Any) -> Any:
        return (1 - keeps * (1 - 2 * e)) / 2

    e = mpmath.findroot(
        lambda e: log_odds(e) - beta * keeps * log_odds(flipped(e)),
        (mpmath.mpf("1e-12"), mpmath.mpf("0.5") - mpmath.mpf("1e-3")), solver="anderson",
    )  # fmt: skip
    return _kept(e), _kept(flipped(e))


def _kept(e: Any) -> Any:
    return mpmath.log(2) + e * mpmath.log(e) + (1 - e) * mpmath.log(1 - e)
