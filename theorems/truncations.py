r"""What a linear autoencoder owes that was trained with nested dropout: its first b units alone.

$W_b$ is the map through the first b units.  Its loss is at least $\sum_{i > b}\lambda_i$, and the
mean over $b = 1, \dots, k$ is least where all are at their floors at once: then unit b alone is
$u_bu_b^\top$.  The minimisers are the same for every law of b that leaves no width out; the mean
that code reports is over the uniform one.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from .covariance import Bottleneck
from .fitted_map import Fit, Spectrum, squared, unit
from .theorem import Claim

__all__ = ["NESTED_CLAIMS", "nested_excess", "nested_floor", "own_axes", "truncated_losses"]

ROUNDED = 1e-12  # of the largest eigenvalue: a curvature below it is one of rounding


# -- the loss at every width ----------------------------------------------------------------------


def truncated_losses(truth: Spectrum, fit: Fit) -> np.ndarray:
    """What is lost with the first b units alone, for b = 1..k (k), each with its best offset."""
    S, d = truth.moments.moment, len(fit.decoder)
    found = []
    for b in range(1, fit.decoder.shape[1] + 1):
        residual = np.eye(d) - first_units(fit, b)
        found.append(float(np.sum((residual @ S) * residual)))
    return np.array(found)


def first_units(fit: Fit, b: int) -> np.ndarray:
    return np.asarray(fit.decoder[:, :b].astype(float) @ fit.encoder[:b].astype(float))


def nested_floor(truth: Spectrum, k: int, law: Sequence[float] | None = None) -> float:
    r"""$\sum_b p_b\sum_{i>b}\lambda_i$; the law of b = 1..k is uniform unless it is given."""
    chances = np.full(k, 1 / k) if law is None else np.asarray(law, float)
    values = truth.moments.values
    return float(chances @ [values[b:].sum() for b in range(1, k + 1)])


def nested_excess(truth: Spectrum, fit: Fit, law: Sequence[float] | None = None) -> float:
    losses = truncated_losses(truth, fit)
    chances = np.full(len(losses), 1 / len(losses)) if law is None else np.asarray(law, float)
    return float(chances @ losses) - nested_floor(truth, len(losses), law)


# -- claims ---------------------------------------------------------------------------------------


def nested_honest(problem: Bottleneck, truth: Spectrum, fit: Fit) -> float:
    return -abs(told(truth, fit) - float(truncated_losses(truth, fit).mean()))


def above_the_nested_floor(problem: Bottleneck, truth: Spectrum, fit: Fit) -> float:
    return told(truth, fit) - nested_floor(truth, problem.units)


def told(truth: Spectrum, fit: Fit) -> float:
    """The mean over widths that was reported, or what it is where none was."""
    if fit.nested_loss is not None:
        return fit.nested_loss
    return float(truncated_losses(truth, fit).mean())


def at_the_nested_floor(problem: Bottleneck, truth: Spectrum, fit: Fit) -> float:
    return nested_explained_by_slope(truth, fit) - nested_excess(truth, fit)


def own_axes(problem: Bottleneck, truth: Spectrum, fit: Fit) -> float:
    r"""With $\eta$ the excess of the mean, that at one width is at most $k\eta$, so that
    $\lVert(a_bb_b - u_bu_b^\top)\Sigma^{1/2}\rVert \le (r_b + r_{b-1})\sqrt{k\eta}$ with the
    radius r of a width's map on the data.  Units beside a tie are left out."""
    values, vectors, k = truth.moments.values, truth.moments.vectors, problem.units
    radii, before, worst = [0.0], np.zeros_like(truth.moments.moment), 0.0
    for b in range(1, k + 1):
        gap = float(values[b - 1] - values[b])
        radii.append(1 + math.sqrt(2 * values[0] / gap) if gap > 0 else math.inf)
        kept, axis = first_units(fit, b), vectors[:, b - 1]
        away = kept - before - np.outer(axis, axis)
        apart = math.sqrt(max(0.0, float(np.sum((away @ truth.moments.moment) * away))))
        worst = max(worst, squared(apart / (radii[-1] + radii[-2])) / k)
        before = kept
    return nested_explained_by_slope(truth, fit) - worst


def nested_explained_by_slope(truth: Spectrum, fit: Fit) -> float:
    r"""The excess that a gradient of the reported norm leaves room for, near the minimum: twice
    $\frac12 g^\top H^{-1}g$, where unit b has the length $s_b$ in its decoder and $1/s_b$ in its
    encoder."""
    if not fit.slope:
        return 0.0
    lengths = np.linalg.norm(fit.decoder.astype(float), axis=0)
    flattest = least_curvature(truth, len(lengths))
    if not lengths.all() or flattest <= 0:
        return math.inf
    mean = np.linalg.norm(truth.moments.mean)
    gain = np.linalg.norm(fit.encoder) + np.linalg.norm(fit.decoder)
    coupling = 1.0 if fit.offset is None else float(1 + mean * gain)
    stretched = squared(max(lengths.max(), 1 / lengths.min()) * coupling)
    return squared(fit.slope) * stretched / (2 * flattest)


def least_curvature(truth: Spectrum, k: int) -> float:
    r"""The least positive eigenvalue of the second variation at the minimum, units of length one.

    Unit j turned by $\alpha_{ij}$ in its decoder and $\beta_{ij}$ in its encoder towards axis i > j
    costs $(\lambda_j-\lambda_i)\alpha_{ij}^2 + \lambda_i(\alpha_{ij}-\beta_{ij})^2$ at each width
    between, and at each wider one $\lambda_j(\alpha_{ij}+\beta_{ji})^2 +
    \lambda_i(\alpha_{ji}+\beta_{ij})^2$.  Zero where eigenvalues are tied or units lack an axis.
    """
    values = truth.moments.values
    if values[k - 1] <= 0 or np.any(np.diff(values[: k + 1]) >= 0):
        return 0.0
    found = [float(values[k - 1]) / k]  # a unit's own length, at one width at least
    for j in range(k):
        for i in range(j + 1, len(values)):
            longer, shorter = values[j], values[i]
            between, wider = (min(i, k) - j) / k, max(k - i, 0) / k
            turned = np.zeros((4, 4))  # alpha_ij, beta_ij, alpha_ji, beta_ji
            turned[:2, :2] = between * np.array([[longer, -shorter], [-shorter, shorter]])
            turned[np.ix_((0, 3), (0, 3))] += wider * longer
            turned[np.ix_((1, 2), (1, 2))] += wider * shorter
            curvatures = np.linalg.eigvalsh(turned)
            found.append(float(curvatures[curvatures > ROUNDED * values[0]].min()))
    return min(found)


NESTED = {"penalty": ("nested",)}

NESTED_CLAIMS = (
    Claim(
        name="nested honesty",
        tex=r"\hat L_{1:k} = \tfrac1k\sum_{b\le k}\operatorname{tr}(I-W_b)\Sigma(I-W_b)^\top",
        why="the nested loss, where it is reported, is the mean over widths of what the first b "
        "units alone lose",
        slack=nested_honest,
        unit=unit,
        only=NESTED,
    ),
    Claim(
        name="nested floor",
        tex=r"\hat L_{1:k} \ge \tfrac1k\sum_{b\le k}\sum_{i>b}\lambda_i",
        why="no units lose less in the mean over widths, trained or not",
        slack=above_the_nested_floor,
        unit=unit,
        only=NESTED,
    ),
    Claim(
        name="reaches the nested floor",
        tex=r"\tfrac1k\sum_{b\le k}\Bigl(L(W_b)-\sum_{i>b}\lambda_i\Bigr) \le C\,\lVert\nabla"
        r"\rVert^2",
        why="a run that says it has converged is at the floor of every width at once",
        slack=at_the_nested_floor,
        unit=unit,
        binds="at the optimum",
        only=NESTED,
    ),
    Claim(
        name="each unit its own axis",
        tex=r"a_bb_b = u_bu_b^\top,\quad b = 1, \dots, k",
        why="the first unit is the first principal direction, the second the second: the order is "
        "learnt, and each unit is free in its length only",
        slack=own_axes,
        unit=unit,
        binds="at the optimum",
        only=NESTED,
    ),
)
