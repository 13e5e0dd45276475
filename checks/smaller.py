"""A pairing with only the smaller of its problems: for code whose draws have too many outcomes."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from ..implementations.contract import ContractError
from ..theorems.theorem import Problem
from .pairing import Pairing

__all__ = ["entries", "smaller_than"]


def entries(problem: Problem) -> int:
    """How many numbers its tables hold."""
    return sum(np.size(part) for part in problem if isinstance(part, tuple))


def smaller_than(pairing: Pairing, problem: Problem) -> Pairing:
    """The pairing, its family without problems of as many numbers as this one or more.

    Raises `ContractError` where none is left.
    """
    family, most = pairing.family, entries(problem)

    def small(other: Any) -> bool:
        return entries(other) < most

    design = tuple(filter(small, family.design()))
    if not design:
        raise ContractError(
            "draws with few enough outcomes to run through them all",
            f"too many, on the smallest problem too: {problem!r}",
            "draw fewer numbers, or from fewer outcomes",
        )
    return replace(
        pairing,
        family=replace(
            family,
            design=lambda: design,
            problems=lambda: family.problems().filter(small),
            ranges=lambda: tuple(filter(small, family.ranges())),
        ),
    )
