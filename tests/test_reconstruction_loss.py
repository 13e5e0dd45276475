"""Reconstruction losses: the oracle, the conventions, the errors, and the bottleneck."""

import mpmath
import numpy as np
import pytest
import torch
from hypothesis import given, settings
from judged import condemning

from tightframe.checks.judge import hold
from tightframe.checks.reconstruction_loss import PAIRING
from tightframe.checks.verdict import Ruling
from tightframe.implementations.reconstruction_loss import RECONSTRUCTION_LOSS, bernoulli
from tightframe.implementations.reconstruction_loss_defects import DEFECTS
from tightframe.theorems.reconstruction_loss import (
    Reconstruction,
    bottleneck,
    design,
    oracle,
    problems,
    ranges,
    simpler,
)


def judged(target, **how):
    return hold(target, PAIRING, how, budget="quick")


# -- the theorem ----------------------------------------------------------------------------------


# -- the oracle -----------------------------------------------------------------------------------


def by_mpmath(problem, error):
    n = len(problem.x)
    total = mpmath.mpf(0)
    for row, made in zip(problem.x, problem.x_hat, strict=True):
        for x, p in zip(map(mpmath.mpf, row), map(mpmath.mpf, made), strict=True):
            if error == "squared":
                total += (x - p) ** 2
            else:
                total -= x * mpmath.log(p) + (1 - x) * mpmath.log(1 - p)
    return total / n


@pytest.mark.parametrize("error", ["squared", "bernoulli"])
@pytest.mark.parametrize("problem", design()[::4] + ranges()[:4], ids=lambda p: str(np.shape(p.x)))
def test_value_and_gradient_are_those_of_fifty_digits(problem, error):
    truth = oracle(problem, error)
    with mpmath.workdps(50):
        assert abs(truth.value.sum() - by_mpmath(problem, error)) <= 4 * 2.0**-53 * truth.unit
        step = mpmath.mpf(10) ** -20
        for i, j in ((0, 0), (-1, -1)):
            made = [list(map(mpmath.mpf, row)) for row in problem.x_hat]
            sides = []
            for sign in (1, -1):
                moved = [row[:] for row in made]
                moved[i][j] += sign * step
                sides.append(by_mpmath(Reconstruction(problem.x, moved), error))
            slope = (sides[0] - sides[1]) / (2 * step)
            allowed = 4 * 2.0**-53 * truth.gradient_unit[i, j]
            assert abs(truth.gradient[0][i, j] - slope) <= allowed


@pytest.mark.parametrize("problem", design(), ids=lambda p: str(np.shape(p.x)))
def test_the_oracle_agrees_with_torch(problem):
    x, made = torch.tensor(problem.x).double(), torch.tensor(problem.x_hat).double()
    squared = torch.nn.functional.mse_loss(made, x) * x.shape[1]
    crossed = torch.nn.functional.binary_cross_entropy(made, x) * x.shape[1]
    assert oracle(problem).value.sum() == pytest.approx(float(squared), rel=1e-14, abs=1e-16)
    assert oracle(problem, "bernoulli").value.sum() == pytest.approx(float(crossed), rel=1e-14)


def test_on_a_plane_the_bottleneck_is_what_principal_components_lose():
    x = np.array(design()[6].x)
    centred = x - x.mean(axis=0)
    U, lengths, V = np.linalg.svd(centred, full_matrices=False)
    best = U[:, :1] * lengths[:1] @ V[:1] + x.mean(axis=0)
    lost = float((lengths[1:] ** 2).sum()) / len(x)
    assert bottleneck(x, best) == pytest.approx(lost)
    assert ((x - best) ** 2).sum() / len(x) == pytest.approx(lost)
    assert bottleneck(x, np.tile(x[:1], (len(x), 1))) == pytest.approx(
        float((centred**2).sum()) / len(x)
    )


@settings(max_examples=100, deadline=None)
@given(problems())
def test_drawn_problems_are_valid_and_become_simpler_until_nothing_is_left(problem):
    truth = oracle(problem)
    assert truth.value.sum() >= truth.bottleneck - 64 * 2.0**-53 * truth.unit
    for _ in range(200):
        assert all(0 <= entry <= 1 for row in problem.x for entry in row)
        assert all(0 <= entry <= 1 for row in problem.x_hat for entry in row)
        following = next(simpler(problem), None)
        if following is None:
            break
        problem = following
    assert problem == Reconstruction(((0.0,),), ((0.0,),))


# -- code -----------------------------------------------------------------------------------------


OPTIONS = [
    (axis.name, option.name)
    for axis in RECONSTRUCTION_LOSS.axes if not axis.form
    for option in axis.options[1:]
]  # fmt: skip


@pytest.mark.parametrize(("axis", "option"), OPTIONS)
def test_another_convention_is_upheld_if_declared_and_named_if_not(axis, option):
    reference = RECONSTRUCTION_LOSS.references["line by line"]
    convention = RECONSTRUCTION_LOSS.convention({axis: option})
    code = RECONSTRUCTION_LOSS.written(reference, convention)
    assert judged(code, convention={axis: option}).ruling is Ruling.UPHELD
    found = judged(code)
    assert found.ruling is Ruling.IDENTIFIED
    assert found.identification.departures == {axis: option}


def test_torchs_order_of_arguments_is_identified_and_upheld_if_declared():
    loss, by_feature = torch.nn.BCELoss(), {"features": "mean", "error": "bernoulli"}
    found = judged(loss)
    assert found.ruling is Ruling.IDENTIFIED
    assert found.identification.departures == by_feature | {"order": "reconstruction first"}
    declared = judged(loss, convention=found.identification.departures)
    assert declared.ruling is Ruling.UPHELD
    assert judged(loss, convention=by_feature | {"order": "data first"}).ruling is not Ruling.UPHELD


def test_torchs_default_is_the_mean_over_features():
    found = judged(torch.nn.MSELoss())
    assert found.identification.departures == {"features": "mean"}


def test_a_small_constant_under_the_logarithm_is_a_stabiliser():
    def with_a_constant(x, x_hat):
        log, other = torch.log(x_hat + 1e-8), torch.log(1 - x_hat + 1e-8)
        return -(x * log + (1 - x) * other).sum(dim=1).mean()

    result = judged(with_a_constant, convention={"error": "bernoulli"})
    assert result.ruling is Ruling.STABILISED


def test_the_variant_upholds_its_own_claims():
    assert judged(bernoulli, convention={"error": "bernoulli"}).ruling is Ruling.UPHELD


def test_each_claim_condemns_something():
    def distance_in_size(x, x_hat):
        return (x.square() - x_hat.square()).abs().sum(dim=1).mean()

    def weighted(x, x_hat):
        weights = torch.arange(1, x.numel() + 1, dtype=x_hat.dtype).view(x.shape)
        return ((x - x_hat) ** 2 * weights).sum(dim=1).mean()

    def lower(x, x_hat):
        return ((x - x_hat) ** 2).sum(dim=1).mean() - 1

    condemned = {claim for d in DEFECTS for claim in condemning("reconstruction-loss", d.name)}
    for code in (distance_in_size, weighted, lower):
        condemned |= {v.claim for v in judged(code, convention={}).violations}
    assert {claim.name for claim in PAIRING.family.claims} <= condemned


def test_a_loss_that_is_cut_from_its_input_is_refused():
    def cut(x, x_hat):
        return ((x - x_hat) ** 2).sum(dim=1).mean().detach()

    result = judged(cut)
    assert Ruling.REFUSED in {v.ruling for v in result.verdicts}


def test_code_that_refuses_probabilities_outside_the_unit_interval_is_judged_all_the_same():
    """Monte Carlo arithmetic nudges its targets out of it; torch's own loss then raises."""

    def thresholded(x, x_hat):
        target = (x > 0.5).to(x_hat.dtype)
        return torch.nn.functional.binary_cross_entropy(x_hat, target) * x.shape[1]

    assert judged(thresholded, convention={"error": "bernoulli"}).ruling is Ruling.VIOLATED
