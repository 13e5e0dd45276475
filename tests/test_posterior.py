"""The contract `posterior`: the oracle is right, code is told right from wrong, students learn."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from judged import declared, judged
from posteriors import posterior_by_hand
from typer.testing import CliRunner

from tightframe.checks.posterior import PAIRING, distilled_from, pose
from tightframe.checks.verdict import Ruling
from tightframe.cli import app
from tightframe.implementations.contract import ContractError
from tightframe.implementations.posterior import by_densities, discriminants, stabilised
from tightframe.implementations.posterior_training import network, softmax_regression
from tightframe.theorems.epsilon_sufficiency import mixture_loss, quadrature
from tightframe.theorems.posterior import POSTERIOR, Observed, oracle

CONTRACT = PAIRING.contract
THREE = Observed(
    ((0.5, -1.0),), ((0.0, 0.0), (2.0, 1.0), (-1.0, 1.5)), ((1.0, 0.75), (0.75, 1.0)),
    (0.5, 0.25, 0.25),
)  # fmt: skip


# -- the oracle -----------------------------------------------------------------------------------


@pytest.mark.parametrize("returns", ["probabilities", "log-probabilities", "logits"])
def test_the_oracle_is_densities_multiplied_and_divided(returns: str) -> None:
    for problem in POSTERIOR.design():
        theirs = np.array(posterior_by_hand(problem, returns), float)
        ours = oracle(problem, returns).value
        assert ours.ravel() == pytest.approx(theirs, rel=1e-12, abs=1e-12)


def test_the_gradient_is_that_of_torch_distributions() -> None:
    for problem in POSTERIOR.design():
        tables = [torch.tensor(part, dtype=torch.float64) for part in problem]
        t, means, covariance, priors = (tables[0].requires_grad_(), *tables[1:])
        classes = torch.distributions.MultivariateNormal(means, covariance)
        logs = (classes.log_prob(t[:, None, :]) + priors.log()).log_softmax(1)
        (slope,) = torch.autograd.grad(logs.sum(), t)
        ours = oracle(problem, "logits").gradient[0]
        assert ours == pytest.approx(slope.numpy(), rel=1e-10, abs=1e-10)
        assert not oracle(problem).gradient[0].any()


def test_by_two_classes_it_is_the_logistic_function() -> None:
    pair = Observed(((0.25,), (-3.0,)), ((-1.0,), (1.0,)), ((2.0,),), (0.75, 0.25))
    odds = np.array([0.25, -3.0]) - np.log(3)
    assert oracle(pair).value[:, 1] == pytest.approx(1 / (1 + np.exp(-odds)), rel=1e-14)


# -- honest code ----------------------------------------------------------------------------------


@pytest.mark.parametrize("axis", [axis.name for axis in CONTRACT.axes])
def test_another_convention_is_upheld_where_declared_and_identified_where_not(axis: str) -> None:
    for option in CONTRACT.axis(axis).options[1:]:
        written = CONTRACT.written(by_densities, CONTRACT.convention({axis: option.name}))

        def theirs(*inputs: Any, written: Any = written) -> Any:
            return written(*inputs)

        assert judged(PAIRING, theirs, convention={axis: option.name}).ruling is Ruling.UPHELD
        inferred = judged(PAIRING, theirs)
        assert inferred.ruling is Ruling.IDENTIFIED
        assert inferred.convention[axis] == option.name


def test_joint_log_densities_are_logits() -> None:
    def scores(t: Any, means: Any, covariance: Any, priors: Any) -> Any:
        law = torch.distributions.MultivariateNormal(means, covariance)
        return law.log_prob(t[:, None, :]) + priors.log()

    assert judged(PAIRING, scores, convention={"returns": "logits"}).ruling is Ruling.UPHELD
    assert judged(PAIRING, scores).convention["returns"] == "logits"


def test_code_in_numpy_is_judged_by_what_it_returns() -> None:
    """Probabilities add to one, so no gradient is asked of them."""
    from scipy.special import softmax

    def numpy_code(t: Any, means: Any, covariance: Any, priors: Any) -> Any:
        t, means, covariance, priors = map(np.asarray, (t, means, covariance, priors))
        weights = np.linalg.solve(covariance, means.T)
        bias = np.log(priors) - (means.T * weights).sum(0) / 2
        return softmax(t @ weights + bias, axis=1)

    result = judged(PAIRING, numpy_code)
    assert result.ruling is Ruling.UPHELD, str(result)
    assert (result.counts.ran, result.counts.not_applicable) == (8, 1)


def test_the_definition_is_proved_for_all_mixtures_of_a_size() -> None:
    for coding in (by_densities, CONTRACT.references["distilled into a linear student"]):
        result = judged(PAIRING, coding, budget="normal")
        assert result.shadow is not None
        assert any("means 3x1" in s and "priors_3 > 0" in s for s in result.shadow.proved)


@pytest.mark.parametrize("returns", ["probabilities", "log-probabilities"])
@pytest.mark.parametrize("place", ["jitter", "prior"])
def test_a_stabiliser_is_found_and_exonerated(place: str, returns: str) -> None:
    """Also where probabilities are returned, whose total is one whatever is added inside."""
    code = partial(stabilised, returns=returns, **{place: 1e-9})
    result = judged(PAIRING, code, convention={"returns": returns})
    assert result.ruling is Ruling.STABILISED, str(result)
    assert [(s.place, s.size) for s in result.stabilisers] == [(place, 1e-9)]


@pytest.mark.parametrize("place", ["weight", "evidence"])
def test_a_constant_in_the_denominator_is_exonerated_near_the_classes_and_no_farther(
    place: str,
) -> None:
    result = judged(PAIRING, partial(stabilised, **{place: 1e-8}))
    assert [(s.place, s.size) for s in result.stabilisers] == [(place, 1e-8)]
    assert [v.claim for v in result.violations] == ["range"]


# -- what is refused ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("priors", "words"),
    [
        ((0.5, 0.25), "which add to 0.75\nremedy:   divide each by their sum"),
        ((3.0, 1.0), "expected: priors that add to one\nreceived: "),
        ((1.5, -0.5), "expected: positive priors"),
        ((1.0, 0.0), "leave out the classes that have none"),
        ((0.5, float("nan")), "expected: positive priors"),
    ],
)
def test_what_is_no_prior_is_refused(priors: tuple[float, float], words: str) -> None:
    with pytest.raises(ContractError) as refusal:
        pose(POSTERIOR.design()[0]._replace(priors=priors), CONTRACT.canonical)
    assert words in str(refusal.value)


def test_priors_that_were_rounded_to_float32_are_no_other_priors() -> None:
    rounded = tuple(float(np.float32(p)) for p in (0.1, 0.2, 0.7))
    assert sum(rounded) != 1
    pose(THREE._replace(priors=rounded), CONTRACT.canonical)


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (lambda p: p.argmax(1), "the probabilities (predict_proba) and not the likeliest class"),
        (lambda p: p.mT, "transpose it: return a row per observation"),
        (lambda p: p.sum(), "received: shape ()"),
    ],
)
def test_another_shape_is_refused_with_a_remedy(code: Any, words: str) -> None:
    def wrong(*inputs: Any) -> Any:
        return code(by_densities(*inputs))

    result = judged(PAIRING, wrong, convention=CONTRACT.canonical)
    assert result.ruling is Ruling.REFUSED
    assert words in result.reason


def test_a_file_of_somebody_elses_is_checked_from_the_command_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.py").write_text(
        "import torch\n"
        "def nearest(t, means, covariance, priors):\n"
        "    return torch.softmax(torch.log(priors) - torch.cdist(t, means) ** 2 / 2, dim=1)\n"
    )
    run = CliRunner().invoke(
        app, ["check", "mine.py:nearest", "--as", "posterior", "--budget", "quick"]
    )
    assert run.exit_code == 1
    assert "covariance forgotten" in run.stdout


# -- wrong code -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "claims"),
    [
        ("priors forgotten", {"prior odds", "no evidence"}),
        ("covariance forgotten", {"sufficient", "invertible maps"}),
        ("covariance of the mixture", {"prior odds"}),
        ("lengths of the means forgotten", {"invertible maps"}),
        ("softmax over the batch", {"normalised", "affine odds"}),
        ("evidence forgotten", {"normalised"}),
        ("densities that underflow", {"range"}),
        ("evidence cut off", {"gradient"}),
    ],
)
def test_the_claim_that_speaks_of_an_error_condemns_it(name: str, claims: set[str]) -> None:
    (defect,) = (d for d in CONTRACT.defects if d.name == name)
    result = judged(PAIRING, defect.call, **declared(PAIRING, **defect.convention))
    assert claims <= {v.claim for v in result.violations}


def test_odds_that_are_not_affine_are_condemned_by_the_claim_that_says_so() -> None:
    """A covariance for each class makes the odds quadratic; here the second's is doubled."""

    def quadratic(t: Any, means: Any, covariance: Any, priors: Any) -> Any:
        apart = t[:, None, :] - means
        squares = (apart @ torch.linalg.inv(covariance) * apart).sum(-1)
        wide = 1 + (torch.arange(len(means)) == 1)
        volume = t.shape[1] * wide.log() / 2
        return (priors.log() - squares / wide / 2 - volume).softmax(1)

    result = judged(PAIRING, quadratic, convention=CONTRACT.canonical)
    assert "affine odds" in [v.claim for v in result.violations]


def test_what_one_class_gains_and_another_loses_is_no_longer_hidden_by_the_total() -> None:
    def moved(*inputs: Any) -> Any:
        p = by_densities(*inputs)
        return p + 1e-9 * (torch.eye(p.shape[1])[0] - torch.eye(p.shape[1])[-1]).to(p.dtype)

    result = judged(PAIRING, moved, convention=CONTRACT.canonical)
    assert "value" in [v.claim for v in result.violations]
    assert "normalised" not in [v.claim for v in result.violations]


# -- students -------------------------------------------------------------------------------------


def taught() -> tuple[Any, Any, Any]:
    points, weights = quadrature(THREE, 10)
    targets = oracle(THREE._replace(t=tuple(map(tuple, points.tolist())))).value
    x, y, w = map(torch.from_numpy, (points, targets, weights))
    return x, y, w


def test_distilled_softmax_regression_finds_the_discriminants() -> None:
    student = softmax_regression(*taught())
    tables = [torch.tensor(part, dtype=torch.float64) for part in THREE[1:]]
    precise = torch.linalg.solve(tables[1], tables[0].mT).mT.numpy()
    assert student.weights is not None
    centred = student.weights - student.weights.mean(0)  # a number per column is nobody's
    assert centred == pytest.approx(precise - precise.mean(0), abs=1e-12)
    assert student.excess == pytest.approx(0, abs=1e-14)
    t = torch.tensor([[3.0, -2.0], [-8.0, 1.0]], dtype=torch.float64)
    assert np.allclose(student.answer(t), discriminants(t, *tables).softmax(1), atol=1e-12)


@pytest.mark.parametrize(
    ("statistic", "losing"),
    [([[2.0, 1.0]], 1e-2), ([[1.0, 0.0]], 1e-2), ([[2.0, 1.0], [-1.0, 1.5]], 0.0)],
)
def test_a_student_of_a_statistic_misses_what_the_statistic_loses(
    statistic: Any, losing: float
) -> None:
    """The mean divergence that training leaves is epsilon, in closed form."""
    rows = np.array(statistic)
    student, lost = distilled_from(THREE, rows), mixture_loss(THREE, rows)
    assert student.excess == pytest.approx(lost, abs=2e-6)  # 24 nodes of quadrature
    assert lost >= losing - 1e-12


def test_an_ordinary_network_comes_near_and_never_below() -> None:
    lesson = taught()
    short, long = network(*lesson, steps=20), network(*lesson, steps=300)
    assert 0 <= long.excess < short.excess
    assert long.excess < 2e-3
    p = long.answer(lesson[0]).numpy()
    assert p.sum(1) == pytest.approx(1, abs=1e-5)


@pytest.mark.parametrize("train", [softmax_regression, network])
def test_targets_that_are_no_probabilities_are_refused(train: Any) -> None:
    x = torch.zeros(2, 1)
    for targets in ([[0.5, 0.6], [0.5, 0.5]], [[1.5, -0.5], [0.5, 0.5]]):
        with pytest.raises(ContractError, match="normalise what the teacher says"):
            train(x, torch.tensor(targets))
