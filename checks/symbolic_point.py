"""Where to ask for a symbolic proof: the smallest sizes of a family's design, at points in no
special position, with parameters that are powers of two."""

from __future__ import annotations

import random
from collections.abc import Callable, Collection
from typing import Any

import numpy as np

from ..theorems.theorem import Problem
from .trial import Trial

__all__ = ["generic", "smallest"]

LETTERS = 10
SIZES = 3
GRID = 512


def smallest(trial: Trial, letters: int = LETTERS, sizes: int = SIZES) -> tuple[Problem, ...]:
    """Problems of the design's smallest sizes, of at most so many free numbers; the largest
    first."""
    inputs = trial.pairing.contract.inputs
    symmetric = {i.name for i in inputs if i.symmetric}
    kept = {i.name for i in inputs if i.discrete}
    posed = {_shape(p): p for p in map(trial.posed, trial.pairing.family.design())}
    counted = [(_free(problem, symmetric, kept), problem) for problem in posed.values()]
    small = sorted((c for c in counted if 0 < c[0] <= letters), key=lambda c: c[0], reverse=True)
    shares = {i.name for i in inputs if i.shares}
    return tuple(generic(problem, symmetric, shares, kept) for _, problem in small[:sizes])


def generic(
    problem: Problem,
    symmetric: Collection[str] = (),
    shares: Collection[str] = (),
    kept: Collection[str] = (),
) -> Problem:
    """The tables' entries drawn anew between 1/8 and 7/8, of the signs that they had and no two
    alike; parameters rounded to powers of two.  The parts of these names stay `symmetric`, and are
    positive definite, or `shares`, and add to one; or they are `kept` as they are."""
    draw = random.Random(0)
    places = iter(draw.sample(range(GRID // 8 + 1, GRID * 7 // 8, 2), GRID // 4))
    found = type(problem)(*(_part(part, lambda: next(places) / GRID) for part in problem))
    changed: Any = {name: _definite(getattr(found, name)) for name in symmetric}
    changed |= {name: _divided(getattr(found, name)) for name in shares}
    changed |= {name: getattr(problem, name) for name in kept}
    return found._replace(**changed)


def _definite(table: Any) -> Any:
    """Mirrored, and each diagonal entry larger than the others of its row together."""
    lower = np.tril(np.asarray(table))
    whole = lower + np.tril(lower, -1).T + (len(lower) - 1) * np.eye(len(lower))
    return tuple(map(tuple, whole.tolist()))


def _divided(row: tuple[float, ...]) -> tuple[float, ...]:
    """By their sum."""
    return tuple(share / sum(row) for share in row)


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


def _free(problem: Any, symmetric: Collection[str], kept: Collection[str] = ()) -> int:
    """How many of the tables' numbers may be chosen freely."""
    return sum(
        len(part) * (len(part) + 1) // 2 if name in symmetric else int(np.size(part))
        for name, part in zip(problem._fields, problem, strict=True)
        if isinstance(part, tuple) and name not in kept
    )
