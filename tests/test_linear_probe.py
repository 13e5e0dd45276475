"""Linear probes: functions, layers and estimators; what is no plane is told, and so is a leak."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from judged import condemning

from tightframe.checks.judge import hold
from tightframe.checks.linear_probe import PAIRING
from tightframe.checks.verdict import Judgement, Ruling
from tightframe.implementations.linear_probe import by_adam, by_discriminants
from tightframe.implementations.linear_probe_defects import scores
from tightframe.theorems.linear_probe import (
    Samples,
    discriminants,
    labels,
    oracle,
    samples,
    shown,
)

LDA = {"convention": {"algorithm": "lda"}}
CONVERGED = {"convention": {"algorithm": "converged"}}
Tensor = torch.Tensor


def judged(target: Any, **how: Any) -> Judgement:
    return hold(target, PAIRING, how, budget="quick")


def rulings(result: Judgement) -> dict[str, Ruling]:
    return {v.claim: v.ruling for v in result.verdicts}


# -- samples and oracle ---------------------------------------------------------------------------


@pytest.mark.parametrize("problem", PAIRING.family.design())
def test_fishers_rule_is_the_likelier_of_gaussians_fitted_to_the_samples(problem: Samples) -> None:
    """By densities, which know nothing of linear scores."""
    x, y, rows = samples(problem), labels(problem), shown(problem)
    classes = range(len(problem.means))
    S = sum(np.cov(x[y == c].T, ddof=0).reshape(x.shape[1], -1) * np.mean(y == c) for c in classes)
    apart = rows[:, None] - np.array([x[y == c].mean(0) for c in classes])
    distances = np.einsum("nci,ij,ncj->nc", apart, np.linalg.inv(S), apart)
    named = np.argmax(np.log(np.bincount(y)) - distances / 2, axis=1)
    truth = oracle(problem, "lda")
    np.testing.assert_array_equal(named[truth.clear], truth.labels[truth.clear])
    assert np.mean(truth.clear) > 0.75


@pytest.mark.parametrize("problem", PAIRING.family.design())
def test_the_samples_have_the_means_that_the_problem_says(problem: Samples) -> None:
    x, y = samples(problem), labels(problem)
    for c, mean in enumerate(problem.means):
        np.testing.assert_allclose(x[y == c].mean(0), mean, atol=1e-14)
    assert np.array_equal(x.astype(np.float32), x)
    assert np.array_equal(shown(problem).astype(np.float32), shown(problem))


def test_a_covariance_that_is_singular_leaves_nothing_clear() -> None:
    flat = np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0], [1.0, 1.0]])
    with pytest.raises(np.linalg.LinAlgError):
        discriminants(flat, np.array([0, 0, 1, 1]))
    line = Samples(((1.0, 1.0), (-2.0, -2.0)), ((1.0, 1.0), (0.5, 0.5)), (0.5, 0.5), (1, 1))
    assert not oracle(line, "lda").clear.any()


# -- honest code ----------------------------------------------------------------------------------


class Estimator:
    """With the habits of scikit-learn's, NumPy only: the nearest mean after whitening."""

    def fit(self, X: Any, y: Any) -> Estimator:
        assert isinstance(X, np.ndarray)
        self.means = np.array([X[y == c].mean(0) for c in np.unique(y)])
        apart = X - self.means[y]
        values, vectors = np.linalg.eigh(apart.T @ apart / (len(X) - len(self.means)))
        self.white = vectors / np.sqrt(values)
        self.shares = np.bincount(y) / len(y)
        return self

    def predict(self, X: Any) -> Any:
        apart = (X[:, None] - self.means) @ self.white
        return np.argmin((apart**2).sum(2) / 2 - np.log(self.shares), axis=1)


def trained(features: Tensor, labels: Tensor, test: Tensor) -> Tensor:
    """A layer and torch's own optimiser, in float32; it returns logits."""
    layer = torch.nn.Linear(features.shape[1], int(labels.max()) + 1)
    optimiser = torch.optim.SGD(layer.parameters(), lr=0.1, momentum=0.9)
    for _ in range(8):
        optimiser.zero_grad()
        torch.nn.functional.cross_entropy(layer(features), labels).backward()
        optimiser.step()
    return layer(test)


def test_an_estimator_that_divides_by_n_minus_the_classes_is_upheld() -> None:
    result = judged(Estimator(), **LDA)
    assert result.ruling is Ruling.UPHELD
    assert rulings(result)["discriminant"] is Ruling.UPHELD
    assert judged(Estimator, **LDA).ruling is Ruling.UPHELD


def test_a_layer_in_float32_is_upheld_and_its_logits_are_recognised() -> None:
    assert judged(lambda *call: trained(*call).argmax(1)).ruling is Ruling.UPHELD
    assert judged(trained, convention={"returns": "scores"}).ruling is Ruling.UPHELD
    assert judged(trained).identification.departures == {"returns": "scores"}


def test_least_squares_in_float64_are_called_in_float64() -> None:
    def least_squares(features: Tensor, labels: Tensor, test: Tensor) -> Tensor:
        targets = torch.eye(int(labels.max()) + 1, dtype=torch.float64)[labels]
        x, rows = (torch.nn.functional.pad(f, (0, 1), value=1.0) for f in (features, test))
        return (rows @ torch.linalg.lstsq(x, targets).solution).argmax(1)

    assert judged(least_squares, **CONVERGED).ruling is Ruling.UPHELD


@pytest.mark.parametrize("declared", ["priors=equal", "features=unit-rows", "returns=scores"])
def test_another_convention_is_upheld_if_declared(declared: str) -> None:
    axis, option = declared.split("=")
    convention = {"algorithm": "lda", axis: option}
    written = PAIRING.contract.written(by_discriminants, PAIRING.contract.convention(convention))
    assert judged(written, convention=convention).ruling is Ruling.UPHELD
    assert judged(written, **LDA).identification.departures == {axis: option}


def test_features_of_length_one_are_recognised() -> None:
    def on_the_sphere(features: Tensor, labels: Tensor, test: Tensor) -> Tensor:
        normalize = torch.nn.functional.normalize
        return by_discriminants(normalize(features.double()), labels, normalize(test.double()))

    result = judged(on_the_sphere, convention={"features": "unit-rows"})
    assert result.ruling is Ruling.UPHELD
    assert rulings(result)["directions"] is Ruling.UPHELD


def test_code_that_was_hardly_trained_is_not_condemned() -> None:
    def one_step(features: Tensor, labels: Tensor, test: Tensor) -> Tensor:
        return torch.nn.Linear(features.shape[1], int(labels.max()) + 1)(test).argmax(1)

    result = judged(one_step)
    assert result.ruling is Ruling.UPHELD
    (means,) = (v for v in result.verdicts if v.claim == "class means")
    assert means.ruling is Ruling.INCONCLUSIVE
    assert "no convergence was claimed" in means.reason


def test_code_that_draws_from_its_own_generator_is_not_condemned() -> None:
    def noisy(features: Tensor, labels: Tensor, test: Tensor) -> Tensor:
        noise = np.random.default_rng().normal(size=features.shape) / 4
        return by_discriminants(features + torch.from_numpy(noise).float(), labels, test)

    assert judged(noisy).ruling is Ruling.UPHELD


# -- wrong code -----------------------------------------------------------------------------------


def test_each_claim_condemns_something() -> None:
    names = [defect.name for defect in PAIRING.contract.defects]
    condemned = {claim for name in names for claim in condemning("linear-probe", name)}
    assert condemned == {c.name for c in PAIRING.family.claims} - {"directions"}


def test_neighbours_are_no_linear_probe() -> None:
    def nearest(features: Tensor, labels: Tensor, test: Tensor) -> Tensor:
        return labels[torch.cdist(test, features).argmin(1)]

    result = judged(nearest)
    assert result.ruling is Ruling.VIOLATED
    assert rulings(result)["convex regions"] is Ruling.VIOLATED


def test_what_is_not_of_directions_alone_is_no_probe_of_unit_rows() -> None:
    result = judged(by_discriminants, convention={"features": "unit-rows"})
    assert rulings(result)["directions"] is Ruling.VIOLATED


def test_statistics_of_the_test_rows_are_noticed_without_any_declaration() -> None:
    """A layer for batch norm that was left in training mode."""

    def batch_norm(features: Tensor, labels: Tensor, test: Tensor) -> Tensor:
        x, rows = ((f - f.mean(0)) / f.std(0) for f in (features, test))
        return by_adam(x, labels, rows)

    result = judged(batch_norm)
    assert rulings(result)["each row alone"] is Ruling.VIOLATED


def test_the_smallest_score_is_noticed_where_convergence_is_declared() -> None:
    def smallest(features: Tensor, labels: Tensor, test: Tensor) -> Tensor:
        return scores(features, labels, test).argmin(1)

    assert judged(smallest, **CONVERGED).ruling is Ruling.VIOLATED
    (means,) = (v for v in judged(smallest).verdicts if v.claim == "class means")
    assert means.reason == "no convergence was claimed; it would be missed by 2"


@pytest.mark.parametrize(
    ("code", "message"),
    [
        (lambda x, y, t: 0.75, "not the accuracy"),
        (lambda x, y, t: (y, t), "a tuple of 2"),
        (lambda x, y, t: ["first"] * len(t), "expected: numbers"),
        (lambda x, y, t: [[0]] + [[0, 1]] * (len(t) - 1), "one array of numbers"),
        (lambda x, y, t: by_discriminants(x, y, x), "third argument"),
        (lambda x, y, t: by_discriminants(x, y, t)[:, None], "flat"),
        (lambda x, y, t: scores(x, y, t).softmax(1)[:, 0], "not a probability"),
        (lambda x, y, t: scores(x, y, t)[:, :1].expand(-1, 9), "declare returns=scores"),
    ],
)
def test_what_are_no_predictions_is_refused(code: Any, message: str) -> None:
    result = judged(code)
    assert result.ruling is Ruling.REFUSED
    assert message in result.reason


def test_an_estimator_that_cannot_predict_is_refused() -> None:
    class Fitted:
        def fit(self, X: Any, y: Any) -> None: ...

    result = judged(Fitted())
    assert result.ruling is Ruling.REFUSED
    assert "a method `predict`" in result.reason
