"""Robbins' formulas read posterior means off marginals; Karras' network rests on Gaussian data."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from tightframe.theorems.denoiser import oracle
from tightframe.theorems.denoiser_problems import Noisy
from tightframe.theorems.empirical_bayes import (
    binomial_odds,
    gamma_rate,
    natural_mean,
    natural_variance,
    poisson_rate,
)

WEIGHTS = np.array([0.5, 0.125, 0.375])


def posterior(likelihoods: np.ndarray) -> np.ndarray:
    joint = WEIGHTS * likelihoods
    return np.asarray(joint / joint.sum())


# -- against sums over the posterior --------------------------------------------------------------


@pytest.mark.parametrize("x", [0, 1, 4, 11])
def test_the_mean_rate_of_counts_is_the_sum_over_the_posterior(x: int) -> None:
    rates = np.array([0.5, 2.0, 7.0])
    mean = posterior(stats.poisson.pmf(x, rates)) @ rates
    found = poisson_rate(lambda k: WEIGHTS @ stats.poisson.pmf(k, rates), x)
    assert found == pytest.approx(mean, rel=1e-12)


@pytest.mark.parametrize("x", [0, 1, 5])
def test_the_mean_odds_of_trials_are_the_sum_over_the_posterior(x: int) -> None:
    chances = np.array([0.25, 0.5, 0.875])
    mean = posterior(stats.binom.pmf(x, 6, chances)) @ (chances / (1 - chances))
    found = binomial_odds(lambda k: WEIGHTS @ stats.binom.pmf(k, 6, chances), x, 6)
    assert found == pytest.approx(mean, rel=1e-12)


@pytest.mark.parametrize("x", [0.25, 1.0, 6.0])
def test_the_mean_rate_of_waiting_times_is_the_sum_over_the_posterior(x: float) -> None:
    rates, shape, h = np.array([0.5, 1.5, 4.0]), 2.5, 1e-4

    def log_p(x: float) -> float:
        return float(np.log(WEIGHTS @ stats.gamma.pdf(x, shape, scale=1 / rates)))

    score = (log_p(x + h) - log_p(x - h)) / (2 * h)
    mean = posterior(stats.gamma.pdf(x, shape, scale=1 / rates)) @ rates
    assert gamma_rate(score, x, shape) == pytest.approx(mean, abs=1e-6)


@pytest.mark.parametrize("x", [-1.5, 0.25, 2.0])
def test_the_natural_parameter_is_the_sum_over_the_posterior(x: float) -> None:
    """Gaussian noise of variance 4: the parameter is the mean over 4, the carrier N(0, 4)."""
    means, h = np.array([-2.0, 0.5, 3.0]), 1e-3

    def log_p(x: float) -> float:
        return float(np.log(WEIGHTS @ stats.norm.pdf(x, means, 2.0)))

    below, here, above = (log_p(t) for t in (x - h, x, x + h))
    shares, etas = posterior(stats.norm.pdf(x, means, 2.0)), means / 4
    mean = shares @ etas
    assert natural_mean((above - below) / (2 * h), -x / 4) == pytest.approx(mean, abs=1e-6)
    curvature = (above - 2 * here + below) / h**2
    spread = shares @ (etas - mean) ** 2
    assert natural_variance(curvature, -1 / 4) == pytest.approx(spread, abs=1e-6)


# -- against conjugate priors, which are no finite ones -------------------------------------------


@pytest.mark.parametrize("x", [0, 3, 20])
def test_a_gamma_prior_of_rates_gives_the_textbooks_posterior_mean(x: int) -> None:
    a, b = 2.5, 0.75
    found = poisson_rate(lambda k: stats.nbinom.pmf(k, a, b / (1 + b)), x)
    assert found == pytest.approx((a + x) / (1 + b), rel=1e-11)


@pytest.mark.parametrize("x", [0, 3, 8])
def test_a_beta_prior_of_chances_gives_the_textbooks_posterior_odds(x: int) -> None:
    a, b, n = 1.5, 2.5, 9
    found = binomial_odds(lambda k: stats.betabinom.pmf(k, n, a, b), x, n)
    assert found == pytest.approx((a + x) / (b + n - x - 1), rel=1e-11)


def test_odds_where_every_trial_succeeded_are_refused() -> None:
    with pytest.raises(ValueError, match="expected: fewer successes than trials"):
        binomial_odds(lambda k: 0.5, 3, 3)


# -- Karras' preconditioning ----------------------------------------------------------------------


def network(problem: Noisy, deviation: float) -> np.ndarray:
    """What the network has to return at c_in y, of the best denoiser."""
    total = problem.sigma**2 + deviation**2
    skip, out = deviation**2 / total, problem.sigma * deviation / total**0.5
    return np.asarray((oracle(problem).value - skip * np.array(problem.y)) / out)


@pytest.mark.parametrize("sigma", [0.125, 0.5, 8.0])
def test_the_network_is_zero_for_gaussian_data_of_its_deviation_alone(sigma: float) -> None:
    y = ((-1.5, 0.25), (3.0, 2.0))
    told = Noisy(y, (1.0,), ((0.0, 0.0),), (0.25,), sigma)
    assert network(told, 0.5) == pytest.approx(np.zeros((2, 2)), abs=1e-13)
    assert np.min(np.abs(network(told, 1.0))) > 1e-3
    moved = told._replace(means=((1.0, -1.0),))
    assert np.min(np.abs(network(moved, 0.5))) > 1e-3


@pytest.mark.parametrize("sigma", [0.03125, 32.0])
def test_the_network_stays_of_size_one_at_every_level(sigma: float) -> None:
    """Points at -1/2 and 1/2, of deviation 1/2: little noise asks for the noise, much for x."""
    t = np.linspace(-3, 3, 61)
    rows = tuple((float(0.5 + sigma * a),) for a in t)
    pair = Noisy(rows, (0.5, 0.5), ((-0.5,), (0.5,)), (0.0, 0.0), sigma)
    found = network(pair, 0.5)[:, 0]
    if sigma < 1:
        assert found == pytest.approx(-t, abs=0.15)
    else:
        assert np.max(np.abs(found)) < 0.15  # the mean of x given much noise
