r"""The Gaussian variational bottleneck: what an encoder keeps, and what is claimed of it.

$z = Ax + \varepsilon$ with $\varepsilon \sim N(0, S)$ is what was learnt, with A [k, p].  Of it, in
nats, $I(x;z) = \tfrac12\log\det(1 + S^{-1}A\Sigma_xA^\top)$, and $I(z;y)$ is that less the same
with the covariance of x given y.  Reported are the rate $R = \mathbb{E}\,KL(p(z|x)\,\|\,r(z))$ for
a marginal r of the code's own, and the distortion $D = -\mathbb{E}\log q(y|z)$ for a decoder of its
own, so that what was minimised is $R + \beta D$.  Above its least value by
$\mathcal L^* = \min I_x - \beta I_y$ and $\beta H(y)$ it is by four excesses, none negative:

$R - I(x;z)$, $\ \beta(D - H(y|z))$, $\ \beta(F(I_x) - I_y)$, $\ I_x - \beta F(I_x) - \mathcal L^*$,

with F the curve of the information bottleneck: the marginal, the decoder, a point below the curve,
and a point of the curve that belongs to another $\beta$.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import lru_cache, wraps
from typing import NamedTuple

import numpy as np

from . import gaussian_ib
from .gaussian_ib import Point, Squeezed, correlated, frontier, problems, simpler
from .gaussian_mi import Correlated, pair, plain
from .theorem import Claim, Family, Told

__all__ = ["ALEMI", "CLAIMS", "FRONTIER", "VIB", "Learnt", "Truth", "family", "kept", "oracle"]


class Learnt(NamedTuple):
    """What the code returned: `encoder` A [k, p], covariance of the `noise` S [k, k], `rate` and
    `distortion` in nats, None where they are not known exactly; whether it `converged`, and to
    within how many nats of $R + \\beta D$ (`tolerance`)."""

    encoder: np.ndarray
    noise: np.ndarray
    rate: float | None
    distortion: float | None
    converged: bool
    tolerance: float = 0.0


class Truth(NamedTuple):
    """Rate and relevance of the best encoder, and its Lagrangian (`least`); the squares of the
    canonical correlations; the entropy of y in nats; one rounding error of what is said of the
    best, and the condition number of the covariances."""

    rate: float
    relevance: float
    least: float
    squares: np.ndarray
    entropy: float
    unit: float
    conditioned: float


# -- definition and oracle ------------------------------------------------------------------------


def oracle(problem: Squeezed) -> Truth:
    found, y = gaussian_ib.oracle(problem), np.asarray(problem.cov_y, float)
    rate, relevance = map(float, found.value)
    entropy = 0.5 * float(np.linalg.slogdet(2 * math.pi * math.e * y)[1])
    condition = float(np.linalg.cond(problem.cov_x) + np.linalg.cond(y))
    return Truth(
        rate, relevance, rate - problem.beta * relevance, found.squares, entropy,
        found.unit + abs(entropy) + len(y) * condition, condition,
    )  # fmt: skip


class Kept(NamedTuple):
    """The point of an encoder; the largest ratio of signal to noise; and two condition numbers: of
    the noise, its units of measurement taken off, and of the code."""

    point: Point
    largest: float
    noise: float
    code: float


def kept(problem: Squeezed, fit: Learnt) -> Kept:
    """Raises `LinAlgError` where the noise has no covariance."""
    A, S = (np.ascontiguousarray(part, float) for part in (fit.encoder, fit.noise))
    return _kept(correlated(problem), A.tobytes(), S.tobytes(), len(S))


@lru_cache(maxsize=4096)  # every claim asks for it
def _kept(vectors: Correlated, encoder: bytes, noise: bytes, k: int) -> Kept:
    x, y, xy = (np.asarray(part, float) for part in vectors)
    A, S = (np.frombuffer(part).reshape(k, -1) for part in (encoder, noise))
    sizes = np.sqrt(np.diag(S))
    scaled = S / np.outer(sizes, sizes)
    white = np.linalg.solve(np.linalg.cholesky(scaled), A / sizes[:, None])
    given = x - xy @ np.linalg.solve(y, xy.T)
    of_x, of_rest = (
        np.linalg.svd(white @ np.linalg.cholesky(cov), compute_uv=False) ** 2 for cov in (x, given)
    )
    rate = 0.5 * float(np.log1p(of_x).sum())
    relevance = rate - 0.5 * float(np.log1p(of_rest).sum())
    smallest = of_x[-1] if len(of_x) == k else 0.0
    code = (1 + of_x[0]) / (1 + smallest)
    return Kept(Point(rate, relevance), float(of_x[0]), float(np.linalg.cond(scaled)), float(code))


def proper(fit: Learnt) -> bool:
    """Whether every number is finite, and the noise has a covariance."""
    parts = (fit.encoder, fit.noise, fit.rate, fit.distortion, fit.tolerance)
    if not all(np.isfinite(part).all() for part in parts if part is not None):
        return False
    sizes = np.diag(fit.noise)
    if not np.min(sizes) > 0:
        return False
    scaled = np.asarray(fit.noise, float) / np.sqrt(np.outer(sizes, sizes))
    return float(np.linalg.eigvalsh(scaled)[0]) > 0


# -- sizes of rounding errors ---------------------------------------------------------------------


def unit(problem: Squeezed, truth: Truth, fit: Learnt) -> float:
    """Of what the code reports: its determinants are known to the condition of what it encodes."""
    if not proper(fit):
        return 1.0
    found = kept(problem, fit)
    known_to = truth.conditioned + found.noise * found.code
    return (1 + problem.beta) * (truth.unit + (len(fit.noise) + found.point.rate) * known_to)


def own_unit(problem: Squeezed, truth: Truth, fit: Learnt) -> float:
    """Of what is computed here from its encoder, and of a minimum that is flat."""
    if not proper(fit):
        return 1.0
    found = kept(problem, fit)
    known_to = truth.conditioned + found.noise + math.sqrt(found.largest)
    size = (1 + problem.beta) * (truth.unit + (len(fit.noise) + found.point.rate) * known_to)
    return size * (1 + flatness(problem, truth, fit))


def flatness(problem: Squeezed, truth: Truth, fit: Learnt) -> float:
    """By how much more than a rounding error a run may miss the optimum that can improve no more:
    along a direction of curvature c a slope that is lost in the rounding leaves 1/c roundings.

    Curvatures are small where a direction is near its critical beta (at it, the Lagrangian is flat
    to fourth order, which leaves the power 2/3 of a rounding), and where two are nearly alike."""
    squares = truth.squares
    prices = problem.beta * squares - 1
    curvatures = list(np.abs(prices[squares > 0]))
    for i, square in enumerate(squares):
        gaps = 1 - squares[i + 1 :] / square if square else squares[i + 1 :]
        gaps = np.where(prices[i + 1 :] > 0, gaps**2, gaps)  # of two in use a turn costs little
        curvatures += list(gaps[gaps > 0]) if prices[i] > 0 else []
    kind = np.asarray(fit.encoder).dtype
    root = math.cbrt(64 * float(np.finfo(kind if kind.kind == "f" else float).eps))
    return 1 / max(float(min(curvatures, default=1.0)), root)


def of_numbers(slack: Callable[..., float]) -> Callable[..., float]:
    """NaN, which every claim is missed by, where the noise has no covariance or a run diverged."""

    @wraps(slack)
    def guarded(problem: Squeezed, truth: Truth, fit: Learnt) -> float:
        if not proper(fit):
            return math.nan
        try:
            return float(slack(problem, truth, fit))
        except (np.linalg.LinAlgError, OverflowError):
            return math.nan

    return guarded


# -- always ---------------------------------------------------------------------------------------


def positive(problem: Squeezed, truth: Truth, fit: Learnt) -> float:
    """Infinitely wrong, if it is: no rounding makes a variance negative."""
    return 0.0 if proper(fit) else -math.inf


@of_numbers
def marginal_excess(problem: Squeezed, truth: Truth, fit: Learnt) -> float:
    """Infinite where no rate is reported: then nothing is said of it."""
    if fit.rate is None:
        return math.inf
    return fit.rate - kept(problem, fit).point.rate


@of_numbers
def decoder_excess(problem: Squeezed, truth: Truth, fit: Learnt) -> float:
    if fit.distortion is None:
        return math.inf
    return fit.distortion - truth.entropy + kept(problem, fit).point.relevance


@of_numbers
def above_the_floor(problem: Squeezed, truth: Truth, fit: Learnt) -> float:
    if fit.rate is None or fit.distortion is None:
        return math.inf
    return fit.rate + problem.beta * (fit.distortion - truth.entropy) - truth.least


# -- at the optimum -------------------------------------------------------------------------------


@of_numbers
def best(problem: Squeezed, truth: Truth, fit: Learnt) -> float:
    rate, relevance = kept(problem, fit).point
    return fit.tolerance - (rate - problem.beta * relevance - truth.least)


@of_numbers
def on_the_curve(problem: Squeezed, truth: Truth, fit: Learnt) -> float:
    rate, relevance = kept(problem, fit).point
    return fit.tolerance - problem.beta * (frontier(truth.squares, rate) - relevance)


@of_numbers
def at_its_price(problem: Squeezed, truth: Truth, fit: Learnt) -> float:
    rate = kept(problem, fit).point.rate
    along = rate - problem.beta * frontier(truth.squares, rate)
    return fit.tolerance - (along - truth.least)


@of_numbers
def marginal_fits(problem: Squeezed, truth: Truth, fit: Learnt) -> float:
    found = marginal_excess(problem, truth, fit)
    return math.inf if fit.rate is None else fit.tolerance - found


@of_numbers
def decoder_fits(problem: Squeezed, truth: Truth, fit: Learnt) -> float:
    found = decoder_excess(problem, truth, fit)
    return math.inf if fit.distortion is None else fit.tolerance - problem.beta * found


def flat_unit(problem: Squeezed, truth: Truth, fit: Learnt) -> float:
    return unit(problem, truth, fit) + own_unit(problem, truth, fit)


def told(*names: str, optimal: bool = False) -> Callable[[Learnt], Told]:
    """Whether these numbers were reported; and where the claim is of the optimum, of one."""

    def decided(fit: Learnt) -> Told:
        left_out = [name for name in names if getattr(fit, name) is None]
        words = f"the code reports no {' and no '.join(left_out)}" if left_out else ""
        return Told(not left_out and (fit.converged or not optimal), words)

    return decided


ALEMI = (
    Claim(
        name="positive", tex=r"S \succ 0", slack=positive, unit=unit,
        why="the noise has a covariance, and everything is finite",
    ),
    Claim(
        name="rate", tex=r"R \ge I(x;z)", slack=marginal_excess, unit=unit,
        why="no marginal makes a description cheaper than what it tells of x",
        binds="where decided", decided=told("rate"),
    ),
    Claim(
        name="distortion", tex=r"H(y) - D \le I(z;y)", slack=decoder_excess, unit=unit,
        why="no decoder gains more from a description than what it tells of y",
        binds="where decided", decided=told("distortion"),
    ),
    Claim(
        name="marginal", tex=r"R = I(x;z)", slack=marginal_fits, unit=flat_unit,
        why="at the optimum the marginal is that of the encoder, and nothing more is paid",
        binds="at the optimum", decided=told("rate", optimal=True),
    ),
    Claim(
        name="decoder", tex=r"D = H(y|z)", slack=decoder_fits, unit=flat_unit,
        why="at the optimum the decoder is the posterior, and nothing is lost",
        binds="at the optimum", decided=told("distortion", optimal=True),
    ),
)  # fmt: skip

FRONTIER = (
    Claim(
        name="floor", tex=r"R + \beta(D - H(y)) \ge \mathcal L^*", slack=above_the_floor, unit=unit,
        why="no variational bottleneck reports less than the Lagrangian's least value",
        binds="where decided", decided=told("rate", "distortion"),
    ),
    Claim(
        name="optimum", tex=r"I(x;z) - \beta I(z;y) = \mathcal L^*", slack=best, unit=own_unit,
        why="training that has converged is at the least value: units enough, one minimum",
        binds="at the optimum",
    ),
    Claim(
        name="curve", tex=r"I(z;y) = F(I(x;z))", slack=on_the_curve, unit=own_unit,
        why="the encoder is on the curve: no other of its rate keeps more of y",
        binds="at the optimum",
    ),
    Claim(
        name="price", tex=r"F'(I(x;z)) = 1/\beta", slack=at_its_price, unit=own_unit,
        why="and where the last nat of x buys 1/beta nats of y; up to beta = 1 nothing is kept",
        binds="at the optimum",
    ),
)  # fmt: skip


# -- problems -------------------------------------------------------------------------------------


def design() -> tuple[Squeezed, ...]:
    """16 probes: several coordinates; beta below one; below, at and above a critical one;
    directions alike, and directions of which one is in use; other units; more of x than of y."""
    one, within = ((1.0, 0.0), (0.0, 1.0)), ((1.0, 0.25), (0.25, 1.0))
    across = Correlated(one, one, ((0.5, 0.0), (0.0, 0.25)))
    equal = across._replace(cov_xy=((0.0, 0.5), (-0.5, 0.0)))
    crosswise = Correlated(within, one, ((0.0, 0.5), (-0.75, 0.0)))
    units = Correlated(
        ((16.0, 1.0), (1.0, 0.25)), ((2.0, 0.5), (0.5, 1.0)), ((3.0, 1.0), (0.25, 0.25))
    )
    return (
        Squeezed(*crosswise, 24.0), Squeezed(*plain(0.5), 4.0),
        Squeezed(*plain(0.9375), 0.5), Squeezed(*equal, 8.0),
        Squeezed(*pair(2, 2, 63), 6.0), Squeezed(*plain(0.5), 2.0),
        Squeezed(*units, 5.0), Squeezed(*across, 64.0),
        Squeezed(*pair(3, 2, 65), 12.0), Squeezed(*plain(0.5), 8.0),
        Squeezed(*pair(2, 3, 66), 3.0), Squeezed(*across, 8.0),
        Squeezed(*pair(3, 3, 67), 12.0), Squeezed(*plain(-0.9375), 2.0),
        Squeezed(*pair(2, 1, 61), 6.0), Squeezed(*pair(1, 2, 62), 12.0),
    )  # fmt: skip


def family(claims: tuple[Claim, ...]) -> Family:
    return Family(
        name="vib", problem=Squeezed, design=design, problems=problems, simpler=simpler,
        oracle=oracle, claims=claims,
    )  # fmt: skip


CLAIMS = ALEMI + FRONTIER
VIB = family(CLAIMS)
