"""Errors that people make in CKA, each as the code that makes it.

The threads named were read.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from .contract import Defect
from .paired_features import doubly_centred, grams, hollow, of_distinct
from .tensors import torch

if TYPE_CHECKING:
    from torch import Tensor

    Estimate = Callable[[Tensor, Tensor], Tensor]

__all__ = ["DEFECTS"]

UNBIASED = {"estimator": "unbiased"}


def _inner(K: Tensor, L: Tensor) -> Tensor:
    return (K * L).sum()


def _cosine(K: Tensor, L: Tensor, of: Estimate = _inner) -> Tensor:
    return of(K, L) / (of(K, K) * of(L, L)).sqrt()


def _features(x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
    return x - x.mean(0), y - y.mean(0)


# -- centring -------------------------------------------------------------------------------------


def not_centred(x: Tensor, y: Tensor) -> Tensor:
    return _cosine(*grams(x, y))


def centred_along_features(x: Tensor, y: Tensor) -> Tensor:
    return _cosine(*grams(*(z - z.mean(1, keepdim=True) for z in (x, y))))


def columns_of_the_gram_alone(x: Tensor, y: Tensor) -> Tensor:
    return _cosine(*(K - K.mean(0) for K in grams(x, y)))


def grand_mean_not_added_back(x: Tensor, y: Tensor) -> Tensor:
    return _cosine(*(K - K.mean(0) - K.mean(1, keepdim=True) for K in grams(x, y)))


def only_x_centred(x: Tensor, y: Tensor) -> Tensor:
    return _cosine(*grams(x - x.mean(0), y))


def features_standardised(x: Tensor, y: Tensor) -> Tensor:
    a, b = (z / z.norm(dim=0) for z in _features(x, y))
    return _cosine(*grams(a, b))


def samples_normalised(x: Tensor, y: Tensor) -> Tensor:
    a, b = (z / z.norm(dim=1, keepdim=True) for z in _features(x, y))
    return _cosine(*grams(a, b))


# -- the ratio ------------------------------------------------------------------------------------


def root_forgotten(x: Tensor, y: Tensor) -> Tensor:
    K, L = grams(*_features(x, y))
    return _inner(K, L) / (_inner(K, K) * _inner(L, L))


def numerator_not_squared(x: Tensor, y: Tensor) -> Tensor:
    a, b = _features(x, y)
    return (b.mT @ a).norm() / ((a.mT @ a).norm() * (b.mT @ b).norm()).sqrt()


def nuclear_for_frobenius(x: Tensor, y: Tensor) -> Tensor:
    a, b = _features(x, y)
    return (b.mT @ a).norm() / (a.norm() * b.norm())


def divided_in_the_numerator_alone(x: Tensor, y: Tensor) -> Tensor:
    return _cosine(*grams(*_features(x, y))) / (len(x) - 1) ** 2


# -- unbiased -------------------------------------------------------------------------------------


def biased_over_unbiased(x: Tensor, y: Tensor) -> Tensor:
    n, (K, L) = len(x), grams(x, y)
    a, b = (of_distinct(hollow(gram), hollow(gram)) / (n * (n - 3)) for gram in (K, L))
    return _inner(doubly_centred(K), L) / (n - 1) ** 2 / (a * b).sqrt()


def unbiased_over_biased(x: Tensor, y: Tensor) -> Tensor:
    n, (K, L) = len(x), grams(x, y)
    a, b = (doubly_centred(gram).square().sum() / (n - 1) ** 2 for gram in (K, L))
    return of_distinct(hollow(K), hollow(L)) / (n * (n - 3)) / (a * b).sqrt()


def diagonal_taken_off_every_row(x: Tensor, y: Tensor) -> Tensor:
    K, L = (gram - torch.diag(gram) for gram in grams(x, y))
    return _cosine(K, L, of_distinct)


def centred_before_the_diagonal_goes(x: Tensor, y: Tensor) -> Tensor:
    return _cosine(*(hollow(doubly_centred(gram)) for gram in grams(x, y)))


DEFECTS = (
    Defect(
        name="not centred", call=not_centred, why="features are thought to have mean zero",
        changes=r"Hx \to x",
    ),
    Defect(
        name="centred along features", call=centred_along_features,
        why="the mean is taken along the wrong axis: over the features of a sample",
        changes=r"Hx \to xH",
    ),
    Defect(
        name="columns of the Gram matrix alone", call=columns_of_the_gram_alone,
        why="one H is lost; in HSIC, where the other matrix is centred, that does no harm",
        changes=r"HKH \to HK",
    ),
    Defect(
        name="grand mean not added back", call=grand_mean_not_added_back,
        why="what both means take away is taken away twice",
        changes=r"HKH \to HKH - \bar K",
    ),
    Defect(
        name="only x centred", call=only_x_centred,
        why="the numerator needs one of the two alone, the denominator both",
        changes=r"Hy \to y",
    ),
    Defect(
        name="features standardised", call=features_standardised,
        why="each feature is given unit variance, and the long directions are to count most",
        changes=r"Hx \to Hx\Lambda^{-1}",
    ),
    Defect(
        name="samples normalised", call=samples_normalised,
        why="cosines between samples stand in for their inner products",
        changes=r"K_{ij} \to K_{ij}/\sqrt{K_{ii}K_{jj}}",
    ),
    Defect(
        name="root forgotten", call=root_forgotten,
        why="HSIC of each with itself is a squared length",
        changes=r"\sqrt{h_{xx}h_{yy}} \to h_{xx}h_{yy}", seen_in=("ahwillia/netrep#19",),
    ),
    Defect(
        name="numerator not squared", call=numerator_not_squared,
        why="the norms are taken for those of the formula with Gram matrices",
        changes=r"\mathrm{CKA} \to \sqrt{\mathrm{CKA}}",
    ),
    Defect(
        name="norms of the features", call=nuclear_for_frobenius,
        why="the cosine of the features in place of that of their Gram matrices",
        changes=r"\frac{\lVert y^\top x\rVert_F}{\lVert x\rVert_F\lVert y\rVert_F}",
    ),
    Defect(
        name="divided in the numerator alone", call=divided_in_the_numerator_alone,
        why="HSIC is divided by (n-1)^2, and the lengths are not",
        changes=r"\mathrm{CKA} \to \mathrm{CKA}/(n-1)^2",
    ),
    Defect(
        name="biased over unbiased", call=biased_over_unbiased, convention=UNBIASED,
        why="only the self-similarities are computed by the new function",
        changes=r"h_{xy} \to \operatorname{tr}(KHLH)/(n-1)^2",
    ),
    Defect(
        name="unbiased over biased", call=unbiased_over_biased, convention=UNBIASED,
        why="only the numerator is computed by the new function",
        changes=r"h_{xx} \to \operatorname{tr}(KHKH)/(n-1)^2",
    ),
    Defect(
        name="diagonal taken off every row", call=diagonal_taken_off_every_row,
        convention=UNBIASED,
        why="torch.diag of a matrix is a vector, and subtracting it broadcasts",
        changes=r"K - \operatorname{diag}(\operatorname{diag}K) \to K_{ij} - K_{jj}",
        seen_in=("dmarx/cka_pytorch#2",),
    ),
    Defect(
        name="centred before the diagonal goes", call=centred_before_the_diagonal_goes,
        convention=UNBIASED,
        why="the two steps are done in the wrong order, so that the diagonal is in all means",
        changes=r"P(K) \to HKH - \operatorname{diag}(HKH)",
    ),
)  # fmt: skip
