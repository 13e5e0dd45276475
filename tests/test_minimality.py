"""Lehmann and Scheffé, epsilon-sufficiency, Bayes risk: by exhaustion, quadrature, other routes."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from scipy.stats import norm

from tightframe.checks.posterior import picture
from tightframe.reports.book import needed
from tightframe.theorems.bayes_risk import most_lost
from tightframe.theorems.catalogue import THEOREMS
from tightframe.theorems.epsilon_sufficiency import (
    PLANE,
    gaussian_information,
    gaussian_loss,
    mixture_information,
    mixture_loss,
    quadrature,
)
from tightframe.theorems.finite_experiments import (
    by_ratio,
    is_sufficient,
    likelihood_classes,
    statistics,
)
from tightframe.theorems.finite_models import (
    Model,
    bayes_risk,
    classes,
    coarser_or_equal,
    error,
    flipped,
    information,
    joint,
    told,
    uniform_up_to,
)
from tightframe.theorems.gaussian_kl_pair import kl
from tightframe.theorems.posterior import Observed, oracle
from tightframe.theorems.posterior_problems import mapped

ALL = list(statistics(7))


def models(count: int, points: int, parameters: int) -> Iterator[Model]:
    """Rational models with planted proportional columns, some with zeros."""
    draw = random.Random(5)
    for _ in range(count):
        kinds = draw.randint(2, points - 1)
        vectors = [
            [draw.randint(0 if j else 1, 6) for j in range(parameters)] for _ in range(kinds)
        ]
        vectors[0] = [1] * parameters
        chosen = [vectors[draw.randrange(kinds)] for _ in range(points - 1)] + [vectors[0]]
        sizes = [draw.randint(1, 5) for _ in chosen]
        columns = [[size * v for v in vector] for size, vector in zip(sizes, chosen, strict=True)]
        totals = [sum(column[j] for column in columns) for j in range(parameters)]
        yield tuple(
            tuple(Fraction(column[j], totals[j]) for column in columns) for j in range(parameters)
        )


# -- Lehmann and Scheffé --------------------------------------------------------------------------


def test_bells_numbers_count_the_statistics() -> None:
    assert [len(list(statistics(m))) for m in range(1, 8)] == [1, 2, 5, 15, 52, 203, 877]
    assert len(set(ALL)) == 877


def test_every_partition_of_seven_points_is_sufficient_just_if_it_refines_the_minimal_one() -> None:
    """Decided by cross-products, which share nothing with the normalised columns."""

    def by_cross_products(model: Model, part: tuple[int, ...]) -> bool:
        return all(
            f[x] * g[y] == g[x] * f[y] for fibre in classes(part) for x in fibre for y in fibre
            if x < y for f in model for g in model
        ) and all(
            len({bool(f[x]) for x in fibre} | {bool(any(f[x] for x in fibre))}) == 1
            for fibre in classes(part) for f in model
        )  # fmt: skip

    sufficient = 0
    for model in models(60, 7, 3):
        least = likelihood_classes(model)
        for part in ALL:
            refines = coarser_or_equal(least, part)
            assert is_sufficient(model, part) == refines
            sufficient += refines
        for part in random.Random(1).sample(ALL, 30):
            assert by_cross_products(model, part) == coarser_or_equal(least, part)
    assert sufficient > 2000  # and so not all of them by being false


def test_throws_of_a_coin_are_told_apart_by_their_number_of_heads() -> None:
    throws = [(a, b, c) for a in (0, 1) for b in (0, 1) for c in (0, 1)]
    model = tuple(
        tuple(p ** sum(t) * (1 - p) ** (3 - sum(t)) for t in throws)
        for p in (Fraction(1, 3), Fraction(3, 4))
    )
    heads = [sum(t) for t in throws]
    assert len(set(likelihood_classes(model))) == 4
    assert len(set(zip(likelihood_classes(model), heads, strict=True))) == 4


def test_the_identity_is_sufficient_and_not_constant_on_a_class() -> None:
    """The erratum: level sets lie in classes, and are no unions of them."""
    half = (Fraction(1, 2), Fraction(1, 2))
    assert is_sufficient((half,), (0, 1))
    assert likelihood_classes((half,)) == (0, 0)


def test_ratios_where_densities_vanish_relate_one_way_only() -> None:
    laws = uniform_up_to(4)
    assert all(
        by_ratio(laws, x, y) and not by_ratio(laws, y, x) for y in range(4) for x in range(y)
    )
    assert likelihood_classes(laws) == (0, 1, 2, 3)


# -- epsilon-sufficiency --------------------------------------------------------------------------


def test_losses_of_tables_are_mean_divergences_and_add_along_chains() -> None:
    prior = (Fraction(1, 2), Fraction(1, 3), Fraction(1, 6))
    for model in models(10, 5, 3):
        table = joint(model, prior)
        for fine in list(statistics(5))[::7]:
            seen = told(table, fine)
            lost = information(table) - information(seen)
            divergence = sum(
                float(p) * math.log(float(p / sum(r[x] for r in table))
                / float(seen[i][fine[x]] / sum(r[fine[x]] for r in seen)))
                for i, row in enumerate(table) for x, p in enumerate(row) if p
            )  # fmt: skip
            assert lost == pytest.approx(divergence, abs=1e-13)
            coarse = tuple(0 for _ in range(max(fine) + 1))
            rest = information(seen) - information(told(seen, coarse))
            assert information(table) == pytest.approx(lost + rest, abs=1e-13)


def test_the_gaussian_loss_is_the_mean_divergence_of_the_posteriors() -> None:
    """By the divergence of two Gaussians at each x: their means' spread in closed form."""
    draw = np.random.default_rng(3)
    P, R = (L @ L.T + np.eye(len(L)) for L in (draw.normal(size=(2, 2)), draw.normal(size=(4, 4))))
    H, A = draw.normal(size=(4, 2)), draw.normal(size=(2, 4))

    def posterior(B: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        gain = P @ (B @ H).T @ np.linalg.inv(B @ (H @ P @ H.T + R) @ B.T)
        return gain @ B, P - gain @ B @ H @ P

    (g_x, v_x), (g_t, v_t) = posterior(np.eye(4)), posterior(A)
    gap = (g_x - g_t) @ (H @ P @ H.T + R) @ (g_x - g_t).T
    same = kl(np.zeros(2), v_x, np.zeros(2), v_t)
    expected = same + 0.5 * float(np.trace(np.linalg.solve(v_t, gap)))
    assert gaussian_loss(P, H, R, A) == pytest.approx(expected, abs=1e-12)
    rows = np.linalg.solve(R, H).T
    assert gaussian_loss(P, H, R, rows) == pytest.approx(0, abs=1e-12)
    assert gaussian_loss(P, H, R, rows[:1]) > 1e-3


def test_the_first_of_several_observations_loses_what_the_mean_keeps() -> None:
    one, noise = np.ones((5, 1)), np.eye(5)
    prior = np.array([[1.0]])
    assert gaussian_loss(prior, one, noise, one.T / 5) == pytest.approx(0, abs=1e-15)
    first = gaussian_loss(prior, one, noise, np.eye(5)[:1])
    assert first == pytest.approx(0.5 * math.log(6 / 2), abs=1e-14)
    a = np.array([[3.0, 1.0, 0.0, -1.0, 0.5]])
    own = 0.5 * math.log(1 + a.sum() ** 2 / (a**2).sum())
    assert gaussian_information(prior, one, noise, a) == pytest.approx(own, abs=1e-14)


THREE = Observed(
    ((0.0, 0.0, 0.0),), ((0.0, 0.0, 1.0), (2.0, 1.0, 0.0), (-1.0, 1.5, 0.5)),
    ((1.0, 0.75, 0.0), (0.75, 1.0, 0.25), (0.0, 0.25, 2.0)), (0.5, 0.25, 0.25),
)  # fmt: skip


def test_weighed_differences_lose_nothing_and_plain_ones_do() -> None:
    means, covariance = np.asarray(THREE.means), np.asarray(THREE.covariance)
    plain = means[1:] - means[0]
    weighed = np.linalg.solve(covariance, plain.T).T
    assert mixture_loss(THREE, weighed) == pytest.approx(0, abs=1e-13)
    assert mixture_loss(THREE, plain) > 1e-3
    assert mixture_loss(THREE, weighed[:1]) > 0.05
    points, _ = quadrature(THREE, 4)
    seen = THREE._replace(t=tuple(map(tuple, points.tolist())))
    left, right = oracle(seen).value, oracle(mapped(seen, weighed, 0.0)).value
    assert left == pytest.approx(right, abs=1e-12)


def test_the_mixtures_information_is_an_integral_over_a_line() -> None:
    pair = Observed(((0.0,),), ((-1.0,), (1.5,)), ((1.0,),), (0.75, 0.25))
    x = np.linspace(-12, 13, 100_001)
    parts = [0.75 * norm.pdf(x, -1), 0.25 * norm.pdf(x, 1.5)]
    total = sum(parts)
    cells = [p * np.log(p / (w * total)) for p, w in zip(parts, pair.priors, strict=True)]
    assert mixture_information(pair) == pytest.approx(np.trapezoid(sum(cells), x), abs=1e-10)


def test_equally_many_equal_classes_tell_nothing() -> None:
    same = THREE._replace(means=THREE.means[:1] * 3)
    assert mixture_information(same) == pytest.approx(0, abs=1e-14)


# -- Bayes risk -----------------------------------------------------------------------------------


def test_the_minimal_statistic_costs_nothing_and_no_other_more_than_the_bound() -> None:
    draw, prior = random.Random(2), (Fraction(1, 2), Fraction(1, 3), Fraction(1, 6))
    exact = 0
    for model in models(12, 6, 3):
        table = joint(model, prior)
        losses = [[Fraction(draw.randint(0, 8), 8) for _ in prior] for _ in range(4)]

        def loss(action: int, parameter: int, losses: Any = losses) -> Fraction:
            return losses[action][parameter]

        size = float(max(map(max, losses)) - min(map(min, losses)))
        best = bayes_risk(table, loss, 4)
        assert bayes_risk(told(table, likelihood_classes(model)), loss, 4) == best
        for part in draw.sample(list(statistics(6)), 25):
            seen = told(table, part)
            gap, nats = bayes_risk(seen, loss, 4) - best, information(table) - information(seen)
            assert gap >= 0
            assert float(gap) <= most_lost(nats, size=size) + 1e-12
            exact += gap == 0
    assert 0 < exact < 300


def test_the_constant_of_the_bound_is_sharp_and_the_root_is_needed() -> None:
    for chance, ratio in ((Fraction(4, 10), 0.99), (Fraction(499, 1000), 0.999998)):
        table = flipped(chance)
        gap = float(bayes_risk(told(table, (0, 0)), error, 2) - bayes_risk(table, error, 2))
        assert ratio <= gap / most_lost(information(table)) <= 1
    nearly = flipped(Fraction(4999, 10000))
    gap = float(Fraction(1, 2) - bayes_risk(nearly, error, 2))
    assert gap / information(nearly) == pytest.approx(5000, rel=1e-3)


def test_the_picture_keeps_the_bound_and_the_student_reaches_the_closed_form() -> None:
    series = picture().series
    lost, gaps, bounds, trained = (dict(line) for line in series.values())
    assert all(-1e-12 <= gaps[angle] <= bounds[angle] for angle in gaps)
    assert all(excess == pytest.approx(lost[angle], abs=1e-6) for angle, excess in trained.items())
    apart = np.subtract(*np.asarray(PLANE.means))
    best = np.linalg.solve(np.asarray(PLANE.covariance), apart)
    angle = math.degrees(math.atan2(best[1], best[0])) % 180
    assert abs(min(lost, key=lambda a: lost[a]) - angle) <= 2.5


# -- the book -------------------------------------------------------------------------------------


def test_a_theorem_that_governs_no_contract_is_proved_where_it_is_used() -> None:
    assert needed(["bayes-risk"]) == [
        id for id in THEOREMS
        if id in ("bayes-risk", "epsilon-sufficiency", "lehmann-scheffe", "gaussian-kl")
    ]  # fmt: skip
