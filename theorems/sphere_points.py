r"""Points that spread over a sphere: what they owe to the least energies that are known.

n unit vectors in d dimensions have the energy $U = \log\operatorname{mean}_{i<j}
e^{-t\lvert x_i - x_j\rvert^2}$.  Its least value is known for a simplex (n <= d+1), for a regular
polygon (d = 2) and for a cross-polytope (n = 2d); elsewhere there are a floor and, for points that
are said to be at the optimum, configurations that anyone can write down and that must be matched.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from math import inf
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from .sphere_energy import floor
from .theorem import Claim, Family

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

__all__ = ["SPHERE_POINTS", "Points", "Sphere", "Truth", "cube", "energy", "known", "oracle"]
__all__ += ["polygon"]


class Sphere(NamedTuple):
    """How many points, in how many dimensions, at which steepness."""

    n: int
    d: int
    t: float


class Points(NamedTuple):
    """The points [n, d], and whether the code says that they are at the optimum."""

    points: np.ndarray
    converged: bool


class Truth(NamedTuple):
    """The floor of the energy; its least value, and None where none is known; and the energy of
    the best configuration here that can be written down."""

    floor: float
    least: float | None
    written: float


# -- definition and oracle ------------------------------------------------------------------------


def energy(points: np.ndarray, t: float) -> float:
    """The log of the mean over pairs i < j."""
    x = np.asarray(points, float)
    i, j = np.triu_indices(len(x), 1)
    exponents = -t * ((x[i] - x[j]) ** 2).sum(axis=1)
    top = exponents.max()
    return float(top + np.log(np.exp(exponents - top).mean()))


def polygon(n: int, d: int = 2) -> np.ndarray:
    """A regular polygon in the first two of d dimensions."""
    angles = 2 * np.pi * np.arange(n) / n
    flat = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    return np.hstack([flat, np.zeros((n, d - 2))])


def cube(d: int) -> np.ndarray:
    return np.asarray(np.array(list(product((-1.0, 1.0), repeat=d))) / np.sqrt(d))


def known(problem: Sphere) -> float | None:
    """The least energy, by the distances of the configuration that has it."""
    n, d, t = problem
    if n <= d + 1:
        return -2 * t * n / (n - 1)
    if d == 2:
        return energy(polygon(n), t)
    if n == 2 * d:  # d pairs of opposite points, all others at right angles
        opposite = np.log(d) - 4 * t
        return float(np.logaddexp(opposite, np.log(2 * d * (d - 1)) - 2 * t) - np.log(d * (n - 1)))
    return None


def oracle(problem: Sphere) -> Truth:
    n, d, t = problem
    least = known(problem)
    written = [least] if least is not None else [energy(polygon(n, d), t)]
    if n == 2**d:
        written.append(energy(cube(d), t))
    return Truth(floor(n, d, t), least, float(min(written)))


# -- claims ---------------------------------------------------------------------------------------


def unit(problem: Sphere, truth: Truth, found: Points) -> float:
    """One rounding error of the energy: of the norms and of the differences."""
    n, _, t = problem
    return float(16 * t + 2 + np.log(n * (n - 1) / 2))


def _unit_rows(problem: Sphere, truth: Truth, found: Points) -> float:
    return -float(np.max(np.abs((found.points**2).sum(axis=1) - 1)))


def _above_the_floor(problem: Sphere, truth: Truth, found: Points) -> float:
    return energy(found.points, problem.t) - truth.floor


def _above_the_least(problem: Sphere, truth: Truth, found: Points) -> float:
    return inf if truth.least is None else energy(found.points, problem.t) - truth.least


def _at_the_least(problem: Sphere, truth: Truth, found: Points) -> float:
    return inf if truth.least is None else truth.least - energy(found.points, problem.t)


def _as_good_as_written(problem: Sphere, truth: Truth, found: Points) -> float:
    return truth.written - energy(found.points, problem.t)


def _equal_angles(problem: Sphere, truth: Truth, found: Points) -> float:
    """On a simplex: half the least curvature of an exponential, times the variance of cosines, over
    the energy itself; which is what their spread adds to it, at least."""
    n, d, t = problem
    if n > d + 1:
        return inf
    i, j = np.triu_indices(n, 1)
    cosines = (found.points @ found.points.T)[i, j]
    mean = np.exp(energy(found.points, t))
    return -2 * t**2 * float(np.exp(-4 * t) * cosines.var() / mean)


CLAIMS = (
    Claim(
        name="unit rows", tex=r"\lvert x_i\rvert = 1", why="the points are on the sphere",
        slack=_unit_rows, unit=lambda problem, truth, found: 4.0 + problem.d,
    ),
    Claim(
        name="floor", tex=r"U \ge \log\tfrac{nA - 1}{n-1},\ -\tfrac{2tn}{n-1}",
        why="no points are more uniform than the sphere itself, nor than a simplex",
        slack=_above_the_floor, unit=unit,
    ),
    Claim(
        name="least energy", tex=r"U \ge U_{\text{simplex}},\ U_{\text{polygon}},\ "
        r"U_{\text{cross-polytope}}",
        why="where the best configuration is known no other has less", slack=_above_the_least,
        unit=unit,
    ),
    Claim(
        name="optimum", tex=r"U = U_{\text{simplex}},\ U_{\text{polygon}},\ "
        r"U_{\text{cross-polytope}}",
        why="points at the optimum have the least energy, where it is known", slack=_at_the_least,
        unit=unit, binds="at the optimum",
    ),
    Claim(
        name="equal angles", tex=r"n \le d + 1 \Rightarrow 2t^2 e^{-4t}\operatorname{Var}"
        r"(x_i \cdot x_j) = 0",
        why="only a simplex has the least energy of few points", slack=_equal_angles, unit=unit,
        binds="at the optimum",
    ),
    Claim(
        name="no worse than written", tex=r"U \le U_{\text{polygon}},\ U_{\text{cube}}",
        why="an optimum is no worse than what can be written down", slack=_as_good_as_written,
        unit=unit, binds="at the optimum",
    ),
)  # fmt: skip


# -- problems -------------------------------------------------------------------------------------

DESIGN = (
    (2, 2, 2.0), (3, 2, 2.0), (2, 1, 1.0), (4, 2, 1.0), (4, 3, 2.0), (6, 3, 2.0), (5, 2, 2.0),
    (8, 3, 2.0), (5, 4, 1.0), (8, 4, 1.0), (3, 3, 0.5), (7, 2, 0.5), (5, 3, 2.0), (6, 3, 1.0),
)  # fmt: skip


def design() -> tuple[Sphere, ...]:
    """Simplices, polygons, cross-polytopes; and two sizes whose best points are not known."""
    return tuple(Sphere(*sizes) for sizes in DESIGN)


def problems() -> SearchStrategy[Sphere]:
    from hypothesis import strategies as st

    return st.builds(
        lambda t, d, n: Sphere(n if d > 1 else 2, d, t),
        st.sampled_from((1.0, 2.0, 0.5)), st.integers(1, 4), st.integers(2, 6),
    )  # fmt: skip


def simpler(problem: Sphere) -> Iterator[Sphere]:
    """Fewer points, fewer dimensions, a steepness of one."""
    n, d, t = problem
    if n > 2:
        yield problem._replace(n=n - 1)
    if d > 2 or (d == 2 and n == 2):
        yield problem._replace(d=d - 1)
    if t != 1.0:
        yield problem._replace(t=1.0)


SPHERE_POINTS = Family(
    name="sphere-points", problem=Sphere, design=design, problems=problems, simpler=simpler,
    oracle=oracle, claims=CLAIMS,
)  # fmt: skip
