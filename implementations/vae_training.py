"""Linear variational autoencoders as people train them: two `torch.nn.Linear`, an optimiser.

This module knows of no eigenvalue.  Two ways: L-BFGS in float64 on the ELBO in closed form, and
Adam in float32 on one sample of the codes at a time.  The same call always gives the same numbers:
the generator is its own, and one thread is set and restored.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from .autoencoder_training import one_thread
from .tensors import torch

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["by_adam", "by_lbfgs"]

STILL = 1e-8  # nats per unit of any parameter: a run says that it has converged below this slope
LN_2_PI = math.log(2 * math.pi)


class Parameters:
    """Encoder (k, d), decoder (d, k), both without a bias as the data are centred; logarithms of
    the encoder's variances (k) and of the decoder's."""

    def __init__(self, d: int, k: int, log_sigma2: float, dtype: Any, seed: int) -> None:
        draw = torch.Generator().manual_seed(seed)

        def layer(wide: int, narrow: int) -> Any:
            made = torch.nn.utils.skip_init(torch.nn.Linear, wide, narrow, bias=False, dtype=dtype)
            drawn = torch.randn(made.weight.shape, generator=draw, dtype=torch.float64)
            with torch.no_grad():
                made.weight.copy_(drawn / math.sqrt(max(wide, narrow)))
            return made

        self.encoder, self.decoder = layer(d, k), layer(k, d)
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
    seed: int = 0,
    steps: int = 300,
) -> dict[str, Any]:
    """L-BFGS in float64 on the exact ELBO, and Newton's steps after it, which compare no losses.

    The decoder's variance is learnt, or kept at `sigma2`.
    """
    data, mean, size = _prepared(x, torch.float64)
    start = math.log(0.01) if sigma2 is None else math.log(sigma2 / size**2)
    with one_thread():
        p = Parameters(x.shape[1], k, start, torch.float64, seed)
        learnt = p.all(with_noise=sigma2 is None)
        value_and_slope, flat = _flattened(learnt, lambda: negative_elbo(p, data, beta))
        value_and_slope(_lbfgs(value_and_slope, flat, steps))
        slope = _newton_steps(learnt, lambda: negative_elbo(p, data, beta))
        return _report(p, data, mean, size, beta) | {"converged": slope < STILL}


def by_adam(x: Tensor, k: int, *, seed: int = 0, steps: int = 40) -> dict[str, Any]:
    """Adam in float32, one sample of the codes per row and step; it never says that it has
    converged, for it does not know."""
    data, mean, size = _prepared(x, torch.float32)
    draw = torch.Generator().manual_seed(seed)
    with one_thread():
        p = Parameters(x.shape[1], k, math.log(0.1), torch.float32, seed)
        samples = [torch.randn(len(x), k, generator=draw) for _ in range(steps)]
        _adam(p.all(with_noise=True), lambda e: negative_elbo(p, data, 1.0, e), samples, rate=0.05)
        return _report(p, data, mean, size, 1.0) | {"converged": False}


# -- what they share ------------------------------------------------------------------------------


def _prepared(x: Tensor, dtype: Any) -> tuple[Tensor, Tensor, float]:
    """The rows about their mean, scaled to a mean squared length of one; the mean; the scale."""
    mean = x.double().mean(dim=0)
    centred = x.double() - mean
    size = float((centred**2).sum(dim=1).mean().sqrt()) or 1.0
    return (centred / size).to(dtype), mean, size


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


def _flattened(
    parameters: Sequence[Tensor], loss: Callable[[], Tensor]
) -> tuple[Callable[[np.ndarray], tuple[float, np.ndarray]], np.ndarray]:
    """The loss and its gradient as functions of one float64 vector, and where it stands."""
    cuts = np.cumsum([p.numel() for p in parameters])[:-1]

    def value_and_slope(flat: np.ndarray) -> tuple[float, np.ndarray]:
        with torch.no_grad():
            for p, part in zip(parameters, np.split(flat, cuts), strict=True):
                p.copy_(torch.from_numpy(part).view(p.shape))
        found = loss()
        gradients = torch.autograd.grad(found, parameters)
        return float(found.detach()), np.concatenate([g.flatten().numpy() for g in gradients])

    return value_and_slope, np.concatenate([p.detach().flatten().numpy() for p in parameters])


def _lbfgs(
    value_and_slope: Callable[[np.ndarray], tuple[float, np.ndarray]], flat: np.ndarray, steps: int
) -> np.ndarray:
    from scipy.optimize import minimize

    options = {"maxiter": steps, "maxfun": 2 * steps, "ftol": 0.0, "gtol": 1e-9, "maxcor": 20}
    found = minimize(value_and_slope, flat, jac=True, method="L-BFGS-B", options=options)
    return np.asarray(found.x)


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


def _adam(
    parameters: Sequence[Tensor],
    loss: Callable[[Tensor], Tensor],
    samples: Sequence[Tensor],
    *,
    rate: float,
) -> None:
    """Kingma and Ba's update with the usual constants; the step size follows a half cosine."""
    first = [torch.zeros_like(p) for p in parameters]
    second = [torch.zeros_like(p) for p in parameters]
    for t, sample in enumerate(samples, 1):
        gradients = torch.autograd.grad(loss(sample), list(parameters))
        length = rate * (1 + math.cos(math.pi * t / len(samples))) / 2
        length *= math.sqrt(1 - 0.999**t) / (1 - 0.9**t)
        with torch.no_grad():
            for p, g, m, v in zip(parameters, gradients, first, second, strict=True):
                m.lerp_(g, 0.1)
                v.lerp_(g * g, 0.001)
                p.sub_(length * m / (v.sqrt() + 1e-8))
