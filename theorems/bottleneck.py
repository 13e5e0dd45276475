r"""What every linear autoencoder owes to Baldi and Hornik, trained or not.

A decoder $A$ (d, k), an encoder $B$ (k, d) and an offset $c$ (d) map $x$ to $ABx + c$.  With the
covariance $\Sigma$, the mean $\mu$ and $W = AB$,

$L = \operatorname{tr}\,(I - W)\Sigma(I - W)^\top + \lVert (I - W)\mu - c \rVert^2$

is the mean squared error.  $F = \sum_{i > k}\lambda_i$ is the floor, $\eta = L - F$ the excess, and
$\Pi$ the projector onto the range of $A$.  All slacks are in the unit of the loss and linear in
$\eta$ (the nearness inequalities are squared), so that rounding enters once, at the size `unit`.
The data and the map are defined in `fitted_map`; `penalties` has the claims of penalised weights
and noisy inputs, `truncations` those of nested dropout.
"""

from __future__ import annotations

import math

import numpy as np

from .covariance import Bottleneck, bottlenecks, design, simpler
from .fitted_map import Fit, Spectrum, misplaced, oracle, reconstruction_error, squared, unit
from .penalties import PENALTY_CLAIMS
from .theorem import Claim, Family
from .truncations import NESTED_CLAIMS

__all__ = ["LINEAR_AUTOENCODER", "Fit", "Spectrum", "excess_terms", "explained_by_slope", "oracle"]


# -- the terms of the excess ----------------------------------------------------------------------


def decoder_range(decoder: np.ndarray) -> np.ndarray:
    """Orthonormal columns whose span holds the decoder's, as many as the decoder has."""
    return np.linalg.qr(np.asarray(decoder, float))[0]


def excess_terms(truth: Spectrum, fit: Fit) -> tuple[float, float, float]:
    """The excess, exactly, and none negative: wrong subspace, no projection, wrong offset."""
    Q, S = decoder_range(fit.decoder), truth.moments.moment
    wrong_subspace = float(np.trace(S) - np.sum((S @ Q) * Q)) - truth.floor
    away = Q @ Q.T - fit.product
    return wrong_subspace, float(np.sum((away @ S) * away)), misplaced(truth, fit)


def squared_angles(truth: Spectrum, problem: Bottleneck, fit: Fit) -> float:
    """What a subspace loses at least: for each eigenvalue above the cut what of its eigenvector is
    not kept, for each below it what is.  Axes tied with the cut cost nothing."""
    values, vectors, k = truth.moments.values, truth.moments.vectors, problem.units
    kept = np.sum((vectors.T @ decoder_range(fit.decoder)) ** 2, axis=1)
    above = np.sum((values[:k] - values[k - 1]) * (1 - kept[:k]))
    below = np.sum((values[k - 1] - values[k:]) * kept[k:])
    return float(above + below)


# -- claims ---------------------------------------------------------------------------------------


def honest(problem: Bottleneck, truth: Spectrum, fit: Fit) -> float:
    return -abs(fit.loss - reconstruction_error(truth, fit))


def above_the_floor(problem: Bottleneck, truth: Spectrum, fit: Fit) -> float:
    return fit.loss - truth.floor


def decomposed(problem: Bottleneck, truth: Spectrum, fit: Fit) -> float:
    return -abs(fit.loss - truth.floor - sum(excess_terms(truth, fit)))


def near_the_subspace(problem: Bottleneck, truth: Spectrum, fit: Fit) -> float:
    return fit.loss - truth.floor - squared_angles(truth, problem, fit)


def near_the_projector(problem: Bottleneck, truth: Spectrum, fit: Fit) -> float:
    r"""$\lVert W - P\rVert \le \sqrt{2\eta/gap} + \sqrt{\eta/\lambda_d}$, squared."""
    smallest = truth.moments.values[-1]
    if truth.gap <= 0 or smallest <= 0:  # there is no one projector, or it is not determined
        return math.inf
    radius = math.sqrt(2 / truth.gap) + math.sqrt(1 / smallest)
    distance = float(np.linalg.norm(fit.product - truth.projector))
    return fit.loss - truth.floor - squared(distance / radius)


def near_on_the_data(problem: Bottleneck, truth: Spectrum, fit: Fit) -> float:
    r"""The same for $\lVert (W - P)\Sigma^{1/2}\rVert$, which is determined where Sigma is
    singular."""
    if truth.gap <= 0:
        return math.inf
    radius = 1 + math.sqrt(2 * truth.moments.values[0] / truth.gap)
    away = fit.product - truth.projector
    distance = math.sqrt(max(0.0, float(np.sum((away @ truth.moments.moment) * away))))
    return fit.loss - truth.floor - squared(distance / radius)


def on_the_orbit(problem: Bottleneck, truth: Spectrum, fit: Fit) -> float:
    r"""$\lVert BA - I_k\rVert \le \kappa(A)\sqrt{\eta/\lambda_d}$, squared."""
    A, B = np.asarray(fit.decoder, float), np.asarray(fit.encoder, float)
    lengths = singular_values(A)
    if lengths[0] == 0:
        return math.inf
    ratio = float(lengths[-1] / lengths[0])
    apart = float(np.linalg.norm(B @ A - np.eye(problem.units))) * ratio
    return fit.loss - truth.floor - float(truth.moments.values[-1]) * squared(apart)


def not_a_false_summit(problem: Bottleneck, truth: Spectrum, fit: Fit) -> float:
    r"""If all angles to the top eigenvectors are below 45 degrees, what the subspace loses is at
    most $2\lVert N\rVert^2/gap$ for the slope that is left, $N = (I - \Pi)\Sigma\Pi$."""
    if truth.gap <= 0:
        return math.inf
    if not np.isfinite(fit.decoder).all():
        return math.nan
    Q, S = numerical_range(np.asarray(fit.decoder)), truth.moments.moment
    slope = S @ Q - Q @ (Q.T @ S @ Q)
    away = Q @ Q.T @ fit.product - Q @ Q.T
    unfinished = float(np.sum((away @ S) * away)) + misplaced(truth, fit)
    return 2 * float(np.sum(slope**2)) / truth.gap + unfinished - (fit.loss - truth.floor)


def singular_values(matrix: np.ndarray) -> np.ndarray:
    """In descending order; NaN where the matrix has one, as any number made of it."""
    finite = np.isfinite(matrix).all()
    values = np.linalg.svd(np.where(finite, matrix, 0.0).astype(float), compute_uv=False)
    return values if finite else values * math.nan


def numerical_range(decoder: np.ndarray) -> np.ndarray:
    """Orthonormal columns that span the decoder's range, as far as its precision can tell."""
    U, lengths, _ = np.linalg.svd(np.asarray(decoder, float), full_matrices=False)
    precision = np.finfo(decoder.dtype if decoder.dtype.kind == "f" else float).eps
    return U[:, lengths > max(decoder.shape) * precision * lengths[0]]


def reached(problem: Bottleneck, truth: Spectrum, fit: Fit) -> float:
    return explained_by_slope(truth, fit) - (fit.loss - truth.floor)


def explained_by_slope(truth: Spectrum, fit: Fit) -> float:
    r"""The excess that a gradient of the reported norm leaves room for, near the minimum.

    $\lVert(\Pi - W)\Sigma\rVert \le \frac{g}{2\sigma}$ and $\lVert N\rVert \le \frac{g}{2}(a +
    \frac1\sigma)$ with $a$, $\sigma$ the decoder's largest and smallest singular value; an offset
    adds $g^2/4$ and couples the gradients by the mean.
    """
    if not fit.slope:
        return 0.0
    lengths = singular_values(fit.decoder)
    values = truth.moments.values
    positive = values[values > 0]
    if lengths[-1] == 0 or truth.gap <= 0:
        return math.inf
    mean, encoder = np.linalg.norm(truth.moments.mean), np.linalg.norm(fit.encoder)
    coupling = 1.0 if fit.offset is None else float(1 + mean * (encoder + lengths[0]))
    subspace = squared(lengths[0] + 1 / lengths[-1]) / truth.gap
    projection = squared(1 / lengths[-1]) / (4 * float(positive[-1]))
    return squared(fit.slope * coupling) * (subspace + projection + 0.25)


UNPENALISED = {"penalty": ("none",)}

CLAIMS = (
    Claim(
        name="honesty",
        tex=r"\hat L = \operatorname{tr}(I-AB)\Sigma(I-AB)^\top + \lVert(I-AB)\mu-c\rVert^2",
        why="the reported loss is that of the reported map on the data",
        slack=honest,
        unit=unit,
    ),
    Claim(
        name="floor",
        tex=r"\hat L \ge \sum_{i > k} \lambda_i",
        why="no map through k numbers loses less, trained or not",
        slack=above_the_floor,
        unit=unit,
    ),
    Claim(
        name="excess",
        tex=r"\hat L - F = (\operatorname{tr}(I-\Pi)\Sigma - F)"
        r" + \lVert(\Pi-AB)\Sigma^{1/2}\rVert^2 + \lVert(I-AB)\mu-c\rVert^2",
        why="wrong subspace, not a projection onto it, wrong offset: nothing else costs anything",
        slack=decomposed,
        unit=unit,
    ),
    Claim(
        name="subspace",
        tex=r"\eta \ge \sum_{i \le k} (\lambda_i-\lambda_k)\lVert(I-\Pi)u_i\rVert^2"
        r" + \sum_{j>k} (\lambda_k-\lambda_j)\lVert\Pi u_j\rVert^2",
        why="the nearer the loss is to the floor, the nearer the decoder's range is to the top "
        "eigenvectors; ties cost nothing",
        slack=near_the_subspace,
        unit=unit,
    ),
    Claim(
        name="nearness",
        tex=r"\lVert AB-P\rVert_F \le \sqrt{2\eta/(\lambda_k-\lambda_{k+1})}+\sqrt{\eta/\lambda_d}",
        why="the nearer the loss is to the floor, the nearer the map is to the projector",
        slack=near_the_projector,
        unit=unit,
    ),
    Claim(
        name="nearness on the data",
        tex=r"\lVert(AB-P)\Sigma^{1/2}\rVert_F \le \sqrt\eta"
        r"\,\bigl(1+\sqrt{2\lambda_1/(\lambda_k-\lambda_{k+1})}\bigr)",
        why="where the covariance is singular, the map is determined on the data only",
        slack=near_on_the_data,
        unit=unit,
    ),
    Claim(
        name="orbit",
        tex=r"\lVert BA-I_k\rVert_F \le \kappa(A)\sqrt{\eta/\lambda_d}",
        why="encoder and decoder are inverse to each other on the code, whatever its basis",
        slack=on_the_orbit,
        unit=unit,
    ),
    Claim(
        name="no false summits",
        tex=r"\nabla L = 0 \Rightarrow L = F: \quad \eta \le 2\lVert(I-\Pi)\Sigma\Pi\rVert^2/"
        r"(\lambda_k-\lambda_{k+1}) + \lVert\Pi(AB-I)\Sigma^{1/2}\rVert^2",
        why="training can stop at the minimum only; every other critical point is a saddle",
        slack=not_a_false_summit,
        unit=unit,
        binds="at the optimum",
        only=UNPENALISED,
    ),
    Claim(
        name="reaches the floor",
        tex=r"\hat L - F \le C\,\lVert\nabla L\rVert^2",
        why="a run that says it has converged is at the floor, but for what its slope explains",
        slack=reached,
        unit=unit,
        binds="at the optimum",
        only=UNPENALISED,
    ),
    *PENALTY_CLAIMS,
    *NESTED_CLAIMS,
)

LINEAR_AUTOENCODER = Family(
    name="linear-autoencoder",
    problem=Bottleneck,
    design=design,
    problems=bottlenecks,
    simpler=simpler,
    oracle=oracle,
    claims=CLAIMS,
)
