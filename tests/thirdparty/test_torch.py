"""torch itself: its randomised PCA, its reconstruction losses, and a VAE's loss made of them."""

from __future__ import annotations

from typing import Any

import mpmath
import pytest
import torch
from thirdparty.exact import fifty_digits, shown
from thirdparty.subjects import in_every_dtype, judged
from torch import Tensor
from torch.distributions import Normal, kl_divergence
from torch.nn import functional as F

pytestmark = pytest.mark.thirdparty

MEANS = {"features": "mean", "batch": "mean"}
BERNOULLI = {"error": "bernoulli"}


# -- torch.pca_lowrank ----------------------------------------------------------------------------


def pca_lowrank(x: Tensor, k: int) -> Tensor:
    return torch.pca_lowrank(x, k)[2]


def test_the_randomised_pca_is_identified_by_its_columns() -> None:
    result = judged(pca_lowrank, "pca")
    assert result.identification.departures == {"components": "columns"}
    assert "each column is a component" in result.identification.sentence


def test_the_randomised_pca_is_upheld_and_its_excess_is_told() -> None:
    result = judged(pca_lowrank, "pca", convention={"components": "columns"})
    assert result.ruling.value == "upheld"
    (optimum,) = (v for v in result.verdicts if v.claim == "reaches the ceiling")
    assert optimum.ruling.value == "inconclusive"
    assert "no convergence was claimed; it would be missed by" in optimum.reason


def test_the_randomised_pca_is_not_exact_and_violated_if_that_is_declared() -> None:
    result = judged(pca_lowrank, "pca", convention={"components": "columns", "exactness": "yes"})
    assert "reaches the ceiling" in {v.claim for v in result.violations}


def test_its_three_outputs_are_refused_with_the_remedy() -> None:
    result = judged(torch.pca_lowrank, "pca", map={"k": "q"})
    assert result.ruling.value == "refused"
    assert "lambda x, k: torch.pca_lowrank(x, k)[2]" in result.reason


# -- reconstruction losses ------------------------------------------------------------------------


def cross_entropy(x: Tensor, x_hat: Tensor) -> Tensor:
    """torch takes the reconstruction first."""
    return F.binary_cross_entropy(x_hat, x, reduction="sum") / len(x)


@in_every_dtype
def test_mse_loss_is_upheld_as_the_mean_over_all_entries(dtype: str) -> None:
    declared = {"convention": MEANS, "dtype": dtype}
    assert judged(torch.nn.MSELoss(), "reconstruction-loss", **declared).ok


@pytest.mark.parametrize(
    ("reduction", "departures"), [("mean", {"features": "mean"}), ("sum", {"batch": "sum"})]
)
def test_mse_loss_is_identified_by_its_reduction(
    reduction: str, departures: dict[str, str]
) -> None:
    result = judged(torch.nn.MSELoss(reduction=reduction), "reconstruction-loss")
    assert (result.ruling.value, result.identification.departures) == ("identified", departures)


def test_mse_loss_declared_as_a_sum_over_features_is_violated_and_told_what_fits() -> None:
    result = judged(
        torch.nn.MSELoss(), "reconstruction-loss", convention={"features": "sum", "batch": "mean"}
    )
    assert result.diagnosis.name == "features mean, where sum was declared"
    problem, ours, theirs, noise = shown(result, "value")
    total = squared_error(**problem)
    width = len(problem["x"][0])
    assert abs(total - sum(ours)) <= noise
    assert abs(total / width - theirs[0]) <= noise
    assert total * (1 - mpmath.mpf(1) / width) > noise


@fifty_digits
def squared_error(x: Any, x_hat: Any) -> Any:
    pairs = zip(x, x_hat, strict=True)
    return mpmath.fsum(
        (mpmath.mpf(a) - b) ** 2 for row, made in pairs for a, b in zip(row, made, strict=True)
    ) / len(x)


def test_smooth_l1_is_half_the_squared_error_only_while_errors_are_small() -> None:
    result = judged(torch.nn.SmoothL1Loss(), "reconstruction-loss")
    assert [v.claim for v in result.violations] == ["homogeneity"]
    (verdict,) = result.violations
    problem = verdict.evidence.problem
    (x,), (x_hat,) = problem["x"][0], problem["x_hat"][0]
    error = abs(mpmath.mpf(x) - x_hat)
    near, far = error**2 / 2, 16 * error - mpmath.mpf(1) / 2
    assert error <= 1 < 16 * error  # at 1 both pieces give the same
    assert abs(near - far / 256) > verdict.evidence.noise


@in_every_dtype
def test_the_binary_cross_entropy_is_upheld_as_a_bernoulli_loss(dtype: str) -> None:
    assert judged(cross_entropy, "reconstruction-loss", convention=BERNOULLI, dtype=dtype).ok


def test_the_binary_cross_entropy_is_identified() -> None:
    result = judged(cross_entropy, "reconstruction-loss")
    assert result.identification.departures == BERNOULLI


def test_probabilities_handed_to_the_loss_for_logits_are_named() -> None:
    def with_logits(x: Tensor, x_hat: Tensor) -> Tensor:
        return F.binary_cross_entropy_with_logits(x_hat, x, reduction="sum") / len(x)

    result = judged(with_logits, "reconstruction-loss", convention=BERNOULLI)
    assert result.diagnosis.name == "probabilities taken for logits"
    problem, ours, theirs, noise = shown(result, "value")
    assert abs(bernoulli(**problem) - sum(ours)) < 1e-8  # nine digits are shown
    assert abs(bernoulli(**problem, squash=True) - theirs[0]) <= noise


@fifty_digits
def bernoulli(x: Any, x_hat: Any, *, squash: bool = False) -> Any:
    terms = []
    for row, made in zip(x, x_hat, strict=True):
        for a, b in zip(row, made, strict=True):
            p = 1 / (1 + mpmath.exp(-mpmath.mpf(b))) if squash else mpmath.mpf(b)
            terms.append(-(a * mpmath.log(p) + (1 - a) * mpmath.log(1 - p)))
    return mpmath.fsum(terms) / len(x)


# -- a VAE's loss, of torch's parts ---------------------------------------------------------------


def to_the_prior(mu: Tensor, logvar: Tensor) -> Tensor:
    prior = Normal(torch.zeros_like(mu), torch.ones_like(mu))
    return kl_divergence(Normal(mu, (logvar / 2).exp()), prior).sum()


def vae_of_images(x: Tensor, x_hat: Tensor, mu: Tensor, logvar: Tensor) -> Tensor:
    return F.binary_cross_entropy(x_hat, x, reduction="sum") + to_the_prior(mu, logvar)


def vae_of_numbers(x: Tensor, x_hat: Tensor, mu: Tensor, logvar: Tensor) -> Tensor:
    return F.mse_loss(x_hat, x, reduction="sum") + to_the_prior(mu, logvar)


def vae_that_draws(x: Tensor, decoder: Any, mu: Tensor, logvar: Tensor) -> Tensor:
    made = decoder(Normal(mu, (logvar / 2).exp()).rsample())
    return (to_the_prior(mu, logvar) - Normal(made, 1.0).log_prob(x).sum()) / len(x)


@in_every_dtype
def test_the_usual_loss_for_images_is_the_negative_elbo_summed_over_the_batch(dtype: str) -> None:
    declared = {"likelihood": "bernoulli", "batch": "sum"}
    assert judged(vae_of_images, "elbo", convention=declared, dtype=dtype).ok


def test_the_usual_loss_for_images_is_identified() -> None:
    result = judged(vae_of_images, "elbo")
    assert result.identification.departures == {"likelihood": "bernoulli", "batch": "sum"}


def test_a_squared_error_that_is_not_halved_is_a_variance_of_one_half() -> None:
    result = judged(vae_of_numbers, "elbo", convention={"batch": "sum"})
    assert result.identification.parameters == {"decoder_variance": 0.5}
    assert "decoder_variance 0.5" in result.identification.sentence


def test_a_squared_error_that_is_not_halved_is_named_where_the_variance_is_declared_one() -> None:
    result = judged(
        vae_of_numbers, "elbo", convention={"batch": "sum"}, fixed={"decoder_variance": 1.0}
    )
    assert result.ruling.value == "violated"
    assert result.diagnosis.name == "squared error not halved"


def test_a_loss_that_draws_is_upheld_without_sampling_noise() -> None:
    declared = {"reconstruction": "sampled", "constant": "kept"}
    result = judged(vae_that_draws, "elbo", convention=declared)
    assert result.ruling.value == "upheld"
    assert {"identity", "below the evidence"} <= {v.claim for v in result.verdicts}
