r"""SigLIP's loss over a batch of images and texts: definition, oracle, floor, invariances.

With features $a_i$ of N images and $b_i$ of their texts, taken as they are handed over (or divided
by their norms inside), $s_{ij} = \alpha\,a_i \cdot b_j + \beta$ and $y_{ij} = 1$ for $i = j$, else
$-1$,

$L = \frac1N\sum_{ij}\log(1 + e^{-y_{ij}s_{ij}})$:

each of the $N^2$ pairs is told from the others' by itself, and N of them are true ones.  What that
learns is in `density_ratio`.
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
    floor_claim,
    unit,
    units,
)
from .clip import DIRECTIONS, RAW, entering, lengths
from .siglip_problems import Biased, design, problems, ranges, simpler
from .softmax_rows import through_the_norms
from .theorem import Claim, Evaluation, Family, gradient_claim, value_claim

__all__ = ["SIGLIP", "Biased", "Truth", "floor", "guess", "oracle"]

Units = tuple[np.ndarray, ...]


class Truth(NamedTuple):
    value: np.ndarray
    gradient: tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]
    floor: float
    constant: float  # the least loss of a constant critic
    expected: float  # the number of true pairs that the critic expects among all
    unit: float
    units: Units


# -- definition and oracle ------------------------------------------------------------------------


def oracle(problem: Biased, normalises: str = "no", *, arithmetic: Arithmetic = FLOAT64) -> Truth:
    """Value and gradient by hand: the logistic function minus the pairs."""
    a, a_norms = entering(problem.image, normalises, arithmetic)
    b, b_norms = entering(problem.text, normalises, arithmetic)
    alpha, beta = (arithmetic.array(x) for x in (problem.logit_scale, problem.logit_bias))
    n, products = len(a), arithmetic.dot(a, b.T)
    scores, own = products * alpha + beta, np.eye(len(a), dtype=bool)
    away = np.where(own, -scores, scores)  # how far on the wrong side
    small = arithmetic.exp(-abs(away))
    wrong = np.asarray(away > 0, bool)
    losses = np.where(wrong, away, 0 * away) + arithmetic.log1p(small)
    share = np.where(wrong, 1 / (1 + small), small / (1 + small))
    pull = np.where(own, -share, share) / n
    slopes = (arithmetic.dot(pull, b) * alpha, arithmetic.dot(pull.T, a) * alpha)
    through = tuple(
        slope if norms is None else through_the_norms(slope, u, norms)
        for slope, u, norms in zip(slopes, (a, b), (a_norms, b_norms), strict=True)
    )
    reach = float(lengths(a).max() * lengths(b).max())
    size = _largest(problem, reach)
    return Truth(
        value=np.asarray(losses.sum() / n),
        gradient=(*through, np.asarray((pull * products).sum()), np.asarray(pull.sum())),
        floor=floor(n, float(alpha), float(beta), reach),
        constant=guess(n),
        expected=float(n * (1 + pull.sum())),
        unit=float(size * (1 + np.asarray(losses, float).sum() / n) + n),
        units=_units(problem, normalises, reach, size, np.asarray(pull, float)),
    )


def guess(n: int) -> float:
    """The least loss that the bias alone reaches, at -log(n-1): n times the entropy of one in n."""
    return float(np.log(n) + (n - 1) * np.log(n / (n - 1))) if n > 1 else 0.0


def floor(n: int, logit_scale: float, logit_bias: float, reach: float = 1.0) -> float:
    """No batch of n pairs has a smaller loss, where no image's norm times a text's passes `reach`.

    The best positives fall short of the reach by some t, so that negatives may be lower than on a
    simplex; the loss of both is convex in t, and reached in n <= d dimensions.
    """

    def scores(t: float) -> tuple[float, float]:
        negative = -(reach + t * (n - 2) / 2) / (n - 1) if n > 1 else 0.0
        return logit_scale * (reach - t) + logit_bias, logit_scale * negative + logit_bias

    def rising(t: float) -> bool:
        """Whether a larger t makes the positives worse than it makes the negatives better."""
        positive, negative = scores(t)
        if n <= 2:
            return True
        better = np.logaddexp(0, -negative) - np.log((n - 2) / 2)
        return bool(np.logaddexp(0, positive) <= better)

    low, high = 0.0, 2 * reach
    if rising(low):
        high = low
    for _ in range(80):
        middle = (low + high) / 2
        low, high = (low, middle) if rising(middle) else (middle, high)
    positive, negative = scores(high)
    return float(np.logaddexp(0, -positive) + (n - 1) * np.logaddexp(0, negative))


def _largest(problem: Biased, reach: float) -> float:
    """The size of the largest terms of a pair's loss: S = alpha R + |beta| + 1."""
    return float(problem.logit_scale * reach + abs(problem.logit_bias) + 1)


def _units(problem: Biased, normalises: str, reach: float, size: float, pull: np.ndarray) -> Units:
    """One rounding error of each gradient: every pair's share errs by S times itself, and by one
    where it is what a probability lacks of one."""
    n, alpha, found = len(pull), problem.logit_scale, []
    for own, other, axis in ((problem.image, problem.text, 1), (problem.text, problem.image, 0)):
        pulled = size * (1 / n + np.abs(pull).sum(axis=axis)) + 1
        far = lengths(other).max() if normalises == "no" else 1 / lengths(own)
        found.append((alpha * pulled * far)[:, None])
    whole = size * (1 / n + np.abs(pull).sum()) + n
    return (*found, np.asarray(whole * reach), np.asarray(whole))


# -- claims ---------------------------------------------------------------------------------------


def _along(problem: Biased, gradient: Units) -> list[float]:
    """Of images, texts and the scale: the product with the gradient."""
    pairs = zip(problem[:3], gradient[:3], strict=True)
    return [float((np.asarray(table) * slope).sum()) for table, slope in pairs]


def _learned_scale(problem: Biased, truth: Truth, output: Evaluation) -> float:
    image, text, scale = _along(problem, output.gradient)
    return -float(np.maximum(abs(image - scale), abs(text - scale)))  # which keeps a NaN


def _learned_scale_unit(problem: Biased, truth: Truth, output: Evaluation) -> float:
    pairs = zip(problem[:3], truth.units[:3], strict=True)
    return float(sum((np.abs(np.asarray(table)) * size).sum() for table, size in pairs))


def _learned_bias(problem: Biased, truth: Truth, output: Evaluation) -> float:
    n = len(problem.image)
    return -abs(n * (1 + float(output.gradient[3])) - truth.expected)


def _longer(problem: Biased) -> tuple[Biased]:
    """Images twice as long at half the scale, or the other way round where that is below one."""
    factor = 2.0 if problem.logit_scale >= 2 else 0.5
    image = tuple(tuple(x * factor for x in row) for row in problem.image)
    return (problem._replace(image=image, logit_scale=problem.logit_scale / factor),)


def _unchanged(problem: Biased, truth: Truth, output: Evaluation, other: Evaluation) -> float:
    return -abs(float(output.value) - float(other.value))


CLAIMS = (
    value_claim(r"L = \frac1N\sum_{ij}\log(1 + e^{-y_{ij}s_{ij}})", unit),
    gradient_claim(
        r"\nabla_{a_i} L = \frac{\alpha}{N}\sum_j(\sigma(s_{ij}) - \delta_{ij})\,b_j,\quad"
        r"\partial_\alpha L = \frac1N\sum_{ij}(\sigma(s_{ij}) - \delta_{ij})\,a_i \cdot b_j",
        units,
    ),
    replace(
        floor_claim(
            r"L \ge \min_t\ \zeta(-\alpha(R - t) - \beta) + (N-1)\,\zeta\Bigl(\beta - \alpha"
            r"\frac{R + t(N-2)/2}{N-1}\Bigr),\quad \zeta(x) = \log(1 + e^x)"
        ),
        why="no features of these lengths do better",
    ),
    Claim(
        name="learned bias",
        tex=r"N(1 + \partial_\beta L) = \textstyle\sum_{ij}\sigma(s_{ij})",
        why="a bias is at rest where the critic expects as many true pairs as there are",
        slack=_learned_bias, of_gradient=True,
        unit=lambda problem, truth, output: float(len(problem.image) * truth.units[3]),
    ),
    Claim(
        name="learned scale",
        tex=r"\langle a, \nabla_a L\rangle = \langle b, \nabla_b L\rangle = "
        r"\alpha\,\partial_\alpha L",
        why="longer features are a larger scale", slack=_learned_scale, unit=_learned_scale_unit,
        of_gradient=True, only=RAW,
    ),
    replace(TANGENCY, only=DIRECTIONS),
    PAIR_ORDER,
    replace(
        VIEW_SWAP, name="exchange", tex=r"L(b, a) = L(a, b)",
        why="a pair is one whichever is named first",
    ),
    replace(ROTATION, why="only inner products enter"),
    replace(ROW_SCALE, only=DIRECTIONS),
    Claim(
        name="length", tex=r"L(2a, b; \tfrac12\alpha) = L(a, b; \alpha)",
        why="the scale multiplies the products and nothing else", slack=_unchanged, unit=unit,
        related=_longer, only=RAW,
    ),
)  # fmt: skip

SIGLIP = Family(
    name="siglip", problem=Biased, design=design, problems=problems, simpler=simpler,
    oracle=oracle, claims=CLAIMS, ranges=ranges,
)  # fmt: skip
