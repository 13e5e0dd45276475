"""The denoising linear autoencoder: its floor by descent and by every mask, and code that adds
noise."""

from itertools import product

import numpy as np
import pytest
from scipy.optimize import minimize

from tightframe.checks.judge import hold
from tightframe.checks.linear_autoencoder import PAIRING
from tightframe.checks.verdict import Ruling
from tightframe.theorems.bottleneck import oracle
from tightframe.theorems.covariance import Bottleneck, points
from tightframe.theorems.denoising_autoencoder import best_map, gaussian, masking, paid
from tightframe.theorems.penalties import noisy_floor

PROBLEM = Bottleneck((24, 16, 8), (1, -2), (0, 0, 0), 2)
SIGMA = oracle(PROBLEM).moments.moment
CORRUPTIONS = {
    "one variance": gaussian(SIGMA, 0.5 * np.eye(3)),
    "uneven": gaussian(SIGMA, np.array([[2.0, 0.5, 0.0], [0.5, 0.5, 0.0], [0.0, 0.0, 0.1]])),
    "masks": masking(SIGMA, 0.3),
}


@pytest.mark.parametrize("k", [1, 2])
@pytest.mark.parametrize("name", CORRUPTIONS)
def test_descent_on_the_two_factors_ends_at_the_floor(name, k):
    corruption = CORRUPTIONS[name]

    def cost(flat):
        A, B = flat[: 3 * k].reshape(3, k), flat[3 * k :].reshape(k, 3)
        slope = 2 * (A @ B @ corruption.seen - corruption.cross)
        slopes = slope @ B.T, A.T @ slope
        return paid(corruption, A @ B), np.concatenate([s.ravel() for s in slopes])

    draw, options = np.random.default_rng(0), {"ftol": 0, "gtol": 1e-12, "maxiter": 2000}
    runs = [
        minimize(cost, draw.normal(size=6 * k), jac=True, method="L-BFGS-B", options=options)
        for _ in range(3)
    ]
    best = min(runs, key=lambda run: run.fun)
    W, least = best_map(corruption, k)
    assert best.fun == pytest.approx(least, rel=1e-12)
    assert paid(corruption, W) == pytest.approx(least, rel=1e-13)
    found = best.x[: 3 * k].reshape(3, k) @ best.x[3 * k :].reshape(k, 3)
    np.testing.assert_allclose(found, W, atol=1e-5)


def test_the_moments_under_masks_are_those_of_every_mask_on_every_point():
    x, drop = points(PROBLEM), 0.3
    W = np.random.default_rng(0).normal(size=(3, 3))
    lost = 0.0
    for mask in product((0.0, 1.0), repeat=3):
        chance = np.prod([1 - drop if kept else drop for kept in mask])
        lost += chance * ((x - x * mask @ W.T) ** 2).sum(axis=1).mean()
    assert paid(CORRUPTIONS["masks"], W) == pytest.approx(lost, rel=1e-13)


def test_dropout_that_divides_by_what_it_keeps_has_the_same_floor():
    drop = 0.3
    scaled = gaussian(SIGMA, drop / (1 - drop) * np.diag(np.diag(SIGMA)))
    for k in (1, 2, 3):
        masked, divided = best_map(CORRUPTIONS["masks"], k), best_map(scaled, k)
        assert masked[1] == pytest.approx(divided[1], rel=1e-13)
        np.testing.assert_allclose((1 - drop) * masked[0], divided[0], atol=1e-13)


@pytest.mark.parametrize("variance", [0.1, 1.0, 7.0])
def test_noise_of_one_variance_shrinks_each_axis_to_its_share_of_signal(variance):
    truth = oracle(PROBLEM)
    W, least = best_map(gaussian(SIGMA, variance * np.eye(3)), 2)
    assert least == pytest.approx(noisy_floor(truth, 2, variance), rel=1e-13)
    U, values = truth.moments.vectors[:, :2], truth.moments.values[:2]
    np.testing.assert_allclose(W, U * (values / (values + variance)) @ U.T, atol=1e-13)


def test_under_uneven_noise_the_best_map_is_not_symmetric_and_not_on_principal_axes():
    W, least = best_map(CORRUPTIONS["uneven"], 1)
    assert np.abs(W - W.T).max() > 0.01
    axis = oracle(PROBLEM).moments.vectors[:, :1]
    regression = CORRUPTIONS["uneven"].cross @ np.linalg.inv(CORRUPTIONS["uneven"].seen)
    assert paid(CORRUPTIONS["uneven"], axis @ axis.T @ regression) > least + 0.01


# -- code -----------------------------------------------------------------------------------------


def trained_on_noise(x, k, *, variance=0.5, steps=2000, clean=True):
    """Gradient descent on the exact expectation over noise of a share of the data's variance."""
    rows = np.asarray(x) - np.asarray(x).mean(axis=0)
    S = rows.T @ rows / len(rows)
    d, scale, draw = len(S), float(np.trace(S)), np.random.default_rng(0)
    seen = S + variance * scale / d * np.eye(d)
    A, B = draw.normal(size=(d, k)) / 4, draw.normal(size=(k, d)) / 4
    for _ in range(steps):
        slope = 2 * (A @ B @ seen - S) / scale
        A, B = A - 0.2 * slope @ B.T, B - 0.2 * A.T @ slope
    R, slope = A @ B - np.eye(d), 2 * (A @ B @ seen - S) / scale
    loss = np.sum((R @ S) * R)
    if not clean:
        loss += np.sum((A @ B @ (seen - S)) * (A @ B))
    still = np.abs(slope @ B.T).max() + np.abs(A.T @ slope).max() < 1e-9
    used = np.linalg.norm(A, -2) > 0.01  # or it is still, at a saddle
    return {"encoder": B, "decoder": A, "loss": loss, "converged": still and used}


def test_code_trained_on_noisy_inputs_is_upheld_where_that_is_declared():
    result = hold(trained_on_noise, PAIRING, {"convention": {"penalty": "noise"}}, budget="quick")
    assert result.ruling is Ruling.UPHELD
    assert "reaches the floor under noise" in {v.claim for v in result.verdicts if v.problems}


def test_undeclared_it_is_identified():
    found = hold(trained_on_noise, PAIRING, {}, budget="quick")
    assert found.ruling is Ruling.IDENTIFIED
    assert found.identification.departures == {"penalty": "noise"}


def test_a_loss_that_counts_the_noise_is_condemned():
    def noisy(x, k):
        return trained_on_noise(x, k, clean=False)

    result = hold(noisy, PAIRING, {"convention": {"penalty": "noise"}}, budget="quick")
    assert "honesty" in {v.claim for v in result.violations}
