"""NC1 to NC4: the numbers are those of exact arithmetic, published code in its own convention is
upheld, wrong code is condemned, and classes that say nothing are refused."""

import functools

import numpy as np
import pytest
import sympy as sp
import torch
from hypothesis import given, settings
from judged import condemning
from scipy.sparse.linalg import svds

from tightframe.checks.collapse_metrics import PAIRING, picture, pose
from tightframe.checks.judge import hold
from tightframe.checks.verdict import Ruling
from tightframe.implementations.collapse_metrics import COLLAPSE_METRICS
from tightframe.implementations.collapse_metrics_codings import by_classes, by_covariances
from tightframe.implementations.contract import ContractError
from tightframe.theorems.collapse_metrics import metrics
from tightframe.theorems.collapse_metrics_problems import Classified

CANONICAL = COLLAPSE_METRICS.canonical

GAUGES = [f"{a.name}={o.name}" for a in COLLAPSE_METRICS.axes for o in a.options[1:]]


def judged(target, **how):
    return hold(target, PAIRING, how, budget="quick")


# -- the oracle -----------------------------------------------------------------------------------


def exactly(problem, centring):
    """NC1 and the square of NC3's cosine, in rational numbers, by the normal equations of full rank
    factors."""
    H, W = (
        sp.Matrix(table).applyfunc(sp.nsimplify) for table in (problem.features, problem.weights)
    )
    N, K, labels = H.rows, W.rows, problem.labels
    rows = [[H.row(i) for i in range(N) if labels[i] == k] for k in range(K)]
    means = [sum(r, sp.zeros(1, H.cols)) / len(r) for r in rows]
    centre = sum((H.row(i) for i in range(N)), sp.zeros(1, H.cols)) / N
    if centring == "classes":
        centre = sum(means, sp.zeros(1, H.cols)) / K
    M = sp.Matrix.vstack(*(m - centre for m in means))
    within = sum(((h - means[k]).T * (h - means[k]) for k in range(K) for h in rows[k]),
                 sp.zeros(H.cols)) / N  # fmt: skip
    product = sum(W.multiply_elementwise(M))
    cosine = product**2 / (sum(W.applyfunc(lambda x: x**2)) * sum(M.applyfunc(lambda x: x**2)))
    nc1 = (within * (M.T * M / K).pinv()).trace() / K
    return float(nc1), float(sp.sign(product) * sp.sqrt(cosine))


@pytest.mark.parametrize("centring", ["samples", "classes"])
@pytest.mark.parametrize("problem", PAIRING.family.design()[:6])
def test_the_numbers_are_those_of_rational_arithmetic(problem, centring):
    nc1, cosine = exactly(problem, centring)
    value = metrics(problem, centring=centring).value
    assert value[0] == pytest.approx(nc1, rel=1e-13)
    assert value[2] == pytest.approx(2 - 2 * cosine, rel=1e-13)
    assert metrics(problem, nc1="undivided", centring=centring).value[0] == pytest.approx(
        nc1 * len(problem.weights), rel=1e-13
    )


def test_the_numbers_that_a_hand_can_check():
    """On a line at 1, 3 and -2, -2: means 2 and -2, that of all zero; within 1/2, between 4."""
    problem = Classified(((1.0,), (3.0,), (-2.0,), (-2.0,)), (0, 0, 1, 1), ((3.0,), (-4.0,)), None)
    value = metrics(problem).value
    assert value[0] == pytest.approx(1 / 2 / 4 / 2)
    assert value[1] == 0
    assert value[2] == pytest.approx(2 - 2 * 7 / (5 * 2**0.5))
    assert value[3] == 0
    assert metrics(problem, nc1="ratio").value[0] == pytest.approx(1 / 8)
    turned_round = metrics(problem._replace(weights=((-1.0,), (1.0,)))).value
    assert turned_round[2] == pytest.approx(4)
    assert turned_round[3] == 1


def test_both_centrings_agree_on_balanced_classes_alone():
    for problem in PAIRING.family.design():
        same = metrics(problem).value[0] == pytest.approx(
            metrics(problem, centring="classes").value[0], rel=1e-9
        )
        counts = {problem.labels.count(k) for k in problem.labels}
        assert same == (len(counts) == 1 or metrics(problem).value[0] == 0)


def test_no_invertible_map_but_a_rotation_and_a_scale_is_promised():
    problem = PAIRING.family.design()[0]
    longer = tuple((4 * row[0], *row[1:]) for row in problem.features)
    stretched = metrics(problem._replace(features=longer)).value
    assert abs(stretched[1] - metrics(problem).value[1]) > 0.1


def test_drawn_problems_and_whatever_is_simpler_have_finite_numbers():
    @settings(max_examples=40, deadline=None, database=None)
    @given(PAIRING.family.problems())
    def holds(problem):
        for p in (problem, *PAIRING.family.simpler(problem)):
            pose(p, CANONICAL)
            truth = metrics(p)
            assert np.all(np.isfinite(truth.value))
            assert truth.unit < 1e6

    holds()


# -- honest code ----------------------------------------------------------------------------------


@pytest.mark.parametrize("declared", GAUGES)
def test_another_convention_is_upheld_if_declared_and_named_if_not(declared):
    axis, name = declared.split("=")
    written = COLLAPSE_METRICS.written(by_covariances, CANONICAL | {axis: name})
    assert judged(written, convention={axis: name}).ruling is Ruling.UPHELD
    found = judged(written)
    assert found.ruling is Ruling.IDENTIFIED
    assert found.identification.departures == {axis: name}


def papyan(features, labels, weights, bias):
    """As in the notebook that Papyan, Han and Donoho published, on tensors in memory."""
    C = len(weights)
    M = torch.stack([features[labels == c].mean(0) for c in range(C)]).T
    within = sum((h - M[:, c]).outer(h - M[:, c]) for h, c in zip(features, labels, strict=True))
    within = (within / len(features)).numpy()
    centred = M - M.mean(dim=1, keepdim=True)
    between = (centred @ centred.T / C).numpy()
    vectors, values, _ = svds(between, k=C - 1)
    inverse = vectors @ np.diag(values ** (-1)) @ vectors.T

    def coherence(V):
        G = V.T @ V
        G += torch.ones((C, C)) / (C - 1)
        G -= torch.diag(torch.diag(G))
        return torch.norm(G, 1).item() / (C * (C - 1))

    apart = weights.T / torch.norm(weights.T, "fro") - centred / torch.norm(centred, "fro")
    near = torch.stack([torch.norm(h - M.T, dim=1) for h in features]).argmin(1)
    net = (features @ weights.T + (0 if bias is None else bias)).argmax(1)
    return {
        "nc1": np.trace(within @ inverse), "nc2": coherence(centred / torch.norm(centred, dim=0)),
        "nc3": (torch.norm(apart) ** 2).item(), "nc4": 1 - (near == net).sum().item() / len(net),
    }  # fmt: skip


PAPYAN = {"nc1": "undivided", "centring": "classes"}


def zhu(features, labels, weights, bias):
    """As Zhu and others' code does, with NumPy's pseudo-inverse; no fourth number."""
    K = len(weights)
    overall = features.mean(0)
    means = torch.stack([features[labels == k].mean(0) for k in range(K)])
    within = (features - means[labels]).T @ (features - means[labels]) / len(features)
    between = (means - overall).T @ (means - overall) / K
    sub = (torch.eye(K) - 1 / K * torch.ones((K, K))) / pow(K - 1, 0.5)
    gram, WH = weights @ weights.T, weights @ (means - overall).T
    return {
        "nc1": np.trace(within.numpy() @ np.linalg.pinv(between.numpy())) / K,
        "nc2": torch.norm(gram / torch.norm(gram, p="fro") - sub, p="fro").item(),
        "nc3": torch.norm(WH / torch.norm(WH, p="fro") - sub, p="fro").item(),
    }


ZHU = {"nc2": "weights", "nc3": "product"}


@pytest.mark.parametrize(("code", "own"), [(papyan, PAPYAN), (zhu, ZHU)])
def test_published_code_is_upheld_in_its_own_convention_and_identified_without(code, own):
    assert judged(code, convention=own).ruling is Ruling.UPHELD
    found = judged(code)
    assert found.ruling is Ruling.IDENTIFIED
    assert found.identification.departures == own


def in_single_precision(features, labels, weights, bias):
    """Plain numbers of single precision, as `.item()` gives them."""
    bias = None if bias is None else bias.float()
    found = by_classes(features.float(), labels, weights.float(), bias)
    return {name: float(np.float32(value)) for name, value in found.items()}


def test_numbers_of_single_precision_are_judged_by_its_own_rounding():
    result = judged(in_single_precision)
    assert result.ruling is Ruling.UPHELD
    assert {v.dtype for v in result.verdicts} == {"float32"}


@pytest.mark.parametrize("places", [{"norms": 1e-8}, {"lengths": 1e-8, "norms": 1e-12},
                                    {"ratio": 1e-8}])  # fmt: skip
def test_small_constants_are_upheld_by_name(places):
    declared = {"nc1": "ratio"} if "ratio" in places else {}
    code = functools.partial(by_covariances, **declared, **places)
    result = judged(code, convention=declared)
    assert result.ruling is Ruling.STABILISED
    assert {s.place: s.size for s in result.stabilisers} == pytest.approx(places, rel=1e-3)


OWN = {"nc1": "ratio", "nc2": "norms", "nc3": "distance", "nc4": "agreement", "centring": "classes"}


def test_each_number_may_follow_a_convention_of_its_own():
    found = judged(COLLAPSE_METRICS.written(by_covariances, CANONICAL | OWN))
    assert found.ruling is Ruling.IDENTIFIED
    assert found.identification.departures == OWN


def test_a_wrong_number_leaves_the_others_their_conventions_and_constants():
    written = COLLAPSE_METRICS.written(
        functools.partial(by_covariances, lengths=1e-8), CANONICAL | OWN | {"nc1": "undivided"}
    )

    def one_is_wrong(*inputs):
        found = written(*inputs)
        return found | {"nc1": 3 * found["nc1"]}

    result = judged(one_is_wrong)
    assert {v.claim for v in result.violations} == {"nc1"}
    assert result.convention == CANONICAL | OWN | {"nc1": "pseudo-inverse"}
    assert [s.place for s in result.stabilisers] == ["lengths"]


@pytest.mark.parametrize("numbers", [lambda x: x, np.asarray], ids=["tensors", "arrays"])
def test_code_that_knows_of_no_classifier_without_a_bias_is_handed_zeros(numbers):
    def biased(features, labels, weights, bias):
        scores = numbers(features) @ numbers(weights).T + numbers(bias)
        assert len(scores) == len(labels)
        return by_classes(features, labels, weights, bias)

    assert judged(biased).ruling is Ruling.UPHELD


def test_what_raises_for_another_reason_has_crashed_by_its_own_words():
    def raises(features, labels, weights, bias):
        raise TypeError("out of luck")

    result = judged(raises)
    assert result.ruling is Ruling.CRASHED
    assert "out of luck" in result.reason


@pytest.mark.parametrize("value", ["small", {"x": 1}, [[1.0], [1.0, 2.0]]])
def test_what_is_no_number_is_refused(value):
    result = judged(lambda *inputs: by_classes(*inputs) | {"nc1": value})
    assert result.ruling is Ruling.REFUSED
    assert "remedy:   return numbers" in result.reason


def test_what_is_not_returned_is_not_judged():
    def only_the_first(features, labels, weights, bias):
        return {"nc1": by_classes(features, labels, weights, bias)["nc1"]}

    verdicts = {v.claim: v for v in judged(only_the_first).verdicts}
    assert verdicts["nc1"].ruling is Ruling.UPHELD
    assert verdicts["nc3"].ruling is Ruling.INCONCLUSIVE
    assert "the code does not return nc3" in verdicts["nc3"].reason


# -- wrong code -----------------------------------------------------------------------------------


def test_each_claim_condemns_something():
    claims = {claim.name for claim in PAIRING.family.claims}
    assert (
        claims
        - set().union(*(condemning("neural-collapse", d.name) for d in COLLAPSE_METRICS.defects))
        == set()
    )


@pytest.mark.parametrize("name", ["nc1", "nc2", "nc3", "nc4"])
def test_a_number_that_is_none_is_a_violation(name):
    def broken(*inputs):
        return by_covariances(*inputs) | {name: float("nan")}

    result = judged(broken, convention=CANONICAL)
    assert result.ruling is Ruling.VIOLATED
    assert name in [v.claim for v in result.verdicts if v.ruling is Ruling.VIOLATED]


@pytest.mark.parametrize(
    ("returned", "message"),
    [
        (lambda found: found["nc1"], "a dict with some of the keys nc1, nc2, nc3, nc4"),
        (lambda found: {**found, "NC5": 1.0}, "keys nc1, nc2, nc3, nc4, NC5"),
        (lambda found: {}, "a dict with keys none"),
        (lambda found: {"nc2": torch.ones(3)}, "one number for nc2"),
    ],
)
def test_what_are_no_numbers_by_name_is_refused(returned, message):
    result = judged(lambda *inputs: returned(by_covariances(*inputs)))
    assert result.ruling is Ruling.REFUSED
    assert message in result.reason


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"labels": (0, 0, 1, 1, 1, 1)}, r"samples of each class: \[2, 4, 0\]"),
        ({"labels": (0, 0, 1, 1, 1, 2)}, r"samples of each class: \[2, 3, 1\]"),
        ({"weights": ((1.0, 2.0, 3.0),)}, "two classes or more"),
        ({"weights": ((1.0, 2.0, 3.0), (3.0, 2.0, 1.0))}, "a label from 0 to 1"),
        ({"labels": (0, 1, 2)}, "for each of 6 features"),
    ],
)
def test_classes_that_say_nothing_are_refused(changed, message):
    problem = PAIRING.family.design()[0]._replace(**changed)
    with pytest.raises(ContractError, match=message):
        pose(problem, CANONICAL)


def test_a_wrong_number_beside_right_ones_is_named_by_the_error():
    (total,) = (d for d in COLLAPSE_METRICS.defects if d.name == "total covariance")

    def first_alone(*inputs):
        return {"nc1": float(total.call(*inputs)["nc1"])}

    result = judged(first_alone, convention=CANONICAL)
    assert result.ruling is Ruling.VIOLATED
    assert result.diagnosis.name == "total covariance"


def test_a_small_constant_beside_a_wrong_number_is_no_error_of_its_own():
    (total,) = (d for d in COLLAPSE_METRICS.defects if d.name == "total covariance")

    def both(*inputs):
        right = by_covariances(*inputs, norms=1e-8)
        return right | {"nc1": total.call(*inputs)["nc1"]}

    result = judged(both, convention=CANONICAL)
    assert {v.claim for v in result.violations} == {"nc1", "a simplex"}
    assert [s.place for s in result.stabilisers] == ["norms"]
    assert result.diagnosis.name == "total covariance"


# -- a picture ------------------------------------------------------------------------------------


def test_an_ordinary_network_comes_nearer_to_collapse_in_all_that_is_measured():
    for points in picture().series.values():
        heights = [height for step, height in points if step >= 160]
        assert heights == sorted(heights, reverse=True)
        assert heights[-1] < 0.8 * heights[0]
