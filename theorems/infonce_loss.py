r"""The population loss of InfoNCE: a closed form for every number of keys, on finite tables.

From Frullani's integral $\log z = \int_0^\infty (e^{-t} - e^{-zt})\,dt/t$, as the keys are
independent,

$\mathbb{E}\log\Bigl(e^{s_1} + \sum_{k \ge 2} e^{s_k}\Bigr) =
\int_{-\infty}^\infty\bigl(e^{-t} - \Lambda_+(t)\,\Lambda_-(t)^{K-1}\bigr)\,du,\quad t = e^u,$

where $\Lambda_\pm(t)$ is the mean of $e^{-te^s}$ over the positive and over a negative key: one
integral for each query, whatever K is.  The trapezoidal rule converges geometrically on it.
"""

from __future__ import annotations

from itertools import combinations_with_replacement
from math import factorial

import numpy as np

__all__ = ["best_critic", "chi_squared", "enumerated_loss", "information", "logarithm", "loss"]

STEP = 0.05  # of the trapezoidal rule, in u
LOWEST, HIGHEST = 45.0, 4.5  # where the integrand falls below e^-45, and below exp(-e^4.5)


def _marginals(joint: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return joint.sum(1), joint.sum(0)


def loss(joint: np.ndarray, critic: np.ndarray, keys: int) -> float:
    """The InfoNCE loss in nats of a `critic` [m, n] under the law `joint` [m, n], with one positive
    and `keys` - 1 negatives for each query; infinite where a pair that occurs has the score
    minus infinity."""
    queries, marginal = _marginals(joint)
    seen = queries > 0
    conditional = joint[seen] / queries[seen, None]
    scores = critic[seen]
    if np.any(np.isneginf(scores) & (conditional > 0)):
        return float("inf")
    top = scores.max(axis=1, keepdims=True)
    weights = np.exp(scores - top)
    # one grid for all queries: from the largest sums to the smallest weight that can occur
    smallest = weights[(weights > 0) & (marginal > 0)].min()
    u = np.arange(-LOWEST - np.log(keys), HIGHEST - np.log(smallest), STEP)
    decay = np.expm1(-np.exp(u)[:, None, None] * weights)  # [u, m, n]
    positive, negative = (logarithm((decay * p).sum(axis=2)) for p in (conditional, marginal))
    difference = np.expm1(-np.exp(u))[:, None] - np.expm1(positive + (keys - 1) * negative)
    logarithms = top[:, 0] + STEP * difference.sum(axis=0)
    own = np.where(conditional > 0, conditional * np.where(np.isfinite(scores), scores, 0.0), 0.0)
    return float(queries[seen] @ (logarithms - own.sum(axis=1)))


def logarithm(less_one: np.ndarray) -> np.ndarray:
    """log(1 + x), and where that is zero or nearly so a number whose exponential vanishes."""
    with np.errstate(divide="ignore"):
        return np.asarray(np.maximum(np.log1p(np.maximum(less_one, -1.0)), -1e3))


def enumerated_loss(joint: np.ndarray, critic: np.ndarray, keys: int) -> float:
    """The same by all multisets of negatives: for small tables and few keys."""
    _, marginal = _marginals(joint)
    total = 0.0
    for chosen in combinations_with_replacement(range(len(marginal)), keys - 1):
        counts = np.bincount(chosen, minlength=len(marginal))
        ways = factorial(keys - 1) / np.prod([float(factorial(c)) for c in counts])
        chance = ways * np.prod(marginal**counts)
        for x, y in zip(*np.nonzero(joint), strict=True):
            scores = np.concatenate([critic[x, [y]], critic[x, list(chosen)]])
            total += chance * joint[x, y] * (np.logaddexp.reduce(scores) - critic[x, y])
    return float(total)


def best_critic(joint: np.ndarray) -> np.ndarray:
    """log r [m, n], of the density ratio; minus infinity where a pair never occurs."""
    with np.errstate(divide="ignore"):
        return np.asarray(np.log(joint) - np.log(np.outer(*_marginals(joint))))


def information(joint: np.ndarray) -> float:
    """The mutual information in nats."""
    some = joint > 0
    return float((joint[some] * best_critic(joint)[some]).sum())


def chi_squared(joint: np.ndarray) -> float:
    """The mean of (r - 1)^2 under independence."""
    independent = np.outer(*_marginals(joint))
    some = independent > 0
    return float((joint[some] ** 2 / independent[some]).sum() - 1)
