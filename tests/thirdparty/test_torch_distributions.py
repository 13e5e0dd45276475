"""torch.distributions: KL divergences in closed form, and draws through which gradients flow."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from thirdparty.exact import gaussian_kl, shown
from thirdparty.subjects import in_every_dtype, judged
from torch import Tensor
from torch.distributions import Independent, MultivariateNormal, Normal, kl_divergence

pytestmark = pytest.mark.thirdparty

STD, DIAGONAL = {"second": "std"}, {"covariance": "diagonal"}


def normal(mean: Tensor, deviation: Tensor, validate: bool | None = None) -> Any:
    return Independent(Normal(mean, deviation, validate_args=validate), 1, validate)


def to_the_prior(mu: Tensor, std: Tensor) -> Tensor:
    return kl_divergence(normal(mu, std), normal(torch.zeros_like(mu), torch.ones_like(mu)))


def unvalidated(mu: Tensor, std: Tensor) -> Tensor:
    prior = normal(torch.zeros_like(mu), torch.ones_like(mu), False)
    return kl_divergence(normal(mu, std, False), prior)


def full(mu0: Tensor, cov0: Tensor, mu1: Tensor, cov1: Tensor) -> Tensor:
    return kl_divergence(MultivariateNormal(mu0, cov0), MultivariateNormal(mu1, cov1))


def reverse(mu0: Tensor, cov0: Tensor, mu1: Tensor, cov1: Tensor) -> Tensor:
    return full(mu1, cov1, mu0, cov0)


def diagonal(mu0: Tensor, var0: Tensor, mu1: Tensor, var1: Tensor) -> Tensor:
    return kl_divergence(normal(mu0, var0.sqrt()), normal(mu1, var1.sqrt()))


# -- against the standard normal ------------------------------------------------------------------


@in_every_dtype
def test_the_kl_to_the_prior_is_upheld_by_standard_deviations(dtype: str) -> None:
    assert judged(to_the_prior, "gaussian-kl", convention=STD, dtype=dtype).ok


def test_the_standard_deviation_is_identified() -> None:
    result = judged(to_the_prior, "gaussian-kl")
    assert result.identification.departures == STD
    assert "the second argument is the standard deviation" in result.identification.sentence


def test_a_standard_deviation_declared_a_logarithm_is_stopped_by_torchs_own_validation() -> None:
    result = judged(to_the_prior, "gaussian-kl", convention={"second": "logvar"})
    assert result.ruling.value == "crashed"
    assert "GreaterThan(lower_bound=0.0)" in result.reason


def test_a_standard_deviation_declared_a_variance_is_violated_and_named() -> None:
    result = judged(unvalidated, "gaussian-kl", convention={"second": "variance"})
    assert result.diagnosis.name == "log-variance taken for log standard deviation"
    problem, ours, theirs, noise = shown(result, "value")
    (mu,), (logvar,) = problem["mu"], problem["logvar"]
    variance = [2.718281828459045**v for v in logvar]
    ones, zeros = [1] * len(mu), [0] * len(mu)
    assert abs(gaussian_kl(mu, variance, zeros, ones) - ours[0]) < 1e-8
    assert abs(gaussian_kl(mu, [v**2 for v in variance], zeros, ones) - theirs[0]) < 1e-8
    assert abs(ours[0] - theirs[0]) > 1e-3 > noise


# -- between two Gaussians ------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_the_kl_of_multivariate_normals_is_upheld(dtype: str) -> None:
    result = judged(full, "gaussian-kl-pair", dtype=dtype)
    assert (result.ruling.value, result.counts.not_applicable) == ("upheld", 0)


@pytest.mark.parametrize("dtype", ["bfloat16", "float16"])
def test_a_precision_in_which_torch_has_no_cholesky_is_not_applicable(dtype: str) -> None:
    result = judged(full, "gaussian-kl-pair", dtype=dtype)
    (range_,) = (v for v in result.verdicts if v.claim == "range")
    assert (result.ruling.value, range_.ruling.value) == ("upheld", "not applicable")
    assert f"the code does not run in {dtype}" in range_.reason


@in_every_dtype
def test_the_kl_of_independent_normals_is_upheld(dtype: str) -> None:
    assert judged(diagonal, "gaussian-kl-pair", convention=DIAGONAL, dtype=dtype).ok


def test_diagonal_covariances_and_the_other_direction_are_identified() -> None:
    assert judged(diagonal, "gaussian-kl-pair").identification.departures == DIAGONAL
    found = judged(reverse, "gaussian-kl-pair").identification
    assert found.departures == {"direction": "reverse"}
    assert judged(reverse, "gaussian-kl-pair", convention=found.departures).ok


def test_the_other_direction_declared_forward_is_violated_and_named() -> None:
    result = judged(reverse, "gaussian-kl-pair", convention={"direction": "forward"})
    assert result.diagnosis.name == "arguments exchanged"
    problem, ours, theirs, noise = shown(result, "value")
    (mu0,), ((v0,),), (mu1,), ((v1,),) = problem.values()
    first, second = ([mu0], [v0]), ([mu1], [v1])
    assert abs(gaussian_kl(*first, *second) - ours[0]) <= noise
    assert abs(gaussian_kl(*second, *first) - theirs[0]) <= noise
    assert abs(ours[0] - theirs[0]) > 1e6 * noise


# -- draws ----------------------------------------------------------------------------------------


def test_rsample_is_upheld_and_sample_carries_no_gradient() -> None:
    def rsample(mu: Tensor, std: Tensor) -> Tensor:
        return Normal(mu, std).rsample()

    def of_many(mu: Tensor, std: Tensor) -> Tensor:
        return MultivariateNormal(mu, scale_tril=torch.diag_embed(std)).rsample()

    def sample(mu: Tensor, std: Tensor) -> Tensor:
        return Normal(mu, std).sample()

    assert judged(rsample, "reparameterize", convention=STD).ok
    assert judged(of_many, "reparameterize", convention=STD).ok
    cut = judged(sample, "reparameterize", convention=STD)
    assert (cut.ruling.value, cut.ok) == ("refused", False)
    (gradient,) = (v for v in cut.verdicts if v.claim == "gradient")
    assert "an output that carries a gradient" in gradient.reason
