"""Errors that people make in sparsity penalties, each as the code that makes it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .contract import Defect
from .tensors import torch

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["DEFECTS", "divergence"]


def divergence(p: float | Tensor, q: Any) -> Tensor:
    """Of two outcomes, elementwise, as the formula is written; one of the two may be a number."""
    return p * torch.log(p / q) + (1 - p) * torch.log((1 - p) / (1 - q))


def averaged_outside(activations: Tensor, rho: float) -> Tensor:
    return divergence(rho, activations).mean(dim=0).sum()


def averaged_over_units(activations: Tensor, rho: float) -> Tensor:
    return divergence(rho, activations.mean(dim=1)).sum()


def averaged_over_everything(activations: Tensor, rho: float) -> Tensor:
    return divergence(rho, activations.mean())


def arguments_exchanged(activations: Tensor, rho: float) -> Tensor:
    return divergence(activations.mean(dim=0), rho).sum()


def one_outcome_forgotten(activations: Tensor, rho: float) -> Tensor:
    return (rho * torch.log(rho / activations.mean(dim=0))).sum()


def sign_forgotten(activations: Tensor, rho: float) -> Tensor:
    return -divergence(rho, activations.mean(dim=0)).sum()


def entropy_left_in(activations: Tensor, rho: float) -> Tensor:
    mean = activations.mean(dim=0)
    return -(rho * mean.log() + (1 - rho) * (1 - mean).log()).sum()


def summed_over_the_batch(activations: Tensor, rho: float) -> Tensor:
    """With the clamp that keeps the logarithm of a sum finite."""
    return divergence(rho, activations.sum(dim=0).clamp(1e-3, 1 - 1e-3)).sum()


def squashed_twice(activations: Tensor, rho: float) -> Tensor:
    return divergence(rho, torch.sigmoid(activations).mean(dim=0)).sum()


def softmax_of_both(activations: Tensor, rho: float) -> Tensor:
    mean = activations.mean(dim=0)
    return divergence(torch.full_like(mean, rho).softmax(dim=0), mean.softmax(dim=0)).sum()


def squared_distance(activations: Tensor, rho: float) -> Tensor:
    return ((activations.mean(dim=0) - rho) ** 2).sum()


def absolute_values(activations: Tensor, rho: float) -> Tensor:
    return activations.abs().mean(dim=0).sum()


def half_detached(activations: Tensor, rho: float) -> Tensor:
    mean = activations.mean(dim=0)
    off = torch.log((1 - rho) / (1 - mean.detach()))
    return (rho * torch.log(rho / mean) + (1 - rho) * off).sum()


DEFECTS = (
    Defect(
        name="averaged outside", call=averaged_outside,
        why="the divergence is taken of each activation, and then averaged over the batch",
        changes="every activation is driven to rho, for every row: the units stop coding",
        seen_in=("wblgers/tensorflow_stacked_denoising_autoencoder#1",),
    ),
    Defect(
        name="averaged over units", call=averaged_over_units,
        why="`dim=1` for `dim=0`",
        changes="each row's activity is held to the target, not each unit's",
    ),
    Defect(
        name="averaged over everything", call=averaged_over_everything,
        why="`mean()` without `dim`",
        changes="one mean for all units: some may always be on if others never are",
    ),
    Defect(
        name="arguments exchanged", call=arguments_exchanged,
        why="rho and its estimate trade places, as in KL(q, p) for KL(p, q)",
        changes="the other divergence, which is finite for dead units",
    ),
    Defect(
        name="one outcome forgotten", call=one_outcome_forgotten,
        why="a library's divergence of two numbers has one term; `off` is an outcome too",
        changes="the more active, the cheaper: the minimum is at a mean of one",
        seen_in=("IParraMartin/Sparse-Autoencoder#1",),
    ),
    Defect(
        name="sign forgotten", call=sign_forgotten,
        why="the logarithms' arguments are inverted, or the term is subtracted from the loss",
        changes="the sign: descent drives the units from their target",
    ),
    Defect(
        name="entropy left in", call=entropy_left_in,
        why="the cross-entropy of rho with its estimate is taken for the divergence",
        changes="larger by the entropy of rho, once per unit; the gradient is right",
    ),
    Defect(
        name="summed over the batch", call=summed_over_the_batch,
        why="the sum over rows is not divided by their number, and is then clamped",
        changes="most units are taken to be always on, and their gradient vanishes",
    ),
    Defect(
        name="squashed twice", call=squashed_twice, convention={"activations": "probabilities"},
        why="the layer ends in a sigmoid, and the penalty applies another",
        changes="means between 1/2 and 0.73 only: no target below is ever met",
    ),
    Defect(
        name="softmax of both", call=softmax_of_both,
        why="the means are made to sum to one over the units, so as to be a distribution",
        changes="a distribution over units in place of each unit's own: equal means cost nothing",
    ),
    Defect(
        name="squared distance", call=squared_distance,
        why="the means are pulled to their target by a square",
        changes="a parabola, which a dead unit does not notice",
    ),
    Defect(
        name="absolute values", call=absolute_values,
        why="an L1 penalty, which knows no target, is used under the divergence's name",
        changes="the minimum is at dead units",
    ),
    Defect(
        name="half detached", call=half_detached,
        why="the mean is detached in one of the two terms",
        changes="the value is right; the gradient drives every unit up",
    ),
)  # fmt: skip
