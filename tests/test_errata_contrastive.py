"""What the errata on contrastive losses compute is what other algorithms find, and what they say
instead holds wherever it claims to."""

from __future__ import annotations

import math
from collections import Counter
from fractions import Fraction
from itertools import product

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import logsumexp

from tightframe.theorems import contrastive_limit, infonce_laws, infonce_loss, sphere_energy
from tightframe.theorems import errata_contrastive as contrastive
from tightframe.theorems import errata_directions as directions

few = settings(max_examples=25, deadline=None)


def joints(side: int) -> st.SearchStrategy[np.ndarray]:
    weights = st.lists(st.integers(1, 9), min_size=side * side, max_size=side * side)
    return weights.map(lambda w: np.array(w, float).reshape(side, side) / sum(w))


def critics(side: int) -> st.SearchStrategy[np.ndarray]:
    scores = st.lists(st.integers(-8, 8), min_size=side * side, max_size=side * side)
    return scores.map(lambda s: np.array(s, float).reshape(side, side) / 4)


# -- which keys count -----------------------------------------------------------------------------


@pytest.mark.parametrize("pairs", [2, 3, 5])
def test_the_loss_of_one_bit_is_that_of_all_batches(pairs: int) -> None:
    total = 0.0
    for bits in product((0, 1), repeat=pairs):
        seen = Counter(bits)
        total += sum(math.log(2 * seen[bit] - 1) for bit in bits) / pairs
    assert float(contrastive.one_bit_twice(pairs)) == pytest.approx(total / 2**pairs, abs=1e-12)
    joint, critic = np.eye(2) / 2, 80 * np.eye(2)
    laplace = infonce_laws.pair_loss(joint, critic, pairs)
    assert float(contrastive.one_bit_twice(pairs)) == pytest.approx(laplace, abs=1e-9)


def test_the_bound_with_every_view_as_a_key_first_fails_at_five_pairs() -> None:
    over = [math.log(2 * n - 1) - float(contrastive.one_bit_twice(n)) - math.log(2)
            for n in range(2, 12)]  # fmt: skip
    assert all(x < 0 for x in over[:3])
    assert all(x > 0 for x in over[3:])
    assert max(over) == over[4]  # six pairs


@few
@given(joints(3), critics(3), st.integers(2, 6))
def test_nt_xent_bounds_with_one_key_a_pair_whatever_the_marginals(
    joint: np.ndarray, critic: np.ndarray, pairs: int
) -> None:
    certified = math.log(pairs) - infonce_laws.pair_loss(joint, critic, pairs)
    assert certified <= infonce_loss.information(joint) + 1e-9


def test_two_independent_keys_have_the_loss_of_an_enumeration() -> None:
    joint = np.array([[0.45, 0.05], [0.05, 0.45]])
    fair = (0.5, 0.5)
    for sharpness in (1, 2):
        critic = sharpness * infonce_loss.best_critic(joint)
        direct = infonce_loss.enumerated_loss(joint, critic, 2)
        assert float(contrastive.two_keys(fair, sharpness)) == pytest.approx(direct, abs=1e-12)


@pytest.mark.parametrize(("pairs", "own_kind"), [(2, 0), (5, 0), (5, 1)])
def test_candidates_are_those_of_a_batch_of_two_kinds(pairs: int, own_kind: int) -> None:
    kinds = [view % 2 for view in range(2 * pairs)]
    scores = [own_kind if kinds[0] == kinds[view] else 1 for view in range(1, 2 * pairs)]
    assert contrastive.candidates(pairs, own_kind) == sum(scores)


# -- ceilings -------------------------------------------------------------------------------------


@few
@given(st.lists(st.sampled_from((-1, 1)), min_size=6, max_size=6), st.integers(2, 5))
def test_the_loss_of_signs_is_a_cross_entropy_and_below_its_ceiling(
    signs: list[int], base: int
) -> None:
    u, v = tuple(signs[:3]), tuple(signs[3:])
    scores = math.log(base) * np.outer(u, v)
    loss = float(np.mean(logsumexp(scores, axis=1) - np.diag(scores)))
    assert math.log(contrastive.loss_of_signs(u, v, base)) / 3 == pytest.approx(loss, abs=1e-12)
    assert loss <= math.log(1 + 2 * base**2) + 1e-12


@few
@given(st.integers(2, 6), st.sampled_from((Fraction(1, 2), Fraction(1, 5))), st.integers(0, 999))
def test_no_batch_of_directions_certifies_more_than_a_simplex(
    keys: int, temperature: Fraction, seed: int
) -> None:
    u, v = np.random.default_rng(seed).normal(size=(2, keys, 4))
    v = u + v / 4
    u, v = (x / np.linalg.norm(x, axis=1, keepdims=True) for x in (u, v))
    scores = u @ v.T / float(temperature)
    certified = math.log(keys) - float(np.mean(logsumexp(scores, axis=1) - np.diag(scores)))
    ceiling = float(contrastive.certified_by_cosines(keys, temperature))
    assert certified <= ceiling + 1e-9
    assert ceiling <= 1 / temperature


def test_a_simplex_certifies_what_is_said() -> None:
    corners = np.eye(5) - 1 / 5
    corners /= np.linalg.norm(corners, axis=1, keepdims=True)
    scores = 2 * corners @ corners.T
    certified = math.log(5) - float(np.mean(logsumexp(scores, axis=1) - np.diag(scores)))
    assert float(contrastive.certified_by_cosines(5, Fraction(1, 2))) == pytest.approx(certified)


# -- what is estimated ----------------------------------------------------------------------------


@pytest.mark.parametrize(("values", "keys"), [(2, 2), (4, 3), (8, 100), (16, 5)])
def test_what_is_missed_is_what_the_integral_misses(values: int, keys: int) -> None:
    joint = np.eye(values) / values
    certified = math.log(keys) - infonce_loss.loss(joint, infonce_loss.best_critic(joint), keys)
    expected = infonce_loss.information(joint) - certified
    assert float(contrastive.missed(values, keys)) == pytest.approx(expected, abs=1e-9)
    assert expected <= math.log1p(infonce_loss.chi_squared(joint) / keys) + 1e-9


# -- alignment and uniformity ---------------------------------------------------------------------


@pytest.mark.parametrize("dimensions", [2, 3, 10])
def test_two_opposite_directions_miss_what_the_sphere_s_floor_says(dimensions: int) -> None:
    expected = math.log(math.cosh(2)) - sphere_energy.limit_floor(dimensions, 0.5)
    assert float(directions.above_uniform(2, dimensions)) == pytest.approx(expected, abs=1e-12)


def test_alignment_and_nearness_are_those_of_floats() -> None:
    square = [(Fraction(a), Fraction(b)) for a, b in ((1, 0), (0, 1), (-1, 0), (0, -1))]
    points = np.array(square, float)
    apart = ((points[:, None] - points) ** 2).sum(-1)
    near = np.mean(2.0 ** -apart[np.triu_indices(4, 1)])
    assert directions.nearness(square) == pytest.approx(near)
    assert directions.alignment(square, square[::-1]) == pytest.approx(
        np.mean(((points - points[::-1]) ** 2).sum(-1))
    )


@few
@given(st.lists(st.integers(0, 7), min_size=4, max_size=4))
def test_the_loss_of_a_placement_is_the_limit_on_its_table(places: list[int]) -> None:
    angles = np.pi * np.array(places) / 4
    critic = np.cos(angles[:, None] - angles)
    alone = contrastive_limit.limit(np.eye(4) / 4, critic)
    assert float(directions.limit_loss(places, None)) == pytest.approx(alone, abs=1e-12)
    labels = (0, 1, 0, 1)
    mixed = np.equal.outer(labels, labels) / 8
    expected = contrastive_limit.limit(mixed, critic)
    assert float(directions.limit_loss(places, labels)) == pytest.approx(expected, abs=1e-12)


# -- without negatives ----------------------------------------------------------------------------


@pytest.mark.parametrize(("p", "w"), [(0.1, 0.5), (0.7, -1.25), (0.375, 0.3)])
def test_the_speeds_are_those_of_a_linear_network_under_autograd(p: float, w: float) -> None:
    """A sample of variance one, and two noises of variance one: eight points are exact."""
    decay = 3 / 32
    predictor, weight = (torch.tensor(x, dtype=torch.float64, requires_grad=True) for x in (p, w))
    signs = torch.tensor(list(product((-1.0, 1.0), repeat=3)), dtype=torch.float64)
    one, other = signs[:, 0] + signs[:, 1], signs[:, 0] + signs[:, 2]
    loss = ((predictor * weight * one - (weight * other).detach()) ** 2).mean() / 2
    loss = loss + decay * (predictor**2 + weight**2) / 2
    loss.backward()
    assert predictor.grad is not None
    assert weight.grad is not None
    dp, ds = directions.velocity(p, w * w, decay)
    assert dp == pytest.approx(-float(predictor.grad))
    assert ds == pytest.approx(-2 * w * float(weight.grad))


@pytest.mark.parametrize(("start", "end"), [(0.1125, 0.0), (0.1375, 0.375), (0.9, 0.375)])
def test_the_flow_ends_where_it_is_said_to(start: float, end: float) -> None:
    path = directions.followed(start, 3 / 32, 50)
    assert path[-1][1] == pytest.approx(end, abs=1e-4)
