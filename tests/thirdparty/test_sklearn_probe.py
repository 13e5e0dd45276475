"""scikit-learn's linear classifiers are linear probes; its discriminants are Fisher's; and what is
not linear is told."""

from __future__ import annotations

from typing import Any

import pytest
from sklearn.discriminant_analysis import (
    LinearDiscriminantAnalysis,
    QuadraticDiscriminantAnalysis,
)
from sklearn.linear_model import LogisticRegression, Perceptron, RidgeClassifier, SGDClassifier
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import Normalizer, StandardScaler
from sklearn.svm import SVC, LinearSVC
from thirdparty.subjects import judged

import tightframe as tf

pytestmark = pytest.mark.thirdparty

LDA = {"algorithm": "lda"}
CONVERGED = {"algorithm": "converged"}


@pytest.mark.parametrize("solver", ["svd", "lsqr", "eigen"])
def test_discriminants_are_fishers_whichever_solver_finds_them(solver: str) -> None:
    result = judged(LinearDiscriminantAnalysis(solver=solver), "linear-probe", convention=LDA)
    assert result.ruling.value == "upheld"


@pytest.mark.parametrize("budget", ["quick", "thorough"])
def test_scaling_the_features_first_makes_no_difference(budget: str) -> None:
    pipeline = make_pipeline(StandardScaler(), LinearDiscriminantAnalysis())
    result = tf.check(pipeline, "linear-probe", convention=LDA, budget=budget)
    assert result.ruling.value == "upheld"


@pytest.mark.parametrize(
    "estimator",
    [
        LogisticRegression(), RidgeClassifier(), LinearSVC(), SVC(kernel="linear"),
        make_pipeline(StandardScaler(), LogisticRegression(penalty=None)),
    ],
    ids=lambda e: type(e).__name__,
)  # fmt: skip
def test_convex_losses_that_have_converged_have_their_means_on_the_right_sides(
    estimator: Any,
) -> None:
    result = tf.check(estimator, "linear-probe", convention=CONVERGED, budget="quick")
    assert result.ruling.value == "upheld"


@pytest.mark.parametrize(
    "estimator",
    [Perceptron(), SGDClassifier(max_iter=1, tol=None), SGDClassifier(), LinearSVC()],
    ids=["perceptron", "one epoch", "many", "support vectors"],
)
def test_whatever_is_linear_is_upheld_trained_to_the_end_or_not(estimator: Any) -> None:
    result = tf.check(estimator, "linear-probe", budget="quick")
    assert result.ruling.value == "upheld"


def test_rows_of_length_one_are_declared_where_features_are_normalised() -> None:
    pipeline = make_pipeline(Normalizer(), LinearDiscriminantAnalysis(solver="lsqr"))
    convention = {**LDA, "features": "unit-rows"}
    result = tf.check(pipeline, "linear-probe", convention=convention, budget="quick")
    assert result.ruling.value == "upheld"


@pytest.mark.parametrize(
    "estimator",
    [KNeighborsClassifier(3), QuadraticDiscriminantAnalysis(), GaussianNB(), SVC()],
    ids=lambda e: type(e).__name__,
)
def test_what_is_not_linear_is_told(estimator: Any) -> None:
    result = tf.check(estimator, "linear-probe", budget="quick")
    assert [v.claim for v in result.violations] == ["convex regions"]


def test_shrunk_covariances_are_another_rule() -> None:
    shrunk = LinearDiscriminantAnalysis(solver="lsqr", shrinkage=0.5)
    result = tf.check(shrunk, "linear-probe", convention=LDA, budget="quick")
    assert [v.claim for v in result.violations] == ["discriminant"]
