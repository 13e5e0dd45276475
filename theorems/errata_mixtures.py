"""Errata on mixtures of Gaussians: where the classes lie, and what suffices to tell them apart."""

from __future__ import annotations

from fractions import Fraction
from itertools import combinations, product
from math import sqrt

from .erratum import Erratum, Measured, Refutation

__all__ = ["MIXTURES"]

Vector = tuple[int, ...]
IN_A_LINE: list[Vector] = [(0, 0), (1, 0), (10, 0)]
IN_A_TRIANGLE: list[Vector] = [(0, 0), (1, 0), (0, 3)]
AXES: list[Vector] = [(1, 0, 0), (0, 1, 0), (0, 0, 1)]


def log_odds(means: list[Vector], x: Vector, c: int) -> Fraction:
    """log p(c | x) - log p(last | x): equal priors, covariance the identity."""

    def half_square(m: Vector) -> Fraction:
        return Fraction(sum((a - b) ** 2 for a, b in zip(x, m, strict=True)), 2)

    return half_square(means[-1]) - half_square(means[c])


def cosines(means: list[Vector]) -> list[float]:
    """Between the centred means, pair by pair; centred at the sum of all, to stay in integers."""
    n = len(means)
    centre = [sum(column) for column in zip(*means, strict=True)]
    spread = [[n * a - b for a, b in zip(m, centre, strict=True)] for m in means]

    def dot(u: list[int], v: list[int]) -> int:
        return sum(a * b for a, b in zip(u, v, strict=True))

    return [dot(u, v) / sqrt(dot(u, u) * dot(v, v)) for u, v in combinations(spread, 2)]


def from_simplex(means: list[Vector]) -> float:
    """How far the cosines are from those of a simplex, at most."""
    return max(abs(cosine + 1 / (len(means) - 1)) for cosine in cosines(means))


def mixture_directions() -> Refutation:
    straight, slanted, regular = map(cosines, (IN_A_LINE, IN_A_TRIANGLE, AXES))
    return Refutation(
        claimed=Measured(
            "minus the distance of a cosine from $-1/2$", 0 - from_simplex(IN_A_LINE)
        ),
        corrected=Measured(
            "the same with the three unit vectors for means, whose mutual distances are equal",
            0 - from_simplex(AXES),
        ),
        numbers=tuple(
            Measured(f"cosine between classes {i} and {j}, means {where}", cosine)
            for where, found in (("on a line", straight), ("in a triangle", slanted))
            for (i, j), cosine in zip(((1, 2), (1, 3), (2, 3)), found, strict=True)
        ) + (Measured("cosine, means at the unit vectors", regular[0]),),
    )  # fmt: skip


MIXTURE_DIRECTIONS = Erratum(
    id="mixture-means-as-simplex",
    said="Balanced classes with one isotropic covariance have their means on a simplex",
    claim="In a mixture of Gaussians with equal weights and one isotropic covariance the class "
    "directions, centred and normalised, are a simplex equiangular tight frame: the geometry of "
    "neural collapse, which the sufficient statistic, the supervised network and the contrastive "
    "encoder therefore all reach.",
    believed="Everything is symmetric, except the means; and a network trained to the end puts "
    "its class means on such a frame.",
    corrected="The directions are those of the means that were given. They are a simplex exactly "
    "where the means have equal mutual distances, which must be assumed. Neural collapse is a "
    "statement on learned features, and does not depend on where the means were; the sufficient "
    "statistic does.",
    instance="Three classes with means $(0,0)$, $(1,0)$ and $(10,0)$, or $(0,0)$, $(1,0)$ and "
    "$(0,3)$; a simplex of three has cosines $-1/2$.",
    counterexample=mixture_directions,
    theorems=("three-way-convergence", "neural-collapse"),
    references=(
        (
            "V. Papyan, X. Y. Han and D. L. Donoho, Prevalence of neural collapse during the "
            "terminal phase of deep learning training, PNAS, 2020"
        ),
    ),
)


def mixture_minimal() -> Refutation:
    grid = list(product(range(3), repeat=3))

    def posterior(x: Vector) -> tuple[Fraction, ...]:
        return tuple(log_odds(AXES, x, c) for c in range(2))

    def differences(x: Vector) -> Vector:
        return (x[0] - x[2], x[1] - x[2])

    pairs = list(combinations(grid, 2))
    alike = [(x, y) for x, y in pairs if posterior(x) == posterior(y)]
    errs = sum(
        (posterior(x) == posterior(y)) != (differences(x) == differences(y)) for x, y in pairs
    )
    return Refutation(
        claimed=Measured(
            "minus the pairs with one posterior that the three projections tell apart",
            -sum(x != y for x, y in alike),
        ),
        corrected=Measured("minus the pairs on which the two differences err", -errs),
        numbers=(
            Measured("points tried", len(grid)),
            Measured("pairs of points with the same posterior", len(alike)),
        ),
    )


MIXTURE_MINIMAL = Erratum(
    id="mixture-minimal-statistic",
    said="Projections on the $C$ class means are the minimal sufficient statistic",
    claim=r"For Gaussian classes with a common covariance the minimal sufficient statistic for the "
    r"class is $(\mu_1^\top\Sigma^{-1}x, \dots, \mu_C^\top\Sigma^{-1}x)$.",
    believed="Each class has its own linear score, so that there are $C$ of them.",
    corrected=r"These $C$ numbers are sufficient. Minimal are differences of them, as many as the "
    "rank of the centred means, at most $C - 1$: what is added to all scores changes no posterior.",
    instance="Three classes with the unit vectors of three dimensions for means: the projections "
    "are the point itself. All pairs of points with coordinates 0, 1, 2.",
    counterexample=mixture_minimal,
    theorems=("epsilon-sufficiency",),
)

MIXTURES = (MIXTURE_DIRECTIONS, MIXTURE_MINIMAL)
