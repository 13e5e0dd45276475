"""What the errata on bottlenecks, similarity, identifiability and collapse compute is what other
algorithms find, and what they say instead holds wherever it claims to."""

from __future__ import annotations

import math
from fractions import Fraction
from itertools import permutations, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate, optimize, stats

from tightframe.theorems import (
    errata_bottleneck,
    errata_collapse,
    errata_identifiability,
    errata_similarity,
    gaussian_ib,
    hsic_estimators,
    linear_cka,
    unconstrained_features,
)
from tightframe.theorems.gaussian_mi import Correlated
from tightframe.theorems.paired_features import Features

few = settings(max_examples=25, deadline=None)
chances = st.fractions(0, 1, max_denominator=12)


# -- the bottleneck -------------------------------------------------------------------------------


@few
@given(st.fractions(Fraction(1, 50), Fraction(49, 50)), st.floats(0.01, 4))
def test_the_curve_in_one_direction_is_the_frontier(square: Fraction, rate: float) -> None:
    expected = gaussian_ib.frontier(np.array([float(square)]), rate)
    assert float(errata_bottleneck.kept(rate, square)) == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("noise", [0.125, 1.0, 8.0])
def test_isotropic_noise_keeps_what_volumes_say(noise: float) -> None:
    rho = math.sqrt(3) / 2
    problem = Correlated(((1, 0), (0, 1)), ((1, 0), (0, 1)), ((rho, 0), (0, 0)))
    point = gaussian_ib.encoded(problem, np.eye(2) / math.sqrt(noise))
    found = [float(part) for part in errata_bottleneck.by_isotropic_noise(noise)]
    assert found == pytest.approx(list(point), abs=1e-12)


def test_the_sign_keeps_what_an_adaptive_quadrature_says() -> None:
    rho = math.sqrt(3) / 2

    def term(y: float) -> float:
        up = stats.norm.cdf(rho * y / math.sqrt(1 - rho**2))
        return float(sum(p * math.log(2 * p) for p in (up, 1 - up) if p > 0) * stats.norm.pdf(y))

    expected, _ = integrate.quad(term, -10, 10, epsabs=1e-12)
    assert float(errata_bottleneck.by_sign(Fraction(3, 4))) == pytest.approx(expected, abs=1e-9)


@few
@given(chances, chances, chances, chances)
def test_information_is_convex_in_the_channel(
    a: Fraction, b: Fraction, c: Fraction, d: Fraction
) -> None:
    one, other = errata_bottleneck.channel(a, b), errata_bottleneck.channel(c, d)
    assert errata_bottleneck.above_the_mixture(one, other) >= 0


def test_points_on_the_circle_are_different_and_of_length_one() -> None:
    points = errata_bottleneck.on_the_circle(64)
    assert len(set(points)) == 64
    assert all(x * x + y * y == 1 for x, y in points)


# -- similarity -----------------------------------------------------------------------------------

rows = st.lists(st.lists(st.integers(-4, 4), min_size=3, max_size=3), min_size=5, max_size=5)


@few
@given(rows, rows)
def test_cka_and_its_unbiased_numerator_are_those_of_the_oracles(
    x: list[list[int]], y: list[list[int]]
) -> None:
    problem = Features(*(tuple(tuple(map(float, row)) for row in z) for z in (x, y)))
    A, B = (errata_similarity.centred(errata_similarity.gram(z)) for z in (x, y))
    same = range(5)
    if not (errata_similarity.inner(A, A, same) and errata_similarity.inner(B, B, same)):
        return
    expected = float(linear_cka.oracle(problem).value) ** 2
    assert float(errata_similarity.cka_squared(x, y)) == pytest.approx(expected, abs=1e-9)
    U, V = (errata_similarity.unbiased(errata_similarity.gram(z)) for z in (x, y))
    estimate = float(hsic_estimators.oracle(problem, "unbiased").value)
    assert float(errata_similarity.inner(U, V, same)) / (5 * 2) == pytest.approx(estimate, abs=1e-9)


@few
@given(rows, rows)
def test_over_all_orders_the_unbiased_numerator_is_zero(
    x: list[list[int]], y: list[list[int]]
) -> None:
    U, V = (errata_similarity.unbiased(errata_similarity.gram(z)) for z in (x, y))
    orders = permutations(range(5))
    assert sum(errata_similarity.inner(U, V, order) for order in orders) == 0


def test_two_components_of_the_population_hold_the_classes() -> None:
    covariance = np.diag([1.0, 1, 1, 1, 25])
    covariance[0, 0] += 1
    values, vectors = np.linalg.eigh(covariance)
    kept = vectors[:, np.argsort(-values)[:2]]
    means, within = np.array([2.0, 0, 0, 0, 0]), np.diag([1.0, 1, 1, 1, 25])
    gap = kept.T @ means
    ratio = gap @ np.linalg.solve(kept.T @ within @ kept, gap)
    assert errata_similarity.fisher_ratio((1, 1, 1, 1, 25), 1, (4, 0)) == pytest.approx(ratio)


# -- identifiability ------------------------------------------------------------------------------


def test_entangled_factors_are_uniform_and_independent() -> None:
    """By counting on a fine grid of midpoints, in floats."""
    u = (np.arange(400) + 0.5) / 400
    x, y = stats.norm.ppf(np.meshgrid(u, u))
    v, w = stats.norm.cdf(0.6 * x - 0.8 * y), stats.norm.cdf(0.8 * x + 0.6 * y)
    for a, b in product((0.2, 0.5, 0.7), repeat=2):
        assert np.mean((v <= a) & (w <= b)) == pytest.approx(a * b, abs=5e-3)
    first = errata_identifiability.entangled((u[100], u[300]))
    assert [float(z) for z in first] == pytest.approx([v[300, 100], w[300, 100]])


@pytest.mark.parametrize(("bits", "redrawn"), [(1, 0), (2, 1), (3, 2)])
def test_views_share_the_bits_that_are_left_alone(bits: int, redrawn: int) -> None:
    assert errata_identifiability.shared_bits(bits, redrawn) == bits - redrawn


# -- collapse -------------------------------------------------------------------------------------


@few
@given(st.fractions(Fraction(1, 64), Fraction(1, 2)), st.integers(2, 4))
def test_the_size_of_the_simplex_is_where_its_loss_is_least(c: Fraction, classes: int) -> None:
    problem = unconstrained_features.Features(classes, 1, classes, float(c), float(c))
    optimum = unconstrained_features.oracle(problem)
    found = optimize.minimize_scalar(
        lambda a: float(errata_collapse.of_size(a, c, classes)), bounds=(0, 12), method="bounded",
        options={"xatol": 1e-9},
    )  # fmt: skip
    least = min(found.fun, float(errata_collapse.of_size(0, c, classes)))
    assert least == pytest.approx(optimum.floor, abs=1e-7)


@few
@given(st.fractions(-1, 2), st.fractions(-1, 1), st.fractions(-1, 1))
def test_the_squared_loss_is_that_of_matrices(z: Fraction, w: Fraction, bias: Fraction) -> None:
    K, c = 3, Fraction(1, 12)
    Z = np.full((K, K), float(w)) + (float(z) - float(w)) * np.eye(K)
    data = np.mean(np.sum((Z + float(bias) - np.eye(K)) ** 2, axis=1)) / 2
    expected = data + float(c) * np.linalg.norm(Z, "nuc")
    assert float(errata_collapse.squared_loss(z, w, bias, c, K)) == pytest.approx(expected)


@few
@given(st.tuples(st.integers(1, 4), st.integers(1, 4)), st.fractions(Fraction(1, 40), Fraction(1)),
       st.lists(st.fractions(-1, 2), min_size=2, max_size=2))  # fmt: skip
def test_no_other_scores_are_better_than_those_that_are_kept(
    roots: tuple[int, int], s: Fraction, others: list[Fraction]
) -> None:
    total = sum(root**2 for root in roots)
    best = [errata_collapse.kept_score(root, total, s) for root in roots]
    least = errata_collapse.lengths_loss(best, roots, s)
    assert least <= errata_collapse.lengths_loss(others, roots, s)
    Z = np.repeat(np.diag([float(x) for x in others]), [r**2 for r in roots], axis=1)
    Y = np.repeat(np.eye(2), [r**2 for r in roots], axis=1)
    whole = np.sum((Z - Y) ** 2) / (2 * total) + float(s) * np.linalg.norm(Z, "nuc")
    assert float(errata_collapse.lengths_loss(others, roots, s)) == pytest.approx(whole)
