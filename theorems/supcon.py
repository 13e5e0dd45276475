r"""The supervised contrastive loss: definition, oracle, floors, invariances.

With $u_1, \dots, u_N$ the features divided by their norms, $s_{ij} = u_i \cdot u_j/\tau$, $A(i)$
all rows but $i$ and $P(i)$ those of them that share its label,

$L_{\text{out}} = \frac1N\sum_i \frac1{\lvert P(i)\rvert}\sum_{p \in P(i)}
\Bigl(\log\sum_{a \in A(i)} e^{s_{ia}} - s_{ip}\Bigr), \qquad
L_{\text{in}} = -\frac1N\sum_i \log\Bigl(\frac1{\lvert P(i)\rvert}\sum_{p \in P(i)}
\frac{e^{s_{ip}}}{\sum_{a \in A(i)} e^{s_{ia}}}\Bigr)$.

Where $P(i)$ is empty neither is defined: such anchors are skipped (the mean is over the others),
counted as zero, or left out of the batch by the caller.
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
    band_claim,
    floor_claim,
    temperature_claims,
    unit,
    units,
)
from .labelled_batch import LabelledBatch, design, problems, ranges, simpler
from .nt_xent_problems import Batch
from .softmax_rows import Limits, directions, limits, soft_max, through_the_norms
from .theorem import Claim, Family, gradient_claim, value_claim

__all__ = ["SUPCON", "Truth", "floor", "oracle"]


class Truth(NamedTuple):
    value: np.ndarray
    gradient: tuple[np.ndarray]
    floor: float
    constant: float  # the loss of a constant critic: the log of the number of other rows
    band: float
    limits: Limits  # where positives are outside the log
    unit: float
    units: tuple[np.ndarray]


# -- definition and oracle ------------------------------------------------------------------------


def oracle(
    problem: LabelledBatch, positives: str = "outside the log",
    without_positive: str = "skipped", *, arithmetic: Arithmetic = FLOAT64,
) -> Truth:  # fmt: skip
    """Value and gradient by hand: the soft-max over the others less the share of the positives."""
    labels, tau = np.array(problem.labels), arithmetic.number(problem.temperature)
    same = labels[:, None] == labels
    np.fill_diagonal(same, False)
    kept = same.any(axis=1) if without_positive == "left out" else np.ones(len(labels), bool)
    same = same[np.ix_(kept, kept)]
    u, norms = directions(arithmetic.array(problem.features)[kept], arithmetic)
    anchors = np.flatnonzero(same.any(axis=1))
    itself, theirs = np.eye(len(u), dtype=bool)[anchors], same[anchors]
    scores = arithmetic.gram(u)[anchors] / tau
    totals, shares = soft_max(scores, arithmetic, itself)
    counts = arithmetic.array(theirs.sum(axis=1))
    if positives == "outside the log":
        lead, pulled = (scores * theirs).sum(axis=1) / counts, theirs / counts[:, None]
    else:
        among, pulled = soft_max(scores, arithmetic, ~theirs)
        lead = among - arithmetic.log(counts)
    terms = len(u) if without_positive == "zero" else len(anchors)
    pull = arithmetic.array(np.zeros(same.shape))
    pull[anchors] = (shares - pulled) / (terms * tau)
    slope = through_the_norms(arithmetic.dot(pull + pull.T, u), u, norms)
    gradient = arithmetic.array(np.zeros((len(labels), u.shape[1])))
    gradient[kept] = slope
    counted = len(anchors) / terms
    return Truth(
        value=np.asarray((totals - lead).sum() / terms),
        gradient=(gradient,),
        floor=counted * _floor(same[anchors], problem.temperature),
        constant=counted * float(np.log(len(u) - 1)),
        band=counted * 2 / problem.temperature,
        limits=limits(scores, lead, 1 / problem.temperature, itself).times(counted),
        unit=_largest(problem),
        units=(_units(problem, kept, np.asarray(pull, float)),),
    )


def floor(classes: int, rows: int, temperature: float) -> float:
    """No batch of so many classes of so many rows each has a smaller loss; reached by classes
    collapsed to the vertices of a simplex, which d + 1 >= `classes` dimensions hold."""
    gap = -classes / ((classes - 1) * temperature)
    with np.errstate(divide="ignore"):
        return float(np.logaddexp(np.log(rows - 1), np.log(rows * (classes - 1)) + gap))


def _floor(same: np.ndarray, temperature: float) -> float:
    """Of classes of one size the floor; else what holds of every batch, as no gap exceeds 2/tau."""
    own = same.sum(axis=1)
    others, rows = same.shape[1] - 1 - own, own[0] + 1
    if len(same) == same.shape[1] and np.all(own == own[0]):
        return floor(len(same) // rows, rows, temperature)
    return float(np.mean(np.logaddexp(np.log(own), np.log(others) - 2 / temperature)))


def _largest(problem: LabelledBatch) -> float:
    """The size of the largest terms of one row's loss: S = 1/tau + ln N + 1."""
    return float(1 / problem.temperature + np.log(len(problem.labels)) + 1)


def _units(problem: LabelledBatch, kept: np.ndarray, pull: np.ndarray) -> np.ndarray:
    """One rounding error of a row's gradient: S times all that pulls at it, and at least what one
    term of its own could, over its norm."""
    pulled = np.full(len(kept), 1 / (len(pull) * problem.temperature))
    pulled[kept] += np.abs(pull).sum(axis=0) + np.abs(pull).sum(axis=1)
    norms = np.linalg.norm(problem.features, axis=1, keepdims=True)
    return np.asarray(_largest(problem) * pulled[:, None] / norms)


# -- claims ---------------------------------------------------------------------------------------


def _rolled(problem: LabelledBatch) -> tuple[LabelledBatch]:
    features, labels, temperature = problem
    return (LabelledBatch(features[1:] + features[:1], labels[1:] + labels[:1], temperature),)


def _renamed(problem: LabelledBatch) -> tuple[LabelledBatch]:
    last = max(problem.labels)
    return (problem._replace(labels=tuple(last - label for label in problem.labels)),)


def _of_features(claim: Claim) -> Claim:
    """A claim on two views, on the one table of features."""

    def related(problem: LabelledBatch) -> tuple[LabelledBatch, ...]:
        twice = Batch(problem.features, problem.features, problem.temperature)
        return tuple(problem._replace(features=other.z1) for other in claim.related(twice))

    return replace(claim, related=related)


FLOOR = floor_claim(
    r"L \ge \log\bigl(n - 1 + n(K-1)\,e^{-K/((K-1)\tau)}\bigr)\text{ of K classes of n},\quad"
    r" L \ge \tfrac1N\textstyle\sum_i\log\bigl(\lvert P(i)\rvert + \lvert N(i)\rvert e^{-2/\tau}"
    r"\bigr)\text{ of any}"
)
ROW_ORDER = replace(
    PAIR_ORDER, name="row order", tex=r"L(z_\pi, y_\pi) = L(z, y)", why="rows have no order",
    related=_rolled,
)  # fmt: skip
CLASS_NAMES = replace(
    PAIR_ORDER, name="class names", tex=r"L(z, \sigma(y)) = L(z, y)",
    why="labels are names, not numbers", related=_renamed,
)  # fmt: skip
TANGENT = replace(TANGENCY, slack=lambda problem, *rest: TANGENCY.slack(problem[:1], *rest))

CLAIMS = (
    value_claim(
        r"L = \frac1N\sum_i \frac1{\lvert P(i)\rvert}\sum_{p \in P(i)}"
        r"\Bigl(\log\sum_{a \ne i} e^{s_{ia}} - s_{ip}\Bigr)",
        unit,
    ),
    gradient_claim(
        r"\nabla_{u_i} L = \frac1{N\tau}\sum_j (G_{ij} + G_{ji})\,u_j,\quad G_{ij} ="
        r" \operatorname{softmax}_{ij} - [j \in P(i)]/\lvert P(i)\rvert,\text{ through the norms}",
        units,
    ),
    FLOOR,
    band_claim(r"\lvert L - \log(N-1)\rvert \le 2/\tau"),
    *temperature_claims("(N-1)", only={"positives": ("outside the log",)}),
    TANGENT,
    ROW_ORDER,
    CLASS_NAMES,
    _of_features(ROTATION),
    _of_features(ROW_SCALE),
)

SUPCON = Family(
    name="supcon", problem=LabelledBatch, design=design, problems=problems, simpler=simpler,
    oracle=oracle, claims=CLAIMS, ranges=ranges,
)  # fmt: skip
