"""scikit-learn's PCA is PCA; its TruncatedSVD is the variant about zero, and is told so."""

from __future__ import annotations

from typing import Any

import mpmath
import pytest
from sklearn.decomposition import PCA, IncrementalPCA, TruncatedSVD
from thirdparty.exact import fifty_digits
from thirdparty.subjects import judged

from tightframe.theorems.covariance import Bottleneck, points

pytestmark = pytest.mark.thirdparty

MAP = {"k": "n_components"}


def test_the_class_is_upheld_and_says_that_it_claims_no_optimum() -> None:
    result = judged(PCA, "pca", map=MAP)
    assert (result.ruling.value, result.ok) == ("upheld", True)
    assert (result.counts.ran, result.counts.not_run) == (3, 4)


@pytest.mark.parametrize("solver", ["auto", "full", "covariance_eigh"])
def test_an_exact_solver_reaches_the_optimum(solver: str) -> None:
    result = judged(
        PCA, "pca", map=MAP, extras={"svd_solver": solver}, convention={"exactness": "yes"}
    )
    assert (result.ruling.value, result.counts.not_run) == ("upheld", 0)


@pytest.mark.parametrize("target", [PCA(), PCA(svd_solver="randomized"), IncrementalPCA()])
def test_an_object_is_given_k_and_upheld(target: Any) -> None:
    assert judged(target, "pca").ruling.value == "upheld"


def test_truncated_svd_is_identified_as_the_variant_about_zero() -> None:
    result = judged(TruncatedSVD, "pca", map=MAP)
    assert (result.ruling.value, result.ok) == ("identified", False)
    assert result.identification.departures == {"centring": "no"}
    assert result.identification.sentence == (
        "behaves as principal component analysis with centring=no (about zero: a truncated "
        "singular value decomposition); correct if that is what you meant"
    )


def test_truncated_svd_declared_about_zero_is_upheld() -> None:
    assert judged(TruncatedSVD, "pca", map=MAP, convention={"centring": "no"}).ok


def test_truncated_svd_declared_exact_about_zero_reaches_the_optimum() -> None:
    result = judged(
        TruncatedSVD, "pca", map=MAP, extras={"algorithm": "arpack"},
        convention={"centring": "no", "exactness": "yes"},
    )  # fmt: skip
    assert (result.ruling.value, result.counts.not_run) == ("upheld", 0)


def test_truncated_svd_declared_exact_about_the_mean_is_violated_and_named() -> None:
    result = judged(
        TruncatedSVD, "pca", map=MAP, extras={"algorithm": "arpack"},
        convention={"centring": "yes", "exactness": "yes"},
    )  # fmt: skip
    assert (result.ruling.value, result.diagnosis.name) == ("violated", "not centred")
    (verdict,) = (v for v in result.violations if v.claim == "reaches the ceiling")
    missed = missed_variance(verdict.evidence.problem)
    assert missed > verdict.evidence.noise
    assert abs(missed + verdict.evidence.slack) <= verdict.evidence.noise


@fifty_digits
def missed_variance(problem: dict[str, Any]) -> Any:
    """By how much less than the top k eigenvalues of the covariance the top k right singular
    vectors of the uncentred data explain."""
    given = {k: tuple(v) if isinstance(v, list) else v for k, v in problem.items()}
    rows = mpmath.matrix(points(Bottleneck(**given)).tolist())
    moment = rows.T * rows / rows.rows
    mean = mpmath.matrix([[mpmath.fsum(rows.column(j)) / rows.rows for j in range(rows.cols)]])
    covariance = moment - mean.T * mean
    _, about_zero = mpmath.eigsy(moment)
    best, _ = mpmath.eigsy(covariance)
    k, d = problem["k"], rows.cols
    directions = about_zero[:, d - k : d]
    explained = directions.T * covariance * directions
    return mpmath.fsum(best[d - k : d]) - mpmath.fsum(explained[i, i] for i in range(k))
