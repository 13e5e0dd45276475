"""HSIC: the estimates against distinct samples, covariances and all samples of a law; users' code
told right from wrong."""

from __future__ import annotations

from collections.abc import Callable
from itertools import permutations, product
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
from tightframe.implementations.contract import ContractError
from tightframe.implementations.hsic import covariance
from tightframe.theorems.hsic_estimators import oracle
from tightframe.theorems.lattice import rows
from tightframe.theorems.paired_features import Features

HSIC = PAIRINGS["hsic"]
U = 2.0**-53


def drawn(seed: int, n: int, p: int, q: int) -> Features:
    draw = np.random.default_rng(seed)
    return Features(rows(draw.normal(size=(n, p)) + 1), rows(draw.normal(size=(n, q)) - 2))


# -- the oracle -----------------------------------------------------------------------------------


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**6), st.integers(4, 7), st.integers(1, 4), st.integers(1, 4))
def test_the_oracles_are_a_covariance_and_a_mean_over_distinct_samples(
    seed: int, n: int, p: int, q: int
) -> None:
    problem = drawn(seed, n, p, q)
    x, y = map(np.asarray, problem)
    K, L = x @ x.T, y @ y.T
    terms = [
        K[i, j] * (L[i, j] + L[r, s] - 2 * L[i, r]) for i, j, r, s in permutations(range(n), 4)
    ]
    truth = oracle(problem)
    assert abs(float(truth.value) - np.mean(terms)) <= 16 * U * truth.unit
    cross = np.cov(x, y, rowvar=False)[:p, p:]
    truth = oracle(problem, "biased")
    assert abs(float(truth.value) - (cross**2).sum()) <= 16 * U * truth.unit


LAW = (((0.0, 1.0), (1.0,)), ((1.0, -1.0), (2.0,)), ((2.0, 0.0), (-1.0,)))


@pytest.mark.parametrize(("chances", "n"), [((8, 4, 4), 4), ((4, 8, 4), 4), ((8, 8, 0), 5)])
def test_the_mean_over_every_sample_of_a_law_is_the_law_s_own(
    chances: tuple[int, ...], n: int
) -> None:
    weights = np.array(chances) / 16
    found = 0.0
    for picked in product(range(len(LAW)), repeat=n):
        chance = float(np.prod(weights[list(picked)]))
        if chance:
            x, y = zip(*(LAW[k] for k in picked), strict=True)
            found += chance * float(oracle(Features(x, y)).value)
    x, y = (np.array([point[k] for point in LAW]) for k in (0, 1))
    cross = (x * weights[:, None]).T @ y - np.outer(weights @ x, weights @ y)
    assert abs(found - (cross**2).sum()) <= 1e-14


def test_unrelated_features_are_related_to_the_biased_estimate_alone() -> None:
    estimates = {"unbiased": 0.0, "biased": 0.0}
    coins = [tuple((2.0 * b,) for b in bits) for bits in product((0, 1), repeat=4)]
    for (x, y), name in product(product(coins, repeat=2), estimates):
        estimates[name] += float(oracle(Features(x, y), name).value) / 256
    assert abs(estimates["unbiased"]) <= 1e-15
    assert abs(estimates["biased"] - 1 / 3) <= 1e-15  # of the law: 1 times 1, over n - 1


@pytest.mark.parametrize("n", [2, 3])
def test_three_samples_are_too_few_for_the_unbiased_estimate_alone(n: int) -> None:
    few = drawn(1, n, 2, 2)
    with pytest.raises(ContractError, match=f"received: {n} samples"):
        HSIC.pose(few, {"estimator": "unbiased"})
    assert HSIC.pose(few, {"estimator": "biased"}).inputs[0].shape == (n, 2)


def test_other_samples_are_refused() -> None:
    with pytest.raises(ContractError, match="received: 4 and 5 rows"):
        HSIC.pose(Features(drawn(1, 4, 2, 1).x, drawn(1, 5, 2, 1).y), {"estimator": "biased"})


# -- what people write ----------------------------------------------------------------------------


def of_grams(K: Any, L: Any) -> Any:
    n = K.shape[0]
    H = torch.eye(n, dtype=K.dtype) - torch.ones(n, n, dtype=K.dtype) / n
    return torch.trace(K @ H @ L @ H) / (n - 1) ** 2


def masked(X: Any, Y: Any) -> Any:
    """As in the notebooks: by matrix products with a vector of ones."""
    n = X.shape[0]
    apart = 1 - torch.eye(n, dtype=X.dtype)
    K, L, ones = (X @ X.T) * apart, (Y @ Y.T) * apart, torch.ones(n, 1, dtype=X.dtype)
    first = torch.trace(K @ L)
    second = (ones.T @ K @ ones * (ones.T @ L @ ones)) / ((n - 1) * (n - 2))
    third = (ones.T @ K @ L @ ones) * 2 / (n - 2)
    return ((first + second - third) / (n * (n - 3))).squeeze()


def by_einsum(x: Any, y: Any) -> Any:
    a, b = x - x.mean(dim=0, keepdim=True), y - y.mean(dim=0, keepdim=True)
    return torch.einsum("ni,nj->ij", a, b).pow(2).sum() / x.shape[0] ** 2


def of_columns(acts1: Any, acts2: Any) -> Any:
    """Neurons by samples."""
    return covariance(acts1.T, acts2.T) * (acts1.shape[1] - 1) ** 2


def with_numbers_of_python(x: Any, y: Any) -> Any:
    """Divisors that are rounded before torch sees them."""
    n = len(x)
    apart = 1 - torch.eye(n, dtype=x.dtype)
    K, L = (x @ x.T) * apart, (y @ y.T) * apart
    total = (K * L).sum() + K.sum() * L.sum() * (1 / ((n - 1) * (n - 2)))
    return (total - K.sum(0) @ L.sum(0) * (2 / (n - 2))) * (1 / (n * (n - 3)))


@pytest.mark.parametrize(
    ("coding", "departures"),
    [
        (masked, None),
        (with_numbers_of_python, None),
        (of_grams, {"takes": "Gram matrices", "estimator": "biased"}),
        (by_einsum, {"estimator": "biased over n"}),
        (of_columns, {"takes": "columns", "estimator": "biased sum"}),
    ],
)
def test_honest_codings_are_recognised(
    coding: Callable[..., Any], departures: dict[str, str] | None
) -> None:
    result = tightframe.check(coding, "hsic", budget="quick")
    assert result.ruling is (Ruling.IDENTIFIED if departures else Ruling.UPHELD), str(result)
    assert (result.identification and dict(result.identification.departures)) == departures
    assert max(v.used or 0 for v in result.verdicts) <= 0.25


@pytest.mark.parametrize("estimator", ["biased", "biased over n", "biased sum"])
def test_every_biased_convention_is_upheld_where_it_is_declared(estimator: str) -> None:
    contract = HSIC.contract
    written = contract.written(next(iter(contract.references.values())), contract.convention(
        {"estimator": estimator}
    ))  # fmt: skip
    result = judged(HSIC, written, **declared(HSIC, estimator=estimator))
    assert result.ruling is Ruling.UPHELD, str(result)


@pytest.mark.parametrize(
    ("name", "claims"),
    [
        ("biased called unbiased", {"value", "unbiased"}),
        ("diagonals kept", {"unbiased", "shift"}),
        ("not centred", {"shift"}),
        ("trace of the covariance", {"rotation"}),
    ],
)
def test_each_claim_condemns_what_it_is_there_for(name: str, claims: set[str]) -> None:
    assert claims <= set(condemning("hsic", name))


def test_a_kernel_that_is_not_linear_is_another_function() -> None:
    def gaussian(x: Any, y: Any) -> Any:
        K, L = ((-torch.cdist(z, z).square() / 2).exp() for z in (x, y))
        return of_grams(K, L)

    assert tightframe.check(gaussian, "hsic", budget="quick").ruling is Ruling.VIOLATED


@pytest.mark.parametrize("coding", HSIC.contract.references)
def test_four_samples_of_one_feature_are_proved_for_all_numbers(coding: str) -> None:
    result = judged(HSIC, HSIC.contract.references[coding], budget="normal")
    assert result.shadow is not None
    assert any("for all inputs" in sentence for sentence in result.shadow.proved)
