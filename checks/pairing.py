"""Which theorem governs which contract, and how a problem becomes a call."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

from ..implementations.contract import NONE, Call, Contract, Convention
from ..theorems.theorem import Claim, Family, Output, Problem, Theorem

__all__ = ["Pairing", "Picture", "Scatter"]


class Picture(NamedTuple):
    """The words under the two axes, and the points of each curve."""

    axes: tuple[str, str]
    series: dict[str, tuple[tuple[float, float], ...]]


class Scatter(NamedTuple):
    """Two-dimensional codes of data that have names: a title, the words along the two axes, the
    points of each name, what was measured in words, and of each name a share between 0 and 1: how
    many of its points have one of the same name nearest."""

    title: str
    axes: tuple[str, str]
    marks: dict[str, tuple[tuple[float, float], ...]]
    told: str
    shares: dict[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pairing:
    """One theorem, one contract, and the way from the one to the other.

    Where other theorems govern the contract `also`, a claim that is one of theirs belongs to them.

    `pose(problem, convention)` gives the canonical call: NumPy arrays (float64) become tensors,
    everything else is passed as it is.  A *formula* is evaluated, lifted and in its native dtype,
    with its gradient, and read as an `Evaluation`; a *model* is run as it is, and `read(returned,
    problem, convention)` makes the theorem's output of what it returned.  `fits` gives, per
    parameter that may live inside the code, the interval in which it is sought; each is also a
    field of the problem.  A model is `recognised` for a known error by its output, or failing that
    by what its claims make of it.  `picture()` gives what people look at: what the axes mean, and
    the series of points by label; `scatters()` are codes of real data, and `data` is their source.
    """

    theorem: Theorem
    family: Family
    contract: Contract
    pose: Callable[[Problem, Convention], Call]
    kind: Literal["formula", "model"] = "formula"
    read: Callable[[Any, Problem, Convention], Output] | None = None
    fits: Mapping[str, tuple[float, float]] = field(default_factory=lambda: NONE)
    recognised: Literal["by its claims", "by its output"] = "by its claims"
    picture: Callable[[], Picture] | None = None
    scatters: Callable[[], tuple[Scatter, ...]] | None = None
    data: str = ""
    also: tuple[Theorem, ...] = ()

    @property
    def theorems(self) -> tuple[Theorem, ...]:
        """All that govern the contract, the pairing's own first."""
        return (self.theorem, *self.also)

    def of(self, theorem: Theorem) -> tuple[Claim, ...]:
        """The claims that belong to one of the theorems."""
        return tuple(c for c in self.family.claims if self.governing(c) is theorem)

    def governing(self, claim: Claim) -> Theorem:
        """The theorem that the claim belongs to: the pairing's own, unless another has it."""
        for theorem in self.also:
            if any(claim in family.claims for family in theorem.families):
                return theorem
        return self.theorem
