"""Sparsity penalties: the definition by another route, conventions, and code in other styles."""

import mpmath
import numpy as np
import pytest
import torch
from judged import condemning
from scipy.special import rel_entr

from tightframe.checks.judge import hold
from tightframe.checks.sparse_penalty import PAIRING, picture
from tightframe.checks.verdict import Ruling
from tightframe.implementations.sparse_penalty import SPARSE_PENALTY, stabilised
from tightframe.implementations.sparse_penalty_defects import DEFECTS, divergence
from tightframe.theorems.arithmetic import FIFTY_DIGITS
from tightframe.theorems.sparse_penalty import Units, design, oracle, simpler

LINE_BY_LINE = SPARSE_PENALTY.references["line by line"]


def judged(target, **how):
    return hold(target, PAIRING, how, budget="quick")


# -- the oracle -----------------------------------------------------------------------------------


@pytest.mark.parametrize("problem", design()[::3], ids=str)
def test_the_oracle_agrees_with_scipys_relative_entropy(problem):
    mean = np.mean(problem.activations, axis=0)
    expected = rel_entr(problem.rho, mean) + rel_entr(1 - problem.rho, 1 - mean)
    np.testing.assert_allclose(oracle(problem).value, expected, rtol=0, atol=1e-15 * 8)


@pytest.mark.parametrize("problem", design()[1::5], ids=str)
def test_the_gradient_is_the_derivative_of_fifty_digits(problem):
    truth = oracle(problem)
    h = mpmath.mpf(10) ** -15
    with mpmath.workdps(50):
        for i, row in enumerate(problem.activations):
            for j, a in enumerate(row):
                ends = []
                for sign in (1, -1):
                    moved = (*row[:j], mpmath.mpf(a) + sign * h, *row[j + 1 :])
                    table = (*problem.activations[:i], moved, *problem.activations[i + 1 :])
                    ends.append(_by_mpmath(table, problem.rho))
                slope = (ends[0] - ends[1]) / (2 * h)
                assert abs(slope - truth.gradient[0][i, j]) < 1e-12 * (1 + abs(slope))


def _by_mpmath(table, rho):
    total = mpmath.mpf(0)
    for column in zip(*table, strict=True):
        x = mpmath.fsum(column) / len(column)
        total += rho * mpmath.log(rho / x) + (1 - rho) * mpmath.log((1 - rho) / (1 - x))
    return total


@pytest.mark.parametrize("problem", [*design()[::5], *PAIRING.family.ranges()[:4]], ids=str)
def test_float64_agrees_with_fifty_digits_to_the_rounding_that_is_allowed(problem):
    exact, rounded = oracle(problem, arithmetic=FIFTY_DIGITS), oracle(problem)
    apart = float(abs(exact.value.sum() - rounded.value.sum()))
    assert apart <= 4 * 2.0**-53 * rounded.unit
    apart = np.abs(exact.gradient[0] - rounded.gradient[0]).astype(float)
    assert np.all(apart <= 4 * 2.0**-53 * rounded.gradient_unit)


def test_special_values():
    coin = oracle(Units(((0.25,), (0.75,)), 0.5))
    assert coin.value[0] == 0
    assert oracle(Units(((0.25,),), 0.5)).value[0] == pytest.approx(np.log(4 / 3) / 2)
    assert oracle(Units(((0.25,),), 0.5, 3.0)).value[0] == pytest.approx(1.5 * np.log(4 / 3))


@pytest.mark.parametrize("problem", design(), ids=str)
def test_simpler_problems_stay_within_the_unit_interval_and_come_to_an_end(problem):
    for _ in range(200):
        assert all(0 < a < 1 for row in problem.activations for a in row)
        following = next(simpler(problem), None)
        if following is None:
            break
        problem = following
    assert problem == Units(((0.5,),), 0.5)


# -- conventions ----------------------------------------------------------------------------------

OPTIONS = [(axis.name, o.name) for axis in SPARSE_PENALTY.axes for o in axis.options[1:]]


@pytest.mark.parametrize(("axis", "option"), OPTIONS)
def test_another_convention_is_upheld_if_declared_and_named_if_not(axis, option):
    code = SPARSE_PENALTY.written(LINE_BY_LINE, SPARSE_PENALTY.convention({axis: option}))
    assert judged(code, convention={axis: option}).ruling is Ruling.UPHELD
    found = judged(code)
    assert found.ruling is Ruling.IDENTIFIED
    assert found.identification.departures == {axis: option}


class Penalty(torch.nn.Module):
    """As many write it: target and weight inside, activations by their logits."""

    def __init__(self, rho=0.05, beta=3.0):
        super().__init__()
        self.rho, self.beta = rho, beta

    def forward(self, hidden):
        return self.beta * divergence(self.rho, torch.sigmoid(hidden).mean(0)).sum()


def test_a_target_and_a_weight_inside_an_object_are_both_found():
    found = judged(Penalty())
    assert found.ruling is Ruling.IDENTIFIED
    assert found.identification.parameters == {"rho": 0.05, "beta": 3.0}
    assert found.identification.departures == {"activations": "logits"}


def test_declared_they_are_upheld_and_a_wrong_weight_is_violated():
    declared = {"convention": {"activations": "logits"}}
    assert judged(Penalty(), fixed={"rho": 0.05, "beta": 3}, **declared).ruling is Ruling.UPHELD
    assert judged(Penalty(), fixed={"rho": 0.05, "beta": 2}, **declared).ruling is Ruling.VIOLATED


def test_a_class_is_on_trial_at_every_target():
    assert judged(Penalty, convention={"activations": "logits"}).ruling is Ruling.UPHELD


def test_code_that_squashes_probabilities_again_is_named_as_code_for_logits():
    (defect,) = (d for d in DEFECTS if d.name == "squashed twice")
    found = judged(defect.call)
    assert found.identification.departures == {"activations": "logits"}


# -- small constants ------------------------------------------------------------------------------


def with_a_constant(activations, rho):
    mean = activations.mean(dim=0)
    on, off = rho / (mean + 1e-8), (1 - rho) / (1 - mean + 1e-8)
    return (rho * torch.log(on) + (1 - rho) * torch.log(off)).sum()


def under_the_logarithm(activations, rho):
    return stabilised(activations, rho, logarithm=1e-8)


@pytest.mark.parametrize("coding", [with_a_constant, under_the_logarithm])
def test_a_small_constant_is_a_stabiliser(coding):
    assert judged(coding).ruling is Ruling.STABILISED


def test_a_clamp_beyond_where_people_are_is_no_error():
    def clamped(activations, rho):
        return divergence(rho, activations.mean(dim=0).clamp(1e-6, 1 - 1e-6)).sum()

    assert judged(clamped).ruling is Ruling.UPHELD


def test_a_clamp_where_people_are_breaks_the_range():
    def clamped(activations, rho):
        return divergence(rho, activations.mean(dim=0).clamp(1e-3, 1 - 1e-3)).sum()

    result = judged(clamped)
    assert {v.claim for v in result.violations} == {"range"}


# -- other people's code --------------------------------------------------------------------------


def test_torchs_divergence_of_two_coins_is_upheld():
    def by_distributions(activations, rho):
        mean = activations.mean(dim=0)
        coins = (torch.distributions.Bernoulli(probs=p) for p in (torch.full_like(mean, rho), mean))
        return torch.distributions.kl_divergence(*coins).sum()

    assert judged(by_distributions).ruling is Ruling.UPHELD


def test_kl_div_of_both_outcomes_stacked_is_upheld():
    def stacked(activations, rho):
        mean = activations.mean(dim=0)
        ours = torch.stack([mean, 1 - mean])
        target = torch.full_like(ours, rho)
        target = torch.stack([target[0], 1 - target[1]])
        return torch.nn.functional.kl_div(ours.log(), target, reduction="sum")

    assert judged(stacked).ruling is Ruling.UPHELD


def one_term_by_kl_div(activations, rho):
    mean = activations.mean(dim=0)
    target = torch.full_like(mean, rho)
    return torch.nn.functional.kl_div(mean.log(), target, reduction="sum")


def test_kl_div_of_two_numbers_has_one_outcome():
    """As in IParraMartin/Sparse-Autoencoder#1, whose loss fell below zero."""
    result = judged(one_term_by_kl_div, fixed={"beta": 1.0})
    assert result.diagnosis.name == "one outcome forgotten"
    assert "nonnegative" in {v.claim for v in result.violations}


def test_a_running_mean_that_forgets_the_gradient_is_violated():
    def running(activations, rho):
        mean = activations.mean(dim=0)
        kept = 0.9 * mean.detach() + 0.1 * mean
        return divergence(rho, kept).sum()

    assert {v.claim for v in judged(running).violations} == {"gradient"}


def test_the_l1_norm_with_a_weight_is_not_taken_for_a_divergence():
    result = judged(lambda activations, rho: 1e-3 * activations.abs().sum())
    assert result.ruling is Ruling.VIOLATED


def test_one_divergence_per_row_is_refused_or_violated_and_never_upheld():
    def per_row(activations, rho):
        return divergence(rho, activations).sum(dim=1)

    assert judged(per_row).ruling in (Ruling.REFUSED, Ruling.VIOLATED)


def test_a_target_that_is_no_probability_is_refused():
    result = judged(Penalty(), fixed={"rho": 2.0})
    assert result.ruling is Ruling.REFUSED
    assert "rectifiers" in result.reason


def test_each_claim_condemns_something():
    def uneven(activations, rho):
        weights = torch.arange(1, activations.numel() + 1).view(activations.shape)
        return (LINE_BY_LINE(activations, rho) * 0 + (weights * activations).mean()) ** 2

    condemned = {claim for d in DEFECTS for claim in condemning("sparse-penalty", d.name)}
    condemned |= {v.claim for v in judged(uneven, convention={}).violations}
    assert {claim.name for claim in PAIRING.family.claims} <= condemned


def test_the_picture_shows_the_divergence_above_its_parabola():
    series = picture().series
    above = zip(series["definition"], series["twice the squared distance (Pinsker)"], strict=True)
    assert all(y >= z for (_, y), (_, z) in above)
