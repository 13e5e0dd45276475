"""pyro: its bounds, judged over all that they draw, and the evidence itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pyro
import pytest
import torch
from pyro.distributions import MultivariateNormal, Normal
from pyro.infer import Trace_ELBO, TraceMeanField_ELBO
from torch import Tensor

import tightframe as tf
from tightframe.checks.verdict import Ruling
from tightframe.theorems.linear_gaussian import LinearGaussian, evidence, posterior

pytestmark = pytest.mark.thirdparty

DECLARED = {
    "convention": tf.contract("elbo").convention({"reconstruction": "sampled", "constant": "kept"}),
    "fixed": {"beta": 1.0, "decoder_variance": 1.0}, "budget": "quick",
}  # fmt: skip
Decoder = Callable[[Tensor], Tensor]


def bound(elbo: Any, *, prior: float = 1.0) -> Callable[..., Tensor]:
    """The negative bound per row, of a model with this deviation of its prior."""

    def loss(x: Tensor, decoder: Decoder, mu: Tensor, logvar: Tensor) -> Tensor:
        def model() -> None:
            z = pyro.sample("z", Normal(torch.zeros_like(mu), prior).to_event(2))
            pyro.sample("x", Normal(decoder(z), 1.0).to_event(2), obs=x)

        def guide() -> None:
            pyro.sample("z", Normal(mu, (logvar / 2).exp()).to_event(2))

        return elbo.differentiable_loss(model, guide) / len(x)

    return loss


@pytest.mark.parametrize("elbo", [Trace_ELBO(), TraceMeanField_ELBO(), Trace_ELBO(num_particles=2)])
def test_a_bound_is_upheld_in_expectation(elbo: Any) -> None:
    assert tf.check(bound(elbo), "elbo", **DECLARED).ruling is Ruling.UPHELD


def test_a_prior_that_is_not_standard_is_condemned() -> None:
    result = tf.check(bound(Trace_ELBO(), prior=2.0), "elbo", **DECLARED)
    assert result.ruling is Ruling.VIOLATED
    assert {"value", "gradient"} <= {v.claim for v in result.violations}


@pytest.mark.parametrize("seed", range(5))
def test_with_the_posterior_as_guide_every_draw_gives_the_evidence(seed: int) -> None:
    rng = np.random.default_rng(seed)
    W, b, x = rng.normal(size=(3, 2)), rng.normal(size=3), rng.normal(size=3)
    ours = LinearGaussian(W, b, 0.5)
    (mean,), covariance = map(torch.as_tensor, posterior(ours, x[None]))
    matrix, offset, data = map(torch.as_tensor, (W, b, x))

    def model() -> None:
        z = pyro.sample("z", Normal(torch.zeros_like(mean), 1.0).to_event(1))
        pyro.sample("x", Normal(matrix @ z + offset, 0.5**0.5).to_event(1), obs=data)

    def guide() -> None:
        pyro.sample("z", MultivariateNormal(mean, covariance))

    pyro.set_rng_seed(seed)
    for _ in range(3):
        assert Trace_ELBO().loss(model, guide) == pytest.approx(
            -evidence(ours, x[None])[0], rel=1e-12
        )
