"""Draws of finitely many outcomes, run through one by one; and what cannot be owned, by name."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

__all__ = ["Chooser", "NotOwnable", "TooManyRuns", "another_way", "computed_with"]


class NotOwnable(RuntimeError):
    """The code draws random numbers over which the expectation is not known exactly."""

    def __init__(self, expected: str, received: str, remedy: str) -> None:
        self.expected, self.received, self.remedy = expected, received, remedy
        super().__init__(f"expected: {expected}\nreceived: {received}\nremedy:   {remedy}")


class TooManyRuns(RuntimeError):
    """An expectation takes too many runs; on a problem of about this `share` of its numbers it
    would not."""

    def __init__(self, share: float) -> None:
        self.share = share
        super().__init__(share)


class Chooser:
    """The finite draws of one run: `prescribed` outcomes first, then the first possible of each.

    `weight` is the probability of what was chosen so far, `options` how many there were each time.
    Who asks for any integer at all gets the `seed`: another must change nothing.
    """

    def __init__(self, prescribed: Sequence[int] = (), *, seed: int = 0) -> None:
        self.prescribed, self.seed = prescribed, seed
        self.taken: list[int] = []
        self.options: list[int] = []
        self.weight = Fraction(1)

    def choose(self, weights: Sequence[Fraction]) -> int:
        """The place of the outcome; one without weight is none."""
        possible = [place for place, weight in enumerate(weights) if weight > 0]
        step = len(self.taken)
        pick = self.prescribed[step] if step < len(self.prescribed) else 0
        if pick >= len(possible):
            raise another_way()
        self.taken.append(pick)
        self.options.append(len(possible))
        self.weight *= weights[possible[pick]]
        return possible[pick]

    def following(self) -> tuple[int, ...] | None:
        """The next run's outcomes, in lexical order; None after the last."""
        for place in reversed(range(len(self.taken))):
            if self.taken[place] + 1 < self.options[place]:
                return (*self.taken[:place], self.taken[place] + 1)
        return None


def another_way() -> NotOwnable:
    return NotOwnable(
        "the same draws from the same numbers", "runs that draw more, less or otherwise",
        "let the number of normal draws depend on shapes only (no rejection sampling)",
    )  # fmt: skip


def computed_with(func: Any) -> NotOwnable:
    return NotOwnable(
        "uniform numbers that are compared with a bound, and nothing else",
        f"one (of rand, rand_like or uniform_) in {func}",
        "draw the mask itself (torch.bernoulli), or compare the number as it was drawn",
    )  # fmt: skip
