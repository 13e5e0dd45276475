r"""The linear variational autoencoder: its ELBO, the best one, and what lies between.

$z \sim N(0, I_k)$, $x \mid z \sim N(Wz + b, \sigma^2 I_d)$, $q(z \mid x) = N(Vx + c,
\operatorname{diag} t)$.  On data of mean $\mu$ and covariance $\Sigma$ (divisor n) the averages per
row, in nats, are, with $e = V\mu + c$,

$D = \operatorname{tr}(I-WV)\Sigma(I-WV)^\top + \lVert\mu-b-We\rVert^2 + \sum_j t_j\lVert
w_j\rVert^2$,
$R = \tfrac12\sum_j((V\Sigma V^\top)_{jj} + e_j^2 + t_j - 1 - \log t_j)$ and
$J = -\tfrac d2\log 2\pi\sigma^2 - D/2\sigma^2 - \beta R$.

With $s = \beta\sigma^2$, $J$ is $\beta$ times the ELBO of a decoder of variance $s$, but for
numbers that depend on $\beta$ and $\sigma^2$ alone; so what follows is said in $s$.  What J falls
short of its maximum by is a sum of six terms, none negative (`shortfalls`).
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from .covariance import Bottleneck, Moments
from .linear_vae_problems import moments_of

__all__ = ["Learnt", "Point", "Source", "averages", "elbo_of", "flatness", "highest", "level_of"]
__all__ += ["maximum", "oracle", "point", "proper", "rate_at", "shortfalls", "unit"]


# -- definition -----------------------------------------------------------------------------------


class Learnt(NamedTuple):
    """What the code returned: `decoder` W (d, k), `encoder` V (k, d), `variance` t (k),
    `decoder_bias` b (d), `encoder_bias` c (k), `sigma2`, `beta`, the `elbo` per row in nats,
    whether it `converged`, and to within how many nats (`tolerance`).

    None stands for what is not reported: variances are then taken to be the best ones, biases those
    of centred data, and the ELBO what it is."""

    decoder: np.ndarray
    encoder: np.ndarray
    variance: np.ndarray | None
    decoder_bias: np.ndarray | None
    encoder_bias: np.ndarray | None
    sigma2: float
    beta: float
    elbo: float | None
    converged: bool
    tolerance: float = 0.0

    @property
    def level(self) -> float:
        r"""$s = \beta\sigma^2$, the variance below which an axis is not worth its rate."""
        return self.beta * self.sigma2


class Source(NamedTuple):
    """The data as a Gaussian source: their `moments`, the number of units, the `likelihood` of
    probabilistic PCA per row in nats, and the decoder's variance at it (`noise`)."""

    moments: Moments
    k: int
    likelihood: float
    noise: float


class Point(NamedTuple):
    """A point of the frontier: `distortion`, `rate` in nats, the level s, and the active units."""

    distortion: float
    rate: float
    level: float
    active: int


def oracle(problem: Bottleneck, **_: str) -> Source:
    found = moments_of(problem)
    source = Source(found, problem.units, math.nan, math.nan)
    likelihood, noise = highest(source, 1.0)
    return source._replace(likelihood=likelihood, noise=noise)


# -- the maximum ----------------------------------------------------------------------------------


def point(source: Source, level: float) -> Point:
    """Reverse water-filling, by no more than k units: an axis longer than the level is described
    to within it, any other not at all."""
    values = source.moments.values
    active = int(np.sum(values[: source.k] > level))
    kept = values[:active]
    rate = 0.5 * float(np.sum(np.log(kept / level)))
    return Point(active * level + float(values[active:].sum()), rate, level, active)


def maximum(source: Source, beta: float, sigma2: float) -> float:
    """The largest J with this decoder variance."""
    best, d = point(source, beta * sigma2), len(source.moments.values)
    return float(
        -0.5 * d * np.log(2 * np.pi * sigma2) - best.distortion / (2 * sigma2) - beta * best.rate
    )


def highest(source: Source, beta: float) -> tuple[float, float]:
    r"""The largest J with any decoder variance, and that variance: where it is stationary,
    $\sigma^2 = \sum_{i>a}\lambda_i/(d - a\beta)$ for some number $a$ of active units."""
    values, d = source.moments.values, len(source.moments.values)
    ways = [
        float(values[a:].sum()) / (d - a * beta) for a in range(source.k + 1) if a * beta < d
    ]  # fmt: skip
    return max((maximum(source, beta, sigma2), sigma2) for sigma2 in ways)


def level_of(source: Source, distortion: float) -> float:
    """The level at which reverse water-filling has this distortion; a hair above zero where k
    units do not reach so little."""
    values, active = source.moments.values, 0
    while True:
        active += 1
        level = (distortion - float(values[active:].sum())) / active
        if active == source.k or level >= values[active]:
            return min(max(level, 2.0**-40 * distortion), float(values[0]))


def rate_at(source: Source, distortion: float) -> float:
    """The least rate, in nats, of k units that lose no more than this."""
    return point(source, level_of(source, distortion)).rate


# -- what was learnt ------------------------------------------------------------------------------


def offsets(source: Source, fit: Learnt) -> tuple[np.ndarray, np.ndarray]:
    """At the mean of the data: what the decoder's bias leaves, and the mean of the code."""
    mean = source.moments.mean
    b = mean if fit.decoder_bias is None else np.asarray(fit.decoder_bias, float)
    away, V = mean - b, np.asarray(fit.encoder, float)
    if fit.encoder_bias is None:
        return away, V @ away
    return away, V @ mean + np.asarray(fit.encoder_bias, float)


def variances(fit: Learnt) -> np.ndarray:
    """Those of the encoder; where they are not reported, the best ones for its decoder."""
    if fit.variance is not None:
        return np.asarray(fit.variance, float)
    return np.asarray(fit.level / (fit.level + np.sum(np.asarray(fit.decoder, float) ** 2, axis=0)))


def averages(source: Source, fit: Learnt) -> tuple[float, float]:
    """Distortion and rate, per row."""
    W, V, t = np.asarray(fit.decoder, float), np.asarray(fit.encoder, float), variances(fit)
    S, (away, code) = source.moments.moment, offsets(source, fit)
    residual = np.eye(len(W)) - W @ V
    spread = np.sum((residual @ S) * residual) + np.sum(t * np.sum(W**2, axis=0))
    rate = np.sum((V @ S) * V) + np.sum(code**2) + np.sum(t - 1 - np.log(t))
    return float(spread + np.sum((away - W @ code) ** 2)), 0.5 * float(rate)


def elbo_of(source: Source, fit: Learnt) -> float:
    distortion, rate = averages(source, fit)
    constant = 0.5 * len(fit.decoder) * np.log(2 * np.pi * fit.sigma2)
    return float(-constant - distortion / (2 * fit.sigma2) - fit.beta * rate)


def proper(fit: Learnt) -> bool:
    """Whether every number is finite, and every variance and the weight positive."""
    arrays = [fit.decoder, fit.encoder, fit.variance, fit.decoder_bias, fit.encoder_bias, fit.elbo]
    finite = all(math.isfinite(np.sum(a)) for a in arrays if a is not None)
    positive = fit.variance is None or bool(np.min(fit.variance) > 0)
    return finite and positive and 0 < fit.sigma2 < math.inf and 0 < fit.beta < math.inf


class Shortfalls(NamedTuple):
    """What J loses, in nats: by the wrong offset, subspace and lengths of the decoder's columns
    (per unit, longest first), by columns that are not at right angles, by wrong posterior means
    and variances.  None is negative, and together they are all of it."""

    mean: float
    axes: float
    lengths: np.ndarray
    rotation: float
    means: float
    variances: float


def shortfalls(source: Source, fit: Learnt) -> Shortfalls:
    W, s, k = np.asarray(fit.decoder, float), fit.level, source.k
    S, values, half = source.moments.moment, source.moments.values, fit.beta / 2
    away, code = offsets(source, fit)
    U, lengths, _ = np.linalg.svd(W, full_matrices=False)
    c, top = lengths**2 + s, values[:k]
    seen = np.sum((S @ U) * U, axis=0)
    form = np.sum(seen / c) + (np.trace(S) - np.sum(seen)) / s
    least = np.sum(top / c) + np.sum(values[k:]) / s
    projected = (U.T @ away) ** 2
    offset = np.sum(projected / c) + (np.sum(away**2) - np.sum(projected)) / s
    level = np.maximum(top, s)
    M = W.T @ W + s * np.eye(k)
    moved = np.asarray(fit.encoder, float) - np.linalg.solve(M, W.T)
    shift = code - np.linalg.solve(M, W.T @ away)
    ratio = variances(fit) * np.diag(M) / s
    return Shortfalls(
        mean=half * float(offset), axes=half * float(form - least),
        lengths=half * (np.log(c / level) + top / c - top / level),
        rotation=half * float(np.sum(np.log(np.diag(M))) - np.linalg.slogdet(M)[1]),
        means=half * float(np.sum((M @ moved @ S) * moved) + shift @ M @ shift) / s,
        variances=half * float(np.sum(ratio - 1 - np.log(ratio))),
    )  # fmt: skip


def unit(problem: Bottleneck, source: Source, fit: Learnt) -> float:
    """One rounding error of J: the sizes of its terms, the mean square of the largest numbers on
    the way to the reconstruction among them."""
    if not proper(fit):
        return 1.0
    W, V = np.linalg.norm(fit.decoder), np.linalg.norm(fit.encoder)
    t, size = variances(fit), source.moments.size
    b = 0.0 if fit.decoder_bias is None else np.linalg.norm(fit.decoder_bias)
    c = 0.0 if fit.encoder_bias is None else np.linalg.norm(fit.encoder_bias)
    largest = math.sqrt(size) * (1 + W * V) + b + W * c
    distortion = largest**2 + np.sum(t) * W**2
    rate = V**2 * (size + b**2) + c**2 + np.sum(t + np.abs(np.log(t)) + 1)
    constant = len(fit.decoder) * (1 + np.abs(np.log(2 * np.pi * fit.sigma2)))
    return 0.5 * float(constant + distortion / fit.sigma2 + fit.beta * rate)


def flatness(source: Source, fit: Learnt) -> float:
    """By how much more than a rounding error a run may miss the maximum that can raise J no more.

    Along a direction of curvature c a slope that is lost in the rounding leaves 1/c roundings.  The
    curvatures are small where an eigenvalue is near the level (at it, J is flat to fourth order,
    and what is left is the power 2/3 of a rounding), and where two are near each other.
    """
    values, k = source.moments.values, source.k
    curvatures = list(np.abs(values[:k] / fit.level - 1)) if fit.level else []
    for i in range(k):
        gaps = 1 - values[i + 1 :] / values[i]
        gaps[: k - 1 - i] **= 2  # units in use may be turned into each other
        curvatures += list(gaps[gaps > 0])
    kind = np.asarray(fit.decoder).dtype
    root = math.cbrt(64 * float(np.finfo(kind if kind.kind == "f" else float).eps))
    return 1 / max(float(min(curvatures, default=1.0)), root)
