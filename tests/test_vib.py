"""Variational bottlenecks: the oracle against minimisers, excesses that add up, users' code told
right from wrong, and unfinished code neither."""

from __future__ import annotations

import warnings
from math import inf, log, pi
from typing import Any

import numpy as np
import pytest
import torch
from judged import condemning, judged
from scipy.optimize import minimize

import tightframe
from tightframe.checks.catalogue import PAIRINGS
from tightframe.checks.verdict import Ruling
from tightframe.implementations.contract import ContractError
from tightframe.implementations.vib import in_closed_form
from tightframe.implementations.vib_training import by_adam, by_lbfgs, several_by_lbfgs
from tightframe.theorems.gaussian_ib import Squeezed, encoded, frontier
from tightframe.theorems.gaussian_mi import Correlated, pair, plain
from tightframe.theorems.vib import CLAIMS, Learnt, design, flatness, kept, oracle

PAIRING = PAIRINGS["vib"]
CLAIM = {claim.name: claim for claim in CLAIMS}
TWO = Squeezed(*pair(2, 2, 63), 6.0)


def tensors(problem: Squeezed) -> tuple[torch.Tensor, ...]:
    return tuple(torch.tensor(part, dtype=torch.float64) for part in problem[:3])


def drawn(problem: Squeezed, k: int, seed: int) -> Learnt:
    """Any encoder, any noise, and what an honest report of a marginal and a decoder may say."""
    draw = np.random.default_rng(seed)
    A, L = draw.normal(size=(k, len(problem.cov_x))), draw.normal(size=(k, k))
    fit = Learnt(A, L @ L.T + np.eye(k) / 4, None, None, True)
    rate, relevance = kept(problem, fit).point
    dearer, worse = draw.exponential(size=2)
    left = oracle(problem).entropy - relevance
    return fit._replace(rate=rate + dearer, distortion=left + worse)


def slack(name: str, problem: Squeezed, fit: Learnt) -> float:
    return CLAIM[name].slack(problem, oracle(problem), fit)


# -- the oracle against other algorithms ----------------------------------------------------------


@pytest.mark.parametrize("problem", [TWO, Squeezed(*pair(3, 2, 65), 12.0), design()[2]])
def test_a_minimiser_over_encoders_and_noises_finds_the_same_optimum(problem: Squeezed) -> None:
    p, draw = len(problem.cov_x), np.random.default_rng(0)

    def objective(flat: np.ndarray) -> float:
        A, L = flat[: p * p].reshape(p, p), np.tril(flat[p * p :].reshape(p, p))
        fit = Learnt(A, L @ L.T + 1e-3 * np.eye(p), None, None, True)
        rate, relevance = kept(problem, fit).point
        return rate - problem.beta * relevance

    starts = (draw.normal(size=2 * p * p) for _ in range(2))
    found = min(minimize(objective, start, tol=1e-11).fun for start in starts)
    assert abs(found - oracle(problem).least) < 1e-6


@pytest.mark.parametrize("seed", range(5))
def test_what_is_kept_is_what_the_volumes_say(seed: int) -> None:
    fit = drawn(TWO, 1 + seed % 3, seed)
    white = np.linalg.solve(np.linalg.cholesky(fit.noise), fit.encoder)
    assert np.allclose(kept(TWO, fit).point, encoded(Correlated(*TWO[:3]), white), atol=1e-13)


def test_rate_and_distortion_are_the_averages_over_a_million_samples() -> None:
    """Of the sampled network's report, by its own marginal and decoder, on one coordinate."""
    x, y, xy = tensors(Squeezed(*plain(0.5), 8.0))
    fit, draw = in_closed_form(x, y, xy, 8.0), np.random.default_rng(0)
    a, s = float(fit["encoder"]), float(fit["noise"])
    xs = draw.normal(size=10**6)
    ys = 0.5 * xs + np.sqrt(0.75) * draw.normal(size=10**6)
    z = a * xs + np.sqrt(s) * draw.normal(size=10**6)
    code = a**2 + s
    rate = (np.log(code / s) + z**2 / code - (z - a * xs) ** 2 / s).mean() / 2
    left = 1 - (0.5 * a) ** 2 / code
    distortion = (np.log(2 * pi * left) + (ys - 0.5 * a / code * z) ** 2 / left).mean() / 2
    assert abs(rate - float(fit["rate"])) < 0.005
    assert abs(distortion - float(fit["distortion"])) < 0.005


# -- excesses -------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(8))
def test_the_four_excesses_add_up_and_none_is_negative(seed: int) -> None:
    fit = drawn(TWO, 1 + seed % 3, seed)
    parts = [-slack(name, TWO, fit) for name in ("marginal", "decoder", "curve", "price")]
    assert min(parts) > -1e-12
    assert abs(sum(parts) - slack("floor", TWO, fit)) < 1e-10
    assert abs(sum(parts[2:]) + slack("optimum", TWO, fit)) < 1e-10


@pytest.mark.parametrize("name", ["rate", "distortion", "floor", "marginal", "decoder"])
def test_of_numbers_that_are_not_reported_nothing_is_said(name: str) -> None:
    assert slack(name, TWO, drawn(TWO, 2, 1)._replace(rate=None, distortion=None)) == inf


def test_the_units_of_the_code_and_turns_of_it_change_nothing() -> None:
    fit, C = drawn(TWO, 2, 3), np.array([[3.0, 1.0], [0.0, -1e-4]])
    moved = fit._replace(encoder=C @ fit.encoder, noise=C @ fit.noise @ C.T)
    for name in CLAIM:
        assert abs(slack(name, TWO, moved) - slack(name, TWO, fit)) < 1e-7


def test_numbers_that_are_none_break_nothing_and_are_missed() -> None:
    fit = drawn(TWO, 2, 4)
    for wrong in (
        {"noise": np.zeros((2, 2))}, {"noise": -np.eye(2)}, {"noise": np.ones((2, 2))},
        {"encoder": np.full((2, 2), np.nan)}, {"rate": np.nan}, {"distortion": inf},
    ):  # fmt: skip
        bad, truth = fit._replace(**wrong), oracle(TWO)
        assert CLAIM["positive"].slack(TWO, truth, bad) == -inf
        for claim in CLAIMS:
            assert not claim.slack(TWO, truth, bad) >= -claim.unit(TWO, truth, bad) or (
                claim.name == "positive"
            )


def test_a_minimum_is_flat_at_a_critical_beta_and_where_directions_are_nearly_alike() -> None:
    fit, one = Learnt(np.eye(1), np.eye(1), None, None, True), plain(0.5)

    def flat(problem: Squeezed) -> float:
        return flatness(problem, oracle(problem), fit)

    assert flat(Squeezed(*one, 8.0)) == 1
    assert flat(Squeezed(*one, 4.0)) > 1e4
    alike = Correlated(
        ((1.0, 0.0), (0.0, 1.0)), ((1.0, 0.0), (0.0, 1.0)), ((0.5, 0.0), (0.0, 0.49))
    )
    assert 1e2 < flat(Squeezed(*alike, 40.0)) < 1e4


# -- training -------------------------------------------------------------------------------------


def test_many_betas_are_trained_at_once_each_to_nine_digits_of_its_own_optimum() -> None:
    betas = [1.1, 1.5, 2.0, 3.0, 5.0, 8.0, 13.0, 20.0]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        fits = several_by_lbfgs(*tensors(TWO), betas)
    for beta, fit in zip(betas, fits, strict=True):
        problem = TWO._replace(beta=beta)
        learnt = PAIRING.read(fit, problem, {})
        assert slack("optimum", problem, learnt) > -1e-9


def test_a_network_trained_on_samples_comes_near_and_never_below() -> None:
    for problem in design():
        fit = PAIRING.read(by_adam(*tensors(problem), problem.beta), problem, {})
        assert not fit.converged
        assert slack("floor", problem, fit) > 0
        assert slack("rate", problem, fit) > 0
        assert slack("distortion", problem, fit) > 0


# -- users' code ----------------------------------------------------------------------------------


def by_hand(cov_x: Any, cov_y: Any, cov_xy: Any, beta: float, **changed: Any) -> dict[str, Any]:
    """Somebody else's code: canonical variates of scikit's kind, in NumPy, one unit for each that
    is in use, noise that makes every unit's variance one, under a standard normal marginal."""
    x, y, xy = (np.asarray(part) for part in (cov_x, cov_y, cov_xy))
    values, vectors = np.linalg.eigh(x)
    root = vectors / np.sqrt(values) @ vectors.T
    U, rho, _ = np.linalg.svd(root @ xy @ np.linalg.inv(np.linalg.cholesky(y)).T)
    lam = (
        1 - np.concatenate([rho, np.zeros(len(x) - len(rho))]) ** 2
        if len(rho) < len(x)
        else (1 - rho[: len(x)] ** 2)
    )
    ratio = np.maximum(beta * (1 - lam) - 1, 0) / lam
    share = ratio / (1 + ratio)
    A, var = np.sqrt(share)[:, None] * (U.T @ root), 1 - share
    left = y - (A @ xy).T @ (A @ xy)
    return {
        "encoder": A, "noise": var, "rate": -0.5 * np.log(var).sum(),
        "distortion": 0.5 * (len(y) * log(2 * pi * np.e) + np.linalg.slogdet(left)[1]),
        "converged": True,
    } | changed  # fmt: skip


def rulings(result: Any) -> dict[str, Ruling]:
    return {v.claim: v.ruling for v in result.verdicts}


def test_code_in_numpy_with_another_noise_is_upheld() -> None:
    result = judged(PAIRING, by_hand)
    assert result.ruling is Ruling.UPHELD, str(result)
    assert max(v.used or 0 for v in result.verdicts) < 0.05


def test_single_precision_is_judged_by_its_own_rounding() -> None:
    def code(x: Any, y: Any, xy: Any, beta: float) -> dict[str, Any]:
        fit = in_closed_form(x, y, xy, beta)
        return fit | {name: fit[name].float() for name in ("encoder", "noise")}

    result = judged(PAIRING, code)
    assert result.ruling is Ruling.UPHELD, str(result)
    assert {v.dtype for v in result.verdicts if v.problems} == {"float32"}


@pytest.mark.parametrize(
    ("departures", "changed"),
    [
        ({"noise": "deviation"}, lambda fit: {"noise": fit["noise"] ** 0.5}),
        ({"noise": "deviation"}, lambda fit: {"noise": np.diag(fit["noise"] ** 0.5)}),
        ({"noise": "log-variance"}, lambda fit: {"noise": np.log(fit["noise"])}),
        ({"report": "bits"}, lambda fit: {n: fit[n] / log(2) for n in ("rate", "distortion")}),
    ],
)
def test_other_reports_are_identified_and_nobody_is_blamed(departures: Any, changed: Any) -> None:
    def code(x: Any, y: Any, xy: Any, beta: float) -> dict[str, Any]:
        fit = by_hand(x, y, xy, beta)
        return fit | changed(fit)

    result = tightframe.check(code, "vib", budget="quick")
    assert result.ruling is Ruling.IDENTIFIED, str(result)
    assert result.identification is not None
    assert result.identification.departures == departures
    assert tightframe.check(code, "vib", convention=departures, budget="quick").ok


@pytest.mark.parametrize("noise", ["covariance", "deviation", "log-variance"])
@pytest.mark.parametrize("report", ["nats", "nats-no-pi", "bits", "bits-no-pi"])
def test_a_coding_written_to_a_declared_convention_is_upheld(noise: str, report: str) -> None:
    contract = PAIRING.contract
    chosen = {"noise": noise, "report": report}
    if report != "nats":
        chosen |= {"lagrangian": "I_y - beta I_x", "cross": "yx"}
    convention = contract.convention(chosen)
    target = contract.written(in_closed_form, convention)

    def code(x: Any, y: Any, yx: Any, beta: float) -> Any:
        return target(x, y, yx, beta=beta)

    result = judged(PAIRING, code, convention=convention)
    assert result.ruling is Ruling.UPHELD, str(result)


def test_the_beta_of_the_deep_bottleneck_and_a_loss_without_its_constant_are_identified() -> None:
    def code(x: Any, y: Any, xy: Any, beta: float) -> dict[str, Any]:
        fit = by_hand(x, y, xy, 1 / beta)
        return fit | {"distortion": fit["distortion"] - 0.5 * len(y) * log(2 * pi)}

    result = tightframe.check(code, "vib", budget="quick")
    assert result.identification is not None, str(result)
    departures = {"lagrangian": "I_y - beta I_x", "report": "nats-no-pi"}
    assert result.identification.departures == departures


def test_a_factor_of_a_full_covariance_is_not_taken_for_the_covariance() -> None:
    def code(x: Any, y: Any, xy: Any, beta: float) -> dict[str, Any]:
        fit, L = by_hand(x, y, xy, beta), np.tril(np.full((len(x), len(x)), 0.7))
        return fit | {
            "encoder": L @ (fit["encoder"] / fit["noise"][:, None] ** 0.5), "noise": L,
        }  # fmt: skip

    assert judged(PAIRING, code, convention={"noise": "deviation"}).ruling is Ruling.UPHELD
    with pytest.raises(ContractError, match="scale_tril"):
        PAIRING.read(code(*tensors(TWO), 6.0), TWO, {})


def test_one_number_for_all_noise_and_more_units_than_coordinates_are_fine() -> None:
    def code(x: Any, y: Any, xy: Any, beta: float) -> dict[str, Any]:
        fit = by_lbfgs(x, y, xy, beta)
        idle = torch.zeros(2, len(x), dtype=x.dtype)
        return fit | {"encoder": 0.5 * torch.cat([fit["encoder"], idle]), "noise": 0.25}

    assert judged(PAIRING, code).ruling is Ruling.UPHELD


def test_a_run_that_is_not_at_the_optimum_and_does_not_say_so_is_neither() -> None:
    def code(x: Any, y: Any, xy: Any, beta: float) -> dict[str, Any]:
        return by_hand(x, y, xy, 1 + (beta - 1) / 2, converged=False)

    found = judged(PAIRING, code)
    assert found.ruling is Ruling.UPHELD
    open_ones = {v.claim: v.reason for v in found.verdicts if v.ruling is Ruling.INCONCLUSIVE}
    assert set(open_ones) == {"optimum", "curve", "price", "marginal", "decoder"}
    assert "it would be missed by" in open_ones["optimum"]


def test_numbers_that_are_not_reported_are_not_upheld() -> None:
    def code(x: Any, y: Any, xy: Any, beta: float) -> dict[str, Any]:
        return by_hand(x, y, xy, beta) | {"rate": None, "distortion": None}

    found = judged(PAIRING, code)
    assert found.ruling is Ruling.UPHELD
    open_ones = {v.claim: v.reason for v in found.verdicts if v.ruling is Ruling.INCONCLUSIVE}
    assert open_ones == {
        "rate": "the code reports no rate",
        "distortion": "the code reports no distortion",
        "floor": "the code reports no rate and no distortion",
        "marginal": "the code reports no rate",
        "decoder": "the code reports no distortion",
    }


def test_a_run_that_says_how_near_it_is_is_taken_at_its_word() -> None:
    def code(x: Any, y: Any, xy: Any, beta: float, tolerance: float = 1e-3) -> dict[str, Any]:
        fit = by_hand(x, y, xy, beta, tolerance=tolerance)
        return fit | {"encoder": 1.001 * fit["encoder"], "rate": None, "distortion": None}

    assert judged(PAIRING, code).ruling is Ruling.UPHELD
    hasty = judged(PAIRING, lambda x, y, xy, beta: code(x, y, xy, beta, 1e-9))
    assert rulings(hasty)["optimum"] is Ruling.VIOLATED


# -- what is refused ------------------------------------------------------------------------------


@pytest.mark.parametrize("beta", [0.0, -2.0, inf, float("nan")])
def test_a_beta_that_is_no_price_is_refused(beta: float) -> None:
    with pytest.raises(ContractError, match="a positive beta"):
        PAIRING.pose(Squeezed(*plain(0.5), beta), {})


def test_covariances_that_do_not_belong_together_are_refused() -> None:
    with pytest.raises(ContractError, match=r"eigenvalue -0\.5"):
        PAIRING.pose(Squeezed(((1.0,),), ((1.0,),), ((1.5,),), 2.0), {})


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"encoder": np.zeros((2, 3))}, r"encoder of shape \(k, 2\)"),
        ({"encoder": np.zeros((2, 1))}, "transpose it"),
        ({"encoder": np.zeros((0, 2))}, r"shape \(0, 2\)"),
        ({"encoder": None}, "encoder and noise, as numbers"),
        ({"noise": np.ones((64, 2))}, "leave out the batch"),
        ({"rate": np.zeros(2)}, "one number for the rate"),
        ({"loss": 0.0}, "also loss"),
    ],
)
def test_what_has_another_shape_or_name_is_refused(changed: Any, words: str) -> None:
    fit = by_hand(*tensors(TWO), 6.0, **changed)
    with pytest.raises(ContractError, match=words):
        PAIRING.contract.read(fit, PAIRING.pose(TWO, {}))


def test_a_pair_of_numbers_is_refused() -> None:
    result = tightframe.check(lambda cov_x, cov_y, cov_xy, beta: (0.0, 0.0), "vib")
    assert result.ruling is Ruling.REFUSED


# -- what condemns what ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "claims"),
    [
        ("rate averaged over the units", {"rate", "floor"}),
        ("decoded without noise", {"distortion", "floor"}),
        ("entropy of y left out", {"distortion"}),
        ("rate in bits", {"marginal"}),
        ("decoder of independent coordinates", {"decoder"}),
        ("one unit too few", {"optimum", "price"}),
        ("x not whitened", {"optimum", "curve"}),
        ("log-variance for the variance", {"positive"}),
        ("standard normal marginal, noise of one", {"marginal", "price"}),
    ],
)
def test_each_claim_condemns_what_it_is_there_for(name: str, claims: set[str]) -> None:
    assert claims <= set(condemning("vib", name))


def test_the_picture_has_every_run_on_the_curve_or_below() -> None:
    assert PAIRING.picture is not None
    squares = oracle(Squeezed(*((TWO[0], TWO[1], TWO[2])), 2.0)).squares
    assert len(squares) == 2
    series = PAIRING.picture().series
    curve, exact, sampled = series.values()
    levels = np.array([0.875, 0.625]) ** 2
    assert max(abs(y - frontier(levels, x)) for x, y in (*curve, *exact)) < 1e-9
    assert all(0 < frontier(levels, x) - y < 0.05 for x, y in sampled)
