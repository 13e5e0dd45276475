"""Linear variational autoencoders as people train them: two `torch.nn.Linear`, an optimiser.

This module knows of no eigenvalue.  Two ways: L-BFGS in float64 on the ELBO in closed form, and
Adam in float32 on one sample of the codes at a time.  The same call always gives the same numbers:
the generator is its own, and one thread is set and restored.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from .tensors import torch
from .training import adam, centred, flattened, layer, lbfgs, one_thread

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["by_adam", "by_lbfgs"]

STILL = 1e-8  # nats per unit of any parameter: a run says that it has converged below this slope
LN_2_PI = math.log(2 * math.pi)


class Parameters:
    """Encoder (k, d), decoder (d, k), both without a bias as the data are centred; logarithms of
    the encoder's variances (k) and of the decoder's."""

    def __init__(self, d: int, k: int, log_sigma2: float, dtype: Any) -> None:
        draw = torch.Generator().manual_seed(0)
        self.encoder = layer(d, k, False, dtype, draw)
        self.decoder = layer(k, d, False, dtype, draw)
        self.logvar = torch.zeros(k, dtype=dtype, requires_grad=True)
        self.log_sigma2 = torch.tensor(log_sigma2, dtype=dtype, requires_grad=True)

    def all(self, *, with_noise: bool) -> list[Tensor]:
        weights = [self.encoder.weight, self.decoder.weight, self.logvar]
        return [*weights, self.log_sigma2] if with_noise else weights


def negative_elbo(p: Parameters, x: Tensor, beta: float, noise: Tensor | None = None) -> Tensor:
    """Per row, in nats; in expectation over the codes, or at one sample of them, `noise`."""
    mu, var = p.encoder(x), p.logvar.exp()
    if noise is None:
        squares = ((x - p.decoder(mu)) ** 2).sum(dim=1) + (var * p.decoder.weight**2).sum()
    else:
        squares = ((x - p.decoder(mu + noise * var.sqrt())) ** 2).sum(dim=1)
    d = x.shape[1]
    expected = 0.5 * (d * (LN_2_PI + p.log_sigma2) + squares / p.log_sigma2.exp())
    kl = 0.5 * (mu**2 + var - 1 - p.logvar).sum(dim=1)
    return (expected + beta * kl).mean()


# -- two ways to train ----------------------------------------------------------------------------


def by_lbfgs(
    x: Tensor,
    k: int,
    *,
    beta: float = 1.0,
    sigma2: float | None = None,
    steps: int = 300,
) -> dict[str, Any]:
    """L-BFGS in float64 on the exact ELBO, and Newton's steps after it, which compare no losses.

    The decoder's variance is learnt, or kept at `sigma2`.
    """
    data, mean, size = centred(x, torch.float64)
    start = math.log(0.01) if sigma2 is None else math.log(sigma2 / size**2)
    with one_thread():
        p = Parameters(x.shape[1], k, start, torch.float64)
        learnt = p.all(with_noise=sigma2 is None)
        value_and_slope, flat = flattened(learnt, lambda: negative_elbo(p, data, beta))
        value_and_slope(lbfgs(value_and_slope, flat, steps, still=1e-9))
        slope = _newton_steps(learnt, lambda: negative_elbo(p, data, beta))
        return _report(p, data, mean, size, beta) | {"converged": slope < STILL}


def by_adam(x: Tensor, k: int, *, steps: int = 40) -> dict[str, Any]:
    """Adam in float32, one sample of the codes per row and step; it never says that it has
    converged, for it does not know."""
    data, mean, size = centred(x, torch.float32)
    draw = torch.Generator().manual_seed(0)
    with one_thread():
        p = Parameters(x.shape[1], k, math.log(0.1), torch.float32)
        samples = [torch.randn(len(x), k, generator=draw) for _ in range(steps)]
        adam(p.all(with_noise=True), lambda e: negative_elbo(p, data, 1.0, e), samples, rate=0.05)
        return _report(p, data, mean, size, 1.0) | {"converged": False}


# -- what they share ------------------------------------------------------------------------------


def _report(p: Parameters, data: Tensor, mean: Tensor, size: float, beta: float) -> dict[str, Any]:
    """The parameters on the scale of the data, and their ELBO there."""
    with torch.no_grad():
        elbo = -float(negative_elbo(p, data, beta)) - data.shape[1] * math.log(size)
        encoder, dtype = p.encoder.weight / size, data.dtype
        offset = -(encoder.double() @ mean)
        return {
            "encoder": encoder, "decoder": p.decoder.weight * size, "variance": p.logvar.exp(),
            "encoder_bias": offset.to(dtype), "decoder_bias": mean.to(dtype),
            "sigma2": float(p.log_sigma2.exp()) * size**2, "beta": beta, "elbo": elbo,
        }  # fmt: skip


def _newton_steps(parameters: Sequence[Tensor], loss: Callable[[], Tensor]) -> float:
    """Newton's steps, uphill where the curvature is negative, as long as they halve the slope;
    the slope that is left."""
    slope, last = math.inf, [p.detach().clone() for p in parameters]
    while True:
        gradient = _flat(torch.autograd.grad(loss(), parameters, create_graph=True))
        reached = float(gradient.detach().norm())
        if not reached < slope / 2:
            break
        slope, last = reached, [p.detach().clone() for p in parameters]
        rows = [_flat(torch.autograd.grad(g, parameters, retain_graph=True)) for g in gradient]
        curvature, axes = torch.linalg.eigh(torch.stack(rows))
        bend = curvature.abs().clamp(min=1e-6)  # along a tie it is flat
        step = axes @ ((axes.T @ gradient.detach()) / bend)
        with torch.no_grad():
            for p, part in zip(
                parameters, step.split([p.numel() for p in parameters]), strict=True
            ):
                p.sub_(part.view(p.shape))
    with torch.no_grad():
        for p, kept in zip(parameters, last, strict=True):
            p.copy_(kept)
    return slope


def _flat(tensors: Sequence[Tensor]) -> Tensor:
    return torch.cat([t.reshape(-1) for t in tensors])
