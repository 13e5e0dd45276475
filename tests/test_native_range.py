"""What is judged in a precision is asked in that precision."""

from __future__ import annotations

from typing import Any

import pytest
import torch

import tightframe as tf
from tightframe.implementations.reconstruction_loss import bernoulli


def test_a_clamp_is_not_blamed_for_inputs_that_the_precision_rounds_to_it() -> None:
    def loss(x: Any, x_hat: Any) -> Any:
        return torch.nn.functional.binary_cross_entropy(x_hat, x, reduction="sum") / len(x)

    declared = {"error": "bernoulli"}
    result = tf.check(loss, "reconstruction-loss", convention=declared, dtype="bfloat16")
    assert result.ruling.value == "upheld"


def test_nothing_is_asked_whose_answer_leaves_the_precision() -> None:
    from tightframe.implementations.gaussian_kl import through_distributions

    result = tf.check(through_distributions, "gaussian-kl", dtype="float16", budget="quick")
    assert result.ruling.value == "upheld"


def test_a_precision_for_which_there_is_no_kernel_is_not_applicable() -> None:
    from tightframe.implementations.gaussian_kl_pair import by_cholesky

    result = tf.check(by_cholesky, "gaussian-kl-pair", dtype="bfloat16", budget="quick")
    (verdict,) = (v for v in result.verdicts if v.claim == "range")
    assert (result.ruling.value, verdict.ruling.value) == ("upheld", "not applicable")
    assert verdict.reason.startswith("the code does not run in bfloat16: ")


def test_code_that_raises_in_its_own_precision_has_crashed_and_says_why() -> None:
    def half_only(x: Any, x_hat: Any) -> Any:
        if x.dtype is torch.float32:
            raise ValueError("no single precision here")
        return bernoulli(x, x_hat)

    declared = {"error": "bernoulli"}
    result = tf.check(half_only, "reconstruction-loss", convention=declared, budget="quick")
    assert result.ruling.value == "crashed"
    assert "no single precision here" in result.reason


@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
def test_a_constant_under_the_logarithm_is_still_condemned_where_it_saturates(dtype: str) -> None:
    def saturating(z1: Any, z2: Any, temperature: float) -> Any:
        u = torch.nn.functional.normalize(torch.cat([z1, z2]), dim=1)
        itself = torch.eye(len(u), dtype=torch.bool)
        chances = (u @ u.T / temperature).masked_fill(itself, -torch.inf).softmax(1)
        positives = torch.cat([chances.diagonal(len(z1)), chances.diagonal(-len(z1))])
        return -(positives + torch.finfo(chances.dtype).tiny).log().mean()

    result = tf.check(saturating, "nt-xent", dtype=dtype, budget="quick")
    assert [v.claim for v in result.violations] == ["range"]
