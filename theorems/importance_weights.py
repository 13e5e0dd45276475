r"""The importance-weighted bound of given weights: definition, oracle, claims.

Of a table of log weights $a_{ik} = \log w_{ik}$, n rows of K samples, the bound is
$L = \frac1n\sum_i\log\frac1K\sum_k e^{a_{ik}}$, in nats.  Its gradient surrogate is
$\frac1n\sum_i\sum_k\tilde w_{ik}a_{ik}$, with the normalised weights
$\tilde w_{ik} = e^{a_{ik}}/\sum_j e^{a_{ij}}$ held constant: the same gradient, another value.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from .arithmetic import FLOAT64, Arithmetic
from .importance_weights_problems import Weights, design, problems, ranges, simpler, tuples
from .lattice import without_column
from .theorem import Claim, Evaluation, Family, gradient_claim, value_claim

__all__ = ["IMPORTANCE_WEIGHTS", "Truth", "Weights", "log_mean_exp", "oracle", "tuples"]


# -- definition and oracle ------------------------------------------------------------------------


class Truth(NamedTuple):
    """The value, a number; the gradient, (n, K); and the size of a rounding error of the value."""

    value: np.ndarray
    gradient: tuple[np.ndarray]
    unit: float


def oracle(problem: Weights, quantity: str = "value", *, arithmetic: Arithmetic = FLOAT64) -> Truth:
    """Of the bound, or of its gradient surrogate; the largest weight of each row is set apart."""
    log_w = arithmetic.array(problem.log_w)
    top = log_w.max(axis=1, keepdims=True)
    weights = arithmetic.exp(log_w - top)
    shares = weights / weights.sum(axis=1, keepdims=True)
    if quantity == "value":
        rows, sizes = log_mean_exp(log_w, arithmetic=arithmetic), row_units(problem)
    else:
        rows, sizes = (shares * log_w).sum(axis=1), row_units(problem) ** 2
    return Truth(np.asarray(rows.mean()), (shares / len(log_w),), float(sizes.mean()))


def log_mean_exp(log_w: np.ndarray, *, arithmetic: Arithmetic = FLOAT64) -> np.ndarray:
    """Per row of log weights (n, K), in nats."""
    top = log_w.max(axis=1)
    total = arithmetic.exp(log_w - top[:, None]).sum(axis=1)
    return np.asarray(top + arithmetic.log(total) - arithmetic.log(arithmetic.number(len(log_w.T))))


def row_units(problem: Weights) -> np.ndarray:
    r"""One rounding error of a row's bound: $1 + \log K + \max_k\lvert a_k\rvert$.

    An exponential errs by the rounding of its argument, $a_k - \max_j a_j$, and counts by its
    share of the sum; together that is at most log K, being the shares' entropy less the logarithm
    of the sum.  The maximum is added to the logarithm, and log K subtracted.  What is subtracted
    in place of the maximum (a mean, the bound itself) is no larger than the largest log weight in
    size.  A share that is computed from the row's bound errs by as much, relatively.
    """
    log_w = np.asarray(problem.log_w, float)
    return np.asarray(1 + np.log(log_w.shape[1]) + np.abs(log_w).max(axis=1))


def unit(problem: Weights, truth: Truth, *_: object) -> float:
    return truth.unit


def gradient_unit(problem: Weights, truth: Truth) -> tuple[np.ndarray]:
    """One rounding error of a row's shares, known before they are: they are at most one."""
    return (row_units(problem)[:, None] / len(problem.log_w),)


# -- claims ---------------------------------------------------------------------------------------


def _mean(problem: Weights, of_a_row: Callable[[tuple[float, ...]], float]) -> float:
    return float(np.mean([of_a_row(row) for row in problem.log_w]))


def at_most_the_largest(problem: Weights, truth: Truth, output: Evaluation) -> float:
    return _mean(problem, max) - float(output.value)


def at_least_a_share_of_the_largest(problem: Weights, truth: Truth, output: Evaluation) -> float:
    return float(output.value) - _mean(problem, max) + float(np.log(len(problem.log_w[0])))


def at_least_one_sample(problem: Weights, truth: Truth, output: Evaluation) -> float:
    return float(output.value) - float(np.mean(problem.log_w))


def leaving_one_out(problem: Weights) -> tuple[Weights, ...]:
    columns = range(len(problem.log_w[0]))
    return tuple(Weights(without_column(problem.log_w, k)) for k in columns) if columns[1:] else ()


def above_its_parts(
    problem: Weights, truth: Truth, output: Evaluation, *parts: Evaluation
) -> float:
    return float(output.value) - float(np.mean([p.value for p in parts])) if parts else 0.0


def the_evidence_and_pairs(problem: Weights) -> tuple[Weights, Weights]:
    """The first row's first weights as the states of a uniform q, whose mean weight is p(x); and
    all the pairs that may be drawn."""
    states = problem.log_w[0][:4]
    return Weights((states,)), Weights(tuples(states, 2))


def below_the_evidence(
    problem: Weights, truth: Truth, output: Evaluation, evidence: Evaluation, pairs: Evaluation
) -> float:
    return float(evidence.value) - float(pairs.value)


def constant(problem: Weights) -> tuple[Weights]:
    """Each row's weights all equal to its first."""
    return (Weights(tuple((row[0],) * len(row) for row in problem.log_w)),)


def tight(problem: Weights, truth: Truth, output: Evaluation, other: Evaluation) -> float:
    return -abs(float(other.value) - _mean(problem, lambda row: row[0]))


SHIFTS = (4.0, -2.0, 1.0)  # of a row's log weights, in turn; sums with quarters round nothing


def shifted(problem: Weights) -> tuple[Weights]:
    rows = enumerate(problem.log_w)
    return (Weights(tuple(tuple(x + SHIFTS[i % 3] for x in row) for i, row in rows)),)


def moved_by_the_shifts(
    problem: Weights, truth: Truth, output: Evaluation, other: Evaluation
) -> float:
    shift = float(np.mean([SHIFTS[i % 3] for i in range(len(problem.log_w))]))
    return -abs(float(other.value) - float(output.value) - shift)


def permuted(problem: Weights) -> tuple[Weights]:
    """The rows in the reverse order, and the samples of each turned by another number of places."""
    rows = reversed(problem.log_w)
    turns = ((i % len(row), row) for i, row in enumerate(rows, 1))
    return (Weights(tuple(row[turn:] + row[:turn] for turn, row in turns)),)


def repeated(problem: Weights) -> tuple[Weights]:
    return (Weights(tuple(row + row for row in problem.log_w)),)


def unchanged(problem: Weights, truth: Truth, output: Evaluation, other: Evaluation) -> float:
    return -abs(float(other.value) - float(output.value))


def shares(problem: Weights, truth: Truth, output: Evaluation) -> float:
    """In units of their rounding: none is negative, and each row's add up to one."""
    (slope,) = output.gradient
    (size,) = gradient_unit(problem, truth)
    n, samples = slope.shape
    apart = np.abs(slope.sum(axis=1) - 1 / n) / (samples * size[:, 0])
    return float(np.min(np.minimum((slope / size).min(axis=1), -apart)))


BOUND = {"quantity": ("value",)}  # another quantity has another value, whatever its gradient


def of_the_bound(
    name: str,
    tex: str,
    why: str,
    slack: Callable[..., float],
    related: Callable[[Weights], tuple[Weights, ...]] = lambda problem: (),
    unit: Callable[..., float] = unit,
) -> Claim:
    return Claim(name=name, tex=tex, why=why, slack=slack, related=related, only=BOUND, unit=unit)


CLAIMS = (
    replace(
        value_claim(r"L = \frac1n\sum_i\log\frac1K\sum_k w_{ik}", unit), only=BOUND
    ),
    gradient_claim(
        r"\frac{\partial L}{\partial\log w_{ik}} = \frac1n\,\frac{w_{ik}}{\sum_j w_{ij}}",
        gradient_unit, why="the normalised weight, in the bound and in its surrogate",
    ),
    Claim(
        name="shares", tex=r"\partial L/\partial\log w_{ik} \ge 0,\quad "
        r"\sum_k\partial L/\partial\log w_{ik} = \tfrac1n",
        why="normalised weights are a distribution over the samples",
        slack=shares, unit=lambda problem, truth, output: 1.0, of_gradient=True,
    ),
    of_the_bound(
        "leave one out", r"\frac1K\sum_j L(w_{-j}) \le L(w)",
        "the whole mean is the mean of the parts', and the logarithm is concave",
        above_its_parts, leaving_one_out,
    ),
    of_the_bound(
        "one sample", r"\tfrac1K\textstyle\sum_k\log w_k \le L",
        "Jensen: the same weights one by one, the ELBO's estimate, are never above",
        at_least_one_sample,
    ),
    of_the_bound(
        "below the evidence", r"\mathbb{E}\,L(w_1, w_2) \le \log\mathbb{E}\,w",
        "in expectation over all draws of two samples", below_the_evidence, the_evidence_and_pairs,
        lambda problem, truth, output: row_units(problem)[0],
    ),
    of_the_bound(
        "at most the largest", r"L \le \max_k\log w_k", "a mean is no larger than the largest",
        at_most_the_largest,
    ),
    of_the_bound(
        "at least its share", r"L \ge \max_k\log w_k - \log K",
        "one weight alone is a K-th of the mean", at_least_a_share_of_the_largest,
    ),
    of_the_bound(
        "tight", r"L(w, \dots, w) = \log w", "at the posterior every weight is p(x)", tight,
        constant,
    ),
    of_the_bound(
        "shift", r"L(cw) = L(w) + \log c", "a factor comes out of the mean, row by row",
        moved_by_the_shifts, shifted,
        lambda problem, truth, output: truth.unit + max(SHIFTS),
    ),
    of_the_bound(
        "order", r"L(w_\pi) = L(w)", "neither samples nor rows have an order", unchanged, permuted,
    ),
    of_the_bound(
        "repetition", r"L(w, w) = L(w)", "a mean does not count, it weighs", unchanged, repeated,
    ),
)  # fmt: skip


IMPORTANCE_WEIGHTS = Family(
    name="iwae", problem=Weights, design=design, problems=problems, simpler=simpler, oracle=oracle,
    claims=CLAIMS, ranges=ranges,
)  # fmt: skip
