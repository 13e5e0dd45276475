r"""Linear CKA: whether two representations of the same samples find the same samples alike.

## Notation

$x$ [n, p] and $y$ [n, q] are features of the same $n$ samples, $A = P(xx^\top)$ and
$B = P(yy^\top)$ their centred Gram matrices, $\lambda_i, u_i$ and $\mu_j, v_j$ the eigenvalues and
eigenvectors of these.

## References

* S. Kornblith, M. Norouzi, H. Lee, G. Hinton, *Similarity of neural network representations
  revisited*, 2019 (the index, and which maps it must not see).
* L. Song, A. Smola, A. Gretton, J. Bedo, K. Borgwardt, *Feature selection via dependence
  maximization*, 2012 (the unbiased estimate of what it is made of).
"""

from __future__ import annotations

import numpy as np

from .cka_proof import proof
from .lattice import lattice, rows
from .linear_cka import LINEAR_CKA, oracle
from .paired_features import Features, sheared
from .theorem import Assumption, Theorem

__all__ = ["CKA"]

# -- assumptions ----------------------------------------------------------------------------------


def of_an_invertible_map() -> float:
    """The first of three features made eight times as long: CKA with the features as they were."""
    x = lattice(6, 3, 820)
    return float(oracle(sheared(Features(x, x))).value) - 1


def of_samples_in_another_order() -> float:
    """The same features, one sample further on."""
    x = lattice(6, 3, 820)
    return float(oracle(Features(x, x[1:] + x[:1])).value) - 1


def of_the_unbiased_estimate() -> float:
    """A line and its square, at four points: not correlated, and the estimate is below zero."""
    line = (-1.5, -0.5, 0.5, 1.5)
    problem = Features(tuple((t,) for t in line), tuple((t * t,) for t in line))
    return float(oracle(problem, "unbiased").value)


def of_many_features() -> float:
    """Eight samples of forty features that were drawn apart: far from zero."""
    problem = Features(lattice(8, 40, 830), lattice(8, 40, 831))
    return 0.5 - float(oracle(problem).value)


def of_one_long_direction() -> float:
    """Two representations share a long direction, and are unrelated in four others."""
    first, second = (np.array(lattice(8, 5, salt)) for salt in (832, 833))
    second[:, 0] = first[:, 0]
    first[:, 0], second[:, 0] = 16 * first[:, 0], 16 * second[:, 0]
    problem = Features(rows(first), rows(second))
    return 0.9 - float(oracle(problem).value)


ASSUMPTIONS = (
    Assumption(
        words="features are turned, moved and scaled as a whole, and not by any invertible map",
        fails="a copy: one feature made longer is another representation",
        without=of_an_invertible_map,
    ),
    Assumption(
        words="row i of x and row i of y are the same sample",
        fails="a copy: in another order they are not alike",
        without=of_samples_in_another_order,
    ),
    Assumption(
        words="for values between 0 and 1: the estimate is the biased one",
        fails="nonnegative: the unbiased index of unrelated features is often below zero",
        without=of_the_unbiased_estimate,
    ),
    Assumption(
        words="a large value means that features are related only where samples outnumber features "
        "by far, or the estimate is unbiased",
        fails="that unrelated features are near zero",
        without=of_many_features,
    ),
    Assumption(
        words="a large value means that all directions are alike only where all are about as long",
        fails="that 0.9 means the same features: one long direction in common is enough",
        without=of_one_long_direction,
    ),
    Assumption(
        words="the features vary: neither centred Gram matrix is zero",
        unknown="otherwise the index is 0/0, and there is no slack to compute",
    ),
)

CKA = Theorem(
    id="cka",
    title="CKA: whether two representations find the same samples alike",
    intuition="Write down how alike each two samples are in one representation, and in the other; "
    "CKA is the cosine between the two tables, once their means are taken out. It does not matter "
    "in which directions the features point, only which samples lie together. Directions along "
    "which samples vary much count most, and with few samples in many dimensions all of them are "
    "about as far apart from each other, in both.",
    statement=r"$\mathrm{CKA} = \frac{\langle A, B\rangle}{\lVert A\rVert\,\lVert B\rVert} = "
    r"\frac{\sum_{ij}\lambda_i\mu_j\langle u_i, v_j\rangle^2}{\sqrt{\sum_i\lambda_i^2\sum_j"
    r"\mu_j^2}}$, where $A = P(xx^\top)$ and $B = P(yy^\top)$ are the centred Gram matrices, with "
    r"eigenvalues $\lambda_i$, $\mu_j$ and eigenvectors $u_i$, $v_j$. With the biased centring "
    r"$P(K) = HKH$ it is $\frac{\lVert y^\top Hx\rVert_F^2}{\lVert x^\top Hx\rVert_F\lVert "
    r"y^\top Hy\rVert_F} \in [0, 1]$; with the unbiased one (HSIC's) it is in $[-1, 1]$. It is 1 "
    r"exactly where $A = sB$ with $s > 0$: for the biased one, where the centred features are "
    r"equal up to a turn and one scale. It is not invariant under invertible maps. Of independent "
    r"Gaussian noise the biased CKA is about $\sqrt{\frac{pq}{(p + n)(q + n)}}$, which with 50 "
    r"samples of 500 features is 0.91; this explains a value, and is no claim about code.",
    proof_words="Both centrings are projections, so CKA is a cosine; Lagrange's identity says what "
    "it lacks to one. Turns leave the Gram matrix alone, shifts are centred away, and a scale "
    "cancels. Of noise, take the means of numerator and denominator by Isserlis' formula.",
    assumptions=ASSUMPTIONS,
    references=(
        (
            "S. Kornblith, M. Norouzi, H. Lee and G. Hinton, Similarity of neural network "
            "representations revisited, ICML 2019"
        ),
        (
            "L. Song, A. Smola, A. Gretton, J. Bedo and K. Borgwardt, Feature selection via "
            "dependence maximization, JMLR 2012 (the unbiased estimate)"
        ),
    ),
    proof=proof,
    families=(LINEAR_CKA,),
    uses=("hsic",),
)
