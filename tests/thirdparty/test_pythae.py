"""pythae: the losses of its VAE and beta-VAE, called as its models call them."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import pytest
from pythae.models import VAE, BetaVAE, BetaVAEConfig, VAEConfig
from thirdparty.subjects import judged
from torch import Tensor

import tightframe as tf
from tightframe.checks.verdict import Ruling

pytestmark = pytest.mark.thirdparty

BERNOULLI = {"likelihood": "bernoulli"}


def loss_of(model: Any) -> Callable[..., Tensor]:
    """The loss of a model of whatever sizes, which its encoder and decoder do not enter."""

    def loss(x: Tensor, x_hat: Tensor, mu: Tensor, logvar: Tensor) -> Tensor:
        return model.loss_function(x_hat, x, mu, logvar, None)[0]

    return loss


def vae(reconstruction: str) -> Callable[..., Tensor]:
    return loss_of(VAE(VAEConfig(input_dim=(2,), reconstruction_loss=reconstruction)))


def beta_vae(beta: float) -> Callable[..., Tensor]:
    return loss_of(BetaVAE(BetaVAEConfig(input_dim=(2,), beta=beta)))


@pytest.mark.parametrize("dtype", ["float32", "bfloat16", "float64"])
def test_the_loss_of_a_vae_is_its_bound(dtype: str) -> None:
    assert judged(vae("mse"), "elbo", dtype=dtype).ruling is Ruling.UPHELD


def test_in_half_precision_its_squares_overflow_before_they_are_halved() -> None:
    result = judged(vae("mse"), "elbo", dtype="float16")
    assert [v.claim for v in result.violations] == ["range"]
    (evidence,) = (v.evidence for v in result.violations)
    assert float(evidence.theirs) == math.inf
    assert 65504 / 2 < float(evidence.ours) < 65504


def test_so_is_the_one_with_cross_entropy() -> None:
    assert judged(vae("bce"), "elbo", convention=BERNOULLI).ruling is Ruling.UPHELD
    assert judged(vae("bce"), "elbo").identification.departures == BERNOULLI


def test_the_weight_of_a_beta_vae_is_declared_or_found() -> None:
    assert judged(beta_vae(4.0), "elbo", fixed={"beta": 4.0}).ruling is Ruling.UPHELD
    found = judged(beta_vae(4.0), "elbo")
    assert found.ruling is Ruling.IDENTIFIED
    assert found.identification.parameters == {"beta": 4.0}


def test_a_weight_that_is_not_the_declared_one_is_condemned() -> None:
    result = tf.check(beta_vae(4.0), "elbo", fixed={"beta": 2.0}, budget="quick")
    assert result.ruling is Ruling.VIOLATED
    assert {"value", "gradient"} <= {v.claim for v in result.violations}
