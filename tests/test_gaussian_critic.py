"""Critics that are trained on samples of correlated normal pairs, held to the exact loss.

Which of K keys is the query's own has a posterior that is the soft-max of the best critic's scores:
InfoNCE on n queries with negatives of their own is a conditional likelihood, and a critic of p free
numbers that holds the log-ratio ends above the least loss by a chi squared of p degrees over 2n
(Wilks).  That is the tolerance here.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import pytest
import torch
from scipy.optimize import minimize
from scipy.stats import chi2

from tightframe.implementations.training import adam, flattened, layer, lbfgs, one_thread
from tightframe.theorems.infonce_laws import gaussian_loss

RHO, COARSE = 0.6, (41, 161)
BEST = (RHO / (1 - RHO**2), -(RHO**2) / (2 * (1 - RHO**2)))  # of x y, and of y^2

Tensor = torch.Tensor


@lru_cache
def least(keys: int) -> float:
    return gaussian_loss(RHO, keys, grid=COARSE)


def quadratic(slope: float, bend: float, keys: int) -> float:
    return gaussian_loss(RHO, keys, lambda x, y: slope * x * y + bend * y * y, grid=COARSE)


def drawn(queries: int, keys: int, seed: int) -> tuple[Tensor, Tensor]:
    """Queries [n, 1] and their keys [n, K], each query's own the first."""
    draw = torch.Generator().manual_seed(seed)
    x = torch.randn(queries, 1, generator=draw, dtype=torch.float64)
    y = torch.randn(queries, keys, generator=draw, dtype=torch.float64)
    y[:, :1] = RHO * x + (1 - RHO**2) ** 0.5 * y[:, :1]
    return x, y


def info_nce(scores: Tensor) -> Tensor:
    return -scores.log_softmax(1)[:, 0].mean()


def fitted(queries: int, keys: int, seed: int) -> tuple[float, float]:
    """A quadratic critic's two numbers, by L-BFGS on one sample, from zeros."""
    (x, y), numbers = drawn(queries, keys, seed), torch.zeros(2).double().requires_grad_()
    with one_thread():
        found = lbfgs(
            *flattened([numbers], lambda: info_nce(numbers[0] * x * y + numbers[1] * y * y)),
            200, still=1e-10,
        )  # fmt: skip
    slope, bend = map(float, found)
    return slope, bend


def test_the_coarse_grid_is_the_fine_one_s_value() -> None:
    assert abs(least(5) - gaussian_loss(RHO, 5)) < 1e-8


def test_on_the_exact_loss_training_ends_at_the_log_ratio_s_numbers() -> None:
    found = minimize(lambda p: quadratic(*p, keys=3), [0.0, 0.0], options={"gtol": 1e-6})
    assert abs(found.fun - least(3)) < 1e-11
    np.testing.assert_allclose(found.x, BEST, atol=1e-5)


@pytest.mark.parametrize("keys", [2, 16])
def test_on_samples_it_ends_above_the_least_loss_by_a_chi_squared_over_twice_their_number(
    keys: int,
) -> None:
    queries, seeds = 2000, 6
    excess = [quadratic(*fitted(queries, keys, s), keys=keys) - least(keys) for s in range(seeds)]
    assert min(excess) > 0
    low, high = chi2(2 * seeds).ppf([1e-5, 1 - 1e-5])
    assert low < 2 * queries * sum(excess) < high


def test_a_network_passes_every_bilinear_critic_and_not_the_least_loss() -> None:
    keys, draw = 8, torch.Generator().manual_seed(0)
    inner, outer = (layer(*s, True, torch.float64, draw) for s in ((2, 24), (24, 1)))

    def scores(x: Tensor, y: Tensor) -> Tensor:
        pairs = torch.stack(torch.broadcast_tensors(x, y), dim=-1)
        return outer(inner(pairs).tanh())[..., 0]

    with one_thread():
        adam(
            [*inner.parameters(), *outer.parameters()], lambda batch: info_nce(scores(*batch)),
            [drawn(256, keys, 1000 + step) for step in range(300)], rate=0.03,
        )  # fmt: skip

    def critic(x: np.ndarray, y: np.ndarray) -> np.ndarray:
        with torch.no_grad():
            found = scores(torch.tensor(x).double(), torch.tensor(y).double())
        return np.asarray(found)

    bilinear = minimize(lambda p: quadratic(p[0], 0.0, keys), [0.5], options={"gtol": 1e-4})
    found = gaussian_loss(RHO, keys, critic, grid=COARSE)
    assert least(keys) < found < bilinear.fun
