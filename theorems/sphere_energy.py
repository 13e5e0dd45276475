r"""The energy of directions: what the uniform law has, and what no finite set goes below.

For $y$ uniform on the unit sphere of $\mathbb{R}^d$ and $u$ any unit vector,

$A_d(s) = \mathbb{E}\,e^{s\,u \cdot y} = \sum_k \frac{(s^2/4)^k}{k!\,(d/2)_k}
= \Gamma(\tfrac d2)\,(\tfrac2s)^{d/2-1}\,I_{d/2-1}(s)$,

a series of positive terms.  $n$ unit vectors have $\frac1{n^2}\sum_{ij} e^{s\,u_i \cdot u_j} \ge
A_d(s)$, and not less than a simplex would have if there were room for one.
"""

from __future__ import annotations

import numpy as np

__all__ = ["floor", "limit_floor", "log_mean", "uniform"]


def log_mean(d: int, s: float) -> float:
    """log A_d(s), for d >= 1 and s >= 0."""
    if s == 0:
        return 0.0
    k = np.arange(1.0, int(1.5 * s) + 80)  # the largest term is near s/2
    logarithms = np.cumsum(np.log(s * s / 4) - np.log(k) - np.log(d / 2 + k - 1))
    top = max(0.0, float(logarithms.max()))
    return float(top + np.log(np.exp(-top) + np.exp(logarithms - top).sum()))


def uniform(d: int, t: float) -> float:
    """The least of log E exp(-t|u - v|^2) over all laws of u, v on the sphere, independent."""
    return log_mean(d, 2 * t) - 2 * t


def limit_floor(d: int, temperature: float) -> float:
    """The least of E log E exp(u.v/temperature) over all laws on the sphere."""
    return log_mean(d, 1 / temperature)


def floor(n: int, d: int, t: float = 2.0, pairs: str = "i<j") -> float:
    """No n unit vectors in d dimensions are more uniform; a simplex of n <= d+1 is as uniform.

    `pairs` is "i<j" for pairs of different rows, or "all", each row with itself among them.
    """
    if n < 2:
        return 0.0
    simplex = -2 * t * n / (n - 1)  # the log of what each pair of different rows has
    population = uniform(d, t)
    if pairs == "all":
        return float(max(population, np.logaddexp(0, np.log(n - 1) + simplex) - np.log(n)))
    rounding = 4e-15 * n * (1 + t)  # which n A - 1 is lowered by: where it is small it cancels
    excess = n * np.expm1(population) + n - 1 - rounding
    return float(max(simplex, np.log(excess / (n - 1)))) if excess > 0 else float(simplex)
