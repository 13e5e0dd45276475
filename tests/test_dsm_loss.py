"""Denoising score matching: the proof holds, the oracle is right, code is told right from wrong."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import pytest
import torch
from judged import condemning, declared, judged

from tightframe.checks.dsm_loss import PAIRING
from tightframe.checks.judge import hold
from tightframe.checks.verdict import Ruling
from tightframe.implementations.dsm_loss import line_by_line, stabilised
from tightframe.theorems.dsm_loss import DSM_LOSS, Noised, oracle, problem_of

U = 2.0**-53
CONTRACT = PAIRING.contract


# -- the theorem ----------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(4))
def test_the_identity_holds_for_scores_that_are_not_affine(seed: int) -> None:
    """Three points on a line and a score with a sine, all expectations by Gauss-Hermite."""
    draw = np.random.default_rng(seed)
    points, sigma = draw.normal(size=3), draw.uniform(1, 2)
    t, w = np.polynomial.hermite_e.hermegauss(100)
    w = w / w.sum()
    y = points[:, None] + sigma * t
    kernels = np.exp(-((y[..., None] - points) ** 2) / (2 * sigma**2))
    posterior = kernels / kernels.sum(-1, keepdims=True)
    true = ((posterior * points).sum(-1) - y) / sigma**2
    mean = partial(np.average, weights=np.tile(w, (3, 1)))
    score = draw.normal() * y + np.sin(draw.normal() + y)
    denoising = mean((score + t / sigma) ** 2)
    constant = 1 / sigma**2 - mean(true**2)
    assert denoising == pytest.approx(mean((score - true) ** 2) + constant, rel=1e-10)
    assert denoising > constant


def test_the_numbers_of_the_erratum() -> None:
    """Two points, sigma = 1/2: the best affine denoiser errs by 0.2, the best of all by 0.069."""
    floor = oracle(Noised(((-1.0,), (1.0,)), ((0.0,),), (0.0,), 0.5)).floor
    t, w = np.polynomial.hermite_e.hermegauss(80)
    best = float(w @ (1 - np.tanh((1 + 0.5 * t) / 0.25)) ** 2 / w.sum())
    assert floor * 0.5**4 == pytest.approx(0.2)
    assert best == pytest.approx(0.0686, abs=1e-4)


# -- the oracle -----------------------------------------------------------------------------------


@pytest.mark.parametrize("number", range(24))
def test_the_oracle_is_gauss_hermites(number: int) -> None:
    """Row by row on a full grid of nodes, from the definition."""
    problem = DSM_LOSS.design()[number]
    A, b, sigma, d = *map(np.array, problem[1:3]), problem.sigma, len(problem.offset)
    t, w = np.polynomial.hermite_e.hermegauss(3)
    noise = np.stack(np.meshgrid(*[t] * d, indexing="ij"), -1).reshape(-1, d)
    weights = np.prod(np.stack(np.meshgrid(*[w / w.sum()] * d, indexing="ij")), 0).ravel()
    losses = [
        weights @ ((((x + sigma * noise) @ A.T + sigma * b) + noise / sigma) ** 2).sum(1)
        for x in np.array(problem.x)
    ]
    assert float(oracle(problem).value) == pytest.approx(np.mean(losses), rel=1e-12)


def test_the_gaussians_score_is_autograds() -> None:
    """The best affine score is the gradient of the log-density of Gaussian data with noise."""
    problem = problem_of(3, 2, 0.5, 7)
    x = torch.tensor(problem.x, dtype=torch.float64)
    cov = torch.cov(x.T, correction=0) + 0.25 * torch.eye(2, dtype=torch.float64)
    noised = torch.distributions.MultivariateNormal(x.mean(0), cov)
    y = torch.tensor([0.3, -0.7], dtype=torch.float64, requires_grad=True)
    (expected,) = torch.autograd.grad(noised.log_prob(y), y)
    claim = next(c for c in DSM_LOSS.claims if c.name == "floor reached")
    (best,) = claim.related(problem)
    found = np.array(best.weight) @ y.detach().numpy() + 0.5 * np.array(best.offset)
    assert found == pytest.approx(expected.numpy(), rel=1e-12)


def test_shrinking_comes_to_an_end() -> None:
    problem, steps = DSM_LOSS.design()[-4], 0
    while (plainer := next(DSM_LOSS.simpler(problem), None)) is not None:
        problem, steps = plainer, steps + 1
    assert steps < 100
    assert problem == Noised(((0.0,),), ((0.0,),), (0.0,), 1.0)


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
        written = CONTRACT.written(line_by_line, CONTRACT.convention({axis: option.name}))

        def theirs(score: Any, x: Any, sigma: float, written: Any = written) -> Any:
            return written(score, x, sigma=sigma)

        assert judged(PAIRING, theirs, convention={axis: option.name}).ruling is Ruling.UPHELD
        inferred = judged(PAIRING, theirs)
        assert inferred.ruling is Ruling.IDENTIFIED
        assert inferred.convention[axis] == option.name


def test_the_simple_loss_of_diffusion_models_is_identified() -> None:
    """DDPM's: the mean squared error of predicted noise."""

    def simple(network: Any, x: Any, sigma: float) -> Any:
        noise = torch.randn_like(x)
        return torch.nn.functional.mse_loss(network(x + sigma * noise, sigma), noise)

    result = judged(PAIRING, simple)
    assert result.ruling is Ruling.IDENTIFIED
    expected = {"weighting": "variance", "features": "mean", "network": "noise"}
    assert result.identification is not None
    assert result.identification.departures == expected
    assert judged(PAIRING, simple, convention=expected).ruling is Ruling.UPHELD


def test_a_level_inside_the_code_is_declared_or_fitted() -> None:
    def loss(score: Any, x: Any) -> Any:
        noise = torch.randn_like(x)
        return (score(x + 0.25 * noise) + noise / 0.25).square().sum(1).mean()

    assert judged(PAIRING, loss, fixed={"sigma": 0.25}).ruling is Ruling.UPHELD
    result = judged(PAIRING, loss)
    assert result.ruling is Ruling.IDENTIFIED
    assert result.identification is not None
    assert result.identification.parameters == {"sigma": 0.25}


def test_a_level_per_row_and_several_draws_are_judged_exactly() -> None:
    def loss(score: Any, x: Any, sigma: float) -> Any:
        levels = torch.full((len(x),), sigma, dtype=x.dtype)
        noise = torch.randn(2, *x.shape, dtype=x.dtype)
        residual = score(x + levels[:, None] * noise, levels) + noise / levels[:, None]
        return residual.square().sum(-1).mean()

    assert judged(PAIRING, loss).ruling is Ruling.UPHELD


def test_the_definition_is_proved_for_every_level() -> None:
    (found, *_) = judged(PAIRING, line_by_line, budget="normal").shadow.proved  # type: ignore[union-attr]
    assert found.endswith("for all inputs and every sigma > 0")


@pytest.mark.parametrize("place", CONTRACT.stabilisers)
def test_a_stabiliser_is_found_and_exonerated(place: str) -> None:
    result = judged(PAIRING, partial(stabilised, **{place: 1e-9}))
    assert result.ruling is Ruling.STABILISED
    assert [(s.place, s.size) for s in result.stabilisers] == [(place, 1e-9)]


# -- what is refused ------------------------------------------------------------------------------


def test_uniform_noise_is_refused_by_name() -> None:
    def loss(score: Any, x: Any, sigma: float) -> Any:
        noise = 3**0.5 * (2 * torch.rand_like(x) - 1)
        return (score(x + sigma * noise, sigma) + noise / sigma).square().sum(1).mean()

    result = judged(PAIRING, loss)
    assert result.ruling is Ruling.REFUSED
    assert "rand_like" in result.reason


def test_one_loss_per_row_is_refused_with_a_remedy() -> None:
    def loss(score: Any, x: Any, sigma: float) -> Any:
        noise = torch.randn_like(x)
        return (score(x + sigma * noise, sigma) + noise / sigma).square().sum(1)

    result = judged(PAIRING, loss, convention=CONTRACT.canonical)
    assert result.ruling is Ruling.REFUSED
    assert "expected: an output of shape ()" in result.reason


@pytest.mark.parametrize("value", [0.0, -1.0, float("nan")])
def test_a_level_that_is_not_positive_is_refused(value: float) -> None:
    with pytest.raises(ValueError, match="expected: a positive number for 'sigma' of dsm-loss"):
        judged(PAIRING, line_by_line, fixed={"sigma": value})


# -- wrong code -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "claim"),
    [
        ("sigma missing in the target", "floor"),
        ("noise divided by the variance", "price of silence"),
        ("variance taken for standard deviation", "Stein"),
        ("another noise in the target", "floor reached"),
        ("sign of the target", "explicit plus a constant"),
        ("data detached", "gradient"),
    ],
)
def test_the_claim_that_speaks_of_an_error_condemns_it(name: str, claim: str) -> None:
    assert claim in condemning("dsm-loss", name)


def test_a_scale_wrong_by_one_part_in_ten_to_the_ten_is_caught() -> None:
    def off(score: Any, x: Any, sigma: float) -> Any:
        return line_by_line(score, x, sigma=sigma) * (1 + 1e-10)

    assert "value" in [v.claim for v in judged(PAIRING, off, **declared(PAIRING)).violations]
