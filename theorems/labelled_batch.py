"""A batch of rows with class labels: how it is posed, drawn and shrunk.

Two classes at least have two rows each, so that there is something to attract and something to
contrast it with; a label may occur once, and then its row is an anchor without a positive.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from .lattice import Matrix, lattice, quarters, simpler_entries, without_column, without_row

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

__all__ = ["LabelledBatch", "design", "problems", "ranges", "simpler"]

Labels = tuple[int, ...]


class LabelledBatch(NamedTuple):
    """N rows of dimension d, a class label for each, and the temperature."""

    features: Matrix
    labels: Labels
    temperature: float


PATTERNS: tuple[tuple[Labels, int], ...] = (
    ((0, 0, 0, 1, 1), 3),
    ((0, 0, 1, 1), 1),
    ((0, 1, 2, 0, 1, 2), 2),
    ((0, 0, 0, 1, 1, 1), 3),
    ((0, 1, 0, 2, 1), 3),  # the label 2 occurs once
    ((0, 1, 1, 0), 2),
    ((3, 0, 1, 1, 0, 2), 3),
    ((0, 1, 1, 0, 0), 8),
)
TEMPERATURES = (0.5, 0.1, 1.0, 0.07, 2.0, 0.25, 5.0, 0.2)


def design() -> tuple[LabelledBatch, ...]:
    """24 probes: patterns by temperatures, then classes that are collapsed, clustered and badly
    scaled."""
    probes = [
        LabelledBatch(
            lattice(len(labels), d, 500 + k), labels, TEMPERATURES[(k + k // 8) % 8]
        )
        for k, (labels, d) in enumerate(PATTERNS * 2)
    ]  # fmt: skip
    for k, temperature in enumerate((0.5, 0.1)):
        labels = (0, 1, 2, 0, 1) if k else (0, 1, 2, 2, 1, 0)
        rows, centres = lattice(len(labels), 3, 520 + k), lattice(3, 3, 530 + k)
        clustered = tuple((1.0 + row[0] / 16, *row[1:]) for row in rows)
        scaled = tuple(tuple(x * 8.0 ** (i % 3 - 1) for x in row) for i, row in enumerate(rows))
        probes += [
            LabelledBatch(rows, labels, temperature * 4),
            LabelledBatch(tuple(centres[c] for c in labels), labels, temperature),
            LabelledBatch(clustered, labels, temperature),
            LabelledBatch(scaled, labels, temperature),
        ]
    return tuple(probes)


def ranges() -> tuple[LabelledBatch, ...]:
    """Temperatures, batch sizes and norms that people use, and just beyond."""
    four = tuple(i % 4 for i in range(16))
    probes = [
        LabelledBatch(lattice(16, 8, 540 + k), four, temperature)
        for k, temperature in enumerate((0.5, 0.07, 0.02, 0.01, 10.0))
    ]
    labels, rows = (0, 0, 1, 1, 2, 2), lattice(6, 3, 550)
    centres = lattice(3, 3, 551)
    collapsed = tuple(centres[c] for c in labels)
    opposite = tuple(tuple(-x for x in row) if i % 2 else row for i, row in enumerate(collapsed))
    probes += [LabelledBatch(collapsed, labels, 0.01), LabelledBatch(opposite, labels, 0.01)]
    probes.append(LabelledBatch(opposite, labels, 0.05))
    # some anchors' losses vanish in every precision, and still count in the mean
    probes.append(LabelledBatch(collapsed[:4] + opposite[4:], labels, 0.01))
    for factor in (2.0**-10, 2.0**10):
        uneven = tuple(
            tuple(x * factor for x in row) if i < 3 else row for i, row in enumerate(rows)
        )
        probes.append(LabelledBatch(uneven, labels, 0.1))
    probes.append(LabelledBatch(lattice(128, 64, 552), tuple(i % 10 for i in range(128)), 0.05))
    return tuple(probes)


def problems() -> SearchStrategy[LabelledBatch]:
    """Values first and sizes last, so that shrinking reaches the smallest sizes."""
    from hypothesis import strategies as st

    row = st.lists(quarters(), min_size=4, max_size=4)
    patterns = ((0, 0, 1, 1), (0, 0, 0, 1, 1), (0, 0, 1, 1, 2), (0, 1, 2, 0, 1, 2))
    return st.builds(
        _batch, st.lists(row, min_size=6, max_size=6),
        st.sampled_from((1.0, 0.5, 0.25, 2.0, 0.1, 0.07)),
        st.sampled_from(patterns), st.integers(1, 4),
    )  # fmt: skip


def _batch(pool: list[list[float]], temperature: float, labels: Labels, d: int) -> LabelledBatch:
    rows = [tuple(row[:d]) if any(row[:d]) else (1.0,) + (0.0,) * (d - 1) for row in pool]
    return LabelledBatch(tuple(rows[: len(labels)]), labels, temperature)


def simpler(problem: LabelledBatch) -> Iterator[LabelledBatch]:
    """Fewer rows, fewer columns, temperature one, plainer entries; no row ever vanishes, and two
    classes of two remain."""
    features, labels, temperature = problem
    for keep in (slice(None, len(labels) // 2), slice(len(labels) // 2, None)):
        yield from _proper(LabelledBatch(features[keep], _named(labels[keep]), temperature))
    if len(features[0]) > 3:
        half = tuple(row[: len(row) // 2] for row in features)
        yield from _proper(problem._replace(features=half))
    for i in range(len(labels)):
        left = _named(labels[:i] + labels[i + 1 :])
        yield from _proper(LabelledBatch(without_row(features, i), left, temperature))
    for j in range(len(features[0]) if len(features[0]) > 1 else 0):
        yield from _proper(problem._replace(features=without_column(features, j)))
    if temperature != 1.0:
        yield problem._replace(temperature=1.0)
        if temperature not in (0.5, 2.0):
            yield problem._replace(temperature=0.5)
    for plainer in simpler_entries(features):
        yield from _proper(problem._replace(features=plainer))


def _named(labels: Labels) -> Labels:
    """The classes by the order in which they come."""
    names = {label: name for name, label in enumerate(dict.fromkeys(labels))}
    return tuple(names[label] for label in labels)


def _proper(problem: LabelledBatch) -> Iterator[LabelledBatch]:
    companies = [size for size in Counter(problem.labels).values() if size > 1]
    if len(companies) > 1 and all(map(any, problem.features)):
        yield problem
