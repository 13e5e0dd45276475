"""Every formula family's oracle, evaluated with fifty digits.

The hand-written definitions and the differences below share nothing with the oracles but numbers.
"""

from __future__ import annotations

from itertools import product
from typing import Any

import mpmath
import numpy as np
import pytest
from contrasts import CONTRASTS, SPHERES, STOPPED, SURROGATES, TABLES, nt_xent_by_hand
from informations import INFORMATIONS, INFORMATIONS_BY_HAND, MATRICES, units_by_hand
from judged import Variants, variants
from posteriors import CORRUPTED, corrupted_by_hand, posterior_by_hand

from tightframe.checks.catalogue import PAIRINGS
from tightframe.checks.trial import measure
from tightframe.theorems import elbo_family
from tightframe.theorems.arithmetic import FIFTY_DIGITS, of_digits
from tightframe.theorems.clip import Captioned
from tightframe.theorems.denoiser import Noisy
from tightframe.theorems.dsm_loss import Noised
from tightframe.theorems.elbo_family import Autoencoder
from tightframe.theorems.explicit_negatives_problems import Contrast, Queued
from tightframe.theorems.gaussian_kl_pair import Pair
from tightframe.theorems.gaussian_kl_rows import Rows
from tightframe.theorems.importance_weights import Weights
from tightframe.theorems.labelled_batch import LabelledBatch
from tightframe.theorems.nt_xent import Batch
from tightframe.theorems.posterior import Observed
from tightframe.theorems.reconstruction_loss import Reconstruction
from tightframe.theorems.reparameterization import Codes
from tightframe.theorems.siglip import Biased
from tightframe.theorems.sparse_penalty import Units
from tightframe.theorems.theorem import Evaluation, Family

FINER = of_digits(130)
STEP = FINER.number(2) ** -100  # its square is 6e-61
HAND = mpmath.MPContext()
HAND.dps = 80
FAMILIES = {name: p.family for name, p in PAIRINGS.items() if p.kind == "formula"}

CASES = [
    pytest.param(name, chosen, id="-".join((name, *chosen.values())))
    for name in FAMILIES
    for chosen in variants(name)
]
every_variant = pytest.mark.parametrize(("name", "chosen"), CASES)


def exactly(family: Family, problem: Any, chosen: Variants, arithmetic: Any = FIFTY_DIGITS) -> Any:
    return family.oracle(problem, **chosen, arithmetic=arithmetic)


def total(truth: Any) -> Any:
    return np.sum(truth.value)


# -- what an exact truth is -----------------------------------------------------------------------


@every_variant
def test_value_and_gradient_are_numbers_of_mpmath_in_the_shapes_of_the_float64_ones(
    name: str, chosen: Variants
) -> None:
    family = FAMILIES[name]
    for problem in family.design()[::5]:
        ours, rough = exactly(family, problem, chosen), family.oracle(problem, **chosen)
        pairs = zip((ours.value, *ours.gradient), (rough.value, *rough.gradient), strict=True)
        for exact, plain in pairs:
            assert exact.shape == plain.shape
            assert exact.dtype == object
            assert plain.dtype == float
            assert all(hasattr(x, "_mpf_") for x in exact.ravel())


@every_variant
def test_rounded_it_is_the_float64_oracle_within_a_quarter_of_its_noise(
    name: str, chosen: Variants
) -> None:
    family = FAMILIES[name]
    for problem in family.design():
        exact, rough = exactly(family, problem, chosen), family.oracle(problem, **chosen)
        output = Evaluation(rough.value, rough.gradient)
        for claim in family.claims[:2]:
            assert claim.name in ("value", "gradient")
            assert measure(claim, problem, exact, (output,), "float64").used <= 0.25


@every_variant
def test_whatever_else_a_truth_holds_is_the_same_in_both_arithmetics(
    name: str, chosen: Variants
) -> None:
    family = FAMILIES[name]
    for problem in family.design()[::5]:
        exact, rough = exactly(family, problem, chosen), family.oracle(problem, **chosen)
        for ours, plain in zip(exact[2:], rough[2:], strict=True):
            for a, b in zip(*((x if isinstance(x, tuple) else (x,)) for x in (ours, plain)),
                            strict=True):  # fmt: skip
                np.testing.assert_allclose(np.asarray(a, float), b, rtol=1e-12, atol=1e-12)
                assert np.asarray(a).dtype == float


# -- the gradient, from differences of the value --------------------------------------------------

INPUTS = {
    "reconstruction-loss": ("x_hat",),
    "sparse-penalty": ("activations",),
    "gaussian-kl": ("mu", "logvar"),
    "gaussian-kl-pair": ("mu0", "cov0", "mu1", "cov1"),
    "elbo": ("x_hat", "mu", "logvar"),
    "reparameterize": ("mu", "logvar"),
    "iwae": ("log_w",),
    "dsm-loss": ("x",),
    "denoiser": ("y",),
    "score": ("y",),
    "discrete-denoiser": ("weights",),
    "posterior": ("t",),
    **MATRICES,
    **TABLES,
}


@every_variant
def test_the_gradient_is_that_of_the_value(
    name: str, chosen: Variants, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Along a random direction in each input, to forty digits."""
    family, inputs = FAMILIES[name], INPUTS[name]
    if "sampled" in chosen.values():
        inputs = inputs[1:]
    # a surrogate's gradient is not its value's, but the bound's
    followed = chosen | ({"quantity": "value"} if "quantity" in chosen else {})
    symmetric = {i.name for i in PAIRINGS[name].contract.inputs if i.symmetric}
    draw = np.random.default_rng(7)
    for problem in (SMALL[name], *family.design()[2::5]):
        gradient = exactly(family, problem, chosen).gradient
        assert len(gradient) == len(inputs)
        followed_by = SURROGATES.get(name, lambda family, problem: family)(family, problem)
        for field, slope in zip(inputs, gradient, strict=True):
            if field in STOPPED.get(name, ()):
                assert not np.any(slope)
                continue
            direction = draw.integers(-3, 4, slope.shape)
            if field in symmetric:  # gradients are those along symmetric matrices
                direction = direction + direction.T
            difference = central(followed_by, problem, followed, field, direction, monkeypatch)
            assert abs(difference - np.sum(slope * direction)) <= 1e-40


def central(
    family: Family, problem: Any, chosen: Variants, field: str, direction: Any, patch: Any
) -> Any:
    ends = []
    for sign in (1, -1):
        move = sign * STEP * direction.astype(object)
        with patch.context() as patched:
            moved = shifted(family, problem, field, move, chosen, patched)
            ends.append(total(exactly(family, moved, chosen, FINER)))
    return (ends[0] - ends[1]) / (2 * STEP)


def shifted(
    family: Family, problem: Any, field: str, move: Any, chosen: Variants, patched: Any
) -> Any:
    """In the ELBO with a given reconstruction, x_hat is an input of its own."""
    if family.name == "elbo" and chosen["reconstruction"] == "given":
        table = FINER.array(elbo_family.decoded(problem, chosen["likelihood"]))
        answer = table + move if field == "x_hat" else table

        def decoded(problem: Any, likelihood: str) -> Any:
            return answer

        monkey = {"decoded": decoded, "_units": lambda *_: (1.0, ())}
        for attribute, value in monkey.items():
            patched.setattr(elbo_family, attribute, value)
        if field == "x_hat":
            return problem
    table = np.asarray(FINER.array(getattr(problem, field)) + move, dtype=object)
    if table.ndim == 0:
        return problem._replace(**{field: table[()]})
    rows = tuple(map(tuple, table)) if table.ndim == 2 else tuple(table)
    return problem._replace(**{field: rows})


# -- the value, from its definition written out ---------------------------------------------------

THIRDS = ((0.3, -1.1, 0.7), (1.3, 0.2, -0.6), (-0.4, 0.9, 0.1))
OTHERS = ((1.7, -0.3, 0.6), (-0.1, 0.8, 0.35), (0.2, -1.4, 0.9))
COV0 = ((1.3, 0.2, -0.1), (0.2, 0.9, 0.3), (-0.1, 0.3, 1.1))
COV1 = ((0.8, -0.15, 0.05), (-0.15, 1.7, 0.4), (0.05, 0.4, 1.2))
MADE = ((0.3, 0.6, 0.1), (0.9, 0.45, 0.7), (0.2, 0.35, 0.55))
DATA = ((0.0, 0.3, 1.0), (0.7, 0.1, 0.0), (1.0, 0.9, 0.4))
SMALL = {
    "reconstruction-loss": Reconstruction(DATA, MADE),
    "sparse-penalty": Units(MADE, 0.2, 1.3),
    "gaussian-kl": Rows(THIRDS, OTHERS),
    "gaussian-kl-pair": Pair(THIRDS[0], COV0, OTHERS[0], COV1),
    "elbo": Autoencoder(
        THIRDS, ((0.3, 1.1), (-0.7, 0.2), (0.6, 0.9)), ((0.1, -0.3), (0.7, -1.1), (0.2, 0.4)),
        ((0.6, 0.3), (-0.2, 1.3), (0.9, -0.7)), (0.1, -0.6, 0.3), 0.3, 0.7,
    ),
    "reparameterize": Codes(THIRDS, OTHERS),
    "iwae": Weights(THIRDS),
    "dsm-loss": Noised(THIRDS, OTHERS, (0.1, -0.6, 0.3), 0.7),
    "posterior": Observed(THIRDS, OTHERS, COV1, (0.3, 0.6, 0.1)),
    "denoiser": Noisy(THIRDS, (0.3, 0.6, 0.1), OTHERS, (0.7, 0.0, 1.3), 0.6),
    "score": Noisy(THIRDS, (0.3, 0.6, 0.1), OTHERS, (0.7, 0.0, 1.3), 0.6),
    **INFORMATIONS,
    **SPHERES,
    "discrete-denoiser": CORRUPTED,
    "nt-xent": Batch(THIRDS, OTHERS, 0.07),
    "info-nce": Batch(THIRDS, OTHERS, 0.07),
    "info-nce-explicit": Contrast(THIRDS, OTHERS, (*MADE, *COV0), 0.07),
    "moco": Queued(THIRDS, OTHERS, MADE, 0.07),
    "supcon": LabelledBatch(THIRDS + OTHERS, (0, 1, 1, 0, 0, 2), 0.07),
    "clip": Captioned(THIRDS, OTHERS, 2.7),
    "siglip": Biased(THIRDS, OTHERS, 2.7, -1.3),
}  # fmt: skip


@every_variant
def test_the_value_is_the_definition_written_out_by_hand(name: str, chosen: Variants) -> None:
    """Numbers that no finite binary fraction is, so that a rounding on the way would show."""
    problem = SMALL[name]
    ours = np.ravel(exactly(FAMILIES[name], problem, chosen).value)
    theirs = BY_HAND[name](problem, *chosen.values())
    assert len(ours) == len(theirs)
    assert max(abs(HAND.mpf(a) - b) for a, b in zip(ours, theirs, strict=True)) <= 1e-45


def reconstruction_by_hand(problem: Reconstruction, error: str) -> list[Any]:
    def loss(a: float, b: float) -> Any:
        x, p = HAND.mpf(a), HAND.mpf(b)
        return (
            (x - p) ** 2 if error == "squared" else -(x * HAND.log(p) + (1 - x) * HAND.log(1 - p))
        )

    n = len(problem.x)
    rows = zip(problem.x, problem.x_hat, strict=True)
    return [sum(map(loss, x, p)) / n for x, p in rows]


def prior_kl_by_hand(mu: Any, logvar: Any) -> Any:
    pairs = zip(map(HAND.mpf, mu), map(HAND.mpf, logvar), strict=True)
    return sum(m * m + HAND.exp(v) - 1 - v for m, v in pairs) / 2


def rows_by_hand(problem: Rows) -> list[Any]:
    return list(map(prior_kl_by_hand, problem.mu, problem.logvar))


def pair_by_hand(problem: Pair, covariance: str) -> list[Any]:
    """Through mpmath's own inverse and determinant."""
    first, second = (HAND.matrix([list(row) for row in c]) for c in (problem.cov0, problem.cov1))
    if covariance == "diagonal":
        first, second = (HAND.diag([c[i, i] for i in range(3)]) for c in (first, second))
    shift = HAND.matrix(list(problem.mu1)) - HAND.matrix(list(problem.mu0))
    precision = HAND.inverse(second)
    ratio = precision * first
    trace = sum(ratio[i, i] for i in range(3))
    form = (shift.T * precision * shift)[0]
    return [(trace + form - 3 + HAND.log(HAND.det(second) / HAND.det(first))) / 2]


def codes_by_hand(problem: Codes) -> list[Any]:
    mu = [HAND.mpf(x) for row in problem.mu for x in row]
    logvar = [HAND.mpf(x) for row in problem.logvar for x in row]
    moments = [
        a * b + (HAND.exp(logvar[i]) if i == j else 0)
        for i, a in enumerate(mu) for j, b in enumerate(mu)
    ]  # fmt: skip
    return mu + moments


def elbo_by_hand(
    problem: Autoencoder, likelihood: str, reconstruction: str, constant: str, features: str
) -> list[Any]:
    d, losses = len(problem.bias), []
    answers = elbo_family.decoded(problem, likelihood)
    for x, mu, logvar, answer in zip(
        elbo_family.observed(problem, likelihood), problem.mu, problem.logvar, answers, strict=True
    ):
        if likelihood == "bernoulli":
            term = -sum(
                HAND.log(p if a else 1 - HAND.mpf(p)) for a, p in zip(x, answer, strict=True)
            )
        elif reconstruction == "given":
            term = gaussian_by_hand(problem, x, answer)
        else:
            term = expected_by_hand(problem, x, mu, logvar)
        if constant == "kept" and likelihood == "gaussian":
            term += HAND.mpf(d) / 2 * HAND.log(2 * HAND.pi * HAND.mpf(problem.decoder_variance))
        if features == "mean":
            term /= d
        losses.append(term + HAND.mpf(problem.beta) * prior_kl_by_hand(mu, logvar))
    return [sum(losses) / len(losses)]


def gaussian_by_hand(problem: Autoencoder, x: Any, answer: Any) -> Any:
    squares = sum((HAND.mpf(a) - HAND.mpf(b)) ** 2 for a, b in zip(x, answer, strict=True))
    return squares / (2 * HAND.mpf(problem.decoder_variance))


def expected_by_hand(problem: Autoencoder, x: Any, mu: Any, logvar: Any) -> Any:
    """The mean over the 2k cubature nodes, which is exact for quadratics."""
    k, terms = len(mu), []
    for i, sign in product(range(k), (1, -1)):
        z = [HAND.mpf(m) for m in mu]
        z[i] += sign * HAND.sqrt(k) * HAND.exp(HAND.mpf(logvar[i]) / 2)
        answer = [
            sum(HAND.mpf(w) * c for w, c in zip(row, z, strict=True)) + HAND.mpf(b)
            for row, b in zip(problem.weight, problem.bias, strict=True)
        ]
        terms.append(gaussian_by_hand(problem, x, answer))
    return sum(terms) / (2 * k)


def iwae_by_hand(problem: Weights, quantity: str) -> list[Any]:
    """The exponentials as they are."""
    rows = []
    for row in problem.log_w:
        w = [HAND.exp(HAND.mpf(a)) for a in row]
        surrogate = sum(x * HAND.mpf(a) for x, a in zip(w, row, strict=True)) / sum(w)
        rows.append(HAND.log(sum(w) / len(w)) if quantity == "value" else surrogate)
    return [sum(rows) / len(rows)]


def noised_by_hand(problem: Noised) -> list[Any]:
    """The mean over the 2d cubature nodes, which is exact for quadratics."""
    sigma, d = HAND.mpf(problem.sigma), len(problem.offset)
    terms = []
    for row, i, sign in product(problem.x, range(d), (1, -1)):
        noise = [sign * HAND.sqrt(d) * (i == j) for j in range(d)]
        y = [HAND.mpf(a) + sigma * e for a, e in zip(row, noise, strict=True)]
        score = [
            sum(HAND.mpf(w) * c for w, c in zip(weights, y, strict=True)) + sigma * HAND.mpf(b)
            for weights, b in zip(problem.weight, problem.offset, strict=True)
        ]
        terms.append(sum((s + e / sigma) ** 2 for s, e in zip(score, noise, strict=True)))
    return [sum(terms) / len(terms)]


def noisy_by_hand(problem: Noisy, clip: str) -> list[Any]:
    """By Tweedie's formula."""
    variance, y = HAND.mpf(problem.sigma) ** 2, [HAND.mpf(a) for row in problem.y for a in row]
    means = [a + variance * s for a, s in zip(y, score_by_hand(problem), strict=True)]
    return [min(max(a, -1), 1) for a in means] if clip == "unit" else means


def score_by_hand(problem: Noisy) -> list[Any]:
    """From the mixture's densities and their slopes."""
    variance, found = HAND.mpf(problem.sigma) ** 2, []
    for row in problem.y:
        y, density, slopes = list(map(HAND.mpf, row)), HAND.mpf(0), [HAND.mpf(0)] * len(row)
        for w, mean, v in zip(problem.weights, problem.means, problem.variances, strict=True):
            total, apart = (
                HAND.mpf(v) + variance,
                [b - HAND.mpf(a) for a, b in zip(mean, y, strict=True)],
            )
            squares = sum(a * a for a in apart)
            height = HAND.mpf(w) * HAND.exp(-squares / (2 * total)) * total ** -HAND.mpf(1.5)
            density += height
            slopes = [s - height * a / total for s, a in zip(slopes, apart, strict=True)]
        found += [s / density for s in slopes]
    return found


BY_HAND: dict[str, Any] = {
    "reconstruction-loss": reconstruction_by_hand,
    "sparse-penalty": units_by_hand,
    "gaussian-kl": rows_by_hand,
    "gaussian-kl-pair": pair_by_hand,
    "elbo": elbo_by_hand,
    "reparameterize": codes_by_hand,
    "iwae": iwae_by_hand,
    "dsm-loss": noised_by_hand,
    "denoiser": noisy_by_hand,
    "score": score_by_hand,
    "posterior": posterior_by_hand,
    **INFORMATIONS_BY_HAND,
    "discrete-denoiser": corrupted_by_hand,
    **CONTRASTS,
}


def test_a_parameter_rounded_before_its_time_would_be_noticed() -> None:
    """Seven hundredths are not the float 0.07, in the 19th digit: the comparison tells them."""
    problem = SMALL["nt-xent"]
    other = problem._replace(temperature=FIFTY_DIGITS.number(7) / 100)
    (right,) = nt_xent_by_hand(problem, "yes")
    assert abs(total(exactly(FAMILIES["nt-xent"], other, {})) - right) > 1e-20
