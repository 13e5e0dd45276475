"""Errors that people make in the moving average of a target, each as the code that makes it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .contract import Defect

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["DEFECTS"]


def _step(target: Tensor, online: Tensor, momentum: float) -> Tensor:
    return momentum * target + (1 - momentum) * online


def exchanged(target: Tensor, online: Tensor, momentum: float) -> Tensor:
    return _step(online, target, momentum)


def copied(target: Tensor, online: Tensor, momentum: float) -> Tensor:
    return online.clone()


def unchanged(target: Tensor, online: Tensor, momentum: float) -> Tensor:
    return target.clone()


def twice(target: Tensor, online: Tensor, momentum: float) -> Tensor:
    return _step(_step(target, online, momentum), online, momentum)


def online_in_full(target: Tensor, online: Tensor, momentum: float) -> Tensor:
    return momentum * target + online


def target_in_full(target: Tensor, online: Tensor, momentum: float) -> Tensor:
    return target + (1 - momentum) * online


def decays(target: Tensor, online: Tensor, momentum: float) -> Tensor:
    return momentum * target


def evenly(target: Tensor, online: Tensor, momentum: float) -> Tensor:
    return (target + online) / 2


def corrected(target: Tensor, online: Tensor, momentum: float) -> Tensor:
    return _step(target, online, momentum) / (1 - momentum)


def away(target: Tensor, online: Tensor, momentum: float) -> Tensor:
    return target + (1 - momentum) * (target - online)


DEFECTS = (
    Defect(
        name="shares exchanged", call=exchanged,
        why="the momentum is taken for the online weights' share, or the networks are exchanged",
        changes=r"t' = (1 - \beta)\,t + \beta\,o",
    ),
    Defect(
        name="online weights copied", call=copied,
        why="the momentum is accepted and never used", changes=r"t' \to o",
    ),
    Defect(
        name="target not changed", call=unchanged,
        why="the result is assigned to a local name, and the target stays", changes=r"t' \to t",
    ),
    Defect(
        name="applied twice", call=twice,
        why="the update is called in forward and again after the optimiser's step",
        changes=r"\beta \to \beta^2",
    ),
    Defect(
        name="online weights in full", call=online_in_full,
        why="the factor 1 - momentum is forgotten", changes=r"t' = \beta t + o",
    ),
    Defect(
        name="target in full", call=target_in_full,
        why="the online share is added in place before the target is scaled",
        changes=r"t' = t + (1 - \beta)\,o",
    ),
    Defect(
        name="online weights forgotten", call=decays,
        why="mul_ is called and add_ is not", changes=r"t' = \beta t",
    ),
    Defect(
        name="even shares", call=evenly, why="a plain mean of both networks, as in an ensemble",
        changes=r"t' = \tfrac12(t + o)",
    ),
    Defect(
        name="corrected as from zero", call=corrected,
        why="Adam's correction for a start at zero is carried over",
        changes=r"t' \to t'/(1 - \beta)",
    ),
    Defect(
        name="away from the online weights", call=away,
        why="the difference is taken the other way round", changes=r"t' = t + (1 - \beta)(t - o)",
    ),
)  # fmt: skip
