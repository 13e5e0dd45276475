"""The twins of what an operation leaves, by the table, torch's pivots, moves or choices."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from typing import Any

import numpy as np

from .shadow_arguments import Both, Operation
from .shadow_choices import CHOICES, chosen
from .shadow_moves import MOVES, moved
from .shadow_operations import OPERATIONS, PIVOTED, STRUCTURAL, WITH_INTEGERS
from .twins import EXACT as mp
from .twins import Lost, exact, native

__all__ = ["Meant", "exactly", "meant", "of_lists", "values"]


class Meant(float):
    """A float64 of torch's own that stands for another number, which the twin takes."""

    exact: Any


LARGEST_DENOMINATOR = 4096
_IRRATIONAL = {
    float(sign * x): sign * x
    for x in (2 / mp.sqrt(mp.pi), mp.sqrt(mp.pi) / 2, mp.log(2), mp.log(10))
    for sign in (1, -1)
} | {2.3025850929940456: mp.log(10)}  # as torch has it: not the nearest


def meant(number: float, powers: Iterable[float] = ()) -> float:
    """What autograd's own formulas mean by a constant: the derivatives of erf and of logarithms to
    other bases hold irrational numbers, a variance's 2/(N-1), a power's the exponent less one, and
    torch has rounded them."""
    exactly = _IRRATIONAL.get(number)
    for power in powers:
        if power - 1 == number:
            exactly = mp.mpf(power) - 1
    if exactly is None and np.isfinite(number):
        near = Fraction(number).limit_denominator(LARGEST_DENOMINATOR)
        if float(near) == number and near != Fraction(number):
            exactly = mp.mpf(near.numerator) / near.denominator
    if exactly is None:
        return number
    found = Meant(number)
    found.exact = exactly
    return found


def exactly(asked: Operation, before: Any, left: list[Any]) -> list[Any]:
    """The twins of what the operation leaves."""
    if asked.name in MOVES:
        return moved(asked, before, left)
    if asked.name in CHOICES:
        return chosen(asked.name, before, left)
    if asked.name == "_to_copy":
        return [_as_numbers(before[0][0])]
    args, kwargs = values(asked, before)
    if asked.name in PIVOTED:
        pivots = [None if t.is_floating_point() else native(t) for t in left]
        return list(PIVOTED[asked.name](pivots, before[0][0].tensor.is_contiguous(), *args))
    if of_lists(asked):
        return _one_by_one(asked, args, kwargs)
    if asked.name not in OPERATIONS:
        raise Lost(f"the operation {asked.name} has no twin")
    found = OPERATIONS[asked.name](*args, **kwargs)
    return list(found) if isinstance(found, (tuple, list)) else [found]


def _as_numbers(both: Both) -> np.ndarray:
    return both.twin if both.is_float else exact(both.twin)


def values(asked: Operation, before: Any) -> tuple[list[Any], dict[str, Any]]:
    """Arguments for the twin: arrays for tensors, exact numbers for the code's constants."""
    name = asked.name.removeprefix("_foreach_")

    def value(argument: Any) -> Any:
        if isinstance(argument, Both):
            return argument.twin if name in STRUCTURAL else _as_numbers(argument)
        if isinstance(argument, Meant):
            return argument.exact
        if isinstance(argument, float):
            return exact(argument)[()]
        if type(argument) is int and name in WITH_INTEGERS:
            return exact(argument)[()]
        if isinstance(argument, (list, tuple)):
            return [value(a) for a in argument]
        return argument

    args, kwargs = before
    skipped = ("dtype", "out", "memory_format", "layout", "device", "pin_memory", "non_blocking")
    kept = {k: value(v) for k, v in kwargs.items() if k not in skipped or asked.name == "_to_copy"}
    return [value(a) for a in args], kept


def of_lists(asked: Operation) -> bool:
    return asked.name.removeprefix("_foreach_") in OPERATIONS and "_foreach_" in asked.name


def _one_by_one(asked: Operation, args: list[Any], kwargs: dict[str, Any]) -> list[Any]:
    function = OPERATIONS[asked.name.removeprefix("_foreach_")]
    return [
        function(*(a[i] if isinstance(a, list) else a for a in args), **kwargs)
        for i in range(len(args[0]))
    ]
