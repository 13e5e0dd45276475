"""Importance weighting: the proof holds, the oracle is right, and code is told right from wrong."""

from __future__ import annotations

import math
from functools import partial
from itertools import product
from typing import Any

import mpmath
import numpy as np
import pytest
import torch
from judged import judged, known_error

from tightframe.checks.iwae import PAIRING
from tightframe.checks.judge import hold
from tightframe.checks.verdict import Ruling, ShadowOutcome
from tightframe.implementations.iwae import stabilised, surrogate
from tightframe.theorems.importance_weights import Weights, log_mean_exp, tuples

CONTRACT, FAMILY = PAIRING.contract, PAIRING.family
SURROGATE = {"quantity": "surrogate"}
VARIANTS = ({"quantity": "value"}, SURROGATE)
U = 2.0**-53
every_variant = pytest.mark.parametrize("variants", VARIANTS, ids=lambda v: v["quantity"])


# -- the theorem ----------------------------------------------------------------------------------


# -- the oracle, against models whose evidence is known -------------------------------------------


def value(table: Any) -> float:
    return float(FAMILY.oracle(Weights(table)).value)


def by_counts(joint: Any, q: Any, samples: int) -> float:
    """L_K of a finite model, over how often each state is drawn: no table, no soft-max."""
    total = 0.0
    for counts in product(range(samples + 1), repeat=len(joint)):
        if sum(counts) == samples:
            ways = math.factorial(samples) / math.prod(map(math.factorial, counts))
            chance = ways * math.prod(p**c for p, c in zip(q, counts, strict=True))
            weights = [c * p / r for c, p, r in zip(counts, joint, q, strict=True)]
            total += chance * math.log(sum(weights) / samples)
    return total


MODELS = [((0.3, 0.1), (1, 1)), ((0.25, 0.05, 0.1), (1, 2, 1)), ((2.0, 1.0, 5.0), (1, 1, 1))]


@pytest.mark.parametrize(("joint", "shares"), MODELS)
def test_over_all_draws_the_bound_is_the_model_s_climbs_and_stays_below_the_evidence(
    joint: tuple[float, ...], shares: tuple[int, ...]
) -> None:
    q = [s / sum(shares) for s in shares]
    states = [math.log(p / r) for p, r, s in zip(joint, q, shares, strict=True) for _ in range(s)]
    bounds = [value(tuples(tuple(states), samples)) for samples in range(1, 6)]
    for samples, bound in enumerate(bounds, 1):
        assert bound == pytest.approx(by_counts(joint, q, samples), abs=1e-14)
    evidence = math.log(sum(joint))
    assert all(a < b for a, b in zip(bounds, [*bounds[1:], evidence], strict=True))
    elbo = sum(r * math.log(p / r) for p, r in zip(joint, q, strict=True))
    assert bounds[0] == pytest.approx(elbo, abs=1e-15)


def test_at_the_posterior_every_bound_is_the_evidence() -> None:
    joint = np.array([0.3, 0.1])
    states = tuple(np.log(joint / (joint / joint.sum())))
    assert [value(tuples(states, K)) for K in (1, 2, 5)] == pytest.approx([math.log(0.4)] * 3)


def test_the_gap_closes_like_half_the_variance_over_the_number_of_samples() -> None:
    joint, q = (0.3, 0.1), (0.5, 0.5)
    weights = np.array(joint) / np.array(q) / sum(joint)
    gap = math.log(sum(joint)) - by_counts(joint, q, 100)
    assert 2 * 100 * gap == pytest.approx(weights.var(), rel=0.02)


def test_the_oracle_agrees_with_fifty_digits() -> None:
    for problem in (*FAMILY.design(), *FAMILY.ranges()):
        truth = FAMILY.oracle(problem)
        with mpmath.workdps(50):
            rows = [mpmath.log(mpmath.fsum(map(mpmath.exp, row)) / len(row))
                    for row in problem.log_w]  # fmt: skip
            exact = mpmath.fsum(rows) / len(rows)
            assert abs(float(truth.value) - exact) <= 4 * U * truth.unit


@every_variant
def test_the_gradient_is_that_of_central_differences_of_the_bound(variants: dict[str, str]) -> None:
    for problem in FAMILY.design():
        table = np.array(problem.log_w)
        direction = np.cos(np.arange(table.size)).reshape(table.shape)
        ahead, behind = (log_mean_exp(table + s * direction).mean() for s in (1e-5, -1e-5))
        (slope,) = FAMILY.oracle(problem, **variants).gradient
        assert (slope * direction).sum() == pytest.approx((ahead - behind) / 2e-5, abs=1e-9)


def test_of_a_surrogate_the_gradient_binds_and_nothing_else() -> None:
    assert {c.name for c in FAMILY.claims if not c.only} == {"gradient", "shares"}
    assert all(c.only == {"quantity": ("value",)} for c in FAMILY.claims if c.only)


def test_shrinking_comes_to_an_end() -> None:
    problem, steps = FAMILY.design()[9], 0
    while (plainer := next(FAMILY.simpler(problem), None)) is not None:
        problem, steps = plainer, steps + 1
    assert steps < 100
    assert problem == Weights(((0.0,),))


# -- honest code ----------------------------------------------------------------------------------

PRECISIONS = ("float64", "float32", "bfloat16", "float16")


@pytest.mark.parametrize("dtype", PRECISIONS)
@pytest.mark.parametrize("name", CONTRACT.references)
def test_an_honest_coding_is_upheld_and_uses_less_than_a_quarter_of_the_noise(
    name: str, dtype: str
) -> None:
    result = hold(CONTRACT.references[name], PAIRING, {}, dtype=dtype)
    assert result.ruling is Ruling.UPHELD
    assert max(v.used or 0.0 for v in result.verdicts) <= 0.25


@pytest.mark.parametrize("dtype", PRECISIONS)
def test_so_does_an_honest_surrogate(dtype: str) -> None:
    result = hold(surrogate, PAIRING, {"convention": SURROGATE}, dtype=dtype)
    assert result.ruling is Ruling.UPHELD
    assert max(v.used or 0.0 for v in result.verdicts) <= 0.25


def test_the_number_of_samples_rounded_by_python_is_no_error() -> None:
    result = judged(PAIRING, lambda log_w: (log_w.logsumexp(1) - math.log(log_w.shape[1])).mean())
    assert result.ruling is Ruling.UPHELD


def test_samples_added_as_they_come_are_upheld() -> None:
    def streaming(log_w: Any) -> Any:
        total, *others = (log_w - math.log(log_w.shape[1])).unbind(1)
        for other in others:
            total = torch.logaddexp(total, other)
        return total.mean()

    assert judged(PAIRING, streaming).ruling is Ruling.UPHELD


OPTIONS = [(axis.name, option.name) for axis in CONTRACT.axes for option in axis.options[1:]]


@pytest.mark.parametrize(("axis", "option"), OPTIONS)
@pytest.mark.parametrize("name", CONTRACT.references)
def test_another_convention_is_upheld_where_declared_and_identified_where_not(
    axis: str, option: str, name: str
) -> None:
    convention = CONTRACT.convention({axis: option})
    theirs = CONTRACT.written(CONTRACT.references[name], convention)
    assert judged(PAIRING, theirs, convention={axis: option}).ruling is Ruling.UPHELD
    inferred = judged(PAIRING, theirs)
    assert inferred.ruling is Ruling.IDENTIFIED
    assert inferred.identification is not None
    assert inferred.identification.departures == {axis: option}


def test_two_departures_at_once_are_identified() -> None:
    result = judged(PAIRING, lambda log_w: -surrogate(log_w))
    assert result.identification is not None
    assert result.identification.departures == {"sign": "loss", "quantity": "surrogate"}


# -- surrogates -----------------------------------------------------------------------------------


def with_the_bound_s_value(log_w: Any) -> Any:
    """The surrogate's gradient, and the number that people want to read in their logs."""
    bound = CONTRACT.references["log-sum-exp"](log_w)
    return bound.detach() + surrogate(log_w) - surrogate(log_w).detach()


def plus_one(log_w: Any) -> Any:
    return surrogate(log_w) + 1


SAME_GRADIENT = (with_the_bound_s_value, plus_one, CONTRACT.references["log-sum-exp"])


@pytest.mark.parametrize("theirs", SAME_GRADIENT)
def test_a_declared_surrogate_may_have_any_value(theirs: Any) -> None:
    result = judged(PAIRING, theirs, convention=SURROGATE)
    assert result.ruling is Ruling.UPHELD
    rulings = {v.claim: v.ruling for v in result.verdicts}
    assert rulings["value"] is Ruling.NOT_APPLICABLE
    assert rulings["gradient"] is rulings["shares"] is rulings["range"] is Ruling.UPHELD
    assert result.shadow is not None
    assert result.shadow.outcome is ShadowOutcome.AGREES
    assert result.shadow.words.startswith("the gradient is the definition's")


@pytest.mark.parametrize("theirs", SAME_GRADIENT)
def test_the_other_conventions_of_a_declared_surrogate_are_found_by_its_gradient(
    theirs: Any,
) -> None:
    result = judged(PAIRING, lambda log_w: -len(log_w) * theirs(log_w), convention=SURROGATE)
    assert result.ruling is Ruling.IDENTIFIED
    assert result.identification is not None
    assert result.identification.departures == {"sign": "loss", "batch": "sum"}


def test_a_surrogate_that_is_cut_from_its_input_is_refused() -> None:
    result = judged(PAIRING, lambda log_w: surrogate(log_w).detach(), convention=SURROGATE)
    assert Ruling.REFUSED in {v.ruling for v in result.verdicts}
    assert Ruling.CRASHED not in {v.ruling for v in result.verdicts}


def test_a_right_gradient_alone_identifies_no_surrogate() -> None:
    """Undeclared, it is by its value that code is known: this is a bound without its log K."""
    result = judged(PAIRING, lambda log_w: log_w.logsumexp(1).mean())
    assert result.ruling is Ruling.VIOLATED
    assert result.diagnosis is not None
    assert result.diagnosis.name == "number of samples forgotten"


def test_weights_that_carry_a_gradient_are_found_without_a_declaration() -> None:
    result = judged(PAIRING, lambda log_w: (log_w.softmax(1) * log_w).sum(1).mean())
    assert {v.claim for v in result.violations} == {"gradient", "shares"}
    assert result.diagnosis is not None
    assert result.diagnosis.name == "weights not detached"


# -- stabilisers ----------------------------------------------------------------------------------


@every_variant
def test_a_constant_beside_the_largest_weight_is_a_stabiliser(variants: dict[str, str]) -> None:
    result = judged(PAIRING, partial(stabilised, **variants, share=1e-9), convention=variants)
    assert result.ruling is Ruling.STABILISED
    assert [(s.place, s.size) for s in result.stabilisers] == [("share", 1e-9)]


@every_variant
def test_a_constant_beside_the_weights_themselves_breaks_where_log_likelihoods_are(
    variants: dict[str, str],
) -> None:
    """log(w + 1e-9) is the definition up to a stabiliser, until w is smaller than that."""
    result = judged(PAIRING, partial(stabilised, **variants, weight=1e-9), convention=variants)
    assert [(s.place, s.size) for s in result.stabilisers] == [("weight", 1e-9)]
    assert [v.claim for v in result.violations] == ["range"]


def test_a_clamp_beyond_what_log_weights_are_is_harmless_and_one_within_is_not() -> None:
    assert judged(PAIRING, partial(stabilised, clamp=2.0**-12)).ruling is Ruling.UPHELD
    within = judged(PAIRING, partial(stabilised, clamp=2.0**-8))
    assert [v.claim for v in within.violations] == ["range"]


# -- bad input ------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", CONTRACT.references)
def test_one_sample_is_its_own_bound(name: str) -> None:
    assert float(CONTRACT.references[name](torch.tensor([[2.0], [-1.0]]))) == 0.5


def test_one_number_per_row_is_refused_with_a_remedy() -> None:
    result = judged(PAIRING, lambda log_w: log_w.logsumexp(1))
    assert result.ruling is Ruling.REFUSED
    assert "average over the rows" in result.reason


def test_a_weight_of_zero_counts_for_nothing_in_the_bound() -> None:
    """It is legitimate, but no problem has one: there is no log weight to compare K = 1 with."""
    table = ((0.0, -np.inf), (1.0, 0.0))
    expected = (np.log(0.5) + np.log((np.e + 1) / 2)) / 2
    assert value(table) == pytest.approx(expected)
    for coding in ("log-sum-exp", "shifted by the largest"):
        log_w = torch.tensor(table, dtype=torch.float64)
        assert float(CONTRACT.references[coding](log_w)) == pytest.approx(expected)


def test_not_a_number_stays_one() -> None:
    assert np.isnan(value(((0.0, np.nan),)))


def test_code_that_returns_nan_is_violated() -> None:
    result = judged(PAIRING, lambda log_w: log_w.logsumexp(1).mean() * torch.nan)
    assert "value" in [v.claim for v in result.violations]


# -- wrong code -----------------------------------------------------------------------------------


def test_each_claim_condemns_something() -> None:
    condemned = {v.claim for d in CONTRACT.defects for v in known_error("iwae", d.name).violations}
    assert {claim.name for claim in FAMILY.claims} | {"range"} <= condemned


def test_counterexamples_are_small_integers_except_where_only_the_range_condemns() -> None:
    for defect in CONTRACT.defects:
        (table,) = known_error("iwae", defect.name).violations[0].evidence.problem.values()
        numbers = [x for row in table for x in row]
        assert len(numbers) <= 2
        assert defect.rounding or set(numbers) <= {0.0, 1.0}


def test_a_scale_wrong_by_one_part_in_ten_to_the_eleven_is_caught() -> None:
    coding = CONTRACT.references["log-sum-exp"]
    result = judged(
        PAIRING, lambda log_w: coding(log_w) * (1 + 1e-11), convention=CONTRACT.canonical
    )
    assert "value" in [v.claim for v in result.violations]


def test_the_picture_climbs_from_the_elbo_towards_the_evidence() -> None:
    assert PAIRING.picture is not None
    series = PAIRING.picture().series
    bounds = [y for _, y in series["definition"]]
    assert bounds[0] == pytest.approx(series["ELBO"][0][1])
    assert all(a < b for a, b in zip(bounds, [*bounds[1:], series["log p(x)"][0][1]], strict=True))
