r"""Rows of scores, each to pick its positive: the cross-entropies of contrastive losses.

With scores $s_{ij}$, a positive $p(i)$ for each row and a set $D_i$ of columns in the denominator,

$\ell_i = \log\sum_{j \in D_i} e^{s_{ij}} - s_{ip(i)}, \qquad
\partial\ell_i/\partial s_{ij} = \operatorname{softmax}_{ij} - [j = p(i)].$
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from .arithmetic import Arithmetic

__all__ = ["Limits", "cross_entropies", "directions", "limits", "soft_max", "through_the_norms"]


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


class Limits(NamedTuple):
    """What the mean loss of the rows comes to, but for the number of terms in a denominator: their
    largest score less the positive's (at small temperatures), their mean score less it (at large
    ones); and by how much the loss may pass the latter."""

    cold: float
    warm: float
    bend: float

    def times(self, count: float) -> Limits:
        """Of a sum of so many means."""
        return Limits(self.cold * count, self.warm * count, self.bend * count)


def limits(scores: Any, lead: Any, reach: float, left_out: np.ndarray | None = None) -> Limits:
    """Of rows [n, m] whose positives have the scores `lead` [n], no score's size passing `reach`.

    The mean of exponentials of what varies by 2 `reach` is at most that of its mean times
    exp(reach^2 / 2), which is Hoeffding's lemma.
    """
    table, own = np.asarray(scores, float), np.asarray(lead, float)
    out = np.zeros(table.shape, bool) if left_out is None else left_out
    largest = np.where(out, -np.inf, table).max(axis=1)
    mean = np.where(out, 0.0, table).sum(axis=1) / (~out).sum(axis=1)
    return Limits(float((largest - own).mean()), float((mean - own).mean()), reach**2 / 2)


def directions(z: Any, arithmetic: Arithmetic) -> tuple[Any, Any]:
    """The rows of z [n, d] divided by their norms, and the norms [n, 1]."""
    norms = arithmetic.sqrt((z * z).sum(axis=1, keepdims=True))
    return z / norms, norms


def through_the_norms(slope: Any, u: Any, norms: Any) -> Any:
    """The gradient in z of what has the gradient `slope` in u = z/|z|."""
    return (slope - (slope * u).sum(axis=1, keepdims=True) * u) / norms
