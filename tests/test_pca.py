"""Principal component analysis: functions, estimators and classes; exact algorithms and others."""

import re

import numpy as np
import pytest
import torch
from judged import condemning

from tightframe.checks.judge import hold
from tightframe.checks.pca import PAIRING
from tightframe.checks.verdict import Ruling
from tightframe.implementations.pca import uncentred
from tightframe.implementations.pca_defects import DEFECTS, not_centred
from tightframe.implementations.singular_vectors import by_covariance, by_singular_values
from tightframe.theorems.principal_components import Axes, excess

EXACT = {"exactness": "yes"}


def judged(target, **how):
    return hold(target, PAIRING, how, budget="quick")


def rulings(result):
    return {v.claim: v.ruling for v in result.verdicts}


class Estimator:
    """With the habits of scikit-learn's, and NumPy only."""

    def __init__(self, n_components=2):
        self.n_components = n_components

    def fit(self, x):
        assert isinstance(x, np.ndarray)
        self.mean_ = x.mean(axis=0)
        self.components_ = np.linalg.svd(x - self.mean_)[2][: self.n_components]
        return self


class AboutZero(Estimator):
    def fit(self, x):
        self.components_ = np.linalg.svd(x)[2][: self.n_components]
        return self


class WithAWrongMean(Estimator):
    def fit(self, x):
        super().fit(x)
        self.mean_ = np.median(x, axis=0) + 1
        return self


def randomised(x, k):
    """One power iteration from a random start: orthonormal, and not the optimum."""
    draw = torch.Generator().manual_seed(0)
    rows = x - x.mean(dim=0)
    start = torch.randn(x.shape[1], k, generator=draw, dtype=x.dtype)
    return torch.linalg.qr(rows.T @ (rows @ start)).Q.T


def test_single_precision_is_judged_by_its_own_rounding():
    def in_float32(x, k):
        return by_covariance(x.float(), k)

    result = judged(in_float32, convention=EXACT)
    assert set(rulings(result).values()) == {Ruling.UPHELD}
    assert {v.dtype for v in result.verdicts} == {"float32"}


def test_an_estimator_is_fitted_and_read():
    assert judged(Estimator(), convention=EXACT).ruling is Ruling.UPHELD


def test_a_class_is_built_with_its_own_name_for_k():
    result = judged(Estimator, map={"k": "n_components"}, convention=EXACT)
    assert set(rulings(result).values()) == {Ruling.UPHELD}


def test_a_number_of_components_that_is_fixed_inside_may_be_declared():
    def always_three(x):
        rows = np.asarray(x)
        return np.linalg.svd(rows - rows.mean(axis=0))[2][:3]

    assert judged(always_three, convention=EXACT, fixed={"k": 3}).ruling is Ruling.UPHELD
    found = judged(Estimator, convention=EXACT, map={"k": "n_components"}, fixed={"k": 2})
    assert found.ruling is Ruling.UPHELD


def test_an_estimator_handed_over_is_not_changed():
    mine = Estimator(n_components=7)
    judged(mine)
    assert vars(mine) == {"n_components": 7}


def test_a_wrong_mean_is_a_violation_whatever_the_algorithm():
    result = judged(WithAWrongMean())
    assert [v.claim for v in result.violations] == ["mean"]


def test_without_exactness_the_optimum_is_not_judged():
    result = judged(randomised)
    assert result.ruling is Ruling.UPHELD
    assert rulings(result)["reaches the ceiling"] is Ruling.INCONCLUSIVE
    assert judged(randomised, convention=EXACT).ruling is Ruling.VIOLATED


def test_about_zero_is_the_uncentred_variant_by_name():
    declared = judged(AboutZero(), convention=EXACT | {"centring": "no"})
    assert declared.ruling is Ruling.UPHELD
    found = judged(AboutZero(), convention=EXACT)
    assert found.ruling is Ruling.IDENTIFIED
    assert found.identification.departures == {"centring": "no"}
    assert judged(not_centred, convention=EXACT | {"centring": "yes"}).ruling is Ruling.VIOLATED


def test_columns_are_a_convention():
    def in_columns(x, k):
        return by_singular_values(x, k).T

    assert judged(in_columns, convention={"components": "columns"}).ruling is Ruling.UPHELD
    found = judged(in_columns)
    assert found.identification.departures == {"components": "columns"}


def test_signs_and_the_basis_inside_a_tie_are_free():
    def turned(x, k):
        axes = -by_covariance(x, k)
        variances = ((x - x.mean(dim=0)) @ axes.T).var(dim=0)
        if k == 2 and torch.isclose(variances[0], variances[1], rtol=1e-12):
            axes = torch.stack([3 * axes[0] + 4 * axes[1], 4 * axes[0] - 3 * axes[1]]) / 5
        return axes

    assert judged(turned, convention=EXACT).ruling is Ruling.UPHELD


def test_each_claim_condemns_something():
    condemned = {claim for defect in DEFECTS for claim in condemning("pca", defect.name)}
    assert condemned == {claim.name for claim in PAIRING.family.claims}


@pytest.mark.parametrize(
    ("code", "message"),
    [
        (lambda x, k: (x, k, x), r"received: a tuple of 3\n.*torch.pca_lowrank\(x, k\)\[2\]"),
        (lambda x, k: x, r"map=\{\"k\": \"n_components\"\}"),
        (lambda x, k: {"axes": x}, r"received: a dict with keys axes"),
        (
            lambda x, k: {"components": by_covariance(x, k), "mean": x.mean()},
            r"expected: a mean of shape \(2,\)",
        ),
    ],
)
def test_code_that_does_not_speak_the_contract_is_told_how_to(code, message):
    result = judged(code)
    assert result.ruling is Ruling.REFUSED
    assert re.search(message, result.reason)


def test_an_estimator_without_components_is_refused():
    class Other:
        def fit(self, x):
            return self

    result = judged(Other())
    assert result.ruling is Ruling.REFUSED
    assert "read" in result.reason


def test_the_excess_of_a_subspace_is_what_it_loses():
    problem = PAIRING.family.design()[2]
    truth = PAIRING.family.oracle(problem)
    vectors, values = truth.moments.vectors, truth.moments.values
    best = Axes(vectors[:, :2].T, None, False)
    worse = Axes(vectors[:, [0, 2]].T, None, False)
    assert abs(excess(truth, best)) < 1e-14
    assert excess(truth, worse) == pytest.approx(values[1] - values[2])
    assert torch.equal(uncentred(torch.eye(2), 1).abs().sum(), torch.tensor(1.0))
