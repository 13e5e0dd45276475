r"""What every trained denoiser owes to Tweedie, however it was trained, and what a converged one.

The law of the data is uniform over n points, $Y = X + \sigma\epsilon$, and $D^*(y) =
\mathbb{E}[X \mid y] = \sum_i \operatorname{softmax}_i(-\lVert y - x_i\rVert^2/2\sigma^2)\,x_i$.
A denoiser D is known by what it returns on a grid of y; its *excess* is

$\eta = \mathbb{E}\lVert X - D(Y)\rVert^2 - \operatorname{mmse} =
\mathbb{E}\lVert D(Y) - D^*(Y)\rVert^2$,

no other number: so a loss near the floor is a map near the best one in $L^2(p_\sigma)$, and in no
other sense.  All slacks are in the unit of the loss and linear in what is known of the excess (the
consequences are squared by Cauchy and Schwarz), so that rounding enters once, at the size `unit`.

Expectations are sums over a grid of step $\sigma/16$ (in the plane $\sigma/4$, and $\sigma/8$ for
the floor), out to 7 deviations from every point: for what is analytic in a strip of half width a,
the error of a step h is $O(e^{-2\pi a/h})$, and $a = \pi\sigma^2/r$ for two points at a distance r.
A network may have corners: its excess is known to within what each of four interleaved quarters of
the grid makes of it.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from .autoencoder import alone, kept, repeatable
from .denoiser import Noisy
from .denoiser import oracle as posterior
from .theorem import Claim, Family
from .trained_denoiser_problems import Cloud, design, problems, simpler

__all__ = ["TRAINED_DENOISER", "Best", "Denoised", "best", "denoised", "excess"]
__all__ += ["oracle", "posterior_shares", "steps", "unsettled"]

REACH = 7  # deviations; what lies beyond has a share of 1e-11, and a square of 1e-22
FINE, FINE_IN_THE_PLANE = 16, 4  # steps per deviation


class Denoised(NamedTuple):
    """What was seen of a denoiser.

    `loss` is what its training reported as $\\mathbb{E}\\lVert X - D(Y)\\rVert^2$, to within
    `loss_error`, or None; `converged` says that its excess is at most `tolerance`.  `again`,
    `company`, `changed` and `wobble` are as of any code that maps rows (see `autoencoder`); `cloud`
    is what it returned there, `x_hat` (m, d) what it returned on the grid.  `uncertain` is how far
    the excess may be from what the grid shows.  `undecided` says what there is to say where nothing
    is claimed, and `symptoms` are the known errors that it shows the signs of, or else those whose
    exact minimiser it is near.
    """

    again: float
    company: float
    changed: float
    wobble: float
    cloud: np.ndarray
    x_hat: np.ndarray
    loss: float | None
    loss_error: float
    converged: bool
    tolerance: float
    uncertain: float
    undecided: str = ""
    symptoms: tuple[str, ...] = ()

    def shown(self, claim: str, truth: Best) -> tuple[str, str]:
        """What the theorem says and what was seen, as far as a claim is concerned."""
        found = truth.mmse + excess(truth, self.x_hat)
        said = f"{found:.9g}" if self.loss is None else f"{self.loss:.9g} reported"
        within = f"at most {truth.mmse + self.tolerance:.9g}, the floor and the tolerance"
        about = f", give or take {self.uncertain:.2g}" if self.uncertain > 1e-12 * found else ""
        if claim in CONSEQUENCES:
            missed = CONSEQUENCES[claim](truth, self.x_hat)
            admitted = f"at most {self.tolerance:.6g}, the excess that is admitted"
            return admitted, f"{missed:.6g}, in the unit of the loss{about}"
        return {
            "repeatable": ("the same again", f"a change of {self.again:.6g}, each time"),
            "row by row": ("the same in any company", f"a change of {self.company:.6g}"),
            "data kept": ("rows as they were", f"rows changed by {self.changed:.6g}"),
            "finite": ("finite numbers", f"{np.sum(~np.isfinite(self.x_hat))} that are not"),
            "floor": (f"{truth.mmse:.9g} at least", said),
            "honesty": (f"{found:.9g}, the loss of the map returned", said),
            "better than a line": (f"at most {truth.line:.9g}, the best line's", f"{found:.9g}"),
        }.get(claim, (within, f"{found:.9g}{about}"))


class Best(NamedTuple):
    """The grid: `y` (m, d), the `weights` of its places under the noised law, which `quarter` of it
    each belongs to; the `best` denoiser there (m, d), its loss `mmse`, the loss of the best affine
    map, `line`; mean (d), and mean squared length (`size`), of the data; the noise's deviation."""

    y: np.ndarray
    weights: np.ndarray
    quarter: np.ndarray
    best: np.ndarray
    mmse: float
    line: float
    mean: np.ndarray
    size: float
    sigma: float


# -- oracle ---------------------------------------------------------------------------------------


def oracle(problem: Cloud, **_: str) -> Best:
    return best(problem)


@lru_cache(maxsize=256)
def best(problem: Cloud) -> Best:
    """By Bayes' rule, on the grid; the covariance of the data gives the line."""
    x, sigma = np.asarray(problem.points, float), problem.sigma
    d, mean = x.shape[1], x.mean(axis=0)
    y, weights, quarter = grid(problem, FINE if d == 1 else FINE_IN_THE_PLANE)
    fine = (y, weights) if d == 1 else grid(problem, 2 * FINE_IN_THE_PLANE)[:2]
    variances = np.linalg.eigvalsh((x - mean).T @ (x - mean) / len(x)).clip(min=0)
    line = float(np.sum(variances * sigma**2 / (variances + sigma**2)))
    found = denoised(problem, y)
    size = float((x**2).sum(axis=1).mean())
    mmse = left_over(problem, *fine)
    return Best(y, weights, quarter, found, mmse, line, mean, size, sigma)


def grid(problem: Cloud, steps: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Places (m, d), their weights under the noised law (m), and which quarter they are of (m)."""
    x, h = np.asarray(problem.points, float), problem.sigma / steps
    reach = REACH * problem.sigma
    counts = [np.arange(math.floor((low - reach) / h), math.ceil((high + reach) / h) + 1)
              for low, high in zip(x.min(axis=0), x.max(axis=0), strict=True)]  # fmt: skip
    places = np.stack([axis.ravel() for axis in np.meshgrid(*counts, indexing="ij")], axis=1)
    y = places * h
    squares = squared_distances(problem, y)
    near = squares.min(axis=1) <= reach**2
    y, quarter = y[near], places[near].sum(axis=1) % 4
    weights = np.exp(-squares[near] / (2 * problem.sigma**2)).mean(axis=1)
    return y, weights / weights.sum(), quarter


def denoised(problem: Cloud, y: np.ndarray) -> np.ndarray:
    """The best denoiser at the rows of y (m, d)."""
    n, rows = len(problem.points), tuple(map(tuple, y.tolist()))
    prior = ((1 / n,) * n, problem.points, (0.0,) * n)
    return np.asarray(posterior(Noisy(rows, *prior, problem.sigma)).value, float)


def posterior_shares(problem: Cloud, y: np.ndarray, sigma: float) -> np.ndarray:
    """How likely each point is (m, n), given a row of y, for noise of this deviation."""
    exponents = -squared_distances(problem, y) / (2 * sigma**2)
    shares = np.exp(exponents - exponents.max(axis=1, keepdims=True))
    return np.asarray(shares / shares.sum(axis=1, keepdims=True))


def squared_distances(problem: Cloud, y: np.ndarray) -> np.ndarray:
    return np.asarray(((y[:, None, :] - np.asarray(problem.points, float)) ** 2).sum(axis=2))


def left_over(problem: Cloud, y: np.ndarray, weights: np.ndarray) -> float:
    """The floor: the trace of the posterior covariance, averaged, from differences of points."""
    apart = squared_distances(problem, np.asarray(problem.points, float))
    shares = posterior_shares(problem, y, problem.sigma)
    return float(weights @ ((shares @ apart) * shares).sum(axis=1)) / 2


def excess(truth: Best, x_hat: np.ndarray) -> float:
    """The mean squared distance from the best denoiser."""
    return float(truth.weights @ ((x_hat - truth.best) ** 2).sum(axis=1))


def unsettled(truth: Best, x_hat: np.ndarray) -> float:
    """How far a quarter of the grid is from the whole on the excess, at most."""
    terms = truth.weights * ((x_hat - truth.best) ** 2).sum(axis=1)
    parts = 4 * np.bincount(truth.quarter, weights=terms, minlength=4)
    return float(np.max(np.abs(parts - terms.sum())))


# -- claims ---------------------------------------------------------------------------------------


def plain_unit(problem: Cloud, truth: Best, code: Denoised) -> float:
    return float(np.max(np.abs(code.cloud), initial=0.0)) + code.wobble


def unit(problem: Cloud, truth: Best, code: Denoised) -> float:
    """One rounding error of the loss: of the numbers squared, and of what is returned."""
    found = excess(truth, code.x_hat)
    size = math.sqrt(truth.size) + problem.sigma + math.sqrt(found)
    return size**2 + 2 * math.sqrt(found * truth.y.shape[1]) * code.wobble


def finite(problem: Cloud, truth: Best, code: Denoised) -> float:
    return 0.0 if np.isfinite(code.x_hat).all() else -math.inf


def above_the_floor(problem: Cloud, truth: Best, code: Denoised) -> float:
    if code.loss is None:
        return excess(truth, code.x_hat)
    return code.loss + code.loss_error - truth.mmse


def honest(problem: Cloud, truth: Best, code: Denoised) -> float:
    if code.loss is None:
        return 0.0
    found = truth.mmse + excess(truth, code.x_hat)
    return code.loss_error + code.uncertain - abs(code.loss - found)


def better_than_a_line(problem: Cloud, truth: Best, code: Denoised) -> float:
    """Of one point the best denoiser is a line itself: then nothing is said."""
    if len(problem.points) == 1:
        return math.inf
    return truth.line + code.uncertain - truth.mmse - excess(truth, code.x_hat)


def within(missed: Callable[[Best, np.ndarray], float]) -> Callable[..., float]:
    """What is missed, squared and in the unit of the loss, is at most the excess admitted."""

    def slack(problem: Cloud, truth: Best, code: Denoised) -> float:
        return code.tolerance + code.uncertain - missed(truth, code.x_hat)

    return slack


def correlation(truth: Best, x_hat: np.ndarray) -> float:
    r"""The larger of $\lVert\mathbb{E}(X - D)\rVert^2$ and $(\mathbb{E}(X - D) \cdot D)^2/
    \mathbb{E}\lVert D\rVert^2$."""
    bias = truth.weights @ x_hat - truth.mean
    size = float(truth.weights @ (x_hat**2).sum(axis=1))
    product = float(truth.weights @ ((truth.best - x_hat) * x_hat).sum(axis=1))
    return max(float(bias @ bias), product**2 / size if size else 0.0)


def score(truth: Best, x_hat: np.ndarray) -> float:
    r"""$(\mathbb{E}\,Y \cdot (D - Y) + \sigma^2 d)^2/\mathbb{E}\lVert Y\rVert^2$: the score's
    product with y is integrated by parts, and no best denoiser is asked for."""
    size = float(truth.weights @ (truth.y**2).sum(axis=1))
    product = float(truth.weights @ (truth.y * (x_hat - truth.y)).sum(axis=1))
    return float((product + truth.sigma**2 * truth.y.shape[1]) ** 2 / size)


def mean_jacobian(truth: Best, x_hat: np.ndarray) -> np.ndarray:
    r"""$\sigma^2\,\mathbb{E}\,\nabla D(Y) = \mathbb{E}\,D(Y)(Y - X)^\top$, by Stein's lemma."""
    return np.asarray((truth.weights[:, None] * x_hat).T @ (truth.y - truth.best))


def no_covariance(truth: Best, x_hat: np.ndarray) -> float:
    """The larger of the antisymmetric part, squared and halved, and of the square of a negative
    eigenvalue of the symmetric part; over the mean squared step of the best denoiser."""
    J = mean_jacobian(truth, x_hat)
    if not np.isfinite(J).all():
        return math.nan
    turning = float(np.sum((J - J.T) ** 2)) / 2
    repelling = min(float(np.linalg.eigvalsh((J + J.T) / 2)[0]), 0.0) ** 2
    return max(turning, repelling) / steps(truth)


def steps(truth: Best) -> float:
    """The mean squared step of the best denoiser, from y to what it answers."""
    return float(truth.weights @ ((truth.y - truth.best) ** 2).sum(axis=1))


CONSEQUENCES = {"orthogonality": correlation, "score": score, "Jacobian": no_covariance}

CLAIMS = (
    Claim(
        name="finite", tex=r"D(y) \in \mathbb{R}^d", slack=finite, unit=plain_unit,
        why="whatever it is handed, seven deviations away too, it returns numbers",
    ),
    Claim(
        name="repeatable", tex=r"D(y) = D(y)", slack=repeatable, unit=plain_unit,
        why="nothing is drawn and nothing remembered: noise and dropout are for training only",
    ),
    Claim(
        name="row by row", tex=r"D(Y)_i = D(y_i)", slack=alone, unit=plain_unit,
        why="a row is denoised by itself: in any order, and beside any other rows",
    ),
    Claim(
        name="data kept", tex=r"Y \text{ before} = Y \text{ after}", slack=kept, unit=plain_unit,
        why="the rows handed over are left as they were",
    ),
    Claim(
        name="floor", tex=r"\hat L \ge \mathbb{E}\lVert X - \mathbb{E}[X \mid Y]\rVert^2",
        why="no denoiser, trained or not, loses less: a loss that is lower was evaluated wrongly",
        slack=above_the_floor, unit=unit,
    ),
    Claim(
        name="honesty", tex=r"\hat L = \operatorname{mmse} + \mathbb{E}\lVert D - D^*\rVert^2",
        why="the reported loss is that of the denoiser returned, on fresh noise; report none that "
        "is not known to within its `loss_error`",
        slack=honest, unit=unit,
    ),
    Claim(
        name="better than a line",
        tex=r"\mathbb{E}\lVert X - D(Y)\rVert^2 \le \sum_j v_j\sigma^2/(v_j + \sigma^2)",
        why="Wiener's is the best affine map, which a trained network leaves behind; where it does "
        "not, it was trained for something else, or hardly",
        slack=better_than_a_line, unit=unit, only={"trained": ("yes",)},
    ),
    Claim(
        name="distance", tex=r"\mathbb{E}\lVert D - D^*\rVert^2 \le \eta",
        why="a run that has converged to within eta of the floor is as near to the best denoiser, "
        "and its score to within eta over the fourth power of sigma",
        slack=within(excess), unit=unit, binds="at the optimum",
    ),
    Claim(
        name="orthogonality",
        tex=r"\lVert\mathbb{E}[X - D]\rVert^2 \le \eta,\ (\mathbb{E}\,(X - D) \cdot D)^2 \le "
        r"\eta\,\mathbb{E}\lVert D\rVert^2",
        why="its errors are orthogonal to constants and to what it returns, which is the data's "
        "mean on average, and neither too long nor too short",
        slack=within(correlation), unit=unit, binds="at the optimum",
    ),
    Claim(
        name="score",
        tex=r"(\mathbb{E}\,Y \cdot \tfrac{D(Y) - Y}{\sigma^2} + d)^2 \le "
        r"\tfrac{\eta}{\sigma^4}\,\mathbb{E}\lVert Y\rVert^2",
        why="its step over the variance is a score, whose product with y has the mean -d",
        slack=within(score), unit=unit, binds="at the optimum",
    ),
    Claim(
        name="Jacobian",
        tex=r"\tfrac12\lVert J - J^\top\rVert^2 \le \eta\,s^2,\ \lambda_{\min}\bigl(\tfrac12(J + "
        r"J^\top)\bigr) \ge -\sqrt\eta\,s,\ J = \mathbb{E}\,D(Y)(Y - X)^\top,\ "
        r"s^2 = \mathbb{E}\lVert Y - D^*\rVert^2",
        why="its Jacobian is a covariance on average: it neither rotates nor repels",
        slack=within(no_covariance), unit=unit, binds="at the optimum",
    ),
)  # fmt: skip

TRAINED_DENOISER = Family(
    name="trained-denoiser", problem=Cloud, design=design, problems=problems, simpler=simpler,
    oracle=oracle, claims=CLAIMS,
)  # fmt: skip
