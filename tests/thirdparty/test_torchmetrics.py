"""torchmetrics' KL divergence is one of finite distributions, and applies after an adapter.

The adapter cuts the line into cells a quarter of the first Gaussian's deviation wide.  Sums over
such cells of a Gaussian times a quadratic are the integrals to rounding, so that what torchmetrics
returns must be the Gaussians' KL divergence.  Logarithms of probabilities are handed over: the
other call makes each row sum to one, which is another question where the cells miss the second
Gaussian.
"""

from __future__ import annotations

from typing import Any

import mpmath
import pytest
import torch
from thirdparty.exact import gaussian_kl, shown
from thirdparty.subjects import judged
from torch import Tensor
from torch.distributions import Normal
from torchmetrics.functional import kl_divergence

pytestmark = pytest.mark.thirdparty

WIDTH, CELLS = 0.25, 97  # from 12 deviations below to 12 above
DIAGONAL = {"covariance": "diagonal"}


def cells(mean: Tensor, deviation: Tensor, other: Tensor, others: Tensor) -> tuple[Tensor, Tensor]:
    """Log-probabilities (coordinates, cells) of the first Gaussian's cells under both."""
    steps = WIDTH * (torch.arange(CELLS, dtype=mean.dtype) - CELLS // 2)
    own = -0.5 * (steps**2 + torch.tensor(2 * torch.pi, dtype=mean.dtype).log())
    places = mean[:, None] + deviation[:, None] * steps
    theirs = Normal(other[:, None], others[:, None]).log_prob(places) + deviation[:, None].log()
    log_width = torch.tensor(WIDTH, dtype=mean.dtype).log()
    return own.expand_as(theirs) + log_width, theirs + log_width


def pair(mu0: Tensor, var0: Tensor, mu1: Tensor, var1: Tensor) -> Tensor:
    p, q = cells(mu0, var0.sqrt(), mu1, var1.sqrt())
    return kl_divergence(p, q, log_prob=True, reduction="sum")


def averaged(mu0: Tensor, var0: Tensor, mu1: Tensor, var1: Tensor) -> Tensor:
    """With the default reduction, which takes coordinates for a batch."""
    p, q = cells(mu0, var0.sqrt(), mu1, var1.sqrt())
    return kl_divergence(p, q, log_prob=True)


def to_the_prior(mu: Tensor, std: Tensor) -> Tensor:
    means, deviations = mu.flatten(), std.flatten()
    p, q = cells(means, deviations, torch.zeros_like(means), torch.ones_like(means))
    return kl_divergence(p, q, log_prob=True, reduction="none").view(mu.shape).sum(1)


def formula(result: Any) -> set[str]:
    """How the claims were ruled that real arithmetic decides."""
    return {v.ruling.value for v in result.verdicts if v.claim != "range"}


def test_summed_over_coordinates_it_is_the_kl_of_the_gaussians() -> None:
    result = judged(pair, "gaussian-kl-pair", convention=DIAGONAL)
    assert (result.ruling.value, result.ok) == ("upheld", True)


def test_diagonal_covariances_are_identified() -> None:
    assert judged(pair, "gaussian-kl-pair").identification.departures == DIAGONAL


def test_its_default_reduction_averages_over_coordinates_and_is_violated() -> None:
    result = judged(averaged, "gaussian-kl-pair", convention=DIAGONAL)
    assert result.ruling.value == "violated"
    problem, ours, theirs, noise = shown(result, "value")
    mu0, cov0, mu1, cov1 = problem.values()
    variances = [[row[i] for i, row in enumerate(cov)] for cov in (cov0, cov1)]
    exact = gaussian_kl(mu0, variances[0], mu1, variances[1])
    assert len(mu0) > 1
    assert abs(exact - ours[0]) <= noise
    assert abs(exact / len(mu0) - theirs[0]) <= noise


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_against_the_prior_it_is_right_but_where_the_cells_of_a_wide_gaussian_cancel(
    dtype: str,
) -> None:
    """The adapter's doing: its derivative in the mean is a sum over cells in which deviations
    cancel, so that what is left of them is rounded by the deviation and not by the mean."""
    result = judged(to_the_prior, "gaussian-kl", convention={"second": "std"}, dtype=dtype)
    assert formula(result) == {"upheld"}
    assert [v.claim for v in result.violations] == ["range"]
    problem, ours, theirs, noise = shown(result, "range")
    ((mu,),), ((logvar,),) = problem["mu"], problem["logvar"]
    assert ours[0] == mu  # the derivative of mu^2 / 2
    missed = abs(mpmath.mpf(theirs[0]) - mu)
    assert noise < missed < torch.finfo(getattr(torch, dtype)).eps * mpmath.exp(logvar / 2)
