"""What holds of every contrastive loss that sees a batch of pairs by their directions only.

The truths have the loss's `floor`, the loss of a `constant` critic and the width of the `band`
around it, the `unit` of the value's rounding and the `units` of each input's gradient.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .lattice import Matrix
from .nt_xent_problems import Batch
from .theorem import Claim, Evaluation

__all__ = ["PAIR_ORDER", "ROTATION", "ROW_SCALE", "TANGENCY", "VIEW_SWAP", "band_claim"]
__all__ += ["floor_claim", "unit", "units", "within_the_band"]


def unit(problem: Batch, truth: Any, *_: object) -> float:
    return float(truth.unit)


def units(problem: Batch, truth: Any) -> tuple[np.ndarray, ...]:
    return tuple(truth.units)


# -- bounds ---------------------------------------------------------------------------------------


def _above_the_floor(problem: Batch, truth: Any, output: Evaluation) -> float:
    return float(output.value - truth.floor)


def floor_claim(tex: str) -> Claim:
    return Claim(
        name="floor", tex=tex, why="no batch of unit vectors does better than a simplex",
        slack=_above_the_floor, unit=unit,
    )  # fmt: skip


def within_the_band(problem: Batch, truth: Any, output: Evaluation) -> float:
    return float(truth.band - abs(output.value - truth.constant))


def band_claim(tex: str) -> Claim:
    return Claim(
        name="temperature band", tex=tex,
        why="cosines lie between -1 and 1, so no score exceeds 1/tau", slack=within_the_band,
        unit=unit,
    )  # fmt: skip


# -- symmetries -----------------------------------------------------------------------------------


def _tangent(problem: Batch, truth: Any, output: Evaluation) -> float:
    """Rescaling a row changes nothing: no gradient points along it (in units of its rounding)."""
    worst = 0.0
    for z, g, size in zip(problem[:2], output.gradient, truth.units, strict=True):
        along = np.abs((np.asarray(z) * g).sum(axis=1, keepdims=True))
        shares = along / (size * np.linalg.norm(z, axis=1, keepdims=True))
        worst = float(np.maximum(worst, np.max(shares)))  # unlike max, it keeps a NaN
    return -worst


def _unchanged(problem: Batch, truth: Any, output: Evaluation, other: Evaluation) -> float:
    return -abs(float(output.value) - float(other.value))


def _permuted(problem: Batch) -> tuple[Batch]:
    """The pairs in another order, both views alike."""
    return (
        problem._replace(z1=problem.z1[1:] + problem.z1[:1], z2=problem.z2[1:] + problem.z2[:1]),
    )


def _swapped(problem: Batch) -> tuple[Batch]:
    return (problem._replace(z1=problem.z2, z2=problem.z1),)


def _turned(problem: Batch) -> tuple[Batch]:
    """A turn by the 3-4-5 triangle in the first two coordinates, and a reflection of the last."""

    def turn(row: tuple[float, ...]) -> tuple[float, ...]:
        if len(row) == 1:
            return (-row[0],)
        first, second = row[:2]
        turned = ((3 * first - 4 * second) / 5, (4 * first + 3 * second) / 5)
        return turned + row[2:-1] + tuple(-x for x in row[2:][-1:])

    return (problem._replace(z1=tuple(map(turn, problem.z1)), z2=tuple(map(turn, problem.z2))),)


def _rescaled(problem: Batch) -> tuple[Batch]:
    """Each row multiplied by its own power of two, which rounds nothing."""

    def scale(z: Matrix) -> Matrix:
        return tuple(tuple(x * 2.0 ** (i % 3 - 1) for x in row) for i, row in enumerate(z, 1))

    return (problem._replace(z1=scale(problem.z1), z2=scale(problem.z2)),)


TANGENCY = Claim(
    name="tangency", tex=r"\langle z_i, \nabla_{z_i} L\rangle = 0",
    why="the loss sees directions only", slack=_tangent,
    unit=lambda problem, truth, output: 1.0, of_gradient=True,
)  # fmt: skip
PAIR_ORDER = Claim(
    name="pair order", tex=r"L(z_\pi) = L(z)", why="pairs have no order", slack=_unchanged,
    unit=unit, related=_permuted,
)  # fmt: skip
VIEW_SWAP = Claim(
    name="view swap", tex=r"L(z', z) = L(z, z')", why="views have no order", slack=_unchanged,
    unit=unit, related=_swapped,
)  # fmt: skip
ROTATION = Claim(
    name="rotation", tex=r"L(zQ) = L(z)", why="only angles enter", slack=_unchanged, unit=unit,
    related=_turned,
)  # fmt: skip
ROW_SCALE = Claim(
    name="row scale", tex=r"L(\Lambda z) = L(z)", why="only directions enter", slack=_unchanged,
    unit=unit, related=_rescaled,
)  # fmt: skip
