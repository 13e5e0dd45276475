"""Autoencoders of any architecture: honest ones of many styles are upheld, and what passes by the
bottleneck, from other rows or from chance is condemned, and named where an experiment can."""

import math

import numpy as np
import pytest
import torch
from judged import condemning, judged
from torch import nn

from tightframe.checks.autoencoder import PAIRING, picture
from tightframe.checks.reconstructions import look
from tightframe.checks.verdict import Ruling
from tightframe.implementations.autoencoder import AUTOENCODER
from tightframe.implementations.autoencoder_networks import multilayer, trained
from tightframe.theorems.autoencoder import oracle
from tightframe.theorems.covariance import points

X = torch.tensor([[2.0, 0.0, 1.0], [-2.0, 0.0, -1.0], [0.0, 1.0, 0.0], [0.0, -1.0, 2.0]]).double()


def network(d, k, *between):
    """Somebody's network, in float32 and not trained: what always holds, holds of it too."""
    torch.manual_seed(1)
    return nn.Sequential(
        nn.Linear(d, 6), *between, nn.ReLU(), nn.Linear(6, k), nn.Linear(k, 6), nn.ReLU(),
        nn.Linear(6, d),
    )  # fmt: skip


def made(build):
    """A trainer (x, k) that returns what `build(d, k)` returns."""
    return lambda x, k: build(x.shape[1], k)


def ruled(target, claim, **how):
    return next(v for v in judged(PAIRING, target, **how).verdicts if v.claim == claim)


# -- the oracle -----------------------------------------------------------------------------------


@pytest.mark.parametrize("problem", PAIRING.family.design())
def test_floor_and_constant_are_those_of_the_rows_themselves(problem):
    rows, truth = points(problem), oracle(problem)
    lengths = np.linalg.svd(rows - rows.mean(axis=0), compute_uv=False) ** 2 / len(rows)
    assert truth.floor == pytest.approx(lengths[problem.k :].sum(), abs=1e-12 * lengths[0])
    assert truth.constant == pytest.approx(lengths.sum())
    assert truth.rank == problem.k


def test_jacobians_are_those_of_differences():
    net = trained(multilayer, X, 2, double=True)
    seen = look(net, X, net(X).detach().numpy())
    step = 1e-6
    for column in range(3):
        aside = torch.zeros(3).double()
        aside[column] = step
        slope = (net(X + aside) - net(X - aside)).detach().numpy() / (2 * step)
        np.testing.assert_allclose(seen.jacobians[:4, :, column], slope, atol=1e-8)


def test_a_continuous_code_misses_two_opposite_points_of_a_circle_and_the_angle_does_not():
    turn = torch.linspace(0, 2 * math.pi, 65, dtype=torch.float64)[:-1]

    def circle(angle):
        return torch.stack([torch.cos(angle), torch.sin(angle)], dim=1)

    net = trained(multilayer, circle(turn), 1, steps=200, rate=0.2, double=True)
    assert ((net(circle(turn)) - circle(turn)) ** 2).sum(dim=1).mean() < 0.1  # the plane: 0.5

    def difference(angle):
        code = net.net[:3]((circle(torch.tensor([angle, angle + math.pi])) - net.mean) / size)
        return float((code[0] - code[1]).detach())

    size = float((circle(turn) ** 2).mean().sqrt())
    low, high = 0.0, math.pi
    sign = difference(low)
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if difference(middle) * sign > 0 else (low, middle)
    pair = circle(torch.tensor([low, low + math.pi], dtype=torch.float64))
    returned = net(pair)
    assert torch.allclose(returned[0], returned[1], atol=1e-6)
    assert float((returned - pair).norm(dim=1).max().detach()) >= 1 - 1e-6

    def by_angle(rows):
        return circle(torch.atan2(rows[:, 1], rows[:, 0]))

    assert torch.allclose(by_angle(circle(turn)), circle(turn))


def test_the_picture_shows_a_curve_below_the_line_on_average_and_above_the_radius_somewhere():
    series = picture().series
    curve, line = (np.array(series[name])[:, 1] for name in ("tanh network", "the best line"))
    assert np.median(curve) < 0.3 < np.median(line)
    assert curve.max() >= 1


# -- honest code ----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", AUTOENCODER.references)
def test_each_reference_gets_below_the_best_constant(name):
    reference = AUTOENCODER.references[name]
    assert judged(PAIRING, reference, convention={"trained": "yes"}).ruling is Ruling.UPHELD


def test_the_linear_reference_is_affine_on_a_plane_and_above_its_floor():
    result = judged(PAIRING, AUTOENCODER.references["linear"], convention={"kind": "linear"})
    assert {v.claim: v.ruling for v in result.verdicts}["floor"] is Ruling.UPHELD
    assert result.ruling is Ruling.UPHELD


def with_dropout_and_norm(d, k):
    return network(d, k, nn.BatchNorm1d(6), nn.Dropout(0.5)).eval()


def instance_of(d, k):
    return nn.Sequential(nn.LayerNorm(d), network(d, k))


def half_in_double(d, k):
    net = network(d, k)
    return lambda rows: net(rows.float()).double() * 3 + 100


def binary(d, k):
    """A code of signs, with a straight-through gradient; some rows lie on the border."""
    net = torch.linspace(-1, 1, d * k).view(d, k).double()

    def reconstruct(rows):
        code = rows @ net
        return (code + (code.sign() - code).detach()) @ net.T

    return reconstruct


def nearest_centre(d, k):
    centres = torch.tensor([[1.0] * d, [-1.0] * d, [0.0] * d]).double()
    return lambda rows: centres[torch.cdist(rows, centres).argmin(dim=1)]


def cancelling(d, k):
    """Large weights that cancel: float32 keeps few digits, and that is no error of the formula."""
    net = network(d, k)
    big = 3e4 * torch.ones(d)
    return lambda rows: (net(rows.float()) + big) - big


def collapsed(d, k):
    return lambda rows: 0 * rows + 1.5


def a_plane_of_rectified_codes(d, k):
    torch.manual_seed(2)
    return nn.Sequential(nn.Linear(d, k), nn.ReLU(), nn.Linear(k, d))


@pytest.mark.parametrize(
    "build",
    [
        network, with_dropout_and_norm, instance_of, half_in_double, binary, nearest_centre,
        cancelling, collapsed,
    ],
)  # fmt: skip
def test_honest_code_is_upheld_whatever_its_layers(build):
    result = judged(PAIRING, made(build), budget="normal")
    assert result.ruling is Ruling.UPHELD, [v.claim for v in result.violations]


def test_rounding_behind_a_saturated_layer_is_allowed_for():
    """A nudge of the rows does not reach it: the layer returns the same signs."""

    def train(x, k):
        return trained(multilayer, x, k, steps=60, rate=1.0)

    result = judged(PAIRING, train, budget="normal")
    assert result.ruling is Ruling.UPHELD
    assert max(v.used or 0 for v in result.verdicts) < 0.25


def test_an_affine_decoder_after_any_encoder_keeps_to_its_plane():
    how = {"convention": {"kind": "linear decoder"}}
    assert judged(PAIRING, made(a_plane_of_rectified_codes), **how).ruling is Ruling.UPHELD
    found = judged(PAIRING, made(a_plane_of_rectified_codes), convention={"kind": "linear"})
    assert [v.claim for v in found.violations] == ["affine"]


@pytest.mark.parametrize("how", ["no_grad", "numpy"])
def test_code_without_a_gradient_is_not_asked_for_its_rank(how):
    def build(d, k):
        net = network(d, k)
        if how == "no_grad":
            return torch.no_grad()(lambda rows: net(rows.float()))
        return lambda rows: net(torch.from_numpy(rows.numpy()).float()).detach().numpy()

    found = ruled(made(build), "rank")
    assert found.ruling is Ruling.INCONCLUSIVE
    assert "no gradient" in found.reason
    assert judged(PAIRING, made(build)).ruling is Ruling.UPHELD


# -- wrong code -----------------------------------------------------------------------------------


def test_each_claim_condemns_something():
    condemned = {
        claim for defect in AUTOENCODER.defects for claim in condemning("autoencoder", defect.name)
    }
    identity = made(lambda d, k: lambda rows: rows * 1.0)
    found = judged(PAIRING, identity, convention={"kind": "linear decoder"})
    condemned |= {v.claim for v in found.violations}
    assert condemned == {claim.name for claim in PAIRING.family.claims}


class Residual(nn.Module):
    def __init__(self, net):
        super().__init__()
        self.net = net

    def forward(self, rows):
        return rows + self.net(rows)


@pytest.mark.parametrize(
    ("build", "name"),
    [
        (lambda d, k: network(d, k, nn.BatchNorm1d(6)), "batch statistics left on"),
        (lambda d, k: network(d, k, nn.Dropout(0.3)), "dropout left on"),
        (lambda d, k: Residual(network(d, k)), "skip connection round the bottleneck"),
        (lambda d, k: lambda rows: rows.clone(), "input returned"),
    ],
    ids=["batch norm", "dropout", "residual", "identity"],
)
def test_an_error_in_another_network_is_named_by_experiment(build, name):
    result = judged(PAIRING, made(build))
    assert result.ruling is Ruling.VIOLATED
    assert result.diagnosis.name == name


def test_modules_are_put_back_into_the_mode_they_were_in():
    kept = []

    def train(x, k):
        kept.append(network(x.shape[1], k, nn.Dropout(0.3)))
        return kept[-1]

    judged(PAIRING, train)
    assert all(module.training for net in kept for module in net.modules())


def recurrent_over_rows(d, k):
    torch.manual_seed(0)
    reader, writer = nn.RNN(d, 5), nn.Sequential(nn.Linear(5, k), nn.Linear(k, d))
    return lambda rows: writer(reader(rows.float())[0])


def teacher_forcing(d, k):
    """A recurrent decoder that is fed the true entry before."""
    torch.manual_seed(0)
    code, writer, head = nn.Linear(d, k), nn.RNN(k + 1, 5, batch_first=True), nn.Linear(5, 1)

    def reconstruct(rows):
        codes = code(rows.float())[:, None].expand(-1, d, -1)
        before = nn.functional.pad(rows.float(), (1, -1))[:, :, None]
        return head(writer(torch.cat([codes, before], dim=2))[0]).squeeze(2)

    return reconstruct


def by_place(d, k):
    return lambda rows: torch.arange(len(rows)).double()[:, None].expand(-1, d)


def counting(d, k):
    calls = []

    def reconstruct(rows):
        calls.append(None)
        return 0 * rows + len(calls)

    return reconstruct


def not_a_number(d, k):
    return lambda rows: rows * float("nan")


def own_generator(d, k):
    draw = np.random.default_rng(0)
    return lambda rows: 0 * rows + float(draw.normal())


@pytest.mark.parametrize(
    ("build", "claim"),
    [
        (recurrent_over_rows, "row by row"), (teacher_forcing, "rank"), (by_place, "row by row"),
        (counting, "repeatable"), (not_a_number, "repeatable"),
        (own_generator, "repeatable"),
    ],
)  # fmt: skip
def test_wrong_code_is_condemned_by_the_claim_that_says_why(build, claim):
    result = judged(PAIRING, made(build))
    assert result.ruling is Ruling.VIOLATED
    assert claim in [v.claim for v in result.violations]


# -- code that does not speak the contract --------------------------------------------------------


@pytest.mark.parametrize(
    ("build", "words"),
    [
        (lambda d, k: torch.zeros(4, d), "a callable x -> x_hat"),
        (lambda d, k: lambda rows: (rows, rows), "x_hat alone"),
        (lambda d, k: lambda rows: rows[:, :1], "like x"),
        (lambda d, k: lambda rows: (0 * rows).squeeze(), "like x"),
    ],
    ids=["reconstructions", "a tuple", "one feature", "squeezed"],
)
def test_what_is_not_a_function_of_rows_is_refused(build, words):
    result = judged(PAIRING, made(build))
    assert result.ruling is Ruling.REFUSED
    assert words in result.reason


def test_code_that_cannot_take_one_row_crashes_and_is_not_violated():
    def build(d, k):
        def reconstruct(rows):
            if len(rows) == 1:
                raise ValueError("expected more than one row")
            return 0 * rows

        return reconstruct

    result = judged(PAIRING, made(build))
    assert result.ruling is Ruling.CRASHED
    assert "expected more than one row" in result.reason
