"""Errata on the evidence lower bound: where it is finite, its gradient, and its loss."""

from __future__ import annotations

import math
from fractions import Fraction
from itertools import combinations, product
from typing import Any

from .erratum import Erratum, Measured, Refutation, many_digits
from .finite_experiments import logarithm, nats
from .picture import Picture

__all__ = ["LATENT"]

KINGMA_WELLING = "D. P. Kingma and M. Welling, Auto-encoding variational Bayes, 2014"
MOHAMED = (
    "S. Mohamed, M. Rosca, M. Figurnov and A. Mnih, Monte Carlo gradient estimation in machine "
    "learning, Journal of Machine Learning Research 21 (2020)"
)
BOROVKOV_UTEV = (
    "A. A. Borovkov and S. A. Utev, On an inequality and on the related characterization of the "
    "normal distribution, Teoriya veroyatnostei i ee primeneniya 28 (1983), 209-218"
)


# -- where the bound is finite --------------------------------------------------------------------


def divergence(q: dict[int, Fraction], p: dict[int, Fraction]) -> float:
    """KL(q || p) on a finite set: infinite where q puts mass that p does not."""
    if any(mass and not p[z] for z, mass in q.items()):
        return math.inf
    return sum(float(mass) * math.log(mass / p[z]) for z, mass in q.items() if mass)


def evenly(support: set[int]) -> dict[int, Fraction]:
    return {z: Fraction(z in support, len(support)) for z in range(3)}


def support() -> Refutation:
    sets = [set(s) for size in (1, 2, 3) for s in combinations(range(3), size)]
    wrong = {"common": 0, "right": 0}
    for of_q, of_p in product(sets, sets):
        finite = math.isfinite(divergence(evenly(of_q), evenly(of_p)))
        wrong["common"] += finite != (of_p <= of_q)
        wrong["right"] += finite != (of_q <= of_p)
    mp = many_digits()
    narrow = mp.quad(lambda z: mp.log(2 * mp.pi) / 2 + z**2 / 2, [0, 1])
    return Refutation(
        claimed=Measured("minus the pairs of supports on which it errs", -wrong["common"]),
        corrected=Measured("minus the pairs on which the turned condition errs", -wrong["right"]),
        numbers=(
            Measured("pairs of supports in a set of three points", len(sets) ** 2),
            Measured(
                r"$\mathrm{KL}$ of the uniform law on $[0, 1]$ from the posterior $N(0, 1)$", narrow
            ),
        ),
    )


SUPPORT = Erratum(
    id="support-of-the-approximation",
    said="The bound needs $q(z) > 0$ wherever $p(z \\mid x) > 0$",
    claim=r"The evidence lower bound, and its gap $\mathrm{KL}(q \,\|\, p(z \mid x))$, are finite "
    "if $q$ is positive wherever the posterior is.",
    believed="Importance sampling from $q$ needs just that, and the two are taught together.",
    corrected="The other way round: $q(z) = 0$ wherever $p(z \\mid x) = 0$. An approximation that "
    "ignores a part of the posterior has a finite bound; one that spills over its edge has the "
    "bound minus infinity.",
    instance="All supports of $q$ and of the posterior in a set of three points, with even "
    "weights; and, of the continuous, a uniform $q$ for a normal posterior.",
    counterexample=support,
    theorems=("elbo", "gaussian-kl"),
    references=(KINGMA_WELLING,),
)


# -- its gradient ---------------------------------------------------------------------------------


def gradients(lead: Fraction) -> tuple[Fraction, Any]:
    """How far the bound's gradient in theta is from the evidence's, and the gap of the bound.

    z is a fair bit; x = 1 has probability theta if z = 1, else one half; seen is x = 1, at theta
    one half, where the posterior of z is fair. q gives z = 1 one half and the lead.
    """
    posterior = {0: Fraction(1, 2), 1: Fraction(1, 2)}
    score = {0: Fraction(0), 1: Fraction(2)}  # of log p(x, z) in theta, 1/theta where z = 1
    q = {0: Fraction(1, 2) - lead, 1: Fraction(1, 2) + lead}
    error = sum((q[z] - posterior[z]) * score[z] for z in (0, 1))
    mp = many_digits()
    gap = mp.fsum(mp.convert(q[z]) * mp.log(mp.convert(q[z] / posterior[z])) for z in (0, 1))
    return Fraction(error), gap


def gradient_of_the_bound() -> Refutation:
    mp, factor, spread = many_digits(), 1000, 2
    error, gap = gradients(Fraction(1, 10**4))
    coarser = gradients(Fraction(1, 10**3))
    return Refutation(
        claimed=Measured("1000 times the gap minus the error", factor * gap - mp.convert(error)),
        corrected=Measured(
            r"$\operatorname{osc}(s)\sqrt{\mathrm{gap}/2}$ minus the error",
            spread * mp.sqrt(gap / 2) - mp.convert(error),
        ),
        numbers=(
            Measured("gap of the bound, in nats", gap),
            Measured("error of the gradient", error),
            Measured("error over gap", mp.convert(error) / gap),
            Measured("error over gap, $q$ ten times further off",
                     mp.convert(coarser[0]) / coarser[1]),
            Measured(r"error over $\sqrt{\mathrm{gap}}$", mp.convert(error) / mp.sqrt(gap)),
        ),
    )  # fmt: skip


GRADIENT = Erratum(
    id="gradient-up-to-the-gap",
    said="The bound has the gradient of the evidence, up to the gap",
    claim=r"At any $q$ the gradient of the evidence lower bound in $\theta$ is that of "
    r"$\log p_\theta(x)$, up to the variational gap.",
    believed="Values differ by the gap, and where the gap is zero the gradients agree.",
    corrected=r"They differ by $\mathbb{E}_q s - \mathbb{E}_{p(z \mid x)} s$ with $s = "
    r"\nabla_\theta\log p_\theta(x, z)$: component by component at most "
    r"$\operatorname{osc}(s)\sqrt{\mathrm{gap}/2}$, and of the order of the root of the gap, which "
    "is far larger than a small gap. They agree if $q$ is the posterior.",
    instance=r"A hidden fair bit; what is seen has probability $\theta$ if it is 1, else one half; "
    r"at $\theta = \frac12$, with $q$ off by $10^{-4}$. The constant tried is 1000; a better $q$ "
    "defeats a greater one.",
    counterexample=gradient_of_the_bound,
    theorems=("elbo",),
    references=(
        (
            "T. M. Cover and J. A. Thomas, Elements of information theory, second edition, 2006 "
            "(Pinsker's inequality)"
        ),
    ),
)


def variances(omega: Any) -> tuple[Any, Any, Any]:
    """For f = sin(omega z), z ~ N(mu, 1) at mu = 0, one sample: the variances of the pathwise
    gradient f'(z) and of the score-function gradient z f(z), and E f''(z)²."""
    mp = many_digits()
    w2 = mp.convert(omega) ** 2
    once, twice = mp.exp(-w2), mp.exp(-2 * w2)
    pathwise = w2 * ((1 + twice) / 2 - once)
    score = (1 - twice * (1 - 4 * w2)) / 2 - w2 * once
    return pathwise, score, w2**2 * (1 - twice) / 2


def estimators() -> Refutation:
    slow, two, ten = variances(Fraction(1, 2)), variances(2), variances(10)
    frequencies = [Fraction(k, 4) for k in range(1, 41)]
    found = [(float(w), variances(w)) for w in frequencies]
    return Refutation(
        claimed=Measured("variance by the score function minus variance by the path, at "
                         r"$\omega = 2$", two[1] - two[0]),
        corrected=Measured(r"least of $\mathbb{E}f''^2 - \operatorname{Var}f'$ over forty $\omega$",
                           min(bound - path for _, (path, _, bound) in found)),
        numbers=(
            Measured(r"pathwise, $\omega = \frac12$", slow[0]),
            Measured(r"score function, $\omega = \frac12$", slow[1]),
            Measured(r"pathwise, $\omega = 2$", two[0]),
            Measured(r"score function, $\omega = 2$", two[1]),
            Measured(r"pathwise, $\omega = 10$", ten[0]),
            Measured(r"score function, $\omega = 10$", ten[1]),
        ),
        picture=Picture(
            "Variance of two gradient estimators for a sine, by its frequency",
            ("frequency ω", "variance of one sample"),
            {
                "pathwise": tuple((w, float(path)) for w, (path, _, _) in found),
                "score function": tuple((w, float(score)) for w, (_, score, _) in found),
            },
        ),
    )  # fmt: skip


ESTIMATORS = Erratum(
    id="pathwise-variance",
    said="Pathwise gradients have the lower variance if the function is smooth",
    claim="If $f$ is smooth, the reparametrised estimator of its gradient has a dramatically lower "
    "variance than the score-function estimator.",
    believed="For quadratics it has, and for decoders that were tried.",
    corrected="Neither is below the other in general. The score function sees values, the path "
    r"sees slopes: $\operatorname{Var} f'(z) \le \sigma^2\,\mathbb{E} f''(z)^2$ for a normal $z$, "
    "so that what helps the path is little curvature, not derivatives that exist.",
    instance=r"$f(z) = \sin\omega z$, $z \sim N(\mu, 1)$, the gradient in $\mu$ at $\mu = 0$, "
    "where the best constant baseline is none.",
    counterexample=estimators,
    theorems=("gradient-estimators",),
    references=(MOHAMED, BOROVKOV_UTEV),
)


# -- its loss -------------------------------------------------------------------------------------


def decoder_variance() -> Refutation:
    grid = [Fraction(k, 2) for k in range(5)]

    def spread(variance: Fraction) -> Fraction:
        """Of the loss minus the negative bound, which is constant if they are the same loss."""
        apart = [(s + kl) - (s / (2 * variance) + kl) for s, kl in product(grid, grid)]
        return max(apart) - min(apart)

    return Refutation(
        claimed=Measured("minus the spread of their difference, variance 1", -spread(Fraction(1))),
        corrected=Measured(r"minus the spread, variance $\frac12$", -spread(Fraction(1, 2))),
        numbers=(Measured("pairs of error and divergence compared", len(grid) ** 2),),
    )


DECODER_VARIANCE = Erratum(
    id="variance-of-the-decoder",
    said="Squared error plus KL is the bound of a decoder with variance one",
    claim=r"$\lVert x - g(z)\rVert^2 + \mathrm{KL}$ is the negative evidence lower bound, up to a "
    "constant, for a Gaussian decoder of unit variance.",
    believed="Factors of a half are lost easily, and “standard normal” comes to mind.",
    corrected=r"Unit variance gives $\frac12\lVert x - g(z)\rVert^2 + \mathrm{KL}$. Without the "
    r"half the variance is $\frac12$, and with it the weight of the divergence is half as great: a "
    r"linear model then uses a direction if its variance exceeds $\frac12$, not 1.",
    instance="Twenty-five pairs of a squared error and a divergence.",
    counterexample=decoder_variance,
    theorems=("elbo",),
    references=(KINGMA_WELLING,),
)


def units_of_rate() -> Refutation:
    half = Fraction(1, 2)
    rate = logarithm(1 / half)  # one outcome of a fair bit is sent: KL(point mass || fair)
    return Refutation(
        claimed=Measured(
            "minus the distance of the KL term from the bits sent", -abs(nats(rate) - 1)
        ),
        corrected=Measured(r"minus that distance after division by $\log 2$", -abs(rate[2] - 1)),
        numbers=(
            Measured("bits sent", 1),
            Measured("the KL term, by natural logarithms", nats(rate)),
            Measured("bits in one nat", 1 / many_digits().log(2)),
        ),
    )


UNITS = Erratum(
    id="rate-in-bits",
    said="The KL term is the rate in bits",
    claim="The divergence from the prior, averaged over the data, is the number of bits that the "
    "code takes.",
    believed="Information is counted in bits where it is taught, and in nats where it is coded.",
    corrected=r"Libraries take natural logarithms: the term is in nats. Divide by $\log 2$.",
    instance="A fair bit as latent variable, and an encoder that is certain of it.",
    counterexample=units_of_rate,
    theorems=("gaussian-kl",),
)

LATENT = (SUPPORT, GRADIENT, ESTIMATORS, DECODER_VARIANCE, UNITS)
