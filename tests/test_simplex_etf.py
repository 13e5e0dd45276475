"""The corners of a simplex: right in any rotation and every convention, wrong code is condemned."""

import itertools

import numpy as np
import pytest
import torch
from judged import condemning
from scipy.optimize import minimize

from tightframe.checks.judge import hold
from tightframe.checks.simplex_etf import PAIRING
from tightframe.checks.verdict import Ruling
from tightframe.implementations.simplex_etf import (
    SIMPLEX_ETF,
    by_eigenvectors,
    by_orthogonal_columns,
    corner_by_corner,
)
from tightframe.theorems.simplex_etf import Corners, gram


def judged(target, **how):
    return hold(target, PAIRING, how, budget="quick")


def test_directions_that_repel_each_other_end_at_these_cosines():
    def energy(flat):
        rows = flat.reshape(4, 3)
        rows = rows / np.linalg.norm(rows, axis=1, keepdims=True)
        return sum(1 / np.sum((u - v) ** 2) for u, v in itertools.combinations(rows, 2))

    found = minimize(energy, np.random.default_rng(0).normal(size=12), options={"gtol": 1e-9})
    rows = found.x.reshape(4, 3)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    np.testing.assert_allclose(rows @ rows.T, gram(Corners(4, 3)).products, atol=1e-6)


def test_two_corners_are_opposite_three_are_a_triangle():
    assert gram(Corners(2, 1)).products.tolist() == [[1, -1], [-1, 1]]
    assert gram(Corners(3, 2)).products.tolist() == [
        [1, -0.5, -0.5],
        [-0.5, 1, -0.5],
        [-0.5, -0.5, 1],
    ]
    K = 7
    values = np.linalg.eigvalsh(gram(Corners(K, K)).products)
    np.testing.assert_allclose(values, [0, *[K / (K - 1)] * (K - 1)], atol=1e-15)


@pytest.mark.parametrize("problem", PAIRING.family.design())
def test_two_ways_agree_in_all_that_a_rotation_leaves(problem):
    one, other = by_eigenvectors(*problem), corner_by_corner(*problem)
    np.testing.assert_allclose(one @ one.T, other @ other.T, atol=1e-14)


@pytest.mark.parametrize("declared", ["layout=columns", "length=centred", "room=K"])
def test_another_convention_is_upheld_if_declared_and_named_if_not(declared):
    axis, option = declared.split("=")
    code = SIMPLEX_ETF.written(by_eigenvectors, SIMPLEX_ETF.convention({axis: option}))
    assert judged(code, convention={axis: option}).ruling is Ruling.UPHELD
    found = judged(code)
    assert found.ruling is Ruling.IDENTIFIED
    assert found.identification.departures == {axis: option}


def test_random_orthogonal_columns_in_single_precision_are_upheld():
    """As fixed classifiers are coded: an orthogonal factor that refuses fewer than K dimensions,
    corners in columns, a float32 product."""

    def etf(num_classes, feat_in):
        drawn = torch.rand(feat_in, num_classes, dtype=torch.float64)
        P = torch.linalg.qr(drawn).Q.float()
        assert torch.allclose(P.T @ P, torch.eye(num_classes), atol=1e-6)
        centred = torch.eye(num_classes) - torch.ones(num_classes, num_classes) / num_classes
        return (num_classes / (num_classes - 1)) ** 0.5 * (P @ centred)

    result = judged(etf, convention={"layout": "columns", "room": "K"})
    assert result.ruling is Ruling.UPHELD
    assert max(v.used or 0 for v in result.verdicts) < 0.5
    assert judged(etf).ruling is Ruling.IDENTIFIED


def test_a_rotation_is_right_and_a_stretch_is_not():
    def turned(K, d):
        R = torch.linalg.qr(torch.ones(d, d, dtype=torch.float64).triu() - 0.5).Q
        return by_eigenvectors(K, d) @ R

    def stretched(K, d):
        return by_eigenvectors(K, d) * torch.linspace(1, 1.01, d, dtype=torch.float64)

    assert judged(turned).ruling is Ruling.UPHELD
    assert judged(stretched).ruling is Ruling.VIOLATED


def test_each_claim_condemns_something():
    names = [defect.name for defect in SIMPLEX_ETF.defects]
    condemned = {claim for name in names for claim in condemning("simplex-etf", name)}
    assert condemned == {claim.name for claim in PAIRING.family.claims}


def test_a_number_that_is_none_is_a_violation():
    assert judged(lambda K, d: by_eigenvectors(K, d) * float("nan")).ruling is Ruling.VIOLATED


@pytest.mark.parametrize(
    ("code", "message"),
    [
        (lambda K, d: 1.0, "received: float"),
        (lambda K, d: by_eigenvectors(K, K - 1)[:, :1], "in all d dimensions"),
        (lambda K, d: (by_eigenvectors(K, d), 0), "received: tuple"),
    ],
)
def test_what_are_no_corners_is_refused(code, message):
    result = judged(code)
    assert result.ruling is Ruling.REFUSED
    assert message in result.reason


def test_random_orthogonal_columns_need_as_many_dimensions_as_corners():
    with pytest.raises(RuntimeError):
        by_orthogonal_columns(4, 3)


def test_a_number_of_corners_that_lives_inside_is_declared():
    def five(d):
        return by_eigenvectors(5, d)

    assert judged(five, fixed={"K": 5}).ruling is Ruling.UPHELD


def test_more_corners_than_have_room_are_refused():
    def five_in_two(K, d):
        return by_eigenvectors(K, d)

    result = judged(five_in_two, fixed={"K": 5, "d": 2})
    assert result.ruling is Ruling.REFUSED
    assert "expected: d >= K - 1, with both declared" in result.reason
    assert "received: K=5, d=2" in result.reason
    assert judged(five_in_two, fixed={"K": 3, "d": 2}).ruling is Ruling.UPHELD
    alone = judged(five_in_two, fixed={"d": 2})
    assert "received: d=2" in alone.reason
    wide = judged(five_in_two, fixed={"K": 3, "d": 2}, convention={"room": "K"})
    assert "expected: d >= K, with both declared" in wide.reason


@pytest.mark.parametrize(
    ("fixed", "message"),
    [
        ({"K": 1}, "expected: two classes or more\nreceived: K=1"),
        ({"K": 3.5}, "expected: a whole number for 'K'\nreceived: K=3.5"),
        ({"K": 3, "d": 2.5}, "expected: a whole number for 'd'\nreceived: d=2.5"),
    ],
)
def test_what_is_no_number_of_corners_is_refused(fixed, message):
    """A slip of the declaration is no crash of the code, and no violation of a theorem."""
    result = judged(by_eigenvectors, fixed=fixed)
    assert result.ruling is Ruling.REFUSED
    assert message in result.reason
