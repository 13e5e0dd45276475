r"""Gibbs' inequality, and the sparsity penalty that rests on it.

## Statement

For probabilities p and q on finitely many outcomes, $\sum_i p_i\log\frac{p_i}{q_i} \ge 0$, and
zero exactly where $p = q$.

Of two outcomes, on and off, it says what a unit costs whose mean activation $\hat\rho$ should be
$\rho$: the oracle and claims of that penalty are in `sparse_penalty`, the proof in `gibbs_proof`.
"""

from __future__ import annotations

import math

from .gibbs_proof import proof
from .sparse_penalty import SPARSE_PENALTY, Units, oracle, total
from .theorem import Assumption, Evaluation, Theorem

__all__ = ["GIBBS"]


# -- assumptions ----------------------------------------------------------------------------------


def with_a_rectifier() -> float:
    """A mean of 3/2 with |1 - 3/2| for the share that is off: the penalty is log(1/3)/2."""
    return 0.5 * math.log(0.5 / 1.5) + 0.5 * math.log(0.5 / abs(1 - 1.5))


def with_weights_that_do_not_sum_to_one() -> float:
    """p = (1/4, 1/4) against q = (1/2, 1/2), as when the second outcome is forgotten."""
    return 2 * 0.25 * math.log(0.25 / 0.5)


def with_the_mean_outside() -> float:
    """One row on and one off, at a target of one half: the means are there, the rows are not."""
    rows = (0.75, 0.25)
    each = [float(oracle(Units(((a,),), 0.5)).value[0]) for a in rows]
    whole = Evaluation(oracle(Units(tuple((a,) for a in rows), 0.5)).value)
    return -abs(sum(each) / 2 - total(whole))


ASSUMPTIONS = (
    Assumption(
        words=r"activations in (0, 1), so that $\hat\rho$ is a probability: sigmoid units",
        fails="nonnegative: of rectifiers, whose means exceed one, the formula is negative or NaN",
        without=with_a_rectifier,
    ),
    Assumption(
        words="both outcomes are counted: p and q sum to one",
        fails="nonnegative: one term alone falls below zero",
        without=with_weights_that_do_not_sum_to_one,
    ),
    Assumption(
        words="the mean over the batch is taken inside the divergence",
        fails="means alone: averaged outside, units that are fully on or off cost something",
        without=with_the_mean_outside,
    ),
)


# -- the theorem ----------------------------------------------------------------------------------

GIBBS = Theorem(
    id="gibbs",
    title="Gibbs' inequality, and the penalty on units that are on too often",
    intuition="Whoever expects q and gets p is surprised more, on average, than whoever expected "
    "p. A sparsity penalty is that surplus for a coin: a unit is expected to be on for a share of "
    "the rows. It costs nothing when the share is met, by whatever rows; it costs at "
    "least twice the squared miss; and it grows without bound as the unit dies or never rests.",
    statement=r"For probabilities p, q on finitely many outcomes $KL(p\,\|\,q) = \sum_i p_i\log"
    r"\frac{p_i}{q_i} \ge 0$, and it is zero only for $p = q$. For two outcomes $KL(\rho\,\|\,"
    r"\hat\rho) = \rho\log\frac{\rho}{\hat\rho} + (1-\rho)\log\frac{1-\rho}{1-\hat\rho}$ is convex "
    r"in $\hat\rho$ with the derivative $-\frac{\rho}{\hat\rho} + \frac{1-\rho}{1-\hat\rho}$, at "
    r"least $2(\hat\rho-\rho)^2$, and at $1-\hat\rho$ larger by $(1-2\rho)\log\frac{1-\hat\rho}"
    r"{\hat\rho}$. The penalty of k units is the sum over their batch means: every batch with "
    r"the same means costs the same.",
    proof_words=r"The divergence is the average under q of $\varphi(p/q)$ with $\varphi(t) = "
    r"t\log t - t + 1$, and $\varphi$ is the integral of something nonnegative that vanishes only "
    r"at t = 1. For two outcomes, differentiate; the excess over the parabola has a derivative of "
    r"the sign of $\hat\rho - \rho$.",
    assumptions=ASSUMPTIONS,
    references=(
        (
            "J. W. Gibbs, Elementary Principles in Statistical Mechanics (1902) (from memory)"
        ),
        (
            "S. Kullback and R. A. Leibler, On information and sufficiency, Annals of Mathematical "
            "Statistics 22 (1951), 79-86 (from memory)"
        ),
        (
            "A. Ng, Sparse autoencoder, CS294A lecture notes, Stanford (2011): the penalty (from "
            "memory)"
        ),
    ),
    proof=proof,
    families=(SPARSE_PENALTY,),
    errata=(
        (
            "`KL(rho, rho_hat)` of one term, as a library's divergence of two numbers has it, is "
            "no divergence: the outcome `off` is missing, the value is negative for means above "
            "the target, and the minimum is at a mean of one."
        ),
        (
            "The penalty needs units between 0 and 1. Code that applies it to rectifiers and "
            "clamps the means is defined, but is no divergence: this theorem does not apply. Seen "
            "together, with losses below zero, in IParraMartin/Sparse-Autoencoder#1; the remedy "
            "there was a sigmoid and the second term."
        ),
    ),
)  # fmt: skip
