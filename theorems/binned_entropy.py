r"""What a histogram says of one unit: the entropy of the bins of $T = f(wX)$, X standard normal.

An edge b of the bins is reached where $X = f^{-1}(b)/w$, so that every bin's chance is a
difference of two values of $\Phi$, and the entropy is a finite sum.  The bins have one width, here
$h = 2/30$, and an edge at zero.
"""

from __future__ import annotations

import numpy as np

__all__ = ["WIDTH", "entropy", "noisy_linear", "noisy_tanh", "of_linear", "of_relu", "of_tanh"]

WIDTH = 2 / 30
FAR = 9.0  # deviations beyond which a normal has no mass in float64


def entropy(chances: np.ndarray) -> float:
    """In nats."""
    kept = chances[chances > 0]
    return float(-(kept * np.log(kept)).sum())


def of_tanh(weight: float, bins: int = 30) -> float:
    """Nats; `bins` of one width between -1 and 1."""
    edges = np.linspace(-1, 1, bins + 1)[1:-1]
    return entropy(_between(np.arctanh(edges) / weight))


def of_linear(weight: float, width: float = WIDTH) -> float:
    """Nats; as many bins as there is mass for."""
    last = int(np.ceil(FAR * weight / width))
    return entropy(_between(np.arange(-last, last + 1) * width / weight))


def of_relu(weight: float, width: float = WIDTH) -> float:
    """Nats; the first bin holds all that is cut off at zero."""
    last = int(np.ceil(FAR * weight / width))
    return entropy(_between(np.arange(1, last + 1) * width / weight))


def _between(edges: np.ndarray) -> np.ndarray:
    """The chances of a standard normal below, between and above the edges."""
    from scipy.special import ndtr

    return np.diff(ndtr(np.concatenate([[-np.inf], edges, [np.inf]])))


# -- with noise, information is finite ------------------------------------------------------------


def noisy_linear(weight: float, noise: float = WIDTH) -> float:
    r"""$I(X; wX + \sigma N)$ in nats, with `noise` the deviation."""
    return float(0.5 * np.log1p((weight / noise) ** 2))


def noisy_tanh(weight: float, noise: float = WIDTH) -> float:
    r"""$I(X; \tanh(wX) + \sigma N)$ in nats: the entropy of the sum less that of the noise.  The
    input is taken to the middle of its cell, of cells that are fine for X and for T; the density by
    the trapezoidal rule."""
    from scipy.special import ndtr

    cuts = np.arctanh(np.linspace(-1, 1, int(np.ceil(256 / noise)) + 1)[1:-1]) / weight
    edges = np.sort(np.concatenate([np.linspace(-FAR, FAR, 1601), cuts[np.abs(cuts) < FAR]]))
    chances, places = np.diff(ndtr(edges)), np.tanh(weight * (edges[1:] + edges[:-1]) / 2)
    step = noise / 4
    t = np.arange(-1 - FAR * noise, 1 + FAR * noise, step)
    density = np.exp(-(((t[:, None] - places) / noise) ** 2) / 2) @ chances
    density /= noise * np.sqrt(2 * np.pi)
    return entropy(density) * step - 0.5 * float(np.log(2 * np.pi * np.e * noise**2))
