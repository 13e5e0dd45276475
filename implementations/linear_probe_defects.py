"""Errors that people make in linear probes, each as the code that makes it.

All are errors of linear discriminant analysis, so that there is one right answer to depart from.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .contract import Defect
from .tensors import torch

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["DEFECTS", "class_means", "pooled"]


# -- pieces ---------------------------------------------------------------------------------------


def class_means(features: Tensor, labels: Tensor) -> Tensor:
    """[C, d], of the classes 0 to C - 1."""
    return torch.stack([features[labels == c].mean(0) for c in range(int(labels.max()) + 1)])


def pooled(features: Tensor, labels: Tensor) -> Tensor:
    """The covariance about the means of the classes, divided by n."""
    apart = features - class_means(features, labels)[labels]
    return apart.T @ apart / len(features)


def scores(
    features: Tensor,
    labels: Tensor,
    test: Tensor,
    *,
    covariance: Tensor | None = None,
    half: float = 0.5,
    means: Tensor | None = None,
) -> Tensor:
    """Fisher's, [m, C], with another covariance, factor of the intercept, or class means."""
    means = class_means(features, labels) if means is None else means
    S = pooled(features, labels) if covariance is None else covariance
    pulls = torch.linalg.solve(S, means.T)
    shares = torch.bincount(labels) / len(labels)
    return test @ pulls - half * (means.T * pulls).sum(0) + shares.log()


# -- errors ---------------------------------------------------------------------------------------


def smallest_score(features: Tensor, labels: Tensor, test: Tensor) -> Tensor:
    return scores(features, labels, test).argmin(dim=1)


def labels_shifted(features: Tensor, labels: Tensor, test: Tensor) -> Tensor:
    return scores(features, labels, test).argmax(dim=1) + 1


def intercept_forgotten(features: Tensor, labels: Tensor, test: Tensor) -> Tensor:
    return scores(features, labels, test, half=0.0).argmax(dim=1)


def half_forgotten(features: Tensor, labels: Tensor, test: Tensor) -> Tensor:
    return scores(features, labels, test, half=1.0).argmax(dim=1)


def shares_forgotten(features: Tensor, labels: Tensor, test: Tensor) -> Tensor:
    shares = torch.bincount(labels) / len(labels)
    return (scores(features, labels, test) - shares.log()).argmax(dim=1)


def covariance_not_pooled(features: Tensor, labels: Tensor, test: Tensor) -> Tensor:
    """Each class by its own covariance: regions are bounded by curves."""
    columns = []
    for c, mean in enumerate(class_means(features, labels)):
        own = features[labels == c] - mean
        S = own.T @ own / len(own)
        apart = test - mean
        distance = (apart * torch.linalg.solve(S, apart.T).T).sum(1)
        columns.append((labels == c).double().mean().log() - distance / 2 - S.logdet() / 2)
    return torch.stack(columns, dim=1).argmax(dim=1)


def scatter_not_divided(features: Tensor, labels: Tensor, test: Tensor) -> Tensor:
    scatter = pooled(features, labels) * len(features)
    return scores(features, labels, test, covariance=scatter).argmax(dim=1)


def covariance_not_inverted(features: Tensor, labels: Tensor, test: Tensor) -> Tensor:
    inverse = torch.linalg.inv(pooled(features, labels))
    return scores(features, labels, test, covariance=inverse).argmax(dim=1)


def nearest_mean(features: Tensor, labels: Tensor, test: Tensor) -> Tensor:
    return torch.cdist(test, class_means(features, labels)).argmin(dim=1)


def standardised_apart(features: Tensor, labels: Tensor, test: Tensor) -> Tensor:
    rows = [(x - x.mean(0)) / x.std(0, unbiased=False) for x in (features, test)]
    return scores(rows[0], labels, rows[1]).argmax(dim=1)


def only_training_rows_scaled(features: Tensor, labels: Tensor, test: Tensor) -> Tensor:
    x = (features - features.mean(0)) / features.std(0, unbiased=False)
    return scores(x, labels, test).argmax(dim=1)


def last_class_left_out(features: Tensor, labels: Tensor, test: Tensor) -> Tensor:
    return scores(features, labels, test)[:, : int(labels.max())].argmax(dim=1)


def samples_out_of_step(features: Tensor, labels: Tensor, test: Tensor) -> Tensor:
    return scores(features.flip(0), labels, test).argmax(dim=1)


def labels_handed_through(features: Tensor, labels: Tensor, test: Tensor) -> Tensor:
    """Right where the test rows are the training rows, whatever they are."""
    named = scores(features, labels, test).argmax(dim=1)
    named[: len(labels)] = labels[: len(test)]
    return named


LDA = {"algorithm": "lda"}

DEFECTS = (
    Defect(
        name="smallest score", call=smallest_score, convention=LDA,
        why="distances to class means are replaced by scores, and `argmin` stays",
        changes="each row goes to the class that it fits least",
    ),
    Defect(
        name="labels shifted", call=labels_shifted, convention=LDA,
        why="labels were moved to start from zero, or from one, and predictions were not",
        changes="every class is called by the number of the next",
    ),
    Defect(
        name="intercept forgotten", call=intercept_forgotten, convention=LDA,
        why="a layer without a bias, or weights that are copied without it",
        changes="all boundaries pass near the origin, wherever the features are",
    ),
    Defect(
        name="half forgotten", call=half_forgotten, convention=LDA,
        why="the square is completed without its one half",
        changes="boundaries pass near the farther class",
    ),
    Defect(
        name="shares forgotten", call=shares_forgotten, convention=LDA | {"priors": "shares"},
        why="classes are taken for equally likely",
        changes="boundaries pass halfway, whatever the shares of the classes",
    ),
    Defect(
        name="covariance not pooled", call=covariance_not_pooled, convention=LDA,
        why="each class is given its own covariance: quadratic discriminants",
        changes="boundaries are curved: a wide class lies on both sides of a narrow one",
    ),
    Defect(
        name="scatter not divided", call=scatter_not_divided, convention=LDA,
        why="the scatter matrix, which has the right direction, is taken for the covariance",
        changes="shares of the classes weigh n times as much as they should",
    ),
    Defect(
        name="covariance not inverted", call=covariance_not_inverted, convention=LDA,
        why="the covariance is multiplied by, in place of its inverse",
        changes="directions of much noise count most",
    ),
    Defect(
        name="nearest mean", call=nearest_mean, convention=LDA,
        why="noise is taken for the same in all directions",
        changes="boundaries are at right angles to the difference of means",
    ),
    Defect(
        name="standardised apart", call=standardised_apart, convention=LDA,
        why="training and test rows are each scaled by their own mean and deviation",
        changes="what a row is called depends on the rows beside it",
    ),
    Defect(
        name="only training rows scaled", call=only_training_rows_scaled, convention=LDA,
        why="the scaler of the training rows is not applied to the test rows",
        changes="boundaries are those of other units, about another origin",
    ),
    Defect(
        name="last class left out", call=last_class_left_out, convention=LDA,
        why="the number of classes is the largest label, not one more",
        changes="the last class is never named",
    ),
    Defect(
        name="samples out of step", call=samples_out_of_step, convention=LDA,
        why="features were collected in another order than labels: a loader that shuffles",
        changes="class means are those of other classes",
    ),
    Defect(
        name="labels handed through", call=labels_handed_through, convention=LDA,
        why="where training rows are tested again, their labels are at hand",
        changes="accuracy on training rows is one, above what any rule of the features has",
    ),
)  # fmt: skip
