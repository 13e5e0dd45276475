r"""The supervised contrastive loss: its floor, and the simplex that alone reaches it.

## Notation

$K$ classes of $n$ rows each; $u_i$ the rows divided by their norms, $s_{ij} = u_i \cdot u_j/\tau$;
$P(i)$ the other rows of the class of $i$, $N(i)$ those of the other classes.

## References

* P. Khosla et al., *Supervised contrastive learning*, 2020 (both losses).
* F. Graf, C. Hofer, M. Niethammer, R. Kwitt, *Dissecting supervised contrastive learning*, 2021
  (the floor, and the simplex).
"""

from __future__ import annotations

import numpy as np

from .labelled_batch import LabelledBatch
from .supcon import SUPCON, floor, oracle
from .supervised_contrastive_proof import proof
from .theorem import Assumption, Evaluation, Theorem

__all__ = ["SUPERVISED_CONTRASTIVE"]

# -- assumptions ----------------------------------------------------------------------------------

EAST, WEST, NORTH = (1.0, 0.0), (-1.0, 0.0), (0.0, 1.0)


def without_balance() -> float:
    """The formula with the size of the largest class: a smaller class lies below it."""
    batch = LabelledBatch((EAST,) * 5 + (WEST,) * 2, (0,) * 5 + (1,) * 2, 0.5)
    return float(oracle(batch).value) - floor(2, 5, 0.5)


def without_normalising() -> float:
    """Inner products in place of cosines: long rows at two opposite points pass the floor."""
    scores = 4 * np.array([[1, 1, -1, -1]] * 2 + [[-1, -1, 1, 1]] * 2, float)
    partners = scores[np.arange(4), [1, 0, 3, 2]]
    np.fill_diagonal(scores, -np.inf)
    return float((np.log(np.exp(scores).sum(axis=1)) - partners).mean()) - floor(2, 2, 1.0)


def without_a_positive() -> float:
    """Anchors without a positive counted as zero: the mean falls below the floor of the others."""
    alone = (NORTH,) * 4
    batch = LabelledBatch((EAST, EAST, WEST, WEST, *alone), (0, 0, 1, 1, 2, 3, 4, 5), 1.0)
    return float(oracle(batch, without_positive="zero").value) - oracle(batch).floor


def without_positive_temperature() -> float:
    """At tau = -1 the band would have a negative width."""
    batch = LabelledBatch((EAST, NORTH, EAST, NORTH), (0, 1, 0, 1), -1.0)
    truth = oracle(batch)
    (band,) = (claim for claim in SUPCON.claims if claim.name == "temperature band")
    return band.slack(batch, truth, Evaluation(truth.value))


ASSUMPTIONS = (
    Assumption(
        words="for the floor of the simplex: the classes have one size",
        fails="floor: with the size of the largest class the formula is passed",
        without=without_balance,
    ),
    Assumption(
        words="features are divided by their norms",
        fails="floor: inner products of long vectors pass it",
        without=without_normalising,
    ),
    Assumption(
        words="every anchor that is counted shares its label with another row",
        fails="floor: anchors counted as zero pull the mean below it (and 0/0 has no mean at all)",
        without=without_a_positive,
    ),
    Assumption(
        words=r"$\tau > 0$",
        fails="temperature band: its width would be negative",
        without=without_positive_temperature,
    ),
    Assumption(
        words="there are two classes at least",
        unknown="with one class there is nothing to contrast with: the formula still has a value, "
        "of which no code that is held to it here is asked",
    ),
)

SUPERVISED_CONTRASTIVE = Theorem(
    id="supervised-contrastive",
    title="The supervised contrastive loss: its floor, and the simplex that reaches it",
    intuition="Each row must pick the other rows of its class out of the batch. It does best when "
    "each class is one point and these points are as far from each other as they can all be; then "
    "it still cannot tell its n - 1 partners from each other, which costs the logarithm of n - 1, "
    "and the temperature decides how much the other classes add.",
    statement=r"For $K \ge 2$ classes of $n \ge 2$ nonzero rows and $\tau > 0$, with the sum over "
    r"the positives outside the logarithm or inside it, $L_{\text{out}} \ge L_{\text{in}} \ge "
    r"\log\bigl(n - 1 + n(K-1)e^{-K/((K-1)\tau)}\bigr)$, with equality exactly where each class is "
    r"one point and these are the vertices of a regular simplex, which needs $K \le d + 1$. For "
    r"classes of any sizes $L \ge \frac1N\sum_i\log(\lvert P(i)\rvert + \lvert N(i)\rvert "
    r"e^{-2/\tau})$ and $\lvert L - \log(N-1)\rvert \le 2/\tau$.",
    proof_words="Take the anchor's term as a function of the gap between its negatives and its "
    "positives: it is convex and grows, so Jensen's inequality replaces each gap by the mean. That "
    r"mean is at least $-K/((K-1)\tau)$, because the sum of all the unit vectors has a nonnegative "
    "squared length and no cosine exceeds one. The inside loss is below the outside one by "
    "concavity of the logarithm, and reaches the same floor because its positives' sum is at most "
    "that of aligned ones.",
    assumptions=ASSUMPTIONS,
    references=(
        "P. Khosla et al., Supervised contrastive learning, NeurIPS 2020",
        (
            "F. Graf, C. Hofer, M. Niethammer and R. Kwitt, Dissecting supervised contrastive "
            "learning, ICML 2021"
        ),
    ),
    proof=proof,
    families=(SUPCON,),
    uses=("temperature",),
)
