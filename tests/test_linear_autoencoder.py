"""Linear autoencoders: right code is upheld, wrong code is condemned and named, unfinished code is
neither."""

import re

import numpy as np
import pytest
import torch
from judged import condemning

from tightframe.checks.judge import hold
from tightframe.checks.linear_autoencoder import PAIRING, PICTURED, array, picture
from tightframe.checks.verdict import Ruling
from tightframe.implementations.autoencoder_training import by_adam, by_lbfgs, by_minibatches
from tightframe.implementations.linear_autoencoder import (
    LINEAR_AUTOENCODER,
    in_closed_form,
    penalised,
)
from tightframe.implementations.linear_autoencoder_defects import DEFECTS, smallest_kept
from tightframe.theorems.bottleneck import oracle

X = torch.tensor([[2.0, 0.0, 1.0], [-2.0, 0.0, -1.0], [0.0, 1.0, 0.0], [0.0, -1.0, 2.0]])


def judged(target, **how):
    return hold(target, PAIRING, how, budget="quick")


def by_hand(x, k, **changed):
    """Somebody else's code, in NumPy, with a bias."""
    rows = np.asarray(x)
    mean = rows.mean(axis=0)
    axes = np.linalg.svd(rows - mean, full_matrices=False)[2][:k]
    error = (((rows - mean) - (rows - mean) @ axes.T @ axes) ** 2).sum(axis=1).mean()
    found = {"encoder": axes, "decoder": axes.T, "loss": error, "converged": True}
    return found | {"bias": mean - axes.T @ (axes @ mean)} | changed


# -- right code -----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", LINEAR_AUTOENCODER.references)
def test_each_reference_upholds_all_claims(name):
    result = judged(LINEAR_AUTOENCODER.references[name])
    assert result.ruling is Ruling.UPHELD
    assert {v.ruling for v in result.verdicts} <= {
        Ruling.UPHELD, Ruling.INCONCLUSIVE, Ruling.NOT_APPLICABLE
    }  # fmt: skip
    assert max(v.used or 0 for v in result.verdicts) < 0.25


def test_code_in_numpy_with_a_bias_is_upheld():
    assert judged(by_hand).ruling is Ruling.UPHELD


def test_single_precision_is_judged_by_its_own_rounding():
    def in_float32(x, k):
        return in_closed_form(x.float(), k)

    result = judged(in_float32)
    assert result.ruling is Ruling.UPHELD
    assert {v.dtype for v in result.verdicts if v.problems} == {"float32"}


@pytest.mark.parametrize("axis", ["reduction=mean", "centring=no", "penalty=L2", "penalty=noise"])
def test_another_convention_is_upheld_if_declared_and_named_if_not(axis):
    name, option = axis.split("=")
    convention = LINEAR_AUTOENCODER.convention({name: option})
    code = LINEAR_AUTOENCODER.written(in_closed_form, convention)
    assert judged(code, convention={name: option}).ruling is Ruling.UPHELD
    found = judged(code)
    assert found.ruling is Ruling.IDENTIFIED
    assert found.identification.departures == {name: option}


def test_any_basis_of_the_code_is_right():
    def mixed(x, k):
        fit = in_closed_form(x, k)
        C = torch.eye(k, dtype=x.dtype) + torch.ones(k, k, dtype=x.dtype) / 2
        return fit | {
            "encoder": C @ fit["encoder"], "decoder": fit["decoder"] @ torch.linalg.inv(C)
        }  # fmt: skip

    assert judged(mixed).ruling is Ruling.UPHELD


# -- wrong code -----------------------------------------------------------------------------------


def test_each_claim_condemns_something():
    condemned = {
        claim
        for defect in LINEAR_AUTOENCODER.defects
        for claim in condemning("linear-autoencoder", defect.name)
    } | {"nested floor"}  # condemned in test_nested_dropout: it takes a false report

    def unbalanced(x, k):
        fit = penalised(x, k)
        return fit | {"encoder": 2 * fit["encoder"], "decoder": fit["decoder"] / 2}

    for code, penalty in ((smallest_kept, "L2"), (unbalanced, "L2"), (smallest_kept, "noise")):
        declared = judged(code, convention={"penalty": penalty})
        condemned |= {v.claim for v in declared.violations}
    assert condemned == {claim.name for claim in PAIRING.family.claims}


def test_weight_decay_that_nobody_declared_is_named():
    defect = next(d for d in DEFECTS if d.name == "weight decay left on")
    found = judged(defect.call)
    assert found.ruling is Ruling.IDENTIFIED
    assert found.identification.departures == {"penalty": "L2"}


def test_a_loss_that_is_not_a_number_is_a_violation():
    def not_a_number(x, k):
        return by_hand(x, k, loss=float("nan"))

    def not_a_map(x, k):
        return by_hand(x, k, decoder=np.full((x.shape[1], k), np.nan))

    assert judged(not_a_number).ruling is Ruling.VIOLATED
    assert judged(not_a_map).ruling is Ruling.VIOLATED


@pytest.mark.parametrize("size", [1e30, 1e200, float("inf")])
def test_a_run_that_diverged_is_judged_and_does_not_break_the_judge(size):
    def diverged(x, k):
        return by_hand(x, k, encoder=np.full((k, x.shape[1]), size), converged=False)

    assert judged(diverged).ruling is Ruling.VIOLATED


# -- unfinished code ------------------------------------------------------------------------------


def test_an_unfinished_run_is_not_a_violation():
    def too_short(x, k):
        return by_adam(x, k, steps=5)

    result = judged(too_short)
    rulings = {v.claim: v.ruling for v in result.verdicts}
    assert result.ruling is Ruling.UPHELD
    assert rulings["reaches the floor"] is Ruling.INCONCLUSIVE
    assert rulings["floor"] is Ruling.UPHELD


def test_a_tolerance_is_allowed_for_where_the_slope_is_reported():
    def stopped_early(x, k):
        return by_lbfgs(x, k, steps=12) | {"converged": True}

    def and_says_nothing(x, k):
        return {name: v for name, v in stopped_early(x, k).items() if name != "slope"}

    silent = {v.claim: v.ruling for v in judged(and_says_nothing).verdicts}
    assert silent["reaches the floor"] is Ruling.VIOLATED
    open_ = {v.claim: v.ruling for v in judged(stopped_early).verdicts}
    assert open_["reaches the floor"] is not Ruling.VIOLATED


# -- the contract ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "message"),
    [
        (lambda x, k: x, r"expected: a dict with the keys encoder, decoder, loss, converged"),
        (lambda x, k: {"encoder": x}, r"received: a dict with keys encoder"),
        (
            lambda x, k: by_hand(x, k, encoder=np.zeros((x.shape[1], k))),
            r"remedy:   transpose it: x_hat = decoder @ \(encoder @ x\)",
        ),
        (lambda x, k: by_hand(x, k, loss=np.zeros(3)), r"remedy:   return one number"),
        (lambda x, k: by_hand(x, k, bias=np.zeros(k)), r"the offset of the whole map"),
    ],
)  # fmt: skip
def test_code_that_does_not_speak_the_contract_is_told_how_to(code, message):
    result = judged(code)
    assert result.ruling is Ruling.REFUSED
    assert re.search(message, result.reason)


def test_a_bias_where_none_was_declared_is_refused():
    result = judged(by_hand, convention={"centring": "no"})
    assert result.ruling is Ruling.REFUSED
    assert "declare centring=yes" in result.reason


# -- training -------------------------------------------------------------------------------------


def planted(n, d, k):
    """Rows (n, d) with k large variances and a floor that is known beforehand."""
    draw = torch.Generator().manual_seed(0)
    noise = torch.randn(n, d, generator=draw, dtype=torch.float64)
    U, _, V = torch.linalg.svd(noise - noise.mean(dim=0), full_matrices=False)
    variances = torch.cat([torch.linspace(8, 4, k), torch.linspace(2, 0.1, d - k)]).double()
    return n**0.5 * (U * variances.sqrt()) @ V, float(variances[k:].sum())


def test_two_hundred_dimensions_are_learnt_to_the_last_digits_of_the_floor():
    x, floor = planted(400, 200, 10)
    fit = by_lbfgs(x, 10)
    assert abs(fit["loss"] - floor) <= 5e-15 * floor
    assert fit["converged"]


def test_the_gradient_steps_bring_the_projector_where_losses_cannot():
    """Losses say nothing of the map below the square root of the rounding unit."""
    problem = PICTURED._replace(k=3)
    x = torch.from_numpy(PAIRING.pose(problem, {}).inputs[0])
    fit = by_lbfgs(x, 3)
    product = array(fit["decoder"]) @ array(fit["encoder"])
    assert np.linalg.norm(product - oracle(problem).projector) < np.sqrt(2.0**-53) / 2


@pytest.mark.parametrize("train", [by_lbfgs, by_adam, by_minibatches])
def test_training_repeats_itself_and_leaves_the_world_alone(train):
    threads, state = torch.get_num_threads(), torch.get_rng_state()
    torch.set_num_threads(2)
    try:
        first, second = train(X, 2), train(X, 2)
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(threads)
    assert torch.equal(first["decoder"], second["decoder"])
    assert first["loss"] == second["loss"]
    assert torch.equal(torch.get_rng_state(), state)


def test_constant_data_are_learnt_at_once():
    fit = by_adam(torch.ones(4, 3), 1)
    assert fit["loss"] == 0.0
    assert torch.isfinite(fit["decoder"]).all()


def test_the_picture_shows_training_at_or_above_the_floor():
    series = dict(picture().series)
    floor = dict(series.pop("floor"))
    assert sorted(floor.values(), reverse=True) == list(floor.values())
    assert set(series) == {"L-BFGS, float64", "Adam, float32", "minibatches, float32"}
    for points in series.values():
        assert all(loss >= floor[k] * (1 - 1e-5) for k, loss in points)
    assert all(loss == pytest.approx(floor[k]) for k, loss in series["L-BFGS, float64"])
