"""Words in a free algebra: what they prove holds for matrices, and nonsense is refused."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tightframe.theorems.symbolic import Decision, decide_zero
from tightframe.theorems.words import (
    SpaceError,
    identity_on,
    letter,
    rule,
    scalar,
    square,
    trace,
    zero,
)

A, B = letter("A", "d", "k"), letter("B", "k", "d")
S = letter("S", "d", "d", symmetric=True)
P = letter("P", "d", "d", symmetric=True)
Q, q = letter("Q", "k", "k"), letter("Q^{-1}", "k", "k")
ONE, ONE_K = identity_on("d"), identity_on("k")
INVERSE = (rule(Q @ q, ONE_K), rule(q @ Q, ONE_K))

SIZES = {"d": 4, "k": 2}
DRAW = np.random.default_rng(0)
ROOT = DRAW.normal(size=(4, 4))
VALUES = {
    "A": DRAW.normal(size=(4, 2)),
    "B": DRAW.normal(size=(2, 4)),
    "S": ROOT + ROOT.T,
    "t": 1.75,
}


def test_a_product_whose_spaces_do_not_meet_is_refused():
    with pytest.raises(SpaceError, match=r"expected: a factor that begins in 'k'.*\n.*\nremedy"):
        A @ S


def test_a_sum_of_different_shapes_is_refused():
    with pytest.raises(SpaceError, match="to add"):
        A + S
    with pytest.raises(SpaceError, match="to add"):
        S + trace(S)


def test_a_product_of_traces_is_refused():
    with pytest.raises(SpaceError, match="to multiply"):
        trace(S) @ trace(S)


def test_only_square_matrices_have_a_trace_and_only_they_are_symmetric():
    with pytest.raises(SpaceError, match="a square matrix"):
        trace(A)
    with pytest.raises(SpaceError, match="be symmetric"):
        letter("X", "d", "k", symmetric=True)


def test_letters_do_not_commute_and_scalars_do():
    t = scalar("t")
    assert not (S @ P - P @ S).vanishes()
    assert (t @ S @ P - S @ t @ P).vanishes()
    assert (t @ trace(S) - trace(S @ t)).vanishes()


def test_a_trace_forgets_where_it_begins_and_which_way_it_runs():
    assert (trace(A @ B @ S) - trace(B @ S @ A)).vanishes()
    assert (trace(A @ B) - trace(A.T @ B.T)).vanishes()
    assert not (trace(A @ B @ S @ P) - trace(A @ B @ P @ S)).vanishes()


def test_identities_of_different_sizes_are_not_confused():
    assert not (trace(ONE) - trace(ONE_K)).vanishes()


def test_an_inverse_cancels_in_a_word_and_around_a_trace():
    assert ((Q @ q @ B).given(*INVERSE) - B).vanishes()
    assert (trace(q @ B @ A @ Q).given(*INVERSE) - trace(A @ B)).vanishes()


def test_rules_hold_for_transposes_too():
    assert ((Q.T @ q.T).given(*INVERSE) - ONE_K).vanishes()
    assert not ((Q.T @ q).given(*INVERSE) - ONE_K).vanishes()


def test_a_projector_is_idempotent_and_its_complement_kills_it():
    assert (P @ (ONE - P)).given(rule(P @ P, P)).vanishes()
    assert (square((ONE - P) @ A) + square(P @ A) - square(A)).given(rule(P @ P, P)).vanishes()


def test_a_rule_may_send_a_product_to_zero():
    assert trace(P @ A @ B).given(rule(P @ A, zero("d", "k"))).vanishes()


@pytest.mark.parametrize("wrong", [(P, P @ P), (P @ A, A @ Q @ q), (P @ A, ONE)])
def test_a_rule_that_does_not_shorten_or_changes_the_shape_is_refused(wrong):
    with pytest.raises(ValueError, match="remedy:   turn the rule round"):
        rule(*wrong)


def test_rules_that_disagree_are_refused():
    with pytest.raises(ValueError, match=r"becomes .* or "):
        (P @ A).given(rule(A @ Q, A), rule(Q @ q, ONE_K))


def test_decide_zero_asks_the_words():
    assert decide_zero(S - S.T) is Decision.ZERO
    assert decide_zero(S @ P - P @ S) is Decision.NONZERO


def test_an_expression_prints_as_tex():
    shown = (trace(S) - 2 * trace(A @ B @ S) + scalar(r"\lambda") @ trace(ONE)).tex()
    assert r"-2\operatorname{tr}(A B S)" in shown
    assert r"\lambda \operatorname{tr}(I_{d})" in shown
    assert (A.T * Fraction(1, 2)).tex() == r"\tfrac{1}{2}A^\top"
    assert zero("d", "d").tex() == "0"


words = st.lists(
    st.sampled_from((A @ B, S, S @ A @ B, B.T @ A.T, scalar("t") @ S)), min_size=1, max_size=4
)


@settings(max_examples=60, deadline=None)
@given(words, words, st.integers(-3, 3))
def test_the_normal_form_has_the_value_of_the_expression(first, second, factor):
    """Against NumPy, which knows nothing of words."""
    left, right = first[0], second[0]
    for word in first[1:]:
        left = left @ word
    for word in second[1:]:
        right = right @ word
    expression = trace(left + factor * right.T)
    before, after = expression.at(VALUES, SIZES), expression.normal().at(VALUES, SIZES)
    size = 1 + sum(np.linalg.norm(e.at(VALUES, SIZES)) for e in (left, right))
    assert abs(before - after) <= 1e-12 * 4 * size


@settings(max_examples=40, deadline=None)
@given(words)
def test_what_vanishes_as_words_vanishes_as_numbers(factors):
    word = factors[0]
    for factor in factors[1:]:
        word = word @ factor
    assert (square(word) - trace(word.T @ word)).vanishes()
    assert square(word).at(VALUES, SIZES) == pytest.approx(
        np.linalg.norm(word.at(VALUES, SIZES)) ** 2
    )
