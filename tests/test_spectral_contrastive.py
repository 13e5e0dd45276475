"""The spectral contrastive loss: trained features against eigenvalues, batches against the law that
they are drawn from, and code as people write it."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
import torch
from scipy.optimize import minimize

import tightframe
from tightframe.checks.catalogue import PAIRINGS
from tightframe.checks.noise import KAPPA, UNIT_ROUNDOFF
from tightframe.checks.verdict import Ruling
from tightframe.implementations.contract import Call
from tightframe.theorems.spectral_contrastive import (
    CHAIN,
    best_features,
    least,
    picture,
    population,
    spectrum,
)
from tightframe.theorems.spectral_loss import Views, oracle

NOISE = KAPPA["float64"] * UNIT_ROUNDOFF["float64"]
PAIRING = PAIRINGS["spectral-contrastive"]
F = torch.nn.functional
ROWS = Views(((1.5, 2.0), (0.5, -0.25), (-1.0, 0.75)), ((2.0, 1.0), (0.25, 1.5), (0.5, -0.5)))
LAW = np.array([[4.0, 1.0, 0.0], [1.0, 2.0, 3.0], [0.0, 3.0, 2.0]]) / 16
POINTS = ((1.5, 0.5), (-0.5, 1.0), (0.25, -1.25))


# -- the population -------------------------------------------------------------------------------


def table(seed: int, size: int) -> np.ndarray:
    """A law of pairs in which a view is hardly ever met with itself: eigenvalues of both signs."""
    draw = np.random.default_rng(seed).uniform(0.05, 1.0, (size, size)) ** 3
    draw[np.diag_indices(size)] *= 0.05
    both = draw + draw.T
    return both / both.sum()


@pytest.mark.parametrize(("seed", "features"), [(0, 1), (0, 3), (1, 4), (2, 5)])
def test_features_that_are_trained_reach_the_clipped_eigenvalues_and_none_passes_them(
    seed: int, features: int
) -> None:
    law = torch.tensor(table(seed, 5))
    shares = law.sum(dim=1)

    def loss_and_slope(flat: np.ndarray) -> tuple[float, np.ndarray]:
        f = torch.tensor(flat.reshape(5, features), requires_grad=True)
        scores = f @ f.T
        value = (torch.outer(shares, shares) * scores**2 - 2 * law * scores).sum()
        (slope,) = torch.autograd.grad(value, f)
        return float(value.detach()), slope.numpy().ravel()

    start = np.random.default_rng(seed).normal(size=5 * features)
    found = minimize(loss_and_slope, start, jac=True, method="L-BFGS-B",
                     options={"ftol": 0.0, "gtol": 1e-12, "maxiter": 5000})  # fmt: skip
    lowest = least(law.numpy(), features)
    assert abs(found.fun - lowest) <= 1e-13
    assert found.fun >= lowest - 1e-15


def test_the_clip_is_needed() -> None:
    law = table(0, 5)
    values = spectrum(law)
    assert values[-1] < -0.1
    assert least(law, 5) > -float((values**2).sum()) + 0.01
    assert abs(population(law, best_features(law, 5)) - least(law, 5)) <= 1e-14


def test_the_largest_eigenvalue_is_one_and_its_feature_constant() -> None:
    assert abs(spectrum(LAW)[0] - 1) <= 1e-14
    constant = np.abs(best_features(LAW, 1))
    np.testing.assert_allclose(constant, 1.0, atol=1e-14)


def test_the_loss_is_a_squared_error_of_the_scaled_table() -> None:
    f = np.array(POINTS)
    shares = LAW.sum(axis=1)
    scaled = LAW / np.sqrt(np.outer(shares, shares))
    weighted = np.sqrt(shares)[:, None] * f
    error = np.linalg.norm(scaled - weighted @ weighted.T) ** 2 - np.linalg.norm(scaled) ** 2
    assert abs(population(LAW, f) - error) <= 1e-14


# -- batches --------------------------------------------------------------------------------------


def expectation(negatives: str) -> float:
    """Over every batch of two pairs, each with its chance."""
    places, total = list(product(range(3), repeat=2)), 0.0
    for first, second in product(places, repeat=2):
        batch = Views((POINTS[first[0]], POINTS[second[0]]), (POINTS[first[1]], POINTS[second[1]]))
        total += LAW[first] * LAW[second] * float(oracle(batch, negatives).value)
    return total


def test_over_other_pairs_a_batch_has_the_population_s_mean() -> None:
    assert abs(expectation("other pairs") - population(LAW, POINTS)) <= 1e-14


def test_over_all_pairs_it_is_off_by_what_own_pairs_differ_over_n() -> None:
    f = np.array(POINTS)
    squares, shares = (f @ f.T) ** 2, LAW.sum(axis=1)
    apart = (LAW * squares).sum() - shares @ squares @ shares
    assert abs(expectation("all pairs") - population(LAW, POINTS) - apart / 2) <= 1e-14
    assert abs(apart) > 0.1


@pytest.mark.parametrize(("n", "d"), [(2, 1), (3, 2), (2, 3)])
def test_the_best_batch_found_over_all_pairs_reaches_the_floor(n: int, d: int) -> None:
    def value_and_slope(flat: np.ndarray) -> tuple[float, np.ndarray]:
        truth = oracle(Views(*flat.reshape(2, n, d)), "all pairs")  # type: ignore[arg-type]
        return float(truth.value), np.concatenate([g.ravel() for g in truth.gradient])

    start = np.random.default_rng(0).normal(size=2 * n * d)
    found = minimize(value_and_slope, start, jac=True, method="L-BFGS-B", tol=1e-14).fun
    assert abs(found + min(n, d)) <= 1e-9


def test_over_other_pairs_there_is_no_floor_unless_lengths_are_bounded() -> None:
    rows = ((1000.0, 0.0), (0.0, 1000.0))
    assert float(oracle(Views(rows, rows)).value) == -2e6
    assert float(oracle(Views(rows, rows), lengths="at most one").value) == -2.0


def test_each_option_is_undone_by_its_gauge_and_so_is_each_pair() -> None:
    contract, family = PAIRING.contract, PAIRING.family
    call = Call(tuple(torch.tensor(z).double() for z in ROWS))
    options = [(a.name, o.name) for a in contract.axes for o in a.options[1:]]
    for first, second in product(options, repeat=2):
        convention = contract.canonical | dict([first, second])
        written = contract.written(contract.references["pairs"], convention)
        returned = contract.bring(lambda c, f=written: f(*c.inputs), convention, call)
        truth = family.oracle(ROWS, **contract.variants(convention))
        assert abs(float(returned) - float(truth.value)) <= NOISE * truth.unit, convention


# -- code as people write it ----------------------------------------------------------------------


def as_published(z1, z2, mu=1.0):
    """What the authors' code computes: rows outside a ball are put onto it, the mean over the
    masked square is scaled up for its diagonal."""
    radius = mu**0.5

    def into_the_ball(z):
        inside = (z.norm(p=2, dim=1) < radius).to(z.dtype)[:, None]
        return inside * z + (1 - inside) * F.normalize(z, dim=1) * radius

    z1, z2 = into_the_ball(z1), into_the_ball(z2)
    n, d = z1.shape
    attraction = -2 * torch.mean(z1 * z2) * d
    squares = (z1 @ z2.T) ** 2
    off = squares.triu(diagonal=1) + squares.tril(diagonal=-1)
    return (attraction + off.mean() * n / (n - 1)) / mu


def over_a_matrix(x, y):
    n, d = x.shape
    positives = 2 * torch.mean(x * y) * d
    squares = torch.matmul(x, y.T) ** 2
    off = squares - torch.diag(torch.diag(squares))
    return off.mean() * n / (n - 1) - positives


def of_images_and_texts(image, text):
    batch = len(image)
    return -2.0 * (image * text).sum() / batch + ((image @ text.T) ** 2).sum() / batch**2


def of_unit_rows(z1, z2):
    return over_a_matrix(F.normalize(z1, dim=-1), F.normalize(z2, dim=-1))


def of_each_anchor(z1, z2):
    scores = z1 @ z2.mT
    own = scores.diagonal()
    return (scores.square().sum(dim=1) - own.square()) / (len(z1) - 1) - 2 * own


def clipped_by_clamp(z1, z2):
    shorter = (z / z.norm(dim=1, keepdim=True).clamp_min(1) for z in (z1, z2))
    return of_images_and_texts(*shorter)


@pytest.mark.parametrize(
    ("code", "departures"),
    [
        (as_published, {"lengths": "at most one"}),
        (of_images_and_texts, {"negatives": "all pairs"}),
        (of_unit_rows, {"lengths": "one"}),
        (of_each_anchor, {"reduction": "none"}),
        (clipped_by_clamp, {"negatives": "all pairs", "lengths": "at most one"}),
        (lambda x, y: over_a_matrix(x, y) / 2, {"factor": "1/2"}),
    ],
)
def test_code_of_another_convention_is_identified_and_upheld_as_declared(code, departures) -> None:
    result = tightframe.check(code, "spectral-contrastive", budget="quick")
    assert result.ruling is Ruling.IDENTIFIED, str(result)
    assert result.identification is not None
    assert result.identification.departures == departures
    declared = tightframe.check(code, "spectral-contrastive", budget="quick", convention=departures)
    assert declared.ruling is Ruling.UPHELD, str(declared)


def test_a_masked_matrix_of_squares_is_upheld() -> None:
    assert tightframe.check(over_a_matrix, "spectral-contrastive", budget="quick").ok


def test_one_view_s_strangers_are_another_estimate_and_condemned() -> None:
    def of_one_view(z1, z2):
        n = len(z1)
        squares = (z1 @ z1.T) ** 2
        off = squares - torch.diag(torch.diag(squares))
        return off.sum() / (n * (n - 1)) - 2 * (z1 * z2).sum(1).mean()

    result = tightframe.check(of_one_view, "spectral-contrastive", budget="quick")
    assert result.ruling is Ruling.VIOLATED


def test_a_loss_with_its_parts_is_refused_with_a_remedy() -> None:
    def with_parts(z1, z2):
        return as_published(z1, z2), {"part1": 0.0}

    result = tightframe.check(with_parts, "spectral-contrastive", budget="quick")
    assert result.ruling is Ruling.REFUSED
    assert "return the loss itself" in result.reason


def test_the_picture_s_best_features_lie_on_the_least_loss() -> None:
    series = picture().series
    np.testing.assert_allclose(series["least"], series["best features"], atol=1e-14)
    assert spectrum(CHAIN)[-1] < -0.1
