"""Data for linear VAEs: the turned ellipsoids of `covariance`, with more axes than latent units.

With as many units as the data have dimensions nothing is left over for the decoder's variance, and
its maximum does not exist; so every problem has more axes than units.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from . import covariance
from .covariance import Bottleneck, Moments, bottlenecks

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

__all__ = ["design", "moments_of", "problems", "rows_of", "simpler"]


def with_a_rest(problem: Bottleneck) -> Bottleneck:
    """The problem, with further axes of length one where a declared k needs more: no stored or
    drawn problem does."""
    return covariance.padded(problem, max(problem.units + 1 - _axes(problem), 0))


def _axes(problem: Bottleneck) -> int:
    return sum(length != 0 for length in problem.semiaxes)


def rows_of(problem: Bottleneck) -> np.ndarray:
    """The rows (2m, d)."""
    return covariance.points(with_a_rest(problem))


def moments_of(problem: Bottleneck) -> Moments:
    return covariance.moments(with_a_rest(problem))


def design() -> tuple[Bottleneck, ...]:
    """A dozen probes: plain, turned, shifted; a tie among the kept axes, at the cut, all axes
    alike, nearly a tie; fewer axes than columns; one long axis, many scales."""
    return (
        Bottleneck((16, 8), (0,), (0, 0), 1),
        Bottleneck((16, 8), (2,), (8, -8), 1),
        Bottleneck((24, 16, 8), (1, -2), (0, 0, 0), 2),
        Bottleneck((24, 16, 8), (2, 1), (8, 16, -8), 1),
        Bottleneck((24, 24, 8), (-1, 2), (8, 0, 0), 2),
        Bottleneck((24, 16, 16, 4), (1, 1, 1), (0, 0, 0, 0), 2),
        Bottleneck((8, 8, 8), (2, 2), (4, 4, 4), 1),
        Bottleneck((33, 32, 8), (0, 2), (0, 8, 0), 1),
        Bottleneck((24, 16, 8, 0, 0), (2, 1, 2, -1), (8, 8, 8, 8, 8), 2),
        Bottleneck((16, 8, 0, 0), (1, 2, 3), (0, 0, 8, 0), 1),
        Bottleneck((128, 16, 8, 4), (1, 2, -1), (0, 0, 0, 0), 2),
        Bottleneck((64, 40, 24, 16, 8, 4), (1, -1, 2, 1, -2), (32, 0, -16, 8, 0, 0), 3),
    )


def problems() -> SearchStrategy[Bottleneck]:
    """Those of the linear autoencoder, with fewer units where too few axes are left for them."""
    return bottlenecks().map(_proper)


def _proper(problem: Bottleneck) -> Bottleneck:
    axes = problem.semiaxes
    if _axes(problem) < 2:
        axes = tuple(length or 8 for length in axes)
    problem = problem._replace(semiaxes=axes)
    return problem._replace(k=min(problem.k, _axes(problem) - 1))


def simpler(problem: Bottleneck) -> Iterator[Bottleneck]:
    """Fewer dimensions, k = 1, no turn, no shift, semi-axes of one and two; more axes than k."""
    yield from (p for p in covariance.simpler(problem) if _axes(p) > p.units)
