"""What an erratum is: a claim as it is commonly made, the code that refutes it, and what is true.

A counterexample computes everything that is said of it.  Its two slacks decide: that of the common
claim must be negative, that of the corrected statement must not be.  Where everything is discrete
the numbers are integers and fractions; where a logarithm comes in they have fifty digits.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import Any, NamedTuple

from ..deferred import Deferred
from .picture import Picture

__all__ = ["Erratum", "Measured", "Refutation", "is_exact", "many_digits"]

mpmath: Any = Deferred("mpmath")


class Measured(NamedTuple):
    """A number and what it is, in words with TeX between dollar signs."""

    of: str
    value: Any  # an int or a Fraction, which are exact, or an mpf or a float


class Refutation(NamedTuple):
    """What a counterexample computed.

    `claimed` is the slack of the common claim, negative where it fails; None where nobody can
    compute the failure, and it is cited.  `corrected` is the slack of the corrected statement on
    the same instance, nonnegative where it holds.  `numbers` are the rest of what is said.
    """

    claimed: Measured | None
    corrected: Measured
    numbers: tuple[Measured, ...]
    picture: Picture | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Erratum:
    """A common claim and its refutation; all words are prose with TeX between dollar signs.

    `said` is the claim in one line and `claim` in full, `believed` says why people believe it,
    `corrected` is what is true, and `instance` poses what `counterexample` computes.  `theorems`
    are ids of the catalogue; every entry of `references` was looked up before it was printed.
    `cited` says where a counterexample is to be found that cannot be computed.
    """

    id: str
    said: str
    claim: str
    believed: str
    corrected: str
    instance: str
    counterexample: Callable[[], Refutation]
    theorems: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    cited: str = ""


def is_exact(value: Any) -> bool:
    """Whether a number was computed without rounding."""
    return isinstance(value, int | Fraction)


@lru_cache
def many_digits() -> Any:
    """An mpmath context of our own with fifty digits, which nobody's `mpmath.mp` changes."""
    context = mpmath.MPContext()
    context.dps = 50
    return context
