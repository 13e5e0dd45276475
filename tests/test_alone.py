"""Code in which the lift found nothing to do runs alone, and is watched before it is condemned."""

from __future__ import annotations

from typing import Any

import pytest
import torch

import tightframe
from tightframe.checks.catalogue import PAIRINGS
from tightframe.checks.identify import Fit, on_trial
from tightframe.checks.verdict import Ruling, Strength
from tightframe.implementations.implementation import accept
from tightframe.implementations.nt_xent import masked_log_sum_exp

Tensor = torch.Tensor
PAIRING = PAIRINGS["nt-xent"]
WIDE = (3, 5)  # rows and columns of a batch that is not among the first to be run


def single_where_wide(z1: Tensor, z2: Tensor, temperature: float) -> Tensor:
    if tuple(z1.shape) == WIDE:
        z1, z2 = z1.float(), z2.float()
    return masked_log_sum_exp(z1, z2, temperature)


def single_inside_where_wide(z1: Tensor, z2: Tensor, temperature: float) -> Tensor:
    loss = masked_log_sum_exp(z1, z2, temperature)
    return loss.float().double() if tuple(z1.shape) == WIDE else loss


def wrong_where_wide(z1: Tensor, z2: Tensor, temperature: float) -> Tensor:
    loss = masked_log_sum_exp(z1, z2, temperature)
    return loss * (1 + 1e-7) if tuple(z1.shape) == WIDE else loss


def drawing_where_wide(z1: Tensor, z2: Tensor, temperature: float) -> Tensor:
    loss = masked_log_sum_exp(z1, z2, temperature)
    return loss + 1e-3 * torch.randn((), dtype=loss.dtype) if tuple(z1.shape) == WIDE else loss


def trial_of(target: Any) -> Any:
    implementation = accept(target, PAIRING.contract)
    return on_trial(PAIRING, implementation, Fit(PAIRING.contract.convention({}), {}))


def test_the_lift_is_left_out_once_it_was_idle() -> None:
    trial = trial_of(masked_log_sum_exp)
    alone = [trial._ran(problem).alone for problem in PAIRING.family.design()]
    assert not any(alone[:2])
    assert all(alone[2:])


def test_code_that_was_lifted_never_runs_alone() -> None:
    trial = trial_of(lambda z1, z2, temperature: masked_log_sum_exp(z1.float(), z2, temperature))
    assert not any(trial._ran(problem).alone for problem in PAIRING.family.design())


@pytest.mark.parametrize("late", [single_where_wide, single_inside_where_wide])
def test_single_precision_that_comes_late_is_lifted_all_the_same(late: Any) -> None:
    result = tightframe.check(late, "nt-xent", budget="quick", strength="lifted")
    assert result.ruling is Ruling.UPHELD
    assert {v.strength for v in result.verdicts if v.claim == "value"} == {Strength.LIFTED}


@pytest.mark.parametrize(
    ("late", "ruling"),
    [(wrong_where_wide, Ruling.VIOLATED), (drawing_where_wide, Ruling.UPHELD)],
)
def test_what_comes_late_is_judged(late: Any, ruling: Ruling) -> None:
    """A mean-zero draw changes no expectation; a factor does."""
    assert tightframe.check(late, "nt-xent", budget="quick", strength="lifted").ruling is ruling
