r"""Rows of scores, each to pick its positive: the cross-entropies of contrastive losses.

With scores $s_{ij}$, a positive $p(i)$ for each row and a set $D_i$ of columns in the denominator,

$\ell_i = \log\sum_{j \in D_i} e^{s_{ij}} - s_{ip(i)}, \qquad
\partial\ell_i/\partial s_{ij} = \operatorname{softmax}_{ij} - [j = p(i)].$
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .arithmetic import Arithmetic

__all__ = ["cross_entropies", "directions", "soft_max", "through_the_norms"]


def cross_entropies(
    scores: Any, positives: np.ndarray, arithmetic: Arithmetic, left_out: np.ndarray | None = None
) -> tuple[Any, Any]:
    """The losses [n] and their slopes in the scores [n, m].

    `positives` [n] names each row's positive by its column, and `left_out` [n, m] is true where a
    score is not in its row's denominator.
    """
    rows = np.arange(len(scores))
    totals, pull = soft_max(scores, arithmetic, left_out)
    losses = totals - scores[rows, positives]
    pull[rows, positives] -= 1
    return losses, pull


def soft_max(
    scores: Any, arithmetic: Arithmetic, left_out: np.ndarray | None = None
) -> tuple[Any, Any]:
    """Each row's log of its sum of exponentials [n], and each score's share of that sum [n, m]."""
    terms = scores.copy()
    if left_out is not None:
        terms[left_out] = -np.inf
    top = terms.max(axis=1, keepdims=True)
    weights = arithmetic.exp(terms - top)
    total = weights.sum(axis=1, keepdims=True)
    return (arithmetic.log(total) + top)[:, 0], weights / total


def directions(z: Any, arithmetic: Arithmetic) -> tuple[Any, Any]:
    """The rows of z [n, d] divided by their norms, and the norms [n, 1]."""
    norms = arithmetic.sqrt((z * z).sum(axis=1, keepdims=True))
    return z / norms, norms


def through_the_norms(slope: Any, u: Any, norms: Any) -> Any:
    """The gradient in z of what has the gradient `slope` in u = z/|z|."""
    return (slope - (slope * u).sum(axis=1, keepdims=True) * u) / norms
