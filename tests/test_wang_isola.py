"""Alignment and uniformity: the limit of InfoNCE, the sphere's energy, floors, and user code."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from judged import condemning, known_error
from scipy.integrate import quad
from scipy.optimize import minimize
from scipy.special import gammaln, ive

import tightframe
from tightframe.checks.catalogue import PAIRINGS
from tightframe.checks.verdict import Ruling
from tightframe.implementations.contract import Call
from tightframe.theorems.alignment import Pairs
from tightframe.theorems.alignment import oracle as alignment
from tightframe.theorems.contrastive_limit import first_order, limit
from tightframe.theorems.infonce_loss import loss
from tightframe.theorems.sphere_energy import floor, limit_floor, log_mean, uniform
from tightframe.theorems.uniformity import Cloud
from tightframe.theorems.uniformity import oracle as uniformity

normalize = torch.nn.functional.normalize


def cloud(points: Any) -> Cloud:
    return Cloud(tuple(tuple(map(float, row)) for row in points))


def simplex(n: int) -> Cloud:
    """n corners in n dimensions, of which they span n - 1."""
    return cloud(np.eye(n) - 1 / n)


# -- the limit ------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(4))
def test_the_loss_of_many_keys_is_its_limit_and_a_first_order_that_is_known(seed: int) -> None:
    """Against Frullani's integral, which knows nothing of either."""
    draw = np.random.default_rng(seed)
    joint, critic = draw.dirichlet(np.ones(12)).reshape(3, 4), draw.normal(size=(3, 4))
    expected = first_order(joint, critic)
    left = [
        keys * (loss(joint, critic, keys) - np.log(keys) - limit(joint, critic)) - expected
        for keys in (100, 1000, 10_000)
    ]
    assert abs(left[0]) <= 0.1
    assert abs(left[0] / left[1] - 10) <= 1  # what is left is of second order
    assert abs(left[2]) <= 1e-3


def test_the_rate_is_one_over_k_and_not_its_root() -> None:
    joint, critic = np.full((2, 2), 0.25), np.array([[1.0, -1.0], [-1.0, 1.0]])
    rest = [loss(joint, critic, k) - np.log(k) - limit(joint, critic) for k in (400, 1600)]
    assert abs(rest[0] / rest[1] - 4) <= 0.02


def test_unit_vectors_split_the_limit_into_alignment_and_a_uniformity() -> None:
    draw, tau = np.random.default_rng(5), 0.5
    u, v = (z / np.linalg.norm(z, axis=1, keepdims=True) for z in draw.normal(size=(2, 4, 3)))
    joint = draw.dirichlet(np.ones(16)).reshape(4, 4)
    squares = ((u[:, None] - v[None]) ** 2).sum(axis=2)
    aligned = ((joint * squares).sum() / 2 - 1) / tau
    spread = joint.sum(1) @ np.log(np.exp(u @ v.T / tau) @ joint.sum(0))
    assert abs(limit(joint, u @ v.T / tau) - aligned - spread) <= 1e-14
    metric = np.log(joint.sum(1) @ np.exp(-squares / (2 * tau)) @ joint.sum(0))
    assert spread - 1 / tau <= metric  # Jensen, after the factor e^(-2t) at t = 1/(2 tau)


# -- the sphere -----------------------------------------------------------------------------------


@pytest.mark.parametrize("d", [1, 2, 3, 8, 64])
@pytest.mark.parametrize("s", [1e-3, 0.5, 4.0, 30.0, 400.0])
def test_the_series_is_the_bessel_function(d: int, s: float) -> None:
    order = d / 2 - 1
    bessel = gammaln(d / 2) + order * np.log(2 / s) + np.log(ive(order, s)) + s
    largest = 1 + s + abs(gammaln(d / 2)) + abs(order * np.log(s))
    assert abs(log_mean(d, s) - bessel) <= 1e-13 * largest


def test_its_special_numbers() -> None:
    assert abs(log_mean(1, 2.0) - np.log(np.cosh(2.0))) <= 1e-15
    assert abs(log_mean(3, 2.0) - np.log(np.sinh(2.0) / 2)) <= 1e-15
    assert abs(log_mean(5, 1e-3) - 1e-6 / 10) <= 1e-13
    assert log_mean(7, 0.0) == 0.0
    assert limit_floor(3, 0.5) == log_mean(3, 2.0)


@pytest.mark.parametrize("d", [2, 4, 9])
def test_the_uniform_law_has_that_energy(d: int) -> None:
    """By the density of one coordinate."""
    density = lambda a: np.sin(a) ** (d - 2)  # noqa: E731
    energy = quad(lambda a: np.exp(4 * np.cos(a) - 4) * density(a), 0, np.pi)[0]
    assert abs(np.log(energy / quad(density, 0, np.pi)[0]) - uniform(d, 2.0)) <= 1e-11


def test_a_concentrated_law_is_less_uniform() -> None:
    """von Mises' law on the circle: I_0 of the resultant, over I_0 of the concentration."""
    kappa, t = 1.5, 2.0
    angles = np.linspace(0, 2 * np.pi, 400, endpoint=False)
    inner = [log_mean(2, float(np.sqrt(kappa**2 + 16 + 8 * kappa * np.cos(a)))) for a in angles]
    weights = np.exp(kappa * np.cos(angles) - log_mean(2, kappa))
    energy = (weights * np.exp(np.array(inner) - log_mean(2, kappa))).mean()
    gaps = angles[:, None] - angles[None]
    direct = weights @ np.exp(2 * t * np.cos(gaps)) @ weights / 400**2
    assert abs(energy / direct - 1) <= 1e-12
    assert np.log(energy) - 2 * t > uniform(2, t) + 0.1


# -- floors ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("pairs", ["i<j", "all"])
@pytest.mark.parametrize("n", [2, 3, 6])
def test_a_simplex_reaches_its_floor(n: int, pairs: str) -> None:
    truth = uniformity(simplex(n), pairs)
    assert abs(float(truth.value) - truth.floor) <= 1e-13


@pytest.mark.parametrize("pairs", ["i<j", "all"])
def test_many_corners_of_a_polygon_are_as_uniform_as_the_circle(pairs: str) -> None:
    angles = 2 * np.pi * np.arange(24) / 24
    truth = uniformity(cloud(np.stack([np.cos(angles), np.sin(angles)], axis=1)), pairs)
    assert abs(float(truth.value) - truth.floor) <= 1e-12
    assert (truth.floor < uniform(2, 2.0) - 0.01) == (pairs == "i<j")


@pytest.mark.parametrize(("n", "d"), [(5, 2), (4, 3), (8, 3), (7, 4)])
def test_no_cloud_that_is_optimised_passes_the_floor(n: int, d: int) -> None:
    def value_and_slope(flat: np.ndarray) -> tuple[float, np.ndarray]:
        truth = uniformity(cloud(flat.reshape(n, d)))
        return float(truth.value), truth.gradient[0].ravel()

    start = np.random.default_rng(n).normal(size=n * d)
    best = minimize(value_and_slope, start, jac=True, method="L-BFGS-B").fun
    bound = floor(n, d)
    assert best >= bound - 1e-12
    assert (best <= bound + 1e-6) == (n <= d + 1)


def test_a_cube_is_not_the_best_eight_points() -> None:
    """The antiprism that a turn of its lid makes is better: a symmetric guess is no optimum."""
    corners = np.array([(x, y, z) for x in (-1, 1) for y in (-1, 1) for z in (-1, 1)], float)
    turned = corners.copy()
    lid = turned[:, 2] > 0
    turn = np.array([[1, -1], [1, 1]]) / 2**0.5
    turned[lid, :2] = turned[lid, :2] @ turn
    cube, antiprism = (float(uniformity(cloud(c)).value) for c in (corners, turned))
    assert floor(8, 3) < antiprism < cube - 0.01


def test_floors_can_be_asked_for() -> None:
    assert tightframe.floor("uniformity", n=3, d=2) == -6.0
    assert tightframe.floor("uniformity", n=64, d=2, t=1.0, pairs="all") == uniform(2, 1.0)
    assert floor(1, 3) == 0.0


# -- conventions ----------------------------------------------------------------------------------

ROWS = ((1.0, 2.0), (0.5, -1.0), (-1.5, 0.25)), ((2.0, 1.0), (0.0, 1.0), (0.5, 0.5))


@pytest.mark.parametrize("name", ["alignment", "uniformity"])
def test_each_option_is_undone_by_its_gauge(name: str) -> None:
    contract, pairing = PAIRINGS[name].contract, PAIRINGS[name]
    problem = Pairs(*ROWS) if name == "alignment" else Cloud(ROWS[0])
    tables = problem[: len(contract.inputs)]
    call = Call(tuple(torch.tensor(z).double() for z in tables))
    for axis in contract.axes:
        for option in axis.options:
            convention = contract.canonical | {axis.name: option.name}
            for coding in contract.references.values():
                written = contract.written(coding, convention)
                returned = contract.bring(lambda c, f=written: f(*c.inputs), convention, call)
                truth = pairing.family.oracle(problem, **contract.variants(convention))
                assert abs(float(returned) - float(truth.value)) <= 1e-15 * truth.unit


def align_loss(x, y, alpha=2):
    return (x - y).norm(p=2, dim=1).pow(alpha).mean()


def uniform_loss(x, t=2):
    return torch.pdist(x, p=2).pow(2).mul(-t).exp().mean().log()


def not_as_steep(x):
    return torch.pdist(normalize(x)).pow(2).neg().exp().mean().log()


def every_pair(x):
    return torch.cdist(normalize(x), normalize(x)).pow(2).mul(-2).exp().mean().log()


def total(x, y):
    return (normalize(x) - normalize(y)).square().sum()


def root(x, y):
    return (normalize(x) - normalize(y)).norm(dim=1).mean()


def cubes(x, y):
    return (normalize(x) - normalize(y)).norm(dim=1).pow(3).mean()


@pytest.mark.parametrize(
    ("target", "contract", "departures", "parameters"),
    [
        (align_loss, "alignment", {"normalises": "no"}, {}),
        (uniform_loss, "uniformity", {"normalises": "no"}, {}),
        (every_pair, "uniformity", {"pairs": "all"}, {}),
        (not_as_steep, "uniformity", {}, {"t": 1.0}),
        (total, "alignment", {"reduction": "sum"}, {}),
        (root, "alignment", {}, {"alpha": 1.0}),
        (cubes, "alignment", {}, {"alpha": 3.0}),
    ],
)
def test_what_honest_people_write_by_other_conventions_is_named(
    target: Any, contract: str, departures: dict[str, str], parameters: dict[str, float]
) -> None:
    result = tightframe.check(target, contract, budget="quick")
    assert result.ruling is Ruling.IDENTIFIED
    assert result.identification.departures == departures
    assert result.identification.parameters == pytest.approx(parameters)
    declared = tightframe.check(
        target, contract, convention=departures, fixed=parameters, budget="quick"
    )
    assert declared.ruling is Ruling.UPHELD


def masked(x):
    u = normalize(x, dim=-1)
    distances = torch.cdist(u, u)
    chosen = distances[torch.ones_like(distances).triu(1).bool()]
    return torch.logsumexp(-2 * chosen**2, 0) - torch.tensor(float(len(chosen))).log()


def diagonal_taken_off(x):
    e, n = torch.exp(-2 * torch.cdist(normalize(x), normalize(x)) ** 2), len(x)
    return torch.log((e.sum() - n) / (n * (n - 1)))


def cosines(x, y):
    return 2 - 2 * torch.nn.functional.cosine_similarity(x, y).mean()


@pytest.mark.parametrize(
    ("target", "contract"),
    [(masked, "uniformity"), (diagonal_taken_off, "uniformity"), (cosines, "alignment")],
)
def test_what_honest_people_write_is_upheld(target: Any, contract: str) -> None:
    result = tightframe.check(target, contract, budget="quick")
    assert result.ruling is Ruling.UPHELD, str(result)


def test_the_constant_inside_pairwise_distance_is_named() -> None:
    def distances(x, y):
        return torch.nn.functional.pairwise_distance(normalize(x), normalize(y)).pow(2).mean()

    result = tightframe.check(distances, "alignment")
    assert result.ok
    assert "10⁻⁶ added to each difference" in str(result)


def test_a_steepness_that_has_to_be_given_is_asked_for() -> None:
    result = tightframe.check(lambda x, t: uniform_loss(x, t), "uniformity", budget="quick")
    assert result.ruling is Ruling.REFUSED
    assert "--with NAME=VALUE" in result.reason


# -- which claim condemns what --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("contract", "defect", "claims"),
    [
        ("uniformity", "distance not squared", {"value", "closest pair"}),
        ("uniformity", "value negated", {"value", "closest pair"}),
        ("uniformity", "logarithm forgotten", {"value", "closest pair"}),
        ("uniformity", "self-pairs in the count", {"value", "floor"}),
        ("uniformity", "normalised over the batch", {"value", "row scale"}),
        ("uniformity", "norm detached", {"gradient", "tangency"}),
        ("alignment", "features averaged", {"value", "cosines"}),
        ("alignment", "negative cosine", {"value", "bounds"}),
        ("alignment", "power outside the mean", {"value", "cosines"}),
        ("alignment", "one view not normalised", {"value", "row scale", "view swap"}),
        ("alignment", "norm detached", {"gradient", "tangency"}),
    ],
)
def test_each_error_is_condemned_by_what_it_breaks(
    contract: str, defect: str, claims: set[str]
) -> None:
    assert set(condemning(contract, defect)) >= claims


@pytest.mark.parametrize(
    ("contract", "defect"),
    [("uniformity", "others detached"), ("alignment", "second view detached")],
)
def test_half_a_gradient_is_condemned_by_the_gradient_alone(contract: str, defect: str) -> None:
    assert {v.claim for v in known_error(contract, defect).violations} == {"gradient"}


def test_pairs_that_agree_have_no_gradient_whatever_the_power() -> None:
    for power in (1.0, 2.0, 3.0):
        truth = alignment(Pairs(ROWS[0], ROWS[0], power))
        assert float(truth.value) == 0.0
        assert not np.any(truth.gradient[0])
