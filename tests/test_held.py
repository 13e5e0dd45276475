"""A number that the code keeps in float32 is the nearest to the one declared, and no error."""

from __future__ import annotations

import math

import pytest
import torch

import tightframe
from tightframe.checks.lift import held
from tightframe.implementations.nt_xent import masked_log_sum_exp


class InABuffer(torch.nn.Module):
    def __init__(self, tau: float = 0.07) -> None:
        super().__init__()
        self.register_buffer("tau", torch.tensor(tau))

    def forward(self, z1, z2):
        return masked_log_sum_exp(z1, z2, self.tau)


class AsALearnedLogarithm(torch.nn.Module):
    def __init__(self, tau: float = 0.07) -> None:
        super().__init__()
        self.log_scale = torch.nn.Parameter(torch.tensor(math.log(1 / tau)))

    def forward(self, z1, z2):
        return masked_log_sum_exp(z1, z2, 1 / self.log_scale.exp())


class AsAPythonQuotient:
    def __init__(self, tau: float = 0.07) -> None:
        self.scale = 1 / tau

    def __call__(self, z1, z2):
        return masked_log_sum_exp(z1, z2, 1 / self.scale)


class Squared(InABuffer):
    def forward(self, z1, z2):
        return masked_log_sum_exp(z1, z2, self.tau**2)


HONEST = (InABuffer, AsALearnedLogarithm, AsAPythonQuotient)


@pytest.mark.parametrize("strength", ["strongest", "lifted", "native"])
@pytest.mark.parametrize("loss", HONEST)
def test_a_temperature_is_the_declared_one_however_it_is_kept(loss, strength) -> None:
    on_trial = tightframe.check(
        loss, "nt-xent", map={"temperature": "tau"}, strength=strength, budget="quick"
    )
    assert on_trial.ruling.value == "upheld", str(on_trial)
    declared = tightframe.check(
        loss(), "nt-xent", fixed={"temperature": 0.07}, strength=strength, budget="quick"
    )
    assert declared.ruling.value == "upheld", str(declared)


@pytest.mark.parametrize("loss", HONEST)
def test_an_undeclared_one_is_identified_by_its_plain_value(loss) -> None:
    found = tightframe.check(loss(), "nt-xent", budget="quick")
    assert found.identification is not None
    assert found.identification.parameters == {"temperature": 0.07}


def test_an_error_is_no_smaller_for_being_kept_in_float32() -> None:
    found = tightframe.check(Squared(), "nt-xent", fixed={"temperature": 0.07}, budget="quick")
    assert found.ruling.value == "violated"
    assert found.diagnosis is not None
    assert found.diagnosis.name == "temperature squared"


def test_only_numbers_that_were_rounded_count_as_kept_in_float32() -> None:
    assert held(InABuffer(0.07)) == "float32"
    assert held(InABuffer(0.5)) == "float64"
    assert held(AsAPythonQuotient()) == "float64"
    captured = torch.tensor(0.1)
    assert held(lambda z1, z2: captured * z1.sum()) == "float32"
