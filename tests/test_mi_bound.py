"""Bounds on mutual information from scores: the chain on whole laws and on batches, and codings in
the styles that are in use."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from judged import condemning, declared, judged
from scipy.special import logsumexp

import tightframe
from tightframe.checks.catalogue import PAIRINGS
from tightframe.checks.verdict import Ruling
from tightframe.implementations.contract import ContractError
from tightframe.theorems.infonce_loss import best_critic, information
from tightframe.theorems.score_bounds import Scores, aligned, oracle

PAIRING = PAIRINGS["mi-bound"]
CONTRACT = PAIRING.contract
BOUNDS = [option.name for option in CONTRACT.axis("bound").options]


def value(scores: np.ndarray, bound: str) -> float:
    return float(oracle(Scores(tuple(map(tuple, scores.tolist()))), bound).value)


# -- the chain ------------------------------------------------------------------------------------


@settings(max_examples=100, deadline=None)
@given(
    st.integers(0, 10**6), st.integers(2, 5), st.integers(2, 5), st.sampled_from((0.0, 1.0, 4.0))
)
def test_the_chain_of_bounds_on_laws(seed: int, m: int, n: int, size: float) -> None:
    """I >= per query >= DV >= NWJ, for the critic log r and for those that are far from it."""
    draw = np.random.default_rng(seed)
    p = draw.dirichlet(np.ones(m * n)).reshape(m, n)
    s = best_critic(p) + size * draw.normal(size=p.shape)
    apart = np.outer(p.sum(1), p.sum(0))
    mean = (p * s).sum()
    per_query = mean - p.sum(1) @ logsumexp(s, axis=1, b=p.sum(0))
    dv, nwj = mean - logsumexp(s, b=apart), mean - (apart * np.exp(s - 1)).sum()
    chain = [information(p), per_query, dv, nwj]
    assert all(a >= b - 1e-12 for a, b in pairwise(chain))
    if size == 0:
        assert abs(chain[0] - chain[2]) < 1e-12


def test_nwj_reaches_the_information_at_log_r_plus_one_alone() -> None:
    p = np.array([[0.375, 0.125], [0.125, 0.375]])
    apart = np.outer(p.sum(1), p.sum(0))

    def nwj(s: np.ndarray) -> float:
        return float((p * s).sum() - (apart * np.exp(s - 1)).sum())

    assert abs(nwj(best_critic(p) + 1) - information(p)) < 1e-15
    assert nwj(best_critic(p)) < information(p) - 0.05


@pytest.mark.parametrize("n", [2, 3, 7])
def test_a_batch_says_at_most_log_n_where_the_pairs_are_counted(n: int) -> None:
    scores = np.array(aligned(n, 60.0).scores)
    for bound in BOUNDS:
        found = value(scores + (1 if bound.startswith("NWJ") else 0), bound)
        if bound in ("DV", "NWJ"):
            assert found > 50
        elif not bound.startswith("NWJ"):
            assert abs(found - math.log(n)) < 1e-12
        else:
            assert found <= math.log(n)


@pytest.mark.parametrize("bound", BOUNDS)
@pytest.mark.parametrize("coding", CONTRACT.references)
def test_each_convention_is_undone_by_its_gauge(coding: str, bound: str) -> None:
    draw = np.random.default_rng(1).normal(size=(4, 4))
    for axis in CONTRACT.axes:
        for option in axis.options:
            convention = CONTRACT.canonical | {axis.name: option.name, "bound": bound}
            if axis.name == "bound":
                convention["bound"] = option.name
            written = CONTRACT.written(CONTRACT.references[coding], convention)
            call = PAIRING.pose(Scores(tuple(map(tuple, draw.tolist()))), convention)
            call = call._replace(inputs=tuple(map(torch.from_numpy, call.inputs)))
            found = CONTRACT.bring(lambda c, f=written: f(*c.inputs), convention, call)
            assert abs(float(found) - value(draw, convention["bound"])) < 1e-13


# -- what people write ----------------------------------------------------------------------------


def log_mean_exp_of_others(x: Any) -> Any:
    """In the style of the notebooks: the diagonal is put at minus infinity."""
    n = x.size(0)
    total = torch.logsumexp(x - torch.diag(torch.inf * torch.ones(n)), dim=(0, 1))
    return total - torch.log(torch.tensor(n * (n - 1.0)))


def tuba(scores: Any) -> Any:
    return 1.0 + scores.diag().mean() - log_mean_exp_of_others(scores).exp()


STYLES = {
    "NWJ": lambda scores: tuba(scores - 1.0),
    "DV": lambda scores: scores.diag().mean() - log_mean_exp_of_others(scores),
    "InfoNCE": lambda scores: (
        torch.tensor(scores.size(0)).double().log() + scores.diag().mean() - scores.logsumexp(1)
    ).mean(),
    "DV over all pairs": lambda scores: (
        scores.diag().mean() - scores.logsumexp((0, 1)) + 2 * math.log(len(scores))
    ),
}


@pytest.mark.parametrize("bound", STYLES)
def test_codings_in_use_are_upheld_where_declared_and_named_where_not(bound: str) -> None:
    assert judged(PAIRING, STYLES[bound], convention={"bound": bound}).ruling is Ruling.UPHELD
    if bound != "InfoNCE":
        inferred = judged(PAIRING, STYLES[bound])
        assert inferred.ruling is Ruling.IDENTIFIED
        assert inferred.identification is not None
        assert inferred.identification.departures == {"bound": bound}


def test_a_bound_with_its_baseline_outside_and_a_loss_are_conventions() -> None:
    result = judged(PAIRING, tuba, convention={"bound": "NWJ", "baseline": "1"})
    assert result.ruling is Ruling.UPHELD
    loss = judged(PAIRING, lambda s: -STYLES["DV"](s), convention={"bound": "DV", "sign": "loss"})
    assert loss.ruling is Ruling.UPHELD


@pytest.mark.parametrize(
    ("name", "claim"),
    [
        ("positive left out of the denominator", "ceiling"),
        ("log n left out", "constant critic"),
        ("keys pick queries", "row shift"),
        ("DV: sum divided by n", "above NWJ"),
        ("DV: pairs masked by zero", "shift"),
        ("NWJ: exponential of the mean", "below DV"),
    ],
)
def test_each_claim_condemns_what_it_is_there_for(name: str, claim: str) -> None:
    assert claim in condemning("mi-bound", name)


def test_clipped_scores_are_another_bound_and_are_condemned_as_dv() -> None:
    """SMILE clips the scores of the others at five: no constant is small enough to excuse it."""

    def smile(scores: Any) -> Any:
        return scores.diag().mean() - log_mean_exp_of_others(scores.clamp(-5, 5))

    result = judged(PAIRING, smile, **declared(PAIRING, bound="DV"))
    assert result.ruling is Ruling.VIOLATED


def test_a_constant_under_the_logarithm_is_no_error() -> None:
    def with_eps(scores: Any) -> Any:
        shares = scores.softmax(dim=1).diagonal()
        return torch.log(shares + 1e-9).mean() + math.log(len(scores))

    assert judged(PAIRING, with_eps).ruling is Ruling.STABILISED


def test_scores_that_are_not_one_number_each_are_refused() -> None:
    result = tightframe.check(lambda scores: scores.logsumexp(1), "mi-bound")
    assert result.ruling is Ruling.REFUSED


def test_a_lone_pair_is_refused() -> None:
    with pytest.raises(ContractError, match="two pairs or more"):
        PAIRING.pose(Scores(((1.0,),)), {})
