r"""The best denoiser of masked, and of salted and peppered data: definition, oracle, claims.

X is the point $x_c$ with probability $w_c$.  Each coordinate of Y is that of X, or with probability
r, independently, it is replaced: by zero (masking), or by 0 or 1, either with probability 1/2
(salt-and-pepper).  What a coordinate has been replaced by may be its own value.  By Bayes' rule

$\hat x(y) = \mathbb{E}[X \mid y] = \sum_c w_c\,\rho^{m_c}x_c / \sum_c w_c\,\rho^{m_c}$,

over the points that y is possible for, where $m_c(y)$ counts the coordinates in which y and $x_c$
differ, and $\rho$ is r for masking, $r/(2 - r)$ for salt-and-pepper: the odds of what a point is
not against what it is.  All other factors are common to the points.

The estimate jumps with y and with the points, and is smooth in the weights: in these the gradient
is compared.
"""

from __future__ import annotations

from functools import lru_cache
from itertools import product
from typing import Any, NamedTuple

import numpy as np

from .arithmetic import FLOAT64, Arithmetic
from .discrete_denoiser_problems import EXTREMES, Corrupted, design, problems, ranges, simpler
from .lattice import Matrix
from .theorem import Claim, Evaluation, Family, gradient_claim, value_claim

__all__ = ["DISCRETE_DENOISER", "Corrupted", "Truth", "observations", "oracle", "rounding"]


class Truth(NamedTuple):
    """The posterior means [n, d], the gradient of their total in the weights [c], and the sizes of
    rounding errors."""

    value: np.ndarray
    gradient: tuple[np.ndarray, ...]
    unit: float
    units: tuple[np.ndarray, ...]


# -- definition and oracle ------------------------------------------------------------------------


def oracle(
    problem: Corrupted, corruption: str = "masking", *, arithmetic: Arithmetic = FLOAT64
) -> Truth:
    """By counting; the powers of the odds are relative to the likeliest point's."""
    w, x = arithmetic.array(problem.weights), arithmetic.array(problem.points)
    factors = _factors(problem, corruption, arithmetic)
    evidence = (factors * w).sum(1)[:, None]
    mean = (factors * w)[:, :, None] * x
    mean = mean.sum(1) / evidence
    pulls = x.sum(1) - mean.sum(1)[:, None]
    unit, units = rounding(problem, corruption)
    return Truth(mean, ((factors / evidence * pulls).sum(0),), unit, (units,))


def _factors(problem: Corrupted, corruption: str, arithmetic: Arithmetic) -> Any:
    """The likelihood of each point, over the largest of its row, [n, c]."""
    rate = arithmetic.number(problem.rate)
    odds = rate if corruption == "masking" else rate / (2 - rate)
    powers = [odds * 0 + 1]
    for _ in problem.points[0]:
        powers.append(powers[-1] * odds)
    rows = []
    for possible, count in zip(*differences(problem, corruption), strict=True):
        least = min((k for k, p in zip(count, possible, strict=True) if p), default=0)
        rows.append(
            [powers[k - least] if p else odds * 0 for k, p in zip(count, possible, strict=True)]
        )
    return np.array(rows)


def differences(problem: Corrupted, corruption: str) -> tuple[np.ndarray, np.ndarray]:
    """For which points each observation is possible, and in how many coordinates they differ, both
    [n, c]."""
    y, x = np.asarray(problem.y, float)[:, None, :], np.asarray(problem.points, float)
    same = y == x
    possible = (same | np.isin(y, EXTREMES[corruption])).all(axis=2)
    return possible, (~same).sum(axis=2)


@lru_cache(maxsize=4096)  # every subject meets the same stored design
def rounding(problem: Corrupted, corruption: str) -> tuple[float, np.ndarray]:
    """One rounding error of the value, and entry by entry of the gradient.

    A likelihood errs by the logarithms that it is the sum of, or by a factor per coordinate; a
    share by that of its own and of what it is divided by.
    """
    w, x = np.asarray(problem.weights, float), np.asarray(problem.points, float)
    _, count = differences(problem, corruption)
    kept, gone = abs(np.log1p(-problem.rate)), abs(np.log(problem.rate / 2))
    terms = 1 + np.abs(np.log(w)) + x.shape[1] * (1 + kept) + count * gone
    slopes = _factors(problem, corruption, FLOAT64)
    slopes = slopes / (slopes * w).sum(1)[:, None]
    shares = slopes * w
    mean, shared = shares @ x, terms + (shares * terms).sum(1)[:, None]
    sizes = ((shares * shared)[:, :, None] * (np.abs(x) + mean[:, None, :])).sum(1)
    reach = shared * (np.abs(x).sum(1) + mean.sum(1)[:, None])
    total = (slopes * reach + (shares * reach).sum(1)[:, None] / w.sum()).sum(0)
    return float(1 + sizes.max()), 1 + total


@lru_cache(maxsize=4096)
def observations(problem: Corrupted, corruption: str) -> tuple[Matrix, np.ndarray]:
    """All that may be observed, and with which probability: every point, each coordinate of it kept
    or replaced."""
    found: dict[tuple[float, ...], float] = {}
    values, total = EXTREMES[corruption], sum(problem.weights)
    for weight, point in zip(problem.weights, problem.points, strict=True):
        ways = [
            [(x, 1 - problem.rate), *((v, problem.rate / len(values)) for v in values)]
            for x in point
        ]
        for drawn in product(*ways):
            row, chances = zip(*drawn, strict=True)
            found[row] = found.get(row, 0.0) + weight / total * float(np.prod(chances))
    return tuple(found), np.array(list(found.values()))


# -- claims ---------------------------------------------------------------------------------------


def unit(problem: Corrupted, truth: Truth, *_: object) -> float:
    return truth.unit


def unchanged(problem: Corrupted, truth: Truth, output: Evaluation, other: Evaluation) -> float:
    return -float(np.max(np.abs(output.value - other.value)))


def turned(problem: Corrupted) -> tuple[Corrupted]:
    """The points in the reverse order."""
    return (problem._replace(weights=problem.weights[::-1], points=problem.points[::-1]),)


def split(problem: Corrupted) -> tuple[Corrupted]:
    """The first point as two halves of itself."""
    w, points = problem.weights, problem.points
    return (problem._replace(weights=(w[0] / 2, w[0] / 2, *w[1:]), points=points[:1] + points),)


def doubled(problem: Corrupted) -> tuple[Corrupted]:
    return (problem._replace(weights=tuple(2 * w for w in problem.weights)),)


def relabelled(problem: Corrupted) -> tuple[Corrupted]:
    """The coordinates in the reverse order."""
    y, points = (tuple(row[::-1] for row in t) for t in (problem.y, problem.points))
    return (problem._replace(y=y, points=points),)


def relabels(problem: Corrupted, truth: Truth, output: Evaluation, other: Evaluation) -> float:
    return -float(np.max(np.abs(output.value[:, ::-1] - other.value)))


def within_the_points(problem: Corrupted, truth: Truth, output: Evaluation) -> float:
    low, high = np.min(problem.points, axis=0), np.max(problem.points, axis=0)
    return float(min(np.min(output.value - low), np.min(high - output.value)))


def keeps(problem: Corrupted, truth: Truth, output: Evaluation) -> float:
    """Of grey values, which no corruption puts there."""
    y = np.asarray(problem.y, float)
    kept = (y != 0) & (y != 1)
    return -float(np.max(np.abs(output.value - y)[kept], initial=0.0))


def keeps_masked(problem: Corrupted, truth: Truth, output: Evaluation) -> float:
    y = np.asarray(problem.y, float)
    return -float(np.max(np.abs(output.value - y)[y != 0], initial=0.0))


def grey(table: Matrix) -> Matrix:
    """One half wherever there is a zero, so that a zero that is seen is no point's own."""
    return tuple(tuple(x or 0.5 for x in row) for row in table)


def blank(problem: Corrupted) -> tuple[Corrupted]:
    """Points without a zero, and all of it masked."""
    nothing = ((0.0,) * len(problem.points[0]),)
    return (problem._replace(y=nothing, points=grey(problem.points)),)


def prior_back(problem: Corrupted, truth: Truth, output: Evaluation, other: Evaluation) -> float:
    w, x = np.asarray(problem.weights), np.asarray(grey(problem.points))
    return -float(np.max(np.abs(other.value - w @ x / w.sum())))


def blank_unit(problem: Corrupted, *_: object) -> float:
    return max(rounding(*blank(problem), corruption)[0] for corruption in EXTREMES)


def told_apart(problem: Corrupted) -> tuple[Corrupted, Corrupted]:
    """Points without a zero, of which every other coordinate is masked: at the rate of the problem,
    and at another."""
    points = grey(problem.points)
    y = tuple(x * (j % 2) for j, x in enumerate(points[0]))
    seen = problem._replace(y=(y,), points=points)
    return seen, seen._replace(rate=problem.rate / 2)


def rate_free(
    problem: Corrupted, truth: Truth, output: Evaluation, one: Evaluation, other: Evaluation
) -> float:
    return -float(np.max(np.abs(one.value - other.value)))


def rate_free_unit(problem: Corrupted, *_: object) -> float:
    return sum(rounding(p, "masking")[0] for p in told_apart(problem))


def corner(problem: Corrupted) -> Corrupted:
    """The first three points, in their first two coordinates."""
    points = tuple(row[:2] for row in problem.points[:3])
    return problem._replace(y=points, points=points, weights=problem.weights[:3])


def averages(corruption: str) -> Claim:
    """The mean of the estimates, over all that may be observed, is that of the points."""

    def related(problem: Corrupted) -> tuple[Corrupted]:
        small = corner(problem)
        return (small._replace(y=observations(small, corruption)[0]),)

    def slack(problem: Corrupted, truth: Truth, output: Evaluation, other: Evaluation) -> float:
        small = corner(problem)
        _, chances = observations(small, corruption)
        w = np.asarray(small.weights)
        mean = w @ np.asarray(small.points) / w.sum()
        return -float(np.max(np.abs(chances @ other.value - mean)))

    return Claim(
        name=f"average over {'masks' if corruption == 'masking' else 'salt and pepper'}",
        tex=r"\textstyle\sum_y p(y)\,\hat x(y) = \sum_c w_c x_c",
        why="the estimates are right on average, over all that may be observed (of two coordinates "
        "and three points)",
        slack=slack, related=related, only={"corruption": (corruption,)},
        unit=lambda problem, *_: rounding(*related(problem), corruption)[0],
    )  # fmt: skip


CLAIMS = (
    value_claim(r"\hat x(y) = \mathbb{E}[X \mid Y = y]", unit, why="Bayes' rule"),
    gradient_claim(
        r"\partial_{w_c}\textstyle\sum_{ij}\hat x_{ij} = \sum_i\tfrac{p(c \mid y_i)}{w_c}"
        r"\sum_j(x_{cj} - \hat x_{ij})",
        lambda problem, truth: truth.units,
        why="the gradient in the weights: by how much a point pulls the estimate towards itself",
    ),
    Claim(
        name="kept", tex=r"y_j \ne 0 \Rightarrow \hat x_j = y_j",
        why="what is not zero was not masked", slack=keeps_masked, unit=unit,
        only={"corruption": ("masking",)},
    ),
    Claim(
        name="kept grey", tex=r"y_j \notin \{0, 1\} \Rightarrow \hat x_j = y_j",
        why="a value that no corruption puts there is the point's own", slack=keeps, unit=unit,
        only={"corruption": ("salt-and-pepper",)},
    ),
    Claim(
        name="blank", tex=r"y = 0,\ x_{cj} \ne 0 \Rightarrow \hat x = \textstyle\sum_c w_c x_c",
        why="where nothing is seen the prior is all that is known", slack=prior_back,
        unit=blank_unit, related=blank,
    ),
    Claim(
        name="rate", tex=r"x_{cj} \ne 0 \Rightarrow \partial_r\,\hat x = 0",
        why="where a mask is told from a zero, how often there is one tells nothing",
        slack=rate_free, unit=rate_free_unit, related=told_apart,
        only={"corruption": ("masking",)},
    ),
    averages("masking"),
    averages("salt-and-pepper"),
    Claim(
        name="hull", tex=r"\hat x_j \in [\min_c x_{cj}, \max_c x_{cj}]",
        why="a mean stays among what it averages", slack=within_the_points, unit=unit,
    ),
    Claim(
        name="weights", tex=r"w\,x = \tfrac w2 x + \tfrac w2 x",
        why="a point may be written as two halves of itself", slack=unchanged, unit=unit,
        related=split,
    ),
    Claim(
        name="ratios", tex=r"\hat x(2w) = \hat x(w)", why="only the ratios of the weights enter",
        slack=unchanged, unit=unit, related=doubled,
    ),
    Claim(
        name="order", tex=r"\hat x(c_\pi) = \hat x(c)", why="points have no order",
        slack=unchanged, unit=unit, related=turned,
    ),
    Claim(
        name="coordinates", tex=r"\hat x(y_\pi; x_\pi) = \hat x(y; x)_\pi",
        why="coordinates are corrupted alike: their order is a name", slack=relabels, unit=unit,
        related=relabelled,
    ),
)  # fmt: skip


DISCRETE_DENOISER = Family(
    name="discrete-denoiser", problem=Corrupted, design=design, problems=problems, simpler=simpler,
    oracle=oracle, claims=CLAIMS, ranges=ranges,
)  # fmt: skip
