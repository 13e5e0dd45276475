"""The harness owns the random numbers: expectations are exact, other draws are refused."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch

from tightframe.checks.cubature import (
    NotOwnable,
    Record,
    draws,
    expectation,
    feed,
    nodes,
    record_draws,
)
from tightframe.checks.lift import lift_mode

of = torch.distributions
MU = torch.tensor([[1.0, 2.0, 0.5], [0.0, -1.0, 3.0]], dtype=torch.float64)
LOGVAR = torch.tensor([[0.0, 1.0, -1.0], [0.5, 0.25, 2.0]], dtype=torch.float64)

Draw = Callable[[torch.Tensor, torch.Tensor], torch.Tensor]
WAYS: dict[str, Draw] = {
    "randn_like": lambda m, s: m + s * torch.randn_like(s),
    "randn": lambda m, s: m + s * torch.randn(m.shape, dtype=m.dtype),
    "randn with a generator": lambda m, s: (
        m + s * torch.randn(2, 3, generator=torch.Generator(), dtype=m.dtype)
    ),
    "normal of tensors": torch.normal,
    "normal of numbers": lambda m, s: m + s * torch.normal(0.0, 1.0, m.shape, dtype=m.dtype),
    "normal_ on an empty tensor": lambda m, s: m + s * torch.empty_like(s).normal_(),
    "normal_ with another mean": lambda m, s: s * torch.empty_like(s).normal_(1.0, 1.0) + (m - s),
    "nn.init.normal_": lambda m, s: m + s * torch.nn.init.normal_(torch.empty_like(s)),
    "Normal.rsample": lambda m, s: of.Normal(m, s).rsample(),
    "Normal.sample": lambda m, s: of.Normal(m, s).sample(),
    "Independent.rsample": lambda m, s: of.Independent(of.Normal(m, s), 1).rsample(),
    "MultivariateNormal.rsample": lambda m, s: of.MultivariateNormal(
        m, scale_tril=torch.diag_embed(s)
    ).rsample(),
}
each_way = pytest.mark.parametrize("draw", WAYS.values(), ids=WAYS)


def std() -> torch.Tensor:
    return (LOGVAR / 2).exp()


# -- exactness ------------------------------------------------------------------------------------


@each_way
def test_the_first_two_moments_are_exact_however_the_numbers_are_drawn(draw: Draw) -> None:
    def call() -> tuple[torch.Tensor, torch.Tensor]:
        flat = draw(MU, std()).reshape(-1)
        return flat, torch.outer(flat, flat)

    mean, second = expectation(call)
    mu, spread = MU.numpy().ravel(), LOGVAR.exp().numpy().ravel()
    assert np.max(np.abs(mean - mu)) <= np.spacing(4.0)
    assert np.max(np.abs(second - np.outer(mu, mu) - np.diag(spread))) <= 4 * np.spacing(16.0)


@each_way
def test_a_sampled_elbo_is_exact_to_the_last_bits(draw: Draw) -> None:
    """A decoder, squared errors and a Monte Carlo KL, as third parties write them."""
    W = torch.tensor([[0.5, -1.0, 0.25], [2.0, 0.75, -0.5]], dtype=torch.float64)
    x = torch.tensor([[1.0, -2.0], [0.5, 4.0]], dtype=torch.float64)

    def loss() -> torch.Tensor:
        z = draw(MU, std())
        q, prior = of.Normal(MU, std()), of.Normal(torch.zeros_like(MU), torch.ones_like(MU))
        squares = 0.5 * ((x - z @ W.T) ** 2).sum(1)
        return (squares + (q.log_prob(z) - prior.log_prob(z)).sum(1)).mean()

    (found,) = expectation(loss)
    residual = (x - MU @ W.T).numpy()
    spread, mu, v = LOGVAR.exp().numpy(), MU.numpy(), LOGVAR.numpy()
    squares = 0.5 * ((residual**2).sum(1) + spread @ (W.numpy() ** 2).sum(0))
    exact = (squares + 0.5 * (mu**2 + spread - 1 - v).sum(1)).mean()
    assert abs(found - exact) <= 16 * np.spacing(exact)


@pytest.mark.parametrize("count", [0, 1, 2, 3, 4, 5, 16, 17, 40])
def test_the_rule_is_exact_to_degree_three(count: int) -> None:
    rule = nodes(Record(((count,),)))
    points, weights = np.array([n.numbers for n in rule]), np.array([n.weight for n in rule])
    assert weights.sum() == 1
    assert len(rule) <= 2 * count + 1
    assert np.array_equal(weights @ points, np.zeros(count))
    assert np.array_equal(points.T @ (weights[:, None] * points), np.eye(count))
    assert np.array_equal(weights @ points**3, np.zeros(count))


def test_the_rule_is_not_exact_beyond_and_the_product_rule_is() -> None:
    def fourth() -> torch.Tensor:
        return torch.randn(2, dtype=torch.float64).prod() ** 2

    assert expectation(fourth)[0] == 0
    assert expectation(fourth, order=3)[0] == pytest.approx(1.0, abs=1e-12)


def test_the_product_rule_integrates_what_is_no_polynomial() -> None:
    def softplus() -> torch.Tensor:
        return torch.nn.functional.softplus(1 + 2 * torch.randn((), dtype=torch.float64))

    t, w = np.polynomial.hermite_e.hermegauss(120)
    exact = (w / w.sum()) @ np.logaddexp(0, 1 + 2 * t)
    assert expectation(softplus, order=80)[0] == pytest.approx(exact, abs=1e-6)


def test_gradients_are_averaged_like_values() -> None:
    mu = MU.clone().requires_grad_()

    def slope() -> torch.Tensor:
        z = mu + torch.randn_like(mu)
        return torch.autograd.grad((z**2).sum(), mu)[0]

    assert np.array_equal(expectation(slope)[0], 2 * MU.numpy())


def test_drawing_by_torch_normal_has_no_gradient_and_keeps_none() -> None:
    mu = MU.clone().requires_grad_()
    with feed(nodes(record_draws(lambda: torch.normal(mu, std())))[0]):
        drawn = torch.normal(mu, std())
    assert torch.autograd.grad(drawn.sum(), mu)[0].abs().max() == 0


def test_code_without_draws_is_run_once() -> None:
    assert draws(lambda: MU.sum()) == 0
    assert expectation(lambda: MU.sum())[0] == 5.5


def test_draws_are_counted_over_all_calls() -> None:
    assert draws(lambda: torch.randn(3, 2).sum() + torch.randn(()) + torch.empty(4).normal_()) == 11


def test_float32_code_is_fed_in_float64_where_it_is_lifted() -> None:
    def call() -> torch.Tensor:
        with lift_mode():
            return torch.randn(2, dtype=torch.float32) + 1 / 3

    with feed(nodes(record_draws(call))[0]):
        assert call().dtype is torch.float64


def test_the_global_generator_stays_where_it_is() -> None:
    before = torch.get_rng_state()
    expectation(lambda: torch.randn(5))
    assert torch.equal(before, torch.get_rng_state())


# -- what cannot be owned -------------------------------------------------------------------------


def rejecting() -> torch.Tensor:
    drawn = torch.randn(2)
    return drawn if bool((drawn == 0).all()) else torch.randn(2)


OTHERS: dict[str, tuple[Callable[[], Any], str]] = {
    "rand_like": (lambda: torch.rand_like(MU), "aten.rand_like"),
    "uniform_": (lambda: torch.empty(2).uniform_(), "aten.uniform_"),
    "bernoulli": (lambda: torch.bernoulli(torch.full((2,), 0.5)), "aten.bernoulli"),
    "dropout": (lambda: torch.nn.functional.dropout(MU, 0.5), "dropout: call eval()"),
    "randperm": (lambda: MU[torch.randperm(2)], "aten.randperm"),
    "a gamma": (lambda: of.Gamma(MU.abs() + 1, 1.0).rsample(), "aten._standard_gamma"),
    "numpy.random": (lambda: torch.tensor(np.random.randn(2)), "a draw by numpy.random"),  # noqa: NPY002
    "random": (lambda: torch.tensor(random.gauss(0, 1)), "a draw by random"),
    "NumPy's new generators": (
        lambda: torch.tensor(np.random.default_rng().normal(size=2)),
        "two outputs from two equal runs",
    ),
    "complex draws": (lambda: torch.randn(2, dtype=torch.complex128).real, "complex"),
    "rejection sampling": (rejecting, "of them in one run"),
}  # fmt: skip


@pytest.mark.parametrize(("call", "words"), OTHERS.values(), ids=OTHERS)
def test_other_draws_are_refused_by_name(call: Callable[[], Any], words: str) -> None:
    with pytest.raises(NotOwnable) as refusal:
        expectation(call)
    assert words in str(refusal.value)
    for part in ("expected: ", "received: ", "remedy:   "):
        assert part in str(refusal.value)


def test_a_run_that_draws_less_than_it_was_fed_is_refused() -> None:
    with (
        pytest.raises(NotOwnable, match="0 of them in one run"),
        feed(nodes(Record(((2,),)))[0]),
    ):
        pass


def test_a_run_that_draws_more_than_it_was_fed_is_refused() -> None:
    with (
        pytest.raises(NotOwnable, match="more of them in one run"),
        feed(nodes(Record(((2,),)))[0]),
    ):
        torch.randn(3)


def test_dropout_that_is_switched_off_draws_nothing() -> None:
    assert draws(lambda: torch.nn.functional.dropout(MU, 0.5, training=False)) == 0


def test_a_product_rule_of_too_many_runs_is_refused() -> None:
    with pytest.raises(NotOwnable, match=r"10\^9 runs, for 9 draws"):
        nodes(Record(((9,),)), order=10)
