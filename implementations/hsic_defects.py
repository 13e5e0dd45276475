"""Errors that people make in HSIC, each as the code that makes it.

The threads named were read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .contract import Defect
from .paired_features import doubly_centred, grams, hollow, of_distinct
from .tensors import torch

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["DEFECTS"]

BIASED = {"estimator": "biased"}


def _unbiased(K: Tensor, L: Tensor) -> Tensor:
    n = len(K)
    return of_distinct(K, L) / (n * (n - 3))


# -- unbiased -------------------------------------------------------------------------------------


def diagonals_kept(x: Tensor, y: Tensor) -> Tensor:
    return _unbiased(*grams(x, y))


def diagonal_taken_off_every_row(x: Tensor, y: Tensor) -> Tensor:
    K, L = (gram - torch.diag(gram) for gram in grams(x, y))
    return _unbiased(K, L)


def centred_before_the_diagonal_goes(x: Tensor, y: Tensor) -> Tensor:
    n, (K, L) = len(x), (hollow(doubly_centred(gram)) for gram in grams(x, y))
    return (K * L).sum() / (n * (n - 3))


def biased_called_unbiased(x: Tensor, y: Tensor) -> Tensor:
    n, (K, L) = len(x), grams(x, y)
    return torch.trace(doubly_centred(K) @ L) / (n * (n - 3))


def entries_counted_as_pairs(x: Tensor, y: Tensor) -> Tensor:
    n, (K, L) = len(x), map(hollow, grams(x, y))
    return of_distinct(K, L) / (n * (n - 1))


def third_term_counted_once(x: Tensor, y: Tensor) -> Tensor:
    n, (K, L) = len(x), map(hollow, grams(x, y))
    both = (K * L).sum() + K.sum() * L.sum() / ((n - 1) * (n - 2))
    return (both - K.sum(0) @ L.sum(0) / (n - 2)) / (n * (n - 3))


# -- biased ---------------------------------------------------------------------------------------


def not_centred(x: Tensor, y: Tensor) -> Tensor:
    K, L = grams(x, y)
    return torch.trace(K @ L) / (len(x) - 1) ** 2


def one_gram_centred_on_one_side(x: Tensor, y: Tensor) -> Tensor:
    K, L = grams(x, y)
    return torch.trace((K - K.mean(0)) @ L) / (len(x) - 1) ** 2


def divided_once(x: Tensor, y: Tensor) -> Tensor:
    K, L = grams(x, y)
    return torch.trace(doubly_centred(K) @ L) / (len(x) - 1)


def trace_of_the_covariance(x: Tensor, y: Tensor) -> Tensor:
    k = min(x.shape[1], y.shape[1])
    cross = (x - x.mean(0)).mT @ (y - y.mean(0)) / (len(x) - 1)
    return cross[:k, :k].diagonal().square().sum()


DEFECTS = (
    Defect(
        name="diagonals kept", call=diagonals_kept,
        why="the closed form holds for tables with a zero diagonal, and nothing sets it to zero",
        changes=r"\tilde K \to K",
    ),
    Defect(
        name="diagonal taken off every row", call=diagonal_taken_off_every_row,
        why="torch.diag of a matrix is a vector, and subtracting it broadcasts",
        changes=r"K - \operatorname{diag}(\operatorname{diag}K) \to K_{ij} - K_{jj}",
        seen_in=("dmarx/cka_pytorch#2", "Cogito2012/DEAR#4"),
    ),
    Defect(
        name="centred before the diagonal goes", call=centred_before_the_diagonal_goes,
        why="the two steps are done in the wrong order, so that the diagonal is in all means",
        changes=r"P(K) \to HKH - \operatorname{diag}(HKH)",
    ),
    Defect(
        name="biased called unbiased", call=biased_called_unbiased,
        why="only the divisor is changed: what is biased is the diagonal",
        changes=r"P(K) \to HKH", seen_in=("Project-MONAI/MONAI#9129",),
    ),
    Defect(
        name="divided by n(n-1)", call=entries_counted_as_pairs,
        why="what is averaged is taken for the pairs alone",
        changes=r"\frac1{n(n-3)} \to \frac1{n(n-1)}",
    ),
    Defect(
        name="third term counted once", call=third_term_counted_once,
        why="the mixed term stands for two, one for each representation",
        changes=r"\frac{2}{n-2} \to \frac1{n-2}",
    ),
    Defect(
        name="not centred", call=not_centred, convention=BIASED,
        why="features are thought to have mean zero", changes=r"KHLH \to KL",
    ),
    Defect(
        name="one Gram matrix centred on one side", call=one_gram_centred_on_one_side,
        convention=BIASED, why="one H is lost", changes=r"KHLH \to HKL",
    ),
    Defect(
        name="divided once", call=divided_once, convention=BIASED,
        why="each of the two covariances needs its own n - 1", changes=r"(n-1)^2 \to n-1",
    ),
    Defect(
        name="trace of the covariance", call=trace_of_the_covariance, convention=BIASED,
        why="each feature is compared with its namesake only",
        changes=r"\sum_{ij}C_{ij}^2 \to \sum_i C_{ii}^2",
    ),
)  # fmt: skip
