"""The proof of Robbins' formulas, and of what they give where the noise is Gaussian."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

from .empirical_bayes import (
    binomial_odds,
    gamma_rate,
    natural_mean,
    natural_variance,
    poisson_rate,
)
from .symbolic import sp
from .theorem import Step, enumeration, identity

__all__ = ["steps"]


def steps() -> Iterator[Step]:
    yield from _counts()
    yield _no_formula()
    yield _waiting_times()
    yield from _natural_families()


def _counts() -> Iterator[Step]:
    w, a, b = sp.symbols("w a b", positive=True)
    x = sp.Symbol("x", integer=True, positive=True)

    def poisson(x: Any) -> Any:
        return (w * a**x * sp.exp(-a) + b**x * sp.exp(-b)) / sp.factorial(x)

    rate = (w * a ** (x + 1) * sp.exp(-a) + b ** (x + 1) * sp.exp(-b)) / (
        w * a**x * sp.exp(-a) + b**x * sp.exp(-b)
    )
    found = sp.gammasimp(sp.combsimp(poisson_rate(poisson, x)))
    yield identity(
        "counts: the mean rate is the ratio of neighbouring frequencies, times the next count",
        rate, found, slip=found * x / (x + 1), slip_words="this count in place of the next",
        tex=r"\mathbb{E}[\lambda \mid x] = (x + 1)\,p(x + 1)/p(x)",
        scope="Poisson noise; two rates of any weights, every x > 0",
    )  # fmt: skip
    failures = sp.Symbol("m", integer=True, positive=True)
    n = x + failures

    def weights(x: Any) -> tuple[Any, Any]:  # of the odds a and b
        return w * a**x / (1 + a) ** n, b**x / (1 + b) ** n

    def binomial(x: Any) -> Any:
        return sum(weights(x)) / (sp.factorial(x) * sp.factorial(n - x))

    first, second = weights(x)
    found = sp.gammasimp(sp.combsimp(binomial_odds(binomial, x, n)))
    yield identity(
        "trials: the mean of the odds, where one trial failed at least",
        (a * first + b * second) / (first + second), found,
        slip=found * failures / (failures + 1), slip_words="n + 1 - x for n - x",
        tex=r"\mathbb{E}[\tfrac{\theta}{1 - \theta} \mid x] = \frac{x + 1}{n - x}\,"
        r"\frac{p(x + 1)}{p(x)}",
        scope="binomial noise; two odds of any weights, every 0 < x < n",
    )  # fmt: skip


HALF = Fraction(1, 2)
ONE_POINT = ((HALF, Fraction(1)),)  # chances of success, with their weights
TWO_POINTS = ((Fraction(1, 4), HALF), (Fraction(3, 4), HALF))


def _moment(prior: Any, power: int) -> Fraction:
    """E[theta^power] of the chance of success; the first is that of a success."""
    return sum((weight * theta**power for theta, weight in prior), Fraction(0))


def _no_formula() -> Step:
    def means(case: Any) -> tuple[Fraction, Fraction]:
        one, other = (_moment(p, 2) / _moment(p, 1) for p in case)
        return one, other

    def alike(case: Any) -> bool:
        return _moment(case[0], 1) == _moment(case[1], 1)

    def different(case: Any) -> bool:
        one, other = means(case)
        return alike(case) and one != other

    return enumeration(
        "there is no such formula for the chance itself: two priors have one marginal, and "
        "different means given a success",
        lambda: [(ONE_POINT, TWO_POINTS)], holds=different,
        slip=lambda case: alike(case) and not different(case),
        slip_words="one marginal, one posterior mean",
        tex=r"p(1) = \tfrac12 \text{ twice, and } \mathbb{E}[\theta \mid 1] = \tfrac12,\ \tfrac58",
        scope="one trial, chance 1/2 or chances 1/4 and 3/4, in fractions",
    )  # fmt: skip


def _waiting_times() -> Step:
    w, a, b, x, k = sp.symbols("w a b x k", positive=True)
    first, second = w * a**k * sp.exp(-a * x), b**k * sp.exp(-b * x)
    score = sp.diff(sp.log(x ** (k - 1) * (first + second)), x)
    return identity(
        "waiting times: the mean rate, from the slope of the logarithm",
        (a * first + b * second) / (first + second), gamma_rate(score, x, k),
        slip=gamma_rate(score, x, k + 1), slip_words="the shape for the shape less one",
        tex=r"\mathbb{E}[\beta \mid x] = \frac{k - 1}{x} - (\log p)'(x)",
        scope="gamma noise of any shape k; two rates of any weights",
    )  # fmt: skip


def _natural_families() -> Iterator[Step]:
    x, a, b, c2, c3 = sp.symbols("x a b c2 c3", real=True)
    w = sp.Symbol("w", positive=True)  # weight and exp(-A) in one
    log_h = c2 * x**2 + c3 * x**3
    first, second = w * sp.exp(a * x), sp.exp(b * x)
    log_p = log_h + sp.log(first + second)
    mean = (a * first + b * second) / (first + second)
    score, carrier = sp.diff(log_p, x), sp.diff(log_h, x)
    yield identity(
        "all of them at once: the natural parameter's mean is a slope, less the carrier's",
        mean, natural_mean(score, carrier), slip=natural_mean(score, -x),
        slip_words="a Gaussian's carrier for any", tex=r"\mathbb{E}[\eta \mid x] = (\log p/h)'(x)",
        scope="carriers h of a cubic logarithm; two parameters of any weights",
    )  # fmt: skip
    spread = (a**2 * first + b**2 * second) / (first + second) - mean**2
    curvature = natural_variance(sp.diff(log_p, x, 2), sp.diff(log_h, x, 2))
    yield identity(
        "and its variance is a curvature", spread, curvature, slip=mean**2 - spread,
        slip_words="the sign of the curvature", tex=r"\operatorname{Var}[\eta \mid x] = "
        r"(\log p/h)''(x)",
        scope="carriers h of a cubic logarithm; two parameters of any weights",
    )  # fmt: skip
    s = sp.Symbol("s", positive=True)
    score = sp.Symbol("g", real=True)
    gaussian = sp.diff(-(x**2) / (2 * s**2), x)
    yield identity(
        "Gaussian noise has the natural parameter theta over the variance: Tweedie's formula",
        s**2 * natural_mean(score, gaussian), x + s**2 * score, slip=x + score,
        slip_words="the parameter not brought back", tex=r"\sigma^2\,\mathbb{E}[\theta/\sigma^2 "
        r"\mid x] = x + \sigma^2\,(\log p)'(x)",
        scope="every x, score and level",
    )  # fmt: skip
