r"""Alignment and uniformity: what InfoNCE becomes with many keys, and how far each can go.

## Notation

$\mathcal L_K$ is the InfoNCE loss of one positive among $K$ keys, with a critic $s(x, y)$; the keys
are drawn from $p(y)$, and $u, v$ are embeddings of length one.  The sums are in `sphere_energy` and
`contrastive_limit`.

## References

* T. Wang, P. Isola, *Understanding contrastive representation learning through alignment and
  uniformity on the hypersphere*, 2020.
* S. Borodachov, D. Hardin, E. Saff, *Discrete energy on rectifiable sets*, 2019.
"""

from __future__ import annotations

import numpy as np

from .alignment import ALIGNMENT
from .contrastive_limit import first_order, limit
from .infonce_loss import loss
from .picture import Picture
from .sphere_energy import floor, uniform
from .theorem import Assumption, Theorem
from .uniformity import UNIFORMITY
from .wang_isola_proof import proof

__all__ = ["WANG_ISOLA"]


# -- assumptions ----------------------------------------------------------------------------------


def with_negatives_that_are_never_the_positive() -> float:
    """Two instances told apart by a critic of +1 and -1: negatives are then always the other."""
    joint, critic = np.eye(2) / 2, np.array([[1.0, -1.0], [-1.0, 1.0]])
    return -abs(limit(joint, critic) - (-1.0 - 1.0))


def without_unit_length() -> float:
    """Two opposite vectors of length two are further apart than the floor allows."""
    return -2.0 * 16 - floor(2, 3)


def with_the_floor_of_all_pairs() -> float:
    """The least of all laws, taken for that of pairs i < j: three points on a triangle pass it."""
    return -6.0 - uniform(2, 2.0)


ASSUMPTIONS = (
    Assumption(
        words="for the limit: negatives are independent draws from the keys' own law",
        fails="the limit: a positive that is never drawn is missing from the mean",
        without=with_negatives_that_are_never_the_positive,
    ),
    Assumption(
        words="for the floors: embeddings have length one",
        fails="floor: longer ones are further apart",
        without=without_unit_length,
    ),
    Assumption(
        words="for the least of all laws: u and v are independent, so that they may coincide",
        fails="floor: pairs of different rows of a finite batch pass it, and have their own",
        without=with_the_floor_of_all_pairs,
    ),
    Assumption(
        words=r"$\mathbb{E}\lvert s\rvert$ is finite under both laws",
        unknown="otherwise the loss is infinite or not defined, and there is no slack to compute",
    ),
)  # fmt: skip


# -- the theorem ----------------------------------------------------------------------------------


def picture() -> Picture:
    """Two views of a bit that agree three times in four, by a critic of twice their agreement."""
    joint, critic = np.array([[0.375, 0.125], [0.125, 0.375]]), 2 * np.eye(2)
    end, slope = limit(joint, critic), first_order(joint, critic)
    counts = [int(k) for k in np.unique(np.geomspace(2, 500, 40).round())]
    return Picture(
        "With many keys the loss less log K is alignment and uniformity, and a term in 1/K",
        ("keys K", "loss less log K, nats"),
        {
            "limit": tuple((float(k), end) for k in counts),
            "limit and first order": tuple((float(k), end + slope / k) for k in counts),
            "loss": tuple((float(k), loss(joint, critic, k) - float(np.log(k))) for k in counts),
        },
    )


WANG_ISOLA = Theorem(
    id="wang-isola",
    title="Alignment and uniformity: what a contrastive loss becomes with many keys",
    intuition="A contrastive loss asks two things: that the views of one thing agree, and that "
    "different things spread. With many keys the loss is exactly the sum of the two. The first is "
    "best at zero distance. The second is best on a sphere that is covered evenly, and has a "
    "least value that a Bessel function gives.",
    statement=r"$\mathcal L_K(s) - \log K \to -\mathbb{E}_p s + \mathbb{E}_x\log\mu_x$ with "
    r"$\mu_x = \mathbb{E}_{y \sim p(y)}e^{s(x, y)}$, and for bounded $s$ the rest is $c_1/K + "
    r"O(K^{-2})$ with $c_1 = \mathbb{E}_x\bigl[\mathbb{E}_{p(y|x)}e^s/\mu_x - 1 - "
    r"\tfrac12\operatorname{Var}_{p(y)}e^s/\mu_x^2\bigr]$. For unit vectors and $s = u \cdot "
    r"v/\tau$ the first term is $(\tfrac12\mathbb{E}\lvert u - v\rvert^2 - 1)/\tau$ and the second "
    r"at least $\log A_d(1/\tau)$, where $A_d(s) = \Gamma(\tfrac d2)(\tfrac 2s)^{d/2-1}"
    r"I_{d/2-1}(s)$. The metric $\log\mathbb{E}e^{-t\lvert u - v\rvert^2}$ is another one: it is "
    r"not below that term less $2t$ at $t = 1/(2\tau)$, and at least $-2t + \log A_d(2t)$; both "
    r"least values belong to the uniform law alone. Of $n$ rows, with $A = e^{-2t}A_d(2t)$, the "
    r"mean over all pairs is at least $A$, and over pairs $i < j$ at least $(nA - 1)/(n - 1)$ and "
    r"$e^{-2tn/(n-1)}$, the last reached by a simplex of $n \le d + 1$.",
    proof_words="Among many keys the mean of the exponentials settles at its expectation; what is "
    "left comes from the positive, which is one of the keys, and from the variance of the rest. "
    "An exponential of a cosine is a series of its powers with positive coefficients, and the mean "
    "of each power over pairs is the squared length of a mean tensor, least for the uniform law. "
    "In a finite batch n of the pairs are a row with itself.",
    assumptions=ASSUMPTIONS,
    references=(
        (
            "T. Wang and P. Isola, Understanding contrastive representation learning through "
            "alignment and uniformity on the hypersphere, ICML 2020"
        ),
        "S. Borodachov, D. Hardin and E. Saff, Discrete energy on rectifiable sets, 2019",
    ),
    proof=proof,
    families=(ALIGNMENT, UNIFORMITY),
    uses=("infonce-bound",),
    picture=picture,
)  # fmt: skip
