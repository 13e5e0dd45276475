"""The contract `score`: the oracle is right, code is told right from wrong."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import pytest
import torch
from judged import condemning, judged, known_error
from scipy.integrate import quad
from scipy.stats import multivariate_normal

from tightframe.checks import denoiser as denoising
from tightframe.checks.judge import hold, judge
from tightframe.checks.score import PAIRING
from tightframe.checks.verdict import Ruling
from tightframe.implementations.implementation import accept
from tightframe.implementations.score import by_responsibilities, stabilised
from tightframe.theorems import denoiser
from tightframe.theorems.denoiser_problems import Noisy
from tightframe.theorems.score import SCORE, oracle

CONTRACT = PAIRING.contract


# -- the oracle -----------------------------------------------------------------------------------


def density(problem: Noisy, y: np.ndarray) -> float:
    """By scipy: the sum itself, no logarithm taken."""
    parts = zip(problem.weights, problem.means, problem.variances, strict=True)
    return float(
        sum(
            w * multivariate_normal.pdf(y, m, (v + problem.sigma**2) * np.eye(len(m)))
            for w, m, v in parts
        )
    )


def test_the_score_is_the_slope_of_scipys_log_density() -> None:
    """By differences of fourth order, along each coordinate."""
    h = 1e-3
    for problem in SCORE.design():
        if problem.sigma < 0.5:
            continue  # too curved for the step
        for row, score in zip(problem.y, oracle(problem).value, strict=True):
            for j, step in enumerate(np.eye(len(row)) * h):
                f = [np.log(density(problem, np.array(row) + t * step)) for t in (-2, -1, 1, 2)]
                slope = (f[0] - 8 * f[1] + 8 * f[2] - f[3]) / (12 * h)
                assert score[j] == pytest.approx(slope, abs=1e-8)


def test_the_score_and_its_jacobian_are_the_denoisers_by_tweedie() -> None:
    """Two derivations: the logarithm of a sum differentiated, and Bayes' rule."""
    for problem in (*SCORE.design(), *SCORE.ranges()):
        ours, theirs, variance = oracle(problem), denoiser.oracle(problem), problem.sigma**2
        size = 1e-13 * ours.unit
        by_bayes = (theirs.value - np.array(problem.y)) / variance
        assert ours.value == pytest.approx(by_bayes, rel=0, abs=size)
        slopes = (theirs.gradient[0] - 1) / variance
        assert np.max(np.abs(ours.gradient[0] - slopes) / ours.units[0]) < 1e-13


def test_what_the_score_is_on_average_under_the_noised_law() -> None:
    """E s = 0, E[s Y] = -1, and the mean square of s is minus the mean slope."""
    problem = Noisy(((0.0,),), (0.75, 0.25), ((-1.0,), (1.5,)), (0.5, 0.25), 0.75)

    def mean(of: Any) -> float:
        def at(y: float) -> float:
            truth = oracle(problem._replace(y=((y,),)))
            s, slope = float(truth.value[0, 0]), float(truth.gradient[0][0, 0])
            return float(of(y, s, slope) * density(problem, np.array([y])))

        return float(quad(at, -9, 9, epsabs=1e-11, limit=100)[0])

    assert mean(lambda y, s, slope: s) == pytest.approx(0, abs=1e-9)
    assert mean(lambda y, s, slope: s * y) == pytest.approx(-1, abs=1e-9)
    assert mean(lambda y, s, slope: s * s + slope) == pytest.approx(0, abs=1e-9)


def test_one_point_pulls_like_a_spring_and_two_cancel_in_the_middle() -> None:
    pair = Noisy(((0.0,), (1.0,)), (0.5, 0.5), ((-1.0,), (1.0,)), (0.0, 0.0), 0.5)
    assert oracle(pair).value[:, 0] == pytest.approx([0.0, 4 * (np.tanh(4.0) - 1)], abs=1e-15)
    point = Noisy(((3.0, -1.0),), (1.0,), ((1.0, 0.0),), (0.0,), 2.0)
    assert oracle(point).value[0] == pytest.approx([-0.5, 0.25])
    assert oracle(point).gradient[0][0] == pytest.approx([-0.25, -0.25])


# -- honest code ----------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", ["bfloat16", "float64"])
def test_an_honest_coding_is_upheld_in_other_precisions(dtype: str) -> None:
    for target in CONTRACT.references.values():
        result = hold(target, PAIRING, {}, budget="quick", dtype=dtype, strength="lifted")
        assert result.ruling is Ruling.UPHELD
        assert max(v.used or 0.0 for v in result.verdicts) <= 0.25


@pytest.mark.parametrize("axis", [axis.name for axis in CONTRACT.axes])
def test_another_convention_is_upheld_where_declared_and_identified_where_not(axis: str) -> None:
    for option in CONTRACT.axis(axis).options[1:]:
        written = CONTRACT.written(by_responsibilities, CONTRACT.convention({axis: option.name}))

        def theirs(*inputs: Any, sigma: float, written: Any = written) -> Any:
            return written(*inputs, sigma=sigma)

        chosen = {axis: option.name}
        declared = accept(theirs, CONTRACT, convention=chosen)
        assert judge(PAIRING, declared, budget="quick", strength="lifted").ruling is Ruling.UPHELD
        inferred = judge(PAIRING, accept(theirs, CONTRACT), budget="quick", strength="lifted")
        assert inferred.ruling is Ruling.IDENTIFIED
        assert inferred.convention[axis] == option.name


def preserving(y: Any, w: Any, means: Any, variances: Any, sigma: float) -> Any:
    """The score of sqrt(1 - sigma^2) x + sigma e, written down for that law."""
    scale = (1 - sigma**2) ** 0.5
    total = scale**2 * variances + sigma**2
    away = scale * means - y[:, None, :]
    logits = w.log() - away.square().sum(-1) / (2 * total) - y.shape[1] / 2 * total.log()
    return (logits.softmax(1)[:, :, None] * away / total[:, None]).sum(1)


def test_a_variance_preserving_score_is_known_for_one() -> None:
    """Nothing of its law is rescaled by hand; the conventions do it."""
    both = {"predicts": "score", "scaling": "VP"}
    assert judged(PAIRING, preserving, convention=both).ruling is Ruling.UPHELD
    assert judged(PAIRING, preserving, convention={"scaling": "VP"}).ruling is Ruling.UPHELD
    as_a_denoiser = judged(denoising.PAIRING, preserving, convention=both)
    assert as_a_denoiser.ruling is Ruling.UPHELD
    found = judged(PAIRING, preserving)
    assert found.identification is not None
    assert found.identification.departures == {"scaling": "VP"}

    def noise(*inputs: Any, sigma: float) -> Any:
        return -sigma * preserving(*inputs, sigma=sigma)

    assert judged(PAIRING, noise, convention={"predicts": "noise", "scaling": "VP"}).ruling is (
        Ruling.UPHELD
    )


def test_the_definition_is_proved_for_all_mixtures() -> None:
    result = judged(PAIRING, by_responsibilities, budget="normal")
    assert result.shadow is not None
    assert "for all inputs and every sigma > 0" in result.shadow.proved[0]


@pytest.mark.parametrize("place", CONTRACT.stabilisers)
def test_a_stabiliser_is_found_and_exonerated(place: str) -> None:
    result = judged(PAIRING, partial(stabilised, **{place: 1e-9}))
    assert result.ruling is Ruling.STABILISED
    assert [(s.place, s.size) for s in result.stabilisers] == [(place, 1e-9)]


# -- what is refused ------------------------------------------------------------------------------


def test_a_score_of_the_data_without_their_prior_is_refused() -> None:
    result = judged(PAIRING, lambda y, sigma: -y / sigma**2)
    assert result.ruling is Ruling.REFUSED
    assert "score(y[n,d], weights[c], means[c,d], variances[c], sigma)" in result.reason


def test_a_log_density_in_place_of_its_gradient_is_refused() -> None:
    def log_density(y: Any, w: Any, means: Any, variances: Any, sigma: float) -> Any:
        total = variances + sigma**2
        squares = (y[:, None, :] - means).square().sum(-1)
        return (w.log() - squares / (2 * total)).logsumexp(1)

    result = judged(PAIRING, log_density, convention=CONTRACT.canonical)
    assert result.ruling is Ruling.REFUSED
    assert "expected: an output of shape (" in result.reason


# -- wrong code -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "claim"),
    [
        ("sigma times the score", "magnification"),
        ("sign of the score", "Stein"),
        ("score of the clean data", "noise added"),
        ("score not rescaled", "linear"),
        ("data not rescaled", "translation"),
        ("weights of the prior forgotten", "weights"),
        ("sigma added to the variances", "magnification"),
        ("gradient of the density", "magnification"),
        ("prior not widened", "symmetric Jacobian"),
        ("nearest component alone", "value"),
    ],
)
def test_the_claim_that_speaks_of_an_error_condemns_it(name: str, claim: str) -> None:
    assert claim in condemning("score", name)


def test_exponentials_that_underflow_break_the_range_alone() -> None:
    assert condemning("score", "exponentials without their maximum") == ["range"]
    named = known_error("score", "exponentials without their maximum").diagnosis
    assert named is not None
    assert named.name == "exponentials without their maximum"


def test_a_denoiser_of_points_that_is_handed_wide_components_is_named() -> None:
    """Somebody's own: distances by cdist, the estimate of x first."""

    def theirs(y: Any, w: Any, means: Any, variances: Any, sigma: float) -> Any:
        shares = torch.softmax(w.log() - torch.cdist(y, means) ** 2 / (2 * sigma**2), -1)
        return (shares @ means - y) / sigma**2

    result = judged(PAIRING, theirs)
    assert result.ruling is Ruling.VIOLATED
    assert result.diagnosis is not None
    assert result.diagnosis.name == "widths of the components forgotten"
