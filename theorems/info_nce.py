r"""InfoNCE over a batch of pairs: definition, oracle, floors, invariances.

With $u_i$ the queries and $v_i$ the keys of $N$ pairs, divided by their norms, and
$s_{ij} = u_i \cdot v_j/\tau$, each query is to pick its own key out of the batch:

$L = \frac1N\sum_i\Bigl(\log\sum_j e^{s_{ij}} - s_{ii}\Bigr)$,

one direction; in both directions, the mean (or the sum) of that and of the same with the keys as
queries.  What it bounds is in `infonce_bound`.
"""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import numpy as np

from .arithmetic import FLOAT64, Arithmetic
from .batch_claims import (
    PAIR_ORDER,
    ROTATION,
    ROW_SCALE,
    TANGENCY,
    VIEW_SWAP,
    band_claim,
    floor_claim,
    temperature_claims,
    unit,
    units,
)
from .nt_xent_problems import Batch, design, problems, ranges, simpler
from .softmax_rows import Limits, cross_entropies, directions, limits, through_the_norms
from .theorem import Family, gradient_claim, value_claim

__all__ = ["INFO_NCE", "Truth", "floor", "oracle"]

COUNTS = {"one": 1, "both": 1, "both summed": 2}  # how many means of terms are added


class Truth(NamedTuple):
    value: np.ndarray
    gradient: tuple[np.ndarray, np.ndarray]
    floor: float
    constant: float  # the loss of a constant critic: the log of the number of keys
    band: float
    limits: Limits
    unit: float
    units: tuple[np.ndarray, np.ndarray]


# -- definition and oracle ------------------------------------------------------------------------


def oracle(problem: Batch, direction: str = "one", *, arithmetic: Arithmetic = FLOAT64) -> Truth:
    """Value and gradient by hand: the soft-max minus the positive, through the norms."""
    u, u_norms = directions(arithmetic.array(problem.z1), arithmetic)
    v, v_norms = directions(arithmetic.array(problem.z2), arithmetic)
    tau, n = arithmetic.number(problem.temperature), len(u)
    own = np.arange(n)
    scores = arithmetic.dot(u, v.T) / tau
    losses, pull = cross_entropies(scores, own, arithmetic)
    ends = limits(scores, scores[own, own], 1 / problem.temperature)
    if direction != "one":
        others, back = cross_entropies(scores.T, own, arithmetic)
        losses, pull = losses + others, pull + back.T
        back_ends = limits(scores.T, scores[own, own], 1 / problem.temperature)
        ends = Limits(*np.mean([ends, back_ends], axis=0))
        if direction == "both":
            losses, pull = losses / 2, pull / 2
    pull = pull / (n * tau)
    count = COUNTS[direction]
    return Truth(
        value=np.asarray(losses.mean()),
        gradient=(
            through_the_norms(arithmetic.dot(pull, v), u, u_norms),
            through_the_norms(arithmetic.dot(pull.T, u), v, v_norms),
        ),
        floor=count * floor(n, float(tau)),
        constant=count * float(np.log(n)),
        band=count * 2 / problem.temperature,
        limits=ends.times(count),
        unit=count * _largest(problem),
        units=_units(problem, np.asarray(pull, float), count),
    )


def floor(n: int, temperature: float) -> float:
    """No batch of n pairs has a smaller loss in one direction, nor in the mean of both; reached by
    a simplex of n <= d+1 vertices."""
    if n == 1:
        return 0.0
    return float(np.logaddexp(0.0, np.log(n - 1) - n / ((n - 1) * temperature)))


def _largest(problem: Batch) -> float:
    """The size of the largest terms of one row's loss: S = 1/tau + ln N + 1."""
    return float(1 / problem.temperature + np.log(len(problem.z1)) + 1)


def _units(problem: Batch, pull: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
    """One rounding error of a row's gradient: S times all that pulls at it, and at least what one
    term of its own could, over its norm."""
    least = count / (len(pull) * problem.temperature)
    pulled = [_largest(problem) * (least + np.abs(pull).sum(axis=axis)) for axis in (1, 0)]
    norms = [np.linalg.norm(z, axis=1, keepdims=True) for z in (problem.z1, problem.z2)]
    return pulled[0][:, None] / norms[0], pulled[1][:, None] / norms[1]


# -- claims ---------------------------------------------------------------------------------------

CLAIMS = (
    value_claim(r"L = \frac1N\sum_i\Bigl(\log\sum_j e^{s_{ij}} - s_{ii}\Bigr)", unit),
    gradient_claim(
        r"\nabla_{u_i} L = \frac1{N\tau}\sum_j(\operatorname{softmax}_{ij} - \delta_{ij})\,v_j,"
        r"\text{ through the norms}",
        units,
    ),
    floor_claim(r"L \ge \log\bigl(1 + (N-1)\,e^{-N/((N-1)\tau)}\bigr)"),
    band_claim(r"\lvert L - \log N\rvert \le 2/\tau"),
    *temperature_claims("N"),
    TANGENCY,
    PAIR_ORDER,
    replace(VIEW_SWAP, only={"direction": ("both", "both summed")}),
    ROTATION,
    ROW_SCALE,
)

INFO_NCE = Family(
    name="info-nce", problem=Batch, design=design, problems=problems, simpler=simpler,
    oracle=oracle, claims=CLAIMS, ranges=ranges,
)  # fmt: skip
