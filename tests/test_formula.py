"""Formulas in normal form: every rule an identity, and no formula zero that is not."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
import sympy as sp
from hypothesis import given, settings
from hypothesis import strategies as st

from tightframe.checks import formula_zero
from tightframe.checks.formula_condition import Condition
from tightframe.checks.formula_number import Ledger, Number, constant
from tightframe.checks.formula_zero import chosen_put_back, cleared, decided_zero, value_at
from tightframe.checks.twins import EXACT as mp
from tightframe.checks.twins import Lost

POINT = {"x": 0.75, "y": -1.25, "z": 0.375}


def letters() -> tuple[Ledger, Number, Number, Number]:
    ledger = Ledger()
    x, y, z = (ledger.input(name, at) for name, at in POINT.items())
    return ledger, x, y, z


def shown(number: Number) -> Any:
    return number.alphabet.shown(number.formula)


def grown(depth: int) -> Any:
    """Programs in three numbers: trees of what losses are made of."""
    leaf = st.sampled_from("xyz") | st.sampled_from([0.5, 2.0, -3.0])
    return st.recursive(
        leaf,
        lambda t: (
            st.tuples(st.sampled_from("+-*/"), t, t)
            | st.tuples(st.sampled_from(["exp", "log", "sqrt", "abs", "square"]), t)
        ),
        max_leaves=depth,
    )


def evaluated(tree: Any, numbers: dict[str, Number]) -> Any:
    if isinstance(tree, str):
        return numbers[tree]
    if isinstance(tree, float):
        return numbers["x"] * 0 + tree
    name, *parts = tree
    first, *rest = (evaluated(part, numbers) for part in parts)
    if rest:
        other = rest[0]
        return {
            "+": lambda: first + other, "-": lambda: first - other, "*": lambda: first * other,
            "/": lambda: first / (other * other + 1),
        }[name]()  # fmt: skip
    return {
        "exp": lambda: (first / (first * first + 1)).exp(),
        "log": lambda: (first * first + 1).log(), "sqrt": lambda: (first * first + 2).sqrt(),
        "abs": lambda: abs(first), "square": lambda: first**2,
    }[name]()  # fmt: skip


@settings(max_examples=150, deadline=None, database=None)
@given(grown(6))
def test_the_normal_form_is_worth_what_the_program_is_and_so_are_its_rewritings(tree: Any) -> None:
    ledger, x, y, z = letters()
    try:
        found = evaluated(tree, {"x": x, "y": y, "z": z})
    except Lost:
        return  # a division by what is zero, or too long
    inside = value_at(ledger.alphabet, found.formula, ledger.point)
    assert abs(inside - found.at) <= mp.mpf(10) ** -45 * (1 + abs(found.at))
    if len(found.formula) < 6:
        values = {sp.Symbol(n, real=True): sp.Rational(v) for n, v in POINT.items()}
        by_sympy = shown(found).subs(values).evalf(30)
        assert abs(float(by_sympy) - float(found.at)) <= 1e-12 * (1 + abs(float(found.at)))


@settings(max_examples=60, deadline=None, database=None)
@given(grown(5))
def test_a_derivative_is_sympys(tree: Any) -> None:
    ledger, x, y, z = letters()
    try:
        found = evaluated(tree, {"x": x, "y": y, "z": z})
        slope = ledger.alphabet.derivative(found.formula, 0)
    except Lost:
        return
    ours = value_at(ledger.alphabet, slope, ledger.point)
    symbol = sp.Symbol("x", real=True)
    values = {sp.Symbol(n, real=True): sp.Rational(v) for n, v in POINT.items()}
    theirs = float(sp.diff(shown(found), symbol).subs(values).evalf(30))
    assert abs(float(ours) - theirs) <= 1e-10 * (1 + abs(theirs))


def test_what_losses_need_vanishes_in_normal_form() -> None:
    _, x, y, z = letters()
    norm = (x * x + y * y).sqrt()
    total = x.exp() + y.exp() + z.exp()
    zeros = {
        "a unit vector has length one": (x / norm) ** 2 + (y / norm) ** 2 - 1,
        "a shift of the scores cancels": (
            ((x - z).exp() + (y - z).exp() + 1).log() + z - total.log()
        ),
        "exponentials multiply": (x + y).exp() - x.exp() * y.exp(),
        "a root of an exponential": x.exp().sqrt() - (x / 2).exp(),
        "the exponential of a log-soft-max": (x - total.log()).exp() - x.exp() / total,
        "the logarithm of a product": (total * x.exp() * 8).log() - total.log() - x - 3 * z._made(
            {(): 2}, mp.mpf(2)).log(),
        "a square under a root": abs(x - y) ** 2 - (x - y) ** 2,
    }  # fmt: skip
    for words, zero in zeros.items():
        assert zero.formula == {}, words


def test_soft_max_sums_to_one_once_denominators_are_multiplied_out() -> None:
    ledger, x, y, z = letters()
    total = x.exp() + y.exp() + z.exp()
    zero = x.exp() / total + y.exp() / total + z.exp() / total - 1
    assert zero.formula
    assert cleared(ledger.alphabet, zero.formula) == {}
    assert decided_zero(ledger.alphabet, zero.formula).how == "denominators multiplied out"
    assert decided_zero(ledger.alphabet, (zero + Fraction(1, 10**40)).formula) is None


def test_where_formulas_grow_too_long_random_points_stand_in_and_say_so(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ledger, x, y, z = letters()
    totals = [x.exp() + k * y.exp() + z.exp() + (x * x + y * y).sqrt() for k in range(1, 5)]
    zero = totals[0] / totals[1] - totals[2] / totals[3]
    other = (totals[0] * totals[3] - totals[2] * totals[1]) / (totals[1] * totals[3])
    monkeypatch.setattr(formula_zero, "CLEARING", 0)
    found = decided_zero(ledger.alphabet, _minus(ledger, zero, other))
    assert found is not None
    assert "Schwartz and Zippel" in found.how
    assert 0 < found.error < 1e-60
    assert decided_zero(ledger.alphabet, _minus(ledger, zero, other, 1)) is None


def _minus(ledger: Ledger, a: Number, b: Number, added: int = 0) -> Any:
    difference = ledger.alphabet.sum(a.formula, b.formula, -1)
    return ledger.alphabet.sum(difference, {(): 1}, added) if added else difference


def test_comparisons_note_what_they_rest_on_and_only_that() -> None:
    ledger, x, y, _ = letters()
    assert x.exp() + y.exp() > 0
    assert x * x + 1 >= 0
    assert not x * x < 0
    assert ledger.conditions == {}
    assert x > y
    assert not y >= x
    assert (x * x + y * y).sqrt() >= 1e-12
    words = [c.words(ledger.alphabet) for c in ledger.conditions.values()]
    assert words[0] in ("x - y > 0", "-x + y < 0")
    assert "sqrt(x**2 + y**2) >= 1e-12" in words


def test_a_letter_that_stands_for_a_choice_can_be_put_back() -> None:
    ledger, x, y, _ = letters()
    condition = Condition({((0, 1),): 1}, ">", "here")
    top = ledger.chosen(x * y, {"key": condition})
    found = (y - top).exp() * (top * top + 1).log() + 1 / (top + 3)
    back = chosen_put_back(ledger.alphabet, found.formula)
    plain = (y - x * y).exp() * (x * y * x * y + 1).log() + 1 / (x * y + 3)
    assert back == plain.formula
    assert found.formula != plain.formula


def test_a_rounded_sixth_is_a_sixth_and_a_rounded_logarithm_is_refused() -> None:
    assert constant(mp.mpf(1) / 6) == Fraction(1, 6)
    assert constant(1e-12) == Fraction(1e-12)
    assert constant(mp.inf) is None
    with pytest.raises(Lost, match="not rational"):
        constant(mp.log(2))


def test_what_a_letter_rests_on_is_noted_for_the_run_even_where_choices_are_set_apart() -> None:
    """The letter is made once, and its being positive used ever after."""
    ledger, x, y, _ = letters()
    with ledger.apart() as conditions:
        x.sqrt()
        (x - y).log()
        _ = x + y > 3
    assert {c.words(ledger.alphabet) for c in ledger.conditions.values()} == {"x > 0", "x - y > 0"}
    assert [c.words(ledger.alphabet) for c in conditions.values()] == ["x + y <= 3"]


def test_a_quotient_notes_that_its_divisor_is_not_zero() -> None:
    ledger, x, y, _ = letters()
    assert (x * y / x - y).formula == {}
    assert [c.words(ledger.alphabet) for c in ledger.conditions.values()] == ["x != 0"]


def test_an_input_that_must_be_positive_is_its_own_letter() -> None:
    ledger, x, _, _ = letters()
    assert (x.sqrt() * x.sqrt() - x).formula == {}
    assert (x / x.sqrt() - x.sqrt()).formula == {}
    assert [c.words(ledger.alphabet) for c in ledger.conditions.values()] == ["x > 0"]
