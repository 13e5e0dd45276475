"""What a symbolic proof found: proved, refuted at a point, or undecided, by name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from .shadow import Constant

__all__ = ["Proved", "Refuted", "Undecided"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Proved:
    """For all inputs of these sizes, and positive `parameters`, that meet the `conditions`, value
    and gradient are the definition's; of code that makes `draws`, their expectation is.  `error` is
    0.0 for a proof; where random points stand in, the probability that it is false.  `cancelled`
    counts the choices of a largest that drop out; `seconds` are for the reader and decide
    nothing."""

    sizes: str
    conditions: tuple[str, ...]
    cancelled: int
    how: tuple[str, ...]
    error: float
    entries: int
    seconds: float
    draws: int = 0
    parameters: tuple[str, ...] = ()

    @property
    def sentence(self) -> str:
        held = " and ".join(["for all inputs", *(f"every {p} > 0" for p in self.parameters)])
        held += f" with {', '.join(self.conditions)}" if self.conditions else ""
        shown = "proved" if not self.error else "by random points, not proved,"
        mean = f"in expectation over {self.draws} numbers drawn, " if self.draws else ""
        return f"{shown} at {self.sizes}, {mean}{held}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Undecided:
    """With the `stabilisers`, if any, set to zero the code is proved (`without`)."""

    sizes: str
    why: str
    stabilisers: tuple[Constant, ...] = ()
    without: Proved | None = None
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Refuted:
    """At `point`, an entry of the value or of a gradient is `theirs`, not `ours`, to 60 digits.
    With the `stabilisers` set to zero the code is proved (`without`)."""

    sizes: str
    point: Mapping[str, np.ndarray]
    where: str
    ours: float
    theirs: float
    stabilisers: tuple[Constant, ...] = ()
    without: Proved | None = None
    seconds: float
