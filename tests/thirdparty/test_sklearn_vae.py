"""scikit-learn's probabilistic PCA is a linear VAE in closed form, but for the divisor n - 1."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sklearn.decomposition import PCA, FactorAnalysis
from thirdparty.subjects import judged

from tightframe.theorems.linear_vae import oracle
from tightframe.theorems.linear_vae_problems import design, rows_of

pytestmark = pytest.mark.thirdparty


def vae_of(model: PCA, rows: np.ndarray) -> dict[str, Any]:
    """The decoder, its posterior, and scikit-learn's own likelihood of the rows."""
    variances, noise = model.explained_variance_, model.noise_variance_
    decoder = model.components_.T * np.sqrt(np.maximum(variances - noise, 0))
    return {
        "decoder": decoder, "encoder": (decoder / variances).T, "variance": noise / variances,
        "decoder_bias": model.mean_, "sigma2": noise, "elbo": model.score(rows), "converged": True,
    }  # fmt: skip


def as_it_is(x: Any, k: int) -> dict[str, Any]:
    rows = np.asarray(x)
    return vae_of(PCA(k, svd_solver="full").fit(rows), rows)


def over_n(x: Any, k: int) -> dict[str, Any]:
    """Fitted to rows that are shorter, so that its covariance over n - 1 is the one over n."""
    rows = np.asarray(x)
    mean, n = rows.mean(axis=0), len(rows)
    shorter = (rows - mean) * np.sqrt((n - 1) / n)
    fit = vae_of(PCA(k, svd_solver="full").fit(shorter), rows - mean)
    return fit | {"decoder_bias": mean}


def test_over_n_it_reaches_every_optimum() -> None:
    result = judged(over_n, "vae", budget="quick")
    assert (result.ruling.value, result.counts.not_run) == ("upheld", 0)


def test_as_it_is_it_misses_the_maximum_and_is_told_why() -> None:
    result = judged(as_it_is, "vae", budget="quick")
    assert (result.ruling.value, result.diagnosis.name) == ("violated", "covariance over n - 1")
    assert {"likelihood", "noise"} <= {v.claim for v in result.violations}
    assert "honesty" not in {v.claim for v in result.violations}


@pytest.mark.parametrize("problem", design(), ids=str)
def test_the_likelihood_is_the_one_that_scikit_learn_computes(problem: Any) -> None:
    found = over_n(rows_of(problem), problem.k)
    source = oracle(problem)
    assert found["elbo"] == pytest.approx(source.likelihood, rel=1e-10, abs=1e-10)
    assert found["sigma2"] == pytest.approx(source.noise, rel=1e-12)


def test_factor_analysis_whose_noise_differs_by_feature_is_at_least_as_likely() -> None:
    for problem in design()[2:6]:
        rows = rows_of(problem)
        model = FactorAnalysis(problem.k, tol=1e-12, max_iter=5000, svd_method="lapack").fit(rows)
        assert model.score(rows) >= oracle(problem).likelihood - 1e-6
