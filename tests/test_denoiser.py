"""Tweedie's formulas: the proof holds, the oracle is right, code is told right from wrong."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from judged import condemning, judged
from scipy.integrate import quad

from tightframe.checks.denoiser import PAIRING, pose
from tightframe.checks.judge import hold
from tightframe.checks.verdict import Ruling
from tightframe.implementations.contract import ContractError
from tightframe.implementations.denoiser import by_bayes, stabilised
from tightframe.theorems.denoiser import DENOISER, Noisy, oracle

U = 2.0**-53
CONTRACT = PAIRING.contract


def mixture(problem: Noisy) -> Any:
    """The law of the noisy points, by torch.distributions."""
    of = torch.distributions
    weights, means, variances = (
        torch.tensor(t, dtype=torch.float64)
        for t in (problem.weights, problem.means, problem.variances)
    )
    deviations = (variances + problem.sigma**2).sqrt()[:, None].expand_as(means)
    components = of.Independent(of.Normal(means, deviations), 1)
    return of.MixtureSameFamily(of.Categorical(probs=weights), components)


# -- the theorem ----------------------------------------------------------------------------------


# -- the oracle -----------------------------------------------------------------------------------


def test_bayes_rule_and_the_score_by_autograd_agree_in_mean_and_covariance() -> None:
    """Two routes that share nothing: Tweedie's formulas of the first and second order."""
    for problem in DENOISER.design():
        law, variance = mixture(problem), problem.sigma**2
        truth = oracle(problem)
        for row, mean, slope in zip(problem.y, truth.value, truth.gradient[0], strict=True):
            y = torch.tensor(row, dtype=torch.float64)

            def density(y: Any, law: Any = law) -> Any:
                return law.log_prob(y)

            score = torch.autograd.functional.jacobian(density, y)
            curvature = torch.autograd.functional.hessian(density, y)
            assert mean == pytest.approx((y + variance * score).numpy(), abs=1e-11)
            jacobian = torch.eye(len(y), dtype=torch.float64) + variance * curvature
            assert slope == pytest.approx(jacobian.sum(1).numpy(), abs=1e-10)


@pytest.mark.parametrize("y", [-1.0, 0.25, 2.0])
def test_the_oracle_is_the_integral_that_defines_the_posterior_mean(y: float) -> None:
    problem = Noisy(((y,),), (0.75, 0.25), ((-1.0,), (1.5,)), (0.5, 0.25), 0.75)
    parts = list(zip(problem.weights, (-1.0, 1.5), problem.variances, strict=True))

    def joint(x: float) -> float:
        prior = sum(w * np.exp(-((x - m) ** 2) / (2 * v)) / np.sqrt(v) for w, m, v in parts)
        return float(prior * np.exp(-((y - x) ** 2) / (2 * 0.75**2)))

    evidence, _ = quad(joint, -10, 10, epsabs=1e-13)
    first, _ = quad(lambda x: x * joint(x), -10, 10, epsabs=1e-13)
    second, _ = quad(lambda x: x**2 * joint(x), -10, 10, epsabs=1e-13)
    mean = first / evidence
    truth = oracle(problem)
    assert float(truth.value[0, 0]) == pytest.approx(mean, abs=1e-9)
    spread = second / evidence - mean**2
    assert float(truth.gradient[0][0, 0]) == pytest.approx(spread / 0.75**2, abs=1e-9)


def test_the_mean_squared_error_is_the_floor_of_the_statement() -> None:
    """Two points: sigma^2 - sigma^4 J on a fine grid, and the posterior variance averaged."""
    t = np.arange(-1200, 1201) / 100
    w = np.exp(-(t**2) / 2)
    y = tuple((float(1 + 0.5 * a),) for a in t)  # by symmetry, from the right-hand point alone
    truth = oracle(Noisy(y, (0.5, 0.5), ((-1.0,), (1.0,)), (0.0, 0.0), 0.5))
    w = w / w.sum()
    score = (truth.value[:, 0] - np.array(y)[:, 0]) / 0.25
    floor = 0.25 - 0.25**2 * w @ score**2
    assert w @ (1 - truth.value[:, 0]) ** 2 == pytest.approx(floor, abs=1e-10)
    assert w @ truth.gradient[0][:, 0] * 0.25 == pytest.approx(floor, abs=1e-10)
    assert floor == pytest.approx(0.0686, abs=1e-4)


def test_little_noise_is_the_nearest_point_and_much_noise_the_priors_mean() -> None:
    problem = Noisy(((0.25, 0.5),), (0.75, 0.25), ((0.0, 1.0), (2.0, -1.0)), (0.0, 0.0), 2.0**-7)
    assert oracle(problem).value[0] == pytest.approx([0.0, 1.0], abs=1e-15)
    far = oracle(problem._replace(sigma=2.0**20)).value[0]
    assert far == pytest.approx([0.5, 0.5], abs=1e-11)


@settings(max_examples=40, deadline=None, database=None)
@given(DENOISER.problems())
def test_problems_are_admissible_and_whatever_is_simpler_too(problem: Noisy) -> None:
    for p in (problem, *DENOISER.simpler(problem)):
        assert np.all(np.isfinite(oracle(p).value))
        assert sum(p.weights) == 1
        assert len(p.weights) == len(p.means) == len(p.variances)


def test_shrinking_comes_to_an_end() -> None:
    problem, steps = DENOISER.design()[7], 0
    while (plainer := next(DENOISER.simpler(problem), None)) is not None:
        problem, steps = plainer, steps + 1
    assert steps < 100
    assert problem == Noisy(((0.0,),), (1.0,), ((0.0,),), (0.0,), 1.0)


def test_clipped_estimates_have_no_slope_beyond_one_and_the_same_one_within() -> None:
    seen = set()
    for problem in DENOISER.design():
        plain, clipped = oracle(problem), oracle(problem, clip="unit")
        assert clipped.value == pytest.approx(np.clip(plain.value, -1, 1), abs=0)
        for mean, slope, cut in zip(
            plain.value, plain.gradient[0], clipped.gradient[0], strict=True
        ):
            inside = int((np.abs(mean) < 1).sum())
            seen.add((inside, len(mean)))
            if inside == len(mean):
                assert cut == pytest.approx(slope, abs=1e-14)
            if inside == 0 and np.min(np.abs(mean)) > 1:
                assert np.all(cut == 0)
    assert {(0, 1), (1, 1), (0, 2), (1, 2), (2, 2)} <= seen


def test_an_estimate_of_exactly_one_may_be_cut_off_or_not() -> None:
    """Which of the two it is, is a matter of the last digit, and of no consequence."""
    at_one = Noisy(((1.0,),), (1.0,), ((1.0,),), (1.0,), 1.0)
    truth = oracle(at_one, clip="unit")
    assert (truth.value[0, 0], truth.gradient[0][0, 0]) == (1.0, 0.5)
    assert truth.units[0][0, 0] * U > 0.5
    near = oracle(at_one._replace(y=((0.75,),)), clip="unit")
    assert near.units[0][0, 0] * U < 1e-13


# -- honest code ----------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", ["float32", "bfloat16", "float64"])
@pytest.mark.parametrize("name", CONTRACT.references)
def test_an_honest_coding_is_upheld(name: str, dtype: str) -> None:
    result = hold(CONTRACT.references[name], PAIRING, {}, budget="quick", dtype=dtype)
    assert result.ruling is Ruling.UPHELD
    assert max(v.used or 0.0 for v in result.verdicts) <= 0.25


@pytest.mark.parametrize("axis", [axis.name for axis in CONTRACT.axes])
def test_another_convention_is_upheld_where_declared_and_identified_where_not(axis: str) -> None:
    for option in CONTRACT.axis(axis).options[1:]:
        written = CONTRACT.written(by_bayes, CONTRACT.convention({axis: option.name}))

        def theirs(*inputs: Any, sigma: float, written: Any = written) -> Any:
            return written(*inputs, sigma=sigma)

        assert judged(PAIRING, theirs, convention={axis: option.name}).ruling is Ruling.UPHELD
        inferred = judged(PAIRING, theirs)
        assert inferred.ruling is Ruling.IDENTIFIED
        assert inferred.convention[axis] == option.name


def test_tweedies_formula_by_autograd_is_upheld() -> None:
    """A score that nobody wrote down: of torch.distributions' mixture, differentiated."""
    of = torch.distributions

    def denoiser(y: Any, weights: Any, means: Any, variances: Any, sigma: float) -> Any:
        deviations = (variances + sigma**2).sqrt()[:, None].expand_as(means)
        components = of.Independent(of.Normal(means, deviations), 1)
        law = of.MixtureSameFamily(of.Categorical(probs=weights), components)
        y = y if y.requires_grad else y.detach().requires_grad_()
        (score,) = torch.autograd.grad(law.log_prob(y).sum(), y, create_graph=True)
        return y + sigma**2 * score

    result = judged(PAIRING, denoiser)
    assert result.ruling is Ruling.UPHELD
    assert max(v.used or 0.0 for v in result.verdicts) <= 0.25


def test_the_definition_is_proved_for_all_mixtures() -> None:
    result = judged(PAIRING, by_bayes, budget="normal")
    assert result.shadow is not None
    assert "for all inputs with weights_1 > 0" in result.shadow.proved[0]


def test_a_level_that_lives_inside_is_found_under_either_scaling() -> None:
    """Variance-preserving code is told the level by its inputs too: both change as it is sought."""
    preserving = CONTRACT.written(by_bayes, CONTRACT.convention({"scaling": "VP"}))
    for scaling, target, sigma in (("VE", by_bayes, 0.6), ("VP", preserving, 0.75)):

        def inside(*inputs: Any, target: Any = target) -> Any:
            return target(*inputs, sigma=0.6)

        found = judged(PAIRING, inside, convention={"scaling": scaling})
        assert found.ruling is Ruling.IDENTIFIED
        assert found.identification is not None
        assert found.identification.parameters["sigma"] == pytest.approx(sigma, rel=1e-12)


@pytest.mark.parametrize("sigma", [3.44297123, 0.0123456, 0.5])
def test_a_level_that_is_kept_in_single_precision_is_found_as_well_as_that_tells(
    sigma: float,
) -> None:
    """A plainer number passes the coarse bound too: it is nearly right, and was called wrong."""
    levels = [torch.tensor(sigma, dtype=torch.float32)]

    def by_a_table(y: Any, weights: Any, means: Any, variances: Any) -> Any:
        return by_bayes(y, weights, means, variances, sigma=levels[0])

    result = judged(PAIRING, by_a_table)
    assert result.ruling is Ruling.IDENTIFIED
    assert result.identification is not None
    assert result.identification.parameters["sigma"] == pytest.approx(sigma, rel=8 * 2.0**-24)


def test_a_clipped_estimate_with_the_slope_of_the_other_is_violated() -> None:
    """Clipped behind torch's back: the value is right and the gradient that of no clipping."""

    def clipped(*inputs: Any, sigma: float) -> Any:
        mean = by_bayes(*inputs, sigma=sigma)
        return mean + (mean.clamp(-1, 1) - mean).detach()

    result = judged(PAIRING, clipped, convention={"clip": "unit"})
    assert result.ruling is Ruling.VIOLATED
    assert [v.claim for v in result.violations] == ["gradient"]


@pytest.mark.parametrize("place", CONTRACT.stabilisers)
def test_a_stabiliser_is_found_and_exonerated(place: str) -> None:
    result = judged(PAIRING, partial(stabilised, **{place: 1e-9}))
    assert result.ruling is Ruling.STABILISED
    assert [(s.place, s.size) for s in result.stabilisers] == [(place, 1e-9)]


# -- what is refused ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"weights": (1.5, -0.5)}, "expected: positive weights"),
        ({"weights": (1.0, 0.0)}, "leave out the components that have none"),
        ({"variances": (-1.0, 1.0)}, "expected: variances of zero or more"),
        ({"sigma": 0.0}, "expected: variances of zero or more, and a positive sigma"),
    ],
)
def test_what_is_no_prior_or_no_noise_is_refused(change: dict[str, Any], expected: str) -> None:
    problem = DENOISER.design()[0]._replace(**change)
    with pytest.raises(ContractError, match=expected):
        pose(problem, CONTRACT.canonical)


def test_one_number_per_row_is_refused_with_the_shape_that_is_expected() -> None:
    result = judged(PAIRING, lambda y, *prior, sigma: y.sum(1), convention=CONTRACT.canonical)
    assert result.ruling is Ruling.REFUSED
    assert "expected: an output of shape (" in result.reason


def test_only_the_ratios_of_the_weights_enter() -> None:
    problem = DENOISER.design()[0]
    twice = problem._replace(weights=tuple(2 * w for w in problem.weights))
    assert oracle(twice).value == pytest.approx(oracle(problem).value, rel=1e-15)


# -- wrong code -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "claim"),
    [
        ("sigma where its square belongs", "linear"),
        ("sign of the score", "hull"),
        ("weights of the prior forgotten", "weights"),
        ("data not rescaled", "translation"),
        ("softmax over the batch", "spread"),
        ("prior not widened", "symmetric Jacobian"),
        ("half missing in the exponent", "value"),
    ],
)
def test_the_claim_that_speaks_of_an_error_condemns_it(name: str, claim: str) -> None:
    assert claim in condemning("denoiser", name)
