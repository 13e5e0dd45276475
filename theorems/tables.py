"""Problems made of small tables that share sizes: how they shrink.

A problem is a named tuple whose tables are tuples of rows, or one row.  `axes` gives the sizes of
each table, one letter per size: `{"mu": "nk", "logvar": "nk"}`; tables that share a letter are cut
together.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from .lattice import Matrix, simpler_entries

__all__ = ["fewer", "plainer", "simpler_tables"]

Problem = Any  # a named tuple


def simpler_tables(problem: Problem, axes: Mapping[str, str]) -> Iterator[Problem]:
    """Problems that a person would rather read: smaller first, then with plainer entries.

    Each is strictly simpler than `problem`, so that taking the first one that still serves, again
    and again, comes to an end.
    """
    for letter, size in _sizes(problem, axes).items():
        for kept in fewer(size):
            yield _keep(problem, axes, letter, kept)
    for name, letters in axes.items():
        for rows in plainer(_rows(getattr(problem, name), letters)):
            yield problem._replace(**{name: rows if len(letters) == 2 else rows[0]})


def fewer(size: int) -> list[list[int]]:
    """Which of so many places to keep: one alone; then all but one."""
    without_one = [[i for i in range(size) if i != j] for j in range(size)] if size > 2 else []
    return [[i] for i in range(size) if size > 1] + without_one


def _rows(value: Any, letters: str) -> Matrix:
    return value if len(letters) == 2 else (value,)


def _sizes(problem: Problem, axes: Mapping[str, str]) -> dict[str, int]:
    sizes: dict[str, int] = {}
    for name, letters in axes.items():
        rows = _rows(getattr(problem, name), letters)
        sizes |= dict(zip(letters, (len(rows), len(rows[0]))[-len(letters) :], strict=True))
    return sizes


def _keep(problem: Problem, axes: Mapping[str, str], letter: str, kept: list[int]) -> Problem:
    changed = {}
    for name, letters in axes.items():
        value = getattr(problem, name)
        for depth, axis in enumerate(letters):
            if axis == letter:
                value = _take(value, kept, depth)
        changed[name] = value
    return problem._replace(**changed)


def _take(value: Any, kept: list[int], depth: int) -> Any:
    if depth == 0:
        return tuple(value[i] for i in kept)
    return tuple(tuple(row[i] for i in kept) for row in value)


def plainer(rows: Matrix) -> Iterator[Matrix]:
    """All entries 0; all entries 1, unless all are 0 or 1 already; then one entry plainer."""
    entries = [entry for row in rows for entry in row]
    if any(entries):
        yield tuple((0.0,) * len(row) for row in rows)
    if any(entry not in (0.0, 1.0) for entry in entries):
        yield tuple((1.0,) * len(row) for row in rows)
    yield from simpler_entries(rows)
