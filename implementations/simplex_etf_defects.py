"""Errors that people make in the corners of a simplex, each as the code that makes it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from .collapsed_features import frame
from .contract import Defect
from .tensors import torch

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["DEFECTS"]


def _in(rows: Tensor, d: int) -> Tensor:
    """In d dimensions: with zeros, or cut off."""
    return torch.nn.functional.pad(rows, (0, max(0, d - rows.shape[1])))[:, :d]


def _of_unit_length(rows: Tensor) -> Tensor:
    return rows / rows.norm(dim=1, keepdim=True).clamp(min=torch.finfo(rows.dtype).tiny)


def orthogonal(K: int, d: int) -> Tensor:
    return torch.eye(K, d, dtype=torch.float64)


def random_directions(K: int, d: int) -> Tensor:
    draw = torch.Generator().manual_seed(0)
    return _of_unit_length(torch.randn(K, d, generator=draw, dtype=torch.float64))


def factor_upside_down(K: int, d: int) -> Tensor:
    return math.sqrt((K - 1) / K) * frame(K, d)


def factor_without_its_root(K: int, d: int) -> Tensor:
    return K / (K - 1) * frame(K, d)


def mean_over_dimensions(K: int, d: int) -> Tensor:
    """Centred by 1/d, and brought to length one."""
    rows = torch.eye(K, dtype=torch.float64) - 1 / (d + 1)
    return _of_unit_length(_in(rows, max(d, K)))[:, :d]


def columns_not_orthogonal(K: int, d: int) -> Tensor:
    draw = torch.Generator().manual_seed(0)
    columns = torch.rand(d, K, generator=draw, dtype=torch.float64)
    centring = torch.eye(K, dtype=torch.float64) - 1 / K
    return math.sqrt(K / (K - 1)) * centring @ columns.T


def last_corner_left_out(K: int, d: int) -> Tensor:
    rows = math.sqrt(K / (K - 1)) * frame(K, d)
    rows[-1] = 0
    return rows


def round_a_circle(K: int, d: int) -> Tensor:
    angles = 2 * math.pi * torch.arange(K, dtype=torch.float64) / K
    return _in(torch.stack([angles.cos(), angles.sin()], dim=1), d)


def mean_added(K: int, d: int) -> Tensor:
    rows = torch.eye(K, dtype=torch.float64) + 1 / K
    return _in(_of_unit_length(rows), d)


def one_corner_too_many(K: int, d: int) -> Tensor:
    """K corners of the simplex of K + 1; where it has no room, it is cut off."""
    rows = math.sqrt((K + 1) / K) * frame(K + 1, max(d, K))
    return rows[:K, :d]


DEFECTS = (
    Defect(
        name="orthogonal",
        call=orthogonal,
        why="one-hot labels are taken for as far apart as can be",
        changes="right angles in place of obtuse ones; the sum is not zero",
    ),
    Defect(
        name="random directions",
        call=random_directions,
        why="random directions are nearly orthogonal in many dimensions",
        changes="angles at random",
    ),
    Defect(
        name="factor upside down",
        call=factor_upside_down,
        why="the factor is remembered as the root of (K - 1)/K, the length that it is to mend",
        changes="corners of length (K - 1)/K",
    ),
    Defect(
        name="factor without its root",
        call=factor_without_its_root,
        why="the factor of the Gram matrix is put before the corners",
        changes="corners too long, by the root of K/(K - 1)",
    ),
    Defect(
        name="mean over dimensions",
        call=mean_over_dimensions,
        why="the mean is taken along the wrong axis, over dimensions and not corners",
        changes="angles that depend on the number of dimensions",
    ),
    Defect(
        name="columns not orthogonal",
        call=columns_not_orthogonal,
        why="a random matrix is used as it was drawn, its orthogonal factor forgotten",
        changes="a simplex that is stretched; the sum is still zero",
    ),
    Defect(
        name="last corner left out",
        call=last_corner_left_out,
        why="a loop over K - 1 coordinates is one over K - 1 corners",
        changes="the last row stays zero",
    ),
    Defect(
        name="round a circle",
        call=round_a_circle,
        why="equally spaced angles are right for three corners",
        changes="a polygon in the plane: from four corners on neighbours are nearer than others",
    ),
    Defect(
        name="mean added",
        call=mean_added,
        why="a sign is lost where the mean is taken off",
        changes="acute angles in place of obtuse ones",
    ),
    Defect(
        name="one corner too many",
        call=one_corner_too_many,
        why="d dimensions have room for d + 1 corners, and K are taken of K + 1",
        changes="the cosine -1/K in place of -1/(K-1); the sum is not zero",
    ),
)
