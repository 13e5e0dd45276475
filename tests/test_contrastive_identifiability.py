"""What contrastive features identify: the loss of a rotation, and mixtures of sources, drawn."""

import numpy as np
import pytest
from scipy.special import i0, i1

from tightframe.theorems.contrastive_identifiability import contrast, rotation_loss
from tightframe.theorems.sphere_energy import log_mean


def drawn(draw: np.random.Generator, n: int, d: int) -> np.ndarray:
    rows = draw.normal(size=(n, d))
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


@pytest.mark.parametrize(("kappa", "keys", "temperature"), [(5, 8, 0.2), (1, 4, 0.3), (2, 64, 2)])
def test_the_loss_of_a_rotation_is_that_of_drawn_sources(
    kappa: float, keys: int, temperature: float
) -> None:
    draw = np.random.default_rng(0)
    n = 40_000
    uniform = draw.uniform(
        size=n
    )  # of the cosine to the positive, on the sphere in three dimensions
    positive = 1 + np.log(uniform + (1 - uniform) * np.exp(-2 * kappa)) / kappa
    negative = draw.uniform(-1, 1, size=(n, keys - 1))
    scores = np.hstack([positive[:, None], negative]) / temperature
    losses = np.logaddexp.reduce(scores, axis=1) - scores[:, 0]
    expected = rotation_loss(3, kappa, keys, temperature)
    assert losses.mean() == pytest.approx(expected, abs=6 * losses.std() / np.sqrt(n))


@pytest.mark.parametrize("d", [2, 3, 8])
def test_many_keys_come_to_alignment_and_uniformity(d: int) -> None:
    """The limit of Wang and Isola, in Bessel functions."""
    kappa, keys = 2.0, 10**6
    step = 1e-5
    aligned = (log_mean(d, kappa + step) - log_mean(d, kappa - step)) / (2 * step)
    if d == 2:
        assert aligned == pytest.approx(i1(kappa) / i0(kappa))
    limit = log_mean(d, kappa) - kappa * aligned
    assert rotation_loss(d, kappa, keys, 1 / kappa) - np.log(keys) == pytest.approx(limit, abs=1e-5)


def test_the_right_temperature_is_best() -> None:
    best = rotation_loss(3, 5, 256, 0.2)
    assert best == pytest.approx(4.2499, abs=1e-4)
    assert all(rotation_loss(3, 5, 256, t) > best for t in (0.1, 0.19, 0.21, 1))


def test_turned_samples_have_the_contrast_that_is_told() -> None:
    draw = np.random.default_rng(0)
    sources = np.stack([draw.uniform(-1, 1, 200_000) * 3**0.5, draw.choice([-1.0, 1.0], 200_000)])
    for angle in (0.0, 0.4, np.pi / 4):
        turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
        excess = np.mean((turn @ sources) ** 4, axis=1) - 3
        assert np.sum(excess**2) == pytest.approx(contrast(angle, -1.2, -2.0), rel=0.05)


def test_one_gaussian_source_leaves_the_other_to_be_found_and_two_leave_nothing() -> None:
    angles = np.linspace(0, np.pi / 2, 31)
    one = [contrast(angle, -1.2, 0.0) for angle in angles]
    assert np.argmax(one) in (0, 30)
    assert np.argmin(one) == 15
    assert {contrast(angle, 0.0, 0.0) for angle in angles} == {0.0}
