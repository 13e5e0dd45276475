"""Errors that people make in the alignment of pairs, each as the code that makes it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .contract import Defect
from .tensors import torch

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["DEFECTS"]


def _unit(*inputs: Tensor) -> tuple[Tensor, ...]:
    return tuple(torch.nn.functional.normalize(z, dim=1) for z in inputs)


def _right(u: Tensor, v: Tensor) -> Tensor:
    return (u - v).pow(2).sum(dim=1).mean()


def features_averaged(x: Tensor, y: Tensor) -> Tensor:
    return torch.nn.functional.mse_loss(*_unit(x, y))


def cosine_distance(x: Tensor, y: Tensor) -> Tensor:
    u, v = _unit(x, y)
    return (1 - (u * v).sum(dim=1)).mean()


def negative_cosine(x: Tensor, y: Tensor) -> Tensor:
    u, v = _unit(x, y)
    return -(u * v).sum(dim=1).mean()


def power_outside(x: Tensor, y: Tensor) -> Tensor:
    u, v = _unit(x, y)
    return (u - v).norm(dim=1).mean().pow(2)


def all_pairs(x: Tensor, y: Tensor) -> Tensor:
    u, v = _unit(x, y)
    return (u[:, None] - v[None]).pow(2).sum(dim=2).mean()


def views_shifted(x: Tensor, y: Tensor) -> Tensor:
    u, v = _unit(x, y)
    return _right(u, v.roll(1, 0))


def normalised_over_the_batch(x: Tensor, y: Tensor) -> Tensor:
    return _right(*(torch.nn.functional.normalize(z, dim=0) for z in (x, y)))


def sum_of_absolute_values(x: Tensor, y: Tensor) -> Tensor:
    return _right(*(torch.nn.functional.normalize(z, p=1, dim=1) for z in (x, y)))


def one_view_not_normalised(x: Tensor, y: Tensor) -> Tensor:
    return _right(torch.nn.functional.normalize(x, dim=1), y)


def second_view_detached(x: Tensor, y: Tensor) -> Tensor:
    u, v = _unit(x, y)
    return _right(u, v.detach())


def norm_detached(x: Tensor, y: Tensor) -> Tensor:
    return _right(*(z / z.detach().norm(dim=1, keepdim=True) for z in (x, y)))


DEFECTS = (
    Defect(
        name="features averaged", call=features_averaged,
        why="mse_loss also divides by the number of features", changes=r"\tfrac1{nd}\sum_{ij}",
    ),
    Defect(
        name="cosine distance", call=cosine_distance,
        why="one minus the cosine is taken for the squared distance, which is twice that",
        changes=r"L \to \tfrac12 L",
    ),
    Defect(
        name="negative cosine", call=negative_cosine,
        why="the loss of BYOL's relatives, which has the same minimum and another value",
        changes=r"L \to \tfrac12 L - 1",
    ),
    Defect(
        name="power outside the mean", call=power_outside,
        why="the mean distance is squared, not the distances",
        changes=r"\bigl(\tfrac1n\sum_i\lvert u_i - v_i\rvert\bigr)^\alpha",
    ),
    Defect(
        name="all pairs", call=all_pairs,
        why="a table of distances is averaged whole, not along its diagonal",
        changes=r"\tfrac1{n^2}\sum_{ij}\lvert u_i - v_j\rvert^\alpha",
    ),
    Defect(
        name="views shifted", call=views_shifted,
        why="one loader drops a row that the other keeps", changes=r"\lvert u_i - v_{i-1}\rvert",
    ),
    Defect(
        name="normalised over the batch", call=normalised_over_the_batch,
        why="normalize is given dim=0", changes=r"u_{ij} = x_{ij}/\lvert x_{\cdot j}\rvert",
    ),
    Defect(
        name="sum of absolute values for the norm", call=sum_of_absolute_values,
        why="normalised in the 1-norm, as a docstring of the loss says",
        changes=r"u_i = x_i/\lVert x_i\rVert_1",
    ),
    Defect(
        name="one view not normalised", call=one_view_not_normalised,
        why="the second encoder is taken to end with a normalisation, and does not",
        changes=r"v_i = y_i",
    ),
    Defect(
        name="second view detached", call=second_view_detached,
        why="a stopped gradient is carried over from losses without negatives",
        changes=r"\nabla_y L = 0",
    ),
    Defect(
        name="norm detached", call=norm_detached,
        why="norms are computed without a graph", changes=r"\nabla\text{ not through the norms}",
    ),
)  # fmt: skip
