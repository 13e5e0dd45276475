"""Which problems a piece of code is judged on: the stored design, and those that a budget draws;
only smaller ones, for code whose draws have too many outcomes; and which declared parameters have
none."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from ..implementations.contract import ContractError
from ..implementations.implementation import Implementation
from ..theorems.theorem import Problem
from .pairing import Pairing
from .trial import CrashError, Trial

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

__all__ = ["BUDGETS", "entries", "problems", "require_parameters"]
__all__ += ["run_what_draws", "smaller_than"]

BUDGETS = {"quick": 0, "normal": 40, "thorough": 400}  # problems drawn beside the stored design


def require_parameters(pairing: Pairing, implementation: Implementation) -> None:
    """Complains by `ContractError` of a parameter that can neither be handed over nor be fitted,
    and of a declared count that is no whole number."""
    for name in implementation.lacking:
        needed = name in pairing.contract.parameters and name not in implementation.fixed
        if needed and name not in pairing.fits:
            raise ContractError(
                f"a callable that takes {name!r}: "
                f"{pairing.contract.name}{pairing.contract.signature}",
                f"{implementation.name}, which does not",
                f"wrap it in a function that takes {name!r}, or name its own argument by "
                f"map={{{name!r}: ...}} (--map {name}=NAME)",
            )
    kinds = getattr(pairing.family.problem, "__annotations__", {})
    for name, value in implementation.fixed.items():
        kind = kinds.get(name)
        counts = getattr(kind, "__forward_arg__", kind) in (int, "int")
        if counts and not float(value).is_integer():
            raise ContractError(
                f"a whole number for {name!r}", f"{name}={value:g}",
                f"declare the {name} that the code was built with, such as --fixed {name}="
                f"{math.ceil(value)}",
            )  # fmt: skip


def problems(trial: Trial, budget: str, seed: int) -> Iterator[Problem]:
    """The stored design, then as many problems as the budget draws, each as the trial poses it:
    fewer where each takes longer, because code is trained on it, or run on all that it may draw;
    of the design half, where such code is given a quick budget."""
    pairing = trial.pairing
    draws = trial.implementation.memory.get("draws", False)
    some = slice(None, None, 2 if draws and budget == "quick" else 1)
    yield from map(trial.posed, pairing.family.design()[some])
    if BUDGETS[budget]:
        longer = 8 if pairing.kind == "model" else 4 if draws else 1
        examples = max(1, BUDGETS[budget] // longer)
        yield from map(trial.posed, _drawn(pairing.family.problems, examples, seed))


@lru_cache(maxsize=64)  # by a family's own function: each of its codings is asked the same
def _drawn(
    strategy: Callable[[], SearchStrategy[Problem]], examples: int, seed: int
) -> tuple[Problem, ...]:
    """Problems drawn by Hypothesis; it only generates here, the tidy-up shrinks."""
    import hypothesis as hyp

    found: dict[Problem, None] = {}

    @hyp.seed(seed)
    @hyp.settings(
        max_examples=examples, deadline=None, database=None, phases=[hyp.Phase.generate],
        suppress_health_check=list(hyp.HealthCheck),
    )  # fmt: skip
    @hyp.given(strategy())
    def draw(problem: Problem) -> None:
        found[problem] = None

    draw()
    return tuple(found)


def entries(problem: Problem) -> int:
    """How many numbers its tables hold."""
    return sum(np.size(part) for part in problem if isinstance(part, tuple))


def smaller_than(pairing: Pairing, problem: Problem, share: float) -> Pairing:
    """The pairing, its family without the largest problems, and without those of more than this
    share of the problem's numbers, unless they are the smallest.

    Raises `ContractError` where all are of one size.
    """
    family = pairing.family
    sizes = sorted(map(entries, family.design()))
    if sizes[0] == sizes[-1]:
        raise ContractError(
            "draws with few enough outcomes to run through them all",
            f"too many, on a problem as small as {problem!r}",
            "draw fewer numbers, or from fewer outcomes",
        )
    # The problem may be one that a claim made, larger than those of the design.
    most = max(sizes[0], min(sizes[-1] - 1, int(share * entries(problem))))

    def small(other: Any) -> bool:
        return entries(other) <= most

    design = tuple(filter(small, family.design()))
    return replace(
        pairing,
        family=replace(
            family,
            design=lambda: design,
            problems=lambda: family.problems().filter(small),
            ranges=lambda: tuple(filter(small, family.ranges())),
        ),
    )


def run_what_draws(trial: Trial) -> None:
    """Raises `TooManyOutcomes` at once, if the code draws too much on a problem of the design, or
    on one that a claim compares it with; the code's own mishaps are for later."""
    family, memory = trial.pairing.family, trial.implementation.memory
    for problem in sorted(family.design(), key=entries, reverse=True):
        with suppress(ContractError, CrashError):
            trial.value(trial.posed(problem))
            if not memory.get("chooses"):
                break
            for other in (other for claim in family.claims for other in claim.related(problem)):
                trial.value(trial.posed(other))
        if not memory.get("chooses"):
            break
