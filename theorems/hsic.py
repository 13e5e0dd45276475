r"""HSIC: how much two representations of the same samples vary together.

## Notation

$x$ [n, p] and $y$ [n, q] are features of the same $n$ samples, $K = xx^\top$ and $L = yy^\top$
their Gram matrices, $H = I - \tfrac1n11^\top$, and $P$ the centring of `paired_features`.

## References

* A. Gretton, O. Bousquet, A. Smola, B. Schölkopf, *Measuring statistical dependence with
  Hilbert-Schmidt norms*, 2005 (the criterion and the biased estimate).
* L. Song, A. Smola, A. Gretton, J. Bedo, K. Borgwardt, *Feature selection via dependence
  maximization*, 2012 (the unbiased estimate).
"""

from __future__ import annotations

from itertools import permutations

import numpy as np

from .hsic_estimators import HSIC as FAMILY
from .hsic_estimators import oracle
from .hsic_proof import proof
from .paired_features import Features
from .theorem import Assumption, Theorem

__all__ = ["HSIC"]

# -- assumptions ----------------------------------------------------------------------------------


def without_replacement() -> float:
    """The four points of a square drawn one after another, none twice: x and y are independent, and
    every sample is the whole law.  The estimate is below zero, always."""
    points = np.array(list(permutations(((0.0, 0.0), (0.0, 2.0), (2.0, 0.0), (2.0, 2.0)))))
    means = [
        float(oracle(Features(tuple((a,) for a, _ in p), tuple((b,) for _, b in p))).value)
        for p in points.tolist()
    ]
    return -abs(float(np.mean(means)))


def of_the_biased_estimate() -> float:
    """Of independent fair coins 0 and 2, over all samples of four: it is above the law's zero."""
    total = 0.0
    for x in range(16):
        for y in range(16):
            bits = [[(2.0 * (z >> i & 1),) for i in range(4)] for z in (x, y)]
            total += float(oracle(Features(*map(tuple, bits)), "biased").value)
    return -total / 256


def of_a_parabola() -> float:
    """x is -1, 0 or 1 and y its square: y is known from x, and their covariance is zero."""
    x = np.array([-1.0, 0.0, 1.0])
    covariance = np.mean(x * x * x) - np.mean(x) * np.mean(x * x)
    information = -(2 / 3) * np.log(2 / 3) - (1 / 3) * np.log(1 / 3)
    return float(covariance**2 - information)


ASSUMPTIONS = (
    Assumption(
        words="the samples are drawn independently, from one law",
        fails="unbiased: of samples drawn without replacement it is below zero on average",
        without=without_replacement,
    ),
    Assumption(
        words="the estimate is the unbiased one, to be zero on average where x and y are unrelated",
        fails="unbiased: the biased estimate is positive there",
        without=of_the_biased_estimate,
    ),
    Assumption(
        words="the kernels are characteristic, if zero is to mean independent; linear ones are not",
        fails="that zero means independent: a parabola is not correlated with its argument",
        without=of_a_parabola,
    ),
    Assumption(
        words="there are four samples or more, for the unbiased estimate",
        unknown="with fewer there are no four distinct ones, and the formula divides by zero",
    ),
)

HSIC = Theorem(
    id="hsic",
    title="HSIC: how much two representations vary together",
    intuition="Two samples are alike in one representation, and alike in the other: if that "
    "happens together more often than by chance, the representations have something in common. "
    "A sample is always like itself, in both; counting that as a coincidence is the bias.",
    statement=r"With linear kernels the law's own HSIC is $\lVert\operatorname{Cov}(x, y)"
    r"\rVert_F^2$. With $K = xx^\top$ and $L = yy^\top$ the estimate "
    r"$\operatorname{tr}(KHLH)/(n-1)^2 = \lVert x^\top Hy\rVert_F^2/(n-1)^2$ is never "
    r"negative, and too large on average; $\mathrm{HSIC}_1 = \frac1{n(n-3)}"
    r"\bigl(\operatorname{tr}\tilde K\tilde L + \frac{1^\top\tilde K1\,1^\top\tilde L1}"
    r"{(n-1)(n-2)} - \frac{2}{n-2}1^\top\tilde K\tilde L1\bigr)$, where $\tilde K$ is $K$ with its "
    r"diagonal set to zero, is right on average, and therefore sometimes negative. Both are "
    r"$c\,\langle P(K), P(L)\rangle$ with an orthogonal projection $P$; neither sees where the "
    r"features are centred, how they are turned, or in which order the samples come.",
    proof_words="Expand the law's own HSIC. Every sample's mean over four distinct indices has the "
    "law's own value for its mean, as distinct samples are independent; the closed form is that "
    "mean, reordered. The derivative is that of a quadratic form.",
    assumptions=ASSUMPTIONS,
    references=(
        (
            "A. Gretton, O. Bousquet, A. Smola and B. Schölkopf, Measuring statistical dependence "
            "with Hilbert-Schmidt norms, ALT 2005"
        ),
        (
            "L. Song, A. Smola, A. Gretton, J. Bedo and K. Borgwardt, Feature selection via "
            "dependence maximization, JMLR 2012"
        ),
    ),
    proof=proof,
    families=(FAMILY,),
)
