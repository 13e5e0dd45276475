"""What is kept of a run by shadow that is written down: its steps, and the numbers at its end."""

from __future__ import annotations

from .verdict import Record, ShadowOutcome

__all__ = ["Compared", "Followed", "ShadowCase", "ShadowExample", "ShadowStep", "came"]


class ShadowStep(Record):
    """One operation, as torch dispatched it, and the first entry of the tensor that it left.

    `held` is that entry in float64 and `twin` its exact value to some digits, apart by `units` of
    the last place; no entry of the tensor is apart by more than `most`.  Where the operation left
    no floating-point number, `decided` is what it left.  `line` and `source` are those of the code
    that asked for it; an operation that autograd asked for has the number of the forward one, `of`,
    whose derivative it belongs to.  Where nothing of this is known, it is empty, or zero.
    """

    number: int
    backward: bool
    operation: str
    line: str = ""
    source: str = ""
    of: int = 0
    shape: tuple[int, ...] = ()
    held: float | None = None
    twin: str = ""
    units: float = 0.0
    most: float = 0.0
    decided: str = ""


class Compared(Record):
    """One number at the end of a run: the theorem's and the twin's in fifty digits, and torch's.

    `apart` is how far the twin is from the theorem, `rounding` how far torch's number is, both
    relative to the theorem's.
    """

    of: str
    theorem: str
    twin: str
    held: float
    apart: float
    rounding: float


class ShadowCase(Record):
    """A piece of code, run by shadow on one problem: its source, from `first_line` of `file` on,
    what came of it, and the numbers at its end.  `constants` are those that, set to zero in a
    second run, leave the definition, with their lines; `without` are the numbers of that run.
    """

    name: str
    file: str
    first_line: int
    source: str
    contract: str
    convention: dict[str, str]
    problem: str
    outcome: ShadowOutcome
    words: str
    compared: tuple[Compared, ...] = ()
    constants: tuple[tuple[str, float, str], ...] = ()  # line, value, operation
    without: tuple[Compared, ...] = ()

    @property
    def apart(self) -> float:
        """The twin's largest distance from the theorem."""
        return max((c.apart for c in self.compared), default=float("nan"))

    @property
    def apart_without(self) -> float:
        """The same without the constants."""
        return max((c.apart for c in self.without), default=float("nan"))


class Followed(Record):
    """The library's run, operation by operation, and what the symbolic twin says of it: sentences
    of what it proved, or why it did not."""

    case: ShadowCase
    steps: tuple[ShadowStep, ...]
    proved: tuple[str, ...]
    undecided: tuple[str, ...]


class ShadowExample(Record):
    """What the page on shadow execution shows: all of it computed in one run."""

    twin_digits: int
    theorem_digits: int
    shown_digits: int  # of a twin, at each step
    asked: float  # agreement, below which a twin is the definition's
    library: Followed
    stabilised: ShadowCase
    trifle: ShadowCase
    escaped: ShadowCase

    @property
    def unexpected(self) -> list[str]:
        """What did not come out as the page says that it does: each line is a fault of ours."""
        agrees, differs, lost = ShadowOutcome.AGREES, ShadowOutcome.DIFFERS, ShadowOutcome.LOST
        located = bool(self.stabilised.constants) and self.stabilised.apart_without <= self.asked
        cases = (
            (self.library.case, agrees, True), (self.stabilised, differs, located),
            (self.trifle, differs, not self.trifle.constants), (self.escaped, lost, True),
        )  # fmt: skip
        lines = [
            f"shadow: the example {case.name!r} {came(case)}"
            for case, outcome, otherwise in cases
            if case.outcome is not outcome or not otherwise
        ]
        if not self.library.proved or self.library.undecided:
            lines.append(f"shadow: {self.library.case.name!r} is not proved at every size tried")
        return lines


def came(case: ShadowCase) -> str:
    """What came of a case, in words that follow its name."""
    verb = "was lost" if case.outcome is ShadowOutcome.LOST else case.outcome.value
    return f"{verb}: {case.words}" if case.words else verb
