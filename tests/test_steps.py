"""A step verifies only if its line holds and its slip does not; what is undecided is said."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import sympy as sp

from tightframe.theorems.catalogue import THEOREMS
from tightframe.theorems.symbolic import Decision, decide_zero
from tightframe.theorems.theorem import (
    Outcome,
    Step,
    certificate,
    cited,
    enumeration,
    identity,
    inequality,
)

x, y = sp.symbols("x y", real=True)
WORDS = {"slip_words": "a slip", "tex": "x", "scope": "every size"}


def steps() -> Iterator[tuple[str, Step]]:
    for id, theorem in THEOREMS.items():
        for number, step in enumerate(theorem.proof(), 1):
            yield f"{id}-{number}", step


@pytest.mark.parametrize("step", [pytest.param(s, id=i) for i, s in steps()])
def test_each_step_of_every_proof_stands(step: Step) -> None:
    assert step.check() is (Outcome.CITED if step.kind == "cited" else Outcome.CHECKED)


def test_a_true_line_with_a_false_slip_is_checked() -> None:
    assert identity(
        "w", (x + y) ** 2, x**2 + 2 * x * y + y**2, slip=x**2 + y**2, **WORDS
    ).check() is (Outcome.CHECKED)


def test_a_false_line_is_refuted() -> None:
    assert identity("w", x + 1, x, slip=x + 2, **WORDS).check() is Outcome.REFUTED


def test_a_step_whose_slip_verifies_too_has_verified_nothing() -> None:
    assert identity("w", x, x, slip=x + 0 * y, **WORDS).check() is Outcome.EMPTY


def test_what_sympy_cannot_decide_is_undecided() -> None:
    function = sp.Function("f")(x)
    assert decide_zero(function - function.subs(x, y)) is not Decision.ZERO
    step = identity("w", function, sp.Function("g")(x), slip=x, **WORDS)
    assert step.check() is Outcome.UNDECIDED


def test_an_inequality_needs_nonnegative_terms_that_add_up() -> None:
    good = inequality("w", 2 * x * y, x**2 + y**2, because=[(x - y) ** 2], slip=x * y, **WORDS)
    assert good.check() is Outcome.CHECKED
    signed = inequality("w", 2 * x * y, x**2 + y**2, because=[x, y], slip=x * y, **WORDS)
    assert signed.check() is Outcome.UNDECIDED
    short = inequality("w", 2 * x * y, x**2 + y**2, because=[x**2], slip=x * y, **WORDS)
    assert short.check() is Outcome.REFUTED


def test_an_enumeration_over_nothing_is_undecided() -> None:
    none = enumeration("w", list, holds=bool, slip=lambda n: not n, **WORDS)
    assert none.check() is Outcome.UNDECIDED
    some = enumeration("w", lambda: [1, 2], holds=bool, slip=lambda n: n == 1, **WORDS)
    assert some.check() is Outcome.CHECKED
    wrong = enumeration("w", lambda: [0, 2], holds=bool, slip=lambda n: n == 1, **WORDS)
    assert wrong.check() is Outcome.REFUTED


def test_a_certificate_must_exclude_its_slip() -> None:
    assert certificate("w", lambda: True, slip=lambda: False, **WORDS).check() is Outcome.CHECKED
    assert certificate("w", lambda: True, slip=lambda: True, **WORDS).check() is Outcome.EMPTY


def test_a_cited_line_earns_no_badge() -> None:
    assert cited("w", tex="x", source="a book").check() is Outcome.CITED


@pytest.mark.parametrize("id", THEOREMS)
def test_every_assumption_is_shown_to_be_needed_or_says_why_not(id: str) -> None:
    for assumption in THEOREMS[id].assumptions:
        if assumption.without is None:
            assert assumption.unknown, assumption.words
        else:
            assert assumption.without() < 0, assumption.words
            assert assumption.fails, assumption.words
