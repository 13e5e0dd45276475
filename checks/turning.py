"""Where the code leaves the definition, shown and not guessed: an edit at one line turns the
verdict, and leaves right what was right."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import NamedTuple

import numpy as np

from .rewriting import Rewrite, Rewriting
from .shadow import Constant
from .shadowed import AGREES, Edits, Gap, agrees_with, shadowed
from .trial import Trial
from .twins import EXACT as mp
from .twins import Lost

__all__ = ["turning"]

MOST = 24  # constants, and calls, that are edited
SIMPLE = 64  # the largest denominator of a factor that somebody may have meant
NEUTRAL = {"add": 0.0, "sub": 0.0, "rsub": 0.0, "mul": 1.0, "div": 1.0}


def turning(trial: Trial, gaps: list[Gap]) -> tuple[str, ...]:
    """The lines at which one edit, of a constant or of a call, makes the twin the definition on all
    these problems; on the first it is not."""
    found = (*_by_constants(trial, gaps), *_by_calls(trial, gaps))
    return tuple(f"{words}, the twin is the definition" for words in dict.fromkeys(found))


# -- constants ------------------------------------------------------------------------------------


class _Place(NamedTuple):
    """Where a constant stands: the line, the operation, and which of its constants it is."""

    line: str
    operation: str
    which: int

    def value(self, constants: list[Constant]) -> float | None:
        values = _values(constants, self.line, self.operation)
        return values[self.which] if self.which < len(values) else None

    def edits(self, constants: list[Constant], value: float, other: float) -> Edits:
        """The number made another there, and in what autograd made of it."""
        lines = (self.line, "backward")
        return {
            (c.step, c.place): other for c in constants
            if (c.value, c.operation) == (value, self.operation) and c.line in lines
        }  # fmt: skip


def _values(constants: list[Constant], line: str, operation: str) -> list[float]:
    here = (c.value for c in constants if (c.line, c.operation) == (line, operation))
    return list(dict.fromkeys(here))


def _by_constants(trial: Trial, gaps: list[Gap]) -> Iterator[str]:
    """Each constant made another: the first other that turns the verdict."""
    constants, factor = gaps[0].found.shadow.constants, _factor(gaps)
    for place in _places(constants)[:MOST]:
        value = place.value(constants)
        assert value is not None
        for words, change in _changes(place.operation, factor):
            if change(value) != value and all(_changed(trial, gap, place, change) for gap in gaps):
                made = words.format(change(value))
                yield f"{place.line}: with {value:g} in {place.operation} {made}"
                break


def _places(constants: list[Constant]) -> list[_Place]:
    found = (
        _Place(c.line, c.operation, _values(constants, c.line, c.operation).index(c.value))
        for c in constants
        if c.line != "backward" and c.operation in NEUTRAL
    )
    return list(dict.fromkeys(found))


def _changes(
    operation: str, factor: float | None
) -> Iterator[tuple[str, Callable[[float], float]]]:
    """Left out; a factor made a divisor; or corrected by the factor of the whole."""
    neutral = NEUTRAL[operation]
    yield "taken out", lambda value: neutral
    if neutral == 1.0:
        yield "inverted", lambda value: 1 / value if value else value
        if factor is not None:
            right = factor if operation == "div" else 1 / factor
            yield "made {:g}", lambda value: value * right


def _changed(trial: Trial, gap: Gap, place: _Place, change: Callable[[float], float]) -> bool:
    constants = gap.found.shadow.constants
    value = place.value(constants)
    edits = {} if value is None else place.edits(constants, value, change(value))
    return agrees_with(trial, gap, edits)


def _factor(gaps: list[Gap]) -> float | None:
    """What the code's value is, times the theorem's, if that is one simple fraction everywhere."""
    found = {_ratio(gap) for gap in gaps}
    return float(found.pop() or 0) or None if len(found) == 1 else None


def _ratio(gap: Gap) -> Fraction | None:
    theirs, ours = (sum(np.ravel(x)) for x in (gap.found.value, gap.truth.value))
    if not ours or not mp.isfinite(theirs):
        return None
    near = Fraction(float(theirs / ours)).limit_denominator(SIMPLE)
    exactly = abs(theirs * near.denominator - ours * near.numerator) <= AGREES * abs(ours)
    return near if exactly else None


# -- calls ----------------------------------------------------------------------------------------


def _by_calls(trial: Trial, gaps: list[Gap]) -> Iterator[str]:
    """A call done otherwise, at one line; or in the same way at every line that has it."""
    mode = Rewriting()
    try:
        shadowed(trial, gaps[0].problem, calls=mode)
    except Lost:
        return
    alone = [r for r in list(mode.found)[:MOST] if _turns(trial, gaps, r)]
    yield from map(_said, alone)
    for words in () if alone else dict.fromkeys(r.words for r in mode.found):
        together = [r for r in mode.found if r.words == words]
        if len(together) > 1 and _turns(trial, gaps, *together):
            yield from map(_said, together)


def _turns(trial: Trial, gaps: list[Gap], *applied: Rewrite) -> bool:
    return all(agrees_with(trial, gap, {}, Rewriting(frozenset(applied))) for gap in gaps)


def _said(rewrite: Rewrite) -> str:
    return f"{rewrite.line}: with {rewrite.words}"
