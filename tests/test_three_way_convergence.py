"""Posteriors, free features and contrastive directions meet where they are said to, and only
there."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy import optimize

from tightframe.theorems import infonce_loss, unconstrained_features
from tightframe.theorems import three_way_convergence as three

few = settings(max_examples=30, deadline=None)


def mixed(features: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The law of two views [m, m] that are independent given the class, and their cosines, for
    features [K, samples, d]."""
    K, samples, d = features.shape
    labels = np.repeat(np.arange(K), samples)
    joint = np.equal.outer(labels, labels) / (K * samples**2)
    rows = features.reshape(K * samples, d)
    rows = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    return joint, rows @ rows.T


def mixed_loss(features: np.ndarray, keys: int, temperature: float) -> float:
    joint, cosines = mixed(features)
    return infonce_loss.loss(joint, cosines / temperature, keys)


def corners(K: int) -> np.ndarray:
    away = np.eye(K) - 1 / K
    return np.asarray(away / np.linalg.norm(away, axis=1, keepdims=True))


@pytest.mark.parametrize(("K", "keys"), [(2, 2), (3, 2), (3, 7), (4, 40)])
def test_the_corners_reach_the_floor_of_the_mixed_loss(K: int, keys: int) -> None:
    features = np.repeat(corners(K)[:, None], 2, axis=1)
    expected = three.floor(K, keys, 0.5)
    assert mixed_loss(features, keys, 0.5) == pytest.approx(expected, abs=1e-9)


@few
@given(st.integers(0, 10**6), st.integers(2, 4), st.integers(2, 12), st.sampled_from((0.2, 0.5, 2)))
def test_no_directions_are_below_that_floor(
    seed: int, K: int, keys: int, temperature: float
) -> None:
    generator = np.random.default_rng(seed)
    noise = generator.choice((0.01, 0.3, 2.0))
    start = np.pad(corners(K), ((0, 0), (0, 1)))[:, None]
    features = start + noise * generator.normal(size=(K, 2, K + 1))
    assert mixed_loss(features, keys, temperature) >= three.floor(K, keys, temperature) - 1e-9


def test_training_on_mixed_views_ends_at_the_corners() -> None:
    K, samples, d, keys, temperature = 3, 2, 2, 4, 0.5

    def loss(flat: np.ndarray) -> float:
        return mixed_loss(flat.reshape(K, samples, d), keys, temperature)

    start = np.random.default_rng(3).normal(size=K * samples * d)
    found = optimize.minimize(loss, start, method="BFGS", options={"gtol": 1e-8})
    assert found.fun == pytest.approx(three.floor(K, keys, temperature), abs=1e-8)
    _, cosines = mixed(found.x.reshape(K, samples, d))
    gram = cosines[::samples, ::samples]
    assert np.allclose(gram, 1.5 * (np.eye(3) - 1 / 3), atol=1e-3)
    assert three.from_corners(three.centred_gram(gram)) == pytest.approx(0, abs=1e-3)


def test_free_features_have_the_same_gram_matrix() -> None:
    problem = unconstrained_features.Features(4, 3, 5, 0.01, 0.02)
    optimum = unconstrained_features.oracle(problem)
    fit = unconstrained_features.best(problem, optimum)
    means = np.array([fit.features[fit.classes == k].mean(axis=0) for k in range(4)])
    assert three.from_corners(three.centred_gram(means)) == pytest.approx(0, abs=1e-7)
    assert three.from_corners(three.centred_gram(fit.weights)) == pytest.approx(0, abs=1e-7)


@st.composite
def tables(draw: st.DrawFn) -> np.ndarray:
    """Laws of three classes on five points."""
    weights = draw(st.lists(st.integers(0, 6), min_size=15, max_size=15))
    table = np.array(weights, float).reshape(3, 5)
    assume(table.sum(axis=1).all())
    return np.asarray(table / table.sum(axis=1, keepdims=True))


@few
@given(tables())
def test_the_posterior_s_gram_matrix_is_as_near_as_its_classes_are_sure(table: np.ndarray) -> None:
    means = three.mean_posteriors(table)
    assert means.sum(axis=1) == pytest.approx(np.ones(3))
    h = math.sqrt(2 * np.sum((1 - np.diag(means)) ** 2))
    away = three.centred_gram(means) - (np.eye(3) - 1 / 3)
    assert np.linalg.norm(away) <= 2 * h + h * h + 1e-12


def test_separable_classes_have_posteriors_at_the_corners() -> None:
    table = np.array([[0.25, 0.75, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]])
    assert np.allclose(three.mean_posteriors(table), np.eye(3))


def test_far_classes_on_a_line_have_posteriors_at_the_corners_and_near_ones_lean() -> None:
    series = three.picture().series
    ends = [points[-1][1] for name, points in series.items() if "and" in name]
    assert ends == pytest.approx([-0.5] * 3, abs=1e-3)
    near = [points[2][1] for name, points in series.items() if "and" in name]
    assert max(near) > 0.5
