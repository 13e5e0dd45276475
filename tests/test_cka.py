"""CKA: the index against eigenvectors and distinct samples, what it sees where there is nothing,
and users' code told right from wrong."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from judged import condemning, declared, judged

import tightframe
from tightframe.checks.catalogue import PAIRINGS
from tightframe.checks.verdict import Ruling
from tightframe.implementations.cka import by_features
from tightframe.implementations.contract import Call, ContractError
from tightframe.theorems.hsic_estimators import oracle as hsic
from tightframe.theorems.lattice import rows
from tightframe.theorems.linear_cka import oracle
from tightframe.theorems.paired_features import Features, sheared

CKA = PAIRINGS["cka"]
U = 2.0**-53


def drawn(seed: int, n: int, p: int, q: int) -> Features:
    draw = np.random.default_rng(seed)
    return Features(rows(draw.normal(size=(n, p)) + 1), rows(draw.normal(size=(n, q)) - 2))


# -- the oracle -----------------------------------------------------------------------------------


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**6), st.integers(4, 9), st.integers(1, 5), st.integers(1, 5))
def test_the_oracle_weighs_principal_directions_and_is_a_ratio_of_hsics(
    seed: int, n: int, p: int, q: int
) -> None:
    problem = drawn(seed, n, p, q)
    (u, s, _), (v, t, _) = (
        np.linalg.svd(np.asarray(z) - np.mean(z, axis=0), full_matrices=False) for z in problem
    )
    weighed = (np.outer(s**2, t**2) * (u.T @ v) ** 2).sum()
    by_directions = weighed / np.sqrt((s**4).sum() * (t**4).sum())
    truth = oracle(problem)
    assert abs(float(truth.value) - by_directions) <= 16 * U * truth.unit
    for estimator in ("biased", "unbiased"):
        xy, xx, yy = (
            float(hsic(Features(*pair), estimator).value)
            for pair in (problem, (problem.x, problem.x), (problem.y, problem.y))
        )
        truth = oracle(problem, estimator)
        assert abs(float(truth.value) - xy / np.sqrt(xx * yy)) <= 64 * U * truth.unit


def test_of_one_feature_each_it_is_the_squared_correlation() -> None:
    problem = drawn(3, 7, 1, 1)
    x, y = (np.ravel(z) for z in problem)
    assert abs(float(oracle(problem).value) - np.corrcoef(x, y)[0, 1] ** 2) <= 1e-14


def test_whitening_changes_it_and_a_turn_does_not() -> None:
    problem = Features(drawn(4, 8, 3, 1).x, drawn(4, 8, 3, 1).x)
    turn = np.linalg.qr(np.random.default_rng(5).normal(size=(3, 3)))[0]
    turned = problem._replace(x=rows(3 * np.asarray(problem.x) @ turn + 7))
    assert abs(float(oracle(turned).value) - 1) <= 1e-13
    assert float(oracle(sheared(problem)).value) < 0.9


@pytest.mark.parametrize(("n", "p", "q"), [(50, 500, 500), (20, 40, 40), (200, 10, 20)])
def test_unrelated_noise_is_as_much_alike_as_the_formula_says(n: int, p: int, q: int) -> None:
    """About the root of pq/((p+n)(q+n)); the unbiased index is near zero."""
    draw, found = np.random.default_rng(6), []
    for _ in range(8):
        x, y = (z - z.mean(0) for z in (draw.normal(size=(n, p)), draw.normal(size=(n, q))))
        K, L = x @ x.T, y @ y.T
        found.append((K * L).sum() / np.sqrt((K * K).sum() * (L * L).sum()))
    predicted = np.sqrt(p * q / ((p + n) * (q + n)))
    assert abs(np.mean(found) / predicted - 1) < 0.05
    if p == 40:
        apart = [float(oracle(drawn(s, n, p, q), "unbiased").value) for s in range(8)]
        assert abs(np.mean(apart)) < 0.05 < predicted


def test_three_samples_are_too_few_for_the_unbiased_index_alone() -> None:
    few = drawn(1, 3, 2, 2)
    with pytest.raises(ContractError, match="received: 3 samples"):
        CKA.pose(few, {"estimator": "unbiased"})
    assert CKA.pose(few, {"estimator": "biased"}).inputs[0].shape == (3, 2)


# -- what people write ----------------------------------------------------------------------------


def centre(gram: Any) -> Any:
    """As in the notebook of Kornblith et al.: half of the grand mean from each side."""
    means = gram.mean(dim=0)
    means = means - means.mean() / 2
    return gram - means[:, None] - means[None, :]


def of_grams(gram_x: Any, gram_y: Any) -> Any:
    K, L = centre(gram_x), centre(gram_y)
    return K.ravel() @ L.ravel() / (torch.linalg.norm(K) * torch.linalg.norm(L))


def debiased(features_x: Any, features_y: Any) -> Any:
    """In feature space, corrected by the squared norms of the samples."""
    x, y = (z - z.mean(0, keepdim=True) for z in (features_x, features_y))
    n = x.shape[0]

    def similarity(a: Any, b: Any) -> Any:
        rows_a, rows_b = a.square().sum(1), b.square().sum(1)
        corrected = (a.T @ b).square().sum() - n / (n - 2) * rows_a @ rows_b
        return corrected + rows_a.sum() * rows_b.sum() / ((n - 1) * (n - 2))

    return similarity(x, y) / (similarity(x, x).sqrt() * similarity(y, y).sqrt())


def half_centred(x: Any, y: Any) -> Any:
    """The trace forgives one H, where the other Gram matrix has both."""
    K, L = x @ x.T, y @ y.T
    H = torch.eye(len(K), dtype=K.dtype) - torch.full_like(K, 1.0) / len(K)
    return torch.trace(K @ H @ L @ H) / torch.sqrt(
        torch.trace(K @ H @ K @ H) * torch.trace(L @ H @ L @ H)
    )


def distance(x: Any, y: Any) -> Any:
    return 1 - by_features(x, y)


def with_numbers_of_python(x: Any, y: Any) -> Any:
    """1/n and its like are rounded before torch sees them."""
    n = x.shape[0]
    H = torch.eye(n, dtype=x.dtype) - 1.0 / n
    K, L = x @ x.T, y @ y.T

    def hsic_of(a: Any, b: Any) -> Any:
        return torch.trace(a @ H @ b @ H) * (1 / (n - 1) ** 2)

    return hsic_of(K, L) / torch.sqrt(hsic_of(K, K) * hsic_of(L, L))


@pytest.mark.parametrize(
    ("coding", "departures"),
    [
        (half_centred, None),
        (with_numbers_of_python, None),
        (of_grams, {"takes": "Gram matrices"}),
        (debiased, {"estimator": "unbiased"}),
        (distance, {"returns": "distance"}),
        (lambda x, y: by_features(x.T, y.T), {"takes": "columns"}),
    ],
)
def test_honest_codings_are_recognised(
    coding: Callable[..., Any], departures: dict[str, str] | None
) -> None:
    result = tightframe.check(coding, "cka", budget="quick")
    expected = Ruling.IDENTIFIED if departures else Ruling.UPHELD
    assert result.ruling is expected, str(result)
    assert (result.identification and dict(result.identification.departures)) == departures
    assert max(v.used or 0 for v in result.verdicts) <= 0.25


def test_the_unbiased_index_is_upheld_where_it_is_declared() -> None:
    result = judged(CKA, debiased, **declared(CKA, estimator="unbiased"))
    assert result.ruling is Ruling.UPHELD, str(result)
    ruled = {v.claim: v.ruling for v in result.verdicts}
    assert ruled["nonnegative"] is Ruling.NOT_APPLICABLE


def test_divisors_that_cancel_are_no_error() -> None:
    def without_divisors(x: Any, y: Any) -> Any:
        a, b = (torch.cov(torch.cat([z, z], 1).T)[: z.shape[1], : z.shape[1]] for z in (x, y))
        cross = (x - x.mean(0)).T @ (y - y.mean(0)) / (len(x) - 1)
        return cross.square().sum() / (a.square().sum() * b.square().sum()).sqrt()

    assert tightframe.check(without_divisors, "cka", budget="quick").ruling is Ruling.UPHELD


@pytest.mark.parametrize("eps", [1e-6, 1e-8, 1e-10])
def test_a_constant_in_the_denominator_is_no_error(eps: float) -> None:
    def with_eps(x: Any, y: Any) -> Any:
        a, b = x - x.mean(0), y - y.mean(0)
        return (b.T @ a).norm() ** 2 / ((a.T @ a).norm() * (b.T @ b).norm() + eps)

    result = tightframe.check(with_eps, "cka", budget="quick")
    assert result.ruling is Ruling.STABILISED, str(result)


@pytest.mark.parametrize(
    ("name", "claims"),
    [
        ("not centred", {"a copy", "shift"}),
        ("centred along features", {"rotation"}),
        ("features standardised", {"a copy", "rotation"}),
        ("root forgotten", {"a copy", "tangency"}),
        ("only x centred", {"exchange"}),
        ("biased over unbiased", {"a copy", "at most one"}),
    ],
)
def test_each_claim_condemns_what_it_is_there_for(name: str, claims: set[str]) -> None:
    assert claims <= set(condemning("cka", name))


@pytest.mark.parametrize("name", ["cka", "hsic"])
def test_each_option_is_undone_by_its_gauge(name: str) -> None:
    pairing = PAIRINGS[name]
    contract, problem = pairing.contract, drawn(8, 5, 3, 2)
    call = Call(tuple(torch.tensor(z, dtype=torch.float64) for z in problem))
    for axis in contract.axes:
        for option in axis.options:
            convention = contract.canonical | {axis.name: option.name}
            for coding in contract.references.values():
                written = contract.written(coding, convention)
                returned = contract.bring(lambda c, f=written: f(*c.inputs), convention, call)
                truth = pairing.family.oracle(problem, **contract.variants(convention))
                assert abs(float(returned) - float(truth.value)) <= 64 * U * truth.unit
