"""The ELBO: the proof holds, the oracle is right, and code is told right from wrong."""

from __future__ import annotations

from functools import partial
from itertools import product
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from judged import condemning, judged, used
from scipy.integrate import dblquad, quad
from scipy.stats import multivariate_normal

from tightframe.checks.elbo import PAIRING
from tightframe.checks.verdict import Ruling
from tightframe.implementations.elbo import by_hand, by_monte_carlo
from tightframe.theorems.elbo import ELBO_FAMILY
from tightframe.theorems.elbo_family import Autoencoder, decoded, observed
from tightframe.theorems.linear_gaussian import (
    LinearGaussian,
    best_diagonal,
    diagonal_gap,
    elbo,
    evidence,
    gap,
    posterior,
)

U = 2.0**-53
CONTRACT = PAIRING.contract
VARIANTS = [
    dict(zip(("likelihood", "reconstruction", "constant", "features"), choice, strict=True))
    for choice in product(
        ("gaussian", "bernoulli"), ("given", "sampled"), ("dropped", "kept"), ("sum", "mean")
    )
    if choice[:2] != ("bernoulli", "sampled")
]
each_variant = pytest.mark.parametrize("variants", VARIANTS, ids=lambda v: "-".join(v.values()))


def model(seed: int, d: int = 3, k: int = 2) -> tuple[LinearGaussian, np.ndarray, np.ndarray]:
    draw = np.random.default_rng(seed)
    found = LinearGaussian(draw.normal(size=(d, k)), draw.normal(size=d), draw.uniform(0.5, 2))
    return found, draw.normal(size=(2, d)), draw.normal(size=(2, 2, k))


# -- the theorem ----------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(8))
def test_bound_and_divergence_add_to_the_evidence_at_random_models(seed: int) -> None:
    found, x, (mu, logvar) = model(seed, d=3 + seed % 3, k=1 + seed % 4)
    total = elbo(found, x, mu, logvar) + gap(found, x, mu, logvar)
    assert total == pytest.approx(evidence(found, x), rel=1e-12)


def test_the_evidence_is_the_marginal_density() -> None:
    found, x, _ = model(20)
    W = found.weight
    marginal = multivariate_normal(found.bias, W @ W.T + found.variance * np.eye(3))
    assert evidence(found, x) == pytest.approx(marginal.logpdf(x), rel=1e-12)


def test_the_evidence_is_the_integral_over_codes() -> None:
    found, x, _ = model(21, d=2)
    noise = multivariate_normal(np.zeros(2), found.variance * np.eye(2))

    def joint(b: float, a: float) -> float:
        z = np.array([a, b])
        prior = np.exp(-z @ z / 2) / (2 * np.pi)
        return float(prior * noise.pdf(x[0] - found.weight @ z - found.bias))

    total, _ = dblquad(joint, -8, 8, -8, 8, epsabs=1e-10)
    assert np.log(total) == pytest.approx(evidence(found, x)[0], abs=1e-7)


def test_the_bound_is_the_integral_that_defines_it() -> None:
    found, x, (mu, logvar) = model(22, d=2, k=1)
    m, s = mu[0, 0], np.exp(logvar[0, 0] / 2)

    def integrand(t: float) -> float:
        z = m + s * t
        residual = x[0] - found.weight[:, 0] * z - found.bias
        likelihood = -np.log(2 * np.pi * found.variance) - residual @ residual / (
            2 * found.variance
        )
        ratio = -(z**2) / 2 + t**2 / 2 + np.log(s)
        return float(np.exp(-(t**2) / 2) / np.sqrt(2 * np.pi) * (likelihood + ratio))

    total, _ = quad(integrand, -12, 12, epsabs=1e-12)
    assert total == pytest.approx(elbo(found, x, mu, logvar)[0], abs=1e-9)


def test_the_best_diagonal_has_the_smallest_gap_and_leaves_what_is_said() -> None:
    found, x, _ = model(23)
    mean, _ = posterior(found, x)
    best = np.log(best_diagonal(found))
    least = gap(found, x, mean, np.tile(best, (2, 1)))
    assert least == pytest.approx([diagonal_gap(found)] * 2, rel=1e-10)
    for step in np.array([[0.1, 0.0], [-0.1, 0.0], [0.0, 0.1], [0.0, -0.1]]):
        assert np.all(gap(found, x, mean, np.tile(best + step, (2, 1))) > least)


def test_orthogonal_columns_leave_no_gap() -> None:
    assert diagonal_gap(LinearGaussian(np.eye(3, 2), np.zeros(3), 0.5)) == pytest.approx(
        0, abs=1e-15
    )


# -- the oracle -----------------------------------------------------------------------------------


@each_variant
def test_the_oracle_keeps_every_claim(variants: dict[str, str]) -> None:
    for beta, variance in ((1.0, 1.0), (4.0, 0.5)):
        for claim in ELBO_FAMILY.claims:
            if all(variants[axis] in options for axis, options in claim.only.items()):
                for problem in ELBO_FAMILY.design():
                    posed = problem._replace(beta=beta, decoder_variance=variance)
                    assert used(ELBO_FAMILY, posed, variants, claim) <= 16 * U


def test_the_sampled_oracle_is_the_closed_form_of_the_model() -> None:
    for problem in ELBO_FAMILY.design():
        found = LinearGaussian(np.array(problem.weight), np.array(problem.bias), 1.0)
        expected = -elbo(found, *(np.array(t) for t in problem[:3])).mean()
        truth = ELBO_FAMILY.oracle(problem, reconstruction="sampled", constant="kept")
        assert float(truth.value) == pytest.approx(expected, rel=1e-13)


def test_the_bernoulli_oracle_agrees_with_fifty_digits() -> None:
    import mpmath

    mpmath.mp.dps = 50
    for problem in ELBO_FAMILY.design():
        x, p = observed(problem, "bernoulli"), decoded(problem, "bernoulli")
        terms = -sum(mpmath.log(b if a else 1 - mpmath.mpf(b)) for a, b in
                     zip(x.ravel(), p.ravel(), strict=True))  # fmt: skip
        kl = sum((mpmath.mpf(m) ** 2 + mpmath.exp(v) - 1 - v) / 2 for m, v in
                 zip(np.ravel(problem.mu), np.ravel(problem.logvar), strict=True))  # fmt: skip
        truth = ELBO_FAMILY.oracle(problem, likelihood="bernoulli")
        assert abs(float(truth.value) - (terms + kl) / len(x)) <= 4 * U * truth.unit


@each_variant
def test_gradients_agree_with_central_differences(variants: dict[str, str]) -> None:
    """In the codes, through the oracle's own values (the reconstruction held where it is given)."""
    sampled = variants["reconstruction"] == "sampled"
    for problem in ELBO_FAMILY.design()[:10]:
        truth = ELBO_FAMILY.oracle(problem, **variants)
        for name, slope in zip(("mu", "logvar"), truth.gradient[-2:], strict=True):
            if name == "mu" and not sampled:
                problem = problem._replace(weight=tuple((0.0,) * len(r) for r in problem.weight))
                slope = ELBO_FAMILY.oracle(problem, **variants).gradient[-2]
            direction = np.cos(np.arange(slope.size)).reshape(slope.shape)
            ahead, behind = (shifted(problem, name, s * direction, variants) for s in (1e-5, -1e-5))
            expected = float((slope * direction).sum())
            assert (ahead - behind) / 2e-5 == pytest.approx(expected, rel=1e-6, abs=1e-7)


def shifted(problem: Autoencoder, name: str, step: np.ndarray, variants: dict[str, str]) -> float:
    table = tuple(map(tuple, (np.array(getattr(problem, name)) + step).tolist()))
    return float(ELBO_FAMILY.oracle(problem._replace(**{name: table}), **variants).value)


@settings(max_examples=40, deadline=None, database=None)
@given(ELBO_FAMILY.problems())
def test_problems_are_admissible_and_whatever_is_simpler_too(problem: Autoencoder) -> None:
    for p in (problem, *ELBO_FAMILY.simpler(problem)):
        assert np.isfinite(ELBO_FAMILY.oracle(p).value)


# -- honest code ----------------------------------------------------------------------------------


@each_variant
@pytest.mark.parametrize("name", CONTRACT.references)
def test_an_honest_coding_is_upheld_in_every_variant(name: str, variants: dict[str, str]) -> None:
    theirs = CONTRACT.written(CONTRACT.references[name], CONTRACT.convention(variants))
    result = judged(PAIRING, theirs, convention=variants)
    assert result.ruling is Ruling.UPHELD
    assert max(v.used or 0.0 for v in result.verdicts) <= 0.25


@pytest.mark.parametrize("axis", ["second", "batch", "sign"])
def test_another_convention_is_upheld_where_declared_and_identified_where_not(axis: str) -> None:
    for option in CONTRACT.axis(axis).options[1:]:
        theirs = CONTRACT.written(by_hand, CONTRACT.convention({axis: option.name}))
        assert judged(PAIRING, theirs, convention={axis: option.name}).ruling is Ruling.UPHELD
        inferred = judged(PAIRING, theirs)
        assert inferred.ruling is Ruling.IDENTIFIED
        assert inferred.convention[axis] == option.name


def test_logits_are_identified_with_the_bernoulli_likelihood() -> None:
    def loss(x: Any, logits: Any, mu: Any, logvar: Any) -> Any:
        bce = torch.nn.functional.binary_cross_entropy_with_logits(logits, x, reduction="none")
        return (bce.sum(1) - 0.5 * (1 + logvar - mu**2 - logvar.exp()).sum(1)).mean()

    result = judged(PAIRING, loss)
    assert result.ruling is Ruling.IDENTIFIED
    assert (result.convention["likelihood"], result.convention["answer"]) == ("bernoulli", "logits")


@pytest.mark.parametrize(("name", "value"), [("beta", 4.0), ("decoder_variance", 0.25)])
def test_a_number_inside_the_code_is_declared_or_fitted(name: str, value: float) -> None:
    loss = partial(by_hand, **{name: value})
    assert judged(PAIRING, loss, fixed={name: value}).ruling is Ruling.UPHELD
    result = judged(PAIRING, loss)
    assert result.ruling is Ruling.IDENTIFIED
    assert result.identification is not None
    assert result.identification.parameters == {name: value}


def test_a_class_is_built_with_the_weight_that_is_on_trial() -> None:
    class BetaLoss(torch.nn.Module):
        def __init__(self, beta: float = 4.0) -> None:
            super().__init__()
            self.beta = beta

        def forward(self, x: Any, x_hat: Any, mu: Any, logvar: Any) -> Any:
            kl = 0.5 * (mu**2 + logvar.exp() - 1 - logvar).sum(1)
            return (0.5 * (x - x_hat).square().sum(1) + self.beta * kl).mean()

    assert judged(PAIRING, BetaLoss).ruling is Ruling.UPHELD
    found = judged(PAIRING, BetaLoss())
    assert found.identification is not None
    assert found.identification.parameters == {"beta": 4.0}


def test_a_bound_sampled_in_all_its_terms_is_judged_exactly() -> None:
    result = judged(
        PAIRING, by_monte_carlo, convention={"reconstruction": "sampled", "constant": "kept"}
    )
    assert result.ruling is Ruling.UPHELD
    claims = {v.claim: v.ruling for v in result.verdicts}
    for name in ("below the evidence", "identity", "tight at the posterior"):
        assert claims[name] is Ruling.UPHELD


@pytest.mark.parametrize("samples", [1, 3])
def test_several_draws_per_row_are_judged_exactly(samples: int) -> None:
    def loss(x: Any, decoder: Any, mu: Any, logvar: Any) -> Any:
        z = torch.distributions.Normal(mu, (logvar / 2).exp()).rsample((samples,))
        squares = 0.5 * (x - decoder(z)).pow(2).sum(-1).mean(0)
        return (squares - 0.5 * (1 + logvar - mu**2 - logvar.exp()).sum(1)).mean()

    result = judged(PAIRING, loss, convention={"reconstruction": "sampled"})
    assert result.ruling is Ruling.UPHELD


@pytest.mark.parametrize("place", ["variance", "logarithm"])
def test_a_stabiliser_is_found_and_exonerated(place: str) -> None:
    result = judged(PAIRING, partial(CONTRACT.stabilised, **{place: 1e-9}))
    assert result.ruling is Ruling.STABILISED
    assert [(s.place, s.size) for s in result.stabilisers] == [(place, 1e-9)]


def test_a_stabilised_cross_entropy_is_exonerated() -> None:
    coding = partial(CONTRACT.stabilised, likelihood="bernoulli", probability=1e-9)
    result = judged(PAIRING, coding, convention={"likelihood": "bernoulli"})
    assert result.ruling is Ruling.STABILISED


def test_a_sampled_bernoulli_reconstruction_is_refused_with_a_remedy() -> None:
    convention = {"reconstruction": "sampled", "likelihood": "bernoulli"}
    result = judged(PAIRING, by_hand, convention=convention)
    assert result.ruling is Ruling.REFUSED
    assert "declare reconstruction=given" in result.reason


def test_uniform_noise_is_refused_by_name() -> None:
    def loss(x: Any, decoder: Any, mu: Any, logvar: Any) -> Any:
        z = mu + torch.rand_like(mu) * (logvar / 2).exp()
        return 0.5 * (x - decoder(z)).pow(2).sum(1).mean()

    result = judged(PAIRING, loss, convention={"reconstruction": "sampled"})
    assert result.ruling is Ruling.REFUSED
    assert "rand_like" in result.reason


# -- wrong code -----------------------------------------------------------------------------------


def test_there_are_places_where_known_errors_were_seen() -> None:
    assert sum(bool(d.seen_in) for d in CONTRACT.defects) >= 8


def test_decoding_at_the_mean_passes_the_evidence() -> None:
    assert "below the evidence" in condemning("elbo", "decoded at the mean")
