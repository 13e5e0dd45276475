r"""NT-Xent of a large batch, tile by tile: no matrix of all pairs is ever held.

The similarities are symmetric, so that each tile above the diagonal serves its rows and its
columns; and as no score of unit vectors passes $1/\tau$, that is a shift which all the sums of
exponentials share, and none has to be rescaled:

$\log\sum_j e^{s_{ij}} = \tfrac1\tau + \log\sum_j e^{s_{ij} - 1/\tau}$.

The exponents reach down to $-2/\tau$: below `COLDEST` they would vanish, and each row takes its
own largest score, over whole rows in place of half the tiles.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

__all__ = ["COLDEST", "Streamed", "streamed"]

ROWS, COLUMNS = 256, 1024  # of a tile: two megabytes, which stay in the cache
COLDEST = 1 / 340  # at which e^(-2/tau) is still far from the least number of full precision


class Streamed(NamedTuple):
    """Of each of the 2N rows: its term of the loss, and its soft-max's entropy, in nats."""

    losses: np.ndarray
    entropies: np.ndarray


def streamed(
    z1: Any, z2: Any, temperature: float, positive_in_denominator: str = "yes"
) -> Streamed:
    """The terms of NT-Xent of the pairs z1, z2 [N, d], in float64.

    Holds O(N d) numbers.  Raises `ValueError` for a row without a direction.
    """
    u = np.concatenate([np.asarray(z1, float), np.asarray(z2, float)])
    norms = np.linalg.norm(u, axis=1, keepdims=True)
    if not np.all((norms > 0) & np.isfinite(norms)):
        raise ValueError(
            "expected: rows of finite numbers, none of them zero\n"
            f"received: norms from {norms.min():g} to {norms.max():g}\n"
            "remedy:   leave out rows without a direction, or scale them down"
        )
    u /= norms
    n = len(u) // 2
    apart = (0,) if positive_in_denominator == "yes" else (0, n, -n)
    sums = _by_halves if temperature >= COLDEST else _by_rows
    totals, means = sums(u, float(temperature), apart)
    positives = (u[:n] * u[n:]).sum(axis=1) / temperature
    return Streamed(totals - np.concatenate([positives, positives]), totals - means)


def _by_halves(u: np.ndarray, tau: float, apart: tuple[int, ...]) -> tuple[np.ndarray, np.ndarray]:
    """Of each row the log of its sum of exponentials, and the mean score under its soft-max."""
    totals, means = np.zeros(len(u)), np.zeros(len(u))
    for top, left, tile in _tiles(u):
        tile -= 1  # the largest cosine, before anything is exponentiated
        tile /= tau
        weights = _weights(tile, top, left, apart)
        tile *= weights
        here, there = slice(top, top + len(tile)), slice(left, left + tile.shape[1])
        totals[here] += weights.sum(axis=1)
        means[here] += tile.sum(axis=1)
        if left >= top + len(tile):
            totals[there] += weights.sum(axis=0)
            means[there] += tile.sum(axis=0)
    return 1 / tau + np.log(totals), 1 / tau + means / totals


def _tiles(u: np.ndarray) -> Iterator[tuple[int, int, np.ndarray]]:
    """Where each tile begins, and its cosines: squares on the diagonal, and all to their right."""
    for top in range(0, len(u), ROWS):
        block = u[top : top + ROWS]
        yield top, top, block @ block.T
        for left in range(top + ROWS, len(u), COLUMNS):
            yield top, left, block @ u[left : left + COLUMNS].T


def _weights(scores: np.ndarray, top: int, left: int, apart: tuple[int, ...]) -> np.ndarray:
    """The exponentials; zero where a column is as far from its row as what is left out."""
    weights = np.asarray(np.exp(scores))
    for distance in apart:
        rows = np.arange(len(scores))
        columns = rows + top + distance - left
        inside = (columns >= 0) & (columns < scores.shape[1])
        weights[rows[inside], columns[inside]] = 0
    return weights


def _by_rows(u: np.ndarray, tau: float, apart: tuple[int, ...]) -> tuple[np.ndarray, np.ndarray]:
    """The same where exponents are too far apart for one shift: `ROWS` whole rows at a time."""
    totals, means = np.zeros(len(u)), np.zeros(len(u))
    for top in range(0, len(u), ROWS):
        scores = u[top : top + ROWS] @ u.T / tau
        left_out = _weights(np.zeros_like(scores), top, 0, apart) == 0
        largest = np.where(left_out, -np.inf, scores).max(axis=1, keepdims=True)
        weights = np.where(left_out, 0, np.exp(np.where(left_out, 0, scores - largest)))
        total, here = weights.sum(axis=1), slice(top, top + len(scores))
        totals[here] = largest[:, 0] + np.log(total)
        means[here] = (weights * scores).sum(axis=1) / total
    return totals, means
