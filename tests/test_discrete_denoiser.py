"""Masking and salt-and-pepper corruption: the oracle is right, code is told right from wrong."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from functools import partial
from itertools import product
from typing import Any

import numpy as np
import pytest
import torch
from judged import condemning, judged
from posteriors import corrupted_by_hand

from tightframe.checks.discrete_denoiser import PAIRING, pose
from tightframe.checks.judge import hold
from tightframe.checks.verdict import Ruling, ShadowOutcome
from tightframe.implementations.contract import ContractError
from tightframe.implementations.discrete_denoiser import by_bayes, by_counting, stabilised
from tightframe.theorems.discrete_denoiser import (
    DISCRETE_DENOISER,
    Corrupted,
    observations,
    oracle,
)
from tightframe.theorems.discrete_denoiser_problems import impossible

CONTRACT = PAIRING.contract
CORRUPTIONS = ("masking", "salt-and-pepper")
PIXEL = Corrupted(((0.0,),), (0.5, 0.5), ((0.0,), (1.0,)), 0.5)
every_corruption = pytest.mark.parametrize("corruption", CORRUPTIONS)


def with_rate(target: Callable[..., Any]) -> Callable[..., Any]:
    return lambda *inputs, rate: target(*inputs, rate=rate)


# -- the oracle -----------------------------------------------------------------------------------


@every_corruption
def test_the_oracle_is_what_comes_of_running_through_all_masks(corruption: str) -> None:
    for problem in DISCRETE_DENOISER.design():
        theirs = [float(x) for x in corrupted_by_hand(problem, corruption)]
        assert oracle(problem, corruption).value.ravel() == pytest.approx(theirs, abs=1e-14)


def from_the_marginal(y: tuple[float, ...], law: dict[Any, Fraction], values: Any, r: Fraction):  # type: ignore[no-untyped-def]
    """E[X | y] from the law of Y alone: by the inverse of the channel, at every coordinate."""
    alphabet = sorted({x for row in law for x in row})
    joint, total, means = {}, Fraction(0), [Fraction(0)] * len(y)
    for x in product(alphabet, repeat=len(y)):
        share = Fraction(0)
        for row, chance in law.items():
            back = [((a == b) - r * Fraction(a in values, len(values))) / (1 - r)
                    for a, b in zip(x, row, strict=True)]  # fmt: skip
            share += np.prod(back) * chance
        seen = [(1 - r) * (a == b) + r * Fraction(b in values, len(values))
                for a, b in zip(x, y, strict=True)]  # fmt: skip
        joint[x] = share * np.prod(seen)
    for x, weight in joint.items():
        total += weight
        means = [m + weight * Fraction(a) for m, a in zip(means, x, strict=True)]
    return [m / total for m in means]


@every_corruption
def test_the_law_of_what_is_seen_tells_the_estimate_through_the_inverse_of_the_channel(
    corruption: str,
) -> None:
    """The discrete counterpart of Tweedie's formula, in fractions: the prior is not looked at."""
    values = (0.0,) if corruption == "masking" else (0.0, 1.0)
    for problem in DISCRETE_DENOISER.design():
        if len(problem.points[0]) > 2:
            continue
        rows, chances = observations(problem, corruption)
        law = dict(zip(rows, map(Fraction, chances.tolist()), strict=True))
        truth = oracle(problem, corruption).value
        for row, mean in zip(problem.y, truth, strict=True):
            found = from_the_marginal(row, law, values, Fraction(problem.rate))
            assert mean == pytest.approx([float(x) for x in found], abs=1e-13)


def test_a_pixel_that_is_not_seen_is_on_with_probability_one_third() -> None:
    """Or with 1/4, if zeros are pepper: there is half as much of it."""
    assert float(oracle(PIXEL).value[0, 0]) == pytest.approx(1 / 3, abs=1e-15)
    assert float(oracle(PIXEL, "salt-and-pepper").value[0, 0]) == pytest.approx(1 / 4, abs=1e-15)


@every_corruption
def test_the_error_is_the_floor_and_what_another_adds_is_its_squared_distance(
    corruption: str,
) -> None:
    """In expectation over points and all that may be observed of them."""
    for problem in DISCRETE_DENOISER.design()[::4]:
        rows, chances = observations(problem, corruption)
        best = oracle(problem._replace(y=rows), corruption).value
        other = np.asarray(rows)  # what is seen, taken as it is
        least = error(problem, rows, best, corruption)
        added = chances @ ((other - best) ** 2).sum(1)
        assert error(problem, rows, other, corruption) == pytest.approx(least + added, abs=1e-12)


def error(problem: Corrupted, rows: Any, estimates: Any, corruption: str) -> float:
    found = 0.0
    for weight, point in zip(problem.weights, problem.points, strict=True):
        alone = problem._replace(weights=(1.0,), points=(point,))
        for row, chance in zip(*observations(alone, corruption), strict=True):
            apart = np.asarray(point) - estimates[rows.index(row)]
            found += weight * float(chance * apart @ apart)
    return found


def test_a_pixels_error_is_the_closed_form_of_the_proof() -> None:
    for q, r in ((0.25, 0.5), (0.75, 0.125)):
        problem = Corrupted(((0.0,),), (1 - q, q), ((0.0,), (1.0,)), r)
        rows, _ = observations(problem, "masking")
        best = oracle(problem._replace(y=rows)).value
        floor = q * (1 - q) * r / (1 - q + q * r)
        assert error(problem, rows, best, "masking") == pytest.approx(floor, abs=1e-15)


@every_corruption
def test_the_gradient_in_the_weights_is_that_of_autograd(corruption: str) -> None:
    for problem in DISCRETE_DENOISER.design():
        y, w, x = (torch.tensor(t, dtype=torch.float64) for t in problem[:3])
        w.requires_grad_()
        by_bayes(y, w, x, rate=problem.rate, corruption=corruption).sum().backward()
        ours = oracle(problem, corruption).gradient[0]
        assert ours == pytest.approx(w.grad.numpy(), abs=1e-12)


@every_corruption
def test_every_stored_observation_is_possible_and_stays_so_when_it_shrinks(
    corruption: str,
) -> None:
    for problem in (*DISCRETE_DENOISER.design(), *DISCRETE_DENOISER.ranges()):
        for p in (problem, *DISCRETE_DENOISER.simpler(problem)):
            assert impossible(p, corruption) is None


# -- honest code ----------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", ["float64", "bfloat16"])
@pytest.mark.parametrize("name", CONTRACT.references)
def test_an_honest_coding_is_upheld_in_every_precision(name: str, dtype: str) -> None:
    result = hold(CONTRACT.references[name], PAIRING, {}, budget="quick", dtype=dtype)
    assert result.ruling is Ruling.UPHELD
    assert max(v.used or 0.0 for v in result.verdicts) <= 0.25


DECLARED = (
    {"corruption": "salt-and-pepper"}, {"scale": "dropout"}, {"rate": "kept"},
    {"corruption": "salt-and-pepper", "extremes": "-1/1"}, {"scale": "dropout", "rate": "kept"},
)  # fmt: skip


@pytest.mark.parametrize("declared", DECLARED, ids=[", ".join(d.values()) for d in DECLARED])
def test_another_convention_is_upheld_where_declared_and_identified_where_not(
    declared: dict[str, str],
) -> None:
    theirs = with_rate(CONTRACT.written(by_counting, CONTRACT.convention(declared)))
    assert judged(PAIRING, theirs, convention=declared).ruling is Ruling.UPHELD
    inferred = judged(PAIRING, theirs)
    assert inferred.ruling is Ruling.IDENTIFIED
    assert inferred.identification is not None
    assert inferred.identification.departures == declared


def one_coordinate_at_a_time(y: Any, weights: Any, points: Any, rate: float) -> Any:
    """The posterior, updated row by row and coordinate by coordinate."""
    rows = []
    for row in y:
        beliefs = torch.log(weights / weights.sum())
        for seen, column in zip(row, points.T, strict=True):
            masked = rate * torch.isclose(seen, 0 * seen).to(y.dtype)
            beliefs = beliefs + torch.log((1 - rate) * torch.isclose(seen, column) + masked)
            beliefs = beliefs - torch.logsumexp(beliefs, 0)
        rows.append((torch.exp(beliefs)[:, None] * points).sum(0))
    return torch.stack(rows)


def fill_in(y: Any, weights: Any, points: Any, rate: float) -> Any:
    """What is seen stays; a mask is filled in by the points that agree with the rest."""
    kept = y != 0
    agree = ((y[:, None] - points) * kept[:, None]).abs().amax(-1) < 1e-3
    hidden = (~kept[:, None] & (points > 1e-3)).sum(-1)
    logits = weights.log() + hidden * torch.log(torch.full_like(y[:1, :1], rate))
    filled = logits.masked_fill(~agree, -1e9).softmax(-1) @ points
    return torch.where(kept, y, filled)


def inverse_dropout(y: Any, weights: Any, points: Any, rate: float) -> Any:
    """As torch's own dropout leaves it, compared with what it would have made of the points."""
    scaled = points / (1 - rate)
    same = (y[:, None] == scaled).to(y.dtype)
    blank = (y[:, None] == 0).to(y.dtype)
    chance = (1 - rate) * same + rate * blank
    return (weights.log() + chance.log().sum(-1)).softmax(-1) @ points


@pytest.mark.parametrize(
    ("coding", "convention"),
    [(one_coordinate_at_a_time, {}), (fill_in, {}), (inverse_dropout, {"scale": "dropout"})],
)
def test_code_in_another_style_is_upheld(coding: Any, convention: dict[str, str]) -> None:
    result = judged(PAIRING, coding, convention=convention)
    assert result.ruling is Ruling.UPHELD, str(result)
    assert max(v.used or 0.0 for v in result.verdicts) <= 0.25


def test_the_definition_is_proved_for_all_weights_and_every_rate() -> None:
    """What is seen and the points stay as posed: other numbers would be other questions."""
    result = judged(PAIRING, by_bayes, budget="normal")
    assert result.shadow is not None
    words = "y as posed, points as posed, for all inputs and every rate"
    assert any(words in sentence for sentence in result.shadow.proved)


@pytest.mark.parametrize("corruption", CORRUPTIONS)
def test_a_rate_that_lives_inside_is_found(corruption: str) -> None:
    def inside(*inputs: Any) -> Any:
        return by_bayes(*inputs, rate=0.3, corruption=corruption)

    found = judged(PAIRING, inside)
    assert found.ruling is Ruling.IDENTIFIED
    assert found.identification is not None
    assert found.identification.parameters["rate"] == pytest.approx(0.3, rel=1e-12)


@pytest.mark.parametrize("place", ["probability", "weight"])
def test_a_stabiliser_is_found_and_exonerated(place: str) -> None:
    result = judged(PAIRING, partial(stabilised, **{place: 1e-9}))
    assert result.ruling is Ruling.STABILISED
    assert [(s.place, s.size) for s in result.stabilisers] == [(place, 1e-9)]


def test_what_is_added_to_the_evidence_is_right_for_pixels_and_wrong_for_images() -> None:
    """The formula is the definition but for the constant; an image's evidence is far below it."""
    result = judged(PAIRING, partial(stabilised, evidence=1e-9))
    assert [(v.claim, v.ruling) for v in result.violations] == [("range", Ruling.VIOLATED)]
    assert result.shadow is not None
    assert result.shadow.outcome is ShadowOutcome.AGREES


# -- what is refused ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"weights": (1.5, -0.5)}, "expected: positive weights"),
        ({"weights": (1.0, 0.0)}, "leave out the points that have none"),
        ({"rate": 0.0}, "expected: a rate between zero and one"),
        ({"rate": 1.0}, "with none there is nothing to remove"),
        ({"rate": 1.5}, "received: 1.5"),
        ({"y": ((0.5,),)}, r"y = \(0.5,\), which has probability zero under masking"),
    ],
)
def test_what_is_no_prior_no_corruption_or_impossible_is_refused(
    change: dict[str, Any], expected: str
) -> None:
    with pytest.raises(ContractError, match=expected):
        pose(PIXEL._replace(**change), CONTRACT.canonical)


def test_salt_is_impossible_under_masking_alone() -> None:
    problem = PIXEL._replace(y=((1.0,),), points=((0.0,), (0.5,)))
    with pytest.raises(ContractError, match="beside zeros, its own values"):
        pose(problem, CONTRACT.canonical)
    assert len(pose(problem, CONTRACT.canonical | {"corruption": "salt-and-pepper"}).inputs) == 3


def test_one_number_per_row_is_refused_with_the_shape_that_is_expected() -> None:
    result = judged(PAIRING, lambda y, *prior, rate: y.sum(1), convention=CONTRACT.canonical)
    assert result.ruling is Ruling.REFUSED
    assert "expected: an output of shape (" in result.reason


# -- wrong code -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "claim"),
    [
        ("masked zeros taken as data", "kept"),
        ("masked zeros taken as data", "rate"),
        ("rate of keeping", "average over masks"),
        ("weights of the prior forgotten", "blank"),
        ("plain mean of the matching points", "weights"),
        ("likeliest point", "order"),
        ("softmax over the batch", "hull"),
        ("not divided by the evidence", "ratios"),
        ("divided by the share that is kept", "hull"),
        ("trained on the masks alone", "average over masks"),
        ("probabilities multiplied", "range"),
        ("salt, and then pepper on top", "average over salt and pepper"),
    ],
)
def test_the_claim_that_speaks_of_an_error_condemns_it(name: str, claim: str) -> None:
    assert claim in condemning("discrete-denoiser", name)


def test_coordinates_that_are_not_alike_are_told() -> None:
    """A rate that grows from left to right: the order of the coordinates matters."""

    def drifting(y: Any, weights: Any, points: Any, rate: float) -> Any:
        odds = rate ** (1 + torch.arange(y.shape[1], dtype=y.dtype))
        same = y[:, None] == points
        chance = torch.where(same, torch.ones_like(odds), odds * (y[:, None] == 0))
        return (weights.log() + chance.log().sum(-1)).softmax(-1) @ points

    result = judged(PAIRING, drifting, convention=CONTRACT.canonical)
    assert "coordinates" in [v.claim for v in result.violations]
