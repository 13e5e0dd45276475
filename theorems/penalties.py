r"""What linear autoencoders owe that pay for their weights, or whose inputs are corrupted by noise.

Penalised by $\alpha(\lVert A\rVert^2 + \lVert B\rVert^2)$ the least loss is a sum over axes of
$2\alpha - \alpha^2/\lambda$, or $\lambda$ where that is no more than $\alpha$.  Noise of variance
$v$ adds $v\lVert AB\rVert^2$ to the loss, whose least is then a sum of $\lambda v/(\lambda + v)$.
Both bind every map, at every $\alpha$ and $v$; a trained map tells its own by where it stopped.
"""

from __future__ import annotations

import numpy as np

from .covariance import Bottleneck
from .fitted_map import Fit, Spectrum, misplaced, squared, unit
from .theorem import Claim

__all__ = ["PENALTY_CLAIMS", "balanced", "noisy_floor", "penalised_floor", "weights_are_paid_for"]


# -- weights that are paid for --------------------------------------------------------------------


def penalised_floor(truth: Spectrum, k: int, alpha: float) -> float:
    r"""The least of $L + \alpha(\lVert A\rVert^2 + \lVert B\rVert^2)$: an axis longer than alpha
    costs $2\alpha - \alpha^2/\lambda_i$, any other the whole of its variance."""
    top = truth.moments.values[:k]
    kept = top[top > alpha]
    return truth.floor + float(top[top <= alpha].sum() + (2 * alpha - alpha**2 / kept).sum())


def weights(fit: Fit) -> float:
    """What alpha is paid on: both squared norms."""
    return squared(np.linalg.norm(fit.decoder)) + squared(np.linalg.norm(fit.encoder))


def at_the_penalised_floor(problem: Bottleneck, truth: Spectrum, fit: Fit) -> float:
    """With the weight alpha read off the stationarity condition (I - W) S W = alpha W; near the
    minimum an error in alpha, like one in the weights, enters squared."""
    alpha = implied_penalty(truth, fit)
    paid = fit.loss - misplaced(truth, fit) + alpha * weights(fit)
    return -abs(paid - penalised_floor(truth, problem.units, alpha))


def weights_are_paid_for(problem: Bottleneck, truth: Spectrum, fit: Fit) -> float:
    """The penalised floor binds every map at every weight alpha, some of which are tried."""
    top, paid = truth.moments.values[: problem.units], weights(fit)
    alphas = np.outer(top[top > 0], (0.125, 0.25, 0.5, 0.75)).ravel()
    floors = (penalised_floor(truth, problem.units, alpha) - alpha * paid for alpha in alphas)
    return fit.loss - max(floors, default=truth.floor)


def balanced(problem: Bottleneck, truth: Spectrum, fit: Fit) -> float:
    A, B = fit.decoder.astype(float), fit.encoder.astype(float)
    return -implied_penalty(truth, fit) * squared(np.linalg.norm(A.T @ A - B @ B.T))


def implied_penalty(truth: Spectrum, fit: Fit) -> float:
    W = fit.product
    kept = float(np.trace(W))
    lost = float(np.trace((np.eye(len(W)) - W) @ truth.moments.moment @ W))
    return max(lost / kept, 0.0) if kept > 0 else 0.0


def penalised_unit(problem: Bottleneck, truth: Spectrum, fit: Fit) -> float:
    return unit(problem, truth, fit) * (1 + weights(fit))


# -- inputs corrupted by noise --------------------------------------------------------------------


def noisy_floor(truth: Spectrum, k: int, variance: float) -> float:
    r"""The least of $L + v\lVert AB\rVert^2$, what is lost on inputs with noise of variance v."""
    top = truth.moments.values[:k]
    return truth.floor + float((top[top > 0] * variance / (top[top > 0] + variance)).sum())


def noise_is_paid_for(problem: Bottleneck, truth: Spectrum, fit: Fit) -> float:
    """The floor under noise binds every map at every variance, some of which are tried."""
    top, gain = truth.moments.values[: problem.units], squared(np.linalg.norm(fit.product))
    variances = np.outer(top[top > 0], (0.25, 1.0, 4.0)).ravel()
    floors = (noisy_floor(truth, problem.units, v) - v * gain for v in variances)
    return fit.loss - max(floors, default=truth.floor)


def at_the_noisy_floor(problem: Bottleneck, truth: Spectrum, fit: Fit) -> float:
    """With the variance read off the stationarity condition of W -> tW."""
    W, gain = fit.product, squared(np.linalg.norm(fit.product))
    lost = float(np.sum(((np.eye(len(W)) - W) @ truth.moments.moment) * W))
    variance = max(lost / gain, 0.0) if gain > 0 else 0.0
    paid = fit.loss - misplaced(truth, fit) + variance * gain
    return -abs(paid - noisy_floor(truth, problem.units, variance))


def noisy_unit(problem: Bottleneck, truth: Spectrum, fit: Fit) -> float:
    return 4 * unit(problem, truth, fit)


PENALTY_CLAIMS = (
    Claim(
        name="weights are paid for",
        tex=r"\hat L + \alpha(\lVert A\rVert^2+\lVert B\rVert^2) \ge \sum_{i\le k,\,"
        r"\lambda_i>\alpha}(2\alpha-\alpha^2/\lambda_i) + \text{the other }\lambda_i",
        why="small weights cannot have a small loss: for every alpha, some of which are tried",
        slack=weights_are_paid_for,
        unit=penalised_unit,
    ),
    Claim(
        name="reaches the penalised floor",
        tex=r"\hat L + \alpha(\lVert A\rVert^2+\lVert B\rVert^2) = \sum_{i\le k,\,\lambda_i>\alpha}"
        r"(2\alpha-\alpha^2/\lambda_i) + \text{the other }\lambda_i",
        why="with a penalty on the weights every axis is shrunk, by alpha over its eigenvalue",
        slack=at_the_penalised_floor,
        unit=penalised_unit,
        binds="at the optimum",
        only={"penalty": ("L2",)},
    ),
    Claim(
        name="balance",
        tex=r"A^\top A = BB^\top",
        why="with a penalty on the weights decoder and encoder share what there is to carry",
        slack=balanced,
        unit=penalised_unit,
        binds="at the optimum",
        only={"penalty": ("L2",)},
    ),
    Claim(
        name="noise is paid for",
        tex=r"\hat L + v\lVert AB\rVert^2 \ge F + \sum_{i\le k}\lambda_iv/(\lambda_i+v)",
        why="a large map hands on noise, a small one loses data: for every variance v, some of "
        "which are tried",
        slack=noise_is_paid_for,
        unit=noisy_unit,
    ),
    Claim(
        name="reaches the floor under noise",
        tex=r"\hat L + v\lVert AB\rVert^2 = F + \sum_{i\le k}\lambda_iv/(\lambda_i+v)",
        why="trained on noisy inputs, every axis is shrunk to its share of signal, as by Wiener",
        slack=at_the_noisy_floor,
        unit=noisy_unit,
        binds="at the optimum",
        only={"penalty": ("noise",)},
    ),
)
