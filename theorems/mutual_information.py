r"""Mutual information: what one variable tells of another, in a table and between Gaussians.

## Statement

$I(X;Y) = \mathbb{E}\log\frac{p(X, Y)}{p(X)p(Y)} = H(X) + H(Y) - H(X, Y)$ is not negative, zero
exactly at independence, at most $\log\min(m, n)$ for m and n outcomes, and never raised by a
function of X alone (data processing).  For jointly Gaussian vectors it is
$\tfrac12\log(\det S_x\det S_y/\det S)$.

The problems, oracles and claims are in `joint_table` and `gaussian_mi`, the proof is in
`mutual_information_proof`.
"""

from __future__ import annotations

import numpy as np

from .gaussian_mi import GAUSSIAN_MI, plain
from .gaussian_mi import oracle as gaussian
from .joint_table import JOINT_TABLE, Joint, oracle
from .mutual_information_proof import proof
from .theorem import Assumption, Theorem

__all__ = ["MUTUAL_INFORMATION"]


# -- assumptions ----------------------------------------------------------------------------------


def _told(*rows: tuple[float, ...]) -> float:
    return float(oracle(Joint(rows)).value)


def with_counts() -> float:
    """Six observations, their counts not divided by six: the formula says -10.4."""
    counts = np.array([[2.0, 1.0], [1.0, 2.0]])
    return float((counts * np.log(counts / np.outer(counts.sum(1), counts.sum(0)))).sum())


def with_a_function_that_sees_y() -> float:
    """Independent coins X and Y; f looks at Y, and tells all of it."""
    return _told((0.25, 0.25), (0.25, 0.25)) - _told((0.5, 0.0), (0.0, 0.5))


def with_a_split_that_knows_y() -> float:
    """One outcome of X, which told nothing, split by what Y is."""
    return -abs(_told((0.5, 0.5)) - _told((0.5, 0.0), (0.0, 0.5)))


def with_a_continuum_of_outcomes() -> float:
    """Gaussians of correlation 63/64 tell more than log 2; no number of outcomes is theirs."""
    return float(np.log(2) - gaussian(plain(63 / 64)).value)


def with_a_parabola() -> float:
    """X uniform on -1, 0, 1 and Y its square: no correlation, and H(Y) nats are told."""
    third = 1 / 3
    return -abs(float(gaussian(plain(0.0)).value) - _told((0.0, third), (third, 0.0), (0.0, third)))


def with_a_projection() -> float:
    """The coordinate of x that is correlated with y, forgotten."""
    return float(gaussian(plain(0.0)).value - gaussian(plain(0.5)).value)


ASSUMPTIONS = (
    Assumption(
        words="the table sums to one",
        fails="nonnegative: counts must be divided by their total",
        without=with_counts,
    ),
    Assumption(
        words="for data processing: the function sees X, and Y only through X",
        fails="data processing: what sees Y can tell all of it",
        without=with_a_function_that_sees_y,
    ),
    Assumption(
        words="for the coin: it knows nothing of Y",
        fails="coin: outcomes split by what Y is tell of Y",
        without=with_a_split_that_knows_y,
    ),
    Assumption(
        words="for the ceiling: X or Y has finitely many outcomes",
        fails="ceiling: continuous variables have none",
        without=with_a_continuum_of_outcomes,
    ),
    Assumption(
        words="for the closed form: x and y are jointly Gaussian",
        fails="value: correlations do not see every dependence",
        without=with_a_parabola,
    ),
    Assumption(
        words="for the invariance: the maps of x and of y are invertible",
        fails="shear: a projection can only lose information",
        without=with_a_projection,
    ),
)

MUTUAL_INFORMATION = Theorem(
    id="mutual-information",
    title="Mutual information, and what processing does to it",
    intuition="How many nats does a description of Y become shorter by, if X is known? As many as "
    "that of X becomes shorter by, if Y is known. It is nothing if they are independent, and at "
    "most all that there is to say of either. Whoever looks at X, and forgets some of it or mixes "
    "in a coin, knows no more of Y than before.",
    statement=r"For a joint table, $I(X;Y) = \sum_{ij}p_{ij}\log\frac{p_{ij}}{p_{i\cdot}"
    r"p_{\cdot j}} = H(X) + H(Y) - H(X, Y) \ge 0$, with equality exactly at independence, and "
    r"$I \le \log\min(m, n)$. For every function, $I(f(X);Y) \le I(X;Y)$, with equality exactly "
    r"where Y and X are independent given $f(X)$. For jointly Gaussian vectors, $I = \tfrac12"
    r"\log\frac{\det S_x\det S_y}{\det S} = -\tfrac12\sum_i\log(1-\rho_i^2)$ with the canonical "
    r"correlations, unchanged by invertible linear maps of x and of y.",
    proof_words="The log-ratio splits into three logarithms, whose means are the entropies. The "
    "whole is a divergence from independence, and so is what a merger loses: Gibbs' inequality "
    "bounds both. A conditional entropy of finitely many outcomes is not negative. Between "
    "Gaussians the quadratic forms in the log-ratio have equal means, and the volumes are left.",
    assumptions=ASSUMPTIONS,
    references=(
        (
            "C. E. Shannon, A mathematical theory of communication, Bell System Technical Journal "
            "27 (1948) (from memory)"
        ),
        "T. M. Cover and J. A. Thomas, Elements of Information Theory, 2006 (from memory)",
    ),
    proof=proof,
    families=(JOINT_TABLE, GAUSSIAN_MI),
    uses=("gibbs",),
    errata=(
        (
            "Nats and bits are both in use: scikit-learn's `mutual_info_score` is in nats, which "
            "a user took for an error (scikit-learn/scikit-learn#10778). Declare base=2 for bits."
        ),
    ),
)  # fmt: skip
