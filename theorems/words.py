r"""Words in a free algebra: matrix identities that hold at every size at once.

A `letter` stands for a matrix of unknown size and has a row space and a column space; products
whose spaces do not meet are refused, or identities of different sizes would be confused.  Sums of
words have rational coefficients and scalar letters, and a `trace` forgets where its words begin.
Rules, such as $Q Q^{-1} \to I$, rewrite a word into shorter ones; the rules that are given must
agree wherever two of them apply, so that every expression has one normal form.

Two expressions with the same normal form are equal for all matrices that satisfy the rules.  If the
normal forms differ, the rules do not give the identity.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np

__all__ = ["Expression", "Rule", "SpaceError", "identity_on", "letter", "rule", "scalar", "square"]
__all__ += ["trace", "zero"]


class SpaceError(TypeError):
    """Two spaces that should be the same are not."""

    def __init__(self, doing: str, expected: str, received: str, remedy: str) -> None:
        super().__init__(
            f"expected: {expected}, to {doing}\nreceived: {received}\nremedy:   {remedy}"
        )


class Letter(NamedTuple):
    name: str
    rows: str
    columns: str
    symmetric: bool
    transposed: bool = False

    @property
    def T(self) -> Letter:
        if self.symmetric:
            return self
        return Letter(self.name, self.columns, self.rows, False, not self.transposed)


class Word(NamedTuple):
    """Scalar letters, which commute, and then a product of letters; `space` is the first row space
    (so that an empty word knows of which size an identity it is)."""

    scalars: tuple[str, ...]
    letters: tuple[Letter, ...]
    space: str


class Rule(NamedTuple):
    """The product `left` may be replaced by `right`, which is shorter."""

    left: tuple[Letter, ...]
    right: Expression


Terms = dict[Word, Fraction]


@dataclass(frozen=True, slots=True)
class Expression:
    """A sum of words from the space `columns` to the space `rows`; a trace has `cyclic` words."""

    terms: Mapping[Word, Fraction]
    rows: str
    columns: str
    rules: tuple[Rule, ...] = ()
    cyclic: bool = False

    def given(self, *rules: Rule) -> Expression:
        """The same, to be read modulo `rules` and their transposes."""
        mirrored = [Rule(_mirror(r.left), r.right.T) for r in rules]
        both = (*rules, *mirrored)
        _agree(both)
        return Expression(self.terms, self.rows, self.columns, both, self.cyclic)

    def __add__(self, other: Expression) -> Expression:
        if (self.rows, self.columns, self.cyclic) != (other.rows, other.columns, other.cyclic):
            raise SpaceError(
                "add", f"a summand {self._shape()}", f"one {other._shape()}",
                "transpose it, or take traces of both",
            )  # fmt: skip
        terms = dict(self.terms)
        for word, c in other.terms.items():
            terms[word] = terms.get(word, Fraction(0)) + c
        return Expression(terms, self.rows, self.columns, self.rules or other.rules, self.cyclic)

    def __neg__(self) -> Expression:
        return self * -1

    def __sub__(self, other: Expression) -> Expression:
        return self + -other

    def __mul__(self, factor: int | Fraction) -> Expression:
        terms = {word: c * factor for word, c in self.terms.items()}
        return Expression(terms, self.rows, self.columns, self.rules, self.cyclic)

    __rmul__ = __mul__

    def __matmul__(self, other: Expression) -> Expression:
        """The product.  A scalar letter multiplies anything."""
        scalars = self._is_scalar or other._is_scalar
        if not scalars and (self.cyclic or other.cyclic or self.columns != other.rows):
            raise SpaceError(
                "multiply", f"a factor that begins in {self.columns!r}", f"one {other._shape()}",
                "transpose one of the two",
            )  # fmt: skip
        typed = other if self._is_scalar else self
        terms: Terms = {}
        for u, a in self.terms.items():
            for v, b in other.terms.items():
                word = Word(
                    tuple(sorted(u.scalars + v.scalars)), u.letters + v.letters,
                    v.space if u.space == SCALAR else u.space,
                )  # fmt: skip
                terms[word] = terms.get(word, Fraction(0)) + a * b
        columns = typed.columns if scalars else other.columns
        return Expression(terms, typed.rows, columns, self.rules or other.rules, typed.cyclic)

    @property
    def T(self) -> Expression:
        terms = {
            Word(w.scalars, _mirror(w.letters), self.columns): c for w, c in self.terms.items()
        }
        return Expression(terms, self.columns, self.rows, self.rules, self.cyclic)

    def vanishes(self) -> bool:
        """Whether the normal form is zero: then the expression is, at every size."""
        return not self.normal().terms

    def normal(self) -> Expression:
        """Rewrite until no rule applies; a trace's words begin at their least letter."""
        terms: Terms = {}
        queue = list(self.terms.items())
        while queue:
            word, c = queue.pop()
            reduced = _rewrite(word, self.rules, self.cyclic)
            if reduced is not None:
                queue += [(w, c * a) for w, a in reduced.items()]
                continue
            word = _least(word) if self.cyclic else word
            terms[word] = terms.get(word, Fraction(0)) + c
        kept = {word: c for word, c in terms.items() if c}
        return Expression(kept, self.rows, self.columns, self.rules, self.cyclic)

    def at(self, values: Mapping[str, Any], sizes: Mapping[str, int]) -> Any:
        """The number or array that the expression is at given matrices, letter by letter."""
        total: Any = 0.0
        for word, c in self.terms.items():
            product: Any = np.eye(sizes[word.space])
            for x in word.letters:
                product = product @ (values[x.name].T if x.transposed else values[x.name])
            value = np.trace(product) if self.cyclic else product
            total = total + float(c) * np.prod([values[s] for s in word.scalars]) * value
        return total

    def tex(self) -> str:
        """The expression as TeX; words are sorted, so that the same sum prints the same."""
        if not self.terms:
            return "0"
        parts = [_tex(word, c, self.cyclic) for word, c in sorted(self.terms.items())]
        return "".join(parts).removeprefix("+")

    @property
    def _is_scalar(self) -> bool:
        return self.rows == SCALAR and not self.cyclic

    def _shape(self) -> str:
        kind = "a trace" if self.cyclic else f"{self.rows!r} by {self.columns!r}"
        return f"of shape {kind}"


SCALAR = ""  # the space of a scalar letter, which meets every other


# -- making expressions ---------------------------------------------------------------------------


def letter(name: str, rows: str, columns: str, *, symmetric: bool = False) -> Expression:
    """A matrix of unknown entries, `rows` by `columns`; the name is its TeX."""
    if symmetric and rows != columns:
        raise SpaceError(
            "be symmetric", "one space", f"{rows!r} and {columns!r}", "drop symmetric=True"
        )
    word = Word((), (Letter(name, rows, columns, symmetric),), rows)
    return Expression({word: Fraction(1)}, rows, columns)


def scalar(name: str) -> Expression:
    """A number of unknown value, which commutes with everything."""
    return Expression({Word((name,), (), SCALAR): Fraction(1)}, SCALAR, SCALAR)


def identity_on(space: str) -> Expression:
    return Expression({Word((), (), space): Fraction(1)}, space, space)


def zero(rows: str, columns: str) -> Expression:
    return Expression({}, rows, columns)


def trace(expression: Expression) -> Expression:
    if expression.rows != expression.columns:
        raise SpaceError(
            "take its trace", "a square matrix", f"one {expression._shape()}",
            "multiply by its transpose first",
        )  # fmt: skip
    return Expression(dict(expression.terms), SCALAR, SCALAR, expression.rules, cyclic=True)


def square(expression: Expression) -> Expression:
    """The squared Frobenius norm."""
    return trace(expression @ expression.T)


def rule(left: Expression, right: Expression) -> Rule:
    """Replace the single product `left` by `right`; every word of `right` must be shorter."""
    ((word, coefficient),) = left.terms.items()
    shapes = (left.rows, left.columns) == (right.rows, right.columns)
    longest = max((len(w.letters) for w in right.terms), default=0)
    if coefficient != 1 or word.scalars or longest >= len(word.letters) or not shapes:
        raise ValueError(
            f"expected: a product, and a sum of shorter ones of the same shape\n"
            f"received: {left.tex()} -> {right.tex()}\n"
            f"remedy:   turn the rule round, or name the longer side by a letter"
        )
    return Rule(word.letters, right)


# -- rewriting ------------------------------------------------------------------------------------


def _mirror(letters: Iterable[Letter]) -> tuple[Letter, ...]:
    return tuple(x.T for x in reversed(tuple(letters)))


def _rewrite(word: Word, rules: tuple[Rule, ...], cyclic: bool) -> Terms | None:
    """The word after one rule, at the first place where one applies, or None."""
    n = len(word.letters)
    for turn in range(max(n, 1) if cyclic else 1):
        letters = word.letters[turn:] + word.letters[:turn]
        for left, right in rules:
            for i in range(n - len(left) + 1):
                if letters[i : i + len(left)] == left:
                    after = letters[i + len(left) :]
                    return _replaced(word, letters[:i], right, after, cyclic)
    return None


def _replaced(
    word: Word, before: tuple[Letter, ...], right: Expression, after: tuple[Letter, ...],
    cyclic: bool,
) -> Terms:  # fmt: skip
    terms: Terms = {}
    for middle, c in right.terms.items():
        letters = before + middle.letters + after
        space = letters[0].rows if letters else right.rows if cyclic else word.space
        new = Word(tuple(sorted(word.scalars + middle.scalars)), letters, space)
        terms[new] = terms.get(new, Fraction(0)) + c
    return terms


def _least(word: Word) -> Word:
    """Of all the turns of a cyclic word and of its transpose, the first in order."""
    if not word.letters:
        return word
    turns = [w[i:] + w[:i] for w in (word.letters, _mirror(word.letters)) for i in range(len(w))]
    best = min(turns)
    return Word(word.scalars, best, best[0].rows)


def _agree(rules: tuple[Rule, ...]) -> None:
    """Every overlap of two rules must come to the same normal form (Knuth and Bendix's test)."""
    for one, another in ((r, s) for r in rules for s in rules):
        for k in range(1, min(len(one.left), len(another.left)) + 1):
            if one.left[-k:] == another.left[:k]:
                ahead, behind = one.left[:-k], another.left[k:]
                _compare(one, (), behind, another, ahead, (), rules)
        for i in range(len(one.left) - len(another.left) + 1):
            end = i + len(another.left)
            if one.left[i:end] == another.left and one is not another:
                _compare(one, (), (), another, one.left[:i], one.left[end:], rules)


def _compare(
    one: Rule, before: tuple[Letter, ...], after: tuple[Letter, ...], another: Rule,
    ahead: tuple[Letter, ...], behind: tuple[Letter, ...], rules: tuple[Rule, ...],
) -> None:  # fmt: skip
    whole = before + one.left + after
    word = Word((), whole, whole[0].rows)

    def reached(r: Rule, u: tuple[Letter, ...], v: tuple[Letter, ...]) -> Expression:
        terms = _replaced(word, u, r.right, v, cyclic=False)
        return Expression(terms, whole[0].rows, whole[-1].columns, rules).normal()

    first, second = reached(one, before, after), reached(another, ahead, behind)
    if first.terms != second.terms:
        raise ValueError(
            f"expected: rules that agree\nreceived: {_tex(word, Fraction(1), False)[1:]} becomes "
            f"{first.tex()} or {second.tex()}\nremedy:   add the rule that makes them equal"
        )


def _tex(word: Word, c: Fraction, cyclic: bool) -> str:
    sign, size = "-" if c < 0 else "+", abs(c)
    whole = size.denominator == 1
    number = str(size) if whole else rf"\tfrac{{{size.numerator}}}{{{size.denominator}}}"
    letters = "".join(x.name + (r"^\top " if x.transposed else " ") for x in word.letters).strip()
    body = letters or (f"I_{{{word.space}}}" if word.space != SCALAR else "")
    body = rf"\operatorname{{tr}}({body})" if cyclic and body else body
    shown = " ".join((*word.scalars, body)).strip()
    return sign + (number if size != 1 or not shown else "") + shown
