r"""The Kullback--Leibler divergence between Gaussians.

## Statement

For $S_0, S_1 \succ 0$ and $\delta = \mu_1 - \mu_0$,

$KL(N(\mu_0, S_0)\,\|\,N(\mu_1, S_1)) = \tfrac12\bigl[\operatorname{tr} S_1^{-1}S_0 +
\delta^\top S_1^{-1}\delta - d + \log\tfrac{\det S_1}{\det S_0}\bigr] \ge 0$,

zero exactly at equal distributions and unchanged by every invertible affine map of both.  Against
the standard normal, with a diagonal covariance $e^{v}$, it is
$\tfrac12\sum_j(\mu_j^2 + e^{v_j} - 1 - v_j)$, a sum over coordinates.

The problems, oracles and claims are in `gaussian_kl_rows` (against the standard normal) and
`gaussian_kl_pair` (in general), the proof is in `gaussian_kl_proof`.
"""

from __future__ import annotations

import numpy as np

from .gaussian_kl_pair import GAUSSIAN_KL_PAIR, kl
from .gaussian_kl_proof import proof
from .gaussian_kl_rows import GAUSSIAN_KL_ROWS
from .theorem import Assumption, Theorem

__all__ = ["GAUSSIAN_KL", "GAUSSIAN_KL_PAIR", "GAUSSIAN_KL_ROWS"]


# -- assumptions ----------------------------------------------------------------------------------

ZERO, ONE = np.zeros(2), np.eye(2)


def with_a_singular_covariance() -> float:
    """The formula with a pseudo-inverse and a pseudo-determinant is negative; the KL infinite."""
    flat = np.diag([1.0, 0.0])
    return 0.5 * (float(np.trace(np.linalg.pinv(flat) @ ONE)) - 2)


def with_a_uniform_distribution() -> float:
    """The uniform distribution of mean 0 and variance 1: the formula says 0, the KL is 0.18."""
    width = 2 * 3**0.5
    return float(-abs(-np.log(width) + 0.5 * np.log(2 * np.pi) + 0.5))


def with_correlated_coordinates() -> float:
    """Correlation 1/2: the sum over coordinates misses the mutual information between them."""
    cov = np.array([[1.0, 0.5], [0.5, 1.0]])
    return -abs(kl(ZERO, cov, ZERO, ONE) - 2 * kl(ZERO[:1], cov[:1, :1], ZERO[:1], ONE[:1, :1]))


def with_the_arguments_exchanged() -> float:
    """N(0, 4) from N(0, 1) and back: 0.81 against 0.32."""
    one, four = np.eye(1), 4 * np.eye(1)
    return -abs(kl(ZERO[:1], four, ZERO[:1], one) - kl(ZERO[:1], one, ZERO[:1], four))


def with_another_prior() -> float:
    """Against N(0, 4) the mean's price is an eighth of its square, not a half."""
    one, four, mean = np.eye(1), 4 * np.eye(1), np.array([1.0])
    price = kl(mean, one, ZERO[:1], four) - kl(ZERO[:1], one, ZERO[:1], four)
    return -abs(price - 0.5)


def with_a_map_that_is_not_invertible() -> float:
    """Forgetting the coordinate in which two Gaussians differ brings the KL down to zero."""
    apart = kl(ZERO, ONE, np.array([0.0, 1.0]), ONE)
    projected = kl(ZERO[:1], ONE[:1, :1], ZERO[:1], ONE[:1, :1])
    return -abs(projected - apart)


ASSUMPTIONS = (
    Assumption(
        words=r"both covariances are nondegenerate ($q \ll p \ll q$): variances are positive",
        fails="nonnegative: the formula's natural continuation is -1/2 where the KL is infinite",
        without=with_a_singular_covariance,
    ),
    Assumption(
        words="both distributions are Gaussian",
        fails="value: equal means and variances do not make the KL zero",
        without=with_a_uniform_distribution,
    ),
    Assumption(
        words="the average is over the first argument (the divergence is not symmetric)",
        fails="value: exchanging the arguments changes it",
        without=with_the_arguments_exchanged,
    ),
    Assumption(
        words="for the sum over coordinates: both covariances are diagonal",
        fails="additive: correlation adds the coordinates' mutual information",
        without=with_correlated_coordinates,
    ),
    Assumption(
        words="for the one-argument formula: the prior is the standard normal",
        fails="price of the mean: another prior weighs it differently",
        without=with_another_prior,
    ),
    Assumption(
        words="for the invariance: the map is invertible",
        fails="shear: a projection can only lose information",
        without=with_a_map_that_is_not_invertible,
    ),
)

GAUSSIAN_KL = Theorem(
    id="gaussian-kl",
    title="The Kullback-Leibler divergence between Gaussians",
    intuition="How many nats more does it cost to describe draws from one Gaussian in the code "
    "made for another? Three things are paid for: a spread that differs, a mean that lies off, "
    "measured in the second one's standard deviations, and a volume that differs. Each vanishes "
    "only where the two agree, and none depends on the units of measurement.",
    statement=r"For $S_0, S_1 \succ 0$ and $\delta = \mu_1 - \mu_0$: "
    r"$KL(N(\mu_0,S_0)\,\|\,N(\mu_1,S_1)) = \tfrac12[\operatorname{tr}S_1^{-1}S_0 + \delta^\top "
    r"S_1^{-1}\delta - d + \log(\det S_1/\det S_0)] \ge 0$, with equality exactly at equal "
    r"distributions, unchanged by $x \mapsto Ax + b$ for every invertible $A$. In particular "
    r"$KL(N(\mu, \operatorname{diag} e^v)\,\|\,N(0, I)) = \tfrac12\sum_j(\mu_j^2 + e^{v_j} - 1 - "
    r"v_j) \ge \tfrac12\sum_j(\mu_j^2 + v_j^2/(2 + \lvert v_j\rvert))$.",
    proof_words="The log-ratio of two Gaussian densities is a quadratic polynomial in a standard "
    "normal variable, so its mean needs the first two moments only. Independent coordinates add, "
    "because the logarithm of a product is a sum; full covariances reduce to eigenvalues $t_i$ of "
    r"$S_1^{-1}S_0$. Each term $t - 1 - \log t$, with $t = e^v$, is the integral of the "
    r"nonnegative $(1-s)v^2e^{sv}$ over $[0, 1]$, which vanishes only at $v = 0$.",
    assumptions=ASSUMPTIONS,
    references=(
        (
            "S. Kullback and R. A. Leibler, On information and sufficiency, Annals of Mathematical "
            "Statistics 22 (1951), 79-86"
        ),
        (
            "D. P. Kingma and M. Welling, Auto-encoding variational Bayes, 2014, appendix B (the "
            "one-argument formula)"
        ),
    ),
    proof=proof,
    families=(GAUSSIAN_KL_ROWS, GAUSSIAN_KL_PAIR),
    errata=(
        (
            "A textbook printed the general formula with the logarithm around the whole bracket "
            "(udlbook/udlbook#184, acknowledged and mended); the determinants alone stand under it."
        ),
    ),
)
