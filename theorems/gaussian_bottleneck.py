r"""The Gaussian information bottleneck: how much of y the best short description of x keeps.

## Statement

For jointly Gaussian $(x, y)$ and $\beta > 0$, the least $I(x;T) - \beta I(T;y)$ over all $T$ that
see y through x alone is reached by $T = Ax + \varepsilon$ with one row of A for every canonical
direction with $\beta\rho_i^2 > 1$.

The problems, oracle and claims are in `gaussian_ib`, the proof is in `gaussian_bottleneck_proof`.
"""

from __future__ import annotations

from math import log, log1p

import numpy as np

from .gaussian_bottleneck_proof import proof
from .gaussian_ib import GAUSSIAN_IB, frontier
from .theorem import Assumption, Theorem
from .vib import FRONTIER, family

__all__ = ["GAUSSIAN_BOTTLENECK"]


# -- assumptions ----------------------------------------------------------------------------------


def with_coins() -> float:
    """Two coins that agree three times in four have the correlation one half, and a copy of one
    keeps more of the other than the curve of that correlation allows."""
    kept = log(2) + 0.75 * log(0.75) + 0.25 * log(0.25)
    return frontier(np.array([0.25]), log(2)) - kept


def with_a_description_of_y() -> float:
    """T = y + noise of unit variance, at the correlation one half: it keeps more of y than of x."""
    return -0.5 * log1p(-0.25 / 2) - 0.5 * log(2)


def with_y_equal_to_x() -> float:
    """At beta = 2 a description of y = x of two nats is better than one of one nat, and so on."""
    return (1 - 2) * 2.0 - (1 - 2) * 1.0


ASSUMPTIONS = (
    Assumption(
        words="x and y are jointly Gaussian",
        fails="frontier: of other variables, more can be kept than the correlations tell",
        without=with_coins,
    ),
    Assumption(
        words="T sees y through x alone",
        fails="no more than kept: what sees y can keep it without x",
        without=with_a_description_of_y,
    ),
    Assumption(
        words="the covariance of both is positive definite",
        fails="best at its own beta: of what tells y exactly, more is always better, and there is "
        "no best",
        without=with_y_equal_to_x,
    ),
)

GAUSSIAN_BOTTLENECK = Theorem(
    id="gaussian-ib",
    title="The Gaussian information bottleneck",
    intuition="A description of x is paid for by the nat; what is wanted of it is y. Cheap "
    "descriptions keep the direction of x that tells most of y, drowned in noise. As nats of y "
    "become worth more, the noise falls, and one by one weaker directions become worth their "
    "price, each at a critical beta of its own. Below the first nothing is worth keeping.",
    statement=r"Let $(x, y)$ be jointly Gaussian with canonical correlations $\rho_i < 1$. Among "
    r"all $T$ with $T - x - y$ a Markov chain, the least $I(x;T) - \beta I(T;y)$ is reached where "
    r"$I(x;T) = \tfrac12\sum\log\frac{(\beta-1)\rho_i^2}{1-\rho_i^2}$ and $I(T;y) = I(x;T) - "
    r"\tfrac12\sum\log\beta\rho_i^2$, over the directions with $\beta\rho_i^2 > 1$. These points "
    r"are the curve of the most $I(T;y)$ for each $I(x;T)$: with n directions active $I_y = I_x - "
    r"\tfrac n2\log(\prod\rho_i^{2/n} + e^{2I_x/n}\prod(1-\rho_i^2)^{1/n})$, of slope $\rho_1^2$ "
    r"at zero and $1/\beta$ at the point of $\beta$.",
    proof_words="In one direction every Gaussian description lies on one curve, and the "
    "conditional entropy power inequality puts every other below it. The Lagrangian along the "
    "curve falls up to one signal-to-noise ratio, and rises from there. Whitening makes several "
    "directions independent problems with the same price.",
    assumptions=ASSUMPTIONS,
    references=(
        (
            "G. Chechik, A. Globerson, N. Tishby and Y. Weiss, Information bottleneck for Gaussian "
            "variables, JMLR 6 (2005)"
        ),
        (
            "A. Globerson and N. Tishby, The optimality of the Gaussian information bottleneck "
            "curve, 2004 (from memory)"
        ),
    ),
    proof=proof,
    families=(GAUSSIAN_IB, family(FRONTIER)),
    uses=("mutual-information",),
    errata=(
        (
            "The curve does not start along the diagonal: the first nat of x buys rho squared nats "
            "of y."
        ),
        (
            "The price of a nat at the point of beta is 1/beta for the Lagrangian I_x - beta I_y, "
            "and beta for I_y - beta I_x: declare which is meant."
        ),
    ),
)  # fmt: skip
