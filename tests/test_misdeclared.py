"""Right code under a wrong declaration is violated, and told what to declare."""

from __future__ import annotations

from typing import Any

import pytest
import torch

import tightframe as tf
from tightframe.implementations.nt_xent import masked_log_sum_exp


def at(temperature: float) -> Any:
    return lambda z1, z2: masked_log_sum_exp(z1, z2, temperature)


def test_another_temperature_than_the_declared_one_is_named() -> None:
    result = tf.check(at(0.3), "nt-xent", fixed={"temperature": 0.5}, budget="quick")
    assert result.ruling.value == "violated"
    assert result.diagnosis is not None
    assert result.diagnosis.name == "temperature 0.3, where 0.5 was declared"


def test_another_option_than_the_declared_one_is_named() -> None:
    declared = {"features": "sum", "batch": "mean"}
    result = tf.check(
        torch.nn.MSELoss(), "reconstruction-loss", convention=declared, budget="quick"
    )
    assert result.diagnosis is not None
    assert result.diagnosis.name == "features mean, where sum was declared"
    assert result.diagnosis.changes == "features: sum → mean"


def test_it_is_named_beside_a_weight_that_lives_inside_the_code() -> None:
    def weighed(activations: Any, rho: float) -> Any:
        mean = activations.mean(0)
        on, off = rho * (rho / mean).log(), (1 - rho) * ((1 - rho) / (1 - mean)).log()
        return 3 * (on + off).sum()

    result = tf.check(weighed, "sparse-penalty", convention={"units": "mean"}, budget="quick")
    assert result.diagnosis is not None
    assert result.diagnosis.name == "units sum, where mean was declared"


def test_wrong_code_is_not_excused_by_another_declaration() -> None:
    def distances(x: Any, x_hat: Any) -> Any:
        return (x - x_hat).pow(4).sum(1).mean()

    result = tf.check(
        distances, "reconstruction-loss", convention={"features": "sum"}, budget="quick"
    )
    assert (result.ruling.value, result.diagnosis) == ("violated", None)


def test_errors_beyond_one_are_probed_too() -> None:
    """Huber's loss is half the squared error where errors are below one."""
    result = tf.check(torch.nn.SmoothL1Loss(), "reconstruction-loss", budget="quick")
    assert [v.claim for v in result.violations] == ["homogeneity"]
    assert result.diagnosis is None  # its value is right wherever it is compared


@pytest.mark.parametrize("centred", [True, False])
def test_a_model_that_claims_no_optimum_is_told_which_variant_it_reaches(centred: bool) -> None:
    def components(x: Any, k: int) -> Any:
        x = x - x.mean(0) if centred else x
        return torch.linalg.svd(x, full_matrices=False)[2][:k]

    result = tf.check(components, "pca", budget="quick")
    assert result.ruling.value == ("upheld" if centred else "identified")
    assert result.convention["centring"] == ("yes" if centred else "no")
    assert result.convention["exactness"] == "no"
    (optimum,) = (v for v in result.verdicts if v.claim == "reaches the ceiling")
    assert optimum.ruling.value == "inconclusive"
    assert optimum.reason.startswith("no convergence was claimed; it would be missed by")
