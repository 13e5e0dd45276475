"""What holds of every contrastive loss that sees a batch of pairs by their directions only, and,
but for `TANGENCY` and `ROW_SCALE`, of those that see inner products.

A problem's first two fields are the views [n, d].  The truths have the loss's `floor`, the loss of
a `constant` critic, the width of the `band` around it and the `limits` of the temperature, the
`unit` of the value's rounding and the `units` of each input's gradient.  The claims on two
representations of the same samples (`paired_features`) compare with the same `permuted` and
`swapped` problems.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from .lattice import Matrix
from .theorem import EMPTY, Claim, Evaluation, Problem

__all__ = ["PAIR_ORDER", "ROTATION", "ROW_SCALE", "TANGENCY", "VIEW_SWAP", "balance_claim"]
__all__ += ["band_claim", "floor_claim", "permuted", "swapped", "temperature_claims", "unchanged"]
__all__ += ["unit", "units", "within_the_band"]


def unit(problem: Problem, truth: Any, *_: object) -> float:
    return float(truth.unit)


def units(problem: Problem, truth: Any) -> tuple[np.ndarray, ...]:
    return tuple(truth.units)


# -- bounds ---------------------------------------------------------------------------------------


def _above_the_floor(problem: Problem, truth: Any, output: Evaluation) -> float:
    return float(output.value - truth.floor)


def floor_claim(tex: str) -> Claim:
    return Claim(
        name="floor", tex=tex, why="no batch of unit vectors does better than a simplex",
        slack=_above_the_floor, unit=unit,
    )  # fmt: skip


def within_the_band(problem: Problem, truth: Any, output: Evaluation) -> float:
    return float(truth.band - abs(output.value - truth.constant))


def band_claim(tex: str) -> Claim:
    return Claim(
        name="temperature band", tex=tex,
        why="cosines lie between -1 and 1, so no score exceeds 1/tau", slack=within_the_band,
        unit=unit,
    )  # fmt: skip


def _near_the_hardest(problem: Problem, truth: Any, output: Evaluation) -> float:
    excess = float(output.value) - truth.limits.cold
    return float(np.minimum(excess, truth.constant - excess))  # unlike min, it keeps a NaN


def _near_the_mean(problem: Problem, truth: Any, output: Evaluation) -> float:
    excess = float(output.value) - truth.constant - truth.limits.warm
    return float(np.minimum(excess, truth.limits.bend - excess))


def temperature_claims(
    count: str, *, scale: str = r"1/\tau", only: Mapping[str, tuple[str, ...]] = EMPTY
) -> tuple[Claim, Claim]:
    """What the loss becomes where scores are far apart and where they are close, with what may be
    missing there; `count` and `scale` are the TeX of a row's number of terms and of the largest
    score."""
    hardest, mean = r"\overline{\max_j s_{ij} - s_{ip}}", r"\overline{\bar s_i - s_{ip}}"
    return (
        Claim(
            name="small temperature", tex=rf"0 \le L - {hardest} \le \log {count}",
            why="a sum of exponentials is at least its largest, and at most that so many times",
            slack=_near_the_hardest, unit=unit, only=only,
        ),
        Claim(
            name="large temperature",
            tex=rf"0 \le L - \log {count} - {mean} \le \tfrac12({scale})^2",
            why="a mean of exponentials is at least that of the mean, and no more above it than "
            "scores of this range can vary",
            slack=_near_the_mean, unit=unit, only=only,
        ),
    )  # fmt: skip


# -- symmetries -----------------------------------------------------------------------------------


def _tangent(problem: Problem, truth: Any, output: Evaluation) -> float:
    """Rescaling a row changes nothing: no gradient points along it (in units of its rounding)."""
    worst = 0.0
    for z, g, size in zip(problem[:2], output.gradient[:2], truth.units[:2], strict=True):
        along = np.abs((np.asarray(z) * g).sum(axis=1, keepdims=True))
        shares = along / (size * np.linalg.norm(z, axis=1, keepdims=True))
        worst = float(np.maximum(worst, np.max(shares)))  # unlike max, it keeps a NaN
    return -worst


def unchanged(problem: Problem, truth: Any, output: Evaluation, other: Evaluation) -> float:
    return -abs(float(output.value) - float(other.value))


def permuted(problem: Problem) -> tuple[Problem]:
    """The pairs in another order, both views alike."""
    first, second, *rest = problem
    return (problem._make((first[1:] + first[:1], second[1:] + second[:1], *rest)),)


def swapped(problem: Problem) -> tuple[Problem]:
    first, second, *rest = problem
    return (problem._make((second, first, *rest)),)


def _turned(problem: Problem) -> tuple[Problem]:
    """A turn by the 3-4-5 triangle in the first two coordinates, and a reflection of the last."""

    def turn(row: tuple[float, ...]) -> tuple[float, ...]:
        if len(row) == 1:
            return (-row[0],)
        first, second = row[:2]
        turned = ((3 * first - 4 * second) / 5, (4 * first + 3 * second) / 5)
        return turned + row[2:-1] + tuple(-x for x in row[2:][-1:])

    first, second, *rest = problem
    return (problem._make((tuple(map(turn, first)), tuple(map(turn, second)), *rest)),)


def _rescaled(problem: Problem) -> tuple[Problem]:
    """Each row multiplied by its own power of two, which rounds nothing."""

    def scale(z: Matrix) -> Matrix:
        return tuple(tuple(x * 2.0 ** (i % 3 - 1) for x in row) for i, row in enumerate(z, 1))

    first, second, *rest = problem
    return (problem._make((scale(first), scale(second), *rest)),)


def _traded(problem: Problem) -> tuple[Problem]:
    """The first view twice as long, the second half as long, which rounds nothing."""
    first, second, *rest = problem
    longer = tuple(tuple(2 * x for x in row) for row in first)
    shorter = tuple(tuple(x / 2 for x in row) for row in second)
    return (problem._make((longer, shorter, *rest)),)


def balance_claim(why: str) -> Claim:
    return Claim(
        name="balance", tex=r"L(2a, \tfrac12 b) = L(a, b)", why=why, slack=unchanged, unit=unit,
        related=_traded,
    )  # fmt: skip


TANGENCY = Claim(
    name="tangency", tex=r"\langle z_i, \nabla_{z_i} L\rangle = 0",
    why="the loss sees directions only", slack=_tangent,
    unit=lambda problem, truth, output: 1.0, of_gradient=True,
)  # fmt: skip
PAIR_ORDER = Claim(
    name="pair order", tex=r"L(z_\pi) = L(z)", why="pairs have no order", slack=unchanged,
    unit=unit, related=permuted,
)  # fmt: skip
VIEW_SWAP = Claim(
    name="view swap", tex=r"L(z', z) = L(z, z')", why="views have no order", slack=unchanged,
    unit=unit, related=swapped,
)  # fmt: skip
ROTATION = Claim(
    name="rotation", tex=r"L(zQ) = L(z)", why="only angles enter", slack=unchanged, unit=unit,
    related=_turned,
)  # fmt: skip
ROW_SCALE = Claim(
    name="row scale", tex=r"L(\Lambda z) = L(z)", why="only directions enter", slack=unchanged,
    unit=unit, related=_rescaled,
)  # fmt: skip
