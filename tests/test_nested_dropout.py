"""Nested dropout: its floor and its units by descent under several laws, and code that draws."""

import numpy as np
import pytest
import torch
from judged import condemning
from scipy.optimize import minimize

from tightframe.checks.judge import hold
from tightframe.checks.linear_autoencoder import PAIRING
from tightframe.checks.verdict import Ruling
from tightframe.implementations.linear_autoencoder import LINEAR_AUTOENCODER, in_closed_form
from tightframe.implementations.nested_dropout import (
    nested_by_adam,
    nested_by_lbfgs,
    ordered,
    truncated_errors,
)
from tightframe.implementations.nested_dropout_defects import (
    shrunk_when_evaluated,
    units_dropped_one_by_one,
)
from tightframe.theorems.bottleneck import oracle
from tightframe.theorems.covariance import Bottleneck, points
from tightframe.theorems.nested_dropout import of_units
from tightframe.theorems.truncations import (
    least_curvature,
    nested_excess,
    nested_floor,
    own_axes,
    truncated_losses,
)

PROBLEM = Bottleneck((64, 40, 24, 16, 8), (1, -1, 2, 1), (0, 0, 0, 0, 0), 3)
TRUTH = oracle(PROBLEM)
SIGMA, D, K = TRUTH.moments.moment, 5, 3
LAWS = {
    "uniform": (1 / 3, 1 / 3, 1 / 3), "halved at each unit": (4 / 7, 2 / 7, 1 / 7),
    "rarely short": (0.02, 0.08, 0.9),
}  # fmt: skip
NESTED = {"convention": {"penalty": "nested"}}


def of_masks(A, B, masks, chances):
    """The expected loss of a code that is multiplied by one of these masks, and its slopes."""
    value, slopes = 0.0, [np.zeros_like(A), np.zeros_like(B)]
    for mask, chance in zip(masks, chances, strict=True):
        R = (A * mask) @ B - np.eye(D)
        value += chance * np.sum((R @ SIGMA) * R)
        slopes[0] += 2 * chance * R @ SIGMA @ (B.T * mask)
        slopes[1] += 2 * chance * (A * mask).T @ R @ SIGMA
    return value, slopes


def descended(masks, chances):
    """The least of it that descent finds from some starts, and the units there."""

    def cost(flat):
        A, B = flat[: D * K].reshape(D, K), flat[D * K :].reshape(K, D)
        value, slopes = of_masks(A, B, masks, chances)
        return value, np.concatenate([s.ravel() for s in slopes])

    draw, options = np.random.default_rng(0), {"ftol": 0, "gtol": 1e-11, "maxiter": 4000}
    runs = [
        minimize(cost, draw.normal(size=2 * D * K), jac=True, method="L-BFGS-B", options=options)
        for _ in range(3)
    ]
    best = min(runs, key=lambda run: run.fun)
    return best.fun, best.x[: D * K].reshape(D, K), best.x[D * K :].reshape(K, D)


FIRST = [(np.arange(K) < b).astype(float) for b in (1, 2, 3)]


@pytest.mark.parametrize("law", LAWS.values(), ids=list(LAWS))
def test_descent_ends_at_the_floor_of_any_law_each_unit_on_its_own_axis(law):
    least, A, B = descended(FIRST, law)
    assert least == pytest.approx(nested_floor(TRUTH, K, law), rel=1e-11)
    for b in range(K):
        axis = TRUTH.moments.vectors[:, b]
        np.testing.assert_allclose(np.outer(A[:, b], B[b]), np.outer(axis, axis), atol=1e-5)


def test_the_mean_over_widths_is_that_of_masks_on_the_rows():
    draw = np.random.default_rng(0)
    A, B = draw.normal(size=(D, K)), draw.normal(size=(K, D))
    x = points(PROBLEM)
    by_hand = [((x - (x @ B.T * mask) @ A.T) ** 2).sum(axis=1).mean() for mask in FIRST]
    ours = truncated_errors(*map(torch.from_numpy, (x, B, A)))
    np.testing.assert_allclose(ours, by_hand, rtol=1e-13)
    np.testing.assert_allclose(
        truncated_losses(TRUTH, of_units(PROBLEM, A, B)), by_hand, rtol=1e-13
    )


def test_the_least_curvature_is_that_of_the_second_derivatives_at_the_minimum():
    U, size, step = TRUTH.moments.vectors[:, :K], 2 * D * K, 1e-4

    def slopes(flat):
        A, B = flat[: D * K].reshape(D, K), flat[D * K :].reshape(K, D)
        return np.concatenate([s.ravel() for s in of_masks(A, B, FIRST, (1 / 3,) * 3)[1]])

    at = np.concatenate([U.ravel(), U.T.ravel()])
    rows = [(slopes(at + e) - slopes(at - e)) / (2 * step) for e in step * np.eye(size)]
    curvatures = np.linalg.eigvalsh((np.array(rows) + np.array(rows).T) / 2) / 2
    assert np.sum(np.abs(curvatures) < 1e-6) == K  # the units' lengths, and nothing else, are free
    assert least_curvature(TRUTH, K) <= curvatures[K] * (1 + 1e-6)
    assert least_curvature(TRUTH, K) >= curvatures[K] / 3


@pytest.mark.parametrize("problem", PAIRING.family.design(), ids=str)
def test_the_closed_form_is_at_every_floor_and_a_turned_basis_is_not(problem):
    truth, found = oracle(problem), ordered(torch.from_numpy(points(problem)), problem.k)
    fit = PAIRING.read(found, problem, LINEAR_AUTOENCODER.canonical)
    assert abs(nested_excess(truth, fit)) < 1e-13 * truth.moments.size
    assert own_axes(problem, truth, fit) > -1e-13 * truth.moments.size


# -- what known errors are least at ---------------------------------------------------------------


def known(call):
    found = call(torch.from_numpy(points(PROBLEM)), K)
    return found["decoder"].numpy(), found["encoder"].numpy()


def test_units_divided_by_their_chance_in_training_are_least_where_the_defect_says():
    chances = np.array([1, 2 / 3, 1 / 3])
    divided = [mask / chances for mask in FIRST]
    least = descended(divided, (1 / 3,) * 3)[0]
    assert of_scaled(*known(shrunk_when_evaluated), divided) == pytest.approx(least, rel=1e-9)


def of_scaled(A, B, masks):
    return of_masks(A, B, masks, [1 / len(masks)] * len(masks))[0]


def test_dropout_of_single_units_is_least_where_the_defect_says():
    masks = [2.0 * np.array([n & 1, n >> 1 & 1, n >> 2]) for n in range(8)]
    least = descended(masks, (1 / 8,) * 8)[0]
    A, B = known(units_dropped_one_by_one)
    assert of_scaled(A, B, masks) == pytest.approx(least, rel=1e-9)
    shares = np.linalg.norm(A, axis=0) * np.sqrt(np.einsum("kd,de,ke->k", B, SIGMA, B))
    np.testing.assert_allclose(shares, shares.mean(), rtol=1e-12)


# -- code -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("train", [nested_by_lbfgs, nested_by_adam, ordered])
def test_code_trained_so_is_upheld_as_it_is_and_as_a_plain_autoencoder(train):
    found = hold(train, PAIRING, NESTED, budget="quick")
    assert found.ruling is Ruling.UPHELD
    binding = {"nested honesty", "nested floor"}
    if train is not nested_by_adam:  # which is still on its way
        binding |= {"reaches the nested floor", "each unit its own axis"}
    assert {v.claim for v in found.verdicts if v.problems} >= binding
    assert hold(train, PAIRING, {}, budget="quick").ruling is Ruling.UPHELD


@pytest.mark.parametrize(
    "axes", [{"reduction": "mean"}, {"centring": "no"}, {"reduction": "mean", "centring": "no"}]
)
def test_it_goes_with_the_other_axes(axes):
    convention = LINEAR_AUTOENCODER.convention({"penalty": "nested", **axes})
    code = LINEAR_AUTOENCODER.written(in_closed_form, convention)
    result = hold(code, PAIRING, {"convention": convention}, budget="quick")
    assert result.ruling is Ruling.UPHELD


def somebody_elses(x, k, *, law=None, steps=3000):
    """Gradient steps in NumPy on another law of the widths; it reports no nested loss."""
    rows = np.asarray(x) - np.asarray(x).mean(axis=0)
    S = rows.T @ rows / len(rows)
    d, scale, draw = len(S), float(np.trace(S)) or 1.0, np.random.default_rng(1)
    chances = 0.5 ** np.arange(1, k + 1) if law is None else np.asarray(law(k))
    reach = np.cumsum(chances[::-1])[::-1] / chances.sum()
    A, B = draw.normal(size=(d, k)) / 4, draw.normal(size=(k, d)) / 4
    for _ in range(steps):
        in_decoder, in_encoder = np.zeros_like(A), np.zeros_like(B)
        for b, chance in enumerate(chances / chances.sum(), 1):
            R = (A[:, :b] @ B[:b] - np.eye(d)) @ S / scale
            in_decoder[:, :b] += 2 * chance * R @ B[:b].T
            in_encoder[:b] += 2 * chance * A[:, :b].T @ R
        A, B = A - 0.3 * in_decoder / reach, B - 0.3 * in_encoder / reach[:, None]
    still = max(np.abs(in_decoder).max(), np.abs(in_encoder).max()) < 1e-9
    R = A @ B - np.eye(d)
    used = np.linalg.norm(A, axis=0).min() > 0.01  # or it is still, at a saddle
    return {"encoder": B, "decoder": A, "loss": np.sum((R @ S) * R), "converged": still and used}


def test_another_law_has_the_same_minimum_and_need_not_report_the_mean():
    found = hold(somebody_elses, PAIRING, NESTED, budget="quick")
    assert found.ruling is Ruling.UPHELD
    decided = {v.claim: v.problems for v in found.verdicts}
    assert decided["each unit its own axis"] >= 3


def test_a_law_that_leaves_a_width_out_is_condemned():
    def all_units(x, k):
        return somebody_elses(x, k, law=lambda k: [1e-300] * (k - 1) + [1.0])

    result = hold(all_units, PAIRING, NESTED, budget="quick")
    assert {v.claim for v in result.violations} == {
        "reaches the nested floor", "each unit its own axis"
    }  # fmt: skip


@pytest.mark.parametrize("told", [True, False])
def test_wrong_units_are_named_whether_or_not_the_mean_over_widths_is_told(told):
    def backwards(x, k):
        rows = torch.as_tensor(x) - torch.as_tensor(x).mean(dim=0)
        axes = -torch.linalg.svd(rows, full_matrices=False).Vh[:k].flip(0)
        losses = truncated_errors(rows, axes, axes.T)
        found = {"encoder": axes, "decoder": axes.T, "loss": losses[-1], "converged": True}
        return found | ({"nested_loss": losses.mean()} if told else {})

    assert hold(backwards, PAIRING, NESTED, budget="quick").diagnosis.name == "last units kept"


def test_a_nested_loss_below_its_floor_is_condemned_and_one_of_more_numbers_refused():
    def too_good(x, k):
        found = ordered(x, k)
        return found | {"nested_loss": 0.9 * found["nested_loss"]}

    claims = {v.claim for v in hold(too_good, PAIRING, NESTED, budget="quick").violations}
    assert claims == {"nested honesty", "nested floor"}

    def per_width(x, k):
        found = ordered(x, k)
        return found | {"nested_loss": torch.ones(k + 1)}

    refused = hold(per_width, PAIRING, NESTED, budget="quick")
    assert refused.ruling is Ruling.REFUSED
    assert "remedy:   return one number" in refused.reason


def test_errors_in_the_report_are_told_from_errors_in_the_units():
    assert condemning("linear-autoencoder", "no unit counted") == ["nested honesty"]
    assert "honesty" in condemning("linear-autoencoder", "nested loss as the loss")
    assert condemning("linear-autoencoder", "last units kept") == [
        "reaches the nested floor", "each unit its own axis"
    ]  # fmt: skip
