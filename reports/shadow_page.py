"""What the page on shadow execution shows of its record: steps by the lines that asked for them,
the digits that agree at each, and the lines of code that were found."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Any, NamedTuple

from markupsafe import Markup

from ..checks.shadow_record import ShadowCase, ShadowExample, ShadowStep
from . import plot
from .digits import agreeing, apart_from

__all__ = ["shown"]


class Group(NamedTuple):
    """Steps in a row that one line asked for: `line` and `source`, which may be empty.  In the
    backward pass these are of the forward step, `of`, whose derivative is taken."""

    line: str
    source: str
    of: ShadowStep | None
    steps: list[ShadowStep]


def shown(example: ShadowExample) -> dict[str, Any]:
    """What the template needs beside the record itself."""
    steps = example.library.steps
    computed = [step for step in steps if step.held is not None]
    forward = [step for step in computed if not step.backward]
    backward = [step for step in computed if step.backward]
    return {
        "forward": _groups(forward, steps), "backward": _groups(backward, steps),
        "decisions": _groups([step for step in steps if step.held is None], steps),
        "worst": max(computed, key=lambda step: step.most, default=None),
        "furthest": max((_apart(step) for step in computed), default=0.0),
        "picture": _picture(example, computed),
        "listing": listing,
    }  # fmt: skip


def _apart(step: ShadowStep) -> float:
    return 0.0 if step.held is None else apart_from(step.held, step.twin)


def _groups(steps: Iterable[ShadowStep], all_steps: tuple[ShadowStep, ...]) -> list[Group]:
    by_number = {step.number: step for step in all_steps}

    def asked_by(step: ShadowStep) -> tuple[int, str, str]:
        return step.of, step.line, step.source

    found = []
    for (of, line, source), group in groupby(steps, asked_by):
        forward = by_number.get(of)
        asked = (forward.line, forward.source) if forward else (line, source)
        found.append(Group(*asked, forward, list(group)))
    return found


def _picture(example: ShadowExample, computed: list[ShadowStep]) -> Markup:
    """Digits by operation; numbers that agree in every digit have no place on the axis."""
    asked = agreeing(example.asked)
    last = max((step.number for step in computed), default=0)
    final = max((step.number for step in computed if not step.backward), default=0)
    torch_s = [(float(step.number), agreeing(_apart(step))) for step in computed]
    ends = [
        (float(final if number.of.startswith("value") else last), agreeing(number.apart))
        for number in example.library.case.compared
    ]
    series = {
        f"asked of the twin: {asked:.0f} digits": [(float(k), asked) for k in range(last + 1)],
        "torch's float64 beside the twin, one point an operation": torch_s,
        "the twin beside the theorem, at the end of either pass": ends,
    }
    axes = ("operation, forward and then backward", "digits that agree")
    title = "Digits to which numbers agree, along the run"
    return plot.chart(series, axes, title=title, name="digits-along-the-run")


def listing(case: ShadowCase) -> Iterator[tuple[int, str, bool]]:
    """The lines of a case's source with their numbers, and whether something was found there."""
    found = " ".join([case.words, *(line for line, _, _ in case.constants)]) + " "
    for number, text in enumerate(case.source.splitlines(), case.first_line):
        place = f"{case.file}:{number}"
        yield number, text, any(place + end in found for end in (" ", ",", ":", ")"))
