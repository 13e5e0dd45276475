"""Small tensor programs for torch, and what they compute, worked out on lists of mpmath numbers.

Nothing is shared with the shadow.  A table is a buffer and, for each index, its place there: views
are tables on one buffer.  A program is a list of steps, made from a tape of integers, so that
Hypothesis shrinks it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any, NamedTuple

import mpmath

MP = mpmath.MPContext()
MP.dps = 80
Index = tuple[int, ...]


@dataclass
class Table:
    buffer: list[Any]
    places: dict[Index, int]
    shape: Index

    def __getitem__(self, index: Index) -> Any:
        return self.buffer[self.places[index]]

    def numbers(self) -> list[Any]:
        return [self[i] for i in indices(self.shape)]

    def writable(self) -> bool:
        return len(set(self.places.values())) == len(self.places)


class Step(NamedTuple):
    name: str
    operands: tuple[int, ...]
    details: tuple[Any, ...]


class Op(NamedTuple):
    """`choose` picks details for given operands, or None; `torch` and `ours` do it."""

    count: int
    choose: Callable[..., tuple[Any, ...] | None]
    torch: Callable[..., Any]
    ours: Callable[..., Any]


class Tape:
    """Choices, read from a list of integers; zeros when it has run out."""

    def __init__(self, numbers: Sequence[int]) -> None:
        self.numbers: Iterator[int] = iter(numbers)

    def below(self, n: int) -> int:
        return next(self.numbers, 0) % max(n, 1)

    def number(self) -> float:
        return (self.below(257) - 128) / 37  # not a short binary number

    def axis(self, shape: Index) -> int:
        return self.below(len(shape))


def indices(shape: Index) -> Iterator[Index]:
    return product(*map(range, shape))


def table(values: Sequence[Any], shape: Index) -> Table:
    return Table(list(values), {i: k for k, i in enumerate(indices(shape))}, shape)


def made(shape: Index, entry: Callable[[Index], Any]) -> Table:
    return table([entry(i) for i in indices(shape)], shape)


def viewed(x: Table, shape: Index, source: Callable[[Index], Index]) -> Table:
    return Table(x.buffer, {i: x.places[source(i)] for i in indices(shape)}, shape)


def put(i: Index, d: int, value: int) -> Index:
    return (*i[:d], value, *i[d + 1 :])


def insert(i: Index, d: int, value: int) -> Index:
    return (*i[:d], value, *i[d:])


def drop(i: Index, d: int) -> Index:
    return (*i[:d], *i[d + 1 :])


def along(x: Table, d: int, function: Callable[[list[Any]], list[Any]]) -> Table:
    """Rows along an axis, each replaced by another of any one length."""
    rest = drop(x.shape, d)
    rows = {i: function([x[insert(i, d, k)] for k in range(x.shape[d])]) for i in indices(rest)}
    length = len(next(iter(rows.values())))
    return made(insert(rest, d, length), lambda i: rows[drop(i, d)][i[d]])


def reduced(x: Table, d: int, function: Callable[[list[Any]], Any]) -> Table:
    kept = along(x, d, lambda row: [function(row)])
    return table(kept.numbers(), drop(x.shape, d))


def spread(x: Table, shape: Index) -> Callable[[Index], Any]:
    """The entry that broadcasting gives."""
    cut = len(shape) - len(x.shape)

    def entry(i: Index) -> Any:
        return x[tuple(0 if n == 1 else k for k, n in zip(i[cut:], x.shape, strict=True))]

    return entry


def common(a: Index, b: Index) -> Index | None:
    length = max(len(a), len(b))
    a, b = (1,) * (length - len(a)) + a, (1,) * (length - len(b)) + b
    if any(m != n and 1 not in (m, n) for m, n in zip(a, b, strict=True)):
        return None
    return tuple(max(m, n) for m, n in zip(a, b, strict=True))


def write(x: Table, entry: Callable[[Index], Any]) -> None:
    found = {i: entry(i) for i in indices(x.shape)}
    for i, value in found.items():
        x.buffer[x.places[i]] = value


def matrix_product(a: Table, b: Table) -> Table:
    return made(
        (a.shape[0], b.shape[1]),
        lambda i: MP.fsum(a[i[0], k] * b[k, i[1]] for k in range(a.shape[1])),
    )


# -- building and running -------------------------------------------------------------------------


def built(
    ops: dict[str, Op], numbers: Sequence[int], length: int
) -> tuple[list[Table], list[Step]]:
    """Leaves, and steps that are valid; the tables are those before the steps."""
    tape, names = Tape(numbers), sorted(ops)
    leaves = []
    for _ in range(2):
        shape = ((3,), (2, 3), (3, 2), (2, 2, 2), (3, 3), (1, 3), (4,))[tape.below(7)]
        leaves.append(made(shape, lambda _: MP.mpf(tape.number())))
    tables, steps = [copy_of(x) for x in leaves], list[Step]()
    for _ in range(length):
        op = ops[name := names[tape.below(len(names))]]
        operands = tuple(tape.below(len(tables)) for _ in range(op.count))
        details = op.choose(tape, *(tables[i] for i in operands))
        if details is None:
            continue
        steps.append(Step(name, operands, details))
        result = op.ours(*(tables[i] for i in operands), *details)
        if result is not None:
            tables.append(result)
    return leaves, steps


def copy_of(x: Table) -> Table:
    return table(x.numbers(), x.shape)


def by_hand(ops: dict[str, Op], leaves: Sequence[Table], steps: Sequence[Step]) -> list[Table]:
    tables = [copy_of(x) for x in leaves]
    for step in steps:
        result = ops[step.name].ours(*(tables[i] for i in step.operands), *step.details)
        if result is not None:
            tables.append(result)
    return tables


def by_torch(ops: dict[str, Op], leaves: Sequence[Any], steps: Sequence[Step]) -> list[Any]:
    tensors = [x.clone() for x in leaves]
    for step in steps:
        result = ops[step.name].torch(*(tensors[i] for i in step.operands), *step.details)
        if result is not None:
            tensors.append(result)
    return tensors
