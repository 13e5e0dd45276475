"""A parameter that the code takes as a tensor is a letter: it is proved for every value of it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from symbolic_subjects import PAIRS, trial
from torch import Tensor

from tightframe.checks import nt_xent
from tightframe.checks.symbolic_found import Proved, Refuted, Undecided
from tightframe.checks.symbolic_trial import prove_at
from tightframe.checks.symbolic_twin import prove

NT_XENT = nt_xent.PAIRING.contract
AT_A_HALF, ONE = PAIRS["N=2, d=2"], PAIRS["N=2, d=2"]._replace(temperature=1.0)
EVERY = "proved at z1 2x2, z2 2x2, for all inputs and every temperature > 0 with "
FIXED = "proved at z1 2x2, z2 2x2, temperature = 0.5, for all inputs with "


def asked(target: Any, problem: Any = AT_A_HALF, **convention: str) -> Any:
    return prove_at(trial(nt_xent.PAIRING, target, **convention), problem)


def loss(z1: Tensor, z2: Tensor, factor: Any) -> Tensor:
    """Scores times a factor, cross-entropy over all others."""
    u = torch.nn.functional.normalize(torch.cat([z1, z2]), dim=1)
    n = len(z1)
    itself = torch.eye(2 * n, dtype=torch.bool)
    scores = (factor * (u @ u.T)).masked_fill(itself, -torch.inf)
    return torch.nn.functional.cross_entropy(scores, torch.arange(2 * n).roll(n))


def honest(z1: Tensor, z2: Tensor, temperature: Any) -> Tensor:
    return loss(z1, z2, 1 / temperature)


class Honest(torch.nn.Module):
    def __init__(self, temperature: float = 0.5) -> None:
        super().__init__()
        if abs(temperature) < 1e-8:
            raise ValueError
        self.temperature = temperature

    def forward(self, z1: Tensor, z2: Tensor) -> Tensor:
        return honest(z1, z2, self.temperature)


# -- proved ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NT_XENT.references)
def test_honest_codings_are_proved_for_every_temperature(name: str) -> None:
    found = asked(NT_XENT.references[name])
    assert isinstance(found, Proved)
    assert found.sentence.startswith(EVERY)
    assert found.error == 0.0


def test_a_class_is_built_with_the_letter_and_what_its_constructor_asks_is_a_condition() -> None:
    found = asked(Honest)
    assert isinstance(found, Proved)
    assert found.sentence.startswith(EVERY)
    assert found.conditions[0].startswith("temperature >= 1e-08 (test_symbolic_parameters.py:")


def test_a_parameter_on_another_scale_is_a_letter_too() -> None:
    found = asked(lambda z1, z2, temperature: loss(z1, z2, temperature), scale="inverse")
    assert isinstance(found, Proved)
    assert found.sentence.startswith(EVERY)


def test_a_branch_on_the_temperature_is_a_condition() -> None:
    def branching(z1: Tensor, z2: Tensor, temperature: Any) -> Tensor:
        return honest(z1, z2, temperature) * (1 if temperature < 2 else 3)

    found = asked(branching)
    assert isinstance(found, Proved)
    assert any(c.startswith("temperature < 2 (test_symbolic_param") for c in found.conditions)


# -- plain numbers --------------------------------------------------------------------------------


def as_a_float(z1: Tensor, z2: Tensor, temperature: Any) -> Tensor:
    return loss(z1, z2, 1 / float(temperature))


def no_tensors(z1: Tensor, z2: Tensor, temperature: Any) -> Tensor:
    if not isinstance(temperature, float):
        raise TypeError("a temperature is a number")
    return honest(z1, z2, temperature)


def tensors_are_logarithms(z1: Tensor, z2: Tensor, temperature: Any) -> Tensor:
    if isinstance(temperature, torch.Tensor):
        temperature = temperature.exp()
    return honest(z1, z2, temperature)


@pytest.mark.parametrize("coding", [as_a_float, no_tensors, tensors_are_logarithms])
def test_code_that_wants_a_number_is_proved_at_that_number(coding: Any) -> None:
    found = asked(coding)
    assert isinstance(found, Proved)
    assert found.sentence.startswith(FIXED)


def test_a_temperature_that_lives_inside_the_code_is_no_letter() -> None:
    found = asked(lambda z1, z2: loss(z1, z2, 2.0))
    assert isinstance(found, Proved)
    assert found.sentence.startswith(FIXED)


# -- not proved -----------------------------------------------------------------------------------


def numbers_are_squared(z1: Tensor, z2: Tensor, temperature: Any) -> Tensor:
    if not isinstance(temperature, torch.Tensor):
        temperature = temperature**2
    return honest(z1, z2, temperature)


WRONG = {
    "on the wrong side": lambda z1, z2, temperature: loss(z1, z2, temperature),
    "squared": lambda z1, z2, temperature: loss(z1, z2, 1 / temperature**2),
    "forgotten": lambda z1, z2, temperature: loss(z1, z2, 1.0),
    "detached factor": lambda z1, z2, temperature: honest(z1, z2, temperature) / temperature**0.5,
    "right for tensors alone": numbers_are_squared,
}


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_temperature_is_refuted(name: str) -> None:
    assert isinstance(asked(WRONG[name]), Refuted)


@pytest.mark.parametrize("name", ["on the wrong side", "squared", "forgotten", "detached factor"])
def test_what_is_right_at_temperature_one_alone_is_refuted_at_another(name: str) -> None:
    """The proof at the number that was posed hides no refutation."""
    found = asked(WRONG[name], ONE)
    assert isinstance(found, Refuted), found
    assert found.sizes.partition("temperature = ")[2] != "1"


def test_what_is_right_at_a_half_alone_is_refuted_at_another() -> None:
    def rescaled(z1: Tensor, z2: Tensor, temperature: Any) -> Tensor:
        return honest(z1, z2, temperature) * (0.5 / temperature)

    assert isinstance(asked(rescaled), Refuted)


def test_a_number_of_which_neither_side_speaks_is_not_quantified_over() -> None:
    """Or a letter that both sides lost would make a proof for every value."""

    def definition(arithmetic: Any, entries: tuple[np.ndarray, ...]) -> Any:
        return entries[0] * 2, None

    tables, names = (np.array(0.75), np.array(0.5)), ("x", "scale")
    asked_of = {"names": names, "differentiable": (True, False), "positive": ("scale",)}
    found = prove(lambda t: t[0] * 2, tables, definition, **asked_of)  # type: ignore[arg-type]
    assert isinstance(found, Undecided)
    assert found.why == "the definition does not speak of scale"
