"""Labelled features and a classifier: how they are posed, drawn and shrunk.

Every class has two samples or more, class means are apart, and d >= K.  Class means differ in the
first K - 1 coordinates only, so that the between-class covariance has zeros that are exactly zero:
a pseudo-inverse cuts them wherever it draws the line.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from .lattice import Matrix, lattice, quarters, simpler_entries, without_row

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

__all__ = ["Classified", "design", "problems", "simpler"]


class Classified(NamedTuple):
    """Features [N, d], the class of each, and a linear classifier: weights [K, d] and a bias."""

    features: Matrix
    labels: tuple[int, ...]
    weights: Matrix
    bias: tuple[float, ...] | None


PATTERNS = (
    ((0, 0, 1, 1, 2, 2), 3), ((0, 1, 1, 0, 1), 2), ((0, 0, 0, 1, 1, 2, 2), 4),
    ((2, 0, 1, 0, 1, 2, 0, 0), 3), ((0, 0, 1, 1), 3), ((3, 3, 0, 1, 2, 0, 1, 2, 0), 5),
    ((0, 1, 0, 1, 1, 1), 4),
)  # fmt: skip
CORNERS = (((4.0,), (-4.0,)), ((4.0, 0.0), (-3.0, 4.0), (-1.0, -5.0)),
           ((4.0, 1.0, 0.0), (-3.0, 3.0, 1.0), (-2.0, -4.0, 1.0), (0.0, 1.0, -5.0)))  # fmt: skip
OFFSET = 1.5  # so that means that are not centred show


def _classified(
    labels: tuple[int, ...], spread: Matrix, weights: Matrix, bias: tuple[float, ...] | None
) -> Classified:
    """Features about the corners; beyond the first K - 1 coordinates the first two of a class
    are opposite and the others at the mean."""
    K = max(labels) + 1
    seen = [0] * K
    rows, first = [], {}
    for label, away in zip(labels, spread, strict=True):
        known = [c + s for c, s in zip(CORNERS[K - 2][label], away, strict=False)]
        place, seen[label] = seen[label], seen[label] + 1
        beyond = away[K - 1 :]
        if place == 0:
            first[label] = beyond
        elif place == 1:
            beyond = tuple(-x for x in first[label])
        else:
            beyond = tuple(0.0 for _ in beyond)
        rows.append(tuple(x + OFFSET for x in (*known, *beyond)))
    return Classified(tuple(rows), labels, weights, bias)


def design() -> tuple[Classified, ...]:
    """Fifteen probes: balanced classes and not, two to four of them, few dimensions and more, with
    a bias and without, classifiers near the class means and far from them, and a collapsed one."""
    found = []
    for number, (labels, d) in enumerate(PATTERNS * 2):
        K = max(labels) + 1
        wide = 1 + 1.5 * (number % 2 == 0)
        spread = tuple(
            tuple(wide * s for s in row) for row in lattice(len(labels), d, 1130 + number)
        )
        bias = tuple(16 * b for b in lattice(1, K, 1160 + number)[0]) if number % 4 > 1 else None
        weights = lattice(K, d, 1190 + number)
        if number % 3:
            wanted = ((*row, *(0.0,) * d)[:d] for row in CORNERS[K - 2])
            pairs = (zip(w, c, strict=True) for w, c in zip(weights, wanted, strict=True))
            weights = tuple(tuple(w / 2 + c / 2 for w, c in pair) for pair in pairs)
        found.append(_classified(labels, spread, weights, bias))
    corners = ((2.0, -1.0, -1.0), (-1.0, 2.0, -1.0), (-1.0, -1.0, 2.0))
    labels = (0, 1, 2, 2, 1, 0)
    found.append(Classified(tuple(corners[k] for k in labels), labels, corners, None))
    return tuple(found)


def problems() -> SearchStrategy[Classified]:
    """Near the corners, so that class means are apart."""
    from hypothesis import strategies as st

    def made(
        pool: list[tuple[float, ...]], labels: tuple[int, ...], more: int, biased: bool
    ) -> Classified:
        K = max(labels) + 1
        spread = tuple(tuple(x / 2 for x in row[: K + more]) for row in pool[: len(labels)])
        weights = tuple(
            tuple(c / 4 + w for c, w in zip((*corner, *(0.0,) * 3), row[: K + more], strict=False))
            for corner, row in zip(CORNERS[K - 2], pool[6:], strict=False)
        )
        return _classified(labels, spread, weights, (0.5, 0.0, -0.25)[:K] if biased else None)

    row = st.tuples(quarters(), quarters(), quarters(), quarters())
    patterns = st.sampled_from(((0, 1, 0, 1), (0, 1, 1, 0, 1), (0, 1, 2, 0, 1, 2)))
    pool = st.lists(row, min_size=9, max_size=9)
    return st.builds(made, pool, patterns, st.integers(0, 1), st.booleans())


def simpler(problem: Classified) -> Iterator[Classified]:
    """Fewer samples of a class that has more than two, no bias, plainer weights."""
    for i, label in enumerate(problem.labels):
        if problem.labels.count(label) > 2:
            labels = problem.labels[:i] + problem.labels[i + 1 :]
            fewer = problem._replace(features=without_row(problem.features, i), labels=labels)
            if _centred_beyond(fewer):
                yield fewer
    if problem.bias is not None:
        yield problem._replace(bias=None)
    for plainer in simpler_entries(problem.weights):
        if all(map(any, plainer)):
            yield problem._replace(weights=plainer)


def _centred_beyond(problem: Classified) -> bool:
    """Whether class means still differ in the first K - 1 coordinates only."""
    K = len(problem.weights)
    for column in list(zip(*problem.features, strict=True))[K - 1 :]:
        sums = [0.0] * K
        for value, label in zip(column, problem.labels, strict=True):
            sums[label] += value - OFFSET
        if any(sums):
            return False
    return True
