"""How much of a statistic's value is rounding: measured, whatever precision it is computed in.

Along a line the fourth differences of a smooth function vanish with the fourth power of the step;
what they leave is rounding (Moré and Wild's idea).  A statistic that stands still at one step was
rounded more coarsely than that, and is asked at a larger one; one that never moves is flat.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from .noise import UNIT_ROUNDOFF

__all__ = ["Grain", "Statistic", "grain", "jacobian"]

Statistic = Callable[[np.ndarray], np.ndarray]

STEPS = (2.0**-14, 2.0**-8, 2.0**-4)  # relative, each where the one before stood still
LINES = 3  # along one of them a coarse rounding may keep step, and not show
PLACES = np.arange(-4, 5)
FOURTH = 4.0  # fourth differences of errors of size one reach this along some line
FINEST, COARSEST = 2.0**-17, 2.0**-4  # steps of a Jacobian, by what is rounded


class Grain(NamedTuple):
    """Per entry of the statistic: the size of its `rounding`, and whether it is `flat`, that is
    constant near the sample; and the relative step at which its Jacobian is best known."""

    rounding: np.ndarray
    flat: np.ndarray
    step: float


def grain(statistic: Statistic, x: np.ndarray, draw: np.random.Generator, floor: float) -> Grain:
    """Measured at x.  `floor` is the least size that an observation is taken to have."""
    sizes = np.maximum(np.abs(x), floor)
    directions = draw.choice([-1.0, 1.0], (LINES, len(x))) * draw.uniform(0.5, 1, (LINES, len(x)))
    rounding, flat, sought = np.zeros(0), np.zeros(0, bool), np.zeros(0, bool)
    largest = np.zeros(0)
    for step in STEPS:
        values = np.stack(
            [[statistic(x + j * step * sizes * d) for j in PLACES] for d in directions]
        )
        if not rounding.size:
            rounding, largest = np.zeros(values.shape[2]), np.zeros(values.shape[2])
            sought = np.ones(values.shape[2], bool)
        moves = np.abs(np.diff(values, axis=1))
        fourth = np.max(np.abs(np.diff(values, 4, axis=1)), axis=(0, 1)) / FOURTH
        still = np.any(moves == 0, axis=(0, 1))
        found = np.where(still, np.max(moves, axis=(0, 1)), fourth)
        rounding = np.where(sought, np.maximum(rounding, found), rounding)
        flat = sought & np.all(moves == 0, axis=(0, 1))
        largest = np.maximum(largest, np.max(np.abs(values), axis=(0, 1)))
        sought = sought & still
        if not sought.any():
            break
    rounding = np.maximum(rounding, UNIT_ROUNDOFF["float64"] * np.maximum(largest, 1e-300))
    moving = ~flat
    relative = np.max(rounding[moving] / np.maximum(largest[moving], 1e-300), initial=0.0)
    return Grain(rounding, flat, float(np.clip(np.cbrt(relative), FINEST, COARSEST)))


def jacobian(statistic: Statistic, x: np.ndarray, step: float, floor: float) -> np.ndarray:
    """Central differences, (k, n)."""
    sizes = step * np.maximum(np.abs(x), floor)
    columns = []
    for i, size in enumerate(sizes):
        ahead, behind = x.copy(), x.copy()
        ahead[i] += size
        behind[i] -= size
        columns.append((statistic(ahead) - statistic(behind)) / (ahead[i] - behind[i]))
    return np.stack(columns, axis=1)
