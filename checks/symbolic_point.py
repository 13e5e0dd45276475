"""Where to ask for a symbolic proof: the smallest sizes of a family's design, at points in no
special position, with parameters that are powers of two."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import numpy as np

from ..theorems.theorem import Problem
from .trial import Trial

__all__ = ["generic", "smallest"]

ENTRIES = 8
SIZES = 3
GRID = 512


def smallest(trial: Trial, entries: int = ENTRIES, sizes: int = SIZES) -> tuple[Problem, ...]:
    """Problems of the design's smallest sizes, at most so many numbers each; the largest first."""
    posed = {_shape(p): p for p in map(trial.posed, trial.pairing.family.design())}
    small = sorted((s for s in posed if 0 < _count(s) <= entries), key=_count, reverse=True)
    return tuple(generic(posed[shape]) for shape in small[:sizes])


def generic(problem: Problem) -> Problem:
    """The tables' entries drawn anew between 1/8 and 7/8, of the signs that they had and no two
    alike; parameters rounded to powers of two."""
    draw = random.Random(0)
    places = iter(draw.sample(range(GRID // 8 + 1, GRID * 7 // 8, 2), GRID // 4))
    return type(problem)(*(_part(part, lambda: next(places) / GRID) for part in problem))


def _part(part: Any, drawn: Callable[[], float]) -> Any:
    if isinstance(part, tuple):
        return tuple(_part(p, drawn) if isinstance(p, tuple) else _signed(drawn(), p) for p in part)
    if isinstance(part, float) and part > 0:
        return float(2.0 ** np.round(np.log2(part)))
    return part


def _signed(size: float, number: Any) -> float:
    return float(np.copysign(size, float(number)))


def _shape(problem: Problem) -> tuple[Any, ...]:
    return tuple(np.shape(part) if isinstance(part, tuple) else () for part in problem)


def _count(shape: tuple[Any, ...]) -> int:
    return sum(int(np.prod(part)) for part in shape if part)
