r"""The population loss of InfoNCE beyond tables: Gaussian pairs, features on a sphere, and NT-Xent.

The integral is that of `infonce_loss`, one for each query.  Gaussian queries and keys are laid out
on grids; for directions on the sphere in three dimensions one query stands for all, and a key is
its cosine.  NT-Xent's negatives come in pairs, so that $\Lambda_-^{K-1}$ becomes
$\Lambda_2^{N-1}$ with $\Lambda_2(t) = \mathbb{E}\exp(-t(e^{s(x,x')} + e^{s(x,y')}))$ over a pair.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from .infonce_loss import HIGHEST, LOWEST, STEP, logarithm

__all__ = [
    "gaussian_critic", "gaussian_loss", "pair_loss", "sphere_information", "sphere_loss",
]  # fmt: skip

BLOCK = 128  # values of u at a time
NEGLIGIBLE = 1e-18  # of the integrand, from where on it only falls
SPAN, QUERIES, KEYS = 8.5, 61, 801  # deviations, and points on the two grids
COSINES = 256


def _mean_log_sum(
    positive: np.ndarray, negative: np.ndarray, scores: np.ndarray, keys: int
) -> float:
    """E log of the sum of exponentials, of one query whose key has the law `positive` [n], and all
    others' `negative` [n], over `scores` [n]."""
    top = scores.max()
    weights, total = np.exp(scores - top), 0.0
    u = STEP * np.arange(BLOCK) - LOWEST - np.log(keys)
    while True:
        decay = np.expm1(-np.exp(u)[:, None] * weights)
        logs = logarithm(decay @ positive) + (keys - 1) * logarithm(decay @ negative)
        difference = np.expm1(-np.exp(u)) - np.expm1(logs)
        total += difference.sum()
        if u[-1] > HIGHEST and abs(difference[-1]) < NEGLIGIBLE:
            return float(top + STEP * total)
        u = u + STEP * BLOCK


# -- Gaussian pairs -------------------------------------------------------------------------------


def gaussian_critic(rho: float) -> Callable[[np.ndarray, np.ndarray], np.ndarray]:
    """log r of standard normal x and y of correlation rho."""
    rest = 1 - rho**2

    def critic(x: np.ndarray, y: np.ndarray) -> np.ndarray:
        form = rho * x * y - rho**2 * (x**2 + y**2) / 2
        return np.asarray(form / rest - np.log(rest) / 2)

    return critic


def gaussian_loss(
    rho: float,
    keys: int,
    critic: Callable[[np.ndarray, np.ndarray], np.ndarray] | None = None,
    grid: tuple[int, int] = (QUERIES, KEYS),
) -> float:
    """The InfoNCE loss in nats of standard normal pairs of correlation `rho`, by the best critic or
    by `critic(x, y)`, which takes arrays; on a `grid` of so many queries and keys."""
    score = critic or gaussian_critic(rho)
    x, y = (np.linspace(-SPAN, SPAN, points) for points in grid)
    negative, total = _shares(-(y**2) / 2), 0.0
    for query, share in zip(x, _shares(-(x**2) / 2), strict=True):
        positive = _shares(-((y - rho * query) ** 2) / (2 * (1 - rho**2)))
        scores = score(query, y)
        total += share * (_mean_log_sum(positive, negative, scores, keys) - positive @ scores)
    return float(total)


def _shares(logs: np.ndarray) -> np.ndarray:
    weights = np.exp(logs - logs.max())
    return np.asarray(weights / weights.sum())


# -- directions -----------------------------------------------------------------------------------


def sphere_loss(concentration: float, temperature: float, keys: int) -> float:
    """The InfoNCE loss in nats of uniform directions in three dimensions, whose positives are von
    Mises and Fisher's around them with `concentration`, by cosines over `temperature`."""
    cosines, weights = np.polynomial.legendre.leggauss(COSINES)
    positive = _shares(np.log(weights) + concentration * cosines)
    scores = cosines / temperature
    return _mean_log_sum(positive, weights / weights.sum(), scores, keys) - float(positive @ scores)


def sphere_information(concentration: float) -> float:
    """What a direction tells of its positive: E log r, in nats."""
    k = concentration
    normaliser = np.log(k) - k - np.log(-np.expm1(-2 * k) / 2)  # log(k / sinh k)
    return float(k / np.tanh(k) - 1 + normaliser)


# -- NT-Xent --------------------------------------------------------------------------------------


def pair_loss(joint: np.ndarray, critic: np.ndarray, pairs: int) -> float:
    """NT-Xent's population loss in nats for a batch of so many pairs, drawn from `joint` [m, m],
    with the scores `critic` [m, m] of any view (row) with any other; both views are anchors."""
    return (_anchored(joint, critic, pairs) + _anchored(joint.T, critic, pairs)) / 2


def _anchored(joint: np.ndarray, critic: np.ndarray, pairs: int) -> float:
    first, second = np.nonzero(joint)
    shares, anchors, total = joint[first, second], joint.sum(axis=1), 0.0
    for anchor in np.flatnonzero(anchors):
        scores = critic[anchor]
        top = scores.max()
        weights = np.exp(scores - top)
        both = weights[first] + weights[second]
        own = joint[anchor] / anchors[anchor]
        high = HIGHEST - np.log(weights[own > 0].min())
        u = np.arange(-LOWEST - np.log(2 * pairs), high, STEP)
        t = np.exp(u)[:, None]
        positive = logarithm(np.expm1(-t * weights) @ own)
        negative = logarithm(np.expm1(-t * both) @ shares)
        difference = np.expm1(-t[:, 0]) - np.expm1(positive + (pairs - 1) * negative)
        total += anchors[anchor] * (top + STEP * difference.sum() - own @ scores)
    return float(total)
