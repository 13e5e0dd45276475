r"""The negative ELBO of a small autoencoder: definition, oracle, claims, problems.

Per row, $-\mathrm{ELBO} = R + \beta\,KL(N(\mu, \operatorname{diag}e^v)\,\|\,N(0, I))$ with the
reconstruction term $R = -\mathbb{E}\log p(x \mid z)$; the loss is the mean over rows.

* *given*: $R$ is taken at $\hat x$, the decoder's answer to the mean code, $W\mu + b$;
* *sampled*: the code draws $z$ itself, the decoder $z \mapsto Wz + b$ is ours, and what is compared
  is the exact expectation over the code's draws.

The likelihood is Gaussian, of variance one or another, $R = \lVert x - \hat x\rVert^2/2\sigma^2$
plus, where the constant is kept, $\frac d2\log 2\pi\sigma^2$; or Bernoulli, where $x$ becomes 1
where it is positive, else 0, and $\hat x$ the probability $\operatorname{sigmoid}(W\mu + b)$, to
1/64.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from .arithmetic import FLOAT64, Arithmetic
from .elbo_problems import Autoencoder, design, problems, ranges, simpler
from .gaussian_kl_pair import pair_unit
from .gaussian_kl_rows import kl_to_prior, prior_gradients, prior_units
from .linear_gaussian import LinearGaussian, evidence, gap, posterior
from .theorem import Claim, Evaluation, Family, gradient_claim, value_claim

__all__ = ["ELBO_FAMILY", "Autoencoder", "Truth", "decoded", "observed", "oracle"]

SAMPLED = {
    "reconstruction": ("sampled",),
    "likelihood": ("gaussian",),
    "features": ("sum",),
}


class Truth(NamedTuple):
    """`kl` is the mean over rows of KL(q || prior), `gap` that of KL(q || posterior); `evidence` is
    the mean log p(x), without the constant `dropped` by the code.  These are the Gaussian
    decoder's."""

    value: np.ndarray
    gradient: tuple[np.ndarray, ...]
    unit: float
    units: tuple[np.ndarray, ...]
    kl: float
    gap: float
    evidence: float
    dropped: float
    exact_unit: float


# -- definition and oracle ------------------------------------------------------------------------


def observed(problem: Autoencoder, likelihood: str = "gaussian") -> np.ndarray:
    """The data [n, d]; binary for the Bernoulli likelihood."""
    x = np.asarray(problem.x, float)
    return np.asarray(x > 0, float) if likelihood == "bernoulli" else x


def decoded(problem: Autoencoder, likelihood: str = "gaussian") -> np.ndarray:
    """The decoder's answer to the mean codes [n, d]; a probability for the Bernoulli likelihood."""
    answer = np.asarray(problem.mu, float) @ np.asarray(problem.weight, float).T + problem.bias
    if likelihood != "bernoulli":
        return np.asarray(answer)
    return np.asarray(np.clip(np.round(64 / (1 + np.exp(-answer))), 1, 63) / 64)


def oracle(
    problem: Autoencoder,
    likelihood: str = "gaussian",
    reconstruction: str = "given",
    constant: str = "dropped",
    features: str = "sum",
    *,
    arithmetic: Arithmetic = FLOAT64,
) -> Truth:
    """Value and gradient by hand.  NaN for a sampled Bernoulli reconstruction: it has no closed
    form, and no code is held to it."""
    number, n, d = arithmetic.number, len(problem.mu), len(problem.bias)
    mu, logvar = arithmetic.array(problem.mu), arithmetic.array(problem.logvar)
    share = number(1) / d if features == "mean" else number(1)
    beta, variance = number(problem.beta), number(problem.decoder_variance)
    term, slopes = (_sampled if reconstruction == "sampled" else _given)(
        problem, likelihood, arithmetic
    )
    whole: Any = 0.0
    if likelihood != "bernoulli":
        whole = 0.5 * d * arithmetic.log(2 * arithmetic.pi() * variance)
    kept = whole if constant == "kept" else 0.0
    kl = kl_to_prior(mu, logvar, arithmetic=arithmetic)
    value = (share * (term + kept) + beta * kl).mean()
    if (likelihood, reconstruction) == ("bernoulli", "sampled"):
        value = number(np.nan)
    prior = [beta / n * g for g in prior_gradients(mu, logvar, arithmetic=arithmetic)]
    gradient = _combined([share / n * s for s in slopes], prior)
    proven, short, exact_unit = exact(problem)
    unit, units = _units(problem, likelihood, reconstruction, float(share), abs(float(kept)))
    return Truth(
        value=np.asarray(value), gradient=gradient, unit=unit, units=units,
        kl=float(kl.mean()), gap=short, evidence=proven + float(whole) - float(kept),
        dropped=float(whole) - float(kept), exact_unit=exact_unit + abs(float(whole)),
    )  # fmt: skip


Parts = tuple[np.ndarray, list[np.ndarray]]


def _combined(slopes: list[np.ndarray], prior: list[np.ndarray]) -> tuple[np.ndarray, ...]:
    """One array per input: mu and logvar are inputs of a sampled reconstruction too."""
    if len(slopes) == 1:
        return (*slopes, *prior)
    return tuple(a + b for a, b in zip(slopes, prior, strict=True))


def _given(problem: Autoencoder, likelihood: str, arithmetic: Arithmetic) -> Parts:
    """The reconstruction term per row, and its slope in x_hat: the float64 that the code gets."""
    x = arithmetic.array(observed(problem, likelihood))
    answer = arithmetic.array(decoded(problem, likelihood))
    if likelihood == "bernoulli":
        right = np.where(x > 0, answer, 1 - answer)
        return -arithmetic.log(right).sum(1), [(answer - x) / (answer * (1 - answer))]
    variance, residual = arithmetic.number(problem.decoder_variance), x - answer
    return (residual**2).sum(1) / (2 * variance), [-residual / variance]


def _sampled(problem: Autoencoder, likelihood: str, arithmetic: Arithmetic) -> Parts:
    """The expected term per row, and its slopes in mu and logvar, for the Gaussian decoder."""
    x, variance = arithmetic.array(observed(problem, likelihood)), problem.decoder_variance
    mu, logvar, W, bias = map(arithmetic.array, problem[1:5])
    variance, spread = arithmetic.number(variance), arithmetic.exp(logvar)
    residual, columns = x - (arithmetic.dot(mu, W.T) + bias), (W**2).sum(0)
    term = ((residual**2).sum(1) + arithmetic.dot(spread, columns)) / (2 * variance)
    return term, [-arithmetic.dot(residual, W) / variance, 0.5 * spread * columns / variance]


def _units(
    problem: Autoencoder, likelihood: str, reconstruction: str, share: float, kept: float
) -> tuple[float, tuple[np.ndarray, ...]]:
    """One rounding error of the value, and of the gradient in each input."""
    mu, logvar = np.asarray(problem.mu, float), np.asarray(problem.logvar, float)
    n = len(mu)
    term, slopes = (_sampled_units if reconstruction == "sampled" else _given_units)(
        problem, likelihood
    )
    weigh = problem.beta / n
    prior = [weigh * (1 + np.abs(mu)), weigh * (np.exp(logvar) * (1 + np.abs(logvar)) + 1)]
    unit = (share * (term + kept) + problem.beta * prior_units(mu, logvar)).mean()
    return float(unit), _combined([share / n * s for s in slopes], prior)


def _given_units(problem: Autoencoder, likelihood: str) -> Parts:
    x, answer = observed(problem, likelihood), decoded(problem, likelihood)
    if likelihood == "bernoulli":
        right = np.where(x > 0, answer, 1 - answer)
        sizes = 1 / right + np.abs(np.log(answer)) + np.abs(np.log1p(-answer))
        return sizes.sum(1), [1 / right / (answer * (1 - answer))]
    size = (np.abs(x) + np.abs(answer)) / problem.decoder_variance
    term, _ = _given(problem, likelihood, FLOAT64)
    return term + size.sum(1) + 1, [size + 1 / problem.decoder_variance]


def _sampled_units(problem: Autoencoder, likelihood: str) -> Parts:
    x, variance = observed(problem, likelihood), problem.decoder_variance
    mu, logvar, W = (np.asarray(table, float) for table in problem[1:4])
    spread, columns = np.exp(logvar), (W**2).sum(0)
    reach = np.abs(x) + np.abs(problem.bias) + (np.abs(mu) + np.sqrt(spread)) @ np.abs(W).T
    pull = reach @ np.abs(W) / variance
    size = (1 + np.abs(logvar)) * (np.sqrt(spread) * pull + spread * columns / variance)
    return (reach**2).sum(1) / variance, [pull, size]


def exact(problem: Autoencoder) -> tuple[float, float, float]:
    """For the Gaussian decoder, means over rows: log p(x), KL(q || posterior); and the size of
    their roundings."""
    x, mu, logvar = (np.asarray(t, float) for t in (problem.x, problem.mu, problem.logvar))
    model = decoder(problem)
    means, cov = posterior(model, x)
    sizes = [
        pair_unit(m, np.diag(np.exp(v)), p, cov) for m, v, p in zip(mu, logvar, means, strict=True)
    ]
    far = ((x - model.bias) ** 2).sum(1).max() / model.variance + len(model.bias)
    short = gap(model, x, mu, logvar)
    return float(evidence(model, x).mean()), float(short.mean()), float(max(sizes) + far)


def decoder(problem: Autoencoder) -> LinearGaussian:
    weight, bias = np.asarray(problem.weight, float), np.asarray(problem.bias, float)
    return LinearGaussian(weight, bias, problem.decoder_variance)


# -- claims ---------------------------------------------------------------------------------------


def bound(problem: Autoencoder, truth: Truth, output: Evaluation) -> float:
    """The code's ELBO, with the weight of the KL brought back to one."""
    return -float(output.value) + (problem.beta - 1) * truth.kl


def below_the_evidence(problem: Autoencoder, truth: Truth, output: Evaluation) -> float:
    return float(truth.evidence - bound(problem, truth, output))


def identity(problem: Autoencoder, truth: Truth, output: Evaluation) -> float:
    return -abs(bound(problem, truth, output) + truth.gap - truth.evidence)


def at_the_posterior(problem: Autoencoder) -> tuple[Autoencoder]:
    """The decoder's columns made orthogonal, and q its exact posterior."""
    k, d = len(problem.mu[0]), len(problem.bias)
    W = np.zeros((d, k))
    for i in range(min(k, d)):
        W[i, i] = problem.weight[i][i]
    model = decoder(problem)._replace(weight=W)
    means, cov = posterior(model, np.asarray(problem.x, float))
    spread = tuple(float(v) for v in np.log(np.diag(cov)))
    return (
        problem._replace(
            mu=tuple(map(tuple, means.tolist())), logvar=(spread,) * len(means),
            weight=tuple(map(tuple, W.tolist())),
        ),
    )  # fmt: skip


def tight(problem: Autoencoder, truth: Truth, output: Evaluation, there: Evaluation) -> float:
    (best,) = at_the_posterior(problem)
    kl = kl_to_prior(np.asarray(best.mu), np.asarray(best.logvar)).mean()
    found = -float(there.value) + (problem.beta - 1) * kl
    return float(-abs(found - exact(best)[0] - truth.dropped))


def tight_unit(problem: Autoencoder, truth: Truth, output: Evaluation) -> float:
    (best,) = at_the_posterior(problem)
    there = oracle(best, reconstruction="sampled")
    return there.unit + there.exact_unit + truth.unit


def narrower(problem: Autoencoder) -> tuple[Autoencoder]:
    return (problem._replace(logvar=tuple((0.0,) * len(row) for row in problem.logvar)),)


def price_of_the_spread(
    problem: Autoencoder, truth: Truth, output: Evaluation, other: Evaluation
) -> float:
    """With the reconstruction given, the variances enter through the KL alone."""
    mu, logvar = np.asarray(problem.mu), np.asarray(problem.logvar)
    price = (kl_to_prior(mu, logvar) - kl_to_prior(mu, 0 * logvar)).mean()
    return float(-abs(float(output.value) - float(other.value) - problem.beta * price))


def reflected(problem: Autoencoder) -> tuple[Autoencoder]:
    """Codes and decoder negated: every reconstruction stays where it is."""
    negated = [tuple(tuple(-e for e in row) for row in t) for t in (problem.mu, problem.weight)]
    return (problem._replace(mu=negated[0], weight=negated[1]),)


def doubled(problem: Autoencoder) -> tuple[Autoencoder]:
    return (problem._replace(x=problem.x * 2, mu=problem.mu * 2, logvar=problem.logvar * 2),)


def unchanged(problem: Autoencoder, truth: Truth, output: Evaluation, other: Evaluation) -> float:
    return -abs(float(output.value) - float(other.value))


def unit(problem: Autoencoder, truth: Truth, *_: object) -> float:
    return truth.unit


def exact_unit(problem: Autoencoder, truth: Truth, *_: object) -> float:
    return truth.unit + truth.exact_unit


CLAIMS = (
    value_claim(
        r"-\mathrm{ELBO} = -\mathbb{E}_q\log p(x\mid z) + \beta\,KL(q\,\|\,p(z))", unit
    ),
    gradient_claim(
        r"\nabla_{\hat x} = (\hat x - x)/n\sigma^2,\ \nabla_\mu = \beta\mu/n,\ "
        r"\nabla_v = \beta(e^v - 1)/2n",
        lambda problem, truth: truth.units,
    ),
    Claim(
        name="below the evidence", tex=r"\mathrm{ELBO} \le \log p(x)",
        why="the evidence lower bound is a lower bound", slack=below_the_evidence,
        unit=exact_unit, only=SAMPLED,
    ),
    Claim(
        name="identity", tex=r"\log p(x) = \mathrm{ELBO} + KL(q\,\|\,p(z\mid x))",
        why="what the bound falls short of is the divergence from the posterior",
        slack=identity, unit=exact_unit, only=SAMPLED,
    ),
    Claim(
        name="tight at the posterior", tex=r"q = p(z\mid x) \Rightarrow \mathrm{ELBO} = \log p(x)",
        why="the exact posterior leaves no gap", slack=tight, unit=tight_unit,
        related=at_the_posterior, only=SAMPLED,
    ),
    Claim(
        name="price of the spread", tex=r"L(v) - L(0) = \tfrac{\beta}{2n}\sum(e^v - 1 - v)",
        why="with the reconstruction given, the variances enter through the KL alone",
        slack=price_of_the_spread, unit=unit, related=narrower,
        only={"reconstruction": ("given",)},
    ),
    Claim(
        name="reflection", tex=r"L(-\mu, -W) = L(\mu, W)", why="the prior has no direction",
        slack=unchanged, unit=unit, related=reflected,
    ),
    Claim(
        name="batch twice", tex=r"L(x, x) = L(x)", why="a mean over rows does not count them",
        slack=unchanged, unit=unit, related=doubled,
    ),
)  # fmt: skip


ELBO_FAMILY = Family(
    name="elbo", problem=Autoencoder, design=design, problems=problems, simpler=simpler,
    oracle=oracle, claims=CLAIMS, ranges=ranges,
)  # fmt: skip
