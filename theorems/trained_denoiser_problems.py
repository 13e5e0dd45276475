"""A few clean points and a level of noise: what a denoiser is trained on, small enough to be exact.

Points lie a few deviations of the noise apart, so that the best denoiser is far from every line.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from .lattice import Matrix, simpler_entries, without_column, without_row

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

__all__ = ["APART", "Cloud", "design", "problems", "simpler"]

APART = 3.0  # the least distance of two points, in deviations of the noise


class Cloud(NamedTuple):
    """n clean points in d dimensions, each as likely as any other: the whole law of the data; and
    the standard deviation of the noise."""

    points: Matrix
    sigma: float


def on_a_line(*points: float) -> Matrix:
    return tuple((float(x),) for x in points)


def design() -> tuple[Cloud, ...]:
    """A dozen: two points, shifted, at other levels of noise; one; three and four, unevenly; and
    clouds in the plane."""
    return (
        Cloud(on_a_line(-1, 1), 0.5),
        Cloud(on_a_line(0, 2), 0.5),
        Cloud(on_a_line(3, 5), 0.5),
        Cloud(on_a_line(-0.25, 0.25), 0.125),
        Cloud(on_a_line(-8, 8), 4.0),
        Cloud(on_a_line(-2, 2), 1.0),
        Cloud(on_a_line(2), 1.0),
        Cloud(on_a_line(-2, 0, 2), 0.5),
        Cloud(on_a_line(-2, -1, 2), 0.25),
        Cloud(on_a_line(-3, -1, 1, 3), 0.5),
        Cloud(((1.0, 1.0), (-1.0, 0.0)), 0.5),
        Cloud(((0.0, 2.0), (2.0, 0.0), (0.0, 0.0)), 0.5),
    )


def problems() -> SearchStrategy[Cloud]:
    """Points on a grid of four deviations, simplest first: few, on a line, about zero."""
    from hypothesis import strategies as st

    def placed(places: list[int], d: int, sigma: float, shift: int) -> Cloud:
        rows = ((float(4 * sigma * place + shift), float(4 * sigma * (place % 2))) for place in
                places)  # fmt: skip
        return Cloud(tuple(row[:d] for row in rows), sigma)

    return st.builds(
        placed,
        st.lists(st.integers(-1, 1), min_size=1, max_size=3, unique=True),
        st.sampled_from((1, 1, 1, 2)),
        st.sampled_from((0.5, 1.0, 0.25, 2.0, 0.125)),
        st.integers(0, 3),
    )


def simpler(problem: Cloud) -> Iterator[Cloud]:
    """Fewer points, one coordinate, plainer numbers, the points still apart."""
    points, sigma = problem
    fewer = [without_row(points, i) for i in range(len(points) if len(points) > 1 else 0)]
    narrow = [without_column(points, j) for j in range(len(points[0]) if len(points[0]) > 1 else 0)]
    for rows in (*fewer, *narrow, *simpler_entries(points)):
        if apart(plainer := Cloud(rows, sigma)):
            yield plainer
    if sigma != 0.5 and apart(plainer := Cloud(points, 0.5)):
        yield plainer


def apart(problem: Cloud) -> bool:
    """Whether all pairs of points are far enough apart for their noise."""
    points, least = problem.points, (APART * problem.sigma) ** 2
    pairs = ((a, b) for i, a in enumerate(points) for b in points[:i])
    return all(
        sum((s - t) ** 2 for s, t in zip(a, b, strict=True)) >= least for a, b in pairs
    )  # fmt: skip
