"""Does a formula vanish for all values of its letters?

Three answers of falling strength: its normal form is empty; it is once its denominators are
multiplied out; it vanishes at random points of a finite field, where a formula that is not zero in
its letters does so with a probability that is printed (Schwartz and Zippel).  The last counts
letters as free: exponentials and logarithms, which no number in a finite field is, are drawn.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from fractions import Fraction
from math import ceil
from typing import Any, NamedTuple

from .formula import MOST_WORK, ONE, Alphabet, Polynomial, denominators
from .twins import EXACT as mp
from .twins import Lost

__all__ = ["Zero", "chosen_put_back", "decided_zero", "value_at", "values_at"]

PRIME = 2**127 - 1
TRIALS = 4
CLEARING = 4_000  # products of terms for one formula's denominators, before points stand in
DRAWS = 4096  # until all norms of a point have square roots in the field


class Zero(NamedTuple):
    """How it was shown, and the probability that it is false (0.0: it is a proof)."""

    how: str
    error: float = 0.0


def decided_zero(alphabet: Alphabet, formula: Polynomial, *, exactly: bool = False) -> Zero | None:
    """None if it was not shown to vanish; that is no refutation.  Raises `Lost` where only random
    points could show it, and `exactly` forbids them."""
    if not formula:
        return Zero("equal normal forms")
    alphabet.most_work = alphabet.work + CLEARING
    try:
        if not cleared(alphabet, formula):
            return Zero("denominators multiplied out")
        return None
    except Lost:
        if exactly:
            raise Lost("only random points could stand in for a proof") from None
        return _at_random(alphabet, formula)


def cleared(alphabet: Alphabet, formula: Polynomial) -> Polynomial:
    """The formula times the powers of sums that it is divided by, the newest first."""
    for index in reversed(range(len(alphabet.letters))):
        if not alphabet.expands(index):
            continue
        lowest = min((p for m in formula for i, p in m if i == index), default=0)
        if lowest < 0:
            formula = alphabet.product(formula, {((index, ceil(-lowest)),): 1})
    return formula


# -- Schwartz and Zippel --------------------------------------------------------------------------


def _at_random(alphabet: Alphabet, formula: Polynomial) -> Zero | None:
    degree, draw = _degree(alphabet, formula), random.Random(0)
    rooted = (letter.kind == "input" and letter.positive for letter in alphabet.letters)
    roots = sum(letter.kind == "sum" for letter in alphabet.letters) + sum(rooted)
    for _ in range(TRIALS):
        found = _modulo(alphabet, formula, draw)
        if found is None or found != 0:
            return None
    error = (degree * 4**roots / PRIME) ** TRIALS
    return Zero(
        f"zero at {TRIALS} random points modulo 2^127-1, exponentials and logarithms drawn as free "
        f"letters: a formula of degree at most {degree} that is not zero passes with probability "
        f"below {error:.0e} (Schwartz and Zippel)",
        error,
    )


def _modulo(alphabet: Alphabet, formula: Polynomial, draw: random.Random) -> int | None:
    for _ in range(DRAWS):
        point = _Point(alphabet, draw)
        try:
            return point.value(formula)
        except _NoRoot:
            continue
    return None


class _NoRoot(Exception):
    """A number has no square root in the field."""


class _Point:
    """Values of the letters modulo PRIME: drawn where they are free, computed where not."""

    def __init__(self, alphabet: Alphabet, draw: random.Random) -> None:
        self.alphabet, self.draw = alphabet, draw
        self.values: dict[int, int] = {}
        self.powers: dict[tuple[int, Any], int] = {}

    def value(self, formula: Polynomial) -> int:
        total = 0
        for monomial, coefficient in formula.items():
            term = _fraction(coefficient)
            for factor in monomial:
                if factor not in self.powers:
                    self.powers[factor] = self.power(*factor)
                term = term * self.powers[factor] % PRIME
            total += term
        return total % PRIME

    def power(self, index: int, power: Any) -> int:
        letter = self.alphabet.letters[index]
        if index not in self.values:
            if letter.kind == "sum":
                self.values[index] = self.value(letter.of)
            elif letter.kind == "number":
                self.values[index] = letter.of
            else:
                self.values[index] = self.draw.randrange(1, PRIME)
        base = self.values[index]
        if letter.kind == "exp":  # its value is drawn as that of the root that is needed
            return pow(base, int(power * _ROOTS), PRIME)
        if power.denominator == 2:
            base, power = _root(base), power * 2
        if power.denominator != 1:
            raise _NoRoot
        return pow(base, int(power), PRIME)


_ROOTS = 2**10 * 3**4 * 5**2 * 7  # denominators of the powers of exponentials divide it


def _root(value: int) -> int:
    root = pow(value, (PRIME + 1) // 4, PRIME)
    if root * root % PRIME != value % PRIME:
        raise _NoRoot
    return root


def _fraction(value: Any) -> int:
    value = Fraction(value)
    return int(value.numerator * pow(value.denominator, -1, PRIME) % PRIME)


def _degree(alphabet: Alphabet, formula: Polynomial) -> int:
    """A bound on the degree, once denominators are multiplied out, in letters that are drawn."""
    known: dict[int, int] = {}

    def of_letter(index: int) -> int:
        if index not in known:
            letter = alphabet.letters[index]
            known[index] = 1
            if letter.kind == "sum":
                known[index] = of(letter.of)
            elif letter.kind == "exp":
                known[index] = denominators(formula, index)
        return known[index]

    def of(polynomial: Polynomial) -> int:
        above = max(sum(of_letter(i) * abs(p) for i, p in m) for m in polynomial)
        lowest: dict[int, Any] = {}
        for monomial in polynomial:
            for index, power in monomial:
                lowest[index] = min(power, lowest.get(index, 0))
        bound: int = ceil(above + sum(-p * of_letter(i) for i, p in lowest.items()))
        return bound

    return of(formula)


# -- elsewhere ------------------------------------------------------------------------------------


def value_at(alphabet: Alphabet, formula: Polynomial, point: dict[int, Any]) -> Any:
    """The formula's value to 60 digits where the input letters have the values `point`."""
    return values_at(alphabet, point)(formula)


def values_at(alphabet: Alphabet, point: dict[int, Any]) -> Callable[[Polynomial], Any]:
    """The same, of one formula after another: what a letter is worth is computed once."""
    known: dict[int, Any] = dict(point)

    def of_letter(index: int) -> Any:
        if index not in known:
            letter = alphabet.letters[index]
            known[index] = {
                "exp": lambda: mp.exp(of({letter.of: 1})),
                "log": lambda: mp.log(of_letter(letter.of)),
                "number": lambda: mp.mpf(letter.of),
                "pi": lambda: +mp.pi,
            }.get(letter.kind, lambda: of(letter.of))()
        return known[index]

    def of(polynomial: Polynomial) -> Any:
        total = mp.mpf(0)
        for monomial, coefficient in polynomial.items():
            term = _exactly(coefficient)
            for index, power in monomial:
                worth = of_letter(index)
                term *= worth if power == 1 else mp.power(worth, _exactly(power))
            total += term
        return total

    return of


def _exactly(value: Any) -> Any:
    value = Fraction(value)
    return mp.mpf(value.numerator) / value.denominator


def chosen_put_back(alphabet: Alphabet, formula: Polynomial) -> Polynomial:
    """The formula with what was chosen as a largest in the place of each letter that stands for
    one."""
    alphabet.most_work = alphabet.work + MOST_WORK
    known: dict[int, Polynomial] = {}

    def power(index: int, exponent: Any) -> Polynomial:
        letter = alphabet.letters[index]
        if not any(
            alphabet.letters[i].kind == "chosen" for i in alphabet.within({((index, 1),): 1})
        ):
            return alphabet.tidied({((index, exponent),): 1})
        if letter.kind == "exp":
            return alphabet.exponential({m: c * exponent for m, c in of({letter.of: 1}).items()})
        if index not in known:
            inner = of({((letter.of, 1),): 1} if letter.kind == "log" else letter.of)
            known[index] = alphabet.logarithm(inner) if letter.kind == "log" else inner
        return alphabet.power(known[index], Fraction(exponent))

    def of(polynomial: Polynomial) -> Polynomial:
        total: Polynomial = {}
        for monomial, coefficient in polynomial.items():
            term: Polynomial = {ONE: coefficient}
            for index, exponent in monomial:
                term = alphabet.product(term, power(index, exponent))
            total = alphabet.sum(total, term)
        return total

    return of(formula)
