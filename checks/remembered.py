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
    before.  Beside code that draws it is run for its mean, and that is remembered apart."""
    drawing = trial.implementation.drawing()
    memory = _memory(trial.pairing.pose, trial.pairing.read, coding, tuple(drawing.items()))
    memory.update(drawing)
    return replace(implementation, memory=memory)


@lru_cache(maxsize=1024)
def _memory(
    pose: Callable[..., Any], read: Any, coding: tuple[Hashable, ...], drawing: tuple[Any, ...]
) -> dict[Any, Any]:
    return {}
