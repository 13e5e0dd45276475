"""Nested dropout on linear autoencoders: two ways to train it, and its closed form.

Rippel, Gelbart and Adams keep the first b units only, and draw b anew for each example.  The mean
over b = 1, ..., k can as well be computed, since the map through b units is a running sum.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .autoencoder_training import STILL, linear_autoencoder
from .singular_vectors import by_singular_values
from .tensors import torch
from .training import adam, centred, flattened, lbfgs, one_thread, steepness

if TYPE_CHECKING:
    from torch import Tensor
    from torch.nn import Sequential

__all__ = ["nested_by_adam", "nested_by_lbfgs", "ordered", "reported", "truncated_errors"]


def truncated_errors(rows: Tensor, encoder: Tensor, decoder: Tensor) -> Tensor:
    """With the first b units alone, for b = 1..k (k): squared errors, summed over features,
    averaged over rows."""
    of_each = torch.einsum("nk,dk->nkd", rows @ encoder.T, decoder)
    return ((rows[:, None] - of_each.cumsum(dim=1)) ** 2).sum(dim=2).mean(dim=0)


def reported(
    x: Tensor, encoder: Tensor, decoder: Tensor, *, about_mean: bool = True, **changed: Any
) -> dict[str, Any]:
    """An honest report on a map of the data, about their mean or zero, but for what is `changed`:
    the loss is that of all units."""
    losses = truncated_errors(x - x.mean(dim=0) if about_mean else x, encoder, decoder)
    found = {
        "encoder": encoder, "decoder": decoder, "loss": losses[-1], "nested_loss": losses.mean(),
        "converged": True,
    }  # fmt: skip
    return found | changed


def ordered(x: Tensor, k: int, *, about_mean: bool = True) -> dict[str, Any]:
    """The principal axes in their order, units of lengths 1, 2, ...: the minimum in closed form."""
    axes = by_singular_values(x, k, about_mean=about_mean)
    lengths = torch.arange(1, k + 1, dtype=x.dtype)
    return reported(x, axes / lengths[:, None], axes.T * lengths, about_mean=about_mean)


# -- two ways to train ----------------------------------------------------------------------------


def nested_by_lbfgs(x: Tensor, k: int, *, seed: int = 0, steps: int = 500) -> dict[str, Any]:
    """L-BFGS in float64 on the exact mean over all widths."""
    rows, _, size = centred(x, torch.float64)
    with one_thread():
        model = linear_autoencoder(x.shape[1], k, bias=False, dtype=torch.float64, seed=seed)
        value_and_slope, flat = flattened(list(model.parameters()), lambda: _mean(model, rows))
        value_and_slope(lbfgs(value_and_slope, flat, steps, still=1e-13))
        return _told(model, rows, size)


def nested_by_adam(x: Tensor, k: int, *, seed: int = 0, steps: int = 100) -> dict[str, Any]:
    """Adam in float32, as people do it: each row of each step is cut off after a number of units
    drawn for it."""
    rows, _, size = centred(x, torch.float32)
    draw = torch.Generator().manual_seed(seed)
    units = torch.arange(1, k + 1)
    with one_thread():
        model = linear_autoencoder(x.shape[1], k, bias=False, dtype=torch.float32, seed=seed)

        def loss(kept: Tensor) -> Tensor:
            code = model[0](rows) * (units <= kept[:, None])
            return ((rows - model[1](code)) ** 2).sum(dim=1).mean()

        widths = torch.randint(1, k + 1, (steps, len(rows)), generator=draw)
        adam(list(model.parameters()), loss, list(widths), rate=0.1)
        return _told(model, rows, size)


def _mean(model: Sequential, rows: Tensor) -> Tensor:
    return truncated_errors(rows, model[0].weight, model[1].weight).mean()


def _told(model: Sequential, rows: Tensor, size: float) -> dict[str, Any]:
    """The weights, both losses and the slope of the nested one on the scale of the data."""
    encoder, decoder = model[0].weight, model[1].weight
    losses = truncated_errors(rows, encoder, decoder)
    slope = steepness(losses.mean(), [encoder, decoder])
    return {
        "encoder": encoder.detach(), "decoder": decoder.detach(),
        "loss": float(losses[-1].detach()) * size**2,
        "nested_loss": float(losses.mean().detach()) * size**2,
        "converged": slope < STILL, "slope": slope * size**2,
    }  # fmt: skip
