r"""InfoNCE with many keys, on finite tables: its limit less log K, and what is left at first order.

$\mathcal L_K - \log K \to -\mathbb{E}_p s + \mathbb{E}_x\log\mu_x$ with
$\mu_x = \mathbb{E}_{y \sim p(y)} e^{s(x,y)}$, and for a bounded critic the rest is $c_1/K +
O(K^{-2})$,

$c_1 = \mathbb{E}_x\Bigl[\mathbb{E}_{p(y|x)}e^s/\mu_x - 1 - \tfrac12\operatorname{Var}_{p(y)}e^s/
\mu_x^2\Bigr]$.
"""

from __future__ import annotations

import numpy as np

__all__ = ["first_order", "limit"]


def limit(joint: np.ndarray, critic: np.ndarray) -> float:
    """The limit of the loss less log K under the law `joint` [m, n], in nats."""
    means = np.exp(critic) @ joint.sum(0)
    return float(joint.sum(1) @ np.log(means) - (joint * critic).sum())


def first_order(joint: np.ndarray, critic: np.ndarray) -> float:
    """c_1: the loss less log K is the limit and c_1/K, up to O(1/K^2)."""
    queries, marginal = joint.sum(1), joint.sum(0)
    weights = np.exp(critic)
    means = weights @ marginal
    variances = (weights - means[:, None]) ** 2 @ marginal
    positives = (joint * weights).sum(1)  # weighed by the query already
    return float((positives / means).sum() - 1 - queries @ (variances / means**2) / 2)
