"""What a proof rests on: conditions on the inputs, and how people read them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

from ..theorems.symbolic import sp
from .formula import ONE, Alphabet, Polynomial
from .formula_zero import chosen_put_back

__all__ = ["FLIPPED", "Condition", "shown"]

LONGEST_SHOWN = 10**6  # denominators of constants that are written as they are; floats have others
FLIPPED = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "==": "==", "!=": "!="}
SIGNS = {
    "<": frozenset("-"), "<=": frozenset("-0"), ">": frozenset("+"), ">=": frozenset("+0"),
    "==": frozenset("0"), "!=": frozenset("+-"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Condition:
    """`formula` `relation` 0, on which the code's way rests; `line` is where it was decided."""

    formula: Polynomial
    relation: str
    line: str

    def relation_of(self, alphabet: Alphabet) -> Any:
        """As a sympy relation, its constant on the right; true or false if sympy sees it."""
        left = alphabet.shown({m: c for m, c in self.formula.items() if m != ONE})
        if left.is_rational_function():
            left = sp.factor(left)
        right = sp.Rational(*Fraction(-self.formula.get(ONE, 0)).as_integer_ratio())
        relation = self.relation
        if left.could_extract_minus_sign():
            left, right, relation = -left, -right, FLIPPED[relation]
        if right.q >= LONGEST_SHOWN:  # a float of the code
            right = sp.Float(float(right), 15)
        return sp.Rel(left, right, relation)

    def words(self, alphabet: Alphabet) -> str:
        relation = self.relation_of(alphabet)
        if isinstance(relation, sp.Rel):
            right = relation.rhs
            right = f"{float(right):.6g}" if isinstance(right, sp.Float) else right
            return f"{relation.lhs} {relation.rel_op} {right}"
        return str(relation)


def shown(alphabet: Alphabet, conditions: Collection[Condition]) -> tuple[str, ...]:
    """In words, each with its line; without those that follow from a norm's lower bound."""
    bounded = [
        alphabet.letters[index].of
        for condition in conditions
        for (index, power), *others in (m for m in condition.formula if m)
        if alphabet.letters[index].kind == "sum" and condition.relation in (">", ">=")
        if power == Fraction(1, 2) and not others and condition.formula.get(ONE, 0) < 0
    ]
    left = [c for c in _merged(conditions) if c.formula not in bounded]
    put = [replace(c, formula=chosen_put_back(alphabet, c.formula)) for c in left]
    return tuple(dict.fromkeys(f"{c.words(alphabet)} ({c.line})" for c in put))


def _merged(conditions: Collection[Condition]) -> list[Condition]:
    """One for each formula: not zero and not negative is positive."""
    by_formula: dict[Any, list[Condition]] = {}
    for condition in conditions:
        by_formula.setdefault(frozenset(condition.formula.items()), []).append(condition)
    merged = []
    for same in by_formula.values():
        signs = frozenset.intersection(*(SIGNS[c.relation] for c in same))
        relation = next((r for r, s in SIGNS.items() if s == signs), same[0].relation)
        merged.append(replace(same[-1], relation=relation))
    return merged
