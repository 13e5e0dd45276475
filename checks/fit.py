"""Fitting one unknown number: a parameter that lives inside the code, or a stabiliser's size."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

__all__ = ["roots", "rounded"]

GRID = 61


def roots(miss: Callable[[float], float], interval: tuple[float, float]) -> list[float]:
    """Every sign change of `miss` on a logarithmic grid of the interval, refined by bisection."""
    from scipy.optimize import brentq

    grid = np.geomspace(*interval, GRID)
    values = [miss(t) for t in grid]
    found = [float(t) for t, value in zip(grid, values, strict=True) if value == 0]
    crossed = [k for k in range(GRID - 1) if values[k] * values[k + 1] < 0]
    return found + [
        float(brentq(miss, grid[k], grid[k + 1], xtol=1e-300, rtol=1e-15)) for k in crossed
    ]


def rounded(number: float, digits: Sequence[int] = (1, 2, 3, 4, 5, 6)) -> list[float]:
    """The number to few significant digits, plainest first, and last as it is."""
    return list(dict.fromkeys([*(float(f"{number:.{k}g}") for k in digits), number]))
