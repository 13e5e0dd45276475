"""Unconstrained features: the minimum is what another algorithm finds, and what is lost above it is
a sum; right code is upheld in every convention, wrong code is condemned, unfinished code neither.
"""

import math
import re

import numpy as np
import pytest
import torch
from judged import condemning, variants
from scipy.optimize import minimize

from tightframe.checks.judge import hold
from tightframe.checks.unconstrained_features import PAIRING, picture
from tightframe.checks.verdict import Ruling
from tightframe.implementations.unconstrained_features import (
    UNCONSTRAINED_FEATURES,
    in_closed_form,
)
from tightframe.implementations.unconstrained_training import by_lbfgs, by_momentum
from tightframe.theorems.unconstrained_features import (
    Features,
    Learnt,
    best,
    data_term,
    fitted,
    oracle,
    penalties,
    shortfalls,
)
from tightframe.theorems.unconstrained_features_claims import at_the_threshold

EVERY = list(variants("unconstrained-features"))
GAUGES = [
    f"{axis.name}={option.name}"
    for axis in UNCONSTRAINED_FEATURES.axes
    for option in axis.options[1:]
]


def judged(target, **how):
    return hold(target, PAIRING, how, budget="quick")


def drawn(problem, seed, biased=True):
    draw = np.random.default_rng(seed)
    K, n, d = problem[:3]
    bias = draw.normal(size=K) if biased else None
    labels = tuple(i // n for i in range(K * n))
    return Learnt(draw.normal(size=(K, d)), draw.normal(size=(K * n, d)), labels, bias, 0.0, True)


# -- the oracle -----------------------------------------------------------------------------------


@pytest.mark.parametrize("chosen", EVERY, ids=lambda v: "-".join(v.values()))
@pytest.mark.parametrize("problem", PAIRING.family.design())
def test_what_a_point_loses_is_the_sum_of_five_terms_none_negative(chosen, problem):
    posed = fitted(problem, chosen["loss"], chosen["bias"])
    optimum = oracle(posed, **chosen)
    for seed in range(3):
        fit = drawn(posed, seed, chosen["bias"] == "free")
        excess = data_term(optimum, fit) + penalties(posed, fit) - optimum.floor
        lost = shortfalls(posed, optimum, fit)
        assert min(lost) >= -1e-15
        assert sum(lost) == pytest.approx(excess, rel=1e-13)
    lost = shortfalls(posed, optimum, best(posed, optimum))
    assert sum(lost) == pytest.approx(0, abs=1e-14)


@pytest.mark.parametrize("bias", ["free", "none"])
@pytest.mark.parametrize("loss", ["cross-entropy", "squared"])
@pytest.mark.parametrize("decay", [0.125, 0.6])
def test_a_minimiser_that_knows_of_no_simplex_finds_the_same_minimum(loss, bias, decay):
    problem = Features(3, 1, 3, decay, decay / 2)
    optimum = oracle(problem, loss, bias)
    start = drawn(problem, 1)

    def made(flat):
        W, H, b = np.split(flat, [9, 18])
        b = b if bias == "free" else None
        return start._replace(weights=W.reshape(3, 3), features=H.reshape(3, 3), bias=b)

    def objective(flat):
        return data_term(optimum, made(flat)) + penalties(problem, made(flat))

    flat = np.concatenate([start.weights.ravel(), start.features.ravel(), start.bias])
    found = minimize(objective, flat, method="BFGS", options={"gtol": 1e-7})
    assert found.fun == pytest.approx(optimum.floor, abs=1e-9)


def test_scores_shrink_as_penalties_grow_and_vanish_at_the_threshold():
    below, at, beyond = (oracle(Features(2, 1, 1, x, x)) for x in (0.4999, 0.5, 0.6))
    assert below.scores[0, 0] > 0 == at.scores.any() == beyond.scores.any()
    assert below.floor < at.floor == beyond.floor == math.log(2)


def test_the_minimum_in_numbers_that_a_hand_can_check():
    optimum = oracle(Features(2, 1, 1, 0.125, 0.125))  # c = 1/8, e^a = 7
    assert optimum.scores[0, 0] - optimum.scores[0, 1] == pytest.approx(math.log(7))
    assert optimum.floor == pytest.approx(math.log(8 / 7) + math.log(7) / 8)
    frame = oracle(Features(2, 1, 2, 0.25, 0.25), "squared", "none")
    assert frame.scores.tolist() == [[0.5, 0.0], [0.0, 0.5]]
    assert frame.floor == pytest.approx(2 * (0.25 - 0.0625))


# -- right code -----------------------------------------------------------------------------------


@pytest.mark.parametrize("declared", GAUGES)
def test_another_convention_is_upheld_if_declared_and_named_if_not(declared):
    axis, option = declared.split("=")
    loss = {"loss": "squared"} if option in ("entries", "whole") and axis == "scale" else {}
    convention = UNCONSTRAINED_FEATURES.convention({axis: option} | loss)
    code = UNCONSTRAINED_FEATURES.written(in_closed_form, convention)
    assert judged(code, convention={axis: option} | loss).ruling is Ruling.UPHELD
    found = judged(code, convention=loss)
    if declared == "bias=none":  # the cross-entropy's minimiser needs no bias
        assert found.ruling is Ruling.UPHELD
    else:
        assert found.ruling is Ruling.IDENTIFIED
        assert found.identification.departures == {axis: option}


@pytest.mark.parametrize("bias", ["free", "none"])
def test_half_the_squared_error_has_a_simplex_or_an_orthogonal_frame(bias):
    how = {"loss": "squared", "bias": bias}
    code = UNCONSTRAINED_FEATURES.written(in_closed_form, UNCONSTRAINED_FEATURES.convention(how))
    assert judged(code, convention=how).ruling is Ruling.UPHELD


def test_training_by_half_the_squared_error_is_upheld():
    def squared(K, n, d, weight_decay_w, weight_decay_h):
        return by_lbfgs(K, n, d, weight_decay_w, weight_decay_h, loss="squared")

    assert judged(squared, convention={"loss": "squared"}).ruling is Ruling.UPHELD


def test_samples_in_another_order_and_names_of_its_own_are_upheld():
    def shuffled(classes, per_class, width, decay, feature_decay):
        fit = in_closed_form(classes, per_class, width, decay, feature_decay)
        order = torch.arange(classes * per_class).view(classes, per_class).T.flatten()
        return fit | {"features": fit["features"][order], "labels": order // per_class}

    def by_class(K, n, d, decay, feature_decay):
        fit = in_closed_form(K, n, d, decay, feature_decay)
        return fit | {"features": fit["features"].view(K, n, d).numpy(), "bias": None}

    assert judged(shuffled).ruling is Ruling.UPHELD
    assert judged(by_class).ruling is Ruling.UPHELD


def test_single_precision_is_judged_by_its_own_rounding():
    def in_float32(K, n, d, weight_decay_w, weight_decay_h):
        fit = in_closed_form(K, n, d, weight_decay_w, weight_decay_h)
        return {k: v.float() if isinstance(v, torch.Tensor) else v for k, v in fit.items()}

    result = judged(in_float32)
    assert result.ruling is Ruling.UPHELD
    assert {v.dtype for v in result.verdicts if v.problems} == {"float32"}


def test_training_tells_how_far_it_is_from_the_minimum():
    for problem in PAIRING.family.design():
        fit = by_momentum(**problem._asdict())
        assert float(fit["loss"]) - oracle(problem).floor <= fit["tolerance"]


# -- wrong code -----------------------------------------------------------------------------------


def test_each_claim_condemns_something():
    names = [defect.name for defect in UNCONSTRAINED_FEATURES.defects]
    condemned = {c for name in names for c in condemning("unconstrained-features", name)}
    assert condemned == {claim.name for claim in PAIRING.family.claims}


def test_a_number_that_is_none_is_a_violation():
    def not_a_number(K, n, d, w, h):
        return in_closed_form(K, n, d, w, h) | {"loss": float("nan")}

    def nothing(K, n, d, w, h):
        fit = in_closed_form(K, n, d, w, h)
        return fit | {"weights": fit["weights"] * float("nan"), "converged": False}

    assert judged(not_a_number).ruling is Ruling.VIOLATED
    assert judged(nothing).ruling is Ruling.VIOLATED


def test_an_unfinished_run_is_not_a_violation():
    def too_short(K, n, d, w, h):
        return by_lbfgs(K, n, d, w, h, steps=2)

    result = judged(too_short)
    rulings = {v.claim: v.ruling for v in result.verdicts}
    assert result.ruling is Ruling.UPHELD
    assert rulings["floor"] is Ruling.UPHELD
    assert rulings["reaches the floor"] is Ruling.INCONCLUSIVE


# -- the contract ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"features": np.zeros((2, 4))}, "transpose it: scores = features @ weights.T"),
        ({"features": np.zeros((2, 2))}, "one row per sample"),
        ({"loss": np.zeros(3)}, "return one number"),
        ({"labels": np.zeros(4)}, "each label from 0 to 1 just 2 times"),
        ({"biases": np.zeros(2)}, "no misspelt name is passed over"),
    ],
)  # fmt: skip
def test_code_that_does_not_speak_the_contract_is_told_how_to(changed, message):
    def right_but(K, n, d, w, h):
        return in_closed_form(K, n, d, w, h) | changed

    result = judged(right_but)
    assert result.ruling is Ruling.REFUSED
    assert re.search(message, result.reason)


def test_what_is_no_dict_of_weights_and_features_is_refused():
    assert "received: int" in judged(lambda K, n, d, w, h: 3).reason
    assert "dict with keys loss" in judged(lambda K, n, d, w, h: {"loss": 1.0}).reason


def test_a_bias_where_none_was_declared_is_refused():
    def biased(K, n, d, w, h):
        return in_closed_form(K, n, d, w, h) | {"bias": np.ones(K)}

    result = judged(biased, convention={"bias": "none"})
    assert result.ruling is Ruling.REFUSED
    assert "declare bias=free" in result.reason


# -- pictures, and a real network -----------------------------------------------------------------


def test_the_picture_shows_training_on_the_curve_and_nothing_beyond_the_threshold():
    series = picture().series
    curve = dict(series["minimum"])
    assert all(height == 0 for x, height in curve.items() if x >= 1)
    for x, height in series["trained by L-BFGS"]:
        assert height == pytest.approx(curve[x], abs=1e-4)


def test_a_real_network_collapses_too_but_to_no_size_of_ours():
    """Two layers on clouds about three points, weight decay on all of them: the trend alone."""
    draw = torch.Generator().manual_seed(0)
    labels = torch.arange(3).repeat_interleave(15)
    clouds = torch.eye(3, 6)[labels] * 2 + 0.5 * torch.randn(45, 6, generator=draw)
    shapes = ((16, 6), (16,), (8, 16), (8,), (3, 8), (3,))
    parts = [(torch.randn(s, generator=draw) / s[-1] ** 0.5).requires_grad_() for s in shapes]
    speeds = [torch.zeros_like(part) for part in parts]

    def features():
        A, a, B, b = parts[:4]
        return (clouds @ A.T + a).tanh() @ B.T + b

    def spread():
        H = features().detach()
        means = torch.stack([H[labels == k].mean(dim=0) for k in range(3)])
        return float(((H - means[labels]) ** 2).sum() / ((means - means.mean(0)) ** 2).sum() / 15)

    before = spread()
    for _ in range(1500):
        loss = torch.nn.functional.cross_entropy(features() @ parts[4].T + parts[5], labels)
        slopes = torch.autograd.grad(loss, parts)
        with torch.no_grad():
            for part, slope, speed in zip(parts, slopes, speeds, strict=True):
                speed.mul_(0.9).add_(slope + 5e-4 * part)
                part.sub_(0.1 * speed)
    assert spread() < before / 4


def test_a_parameter_that_lives_inside_is_declared_and_the_others_keep_their_names():
    def of_three_classes(n, d, weight_decay_w, weight_decay_h):
        return in_closed_form(3, n, d, weight_decay_w, weight_decay_h)

    assert judged(of_three_classes, fixed={"K": 3}).ruling is Ruling.UPHELD
    assert "a callable that takes 'K'" in judged(of_three_classes).reason


def test_more_classes_than_have_room_are_refused():
    result = judged(in_closed_form, fixed={"K": 5, "d": 3})
    assert result.ruling is Ruling.REFUSED
    assert "expected: d >= K - 1, with both declared" in result.reason
    frame = judged(
        in_closed_form, fixed={"K": 3, "d": 2}, convention={"loss": "squared", "bias": "none"}
    )
    assert "expected: d >= K, with both declared" in frame.reason


def test_a_part_of_a_sample_is_refused():
    result = judged(in_closed_form, fixed={"n": 2.5})
    assert result.ruling is Ruling.REFUSED
    assert "expected: a whole number for 'n'\nreceived: n=2.5" in result.reason
    assert "--fixed n=3" in result.reason


def test_no_problem_is_posed_or_shrunk_to_where_the_loss_is_flat() -> None:
    """At cK = 1 a run that stands still may be far from the minimum, and is not wrong."""
    family = PAIRING.family
    flat = Features(4, 1, 3, 0.5, 0.125)
    assert at_the_threshold(flat)
    assert not any(map(at_the_threshold, family.design()))
    near = flat._replace(n=2)
    assert not any(map(at_the_threshold, family.simpler(near)))
    assert flat not in set(family.simpler(near))
