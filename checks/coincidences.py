"""Samples on which a statistic is exactly the same: all of a finite space, and the coincidences of
statistics that are constant in pieces.

A coincidence may be the work of rounding (a saturated sigmoid, three digits kept).  It is excused
where the statistic tells the two samples apart once both are scaled, which no honest count, sign or
order does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from ..theorems.likelihoods import Likelihood
from .statistic_noise import Statistic

__all__ = ["coincidence", "excused", "groups", "piecewise"]

SCALES = (0.5, 0.125, 0.03125, 2.0, 8.0, 32.0)
SATURATED = 2.0**-20  # of the range: an entry so near to an end may have saturated
HIDDEN = 0.25  # of the spread of S: rounding that hides more is a statistic of its own
Rows = tuple[float, ...]


def groups(statistic: Statistic, points: tuple[Rows, ...]) -> dict[Rows, list[Rows]]:
    """The points by what the statistic is there."""
    found: dict[Rows, list[Rows]] = {}
    for point in points:
        value = tuple(map(float, statistic(np.array(point))))
        found.setdefault(value, []).append(point)
    return found


def coincidence(
    statistic: Statistic, likelihood: Likelihood, fibres: dict[Rows, list[Rows]]
) -> tuple[tuple[Rows, Rows] | None, bool]:
    """Two points of one fibre with different S, the plainest first; and whether one was excused."""
    excused_one = False
    levels = _levels(likelihood, fibres)
    for value, fibre in fibres.items():
        first = fibre[0]
        for other in fibre[1:]:
            if _level(likelihood, other) == _level(likelihood, first):
                continue
            if _may_saturate(likelihood, levels, first, other) and excused(
                statistic, np.array(first), np.array(other), _ends(fibres, value)
            ):
                excused_one = True
                continue
            return (first, other), False
    return None, excused_one


def _level(likelihood: Likelihood, point: Rows) -> float:
    return float(likelihood.minimal(np.array(point))[0])


def _levels(likelihood: Likelihood, fibres: dict[Rows, list[Rows]]) -> dict[float, set[Rows]]:
    """The values of the statistic at each value of S."""
    found: dict[float, set[Rows]] = {}
    for value, fibre in fibres.items():
        for point in fibre:
            found.setdefault(_level(likelihood, point), set()).add(value)
    return found


def _may_saturate(
    likelihood: Likelihood, levels: dict[float, set[Rows]], first: Rows, other: Rows
) -> bool:
    """Whether a saturated function may look like this: one of S alone is then the same at all
    values between the two."""
    if any(len(values) > 1 for values in levels.values()):
        return True
    low, high = sorted((_level(likelihood, first), _level(likelihood, other)))
    return len(set.union(*(v for level, v in levels.items() if low <= level <= high))) == 1


def _ends(fibres: dict[Rows, list[Rows]], value: Rows) -> np.ndarray | None:
    """Which entries of the value are near the largest or the smallest that there are; None where
    statistics differ in length."""
    if len({len(other) for other in fibres}) > 1:
        return None
    values = np.array(list(fibres))
    low, high = values.min(axis=0), values.max(axis=0)
    near = SATURATED * (high - low)
    return np.asarray((value >= high - near) | (value <= low + near))


def excused(
    statistic: Statistic, x: np.ndarray, y: np.ndarray, ends: np.ndarray | None = None
) -> bool:
    """Whether rounding may be why the statistic is the same on x and y: some entry (of `ends`, if
    they are known) differs once both are scaled."""
    return any(_differ(statistic, scale * x, scale * y, ends) for scale in SCALES)


def _differ(statistic: Statistic, x: np.ndarray, y: np.ndarray, ends: np.ndarray | None) -> bool:
    try:
        one, other = statistic(x), statistic(y)
    except Exception:  # noqa: BLE001  scaled samples may lie where the statistic is not defined
        return False
    if one.shape != other.shape:
        return False
    return bool(np.any((one != other) & (True if ends is None else ends)))


def piecewise(
    statistic: Statistic,
    likelihood: Likelihood,
    x: np.ndarray,
    samples: Callable[[], Iterator[np.ndarray]],
    spread: np.ndarray,
) -> np.ndarray | None:
    """A sample on which the statistic is exactly what it is on x, and S is far from what it is
    there; None if there is none, or rounding may be why."""
    value, S = statistic(x), likelihood.minimal(x)
    for y in samples():
        far = np.any(np.abs(likelihood.minimal(y) - S) >= HIDDEN * spread)
        if far and np.array_equal(statistic(y), value) and not excused(statistic, x, y):
            return y
    return None
