"""Linear autoencoders as people train them: two `torch.nn.Linear` and an optimiser.

This module knows of no eigenvalue: it minimises a reconstruction error, and says how steep the loss
still is where it stops.  Three ways: L-BFGS in float64, Adam in float32 on the whole data, and
Adam in float32 on minibatches.  The same call always gives the same numbers: the generator is its
own, and one thread is set and restored.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from .tensors import torch
from .training import (
    ValueAndSlope,
    adam,
    centred,
    flattened,
    layer,
    lbfgs,
    one_thread,
    steepness,
)

if TYPE_CHECKING:
    from torch import Tensor
    from torch.nn import Sequential

__all__ = ["by_adam", "by_lbfgs", "by_minibatches", "linear_autoencoder"]

STILL = 4e-6  # a run says that it has converged where the slope is this small, on data of size one


def linear_autoencoder(d: int, k: int, *, bias: bool, dtype: Any, seed: int) -> Sequential:
    """An encoder (k, d) and a decoder (d, k) from a generator of their own, units of length one.

    With torch's own start, decoder columns of length sqrt(d/k), L-BFGS needs ten times as long.
    """
    draw = torch.Generator().manual_seed(seed)
    encoder = layer(d, k, False, dtype, draw)
    return torch.nn.Sequential(encoder, layer(k, d, bias, dtype, draw))


def reconstruction_error(model: Sequential, x: Tensor) -> Tensor:
    """Squared error, summed over features, averaged over rows."""
    return ((model(x) - x) ** 2).sum(dim=1).mean()


# -- three ways to train --------------------------------------------------------------------------


def by_lbfgs(x: Tensor, k: int, *, seed: int = 0, steps: int = 300) -> dict[str, Any]:
    """Full-batch L-BFGS in float64; the data are centred first, and there is no bias.

    L-BFGS compares losses, which say nothing of the parameters below the square root of the
    rounding unit; so gradient steps follow, which compare no losses.
    """
    data, mean, size = centred(x, torch.float64)
    with one_thread():
        model = linear_autoencoder(x.shape[1], k, bias=False, dtype=torch.float64, seed=seed)
        weights = list(model.parameters())
        value_and_slope, flat = flattened(weights, lambda: reconstruction_error(model, data))
        flat = lbfgs(value_and_slope, flat, steps, still=1e-13)
        flat = _gradient_steps(value_and_slope, flat, steps // 4)
        value_and_slope(flat)
        return _report(model, data, mean, size, bias=False)


def by_adam(x: Tensor, k: int, *, seed: int = 0, steps: int = 300) -> dict[str, Any]:
    """Adam in float32 on the whole data, with a decoder bias, the step size let down to zero."""
    data, mean, size = centred(x, torch.float32)
    with one_thread():
        model = linear_autoencoder(x.shape[1], k, bias=True, dtype=torch.float32, seed=seed)
        _adam(model, [data] * steps)
        return _report(model, data, mean, size, bias=True)


def by_minibatches(x: Tensor, k: int, *, seed: int = 0, epochs: int = 100) -> dict[str, Any]:
    """Adam in float32, a third of the rows at a time, in a new order each epoch."""
    data, mean, size = centred(x, torch.float32)
    draw = torch.Generator().manual_seed(seed)
    with one_thread():
        model = linear_autoencoder(x.shape[1], k, bias=True, dtype=torch.float32, seed=seed)
        batches = [
            data[rows]
            for _ in range(epochs)
            for rows in torch.randperm(len(data), generator=draw).tensor_split(3)
            if len(rows)
        ]
        _adam(model, batches)
        return _report(model, data, mean, size, bias=True)


# -- what they share ------------------------------------------------------------------------------


def _report(
    model: Sequential, data: Tensor, mean: Tensor, size: float, *, bias: bool
) -> dict[str, Any]:
    """The weights, the loss and its slope on the scale of the data, and whether it is still."""
    error = reconstruction_error(model, data)
    slope = steepness(error, list(model.parameters()))
    encoder, decoder = model[0].weight.detach(), model[1].weight.detach()
    found = {
        "encoder": encoder, "decoder": decoder, "loss": float(error.detach()) * size**2,
        "converged": slope < STILL, "slope": slope * size**2,
    }  # fmt: skip
    if not bias:
        return found
    offset = model[1].bias.detach().double() * size + mean
    offset = offset - decoder.double() @ (encoder.double() @ mean)
    return found | {"bias": offset.to(decoder.dtype)}


def _gradient_steps(value_and_slope: ValueAndSlope, flat: np.ndarray, steps: int) -> np.ndarray:
    """Barzilai and Borwein: a step's length comes from two gradients; the flattest point wins."""
    gradient = value_and_slope(flat)[1]
    best, least, length = flat, np.linalg.norm(gradient), 0.1
    for _ in range(steps):
        ahead = flat - length * gradient
        turned = value_and_slope(ahead)[1] - gradient
        bend = float((ahead - flat) @ turned)
        if bend <= 0 or least == 0:
            break
        length = float((ahead - flat) @ (ahead - flat)) / bend
        flat, gradient = ahead, gradient + turned
        if np.linalg.norm(gradient) < least:
            best, least = flat, np.linalg.norm(gradient)
    return best


def _adam(model: Sequential, batches: Sequence[Tensor]) -> None:
    weights = list(model.parameters())
    adam(weights, lambda batch: reconstruction_error(model, batch), batches, rate=0.1)
