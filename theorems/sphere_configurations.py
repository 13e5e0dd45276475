r"""The most uniform finite configurations: simplex, polygon, cross-polytope, and not the cube.

## References

* H. Cohn, A. Kumar, *Universally optimal distribution of points on spheres*, 2007.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations, product
from typing import Any

import numpy as np

from ..deferred import Deferred
from .sphere_points import SPHERE_POINTS, Sphere, cube, energy, known
from .symbolic import sp
from .theorem import Assumption, Step, Theorem, certificate, cited, identity

__all__ = ["SPHERE_CONFIGURATIONS", "antiprism"]

mpmath: Any = Deferred("mpmath")


# -- proof ----------------------------------------------------------------------------------------


def _mean_energy(points: Sequence[tuple[int, ...]], length: int, t: Any) -> Any:
    """Over pairs i < j of integer points of this squared length."""
    squares = [
        sp.Rational(sum((a - b) ** 2 for a, b in zip(x, y, strict=True)), length)
        for x, y in combinations(points, 2)
    ]
    return sum(sp.exp(-t * s) for s in squares) / len(squares)


def _antiprism_beats(factor: int) -> bool:
    """28 times the mean energy of the cube less the antiprism's (and `factor` times it), at t = 2:
    its upper and lower squares are 12 pairs of either, the rest are enclosed."""
    iv = mpmath.iv
    near, far, across = iv.mpf(4) / 3, iv.mpf(8) / 3, iv.mpf(4)
    twist = near / iv.sqrt(2)
    within = 8 * iv.exp(-2 * near) + 4 * iv.exp(-2 * far)
    straight = 4 * iv.exp(-2 * near) + 8 * iv.exp(-2 * far) + 4 * iv.exp(-2 * across)
    twisted = 8 * iv.exp(-2 * (far - twist)) + 8 * iv.exp(-2 * (far + twist))
    return bool((within + straight - factor * (within + twisted)).a > 0)


def proof() -> Iterator[Step]:
    t = sp.Symbol("t", positive=True)
    rows = [sp.Matrix(sp.symbols(f"x{i}_1:4", real=True)) for i in range(4)]
    total = sum(rows, sp.zeros(3, 1))
    apart = sum((a - b).dot(a - b) for a, b in combinations(rows, 2))
    lengths = sum(r.dot(r) for r in rows)
    yield identity(
        "the squared distances add up to n^2 at most, and e^(-ts) is convex: no pair can do better "
        "than 2n/(n-1) on the average",
        sp.expand(apart), sp.expand(4 * lengths - total.dot(total)), slip=sp.expand(4 * lengths),
        slip_words="the sum of the points forgotten",
        tex=r"\sum_{i<j}\lvert x_i - x_j\rvert^2 = n^2 - \Bigl\lvert\sum_i x_i\Bigr\rvert^2",
        scope="n = 4, d = 3, all entries free",
    )  # fmt: skip
    corners = [(1, 1, 1), (1, -1, -1), (-1, 1, -1), (-1, -1, 1)]
    yield identity(
        "a regular tetrahedron reaches that", _mean_energy(corners, 3, t), sp.exp(-8 * t / 3),
        slip=sp.exp(-4 * t), slip_words="all pairs opposite", tex=r"U = -\tfrac83 t",
        scope="n = 4, d = 3, every t",
    )  # fmt: skip
    poles = [s for s in product((-1, 0, 1), repeat=3) if sum(map(abs, s)) == 1]
    yield identity(
        "a cross-polytope has d opposite pairs, and all others at right angles",
        _mean_energy(poles, 1, t), (3 * sp.exp(-4 * t) + 12 * sp.exp(-2 * t)) / 15,
        slip=(6 * sp.exp(-4 * t) + 12 * sp.exp(-2 * t)) / 15,
        slip_words="each opposite pair counted from both its ends",
        tex=r"e^U = \frac{d\,e^{-4t} + 2d(d-1)e^{-2t}}{d(2d-1)}", scope="d = 3, every t",
    )  # fmt: skip
    square = [s for s in product((-1, 0, 1), repeat=2) if sum(map(abs, s)) == 1]
    yield identity(
        "a square is both a polygon and a cross-polytope",
        _mean_energy(square, 1, t), (2 * sp.exp(-4 * t) + 4 * sp.exp(-2 * t)) / 6,
        slip=(4 * sp.exp(-4 * t) + 2 * sp.exp(-2 * t)) / 6,
        slip_words="sides and diagonals exchanged", tex=r"e^U = \tfrac13(e^{-4t} + 2e^{-2t})",
        scope="n = 4, d = 2, every t",
    )  # fmt: skip
    yield cited(
        "polygons and cross-polytopes have the least energy, for every decreasing exponential of "
        "the squared distance", tex=r"U \ge U_{\text{polygon}},\ U_{\text{cross-polytope}}",
        source="Cohn and Kumar 2007",
    )  # fmt: skip
    yield certificate(
        "a cube is not the best of eight points: turn its lid by an eighth",
        lambda: _antiprism_beats(1), slip=lambda: _antiprism_beats(2),
        slip_words="half the energy, which no turn saves",
        tex=r"U_{\text{antiprism}} < U_{\text{cube}}", scope="n = 8, d = 3, t = 2",
    )  # fmt: skip


# -- assumptions ----------------------------------------------------------------------------------


def antiprism() -> np.ndarray:
    """The cube with its lid turned by an eighth."""
    corners = cube(3)
    lid = corners[:, 2] > 0
    turned = corners.copy()
    turned[lid, :2] = corners[lid, :2] @ (np.array([[1, -1], [1, 1]]) / np.sqrt(2))
    return turned


def without_both_signs() -> float:
    """Rectified coordinates: two points are no further apart than a right angle."""
    return known(Sphere(2, 2, 2.0)) - energy(np.eye(2), 2.0)  # type: ignore[operator]


def without_unit_length() -> float:
    points = np.array([[2.0, 0.0], [-2.0, 0.0]])
    return energy(points, 2.0) - known(Sphere(2, 2, 2.0))  # type: ignore[operator]


def with_a_symmetric_guess() -> float:
    return energy(antiprism(), 2.0) - energy(cube(3), 2.0)


SPHERE_CONFIGURATIONS = Theorem(
    id="sphere-configurations",
    title="The most uniform points: simplex, polygon, cross-polytope",
    intuition="Few points on a sphere can all be equally far from each other, and then nothing is "
    "gained by moving. More points have to compromise. In some numbers the compromise is a figure "
    "that is best whatever the steepness; in others, such as eight in space, the figure that first "
    "comes to mind is not.",
    statement=r"For $n$ unit vectors and every $t > 0$ the energy $U = \log\operatorname{mean}"
    r"_{i<j} e^{-t\lvert x_i - x_j\rvert^2}$ is least at a regular simplex for $n \le d + 1$, "
    r"where it is $-2tn/(n-1)$; at a regular polygon for $d = 2$; and at a cross-polytope for "
    r"$n = 2d$, where $e^U = (d\,e^{-4t} + 2d(d-1)e^{-2t})/(d(2d-1))$. A cube is not the "
    r"best of eight.",
    proof_words="For a simplex, Jensen's inequality on the mean squared distance. Polygon and "
    "cross-polytope are cases of a theorem of Cohn and Kumar, which is cited.",
    assumptions=(
        Assumption(
            words="the points have length one", fails="least energy: longer ones are further apart",
            without=without_unit_length,
        ),
        Assumption(
            words="all of the sphere is open to them",
            fails="optimum: behind a rectifier no two are further apart than a right angle",
            without=without_both_signs,
        ),
        Assumption(
            words="the numbers are those of the three figures",
            fails="least energy: a symmetric guess, such as the cube, may be beaten",
            without=with_a_symmetric_guess,
        ),
    ),
    references=(
        "H. Cohn and A. Kumar, Universally optimal distribution of points on spheres, 2007",
    ),
    proof=proof,
    families=(SPHERE_POINTS,),
    uses=("wang-isola",),
)  # fmt: skip
