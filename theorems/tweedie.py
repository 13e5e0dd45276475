r"""Tweedie's formulas: what the best denoiser is, and what its Jacobian is.

## Statement

Let $Y = X + \sigma\epsilon$ with $\epsilon \sim N(0, I_d)$ independent of $X$, of any law (without
a density, without moments), and let $p_\sigma$ be the density of $Y$.  Then for every y

$\mathbb{E}[X \mid y] = y + \sigma^2\,\nabla\log p_\sigma(y)$ and
$\operatorname{Cov}[X \mid y] = \sigma^2 I + \sigma^4\,\nabla^2\log p_\sigma(y)$,

so that the Jacobian of the best denoiser is $\operatorname{Cov}[X \mid y]/\sigma^2$: symmetric and
nowhere negative (Robbins 1956, Miyasawa 1961, Efron 2011).

Other noise has other formulas, by the same argument: see `empirical_bayes`.

The oracles and claims are in `denoiser`, `score` and, for what training makes of it,
`trained_denoiser`; the problems in `denoiser_problems` and `trained_denoiser_problems`, the proof
in `tweedie_proof`.
"""

from __future__ import annotations

import numpy as np

from .denoiser import DENOISER, Noisy, oracle
from .score import SCORE
from .theorem import Assumption, Theorem
from .trained_denoiser import TRAINED_DENOISER, best, excess
from .trained_denoiser_problems import Cloud
from .tweedie_proof import proof

__all__ = ["TWEEDIE"]


# -- assumptions ----------------------------------------------------------------------------------

PAIR = Noisy(((0.5,),), (0.5, 0.5), ((-1.0,), (1.0,)), (0.0, 0.0), 1.0)  # the mean is tanh y


def with_laplace_noise() -> float:
    """Laplace noise of scale 1/2 between the points: the log-odds are 4y, not 2y."""
    right = np.tanh(2 * 0.5)  # half the difference of the exponents 2|y + 1| and 2|y - 1|
    return -abs(float(oracle(PAIR).value[0, 0]) - float(right))


def with_noise_that_knows_the_data() -> float:
    """X of N(0, 4), epsilon = -X/2 of N(0, 1), sigma = 1: y is X/2, of N(0, 1) as well, so that the
    formula says 0, and X is 2y."""
    y = 0.5
    formula, right = y - y, 2 * y
    return -abs(formula - right)


def with_another_level() -> float:
    """Noise of deviation 1, the formula at variance 1/4."""
    return -abs(float((oracle(PAIR).value - oracle(PAIR._replace(sigma=0.5)).value)[0, 0]))


def with_the_score_of_clean_data() -> float:
    """N(0, 1) and sigma = 1: by the data's own score every y would come from 0."""
    wiener = Noisy(((0.5,),), (1.0,), ((0.0,),), (1.0,), 1.0)
    return -abs(float(oracle(wiener).value[0, 0]) - (0.5 - 0.5))


def with_a_line() -> float:
    """Wiener's denoiser has converged, among lines: 0.200 is not 0.069."""
    truth = best(TWO)
    return reached(TWO, truth.y / 1.25)


def with_the_noisy_target() -> float:
    """The target overwritten by the input: y itself is learnt, at no loss in training."""
    return reached(TWO, best(TWO).y)


def with_absolute_errors() -> float:
    """Their minimiser is the posterior's median, which jumps from one point to the other."""
    return reached(TWO, np.sign(best(TWO).y + 1e-9))


TWO = Cloud(((-1.0,), (1.0,)), 0.5)


def reached(problem: Cloud, x_hat: np.ndarray) -> float:
    """The claim `distance` of a run that says that it has converged."""
    return -excess(best(problem), x_hat)


ASSUMPTIONS = (
    Assumption(
        words="the noise is Gaussian",
        fails="value: other noise has other odds, and another formula",
        without=with_laplace_noise,
    ),
    Assumption(
        words=r"the noise $\epsilon$ is independent of $X$",
        fails="value: noise that shrinks the data calls for more than the formula gives",
        without=with_noise_that_knows_the_data,
    ),
    Assumption(
        words=r"the formula's $\sigma$ is the noise's standard deviation",
        fails="value: at another level it is another denoiser",
        without=with_another_level,
    ),
    Assumption(
        words=r"the score is that of the noised data, $\nabla\log p_\sigma$",
        fails="linear: the score of the data denoises too much",
        without=with_the_score_of_clean_data,
    ),
    Assumption(
        words="for training to reach it: every map may be learnt (no network's limits)",
        fails="distance: a line stays far above the floor",
        without=with_a_line,
    ),
    Assumption(
        words="what is trained for is the clean data",
        fails="distance: noisy targets are copied, noise and all",
        without=with_the_noisy_target,
    ),
    Assumption(
        words="and the squared error",
        fails="distance: the absolute error asks for a median",
        without=with_absolute_errors,
    ),
)

TWEEDIE = Theorem(
    id="tweedie",
    title="Tweedie's formulas: the best denoiser and its Jacobian",
    intuition="Seen through noise, a point is more likely to have come from where there are more "
    "points. How far it should be moved back is told by the density of the noisy points alone: "
    "up the slope of its logarithm, by the variance of the noise. And how uncertain the answer "
    "is, is told by how fast it changes: the denoiser's Jacobian is the covariance that is left, "
    "in units of the noise's variance. So no denoiser of whatever data rotates or repels.",
    statement=r"For $Y = X + \sigma\epsilon$ with $\epsilon \sim N(0, I_d)$ independent of $X$ and "
    r"$p_\sigma$ the density of $Y$: $\mathbb{E}[X \mid y] = y + \sigma^2\nabla\log p_\sigma(y)$, "
    r"$\operatorname{Cov}[X \mid y] = \sigma^2 I + \sigma^4\nabla^2\log p_\sigma(y)$, and "
    r"$\nabla\,\mathbb{E}[X \mid y] = \operatorname{Cov}[X \mid y]/\sigma^2$, symmetric and "
    r"positive semidefinite. Every denoiser D has $\mathbb{E}\lVert X - D(Y)\rVert^2 = "
    r"\sigma^2 d - \sigma^4\,\mathbb{E}\lVert\nabla\log p_\sigma(Y)\rVert^2 + "
    r"\mathbb{E}\lVert D(Y) - \mathbb{E}[X \mid Y]\rVert^2$, so that one trained on n points comes "
    r"near $\sum_i\operatorname{softmax}_i(-\lVert y - x_i\rVert^2/2\sigma^2)\,x_i$ as its loss "
    r"comes near the floor, and only in this sense. Noise of another exponential family "
    r"$h(x)\,e^{\eta x - A(\eta)}$ with marginal p has $\mathbb{E}[\eta \mid x] = (\log p/h)'(x)$ "
    r"and $\operatorname{Var}[\eta \mid x] = (\log p/h)''(x)$; Poisson noise "
    r"$\mathbb{E}[\lambda \mid x] = (x + 1)\,p(x + 1)/p(x)$.",
    proof_words=r"As a function of y, $\log\mathbb{E}\,e^{t \cdot X}$ given y is the difference "
    r"$A(y + \sigma^2 t) - A(y)$ with $A(y) = \log p_\sigma(y) + \lVert y\rVert^2/2\sigma^2$, "
    "because tilting a Gaussian moves it. Its derivatives at t = 0 are the posterior's mean and "
    "covariance. The rest is the square around a mean.",
    assumptions=ASSUMPTIONS,
    references=(
        (
            "H. Robbins, An empirical Bayes approach to statistics, Third Berkeley Symposium on "
            "Mathematical Statistics and Probability (1956) (from memory)"
        ),
        (
            "K. Miyasawa, An empirical Bayes estimator of the mean of a normal population, "
            "Bulletin of the International Statistical Institute 38 (1961) (from memory)"
        ),
        (
            "B. Efron, Tweedie's formula and selection bias, Journal of the American Statistical "
            "Association 106 (2011), 1602-1614 (from memory)"
        ),
        (
            "I. Waudby-Smith and A. Ramdas, Estimating means of bounded random variables by "
            "betting, Journal of the Royal Statistical Society B 86 (2024), 1-27: how an audit by "
            "values decides"
        ),
    ),
    proof=proof,
    families=(DENOISER, SCORE, TRAINED_DENOISER),
    uses=("score-matching",),
    errata=(
        (
            "The marginal does not tell the posterior mean whatever the noise is. Of binomial "
            r"noise it tells the mean of the odds $\theta/(1 - \theta)$, and of $\theta$ itself "
            "nothing: one trial of chance 1/2, or of chances 1/4 and 3/4, succeeds half the time, "
            "and the mean chance given a success is 1/2 of the one and 5/8 of the other."
        ),
    ),
)
