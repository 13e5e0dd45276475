r"""Fisher and Neyman's factorisation: when a statistic says all that data say of a parameter.

## Statement

Let laws $P_\theta$ have densities $f_\theta$ with respect to one measure.  A statistic T is
sufficient if and only if $f_\theta(x) = g_\theta(T(x))\,h(x)$ with $h$ free of $\theta$ (Fisher
1922, Neyman 1935, Halmos and Savage 1949).  Where $h > 0$ that is, without a quotient:

$T(x) = T(x') \Rightarrow f_\theta(x) f_{\theta'}(x') = f_{\theta'}(x) f_\theta(x')$ for all
$\theta, \theta'$.

The families are in `likelihoods`, the claims and problems in `sufficiency`, the proof in
`fisher_neyman_proof`.
"""

from __future__ import annotations

import math

import numpy as np

from .fisher_neyman_proof import proof
from .likelihoods import LIKELIHOODS, crossed
from .sufficiency import STATISTIC, shared_answer
from .theorem import Assumption, Theorem

__all__ = ["FISHER_NEYMAN", "median_efficiency"]


def median_efficiency(n: int) -> float:
    r"""The share of the Fisher information on a normal mean that the median of n = 2k + 1
    observations keeps: $\frac1n \int \frac{f'^2}{f}$ for its density $f \propto \varphi\,
    (\Phi(1 - \Phi))^k$; tends to $2/\pi$.  By the trapezoidal rule, which converges geometrically
    here.
    """
    from scipy.special import log_ndtr

    k, (t, step) = (n - 1) // 2, np.linspace(-9, 9, 2049, retstep=True)
    log_phi = -(t**2) / 2 - math.log(2 * math.pi) / 2
    below, above = log_ndtr(t), log_ndtr(-t)
    log_f = math.lgamma(n + 1) - 2 * math.lgamma(k + 1) + log_phi + k * (below + above)
    score = -t + k * (np.exp(log_phi - below) - np.exp(log_phi - above))
    return float(np.sum(score**2 * np.exp(log_f)) * step / n)


# -- assumptions ----------------------------------------------------------------------------------


def with_the_variance_unknown_too() -> float:
    """One sum, two samples of it: they differ in the second moment, which now matters."""
    return shared_answer("normal", (1.0, -1.0), (0.5, -0.5))


def with_two_parameters_only() -> float:
    """Of the curved normal at theta = 1 and 2 alone, Q - 8s/6 (Q the sum of squares, s the sum)
    decides everything; it is the same on these two samples, whose moments differ."""
    x, y = np.array([1.0, 0.0]), np.array([1 / 3, 0.0])
    likelihood = LIKELIHOODS["curved-normal"]
    one, other = crossed(likelihood, x, y, (1.0,), (2.0,))
    assert abs(one - other) < 1e-15 * one
    return shared_answer("curved-normal", tuple(x), tuple(y))


def with_unequal_variances() -> float:
    """x_1 of variance 1, x_2 of variance 4: the sum is the same at (1, 0) and (0, 1), and the
    likelihood ratio of theta = 1 and 0 is not."""

    def log_ratio(x: tuple[float, float]) -> float:
        return sum(
            (x_i**2 - (x_i - 1) ** 2) / (2 * v) for x_i, v in zip(x, (1.0, 4.0), strict=True)
        )

    return -abs(log_ratio((1.0, 0.0)) - log_ratio((0.0, 1.0)))


def by_positive_densities_alone() -> float:
    """Where both densities are positive the ratio of two uniform ones is a constant: by ratios
    alone the constant statistic would do, and 1 and 2 would say the same of theta."""
    return shared_answer("uniform", (1.0, 0.5), (2.0, 0.5))


ASSUMPTIONS = (
    Assumption(
        words="the family is the one that is declared: what is known is known",
        fails="likelihood ratios: the sum is sufficient for the mean if the variance is known, "
        "and not if it is not",
        without=with_the_variance_unknown_too,
    ),
    Assumption(
        words=r"$\theta$ may be every parameter of the family",
        fails="likelihood ratios: of two parameters the ratio itself, one number, is sufficient",
        without=with_two_parameters_only,
    ),
    Assumption(
        words="the observations are independent and of one law",
        fails="likelihood ratios: with other variances another sum is sufficient",
        without=with_unequal_variances,
    ),
    Assumption(
        words=r"the products are compared for all $\theta$, also where a density vanishes",
        fails="supports: ratios and scores, where they exist, do not know where that is",
        without=by_positive_densities_alone,
    ),
    Assumption(
        words="the laws are dominated by one measure",
        unknown="without it a statistic from which a sufficient one can be computed may fail to be "
        "sufficient (Burkholder 1961); that takes uncountably many laws, which no computation has",
    ),
)

FISHER_NEYMAN = Theorem(
    id="fisher-neyman",
    title="Fisher--Neyman factorisation: when a statistic says everything",
    intuition="A summary of data is sufficient if nothing that it threw away could have told us "
    "more of the parameter. So take two data sets that it does not tell apart: however the "
    "parameter is moved, their probabilities must change in the same proportion. One pair where "
    "they do not is enough to refute a summary, and no gradient and no training is needed to see "
    "it.",
    statement=r"Let $f_\theta$ be densities with respect to one measure. $T$ is sufficient for "
    r"$\theta$ if and only if $f_\theta(x) = g_\theta(T(x))\,h(x)$ for some $g_\theta \ge 0$ and "
    r"$h \ge 0$ free of $\theta$; and, outside a null set and where $h > 0$, if and only if "
    r"$f_\theta(x) f_{\theta'}(x') = f_{\theta'}(x) f_\theta(x')$ for all $\theta$, $\theta'$ "
    r"and all $x$, $x'$ with $T(x) = T(x')$. For an exponential family $f_\theta = "
    r"h\,e^{\eta(\theta) \cdot S - A(\theta)}$ whose $\eta(\theta)$ do not lie in a hyperplane, "
    r"that is $S(x) = S(x')$.",
    proof_words=r"If the density factors, both products are $g_\theta(t) g_{\theta'}(t) h(x) "
    r"h(x')$. Conversely pick one $x_t$ for each value $t$ of $T$ and one $\theta_0$, and put $h = "
    r"f_{\theta_0}$ and $g_\theta(t) = f_\theta(x_t)/f_{\theta_0}(x_t)$. Of an exponential family "
    r"the logarithm of the products' quotient is $(\eta(\theta) - \eta(\theta')) \cdot (S(x) - "
    r"S(x'))$; enough $\theta$ make $S(x) = S(x')$. Each family below is such a factorisation.",
    assumptions=ASSUMPTIONS,
    references=(
        (
            "R. A. Fisher, On the mathematical foundations of theoretical statistics, "
            "Philosophical Transactions of the Royal Society A 222 (1922), 309-368 (from memory)"
        ),
        (
            "J. Neyman, Su un teorema concernente le cosiddette statistiche sufficienti, "
            "Giornale dell'Istituto Italiano degli Attuari 6 (1935), 320-334 (from memory)"
        ),
        (
            "P. R. Halmos and L. J. Savage, Application of the Radon-Nikodym theorem to the theory "
            "of sufficient statistics, Annals of Mathematical Statistics 20 (1949), 225-241 "
            "(from memory)"
        ),
        (
            "D. L. Burkholder, Sufficiency in the undominated case, Annals of Mathematical "
            "Statistics 32 (1961), 1191-1200 (from memory)"
        ),
    ),
    proof=proof,
    families=(STATISTIC,),
    errata=(
        (
            "That the score depends on the data through T alone does not make T sufficient: the "
            r"score of the uniform law on $(0, \theta)$ is $-n/\theta$ for all data, so that a "
            "constant would do."
        ),
        (
            "The level sets of a sufficient statistic lie within the classes of samples whose "
            "likelihoods are proportional; it need not be constant on a class. All of the data are "
            "sufficient, and constant on no class."
        ),
        (
            "One parameter does not mean one number: the normal law of mean $\\theta$ and variance "
            "$\\theta^2$ needs both moments."
        ),
    ),
)
