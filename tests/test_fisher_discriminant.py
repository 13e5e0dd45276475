"""Fisher's discriminant: ratios and accuracies against search, sampling and scipy."""

import numpy as np
import pytest
from scipy.linalg import eigh
from scipy.optimize import minimize

from tightframe.theorems.fisher_discriminant import (
    COVARIANCE,
    MEANS,
    accuracy,
    bayes_accuracy,
    separation,
)
from tightframe.theorems.linear_probe import discriminants


def law(seed: int, d: int = 3) -> tuple[np.ndarray, np.ndarray]:
    draw = np.random.default_rng(seed)
    A = draw.normal(size=(d, d))
    return draw.normal(size=(2, d)), A @ A.T + 0.1 * np.eye(d)


@pytest.mark.parametrize("seed", range(5))
def test_no_direction_has_a_larger_ratio_and_no_rule_a_higher_accuracy(seed: int) -> None:
    means, S = law(seed)
    apart = means[1] - means[0]
    assert separation(means, S) == pytest.approx(eigh(np.outer(apart, apart), S)[0][-1])
    found = minimize(lambda v: -accuracy(v[:3], v[3], means, S), np.append(apart, 0.0), tol=1e-12)
    assert -found.fun == pytest.approx(bayes_accuracy(means, S), abs=1e-7)
    draw = np.random.default_rng(seed)
    for _ in range(200):
        w, b = draw.normal(size=3), draw.normal()
        assert accuracy(w, b, means, S) <= bayes_accuracy(means, S)


def test_the_accuracy_is_that_of_drawn_samples() -> None:
    means, S = law(0)
    w, b = np.array([1.0, -0.5, 2.0]), 0.3
    draw, n = np.random.default_rng(1), 200_000
    y = draw.integers(0, 2, n)
    x = means[y] + draw.multivariate_normal(np.zeros(3), S, n)
    assert np.mean((x @ w + b > 0) == y) == pytest.approx(accuracy(w, b, means, S), abs=0.005)


def test_of_many_samples_the_rule_reaches_bayes() -> None:
    means, S = law(2)
    draw, n = np.random.default_rng(0), 100_000
    y = np.arange(n) % 2
    rule = discriminants(means[y] + draw.multivariate_normal(np.zeros(3), S, n), y)
    w, b = rule.pulls[:, 1] - rule.pulls[:, 0], rule.offsets[1] - rule.offsets[0]
    assert accuracy(w, float(b), means, S) == pytest.approx(bayes_accuracy(means, S), abs=1e-4)


def test_two_principal_axes_keep_all_of_the_vignette_and_one_keeps_nothing() -> None:
    """Twenty dimensions, classes one deviation off the origin, a nuisance of deviation five."""
    means = np.zeros((2, 20))
    means[:, 0] = -1, 1
    S = np.eye(20)
    S[1, 1] = 25
    total = S + np.outer(means[1], means[1])
    axes = np.linalg.eigh(total)[1][:, ::-1]
    kept = [bayes_accuracy(means @ axes[:, :k], axes[:, :k].T @ S @ axes[:, :k]) for k in (1, 2)]
    np.testing.assert_allclose(kept, [0.5, 0.8413447], atol=1e-7)
    assert bayes_accuracy(means, S) == pytest.approx(kept[1])
    assert bayes_accuracy(MEANS, COVARIANCE) == pytest.approx(kept[1])


def test_least_squares_have_fishers_direction() -> None:
    draw = np.random.default_rng(0)
    y = np.arange(30) % 2
    x = draw.normal(size=(30, 3)) + y[:, None]
    rule = discriminants(x, y)
    direction = rule.pulls[:, 1] - rule.pulls[:, 0]
    fitted = np.linalg.lstsq(np.column_stack([x, np.ones(30)]), 2.0 * y - 1, rcond=None)[0][:3]
    cosine = direction @ fitted / np.linalg.norm(direction) / np.linalg.norm(fitted)
    assert cosine == pytest.approx(1)
