"""Numbers that the code draws, as letters; and the exact expectation of formulas over them.

Each standard normal number is a letter, of which a formula must be a polynomial: then the
expectation puts the moment (2m - 1)!! in the place of an even power 2m, and 0 in that of an odd
one.  The way through the code must be the same whatever is drawn.
"""

from __future__ import annotations

import random
from collections.abc import Collection
from fractions import Fraction
from math import prod
from typing import Any

from .formula import Monomial, Polynomial
from .formula_condition import Condition
from .formula_number import Ledger, Number
from .formula_zero import value_at
from .twins import Lost

__all__ = ["MOST_DRAWS", "expected", "numbers", "refuse_draws"]

GRID = 512
MOST_DRAWS = GRID // 4


def numbers(count: int) -> list[float]:
    """At the point, for so many draws: of both signs, in no special position, no two alike.
    Raises `Lost` where there are more than `MOST_DRAWS`."""
    if count > MOST_DRAWS:
        raise Lost(f"{count} random numbers are drawn")
    draw = random.Random(1)
    sizes = draw.sample(range(GRID // 8 + 1, GRID * 7 // 8, 2), count)
    return [size / GRID * draw.choice((1, -1)) for size in sizes]


def expected(ledger: Ledger, number: Any) -> Any:
    """The number's expectation over all draws.  Raises `Lost` where it is no polynomial in them."""
    if not isinstance(number, Number):
        return number
    total: Polynomial = {}
    for monomial, coefficient in number.formula.items():
        rest, moment = _averaged(ledger, monomial)
        if moment:
            total = ledger.alphabet.sum(total, {rest: moment * coefficient})
    return Number(ledger, total, value_at(ledger.alphabet, total, ledger.point))


def _averaged(ledger: Ledger, monomial: Monomial) -> tuple[Monomial, int]:
    """The monomial without its draws, and their moment."""
    letters, moment = ledger.alphabet.letters, 1
    rest = []
    for index, power in monomial:
        if letters[index].kind != "draw":
            rest.append((index, power))
            if _random(ledger, {((index, 1),): 1}):
                raise Lost("the output is no polynomial in the numbers drawn")
        elif power < 0 or Fraction(power).denominator != 1:
            raise Lost("the output is no polynomial in the numbers drawn")
        else:
            moment *= _moment(int(power))
    return tuple(rest), moment


def _moment(power: int) -> int:
    """E x^power, of a standard normal number x."""
    return 0 if power % 2 else prod(range(1, power, 2))


def _random(ledger: Ledger, formula: Polynomial) -> bool:
    """Whether a number drawn is in the formula, or in what the choice of a letter rests on."""
    letters = ledger.alphabet.letters
    seen: set[int] = set()
    waiting = ledger.alphabet.within(formula)
    while waiting:
        index = waiting.pop()
        if letters[index].kind == "draw":
            return True
        seen.add(index)
        for condition in ledger.choices.get(index, {}).values():
            waiting |= ledger.alphabet.within(condition.formula) - seen
    return False


def refuse_draws(ledger: Ledger, conditions: Collection[Condition]) -> None:
    """Raises `Lost` where a condition speaks of a number drawn."""
    for condition in conditions:
        if _random(ledger, condition.formula):
            raise Lost(f"the way through the code depends on the numbers drawn ({condition.line})")
