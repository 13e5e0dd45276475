r"""What a classifier of pairs learns: the log density ratio, and the log odds of its prior.

## Statement

Let a pair be drawn from $p(x, y)$ with probability $\pi$, else from $p(x)p(y)$, and let
$\mathcal L(s)$ be the mean of $\log(1 + e^{\mp s})$.  Then for every critic s

$\mathcal L(s) \ge \mathcal L(s^*) = h(\pi) - \mathrm{JS}_\pi,\quad
s^* = \log r + \log\frac\pi{1-\pi},\quad r = \frac{p(x, y)}{p(x)p(y)}$,

and $s^*$ is the only minimiser where pairs have mass: the log ratio itself at even odds only.  Of a
batch of n independent pairs with all their $n^2$ combinations (SigLIP) $\pi = 1/n$, and the bias
takes up $-\log(n-1)$.

## References

* X. Zhai, B. Mustafa, A. Kolesnikov, L. Beyer, *Sigmoid loss for language image pre-training*, 2023
  (the loss of a batch).
* C. Lee, J. Chang, J. Sohn, *Analysis of using sigmoid loss for contrastive learning*, 2024 (where
  its floor is reached).
"""

from __future__ import annotations

import numpy as np

from .density_ratio_proof import proof
from .infonce_loss import best_critic
from .nt_xent_problems import TRIANGLE
from .siglip import SIGLIP, floor
from .theorem import Assumption, Theorem

__all__ = ["DENSITY_RATIO", "best_logit", "least_loss"]


# -- on finite tables -----------------------------------------------------------------------------


def best_logit(joint: np.ndarray, prior: float) -> np.ndarray:
    """The minimiser [m, k] under the law `joint` [m, k], true with probability `prior`."""
    return np.asarray(best_critic(joint) + np.log(prior) - np.log1p(-prior))


def least_loss(joint: np.ndarray, prior: float) -> float:
    """The prior's entropy less the Jensen-Shannon divergence, in nats."""
    independent = np.outer(joint.sum(1), joint.sum(0))
    mixed = prior * joint + (1 - prior) * independent

    def divergence(law: np.ndarray) -> float:
        some = law > 0
        return float((law[some] * np.log(law[some] / mixed[some])).sum())

    entropy = -prior * np.log(prior) - (1 - prior) * np.log1p(-prior)
    return float(entropy - prior * divergence(joint) - (1 - prior) * divergence(independent))


# -- assumptions ----------------------------------------------------------------------------------


def with_other_odds() -> float:
    """One true pair in four: the best logit misses the log ratio by the log of three."""
    joint = np.array([[0.4, 0.1], [0.1, 0.4]])
    ratio = np.log(joint / np.outer(joint.sum(1), joint.sum(0)))
    return -float(np.abs(best_logit(joint, 0.25) - ratio).max())


def with_negatives_that_are_never_the_positive() -> float:
    """Two instances seen through a channel that flips one in ten; in a batch of both, the other
    pair's text is never the image's own: the best logit is twice the log ratio."""
    right, wrong = 0.9**2 + 0.1**2, 2 * 0.9 * 0.1  # views of one instance agree, or do not
    true, other = np.array([right, wrong]), np.array([wrong, right])
    learned = np.log(true / other)
    ratio = np.log(2 * true)
    return -float(np.abs(learned - ratio).max())


def with_a_critic_of_few_shapes() -> float:
    """Two words that always go together: cosines at a scale of one, each at its best, cannot say
    that the others never do."""
    joint, apart = np.eye(2) / 2, np.full((2, 2), 0.25)
    cosines = np.clip(best_logit(joint, 0.5), -1, 1)
    reached = (joint * np.logaddexp(0, -cosines) + apart * np.logaddexp(0, cosines)).sum() / 2
    return least_loss(joint, 0.5) - float(reached)


def without_normalising() -> float:
    """Three long aligned pairs on a triangle pass the floor of unit vectors."""
    scores = 4 * np.array(TRIANGLE) @ np.transpose(TRIANGLE)
    away = np.where(np.eye(3, dtype=bool), -scores, scores)
    return float(np.logaddexp(0, away).sum() / 3) - floor(3, 1.0, 0.0)


ASSUMPTIONS = (
    Assumption(
        words=r"$\pi$ is the share of true pairs in what the critic is trained on",
        fails="the ratio: at other odds than even ones the logit is not log r",
        without=with_other_odds,
    ),
    Assumption(
        words="the other pairs are drawn from the product of the marginals: pairs of a batch are "
        "independent",
        fails="the ratio: negatives that are never the pair's own instance tell too much",
        without=with_negatives_that_are_never_the_positive,
    ),
    Assumption(
        words="the critic may be any function of the pair",
        fails="the least loss: cosines at a fixed scale stay above it",
        without=with_a_critic_of_few_shapes,
    ),
    Assumption(
        words=r"for the floor: no image's norm times a text's passes $R$",
        fails="floor: inner products of long vectors pass it",
        without=without_normalising,
    ),
    Assumption(
        words=r"$p(x, y)$ has a density with respect to $p(x)p(y)$",
        unknown="pairs that occur and have no independent mass would have an infinite logit: there "
        "is no slack to compute",
    ),
)

DENSITY_RATIO = Theorem(
    id="density-ratio",
    title="Telling pairs from strangers learns the log density ratio, and the prior",
    intuition="Shown one pair at a time and asked whether it belongs together, one answers by how "
    "much likelier it is together than apart, and by how often pairs belong together at all. In a "
    "batch of n that is once in n: the bias learns it, so that the features need not.",
    statement=r"If a pair is a true one with probability $\pi$, else drawn from the product of the "
    r"marginals, the mean logistic loss has one minimiser, $s^* = \log r + \log\frac{\pi}{1-\pi}$, "
    r"its least value is $h(\pi) - \mathrm{JS}_\pi$, and what any critic loses above that is the "
    r"mean divergence of its probabilities from the posterior's. In a batch of $n$ with all its "
    r"$n^2$ pairs (SigLIP) $\pi = \frac1n$ and $s^* = \log r - \log(n-1)$; the bias is at "
    r"rest where $\sum_{ij}\sigma(s_{ij}) = n$; and no features whose norms multiply to $R$ at "
    r"most have a loss below $\min_t \zeta(-\alpha(R-t)-\beta) + (n-1)\,\zeta(\beta - "
    r"\alpha\frac{R + t(n-2)/2}{n-1})$, $\zeta(x) = \log(1 + e^x)$.",
    proof_words="Pair by pair the loss is convex in the logit and flat at the posterior's log "
    "odds; the rest is a divergence. In a batch the pairs that are not true ones are products of "
    "independent draws. The floor is Jensen's inequality on positives and on negatives, whose "
    "means are bound to each other by the lengths of the sums of the features.",
    assumptions=ASSUMPTIONS,
    references=(
        (
            "X. Zhai, B. Mustafa, A. Kolesnikov and L. Beyer, Sigmoid loss for language image "
            "pre-training, 2023"
        ),
        (
            "C. Lee, J. Chang and J. Sohn, Analysis of using sigmoid loss for contrastive "
            "learning, 2024"
        ),
    ),
    proof=proof,
    families=(SIGLIP,),
    uses=("infonce-bound",),
)
