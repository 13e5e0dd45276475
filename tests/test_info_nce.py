"""InfoNCE: the batch's floor against optimisation, the population loss against enumeration, the
bound, its gap and its ceilings on random tables."""

from __future__ import annotations

from time import perf_counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize

import tightframe
from tightframe.checks.catalogue import PAIRINGS
from tightframe.checks.noise import KAPPA, UNIT_ROUNDOFF
from tightframe.checks.verdict import Ruling
from tightframe.implementations.contract import Call
from tightframe.theorems.info_nce import Truth, floor, oracle
from tightframe.theorems.infonce_loss import (
    best_critic,
    chi_squared,
    enumerated_loss,
    information,
    loss,
)
from tightframe.theorems.nt_xent_problems import Batch

DIRECTIONS = ("one", "both", "both summed")
CONTRACT = PAIRINGS["info-nce"].contract
NOISE = KAPPA["float64"] * UNIT_ROUNDOFF["float64"]


def table(seed: int, rows: int, columns: int, concentration: float = 1.0) -> np.ndarray:
    draw = np.random.default_rng(seed)
    return draw.dirichlet(np.full(rows * columns, concentration)).reshape(rows, columns)


# -- a batch --------------------------------------------------------------------------------------


@pytest.mark.parametrize("direction", DIRECTIONS)
@pytest.mark.parametrize(("n", "d"), [(2, 1), (2, 2), (3, 2), (4, 3)])
def test_the_best_batch_found_reaches_the_floor_and_none_passes_it(
    n: int, d: int, direction: str
) -> None:
    def at(flat: np.ndarray) -> Truth:
        z1, z2 = flat.reshape(2, n, d)
        return oracle(Batch(z1, z2, 0.5), direction)  # type: ignore[arg-type]

    def value_and_slope(flat: np.ndarray) -> tuple[float, np.ndarray]:
        truth = at(flat)
        return float(truth.value), np.concatenate([g.ravel() for g in truth.gradient])

    starts = np.random.default_rng(0).normal(size=(6, 2 * n * d))
    found = [minimize(value_and_slope, s, jac=True, method="L-BFGS-B").fun for s in starts]
    lowest = (2 if direction == "both summed" else 1) * floor(n, 0.5)
    assert lowest == at(starts[0]).floor
    assert lowest - NOISE * 10 <= min(found) <= lowest + 1e-6


def test_two_encoders_do_no_better_than_one_and_too_few_dimensions_leave_a_gap() -> None:
    square = ((1.0, 0.0), (0.0, 1.0), (-1.0, 0.0), (0.0, -1.0))
    assert float(oracle(Batch(square, square, 0.5)).value) > floor(4, 0.5) + 1e-2
    assert abs(floor(4, 0.25) - 0.01438) < 1e-5 < floor(4, 0.5)


def test_a_batch_of_one_says_nothing() -> None:
    alone = oracle(Batch(((1.0, 2.0),), ((0.5, -1.0),), 0.1))
    assert (float(alone.value), alone.floor, alone.constant) == (0.0, 0.0, 0.0)


@pytest.mark.parametrize("coding", CONTRACT.references)
@pytest.mark.parametrize("axis", CONTRACT.axes, ids=lambda axis: axis.name)
def test_each_option_is_undone_by_its_gauge(coding: str, axis) -> None:
    import torch

    rows = ((1.0, 2.0), (0.5, -1.0)), ((2.0, 1.0), (0.0, 1.0))
    call = Call(tuple(torch.tensor(z).double() for z in rows), {"temperature": 0.5})
    for option in axis.options:
        convention = CONTRACT.canonical | {axis.name: option.name}
        written = CONTRACT.written(CONTRACT.references[coding], convention)
        returned = CONTRACT.bring(
            lambda c, f=written: f(*c.inputs, **c.parameters), convention, call
        )
        truth = oracle(Batch(*rows, 0.5), **CONTRACT.variants(convention))
        assert abs(float(returned) - float(truth.value)) <= NOISE * truth.unit


def test_both_directions_and_a_logit_scale_are_identified_and_nobody_is_blamed() -> None:
    import torch

    def symmetric(query, key):
        a, b = (z / z.square().sum(1, keepdim=True).sqrt() for z in (query, key))
        scores, labels = 5.0 * a @ b.T, torch.arange(len(a))
        loss = torch.nn.functional.cross_entropy
        return (loss(scores, labels) + loss(scores.T, labels)) / 2

    result = tightframe.check(symmetric, "info-nce")
    assert result.ruling is Ruling.IDENTIFIED
    assert result.identification is not None
    assert result.identification.departures == {"direction": "both"}
    assert result.identification.parameters == {"temperature": 0.2}


def by_logits(logits):
    import torch

    return torch.nn.functional.cross_entropy(logits, torch.arange(len(logits)))


def test_a_classification_of_scores_is_named_and_lacks_no_temperature() -> None:
    found = tightframe.check(by_logits, "info-nce", budget="quick").identification
    assert (found.departures, found.parameters) == ({"takes": "scores"}, {})


def test_cosines_with_a_temperature_inside_are_named_and_declared_as_scores_condemned() -> None:
    def sharper(cosines):
        return by_logits(cosines / 0.25)

    found = tightframe.check(sharper, "info-nce", budget="quick").identification
    assert (found.departures, found.parameters) == ({"takes": "products"}, {"temperature": 0.25})
    result = tightframe.check(sharper, "info-nce", convention={"takes": "scores"}, budget="quick")
    assert result.ruling is Ruling.VIOLATED


def test_moco_s_factor_of_twice_the_temperature_is_a_convention() -> None:
    import torch

    def theirs(query, key, temperature):
        q, k = (torch.nn.functional.normalize(z, dim=1) for z in (query, key))
        logits = torch.einsum("nc,mc->nm", [q, k]) / temperature
        return torch.nn.CrossEntropyLoss()(logits, torch.arange(len(q))) * (2 * temperature)

    result = tightframe.check(theirs, "info-nce")
    assert result.ruling is Ruling.IDENTIFIED
    assert result.identification is not None
    assert result.identification.departures == {"factor": "2 temperature"}


# -- the population -------------------------------------------------------------------------------


@pytest.mark.parametrize("keys", [1, 2, 3, 8, 32])
@pytest.mark.parametrize("seed", range(4))
def test_the_integral_is_the_enumeration(keys: int, seed: int) -> None:
    joint = table(seed, 3, 3, 0.5)
    critics = (best_critic(joint), np.random.default_rng(seed).normal(size=(3, 3)) * 4)
    for critic in critics:
        assert abs(loss(joint, critic, keys) - enumerated_loss(joint, critic, keys)) <= 1e-11


def test_pairs_that_never_occur_have_no_score_and_cost_nothing() -> None:
    joint = np.array([[0.5, 0.0], [0.0, 0.5]])
    for keys in (1, 2, 5):
        exact = enumerated_loss(joint, best_critic(joint), keys)
        assert abs(loss(joint, best_critic(joint), keys) - exact) <= 1e-12
    assert loss(joint, np.array([[-np.inf, 0.0], [0.0, 0.0]]), 3) == np.inf


def test_the_gap_is_the_mean_of_m_log_m() -> None:
    joint, keys = table(5, 2, 3), 3
    queries, marginal = joint.sum(1), joint.sum(0)
    ratio, gap = np.exp(best_critic(joint)), 0.0
    for x in range(2):
        for chosen in np.ndindex(*(3,) * keys):
            mean = ratio[x, list(chosen)].mean()
            gap += queries[x] * np.prod(marginal[list(chosen)]) * mean * np.log(mean)
    reached = np.log(keys) - loss(joint, best_critic(joint), keys)
    assert abs(information(joint) - reached - gap) <= 1e-12


@settings(max_examples=60, deadline=None)
@given(
    st.integers(0, 10**6), st.integers(2, 4), st.integers(2, 5), st.sampled_from((0.3, 1.0, 5.0))
)
def test_the_bound_the_ceiling_the_sandwich_and_the_growth_on_random_tables(
    seed: int, rows: int, columns: int, concentration: float
) -> None:
    joint = table(seed, rows, columns, concentration)
    best, any_critic = best_critic(joint), np.random.default_rng(seed).normal(size=joint.shape)
    previous = 0.0
    for keys in (2, 3, 17, 1000):
        reached = np.log(keys) - loss(joint, best, keys)
        noise = 1e-12 * (1 + np.log(keys))
        assert np.log(keys) - loss(joint, any_critic, keys) <= reached + noise
        assert previous - noise <= reached <= min(information(joint), np.log(keys)) + noise
        assert reached >= information(joint) - np.log1p(chi_squared(joint) / keys) - noise
        previous = reached


def test_the_gap_closes_like_half_chi_squared_over_k() -> None:
    joint = table(1, 3, 3)
    rates = [
        (information(joint) - np.log(k) + loss(joint, best_critic(joint), k))
        * 2 * k / chi_squared(joint)
        for k in (32, 1000, 10**5)
    ]  # fmt: skip
    assert [abs(rate - 1) < far for rate, far in zip(rates, (0.1, 3e-3, 1e-4), strict=True)]
    assert abs(rates[2] - 1) < abs(rates[1] - 1) < abs(rates[0] - 1)


def test_a_hundred_thousand_keys_cost_no_more_than_three() -> None:
    """The number of keys is an exponent: the grid grows by its logarithm."""
    joint = table(2, 3, 4)
    critic = best_critic(joint)

    def fastest(keys: int) -> float:
        times = []
        for _ in range(9):
            start = perf_counter()
            loss(joint, critic, keys)
            times.append(perf_counter() - start)
        return min(times)

    assert fastest(10**5) <= 2 * fastest(3)
