"""Rational models on few points, and what their statistics lose: for proofs by exhaustion, errata.

A model is a tuple of laws, one per parameter; a joint table has a row per parameter and a column
per point.  Statistics, their sufficiency and the classes of proportional likelihoods are decided
in `finite_experiments`; information here is in float64, so that thousands are had at once.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from fractions import Fraction

from .finite_experiments import Statistic

__all__ = ["Law", "Model", "Statistic", "bayes_risk", "classes", "coarser_or_equal", "conditional"]
__all__ += ["error", "flipped", "information", "insufficiency", "joint", "planted", "told"]
__all__ += ["two_tosses", "uniform_up_to"]

Law = tuple[Fraction, ...]
Model = tuple[Law, ...]
Loss = Callable[[int, int], Fraction]  # of an action and a parameter


# -- statistics -----------------------------------------------------------------------------------


def classes(statistic: Statistic) -> tuple[tuple[int, ...], ...]:
    """The points of each value."""
    labels = sorted(set(statistic))
    return tuple(tuple(x for x, own in enumerate(statistic) if own == label) for label in labels)


def coarser_or_equal(coarse: Statistic, fine: Statistic) -> bool:
    """Whether `coarse` is a function of `fine`."""
    return len(set(zip(fine, coarse, strict=True))) == len(set(fine))


# -- sufficiency ----------------------------------------------------------------------------------


def conditional(law: Law, fibre: tuple[int, ...]) -> Law | None:
    """The law of the point given that it is in the fibre; None where that has no probability."""
    total = sum((law[x] for x in fibre), Fraction(0))
    return tuple(law[x] / total for x in fibre) if total else None


def insufficiency(model: Model, statistic: Statistic) -> float:
    """The largest total variation between two of the conditional laws: zero if sufficient."""
    worst = 0.0
    for fibre in classes(statistic):
        known = [c for law in model if (c := conditional(law, fibre)) is not None]
        for p in known:
            for q in known:
                apart = sum(abs(a - b) for a, b in zip(p, q, strict=True)) / 2
                worst = max(worst, float(apart))
    return worst


# -- models ---------------------------------------------------------------------------------------


def planted(parameters: int, directions: Sequence[int], salt: int) -> Model:
    """A model in which points with the same number in `directions` have proportional likelihoods:
    column x is (1 + x) times the vector of its direction, each law divided by its total."""
    vectors = [
        [
            1 + (salt * (3 + j) + 5 * d * d + 7 * d * j + j * j) % 11
            for d in range(max(directions) + 1)
        ]
        for j in range(parameters)
    ]
    rows = [[Fraction((1 + x) * row[d]) for x, d in enumerate(directions)] for row in vectors]
    return tuple(tuple(w / sum(row) for w in row) for row in rows)


def uniform_up_to(largest: int) -> Model:
    """The uniform laws on 1..t, for t up to `largest`: their supports differ."""
    return tuple(tuple(Fraction(x < t, t) for x in range(largest)) for t in range(1, largest + 1))


def two_tosses() -> Model:
    """The laws of two tosses, 00 01 10 11, of coins of five biases."""
    biases = [Fraction(k, 6) for k in range(1, 6)]
    return tuple(((1 - p) ** 2, (1 - p) * p, p * (1 - p), p**2) for p in biases)


def flipped(chance: Fraction) -> tuple[Law, ...]:
    """The joint table of a fair coin and a channel that turns it over with this chance."""
    kept = 1 - chance
    return ((kept / 2, chance / 2), (chance / 2, kept / 2))


def joint(model: Model, prior: Law) -> tuple[Law, ...]:
    """p(x, theta), a row per parameter."""
    return tuple(tuple(w * f for f in law) for w, law in zip(prior, model, strict=True))


def told(table: tuple[Law, ...], statistic: Statistic) -> tuple[Law, ...]:
    """The joint table of the statistic and the parameter."""
    return tuple(
        tuple(sum((row[x] for x in fibre), Fraction(0)) for fibre in classes(statistic))
        for row in table
    )


# -- what is lost ---------------------------------------------------------------------------------


def information(table: tuple[Law, ...]) -> float:
    """The mutual information of rows and columns, in nats."""
    rows = [float(sum(row)) for row in table]
    columns = [float(sum(column)) for column in zip(*table, strict=True)]
    return math.fsum(
        float(p) * math.log(float(p) / (rows[i] * columns[j]))
        for i, row in enumerate(table) for j, p in enumerate(row) if p
    )  # fmt: skip


def error(action: int, parameter: int) -> Fraction:
    """The 0-1 loss."""
    return Fraction(action != parameter)


def bayes_risk(table: tuple[Law, ...], loss: Loss, actions: int) -> Fraction:
    """The least expected loss of a rule that sees the column."""
    return sum(
        (
            min(sum(p * loss(a, i) for i, p in enumerate(column)) for a in range(actions))
            for column in zip(*table, strict=True)
        ),
        Fraction(0),
    )
