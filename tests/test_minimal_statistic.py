"""Minimal statistics: what tells samples apart that say the same is refuted by two of them, what
does not is upheld in whatever precision, and rounding condemns nobody."""

from __future__ import annotations

import importlib.util
import math
import re
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
import torch
from judged import judged
from test_statistic import by_scipy

from tightframe.checks.minimality import alike, alike_among, equivalents
from tightframe.checks.statistic import PAIRING
from tightframe.checks.trial import Trial
from tightframe.checks.verdict import Ruling
from tightframe.implementations.contract import Axis, Option
from tightframe.implementations.implementation import accept
from tightframe.implementations.statistic import FAMILY
from tightframe.theorems.finite_experiments import likelihood_classes
from tightframe.theorems.finite_models import coarser_or_equal
from tightframe.theorems.likelihoods import LIKELIHOODS, crossed, separating
from tightframe.theorems.sufficiency import DESIGNED

DESIGN = PAIRING.family.design()[2::3]
DENSITIES = [name for name, likelihood in LIKELIHOODS.items() if likelihood.points is None]


def held(statistic, family=None):
    return judged(
        PAIRING, statistic, convention={"minimal": "yes"} | ({"family": family} if family else {})
    )


def rulings(statistic, family):
    """Per claim that binds, what a few problems of the design decide: each True, False or None."""
    convention = {"family": family, "minimal": "yes"}
    implementation = accept(statistic, PAIRING.contract, convention=convention)
    trial = Trial(pairing=PAIRING, implementation=implementation, convention=convention, settled={})
    found = {}
    for claim in filter(trial.applies, PAIRING.family.claims):
        measured = [trial.measured(claim, problem) for problem in DESIGN]
        found[claim.name] = {None if m is None else not m.damning for m in measured}
    return found


# -- samples that say the same --------------------------------------------------------------------


@pytest.mark.parametrize("family", DENSITIES)
def test_the_samples_that_are_compared_say_the_same_by_scipy_s_densities(family):
    likelihood, draw = LIKELIHOODS[family], np.random.default_rng(0)
    moved = 0
    for numbers in DESIGNED[2:]:
        x = likelihood.place(np.array(numbers) / 16)
        for y in equivalents(likelihood, x, draw):
            theta, other = separating(likelihood, x, y)
            one, two = crossed(likelihood, x, y, theta, other)
            assert math.isclose(one, two, rel_tol=1e-12)
            scipys = by_scipy(family, x, theta) * by_scipy(family, y, other)
            assert math.isclose(one, scipys, rel_tol=1e-9)
            moved += not np.allclose(np.sort(x), np.sort(y))
    assert moved > 50


# -- finite spaces --------------------------------------------------------------------------------


def test_on_all_throws_minimality_is_that_of_the_partitions():
    """Random whole-number statistics on {0, 1}^3, against classes of exact likelihoods."""
    bernoulli, draw = LIKELIHOODS["bernoulli"], np.random.default_rng(3)
    points = bernoulli.points(3)
    model = tuple(
        tuple(p ** int(sum(t)) * (1 - p) ** (3 - int(sum(t))) for t in points)
        for p in (Fraction(1, 3), Fraction(3, 4))
    )
    classes, seen = likelihood_classes(model), set()
    for _ in range(120):
        weights, modulus = draw.integers(0, 3, 3).astype(float), int(draw.integers(1, 5))
        table = [np.dot(weights, p) % modulus for p in points]
        labels = tuple(sorted(set(table)).index(v) for v in table)
        found = alike_among(
            lambda x, w=weights, m=modulus: np.array([w @ np.round(x) % m]), bernoulli, points
        )
        assert found.converged
        same = found.value == found.other_value
        assert same == coarser_or_equal(labels, classes)
        seen.add(same)
    assert seen == {True, False}


# -- minimal statistics ---------------------------------------------------------------------------


@pytest.mark.parametrize("option", FAMILY.options, ids=lambda o: o.name)
def test_the_closed_form_of_each_family_is_minimal(option):
    contract = PAIRING.contract
    point = {"family": option.name, "minimal": "yes"}
    result = held(contract.written(contract.references["the data in order"], point), option.name)
    assert result.ruling is Ruling.UPHELD
    assert {v.theorem for v in result.verdicts} == {"fisher-neyman", "lehmann-scheffe"}
    assert max(v.used or 0 for v in result.verdicts) <= 0.25


MINIMAL = {
    "sinh": (lambda x: torch.sinh(x.sum() / 3), "normal-mean"),
    "very small": (lambda x: 1e-200 * x.sum(), "normal-mean"),
    "far from zero": (lambda x: (x + 1e6).sum(), "normal-mean"),
    "single precision": (lambda x: x.float().sum().double(), "exponential"),
    "six digits": (lambda x: round(float(x.sum()), 6), "normal-mean"),
    "redundant": (lambda x: (x.sum(), x.mean()), "normal-mean"),
    "a cancelling variance": (
        lambda x: (x.float().mean(), (x.float() ** 2).mean() - x.float().mean() ** 2), "normal"
    ),
    "products in NumPy": (lambda x: (np.prod(x.numpy()), np.sum(x.numpy())), "gamma"),
    "single ends": (lambda x: (x.float().min(), x.float().max()), "uniform-shift"),
    "zeros and ones, squared too": (lambda x: (x.sum(), (x**2).sum()), "bernoulli"),
    "zeros and ones in order": (lambda x: torch.sort(x).values, "bernoulli"),
}  # fmt: skip


@pytest.mark.parametrize("name", MINIMAL)
def test_a_minimal_statistic_is_upheld_however_it_is_computed(name):
    assert all(found == {True} for found in rulings(*MINIMAL[name]).values())


ROUNDED = {
    "to one digit": (lambda x: round(float(x.sum()), 1), "normal-mean"),
    "to integers": (lambda x: round(float(x.sum())), "normal-mean"),
    "bfloat16": (lambda x: x.bfloat16().sum(), "normal-mean"),
    "saturated": (lambda x: torch.sigmoid(100 * x.sum()), "normal-mean"),
    "a floor and a fraction": (lambda x: (torch.floor(x.sum()), x.sum() % 1), "normal-mean"),
    "a pole": (lambda x: (x.mean(), x.std() / (x.mean() + 1e-8)), "normal"),
    "chaos": (lambda x: torch.sin(1e9 * x.sum()), "normal-mean"),
    "counts in bfloat16": (lambda x: (0.37 * x.bfloat16()).sum(), "poisson"),
    "counts, far from zero in float32": (lambda x: (0.37 * x.float() + 1e6).sum(), "poisson"),
    "counts to one digit": (lambda x: round(float((0.1 * x).sum()), 0), "poisson"),
    "counts in float32": (lambda x: (0.1 * x.float()).sum(), "poisson"),
}


@pytest.mark.parametrize("name", ROUNDED)
def test_a_function_of_the_minimal_statistic_is_not_condemned_for_its_rounding(name):
    assert False not in rulings(*ROUNDED[name])["minimal"]


# -- more than is needed --------------------------------------------------------------------------

MORE = {
    "all data": (lambda x: x, "normal"),
    "all data, float32": (lambda x: x.float(), "normal-mean"),
    "all data, NumPy": (lambda x: np.asarray(x).tolist(), "gamma"),
    "in order": (lambda x: torch.sort(x).values, "gamma"),
    "counts in order": (lambda x: torch.sort(x).values, "poisson"),
    "a histogram": (lambda x: torch.bincount(x.long(), minlength=9), "poisson"),
    "sum and first": (lambda x: (x.sum(), x[0]), "bernoulli"),
    "a little of the first": (lambda x: (x.sum(), 1e-6 * x[0]), "normal-mean"),
    "both moments": (lambda x: (x.mean(), x.var()), "exponential"),
    "logarithms": (lambda x: (x.sum(), x.log().sum()), "exponential"),
    "a count beside": (lambda x: (x.sum(), (x > 0).sum()), "normal-mean"),
    "both ends": (lambda x: (x.min(), x.max()), "uniform"),
}


@pytest.mark.parametrize("name", MORE)
def test_what_keeps_more_than_is_needed_is_refuted_and_sufficient_all_the_same(name):
    found = rulings(*MORE[name])
    assert False in found.pop("minimal")
    assert all(False not in decided for decided in found.values())


def test_the_evidence_is_two_samples_of_one_s_on_which_the_statistic_differs():
    result = held(lambda x: (x.sum(), x[0]), "normal-mean")
    evidence = result.violations[0].evidence
    numbers = {
        name: np.array([float(v) for v in text.split(", ")])
        for name, text in re.findall(r"([\w()']+) = \(([^)]*)\)", evidence.theirs)
    }
    x, y = numbers["x"], numbers["x'"]
    assert len(x) == 2
    assert np.sum(x) == pytest.approx(np.sum(y), abs=1e-15)
    ratios = [by_scipy("normal-mean", x, (m, 1.0)) / by_scipy("normal-mean", y, (m, 1.0))
              for m in (-1.0, 0.0, 2.0)]  # fmt: skip
    assert np.ptp(ratios) < 1e-12 * ratios[0]
    assert (numbers["T(x)"][1], numbers["T(x')"][1]) == (x[0], y[0])
    assert evidence.ours == "T(x) = T(x') wherever S(x) = S(x'), S the family's minimal statistic"


def test_an_insufficient_statistic_is_no_minimal_one_whatever_it_leaves_out():
    result = held(lambda x: x.sum(), "normal")
    assert [v.claim for v in result.violations] == ["likelihood ratios"]


def test_of_two_observations_their_order_is_all_that_two_moments_leave_out():
    likelihood = LIKELIHOODS["normal"]
    for numbers, minimal in (((16, -8), True), ((16, -8, 5), False)):
        found, _ = alike(np.sort, likelihood, np.array(numbers) / 16, [0, 0])
        assert found.converged
        assert np.allclose(found.value, found.other_value, rtol=0, atol=1e-12) == minimal


# -- how people say it ----------------------------------------------------------------------------


def test_minimality_is_judged_where_it_is_declared_and_never_inferred():
    result = judged(PAIRING, lambda x: (x.sum(), (x * x).sum()))
    assert result.ruling is Ruling.UPHELD
    assert result.convention == {"family": "normal", "minimal": "no"}
    (verdict,) = (v for v in result.verdicts if v.claim == "minimal")
    assert verdict.ruling is Ruling.NOT_APPLICABLE
    assert verdict.reason == "a theorem for minimal=yes only"


def test_of_an_undeclared_family_those_are_named_for_which_it_is_minimal():
    result = held(lambda x: (x.min(), x.max()))
    assert result.ruling is Ruling.IDENTIFIED
    assert result.identification.departures == {"family": "uniform-shift"}
    assert "as well" not in result.identification.sentence


def test_what_is_merely_sufficient_is_told_so():
    result = held(lambda x: (x.sum(), x.sum() ** 2 + x[-1]), "normal-mean")
    assert result.ruling is Ruling.VIOLATED
    assert result.diagnosis.name == "minimal no, where yes was declared"


def test_an_axis_of_promises_offers_its_canonical_option_alone():
    options = tuple(Option(name=name, words=name) for name in ("no", "yes"))
    promise = Axis(name="promise", options=options, promise=True)
    choice = Axis(name="choice", options=options)
    assert [o.name for o in promise.others("yes")] == ["no"]
    assert promise.others("no") == ()
    assert [o.name for o in choice.others("no")] == ["yes"]


def test_a_table_made_by_hand_is_decided_without_an_error():
    place = Path(__file__).parents[1] / "benchmarks" / "sufficiency.py"
    spec = importlib.util.spec_from_file_location("sufficiency", place)
    bench = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(bench)
    decided = list(bench.minimality(0))
    wrong = [d for d in decided if d[2] is not None and d[2] != bench.right(*d[:2], "minimal")]
    assert wrong == []
    assert sum(found is not None for *_, found in decided) > 80
