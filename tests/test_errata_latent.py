"""What the errata on latent variables say instead holds wherever it claims to."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy import optimize, stats

from tightframe.theorems import errata_latent as latent
from tightframe.theorems import errata_rate as rate

few = settings(max_examples=40, deadline=None)


# -- the bound and its gradient -------------------------------------------------------------------


@st.composite
def laws(draw: st.DrawFn, smallest: int = 0) -> dict[int, Fraction]:
    weights = draw(st.lists(st.integers(smallest, 5), min_size=3, max_size=3))
    assume(sum(weights))
    return {z: Fraction(w, sum(weights)) for z, w in enumerate(weights)}


@few
@given(laws(), laws())
def test_the_divergence_is_finite_exactly_where_q_stays_in_the_support(
    q: dict[int, Fraction], p: dict[int, Fraction]
) -> None:
    within = all(p[z] for z in q if q[z])
    assert math.isfinite(latent.divergence(q, p)) == within
    ratios = [[float(law[z]) for z in range(3)] for law in (q, p)]
    assert latent.divergence(q, p) == pytest.approx(stats.entropy(*ratios), abs=1e-12)


@few
@given(laws(), laws(smallest=1), st.lists(st.integers(-3, 3), min_size=3, max_size=3))
def test_gradients_differ_by_no_more_than_the_root_of_the_gap(
    q: dict[int, Fraction], posterior: dict[int, Fraction], score: list[int]
) -> None:
    error = abs(sum((q[z] - posterior[z]) * score[z] for z in range(3)))
    gap = latent.divergence(q, posterior)
    assert error <= (max(score) - min(score)) * math.sqrt(max(gap, 0.0) / 2) + 1e-9


@few
@given(st.integers(3, 10**5))
def test_the_error_of_the_gradient_is_of_the_order_of_the_root(n: int) -> None:
    error, gap = latent.gradients(Fraction(1, n))
    assert error == Fraction(2, n)
    assert float(error) / math.sqrt(float(gap)) == pytest.approx(math.sqrt(2), rel=1 / n)
    assert float(error) / float(gap) > n / 2


@pytest.mark.parametrize("omega", [0.25, 1.0, 2.0, 3.0])
def test_the_variances_for_a_sine_are_those_of_a_quadrature(omega: float) -> None:
    nodes, weights = np.polynomial.hermite_e.hermegauss(120)
    weights = weights / weights.sum()

    def variance(values: np.ndarray) -> float:
        return float(weights @ values**2 - (weights @ values) ** 2)

    path, score, bound = map(float, latent.variances(omega))
    assert path == pytest.approx(variance(omega * np.cos(omega * nodes)), rel=1e-9)
    assert score == pytest.approx(variance(nodes * np.sin(omega * nodes)), rel=1e-9)
    curved = omega**2 * np.sin(omega * nodes)
    assert bound == pytest.approx(float(weights @ curved**2), rel=1e-9)


def normal_mean(polynomial: np.polynomial.Polynomial) -> int:
    """E p(z), z ~ N(0, 1), exactly: the moments are products of odd numbers."""
    moments = [0 if k % 2 else math.prod(range(1, k, 2)) for k in range(len(polynomial.coef))]
    return sum(int(c) * m for c, m in zip(polynomial.coef, moments, strict=True))


@few
@given(st.lists(st.integers(-5, 5), min_size=1, max_size=6))
def test_the_pathwise_variance_is_at_most_the_mean_square_of_the_second_derivative(
    coefficients: list[int],
) -> None:
    slope = np.polynomial.Polynomial(coefficients).deriv()
    variance = normal_mean(slope * slope) - normal_mean(slope) ** 2
    assert variance <= normal_mean(slope.deriv() * slope.deriv())


@few
@given(st.fractions(Fraction(1, 8), 8), st.tuples(*[st.fractions(0, 4)] * 4))
def test_squared_error_alone_is_the_bound_of_variance_one_half(
    constant: Fraction, pairs: tuple[Fraction, ...]
) -> None:
    s1, k1, s2, k2 = pairs
    assert (s1 + k1) - (s2 + k2) == (s1 / (2 * Fraction(1, 2)) + k1) - (s2 + k2)
    if s1 != s2 and constant != Fraction(1, 2):
        assert s1 - s1 / (2 * constant) != s2 - s2 / (2 * constant)


# -- rate and distortion --------------------------------------------------------------------------


def poured(total: float) -> float:
    """Shannon's rate, in nats, with the level of the water found by a root finder."""
    variances = np.array([float(v) for v in rate.VARIANCES])
    level = optimize.brentq(lambda s: np.minimum(variances, s).sum() - total, 0, 4, xtol=1e-15)
    return float(np.sum(np.log(np.maximum(variances / level, 1))) / 2)


@few
@given(st.fractions(Fraction(1, 16), 5))
def test_the_curve_is_that_of_a_root_finder(total: Fraction) -> None:
    assert math.log(rate.shannon(total)) / 2 == pytest.approx(poured(float(total)), abs=1e-9)


@few
@given(st.fractions(Fraction(1, 16), Fraction(63, 16)))
def test_the_linear_model_lies_on_the_curve_at_every_level(level: Fraction) -> None:
    total, plain, factor = rate.linear_vae(level)
    assert plain == 0
    assert factor == rate.shannon(total)
    for data in rate.VARIANCES:
        unit = rate.unit(data, level)
        assert unit.wv**2 == unit.w_squared * unit.v_squared


@few
@given(st.lists(st.tuples(st.fractions(-2, 2), st.fractions(-2, 2),
                          st.fractions(Fraction(1, 8), 2)), min_size=3, max_size=3))  # fmt: skip
def test_no_other_linear_model_lies_below_the_curve(
    weights: list[tuple[Fraction, Fraction, Fraction]],
) -> None:
    spent, total = 0.0, Fraction(0)
    for data, (w, v, variance) in zip(rate.VARIANCES, weights, strict=True):
        unit = rate.Unit(w * w, v * v, w * v, variance)
        plain, factor = rate.twice_rate(data, unit)
        spent += (float(plain) + math.log(factor)) / 2
        total += rate.distortion(data, unit)
    assert spent >= math.log(rate.shannon(total)) / 2 - 1e-9


@few
@given(st.sampled_from([0.25, 0.5, 1.0, 2.0, 4.0]), st.sampled_from([0.25, 0.5, 1.0, 2.0, 4.0]),
       st.sampled_from([0.5, 1.0]))  # fmt: skip
def test_a_linear_unit_is_used_exactly_above_the_threshold(
    data: float, beta: float, noise: float
) -> None:
    assert all(rate.best_on_a_grid(data, beta, noise)) == (data > beta * noise)
