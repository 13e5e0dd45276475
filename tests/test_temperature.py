"""A temperature used wrongly is condemned where it is declared, and otherwise identified."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch

import tightframe
from tightframe.checks.verdict import Ruling
from tightframe.implementations.nt_xent import decoupled
from tightframe.implementations.nt_xent import masked_log_sum_exp as right
from tightframe.reports.result import Result

Tensor = torch.Tensor


class Correct(torch.nn.Module):
    def __init__(self, tau: float = 0.5) -> None:
        super().__init__()
        self.tau = tau

    def forward(self, z1: Tensor, z2: Tensor) -> Tensor:
        return right(z1, z2, self.tau)


class Squared(Correct):
    def forward(self, z1: Tensor, z2: Tensor) -> Tensor:
        return right(z1, z2, self.tau**2)


class Multiplied(Correct):
    def forward(self, z1: Tensor, z2: Tensor) -> Tensor:
        return right(z1, z2, 1 / self.tau)


class Forgotten(Correct):
    def forward(self, z1: Tensor, z2: Tensor) -> Tensor:
        return right(z1, z2, 1.0)


class Exponentiated(Correct):
    def forward(self, z1: Tensor, z2: Tensor) -> Tensor:
        return right(z1, z2, math.exp(self.tau))


class PositiveDropped(Correct):
    def forward(self, z1: Tensor, z2: Tensor) -> Tensor:
        return decoupled(z1, z2, self.tau)


class Summed(Correct):
    def forward(self, z1: Tensor, z2: Tensor) -> Tensor:
        return right(z1, z2, self.tau) * 2 * len(z1)


OFFENDERS = {Squared: "0.25", Multiplied: "2", Forgotten: "1", Exponentiated: "1.64872"}
CLASS: dict[str, Any] = {"map": {"temperature": "tau"}}
OBJECT: dict[str, Any] = {"fixed": {"temperature": 0.5}}


def judged(target: Any, **how: Any) -> Result:
    return tightframe.check(target, "nt-xent", budget="quick", **how)


def first_line(result: Result) -> str:
    return str(result).splitlines()[0]


@pytest.mark.parametrize("loss", OFFENDERS)
def test_it_is_condemned_and_named_when_the_class_is_handed_over(loss: type[Correct]) -> None:
    result = judged(loss, **CLASS)
    assert result.ruling is Ruling.VIOLATED
    assert result.diagnosis is not None
    assert result.diagnosis.name == f"temperature {loss.__name__.lower()}"
    assert {"value", "gradient"} <= {v.claim for v in result.violations}


@pytest.mark.parametrize("loss", OFFENDERS)
def test_it_is_condemned_and_named_when_its_value_is_declared(loss: type[Correct]) -> None:
    result = judged(loss(0.5), **OBJECT)
    assert result.ruling is Ruling.VIOLATED
    assert result.diagnosis is not None
    assert result.diagnosis.name == f"temperature {loss.__name__.lower()}"


@pytest.mark.parametrize(("loss", "offending"), OFFENDERS.items())
def test_it_is_identified_with_the_offending_value_in_the_first_line_otherwise(
    loss: type[Correct], offending: str
) -> None:
    result = judged(loss(0.5))
    assert result.ruling is Ruling.IDENTIFIED
    assert not result.ok
    assert f"NT-Xent with temperature {offending};" in first_line(result)


@pytest.mark.parametrize(
    ("loss", "axis", "declared", "departure"),
    [
        (PositiveDropped, "positive_in_denominator", "yes", "no"),
        (Summed, "reduction", "mean", "sum"),
    ],
)
@pytest.mark.parametrize("handed", ["class", "object"])
def test_a_dropped_positive_and_a_sum_are_condemned_where_declared_and_identified_otherwise(
    loss: type[Correct], axis: str, declared: str, departure: str, handed: str
) -> None:
    target, how = (loss, CLASS) if handed == "class" else (loss(0.5), OBJECT)
    condemned = judged(target, convention={axis: declared}, **how)
    assert condemned.ruling is Ruling.VIOLATED
    assert {"value", "gradient"} <= {v.claim for v in condemned.violations}
    identified = judged(target, **how)
    assert identified.ruling is Ruling.IDENTIFIED
    assert f"{axis}={departure}" in first_line(identified)
    assert judged(target, convention={axis: departure}, **how).ruling is Ruling.UPHELD


@pytest.mark.parametrize("how", [CLASS, OBJECT, {}], ids=["class", "object", "undeclared"])
def test_a_correct_temperature_is_never_condemned(how: dict[str, Any]) -> None:
    result = judged(Correct if how is CLASS else Correct(0.5), **how)
    assert result.ruling is (Ruling.UPHELD if how else Ruling.IDENTIFIED)
    assert result.violations == ()
