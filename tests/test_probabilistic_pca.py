"""Probabilistic PCA and the frontier: the oracle meets other algorithms, the claims are true."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import brentq, minimize
from scipy.stats import multivariate_normal

from tightframe.theorems import errata_rate, linear_gaussian
from tightframe.theorems.covariance import Bottleneck
from tightframe.theorems.linear_gaussian import LinearGaussian
from tightframe.theorems.linear_vae import (
    Learnt,
    Source,
    averages,
    elbo_of,
    highest,
    level_of,
    maximum,
    oracle,
    point,
    rate_at,
    shortfalls,
    unit,
)
from tightframe.theorems.linear_vae_claims import VAE
from tightframe.theorems.linear_vae_problems import design, moments_of, problems, rows_of, simpler
from tightframe.theorems.probabilistic_pca import PROBABILISTIC_PCA, best
from tightframe.theorems.rate_distortion import RATE_DISTORTION

ROUNDOFF = 64 * 2.0**-53
PLAIN = Bottleneck((24, 16, 8), (1, -2), (8, 0, -8), 2)  # variances 3, 4/3 and 1/3
CLAIMS = {claim.name: claim for claim in VAE.claims}


def drawn(problem, seed, distance=1.0):
    """Random parameters, near the best ones or far from them."""
    draw, source = np.random.default_rng(seed), oracle(problem)
    d, k = len(source.moments.values), source.k
    fit = best(source, source.noise * np.exp(distance * draw.normal()))
    mean = source.moments.mean
    return source, fit._replace(
        decoder=fit.decoder + distance * draw.normal(size=(d, k)),
        encoder=fit.encoder + distance * draw.normal(size=(k, d)),
        variance=fit.variance * np.exp(distance * draw.normal(size=k)),
        decoder_bias=mean + distance * draw.normal(size=d),
        encoder_bias=-fit.encoder @ mean + distance * draw.normal(size=k),
        beta=float(np.exp(distance * draw.normal())), elbo=None, converged=False,
    )  # fmt: skip


# -- the likelihood -------------------------------------------------------------------------------


def test_two_variances_of_two_and_a_half_have_the_likelihood_of_a_unit_determinant() -> None:
    """log 2 + log 1/2 = 0, so that -log 2 pi - 1 is left."""
    found = oracle(Bottleneck((16, 8), (0,), (0, 0), 1))
    assert found.likelihood == pytest.approx(-np.log(2 * np.pi) - 1, rel=1e-15)
    assert found.noise == 0.5


@pytest.mark.parametrize("problem", design(), ids=str)
def test_the_likelihood_is_the_mean_log_density_of_the_rows(problem) -> None:
    """By scipy's multivariate normal, at the parameters in closed form."""
    source, x = oracle(problem), rows_of(problem)
    W = best(source, source.noise).decoder
    cov = W @ W.T + source.noise * np.eye(len(W))
    density = multivariate_normal(source.moments.mean, cov).logpdf(x).mean()
    assert density == pytest.approx(source.likelihood, rel=1e-12, abs=1e-12)


@pytest.mark.parametrize("seed", range(3))
def test_a_search_over_all_decoders_finds_the_likelihood_and_nothing_above_it(seed) -> None:
    source, x = oracle(PLAIN), rows_of(PLAIN)
    mean, S = source.moments.mean, np.cov(x.T, bias=True)

    def cost(flat):
        W = flat[:6].reshape(3, 2)
        C = W @ W.T + np.exp(flat[6]) * np.eye(3)
        return 0.5 * (np.linalg.slogdet(2 * np.pi * C)[1] + np.trace(np.linalg.solve(C, S)))

    start = np.random.default_rng(seed).normal(size=7)
    found = minimize(cost, start, method="BFGS", options={"gtol": 1e-9})
    assert -found.fun <= source.likelihood + 1e-12
    assert -found.fun == pytest.approx(source.likelihood, abs=1e-9)
    assert np.exp(found.x[6]) == pytest.approx(source.noise, rel=1e-4)
    assert mean == pytest.approx([1, 0, -1])


def test_the_best_encoder_is_the_posterior_of_the_linear_gaussian_model() -> None:
    source, x = oracle(PLAIN), rows_of(PLAIN)
    fit = best(source, source.noise)
    model = LinearGaussian(fit.decoder, source.moments.mean, fit.sigma2)
    means, cov = linear_gaussian.posterior(model, x)
    assert np.allclose((x - source.moments.mean) @ fit.encoder.T, means, rtol=0, atol=1e-14)
    assert np.allclose(np.diag(fit.variance), cov, rtol=0, atol=1e-15)


# -- the ELBO and what it falls short by ----------------------------------------------------------


@pytest.mark.parametrize("problem", design(), ids=str)
def test_the_elbo_is_that_of_the_rows(problem) -> None:
    """Row by row, with the divergence of each; no moments of the data are used."""
    source, fit = drawn(problem, 7)
    x = rows_of(problem)
    model = LinearGaussian(fit.decoder, fit.decoder_bias, fit.sigma2)
    mu = x @ fit.encoder.T + fit.encoder_bias
    logvar = np.broadcast_to(np.log(fit.variance), mu.shape)
    rows = linear_gaussian.elbo(model, x, mu, logvar).mean()
    noise = ROUNDOFF * unit(problem, source, fit)
    plain = fit._replace(beta=1.0)
    assert abs(elbo_of(source, plain) - rows) <= noise


def test_without_biases_both_maps_act_on_centred_data() -> None:
    source, fit = drawn(PLAIN, 3)
    mean = source.moments.mean
    centred = fit._replace(decoder_bias=mean, encoder_bias=-fit.encoder @ mean)
    expected = elbo_of(source, centred)
    for given_ in ({"decoder_bias": None}, {"encoder_bias": None}):
        assert elbo_of(source, centred._replace(**given_)) == pytest.approx(expected, rel=1e-14)


def test_without_variances_the_best_ones_are_meant() -> None:
    source, fit = drawn(PLAIN, 4)

    def cost(logvar):
        return -elbo_of(source, fit._replace(variance=np.exp(logvar)))

    found = minimize(cost, np.zeros(2), method="BFGS", options={"gtol": 1e-10})
    assert elbo_of(source, fit._replace(variance=None)) == pytest.approx(-found.fun, rel=1e-12)


@settings(max_examples=80, deadline=None)
@given(problems(), st.integers(0, 2**32 - 1), st.sampled_from((2.0, 0.3, 1e-3, 0.0)))
def test_what_is_fallen_short_by_is_the_sum_of_six_terms_none_negative(
    problem, seed, distance
) -> None:
    source, fit = drawn(problem, seed, distance)
    lost = shortfalls(source, fit)
    terms = [float(np.sum(term)) for term in lost]
    short = maximum(source, fit.beta, fit.sigma2) - elbo_of(source, fit)
    noise = ROUNDOFF * unit(problem, source, fit)
    assert min(terms) >= -noise
    assert abs(sum(terms) - short) <= noise


@settings(max_examples=80, deadline=None)
@given(problems(), st.integers(0, 2**32 - 1), st.sampled_from((2.0, 0.3, 1e-3, 0.0)))
def test_untrained_parameters_keep_every_claim_that_binds_always(problem, seed, distance) -> None:
    source, fit = drawn(problem, seed, distance)
    fit = fit._replace(elbo=elbo_of(source, fit))
    for claim in VAE.claims:
        if claim.binds == "always":
            noise = ROUNDOFF * claim.unit(problem, source, fit)
            assert claim.slack(problem, source, fit) >= -noise, claim.name


@settings(max_examples=60, deadline=None)
@given(problems(), st.sampled_from((0.25, 1.0, 1.5, 4.0)))
def test_the_closed_form_keeps_every_claim_at_any_weight(problem, beta) -> None:
    source = oracle(problem)
    fit = best(source, highest(source, beta)[1], beta)
    for claim in VAE.claims:
        noise = ROUNDOFF * claim.unit(problem, source, fit) / 4
        assert claim.slack(problem, source, fit) >= -noise, claim.name


def test_a_tie_leaves_the_axes_free_and_is_no_violation() -> None:
    """A false alarm that comparing the rotation with a permutation would raise."""
    tied = Bottleneck((16, 16, 8), (0, 0), (0, 0, 0), 2)
    source, R = oracle(tied), np.array([[0.6, -0.8], [0.8, 0.6]])
    fit = best(source, source.noise)
    turned = fit._replace(decoder=fit.decoder @ R, encoder=R.T @ fit.encoder)
    noise = ROUNDOFF * unit(tied, source, turned)
    assert all(claim.slack(tied, source, turned) >= -noise for claim in VAE.claims)
    apart = oracle(PLAIN)
    fit = best(apart, apart.noise)
    turned = fit._replace(decoder=fit.decoder @ R, encoder=R.T @ fit.encoder)
    assert CLAIMS["rotation"].slack(PLAIN, apart, turned) < -0.05


# -- the frontier ---------------------------------------------------------------------------------


@pytest.mark.parametrize("level", [0.05, 0.4, 1.0, 2.5, 4.0])
def test_the_frontier_is_found_by_a_search_over_one_axis_at_a_time(level) -> None:
    """Encoder, variance and decoder of one unit, by a simplex that knows no calculus."""
    lam = 3.0

    def cost(p):
        w, v, t = p[0], p[1], np.exp(p[2])
        lost = lam * (1 - w * v) ** 2 + w**2 * t
        return lost / (2 * level) + 0.5 * (v**2 * lam + t - 1 - p[2])

    options = {"xatol": 1e-10, "fatol": 1e-14, "maxiter": 4000, "maxfev": 4000}
    found = minimize(cost, [1.0, 0.3, -0.5], method="Nelder-Mead", options=options)
    source = oracle(Bottleneck((24, 16, 8), (0, 0), (0, 0, 0), 1))
    expected = point(source, level)
    rest = 4 / 3 + 1 / 3
    axis = (expected.distortion - rest) / (2 * level) + expected.rate
    assert found.fun == pytest.approx(axis, abs=1e-9)


def test_with_enough_units_it_is_reverse_water_filling() -> None:
    """Shannon's curve: the level by bisection, the rate by its formula."""
    values = oracle(PLAIN).moments.values
    enough = oracle(PLAIN)._replace(k=3)
    for distortion in (0.1, 1.0, 1.5, 2.2, 4.0, 4.6):
        level = brentq(lambda s, D=distortion: np.minimum(values, s).sum() - D, 1e-9, 3.0)
        rate = 0.5 * np.log(np.maximum(values / level, 1)).sum()
        assert rate_at(enough, distortion) == pytest.approx(rate, abs=1e-9)


def test_it_is_the_one_that_exact_fractions_give() -> None:
    """By the unit of each axis, for an erratum: no code is shared."""
    values = np.array(errata_rate.VARIANCES, float)
    three = Source(oracle(PLAIN).moments._replace(values=values), 3, 0.0, 0.0)
    for level in (Fraction(k, 8) for k in range(1, 40)):
        distortion, plain, factor = errata_rate.linear_vae(level)
        found = point(three, float(level))
        assert found.distortion == pytest.approx(float(distortion), rel=1e-14)
        assert found.rate == pytest.approx((float(plain) + np.log(float(factor))) / 2, abs=1e-14)


def test_the_slope_is_minus_one_over_twice_the_level() -> None:
    source, step = oracle(PLAIN), 1e-6
    for level in (0.2, 1.0, 2.0):
        here = point(source, level)
        rise = rate_at(source, here.distortion + step) - rate_at(source, here.distortion - step)
        assert rise / (2 * step) == pytest.approx(-1 / (2 * level), rel=1e-6)
        assert level_of(source, here.distortion) == pytest.approx(level, rel=1e-12)


def test_no_decoder_variance_of_a_fine_grid_is_better_than_the_highest() -> None:
    source = oracle(PLAIN)
    for beta in (0.5, 1.0, 1.3, 2.0, 5.0):
        value, sigma2 = highest(source, beta)
        grid = max(maximum(source, beta, float(s)) for s in np.geomspace(1e-3, 1e2, 4001))
        assert grid <= value + 1e-13
        assert value == pytest.approx(grid, abs=1e-5)
        assert maximum(source, beta, sigma2) == value


def test_the_loss_conventions_of_tutorials_have_the_thresholds_one_half_one_and_392() -> None:
    """Of 784 standardised pixels, two of which carry much; the level is B/2A."""
    values = np.array([500.0, 100.0, 0.75] + [1.0] * 3)
    moments = oracle(PLAIN).moments._replace(values=np.sort(values)[::-1])
    source = Source(moments, 6, 0.0, 0.0)
    weights = {"sum": (1.0, 1.0), "half": (0.5, 1.0), "mean": (1 / 784, 1.0)}
    levels = {name: B / (2 * A) for name, (A, B) in weights.items()}
    assert levels == {"sum": 0.5, "half": 1.0, "mean": pytest.approx(392)}
    active = {name: point(source, level).active for name, level in levels.items()}
    assert active == {"sum": 6, "half": 2, "mean": 1}


def test_as_many_units_as_dimensions_leave_a_plateau_at_weight_one_and_no_maximum_below() -> None:
    source = oracle(PLAIN)._replace(k=3)
    flat = [maximum(source, 1.0, s) for s in (0.3, 0.1, 1e-3, 1e-6)]
    assert np.ptp(flat) < 1e-9
    steep = [maximum(source, 0.5, s) for s in (0.3, 0.1, 1e-3, 1e-6)]
    assert all(np.diff(steep) > 0.2)


def test_the_codes_of_active_units_fill_the_prior_and_blur_by_the_level() -> None:
    source = oracle(PLAIN)
    fit = best(source, 0.5)
    S = source.moments.moment
    assert np.allclose(fit.encoder @ S @ fit.encoder.T + np.diag(fit.variance), np.eye(2))
    shown = fit.decoder @ fit.encoder
    variances = np.linalg.eigvalsh(shown @ S @ shown.T)[::-1][:2]
    values = source.moments.values[:2]
    assert variances == pytest.approx((values - 0.5) ** 2 / values)
    assert averages(source, fit)[0] == pytest.approx(2 * 0.5 + 1 / 3)


# -- the problems ---------------------------------------------------------------------------------


def test_the_design_covers_the_hard_cases() -> None:
    sources = [oracle(problem) for problem in design()]
    values = [source.moments.values for source in sources]
    assert any(v[s.k - 1] == v[s.k] for v, s in zip(values, sources, strict=True))
    assert any(v[-1] == 0 for v in values)
    assert any(any(problem.shift) for problem in design())
    actives = [point(s, 1.5 * highest(s, 1.5)[1]).active for s in sources]
    assert any(a < s.k for a, s in zip(actives, sources, strict=True))
    assert any(a == s.k for a, s in zip(actives, sources, strict=True))
    assert all(source.noise > 0 for source in sources)


@settings(max_examples=50, deadline=None)
@given(problems())
def test_drawn_problems_leave_something_over_and_become_simpler_until_nothing_is_left(
    problem,
) -> None:
    for _ in range(200):
        assert oracle(problem).noise > 0
        following = next(simpler(problem), None)
        if following is None:
            break
        problem = following
    assert problem == Bottleneck((8, 8), (0,), (0, 0), 1)


@pytest.mark.parametrize("k", [1, 2.0, 5.0, 9.0])
def test_a_declared_number_of_units_fits_every_problem(k) -> None:
    for problem in design():
        posed = problem._replace(k=k)
        assert moments_of(posed).values[posed.units :].sum() > 0
        spread = np.linalg.eigvalsh(np.cov(rows_of(posed).T, bias=True))[::-1]
        assert np.allclose(spread, moments_of(posed).values, rtol=0, atol=1e-12 * spread[0])


def test_each_claim_belongs_to_one_of_the_two_theorems() -> None:
    owned = [c.name for t in (PROBABILISTIC_PCA, RATE_DISTORTION) for c in t.families[0].claims]
    assert sorted(owned) == sorted(CLAIMS)


def test_numbers_that_are_none_are_missed_and_break_nothing() -> None:
    source, fit = drawn(PLAIN, 1)
    for wrong in (
        {"sigma2": -1.0}, {"sigma2": 0.0}, {"beta": np.nan}, {"variance": np.zeros(2)},
        {"decoder": np.full((3, 2), np.inf)}, {"encoder": np.full((2, 3), 1e200)},
    ):  # fmt: skip
        bad: Learnt = fit._replace(**wrong)
        with np.errstate(all="ignore"):
            slacks = [claim.slack(PLAIN, source, bad) for claim in VAE.claims]
            units = [claim.unit(PLAIN, source, bad) for claim in VAE.claims]
        assert len(units) == len(slacks)
        assert any(not slack >= -1.0 for slack in slacks), wrong
