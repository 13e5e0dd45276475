r"""Hubness: some points are the nearest neighbours of many, and the average point of exactly k.

## Statement

Of n points let each name its k nearest others, and let $N_k(x)$ be how many name x.  Then the mean
of $N_k$ is k, for every distance and dimension; what one point has beyond k, others lack.  Who is
named is a matter of the mean: $\mathbb{E}|x-Y|^2 = |x-\mu|^2 + \mathbb{E}|Y-\mu|^2$, so that points
near the mean are nearer to everybody, unless all are equally far from it, as on a centred sphere.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations, product

import numpy as np

from .picture import Picture
from .symbolic import sp
from .theorem import Assumption, Step, Theorem, enumeration, identity, inequality

__all__ = ["HUBNESS", "k_occurrences", "skewness"]

Counts = tuple[int, ...]


# -- definition -----------------------------------------------------------------------------------


def k_occurrences(points: np.ndarray, k: int) -> np.ndarray:
    """Of each row of `points` [n, d], how many others have it among their k nearest: integers [n].
    Raises `ValueError` unless 0 < k < n."""
    n = len(points)
    if not 0 < k < n:
        raise ValueError(
            f"expected: 0 < k < n for the k nearest of {n - 1} others\n"
            f"received: k={k}\nremedy:   fewer neighbours, or more points"
        )
    squares = (points**2).sum(1)
    distances = squares[:, None] + squares - 2 * points @ points.T
    np.fill_diagonal(distances, np.inf)
    nearest = np.argpartition(distances, k - 1, axis=1)[:, :k]
    return np.bincount(nearest.ravel(), minlength=n)


def skewness(counts: np.ndarray) -> float:
    """The third moment about the mean over the cube of the standard deviation: zero where every
    point is named alike."""
    apart = counts - np.mean(counts)
    spread = float(np.mean(apart**2)) ** 1.5
    return float(np.mean(apart**3)) / spread if spread else 0.0


# -- proof ----------------------------------------------------------------------------------------


def proof() -> Iterator[Step]:
    yield from _counting()
    yield from _moments()


def named(n: int, k: int) -> Iterator[Counts]:
    """How often each of n points is named, for every way in which each names k others."""
    choices = [combinations([j for j in range(n) if j != i], k) for i in range(n)]
    for chosen in product(*map(list, choices)):
        yield tuple(sum(j in names for names in chosen) for j in range(n))


def _cases() -> Iterator[tuple[int, Counts]]:
    for n, k in ((3, 1), (4, 1), (4, 2), (5, 1)):
        for counts in named(n, k):
            yield k, counts


def _counting() -> Iterator[Step]:
    yield enumeration(
        "count the names twice, by who names and by who is named: the mean is k",
        _cases, holds=lambda case: sum(case[1]) == case[0] * len(case[1]),
        slip=lambda case: max(case[1]) == case[0], slip_words="every point is named k times",
        tex=r"\textstyle\sum_x N_k(x) = nk",
        scope="every way to name, whatever the distance: 3 points, 4 with k = 1 and 2, and 5",
    )  # fmt: skip
    yield enumeration(
        "so hubs are few: no more than one point in m is named m times as often as the average",
        _cases, holds=lambda case: all(
            m * sum(count >= m * case[0] for count in case[1]) <= len(case[1]) for m in (1, 2, 3)
        ),
        slip=lambda case: 3 * sum(count > case[0] for count in case[1]) <= len(case[1]),
        slip_words="no more than a third are above the average",
        tex=r"m\cdot\#\{x : N_k(x) \ge mk\} \le n", scope="the same",
    )  # fmt: skip
    a, b = sp.symbols("a b", real=True)
    c = -a - b
    yield inequality(
        "and what a hub has beyond k the others lack: it alone makes a variance",
        sp.Rational(3, 2) * a**2, sp.expand(a**2 + b**2 + c**2), because=[(b - c) ** 2 / 2],
        slip=sp.Rational(3, 2) * a**2 + b**2, slip_words="the others' lack counted by one of them",
        tex=r"\textstyle\sum(N_k-k)^2 \ge \tfrac{n}{n-1}(N_k(x)-k)^2", scope="three points",
    )  # fmt: skip


def _moments() -> Iterator[Step]:
    x, y, z, m, s = sp.symbols("x y z m s", real=True)
    yield identity(
        "who is near everybody: the distance to the mean decides",
        x**2 - 2 * x * m + s, (x - m) ** 2 + (s - m**2),
        slip=x**2 + s, slip_words="the mean taken for zero",
        tex=r"\mathbb{E}|x-Y|^2 = |x-\mu|^2 + \mathbb{E}|Y-\mu|^2",
        scope="per coordinate; m and s are the first two moments of Y",
    )  # fmt: skip
    yield identity(
        "of Gaussian points the distances from two others to x vary together: their covariance",
        _mean(((x - y) ** 2 - 2) * ((x - z) ** 2 - 2), x, y, z), sp.Integer(2),
        slip=sp.Integer(0), slip_words="taken for independent, as the others are",
        tex=r"\operatorname{Cov}(|X-Y|^2, |X-Z|^2) = \operatorname{Var}|X|^2 = 2d",
        scope="per coordinate, by Gaussian moments",
    )  # fmt: skip
    yield identity(
        "their variance: so the correlation is a quarter in every dimension, and does not fade",
        _mean(((x - y) ** 2 - 2) ** 2, x, y), sp.Integer(8),
        slip=sp.Integer(4), slip_words="that of |X|^2 and of |Y|^2 alone, without their product",
        tex=r"\operatorname{Var}|X-Y|^2 = 8d", scope="per coordinate, by Gaussian moments",
    )  # fmt: skip
    r = sp.Symbol("r", positive=True)
    yield identity(
        "on a centred sphere it is nothing: every point has the same mean distance",
        (r**2 - 2 * x * m + r**2).subs(m, 0), 2 * r**2,
        slip=2 * r**2 - 2 * x**2, slip_words="the point's own coordinate kept",
        tex=r"|x| = r,\ \mu = 0 \Rightarrow \mathbb{E}|x-Y|^2 = 2r^2", scope="every dimension",
    )  # fmt: skip


def _mean(polynomial: sp.Expr, *normals: sp.Symbol) -> sp.Expr:
    """The expectation, each letter an independent standard normal."""
    terms = sp.Poly(sp.expand(polynomial), *normals).terms()
    return sum(
        factor * sp.prod([sp.factorial2(p - 1) if p % 2 == 0 else 0 for p in powers])
        for powers, factor in terms
    )


# -- assumptions ----------------------------------------------------------------------------------


def with_a_radius() -> float:
    """Points 0, 1 and 10 on a line, each with all others within 2: two names for three points."""
    at = np.array([0.0, 1.0, 10.0])
    near = (abs(at[:, None] - at) <= 2) & ~np.eye(3, dtype=bool)
    return -abs(float(near.sum()) / 3 - 1)


def with_itself() -> float:
    """The nearest two of each corner of a square, itself among them: one other is left."""
    corners = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
    return -abs(float(k_occurrences(corners, 1).mean()) - 2)


def with_other_queries() -> float:
    """Two queries that each name one of four points."""
    return -abs(float(np.bincount([0, 3], minlength=4).mean()) - 1)


def with_an_arc() -> float:
    """Three points on a sixth of a circle each apart: all of length one, and the middle is nearer
    to the others than they are to each other."""
    angles = np.array([-1.0, 0.0, 1.0]) * np.pi / 3
    rows = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    distances = ((rows[:, None] - rows) ** 2).sum(2).mean(1)
    return -float(np.ptp(distances))


ASSUMPTIONS = (
    Assumption(
        words="each point names exactly k others",
        fails="mean: within a radius some have more neighbours than others",
        without=with_a_radius,
    ),
    Assumption(
        words="no point names itself",
        fails="mean: code that asks a tree for the k nearest of its own points gets each point "
        "itself first, and k - 1 others",
        without=with_itself,
    ),
    Assumption(
        words="those who name are those who are named",
        fails="mean: m queries of n points name each mk/n times on average",
        without=with_other_queries,
    ),
    Assumption(
        words="for equal mean distances: the sphere is centred on the mean of the points",
        fails="equal mean distances: on an arc the middle is near to all, though every row has "
        "length one",
        without=with_an_arc,
    ),
)


# -- a picture ------------------------------------------------------------------------------------

DIMENSIONS = (2, 3, 5, 8, 12, 20, 30, 50, 80, 120, 300)
POINTS, NEIGHBOURS = 500, 10


def picture() -> Picture:
    """The skewness of who is named, by dimension, of Gaussian points and of their directions."""
    draw = np.random.default_rng(0)
    gaussian, sphere = [], []
    for d in DIMENSIONS:
        rows = draw.normal(size=(POINTS, d))
        lengths = np.linalg.norm(rows, axis=1, keepdims=True)
        gaussian.append((float(d), skewness(k_occurrences(rows, NEIGHBOURS))))
        sphere.append((float(d), skewness(k_occurrences(rows / lengths, NEIGHBOURS))))
    return Picture(
        f"How skew it is who is named: {POINTS} points, {NEIGHBOURS} names each",
        ("dimensions", "skewness of the counts"),
        {"Gaussian points": tuple(gaussian), "their directions": tuple(sphere)},
    )


# -- the theorem ----------------------------------------------------------------------------------

HUBNESS = Theorem(
    id="hubness",
    title="Hubness: the points that are everybody's neighbours",
    intuition="Ask everyone for their k best friends: on average one is named k times, since every "
    "name given is a name received. But not all alike. In many dimensions whoever is a little "
    "nearer to the middle is a little nearer to everyone, and among distances that are all nearly "
    "equal a little is enough: hubs are found for every query, and most points for none. On a "
    "sphere about the middle nobody is nearer to it, and the effect is small: one reason to "
    "normalise embeddings, and first to subtract their mean, before neighbours are looked up.",
    statement=r"For $n$ points, each of which names its $k$ nearest others, $N_k(x)$ of which name "
    r"$x$: "
    r"$\frac1n\sum_x N_k(x) = k$, for every distance and dimension; no more than $n/m$ points have "
    r"$N_k \ge mk$; and the variance of $N_k$ is at least $(N_k(x)-k)^2/(n-1)$ for every $x$. For "
    r"independent $Y$ with mean $\mu$, $\mathbb{E}|x-Y|^2 = |x-\mu|^2 + \mathbb{E}|Y-\mu|^2$. For "
    r"standard Gaussian points the squared distances from two others to one point have the "
    r"correlation $\tfrac14$ in every dimension; on a centred sphere their means are all equal.",
    proof_words="Count the names twice. Expand the square about the mean. The rest are moments of "
    "Gaussians, coordinate by coordinate. How skew the counts are is computed, not proved: from "
    "drawn points with a fixed seed.",
    assumptions=ASSUMPTIONS,
    references=(
        (
            "M. Radovanović, A. Nanopoulos and M. Ivanović, Hubs in space: popular nearest "
            "neighbors in high-dimensional data, Journal of Machine Learning Research 11 (2010), "
            "2487-2531"
        ),
        (
            "T. Low, C. Borgelt, S. Stober and A. Nürnberger, The hubness phenomenon: fact or "
            "artifact?, Towards Advanced Data Analysis (2013): it follows the density, and not the "
            "dimension alone"
        ),
    ),
    proof=proof,
    families=(),
    picture=picture,
    errata=(
        (
            "Hubs do not come of many dimensions alone: directions of the same points, in as many "
            "dimensions, have next to none. A density that falls off from a middle is needed too."
        ),
    ),
)  # fmt: skip
