"""Which problems a piece of code is judged on: the stored design, and those that a budget draws;
only smaller ones, for code whose draws have too many outcomes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from ..implementations.contract import ContractError
from ..theorems.theorem import Problem
from .pairing import Pairing

__all__ = ["BUDGETS", "entries", "problems", "smaller_than"]

BUDGETS = {"quick": 0, "normal": 40, "thorough": 400}  # problems drawn beside the stored design


def problems(
    pairing: Pairing, posed: Callable[[Problem], Problem], budget: str, seed: int
) -> Iterator[Problem]:
    """The stored design, then as many problems as the budget draws, each as the trial poses it."""
    yield from map(posed, pairing.family.design())
    if BUDGETS[budget]:
        yield from map(posed, _drawn(pairing, BUDGETS[budget], seed))


def _drawn(pairing: Pairing, examples: int, seed: int) -> list[Problem]:
    """Problems drawn by Hypothesis; it only generates here, the tidy-up shrinks."""
    import hypothesis as hyp

    found: dict[Problem, None] = {}

    @hyp.seed(seed)
    @hyp.settings(
        max_examples=examples if pairing.kind == "formula" else max(1, examples // 8),
        deadline=None, database=None, phases=[hyp.Phase.generate],
        suppress_health_check=list(hyp.HealthCheck),
    )  # fmt: skip
    @hyp.given(pairing.family.problems())
    def draw(problem: Problem) -> None:
        found[problem] = None

    draw()
    return list(found)


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
