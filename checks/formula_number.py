"""A number that knows its formula: the entries of a symbolic twin.

Its value at one point, to 60 digits, stands beside its formula in all inputs.  Comparisons are
decided at the point, and what they rest on is noted; a comparison whose outcome is the same for all
inputs rests on nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from fractions import Fraction
from numbers import Rational
from typing import Any

import numpy as np

from .formula import ONE, Alphabet, Polynomial
from .formula_condition import FLIPPED, Condition
from .shadow import where
from .twins import EXACT as mp
from .twins import Lost

__all__ = ["Ledger", "Number", "constant"]

LONGEST = 120  # bits of a number that may be taken for what it is; floats have 53
FARTHEST = 5000  # powers of two, beyond which a number is nobody's constant
SMALLEST = 10**6  # denominators of numbers that were rounded to 60 digits
CERTAIN = {
    "<": {"<": True, "=": False, ">": False, ">=": False},
    "<=": {"<": True, "<=": True, "=": True, ">": False},
    ">": {">": True, "=": False, "<": False, "<=": False},
    ">=": {">": True, ">=": True, "=": True, "<": False},
    "==": {"=": True, "<": False, ">": False},
}
NEGATED = {"<": ">=", "<=": ">", ">": "<=", ">=": "<", "==": "!="}


@dataclass(slots=True)
class Ledger:
    """What has been assumed so far, once each; the point, by input letter; and per letter that
    stands for a chosen number, what its choice rests on."""

    alphabet: Alphabet = field(default_factory=Alphabet)
    point: dict[int, Any] = field(default_factory=dict)
    choices: dict[int, dict[Any, Condition]] = field(default_factory=dict)
    by_definition: bool = False
    conditions: dict[Any, Condition] = field(default_factory=dict)
    lasting: dict[Any, Condition] = field(init=False)

    def __post_init__(self) -> None:
        self.lasting = self.conditions
        self.alphabet.assume = self.positive

    def input(self, name: str, at: float, positive: bool = False) -> Number:
        index = self.alphabet.letter("input", name, None, name, positive)
        self.point[index] = mp.mpf(at)
        return Number(self, {((index, 1),): 1}, self.point[index])

    def drawn(self, at: Any) -> Number:
        """A letter for one more random number, which is `at` the point what was drawn."""
        name = f"noise_{sum(letter.kind == 'draw' for letter in self.alphabet.letters) + 1}"
        index = self.alphabet.letter("draw", name, None, name, False)
        self.point[index] = at
        return Number(self, {((index, 1),): 1}, at)

    def constant(self, number: Any) -> Any:
        """A number of the code's, whose logarithm is then a letter; infinite ones as they are."""
        return Number(self, {}, mp.mpf(0)) + number

    def chosen(self, number: Any, conditions: dict[Any, Condition]) -> Any:
        """A letter that stands for the number; a constant stands for itself."""
        if not isinstance(number, Number) or number.is_constant:
            self.conditions |= conditions
            return number
        name = f"chosen_{len(self.choices) + 1}"
        index = self.alphabet.letter("chosen", name, number.formula, name, False)
        self.choices[index] = conditions
        return Number(self, {((index, 1),): 1}, number.at)

    def note(
        self, difference: Polynomial, relation: str, into: dict[Any, Condition] | None = None
    ) -> None:
        """That `difference relation 0`; positive factors are left out."""
        into = self.conditions if into is None else into
        _, _, rest = self.alphabet.split(difference, any_sign=False, negative=False)
        if Fraction(rest[max(rest)]) < 0:
            rest, relation = {m: -c for m, c in rest.items()}, FLIPPED[relation]
        key = (frozenset(rest.items()), relation)
        if key not in into:
            into[key] = Condition(
                rest, relation, "by definition" if self.by_definition else where()
            )

    def positive(self, a: Polynomial) -> None:
        """Of a letter, made once and used for ever: noted for the whole run, even where `apart`."""
        certain = self.alphabet.sign(a)
        if certain != ">":
            self.note(a, "!=" if certain == ">=" else ">", self.lasting)

    def divided_by(self, a: Polynomial) -> None:
        """That the inputs are not zero of which a is a product."""
        for index, _ in next(iter(a)) if len(a) == 1 else ():
            letter = self.alphabet.letters[index]
            if letter.kind in ("input", "draw") and not letter.positive:
                self.note({((index, 1),): 1}, "!=")

    @contextmanager
    def apart(self) -> Iterator[dict[Any, Condition]]:
        """What is noted meanwhile goes to a ledger of its own."""
        before, self.conditions = self.conditions, {}
        mine = self.conditions
        try:
            yield mine
        finally:
            self.conditions = before


class Number:
    """A formula and its value at the point."""

    __slots__ = ("at", "formula", "ledger")

    def __init__(self, ledger: Ledger, formula: Polynomial, at: Any) -> None:
        self.ledger, self.formula, self.at = ledger, formula, at

    @property
    def alphabet(self) -> Alphabet:
        return self.ledger.alphabet

    @property
    def is_constant(self) -> bool:
        return not self.formula or set(self.formula) == {ONE}

    def _made(self, formula: Polynomial, at: Any) -> Number:
        return Number(self.ledger, formula, at)

    def _lifted(self, other: Any) -> Number | None:
        """The other as a number of this kind; None if it is infinite or not a number."""
        if isinstance(other, Number):
            return other
        value = constant(other)
        return None if value is None else self._made({ONE: value} if value else {}, exactly(value))

    # -- arithmetic -------------------------------------------------------------------------------

    def __add__(self, other: Any) -> Any:
        if isinstance(other, np.ndarray):
            return NotImplemented
        right = self._lifted(other)
        if right is None:
            return mp.mpf(other)
        return self._made(self.alphabet.sum(self.formula, right.formula), self.at + right.at)

    __radd__ = __add__

    def __neg__(self) -> Number:
        return self._made({m: -c for m, c in self.formula.items()}, -self.at)

    def __pos__(self) -> Number:
        return self

    def __sub__(self, other: Any) -> Any:
        return NotImplemented if isinstance(other, np.ndarray) else self + -other

    def __rsub__(self, other: Any) -> Any:
        return NotImplemented if isinstance(other, np.ndarray) else -self + other

    def __mul__(self, other: Any) -> Any:
        if isinstance(other, np.ndarray):
            return NotImplemented
        right = self._lifted(other)
        if right is None:
            return mp.mpf(other) * self.at
        return self._made(self.alphabet.product(self.formula, right.formula), self.at * right.at)

    __rmul__ = __mul__

    def __truediv__(self, other: Any) -> Any:
        if isinstance(other, np.ndarray):
            return NotImplemented
        right = self._lifted(other)
        return self._made({}, mp.mpf(0)) if right is None else self * right.inverse()

    def __rtruediv__(self, other: Any) -> Any:
        left = self._lifted(other)
        return mp.mpf(other) / self.at if left is None else left * self.inverse()

    def inverse(self) -> Number:
        return self.power(-1)

    def __pow__(self, exponent: Any) -> Any:
        return self.power(exponent)

    def power(self, exponent: Any) -> Number:
        if isinstance(exponent, Number):
            if not exponent.is_constant:
                grown: Number = (exponent * self.log()).exp()
                return grown
            exponent = exponent.formula.get(ONE, 0)
        k = constant(exponent)
        if k is None or (k.denominator != 1 and self.at < 0):
            raise Lost(f"the power {exponent}")
        if k == 0:
            return self._made({ONE: 1}, mp.mpf(1))
        if not self.formula and k > 0:
            return self
        if self.at == 0 and k < 0:
            raise Lost("a division by zero at the point; pose another")
        if k < 0:
            self.ledger.divided_by(self.formula)
        formula = self.alphabet.power(self.formula, k, negative=bool(self.at < 0))
        return self._made(formula, mp.power(self.at, exactly(k)))

    def __abs__(self) -> Number:
        certain = self.alphabet.sign(self.formula)
        if certain in (">", ">=", "="):
            return self
        return -self if certain else (self * self).sqrt()

    # -- functions --------------------------------------------------------------------------------

    def exp(self) -> Number:
        return self._made(self.alphabet.exponential(self.formula), mp.exp(self.at))

    def log(self) -> Number:
        if not self.at > 0:
            raise Lost("a logarithm of what is not positive at the point")
        return self._made(self.alphabet.logarithm(self.formula), mp.log(self.at))

    def sqrt(self) -> Number:
        return self.power(Fraction(1, 2))

    def expm1(self) -> Number:
        return self.exp() - 1  # type: ignore[no-any-return]

    def log1p(self) -> Number:
        return (self + 1).log()  # type: ignore[no-any-return]

    def tanh(self) -> Number:
        grown = (self * 2).exp()
        return (grown - 1) / (grown + 1)  # type: ignore[no-any-return]

    def sign(self) -> Number:
        return self / abs(self)  # type: ignore[no-any-return]

    def floor(self) -> Any:
        if not self.is_constant:
            raise Lost("a rounding to whole numbers")
        return mp.floor(self.at)

    def isnan(self) -> bool:
        return False

    isinf = isnan

    def isfinite(self) -> bool:
        return True

    # -- comparisons, decided at the point --------------------------------------------------------

    def _compared(self, other: Any, relation: str) -> Any:
        if isinstance(other, np.ndarray):
            return NotImplemented
        right = self._lifted(other)
        if right is None:
            return bool(_RELATIONS[relation](mp.mpf(0), mp.mpf(other)))
        difference = self.alphabet.sum(self.formula, right.formula, -1)
        if not (set(difference) - {ONE}):
            return bool(_RELATIONS[relation](difference.get(ONE, 0), 0))
        found = bool(_RELATIONS[relation](self.at, right.at))
        certain = CERTAIN[relation].get(self.alphabet.sign(difference))
        if certain is None:
            self.ledger.note(difference, relation if found else NEGATED[relation])
        return found

    def __lt__(self, other: Any) -> Any:
        return self._compared(other, "<")

    def __le__(self, other: Any) -> Any:
        return self._compared(other, "<=")

    def __gt__(self, other: Any) -> Any:
        return self._compared(other, ">")

    def __ge__(self, other: Any) -> Any:
        return self._compared(other, ">=")

    def __eq__(self, other: object) -> Any:
        return self._compared(other, "==")

    def __ne__(self, other: object) -> Any:
        found = self._compared(other, "==")
        return found if found is NotImplemented else not found

    __hash__ = None  # type: ignore[assignment]

    def __float__(self) -> float:
        return float(self.at)

    def __repr__(self) -> str:
        # short, for mpmath makes it with every TypeError
        return f"Number at {float(self.at):.6g}, of {len(self.formula)} terms"


_RELATIONS: dict[str, Callable[[Any, Any], Any]] = {
    "<": lambda a, b: a < b, "<=": lambda a, b: a <= b, ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b, "==": lambda a, b: a == b,
}  # fmt: skip


def constant(value: Any) -> Fraction | None:
    """A number that the code or the oracle wrote, exactly; None if it is not finite.

    One that was rounded to 60 digits (a mean's 1/6) is the fraction with a small denominator that
    it agrees with to all of them.
    """
    if isinstance(value, (np.integer, np.bool_)):
        return Fraction(int(value))
    if isinstance(value, Rational):
        return Fraction(value)
    number = mp.mpf(value)
    if not mp.isfinite(number):
        return None
    sign, mantissa, exponent, bits = number._mpf_
    if abs(exponent) > FARTHEST:  # e^(-1e9), of what was masked: its fraction would take minutes
        raise Lost(f"the constant {mp.nstr(number, 6)}, which is not rational")
    exact: Fraction = Fraction(-int(mantissa) if sign else int(mantissa)) * Fraction(2) ** exponent
    if bits <= LONGEST:
        return exact
    near: Fraction = exact.limit_denominator(SMALLEST)
    if abs(near - exact) * 10**57 > abs(exact):
        raise Lost(f"the constant {float(exact):.6g}, which is not rational")
    return near


def exactly(value: Fraction) -> Any:
    return mp.mpf(value.numerator) / value.denominator
