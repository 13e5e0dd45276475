"""The harness owns the random numbers: expectations are exact, other draws are refused."""

from __future__ import annotations

import random
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
import torch

from tightframe.checks.chooser import Chooser, NotOwnable, TooManyRuns
from tightframe.checks.cubature import PANELS, feed, mean, on_panels, record_draws, rows, star
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


def expectation(call: Callable[[], Any], *, twice: bool = False) -> tuple[np.ndarray, ...]:
    def arrays() -> tuple[np.ndarray, ...]:
        found = call()
        parts = found if isinstance(found, tuple) else (found,)
        return tuple(part.detach().double().numpy() for part in parts)

    if twice:
        record_draws(call)
    return mean(arrays).parts


def draws(call: Callable[[], Any]) -> int:
    return record_draws(call).numbers


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


@pytest.mark.parametrize("rule", [star, rows])
@pytest.mark.parametrize("count", [1, 2, 3, 4, 5, 16, 17, 40])
def test_both_rules_are_exact_to_degree_three(rule: Any, count: int) -> None:
    found = rule(count)
    points = np.array([n.numbers for n in found])
    weights = np.array([float(n.weight) for n in found])
    assert sum(n.weight for n in found) == 1
    assert len(found) <= 4 * count + 1
    assert np.array_equal(weights @ points, np.zeros(count))
    assert np.array_equal(points.T @ (weights[:, None] * points), np.eye(count))
    cubes = np.einsum("n,ni,nj,nk->ijk", weights, points, points, points)
    assert np.array_equal(cubes, np.zeros((count,) * 3))


QUARTICS: dict[str, tuple[Callable[[np.ndarray], float], Callable[[int], int]]] = {
    "of one number": (lambda x: x[0] ** 4, lambda count: 3),
    "of the length": (lambda x: (x @ x) ** 2, lambda count: count * (count + 2)),
}


@pytest.mark.parametrize("name", QUARTICS)
@pytest.mark.parametrize("count", [1, 2, 3, 4, 5, 16])
def test_on_quartics_the_rules_are_apart_by_what_the_first_errs_or_more(
    name: str, count: int
) -> None:
    quartic, moment = QUARTICS[name]
    first, second = (
        float(sum(float(n.weight) * quartic(n.numbers) for n in rule(count)))
        for rule in (star, rows)
    )
    assert abs(first - second) >= abs(first - moment(count))
    assert first != second


def test_what_is_no_cubic_polynomial_is_integrated_on_panels() -> None:
    def softplus() -> torch.Tensor:
        return torch.nn.functional.softplus(1 + 2 * torch.randn((), dtype=torch.float64))

    t, w = np.polynomial.hermite_e.hermegauss(180)
    exact = (w / w.sum()) @ np.logaddexp(0, 1 + 2 * t)
    assert expectation(softplus)[0] == pytest.approx(exact, abs=1e-8)
    (kink,) = expectation(lambda: torch.randn((), dtype=torch.float64).abs())
    assert kink == pytest.approx(np.sqrt(2 / np.pi), abs=1e-15)


@pytest.mark.parametrize(("power", "moment"), [(0, 1), (2, 1), (4, 3), (8, 105), (16, 2027025)])
def test_two_rules_on_panels_are_apart_by_what_they_err(power: int, moment: int) -> None:
    fine, finer = (
        float(sum(n.weight * Fraction(n.numbers[0]) ** power for n in on_panels(*how)))
        for how in PANELS
    )
    assert abs(fine - moment) <= 2 * abs(fine - finer) + 16 * np.spacing(float(moment))
    assert fine == pytest.approx(moment, rel=1e-9)


def test_what_is_no_cubic_polynomial_of_several_numbers_needs_a_smaller_problem() -> None:
    with pytest.raises(TooManyRuns):
        expectation(lambda: torch.randn(2, dtype=torch.float64).abs().sum())


def test_an_expectation_that_no_rule_knows_is_refused() -> None:
    def heavy() -> torch.Tensor:
        return (0.499 * torch.randn((), dtype=torch.float64) ** 2).exp()

    with pytest.raises(NotOwnable, match="two rules for it are"):
        expectation(heavy)


def test_gradients_are_averaged_like_values() -> None:
    mu = MU.clone().requires_grad_()

    def slope() -> torch.Tensor:
        z = mu + torch.randn_like(mu)
        return torch.autograd.grad((z**2).sum(), mu)[0]

    assert np.array_equal(expectation(slope)[0], 2 * MU.numpy())


def test_drawing_by_torch_normal_has_no_gradient_and_keeps_none() -> None:
    mu = MU.clone().requires_grad_()
    with feed(star(6)[0].numbers, Chooser()):
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

    with feed(star(2)[0].numbers, Chooser()):
        assert call().dtype is torch.float64


def test_the_global_generator_stays_where_it_is() -> None:
    before = torch.get_rng_state()
    expectation(lambda: torch.randn(5))
    assert torch.equal(before, torch.get_rng_state())


# -- finitely many outcomes -----------------------------------------------------------------------

X = torch.tensor([[1.0, -2.0, 0.5], [0.25, 4.0, 3.0]], dtype=torch.float64)
QUARTER = torch.full_like(X, 0.25)


def in_torchs_own_hands(call: Callable[[], torch.Tensor], runs: int = 4000) -> tuple[Any, Any]:
    """The mean of many runs with torch's own generator, and its standard error."""
    with torch.random.fork_rng():
        torch.manual_seed(0)
        drawn = np.array([call().double().numpy() for _ in range(runs)])
    return drawn.mean(axis=0), drawn.std(axis=0) / np.sqrt(runs)


FINITE: dict[str, tuple[Callable[[], torch.Tensor], torch.Tensor]] = {
    "dropout": (lambda: torch.nn.functional.dropout(X, 0.25), X),
    "Dropout, a module": (lambda: torch.nn.Dropout(0.5)(X[0]), X[0]),
    "dropout of channels": (lambda: torch.nn.functional.dropout1d(X[None], 0.5)[0], X),
    "bernoulli": (lambda: X * torch.bernoulli(QUARTER), X / 4),
    "bernoulli_": (lambda: X * torch.empty_like(X).bernoulli_(0.25), X / 4),
    "bernoulli_ of a tensor": (lambda: X * torch.empty_like(X).bernoulli_(QUARTER), X / 4),
    "Bernoulli.sample": (lambda: X * of.Bernoulli(QUARTER).sample(), X / 4),
    "rand below": (lambda: X * (torch.rand(2, 3) < 0.25), X / 4),
    "rand above": (lambda: X * (torch.rand_like(X) >= 0.25), X * 0.75),
    "a bound below rand": (lambda: X * torch.gt(QUARTER, torch.rand_like(X)), X / 4),
    "uniform_, a view of it": (
        lambda: X * (torch.empty(3, 2, dtype=torch.float64).uniform_().T < QUARTER), X / 4,
    ),
    "rand below everything": (lambda: X * (torch.rand_like(X) < torch.inf), X),
    "a coin": (lambda: X[0] if torch.rand(1) < 0.25 else X[1], X[0] / 4 + X[1] * 0.75),
    "randint": (lambda: X[torch.randint(2, (1,))[0]], X.mean(0)),
    "randint from one": (lambda: X[0, torch.randint(1, 3, ())], X[0, 1:].mean()),
    "randint_like": (lambda: X.gather(1, torch.randint_like(X[:, :1].long(), 3))[:, 0], X.mean(1)),
    "randperm": (lambda: X[:, torch.randperm(3)[:2]].sum(1), X.sum(1) * 2 / 3),
    "multinomial": (
        lambda: X[0, torch.multinomial(X[0].abs(), 1)[0]], (X[0] * X[0].abs()).sum() / 3.5,
    ),
    "multinomial, two without replacement": (
        lambda: torch.multinomial(torch.tensor([1.0, 1.0, 2.0]), 2).double().mean(),
        torch.tensor(1.125, dtype=torch.float64),
    ),
    "Categorical.sample": (
        lambda: X[1, of.Categorical(torch.tensor([0.5, 0.25, 0.25])).sample()],
        (X[1] * torch.tensor([0.5, 0.25, 0.25])).sum(),
    ),
}  # fmt: skip


@pytest.mark.parametrize(("call", "exact"), FINITE.values(), ids=FINITE)
def test_an_expectation_over_finitely_many_outcomes_is_exact(call: Any, exact: Any) -> None:
    (found,) = expectation(call)
    assert np.max(np.abs(found - exact.numpy())) <= 4 * np.spacing(4.0)
    sampled, error = in_torchs_own_hands(call)
    assert np.all(np.abs(sampled - found) <= 6 * error + 1e-12)


def test_a_number_that_was_compared_is_known_from_then_on() -> None:
    """Half, and of that half a half: the second comparison depends on the first."""

    def twice() -> torch.Tensor:
        u = torch.rand(())
        return torch.stack([u < 0.5, u < 0.25, (u < 0.5) & (u < 0.25), (u >= 0.5) & (u < 0.25)])

    assert expectation(twice)[0].tolist() == [0.5, 0.25, 0.25, 0.0]


def test_every_way_through_the_code_is_weighed_by_its_probability() -> None:
    """The second draw is made in one of the first's outcomes only, by another law."""

    def walk() -> torch.Tensor:
        if torch.rand(()) < 0.25:
            return 1 + torch.randint(4, ()).double()
        return torch.zeros((), dtype=torch.float64)

    assert expectation(walk)[0] == 0.25 * 2.5


def test_normal_and_finite_draws_are_integrated_together() -> None:
    def mixed() -> torch.Tensor:
        noise = torch.randn(2, dtype=torch.float64)
        return (torch.bernoulli(torch.full_like(noise, 0.5)) * (noise + 1) ** 2).sum()

    assert expectation(mixed)[0] == 2.0


def test_too_many_outcomes_ask_for_a_smaller_problem() -> None:
    with pytest.raises(TooManyRuns):
        expectation(lambda: torch.nn.functional.dropout(torch.ones(40), 0.5))
    with pytest.raises(TooManyRuns):
        expectation(lambda: torch.randint(1 << 40, ()))


def test_a_probability_that_is_none_is_torchs_error() -> None:
    with pytest.raises(RuntimeError, match="p_in"):
        expectation(lambda: torch.bernoulli(torch.full((2,), 1.5)))


# -- what cannot be owned -------------------------------------------------------------------------


def rejecting() -> torch.Tensor:
    drawn = torch.randn(2)
    return drawn if bool((drawn == 0).all()) else torch.randn(2)


OTHERS: dict[str, tuple[Callable[[], Any], str]] = {
    "a uniform number that is computed with": (lambda: MU * torch.rand_like(MU), "aten.mul"),
    "one that is copied": (lambda: torch.rand(2).clone() < 0.5, "aten.clone"),
    "one in a list": (lambda: torch.cat([torch.rand(2), torch.zeros(1)]) < 0.5, "aten.cat"),
    "one that leaves torch": (lambda: torch.tensor(torch.rand(2).numpy() < 0.5), "numpy"),
    "one as a Python number": (lambda: torch.ones(2) * (torch.rand(()).item() < 0.5), "scalar"),
    "uniform numbers from elsewhere": (
        lambda: torch.empty(2).uniform_(-1, 1) < 0, "uniform_(-1, 1)",
    ),
    "two uniform numbers compared": (lambda: torch.rand(2) < torch.rand(2), "aten.lt"),
    "an exponential": (lambda: torch.empty(2).exponential_(), "aten.exponential_"),
    "a gamma": (lambda: of.Gamma(MU.abs() + 1, 1.0).rsample(), "aten._standard_gamma"),
    "numpy.random": (lambda: torch.tensor(np.random.randn(2)), "a draw by numpy.random"),  # noqa: NPY002
    "random": (lambda: torch.tensor(random.gauss(0, 1)), "a draw by random"),
    "NumPy's new generators": (
        lambda: torch.tensor(np.random.default_rng().normal(size=2)),
        "two outputs from two equal runs",
    ),
    "complex draws": (lambda: torch.randn(2, dtype=torch.complex128).real, "complex"),
    "rejection sampling": (rejecting, "more, less or otherwise"),
}  # fmt: skip


@pytest.mark.parametrize(("call", "words"), OTHERS.values(), ids=OTHERS)
def test_other_draws_are_refused_by_name(call: Callable[[], Any], words: str) -> None:
    with pytest.raises(NotOwnable) as refusal:
        expectation(call, twice=True)
    assert words in str(refusal.value)
    for part in ("expected: ", "received: ", "remedy:   "):
        assert part in str(refusal.value)


def test_a_run_that_draws_less_than_it_was_fed_is_refused() -> None:
    with pytest.raises(NotOwnable, match="more, less"), feed(np.zeros(2), Chooser()):
        pass


def test_a_run_that_draws_more_than_it_was_fed_is_refused() -> None:
    with pytest.raises(NotOwnable, match="more, less"), feed(np.zeros(2), Chooser()):
        torch.randn(3)


def test_code_that_takes_another_way_from_the_same_draws_is_refused() -> None:
    calls = iter(range(99))

    def fickle() -> torch.Tensor:
        return torch.randint(2 + next(calls) % 2, ()).double()

    with pytest.raises(NotOwnable, match="otherwise"):
        expectation(fickle)


def test_dropout_that_is_switched_off_draws_nothing() -> None:
    assert draws(lambda: torch.nn.functional.dropout(MU, 0.5, training=False)) == 0


# -- seeds for others -----------------------------------------------------------------------------


def test_a_seed_that_nobody_uses_is_no_draw() -> None:
    loader = torch.utils.data.DataLoader(torch.arange(6.0), batch_size=3)
    assert draws(lambda: torch.stack([part.sum() for part in loader])) == 0


def test_a_seed_that_decides_what_is_returned_is_refused() -> None:
    with pytest.raises(NotOwnable, match="two outputs"):
        record_draws(lambda: torch.empty((), dtype=torch.long).random_() % 7)
