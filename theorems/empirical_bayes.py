r"""Posterior means read off the marginal: Tweedie's formula where the noise is not Gaussian.

A prior on the parameter mixes laws of x into the marginal p.  Where the noise is of an exponential
family, p alone tells a posterior mean, whatever the prior (Robbins 1956):

- Poisson of rate $\lambda$: $\mathbb{E}[\lambda \mid x] = (x + 1)\,p(x + 1)/p(x)$;
- binomial, n trials: $\mathbb{E}[\tfrac{\theta}{1 - \theta} \mid x] =
  \frac{x + 1}{n - x}\,p(x + 1)/p(x)$ for $x < n$, and nothing of the kind for $\theta$ itself;
- gamma of shape a and rate $\beta$: $\mathbb{E}[\beta \mid x] = (a - 1)/x - (\log p)'(x)$;
- $h(x)\,e^{\eta x - A(\eta)}$: $\mathbb{E}[\eta \mid x] = (\log p/h)'(x)$ and
  $\operatorname{Var}[\eta \mid x] = (\log p/h)''(x)$.

These functions take numbers, and the symbols of sympy by which `empirical_bayes_proof` proves them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

__all__ = ["binomial_odds", "gamma_rate", "natural_mean", "natural_variance", "poisson_rate"]

Number = Any  # a float, a fraction, or an expression of sympy
Marginal = Callable[[Any], Number]


def poisson_rate(p: Marginal, x: Number) -> Number:
    """The mean rate given the count x, from the marginal p of counts."""
    return (x + 1) * p(x + 1) / p(x)


def binomial_odds(p: Marginal, x: Number, trials: Number) -> Number:
    r"""The mean of $\theta/(1 - \theta)$ given x successes.  Raises `ValueError` where every trial
    succeeded: the odds' mean is then no matter of the marginal, and may be infinite."""
    if x == trials:
        raise ValueError(
            f"expected: fewer successes than trials\n"
            f"received: {x} of {trials}\n"
            "remedy:   count the failures in place of the successes"
        )
    return (x + 1) / (trials - x) * p(x + 1) / p(x)


def gamma_rate(score: Number, x: Number, shape: Number) -> Number:
    """The mean rate given x, from the marginal's score at x."""
    return (shape - 1) / x - score


def natural_mean(score: Number, carrier_score: Number) -> Number:
    r"""The mean of the natural parameter given x, from $(\log p)'$ and $(\log h)'$ at x."""
    return score - carrier_score


def natural_variance(curvature: Number, carrier_curvature: Number) -> Number:
    r"""Its variance given x, from $(\log p)''$ and $(\log h)''$ at x."""
    return curvature - carrier_curvature
