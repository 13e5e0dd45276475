"""sympy, bound once and late, and the one question that proofs ask of it: is this zero?"""

from __future__ import annotations

import random
from enum import Enum
from typing import TYPE_CHECKING, Any

from ..deferred import Deferred

if TYPE_CHECKING:
    import sympy as sp
else:
    sp = Deferred("sympy")

__all__ = ["Decision", "decide_zero", "sp"]


class Decision(Enum):
    """What came of asking whether an expression vanishes identically."""

    ZERO = "zero"
    NONZERO = "nonzero at a rational point"
    UNDECIDED = "sympy could not decide"


def decide_zero(expression: Any) -> Decision:
    """Decide whether `expression` vanishes for all values of its symbols.

    A matrix vanishes if every entry does; an object with a method `vanishes` (the words of
    `theorems.words`) decides for itself.  `simplify(e) != 0` means *undecided*: only a nonzero
    value at a rational point refutes.
    """
    if hasattr(expression, "vanishes"):
        return Decision.ZERO if expression.vanishes() else Decision.NONZERO
    if isinstance(expression, sp.MatrixBase):
        entries = [decide_zero(entry) for entry in expression]
        for outcome in (Decision.NONZERO, Decision.UNDECIDED):
            if outcome in entries:
                return outcome
        return Decision.ZERO
    expression = sp.sympify(expression)
    if expression == 0:
        return Decision.ZERO
    if _differs_from_zero_somewhere(expression):
        return Decision.NONZERO
    return Decision.ZERO if sp.simplify(sp.expand(expression)) == 0 else Decision.UNDECIDED


def _differs_from_zero_somewhere(expression: Any) -> bool:
    """Evaluate with 60 digits at small rational points that the symbols' assumptions allow."""
    draw = random.Random(0)
    symbols = sorted(expression.free_symbols, key=str)
    for _ in range(3):
        point = {s: _admissible(s, draw) for s in symbols}
        value = sp.N(expression.subs(point), 60, maxn=200)
        if value.is_number and value.is_finite and abs(value) > sp.Float("1e-40"):
            return True
    return False


def _admissible(symbol: Any, draw: random.Random) -> Any:
    if symbol.is_integer:
        value = sp.Integer(draw.randint(1, 7))
    else:
        value = sp.Rational(draw.randint(1, 30), draw.choice([7, 11, 13]))
    return value if symbol.is_positive or draw.random() < 0.5 else -value
