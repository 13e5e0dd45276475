"""The penalised linear autoencoder: its floor by descent, its shrinkage, and code that decays."""

import numpy as np
import pytest
import torch
from scipy.optimize import minimize

from tightframe.checks.judge import hold
from tightframe.checks.linear_autoencoder import PAIRING
from tightframe.checks.verdict import Ruling
from tightframe.implementations.linear_autoencoder import in_closed_form
from tightframe.theorems.bottleneck import Fit, oracle
from tightframe.theorems.covariance import Bottleneck
from tightframe.theorems.penalties import balanced, penalised_floor
from tightframe.theorems.penalties import weights_are_paid_for as paid_for
from tightframe.theorems.regularized_autoencoder import shrunk

PROBLEMS = (
    Bottleneck((24, 16, 8), (1, -2), (0, 0, 0), 2),  # variances 3, 4/3 and 1/3
    Bottleneck((16, 16, 8, 4), (1, 1, 1), (0, 0, 0, 0), 2),
    Bottleneck((24, 8, 0), (2, 1), (0, 0, 0), 2),
)
ALPHAS = (0.05, 0.3, 0.75, 2.0, 5.0)


def descended(problem, alpha):
    """The least penalised loss that descent finds, and the weights there."""
    S, k = oracle(problem).moments.moment, problem.k
    d = len(S)

    def cost(flat):
        A, B = flat[: d * k].reshape(d, k), flat[d * k :].reshape(k, d)
        R = A @ B - np.eye(d)
        slopes = 2 * R @ S @ B.T + 2 * alpha * A, 2 * A.T @ R @ S + 2 * alpha * B
        value = np.sum((R @ S) * R) + alpha * np.sum(flat**2)
        return value, np.concatenate([s.ravel() for s in slopes])

    draw, options = np.random.default_rng(0), {"ftol": 0, "gtol": 1e-12, "maxiter": 3000}
    runs = [
        minimize(cost, draw.normal(size=2 * d * k), jac=True, method="L-BFGS-B", options=options)
        for _ in range(3)
    ]
    best = min(runs, key=lambda run: run.fun)
    return best.fun, best.x[: d * k].reshape(d, k), best.x[d * k :].reshape(k, d)


@pytest.mark.parametrize("alpha", ALPHAS)
@pytest.mark.parametrize("problem", PROBLEMS, ids=str)
def test_descent_ends_at_the_floor_shrunk_and_transposed(problem, alpha):
    truth = oracle(problem)
    least, A, B = descended(problem, alpha)
    assert least == pytest.approx(penalised_floor(truth, problem.k, alpha), rel=1e-12)
    np.testing.assert_allclose(A, B.T, atol=1e-5)
    values = truth.moments.values[: problem.k]
    shares = np.divide(alpha, values, out=np.ones_like(values), where=values > alpha)
    expected = np.sort(np.where(values > alpha, 1 - shares, 0))[::-1]
    found = np.linalg.svd(A @ B, compute_uv=False)[: problem.k]
    np.testing.assert_allclose(found, expected, atol=1e-5)


def test_an_axis_of_variance_alpha_is_dropped_exactly():
    problem = PROBLEMS[0]
    truth = oracle(problem)
    second = float(truth.moments.values[1])
    kept = 2 * second - second**2 / truth.moments.values[0]
    assert penalised_floor(truth, 2, second) == pytest.approx(truth.floor + second + kept)


@pytest.mark.parametrize("alpha", ALPHAS)
def test_no_weights_are_below_the_floor_at_any_alpha(alpha):
    problem, draw = PROBLEMS[0], np.random.default_rng(1)
    truth = oracle(problem)
    for size in (0.1, 0.5, 1.0):
        A, B = draw.normal(size=(3, 2)) * size, draw.normal(size=(2, 3)) * size
        R = A @ B - np.eye(3)
        loss = float(np.sum((R @ truth.moments.moment) * R))
        fit = Fit(A, B, None, loss, False)
        assert paid_for(problem, truth, fit) > 0
        penalised = loss + alpha * float(np.sum(A**2) + np.sum(B**2))
        assert penalised >= penalised_floor(truth, 2, alpha)


def test_the_shrunk_map_pays_exactly_the_floor_and_is_balanced():
    problem = PROBLEMS[0]
    truth = oracle(problem)
    alpha = float(truth.moments.values[0]) / 4
    fit = shrunk(problem, 1 - alpha / truth.moments.values[:2])
    assert abs(paid_for(problem, truth, fit)) < 1e-14
    assert balanced(problem, truth, fit) == 0
    other = fit._replace(decoder=2 * fit.decoder, encoder=fit.encoder / 2)
    assert balanced(problem, truth, other) < -1


# -- code -----------------------------------------------------------------------------------------


def with_weight_decay(x, k, *, decay=0.25, steps=4000):
    """Gradient descent as SGD does it: the decay, times the weights, is added to the gradient."""
    rows = np.asarray(x) - np.asarray(x).mean(axis=0)
    S = rows.T @ rows / len(rows)
    scale, draw = float(np.trace(S)) or 1.0, np.random.default_rng(0)
    A, B = draw.normal(size=(len(S), k)) / 4, draw.normal(size=(k, len(S))) / 4
    for _ in range(steps):
        R = A @ B - np.eye(len(S))
        slopes = 2 * R @ S @ B.T + decay * scale * A, 2 * A.T @ R @ S + decay * scale * B
        A, B = A - 0.1 / scale * slopes[0], B - 0.1 / scale * slopes[1]
    R = A @ B - np.eye(len(S))
    still = max(np.abs(slope).max() for slope in slopes) < 1e-9 * scale
    return {"encoder": B, "decoder": A, "loss": np.sum((R @ S) * R), "converged": still}


def test_a_network_trained_with_weight_decay_is_upheld_where_it_is_declared():
    result = hold(with_weight_decay, PAIRING, {"convention": {"penalty": "L2"}}, budget="quick")
    assert result.ruling is Ruling.UPHELD
    assert {v.claim for v in result.verdicts if v.problems} >= {
        "weights are paid for", "balance", "reaches the penalised floor"
    }  # fmt: skip


def test_weights_in_another_basis_of_the_code_are_not_a_penalised_minimum():
    def unbalanced(x, k):
        found = with_weight_decay(x, k)
        return found | {"encoder": 2 * found["encoder"], "decoder": found["decoder"] / 2}

    result = hold(unbalanced, PAIRING, {"convention": {"penalty": "L2"}}, budget="quick")
    assert {v.claim for v in result.violations} == {"balance", "reaches the penalised floor"}


def test_a_loss_that_the_weights_are_too_small_for_is_condemned():
    def too_small(x, k):
        found = in_closed_form(x, k)
        return found | {n: torch.as_tensor(found[n]) / 4 for n in ("encoder", "decoder")}

    result = hold(too_small, PAIRING, {"convention": {"penalty": "none"}}, budget="quick")
    assert "weights are paid for" in {v.claim for v in result.violations}
