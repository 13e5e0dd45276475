"""The Gaussian information bottleneck: the oracle against minimisers and random descriptions, its
edges, and users' code told right from wrong."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pytest
import torch
from judged import condemning, judged
from scipy.optimize import minimize

import tightframe
from tightframe.checks.catalogue import PAIRINGS
from tightframe.checks.verdict import Ruling
from tightframe.implementations.contract import ContractError
from tightframe.theorems.gaussian_ib import Squeezed, encoded, frontier, oracle
from tightframe.theorems.gaussian_mi import Correlated, pair, plain

PAIRING = PAIRINGS["gaussian-ib"]
ONE = ((1.0, 0.0), (0.0, 1.0))


def squeezed(problem: Correlated, beta: float) -> tuple[float, float]:
    rate, relevance = oracle(Squeezed(*problem, beta)).value
    return float(rate), float(relevance)


# -- the oracle against other algorithms ----------------------------------------------------------


@pytest.mark.parametrize(
    ("p", "q", "salt", "beta"), [(1, 1, 3, 6.0), (2, 2, 7, 2.5), (2, 2, 9, 30.0), (3, 2, 8, 8.0)]
)
def test_a_minimiser_of_the_log_determinants_finds_the_same_optimum(
    p: int, q: int, salt: int, beta: float
) -> None:
    problem, draw = pair(p, q, salt), np.random.default_rng(salt)

    def lagrangian(flat: np.ndarray) -> float:
        rate, relevance = encoded(problem, flat.reshape(p, p))
        return rate - beta * relevance

    found = min(minimize(lagrangian, draw.normal(size=p * p), tol=1e-12).fun for _ in range(3))
    rate, relevance = squeezed(problem, beta)
    assert abs(found - (rate - beta * relevance)) < 1e-8 * beta


@pytest.mark.parametrize("salt", range(4))
def test_of_a_thousand_descriptions_none_is_above_the_frontier(salt: int) -> None:
    problem, draw = pair(3, 2, 20 + salt), np.random.default_rng(salt)
    squares = oracle(Squeezed(*problem, 2.0)).squares
    for _ in range(250):
        A = draw.normal(size=(draw.integers(1, 4), 3)) * 10.0 ** draw.uniform(-2, 1)
        rate, relevance = encoded(problem, A)
        assert relevance <= frontier(squares, rate) + 1e-12 * (1 + rate)


@pytest.mark.parametrize("beta", [1.0, 1.3, 2.0, 5.0, 40.0, 1e4])
def test_the_frontier_goes_through_the_best_of_every_beta(beta: float) -> None:
    problem = pair(3, 3, 30)
    rate, relevance = squeezed(problem, beta)
    squares = oracle(Squeezed(*problem, beta)).squares
    assert abs(frontier(squares, rate) - relevance) < 1e-12
    if rate:  # further nats buy 1/beta each
        slope = (frontier(squares, rate + 1e-5) - frontier(squares, rate - 1e-5)) / 2e-5
        assert abs(slope - 1 / beta) < 1e-6


@pytest.mark.parametrize("rho", [0.1, 0.5, 0.9])
def test_the_first_nat_buys_rho_squared_and_one_coordinate_has_a_curve_of_its_own(
    rho: float,
) -> None:
    squares = np.array([rho**2])
    assert abs(frontier(squares, 1e-7) / 1e-7 - rho**2) < 1e-6
    for rate in (0.1, 1.0, 5.0):
        exact = -0.5 * np.log(1 - rho**2 * (1 - np.exp(-2 * rate)))
        assert abs(frontier(squares, rate) - exact) < 1e-14


# -- edges ----------------------------------------------------------------------------------------


def test_exactly_at_the_critical_beta_nothing_is_kept_yet() -> None:
    assert squeezed(plain(0.5), 4.0) == (0.0, 0.0)
    assert 0 < squeezed(plain(0.5), 4.0 + 1e-9)[1] < 1e-9


def test_a_direction_that_tells_nothing_never_becomes_active() -> None:
    problem = Correlated(ONE, ONE, ((0.5, 0.0), (0.0, 0.0)))
    assert squeezed(problem, 1e9) == squeezed(plain(0.5), 1e9)


def test_equal_directions_share_the_nats() -> None:
    alone = np.array(squeezed(plain(0.5), 8.0))
    both = squeezed(Correlated(ONE, ONE, ((0.0, 0.5), (-0.5, 0.0))), 8.0)
    assert np.allclose(both, 2 * alone, rtol=0, atol=1e-15)


def test_the_nearer_y_is_to_a_function_of_x_the_more_is_kept_without_a_bound() -> None:
    rates = [squeezed(plain(1 - 2.0**-k), 2.0)[0] for k in (4, 12, 20, 28)]
    assert all(b - a > 2.5 for a, b in pairwise(rates))


def test_nothing_is_kept_for_a_beta_of_at_most_one() -> None:
    for beta in (0.25, 1.0):
        assert squeezed(pair(3, 3, 31), beta) == (0.0, 0.0)


@pytest.mark.parametrize("beta", [0.0, -2.0, float("inf"), float("nan")])
def test_a_beta_that_is_no_price_is_refused(beta: float) -> None:
    with pytest.raises(ContractError, match="a positive beta"):
        PAIRING.pose(Squeezed(*plain(0.5), beta), {})


def test_covariances_that_do_not_belong_together_are_refused() -> None:
    with pytest.raises(ContractError, match=r"eigenvalue -0\.5"):
        PAIRING.pose(Squeezed(((1.0,),), ((1.0,),), ((1.5,),), 2.0), {})


# -- what people write ----------------------------------------------------------------------------


def by_a_loop(x: Any, y: Any, xy: Any, beta: float) -> list[float]:
    """Water over singular values by symmetric roots, in plain Python."""
    roots = []
    for cov in (x, y):
        values, vectors = torch.linalg.eigh(cov)
        roots.append(vectors @ torch.diag(values**-0.5) @ vectors.T)
    kept = [0.0, 0.0]
    for rho in torch.linalg.svdvals(roots[0] @ xy @ roots[1]).tolist():
        if beta * rho**2 > 1:
            own = 0.5 * np.log((beta - 1) * rho**2 / (1 - rho**2))
            kept[0] += own
            kept[1] += own - 0.5 * np.log(beta * rho**2)
    return kept


def with_eps(cov_x: Any, cov_y: Any, cov_xy: Any, beta: float, eps: float = 1e-8) -> Any:
    given = cov_x - cov_xy @ torch.linalg.inv(cov_y) @ cov_xy.T
    values = torch.linalg.eigvals(given @ torch.linalg.inv(cov_x)).real
    ratio = torch.relu((beta * (1 - values) - 1) / (values + eps))
    rate = torch.log1p(ratio).sum() / 2
    return torch.stack([rate, rate - torch.log1p(values * ratio).sum() / 2])


def in_single_precision(cov_x: Any, cov_y: Any, cov_xy: Any, beta: float) -> Any:
    x, y, xy = cov_x.float(), cov_y.float(), cov_xy.float()
    values = torch.linalg.eigvals(torch.linalg.solve(x, x - xy @ torch.linalg.inv(y) @ xy.T)).real
    ratio = ((beta * (1 - values) - 1) / values).clamp(min=0)
    rate = torch.log1p(ratio).sum() / 2
    return rate, rate - torch.log1p(values * ratio).sum() / 2


@pytest.mark.parametrize("coding", [by_a_loop, in_single_precision])
def test_other_ways_to_the_same_point_are_upheld(coding: Any) -> None:
    result = judged(PAIRING, coding)
    assert result.ruling is Ruling.UPHELD, str(result)
    assert max(v.used or 0 for v in result.verdicts) <= 0.25


def test_a_constant_under_the_fraction_is_no_error() -> None:
    result = tightframe.check(with_eps, "gaussian-ib")
    assert result.ruling is Ruling.STABILISED, str(result)


def test_bits_and_the_other_lagrangian_are_identified_and_nobody_is_blamed() -> None:
    def bits(x: Any, y: Any, xy: Any, beta: float) -> Any:
        return [kept / np.log(2) for kept in by_a_loop(x, y, xy, 1 / beta)]

    result = tightframe.check(bits, "gaussian-ib")
    assert result.ruling is Ruling.IDENTIFIED, str(result)
    assert result.identification is not None
    departures = {"base": "2", "lagrangian": "I_y - beta I_x"}
    assert result.identification.departures == departures
    assert tightframe.check(bits, "gaussian-ib", convention=departures).ok


@pytest.mark.parametrize(
    ("returned", "words"),
    [
        ({"I_x": 0.0, "I_y": 0.0}, "a dict with keys I_x, I_y"),
        ((0.0, 0.0, 0.0), "tuple of 3"),
        (0.5, "float"),
        (torch.zeros(2, 2), r"Tensor of shape \(2, 2\)"),
        (("a", "b"), "str: .a."),
    ],
)
def test_what_is_no_pair_of_numbers_is_refused(returned: Any, words: str) -> None:
    result = tightframe.check(lambda cov_x, cov_y, cov_xy, beta: returned, "gaussian-ib")
    assert result.ruling is Ruling.REFUSED
    with pytest.raises(ContractError, match=words):
        PAIRING.contract.read(returned, PAIRING.pose(PAIRING.family.design()[0], {}))


@pytest.mark.parametrize(
    ("name", "claims"),
    [
        ("all that is kept is relevant", {"frontier", "best at its own beta"}),
        ("exchanged", {"no more than kept"}),
        ("every direction active", {"nonnegative", "silence", "independence"}),
        ("unit eigenvectors", {"units of measurement", "shear"}),
        ("half forgotten", {"data processing", "frontier"}),
    ],
)
def test_each_claim_condemns_what_it_is_there_for(name: str, claims: set[str]) -> None:
    assert claims <= set(condemning("gaussian-ib", name))
