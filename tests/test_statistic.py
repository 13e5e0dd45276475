"""Any statistic: sufficient ones are upheld in whatever precision, others are refuted by a pair of
samples, and what cannot be decided is left open."""

from __future__ import annotations

import importlib.util
import math
import re
from pathlib import Path

import numpy as np
import pytest
import torch
from judged import judged
from scipy import stats
from scipy.integrate import quad

from tightframe.checks.identify import handful
from tightframe.checks.statistic import PAIRING
from tightframe.checks.verdict import Ruling
from tightframe.implementations.statistic import FAMILY
from tightframe.implementations.statistic_training import trained, training
from tightframe.theorems.fisher_neyman import median_efficiency
from tightframe.theorems.likelihoods import LIKELIHOODS, crossed, separating
from tightframe.theorems.sufficiency import sample

FAMILIES = tuple(LIKELIHOODS)
LAWS = {
    "normal": lambda t: stats.norm(t[0], math.sqrt(t[1])),
    "normal-mean": lambda t: stats.norm(t[0], math.sqrt(t[1])),
    "curved-normal": lambda t: stats.norm(t[0], abs(t[0])),
    "bernoulli": lambda t: stats.bernoulli(t[0]),
    "poisson": lambda t: stats.poisson(t[0]),
    "exponential": lambda t: stats.expon(scale=1 / t[0]),
    "gamma": lambda t: stats.gamma(t[0], scale=1 / t[1]),
    "uniform": lambda t: stats.uniform(0, t[0]),
    "uniform-shift": lambda t: stats.uniform(t[0], 1),
}  # SciPy's, which know nothing of ours


def held(statistic, family=None, budget="quick"):
    how = {"convention": {"family": family}} if family else {}
    return judged(PAIRING, statistic, budget=budget, **how)


def by_scipy(family, x, theta):
    law = LAWS[family](theta)
    return float(np.prod(law.pmf(x) if hasattr(law.dist, "pmf") else law.pdf(x)))


def two_samples(family, draw, n=4):
    likelihood = LIKELIHOODS[family]
    if likelihood.points:
        points = likelihood.points(n)
        return (np.array(points[i]) for i in draw.integers(0, len(points), 2))
    return likelihood.draw(draw, n), likelihood.draw(draw, n)


# -- the oracle -----------------------------------------------------------------------------------


@pytest.mark.parametrize("family", FAMILIES)
def test_the_minimal_statistic_decides_what_scipy_s_densities_say(family):
    """On random pairs, and on pairs made to agree: S is equal exactly if the products are."""
    draw, likelihood = np.random.default_rng(0), LIKELIHOODS[family]
    for turn in range(40):
        x, y = two_samples(family, draw)
        if turn % 4 == 0:
            y = draw.permutation(x)
        theta, other = separating(likelihood, x, y)
        one = by_scipy(family, x, theta) * by_scipy(family, y, other)
        two = by_scipy(family, x, other) * by_scipy(family, y, theta)
        assert np.allclose((one, two), crossed(likelihood, x, y, theta, other), rtol=1e-12)
        same = np.allclose(likelihood.minimal(x), likelihood.minimal(y), rtol=1e-12)
        assert math.isclose(one, two, rel_tol=1e-9) == same


@pytest.mark.parametrize("family", [f for f in FAMILIES if LIKELIHOODS[f].points is None])
def test_slopes_of_the_minimal_statistic_are_its_differences(family):
    likelihood = LIKELIHOODS[family]
    for problem in handful(PAIRING):
        x, h = sample(problem, family), 1e-6
        moved = [(likelihood.minimal(x + h * e) - likelihood.minimal(x - h * e)) / (2 * h)
                 for e in np.eye(len(x))]  # fmt: skip
        assert np.allclose(np.stack(moved, axis=1), likelihood.slopes(x), atol=1e-7)


@pytest.mark.parametrize(("n", "share"), [(1, 1.0), (3, 0.743080), (5, 0.697383), (11, 0.662828)])
def test_the_median_keeps_its_known_share_of_the_information(n, share):
    assert median_efficiency(n) == pytest.approx(share, abs=1e-6)
    k = (n - 1) // 2

    def integrand(t):
        phi, Phi = stats.norm.pdf(t), stats.norm.cdf(t)
        score = -t + k * phi / Phi - k * phi / (1 - Phi)
        factor = math.factorial(n) / math.factorial(k) ** 2
        return score**2 * factor * phi * (Phi * (1 - Phi)) ** k

    assert median_efficiency(n) == pytest.approx(quad(integrand, -7, 7)[0] / n, rel=1e-7)


def test_of_many_observations_the_median_keeps_two_over_pi():
    assert median_efficiency(1001) == pytest.approx(2 / math.pi, rel=2e-3)


def test_every_space_of_counts_holds_a_pair_for_each_wrong_power_sum():
    for n in range(2, 9):
        points = np.array(LIKELIHOODS["poisson"].points(n))
        assert len(set(map(tuple, points))) == len(points) < 300
        for power in (points.max(axis=1), (points**2).sum(axis=1), points.var(axis=1).round(9)):
            fibres = {}
            for value, total in zip(power, points.sum(axis=1), strict=True):
                fibres.setdefault(value, set()).add(total)
            assert any(len(totals) > 1 for totals in fibres.values())


# -- sufficient statistics ------------------------------------------------------------------------


@pytest.mark.parametrize("option", FAMILY.options[1:], ids=lambda o: o.name)
def test_the_closed_form_of_each_family_is_upheld_where_it_is_declared(option):
    result = held(option.write(None), option.name)
    assert result.ruling is Ruling.UPHELD
    assert max(v.used or 0 for v in result.verdicts) <= 0.25


def test_a_sum_says_for_which_families_it_is_sufficient():
    result = held(lambda x: x.sum())
    assert result.ruling is Ruling.IDENTIFIED
    assert result.identification.departures == {"family": "normal-mean"}
    assert "as well with bernoulli, poisson, exponential;" in result.identification.sentence


def test_the_largest_is_known_for_the_uniform_law_s():
    sentence = held(lambda x: x.numpy().max()).identification.sentence
    assert "family=uniform " in sentence
    assert "as well" not in sentence


def test_what_is_declared_wrongly_is_condemned_and_the_right_family_named():
    result = held(lambda x: torch.stack([x.min(), x.max()]), "exponential")
    assert result.ruling is Ruling.VIOLATED
    assert result.diagnosis.name.startswith("family uniform")


NET = torch.nn.Sequential(torch.nn.Flatten(0), torch.nn.Linear(1, 1, bias=False))
SUFFICIENT = {
    "sinh": (lambda x: torch.sinh(x.sum() / 3), "normal-mean"),
    "cube": (lambda x: x.sum() ** 3, "normal-mean"),
    "very small": (lambda x: 1e-200 * x.sum(), "normal-mean"),
    "far from zero": (lambda x: (x + 1e6).sum(), "normal-mean"),
    "single precision": (lambda x: x.float().sum().double(), "normal-mean"),
    "a cancelling variance": (
        lambda x: (x.float().mean(), (x.float() ** 2).mean() - x.float().mean() ** 2), "normal"
    ),
    "half precision": (lambda x: x.half().sum(), "normal-mean"),
    "six digits": (lambda x: round(float(x.sum()), 6), "normal-mean"),
    "products in NumPy": (lambda x: (np.prod(x.numpy()), np.sum(x.numpy())), "gamma"),
    "redundant": (lambda x: (x.sum(), x.mean()), "normal-mean"),
    "more than needed": (lambda x: (x.sum(), x[0]), "normal-mean"),
    "all data": (lambda x: x, "normal"),
    "single ends": (lambda x: (x.float().min(), x.float().max()), "uniform-shift"),
    "stabilised deviation": (lambda x: (x.mean(), (x.var() + 1e-5).sqrt()), "normal"),
    "only arrays": (lambda x: np.ndarray.sum(x), "poisson"),
    "a network in single precision": (lambda x: torch.stack([*map(NET[1], x.view(-1, 1))]).sum(),
                                      "normal-mean"),
    "scores of many powers": (
        lambda x: torch.stack([(x**k).sum() for k in range(1, 7)]), "normal"
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", SUFFICIENT)
def test_a_sufficient_statistic_is_upheld_however_it_is_computed(name):
    result = held(*SUFFICIENT[name])
    assert result.ruling is Ruling.UPHELD
    assert max(v.used or 0 for v in result.verdicts) <= 0.25


ROUNDED = {
    "to one digit": (lambda x: round(float(x.sum()), 1), "normal-mean"),
    "to integers": (lambda x: round(float(x.sum())), "normal-mean"),
    "one of two": (lambda x: (float(x.sum()), round(float((x**2).sum()), 1)), "normal"),
    "bfloat16": (lambda x: x.bfloat16(), "normal"),
    "saturated": (lambda x: torch.sigmoid(100 * x.sum()), "normal-mean"),
    "underflown": (lambda x: torch.exp(-800 * x.sum()), "exponential"),
    "two in one number": (lambda x: (x.sum(), x.sum() + 1e-12 * (x**2).sum()), "normal"),
    "a pole": (lambda x: (x.mean(), x.std() / (x.mean() + 1e-8)), "normal"),
    "ends": (lambda x: (round(float(x.min()), 2), round(float(x.max()), 2)), "uniform-shift"),
    "saturated counts": (lambda x: torch.sigmoid(10 * x.sum()), "poisson"),
    "a floor and a fraction": (
        lambda x: (torch.floor(x.sum()), x.sum() % 1, (x * x).sum()),
        "normal",
    ),
    "weights, saturated, on counts": (
        lambda x: torch.sigmoid(20 * (x @ torch.linspace(-1, 2, len(x)).double().exp())),
        "poisson",
    ),
    "underflown bits": (lambda x: torch.exp(-800 * x.sum()), "bernoulli"),
}


@pytest.mark.parametrize("name", ROUNDED)
def test_a_statistic_that_rounding_spoils_is_never_condemned(name):
    assert held(*ROUNDED[name]).ruling in (Ruling.UPHELD, Ruling.INCONCLUSIVE)


# -- insufficient ones ----------------------------------------------------------------------------

WRONG = {
    "median": (lambda x: np.median(x.numpy()), "normal-mean"),
    "first": (lambda x: x[0], "normal-mean"),
    "range": (lambda x: x.max() - x.min(), "normal-mean"),
    "nearly the mean": (lambda x: x.mean() + 1e-3 * x[0], "normal-mean"),
    "more nearly": (lambda x: x.mean() + 1e-6 * x[0], "normal-mean"),
    "absolute sum": (lambda x: x.sum().abs(), "normal-mean"),
    "trimmed": (lambda x: x.clamp(-1, 1).sum(), "normal-mean"),
    "sign": (lambda x: torch.sign(x.sum()), "normal-mean"),
    "constant": (lambda x: 0.0, "curved-normal"),
    "parity": (lambda x: int(x.sum()) % 2, "bernoulli"),
    "any": (lambda x: bool((x > 0).any()), "bernoulli"),
    "in single precision": (lambda x: x.float().mean() + 1e-2 * x.float()[0], "normal-mean"),
    "scale-free": (lambda x: x / x.sum(), "gamma"),
}


@pytest.mark.parametrize("name", WRONG)
def test_an_insufficient_statistic_is_refuted(name):
    assert held(*WRONG[name]).ruling is Ruling.VIOLATED


def test_what_is_sufficient_for_none_is_judged_for_the_canonical_family():
    result = held(lambda x: x.median())
    assert result.ruling is Ruling.VIOLATED
    assert result.convention == {"family": "normal", "minimal": "no"}
    assert result.diagnosis.name == "median"


def test_each_claim_condemns_something_and_does_not_apply_elsewhere():
    first = {v.claim: v.ruling for v in held(lambda x: x[0], "uniform").verdicts}
    assert first == {
        "supports": Ruling.VIOLATED, "likelihood ratios": Ruling.NOT_APPLICABLE,
        "minimal": Ruling.NOT_APPLICABLE,
    }  # fmt: skip


def test_the_evidence_can_be_computed_again_by_hand():
    evidence = held(lambda x: x.sum(), "normal").violations[0].evidence
    numbers = {
        name: np.array([float(v) for v in text.split(", ")])
        for name, text in re.findall(r"([\w()']+) = \(([^)]*)\)", evidence.theirs)
    }
    assert np.sum(numbers["x"]) == pytest.approx(np.sum(numbers["x'"]), abs=1e-12)
    one, two = (float(v) for v in re.findall(r"\) = ([\d.e-]+)(?=[,;])", evidence.theirs))
    products = [
        by_scipy("normal", numbers[a], numbers["theta"])
        * by_scipy("normal", numbers[b], numbers["theta'"])
        for a, b in (("x", "x'"), ("x'", "x"))
    ]
    assert (one, two) == pytest.approx(products, rel=1e-12)
    assert abs(one / two - 1) > 0.01


def test_a_table_made_by_hand_is_decided_without_an_error():
    """The benchmark's first seed; it makes more than 1000 decisions in all."""
    place = Path(__file__).parents[1] / "benchmarks" / "sufficiency.py"
    spec = importlib.util.spec_from_file_location("sufficiency", place)
    bench = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(bench)
    every = list(bench.decisions(0))
    wrong = [
        (name, family) for name, family, found in every
        if found is not None and found != (family in bench.TABLE[name].sufficient)
    ]  # fmt: skip
    assert wrong == []
    assert len(every) > 240


# -- what stays open ------------------------------------------------------------------------------


def test_too_few_pairs_are_said_to_be_too_few():
    verdict, *_ = held(SUFFICIENT["single precision"][0], "normal-mean").verdicts
    assert verdict.binds == "where decided"
    verdict, *_ = held(ROUNDED["to one digit"][0], "normal-mean").verdicts
    assert verdict.ruling is Ruling.INCONCLUSIVE
    assert "fewer than 5 do not decide" in verdict.reason


def test_a_statistic_that_is_constant_in_pieces_is_open_unless_it_coincides_whatever_the_scale():
    verdict, *_ = held(ROUNDED["to integers"][0], "normal-mean").verdicts
    assert "constant in pieces" in verdict.reason
    assert held(lambda x: int(x.argmax()), "normal").ruling is Ruling.VIOLATED


# -- what is no statistic -------------------------------------------------------------------------


class Counter:
    def __init__(self):
        self.total = 0.0

    def __call__(self, x):
        self.total += float(x.sum())
        return self.total


def in_place(x):
    x -= x.mean()
    return x.sum()


REFUSED = {
    "random": (lambda x: x.sum() + torch.rand(()), "the same data give the same value"),
    "dropout": (lambda x: torch.nn.functional.dropout(x, 0.5).sum(), r"call .eval\(\) on a module"),
    "state": (Counter(), "keep nothing from call to call"),
    "not a number": (lambda x: x.log().sum(), r"remedy:   if the data are of another family"),
    "a domain": (lambda x: sum(math.log(v) for v in x), r"another family, declare it"),
    "a dict": (lambda x: {"mean": x.mean()}, "received: a dict with keys mean"),
    "nothing": (lambda x: None, "received: NoneType"),
    "words": (lambda x: "large", "received: str"),
    "complex": (lambda x: torch.fft.fft(x), "expected: a real number"),
    "lengths": (lambda x: x[x > 0], r"expected: as many numbers for every sample of one size"),
    "in place": (in_place, "changes x"),
    "two arguments": (lambda x, theta: x.sum(), "missing a required argument: 'theta'"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_statistic_is_refused_with_a_remedy(name):
    code, words = REFUSED[name]
    result = held(code, "normal")
    assert result.ruling is Ruling.REFUSED
    assert re.search(words, result.reason)
    assert "remedy:" in result.reason


def test_an_error_of_the_code_s_own_is_a_crash():
    def broken(x):
        raise RuntimeError("no weights")

    result = held(broken, "normal")
    assert result.ruling is Ruling.CRASHED
    assert "no weights" in result.reason


# -- training -------------------------------------------------------------------------------------


def test_the_network_learns_the_two_moments_and_nothing_else():
    encoder, loss = training()
    assert loss < 1e-3
    lengths = encoder.abs().max(dim=0).values
    assert float(lengths[2:].max() / lengths[:2].min()) < 1e-13
    assert float(torch.linalg.det(encoder[:, :2]).abs()) > 1e-3


def test_training_repeats_itself_and_leaves_the_world_alone():
    threads, state = torch.get_num_threads(), torch.get_rng_state()
    first, second = training(), training()
    assert torch.allclose(first[0], second[0], rtol=1e-9)
    assert torch.get_num_threads() == threads
    assert torch.equal(torch.get_rng_state(), state)


def test_an_encoder_that_keeps_one_number_is_condemned():
    result = held(lambda x: trained(x)[0], "normal")
    assert result.ruling is Ruling.VIOLATED
