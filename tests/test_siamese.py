"""BYOL's and SimSiam's losses, and the motion of a linear network that is trained with such a one:
matrices against the closed form, package code under its conventions, who is to detach."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from judged import condemning

import tightframe
from tightframe.checks.catalogue import PAIRINGS
from tightframe.checks.noise import KAPPA, UNIT_ROUNDOFF
from tightframe.checks.verdict import Ruling
from tightframe.implementations.contract import Call
from tightframe.theorems.siamese import byol_oracle, simsiam_oracle
from tightframe.theorems.siamese_dynamics import Siamese, fixed_points, picture, trajectory
from tightframe.theorems.siamese_problems import Predicted

NOISE = KAPPA["float64"] * UNIT_ROUNDOFF["float64"]
F = torch.nn.functional
TABLES = Predicted(
    ((1.0, 2.0), (0.5, -1.0)), ((2.0, 1.0), (0.0, 1.0)), ((1.0, 1.0), (-1.0, 0.5)),
    ((3.0, -1.0), (0.5, 0.25)),
)  # fmt: skip
BOTH = pytest.mark.parametrize("name", ["byol", "simsiam"])


# -- the definition -------------------------------------------------------------------------------


def test_byol_s_loss_is_four_and_four_times_simsiam_s() -> None:
    byol, simsiam = byol_oracle(TABLES), simsiam_oracle(TABLES)
    assert abs(float(byol.value) - 4 - 4 * float(simsiam.value)) <= 1e-15
    assert all(
        np.array_equal(a, 4 * b) for a, b in zip(byol.gradient, simsiam.gradient, strict=True)
    )


def test_right_predictions_cost_nothing_and_opposite_ones_the_most() -> None:
    p1, p2, *_ = TABLES
    right = Predicted(p1, p2, p2, p1)
    wrong = Predicted(p1, p2, *(tuple(tuple(-x for x in row) for row in t) for t in (p2, p1)))
    assert abs(float(byol_oracle(right).value)) <= 1e-15
    assert abs(float(byol_oracle(wrong).value) - 8) <= 1e-14
    assert abs(float(simsiam_oracle(right).value) + 1) <= 1e-15


@BOTH
def test_each_option_is_undone_by_its_gauge_and_so_is_each_pair(name: str) -> None:
    pairing = PAIRINGS[name]
    contract, family = pairing.contract, pairing.family
    call = Call(tuple(torch.tensor(z).double() for z in TABLES))
    options = [(a.name, o.name) for a in contract.axes for o in a.options[1:]]
    for first in options:
        for second in options:
            convention = contract.canonical | dict([first, second])
            written = contract.written(next(iter(contract.references.values())), convention)
            returned = contract.bring(lambda c, f=written: f(*c.inputs), convention, call)
            truth = family.oracle(TABLES, **contract.variants(convention))
            assert abs(float(returned) - float(truth.value)) <= NOISE * truth.unit, convention


# -- code as it is in packages --------------------------------------------------------------------


def one_direction(p, z):
    return 2 - 2 * F.cosine_similarity(p, z.detach(), dim=-1).mean()


def one_direction_not_detached(p, z):
    return 2 - 2 * F.cosine_similarity(p, z, dim=1).mean()


def negative_cosine(x0, x1):
    return -F.cosine_similarity(x0, x1, 1, 1e-8).mean()


def without_its_constant(p1, p2, z1, z2):
    return -2 * F.cosine_similarity(p1, z2).mean() - 2 * F.cosine_similarity(p2, z1).mean()


def each_sample(p1, p2, z1, z2):
    def loss(x, y):
        return 2 - 2 * (F.normalize(x, dim=-1, p=2) * F.normalize(y, dim=-1, p=2)).sum(dim=-1)

    return loss(p1, z2.detach()) + loss(p2, z1.detach())


def cosine_distances(p1, p2, z1, z2):
    first = 1 - F.cosine_similarity(p1, z2.detach(), dim=-1).mean()
    return (first + 1 - F.cosine_similarity(p2, z1.detach(), dim=-1).mean()) / 2


IDENTIFIED = [
    (one_direction, "byol", {"takes": "one direction"}),
    (one_direction, "simsiam", {"takes": "one direction", "similarity": "2-2cos"}),
    (one_direction_not_detached, "byol", {"takes": "one direction", "detaches": "no"}),
    (negative_cosine, "simsiam", {"takes": "one direction", "detaches": "no"}),
    (
        negative_cosine, "byol",
        {"takes": "one direction", "similarity": "-cos", "detaches": "no"},
    ),
    (without_its_constant, "byol", {"similarity": "-2cos", "detaches": "no"}),
    (each_sample, "byol", {"reduction": "none"}),
    (cosine_distances, "byol", {"similarity": "1-cos", "directions": "averaged"}),
    (cosine_distances, "simsiam", {"similarity": "1-cos"}),
]  # fmt: skip


@pytest.mark.parametrize(("code", "name", "departures"), IDENTIFIED)
def test_code_of_another_convention_is_identified(code, name, departures) -> None:
    result = tightframe.check(code, name, budget="quick")
    if departures == {"takes": "one direction"}:
        assert result.ruling in (Ruling.UPHELD, Ruling.IDENTIFIED), str(result)
    else:
        assert result.ruling is Ruling.IDENTIFIED, str(result)
    if result.identification:
        assert result.identification.departures == departures
    assert tightframe.check(code, name, budget="quick", convention=departures).ok


@BOTH
def test_nothing_detached_is_identified_undeclared_and_condemned_declared(name: str) -> None:
    (defect,) = (d for d in PAIRINGS[name].contract.defects if d.name == "nothing detached")
    result = tightframe.check(defect.call, name, budget="quick")
    assert result.ruling is Ruling.IDENTIFIED
    assert result.identification is not None
    assert result.identification.departures == {"detaches": "no"}
    assert condemning(name, "nothing detached") == ["gradient", "stop-gradient"]
    assert condemning(name, "one target detached") == ["gradient", "stop-gradient"]


@BOTH
def test_a_detached_prediction_is_condemned_as_no_caller_could_mend_it(
    name: str,
) -> None:
    which = "prediction detached, not the target"
    (defect,) = (d for d in PAIRINGS[name].contract.defects if d.name == which)
    assert tightframe.check(defect.call, name, budget="quick").ruling is Ruling.VIOLATED


@pytest.mark.parametrize(
    ("added", "under_the_root", "place"),
    [(1e-8, 0.0, "norm_apart"), (0.0, 1e-12, "squared_norm_apart")],
)
def test_distances_of_rows_that_are_not_quite_unit_ones_are_excused(
    added: float, under_the_root: float, place: str
) -> None:
    """With a constant in its norms a distance is not two less twice the product."""

    def unit(x):
        return x / (torch.sqrt(x.square().sum(dim=-1, keepdim=True) + under_the_root) + added)

    def distances(p1, p2, z1, z2):
        first, second = unit(p1) - unit(z2.detach()), unit(p2) - unit(z1.detach())
        return (first.square().sum(dim=-1) + second.square().sum(dim=-1)).mean()

    result = tightframe.check(distances, "byol", budget="quick")
    assert result.ruling is Ruling.STABILISED, str(result)
    assert [s.place for s in result.stabilisers] == [place]


def test_three_tables_are_refused_with_a_remedy() -> None:
    result = tightframe.check(lambda p, z, extra: (p * z * extra).sum(), "byol", budget="quick")
    assert result.ruling is Ruling.REFUSED


# -- the motion -----------------------------------------------------------------------------------


def trained(network: Siamese, scales: np.ndarray, *, holds: bool = True, learns: bool = True):
    """Gradient descent by autograd on whole matrices: the population's loss, random directions."""
    d = len(scales)
    draw = torch.Generator().manual_seed(0)
    u, v = (torch.linalg.qr(torch.randn(d, d, generator=draw, dtype=torch.float64))[0]
            for _ in range(2))  # fmt: skip
    sizes = torch.tensor(scales, dtype=torch.float64)
    encoder = (u * sizes @ v.T).requires_grad_()
    predictor = (u * sizes @ u.T if learns else torch.eye(d, dtype=torch.float64)).clone()
    predictor.requires_grad_(learns)
    weights = [encoder, predictor] if learns else [encoder]
    rate, noisy = 0.05, 1 + network.noise
    for _ in range(4000):
        target = network.target * (encoder.detach() if holds else encoder)
        guess = predictor @ encoder
        loss = noisy * (guess.square().sum() + target.square().sum()) / 2 - (guess * target).sum()
        slopes = torch.autograd.grad(loss, weights)
        with torch.no_grad():
            for weight, slope in zip(weights, slopes, strict=True):
                weight -= rate * (slope + network.decay * weight)
    return encoder.detach(), predictor.detach(), u


def test_matrices_that_are_trained_end_where_the_closed_form_says() -> None:
    """Directions that start above p- reach p+, those below go to nothing, in one network."""
    network = Siamese(noise=0.1, decay=0.05)
    _, low, high = fixed_points(network)
    encoder, predictor, u = trained(network, np.array([0.9 * low, 1.1 * low, 0.6, 1.5]))
    found = torch.diagonal(u.T @ predictor @ u)
    np.testing.assert_allclose(found, [0.0, high, high, high], atol=1e-4)
    np.testing.assert_allclose(torch.linalg.svdvals(encoder)[:3], [high] * 3, atol=1e-4)


@pytest.mark.parametrize(
    ("how", "decay"), [({"holds": False}, 0.01), ({"learns": False}, 0.01), ({}, 0.3)]
)
def test_they_collapse_without_target_predictor_or_patience(how, decay) -> None:
    network = Siamese(noise=0.1, decay=decay)
    encoder, _, _ = trained(network, np.array([0.5, 1.0, 1.5]), **how)
    assert encoder.norm() <= 1e-4


def test_without_a_predictor_each_step_shrinks_the_encoder_by_the_same_factor() -> None:
    network = Siamese(noise=0.1, decay=0.01)
    start = np.array([0.5, 1.0, 1.5])
    encoder, _, _ = trained(network, start, learns=False)
    shrunk = start * (1 - 0.05 * (network.noise + network.decay)) ** 4000
    np.testing.assert_allclose(torch.linalg.svdvals(encoder).flip(0), shrunk, rtol=1e-9)


def test_the_difference_of_s_and_the_square_of_p_decays_at_twice_the_decay() -> None:
    network = Siamese(noise=0.2, decay=0.05, target=0.9)
    path = trajectory(network, 0.4, 1.1, seconds=10.0)
    gap = path[:, 1] ** 2 - path[:, 0] ** 2
    times = np.linspace(0, 10, len(path))
    np.testing.assert_allclose(gap, gap[0] * np.exp(-2 * network.decay * times), atol=1e-12)


def test_a_trajectory_stands_still_at_each_fixed_point_and_at_no_other() -> None:
    network = Siamese(noise=0.2, decay=0.05, target=0.9)
    for p in fixed_points(network):
        assert abs(trajectory(network, p, p, seconds=1.0, steps=64)[-1, 0] - p) <= 1e-14
    assert fixed_points(network._replace(decay=0.3)) == (0.0,)


def test_the_upper_fixed_point_of_the_theory_s_own_numbers() -> None:
    assert abs(fixed_points(Siamese(noise=0.1, decay=0.02))[-1] - 0.8886304140) <= 1e-10


def test_the_picture_parts_at_the_lower_root() -> None:
    drawn = picture()
    ends = {label: points[-1][1] for label, points in drawn.series.items()}
    low, high = (y for label, y in ends.items() if label.startswith("p"))
    for label, points in drawn.series.items():
        if label.startswith("from"):
            end = high if points[0][1] > low else 0.0
            assert abs(points[-1][1] - end) <= 0.02
