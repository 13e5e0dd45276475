r"""The InfoNCE bound: what contrasting one positive with K - 1 negatives says of information.

## Notation

$(x, y_1)$ is drawn from $p(x, y)$ and $y_2, \dots, y_K$ from $p(y)$, independently; $s$ is a critic
and $r = p(x, y)/(p(x)p(y))$ the density ratio, with $\chi^2 = \mathbb{E}_{p(x)p(y)}[(r - 1)^2]$.

## References

* A. van den Oord, Y. Li, O. Vinyals, *Representation learning with contrastive predictive coding*,
  2018 (the loss and the bound).
* B. Poole et al., *On variational bounds of mutual information*, 2019 (the best critic).
* D. McAllester, K. Stratos, *Formal limitations on the measurement of mutual information*, 2020
  (why K has to grow with the exponential of the information).
"""

from __future__ import annotations

from itertools import product

import numpy as np

from .clip import CLIP
from .critic import CRITIC
from .explicit_negatives import INFO_NCE_EXPLICIT, MOCO
from .info_nce import INFO_NCE, floor
from .infonce_bound_proof import proof
from .nt_xent_problems import TRIANGLE
from .score_bounds import SCORE_BOUNDS
from .theorem import Assumption, Theorem

__all__ = ["INFONCE_BOUND"]

# -- assumptions ----------------------------------------------------------------------------------


def with_negatives_that_are_never_the_positive() -> float:
    """Two instances, seen through a channel that flips one in ten; the negative is always the other
    instance's view.  With the critic log r the 'bound' exceeds the information."""
    flips = 0.1
    same, other = (1 - flips) * (1 - flips), flips * flips  # both views right, both wrong
    told = np.log((1 - flips) / flips)  # the gap of the critic between right and wrong
    loss = same * np.log1p(np.exp(-told)) + other * np.log1p(np.exp(told))
    loss += 2 * flips * (1 - flips) * np.log(2)
    information = np.log(2) + flips * np.log(flips) + (1 - flips) * np.log(1 - flips)
    return float(information - (np.log(2) - loss))


def without_normalising() -> float:
    """Inner products in place of cosines: three long aligned pairs on a triangle pass the floor."""
    scores = 4 * np.array(TRIANGLE) @ np.transpose(TRIANGLE)
    loss = np.log(np.exp(scores).sum(axis=1)) - scores.diagonal()
    return float(loss.mean()) - floor(3, 1.0)


def with_the_positive_left_out() -> float:
    """Without the positive in the denominator the loss passes below, and the bound above, log K."""
    scores = np.array([[2.0, -2.0], [-2.0, 2.0]])
    loss = float(np.mean([scores[0, 1] - scores[0, 0], scores[1, 0] - scores[1, 1]]))
    return loss - floor(2, 0.5)


def with_a_batch_for_the_law() -> float:
    """Two pairs seen through a channel that flips one in ten, and the critic log r: on average the
    DV 'bound' of a batch exceeds the information, as the logarithm of a mean is too small."""
    flips, ratios = 0.1, (1.8, 0.2)  # of equal and of unequal bits
    excess = 0.0
    for unlike, first, second in product((0, 1), repeat=3):
        chance = 0.5 * np.prod([flips if f else 1 - flips for f in (first, second)])
        mean = (ratios[unlike ^ first] + ratios[unlike ^ second]) / 2
        excess -= chance * np.log(mean)
    return -float(excess)


ASSUMPTIONS = (
    Assumption(
        words="the negatives are independent of the pair and of each other, from the keys' own law",
        fails="the bound: a negative that is never the pair's own instance tells too much",
        without=with_negatives_that_are_never_the_positive,
    ),
    Assumption(
        words="the positive is in the denominator",
        fails="floor and ceiling: the loss can be negative",
        without=with_the_positive_left_out,
    ),
    Assumption(
        words="for the floor: embeddings are divided by their norms",
        fails="floor: inner products of long vectors pass it",
        without=without_normalising,
    ),
    Assumption(
        words="for DV: the mean of exponentials is the law's own, not a batch's",
        fails="the bound: of a batch, DV is a bound only in the limit of many pairs",
        without=with_a_batch_for_the_law,
    ),
    Assumption(
        words=r"$s$ is measurable and $\mathbb{E}\lvert s\rvert$ is finite under both laws",
        unknown="otherwise the loss is infinite or not defined, and there is no slack to compute",
    ),
)

INFONCE_BOUND = Theorem(
    id="infonce-bound",
    title="InfoNCE: what it bounds, and what bounds it",
    intuition="To tell the true partner from K - 1 strangers, one has to know how much likelier it "
    "is than a stranger. So the loss cannot fall further than what the one knows of the other; nor "
    "further than log K, as only one of K is picked; nor, with cosines over a temperature, further "
    "than the temperature lets it.",
    statement=r"For every critic, $\log K - \mathcal L_K(s) \le I_K \le \min(I, \log K)$, where "
    r"$I_K$ is reached exactly by $s = \log r + c(x)$, grows with $K$, and $I - I_K = "
    r"\mathbb{E}[M_K\log M_K] \le \log(1 + \chi^2/K)$ with $M_K = \tfrac1K\sum_k r(x, y_k)$. Of a "
    r"batch of $N$ pairs of unit vectors, $L \ge \log(1 + (N-1)e^{-N/((N-1)\tau)})$, so that "
    r"$\log N - L \le 1/\tau$, with equality in the floor exactly at aligned pairs on a simplex; "
    r"likewise in both directions (CLIP), with $\alpha R$ for $1/\tau$ where features enter as "
    r"they are, $R$ being the longest of one kind times the longest of the other. "
    r"With $M$ negatives of their own, in a table or in a queue, $L \ge \log(1 + Me^{-2/\tau})$. "
    r"Moreover $I \ge \mathbb{E}s - \log\mathbb{E}_{p(x)p(y)}e^s \ge \mathbb{E}s - "
    r"\mathbb{E}_{p(x)p(y)}e^{s-1}$ (Donsker and Varadhan; Nguyen, Wainwright and Jordan), which "
    r"have no ceiling.",
    proof_words="Which key is the positive has a posterior, the soft-max of the log-ratio; no "
    "guess has a smaller cross-entropy. The gap to the information is the mean of a convex "
    "function of the mean ratio, whose own mean is one. The batch's floor is Jensen's inequality "
    "on the gaps between positives and negatives, whose mean is bounded because the sums of the "
    "embeddings have lengths. What Donsker and Varadhan's bound misses is a divergence, from the "
    "law that the critic makes of independence; the other's logarithm is replaced by its tangent.",
    assumptions=ASSUMPTIONS,
    references=(
        (
            "A. van den Oord, Y. Li and O. Vinyals, Representation learning with contrastive "
            "predictive coding, 2018"
        ),
        "B. Poole et al., On variational bounds of mutual information, ICML 2019",
        (
            "A. Radford et al., Learning transferable visual models from natural language "
            "supervision, ICML 2021 (both directions, and a learned scale)"
        ),
        (
            "D. McAllester and K. Stratos, Formal limitations on the measurement of mutual "
            "information, AISTATS 2020"
        ),
    ),
    proof=proof,
    families=(INFO_NCE, INFO_NCE_EXPLICIT, MOCO, CLIP, SCORE_BOUNDS, CRITIC),
    uses=("temperature",),
)
