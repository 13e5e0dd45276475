"""Barlow Twins and VICReg: the linear optima against optimisers, and users' code told right from
wrong."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from judged import condemning, declared, judged
from scipy.linalg import eigh, orth
from scipy.optimize import minimize

import tightframe
from tightframe.checks.catalogue import PAIRINGS
from tightframe.checks.verdict import Ruling
from tightframe.implementations.contract import ContractError
from tightframe.theorems import barlow_twins, variance_invariance_covariance
from tightframe.theorems.barlow_twins_loss import Twins
from tightframe.theorems.vicreg_loss import Embeddings

TWINS, VICREG = PAIRINGS["barlow-twins"], PAIRINGS["vicreg"]


def law(seed: int, d: int) -> tuple[np.ndarray, np.ndarray]:
    """The covariances of a signal and of its noise."""
    draw = np.random.default_rng(seed)
    A, B = draw.normal(size=(2, d, d + 1))
    return A @ A.T / d, 0.5 * B @ B.T / d + 0.05 * np.eye(d)


# -- the optima -----------------------------------------------------------------------------------


def twins_loss(W: Any, signal: Any, view: Any, weight: float) -> Any:
    S = torch.einsum("id,de,ie->i", W, view, W).sqrt()
    c = W @ signal @ W.T / S[:, None] / S
    own = torch.eye(len(c), dtype=c.dtype)
    return ((c - own) ** 2 * (own + weight * (1 - own))).sum()


def trained(loss: Callable[[Any], Any], k: int, d: int, starts: int = 4) -> float:
    """The least of what L-BFGS reaches."""

    def both(flat: np.ndarray) -> tuple[float, np.ndarray]:
        W = torch.tensor(flat.reshape(k, d), requires_grad=True)
        value = loss(W)
        (slope,) = torch.autograd.grad(value, W)
        return float(value.detach()), slope.numpy().ravel()

    draw = np.random.default_rng(7)
    ends = [
        minimize(both, draw.normal(size=k * d), jac=True, method="L-BFGS-B",
                 options={"maxiter": 2000, "ftol": 1e-16, "gtol": 1e-10}).fun
        for _ in range(starts)
    ]  # fmt: skip
    return float(min(ends))


@pytest.mark.parametrize(("seed", "k", "d"), [(0, 2, 3), (1, 3, 4), (2, 2, 2), (3, 4, 4)])
def test_a_trained_linear_encoder_reaches_the_least_barlow_twins_loss(
    seed: int, k: int, d: int
) -> None:
    signal, noise = law(seed, d)
    rho = variance_invariance_covariance.correlations(signal + noise, signal)[:k]
    tensors = torch.tensor(signal), torch.tensor(signal + noise)
    found = trained(lambda W: twins_loss(W, *tensors, 1.0), k, d)
    assert found == pytest.approx(barlow_twins.least(rho), abs=1e-9)
    assert found < barlow_twins.of_canonical_features(rho) - 1e-4


def test_a_direction_that_is_too_weak_has_no_share_and_a_trained_encoder_leaves_it_out() -> None:
    rho = np.array([0.3, 0.25, 0.02])
    shares = barlow_twins.shares(rho)
    assert shares[2] == 0
    assert shares.sum() == pytest.approx(3)
    view = torch.eye(3, dtype=torch.float64)
    found = trained(lambda W: twins_loss(W, torch.diag(torch.tensor(rho)), view, 1.0), 3, 3, 8)
    assert found == pytest.approx(barlow_twins.least(rho), abs=1e-7)


@pytest.mark.parametrize("k", [1, 2, 3, 5])
def test_no_other_shares_are_better(k: int) -> None:
    draw = np.random.default_rng(k)
    for _ in range(50):
        rho = np.sort(draw.uniform(0.01, 1, size=k))[::-1]
        least = barlow_twins.least(rho)
        others = k * draw.dirichlet(np.ones(k), size=200)
        assert np.all(((1 - rho * others) ** 2).sum(axis=1) >= least - 1e-12)


def test_equal_shares_are_best_where_every_direction_is_worth_the_same_there() -> None:
    rho = (0.9, 0.1)  # 0.9 of a tenth is a tenth of 0.9
    assert barlow_twins.shares(rho) == pytest.approx(1)
    assert barlow_twins.least(rho) == pytest.approx(barlow_twins.of_canonical_features(rho))


def test_with_all_in_use_the_least_loss_is_a_quotient_of_sums() -> None:
    rho = np.array([0.9, 0.7, 0.5])
    expected = ((1 / rho).sum() - 3) ** 2 / (1 / rho**2).sum()
    assert barlow_twins.least(rho) == pytest.approx(expected, rel=1e-14)


@pytest.mark.parametrize(("seed", "k", "d"), [(0, 2, 3), (1, 3, 5), (2, 1, 4)])
def test_white_features_are_no_nearer_than_the_leading_canonical_ones(
    seed: int, k: int, d: int
) -> None:
    """Against a generalised eigenproblem, and against features at random."""
    signal, noise = law(seed, d)
    view = signal + noise
    values, vectors = eigh(signal, view)
    least = variance_invariance_covariance.least(values, k)
    W = vectors[:, -k:].T
    assert np.allclose(W @ view @ W.T, np.eye(k))
    assert 2 * np.trace(W @ noise @ W.T) == pytest.approx(least, abs=1e-12)
    draw, whitener = np.random.default_rng(seed), np.linalg.inv(np.linalg.cholesky(view))
    for _ in range(100):
        W = orth(draw.normal(size=(d, k))).T @ whitener
        assert 2 * np.trace(W @ noise @ W.T) >= least - 1e-12


@pytest.mark.parametrize("rho", [0.0, 0.4, 0.9, 1.0])
def test_a_single_penalised_feature_is_as_long_as_pays(rho: float) -> None:
    lengths = np.linspace(0, 2, 2001)
    losses = 50 * lengths**2 * (1 - rho) + 25 * np.maximum(0, 1 - lengths)
    assert variance_invariance_covariance.penalised(rho) == pytest.approx(losses.min(), abs=1e-4)


# -- what people write ----------------------------------------------------------------------------


def off_diagonal(x: Any) -> Any:
    n, m = x.shape
    assert n == m
    return x.flatten()[:-1].view(n - 1, n + 1)[:, 1:].flatten()


def by_batch_norm(z_a: Any, z_b: Any) -> Any:
    bn = torch.nn.BatchNorm1d(z_a.shape[1], affine=False)
    c = bn(z_a).T @ bn(z_b)
    c.div_(len(z_a))
    on_diag = torch.diagonal(c).add_(-1).pow_(2).sum()
    return on_diag + 0.005 * off_diagonal(c).pow_(2).sum()


def scaled(z1: Any, z2: Any) -> Any:
    """With the factor that some trainers put before it."""
    corr = torch.einsum(
        "bi,bj->ij", *(F.batch_norm(z, None, None, training=True) for z in (z1, z2))
    )
    diag = torch.eye(z1.shape[1])
    cdif = (corr / len(z1) - diag).pow(2)
    cdif[~diag.bool()] *= 5e-3
    return 0.025 * cdif.sum()


def by_std(z_a: Any, z_b: Any) -> Any:
    """With torch's own standard deviation, and a weight of one over the number of features."""
    n, d = z_a.shape
    a, b = ((z - z.mean(dim=0)) / (z.std(dim=0) + 1e-15) for z in (z_a, z_b))
    c = a.T @ b / n
    apart = ~torch.eye(d).bool()
    return (1 - c.diagonal()).pow(2).sum() + c[apart].pow(2).sum() / d


def already_standardised(z1: Any, z2: Any) -> Any:
    c = (z1.T @ z2).div(z1.shape[0])
    return (torch.diagonal(c) - 1).square().sum() + 0.5 * off_diagonal(c).square().sum()


def by_corrcoef(z1: Any, z2: Any) -> Any:
    d = z1.shape[1]
    c = torch.corrcoef(torch.cat([z1, z2], 1).T)[:d, d:]
    return sum(
        (1 - c[i, j]) ** 2 if i == j else 0.005 * c[i, j] ** 2 for i in range(d) for j in range(d)
    )


def published(x: Any, y: Any) -> Any:
    repr_loss = F.mse_loss(x, y)
    x, y = x - x.mean(dim=0), y - y.mean(dim=0)
    std_x, std_y = torch.sqrt(x.var(dim=0) + 0.0001), torch.sqrt(y.var(dim=0) + 0.0001)
    std_loss = torch.mean(F.relu(1 - std_x)) / 2 + torch.mean(F.relu(1 - std_y)) / 2
    cov_x, cov_y = (x.T @ x) / (len(x) - 1), (y.T @ y) / (len(y) - 1)
    covs = (off_diagonal(c).pow_(2).sum().div(c.shape[0]) for c in (cov_x, cov_y))
    return 25.0 * repr_loss + 25.0 * std_loss + 1.0 * sum(covs)


def terms(deviation: Callable[[Any], Any], covariance: Callable[[Any], Any]) -> Callable[..., Any]:
    def of(z: Any) -> tuple[Any, Any]:
        c = covariance(z)
        return F.relu(1 - deviation(z)).mean(), c[~torch.eye(len(c)).bool()].pow(2).sum() / len(c)

    return of


PLAIN = terms(lambda z: torch.sqrt(z.var(0) + 1e-4), lambda z: torch.cov(z.T))
NO_EPS = terms(lambda z: z.std(0), lambda z: torch.cov(z.T))
MIXED = terms(lambda z: torch.sqrt(z.var(0, unbiased=False) + 1e-4), lambda z: torch.cov(z.T))
BY_BATCH = terms(
    lambda z: torch.sqrt(z.var(0) + 1e-4), lambda z: (z - z.mean(0)).T @ (z - z.mean(0)) / len(z)
)


def with_torch_s_covariance(a: Any, b: Any) -> Any:
    (v, c), (w, e) = PLAIN(a), PLAIN(b)
    return 25 * (a - b).pow(2).mean() + 12.5 * (v + w) + c + e


def other_weight(a: Any, b: Any) -> Any:
    (v, c), (w, e) = PLAIN(a), PLAIN(b)
    return 25 * F.mse_loss(a, b) + 12.5 * (v + w) + 5 * (c + e)


def with_weights_of_its_own(a: Any, b: Any) -> Any:
    """Both hinges whole, no epsilon, and none of the weights the usual ones."""
    (v, c), (w, e) = NO_EPS(a), NO_EPS(b)
    return 10 * F.mse_loss(a, b) + 10 * (v + w) + 0.5 * (c + e)


def by_the_paper_s_formula(a: Any, b: Any) -> Any:
    (v, c), (w, e) = PLAIN(a), PLAIN(b)
    return 25 * (a - b).pow(2).sum(1).mean() + 25 * (v + w) + c + e


def of_weight_one(a: Any, b: Any) -> Any:
    (v, c), (w, e) = NO_EPS(a), NO_EPS(b)
    return F.mse_loss(a, b) + (v + w) / 2 + 0.04 * (c + e)


def mixed_divisors(a: Any, b: Any) -> Any:
    (v, c), (w, e) = MIXED(a), MIXED(b)
    return 25 * F.mse_loss(a, b) + 25 * (v + w) / 2 + c + e


def covariances_over_the_batch(a: Any, b: Any) -> Any:
    (v, c), (w, e) = BY_BATCH(a), BY_BATCH(b)
    return 25 * F.mse_loss(a, b) + 25 * (v + w) / 2 + c + e


def loops(x: Any, y: Any) -> Any:
    n, d = x.shape
    loss = 25 * torch.mean((x - y) ** 2)
    for z in (x, y):
        m = z.mean(0)
        for i in range(d):
            s = torch.sqrt(((z[:, i] - m[i]) ** 2).sum() / (n - 1) + 1e-4)
            if s < 1:
                loss = loss + 12.5 * (1 - s) / d
            for j in range(d):
                if i != j:
                    pair = ((z[:, i] - m[i]) * (z[:, j] - m[j])).sum() / (n - 1)
                    loss = loss + pair**2 / d
    return loss


HONEST = [
    (by_corrcoef, "barlow-twins", Ruling.UPHELD, {}, {}),
    (by_batch_norm, "barlow-twins", Ruling.STABILISED, {}, {}),
    (scaled, "barlow-twins", Ruling.IDENTIFIED, {"root": "variance + eps"}, {"scale_loss": 0.025}),
    (by_std, "barlow-twins", Ruling.IDENTIFIED, {"deviation": "n-1", "weight": "1/d"}, {}),
    (already_standardised, "barlow-twins", Ruling.IDENTIFIED, {"standardises": "no"},
     {"lambd": 0.5}),
    (published, "vicreg", Ruling.UPHELD, {}, {}),
    (with_torch_s_covariance, "vicreg", Ruling.UPHELD, {}, {}),
    (loops, "vicreg", Ruling.UPHELD, {}, {}),
    (other_weight, "vicreg", Ruling.IDENTIFIED, {}, {"cov_coeff": 5.0}),
    (with_weights_of_its_own, "vicreg", Ruling.IDENTIFIED, {"root": "variance"},
     {"sim_coeff": 10.0, "std_coeff": 20.0, "cov_coeff": 0.5}),
    (by_the_paper_s_formula, "vicreg", Ruling.IDENTIFIED,
     {"invariance": "sum over features", "variance": "added"}, {}),
    (of_weight_one, "vicreg", Ruling.IDENTIFIED, {"factor": "1/25", "root": "variance"}, {}),
    (mixed_divisors, "vicreg", Ruling.IDENTIFIED, {"divisor": "n for variances"}, {}),
    (covariances_over_the_batch, "vicreg", Ruling.IDENTIFIED, {"divisor": "n for covariances"}, {}),
]  # fmt: skip


@pytest.mark.parametrize(
    ("coding", "contract", "ruling", "departures", "parameters"), HONEST,
    ids=[case[0].__name__ for case in HONEST],
)  # fmt: skip
def test_honest_codings_are_recognised(
    coding: Callable[..., Any], contract: str, ruling: Ruling, departures: dict[str, str],
    parameters: dict[str, float],
) -> None:  # fmt: skip
    result = tightframe.check(coding, contract, budget="quick")
    assert result.ruling is ruling, str(result)
    found = result.identification
    assert (dict(found.departures) if found else {}) == departures
    assert (found.parameters if found else {}) == pytest.approx(parameters)
    assert max(v.used or 0 for v in result.verdicts) <= 0.25


def test_the_epsilon_of_batch_normalisation_is_located() -> None:
    result = tightframe.check(by_batch_norm, "barlow-twins", budget="quick")
    (found,) = result.stabilisers
    assert found.size == 1e-5
    assert "test_redundancy.py" in found.line


def test_declared_weights_are_those_of_a_stabilised_coding_too() -> None:
    """A factor of two beside batch normalisation's epsilon."""
    result = tightframe.check(
        lambda a, b: 2 * by_batch_norm(a, b), "barlow-twins", fixed={"scale_loss": 2.0},
        budget="quick",
    )  # fmt: skip
    assert result.ruling is Ruling.STABILISED, str(result)


@pytest.mark.parametrize(
    ("contract", "name", "claims"),
    [
        ("barlow-twins", "not centred", {"units of measurement", "at rest"}),
        ("barlow-twins", "off-diagonals not squared", {"orders and signs"}),
        ("barlow-twins", "second view forgotten", {"orders and signs"}),
        ("barlow-twins", "diagonal penalised twice", {"its own copy"}),
        ("barlow-twins", "not divided by n", {"bounds"}),
        ("vicreg", "first view twice", {"orders and signs"}),
        ("vicreg", "no hinge", {"floor", "white features"}),
        ("vicreg", "covariances not squared", {"floor", "orders and signs"}),
        ("vicreg", "not centred", {"common shift", "at rest"}),
        ("vicreg", "normalised first", {"common shift"}),
        ("vicreg", "distance from one", {"white features"}),
    ],
)
def test_each_claim_condemns_what_it_is_there_for(
    contract: str, name: str, claims: set[str]
) -> None:
    assert claims <= set(condemning(contract, name))


def test_a_view_against_itself_shows_a_deviation_over_n_less_one() -> None:
    result = judged(TWINS, by_std, **declared(TWINS, weight="1/d"))
    assert result.ruling is Ruling.VIOLATED
    assert result.diagnosis is not None
    assert result.diagnosis.name == "deviation n-1, where n was declared"


def test_views_of_other_shapes_and_single_samples_are_refused() -> None:
    view = ((1.0, 2.0), (0.0, 1.0))
    with pytest.raises(ContractError, match="keep the samples that both views have"):
        TWINS.pose(Twins(view, view[:1]), {})
    with pytest.raises(ContractError, match="one sample has no variance"):
        VICREG.pose(Embeddings(view[:1], view[:1]), {})
