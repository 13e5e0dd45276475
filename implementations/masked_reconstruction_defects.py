"""Errors that people make in the loss of masked reconstruction, each as the code that makes it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .contract import Defect

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["DEFECTS"]


def _patches(x: Tensor, x_hat: Tensor) -> Tensor:
    return (x_hat - x).pow(2).mean(dim=-1)


def mask_inverted(x: Tensor, x_hat: Tensor, mask: Tensor) -> Tensor:
    left = 1 - mask
    return (_patches(x, x_hat) * left).sum() / left.sum()


def divided_by_what_is_left(x: Tensor, x_hat: Tensor, mask: Tensor) -> Tensor:
    return (_patches(x, x_hat) * mask).sum() / (1 - mask).sum()


def divided_by_samples(x: Tensor, x_hat: Tensor, mask: Tensor) -> Tensor:
    return (_patches(x, x_hat) * mask).sum(dim=1).mean()


def target_masked_too(x: Tensor, x_hat: Tensor, mask: Tensor) -> Tensor:
    shown = x * (1 - mask)[..., None]
    return (_patches(shown, x_hat) * mask).sum() / mask.sum()


def reconstruction_masked_alone(x: Tensor, x_hat: Tensor, mask: Tensor) -> Tensor:
    return _patches(x, x_hat * mask[..., None]).sum() / mask.sum()


def averaged_before_masking(x: Tensor, x_hat: Tensor, mask: Tensor) -> Tensor:
    loss = _patches(x, x_hat).mean(dim=1, keepdim=True)
    return (loss * mask).sum() / mask.sum()


def squares_of_means(x: Tensor, x_hat: Tensor, mask: Tensor) -> Tensor:
    return ((x_hat - x).mean(dim=-1).pow(2) * mask).sum() / mask.sum()


def not_squared(x: Tensor, x_hat: Tensor, mask: Tensor) -> Tensor:
    return ((x_hat - x).abs().mean(dim=-1) * mask).sum() / mask.sum()


def root_of_each_patch(x: Tensor, x_hat: Tensor, mask: Tensor) -> Tensor:
    return ((x_hat - x).norm(dim=-1) * mask).sum() / mask.sum()


DEFECTS = (
    Defect(
        name="mask inverted", call=mask_inverted,
        why="elsewhere, as in attention, a one means that something is kept",
        changes=r"m \to 1 - m",
    ),
    Defect(
        name="divided by what is left", call=divided_by_what_is_left,
        why="the mask is inverted in one place of two",
        changes=r"\sum m \to \sum(1 - m)",
    ),
    Defect(
        name="divided by the samples", call=divided_by_samples,
        why="a sum over patches is averaged over the batch: more is removed, more is lost",
        changes=r"\sum m \to n",
    ),
    Defect(
        name="target masked too", call=target_masked_too,
        why="the encoder's input is taken for the target: what is asked for is nothing",
        changes=r"x \to (1 - m)x",
    ),
    Defect(
        name="reconstruction masked alone", call=reconstruction_masked_alone,
        why="one side of the difference is multiplied by the mask: visible patches count as x^2",
        changes=r"\lvert x - m\hat x\rvert^2",
    ),
    Defect(
        name="averaged before masking", call=averaged_before_masking,
        why="the mean over patches is taken one line too early, and the mask then weighs samples",
        changes=r"m_{ij}\,\tfrac1p\textstyle\sum_k\lvert x_{ik} - \hat x_{ik}\rvert^2",
    ),
    Defect(
        name="squares of means", call=squares_of_means,
        why="the mean over features comes before the square: errors of either sign cancel",
        changes=r"\bigl(\tfrac1d\textstyle\sum_k(x_{ijk} - \hat x_{ijk})\bigr)^2",
    ),
    Defect(
        name="not squared", call=not_squared,
        why="the absolute error, as some other masked models have it",
        changes=r"\lvert x - \hat x\rvert",
    ),
    Defect(
        name="root of each patch", call=root_of_each_patch,
        why="a norm is taken for its square", changes=r"\lvert x_{ij} - \hat x_{ij}\rvert",
    ),
)  # fmt: skip
