"""Vector quantization written out, in eighty digits, for the tests of its oracle."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import mpmath

from tightframe.theorems.quantized_codes import Codes, nearest

__all__ = ["QUANTIZED", "quantized_by_hand", "with_parts_held"]

HAND = mpmath.MPContext()
HAND.dps = 80
QUANTIZED = Codes(
    ((0.3, -1.1), (1.3, 0.2), (-0.4, 0.9)), ((0.7, -0.9), (-0.6, 0.55), (1.7, 0.35)), 0.3
)


def quantized_by_hand(problem: Codes, beta_on: str) -> list[Any]:
    """By running through all codes for each row."""
    total, rows, found = HAND.mpf(0), [], []
    for row in problem.z:
        distances = [
            sum((HAND.mpf(a) - HAND.mpf(b)) ** 2 for a, b in zip(row, code, strict=True))
            for code in problem.codebook
        ]
        k = distances.index(min(distances))
        total += distances[k]
        rows += list(map(HAND.mpf, problem.codebook[k]))
        found.append(HAND.mpf(k))
    count = len(problem.z) * len(problem.z[0])
    return [(1 + HAND.mpf(problem.beta)) * total / count, *rows, *found]


def with_parts_held(family: Any, problem: Codes) -> Any:
    """A function whose slope at the problem is the definition's: what carries no gradient is held
    at the problem's own numbers, and the quantized rows are the rows and what they lack."""
    index = nearest(problem.z, problem.codebook)

    def surrogate(moved: Codes, beta_on: str, *, arithmetic: Any) -> Any:
        held_rows, held = (arithmetic.array(table) for table in problem[:2])
        z, codes = (arithmetic.array(table) for table in moved[:2])
        beta = arithmetic.number(problem.beta)
        of_rows, of_codes = (beta, 1) if beta_on == "commitment" else (1, beta)
        commitment, codebook = (z - held[index]) ** 2, (held_rows - codes[index]) ** 2
        loss = (of_rows * commitment.sum() + of_codes * codebook.sum()) / z.size
        return SimpleNamespace(value=loss + (z + (held[index] - held_rows)).sum())

    return SimpleNamespace(name=family.name, oracle=surrogate)
