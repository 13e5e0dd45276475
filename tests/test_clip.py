"""CLIP's loss: its floor against optimisation, its slope in the scale against differences, and the
conventions of those who write it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from judged import condemning, known_error
from scipy.optimize import minimize

import tightframe
from tightframe.checks.catalogue import PAIRINGS
from tightframe.checks.noise import KAPPA, UNIT_ROUNDOFF
from tightframe.checks.verdict import Ruling
from tightframe.implementations.contract import Call
from tightframe.theorems.clip import CLIP, Captioned, Truth, floor, oracle
from tightframe.theorems.info_nce import floor as info_nce_floor
from tightframe.theorems.info_nce import oracle as info_nce
from tightframe.theorems.nt_xent import Batch

CONTRACT = PAIRINGS["clip"].contract
NOISE = KAPPA["float64"] * UNIT_ROUNDOFF["float64"]
IMAGE, TEXT = ((1.0, 2.0), (0.5, -1.0), (-1.5, 0.25)), ((2.0, 1.0), (0.0, 1.0), (0.5, 0.5))


# -- the definition -------------------------------------------------------------------------------


@pytest.mark.parametrize(("n", "d"), [(2, 1), (3, 2), (4, 3)])
def test_the_best_batch_found_reaches_the_floor_and_none_passes_it(n: int, d: int) -> None:
    def at(flat: np.ndarray) -> Truth:
        image, text = flat.reshape(2, n, d)
        return oracle(Captioned(image, text, 2.0), "yes")  # type: ignore[arg-type]

    def value_and_slope(flat: np.ndarray) -> tuple[float, np.ndarray]:
        truth = at(flat)
        return float(truth.value), np.concatenate([g.ravel() for g in truth.gradient])

    starts = np.random.default_rng(0).normal(size=(6, 2 * n * d))
    found = [minimize(value_and_slope, s, jac=True, method="L-BFGS-B").fun for s in starts]
    assert floor(n, 2.0) == at(starts[0]).floor
    assert floor(n, 2.0) - NOISE * 10 <= min(found) <= floor(n, 2.0) + 1e-6


def test_longer_features_have_a_lower_floor_and_an_aligned_simplex_reaches_it() -> None:
    triangle = 3 * np.array([[1.0, 0.0], [-0.5, 0.75**0.5], [-0.5, -(0.75**0.5)]])
    truth = oracle(Captioned(triangle, triangle / 6, 1.0))  # type: ignore[arg-type]
    assert abs(float(truth.value) - truth.floor) <= NOISE * truth.unit
    assert abs(truth.floor - floor(3, 1.0, reach=1.5)) <= 1e-14
    assert floor(3, 1.0, reach=1.5) < floor(3, 1.0)
    assert tightframe.floor("clip", n=64, logit_scale=14.0) == info_nce_floor(64, 1 / 14.0)


def test_it_is_info_nce_in_both_directions_where_the_norms_are_taken_out() -> None:
    ours = oracle(Captioned(IMAGE, TEXT, 4.0), "yes")
    theirs = info_nce(Batch(IMAGE, TEXT, 0.25), "both")
    assert abs(float(ours.value) - float(theirs.value)) <= NOISE * ours.unit
    for a, b in zip(ours.gradient, theirs.gradient, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("normalises", ["no", "yes"])
def test_the_slope_in_the_logarithm_of_the_scale_is_the_loss_less_the_mean_entropy(
    normalises: str,
) -> None:
    for problem in CLIP.design()[:16:3]:
        h, ends = 1e-5, []
        for sign in (1, -1):
            scaled = problem._replace(logit_scale=problem.logit_scale * np.exp(sign * h))
            ends.append(float(oracle(scaled, normalises).value))
        truth = oracle(problem, normalises)
        slope = float(truth.value) - truth.entropy
        assert abs((ends[0] - ends[1]) / (2 * h) - slope) <= 1e-7 * truth.unit


def test_a_batch_of_one_says_nothing() -> None:
    alone = oracle(Captioned(((1.0, 2.0),), ((0.5, -1.0),), 10.0))
    assert (float(alone.value), alone.floor, alone.constant, alone.entropy) == (0.0, 0.0, 0.0, 0.0)


# -- conventions ----------------------------------------------------------------------------------


@pytest.mark.parametrize("coding", CONTRACT.references)
@pytest.mark.parametrize("axis", CONTRACT.axes, ids=lambda axis: axis.name)
def test_each_option_is_undone_by_its_gauge(coding: str, axis: Any) -> None:
    call = Call(tuple(torch.tensor(z).double() for z in (IMAGE, TEXT)), {"logit_scale": 10.0})
    for option in axis.options:
        convention = CONTRACT.canonical | {axis.name: option.name}
        written = CONTRACT.written(CONTRACT.references[coding], convention)
        returned = CONTRACT.bring(
            lambda c, f=written: f(*c.inputs, **c.parameters), convention, call
        )
        truth = oracle(Captioned(IMAGE, TEXT, 10.0), **CONTRACT.variants(convention))
        assert abs(float(returned) - float(truth.value)) <= 4 * NOISE * truth.unit


def cross_entropies(logits: Any) -> Any:
    labels, loss = torch.arange(len(logits)), torch.nn.functional.cross_entropy
    return (loss(logits, labels) + loss(logits.T, labels)) / 2


def as_openai_writes_it(image, text, logit_scale):
    image = image / image.norm(dim=1, keepdim=True)
    text = text / text.norm(dim=1, keepdim=True)
    return cross_entropies(logit_scale.exp() * image @ text.t())


def clamped_at_a_hundred(image, text, logit_scale):
    return cross_entropies(torch.clamp(torch.as_tensor(logit_scale), max=100.0) * image @ text.T)


def by_its_distances(image, text, logit_scale):
    """Right of unit vectors only."""
    return cross_entropies(logit_scale * (1 - torch.cdist(image, text).square() / 2))


def with_a_bias(image, text, logit_scale, logit_bias=None):
    logits = logit_scale * image @ text.T
    return cross_entropies(logits if logit_bias is None else logits + logit_bias)


def by_temperature(image, text, temperature):
    return 2 * cross_entropies(image @ text.T / temperature)


class Learned(torch.nn.Module):
    """The scale lives inside, as a logarithm."""

    def __init__(self) -> None:
        super().__init__()
        self.logit_scale = torch.nn.Parameter(torch.tensor(12.5).double().log())

    def forward(self, image: Any, text: Any) -> Any:
        a, b = (torch.nn.functional.normalize(z, dim=-1) for z in (image, text))
        return cross_entropies(self.logit_scale.exp().clamp(max=100) * a @ b.T)


@pytest.mark.parametrize(
    ("target", "how", "departures"),
    [
        (as_openai_writes_it, {}, {"scale": "log", "normalises": "yes"}),
        (clamped_at_a_hundred, {}, {}),
        (by_its_distances, {}, {"normalises": "expected"}),
        (with_a_bias, {}, {}),
        (with_a_bias, {"extras": {"logit_bias": -10.0}}, {}),
        (
            by_temperature, {"map": {"logit_scale": "temperature"}},
            {"scale": "temperature", "directions": "sum"},
        ),
        (Learned(), {}, {"normalises": "yes"}),
    ],
    ids=["openai", "clamped", "distances", "bias", "bias -10", "temperature", "learned"],
)  # fmt: skip
def test_what_honest_people_write_is_upheld_or_named(
    target: Any, how: dict[str, Any], departures: dict[str, str]
) -> None:
    result = tightframe.check(target, "clip", budget="quick", **how)
    assert not result.violations
    found = result.identification
    assert (found.departures if found else {}) == departures
    if isinstance(target, Learned):
        assert found.parameters == {"logit_scale": 12.5}


def test_of_a_table_of_scores_no_scale_is_missing_and_what_is_wrong_is_named() -> None:
    """The scale is in the table: none is sought inside, and none is asked for."""

    def one_direction(similarity):
        labels = torch.arange(len(similarity))
        return torch.nn.functional.cross_entropy(similarity, labels)

    found = tightframe.check(cross_entropies, "clip", budget="quick").identification
    assert (found.departures, found.parameters) == ({"takes": "scores"}, {})
    scores = {"takes": "scores"}
    wrong = tightframe.check(one_direction, "clip", convention=scores, budget="quick")
    assert wrong.ruling is Ruling.VIOLATED
    assert wrong.diagnosis.name == "images pick texts only"


def test_declared_otherwise_than_it_is_written_it_is_told_what_to_declare() -> None:
    result = tightframe.check(
        as_openai_writes_it, "clip", convention={"scale": "log", "normalises": "no"}, budget="quick"
    )
    assert result.ruling is Ruling.VIOLATED
    assert result.diagnosis.name == "normalises yes, where no was declared"


def test_one_axis_for_both_cross_entropies_is_one_direction() -> None:
    def same_axis_twice(image, text, logit_scale):
        logits, labels = logit_scale * image @ text.T, torch.arange(len(image))
        loss = torch.nn.functional.cross_entropy
        return (loss(logits, labels) + loss(logits, labels)) / 2

    result = tightframe.check(same_axis_twice, "clip", budget="quick")
    assert result.diagnosis.name == "images pick texts only"
    assert {v.claim for v in result.violations} >= {"value", "gradient", "exchange"}


def test_logits_are_refused_and_the_remedy_is_said() -> None:
    def logits(image, text, logit_scale):
        return logit_scale * image @ text.T, logit_scale * text @ image.T

    result = tightframe.check(logits, "clip", budget="quick")
    assert result.ruling is Ruling.REFUSED
    assert "remedy:   return the loss itself" in result.reason


# -- which claim condemns what --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("defect", "claims"),
    [
        ("images pick texts only", {"value", "gradient", "learned scale", "exchange"}),
        ("images compared with images", {"value", "exchange", "balance"}),
        ("texts detached", {"gradient", "learned scale"}),
        ("others detached", {"gradient", "learned scale"}),
        ("labels shifted", {"value", "gradient"}),
        ("positive left out of the denominator", {"value", "floor"}),
        ("not normalised", {"value", "floor", "tangency", "row scale"}),
        ("norm detached", {"gradient", "tangency"}),
        ("exponentials not shifted", {"range"}),
    ],
)
def test_each_error_is_condemned_by_what_it_breaks(defect: str, claims: set[str]) -> None:
    assert set(condemning("clip", defect)) >= claims


def test_what_keeps_the_value_is_condemned_by_its_gradient_alone() -> None:
    for name in ("texts detached", "others detached", "norm detached"):
        assert "value" not in {v.claim for v in known_error("clip", name).violations}
