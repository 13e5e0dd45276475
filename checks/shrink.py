"""The tidy-up: from a counterexample to the smallest one that a person would rather read."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from ..theorems.theorem import Problem

__all__ = ["tidied"]


def tidied(
    problem: Problem,
    damning: Callable[[Problem], bool],
    simpler: Callable[[Problem], Iterator[Problem]],
    *,
    attempts: int,
) -> Problem:
    """Follow `simpler` as long as a proposal is still `damning`, for at most `attempts` trials."""
    seen = {problem}
    while attempts > 0:
        for candidate in simpler(problem):
            if candidate in seen:
                continue
            seen.add(candidate)
            attempts -= 1
            if damning(candidate):
                problem = candidate
                break
            if attempts <= 0:
                return problem
        else:
            return problem
    return problem
