"""Errors that people make in BYOL's loss, each as the code that makes it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .contract import Defect
from .tensors import torch

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["DEFECTS"]


def _unit(z: Tensor) -> Tensor:
    return torch.nn.functional.normalize(z, dim=1)


def _distance(p: Tensor, z: Tensor) -> Tensor:
    """The right one, but for the gradient, which it leaves to its caller."""
    return (2 - 2 * (_unit(p) * _unit(z)).sum(dim=1)).mean()


def nothing_detached(p1: Tensor, p2: Tensor, z1: Tensor, z2: Tensor) -> Tensor:
    return _distance(p1, z2) + _distance(p2, z1)


def prediction_detached(p1: Tensor, p2: Tensor, z1: Tensor, z2: Tensor) -> Tensor:
    return _distance(p1.detach(), z2) + _distance(p2.detach(), z1)


def one_target_detached(p1: Tensor, p2: Tensor, z1: Tensor, z2: Tensor) -> Tensor:
    return _distance(p1, z2.detach()) + _distance(p2, z1)


def own_view(p1: Tensor, p2: Tensor, z1: Tensor, z2: Tensor) -> Tensor:
    return _distance(p1, z1.detach()) + _distance(p2, z2.detach())


def not_normalised(p1: Tensor, p2: Tensor, z1: Tensor, z2: Tensor) -> Tensor:
    first = (p1 - z2.detach()).pow(2).sum(dim=1)
    second = (p2 - z1.detach()).pow(2).sum(dim=1)
    return (first + second).mean()


def features_averaged(p1: Tensor, p2: Tensor, z1: Tensor, z2: Tensor) -> Tensor:
    error = torch.nn.functional.mse_loss
    return error(_unit(p1), _unit(z2.detach())) + error(_unit(p2), _unit(z1.detach()))


def norms_of_the_batch(p1: Tensor, p2: Tensor, z1: Tensor, z2: Tensor) -> Tensor:
    p1, p2, z1, z2 = (torch.nn.functional.normalize(z, dim=0) for z in (p1, p2, z1, z2))
    first = 2 - 2 * (p1 * z2.detach()).sum(dim=1).mean()
    return first + 2 - 2 * (p2 * z1.detach()).sum(dim=1).mean()


def norms_clamped_at_one(p1: Tensor, p2: Tensor, z1: Tensor, z2: Tensor) -> Tensor:
    p1, p2, z1, z2 = (z / z.norm(dim=1, keepdim=True).clamp(min=1.0) for z in (p1, p2, z1, z2))
    first = 2 - 2 * (p1 * z2.detach()).sum(dim=1).mean()
    return first + 2 - 2 * (p2 * z1.detach()).sum(dim=1).mean()


def sign_of_the_product(p1: Tensor, p2: Tensor, z1: Tensor, z2: Tensor) -> Tensor:
    first = 2 + 2 * (_unit(p1) * _unit(z2.detach())).sum(dim=1).mean()
    return first + 2 + 2 * (_unit(p2) * _unit(z1.detach())).sum(dim=1).mean()


DEFECTS = (
    Defect(
        name="nothing detached", call=nothing_detached,
        why="the target network is run with a graph, as if its parameters were to be learnt",
        changes=r"\nabla_z L \ne 0",
    ),
    Defect(
        name="prediction detached, not the target", call=prediction_detached,
        why="the stop-gradient is put on the wrong side",
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
        name="not normalised", call=not_normalised,
        why="the squared error is taken of the outputs as they are",
        changes=r"\lvert p - z\rvert^2\text{ for }\lvert\hat p - \hat z\rvert^2",
    ),
    Defect(
        name="mean over features", call=features_averaged,
        why="mse_loss averages over the features too: the loss is too small by their number",
        changes=r"\tfrac1d\lvert\hat p - \hat z\rvert^2",
    ),
    Defect(
        name="normalised over the batch", call=norms_of_the_batch,
        why="dim=0 divides each feature by its norm over the batch",
        changes=r"\hat p_{ij} = p_{ij}/\lvert p_{\cdot j}\rvert",
    ),
    Defect(
        name="norms clamped at one", call=norms_clamped_at_one,
        why="a floor against division by zero that is meant to be tiny: short rows stay short",
        changes=r"\hat p = p/\max(\lvert p\rvert, 1)",
    ),
    Defect(
        name="sign of the product", call=sign_of_the_product,
        why="a squared distance has minus twice the product",
        changes=r"2 + 2c",
    ),
)  # fmt: skip
