r"""Probabilistic PCA: what a linear variational autoencoder learns, and how well it can do.

The definitions and the oracle are in `linear_vae`, the claims in `linear_vae_claims`, the problems
in `linear_vae_problems`, the proof in `probabilistic_pca_proof`.
"""

from __future__ import annotations

import math

import numpy as np

from .covariance import Bottleneck
from .linear_vae import Learnt, Source, elbo_of, highest, maximum, oracle, shortfalls
from .linear_vae_claims import PROBABILISTIC_PCA as CLAIMS
from .linear_vae_claims import at_the_likelihood, below_the_likelihood, family
from .probabilistic_pca_proof import proof
from .theorem import Assumption, Theorem

__all__ = ["PROBABILISTIC_PCA", "best"]

# -- assumptions ----------------------------------------------------------------------------------

PLAIN = Bottleneck((24, 16, 8), (0, 0), (0, 0, 0), 2)  # variances 3, 4/3 and 1/3


def best(source: Source, sigma2: float, beta: float = 1.0) -> Learnt:
    r"""The maximiser in closed form: $W = U(\Lambda-s)^{1/2}$, $V = (\Lambda-s)^{1/2}\Lambda^{-1}
    U^\top$, $t = s/\Lambda$ for the active units, nothing and a variance of one for the others."""
    s, k = beta * sigma2, source.k
    values, U = source.moments.values[:k], source.moments.vectors[:, :k]
    lengths = np.sqrt(np.maximum(values - s, 0.0))
    c = lengths**2 + s
    fit = Learnt(
        decoder=U * lengths, encoder=(U * (lengths / c)).T, variance=s / c, decoder_bias=None,
        encoder_bias=None, sigma2=sigma2, beta=beta, elbo=None, converged=True,
    )  # fmt: skip
    return fit._replace(elbo=elbo_of(source, fit))


def missed(fit: Learnt) -> float:
    return at_the_likelihood(PLAIN, oracle(PLAIN), fit)


def without_a_rest() -> float:
    """With as many units as dimensions the ELBO grows without bound as the variance goes to zero:
    at 1e-8 it is above any "maximum", such as the one at 1e-4."""
    plane = Bottleneck((16, 8, 0), (0, 0), (0, 0, 0), 1)
    source = oracle(plane)._replace(k=2)
    return maximum(source, 1.0, 1e-4) - maximum(source, 1.0, 1e-8)


def without_centring() -> float:
    """Offsets of zero on data of mean (1, 1, 1)."""
    shifted = PLAIN._replace(shift=(8, 8, 8))
    source = oracle(shifted)
    fit = best(source, source.noise)._replace(decoder_bias=np.zeros(3), elbo=None)
    return at_the_likelihood(shifted, source, fit)


def with_another_divisor() -> float:
    """The likelihood of the covariance over n - 1 lies below the ELBO of the best VAE."""
    source, n = oracle(PLAIN), 6
    wider = source.moments._replace(values=source.moments.values * n / (n - 1))
    ceiling = highest(source._replace(moments=wider), 1.0)[0]
    return ceiling - source.likelihood


def with_a_weight_on_the_divergence() -> float:
    """The maximiser for beta = 4, as an ELBO."""
    source = oracle(PLAIN)
    heavy = best(source, highest(source, 4.0)[1], 4.0)
    return missed(heavy._replace(beta=1.0, elbo=None))


def with_a_fixed_variance() -> float:
    return missed(best(oracle(PLAIN), 1.0))


def with_a_full_covariance() -> float:
    """A rotated decoder is as good for an encoder that may correlate its units: what a diagonal
    one would lose there is lost by nobody."""
    source = oracle(PLAIN)
    fit, R = best(source, source.noise), np.array([[0.6, -0.8], [0.8, 0.6]])
    rotated = fit._replace(decoder=fit.decoder @ R, encoder=R.T @ fit.encoder)
    return -shortfalls(source, rotated).rotation


def with_a_curved_decoder() -> float:
    """On the unit circle an angle and a small radial noise, of variance 1e-4, are far likelier."""
    circle = Bottleneck((8, 8), (0,), (0, 0), 1)
    ring = -math.log(2 * math.pi) - 0.5 * math.log(2 * math.pi * 1e-4)
    source, fit = oracle(circle), best(oracle(circle), 0.5)
    return below_the_likelihood(circle, source, fit._replace(elbo=ring))


def with_a_start_at_zero() -> float:
    """Weights of zero, and the best variance for them: the gradient vanishes."""
    source = oracle(PLAIN)
    nothing = best(source, float(source.moments.values.mean()))
    zero = nothing._replace(
        decoder=0 * nothing.decoder, encoder=0 * nothing.encoder, variance=np.ones(2)
    )
    return missed(zero)


ASSUMPTIONS = (
    Assumption(
        words=r"$\sum_{i>k}\lambda_i > 0$: something is left over for the decoder's variance",
        fails="ceiling: on data in a plane of k dimensions the likelihood has no maximum",
        without=without_a_rest,
    ),
    Assumption(
        words="the data are centred, or both maps have offsets",
        fails="likelihood: the mean has to be explained by the units",
        without=without_centring,
    ),
    Assumption(
        words="the covariance has the divisor n, over the very rows of the ELBO",
        fails="ceiling: with n - 1 it lies below the ELBO of the best VAE",
        without=with_another_divisor,
    ),
    Assumption(
        words=r"$\beta = 1$ (for the likelihood; the ceiling and the frontier need nothing)",
        fails="likelihood: with a weight on the KL some units are given up",
        without=with_a_weight_on_the_divergence,
    ),
    Assumption(
        words="the decoder's variance is learnt",
        fails="likelihood: at a fixed variance it is missed",
        without=with_a_fixed_variance,
    ),
    Assumption(
        words="the encoder's covariance is diagonal (for the rotation)",
        fails="rotation: an encoder with a full covariance is as good at any rotation",
        without=with_a_full_covariance,
    ),
    Assumption(
        words="the decoder is linear",
        fails="ceiling: a curved decoder follows a circle",
        without=with_a_curved_decoder,
    ),
    Assumption(
        words="training does not start, or stop, at a saddle",
        fails="likelihood: at weights of zero the gradient vanishes",
        without=with_a_start_at_zero,
    ),
    Assumption(
        words=r"$\lambda_1 > \dots > \lambda_k$ (for signs and order alone to be free)",
        unknown="with a tie its axes may be turned among themselves, in encoder and decoder alike; "
        "the claims look at right angles, so nothing fails",
    ),
)

# -- the theorem ----------------------------------------------------------------------------------

PROBABILISTIC_PCA = Theorem(
    id="probabilistic-pca",
    title="Probabilistic PCA: a linear VAE learns the principal components, and nothing else",
    intuition="Data are a few directions of large variance and the same small noise in all. The "
    "likeliest model keeps the k longest axes of the data, takes the noise off each, and calls the "
    "mean of what is left over the noise. A linear variational autoencoder reaches exactly this "
    "likelihood, for its posterior is Gaussian; and as its encoder may not correlate the units, it "
    "has to choose the axes themselves, and not a rotation of them.",
    statement=r"Let $\Sigma$, with the divisor n, have eigenvalues $\lambda_1 \ge \dots \ge "
    r"\lambda_d$ with $\sum_{i>k}\lambda_i > 0$, and $z \sim N(0, I_k)$, $x \mid z \sim N(Wz+b, "
    r"\sigma^2I)$. Then the mean log-likelihood is at most $-\tfrac12\bigl(d\log2\pi + "
    r"\sum_{i\le k}\log\lambda_i + (d-k)\log\hat\sigma^2 + d\bigr)$, $\hat\sigma^2 = \tfrac1{d-k}"
    r"\sum_{i>k}\lambda_i$, and reaches it at $W = U_k(\Lambda_k-\hat\sigma^2I)^{1/2}R$ for every "
    r"rotation $R$. The ELBO of $q(z\mid x) = N(V(x-\mu), \operatorname{diag} t)$ has the same "
    r"maximum; for distinct $\lambda_1, \dots, \lambda_k$ it is reached exactly where moreover "
    r"$R$ is a signed permutation, $V = (W^\top W+\hat\sigma^2I)^{-1}W^\top$ and $t_j = "
    r"\hat\sigma^2/\lambda_j$. What any ELBO falls short by is a sum of terms, none negative: of "
    r"the offset, the axes, the lengths, the rotation, the posterior means and variances.",
    proof_words="Average the Gaussian log-density over the data: only mean and covariance enter. "
    "Its inverse covariance is a multiple of the identity less something on k axes; by Ky Fan the "
    "best axes are the top eigenvectors, and one axis after the other the best length is the "
    "eigenvalue itself. What is left is one number, the noise. The ELBO falls short of this by the "
    "divergence of the encoder from the posterior, which has a diagonal precision exactly where "
    "the decoder's columns are at right angles.",
    assumptions=ASSUMPTIONS,
    references=(
        (
            "M. E. Tipping and C. M. Bishop, Probabilistic principal component analysis, Journal "
            "of the Royal Statistical Society B 61 (1999) (from memory)"
        ),
        (
            "J. Lucas, G. Tucker, R. Grosse and M. Norouzi, Don't blame the ELBO! A linear VAE "
            "perspective on posterior collapse, NeurIPS 2019"
        ),
        (
            "the exact sum of what is fallen short of was derived here; no literature was searched "
            "for this form"
        ),
    ),
    proof=proof,
    families=(family(CLAIMS),),
    uses=("elbo", "baldi-hornik"),
    errata=(
        (
            "A linear VAE does not find the principal subspace up to a rotation, as a linear "
            "autoencoder does up to any basis: with a diagonal encoder variance it finds the axes."
        ),
        (
            "The encoder is not the decoder's pseudo-inverse: posterior means are shrunk, by "
            r"$1-\hat\sigma^2/\lambda_j$ on each axis."
        ),
        (
            "scikit-learn's `PCA.score` and `noise_variance_` divide by n - 1, so that its "
            "likelihood is a little below the maximum on the very rows it was fitted to."
        ),
    ),
)
