"""What is commonly said fails, what is said instead holds, there and wherever it claims to."""

from __future__ import annotations

import math
from fractions import Fraction
from itertools import product
from typing import Any

import mpmath
import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy import integrate, stats

from tightframe.theorems import errata_autoencoders as linear
from tightframe.theorems import errata_circle as circle
from tightframe.theorems import errata_denoising as denoising
from tightframe.theorems import errata_information as information
from tightframe.theorems import errata_mixtures as mixtures
from tightframe.theorems import finite_experiments as finite
from tightframe.theorems.catalogue import THEOREMS
from tightframe.theorems.errata import CHAPTERS, ERRATA, NOTES
from tightframe.theorems.erratum import Refutation, is_exact
from tightframe.theorems.finite_models import bayes_risk, told

ROUNDED = {  # those whose slacks need a logarithm, a root or an integral
    "linear-slack-in-the-risk", "mixture-means-as-simplex", "circle-through-one-number",
    "score-by-any-denoiser", "gradient-up-to-the-gap", "pathwise-variance", "rate-in-bits",
    "nt-xent-keys", "negatives-of-a-finite-set", "larger-batches-raise-the-ceiling",
    "infonce-without-the-exponent", "limit-for-any-critic", "uniform-in-enough-dimensions",
    "augmentations-within-classes", "curve-starts-diagonal", "evaluating-is-not-optimality",
    "concave-by-the-channel", "every-beta-keeps-something", "unit-sphere-caps-the-rate",
    "compression-and-noise", "cka-of-unrelated-features", "rotations-of-any-prior",
    "collapse-at-any-penalty",
}  # fmt: skip
few = settings(max_examples=40, deadline=None)


@pytest.fixture(scope="module")
def found() -> dict[str, Refutation]:
    return {id: erratum.counterexample() for id, erratum in ERRATA.items()}


def number(refutation: Refutation, words: str) -> Any:
    (value,) = [n.value for n in refutation.numbers if words in n.of]
    return value


# -- every entry ----------------------------------------------------------------------------------


@pytest.mark.parametrize("id", ERRATA)
def test_the_common_claim_fails_and_the_corrected_statement_holds(
    found: dict[str, Refutation], id: str
) -> None:
    claimed, corrected = found[id].claimed, found[id].corrected
    assert (claimed is None) == bool(ERRATA[id].cited)
    assert claimed is None or claimed.value < 0
    assert corrected.value >= 0


@pytest.mark.parametrize("id", sorted(set(ERRATA) - ROUNDED))
def test_where_everything_is_discrete_the_slacks_are_exact(
    found: dict[str, Refutation], id: str
) -> None:
    assert is_exact(found[id].corrected.value)
    claimed = found[id].claimed
    assert claimed is None or is_exact(claimed.value)


def test_the_table_has_every_entry_once() -> None:
    assert len(ERRATA) == sum(map(len, CHAPTERS.values()))
    assert sum(bool(erratum.cited) for erratum in ERRATA.values()) == 1
    assert {name for erratum in ERRATA.values() for name in erratum.theorems} <= set(THEOREMS)
    for erratum in ERRATA.values():
        assert erratum.claim != erratum.corrected
        assert all((erratum.said, erratum.believed, erratum.instance))
    assert all(note.words for note in NOTES)


# -- sufficiency ----------------------------------------------------------------------------------


@st.composite
def tables(draw: st.DrawFn) -> list[list[Fraction]]:
    """Laws on four points, zeros among them, no point impossible under all."""
    weights = draw(st.lists(st.lists(st.integers(0, 3), min_size=4, max_size=4), min_size=1,
                            max_size=4))  # fmt: skip
    assume(all(map(sum, weights)) and all(map(sum, zip(*weights, strict=True))))
    return [[Fraction(w, sum(row)) for w in row] for row in weights]


@few
@given(tables())
def test_a_statistic_is_sufficient_exactly_where_its_level_sets_lie_in_classes(
    table: list[list[Fraction]],
) -> None:
    classes = finite.likelihood_classes(table)
    for statistic in finite.statistics(4):
        within = finite.pairs_split(statistic, classes) == 0
        assert finite.is_sufficient(table, statistic) == within


@few
@given(tables())
def test_to_be_the_same_up_to_a_factor_is_an_equivalence(table: list[list[Fraction]]) -> None:
    same = {(x, y): finite.same_up_to_a_factor(table, x, y) for x, y in product(range(4), repeat=2)}
    assert all(same[x, x] and same[x, y] == same[y, x] for x, y in same)
    assert all(same[x, z] for x, y, z in product(range(4), repeat=3) if same[x, y] and same[y, z])


def test_there_are_as_many_statistics_as_bell_counted() -> None:
    assert [len(set(finite.statistics(n))) for n in range(1, 6)] == [1, 2, 5, 15, 52]


@st.composite
def joints(draw: st.DrawFn) -> dict[tuple[int, int], Fraction]:
    """Joint laws on three by three."""
    weights = draw(st.lists(st.integers(0, 6), min_size=9, max_size=9))
    assume(sum(weights))
    cells = product(range(3), repeat=2)
    return {cell: Fraction(w, sum(weights)) for cell, w in zip(cells, weights, strict=True)}


def nats(logarithms: dict[int, Fraction]) -> float:
    return math.fsum(float(c) * math.log(p) for p, c in logarithms.items())


@few
@given(joints(), st.tuples(*[st.integers(0, 2)] * 3))
def test_finite_informations_obey_the_chain_rule_exactly(
    joint: dict[tuple[int, int], Fraction], labels: tuple[int, int, int]
) -> None:
    statistic = dict(enumerate(labels))
    coarse = finite.information(finite.through(joint, statistic))
    direct = finite.conditional_information(joint, statistic)
    whole = finite.information(joint)
    primes = {*coarse, *direct, *whole}
    assert all(whole.get(p, 0) - coarse.get(p, 0) == direct.get(p, 0) for p in primes)
    table = np.array([[float(joint[x, y]) for y in range(3)] for x in range(3)])
    outer = np.outer(table.sum(1), table.sum(0))
    kept = table > 0
    plain = float(np.sum(table[kept] * np.log(table[kept] / outer[kept])))
    assert nats(whole) == pytest.approx(plain, abs=1e-12)


@few
@given(joints(), st.tuples(*[st.integers(0, 2)] * 3), st.lists(st.integers(0, 4), min_size=9,
                                                              max_size=9))  # fmt: skip
def test_forgetting_costs_no_more_than_the_root_of_the_information(
    joint: dict[tuple[int, int], Fraction], labels: tuple[int, int, int], paid: list[int]
) -> None:
    def loss(action: int, y: int) -> Fraction:
        return Fraction(paid[3 * action + y], 4)

    table = tuple(tuple(joint[x, y] for x in range(3)) for y in range(3))
    gap = bayes_risk(told(table, labels), loss, 3) - bayes_risk(table, loss, 3)
    lost = nats(finite.conditional_information(joint, dict(enumerate(labels))))
    assert 0 <= gap <= Fraction(max(paid) - min(paid), 4) * math.sqrt(max(lost, 0.0) / 2) + 1e-9


@few
@given(st.integers(3, 10**6))
def test_no_constant_serves_for_a_linear_slack(n: int) -> None:
    gap, lost = information.through_a_noisy_channel(Fraction(1, n))
    assert gap == Fraction(1, n)
    assert n / 2.5 < float(gap) / float(lost) < n / 2
    assert 1 <= math.sqrt(float(lost) / 2) / float(gap) < 1.1 or n < 5


# -- mixtures -------------------------------------------------------------------------------------


def test_log_odds_are_those_of_normal_densities() -> None:
    means, x = mixtures.IN_A_LINE, (3, 1)
    logs = [stats.multivariate_normal(mean=m).logpdf(x) for m in means]
    assert [float(mixtures.log_odds(means, x, c)) for c in range(3)] == pytest.approx(
        [value - logs[-1] for value in logs]
    )


@few
@given(st.lists(st.tuples(*[st.integers(-5, 5)] * 2), min_size=3, max_size=4, unique=True))
def test_cosines_are_those_of_the_centred_means(means: list[tuple[int, ...]]) -> None:
    centred = np.array(means) - np.mean(means, axis=0)
    norms = np.linalg.norm(centred, axis=1)
    assume(min(norms) > 1e-9)
    gram = (centred @ centred.T) / np.outer(norms, norms)
    expected = gram[np.triu_indices(len(means), 1)]
    assert mixtures.cosines(means) == pytest.approx(list(expected), abs=1e-9)


# -- autoencoders ---------------------------------------------------------------------------------


@few
@given(st.lists(st.integers(-9, 9), min_size=4, max_size=4))
def test_every_invertible_matrix_leaves_the_loss_at_its_floor(entries: list[int]) -> None:
    a, b, c, d = entries
    assume(a * d != b * c)
    C = linear.exact([[a, b], [c, d]])
    encoder, decoder = C @ linear.TOP, linear.TOP.T @ linear.inverse(C)
    assert linear.reconstruction_loss(decoder @ encoder, linear.SPREAD) == 1
    assert (encoder @ decoder == linear.eye(2)).all()


@few
@given(st.lists(st.integers(-9, 9), min_size=12, max_size=12))
def test_no_product_of_rank_two_is_below_the_floor(entries: list[int]) -> None:
    A = linear.exact([entries[0:2], entries[2:4], entries[4:6]]) / 4
    B = linear.exact([entries[6:9], entries[9:12]]) / 4
    assert linear.reconstruction_loss(A @ B, linear.SPREAD) >= 1


@few
@given(st.fractions(-1, 1), st.fractions(-3, 3))
def test_no_short_atom_is_below_the_constrained_minimum(atom: Fraction, code: Fraction) -> None:
    assert linear.sparse_loss(atom, code) >= Fraction(7, 16)


@few
@given(st.integers(2, 10**9))
def test_a_long_atom_pays_as_little_as_one_likes(c: int) -> None:
    assert linear.sparse_loss(Fraction(c), Fraction(1, c)) == Fraction(1, 2 * c)


@settings(max_examples=15, deadline=None)
@given(
    st.lists(st.tuples(*[st.integers(-4, 4)] * 2), min_size=1, max_size=3),
    st.tuples(st.floats(-2, 2), st.floats(-2, 2)),
)
def test_every_continuous_encoder_takes_some_antipodes_together(
    waves: list[tuple[int, int]], decoded: tuple[float, float]
) -> None:
    """Whatever the common code is decoded to, one of the two is off by at least the radius."""

    def encoder(t: Any) -> Any:
        return mpmath.fsum(
            a * mpmath.cos(k * t) + b * mpmath.sin(k * t) for k, (a, b) in enumerate(waves, 1)
        )

    with mpmath.workdps(50):
        low, high = circle.meeting(encoder)
        assert 0 <= high - low < 1e-30
        assert abs(encoder(low) - encoder(low + mpmath.pi)) < 1e-25
        point = np.array([math.cos(low), math.sin(low)])
    errors = [np.linalg.norm(point - decoded), np.linalg.norm(-point - decoded)]
    assert max(errors) >= 1 - 1e-12


@pytest.mark.parametrize("width", [1.0, 0.25])
def test_the_seam_errs_by_the_integral_of_its_errors(width: float) -> None:
    def squared(t: float) -> float:
        z = float(circle.seam(width)(t))
        return (math.cos(z) - math.cos(t)) ** 2 + (math.sin(z) - math.sin(t)) ** 2

    total, _ = integrate.quad(squared, 0, 2 * math.pi, points=[2 * math.pi - width], limit=200)
    assert float(circle.mean_square(width)) == pytest.approx(total / (2 * math.pi), rel=1e-8)
    assert float(circle.mean_square(width)) == pytest.approx(width / math.pi, rel=1e-12)
    assert float(circle.largest_error(width)) == pytest.approx(2)


# -- denoising ------------------------------------------------------------------------------------


@few
@given(st.fractions(Fraction(1, 9), 9), st.fractions(Fraction(1, 9), 9), st.fractions(-3, 3))
def test_the_best_denoiser_of_normal_data_has_the_score_of_the_noisy_ones(
    variance: Fraction, noise: Fraction, y: Fraction
) -> None:
    learnt = (denoising.best_linear(variance, noise) * y - y) / noise
    assert learnt == -y / (variance + noise)


def test_the_least_error_on_two_points_is_that_of_an_adaptive_quadrature(
    found: dict[str, Refutation],
) -> None:
    sigma = math.sqrt(denoising.NOISE)

    def missed(z: float) -> float:
        return (1 - math.tanh((1 + sigma * z) / sigma**2)) ** 2 * stats.norm.pdf(z)

    least, _ = integrate.quad(missed, -12, 12, epsabs=1e-13)
    measured = number(found["score-by-any-denoiser"], "of the best denoiser")
    assert float(measured) == pytest.approx(least, rel=1e-10)
