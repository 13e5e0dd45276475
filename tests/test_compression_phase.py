"""The compression phase: entropies of bins against sampled normals and against each other, and what
noise leaves to know."""

from __future__ import annotations

from collections.abc import Callable
from math import log

import numpy as np
import pytest
from scipy import integrate, stats
from scipy.special import ndtri

from tightframe.theorems.binned_entropy import (
    WIDTH,
    entropy,
    noisy_linear,
    noisy_tanh,
    of_linear,
    of_relu,
    of_tanh,
)
from tightframe.theorems.compression_phase_proof import _enclosed

Curve = Callable[[float], float]


@pytest.mark.parametrize("weight", [0.1, 1.0, 5.0, 100.0])
@pytest.mark.parametrize(
    ("curve", "unit"),
    [(of_tanh, np.tanh), (of_relu, lambda t: np.maximum(t, 0)), (of_linear, lambda t: t)],
)
def test_a_histogram_of_a_million_quantiles_has_this_entropy(
    curve: Curve, unit: Callable[[np.ndarray], np.ndarray], weight: float
) -> None:
    x = ndtri((np.arange(10**6) + 0.5) / 10**6)
    bins = np.floor(unit(weight * x) / WIDTH + 1e-9)
    if curve is of_tanh:  # which is one in float64 where it is nearly one
        bins = np.clip(bins, -15, 14)
    _, counts = np.unique(bins, return_counts=True)
    assert abs(entropy(counts / 10**6) - curve(weight)) < 0.01


@pytest.mark.parametrize(("weight", "nats"), [(0.1, 1.83), (1.0, 3.38), (5.0, 1.92), (100.0, 0.80)])
def test_bins_of_tanh_rise_and_fall(weight: float, nats: float) -> None:
    assert abs(of_tanh(weight) - nats) < 0.005


@pytest.mark.parametrize(("top", "bottom"), [(1, 10), (1, 1), (5, 1), (100, 1)])
def test_the_enclosures_hold_the_entropies_and_are_narrow(top: int, bottom: int) -> None:
    found = _enclosed(top, bottom)
    assert found.a <= of_tanh(top / bottom) <= found.b
    assert float(found.delta) < 1e-5


def test_at_either_end_only_the_sign_is_left() -> None:
    for weight in (1e-4, 1e7):
        assert abs(of_tanh(weight) - log(2)) < 1e-5


def test_an_odd_number_of_bins_tells_nothing_of_a_small_weight() -> None:
    assert of_tanh(1e-3, bins=31) < 1e-12


def test_a_rectifier_rises_with_every_doubling_and_as_if_its_bins_were_halved() -> None:
    entropies = [of_relu(2.0**k / 10) for k in range(12)]
    assert min(np.diff(entropies)) > 0.05
    assert abs(of_relu(2.0) - of_relu(1.0, WIDTH / 2)) < 1e-12


def test_with_finer_bins_a_unit_tells_more_and_more() -> None:
    assert min(np.diff([of_tanh(5.0, bins=30 * 16**k) for k in range(4)])) > 1


# -- with noise -----------------------------------------------------------------------------------


def test_noise_on_a_unit_that_is_nearly_linear_is_the_linear_formula() -> None:
    assert abs(noisy_tanh(0.01, 0.02) - noisy_linear(0.01, 0.02)) < 1e-4


@pytest.mark.parametrize("weight", [0.5, 1.0, 5.0])
def test_information_with_noise_is_the_mean_divergence_from_the_mixture(weight: float) -> None:
    x = ndtri((np.arange(801) + 0.5) / 801)
    t = np.linspace(-1.7, 1.7, 1701)
    given = np.exp(-(((t - np.tanh(weight * x)[:, None]) / WIDTH) ** 2) / 2)
    given /= given.sum(axis=1, keepdims=True)
    mixture = given.mean(axis=0)
    logs = np.log(np.maximum(given, 1e-300)) - np.log(mixture)
    assert abs((given * logs).sum() / len(x) - noisy_tanh(weight)) < 0.005


@pytest.mark.parametrize("weight", [1.0, 4.0])
def test_a_saturated_unit_keeps_what_an_adaptive_quadrature_says(weight: float) -> None:
    sigma = 0.1
    fine = np.linspace(-9, 9, 20001)
    weights = stats.norm.pdf(fine)
    weights /= weights.sum()
    means = np.tanh(weight * fine)

    def term(t: float) -> float:
        density = float(weights @ stats.norm.pdf(t, means, sigma))
        return -density * log(density) if density > 0 else 0.0

    entropy, _ = integrate.quad(term, -1.8, 1.8, limit=200, points=[-1, 0, 1])
    expected = entropy - log(2 * np.pi * np.e * sigma**2) / 2
    assert noisy_tanh(weight, sigma) == pytest.approx(expected, abs=1e-6)


def test_a_saturating_unit_with_noise_is_compressed_in_truth() -> None:
    assert noisy_tanh(1.0) > 2
    assert log(2) < noisy_tanh(1e4) + 0.01 < log(2) + 0.02
