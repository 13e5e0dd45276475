r"""CLIP's loss over a batch of images and texts: definition, oracle, floor, invariances.

With features $a_i$ of N images and $b_i$ of their texts, taken as they are handed over (or divided
by their norms inside), and $s_{ij} = \alpha\,a_i \cdot b_j$,

$L = \frac1{2N}\sum_i\Bigl(\log\sum_j e^{s_{ij}} + \log\sum_j e^{s_{ji}} - 2s_{ii}\Bigr)$:

images pick their texts, texts pick their images, and the mean is taken.  What it bounds is in
`infonce_bound`.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np

from .arithmetic import FLOAT64, Arithmetic
from .batch_claims import (
    PAIR_ORDER,
    ROTATION,
    ROW_SCALE,
    TANGENCY,
    VIEW_SWAP,
    balance_claim,
    floor_claim,
    temperature_claims,
    unit,
    units,
)
from .clip_problems import Captioned, design, problems, ranges, simpler
from .softmax_rows import Limits, cross_entropies, directions, limits, through_the_norms
from .theorem import Claim, Evaluation, Family, gradient_claim, value_claim

__all__ = [
    "CLIP",
    "DIRECTIONS",
    "RAW",
    "Captioned",
    "Truth",
    "entering",
    "floor",
    "lengths",
    "oracle",
]

RAW = {"normalises": ("no",)}
DIRECTIONS = {"normalises": ("yes", "expected")}


class Truth(NamedTuple):
    value: np.ndarray
    gradient: tuple[np.ndarray, np.ndarray]
    floor: float
    constant: float  # the loss of a constant critic: the log of the number of pairs
    limits: Limits
    entropy: float  # of the soft-maxes, the mean over both directions
    unit: float
    units: tuple[np.ndarray, np.ndarray]


# -- definition and oracle ------------------------------------------------------------------------


def entering(table: Any, normalises: str, arithmetic: Arithmetic) -> tuple[Any, Any]:
    """The features that enter the scores, and their norms where they were divided by them."""
    features = arithmetic.array(table)
    return (features, None) if normalises == "no" else directions(features, arithmetic)


def oracle(
    problem: Captioned, normalises: str = "no", *, arithmetic: Arithmetic = FLOAT64
) -> Truth:
    """Value and gradient by hand: the soft-maxes minus the pairs."""
    a, a_norms = entering(problem.image, normalises, arithmetic)
    b, b_norms = entering(problem.text, normalises, arithmetic)
    alpha, n = arithmetic.number(problem.logit_scale), len(a)
    own, scores = np.arange(n), arithmetic.dot(a, b.T) * alpha
    losses, pull = cross_entropies(scores, own, arithmetic)
    others, back = cross_entropies(scores.T, own, arithmetic)
    pull = (pull + back.T) / (2 * n)
    value = (losses + others).mean() / 2
    slopes = (arithmetic.dot(pull, b) * alpha, arithmetic.dot(pull.T, a) * alpha)
    reach = _reach(a, b)
    ends = [limits(s, s[own, own], float(alpha) * reach) for s in (scores, scores.T)]
    return Truth(
        value=np.asarray(value),
        gradient=tuple(
            slope if norms is None else through_the_norms(slope, u, norms)
            for slope, u, norms in zip(slopes, (a, b), (a_norms, b_norms), strict=True)
        ),
        floor=floor(n, float(alpha), reach),
        constant=float(np.log(n)),
        limits=Limits(*np.mean(ends, axis=0)),
        entropy=float(value - (pull * scores).sum()),
        unit=_largest(problem, reach),
        units=_units(problem, normalises, reach, np.asarray(pull, float)),
    )


def floor(n: int, logit_scale: float = 1.0, reach: float = 1.0) -> float:
    """No batch of n pairs has a smaller loss, where no image's norm times a text's passes `reach`;
    reached by a simplex of n <= d+1 vertices."""
    if n == 1:
        return 0.0
    return float(np.logaddexp(0.0, np.log(n - 1) - logit_scale * reach * n / (n - 1)))


def lengths(table: Any) -> np.ndarray:
    """The norms of the rows, in float64."""
    return np.asarray(np.linalg.norm(np.asarray(table, float), axis=1))


def _reach(a: Any, b: Any) -> float:
    """The longest image times the longest text."""
    return float(lengths(a).max() * lengths(b).max())


def _largest(problem: Captioned, reach: float) -> float:
    """The size of the largest terms of one row's loss: S = alpha R + ln N + 1."""
    return float(problem.logit_scale * reach + np.log(len(problem.image)) + 1)


def _units(
    problem: Captioned, normalises: str, reach: float, pull: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """One rounding error of a row's gradient: S times all that pulls at it, and at least what one
    term of its own could; over its norm, where it is divided by that."""
    alpha, size = problem.logit_scale, _largest(problem, reach)
    found = []
    for own, other, axis in ((problem.image, problem.text, 1), (problem.text, problem.image, 0)):
        pulled = size * alpha * (1 / len(pull) + np.abs(pull).sum(axis=axis))
        far = lengths(other).max() if normalises == "no" else 1 / lengths(own)
        found.append((pulled * far)[:, None])
    return found[0], found[1]


# -- claims ---------------------------------------------------------------------------------------


def _learned_scale(problem: Captioned, truth: Truth, output: Evaluation) -> float:
    """Of each input: its product with its gradient, less the loss, plus the entropy."""
    expected = float(output.value) - truth.entropy
    worst = 0.0
    for table, slope in zip(problem[:2], output.gradient, strict=True):
        worst = float(np.maximum(worst, abs((np.asarray(table) * slope).sum() - expected)))
    return -worst


def _learned_scale_unit(problem: Captioned, truth: Truth, output: Evaluation) -> float:
    sizes = [
        (np.abs(np.asarray(table)) * size).sum()
        for table, size in zip(problem[:2], truth.units, strict=True)
    ]
    return float(max(sizes) + truth.unit)


CLAIMS = (
    value_claim(
        r"L = \frac1{2N}\sum_i\Bigl(\log\sum_j e^{s_{ij}} + \log\sum_j e^{s_{ji}} - 2s_{ii}\Bigr)",
        unit,
    ),
    gradient_claim(
        r"\nabla_{a_i} L = \frac{\alpha}{2N}\sum_j(\operatorname{softmax}_{ij} + "
        r"\operatorname{softmax}_{ji} - 2\delta_{ij})\,b_j",
        units,
    ),
    replace(
        floor_claim(
            r"L \ge \log\bigl(1 + (N-1)\,e^{-\alpha R N/(N-1)}\bigr),\quad "
            r"R = \max_i\lVert a_i\rVert\max_j\lVert b_j\rVert"
        ),
        why="no features of these lengths do better",
    ),
    *temperature_claims("N", scale=r"\alpha R"),
    Claim(
        name="learned scale",
        tex=r"\langle a, \nabla_a L\rangle = \langle b, \nabla_b L\rangle = L - \bar H",
        why="longer features are a larger scale, whose slope is the loss less the mean entropy",
        slack=_learned_scale, unit=_learned_scale_unit, of_gradient=True, only=RAW,
    ),
    replace(TANGENCY, only=DIRECTIONS),
    PAIR_ORDER,
    replace(
        VIEW_SWAP, name="exchange", tex=r"L(b, a) = L(a, b)",
        why="images pick texts as texts pick images",
    ),
    replace(ROTATION, why="only inner products enter"),
    replace(ROW_SCALE, only=DIRECTIONS),
    replace(balance_claim("longer images and shorter texts have the same products"), only=RAW),
)  # fmt: skip

CLIP = Family(
    name="clip", problem=Captioned, design=design, problems=problems, simpler=simpler,
    oracle=oracle, claims=CLAIMS, ranges=ranges,
)  # fmt: skip
