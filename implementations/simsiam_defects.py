"""Errors that people make in SimSiam's loss, each as the code that makes it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .contract import Defect
from .tensors import torch

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["DEFECTS"]


def _cosine(p: Tensor, z: Tensor) -> Tensor:
    return torch.nn.functional.cosine_similarity(p, z, dim=1).mean()


def nothing_detached(p1: Tensor, p2: Tensor, z1: Tensor, z2: Tensor) -> Tensor:
    return -(_cosine(p1, z2) + _cosine(p2, z1)) / 2


def prediction_detached(p1: Tensor, p2: Tensor, z1: Tensor, z2: Tensor) -> Tensor:
    return -(_cosine(p1.detach(), z2) + _cosine(p2.detach(), z1)) / 2


def one_target_detached(p1: Tensor, p2: Tensor, z1: Tensor, z2: Tensor) -> Tensor:
    return -(_cosine(p1, z2.detach()) + _cosine(p2, z1)) / 2


def own_view(p1: Tensor, p2: Tensor, z1: Tensor, z2: Tensor) -> Tensor:
    return -(_cosine(p1, z1.detach()) + _cosine(p2, z2.detach())) / 2


def one_direction(p1: Tensor, p2: Tensor, z1: Tensor, z2: Tensor) -> Tensor:
    return -_cosine(p1, z2.detach())


def sign_forgotten(p1: Tensor, p2: Tensor, z1: Tensor, z2: Tensor) -> Tensor:
    return 0.5 * (_cosine(p1, z2.detach()) + _cosine(p2, z1.detach()))


def not_normalised(p1: Tensor, p2: Tensor, z1: Tensor, z2: Tensor) -> Tensor:
    first = (p1 * z2.detach()).sum(dim=1).mean()
    return -(first + (p2 * z1.detach()).sum(dim=1).mean()) / 2


def all_averaged(p1: Tensor, p2: Tensor, z1: Tensor, z2: Tensor) -> Tensor:
    p1, p2, z1, z2 = (torch.nn.functional.normalize(z, dim=1) for z in (p1, p2, z1, z2))
    return -((p1 * z2.detach()).mean() + (p2 * z1.detach()).mean()) / 2


DEFECTS = (
    Defect(
        name="nothing detached", call=nothing_detached,
        why="without negatives there seems nothing to hold back: trained so, it collapses",
        changes=r"\nabla_z L \ne 0",
    ),
    Defect(
        name="prediction detached, not the target", call=prediction_detached,
        why="the stop-gradient is put on the wrong side: the predictor learns nothing",
        changes=r"\nabla_p L = 0,\ \nabla_z L \ne 0",
    ),
    Defect(
        name="one target detached", call=one_target_detached,
        why="the second direction is written later, and its detach forgotten",
        changes=r"\nabla_{z_1} L \ne 0",
    ),
    Defect(
        name="prediction against its own view", call=own_view,
        why="p1 with z1 looks more orderly than p1 with z2: nothing is compared across views",
        changes=r"c_{11} + c_{22}\text{ for } c_{12} + c_{21}",
    ),
    Defect(
        name="one direction", call=one_direction,
        why="the other direction is left out", changes=r"-c_{12}",
    ),
    Defect(
        name="sign forgotten", call=sign_forgotten,
        why="a similarity is minimised where it should grow", changes=r"\tfrac12(c_{12} + c_{21})",
        seen_in=("gned0/avalanche, self_supervised_losses.py, mended since",),
    ),
    Defect(
        name="not normalised", call=not_normalised,
        why="inner products are taken for cosines: longer features lower the loss without end",
        changes=r"-p \cdot z",
    ),
    Defect(
        name="mean over features", call=all_averaged,
        why="mean() without dim averages the products of the features, which are to be added",
        changes=r"-\tfrac1d c",
    ),
)  # fmt: skip
