r"""Rate and distortion: the linear beta-VAE does reverse water-filling, and units collapse.

The definitions and the oracle are in `linear_vae`, the claims in `linear_vae_claims`, the proof in
`rate_distortion_proof`.
"""

from __future__ import annotations

import math

from .covariance import Bottleneck, moments
from .linear_vae import Source, averages, maximum, oracle, rate_at
from .linear_vae_claims import FRONTIER as CLAIMS
from .linear_vae_claims import below_its_own_bound, collapsed, family, on_the_frontier
from .probabilistic_pca import PLAIN, best
from .rate_distortion_proof import proof
from .theorem import Assumption, Theorem

__all__ = ["RATE_DISTORTION"]

# -- assumptions ----------------------------------------------------------------------------------


def with_the_mean_over_features() -> float:
    """The loss "mean squared error + KL", reported for a decoder of variance one half."""
    source, d = oracle(PLAIN), 3
    fit = best(source, d / 2)
    distortion, rate = averages(source, fit)
    claimed = -d / 2 * math.log(math.pi) - distortion / d - rate
    return below_its_own_bound(PLAIN, source, fit._replace(sigma2=0.5, elbo=claimed))


def with_the_half_forgotten() -> float:
    """The loss "sum of squared errors + KL" is taken for a decoder of variance one."""
    source = oracle(PLAIN)
    return on_the_frontier(PLAIN, source, best(source, 0.5)._replace(sigma2=1.0))


def with_the_mean_over_units() -> float:
    """A KL averaged over the units seems to describe the data by half of what is needed."""
    source = oracle(PLAIN)
    distortion, rate = averages(source, best(source, 1 / 3))
    return rate / source.k - rate_at(source, distortion)


def with_a_curved_encoder() -> float:
    """Two points at -1 and 1: one bit, 0.69 nats, describes them exactly; of a Gaussian it would
    leave a quarter of the variance."""
    pair = Source(moments(Bottleneck((8, 0), (0,), (0, 0), 1)), 1, math.nan, math.nan)
    return math.log(2) - rate_at(pair, 1 / 16)


def with_as_many_units_as_dimensions() -> float:
    """With a weight of one half, at ever smaller variances."""
    source = oracle(PLAIN)._replace(k=3)
    return maximum(source, 0.5, 1e-4) - maximum(source, 0.5, 1e-8)


def with_too_few_units() -> float:
    """Two active axes and one unit: the frontier of k units is above Shannon's curve."""
    source = oracle(PLAIN)
    one, distortion = source._replace(k=1), 2.0
    return rate_at(source, distortion) - rate_at(one, distortion)


def with_the_weight_forgotten() -> float:
    """At the threshold "eigenvalue above the variance", for beta = 4, a unit is in use that should
    have collapsed."""
    source = oracle(PLAIN)
    return collapsed(PLAIN, source, best(source, 0.5)._replace(beta=4.0))


ASSUMPTIONS = (
    Assumption(
        words="squared errors are summed over features, not averaged",
        fails="bound: the ELBO of a decoder of variance 1/2 is passed; the variance was d/2",
        without=with_the_mean_over_features,
    ),
    Assumption(
        words=r"the level is $s = B/2A$ for the loss $A \cdot$ squared error $+ B \cdot$ KL",
        fails="reaches the frontier: a sum of squared errors plus KL has the variance 1/2, not 1",
        without=with_the_half_forgotten,
    ),
    Assumption(
        words=r"the level is $\beta\sigma^2$, not $\sigma^2$",
        fails="collapsed units: a weight on the KL raises the threshold",
        without=with_the_weight_forgotten,
    ),
    Assumption(
        words="the rate is summed over the units",
        fails="frontier: an average over k units is k times too small",
        without=with_the_mean_over_units,
    ),
    Assumption(
        words="encoder and decoder are linear, or the data are Gaussian",
        fails="frontier: two points are described by one bit, a Gaussian is not",
        without=with_a_curved_encoder,
    ),
    Assumption(
        words=r"there are as many units as active axes (for Shannon's curve itself)",
        fails="frontier: with fewer units the curve is a higher one, $R_k$",
        without=with_too_few_units,
    ),
    Assumption(
        words=r"$k < d$, or $\beta > 1$, or the variance is not learnt",
        fails="bound: with as many units as dimensions and a weight below one there is no maximum",
        without=with_as_many_units_as_dimensions,
    ),
    Assumption(
        words="the prior is N(0, I)",
        unknown="the rate from any other prior is at least the information too, so that nothing "
        "here fails; with another normal prior decoder and encoder are scaled",
    ),
)

# -- the theorem ----------------------------------------------------------------------------------

RATE_DISTORTION = Theorem(
    id="rate-distortion",
    title="Rate and distortion: the linear beta-VAE fills water, and its units collapse",
    intuition="A code has to be paid for by the nat. Spend where it saves the most: on the longest "
    "axes of the data, until each is known to within the same level; an axis shorter than the "
    "level is not worth a single nat, and its unit falls back to the prior. The weight on the KL "
    "times the decoder's variance is this level, so it is raised by either, and as it rises, one "
    "unit after the other goes out. What is not paid for is averaged over, so it is blurred.",
    statement=r"For a linear VAE that maximises $\mathbb{E}\log p(x\mid z) - \beta\,KL$ with "
    r"the decoder variance $\sigma^2$ let $s = \beta\sigma^2$, $a = \#\{i \le k: \lambda_i > "
    r"s\}$. Every encoder and decoder has $D/2s + R \ge D^*/2s + R^*$ with $D^* = as + "
    r"\sum_{i>a}\lambda_i$, $R^* = \tfrac12\sum_{i\le a}\log(\lambda_i/s)$, so that $R \ge "
    r"R_k(D)$, the curve of these points. It is reached at $W = U_a(\Lambda_a-sI)^{1/2}$, $V = "
    r"(\Lambda_a-sI)^{1/2}\Lambda_a^{-1}U_a^\top$, $t_i = s/\lambda_i$, and $w = v = 0$, $t = "
    r"1$ for all other units: a unit is in use exactly where $\lambda_i > \beta\sigma^2$. The "
    r"curve has the slope $dR/dD = -1/2s$. Where $k$ is at least the number of $\lambda_i > s$, "
    r"it is Shannon's $R(D)$ of a Gaussian source, $D = \sum_i\min(\lambda_i, s)$.",
    proof_words="A weight on the KL is another decoder variance, so the bound is that of "
    "probabilistic PCA at the variance s. On one axis complete the square in the encoder, then "
    "choose its variance, then the length of the decoder's column; the slope of the cost at zero "
    "has the sign of s less the eigenvalue, which is the threshold. Each active axis is described "
    "to within s, and its codes fill the prior, so that all of the rate is information. The level "
    "is the slope of the curve that this draws.",
    assumptions=ASSUMPTIONS,
    references=(
        (
            "J. Lucas, G. Tucker, R. Grosse and M. Norouzi, Don't blame the ELBO! A linear VAE "
            "perspective on posterior collapse, NeurIPS 2019"
        ),
        (
            "T. M. Cover and J. A. Thomas, Elements of Information Theory, the chapter on rate and "
            "distortion: reverse water-filling (from memory)"
        ),
        (
            "the frontier of k units, and the learnt variance at a weight other than one, were "
            "derived here; no literature was searched for these forms"
        ),
    ),
    proof=proof,
    families=(family(CLAIMS),),
    uses=("probabilistic-pca", "elbo"),
    errata=(
        (
            "The loss sum of squared errors plus KL belongs to a decoder of variance 1/2, not one: "
            "axes shorter than 1/2 collapse. With half the squared error the level is 1; with the "
            "mean over 784 pixels it is 392, so that on standardised data every unit collapses."
        ),
        (
            r"Posterior collapse is no sign of a powerful decoder only: in the linear model it is "
            r"exact, at $\lambda_i \le \beta\sigma^2$. It is not mode collapse."
        ),
        (
            "The frontier of a VAE is often drawn above the rate--distortion curve. For a Gaussian "
            "source and enough units it coincides with it; and the rate is in nats, not in bits."
        ),
        (
            r"Blurred reconstructions are not a fault of training: the best reconstruction is the "
            r"conditional mean, whose variance on an axis is $(\lambda-s)^2/\lambda$, and of two "
            "equally likely images it is their average, which may be like neither."
        ),
    ),
)
