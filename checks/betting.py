r"""Tests and intervals for the mean of bounded terms, valid whenever one stops: by betting.

A gambler who stakes a share $\lambda$ of the capital on every term $z \ge -1$ multiplies it by
$1 + \lambda z$.  While no term has a positive mean given the past, the capital is a nonnegative
supermartingale, whatever the law: it ever reaches $1/\alpha$ with probability at most $\alpha$
(Ville).  Nothing is assumed of variance or size, and looking at every row costs nothing.  Here the
capital is spread over a ladder of stakes, a mixture, so that no stake has to be chosen
(Waudby-Smith and Ramdas, Estimating means of bounded random variables by betting, Journal of the
Royal Statistical Society B 86 (2024), 1-27).

What is found is confirmed on rows that had no part in finding it: the capital must reach
$\alpha^{-1/2}$, is taken away, and must reach $\alpha^{-1/2}$ once more from 1; by the strong
Markov property both happen with probability at most $\alpha$.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

__all__ = ["Shown", "at_least", "capital", "ratio", "shown"]

STAKES = 0.9 * 2.0 ** -(np.arange(24) / 2)  # the best stake lies within a factor 2^(1/4) of one
CHUNK = 4096
HALVINGS = 12  # of an interval's end: to 1/4096 of the range


class Shown(NamedTuple):
    """After how many rows a positive mean was shown, and confirmed on fresh rows; None if it was
    not.  `progress` is the share of the evidence asked for that was reached (1 if shown)."""

    rows: int | None
    progress: float


def shown(terms: np.ndarray, level: float) -> Shown:
    """Whether the mean of the terms [n], each at least -1, is positive: wrongly so with probability
    at most `level`, if no term's mean given those before it is."""
    needed = -np.log(level) / 2
    first, best, weights = _reached(terms, needed, np.full(len(STAKES), -np.log(len(STAKES))))
    if first is None:
        return Shown(None, max(best, 0.0) / needed / 2)
    second, best, _ = _reached(terms[first:], needed, weights)
    if second is None:
        return Shown(None, 0.5 + max(best, 0.0) / needed / 2)
    return Shown(first + second, 1.0)


def _reached(
    terms: np.ndarray, needed: float, weights: np.ndarray
) -> tuple[int | None, float, np.ndarray]:
    """After how many rows the capital reaches e^needed, if it does; its highest logarithm; and how
    it is then spread over the stakes, which later bets may start from: it is known by then."""
    held, best = weights, 0.0
    for start in range(0, len(terms), CHUNK):
        paths = np.cumsum(np.log1p(terms[start : start + CHUNK, None] * STAKES), axis=0) + held
        totals = np.logaddexp.reduce(paths, axis=1)
        if (totals >= needed).any():
            at = int(np.argmax(totals >= needed))
            return start + at + 1, needed, paths[at] - totals[at]
        held, best = paths[-1], max(best, float(totals.max()))
    return None, best, held


def at_least(
    gain: np.ndarray, cost: np.ndarray, bounds: tuple[float, float], level: float, most: float
) -> float | None:
    """A share s in [0, most] so that E gain >= s E cost: wrong with probability at most `level`;
    None if not even a positive gain is shown.

    `gain` is at least -bounds[0], and `cost` within 0 and bounds[1].  The larger the share, the
    less the capital, whatever the rows: to err, the share that is true must be shown wrongly.
    """
    needed, lowest = -np.log(level), bounds[0] + most * bounds[1]

    def above(share: float) -> bool:
        return bool(capital((gain - share * cost) / lowest) >= needed)

    if not above(0.0):
        return None
    return _last(above, 0.0, most)


def ratio(
    left: np.ndarray, right: np.ndarray, bounds: tuple[float, float], level: float, reach: float
) -> tuple[float, float]:
    """An interval for E left / E right within [-reach, reach], where `right` is nonnegative and
    `bounds` bound the sizes of the two; it misses the truth with probability at most `level`.

    An end that the terms do not show is infinite.
    """
    scale, needed = bounds[0] + reach * bounds[1], np.log(2 / level)

    def below(t: float) -> bool:
        return bool(capital((left - t * right) / scale) >= needed)

    def beyond(t: float) -> bool:
        return bool(capital((t * right - left) / scale) >= needed)

    low = _last(below, -reach, reach) if below(-reach) else -np.inf
    high = _last(beyond, reach, -reach) if beyond(reach) else np.inf
    return low, high


def capital(terms: np.ndarray) -> float:
    """The logarithm of the capital after all the terms, each at least -1."""
    parts = (terms[i : i + CHUNK, None] * STAKES for i in range(0, len(terms), CHUNK))
    logs = sum((np.log1p(part).sum(0) for part in parts), np.zeros(len(STAKES)))
    return float(np.logaddexp.reduce(logs) - np.log(len(STAKES)))


def _last(holds: Callable[[float], bool], inside: float, outside: float) -> float:
    """How far from `inside`, where it holds, it still holds on the way to `outside`."""
    for _ in range(HALVINGS):
        middle = (inside + outside) / 2
        inside, outside = (middle, outside) if holds(middle) else (inside, middle)
    return inside
