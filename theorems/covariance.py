r"""Data whose mean and covariance are known exactly: the ends of a turned ellipsoid's semi-axes.

For orthonormal $q_i$ and $m$ nonzero semi-axes $a_i$ the $2m$ points $\mu \pm a_i q_i$ have mean
$\mu$ and covariance $\sum_i \frac{a_i^2}{m} q_i q_i^\top$ (with $1/n$), so there is no sampling
error.  All numbers are rational until the last: a turn is a rational point of the circle.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

__all__ = ["Bottleneck", "Moments", "bottlenecks", "design", "moments", "padded", "points"]
__all__ += ["simpler"]


class Bottleneck(NamedTuple):
    """Data of dimension d, to be squeezed through k < d numbers.

    `semiaxes` (d) and `shift` (d) are in eighths; `turns` (d-1) turn neighbouring axes: by the
    angle whose half has the tangent turn/4, so that 2 is the angle of the 3-4-5 triangle and 4 a
    right angle.
    """

    semiaxes: tuple[int, ...]
    turns: tuple[int, ...]
    shift: tuple[int, ...]
    k: int

    @property
    def units(self) -> int:
        """k as an integer, also where a declared one arrives as a float."""
        return int(self.k)


class Moments(NamedTuple):
    """What is known of the data: `values` (d), descending, and `vectors` (d, d), in columns, are
    the spectrum of `moment` (d, d), which is the covariance or the second moment about zero;
    `mean` (d), zero where moments are about zero; `size` is the second moment's trace, the mean
    squared length of a row."""

    values: np.ndarray
    vectors: np.ndarray
    moment: np.ndarray
    mean: np.ndarray
    size: float


# -- data -----------------------------------------------------------------------------------------


def widened(problem: Bottleneck) -> Bottleneck:
    """The problem, with further axes of length one where a declared k needs more columns or rows:
    no stored or drawn problem does."""
    d, rows = len(problem.semiaxes), 2 * sum(length != 0 for length in problem.semiaxes)
    return padded(problem, max(problem.units + 1 - d, (problem.units - rows + 1) // 2, 0))


def padded(problem: Bottleneck, lacking: int) -> Bottleneck:
    """With so many further axes of length one."""
    return Bottleneck(
        problem.semiaxes + (8,) * lacking, problem.turns + (0,) * lacking,
        problem.shift + (0,) * lacking, problem.k,
    )  # fmt: skip


def points(problem: Bottleneck) -> np.ndarray:
    """The rows (2m, d), each number rounded once."""
    problem = widened(problem)
    axes, shift = _axes(problem.turns), _eighths(problem.shift)
    rows = [
        [sign * length * q + offset for q, offset in zip(axis, shift, strict=True)]
        for sign in (1, -1)
        for length, axis in zip(_eighths(problem.semiaxes), axes, strict=True)
        if length
    ]
    return np.array(rows, dtype=float).reshape(-1, len(shift))


@lru_cache(maxsize=256)
def moments(problem: Bottleneck, centring: str = "yes") -> Moments:
    """The spectrum, exact but for one rounding when centred; by `eigh` about zero."""
    problem = widened(problem)
    shift, d = _eighths(problem.shift), len(problem.shift)
    pairs = sum(a != 0 for a in problem.semiaxes)
    axes = _axes(problem.turns)
    spectrum = [
        (a * a / pairs, axis) for a, axis in zip(_eighths(problem.semiaxes), axes, strict=True)
    ]
    spectrum.sort(key=lambda pair: pair[0], reverse=True)
    exact = [
        [sum(value * q[i] * q[j] for value, q in spectrum) for j in range(d)] for i in range(d)
    ]
    size = float(sum(value for value, _ in spectrum) + sum(c * c for c in shift))
    mean = np.array(shift, dtype=float)
    if centring == "yes":
        values = np.array([value for value, _ in spectrum], dtype=float)
        vectors = np.array([axis for _, axis in spectrum], dtype=float).T
        return Moments(values, vectors, np.array(exact, dtype=float), mean, size)
    about_zero = [[exact[i][j] + shift[i] * shift[j] for j in range(d)] for i in range(d)]
    second = np.array(about_zero, dtype=float)
    ascending, columns = np.linalg.eigh(second)
    return Moments(ascending[::-1].clip(min=0), columns[:, ::-1], second, 0 * mean, size)


def _eighths(numbers: tuple[int, ...]) -> list[Fraction]:
    return [Fraction(number, 8) for number in numbers]


def _axes(turns: tuple[int, ...]) -> list[list[Fraction]]:
    """Orthonormal rational rows: the unit vectors, turned in one plane of neighbours at a time."""
    d = len(turns) + 1
    axes = [[Fraction(i == j) for j in range(d)] for i in range(d)]
    for i, turn in enumerate(turns):
        half = Fraction(turn, 4)
        c, s = (1 - half**2) / (1 + half**2), 2 * half / (1 + half**2)
        for axis in axes:
            axis[i], axis[i + 1] = c * axis[i] - s * axis[i + 1], s * axis[i] + c * axis[i + 1]
    return axes


# -- problems -------------------------------------------------------------------------------------


def design() -> tuple[Bottleneck, ...]:
    """A dozen probes: plain, turned, shifted; a tie at and above the cut, all axes alike, nearly a
    tie; fewer rows than columns, fewer axes than k; one huge axis, many scales."""
    return (
        Bottleneck((16, 8), (0,), (0, 0), 1),
        Bottleneck((16, 8), (2,), (8, -8), 1),
        Bottleneck((24, 16, 8), (1, -2), (0, 0, 0), 2),
        Bottleneck((24, 16, 8), (2, 1), (8, 16, -8), 1),
        Bottleneck((24, 8, 8), (-1, 2), (8, 0, 0), 2),
        Bottleneck((16, 16, 8, 4), (1, 1, 1), (0, 0, 0, 0), 2),
        Bottleneck((8, 8, 8), (2, 2), (4, 4, 4), 1),
        Bottleneck((33, 32, 8), (0, 2), (0, 8, 0), 1),
        Bottleneck((24, 8, 0, 0, 0), (2, 1, 2, -1), (8, 8, 8, 8, 8), 1),
        Bottleneck((16, 8, 0, 0), (1, 2, 3), (0, 0, 8, 0), 3),
        Bottleneck((4096, 16, 8, 4), (1, 2, -1), (0, 0, 0, 0), 2),
        Bottleneck((64, 40, 24, 16, 8, 4), (1, -1, 2, 1, -2), (32, 0, -16, 8, 0, 0), 3),
    )


def bottlenecks(limit: int = 5) -> SearchStrategy[Bottleneck]:
    """Values first and sizes last, so that shrinking reaches the smallest sizes."""
    from hypothesis import strategies as st

    def pool(values: SearchStrategy[int]) -> SearchStrategy[list[int]]:
        return st.lists(values, min_size=limit, max_size=limit)

    lengths = st.integers(0, 32) | st.sampled_from((8, 8, 16, 33, 1024))
    return st.builds(
        _sliced, pool(lengths), pool(st.integers(-3, 4)), pool(st.integers(-16, 16)),
        st.integers(2, limit), st.integers(1, limit - 1),
    )  # fmt: skip


def _sliced(axes: list[int], turns: list[int], shift: list[int], d: int, k: int) -> Bottleneck:
    kept = axes[:d] if any(axes[:d]) else [8, *axes[1:d]]
    return _proper(tuple(kept), tuple(turns[: d - 1]), tuple(shift[:d]), k)


def _proper(
    axes: tuple[int, ...], turns: tuple[int, ...], shift: tuple[int, ...], k: int
) -> Bottleneck:
    """With k below the number of columns, and not above the number of rows."""
    rows = 2 * sum(length != 0 for length in axes)
    return Bottleneck(axes, turns, shift, min(k, len(axes) - 1, rows))


def simpler(problem: Bottleneck) -> Iterator[Bottleneck]:
    """Fewer dimensions, k = 1, no turn, no shift, semi-axes of one and two."""
    yield from _smaller(problem)
    yield from _plainer(problem)


def _smaller(problem: Bottleneck) -> Iterator[Bottleneck]:
    axes, turns, shift, k = problem
    for i in range(len(axes) if len(axes) > 2 else 0):
        if any(axes[:i] + axes[i + 1 :]):
            j = min(i, len(turns) - 1)
            without = [
                numbers[:n] + numbers[n + 1 :] for numbers, n in ((axes, i), (turns, j), (shift, i))
            ]
            yield _proper(without[0], without[1], without[2], k)
    if k > 1:
        yield problem._replace(k=k - 1)


def _plainer(problem: Bottleneck) -> Iterator[Bottleneck]:
    axes, turns, shift, k = problem
    for i, turn in enumerate(turns):
        if turn:
            yield problem._replace(turns=turns[:i] + (0,) + turns[i + 1 :])
    for i, offset in enumerate(shift):
        for plain in (0, 8):
            if (abs(plain), plain < 0) < (abs(offset), offset < 0):
                yield problem._replace(shift=shift[:i] + (plain,) + shift[i + 1 :])
    for i, length in enumerate(axes):
        for plain in (8, 16, 0):
            lighter = axes[:i] + (plain,) + axes[i + 1 :]
            if _weight(plain) < _weight(length) and any(lighter):
                yield _proper(lighter, turns, shift, k)


def _weight(length: int) -> int:
    """One and two are the plainest semi-axes; zero is a special case, so it comes after them."""
    return {8: 0, 16: 1, 0: 2}.get(length, 3 + abs(length))
