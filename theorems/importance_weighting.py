r"""Importance weighting: the bound of several samples, its order, and its gradient.

## Statement

For $z_1, \dots, z_K$ drawn independently from $q$ and weights $w_k = p(x, z_k)/q(z_k) > 0$ let

$L_K = \mathbb{E}\log\frac1K\sum_k w_k$.  Then $L_1$ is the ELBO, $L_K \le L_{K+1} \le \log p(x)$,
with equality throughout exactly where $q$ is the posterior, which makes the weights constant.  Of
one draw of the weights, the average bound over the subsets that leave one out is no larger than
the whole's, and $\partial/\partial\log w_k$ is the normalised weight $w_k/\sum_j w_j$.

The problems, oracle and claims are in `importance_weights`, the proof in
`importance_weighting_proof`.
"""

from __future__ import annotations

import numpy as np

from .importance_weighting_proof import proof
from .importance_weights import IMPORTANCE_WEIGHTS, log_mean_exp
from .theorem import Assumption, Theorem

__all__ = ["IMPORTANCE_WEIGHTING", "IMPORTANCE_WEIGHTS"]


# -- assumptions ----------------------------------------------------------------------------------

JOINT = np.array([0.3, 0.1])  # p(x, z) over two states, so p(x) = 0.4


def with_a_state_that_is_never_drawn() -> float:
    """q has all its mass on the first state: every L_K is log 0.3, and none comes to log 0.4."""
    return float(np.log(JOINT[0] / 1.0) - np.log(JOINT.sum()))


def with_draws_from_elsewhere() -> float:
    """Weights for a uniform q, all draws from where they are large: the "bound" is log 0.6."""
    return float(np.log(JOINT.sum()) - np.log(JOINT[0] / 0.5))


def with_a_second_proposal() -> float:
    """The first sample from the posterior, a second one from a uniform q: two are worse."""
    first, second = np.log(JOINT.sum()), np.log(JOINT / 0.5)
    both = log_mean_exp(np.column_stack([np.full(2, first), second]))
    return float(both.mean() - first)


def with_the_weights_followed() -> float:
    """A surrogate whose weights carry a gradient too: 0.93 where the normalised weight is 0.73."""
    log_w = np.array([1.0, 0.0])
    share = np.exp(log_w) / np.exp(log_w).sum()
    followed = share * (1 + log_w - share @ log_w)
    return -float(np.abs(followed - share).max())


ASSUMPTIONS = (
    Assumption(
        words=r"$q(z) > 0$ wherever $p(x, z) > 0$: the weights average to $p(x)$",
        fails="convergence: what q never draws is missing at every K",
        without=with_a_state_that_is_never_drawn,
    ),
    Assumption(
        words="the samples are drawn from the q that the weights are divided by",
        fails="below the evidence: draws from elsewhere pass it",
        without=with_draws_from_elsewhere,
    ),
    Assumption(
        words="the samples are exchangeable: one q for all of them",
        fails="monotone: a worse second proposal makes the bound looser",
        without=with_a_second_proposal,
    ),
    Assumption(
        words="for the surrogate: the normalised weights are held constant (detached)",
        fails="gradient: the weights' own gradient is added",
        without=with_the_weights_followed,
    ),
    Assumption(
        words="the weights are positive: their logarithms are finite",
        unknown="a single weight of zero counts for nothing in the bound, and code may be asked "
        "for it; but its logarithm has no mean and 0 times its logarithm no value, so that the "
        "surrogate and the comparison with K = 1 say nothing there",
    ),
)

IMPORTANCE_WEIGHTING = Theorem(
    id="importance-weighting",
    title="The importance-weighted bound: more samples never loosen it",
    intuition="Each sample of a code estimates p(x), wildly. The logarithm punishes what is too "
    "low more than it rewards what is too high, so the mean logarithm lies below the truth. "
    "Averaging several estimates before the logarithm is taken calms them, and the more are "
    "averaged the less is lost. Once every estimate is the same there is nothing left to lose: "
    "then q is the posterior.",
    statement=r"For $z_1,\dots,z_K \sim q$ independent, $w_k = p(x,z_k)/q(z_k) > 0$ and $L_K = "
    r"\mathbb{E}\log\frac1K\sum_k w_k$: $L_1 = \mathrm{ELBO}(q)$ and $L_K \le L_{K+1} \le "
    r"\log p(x)$, with equality exactly at $q = p(z\mid x)$, where the weights are constant. For "
    r"any weights, $\frac1K\sum_j \log\frac{1}{K-1}\sum_{k\ne j} w_k \le \log\frac1K\sum_k w_k$, "
    r"and $\frac1K\sum_k\log w_k$ and $\max_k\log w_k - \log K$ lie below, $\max_k\log w_k$ "
    r"above. The gradient in $\log w_k$ is $\tilde w_k = w_k/\sum_j w_j$; it is that of the "
    r"surrogate $\sum_k\tilde w_k\log w_k$ with $\tilde w$ held constant.",
    proof_words="The mean of K weights is the mean, over j, of the means that leave the j-th out. "
    "A logarithm lies below its tangent, and the tangents at the whole mean average to zero: so "
    "the average logarithm of the parts is at most the logarithm of the whole (Jensen). In "
    "expectation every part is a bound of K - 1 samples, because samples are exchangeable. The "
    "same tangent at p(x), which the weights average to, puts every bound below log p(x).",
    assumptions=ASSUMPTIONS,
    references=(
        "Y. Burda, R. Grosse and R. Salakhutdinov, Importance weighted autoencoders, ICLR 2016",
        (
            "J. Domke and D. Sheldon, Importance weighting and variational inference, NeurIPS 2018 "
            "(the rate at which the gap closes, which is cited here and not proved)"
        ),
    ),
    proof=proof,
    families=(IMPORTANCE_WEIGHTS,),
    uses=("elbo",),
)
