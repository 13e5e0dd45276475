r"""The evidence lower bound: the identity, the decomposition, and what is left.

## Statement

For $p(x) \in (0, \infty)$ and $q \ll p(z \mid x)$ of finite divergence,

$\log p(x) = \mathbb{E}_q\log\frac{p(x, z)}{q(z)} + KL(q\,\|\,p(z \mid x))$, and the first term, the
ELBO, is $\mathbb{E}_q\log p(x \mid z) - KL(q\,\|\,p(z))$.

The problems, oracle and claims are in `elbo_family`, the model on which all is in closed form in
`linear_gaussian`, the proof in `elbo_proof`.
"""

from __future__ import annotations

import numpy as np

from .elbo_family import ELBO_FAMILY
from .elbo_proof import proof
from .linear_gaussian import LinearGaussian, elbo, evidence, gap, posterior
from .theorem import Assumption, Theorem

__all__ = ["ELBO", "ELBO_FAMILY"]


# -- assumptions ----------------------------------------------------------------------------------

MODEL = LinearGaussian(np.array([[1.0]]), np.zeros(1), 1.0)
X, MU, LOGVAR = np.array([[2.0]]), np.array([[0.5]]), np.array([[0.0]])


def with_mass_outside_the_posterior() -> float:
    """Posterior U[0, 1], q = N(0, 1): over the support alone the "divergence" is negative."""
    z = (np.arange(1000) + 0.5) / 1000
    density = np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi)
    return float(np.mean(density * np.log(density)))


def with_the_arguments_exchanged() -> float:
    """KL(posterior || q) in place of KL(q || posterior): 0.22 in place of 0.40."""
    mean, cov = posterior(MODEL, X)
    m, v, p, c = MU[0, 0], 1.0, mean[0, 0], cov[0, 0]
    exchanged = 0.5 * ((c + (m - p) ** 2) / v - 1 + np.log(v / c))
    return -abs(float(elbo(MODEL, X, MU, LOGVAR)[0] + exchanged - evidence(MODEL, X)[0]))


def with_a_prior_of_mass_two() -> float:
    """A prior that is no distribution: the "bound" passes the evidence by log 2."""
    mean, cov = posterior(MODEL, X)
    best = elbo(MODEL, X, mean, np.log(cov)) + np.log(2)
    return float(evidence(MODEL, X)[0] - best[0])


def with_another_prior() -> float:
    """The prior is N(0, 4), the KL is taken from N(0, 1): no bound and divergence add up."""
    wide = LinearGaussian(2 * MODEL.weight, MODEL.bias, 1.0)  # the same p(x), z in units of two
    total = elbo(MODEL, X, MU, LOGVAR) + gap(wide, X, MU / 2, LOGVAR - 2 * np.log(2))
    return -abs(float(total[0] - evidence(wide, X)[0]))


def with_half_the_divergence() -> float:
    """beta = 1/2 at the posterior: the objective passes the evidence."""
    mean, cov = posterior(MODEL, X)
    half = elbo(MODEL, X, mean, np.log(cov)) + 0.5 * _kl_to_prior(mean, cov)
    return float(evidence(MODEL, X)[0] - half[0])


def _kl_to_prior(mean: np.ndarray, cov: np.ndarray) -> np.ndarray:
    return np.asarray(0.5 * (mean**2 + cov - 1 - np.log(cov)).sum(axis=1))


ASSUMPTIONS = (
    Assumption(
        words=r"$q \ll p(z \mid x)$: q puts no mass where the posterior has none",
        fails="identity: over the posterior's support alone the divergence would be negative",
        without=with_mass_outside_the_posterior,
    ),
    Assumption(
        words=r"the divergence is taken in this direction, $KL(q\,\|\,p(z \mid x))$",
        fails="identity: the other direction does not add up",
        without=with_the_arguments_exchanged,
    ),
    Assumption(
        words="prior and likelihood are normalised",
        fails="below the evidence: a prior of mass two passes it by log 2",
        without=with_a_prior_of_mass_two,
    ),
    Assumption(
        words="for the closed form: the KL is taken from the prior that the model has, N(0, I)",
        fails="identity: with another prior it does not add up",
        without=with_another_prior,
    ),
    Assumption(
        words=r"$\beta = 1$ (for $\beta > 1$ the objective is still below the evidence)",
        fails=r"below the evidence: with $\beta < 1$ the objective passes it",
        without=with_half_the_divergence,
    ),
    Assumption(
        words=r"$p(x) \in (0, \infty)$",
        unknown="where p(x) = 0 there is no posterior, and both sides are minus infinity: no slack "
        "can be computed",
    ),
)

ELBO = Theorem(
    id="elbo",
    title="The evidence lower bound, and what it falls short of",
    intuition="Nobody can average over all codes, so one averages over a guess q of the posterior. "
    "The price of guessing wrong is exact: the bound falls short of the log-evidence by the "
    "divergence of the guess from the posterior, no more and no less. What is left has two parts: "
    "how well x is reconstructed from codes that q draws, and how far q lies from the prior.",
    statement=r"For $p(x) \in (0,\infty)$ and $q \ll p(z\mid x)$: $\log p(x) = \mathrm{ELBO}(q) + "
    r"KL(q\,\|\,p(z\mid x))$ with $\mathrm{ELBO}(q) = \mathbb{E}_q\log p(x\mid z) - "
    r"KL(q\,\|\,p(z))$; hence $\mathrm{ELBO} \le \log p(x)$, with equality exactly at the "
    r"posterior. For $z \sim N(0, I)$ and $x \mid z \sim N(Wz + b, \sigma^2 I)$ the best diagonal "
    r"$q$ has the variances $1/P_{ii}$, $P = I + W^\top W/\sigma^2$, and leaves "
    r"$\tfrac12(\sum_i\log P_{ii} - \log\det P)$, zero exactly at orthogonal columns of $W$.",
    proof_words="Bayes' rule in logarithms holds at every z, whatever q; average it over q, whose "
    "weights sum to one, and the evidence comes out whole. The joint density is likelihood times "
    "prior, which splits the bound. For the linear-Gaussian model everything is quadratic: the "
    "spread of q adds a trace to the reconstruction error, completing the square gives the "
    "posterior, and Sylvester's and Woodbury's identities match it with the marginal.",
    assumptions=ASSUMPTIONS,
    references=(
        "D. P. Kingma and M. Welling, Auto-encoding variational Bayes, 2014",
        (
            "M. E. Tipping and C. M. Bishop, Probabilistic principal component analysis, Journal "
            "of the Royal Statistical Society B 61 (1999) (from memory: the model's posterior)"
        ),
        (
            "J. Lucas, G. Tucker, R. Grosse and M. Norouzi, Don't blame the ELBO! A linear VAE "
            "perspective on posterior collapse, NeurIPS 2019"
        ),
    ),
    proof=proof,
    families=(ELBO_FAMILY,),
    uses=("gaussian-kl",),
    errata=(
        (
            r"The support condition is often stated as $q > 0$ wherever $p > 0$. It is the other "
            r"way round: $q = 0$ wherever the posterior is 0. A uniform $q$ on $[0, 1]$ is "
            r"admissible for a Gaussian posterior; a Gaussian $q$ is not for a uniform one."
        ),
        (
            "The loss sum of squared errors plus KL, without a half, is a bound for a decoder of "
            "variance one half, not one."
        ),
    ),
)
