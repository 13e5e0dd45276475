"""The theorem: its proof re-checks, its oracle meets other algorithms, its claims are true."""

from fractions import Fraction

import mpmath
import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from tightframe.theorems.bottleneck import (
    LINEAR_AUTOENCODER,
    Fit,
    excess_terms,
    explained_by_slope,
    oracle,
    reconstruction_error,
    unit,
)
from tightframe.theorems.covariance import Bottleneck, bottlenecks, design, moments, points, simpler
from tightframe.theorems.critical_points import (
    CriticalPoint,
    critical_points,
    hessian,
    index,
    inertia,
)

ROUNDOFF = 64 * 2.0**-53
ALWAYS = [claim for claim in LINEAR_AUTOENCODER.claims if claim.binds == "always"]
PLAIN = Bottleneck((24, 16, 8), (1, -2), (8, 0, -8), 2)


# -- the proof ------------------------------------------------------------------------------------


def test_the_exact_hessian_is_the_one_that_autograd_finds():
    point = CriticalPoint((3, 2, 1), 2, (0, 2))
    S = torch.diag(torch.tensor(point.values, dtype=torch.float64))
    encoder = torch.zeros(2, 3, dtype=torch.float64)
    encoder[0, 0] = encoder[1, 2] = 1

    def loss(flat):
        residual = torch.eye(3, dtype=torch.float64) - flat[:6].view(3, 2) @ flat[6:].view(2, 3)
        return torch.trace(residual @ S @ residual.T)

    at = torch.cat([encoder.T.reshape(-1), encoder.reshape(-1)])
    found = torch.autograd.functional.hessian(loss, at).numpy()
    assert np.array_equal(found, 2 * np.array(hessian(point), float))


def test_the_exact_inertia_is_the_one_that_eigenvalues_have():
    for point in critical_points():
        matrix = hessian(point)
        values = np.linalg.eigvalsh(np.array(matrix, float))
        negative, zero, positive = inertia(matrix)
        assert (np.sum(values < -1e-9), np.sum(values > 1e-9)) == (negative, positive)
        assert negative + zero + positive == len(matrix)


def test_at_the_minimum_the_flat_directions_are_the_orbit():
    """k squared of them: the invertible matrices of the basis."""
    point = CriticalPoint((4, 3, 2, 1), 2, (0, 1))
    assert inertia(hessian(point)) == (0, 4, 2 * 2 * 4 - 4)
    assert index(point) == 0


# -- the oracle -----------------------------------------------------------------------------------


@pytest.mark.parametrize("problem", design(), ids=str)
def test_the_data_have_the_moments_that_the_problem_says(problem):
    x, found = points(problem), moments(problem)
    assert np.allclose(x.mean(axis=0), found.mean, rtol=0, atol=4e-16 * found.size**0.5)
    about = np.cov(x.T, bias=True)
    assert np.allclose(about, found.moment, rtol=0, atol=1e-15 * found.size)
    assert np.isclose((x**2).sum(axis=1).mean(), found.size, rtol=1e-15)


@pytest.mark.parametrize("problem", design(), ids=str)
def test_the_floor_is_the_tail_of_the_singular_values(problem):
    """Eckart and Young, by a decomposition of the data: no eigenvectors shared with the oracle."""
    x = points(problem)
    for centring, rows in (("yes", x - x.mean(axis=0)), ("no", x)):
        tail = np.linalg.svd(rows, compute_uv=False)[problem.k :]
        truth = oracle(problem, centring)
        assert abs(truth.floor - (tail**2).sum() / len(x)) <= 1e-14 * truth.moments.size


def test_the_floor_is_that_of_eigenvalues_to_fifty_digits():
    problem = Bottleneck((33, 32, 8), (1, 2), (0, 0, 0), 1)
    with mpmath.workdps(50):
        values = sorted(mpmath.eigsy(mpmath.matrix(moments(problem).moment), eigvals_only=True))
        assert abs(sum(values[:2]) - mpmath.mpf(17) / 3) < 1e-15 * moments(problem).size
    assert abs(oracle(problem).floor - Fraction(17, 3)) < 1e-15 * moments(problem).size


def test_the_design_covers_the_hard_cases():
    gaps = [oracle(problem).gap for problem in design()]
    smallest = [moments(problem).values[-1] for problem in design()]
    assert 0.0 in gaps
    assert 0.0 in smallest
    assert any(len(points(p)) < len(p.semiaxes) for p in design())
    assert any(any(p.shift) for p in design())
    assert max(moments(p).size for p in design()) > 1e4
    assert len(set(design())) == len(design())


@settings(max_examples=50, deadline=None)
@given(bottlenecks())
def test_drawn_problems_are_valid_and_become_simpler_until_nothing_is_left(problem):
    for _ in range(200):
        d, rows = len(problem.semiaxes), len(points(problem))
        assert len(problem.turns) == d - 1
        assert len(problem.shift) == d
        assert 1 <= problem.k <= min(d - 1, rows)
        following = next(simpler(problem), None)
        if following is None:
            break
        problem = following
    assert problem == Bottleneck((8, 8), (0,), (0, 0), 1)


@pytest.mark.parametrize("k", [1, 2.0, 5.0, 9.0])
def test_a_declared_width_fits_every_problem(k):
    """By further axes, where there are too few."""
    for problem in design():
        posed = problem._replace(k=k)
        rows, wide = points(posed).shape
        assert posed.units <= min(rows, wide - 1)
        tail = np.linalg.svd(points(posed) - points(posed).mean(axis=0), compute_uv=False)
        lost = (tail[posed.units :] ** 2).sum() / rows
        assert abs(oracle(posed).floor - lost) <= 1e-14 * moments(posed).size


# -- the claims are true --------------------------------------------------------------------------


def honest(problem, decoder, encoder, offset):
    truth = oracle(problem)
    fit = Fit(decoder, encoder, offset, 0.0, False)
    return truth, fit._replace(loss=reconstruction_error(truth, fit))


@settings(max_examples=150, deadline=None)
@given(bottlenecks(), st.integers(0, 2**32 - 1), st.booleans(), st.sampled_from((1.0, 1e-3, 0.0)))
def test_untrained_maps_satisfy_every_claim_that_binds_always(problem, seed, biased, distance):
    """Random maps, near the best one and far from it, of full rank or not."""
    draw, d, k = np.random.default_rng(seed), len(problem.semiaxes), problem.k
    top = moments(problem).vectors[:, :k]
    basis = draw.normal(size=(k, k)) + 2 * np.eye(k)
    decoder = top @ basis + distance * draw.normal(size=(d, k))
    encoder = np.linalg.pinv(top @ basis) + distance * draw.normal(size=(k, d))
    offset = draw.normal(size=d) if biased else None
    truth, fit = honest(problem, decoder, encoder, offset)
    noise = ROUNDOFF * unit(problem, truth, fit)
    for claim in ALWAYS:
        assert claim.slack(problem, truth, fit) >= -noise, claim.name


@settings(max_examples=100, deadline=None)
@given(st.integers(0, 2**32 - 1), st.sampled_from((0.3, 1e-2, 1e-4)))
def test_near_the_minimum_the_slope_explains_the_excess(seed, distance):
    draw = np.random.default_rng(seed)
    top = moments(PLAIN).vectors[:, :2]
    decoder = top + distance * draw.normal(size=(3, 2)) / 4
    encoder = top.T + distance * draw.normal(size=(2, 3)) / 4
    truth, fit = honest(PLAIN, decoder, encoder, None)
    S, residual = truth.moments.moment, fit.product - np.eye(3)
    slopes = (2 * residual @ S @ encoder.T, 2 * decoder.T @ residual @ S)
    slope = float(np.sqrt(sum((g**2).sum() for g in slopes)))
    claims = {claim.name: claim.slack for claim in LINEAR_AUTOENCODER.claims}
    assert claims["no false summits"](PLAIN, truth, fit) >= -1e-14
    assert claims["reaches the floor"](PLAIN, truth, fit._replace(slope=slope)) >= -1e-14
    assert explained_by_slope(truth, fit._replace(slope=slope)) < np.inf


def test_the_terms_of_the_excess_are_exactly_the_excess():
    draw = np.random.default_rng(5)
    for _ in range(50):
        truth, fit = honest(
            PLAIN, draw.normal(size=(3, 2)), draw.normal(size=(2, 3)), draw.normal(size=3)
        )
        terms = excess_terms(truth, fit)
        assert min(terms) >= -1e-14
        assert abs(sum(terms) - (fit.loss - truth.floor)) <= ROUNDOFF * unit(PLAIN, truth, fit)


@pytest.mark.parametrize("kept", [(0, 2), (1, 2), (0,), ()])
def test_every_other_critical_point_is_a_false_summit(kept):
    vectors = moments(PLAIN).vectors
    decoder = np.zeros((3, 2))
    decoder[:, : len(kept)] = vectors[:, list(kept)]
    truth, fit = honest(PLAIN, decoder, decoder.T.copy(), None)
    claims = {claim.name: claim.slack for claim in LINEAR_AUTOENCODER.claims}
    assert claims["no false summits"](PLAIN, truth, fit) < -0.5
    assert claims["reaches the floor"](PLAIN, truth, fit) < -0.5


def test_where_the_covariance_is_singular_the_map_is_free_off_the_data():
    """A false alarm that comparing maps with the projector would raise."""
    line = Bottleneck((16, 0, 0), (2, 1), (0, 0, 0), 1)
    vectors = moments(line).vectors
    encoder = vectors[:, :1].T + 4 * vectors[:, 2:].T
    truth, fit = honest(line, vectors[:, :1], encoder, None)
    assert np.linalg.norm(fit.product - truth.projector) > 3
    noise = ROUNDOFF * unit(line, truth, fit)
    assert all(claim.slack(line, truth, fit) >= -noise for claim in ALWAYS)
