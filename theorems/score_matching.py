r"""Denoising score matching: fitting the noise is fitting the score of the noised data.

## Statement

Let $Y = X + \sigma\epsilon$ with $\epsilon \sim N(0, I_d)$ independent of $X$, of any law, and let
$p_\sigma$ be the density of $Y$.  For every $s$ with $\mathbb{E}\,\lVert s(Y)\rVert^2 < \infty$

$\mathbb{E}\,\lVert s(Y) + \epsilon/\sigma\rVert^2 =
\mathbb{E}\,\lVert s(Y) - \nabla\log p_\sigma(Y)\rVert^2 + C$ with
$C = d/\sigma^2 - \mathbb{E}\,\lVert\nabla\log p_\sigma(Y)\rVert^2$, which no score enters
(Vincent 2011).

The problems, oracle and claims are in `dsm_loss`, the proof in `score_matching_proof`.
"""

from __future__ import annotations

import numpy as np

from .dsm_loss import DSM_LOSS, Noised, oracle
from .score_matching_proof import proof
from .theorem import Assumption, Theorem

__all__ = ["SCORE_MATCHING"]


# -- assumptions ----------------------------------------------------------------------------------

PAIR = Noised(((-1.0,), (1.0,)), ((0.0,),), (0.0,), 1.0)  # mean 0, variance 1


def with_noise_that_knows_the_data() -> float:
    """epsilon = x: then s(y) = -y/2 hits every target, below the constant 1/2."""
    return 0.0 - oracle(PAIR).floor


def with_uniform_noise() -> float:
    """x = 0 and uniform noise of variance 1: flat inside, so its score is 0 there.  Denoising
    prefers s = -y, by 1; explicit score matching prefers s = 0, by 1."""
    denoising, explicit = (1.0 - 0.0), (0.0 - 1.0)  # of s = 0, less that of s = -y
    return -abs(denoising - explicit)


def with_the_score_of_clean_data() -> float:
    """N(0, 1) and sigma = 1: the data's own score -y costs 1, the noised data's -y/2 only 1/2."""
    clean = PAIR._replace(weight=((-1.0,),))
    return oracle(clean).floor - float(oracle(clean).value)


def with_a_score_out_of_reach() -> float:
    """Two points and sigma = 1/2: the best affine score stays above the constant of all scores."""
    problem = PAIR._replace(sigma=0.5)
    t, w = np.polynomial.hermite_e.hermegauss(80)
    y = 1 + 0.5 * t  # by symmetry, from the right-hand point alone
    best = float(w @ (1 - np.tanh(y / 0.25)) ** 2 / w.sum()) / 0.5**4
    return best - oracle(problem).floor


ASSUMPTIONS = (
    Assumption(
        words=r"the noise $\epsilon$ is independent of $X$",
        fails="floor: noise that copies the data is predicted without any loss",
        without=with_noise_that_knows_the_data,
    ),
    Assumption(
        words="the noise is Gaussian",
        fails="explicit plus a constant: another noise has another score than $-\\epsilon/\\sigma$",
        without=with_uniform_noise,
    ),
    Assumption(
        words=r"it is the score of the noised data, $\nabla\log p_\sigma$, and not of the data",
        fails="floor reached: the score of the data misses it",
        without=with_the_score_of_clean_data,
    ),
    Assumption(
        words="for the minimum: every function may be a score (no network's limits)",
        fails="floor reached: an affine score cannot follow two points",
        without=with_a_score_out_of_reach,
    ),
    Assumption(
        words=r"$\mathbb{E}\,\lVert s(Y)\rVert^2 < \infty$",
        unknown="without it both sides are infinite, and no slack can be computed",
    ),
)

SCORE_MATCHING = Theorem(
    id="score-matching",
    title="Denoising score matching is score matching, up to a constant",
    intuition="Nobody knows the score of the data, the direction in which they become more likely. "
    "But whoever adds noise knows it, and the noise points away from where the data were. A "
    "network that is asked for the noise can only answer with its average given what it sees, "
    "and that average is the score of the noised data. What cannot be known of the noise costs "
    "the same for every network.",
    statement=r"For $Y = X + \sigma\epsilon$ with $\epsilon \sim N(0, I_d)$ independent of $X$, "
    r"$p_\sigma$ the density of $Y$, and every $s$ with $\mathbb{E}\lVert s(Y)\rVert^2 < \infty$: "
    r"$\mathbb{E}\lVert s(Y) + \epsilon/\sigma\rVert^2 = \mathbb{E}\lVert s(Y) - \nabla\log "
    r"p_\sigma(Y)\rVert^2 + C$, where $C = d/\sigma^2 - \mathbb{E}\lVert\nabla\log "
    r"p_\sigma(Y)\rVert^2$. So $s = \nabla\log p_\sigma$ is the one minimiser, and no loss is "
    r"below $C$. For data of covariance $S$ no affine $s$ comes below $d/\sigma^2 - "
    r"\operatorname{tr}(S + \sigma^2 I)^{-1}$, and for Gaussian data that is $C$.",
    proof_words=r"Given $y$, the target $-\epsilon/\sigma$ is the score of the noise, and its mean "
    r"over the data that may have been there is $\nabla\log p_\sigma(y)$. At every $y$ the loss is "
    "therefore a square around that mean, plus a variance. An affine score and Gaussian noise "
    "leave polynomials, whose means are read off moments; many coordinates are traces.",
    assumptions=ASSUMPTIONS,
    references=(
        (
            "P. Vincent, A connection between score matching and denoising autoencoders, Neural "
            "Computation 23 (2011), 1661-1674 (from memory)"
        ),
        (
            "Y. Song and S. Ermon, Generative modeling by estimating gradients of the data "
            "distribution, NeurIPS 2019 (from memory: the weighting by the variance)"
        ),
    ),
    proof=proof,
    families=(DSM_LOSS,),
    errata=(
        (
            "What a denoiser learns is often called the score of the data. It is the score of the "
            r"data with noise: for $N(0, 1)$ and $\sigma = 1$ the data's own score has twice the "
            "loss of the right one. And it is the minimiser among all functions only: for two "
            r"points at $\pm1$ and $\sigma = 1/2$ the best affine denoiser errs by 0.200, the "
            "best of all by 0.069."
        ),
        (
            "The identity is often credited to Vincent et al. (2008), who introduced denoising "
            "autoencoders; it is Vincent's of 2011."
        ),
    ),
)
