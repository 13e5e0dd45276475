r"""The spectral contrastive loss: contrasting is factorising.

## Notation

$A_{ij}$ is the chance that views i and j come as a pair, a symmetric table that sums to one; $w$
are its row sums; $f_i$ are k features of view i.  The loss of a batch is in `spectral_loss`.

## References

* J. HaoChen, C. Wei, A. Gaidon, T. Ma, *Provable guarantees for self-supervised deep learning with
  spectral contrastive loss*, 2021.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .picture import Picture
from .spectral_contrastive_proof import proof
from .spectral_loss import SPECTRAL_LOSS, Views, oracle
from .theorem import Assumption, Theorem

__all__ = ["SPECTRAL_CONTRASTIVE", "best_features", "least", "picture", "population", "spectrum"]


# -- the population -------------------------------------------------------------------------------


def spectrum(pairs: Any) -> np.ndarray:
    """The eigenvalues of the scaled table of a law of pairs [m, m], largest first."""
    return np.linalg.eigvalsh(_scaled(pairs))[::-1]


def least(pairs: Any, features: int) -> float:
    """The least loss of so many features."""
    return -float((np.maximum(spectrum(pairs)[:features], 0) ** 2).sum())


def best_features(pairs: Any, features: int) -> np.ndarray:
    """Features [m, k] that reach it."""
    values, vectors = np.linalg.eigh(_scaled(pairs))
    kept = np.maximum(values[::-1][:features], 0)
    shares = np.asarray(pairs, float).sum(axis=1, keepdims=True)
    best: np.ndarray = vectors[:, ::-1][:, :features] * np.sqrt(kept) / np.sqrt(shares)
    return best


def population(pairs: Any, features: Any) -> float:
    """The loss of features [m, k], summed over the table as it is defined."""
    A, f = np.asarray(pairs, float), np.asarray(features, float)
    w, scores = A.sum(axis=1), f @ f.T
    return float(-2 * (A * scores).sum() + (np.outer(w, w) * scores**2).sum())


def _scaled(pairs: Any) -> np.ndarray:
    A = np.asarray(pairs, float)
    roots = np.sqrt(A.sum(axis=1))
    table: np.ndarray = A / np.outer(roots, roots)
    return table


# -- assumptions ----------------------------------------------------------------------------------


def with_rows_of_length_one() -> float:
    """Two things that are only ever met with themselves, two features: the best of length one."""
    apart = np.eye(2) / 2
    return least(apart, 2) - population(apart, np.eye(2))


def with_views_in_one_order() -> float:
    """Three views in a circle, each the next one's first view: a Gram matrix does not see the
    order, and the singular values, which do, promise more than the even table holds."""
    circle = np.roll(np.eye(3), 1, axis=1) / 3
    singular = np.linalg.svd(_scaled(circle), compute_uv=False)
    return -float((singular**2).sum()) - least((circle + circle.T) / 2, 3)


def with_a_batch_for_the_law() -> float:
    """Two pairs of orthogonal rows of length three halves, against the least loss of two."""
    rows = ((1.5, 0.0), (0.0, 1.5))
    return float(oracle(Views(rows, rows)).value) + 2.0


# -- picture --------------------------------------------------------------------------------------

CHAIN = np.array([
    [6.0, 2.0, 0.0, 0.0], [2.0, 1.0, 5.0, 0.0], [0.0, 5.0, 1.0, 2.0], [0.0, 0.0, 2.0, 6.0],
]) / 32  # fmt: skip


def picture() -> Picture:
    """Of a chain of four views, two of which are rather met with each other than themselves."""
    counts = range(1, 5)
    values = spectrum(CHAIN)
    kept = [(float(k), least(CHAIN, k)) for k in counts]
    found = [(float(k), population(CHAIN, best_features(CHAIN, k))) for k in counts]
    unclipped = [(float(k), -float((values[:k] ** 2).sum())) for k in counts]
    return Picture(
        "What so many features can reach", ("number of features", "spectral contrastive loss"),
        {
            "least": tuple(kept), "best features": tuple(found),
            "negative eigenvalues counted, out of reach": tuple(unclipped),
        },
    )  # fmt: skip


SPECTRAL_CONTRASTIVE = Theorem(
    id="spectral-contrastive",
    title="The spectral contrastive loss: contrasting is factorising",
    intuition="Write down how often any two views come as a pair. To contrast with inner products "
    "is to rebuild that table from features, as a product of a matrix with itself; and what k "
    "features rebuild best are the k leading directions of the table. Directions with negative "
    "eigenvalues cannot be rebuilt at all, and are best left alone.",
    statement=r"Let $A$ be the symmetric table of a law of pairs, $w$ its row sums, $\bar A_{ij} = "
    r"A_{ij}/\sqrt{w_i w_j}$ with eigenvalues $1 = \lambda_1 \ge \lambda_2 \ge \dots$, and $F_i = "
    r"\sqrt{w_i}f_i$. Then $-2\sum_{ij}A_{ij}f_i \cdot f_j + \sum_{ij}w_i w_j(f_i \cdot f_j)^2 = "
    r"\lVert\bar A - FF^\top\rVert^2 - \lVert\bar A\rVert^2 \ge -\sum_{i \le k}\max(\lambda_i, 0)^2"
    r"$, with equality at $F = (\sqrt{\max(\lambda_i, 0)}\,u_i)_{i \le k}$ and its rotations. Of a "
    r"batch of n pairs with inner products $s_{ij}$, $L = -\frac2n\sum_i s_{ii} + \frac1{n(n-1)}"
    r"\sum_{i \ne j}s_{ij}^2$ has this mean, and no floor unless lengths are bounded ($-2$ for "
    r"lengths of at most one). The mean over all $n^2$ pairs has another mean, and is at least "
    r"$-\min(n, d)$.",
    proof_words="Expand the square. In the table's own directions, each feature's squared length g "
    "meets one eigenvalue, and costs its square less twice their product: least at the eigenvalue, "
    "or at zero where that is negative. A batch's own pairs are not strangers to each other, so "
    "they are left out of the second mean; but nothing then holds the rows of a batch back.",
    assumptions=(
        Assumption(
            words="lengths are free",
            fails="equality: rows of length one cannot reach the least loss of two features",
            without=with_rows_of_length_one,
        ),
        Assumption(
            words="either view of a pair may come first: the table is symmetric",
            fails="equality: of a table that is not, the singular values promise too much",
            without=with_views_in_one_order,
        ),
        Assumption(
            words="the second mean is over the law of independent views",
            fails="the least loss: orthogonal rows of one batch pass it, and have no floor",
            without=with_a_batch_for_the_law,
        ),
        Assumption(
            words=r"each view is met: $w_i > 0$",
            unknown="a view that is never met has no share, and any features",
        ),
    ),
    references=(
        (
            "J. Z. HaoChen, C. Wei, A. Gaidon and T. Ma, Provable guarantees for self-supervised "
            "deep learning with spectral contrastive loss, NeurIPS 2021; the estimate over other "
            "pairs, of rows shortened to length one, is that of their code, "
            "jhaochenz96/spectral_contrastive_learning, models/spectral.py"
        ),
    ),
    proof=proof,
    families=(SPECTRAL_LOSS,),
    picture=picture,
    uses=("eckart-young",),
)  # fmt: skip
