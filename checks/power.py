"""How small an error a run would have caught."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable
from typing import Any

import numpy as np

from ..theorems.theorem import Claim, Output, Problem
from .trial import Trial

__all__ = ["detectable", "scaled"]

EXPONENTS = range(-31, 1)  # half decades: 10**(k/2)
PROBES = 8


def detectable(trial: Trial, claim: Claim, problems: Iterable[Problem]) -> float | None:
    """The smallest relative error of the output that `claim` condemns on one of the problems, to a
    half decade; None if not even an error of one is condemned."""
    least = len(EXPONENTS)
    for problem in list(problems)[:PROBES]:

        def caught(exponent: int, problem: Problem = problem) -> bool:
            return _caught(trial, claim, problem, 10.0 ** (exponent / 2))

        if least == 0 or not caught(EXPONENTS[least - 1]):
            continue
        if _caught(trial, claim, problem, 0.0):  # only a stabiliser explains it
            continue
        least = bisect_left(
            EXPONENTS, True, hi=least - 1, key=caught
        )  # a larger error is caught too
    return 10.0 ** (EXPONENTS[least] / 2) if least < len(EXPONENTS) else None


def _caught(trial: Trial, claim: Claim, problem: Problem, error: float) -> bool:
    output, *others = trial.outputs(claim, problem)
    return any(
        trial.weighed(claim, problem, (scaled(output, 1 + sign * error), *others)).damning
        for sign in (1, -1)
    )


def scaled(output: Output, factor: float) -> Output:
    """The output with every floating-point number in it multiplied by `factor`."""
    return output._make(_scaled(value, factor) for value in output)


def _scaled(value: Any, factor: float) -> Any:
    if hasattr(value, "_make"):
        return scaled(value, factor)
    if isinstance(value, tuple):
        return tuple(_scaled(v, factor) for v in value)
    if isinstance(value, bool) or not isinstance(value, (float, np.ndarray, np.floating)):
        return value
    with np.errstate(invalid="ignore"):  # a run that diverged has infinities
        return value * factor
