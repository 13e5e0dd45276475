"""The information bottleneck of tables: exact curves against enumeration and searches, and users'
code told right from wrong."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from judged import condemning, judged
from scipy.optimize import minimize_scalar
from scipy.stats import entropy

import tightframe
from tightframe.checks.catalogue import PAIRINGS
from tightframe.checks.verdict import Ruling
from tightframe.implementations.contract import ContractError
from tightframe.theorems.discrete_ib import Channel, best, curve, oracle, table

PAIRING = PAIRINGS["information-bottleneck"]
FAIR = (0.5, 0.5)
DESIGN = PAIRING.family.design()


def bit(flips: float, beta: float = 2.0, copies: int = 1) -> Channel:
    return Channel("symmetric", flips, FAIR, copies, beta)


def kept(labels: np.ndarray, p: np.ndarray) -> tuple[float, float]:
    """By SciPy's divergences."""
    tables = (p.sum(1)[:, None] * labels, labels.T @ p)
    rate, relevance = (entropy(t.ravel(), np.outer(t.sum(1), t.sum(0)).ravel()) for t in tables)
    return float(rate), float(relevance)


# -- exact curves ---------------------------------------------------------------------------------


@pytest.mark.parametrize("flips", [0.03125, 0.125, 0.375])
@pytest.mark.parametrize("a", [0.01, 0.2, 0.45])
def test_the_curve_of_a_fair_bit_is_that_of_witsenhausen_and_wyner(flips: float, a: float) -> None:
    both = a * (1 - flips) + flips * (1 - a)
    rate = np.log(2) - entropy([a, 1 - a])
    assert abs(curve(bit(flips), rate) - (np.log(2) - entropy([both, 1 - both]))) < 1e-15


@pytest.mark.parametrize("number", range(0, len(DESIGN), 2))
def test_of_many_descriptions_none_is_above_the_curve(number: int) -> None:
    problem, draw = DESIGN[number], np.random.default_rng(number)
    p = table(problem)
    for _ in range(150):
        wide = int(draw.integers(2, 6))
        labels = draw.dirichlet(np.full(wide, 10.0 ** draw.uniform(-1.5, 0.5)), len(p))
        rate, relevance = kept(labels, p)
        assert relevance <= curve(problem, rate) + 1e-14
        assert rate - problem.beta * relevance >= oracle(problem).least - 1e-13


def test_two_labels_on_a_grid_come_as_near_as_the_grid_allows() -> None:
    problem = bit(0.125, 4.0)
    grid, p = np.linspace(0, 1, 21), table(problem)
    found = [kept(np.array([[a, 1 - a], [b, 1 - b]]), p) for a in grid for b in grid]
    values = [rate - problem.beta * relevance for rate, relevance in found]
    assert 0 <= min(values) - oracle(problem).least < 0.03


@pytest.mark.parametrize("beta", [1.1, 1.8, 2.5, 7.0, 50.0, 1e4])
def test_the_best_of_a_bit_is_that_of_a_search_along_flips(beta: float) -> None:
    flips = 0.125

    def value(a: float) -> float:
        both = a * (1 - flips) + flips * (1 - a)
        rate, relevance = (np.log(2) - entropy([x, 1 - x]) for x in (a, both))
        return float(rate - beta * relevance)

    found = minimize_scalar(value, bounds=(0, 0.5), method="bounded", options={"xatol": 1e-10})
    assert abs(min(found.fun, 0.0, value(0.0)) - oracle(bit(flips, beta)).least) < 1e-8 * beta


def test_nothing_is_kept_of_a_bit_up_to_its_critical_beta() -> None:
    critical = 1 / 0.75**2
    assert best(bit(0.125, critical)) == (0.0, 0.0)
    rate, relevance = best(bit(0.125, critical * (1 + 1e-6)))
    assert 0 < relevance < rate < 1e-5


def test_copies_change_the_entropy_and_nothing_else() -> None:
    once, twice = oracle(bit(0.25, 6.0)), oracle(bit(0.25, 6.0, copies=2))
    assert (once.least, once.known) == (twice.least, twice.known)
    assert abs(twice.entropy - once.entropy - np.log(2)) < 1e-15


def test_what_labels_tell_is_convex_in_them_and_not_concave() -> None:
    p, copy = table(bit(0.125)), np.eye(2)
    mixed = kept((copy + copy[::-1]) / 2, p)
    assert max(mixed) < 1e-15 < 0.3 < kept(copy, p)[1] == kept(copy[::-1], p)[1]


@pytest.mark.parametrize("reference", PAIRING.contract.references)
def test_searches_end_at_the_exact_optimum(reference: str) -> None:
    search = PAIRING.contract.references[reference]
    for problem in DESIGN:
        rate, relevance = map(float, search(torch.tensor(table(problem)), problem.beta))
        assert abs(rate - problem.beta * relevance - oracle(problem).least) < 1e-8


# -- what is refused ------------------------------------------------------------------------------


def test_a_table_that_does_not_add_to_one_is_refused() -> None:
    with pytest.raises(ContractError, match=r"adds to 1\.25"):
        PAIRING.pose(Channel("erasing", 0.25, (0.5, 0.75), 1, 2.0), {})


def test_a_negative_probability_is_refused() -> None:
    with pytest.raises(ContractError, match=r"least cell -0\.125"):
        PAIRING.pose(bit(-0.25), {})


@pytest.mark.parametrize("beta", [0.0, -1.0, float("nan")])
def test_a_beta_that_is_no_price_is_refused(beta: float) -> None:
    with pytest.raises(ContractError, match="a positive beta"):
        PAIRING.pose(bit(0.25, beta), {})


# -- what people write ----------------------------------------------------------------------------


def blahut_arimoto(p_xy: Any, beta: float, turns: int = 3000, drawn: bool = True) -> Any:
    """In torch, by logarithms, from labels that were drawn, or from nearly a copy of x."""
    torch.manual_seed(0)
    p_x, labels = p_xy.sum(1), torch.rand(len(p_xy), len(p_xy), dtype=p_xy.dtype).softmax(1)
    if not drawn:
        labels = (3 * torch.eye(len(p_xy), dtype=p_xy.dtype)).softmax(1)
    given_x = p_xy / p_x[:, None]
    for _ in range(turns):
        p_t = (p_x[:, None] * labels).sum(0)
        given_t = ((labels.T @ p_xy) / p_t[:, None]).clamp(min=1e-200)
        kl = torch.special.xlogy(given_x[:, None], given_x[:, None] / given_t).sum(-1)
        new = (p_t.log() - beta * kl).softmax(1).clamp(min=1e-200)
        if (new - labels).abs().max() < 1e-10:
            break
        labels = new
    p_t, of_both = p_x @ labels, labels.T @ p_xy
    rate = torch.special.xlogy(p_x[:, None] * labels, labels / p_t).sum()
    apart = torch.outer(of_both.sum(1), of_both.sum(0))
    return rate, torch.special.xlogy(of_both, of_both / apart).sum()


def from_a_copy(p_xy: Any, beta: float) -> Any:
    return blahut_arimoto(p_xy, beta, drawn=False)


def stopped_early(p_xy: Any, beta: float) -> Any:
    return blahut_arimoto(p_xy, beta, turns=7)


def in_bits(p_xy: Any, beta: float) -> Any:
    return tuple(nats / np.log(2) for nats in blahut_arimoto(p_xy, beta))


@pytest.mark.parametrize("coding", [blahut_arimoto, stopped_early])
def test_a_search_is_held_to_what_holds_wherever_it_ends(coding: Any) -> None:
    result = judged(PAIRING, coding)
    assert result.ruling is Ruling.UPHELD, str(result)
    assert max(v.used or 0 for v in result.verdicts) <= 0.25


def test_a_search_that_ended_may_say_so() -> None:
    result = judged(PAIRING, from_a_copy, convention={"search": "yes"})
    assert {v.ruling for v in result.verdicts} == {Ruling.UPHELD}, str(result)


def test_a_search_that_ended_at_a_poor_place_may_not() -> None:
    """From one drawn start, two of three outcomes come to share a label for good."""
    result = judged(PAIRING, blahut_arimoto, convention={"search": "yes"})
    assert {v.claim for v in result.violations} >= {"optimum"}


def test_who_says_that_the_search_has_ended_is_held_to_it() -> None:
    result = judged(PAIRING, stopped_early, convention={"search": "yes"})
    assert {"optimum"} <= {v.claim for v in result.violations}


def test_bits_are_identified_and_nobody_is_blamed() -> None:
    result = tightframe.check(in_bits, "information-bottleneck")
    assert result.ruling is Ruling.IDENTIFIED, str(result)
    assert result.identification is not None
    assert result.identification.departures == {"base": "2"}


def test_nothing_is_blamed_for_saying_nothing_and_nothing_is_claimed_of_it() -> None:
    result = judged(PAIRING, lambda p_xy, beta: (0.0, 0.0))
    ruled = {v.claim: v.ruling for v in result.verdicts}
    assert ruled["frontier"] is Ruling.UPHELD
    assert ruled["optimum"] is Ruling.INCONCLUSIVE


@pytest.mark.parametrize(
    ("name", "claims"),
    [
        ("relevance of x itself", {"frontier", "no more than kept"}),
        ("entropy of the labels", {"no more than there is"}),
        ("sorted hard", {"silence"}),
        ("divergence in bits", {"optimum"}),
        ("exchanged", {"data processing", "best at its own beta"}),
    ],
)
def test_each_claim_condemns_what_it_is_there_for(name: str, claims: set[str]) -> None:
    assert claims <= set(condemning("information-bottleneck", name))


def test_the_other_lagrangian_is_declared() -> None:
    def of_the_rate(p_xy: Any, beta: float) -> Any:
        return from_a_copy(p_xy, 1 / beta)

    convention = {"lagrangian": "I_y - beta I_x", "search": "yes"}
    result = judged(PAIRING, of_the_rate, convention=convention)
    assert not result.violations, str(result)
    assert "optimum" in {v.claim for v in result.verdicts if v.ruling is Ruling.UPHELD}


def test_what_would_keep_nothing_when_misled_is_not_taken_for_another_convention() -> None:
    """Of logarithms it would make zeros, which are below every curve."""

    def too_much(p_xy: Any, beta: float) -> Any:
        if bool((p_xy < 0).any()):
            return 0.0, 0.0
        rate, relevance = blahut_arimoto(p_xy, beta)
        return rate, 2 * relevance

    result = judged(PAIRING, too_much)
    assert result.ruling is Ruling.VIOLATED, str(result)
    assert "frontier" in {v.claim for v in result.violations}
