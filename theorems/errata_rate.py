"""Errata on rate, distortion and collapse, decided by a linear model of Gaussian data."""

from __future__ import annotations

from fractions import Fraction
from typing import NamedTuple

import numpy as np

from .erratum import Erratum, Measured, Refutation

__all__ = ["RATE"]

VARIANCES = (Fraction(4), Fraction(1), Fraction(1, 4))  # of the data, axis by axis


class Unit(NamedTuple):
    """One axis of a linear VAE: decoder w, encoder mean v x and variance, by what is needed of
    them, so that no root has to be taken."""

    w_squared: Fraction
    v_squared: Fraction
    wv: Fraction
    variance: Fraction


def unit(data: Fraction, level: Fraction) -> Unit:
    """The best unit for data of this variance; `level` is beta times the decoder's variance."""
    if data <= level:
        return Unit(Fraction(0), Fraction(0), Fraction(0), Fraction(1))
    kept = data - level
    return Unit(kept, kept / data**2, kept / data, level / data)


def distortion(data: Fraction, u: Unit) -> Fraction:
    """E(x - wz)², z with mean vx and its variance."""
    return (1 - u.wv) ** 2 * data + u.w_squared * u.variance


def twice_rate(data: Fraction, u: Unit) -> tuple[Fraction, Fraction]:
    """Twice the mean divergence from N(0, 1), as a fraction and another one whose logarithm is to
    be added."""
    return u.v_squared * data + u.variance - 1, 1 / u.variance


def shannon(total: Fraction) -> Fraction:
    """exp(2 R(D)) of the Gaussian source, by pouring water: levels between two variances first."""
    for n in range(len(VARIANCES), 0, -1):
        level = (total - sum(VARIANCES[n:])) / n
        if VARIANCES[n - 1] >= level and all(v <= level for v in VARIANCES[n:]):
            covered = Fraction(1)
            for v in VARIANCES[:n]:
                covered *= v / level
            return covered
    return Fraction(1)


def linear_vae(level: Fraction) -> tuple[Fraction, Fraction, Fraction]:
    """Of the best one: distortion, and twice the rate: a fraction, and one under a logarithm."""
    total, plain, factor = Fraction(0), Fraction(0), Fraction(1)
    for data in VARIANCES:
        of_axis = unit(data, level)
        summand, under_the_logarithm = twice_rate(data, of_axis)
        total += distortion(data, of_axis)
        plain += summand
        factor *= under_the_logarithm
    return total, plain, factor


def frontier() -> Refutation:
    points = [linear_vae(Fraction(k, 8)) for k in range(1, 32)]
    above = sum(plain > 0 or factor > shannon(total) for total, plain, factor in points)
    below = sum(plain < 0 or factor < shannon(total) for total, plain, factor in points)
    total, _, factor = points[0]
    return Refutation(
        claimed=Measured("points above the curve minus points computed", above - len(points)),
        corrected=Measured("minus the points below the curve, or above it", -below - above),
        numbers=(
            Measured("points of the frontier that were computed", len(points)),
            Measured("distortion at the first of them", total),
            Measured(r"$e^{2R}$ there", factor),
            Measured(r"$e^{2R(D)}$ of Shannon, at that distortion", shannon(total)),
        ),
    )


FRONTIER = Erratum(
    id="frontier-above-rate-distortion",
    said=r"The frontier of a $\beta$-VAE lies above the rate-distortion curve",
    claim=r"The trade-off that a $\beta$-VAE traces lies above $R(D)$; the gap says how "
    "inefficient its encoder and decoder are.",
    believed="A bound that holds for all encoders is hardly ever met by the simple ones.",
    corrected="It never lies below. For Gaussian data a linear VAE lies on it, at every "
    r"distortion: its optimum at $\beta\sigma^2 = s$ is Shannon's, with the water at the level "
    "$s$, provided that there are as many units as axes above the water.",
    instance="Gaussian data with variances 4, 1 and 1/4, three units, thirty-one levels; rates are "
    "compared exactly, by what stands under the logarithm.",
    counterexample=frontier,
    theorems=("elbo", "gaussian-kl"),
    references=(
        (
            "A. A. Alemi, B. Poole, I. Fischer, J. V. Dillon, R. A. Saurous and K. Murphy, Fixing "
            "a broken ELBO, ICML 2018"
        ),
        (
            "T. M. Cover and J. A. Thomas, Elements of information theory, second edition, 2006 "
            "(Gaussian sources)"
        ),
    ),
)


def best_on_a_grid(data: float, beta: float, noise: float) -> tuple[float, float]:
    """The decoder weight and the encoder weight with the greatest bound, on a grid."""
    weights, spreads = np.linspace(-2, 2, 33), 2.0 ** np.arange(-4, 2)
    w, v, s = np.meshgrid(weights, weights, spreads, indexing="ij")
    error = (1 - w * v) ** 2 * data + w**2 * s
    rate = (v**2 * data + s - 1 - np.log(s)) / 2
    at = np.argmin(error / (2 * noise) + beta * rate)
    return float(w.ravel()[at]), float(v.ravel()[at])


def collapse() -> Refutation:
    cases = [(v, b) for v in (4.0, 2.0, 0.5, 0.25) for b in (0.25, 1.0, 3.0)]
    used = {(v, b): all(best_on_a_grid(v, b, 1.0)) for v, b in cases}
    mistaken = sum(used[v, b] != (v > b) for v, b in cases)
    plain = [v for v in (4.0, 2.0, 0.5, 0.25) if not used[v, 1.0]]
    return Refutation(
        claimed=Measured(r"minus the axes that a linear decoder leaves unused at $\beta = 1$",
                         -len(plain)),
        corrected=Measured(r"minus the cases in which the threshold $\lambda > \beta\sigma^2$ errs",
                           -mistaken),
        numbers=(
            Measured("axes and weights tried", len(cases)),
            Measured("largest variance left unused, decoder variance 1", max(plain, default=0)),
        ),
    )  # fmt: skip


COLLAPSE = Erratum(
    id="collapse-and-decoders",
    said="Posterior collapse comes of decoders that are too powerful",
    claim="Latent units are ignored because the decoder can model the data without them; a simple "
    "decoder has to use them.",
    believed="Autoregressive decoders, where collapse was first met, can.",
    corrected="At the optimum a linear decoder ignores a unit exactly if the variance that it "
    r"could explain is not above $\beta\sigma^2$. It is the noise that the decoder claims which "
    "makes a direction not worth its rate; a powerful decoder is one way to make it so.",
    instance="One axis of Gaussian data at a time, of four variances, under three weights "
    r"$\beta$, decoder variance 1; the bound is maximised over a grid of weights.",
    counterexample=collapse,
    theorems=("elbo",),
    references=(
        (
            "J. Lucas, G. Tucker, R. Grosse and M. Norouzi, Don't blame the ELBO! A linear VAE "
            "perspective on posterior collapse, NeurIPS 2019"
        ),
    ),
)

RATE = (FRONTIER, COLLAPSE)
