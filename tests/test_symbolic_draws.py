"""Code that draws normal numbers: its exact expectation is the definition, for all inputs."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np
import pytest
import torch
from symbolic_subjects import ROWS, trial
from torch import Tensor
from torch.distributions import MultivariateNormal, Normal

from tightframe.checks import (
    elbo,
    gaussian_kl,
    gaussian_kl_pair,
    reparameterize,
    symbolic_draws,
)
from tightframe.checks.formula_number import Ledger, Number
from tightframe.checks.symbolic_draws import MOST_DRAWS, expected, numbers
from tightframe.checks.symbolic_found import Proved, Refuted, Undecided
from tightframe.checks.symbolic_point import generic, smallest
from tightframe.checks.symbolic_trial import prove_at
from tightframe.checks.symbolic_twin import prove
from tightframe.checks.twins import EXACT as mp
from tightframe.theorems.gaussian_kl_pair import pair

MOMENTS, ELBO = reparameterize.PAIRING.contract, elbo.PAIRING.contract
SAMPLED = {"reconstruction": "sampled"}


def asked(pairing: Any, target: Any, **convention: str) -> list[Any]:
    """At each of the smallest sizes."""
    subject = trial(pairing, target, **convention)
    return [prove_at(subject, problem) for problem in smallest(subject)]


# -- proved ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", MOMENTS.references)
def test_an_honest_draw_has_the_definitions_moments_for_all_inputs(name: str) -> None:
    found = asked(reparameterize.PAIRING, MOMENTS.references[name])
    assert all(isinstance(f, Proved) and not f.error and not f.conditions for f in found)
    assert found[0].sentence == (
        "proved at mu 2x2, logvar 2x2, in expectation over 4 numbers drawn, for all inputs"
    )


@pytest.mark.parametrize("name", ELBO.references)
def test_an_honest_sampled_elbo_is_the_definition_for_all_inputs_of_a_decoder(name: str) -> None:
    coding = functools.partial(ELBO.references[name], **SAMPLED)
    found = asked(elbo.PAIRING, coding, **SAMPLED)
    assert all(isinstance(f, Proved) and not f.error and not f.conditions for f in found)
    assert "x_hat as posed" in found[0].sizes


def by_one_draw(mu: Tensor, logvar: Tensor) -> Tensor:
    q = Normal(mu, (0.5 * logvar).exp())
    z = q.rsample()
    return (q.log_prob(z) - Normal(0.0, 1.0).log_prob(z)).sum(1)


@pytest.mark.parametrize("size", ROWS)
def test_a_kl_by_one_draw_is_right_in_expectation(size: str) -> None:
    found = prove_at(trial(gaussian_kl.PAIRING, by_one_draw), ROWS[size])
    assert isinstance(found, Proved), found
    assert found.draws == np.size(ROWS[size].mu)


def between(mu0: Tensor, cov0: Tensor, mu1: Tensor, cov1: Tensor) -> Tensor:
    q, p = MultivariateNormal(mu0, cov0), MultivariateNormal(mu1, cov1)
    z = q.rsample(torch.Size([2]))
    return (q.log_prob(z) - p.log_prob(z)).mean()


@pytest.mark.parametrize("d", [1, 2])
def test_a_kl_of_full_covariances_by_two_draws_is_right_in_expectation(d: int) -> None:
    problem = generic(pair(d, 3), ("cov0", "cov1"))
    found = prove_at(trial(gaussian_kl_pair.PAIRING, between), problem)
    assert isinstance(found, Proved), found
    assert found.error == 0.0
    assert found.draws == 2 * d


def test_a_draw_that_is_not_used_changes_nothing() -> None:
    def wasteful(mu: Tensor, logvar: Tensor) -> Tensor:
        return gaussian_kl.PAIRING.contract.references["closed form"](mu, logvar) + 0 * (
            torch.randn_like(mu).sum()
        )

    found = prove_at(trial(gaussian_kl.PAIRING, wasteful), ROWS["n=1, k=1"])
    assert isinstance(found, Proved)
    assert found.draws == 1


# -- not proved -----------------------------------------------------------------------------------


LOST = {"draw detached", "noise in absolute value"}


@pytest.mark.parametrize("defect", MOMENTS.defects, ids=lambda d: d.name)
def test_a_wrong_draw_is_refuted_or_lost_but_never_proved(defect: Any) -> None:
    kind = Undecided if defect.name in LOST else Refuted
    found = asked(reparameterize.PAIRING, defect.call, **defect.convention)
    alone = ("noise shared by the rows", "noise shared by the coordinates")  # one of them: right
    assert isinstance(found[0], kind), found[0]
    assert all(isinstance(f, kind) for f in found) or defect.name in alone


@pytest.mark.parametrize(
    "defect", [d for d in ELBO.defects if d.convention == SAMPLED], ids=lambda d: d.name
)
def test_a_wrong_sampled_elbo_is_never_proved(defect: Any) -> None:
    """The noise multiplied by the variance, among others."""
    for found in asked(elbo.PAIRING, defect.call, **SAMPLED):
        assert isinstance(found, Undecided if defect.name in LOST else Refuted), found


def mean_of(code: Any) -> Any:
    """Whether the code's expectation is x squared."""

    def definition(arithmetic: Any, entries: tuple[np.ndarray, ...]) -> Any:
        return entries[0] ** 2, None

    return prove(lambda t: code(*t), (np.array(0.75),), definition, names=("x",))


def with_noise(x: Tensor) -> Tensor:
    return x * x + x * torch.randn(())


def test_what_is_right_in_the_mean_is_proved_and_what_is_not_is_refuted() -> None:
    assert isinstance(mean_of(with_noise), Proved)
    assert isinstance(mean_of(lambda x: (x * torch.randn(())) ** 2), Proved)
    assert isinstance(mean_of(lambda x: x**2 * torch.randn(()) ** 4 / 3), Proved)
    assert isinstance(mean_of(lambda x: x**2 * torch.randn(()) ** 4 / 2), Refuted)
    right_there_alone = mean_of(lambda x: (x * torch.randn(())) ** 2 + (x - 0.75) ** 3)
    assert isinstance(right_there_alone, Refuted)
    assert right_there_alone.point["x"] != 0.75
    assert isinstance(mean_of(lambda x: (x * torch.randn(())) * (x * torch.randn(()))), Refuted)


def largest_of(*numbers: Tensor) -> Tensor:
    return torch.stack(numbers).detach().max()


NO_POLYNOMIAL = "the output is no polynomial in the numbers drawn"
DEPENDS = "the way through the code depends on the numbers drawn"
UNDECIDED = {
    "in an exponential": (lambda x: x * x * (torch.randn(()) - 0.5).exp(), NO_POLYNOMIAL),
    "in a quotient": (lambda x: x * x + x / (x + torch.randn(())), DEPENDS),
    "divided by": (lambda x: x * x + 0 * x / torch.randn(()) + 1 / torch.randn(()), DEPENDS),
    "in a branch": (lambda x: with_noise(x) * (1 if torch.randn(()) > -9 else 2), DEPENDS),
    "in the other branch": (lambda x: with_noise(x) * (2 if torch.randn(()) > -9 else 1), DEPENDS),
    "in a mask": (lambda x: x * x * (2 * (torch.randn(()) > 0)), DEPENDS),
    "in a largest": (lambda x: x * x + largest_of(x, torch.randn(())), NO_POLYNOMIAL),
    "in a clamp": (lambda x: x * x + torch.randn(()).clamp(-4, 4), DEPENDS),
    "uniform": (lambda x: x * x + 0 * torch.rand(()), "one (of rand, rand_like or uniform_)"),
    "shifted inside torch": (lambda x: x * x * torch.normal(1.0, 1.0, ()), "scaled or shifted"),
    "without deviation": (lambda x: x * x * torch.normal(1.0, 0.0, ()), "scaled or shifted"),
    "around an input": (lambda x: x * torch.normal(x, 1.0), "random numbers are drawn"),
}  # fmt: skip


@pytest.mark.parametrize("name", UNDECIDED)
def test_what_has_no_exact_mean_is_neither_proved_nor_refuted(name: str) -> None:
    code, why = UNDECIDED[name]
    found = mean_of(code)
    assert isinstance(found, Undecided), found
    assert why in found.why


def test_more_numbers_than_there_are_places_are_refused_by_name() -> None:
    found = mean_of(lambda x: x * x + torch.randn(MOST_DRAWS + 1).sum())
    assert isinstance(found, Undecided)
    assert found.why == f"{MOST_DRAWS + 1} random numbers are drawn"


# -- letters and moments --------------------------------------------------------------------------


@pytest.mark.parametrize("power", range(12))
def test_moments_are_those_of_the_gauss_hermite_rule(power: int) -> None:
    ledger = Ledger()
    noise = ledger.drawn(mp.mpf(0.5))
    found = expected(ledger, noise**power * 3 + noise)
    points, weights = np.polynomial.hermite_e.hermegauss(8)
    wanted = 3 * float(weights @ points**power / weights.sum()) + 0.0
    assert float(found.at) == pytest.approx(wanted, abs=1e-9)


def test_numbers_at_the_point_are_of_both_signs_and_no_two_alike() -> None:
    drawn = numbers(MOST_DRAWS)
    assert len({abs(x) for x in drawn}) == MOST_DRAWS
    assert {np.sign(x) for x in drawn[:8]} == {-1.0, 1.0}
    assert all((512 * x).is_integer() and 0.125 < abs(x) < 0.875 for x in drawn)


def test_a_letter_that_is_not_the_number_drawn_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    right = Ledger.drawn

    def doubled(ledger: Ledger, at: Any) -> Number:
        number = right(ledger, at)
        return Number(ledger, (number * 2).formula, number.at)

    monkeypatch.setattr(Ledger, "drawn", doubled)
    found = mean_of(with_noise)
    assert isinstance(found, Undecided)
    assert "not worth at the point what it stands for" in found.why


def test_a_wrong_moment_is_no_proof(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(symbolic_draws, "_moment", lambda power: int(power % 2 == 0))
    assert isinstance(mean_of(lambda x: x**2 * torch.randn(()) ** 4 / 3), Refuted)
