"""Draws: exact moments, two unbiased gradients, and errors by name."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import pytest
import torch
from judged import condemning, judged

from tightframe.checks.reparameterize import PAIRING
from tightframe.checks.verdict import Ruling
from tightframe.theorems.reparameterization import (
    Codes,
    oracle,
    variances,
)

U = 2.0**-53
CONTRACT = PAIRING.contract


# -- the theorem ----------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(6))
def test_the_table_of_variances_is_gauss_hermites(seed: int) -> None:
    a, b, c, mu, log_s = np.random.default_rng(seed).normal(size=5)
    s = float(np.exp(log_s / 2))
    t, w = np.polynomial.hermite_e.hermegauss(12)
    w, z = w / w.sum(), mu + s * t
    f, slope = a * z**2 + b * z + c, 2 * a * z + b
    best = a * mu**2 + b * mu + c + 3 * a * s**2
    estimates = {
        "pathwise in mu": slope,
        "pathwise in sigma": slope * t,
        "score in mu": f * t / s,
        "score in sigma": f * (t**2 - 1) / s,
        "score in mu, baseline": (f - w @ f) * t / s,
        "score in mu, best constant": (f - best) * t / s,
    }
    table = variances(a, b, c, mu, s)
    for name, g in estimates.items():
        assert table[name] == pytest.approx(w @ g**2 - (w @ g) ** 2, rel=1e-10)


def test_the_sine_formulas_are_gauss_hermites() -> None:
    """The erratum: at frequency two the score function already has the smaller variance."""
    t, w = np.polynomial.hermite_e.hermegauss(60)
    w = w / w.sum()
    pathwise, score = 2 * np.cos(2 * t), np.sin(2 * t) * t
    spread = [float(w @ g**2 - (w @ g) ** 2) for g in (pathwise, score)]
    assert spread == pytest.approx([1.93, 0.43], abs=0.01)


def test_the_oracle_is_gauss_hermites() -> None:
    problem = Codes(((0.5, -1.0),), ((1.0, -0.5),))
    t, w = np.polynomial.hermite_e.hermegauss(4)
    w = w / w.sum()
    grid = np.array([[x, y] for x in t for y in t])
    weight = np.array([p * q for p in w for q in w])
    z = np.array(problem.mu) + np.exp(np.array(problem.logvar) / 2) * grid
    moments = np.concatenate([weight @ z, ((z.T * weight) @ z).ravel()])
    assert oracle(problem).value == pytest.approx(moments, rel=1e-12)


def test_gradients_agree_with_central_differences() -> None:
    problem = Codes(((0.5, -1.0), (2.0, 0.25)), ((1.0, -0.5), (0.0, 2.0)))
    for i, slope in enumerate(oracle(problem).gradient):
        direction = np.cos(np.arange(4)).reshape(2, 2)
        ahead, behind = (
            oracle(problem._replace(**{problem._fields[i]: np.array(problem[i]) + s * direction}))
            for s in (1e-5, -1e-5)
        )
        found = (ahead.value.sum() - behind.value.sum()) / 2e-5
        assert found == pytest.approx(float((slope * direction).sum()), rel=1e-7)


# -- honest code ----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", CONTRACT.references)
def test_an_honest_coding_is_upheld(name: str) -> None:
    result = judged(PAIRING, CONTRACT.references[name], budget="normal")
    assert result.ruling is Ruling.UPHELD
    assert max(v.used or 0.0 for v in result.verdicts) <= 0.25


@pytest.mark.parametrize("option", ["variance", "std", "logstd"])
def test_another_second_argument_is_upheld_where_declared_and_identified_where_not(
    option: str,
) -> None:
    coding = next(iter(CONTRACT.references.values()))
    theirs = CONTRACT.written(coding, CONTRACT.convention({"second": option}))
    assert judged(PAIRING, theirs, convention={"second": option}).ruling is Ruling.UPHELD
    inferred = judged(PAIRING, theirs)
    assert inferred.ruling is Ruling.IDENTIFIED
    assert inferred.convention["second"] == option


@pytest.mark.parametrize("place", CONTRACT.stabilisers)
def test_a_stabiliser_is_found_and_exonerated(place: str) -> None:
    result = judged(PAIRING, partial(CONTRACT.stabilised, **{place: 1e-9}))
    assert result.ruling is Ruling.STABILISED
    assert [(s.place, s.size) for s in result.stabilisers] == [(place, 1e-9)]


def test_a_draw_of_another_shape_is_refused_with_a_remedy() -> None:
    def several(mu: Any, logvar: Any) -> Any:
        return torch.distributions.Normal(mu, (logvar / 2).exp()).rsample((5,))

    result = judged(PAIRING, several)
    assert result.ruling is Ruling.REFUSED
    assert "returns a single draw" in result.reason


def test_uniform_noise_is_refused_by_name() -> None:
    def uniform(mu: Any, logvar: Any) -> Any:
        return mu + (logvar / 2).exp() * torch.rand_like(mu)

    result = judged(PAIRING, uniform)
    assert result.ruling is Ruling.REFUSED
    assert "rand_like" in result.reason


# -- wrong code -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "claim"),
    [
        ("noise shared by the rows", "independence"),
        ("noise in absolute value", "mean"),
        ("variance taken for standard deviation", "variance"),
        ("draw detached", "gradient"),
    ],
)
def test_the_claim_that_speaks_of_an_error_condemns_it(name: str, claim: str) -> None:
    assert claim in condemning("reparameterize", name)
