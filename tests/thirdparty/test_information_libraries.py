"""dit's mutual information is right, in bits; embo's too, but for outcomes that never happen; and
embo's bottleneck at beta is the one at beta / log 2.

embo measures divergences in bits and puts them under an exponential to the base e, so that its
labels are p(t|x) ~ p(t) exp(-beta KL / log 2), which minimise I(X;T) - (beta / log 2) I(T;Y) where
its documentation says I(X;T) - beta I(T;Y), whatever the unit.
"""

from __future__ import annotations

from itertools import product
from typing import Any

import dit
import embo
import mpmath
import numpy as np
import pytest
from embo.utils import mi_x1x2_c
from thirdparty.exact import shown
from thirdparty.exact_information import bottleneck_of_a_flipped_bit
from thirdparty.subjects import judged

import tightframe as tf

pytestmark = pytest.mark.thirdparty

BITS = {"base": "2"}
LOG_2 = mpmath.log(2)


# -- mutual information ---------------------------------------------------------------------------


def by_dit(p: Any) -> float:
    p = np.asarray(p)
    joint = dit.Distribution(list(product(*map(range, p.shape))), p.ravel())
    return float(dit.shannon.mutual_information(joint, [0], [1]))


def by_embo(p: Any) -> float:
    """As `embo.InformationBottleneck` finds where its curve saturates."""
    p = np.asarray(p)
    rows, columns = p.sum(1), p.sum(0)
    return float(mi_x1x2_c(columns, rows, p.T / rows))


def condemned(result: Any) -> set[str]:
    """The claims that are not upheld, but the gradient's, which NumPy does not carry."""
    rulings = {verdict.claim: verdict.ruling.value for verdict in result.verdicts}
    assert rulings.pop("gradient") == "refused"
    return {claim for claim, ruling in rulings.items() if ruling != "upheld"}


def test_dit_s_is_right_in_bits_as_far_as_numpy_can_be_judged() -> None:
    result = tf.check(by_dit, "mutual-information", convention=BITS)
    assert (result.ruling.value, condemned(result)) == ("refused", set())


def test_undeclared_bits_are_named() -> None:
    result = tf.check(by_dit, "mutual-information")
    assert result.identification.departures == BITS


def test_embo_s_is_not_a_number_where_an_outcome_never_happens() -> None:
    result = judged(by_embo, "mutual-information", convention=BITS)
    assert condemned(result) == {"what never happens"}
    assert result.diagnosis.name == "empty cells are not a number"
    with np.errstate(invalid="ignore"):
        assert np.isnan(by_embo([[0.5, 0.5], [0.0, 0.0]]))


# -- the bottleneck -------------------------------------------------------------------------------


def kept(p: Any, beta: float) -> tuple[float, float]:
    """One beta of embo's curve, to convergence, as each of its processes finds it."""
    p = np.asarray(p)
    x, y = p.sum(1), p.sum(0)
    np.random.seed(0)  # noqa: NPY002 - the generator that embo draws its starts from
    i_x, i_y, _, _ = embo.InformationBottleneck.beta_iter(
        1, beta, x, y, p.T / x, len(x), restarts=3, iterations=5000, rtol=1e-13
    )
    return float(i_x), float(i_y)


def at_beta_in_bits(p: Any, beta: float) -> tuple[float, float]:
    return kept(p, beta * float(LOG_2))


ENDED = BITS | {"search": "yes"}


def test_embo_is_never_above_the_curve() -> None:
    assert judged(kept, "information-bottleneck", convention=BITS).ruling.value == "upheld"


def test_embo_s_beta_is_in_bits_and_is_told_so() -> None:
    result = judged(kept, "information-bottleneck", convention=ENDED)
    assert result.ruling.value == "violated"
    assert result.diagnosis.name == "divergence in bits"
    problem, _, theirs, _ = shown(result, "optimum")
    assert (problem["channel"], problem["shares"]) == ("symmetric", [0.5, 0.5])
    mistaken = bottleneck_of_a_flipped_bit(problem["noise"], problem["beta"] / LOG_2)
    assert all(abs(a - b) < 1e-6 for a, b in zip(theirs, mistaken, strict=True))


def test_handed_beta_times_log_2_it_is_the_best() -> None:
    result = tf.check(at_beta_in_bits, "information-bottleneck", convention=ENDED, budget="quick")
    assert result.ruling.value == "upheld"


@pytest.mark.parametrize("beta", [1.5, 2.0, 3.0])
def test_of_a_fair_bit_both_numbers_are_confirmed(beta: float) -> None:
    noise = 0.125
    p = np.array([[1 - noise, noise], [noise, 1 - noise]]) / 2
    found = kept(p, beta)
    mistaken = bottleneck_of_a_flipped_bit(noise, beta / LOG_2)
    right = bottleneck_of_a_flipped_bit(noise, beta)
    assert all(abs(a - b / LOG_2) < 1e-6 for a, b in zip(found, mistaken, strict=True))
    assert found[0] - beta * found[1] > (right[0] - beta * right[1]) / LOG_2 + 0.01


def test_saying_nothing_costs_less_than_what_embo_finds() -> None:
    """By its own cost, in its own unit: no closed form is needed to see it."""
    p = np.array([[0.4375, 0.0625], [0.0625, 0.4375]])
    i_x, i_y = kept(p, 1.5)
    assert i_x - 1.5 * i_y > 0.1
