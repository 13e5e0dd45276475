"""Mutual information: tables against channels and sums, Gaussians against integrals and canonical
correlations, and users' code told right from wrong."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from judged import condemning, judged
from scipy.integrate import dblquad
from scipy.stats import entropy

import tightframe
from tightframe.checks.catalogue import PAIRINGS
from tightframe.checks.verdict import Ruling
from tightframe.implementations.contract import ContractError
from tightframe.theorems.gaussian_mi import Correlated, joint, plain
from tightframe.theorems.gaussian_mi import oracle as gaussian
from tightframe.theorems.joint_table import Joint, oracle

TABLES, GAUSSIANS = PAIRINGS["mutual-information"], PAIRINGS["gaussian-mi"]
U = 2.0**-53


def told(*rows: tuple[float, ...]) -> float:
    return float(oracle(Joint(rows)).value)


def drawn(seed: int, m: int, n: int, concentration: float) -> np.ndarray:
    draw = np.random.default_rng(seed)
    return draw.dirichlet(np.full(m * n, concentration)).reshape(m, n)


# -- tables ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("flips", [0.5, 0.25, 0.0078125])
def test_a_binary_channel_tells_log_two_less_its_own_entropy(flips: float) -> None:
    right, wrong = (1 - flips) / 2, flips / 2
    exact = np.log(2) - entropy([flips, 1 - flips])
    assert abs(told((right, wrong), (wrong, right)) - exact) < 1e-15


def test_an_erasing_channel_tells_what_it_lets_pass() -> None:
    assert abs(told((0.375, 0.0, 0.125), (0.0, 0.375, 0.125)) - 0.75 * np.log(2)) < 1e-15


@settings(max_examples=60, deadline=None)
@given(
    st.integers(0, 10**6), st.integers(1, 5), st.integers(1, 5), st.sampled_from((0.1, 1.0, 10.0))
)
def test_the_oracle_is_scipy_s_divergence_and_any_map_loses(
    seed: int, m: int, n: int, concentration: float
) -> None:
    p = drawn(seed, m, n, concentration)
    truth = oracle(Joint(tuple(map(tuple, p.tolist()))))
    independent = np.outer(p.sum(1), p.sum(0))
    assert abs(float(truth.value) - entropy(p.ravel(), independent.ravel())) <= 16 * U * truth.unit
    groups = np.random.default_rng(seed).integers(0, 2, m)
    seen = np.stack([p[groups == g].sum(0) for g in range(2)])
    assert told(*map(tuple, seen.tolist())) <= float(truth.value) + 64 * U * truth.unit
    noisy = np.random.default_rng(seed).dirichlet(np.ones(3), m).T @ p  # any channel of X
    assert told(*map(tuple, noisy.tolist())) <= float(truth.value) + 64 * U * truth.unit


@pytest.mark.parametrize(
    ("name", "claims"),
    [
        ("negative terms cut off", {"value", "gradient"}),
        ("empty cells are not a number", {"a copy", "what never happens", "range"}),
        ("marginals in the other order", {"independence", "transposition"}),
        ("averaged over cells", {"a copy", "what never happens", "coin"}),
    ],
)
def test_each_claim_condemns_what_it_is_there_for(name: str, claims: set[str]) -> None:
    assert claims <= set(condemning("mutual-information", name))


@pytest.mark.parametrize(
    ("rows", "received"),
    [
        (((2.0, 1.0), (1.0, 2.0)), "one that adds to 6"),
        (((0.75, -0.25), (0.25, 0.25)), "the cell -0.25"),
        (((0.25, 0.25), (0.25, 0.125)), "one that adds to 0.875"),
    ],
)
def test_what_is_no_table_of_probabilities_is_refused(rows: Any, received: str) -> None:
    with pytest.raises(ContractError, match=received):
        TABLES.pose(Joint(rows), {})


# -- Gaussians ------------------------------------------------------------------------------------


@pytest.mark.parametrize("problem", [*GAUSSIANS.family.design(), *GAUSSIANS.family.ranges()])
def test_the_oracle_is_a_sum_over_canonical_correlations(problem: Correlated) -> None:
    """By singular values of the covariance whitened by symmetric roots."""
    roots = []
    for cov in problem[:2]:
        values, vectors = np.linalg.eigh(np.asarray(cov))
        roots.append(vectors / np.sqrt(values) @ vectors.T)
    rho = np.linalg.svd(roots[0] @ np.asarray(problem.cov_xy) @ roots[1], compute_uv=False)
    truth = gaussian(problem)
    by_correlations = -0.5 * np.log1p(-(rho**2)).sum()
    assert abs(float(truth.value) - by_correlations) <= 16 * U * truth.unit


def test_the_closed_form_is_the_integral_that_defines_it() -> None:
    problem = Correlated(((2.0,),), ((0.5,),), ((0.75,),))
    cov = joint(problem)
    precision, volume = np.linalg.inv(cov), np.linalg.det(cov)

    def integrand(y: float, x: float) -> float:
        z = np.array([x, y])
        log_joint = -0.5 * z @ precision @ z - 0.5 * np.log(volume) - np.log(2 * np.pi)
        log_apart = -0.5 * (x * x / 2 + y * y / 0.5) - np.log(2 * np.pi)
        return float(np.exp(log_joint) * (log_joint - log_apart))

    found, _ = dblquad(integrand, -12, 12, -7, 7, epsabs=1e-9)
    assert abs(found - float(gaussian(problem).value)) < 1e-7


def test_fine_bins_of_a_gaussian_tell_nearly_all_and_never_more() -> None:
    """The two contracts meet: a pair of Gaussians cut into a table of outcomes."""
    from scipy.stats import multivariate_normal

    edges = np.concatenate([[-9.0], np.linspace(-3.5, 3.5, 41), [9.0]])
    law = multivariate_normal([0, 0], [[1, 0.5], [0.5, 1]])
    corners = law.cdf(np.stack(np.meshgrid(edges, edges, indexing="ij"), -1))
    cells = np.clip(np.diff(np.diff(corners, axis=0), axis=1), 0, None)
    in_bins = told(*map(tuple, (cells / cells.sum()).tolist()))
    exact = float(gaussian(plain(0.5)).value)
    assert 0.98 * exact < in_bins < exact


def test_covariances_that_do_not_belong_together_are_refused() -> None:
    with pytest.raises(ContractError, match=r"eigenvalue -0\.5"):
        GAUSSIANS.pose(Correlated(((1.0,),), ((1.0,),), ((1.5,),)), {})


def by_singular_values(cov_x: Any, cov_y: Any, cov_xy: Any) -> Any:
    Lx, Ly = torch.linalg.cholesky(cov_x), torch.linalg.cholesky(cov_y)
    white = torch.linalg.solve(Lx, cov_xy) @ torch.linalg.inv(Ly).mT
    return -0.5 * torch.log1p(-(torch.linalg.svdvals(white) ** 2)).sum()


def whitened(cov_x: Any, cov_y: Any, cov_xy: Any) -> Any:
    Lx, Ly = torch.linalg.cholesky(cov_x), torch.linalg.cholesky(cov_y)
    half = torch.linalg.solve_triangular(Lx, cov_xy, upper=False)
    white = torch.linalg.solve_triangular(Ly, half.mT, upper=False)
    return -0.5 * torch.logdet(torch.eye(len(white), dtype=white.dtype) - white @ white.mT)


def through_distributions(cov_x: Any, cov_y: Any, cov_xy: Any) -> Any:
    def entropy(cov: Any) -> Any:
        return torch.distributions.MultivariateNormal(torch.zeros(len(cov)).double(), cov).entropy()

    both = torch.cat([torch.cat([cov_x, cov_xy], 1), torch.cat([cov_xy.mT, cov_y], 1)])
    return entropy(cov_x) + entropy(cov_y) - entropy(both)


@pytest.mark.parametrize("coding", [by_singular_values, whitened, through_distributions])
def test_other_ways_to_the_same_number_are_upheld_well_within_rounding(coding: Any) -> None:
    """Singular values have no twin under the shadow; they are judged in float64."""
    result = judged(GAUSSIANS, coding)
    assert result.ruling is Ruling.UPHELD, str(result)
    assert max(v.used or 0 for v in result.verdicts) <= 0.25


# -- what people write ----------------------------------------------------------------------------


def test_bits_are_identified_and_nobody_is_blamed() -> None:
    def bits(pxy: Any) -> Any:
        px, py = pxy.sum(1), pxy.sum(0)
        ratio = pxy / torch.outer(px, py)
        return torch.where(pxy > 0, pxy * torch.log2(ratio.clamp(min=1e-300)), 0.0).sum()

    result = tightframe.check(bits, "mutual-information")
    assert result.ruling is Ruling.IDENTIFIED
    assert result.identification is not None
    assert result.identification.departures == {"base": "2"}
    declared = tightframe.check(bits, "mutual-information", convention={"base": "2"})
    assert declared.ok, str(declared)


def test_a_constant_under_the_logarithm_is_no_error() -> None:
    def with_eps(p: Any) -> Any:
        eps = 1e-12
        return (p * (torch.log(p + eps) - torch.log(torch.outer(p.sum(1), p.sum(0)) + eps))).sum()

    result = tightframe.check(with_eps, "mutual-information")
    assert result.ruling is Ruling.STABILISED, str(result)


def test_numpy_has_a_value_and_no_gradient() -> None:
    def by_numpy(p: Any) -> float:
        table = p.numpy()
        independent = np.outer(table.sum(1), table.sum(0))
        seen = table > 0
        return float((table[seen] * np.log(table[seen] / independent[seen])).sum())

    result = tightframe.check(by_numpy, "mutual-information")
    ruled = {v.claim: v.ruling for v in result.verdicts}
    assert ruled["value"] is Ruling.UPHELD
    assert not result.violations


def test_logarithms_of_probabilities_are_a_convention() -> None:
    def of_logs(logs: Any) -> Any:
        apart = logs.logsumexp(1, keepdim=True) + logs.logsumexp(0, keepdim=True)
        seen = ~torch.isneginf(logs)
        return (logs[seen].exp() * (logs - apart)[seen]).sum()

    result = tightframe.check(of_logs, "mutual-information", convention={"table": "logarithms"})
    assert result.ok, str(result)


def test_the_covariance_may_be_given_the_other_way_round() -> None:
    def of_yx(cov_x: Any, cov_y: Any, cov_yx: Any) -> Any:
        left = cov_y - cov_yx @ torch.linalg.inv(cov_x) @ cov_yx.mT
        return (torch.logdet(cov_y) - torch.logdet(left)) / 2

    result = tightframe.check(of_yx, "gaussian-mi", convention={"cross": "yx"})
    assert result.ok, str(result)


@pytest.mark.parametrize("coding", GAUSSIANS.contract.references)
def test_three_coordinates_are_proved_for_all_covariances(coding: str) -> None:
    result = judged(GAUSSIANS, GAUSSIANS.contract.references[coding], budget="normal")
    assert result.shadow is not None
    assert len(result.shadow.proved) == 2
    assert all("for all inputs" in sentence for sentence in result.shadow.proved)


def test_a_matrix_that_coarse_numbers_make_singular_is_nobody_s_error() -> None:
    """A correlation of 1 - 2^-10 is 1 in bfloat16."""

    def correlation(cov_x: Any, cov_y: Any, cov_xy: Any) -> Any:
        x, y, xy = (c.double() for c in (cov_x, cov_y, cov_xy))
        whole = torch.cat([torch.cat([x, xy], 1), torch.cat([xy.mT, y], 1)])
        return (x.logdet() + y.logdet() - whole.logdet()) / 2

    result = tightframe.check(correlation, "gaussian-mi", dtype="bfloat16", budget="quick")
    assert result.ruling is not Ruling.VIOLATED
