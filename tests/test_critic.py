"""Trained critics: the exact loss against the integral, what convergence entitles to, and users'
training routines accepted, left open and refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from judged import judged

from tightframe.checks.catalogue import PAIRINGS
from tightframe.checks.verdict import Ruling
from tightframe.implementations.critic_training import exact_loss
from tightframe.implementations.training import adam
from tightframe.theorems.critic import (
    Contrast,
    Critic,
    design,
    explained_by_slope,
    oracle,
    reached,
    the_log_ratio,
)
from tightframe.theorems.infonce_laws import gaussian_loss
from tightframe.theorems.infonce_loss import loss

PAIRING = PAIRINGS["critic"]


@pytest.mark.parametrize("problem", design())
def test_the_loss_that_is_trained_is_the_integral_s(problem: Contrast) -> None:
    joint = np.asarray(problem.joint)
    scores = np.random.default_rng(0).normal(size=joint.shape)
    trained = exact_loss(torch.tensor(scores), torch.tensor(joint), problem.keys)
    assert abs(float(trained) - loss(joint, scores, problem.keys)) < 1e-12


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(design()), st.integers(0, 10**6), st.sampled_from((1e-4, 1e-2, 1.0, 5.0)))
def test_no_critic_gains_more_than_its_slope_leaves_and_near_the_best_the_distance_costs(
    problem: Contrast, seed: int, size: float
) -> None:
    truth = oracle(problem)
    scores = truth.best + size * np.random.default_rng(seed).normal(size=truth.best.shape)
    at = torch.tensor(scores, requires_grad=True)
    trained = exact_loss(at, torch.tensor(problem.joint).double(), problem.keys)
    (slope,) = torch.autograd.grad(trained, at)
    critic = Critic(scores, None, True, float(slope.norm()))
    excess = reached(problem, critic) - truth.least
    assert -1e-14 <= excess <= explained_by_slope(problem, truth, critic) + 1e-14
    if size <= 1e-2:
        assert excess >= -(1 - 20 * size) * the_log_ratio(problem, truth, critic._replace(slope=0))


def test_a_number_for_each_query_is_free_and_one_for_each_key_is_not() -> None:
    problem = design()[3]
    truth, shift = oracle(problem), np.arange(3.0)
    free, bound = truth.best + shift[:, None], truth.best + shift
    assert abs(the_log_ratio(problem, truth, Critic(free, None, True))) < 1e-30
    assert abs(reached(problem, Critic(free, None, True)) - truth.least) < 1e-14
    assert reached(problem, Critic(bound, None, True)) > truth.least + 0.01


def test_a_quadratic_critic_of_gaussians_is_best_at_the_log_ratio_s_coefficients() -> None:
    rho = 0.6
    a, b = rho / (1 - rho**2), -(rho**2) / (2 * (1 - rho**2))
    best = gaussian_loss(rho, 4)

    def at(slope: float, bend: float) -> float:
        return gaussian_loss(rho, 4, lambda x, y: slope * x * y + bend * y * y)

    assert abs(at(a, b) - best) < 1e-12
    assert min(at(a + 0.05, b), at(a - 0.05, b), at(a, b + 0.05), at(a, b - 0.05)) > best + 1e-6


# -- what people train ----------------------------------------------------------------------------


def by_adam(joint: Any, keys: int, *, steps: int, told: bool) -> dict[str, Any]:
    """A table of scores in float32, on the exact loss, and how steep it still is, where `told`."""
    table = joint.float()
    scores = torch.zeros_like(table, requires_grad=True)
    adam([scores], lambda _: exact_loss(scores, table, keys), [None] * steps, rate=0.1)
    at = scores.detach().double().requires_grad_()
    (slope,) = torch.autograd.grad(exact_loss(at, joint, keys), at)
    found = {"scores": scores.detach(), "converged": True}
    return found | ({"slope": float(slope.norm())} if told else {})


def test_adam_is_upheld_if_it_says_how_steep_the_loss_still_is() -> None:
    found = judged(PAIRING, lambda joint, keys: by_adam(joint, keys, steps=40, told=True))
    assert found.ruling is Ruling.UPHELD
    found = judged(PAIRING, lambda joint, keys: by_adam(joint, keys, steps=40, told=False))
    assert {v.claim for v in found.violations} == {"optimum", "log-ratio"}


def test_scores_alone_claim_nothing_of_an_optimum() -> None:
    found = judged(PAIRING, lambda joint, keys: torch.zeros_like(joint))
    ruled = {v.claim: v.ruling for v in found.verdicts}
    assert ruled["bound"] is Ruling.UPHELD
    assert ruled["optimum"] is ruled["log-ratio"] is Ruling.INCONCLUSIVE


def test_a_loss_over_too_few_negatives_passes_the_bound() -> None:
    def one_short(joint: Any, keys: int) -> dict[str, Any]:
        scores = (joint / (joint.sum(1, keepdim=True) * joint.sum(0))).log()
        found = exact_loss(scores, joint, keys - 1)
        return {"scores": scores, "loss": found, "converged": True}

    found = judged(PAIRING, one_short)
    assert {v.claim for v in found.violations} == {"honest", "bound"}


@pytest.mark.parametrize(
    ("returned", "remedy"),
    [
        (lambda joint, keys: joint.mT[:, :1], "one score for each query"),
        (lambda joint, keys: {"critic": joint}, "dict\\(scores="),
        (lambda joint, keys: {"scores": joint, "loss": joint}, "return its mean"),
    ],
)
def test_what_is_no_table_of_scores_is_refused(returned: Any, remedy: str) -> None:
    import re

    found = judged(PAIRING, returned)
    assert found.ruling is Ruling.REFUSED
    assert re.search(remedy, found.reason)
