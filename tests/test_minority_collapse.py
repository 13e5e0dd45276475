"""Minority collapse: closed forms against training, on both sides of the threshold."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy.optimize import minimize

from tightframe.theorems.minority_collapse import (
    MINORITY_COLLAPSE,
    Classes,
    floor,
    kept,
    loss,
    threshold,
    trained,
)
from tightframe.theorems.simplex_etf import Corners, gram
from tightframe.theorems.unconstrained_features import (
    Features,
    best,
    layer_peeled,
    oracle,
    scores_of,
    term,
)


@pytest.mark.parametrize(
    "problem",
    [
        Classes((6, 6, 2, 2), 0.05, 0.1), Classes((3, 1, 2), 0.12, 0.24),
        Classes((5, 5, 5), 0.03, 0.01), Classes((2, 1), 2.0, 1.0),
    ],
)  # fmt: skip
def test_training_on_the_squared_error_ends_at_the_scores_and_the_loss_of_the_closed_form(
    problem: Classes,
) -> None:
    W, M = trained(problem, "squared")
    np.testing.assert_allclose(M @ W.T, np.diag(kept(problem)), atol=1e-6)
    assert loss(problem, W, M, "squared")[0] == pytest.approx(floor(problem), rel=1e-12)


@pytest.mark.parametrize("rest", [(6, 6), (9,), (4, 1, 7)])
def test_small_classes_have_one_weight_below_the_threshold_whatever_the_others_are(
    rest: tuple[int, ...],
) -> None:
    counts = (*rest, 2, 2, 2)
    for share, told_apart in ((0.97, True), (1.03, False)):  # of the threshold at two samples
        decay = (2 * share) ** 0.5 / sum(counts)
        problem = Classes(counts, decay, decay)
        assert threshold(problem) == pytest.approx(2 * share)
        W, M = trained(problem)
        for rows in (W[-3:], M[-3:]):
            apart = np.linalg.norm(rows - rows.mean(axis=0))
            assert (apart > 0.01) if told_apart else (apart < 1e-5)


def test_only_the_product_of_both_penalties_decides() -> None:
    for lopsided in (0.25, 4.0):
        W, _ = trained(Classes((5, 2, 2), 0.16 * lopsided, 0.16 / lopsided))
        assert np.linalg.norm(W[1] - W[2]) < 1e-5


def smaller_mean(
    problem: Classes, kind: str, *, smoothing: float = 0.0, bias: bool = False
) -> float:
    """The length of the last class's mean after training, by finite differences."""
    n, K = np.array(problem.counts, float), len(problem.counts)
    wanted = (1 - smoothing) * np.eye(K) + smoothing / K

    def objective(x: np.ndarray) -> float:
        W, M = np.reshape(x[: 2 * K * K], (2, K, K))
        S = M @ W.T + x[2 * K * K :] * bias
        misses = np.logaddexp.reduce(S, axis=1) - np.sum(wanted * S, axis=1)
        if kind == "squared":
            misses = 0.5 * np.sum((S - wanted) ** 2, axis=1)
        decay_w, decay_h = problem.weight_decay_w, problem.weight_decay_h * n[:, None]
        paid = 0.5 * (decay_w * np.sum(W**2) + np.sum(decay_h * M**2))
        return float(n @ misses / n.sum() + paid)

    start = np.random.default_rng(0).normal(size=2 * K * K + K)
    found = minimize(objective, start, method="BFGS", options={"gtol": 1e-7, "maxiter": 2000})
    return float(np.linalg.norm(np.reshape(found.x[: 2 * K * K], (2, K, K))[1, -1]))


@pytest.mark.parametrize(
    ("counts", "decay", "kind", "departure", "expected"),
    [
        ((3, 1), 0.28, "squared", {}, False),
        ((3, 1), 0.28, "squared", {"bias": True}, True),
        ((3, 1), 0.31, "squared", {"bias": True}, False),  # beyond 2 n1 n2 / N
        ((2, 2), 0.25, "cross-entropy", {"smoothing": 0.5}, False),
        ((2, 2), 0.25, "cross-entropy", {}, True),
        ((3, 1), 0.3, "cross-entropy", {}, True),
        ((3, 1), 0.36, "cross-entropy", {}, False),  # beyond N / 2
    ],
)
def test_without_its_assumptions_training_ends_at_the_other_thresholds_that_the_page_names(
    counts: tuple[int, ...], decay: float, kind: str, departure: dict[str, Any], expected: bool
) -> None:
    length = smaller_mean(Classes(counts, decay, decay), kind, **departure)
    assert (length > 0.1) if expected else (length < 1e-4)


def test_the_picture_has_each_pair_of_classes_merge_at_its_own_size() -> None:
    assert MINORITY_COLLAPSE.picture is not None
    series = MINORITY_COLLAPSE.picture().series
    for label, points in series.items():
        size = 6 if "of 6" in label else 2
        assert all((y > 1e-2) == (x < size) for x, y in points if abs(x - size) > 0.1), label


# -- the balanced case ----------------------------------------------------------------------------


@pytest.mark.parametrize(("K", "d"), [(2, 1), (3, 2), (4, 5)])
def test_no_weights_within_their_budgets_lose_less_than_a_simplex_does(K: int, d: int) -> None:
    draw, labels = np.random.default_rng(K), np.repeat(np.arange(K), 2)
    for _ in range(200):
        W, H = draw.normal(size=(K, d)), draw.normal(size=(2 * K, d))
        for budget_w, budget_h in ((0.5, 2.0), (4.0, 4.0)):
            w, h = W * np.sqrt(K * budget_w / np.sum(W**2)), np.sqrt(2 * K * budget_h) * H
            scores = h / np.linalg.norm(H) @ w.T + draw.normal(size=K)
            assert term("cross-entropy", scores, labels) >= layer_peeled(K, budget_w, budget_h)
    simplex = np.sqrt(0.5 * 2.0) * gram(Corners(K, d)).products
    reached = term("cross-entropy", simplex, np.arange(K))
    assert reached == pytest.approx(layer_peeled(K, 0.5, 2.0), rel=1e-12)


def test_every_sample_leads_by_a_and_means_are_as_far_apart_as_the_page_says() -> None:
    problem = Features(4, 3, 3, 0.03125, 0.0625)
    optimum = oracle(problem)
    fit, a = best(problem, optimum), np.log(1 / optimum.c - 3)
    scores = scores_of(fit)
    wrong = np.where(np.eye(4)[fit.classes], -np.inf, scores)
    own = scores[np.arange(12), fit.classes]
    np.testing.assert_allclose(own - wrong.max(axis=1), a, rtol=1e-12)
    apart = np.linalg.norm(fit.features[0] - fit.features[-1])
    assert apart == pytest.approx(np.sqrt(2 * a) * (0.03125 / (3 * 0.0625)) ** 0.25, rel=1e-12)
    halfway = a / np.linalg.norm(fit.weights[0] - fit.weights[-1])
    assert halfway == pytest.approx(apart / 2, rel=1e-12)
