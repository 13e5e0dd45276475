r"""Alemi's bounds: what a variational bottleneck pays for a marginal and a decoder of its own.

## Statement

For any encoder $p(z|x)$, marginal $r(z)$ and decoder $q(y|z)$, with z seeing y through x alone,
$R = \mathbb{E}\,KL(p(z|x)\,\|\,r(z)) \ge I(x;z)$ and
$D = -\mathbb{E}\log q(y|z) \ge H(y) - I(z;y)$.

## References

* A. Alemi et al., *Deep variational information bottleneck*, ICLR 2017.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import log, pi

import numpy as np

from .gaussian_ib import Squeezed
from .gaussian_mi import plain
from .symbolic import sp
from .theorem import Assumption, Step, Theorem, identity, inequality
from .vib import ALEMI, Learnt, family, kept, oracle

__all__ = ["VARIATIONAL_BOTTLENECK"]


# -- proof ----------------------------------------------------------------------------------------


def proof() -> Iterator[Step]:
    yield from _bounds()
    yield from _excess()
    yield from _gaussian()


def _bounds() -> Iterator[Step]:
    """Tables of two by two, every logarithm a letter of its own."""
    weights = sp.symbols("w1 w2", positive=True)
    given = [sp.symbols(f"p{x}1 p{x}2", positive=True) for x in (1, 2)]
    log_given = [sp.symbols(f"a{x}1 a{x}2", real=True) for x in (1, 2)]
    log_own = sp.symbols("b1 b2", real=True)  # log p(z)
    log_marginal = sp.symbols("c1 c2", real=True)  # log r(z)
    cells = [(x, z) for x in (0, 1) for z in (0, 1)]
    joint = {(x, z): weights[x] * given[x][z] for x, z in cells}
    own = [joint[0, z] + joint[1, z] for z in (0, 1)]
    rate = sum(joint[c] * (log_given[c[0]][c[1]] - log_marginal[c[1]]) for c in cells)
    information = sum(joint[c] * (log_given[c[0]][c[1]] - log_own[c[1]]) for c in cells)
    paid = sum(own[z] * (log_own[z] - log_marginal[z]) for z in (0, 1))
    yield identity(
        "the rate is the information and what the marginal of the code's own costs: a divergence",
        sp.expand(rate), sp.expand(information + paid),
        slip=sp.expand(information - paid), slip_words="the divergence taken off",
        tex=r"\mathbb{E}\,KL(p(z|x)\,\|\,r) = I(x;z) + KL(p(z)\,\|\,r)",
        scope="two values each of x and z, all logarithms free; further ones add further terms",
    )  # fmt: skip
    chances = {c: sp.Symbol(f"q{c[0]}{c[1]}", positive=True) for c in cells}  # of (z, y)
    log_posterior = {c: sp.Symbol(f"d{c[0]}{c[1]}", real=True) for c in cells}
    log_decoder = {c: sp.Symbol(f"e{c[0]}{c[1]}", real=True) for c in cells}
    distortion = -sum(chances[c] * log_decoder[c] for c in cells)
    left = -sum(chances[c] * log_posterior[c] for c in cells)
    lost = sum(chances[c] * (log_posterior[c] - log_decoder[c]) for c in cells)
    yield identity(
        "the distortion is what z leaves open of y, and what the decoder of the code's own costs",
        sp.expand(distortion), sp.expand(left + lost),
        slip=sp.expand(left), slip_words="every decoder taken for the posterior",
        tex=r"-\mathbb{E}\log q(y|z) = H(y) - I(z;y) + \mathbb{E}\,KL(p(y|z)\,\|\,q(y|z))",
        scope="two values each of z and y, all logarithms free; further ones add further terms",
    )  # fmt: skip
    of_marginal, of_decoder = sp.symbols("K_r K_q", nonnegative=True)
    least, beta = sp.Symbol("L", real=True), sp.Symbol("beta", positive=True)
    total = least + of_marginal + beta * of_decoder
    yield inequality(
        "no divergence is negative (Gibbs), so that what is minimised is never below the "
        "Lagrangian, up to beta times the entropy of y, which no encoder changes",
        least, total, because=[of_marginal, beta * of_decoder],
        slip=least + of_marginal - beta * of_decoder, slip_words="a decoder that gains",
        tex=r"R + \beta D - \beta H(y) \ge I(x;z) - \beta I(z;y)", scope="every encoder",
    )  # fmt: skip


def _excess() -> Iterator[Step]:
    rate, relevance, top, least, R, D, H, beta = sp.symbols("I_x I_y F L R D H beta", positive=True)
    parts = (R - rate) + beta * (D - H + relevance) + beta * (top - relevance)
    yield identity(
        "what a run is above the least value is four excesses: marginal, decoder, a point below "
        "the curve, and a point of the curve that belongs to another beta; none is negative, and "
        "at the optimum all vanish",
        sp.expand(R + beta * (D - H) - least), sp.expand(parts + (rate - beta * top - least)),
        slip=sp.expand(parts), slip_words="every point of the curve taken for the best",
        tex=r"R + \beta(D - H) - \mathcal L^* = (R - I_x) + \beta(D - H + I_y) + \beta(F - I_y) + "
        r"(I_x - \beta F - \mathcal L^*)", scope="every run",
    )  # fmt: skip


def _gaussian() -> Iterator[Step]:
    s, r, lam, beta = sp.symbols("s r lambda beta", positive=True)
    rate = (sp.log(r) + (1 + s) / r - 1) / 2
    yield identity(
        "one Gaussian coordinate of signal s and noise one: the rate under a marginal of variance "
        "r is least at r = 1 + s",
        sp.diff(rate, r), (r - 1 - s) / (2 * r**2), slip=(r - s) / (2 * r**2),
        slip_words="the noise left out of the marginal",
        tex=r"\tfrac{\partial}{\partial r}\tfrac12\Bigl(\log r + \frac{1+s}r - 1\Bigr) = "
        r"\frac{r - (1+s)}{2r^2}", scope="one coordinate",
    )  # fmt: skip
    yield identity(
        "where it is the information",
        rate.subs(r, 1 + s), sp.log(1 + s) / 2, slip=s / 2,
        slip_words="the rate under a marginal of variance one",
        tex=r"\min_r R = \tfrac12\log(1+s) = I(x;z)", scope="one coordinate",
    )  # fmt: skip
    fixed = s / 2 + beta * (sp.log(1 + lam * s) - sp.log(1 + s)) / 2
    slope = ((1 + s) * (1 + lam * s) - beta * (1 - lam)) / (2 * (1 + s) * (1 + lam * s))
    yield identity(
        "with the noise and the marginal both kept at one, the optimum is another one: a smaller "
        "signal, from the same critical beta on",
        sp.diff(fixed, s), slope,
        slip=(1 + lam * s - beta * (1 - lam)) / (2 * (1 + s) * (1 + lam * s)),
        slip_words="the signal of the bottleneck itself",
        tex=r"(1+s)(1+\lambda s) = \beta(1-\lambda)\ \text{ in place of }\ "
        r"1+\lambda s = \beta(1-\lambda)", scope="one direction, lambda = 1 - rho squared",
    )  # fmt: skip


# -- assumptions ----------------------------------------------------------------------------------

CHANNEL = Squeezed(*plain(0.5), 8.0)


def _learnt(encoder: float, noise: float) -> Learnt:
    return Learnt(np.array([[encoder]]), np.array([[noise]]), None, None, True)


def with_a_marginal_of_too_much_mass() -> float:
    """z = x + noise of variance one under twice the normal density of variance two."""
    rate = 0.5 * log(2) - log(2)
    return rate - kept(CHANNEL, _learnt(1.0, 1.0)).point.rate


def with_a_description_of_y() -> float:
    """z = y + noise of variance one, read as if it were made from x: it leaves less of y open."""
    left = 0.5 * log(2 * pi * np.e * 0.5)
    seen = kept(CHANNEL, _learnt(0.5, 1.75)).point  # the same law of z given x
    return left - oracle(CHANNEL).entropy + seen.relevance


def with_a_decoder_that_saw_the_noise() -> float:
    """The code decoded at its mean, which is x itself: it was sent with noise of variance one."""
    left = 0.5 * log(2 * pi * np.e * 0.75)
    return left - oracle(CHANNEL).entropy + kept(CHANNEL, _learnt(1.0, 1.0)).point.relevance


VARIATIONAL_BOTTLENECK = Theorem(
    id="variational-bottleneck",
    title="Alemi's bounds: the variational information bottleneck",
    intuition="Neither information can be computed of a network, as nobody knows how its codes are "
    "distributed. So a guess is trained beside it: a marginal, which prices the code, and a "
    "decoder, which reads it. Wrong guesses only make the code look dearer and less useful than it "
    "is. Where both are Gaussian and free, they become exact, and training ends where the Gaussian "
    "bottleneck is.",
    statement=r"For any encoder $p(z|x)$, marginal $r(z)$ and decoder $q(y|z)$, with $z - x - y$ a "
    r"Markov chain, the rate $R = \mathbb{E}\,KL(p(z|x)\,\|\,r)$ is at least $I(x;z)$, with "
    r"equality for $r = p(z)$ only, and the distortion $D = -\mathbb{E}\log q(y|z)$ at least "
    r"$H(y) - I(z;y)$, with equality for $q = p(y|z)$ only. Hence $R + \beta D \ge \beta H(y) + "
    r"\min\{I(x;T) - \beta I(T;y)\}$; for Gaussian x and y this is reached by a linear encoder "
    r"of enough units, with a marginal and a linear decoder of full covariances.",
    proof_words="Add and subtract the logarithms of the true marginal and posterior: what is left "
    "is a divergence each, and Gibbs' inequality says that it is not negative. For Gaussians, "
    "minimise over the marginal's variance.",
    assumptions=(
        Assumption(
            words="r(z) has mass one, and so has every q(y|z)",
            fails="rate: twice a density makes every code cheaper by log 2",
            without=with_a_marginal_of_too_much_mass,
        ),
        Assumption(
            words="z sees y through x alone",
            fails="distortion: what sees y itself can be decoded better",
            without=with_a_description_of_y,
        ),
        Assumption(
            words="the decoder reads the code as it was sent, with its noise",
            fails="distortion: of the mean code, more is told than was paid for",
            without=with_a_decoder_that_saw_the_noise,
        ),
    ),
    references=(
        (
            "A. A. Alemi, I. Fischer, J. V. Dillon and K. Murphy, Deep variational information "
            "bottleneck, ICLR (2017), arXiv:1612.00410"
        ),
        (
            "A. A. Alemi, B. Poole, I. Fischer, J. V. Dillon, R. A. Saurous and K. Murphy, Fixing "
            "a broken ELBO, ICML (2018): rate and distortion"
        ),
    ),
    proof=proof,
    families=(family(ALEMI),),
    uses=("gibbs", "gaussian-ib"),
    errata=(
        (
            "The loss of a classifier plus beta times a KL is the other Lagrangian: its beta is "
            "one over the bottleneck's. Declare lagrangian='I_y - beta I_x'."
        ),
        (
            "Noise of one variance for all units under a standard normal marginal is not tight: "
            "with linear units it ends at a smaller signal. Let the noise or the marginal be "
            "learnt. A decoder whose coordinates are independent is not tight either, unless what "
            "is left open of y is uncorrelated in those coordinates."
        ),
    ),
)  # fmt: skip
