"""Trained denoisers: how near each way of training comes to the best one, which code is upheld,
condemned and refused, and what is said where nothing was claimed."""

import math

import numpy as np
import pytest
import torch
from judged import condemning, judged
from torch import nn

from tightframe.checks.trained_denoiser import PAIRING, picture
from tightframe.checks.verdict import Ruling
from tightframe.implementations.trained_denoiser import TRAINED_DENOISER, attention
from tightframe.implementations.trained_denoiser_defects import attending, in_closed_form, wiener
from tightframe.implementations.trained_denoiser_networks import (
    by_adam,
    by_attention,
    by_lbfgs,
    expected,
    trained,
)
from tightframe.theorems.trained_denoiser import best, design, excess
from tightframe.theorems.trained_denoiser_problems import Cloud

TWO = Cloud(((-1.0,), (1.0,)), 0.5)
YES = {"convention": {"trained": "yes"}}


def rows(problem):
    return torch.tensor(problem.points, dtype=torch.float64)


def on_grid(problem, denoiser):
    return np.asarray(denoiser(torch.from_numpy(best(problem).y)).detach().double())


def ruled(result):
    return {v.claim: v.ruling for v in result.verdicts}


# -- references -----------------------------------------------------------------------------------


@pytest.mark.parametrize("problem", design())
def test_the_well_specified_network_has_the_score_to_ten_digits(problem):
    found = attention(rows(problem), problem.sigma)
    assert found["converged"]
    apart = excess(best(problem), on_grid(problem, found["denoiser"]))
    assert math.sqrt(apart) / problem.sigma**2 <= 1e-10 * math.sqrt(1 / problem.sigma**2)


def test_a_tanh_network_on_the_exact_loss_comes_within_a_millionth_of_the_floor():
    def train(z, level):
        return by_lbfgs(z, level, steps=400)

    found = on_grid(TWO, trained(train, rows(TWO), TWO.sigma)[0])
    truth = best(TWO)
    assert 0 < excess(truth, found) / truth.mmse < 2e-6
    farthest = np.abs(found - truth.best)[np.abs(truth.y) < 2].max()
    assert farthest > 3 * math.sqrt(excess(truth, found))  # it is near on average only


def test_adam_on_samples_comes_within_a_hundredth():
    def train(z, level):
        return by_adam(z, level, steps=1000)

    found = on_grid(TWO, trained(train, rows(TWO), TWO.sigma)[0])
    assert 1e-4 < excess(best(TWO), found) / best(TWO).mmse < 2e-2


def test_the_training_loss_is_the_expectation():
    loss = expected(rows(TWO), TWO.sigma)
    assert float(loss(lambda y: torch.tanh(4 * y))) == pytest.approx(best(TWO).mmse, rel=1e-8)


def longer(z, level):
    return by_adam(z, level, steps=200)


@pytest.mark.parametrize("train", [by_attention, by_lbfgs, longer])
def test_each_way_of_training_leaves_the_line_behind(train):
    found = judged(PAIRING, lambda x, sigma: trained(train, x, sigma)[0], **YES)
    assert found.ruling is Ruling.UPHELD
    assert ruled(found)["better than a line"] is Ruling.UPHELD


def test_the_picture_shows_training_on_the_curve_and_the_line_away_from_it():
    series = {name: np.array(points)[:, 1] for name, points in picture().series.items()}
    curve = series["best denoiser"]
    assert np.abs(series["attention, L-BFGS"] - curve).max() < 1e-9
    assert np.abs(series["tanh network, L-BFGS"] - curve).max() < 0.1
    assert np.abs(series["best line"] - curve).max() > 0.5


# -- honest code ----------------------------------------------------------------------------------


def kernel_smoother(x, sigma):
    """In NumPy, and about itself."""
    points = x.numpy()

    def denoise(y):
        apart = ((y.numpy()[:, None] - points) ** 2).sum(axis=2)
        shares = np.exp(-(apart - apart.min(axis=1, keepdims=True)) / (2 * sigma**2))
        return shares @ points / shares.sum(axis=1, keepdims=True)

    return {"denoiser": denoise, "converged": True}


def half_precision_weights(x, sigma):
    """The best denoiser, its numbers kept in float32."""
    return {"denoiser": lambda y: attending(x.float(), sigma)(y.float()), "converged": True}


def hardly_trained(x, sigma):
    """A ReLU module in float32, of many units, that has seen nothing yet."""
    torch.manual_seed(3)
    d = x.shape[1]
    return nn.Sequential(nn.Linear(d, 32), nn.ReLU(), nn.LayerNorm(32), nn.Linear(32, d)).eval()


def constant(x, sigma):
    return lambda y: 0 * y + 1.5


def nearest(x, sigma):
    return lambda y: x[torch.cdist(y, x).argmin(dim=1)]


@pytest.mark.parametrize(
    "train", [kernel_smoother, half_precision_weights, hardly_trained, constant, nearest]
)
def test_honest_code_is_upheld_whatever_it_is_made_of(train):
    result = judged(PAIRING, train, budget="normal")
    assert result.ruling is Ruling.UPHELD, [v.claim for v in result.violations]
    assert all(v.used < 0.25 for v in result.verdicts if v.used)


def test_what_is_predicted_may_be_declared_or_is_inferred():
    for option in PAIRING.contract.axis("predicts").options[1:]:
        code = option.write(in_closed_form)
        found = judged(PAIRING, code, convention={"predicts": option.name})
        assert found.ruling is Ruling.UPHELD
        found = judged(PAIRING, code)
        assert found.ruling is Ruling.IDENTIFIED
        assert found.identification.departures == {"predicts": option.name}


def test_a_variance_may_be_handed_over():
    def by_variance(x, variance):
        return in_closed_form(x, math.sqrt(variance))

    assert judged(PAIRING, by_variance, convention={"level": "variance"}).ruling is Ruling.UPHELD
    assert judged(PAIRING, by_variance).identification.departures == {"level": "variance"}


def test_a_run_is_allowed_the_excess_that_it_admits():
    def half_way(x, sigma):
        exact, line = attending(x, sigma), wiener(x, sigma)["denoiser"]
        gap = best(Cloud(tuple(map(tuple, x.tolist())), sigma))
        tolerance = 0.25 * (gap.line - gap.mmse) * factor
        denoiser = lambda y: (exact(y) + line(y)) / 2  # noqa: E731
        return {"denoiser": denoiser, "converged": True, "tolerance": tolerance}

    factor = 1.001
    assert judged(PAIRING, half_way).ruling is Ruling.UPHELD
    factor = 0.9
    assert [v.claim for v in judged(PAIRING, half_way).violations] == ["distance"]


def test_where_nothing_is_claimed_the_excess_and_the_slope_are_told():
    def turned(x, sigma):
        return lambda y: 2 * y - attending(x, sigma)(y)

    found = judged(PAIRING, turned)
    assert found.ruling is Ruling.UPHELD
    (reason,) = {v.reason for v in found.verdicts if v.ruling is Ruling.INCONCLUSIVE}
    assert "above the floor of 0.0686, and -1 of the best step is taken" in reason
    assert "near what training learns by the error 'noise added back'" in reason


# -- reported losses ------------------------------------------------------------------------------


def reporting(loss, error):
    return lambda x, sigma: (
        in_closed_form(x, sigma)
        | {
            "loss": loss(x, sigma),
            "loss_error": error(x, sigma),
        }
    )


def exact(x, sigma):
    return best(Cloud(tuple(map(tuple, x.tolist())), sigma)).mmse


@pytest.mark.parametrize(
    ("loss", "error", "condemned"),
    [
        (exact, lambda x, s: 0.0, []),
        (lambda x, s: exact(x, s) - 0.01 * s**2, lambda x, s: 0.02 * s**2, []),
        (lambda x, s: exact(x, s) / 2, lambda x, s: 0.0, ["floor", "honesty"]),
        (lambda x, s: exact(x, s) + s**2, lambda x, s: 0.5 * s**2, ["honesty"]),
    ],
    ids=["exact", "from samples", "halved", "of noisy targets"],
)
def test_a_reported_loss_is_the_maps_own_and_not_below_the_floor(loss, error, condemned):
    result = judged(PAIRING, reporting(loss, error))
    assert [v.claim for v in result.violations] == condemned


# -- wrong code -----------------------------------------------------------------------------------


def shifted_in_place(x, sigma):
    code, mean = attending(x - x.mean(dim=0), sigma), x.mean(dim=0) + 1

    def denoise(y):
        y -= mean
        return code(y) + mean

    return denoise


def infinite(x, sigma):
    return lambda y: y / (y.abs().sum(dim=1, keepdim=True) < 3 * x.abs().max() + 3 * sigma)


def test_each_claim_condemns_something():
    condemned = {
        claim for d in TRAINED_DENOISER.defects for claim in condemning("trained-denoiser", d.name)
    }
    for train in (shifted_in_place, infinite):
        condemned |= {v.claim for v in judged(PAIRING, train).violations}
    assert condemned == {claim.name for claim in PAIRING.family.claims}


def test_a_consequence_is_shown_by_its_own_number():
    found = judged(PAIRING, lambda x, sigma: {"denoiser": lambda y: 0 * y, "converged": True})
    shown = {v.claim: v.evidence for v in found.violations}
    assert shown["distance"].problem == {"points": [[1.0]], "sigma": 0.5}
    assert shown["distance"].theirs.startswith("1")
    assert shown["score"].ours == "at most 0, the excess that is admitted"
    number = float(shown["score"].theirs.split(",")[0])
    assert number == pytest.approx(-shown["score"].slack, rel=1e-5)


def test_a_network_trained_with_a_turned_sign_is_condemned_and_named():
    """Adam on samples: it predicts the noise, which is then added."""

    def noise(z, level):
        return by_adam(z, level, steps=150, examples=lambda z, s, noise: (z + s * noise, s * noise))

    def train(x, sigma):
        net, _ = trained(noise, x, sigma)
        return lambda y: y + net(y) - x.mean(dim=0)

    result = judged(PAIRING, train, **YES)
    assert [v.claim for v in result.violations] == ["better than a line"]
    assert result.diagnosis.name == "noise added back"


@pytest.mark.parametrize(
    ("layer", "name"),
    [(nn.Dropout(0.3), "dropout left on"), (nn.BatchNorm1d(6), "batch statistics left on")],
)
def test_an_error_in_another_network_is_named_by_experiment(layer, name):
    def train(x, sigma):
        torch.manual_seed(1)
        return nn.Sequential(nn.Linear(x.shape[1], 6), layer, nn.ReLU(), nn.Linear(6, x.shape[1]))

    result = judged(PAIRING, train)
    assert result.ruling is Ruling.VIOLATED
    assert result.diagnosis.name == name


# -- code that does not speak the contract --------------------------------------------------------


@pytest.mark.parametrize(
    ("train", "words"),
    [
        (lambda x, sigma: torch.zeros(3, 1), "a callable y -> x_hat"),
        (lambda x, sigma: {"model": abs}, "no keys but denoiser"),
        (lambda x, sigma: {"converged": True}, "a callable y -> x_hat"),
        (lambda x, sigma: lambda y, level: y, "bind the others"),
        (lambda x, sigma: lambda y: (y, y), "x_hat alone"),
        (lambda x, sigma: lambda y: y.sum(dim=1), "like y"),
        (lambda x, sigma: {"denoiser": torch.sin, "loss": 0.1}, "loss_error"),
        (lambda x, sigma: {"denoiser": torch.sin, "tolerance": x}, "tolerance as one number"),
        (lambda x: torch.sin, "takes 'sigma'"),
    ],
    ids=["array", "key", "nothing", "two arguments", "tuple", "summed", "loss", "table", "level"],
)
def test_what_is_no_denoiser_is_refused(train, words):
    result = judged(PAIRING, train)
    assert result.ruling is Ruling.REFUSED
    assert words in result.reason
