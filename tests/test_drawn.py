"""Code that draws random numbers is judged in expectation, exactly."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

import tightframe as tf

Loss = Callable[[Tensor, Tensor], Tensor]


def mean_of(weighted: Callable[[Tensor], Tensor]) -> Loss:
    """The reconstruction loss with its squared errors weighed at random."""
    return lambda x, x_hat: weighted((x - x_hat) ** 2).sum(1).mean()


def half_of_the_features(x: Tensor, x_hat: Tensor) -> Tensor:
    parts = (x - x_hat) ** 2
    first = bool(torch.rand(1) < 0.5)
    return 2 * parts[:, 0 if first else 1 :: 2].sum() / len(x)


def one_row(x: Tensor, x_hat: Tensor) -> Tensor:
    return ((x - x_hat) ** 2)[torch.randint(len(x), (1,))].sum()


def rows_in_any_order(x: Tensor, x_hat: Tensor) -> Tensor:
    order = torch.randperm(len(x))
    return ((x[order] - x_hat[order]) ** 2)[: max(1, len(x) // 2)].sum(1).mean()


def later(x: Tensor, x_hat: Tensor) -> Tensor:
    """It draws on tables of three rows and more alone."""
    loss = ((x - x_hat) ** 2).sum(1).mean()
    return loss * (1 + torch.randn((), dtype=x.dtype)) if len(x) > 2 else loss


RIGHT: dict[str, Loss] = {
    "dropout": mean_of(lambda parts: F.dropout(parts, 0.25)),
    "a mask, weighed": mean_of(lambda parts: parts * torch.bernoulli(0.5 + 0 * parts) * 2),
    "a uniform number below a bound": mean_of(
        lambda parts: parts * (torch.rand_like(parts) < 0.3) / 0.3
    ),
    "half of the features": half_of_the_features,
    "one row": one_row,
    "rows in any order": rows_in_any_order,
    "draws that begin late": later,
}
WRONG: dict[str, tuple[Loss, str]] = {
    "a mask, not weighed": (
        mean_of(lambda parts: parts * torch.bernoulli(torch.full_like(parts, 0.25))),
        "yours is 0.25 times the theorem's",
    ),
    "dropout, weighed twice": (
        mean_of(lambda parts: F.dropout(parts, 0.75) * 4), "yours is 4 times the theorem's",
    ),
    "the other side of the bound": (
        mean_of(lambda parts: parts * (torch.rand_like(parts) > 0.25) / 0.25),
        "yours is 3 times the theorem's",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", RIGHT)
def test_an_unbiased_estimator_is_upheld_to_forty_digits(name: str) -> None:
    result = tf.check(RIGHT[name], "reconstruction-loss", budget="quick")
    assert result.ruling.value == "upheld"
    assert result.shadow.outcome.value == "agrees"
    value = next(v for v in result.verdicts if v.claim == "value")
    assert value.reason.startswith("in expectation over all that the code may draw")
    assert value.problems >= 5


@pytest.mark.parametrize("name", WRONG)
def test_a_biased_one_is_violated_and_the_factor_is_told(name: str) -> None:
    loss, words = WRONG[name]
    result = tf.check(loss, "reconstruction-loss", budget="quick")
    assert result.ruling.value == "violated"
    assert result.diagnosis.name == words
    assert "in expectation over all that the code may draw" in str(result)


def test_what_draws_too_much_on_every_problem_is_refused() -> None:
    def thousand(x: Tensor, x_hat: Tensor) -> Tensor:
        return ((x - x_hat) ** 2).sum(1).mean() * 2 * F.dropout(torch.ones(1000)).mean()

    result = tf.check(thousand, "reconstruction-loss", budget="quick")
    assert result.ruling.value == "refused"
    assert "draw fewer numbers" in result.reason


def test_a_claim_that_compares_larger_problems_is_kept_to_what_can_be_run() -> None:
    """Twice the batch, twice the draws: it must not ask for smaller problems without end."""

    def blurred(x: Tensor, x_hat: Tensor, mu: Tensor, logvar: Tensor) -> Tensor:
        seen = F.dropout(x_hat, 0.25)
        divergence = 0.5 * (mu**2 + logvar.exp() - 1 - logvar).sum(1)
        return (0.5 * ((x - seen) ** 2).sum(1) + divergence).mean()

    result = tf.check(blurred, "elbo", budget="quick")
    assert result.ruling.value == "violated"
    assert "in expectation" in result.violations[0].reason


def test_a_bound_that_the_code_computed_loses_the_shadow_and_not_the_verdict() -> None:
    def loss(x: Tensor, x_hat: Tensor) -> Tensor:
        share = torch.full_like(x, 1 / 3).sigmoid()
        return ((x - x_hat) ** 2 * (torch.rand_like(x) < share) / share).sum(1).mean()

    result = tf.check(loss, "reconstruction-loss", budget="quick")
    assert result.ruling.value == "upheld"
    assert "the bound of a uniform draw was rounded" in result.shadow.words


# -- sampled divergences --------------------------------------------------------------------------


def sampled(estimate: Callable[[Tensor], Tensor]) -> Loss:
    """A Monte Carlo estimate of the KL, of log p/q at one draw."""

    def kl(mu: Tensor, logvar: Tensor) -> Tensor:
        noise = torch.randn_like(mu)
        drawn = mu + (logvar / 2).exp() * noise
        log_ratio = (noise**2 + logvar - drawn**2) / 2
        return estimate(log_ratio).sum(1)

    return kl


def test_the_plain_estimate_of_a_divergence_is_upheld() -> None:
    """Its runs are many times larger than their mean: float32 loses what the average cancels."""
    result = tf.check(sampled(lambda log_ratio: -log_ratio), "gaussian-kl", budget="quick")
    assert result.ruling.value == "upheld"
    assert result.shadow.outcome.value == "agrees"


@pytest.mark.parametrize("budget", ["quick", "normal"])
def test_an_unbiased_estimate_that_is_no_polynomial_is_never_called_wrong(budget: str) -> None:
    """Schulman's third estimate, r - 1 - log r: a rule for cubic polynomials misses its mean."""
    third = sampled(lambda log_ratio: log_ratio.exp() - 1 - log_ratio)
    result: Any = tf.check(third, "gaussian-kl", budget=budget)
    assert result.ruling.value == "upheld"
    assert {v.strength.value for v in result.verdicts if v.claim == "value"} == {"lifted"}
    assert "a draw that cannot be replaced" in result.shadow.words


def test_an_estimate_whose_mean_no_rule_knows_is_refused() -> None:
    def heavy(mu: Tensor, logvar: Tensor) -> Tensor:
        return (0.499 * torch.randn_like(mu) ** 2).exp().sum(1)

    result = tf.check(heavy, "gaussian-kl", budget="quick")
    assert result.ruling.value == "refused"
    assert "whose expectation over its normal draws is known" in result.reason


def test_a_wrong_estimate_that_is_no_polynomial_is_condemned() -> None:
    def absolute(mu: Tensor, logvar: Tensor) -> Tensor:
        return mu + (logvar / 2).exp() * torch.randn_like(mu).abs()

    result = tf.check(absolute, "reparameterize", budget="quick")
    assert (result.ruling.value, result.diagnosis.name) == ("violated", "noise in absolute value")
