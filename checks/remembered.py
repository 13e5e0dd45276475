"""What our own codings returned, remembered for all who are compared with them.

Known errors and stabilised codings are held against every piece of code of their contract, on the
same few probes: they need not be run for each of them again.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import replace
from functools import lru_cache
from typing import Any

from ..implementations.implementation import Implementation
from .trial import Trial

__all__ = ["remembering"]


def remembering(implementation: Implementation, trial: Trial, *coding: Hashable) -> Implementation:
    """The implementation of our own `coding` (whatever tells it from others), with what it returned
    before.  Beside code that draws it is run for its mean, and that is remembered apart; beside
    itself it is not run again."""
    if _same(implementation, trial.implementation):
        return replace(implementation, memory=trial.implementation.memory)
    drawing = trial.implementation.drawing()
    memory = _memory(trial.pairing.pose, trial.pairing.read, coding, tuple(drawing.items()))
    memory.update(drawing)
    return replace(implementation, memory=memory)


def _same(first: Implementation, second: Implementation) -> bool:
    """Whether they are one callable, called alike."""
    built = any(route == "built" for route, _ in (*first.routes.values(), *second.routes.values()))
    alike = first.routes == second.routes and first.extras == second.extras
    return alike and not built and first.key == second.key and first.build() is second.build()


@lru_cache(maxsize=1024)
def _memory(
    pose: Callable[..., Any], read: Any, coding: tuple[Hashable, ...], drawing: tuple[Any, ...]
) -> dict[Any, Any]:
    return {}
