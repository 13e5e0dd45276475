r"""A prediction against a target that is held: BYOL's and SimSiam's losses.

With $c_{12}$ the mean cosine of the predictions of one view $p_1$ and the other view's targets
$z_2$, and $c_{21}$ likewise, BYOL's loss is $(2 - 2c_{12}) + (2 - 2c_{21})$ and SimSiam's
$-\tfrac12(c_{12} + c_{21})$.  By definition neither has a gradient in a target: what the loss
would be without is another one, whose training collapses (`siamese_dynamics`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from .arithmetic import FLOAT64, Arithmetic
from .batch_claims import PAIR_ORDER, ROTATION, ROW_SCALE, TANGENCY, VIEW_SWAP, unit, units
from .nt_xent_problems import Batch
from .siamese_problems import Predicted, design, problems, ranges, simpler
from .softmax_rows import directions, through_the_norms
from .theorem import Claim, Evaluation, Family, gradient_claim, value_claim

__all__ = ["BYOL", "SIMSIAM", "STOP_GRADIENT", "Truth", "byol_oracle", "simsiam_oracle"]

TERMS = {"2-2cos": (2, 2), "-cos": (0, 1), "1-cos": (1, 1), "-2cos": (0, 2)}


class Truth(NamedTuple):
    value: np.ndarray
    gradient: tuple[np.ndarray, ...]
    least: float
    largest: float
    unit: float
    units: tuple[np.ndarray, ...]


# -- definition and oracle ------------------------------------------------------------------------


def byol_oracle(
    problem: Predicted, similarity: str = "2-2cos", *, arithmetic: Arithmetic = FLOAT64
) -> Truth:
    """The sum of the two directions."""
    return _oracle(problem, similarity, 2, arithmetic)


def simsiam_oracle(
    problem: Predicted, similarity: str = "-cos", *, arithmetic: Arithmetic = FLOAT64
) -> Truth:
    """The mean of the two directions."""
    return _oracle(problem, similarity, 1, arithmetic)


def _oracle(problem: Predicted, similarity: str, weight: int, arithmetic: Arithmetic) -> Truth:
    """Value and gradient by hand; `weight` times the mean over both directions."""
    offset, factor = TERMS[similarity]
    tables = [directions(arithmetic.array(table), arithmetic) for table in problem]
    (p1, n1), (p2, n2), (z1, _), (z2, _) = tables
    n = len(p1)
    cosines = ((p1 * z2).sum() + (p2 * z1).sum()) / (2 * n)
    pull = arithmetic.number(-weight * factor) / (2 * n)
    size = weight * factor / (2 * n)
    lengths = [np.linalg.norm(table, axis=1, keepdims=True) for table in problem]
    return Truth(
        value=np.asarray(weight * (offset - factor * cosines)),
        gradient=(
            through_the_norms(pull * z2, p1, n1), through_the_norms(pull * z1, p2, n2),
            0 * z1, 0 * z2,
        ),
        least=float(weight * (offset - factor)),
        largest=float(weight * (offset + factor)),
        unit=float(weight * (2 * factor + offset)),
        units=tuple(2 * size / length for length in lengths),
    )  # fmt: skip


# -- claims ---------------------------------------------------------------------------------------


def _within(problem: Predicted, truth: Truth, output: Evaluation) -> float:
    value = float(output.value)
    return float(np.minimum(value - truth.least, truth.largest - value))


def _leak(problem: Predicted, truth: Truth, output: Evaluation) -> float:
    """The largest gradient in a target, in units of its rounding."""
    leaks = zip(output.gradient[2:], truth.units[2:], strict=True)
    return -float(np.max([np.max(np.abs(g) / size) for g, size in leaks]))


def _through_batches(claim: Claim) -> Callable[[Predicted], tuple[Predicted]]:
    """What the claim about two views compares with, of predictions and of targets alike."""

    def related(problem: Predicted) -> tuple[Predicted]:
        pairs = (problem.p1, problem.p2), (problem.z1, problem.z2)
        (p,), (z,) = (claim.related(Batch(*pair, 1.0)) for pair in pairs)
        return (Predicted(p.z1, p.z2, z.z1, z.z2),)

    return related


def _of_tables(claim: Claim, tex: str) -> Claim:
    return replace(claim, related=_through_batches(claim), tex=tex)


SYMMETRIES = (
    TANGENCY,
    _of_tables(PAIR_ORDER, r"L(p_\pi, z_\pi) = L(p, z)"),
    _of_tables(VIEW_SWAP, r"L(p_2, p_1, z_2, z_1) = L(p_1, p_2, z_1, z_2)"),
    _of_tables(ROTATION, r"L(pQ, zQ) = L(p, z)"),
    _of_tables(ROW_SCALE, r"L(\Lambda p, \Lambda z) = L(p, z)"),
)
STOP_GRADIENT = Claim(
    name="stop-gradient", tex=r"\nabla_{z_1} L = 0,\ \nabla_{z_2} L = 0",
    why="targets are held while the predictions move: with their gradient both would collapse",
    slack=_leak, unit=lambda problem, truth, output: 1.0, of_gradient=True,
)  # fmt: skip


def _claims(value: str, gradient: str, bounds: str) -> tuple[Claim, ...]:
    return (
        value_claim(value + r",\quad c = \tfrac1n\textstyle\sum_i\cos(p_i, z_i)", unit),
        gradient_claim(
            gradient + r"\text{ through the norms; } 0\text{ in the targets}", units,
            why="the gradient is the definition's, in every input: none in the targets",
        ),
        STOP_GRADIENT,
        Claim(
            name="bounds", tex=bounds, why="cosines lie between -1 and 1", slack=_within, unit=unit
        ),
        *SYMMETRIES,
    )  # fmt: skip


BYOL = Family(
    name="byol", problem=Predicted, design=design, problems=problems, simpler=simpler,
    oracle=byol_oracle, ranges=ranges,
    claims=_claims(
        r"L = (2 - 2c_{12}) + (2 - 2c_{21})", r"\nabla_{\hat p_i} L = -\tfrac2n\hat z_i",
        r"0 \le L \le 8",
    ),
)  # fmt: skip

SIMSIAM = Family(
    name="simsiam", problem=Predicted, design=design, problems=problems, simpler=simpler,
    oracle=simsiam_oracle, ranges=ranges,
    claims=_claims(
        r"L = -\tfrac12(c_{12} + c_{21})", r"\nabla_{\hat p_i} L = -\tfrac1{2n}\hat z_i",
        r"-1 \le L \le 1",
    ),
)  # fmt: skip
