"""A linear map through a bottleneck, what is known of the data, and what the map costs on them."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from .covariance import Bottleneck, Moments, moments

__all__ = ["Fit", "Spectrum", "misplaced", "oracle", "reconstruction_error", "squared", "unit"]


class Fit(NamedTuple):
    """What the code returned: `decoder` (d, k), `encoder` (k, d), `offset` (d) or None where it is
    not reported and is taken to be the best one, the `loss` per row, whether it `converged`, and
    the norm of the gradient there (`slope`), zero where it is not reported; of nested dropout the
    mean loss over widths (`nested_loss`), None where it is not reported."""

    decoder: np.ndarray
    encoder: np.ndarray
    offset: np.ndarray | None
    loss: float
    converged: bool
    slope: float = 0.0
    nested_loss: float | None = None

    @property
    def product(self) -> np.ndarray:
        return np.asarray(np.asarray(self.decoder, float) @ np.asarray(self.encoder, float))


class Spectrum(NamedTuple):
    """The closed form: the `moments`, the `floor`, the `gap` at the cut, the projector onto the
    top-k eigenvectors (one of many where the gap is zero)."""

    moments: Moments
    floor: float
    gap: float
    projector: np.ndarray


def oracle(problem: Bottleneck, centring: str = "yes", **_: str) -> Spectrum:
    """Eigenvalues and eigenvectors as the problem was made, or of the second moment about zero."""
    found, k = moments(problem, centring), problem.units
    top = found.vectors[:, :k]
    gap = float(found.values[k - 1] - found.values[k])
    return Spectrum(found, float(found.values[k:].sum()), gap, top @ top.T)


def squared(number: Any) -> float:
    """The square; infinite, not an error, where a diverged run's numbers are too large."""
    return float(np.square(number))


def unit(problem: Bottleneck, truth: Spectrum, fit: Fit) -> float:
    """One rounding error of the loss: the mean square of the largest numbers on the way to it."""
    gain = float(np.linalg.norm(fit.decoder) * np.linalg.norm(fit.encoder))
    offset = 0.0 if fit.offset is None else float(np.linalg.norm(fit.offset))
    return squared(math.sqrt(truth.moments.size) * (1 + gain) + offset)


def reconstruction_error(truth: Spectrum, fit: Fit) -> float:
    residual = np.eye(len(fit.decoder)) - fit.product
    return float(np.sum((residual @ truth.moments.moment) * residual)) + misplaced(truth, fit)


def misplaced(truth: Spectrum, fit: Fit) -> float:
    """What the offset costs: the squared distance to the best one."""
    if fit.offset is None:
        return 0.0
    best = truth.moments.mean - fit.product @ truth.moments.mean
    return float(np.sum((best - fit.offset) ** 2))
