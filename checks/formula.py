r"""Formulas in normal form: sums of products of powers of letters, over the rationals.

A letter is an input, a random number drawn, or stands for what is not rational in the letters
before it: `exp` of a product, `log` of a positive letter, or a *sum*, a polynomial that is divided
by or raised to a broken power (a norm is its sum of squares to the power 1/2).  Every letter is
made once, so that equal formulas have equal normal forms.  Rules: $e^{a+b} = e^a e^b$,
$\log ab = \log a + \log b$, $e^{\log a} = a$, whole powers of sums multiplied out, and
$x^2 = S - \dots$ where $S$ is a sum of squares, so that a unit vector's length is one.  Each rule
is an identity where it is used, so that an empty difference is a proof; a difference that is not
empty proves nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from fractions import Fraction
from math import floor, lcm
from typing import Any, Literal

from ..theorems.symbolic import sp
from .twins import Lost

__all__ = ["ONE", "Alphabet", "Letter", "Monomial", "Polynomial"]

Monomial = tuple[tuple[int, Any], ...]  # (letter, power), by letter; powers are whole or broken
Polynomial = dict[Monomial, Any]  # coefficients, none of them zero
Kind = Literal["input", "draw", "exp", "log", "sum", "number", "chosen", "pi"]

ONE: Monomial = ()
MOST_TERMS = 5_000
MOST_WORK = 400_000  # products of terms in one run: a cap on steps, never on time


@dataclass(frozen=True, slots=True)
class Letter:
    """`of` is the product that `exp` is taken of, the letter that `log` is taken of, the sum's
    polynomial, the prime number, or the polynomial that was chosen as largest."""

    kind: Kind
    name: str
    of: Any = None
    positive: bool = False


@dataclass(slots=True)
class Alphabet:
    """The letters of one proof, and the inputs whose squares are eliminated.

    `assume(a)` hears of each sum a that is taken to be positive from now on.
    """

    letters: list[Letter] = field(default_factory=list)
    squares: dict[int, Polynomial] = field(default_factory=dict)
    eliminating: set[int] = field(default_factory=set)  # the sums in whose terms squares are
    work: int = 0
    most_work: int = MOST_WORK
    assume: Callable[[Polynomial], None] = lambda a: None
    _known: dict[Any, int] = field(default_factory=dict)

    def letter(self, kind: Kind, key: Any, of: Any, name: str = "", positive: bool = True) -> int:
        if (kind, key) not in self._known:
            self._known[kind, key] = len(self.letters)
            self.letters.append(Letter(kind, name, of, positive))
        return self._known[kind, key]

    # -- arithmetic -------------------------------------------------------------------------------

    def sum(self, a: Polynomial, b: Polynomial, factor: Any = 1) -> Polynomial:
        """a + factor b"""
        total = dict(a)
        for monomial, coefficient in b.items():
            found = total.get(monomial, 0) + factor * coefficient
            if found:
                total[monomial] = found
            else:
                total.pop(monomial, None)
        return total

    def product(self, a: Polynomial, b: Polynomial) -> Polynomial:
        self.work += len(a) * len(b)
        if len(a) * len(b) > MOST_TERMS or self.work > self.most_work:
            raise Lost(f"a formula of more than {MOST_TERMS} terms, or too many of them")
        return self.tidied(_crossed(a, b))

    def tidied(self, a: Polynomial) -> Polynomial:
        """The rules applied until none applies."""
        total: Polynomial = {}
        waiting = [(m, c) for m, c in a.items() if c]
        while waiting:
            self.work += 1
            monomial, coefficient = waiting.pop()
            rewritten = self._rewritten(monomial)
            if rewritten is None:
                total[monomial] = total.get(monomial, 0) + coefficient
            else:
                waiting += [(m, c * coefficient) for m, c in rewritten]
            if len(waiting) > MOST_TERMS:
                raise Lost(f"a formula of more than {MOST_TERMS} terms")
        return {m: c for m, c in total.items() if c}

    def _rewritten(self, monomial: Monomial) -> list[tuple[Monomial, Any]] | None:
        for place, (index, power) in enumerate(monomial):
            if index in self.squares and power >= 2:
                by, left = self.squares[index], power - 2
            elif self.letters[index].kind == "number" and not 0 <= power < 1:
                whole = floor(power)
                by, left = {ONE: plain(Fraction(self.letters[index].of) ** whole)}, power - whole
            elif self.expands(index) and power >= 1:
                by, left = self.letters[index].of, power - 1
            else:
                continue
            rest = monomial[:place] + (((index, left),) if left else ()) + monomial[place + 1 :]
            return [(multiplied(rest, m), c) for m, c in by.items()]
        return None

    def expands(self, index: int) -> bool:
        """Whether the letter is a sum whose whole powers are multiplied out."""
        return self.letters[index].kind == "sum" and index not in self.eliminating

    # -- powers, exponentials, logarithms ---------------------------------------------------------

    def power(self, a: Polynomial, exponent: Fraction, negative: bool = False) -> Polynomial:
        """`negative` says that a is, at the point: its sum is then the one of -a."""
        if not a:
            raise Lost("a power of what is identically zero")
        whole = exponent.denominator == 1
        number, content, rest = self.split(a, any_sign=whole, negative=negative)
        found = {tuple((i, plain(p * exponent)) for i, p in content): 1}
        found = self.product(found, self._number_power(number, exponent))
        if rest == {ONE: 1}:
            return self.tidied(found)
        if whole and exponent > 0:
            for _ in range(int(exponent)):
                found = self.product(found, rest)
            return found
        return self.product(found, {((self._sum(rest), plain(exponent)),): 1})

    def exponential(self, a: Polynomial) -> Polynomial:
        found: Polynomial = {ONE: 1}
        for monomial, coefficient in a.items():
            if len(monomial) == 1 and monomial[0][1] == 1 and self._is_log(monomial[0][0]):
                base = self.letters[monomial[0][0]].of
            else:
                base = self.letter("exp", monomial, monomial)
            found = self.product(found, {((base, plain(coefficient)),): 1})
        return found

    def logarithm(self, a: Polynomial) -> Polynomial:
        """Of what is positive."""
        number, content, rest = self.split(a, any_sign=False, negative=False)
        found: Polynomial = {}
        for index, power in (*self._factors(number), *content):
            found = self.sum(found, self._log_of(index), power)
        return found if rest == {ONE: 1} else self.sum(found, self._log_of(self._sum(rest)))

    def pi(self) -> Polynomial:
        return {((self.letter("pi", "pi", None, "pi"), 1),): 1}

    def _is_log(self, index: int) -> bool:
        return self.letters[index].kind == "log"

    def _log_of(self, index: int) -> Polynomial:
        letter = self.letters[index]
        if letter.kind == "exp":
            return {letter.of: 1}
        return {((self.letter("log", index, index, positive=False), 1),): 1}

    def split(
        self, a: Polynomial, any_sign: bool, negative: bool
    ) -> tuple[Fraction, Monomial, Polynomial]:
        """a = number * product of powers of positive letters * rest, the rest being positive if a
        is (or if -a is, which `negative` says); of one term alone, every letter if `any_sign`."""
        monomials = list(a)
        if any_sign and len(a) == 1:
            return Fraction(a[monomials[0]]), monomials[0], {ONE: 1}
        common = dict(monomials[0])
        for powers in map(dict, monomials[1:]):
            either = common.keys() | powers.keys()
            common = {i: min(common.get(i, 0), powers.get(i, 0)) for i in either}
        content = tuple(sorted((i, p) for i, p in common.items() if p and self.letters[i].positive))
        undo = tuple((i, -p) for i, p in content)
        rest = self.tidied({multiplied(m, undo): c for m, c in a.items()})
        number = abs(Fraction(rest[max(rest)])) * (-1 if negative else 1)
        return number, content, {m: plain(c / number) for m, c in rest.items()}

    def _sum(self, a: Polynomial) -> int:
        """The letter of a sum; it may eliminate an input's square.  An input alone is its own."""
        if (lone := self._lone_input(a)) is not None:
            self.assume(a)
            self.letters[lone] = replace(self.letters[lone], positive=True)
            return lone
        key = frozenset(a.items())
        new = ("sum", key) not in self._known
        index = self.letter("sum", key, a)
        if new:
            self.assume(a)
        if new and (x := self._square_in(a)) is not None:
            scale = Fraction(1) / a[(x, 2),]
            self.eliminating.add(index)
            self.squares[x] = {((index, 1),): plain(scale)} | {
                m: plain(-c * scale) for m, c in a.items() if m != ((x, 2),)
            }
        return index

    def _lone_input(self, a: Polynomial) -> int | None:
        ((monomial, coefficient), *others) = a.items()
        if others or coefficient != 1 or len(monomial) != 1 or monomial[0][1] != 1:
            return None
        return monomial[0][0] if self.letters[monomial[0][0]].kind == "input" else None

    def _square_in(self, a: Polynomial) -> int | None:
        """An input that occurs as a square alone."""
        for monomial in sorted(a, reverse=True):
            if len(monomial) == 1 and monomial[0][1] == 2:
                x = monomial[0][0]
                alone = sum(any(i == x for i, _ in m) for m in a) == 1
                if alone and self.letters[x].kind == "input" and x not in self.squares:
                    return x
        return None

    def _number_power(self, number: Fraction, exponent: Fraction) -> Polynomial:
        if exponent.denominator == 1:
            return {ONE: plain(number ** int(exponent))}
        factors = sorted((i, plain(p * exponent)) for i, p in self._factors(number))
        return self.tidied({tuple(factors): 1})

    def _factors(self, number: Fraction) -> list[tuple[int, int]]:
        """Prime factors, as letters; a number too long to be factored is a letter by itself."""
        found = []
        for whole, sign in ((number.numerator, 1), (number.denominator, -1)):
            small = sp.factorint(whole) if whole < 2**64 else {whole: 1}
            found += [
                (self.letter("number", int(p), int(p), str(p)), sign * int(e))
                for p, e in small.items() if p != 1
            ]  # fmt: skip
        return found

    # -- signs ------------------------------------------------------------------------------------

    def sign(self, a: Polynomial) -> str:
        """What a is for all inputs: "=", ">", ">=", "<" or "<=" zero, or "", not known."""
        if not a:
            return "="
        return self._sign(a) or self._sign(self._spelt_out(a))

    def _sign(self, a: Polynomial) -> str:
        terms = [(self._at_least(m), c > 0) for m, c in a.items()]
        if not all(least for least, _ in terms) or len({up for _, up in terms}) > 1:
            return ""
        strict = any(least == ">" for least, _ in terms)
        return (">" if terms[0][1] else "<") + ("" if strict else "=")

    def _spelt_out(self, a: Polynomial) -> Polynomial:
        """With sums of squares in their places: what was eliminated for them may cancel."""
        total: Polynomial = {}
        for monomial, coefficient in a.items():
            found = {tuple((i, p) for i, p in monomial if i not in self.eliminating): coefficient}
            for index, power in monomial:
                if index in self.eliminating:
                    if power != 1:
                        return a
                    found = _crossed(found, self.letters[index].of)
            total = self.sum(total, found)
        return total or a

    def _at_least(self, monomial: Monomial) -> str:
        if all(self.letters[i].positive for i, _ in monomial):
            return ">"
        even = all(self.letters[i].positive or p % 2 == 0 for i, p in monomial)
        return ">=" if even else ""

    # -- derivatives ------------------------------------------------------------------------------

    def derivative(self, a: Polynomial, x: int) -> Polynomial:
        """With respect to the input letter x."""
        total: Polynomial = {}
        for monomial, coefficient in a.items():
            for place, (index, power) in enumerate(monomial):
                inner = self._slope(index, x)
                if inner:
                    left = monomial[:place] + (
                        ((index, power - 1),) if power != 1 else ()
                    ) + monomial[place + 1 :]  # fmt: skip
                    total = self.sum(total, self.product(inner, {left: coefficient * power}))
        return self.tidied(total)

    def _slope(self, index: int, x: int) -> Polynomial:
        letter = self.letters[index]
        if letter.kind in ("input", "draw"):
            return {ONE: 1} if index == x else {}
        if letter.kind == "exp":
            return self.product(self.derivative({letter.of: 1}, x), {((index, 1),): 1})
        if letter.kind == "sum":
            return self.derivative(letter.of, x)
        if letter.kind == "log":
            return self.product(self._slope(letter.of, x), {((letter.of, -1),): 1})
        return self.derivative(letter.of, x) if letter.kind == "chosen" else {}

    # -- what people read -------------------------------------------------------------------------

    def shown(self, a: Polynomial) -> Any:
        """As a sympy expression in the inputs' symbols."""
        terms = [
            _number(c) * sp.Mul(*(self._symbol(i) ** _number(p) for i, p in m))
            for m, c in a.items()
        ]  # fmt: skip
        return sp.Add(*terms)

    def _symbol(self, index: int) -> Any:
        letter = self.letters[index]
        match letter.kind:
            case "exp":
                return sp.exp(self.shown({letter.of: 1}))
            case "log":
                return sp.log(self._symbol(letter.of))
            case "sum":
                return self.shown(letter.of)
            case "number":
                return sp.Integer(letter.of)
            case "pi":
                return sp.pi
        return sp.Symbol(letter.name, real=True)

    def within(self, a: Polynomial) -> set[int]:
        """The letters in a, and those in what they stand for."""
        found: set[int] = set()
        waiting = [i for m in a for i, _ in m]
        while waiting:
            index = waiting.pop()
            if index not in found:
                found.add(index)
                waiting += list(self._inside(self.letters[index]))
        return found

    def _inside(self, letter: Letter) -> Iterator[int]:
        if letter.kind == "log":
            yield letter.of
        elif letter.kind == "exp":
            yield from (i for i, _ in letter.of)
        elif letter.kind in ("sum", "chosen"):
            yield from (i for m in letter.of for i, _ in m)


def plain(number: Any) -> Any:
    """A fraction that is whole as the integer that it equals, which is hashed and added faster."""
    return number.numerator if number.denominator == 1 else number


def multiplied(m: Monomial, n: Monomial) -> Monomial:
    if not m or not n:
        return m or n
    powers = dict(m)
    for index, power in n:
        powers[index] = powers.get(index, 0) + power
    return tuple(sorted((i, plain(p)) for i, p in powers.items() if p))


def _crossed(a: Polynomial, b: Polynomial) -> Polynomial:
    """The product, no rule applied."""
    total: Polynomial = {}
    for m, c in a.items():
        for n, d in b.items():
            k = multiplied(m, n)
            total[k] = total.get(k, 0) + c * d
    return {m: c for m, c in total.items() if c}


def _number(value: Any) -> Any:
    value = Fraction(value)
    return sp.Rational(value.numerator, value.denominator)


def denominators(a: Polynomial, index: int) -> int:
    """The least common denominator of the letter's powers."""
    return lcm(1, *(Fraction(p).denominator for m in a for i, p in m if i == index))
