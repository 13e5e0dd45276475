"""Trained denoisers, audited by their values: the best one is never condemned, mistakes are named,
and a network that is merely not the best is told how far it is."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
import torch

import tightframe as tf
from tightframe.checks.audit_denoiser import audit
from tightframe.checks.denoiser_mistakes import mistakes, unlike
from tightframe.checks.verdict import Ruling
from tightframe.theorems.denoiser import Noisy, oracle

POINTS = np.array([[-0.5, -0.4], [0.5, 0.1], [0.0, 0.5]])
SIGMA, BOUNDS = 0.5, (-1.0, 1.0)
TURN = np.array([[0.0, 0.05], [-0.05, 0.0]])


def best(y, sigma):
    weights = np.exp(-((y[:, None] - POINTS) ** 2).sum(2) / (2 * sigma**2))
    return weights @ POINTS / weights.sum(1, keepdims=True)


def wiener(y, sigma):
    mean = POINTS.mean(0)
    spread = (POINTS - mean).T @ (POINTS - mean) / len(POINTS)
    return mean + (y - mean) @ np.linalg.solve(spread + sigma**2 * np.eye(2), spread)


def torch_best(y, sigma):
    points = torch.as_tensor(POINTS, dtype=y.dtype)
    return torch.softmax(-(torch.cdist(y, points) ** 2) / (2 * sigma**2), 1) @ points


def clean(rows, seed=0):
    return POINTS[np.random.default_rng([seed, 1]).integers(3, size=rows)]


def audited(code, rows=3000, sigma=SIGMA, **how):
    return tf.audit_denoiser(code, clean(rows), sigma, bounds=BOUNDS, **how)


def rulings(result):
    return {v.claim: v.ruling for v in result.verdicts}


class Net(torch.nn.Module):
    """An ordinary network, trained by ordinary means."""

    def __init__(self, *more):
        super().__init__()
        layers = (torch.nn.Linear(2, 48), *more, torch.nn.ReLU(), torch.nn.Linear(48, 2))
        self.body = torch.nn.Sequential(*layers)

    def forward(self, y, sigma):
        return self.body(y)


@pytest.fixture(scope="module")
def trained():
    torch.manual_seed(0)
    net = Net()
    adam = torch.optim.Adam(net.parameters(), lr=5e-3)
    rows = torch.tensor(clean(20000, 5), dtype=torch.float32)
    for _ in range(250):
        x = rows[torch.randint(len(rows), (256,))]
        loss = (net(x + SIGMA * torch.randn_like(x), SIGMA) - x).square().sum(1).mean()
        adam.zero_grad()
        loss.backward()
        adam.step()
    return net.eval()


# -- the best denoiser ----------------------------------------------------------------------------


def test_the_truth_of_these_tests_is_the_oracle_of_tweedies_theorem():
    y = clean(20) + 0.3
    rows, points = tuple(map(tuple, y)), tuple(map(tuple, POINTS))
    known = oracle(Noisy(rows, (1 / 3,) * 3, points, (0.0,) * 3, SIGMA)).value
    assert np.abs(known - best(y, SIGMA)).max() < 1e-14


def test_the_best_denoiser_is_never_condemned():
    """200 seeds under `exact`, where every departure is a violation."""
    found = [
        audit(
            best, clean(300, seed), (0.2, 0.5, 1.0)[seed % 3], bounds=BOUNDS, seed=seed, exact=True
        )
        for seed in range(200)
    ]
    assert not [r.violations for r in found if r.violations]
    assert not [r.diagnosis for r in found if r.diagnosis]


def test_the_best_denoiser_is_upheld_with_what_might_have_been_missed():
    result = audited(torch_best, exact=True)
    assert result.ruling is Ruling.UPHELD, result.reason
    assert set(rulings(result).values()) == {Ruling.UPHELD}
    missed = {v.claim: v.detectable for v in result.verdicts if v.detectable is not None}
    assert 0 < missed["step"] < 0.5


def test_one_of_single_precision_is_upheld():
    rows = clean(3000).astype("float32")
    result = tf.audit_denoiser(torch_best, rows, SIGMA, bounds=BOUNDS, exact=True)
    assert result.ruling is Ruling.UPHELD, result.reason


# -- departures -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "rows", "sigma", "claims"),
    [
        (wiener, 8000, 0.5, {"neighbours"}),
        (lambda y, s: best(y, s) + y @ TURN, 12000, 0.5, {"linear"}),
        (lambda y, s: best(y, 1.1 * s), 30000, 0.5, {"scale"}),
        (lambda y, s: 0.99 * best(y, s), 45000, 0.2, {"scale"}),
        (lambda y, s: best(y, s) + 0.05, 8000, 0.5, {"bias"}),
        (lambda y, s: 0 * y, 3000, 0.5, {"step", "neighbours"}),
    ],
    ids=["linear", "rotating", "another level", "one percent", "biased", "constant"],
)
def test_what_is_not_the_best_is_shown_and_not_called_wrong(code, rows, sigma, claims):
    result = audited(code, rows, sigma)
    assert result.ruling is Ruling.INCONCLUSIVE, result.reason
    assert result.diagnosis is None
    assert "is not the best denoiser" in result.reason
    assert claims <= {c for c, r in rulings(result).items() if r is Ruling.INCONCLUSIVE}


def test_declared_exact_it_is_violated():
    result = audited(wiener, 8000, exact=True)
    assert result.ruling is Ruling.VIOLATED
    assert not result.ok
    assert "neighbours" in {v.claim for v in result.violations}


def test_the_avoidable_share_that_is_certified_is_below_the_true_one():
    y = clean(400000, 7) + SIGMA * np.random.default_rng(0).standard_normal((400000, 2))
    losses = [((f(y, SIGMA) - clean(400000, 7)) ** 2).sum(1).mean() for f in (wiener, best)]
    result = audited(wiener, 20000)
    share = float(result.reason.split("at least ")[1].split("%")[0]) / 100
    assert 0.3 * (1 - losses[1] / losses[0]) < share < 1 - losses[1] / losses[0]


def test_a_jacobian_that_turns_needs_no_data():
    turn = torch.tensor(TURN)
    result = audited(lambda y, s: torch_best(y, s) + y @ turn, 100, exact=True)
    assert [v.claim for v in result.violations] == ["symmetric Jacobian"]
    assert result.violations[0].evidence.slack < -0.01


def test_a_jacobian_that_repels_needs_no_data():
    result = audited(lambda y, s: torch_best(y, s) - 0.1 * y, 100, exact=True)
    assert "positive Jacobian" in {v.claim for v in result.violations}


def test_numpy_code_has_no_jacobian_here_and_is_told_so():
    result = audited(best, 100)
    (one,) = {v.reason for v in result.verdicts if "Jacobian" in v.claim}
    assert one.startswith("the code is not torch's")


def test_answers_outside_the_data_are_shown_by_one_row():
    result = audited(lambda y, s: 3 * best(y, s), 100, exact=True)
    (verdict,) = [v for v in result.violations if v.claim == "range"]
    assert verdict.evidence.ours == "within [-1, 1]"


# -- mistakes -------------------------------------------------------------------------------------


@pytest.mark.parametrize("mistake", mistakes(0.4), ids=lambda m: m.name)
def test_a_mistake_is_named(mistake):
    if not unlike(mistake):
        assert mistake.name in audited(best, 100, 0.4).reason
        return
    result = audited(lambda y, s: mistake.a * y + mistake.b * best(y, s), 12000, 0.4)
    assert result.ruling is Ruling.VIOLATED, result.reason
    assert mistake.name in {result.diagnosis.name, *result.diagnosis.equivalents}
    assert result.diagnosis.residual < 1


def test_a_mistake_of_a_denoiser_that_is_merely_affine_is_hinted_at_and_not_named():
    result = audited(lambda y, s: (y - wiener(y, s)) / s, 6000)
    assert result.ruling is Ruling.INCONCLUSIVE
    assert "were the noise in place of the estimate undone" in result.reason


def test_two_names_of_one_function_are_told_together():
    result = audited(lambda y, s: y + 2 * (best(y, s) - y), 12000)
    assert {result.diagnosis.name, *result.diagnosis.equivalents} == {
        "the standard deviation for the variance", "twice the step",
    }  # fmt: skip


def test_where_the_deviation_is_the_variance_it_is_no_mistake_and_is_said_so():
    result = audited(lambda y, s: y + (best(y, s) - y) / s, 3000, 1.0, exact=True)
    assert result.ruling is Ruling.UPHELD
    assert "at sigma = 1 these are hardly any mistake" in result.reason
    assert "the standard deviation for the variance" in result.reason


def test_the_noisy_row_returned_is_named():
    result = audited(lambda y, s: y, 64)
    assert result.ruling is Ruling.VIOLATED
    assert result.diagnosis.name == "the noisy row returned as it is"


# -- an ordinary network --------------------------------------------------------------------------


def test_a_trained_network_is_not_called_wrong_and_its_excess_is_measured(trained):
    result = audited(trained, 6000)
    assert result.ruling in (Ruling.INCONCLUSIVE, Ruling.UPHELD)
    assert result.diagnosis is None
    assert {v.strength.value for v in result.verdicts if "Jacobian" in v.claim} == {"lifted"}


def test_its_mistake_is_named_all_the_same(trained):
    result = audited(lambda y, s: y + (trained(y, s) - y) / s**2, 12000)
    assert result.diagnosis.name == "the score added without the variance of the noise"


def test_a_half_trained_network_has_no_name():
    """Residual, from nothing: its step is too short, here by half and there by less."""
    torch.manual_seed(0)
    body = Net()
    torch.nn.init.zeros_(body.body[-1].weight)
    adam = torch.optim.Adam(body.parameters(), lr=3e-3)
    for i in range(16):
        x = torch.tensor(clean(256, 100 + i), dtype=torch.float32)
        loss = (2.0 * torch.randn_like(x) + body(x, 0)).square().mean()
        if i in (2, 6, 15):
            for sigma in (0.3, 2.0):
                result = audited(lambda y, s: y + body(y, s), 3000, sigma)
                assert result.diagnosis is None, (i, sigma)
        adam.zero_grad()
        loss.backward()
        adam.step()


# -- what is refused ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (lambda y, s: y[:, :1], "one estimate per row"),
        (lambda y, s: y / 0 * 0, "see for which noisy rows"),
        (lambda y, s: "x", "return the estimate alone"),
        (lambda y, s: y + np.random.default_rng().random(), "switch dropout off"),
        (lambda y, s: y - y.mean(0), "batch normalisation"),
        (Net(torch.nn.Dropout(0.5)), "a Dropout in training mode"),
        (Net(torch.nn.BatchNorm1d(48)), "a BatchNorm1d in training mode"),
        (3, "hand over the function"),
        (lambda y: y, "wrap it in a function of both"),
    ],
    ids=[
        "shape",
        "nan",
        "text",
        "random",
        "mixing",
        "dropout",
        "batch norm",
        "a number",
        "arguments",
    ],
)
def test_code_that_cannot_be_judged_is_refused(code, words):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        result = audited(code, 100)
    assert result.ruling is Ruling.REFUSED
    for part in ("expected: ", "received: ", "remedy:   ", words):
        assert part in result.reason


def test_dropout_is_judged_once_it_is_off():
    assert audited(Net(torch.nn.Dropout(0.5)).eval(), 100).ruling is not Ruling.REFUSED


def test_batch_normalisation_does_not_learn_from_a_refusal():
    net = Net(torch.nn.BatchNorm1d(48))
    audited(net, 100)
    assert int(net.body[1].num_batches_tracked) == 0


def test_code_that_raises_has_crashed():
    def raises(y, sigma):
        raise RuntimeError("out of luck")

    result = audited(raises, 100)
    assert result.ruling is Ruling.CRASHED
    assert "out of luck" in result.reason


def test_a_level_for_each_row_is_taken_too():
    result = audited(lambda y, s: torch_best(y, s.reshape(-1, 1)), 100)
    assert result.ruling is not Ruling.CRASHED, result.reason


def test_rows_of_images_are_taken_too():
    images = np.random.default_rng(0).random((200, 1, 4, 4))
    result = tf.audit_denoiser(lambda y, s: y.clip(0, 1) * 0.5, images, 0.3, bounds=(0, 1))
    assert result.counts.ran == 8


@pytest.mark.parametrize(
    ("rows", "sigma", "bounds", "words"),
    [
        (clean(100), 0.0, BOUNDS, "without noise there is nothing"),
        (clean(100), float("nan"), BOUNDS, "without noise there is nothing"),
        (clean(100), SIGMA, (-0.4, 0.4), "state bounds that the data cannot leave"),
        (clean(100), SIGMA, (1, -1), "such as (-1, 1)"),
        (clean(100), SIGMA, None, "such as (-1, 1)"),
        (clean(100) + np.nan, SIGMA, BOUNDS, "state bounds"),
        (clean(20), SIGMA, BOUNDS, "thousands tell percents"),
        (clean(100)[:, 0], SIGMA, BOUNDS, "clean[:, None]"),
        (np.array([["a"]]), SIGMA, BOUNDS, "one row per sample"),
    ],
)
def test_data_that_cannot_be_used_are_refused_with_a_remedy(rows, sigma, bounds, words):
    with pytest.raises(ValueError, match="expected: ") as error:
        tf.audit_denoiser(best, rows, sigma, bounds=bounds)
    assert "received: " in str(error.value)
    assert words in str(error.value)


def test_the_same_seed_gives_the_same_numbers():
    first, second = (audited(wiener, 3000, seed=4) for _ in range(2))
    assert [v.used for v in first.verdicts] == [v.used for v in second.verdicts]
    assert first.reason == second.reason


def test_single_precision_inside_is_no_mixing_of_rows():
    torch.manual_seed(0)
    layers = (torch.nn.Linear(2, 64), torch.nn.SiLU(), torch.nn.Linear(64, 64), torch.nn.SiLU())
    net = torch.nn.Sequential(*layers, torch.nn.Linear(64, 2))

    def denoise(y, sigma):
        return y + 100 * net(y.float())

    result = tf.audit_denoiser(denoise, clean(200), SIGMA, bounds=BOUNDS)
    assert result.ruling is not Ruling.REFUSED
