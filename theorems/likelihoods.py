r"""Nine families of distributions: their densities, their samples, and what Fisher and Neyman's
theorem says of each.

For observations $x_1, \dots, x_n$, independent and all of one law, every density is
$f_\theta(x) = g_\theta(S(x))\,h(x)$ with `minimal`, $S$, the shortest such statistic; the proof is
in `fisher_neyman_proof`, family by family.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import product

import numpy as np

__all__ = ["LIKELIHOODS", "Likelihood", "crossed", "separating"]

Theta = tuple[float, ...]
Rows = np.ndarray


@dataclass(frozen=True, slots=True, kw_only=True)
class Likelihood:
    """A family of laws of one observation, and the statistics of a sample x of shape (n,).

    `density(x, theta)` is the joint density (or probability), `minimal(x)` is S(x), of shape (k,),
    and `slopes(x)` its Jacobian (k, n).  `parameters` are values of theta that tell all samples
    apart which the family tells apart: for an exponential family, k + 1 with affinely independent
    natural parameters; where the support moves with theta there are none, and `apart` makes two for
    each two samples.  `place` makes a sample of numbers in [-2, 2], `draw` one at random; `within`
    says whether x is in the sample space, `signed` whether -x is too, `step` is a plain distance in
    it.  `points(n)` lists a finite part of a countable space, and is None for densities.
    """

    name: str
    density: Callable[[Rows, Theta], float]
    parameters: tuple[Theta, ...]
    minimal: Callable[[Rows], Rows]
    slopes: Callable[[Rows], Rows]
    apart: Callable[[Rows, Rows], tuple[Theta, Theta]] | None = None
    place: Callable[[Rows], Rows] = lambda numbers: numbers
    draw: Callable[[np.random.Generator, int], Rows] = lambda draw, n: 1.5 * draw.normal(size=n)
    within: Callable[[Rows], bool] = lambda x: True
    signed: bool = False
    step: float = 0.5
    points: Callable[[int], tuple[tuple[float, ...], ...]] | None = None


# -- statistics -----------------------------------------------------------------------------------


def total(x: Rows) -> Rows:
    return np.array([np.sum(x)])


def total_slopes(x: Rows) -> Rows:
    return np.ones((1, len(x)))


def two_moments(x: Rows) -> Rows:
    return np.array([np.sum(x), np.sum(x * x)])


def two_moments_slopes(x: Rows) -> Rows:
    return np.stack([np.ones(len(x)), 2 * x])


def logs_and_total(x: Rows) -> Rows:
    return np.array([np.sum(np.log(x)), np.sum(x)])


def logs_and_total_slopes(x: Rows) -> Rows:
    return np.stack([1 / x, np.ones(len(x))])


def largest(x: Rows) -> Rows:
    return np.array([np.max(x)])


def largest_slopes(x: Rows) -> Rows:
    return np.eye(len(x))[[int(np.argmax(x))]]


def ends(x: Rows) -> Rows:
    return np.array([np.min(x), np.max(x)])


def ends_slopes(x: Rows) -> Rows:
    return np.eye(len(x))[[int(np.argmin(x)), int(np.argmax(x))]]


# -- densities ------------------------------------------------------------------------------------


def bernoulli(x: Rows, theta: Theta) -> float:
    """A product of dyadic numbers for dyadic theta: exact."""
    return float(np.prod(np.where(x == 1, theta[0], 1 - theta[0])))


def poisson(x: Rows, theta: Theta) -> float:
    r"""$\prod \lambda^{x_i} e^{-\lambda}/x_i!$"""
    factorials = np.prod([math.factorial(int(k)) for k in x])
    return float(theta[0] ** np.sum(x) * np.exp(-len(x) * theta[0]) / factorials)


def normal(x: Rows, theta: Theta) -> float:
    mean, variance = theta
    exponent = -np.sum((x - mean) ** 2) / (2 * variance)
    return float(np.exp(exponent) * (2 * np.pi * variance) ** (-len(x) / 2))


def gamma(x: Rows, theta: Theta) -> float:
    shape, rate = theta
    one = rate**shape / math.gamma(shape)
    return float(np.prod(one * x ** (shape - 1) * np.exp(-rate * x)))


def uniform(x: Rows, theta: Theta) -> float:
    return float(theta[0] ** -len(x)) if np.max(x) <= theta[0] else 0.0


def uniform_shift(x: Rows, theta: Theta) -> float:
    return 1.0 if theta[0] <= np.min(x) and np.max(x) <= theta[0] + 1 else 0.0


# -- sample spaces --------------------------------------------------------------------------------

LARGEST_TOTAL = {2: 8, 3: 6, 4: 5, 5: 4, 6: 4, 7: 3, 8: 3}  # at most 210 points


def bits(n: int) -> tuple[tuple[float, ...], ...]:
    """All of the Bernoulli space."""
    return tuple(tuple(map(float, p)) for p in product((0, 1), repeat=n))


def counts(n: int) -> tuple[tuple[float, ...], ...]:
    """The counts of a small total, the smaller total first; then samples of two small numbers."""
    found = [p for total in range(LARGEST_TOTAL[n] + 1) for p in _of_total(n, total)]
    found += [
        (a,) * k + (b,) * (n - k) for a in range(4) for b in range(4) for k in range(1, n + 1)
    ]
    return tuple(tuple(map(float, p)) for p in dict.fromkeys(found))


def _of_total(n: int, total: int) -> Iterator[tuple[int, ...]]:
    if n == 1:
        yield (total,)
        return
    for first in range(total, -1, -1):
        yield from ((first, *rest) for rest in _of_total(n - 1, total - first))


def positive(numbers: Rows) -> Rows:
    return numbers + 2.5


def narrow(numbers: Rows) -> Rows:
    """Within half a unit, as observations from an interval of length one are."""
    return numbers / 8 + 0.5


def draw_positive(draw: np.random.Generator, n: int) -> Rows:
    return np.asarray(np.exp(0.7 * draw.normal(size=n)) * 2)


def draw_narrow(draw: np.random.Generator, n: int) -> Rows:
    return np.asarray(0.25 * draw.normal() + draw.uniform(size=n))


def all_positive(x: Rows) -> bool:
    return bool(np.all(x > 0))


def within_one(x: Rows) -> bool:
    return bool(np.max(x) - np.min(x) < 1)


# -- parameters that tell samples apart, where supports move --------------------------------------


def apart_at_the_end(x: Rows, y: Rows) -> tuple[Theta, Theta]:
    """An end of the interval that allows one sample only, and one that allows both."""
    middle, end = (np.max(x) + np.max(y)) / 2, max(np.max(x), np.max(y)) + 1
    return (float(middle),), (float(end),)


def apart_in_the_shift(x: Rows, y: Rows) -> tuple[Theta, Theta]:
    """A start of the interval that allows one sample only, and one that allows the other."""
    alone = _allowing_the_first_alone(x, y)
    if alone is not None:
        return (alone,), (_middle(y),)
    alone = _allowing_the_first_alone(y, x)
    return (_middle(y) if alone is None else alone,), (_middle(x),)


def _middle(x: Rows) -> float:
    return float((np.max(x) - 1 + np.min(x)) / 2)


def _allowing_the_first_alone(x: Rows, y: Rows) -> float | None:
    (low, high), (other_low, other_high) = ends(x), ends(y)
    if high < other_high:
        return float((high - 1 + min(low, other_high - 1)) / 2)
    if low > other_low:
        return float((low + max(high - 1, other_low)) / 2)
    return None


# -- the table ------------------------------------------------------------------------------------

LIKELIHOODS: Mapping[str, Likelihood] = {
    likelihood.name: likelihood
    for likelihood in (
        Likelihood(
            name="normal", density=normal, signed=True,
            parameters=((0.0, 1.0), (1.0, 1.0), (0.0, 2.0)),
            minimal=two_moments, slopes=two_moments_slopes,
        ),
        Likelihood(
            name="normal-mean", density=normal, parameters=((0.0, 1.0), (1.0, 1.0)), signed=True,
            minimal=total, slopes=total_slopes,
        ),
        Likelihood(
            name="curved-normal", density=lambda x, theta: normal(x, (theta[0], theta[0] ** 2)),
            parameters=((1.0,), (2.0,), (-1.0,)), signed=True,
            minimal=two_moments, slopes=two_moments_slopes,
        ),
        Likelihood(
            name="bernoulli", density=bernoulli, parameters=((0.5,), (0.25,)),
            minimal=total, slopes=total_slopes, points=bits,
        ),
        Likelihood(
            name="poisson", density=poisson, parameters=((1.0,), (2.0,)),
            minimal=total, slopes=total_slopes, points=counts,
        ),
        Likelihood(
            name="exponential", density=lambda x, theta: gamma(x, (1.0, theta[0])),
            parameters=((1.0,), (0.5,)),
            minimal=total, slopes=total_slopes, place=positive, draw=draw_positive,
            within=all_positive,
        ),
        Likelihood(
            name="gamma", density=gamma, parameters=((1.0, 1.0), (2.0, 1.0), (1.0, 0.5)),
            minimal=logs_and_total, slopes=logs_and_total_slopes, place=positive,
            draw=draw_positive, within=all_positive,
        ),
        Likelihood(
            name="uniform", density=uniform, parameters=(),
            minimal=largest, slopes=largest_slopes, apart=apart_at_the_end, place=positive,
            draw=draw_positive, within=all_positive,
        ),
        Likelihood(
            name="uniform-shift", density=uniform_shift, parameters=(),
            minimal=ends, slopes=ends_slopes, apart=apart_in_the_shift, place=narrow,
            draw=draw_narrow, within=within_one, step=0.0625,
        ),
    )
}  # fmt: skip


# -- the criterion without division ---------------------------------------------------------------


def separating(likelihood: Likelihood, x: Rows, y: Rows) -> tuple[Theta, Theta]:
    """Two values of theta at which the products of `crossed` differ, if any do."""
    if likelihood.apart is not None:
        return likelihood.apart(x, y)
    thetas = likelihood.parameters
    pairs = [(a, b) for i, a in enumerate(thetas) for b in thetas[i + 1 :]]

    def gap(pair: tuple[Theta, Theta]) -> float:
        one, other = crossed(likelihood, x, y, *pair)
        return abs(one - other) / max(abs(one), abs(other), 1e-300)

    return max(pairs, key=gap)


def crossed(
    likelihood: Likelihood, x: Rows, y: Rows, theta: Theta, other: Theta
) -> tuple[float, float]:
    r"""$f_\theta(x) f_{\theta'}(x')$ and $f_{\theta'}(x) f_\theta(x')$: equal for all theta exactly
    where both samples say the same of it (outside the samples that no theta allows)."""
    f = likelihood.density
    return f(x, theta) * f(y, other), f(x, other) * f(y, theta)
