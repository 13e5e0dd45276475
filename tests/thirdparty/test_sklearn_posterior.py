"""scikit-learn's posteriors of Gaussian classes are Bayes' rule, set by hand or fitted."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from posteriors import posterior_by_hand
from sklearn.discriminant_analysis import (
    LinearDiscriminantAnalysis,
    QuadraticDiscriminantAnalysis,
)
from sklearn.mixture import GaussianMixture
from sklearn.mixture._gaussian_mixture import _compute_precision_cholesky
from sklearn.naive_bayes import GaussianNB
from thirdparty.exact import shown
from thirdparty.subjects import judged

from tightframe.theorems.posterior import Observed

pytestmark = pytest.mark.thirdparty


def mixture(kind: str, means: Any, covariance: Any, priors: Any) -> GaussianMixture:
    """With its parameters set, as if it had been fitted; `covariance` in the kind's own shape."""
    model = GaussianMixture(len(means), covariance_type=kind)
    model.weights_, model.means_, model.covariances_ = priors, means, covariance
    model.precisions_cholesky_ = _compute_precision_cholesky(covariance, kind)
    return model


def of_tied(t: Any, means: Any, covariance: Any, priors: Any) -> Any:
    model = mixture("tied", *map(np.asarray, (means, covariance, priors)))
    return model.predict_proba(np.asarray(t))


def of_full(t: Any, means: Any, covariance: Any, priors: Any) -> Any:
    """The same covariance for each class, given class by class."""
    means, covariance, priors = map(np.asarray, (means, covariance, priors))
    model = mixture("full", means, np.stack([covariance] * len(means)), priors)
    return model.predict_proba(np.asarray(t))


def of_diagonal(t: Any, means: Any, covariance: Any, priors: Any) -> Any:
    means, covariance, priors = map(np.asarray, (means, covariance, priors))
    model = mixture("diag", means, np.stack([np.diag(covariance)] * len(means)), priors)
    return model.predict_proba(np.asarray(t))


def data(means: Any, covariance: Any) -> tuple[np.ndarray, np.ndarray]:
    """Points whose mean and covariance (1/n) within each class are exact: the ends of its axes."""
    means, covariance = np.asarray(means, float), np.asarray(covariance, float)
    axes = np.linalg.cholesky(covariance).T * np.sqrt(len(covariance))
    x = np.concatenate([mean + sign * axes for mean in means for sign in (1, -1)])
    return x, np.repeat(np.arange(len(means)), 2 * len(covariance))


def fitted(estimator: Any) -> Any:
    def answer(t: Any, means: Any, covariance: Any, priors: Any) -> Any:
        model = estimator.set_params(priors=np.asarray(priors, float))
        return model.fit(*data(means, covariance)).predict_proba(np.asarray(t))

    answer.__qualname__ = repr(estimator)
    return answer


@pytest.mark.parametrize("code", [of_tied, of_full])
def test_a_gaussian_mixture_with_its_parameters_set_is_upheld(code: Any) -> None:
    result = judged(code, "posterior")
    assert (result.ruling.value, result.ok) == ("upheld", True), str(result)
    assert (result.counts.ran, result.counts.not_applicable) == (8, 1)


@pytest.mark.parametrize(
    "estimator",
    [
        *(LinearDiscriminantAnalysis(solver=solver) for solver in ("svd", "lsqr", "eigen")),
        QuadraticDiscriminantAnalysis(tol=0.0),
    ],
    ids=repr,
)
def test_discriminant_analysis_fitted_to_exact_moments_is_upheld(estimator: Any) -> None:
    result = judged(fitted(estimator), "posterior")
    assert (result.ruling.value, result.ok) == ("upheld", True), str(result)


def test_an_absolute_tolerance_refuses_small_units_of_measurement() -> None:
    """The default takes a variance of 1e-5 for a rank that is missing, whatever the units."""
    result = judged(fitted(QuadraticDiscriminantAnalysis()), "posterior", budget="quick")
    (verdict,) = (v for v in result.verdicts if v.claim == "range")
    assert (result.ruling.value, verdict.ruling.value) == ("crashed", "crashed")
    assert "is not full rank" in verdict.reason


@pytest.mark.parametrize("code", [of_diagonal, fitted(GaussianNB(var_smoothing=0.0))])
def test_coordinates_taken_apart_are_named_and_off_by_what_they_leave_out(code: Any) -> None:
    result = judged(code, "posterior", budget="quick")
    assert (result.ruling.value, result.diagnosis.name) == ("violated", "coordinates taken apart")
    shrunk, ours, theirs, noise = shown(result, "value")
    assert noise < 1e-9
    problem = Observed(**shrunk)
    apart = problem._replace(covariance=np.diag(np.diag(problem.covariance)))
    for numbers, known in ((ours, problem), (theirs, apart)):
        pairs = zip(numbers, posterior_by_hand(known, "probabilities"), strict=True)
        assert max(abs(a - b) for a, b in pairs) <= 1e-8  # the report shows nine digits


def test_the_logarithms_of_a_mixture_are_told_that_they_carry_no_gradient() -> None:
    def logarithms(t: Any, means: Any, covariance: Any, priors: Any) -> Any:
        model = mixture("tied", *map(np.asarray, (means, covariance, priors)))
        return model._estimate_log_prob_resp(np.asarray(t))[1]

    result = judged(logarithms, "posterior", convention={"returns": "log-probabilities"})
    refused = [v.claim for v in result.verdicts if v.ruling.value == "refused"]
    assert (result.ruling.value, refused) == ("refused", ["gradient"]), str(result)
