"""Errors that people make in nested dropout, each as the code that makes it.

The weights are the minimisers of the wrong loss, in closed form.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .contract import Defect
from .nested_dropout import reported, truncated_errors
from .singular_vectors import by_singular_values, variances_along
from .tensors import torch

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["NESTED_DEFECTS"]

NESTED = {"penalty": "nested"}


def weights_of(x: Tensor, encoder: Tensor, decoder: Tensor) -> dict[str, Any]:
    """An honest report without the mean over widths, which not all code reports."""
    return reported(x, encoder, decoder, nested_loss=None)


def last_units_kept(x: Tensor, k: int) -> dict[str, Any]:
    axes = by_singular_values(x, k).flip(0)
    return weights_of(x, axes, axes.T)


def one_unit_kept(x: Tensor, k: int) -> dict[str, Any]:
    axes = by_singular_values(x, 1).expand(k, -1)
    return weights_of(x, axes, axes.T)


def order_not_learnt(x: Tensor, k: int) -> dict[str, Any]:
    """The axes in a basis of the code that neighbours were turned in."""
    axes = by_singular_values(x, k).clone()
    for i in range(k - 1):
        axes[i], axes[i + 1] = 0.8 * axes[i] - 0.6 * axes[i + 1], 0.6 * axes[i] + 0.8 * axes[i + 1]
    return weights_of(x, axes, axes.T)


def never_all_units(x: Tensor, k: int) -> dict[str, Any]:
    """The last unit is as it was drawn."""
    axes = by_singular_values(x, k).clone()
    encoder, decoder = axes.clone(), axes.T.clone()
    drawn = torch.linspace(-1, 1, x.shape[1], dtype=x.dtype)
    encoder[-1], decoder[:, -1] = drawn / 2, drawn.flip(0) / 4 + 0.1
    return weights_of(x, encoder, decoder)


def shrunk_when_evaluated(x: Tensor, k: int) -> dict[str, Any]:
    """Unit j is kept with chance (k - j + 1)/k, which it was divided by in training alone."""
    axes = by_singular_values(x, k)
    return weights_of(x, axes, axes.T * torch.arange(k, 0, -1, dtype=x.dtype) / k)


def units_dropped_one_by_one(x: Tensor, k: int) -> dict[str, Any]:
    """What dropout with chance 1/2, divided by 1/2, is least at: it adds the sum over units of
    |a|^2 b S b', so that standard deviations are shrunk by one length and shared out evenly."""
    axes = by_singular_values(x, k)
    spread = variances_along(x, axes).sqrt()
    for kept in range(k, 0, -1):
        length = spread[:kept].sum() / (k + kept)
        if spread[kept - 1] > length:
            break
    left = (spread - length).clamp(min=0)
    basis = _evened(left)
    tiny = torch.finfo(x.dtype).tiny
    decoder = axes.T @ (left.sqrt()[:, None] * basis)
    encoder = basis.T @ ((left.sqrt() / spread.clamp(min=tiny))[:, None] * axes)
    return weights_of(x, encoder, decoder)


def _evened(weights: Tensor) -> Tensor:
    """An orthogonal Q for which Q' diag(weights) Q has one number along its diagonal."""
    Q = torch.eye(len(weights), dtype=weights.dtype)
    mean = weights.mean()
    for _ in range(len(weights) - 1):
        M = Q.T @ torch.diag(weights) @ Q
        i, j = int(M.diag().argmin()), int(M.diag().argmax())
        a, b, c = M[i, i] - mean, M[i, j], M[j, j] - mean  # a t^2 + 2 b t + c = 0
        if a == 0:
            break
        t = (-b - (b * b - a * c).clamp(min=0).sqrt()) / a
        cosine = 1 / (1 + t * t).sqrt()
        turn = torch.eye(len(weights), dtype=weights.dtype)
        turn[i, i] = turn[j, j] = cosine * t
        turn[j, i], turn[i, j] = cosine, -cosine
        Q = Q @ turn
    return Q


def no_unit_counted(x: Tensor, k: int) -> dict[str, Any]:
    axes = by_singular_values(x, k)
    rows = x - x.mean(dim=0)
    total = truncated_errors(rows, axes, axes.T).sum() + (rows**2).sum(dim=1).mean()
    return reported(x, axes, axes.T, nested_loss=total / (k + 1))


def loss_of_the_last_width_drawn(x: Tensor, k: int) -> dict[str, Any]:
    axes = by_singular_values(x, k)
    losses = truncated_errors(x - x.mean(dim=0), axes, axes.T)
    return reported(x, axes, axes.T, nested_loss=losses[0])


def nested_loss_as_the_loss(x: Tensor, k: int) -> dict[str, Any]:
    axes = by_singular_values(x, k)
    found = reported(x, axes, axes.T)
    return found | {"loss": found["nested_loss"]}


NESTED_DEFECTS = (
    Defect(
        name="last units kept", call=last_units_kept, convention=NESTED,
        why="the mask is `units >= k - b`, or the slice `code[:, -b:]`",
        changes="the axes in reverse order: the last unit is the most important",
    ),
    Defect(
        name="one unit kept", call=one_unit_kept, convention=NESTED,
        why="the mask is `units == b`, a one-hot vector, in place of `units <= b`",
        changes="each unit learns the first axis by itself",
    ),
    Defect(
        name="order not learnt", call=order_not_learnt, convention=NESTED,
        why="the code is cut off after the loss is computed, or while `model.eval()` is on",
        changes="a plain autoencoder: the principal subspace in some basis",
    ),
    Defect(
        name="never all units", call=never_all_units, convention=NESTED,
        why="`torch.randint(1, k)` leaves k out",
        changes="the last unit is never trained, and stays as it was drawn",
    ),
    Defect(
        name="shrunk when evaluated", call=shrunk_when_evaluated, convention=NESTED,
        why="in training each unit is divided by its chance to be kept, as dropout layers do; or "
        "is multiplied by it afterwards, as dropout was evaluated at first",
        changes="unit b is multiplied by (k - b + 1)/k",
    ),
    Defect(
        name="units dropped one by one", call=units_dropped_one_by_one, convention=NESTED,
        why="`torch.nn.Dropout` on the code: each unit is kept by a draw of its own",
        changes="standard deviations shrunk by one length, shared evenly by all units",
    ),
    Defect(
        name="no unit counted", call=no_unit_counted, convention=NESTED,
        why="b is drawn from 0 to k: the whole variance enters the mean once",
        changes="the nested loss is a mean over k + 1 widths, that of no unit among them",
    ),
    Defect(
        name="loss of the last width drawn", call=loss_of_the_last_width_drawn, convention=NESTED,
        why="the variable `loss` after the loop is that of the last b, here 1",
        changes="the loss at one width in place of the mean over all",
    ),
    Defect(
        name="nested loss as the loss", call=nested_loss_as_the_loss, convention=NESTED,
        why="the training loss is reported as it is, with units cut off",
        changes="the mean over widths in place of the loss with all units",
    ),
)  # fmt: skip
