"""scikit-learn's dictionary learning: its objective, conventions, and who reaches an optimum."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import pytest
from sklearn.decomposition import (
    DictionaryLearning,
    MiniBatchDictionaryLearning,
    SparseCoder,
    sparse_encode,
)
from thirdparty.subjects import judged

import tightframe as tf

pytestmark = pytest.mark.thirdparty

GIVEN = {"learns": "codes"}


def objective(x: Any, atoms: Any, codes: Any, penalty: float) -> float:
    """As the documentation of `DictionaryLearning` has it, averaged over rows."""
    error = ((np.asarray(x) - codes @ atoms) ** 2).sum(axis=1) / 2
    return float((error + penalty * np.abs(codes).sum(axis=1)).mean())


def report(x: Any, atoms: Any, codes: Any, penalty: float, **said: Any) -> dict[str, Any]:
    loss = objective(x, atoms, codes, penalty)
    return {"dictionary": atoms.T, "codes": codes, "loss": loss} | said


def checked(target: Any, **how: Any) -> Any:
    return tf.check(target, "dictionary", budget="quick", **how)


# -- learning -------------------------------------------------------------------------------------


def as_it_is(x: Any, k: int, penalty: float) -> dict[str, Any]:
    """Atoms in rows, and the last of the costs that the estimator keeps: a sum over rows."""
    model = DictionaryLearning(n_components=k, alpha=penalty, max_iter=50, random_state=0)
    codes = model.fit_transform(np.asarray(x))
    return {"dictionary": model.components_, "codes": codes, "loss": model.error_[-1]}


def test_its_conventions_are_identified_and_upheld_if_declared() -> None:
    found = checked(as_it_is)
    assert (found.ruling.value, found.ok) == ("identified", False)
    assert found.identification.departures == {"atoms": "rows", "batch": "sum"}
    declared = checked(as_it_is, convention=found.identification.departures)
    assert (declared.ruling.value, declared.counts.not_run) == ("upheld", 2)


def test_its_loss_taken_for_a_mean_is_violated() -> None:
    result = checked(as_it_is, convention={"atoms": "rows", "batch": "mean"})
    assert "honesty" in {v.claim for v in result.violations}


def encoded(x: Any, k: int, penalty: float, algorithm: str, **said: Any) -> dict[str, Any]:
    """The dictionary learnt, and codes by another algorithm of its own."""
    rows = np.asarray(x)
    model = DictionaryLearning(
        n_components=k, alpha=penalty, random_state=0, max_iter=50,
        transform_algorithm=algorithm, transform_max_iter=100_000,
    ).fit(rows)  # fmt: skip
    return report(rows, model.components_, model.transform(rows), penalty, **said)


@pytest.mark.parametrize("algorithm", ["lasso_lars", "lasso_cd", "omp", "lars", "threshold"])
def test_no_algorithm_that_claims_no_optimum_is_condemned(algorithm: str) -> None:
    result = checked(partial(encoded, algorithm=algorithm))
    assert (result.ruling.value, result.counts.not_run) == ("upheld", 2)


def test_its_learning_stops_within_a_twentieth_of_its_conditions() -> None:
    assert (
        checked(
            partial(encoded, algorithm="lasso_lars", converged=True, tolerance=0.05)
        ).ruling.value
        == "upheld"
    )


def test_minibatches_are_upheld_and_claim_no_optimum() -> None:
    def learn(x: Any, k: int, penalty: float) -> dict[str, Any]:
        model = MiniBatchDictionaryLearning(
            n_components=k, alpha=penalty, random_state=0, max_iter=20,
            transform_algorithm="lasso_lars",
        )  # fmt: skip
        codes = model.fit_transform(np.asarray(x))
        return report(x, model.components_, codes, penalty)

    result = checked(learn)
    assert (result.ruling.value, result.counts.not_run) == ("upheld", 2)


@pytest.mark.parametrize("target", [DictionaryLearning, DictionaryLearning()])
def test_the_estimator_itself_is_refused_with_the_function_to_write(target: Any) -> None:
    how = {} if not isinstance(target, type) else {"map": {"k": "n_components", "penalty": "alpha"}}
    result = checked(target, **how)
    assert result.ruling.value == "refused"
    assert "components_.T" in result.reason


# -- coding ---------------------------------------------------------------------------------------


def atoms_for(x: Any, k: int) -> Any:
    drawn = np.random.default_rng(1).normal(size=(k, x.shape[1]))
    return drawn / np.linalg.norm(drawn, axis=1, keepdims=True)


def by_coder(x: Any, k: int, penalty: float, **options: Any) -> dict[str, Any]:
    atoms = atoms_for(x, k)
    given = {"transform_algorithm": "lasso_lars", "transform_alpha": penalty} | options
    codes = SparseCoder(atoms, transform_max_iter=100_000, **given).transform(np.asarray(x))
    return report(x, atoms, codes, penalty, converged=True)


def test_the_homotopy_solves_the_lasso_to_rounding() -> None:
    result = judged(by_coder, "dictionary", convention=GIVEN)
    assert (result.ruling.value, result.counts.not_run) == ("upheld", 0)


def test_undeclared_it_is_identified_as_code_that_learns_no_dictionary() -> None:
    assert checked(by_coder).identification.departures == GIVEN


@pytest.mark.parametrize(
    "options",
    [
        {"transform_alpha": None},  # scikit-learn/scikit-learn#19154: its default is one
        {"positive_code": True},
        {"transform_algorithm": "omp", "transform_alpha": None},
        {"transform_algorithm": "threshold"},
    ],
    ids=str,
)
def test_codes_of_another_problem_are_not_the_lassos(options: dict[str, Any]) -> None:
    result = checked(partial(by_coder, **options), convention=GIVEN)
    assert {v.claim for v in result.violations} == {"solves the lasso"}


def test_a_violation_is_confirmed_by_the_homotopy_itself() -> None:
    """What the wrong codes cost more than scikit-learn's own right ones is what was reported, or
    less: the gap bounds it."""
    result = checked(partial(by_coder, transform_alpha=None), convention=GIVEN)
    (verdict,) = result.violations
    x = np.array(verdict.evidence.problem["x"])
    k, penalty = verdict.evidence.problem["k"], verdict.evidence.problem["penalty"]
    atoms = atoms_for(x, k)
    costs = [
        objective(x, atoms, sparse_encode(x, atoms, algorithm="lasso_lars", alpha=a), penalty)
        for a in (1.0, penalty)
    ]
    assert 0 < costs[0] - costs[1] <= -verdict.evidence.slack + 1e-12


def test_coordinate_descent_is_judged_by_the_tolerance_that_it_states() -> None:
    stated = partial(encoded, algorithm="lasso_cd", converged=True, tolerance=1e-3)
    assert checked(stated, convention=GIVEN).ruling.value == "upheld"
