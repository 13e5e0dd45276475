"""Errors that people make in linear autoencoders, each as the code that makes it.

The weights come in closed form, so that each error is the only one; the threads named made the
same error, some of them in a principal component analysis.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .contract import Defect
from .singular_vectors import by_singular_values, covariance, variances_along
from .tensors import torch

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["DEFECTS", "fitted", "shrunk", "squared_errors"]


def squared_errors(rows: Tensor, encoder: Tensor, decoder: Tensor) -> Tensor:
    """Per row, summed over features."""
    return ((rows - rows @ encoder.T @ decoder.T) ** 2).sum(dim=1)


def fitted(x: Tensor, encoder: Tensor, decoder: Tensor, **changed: Any) -> dict[str, Any]:
    """An honest report on a map of the centred data, but for what is `changed`."""
    loss = squared_errors(x - x.mean(dim=0), encoder, decoder).mean()
    return {"encoder": encoder, "decoder": decoder, "loss": loss, "converged": True} | changed


def shrunk(axes: Tensor, variances: Tensor, alpha: Tensor) -> tuple[Tensor, Tensor]:
    """Encoder and decoder that minimise the loss plus alpha times both squared norms."""
    tiny = torch.finfo(axes.dtype).tiny
    kept = (1 - alpha / variances.clamp(min=tiny)).clamp(min=0).sqrt()[:, None]
    return kept * axes, (kept * axes).T


def smallest_kept(x: Tensor, k: int) -> dict[str, Any]:
    axes = torch.linalg.eigh(covariance(x)).eigenvectors.T[:k]
    return fitted(x, axes, axes.T)


def one_unit_short(x: Tensor, k: int) -> dict[str, Any]:
    axes = by_singular_values(x, k).clone()
    axes[-1] = 0
    return fitted(x, axes, axes.T)


def started_at_zero(x: Tensor, k: int) -> dict[str, Any]:
    return fitted(x, x.new_zeros(k, x.shape[1]), x.new_zeros(x.shape[1], k))


def stopped_at_a_saddle(x: Tensor, k: int) -> dict[str, Any]:
    axes = torch.linalg.eigh(covariance(x)).eigenvectors.T.flip(0)[1 : k + 1]
    return fitted(x, axes, axes.T)


def weight_decay_left_on(x: Tensor, k: int) -> dict[str, Any]:
    """With alpha a tenth of the k-th eigenvalue."""
    axes = by_singular_values(x, k)
    variances = variances_along(x, axes)
    return fitted(x, *shrunk(axes, variances, variances.min() / 10))


def tied_and_not_normalised(x: Tensor, k: int) -> dict[str, Any]:
    axes = by_singular_values(x, k)
    return fitted(x, 2 * axes, axes.T) | {"decoder": 2 * axes.T}


def mean_not_added_back(x: Tensor, k: int) -> dict[str, Any]:
    axes = by_singular_values(x, k)
    return fitted(x, axes, axes.T, bias=x.new_zeros(x.shape[1]))


def bias_of_the_encoder_forgotten(x: Tensor, k: int) -> dict[str, Any]:
    axes = by_singular_values(x, k)
    return fitted(x, axes, axes.T, bias=x.mean(dim=0))


def loss_of_the_last_batch(x: Tensor, k: int) -> dict[str, Any]:
    axes = by_singular_values(x, k)
    errors = squared_errors(x - x.mean(dim=0), axes, axes.T)
    return fitted(x, axes, axes.T, loss=errors[-1:].mean())


def loss_of_the_epoch_before(x: Tensor, k: int) -> dict[str, Any]:
    axes = by_singular_values(x, k)
    before = squared_errors(x - x.mean(dim=0), 0.5 * axes, axes.T).mean()
    return fitted(x, axes, axes.T, loss=before)


def loss_over_n_minus_one(x: Tensor, k: int) -> dict[str, Any]:
    axes = by_singular_values(x, k)
    errors = squared_errors(x - x.mean(dim=0), axes, axes.T)
    return fitted(x, axes, axes.T, loss=errors.sum() / (len(x) - 1))


def root_of_the_mean_square(x: Tensor, k: int) -> dict[str, Any]:
    fit = fitted(x, *(lambda axes: (axes, axes.T))(by_singular_values(x, k)))
    return fit | {"loss": fit["loss"].sqrt()}


def features_standardised(x: Tensor, k: int) -> dict[str, Any]:
    spread = x.std(dim=0, unbiased=False)
    scaled = x / torch.where(spread > 0, spread, torch.ones_like(spread))
    axes = by_singular_values(scaled, k)
    return fitted(scaled, axes, axes.T)


def one_power_iteration(x: Tensor, k: int) -> dict[str, Any]:
    start = torch.eye(x.shape[1], dtype=x.dtype)[:, :k] + 0.25
    axes = torch.linalg.qr(covariance(x) @ start).Q.T
    return fitted(x, axes, axes.T)


DEFECTS = (
    Defect(
        name="smallest kept", call=smallest_kept,
        why="`eigh` sorts ascending, so its first k columns are the least important axes",
        changes="the axes of least variance in place of those of most: the highest summit",
        seen_in=("lejon/TSne.jl#21", "Astroua/TurbuStat#35"),
    ),
    Defect(
        name="one unit short", call=one_unit_short,
        why="the loop runs over 1 until k, so that the last unit stays idle",
        changes="k-1 axes in place of k",
        seen_in=("hail-is/hail#947",),
    ),
    Defect(
        name="started at zero", call=started_at_zero,
        why="both weights are initialised with zeros, which is a critical point",
        changes="nothing is learnt; the gradient is exactly zero",
    ),
    Defect(
        name="stopped at a saddle", call=stopped_at_a_saddle,
        why="a small gradient is taken for a minimum",
        changes="the second to the (k+1)-st axis in place of the first k",
    ),
    Defect(
        name="weight decay left on", call=weight_decay_left_on, convention={"penalty": "none"},
        why="the optimiser's weight decay is a penalty that nobody wrote into the loss",
        changes="every axis is shrunk, by alpha over its eigenvalue",
    ),
    Defect(
        name="tied and not normalised", call=tied_and_not_normalised,
        why="the decoder is the encoder's transpose, whose rows are not unit vectors",
        changes="the reported map is not the one whose loss is reported",
    ),
    Defect(
        name="mean not added back", call=mean_not_added_back,
        why="the data are centred for training and the decoder has no bias",
        changes="reconstructions are off by the part of the mean outside the subspace",
    ),
    Defect(
        name="bias of the encoder forgotten", call=bias_of_the_encoder_forgotten,
        why="the mean is added after decoding and not subtracted before encoding",
        changes="reconstructions are off by the part of the mean inside the subspace",
    ),
    Defect(
        name="loss of the last batch", call=loss_of_the_last_batch,
        why="the variable `loss` after the loop is the last minibatch's",
        changes="the loss of some rows in place of all",
    ),
    Defect(
        name="loss of the epoch before", call=loss_of_the_epoch_before,
        why="losses are collected before each step, so the report is older than the weights",
        changes="the loss of a map that is not the one returned",
    ),
    Defect(
        name="loss over n - 1", call=loss_over_n_minus_one,
        why="a covariance with n - 1 is used for the loss",
        changes="the loss is n/(n-1) times too large",
    ),
    Defect(
        name="root of the mean square", call=root_of_the_mean_square,
        why="the root mean square is reported as the loss",
        changes="the square root of the loss",
    ),
    Defect(
        name="features standardised", call=features_standardised,
        why="the features are divided by their standard deviations, and the report is of those",
        changes="another covariance: the correlation matrix",
    ),
    Defect(
        name="one power iteration", call=one_power_iteration,
        why="the iteration is stopped after a fixed number of steps and said to have converged",
        changes="a subspace on the way to the top one",
    ),
)  # fmt: skip
