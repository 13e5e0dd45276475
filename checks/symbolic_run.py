"""Code and definition, run side by side on formulas: the entries that a symbolic proof compares."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np

from ..implementations.tensors import torch
from ..theorems.arithmetic import Arithmetic
from .chooser import Chooser
from .cubature import feed
from .formula import Polynomial
from .formula_number import Ledger, Number
from .formula_zero import value_at, values_at
from .shadow import Constant, Shadow, shadow_mode
from .shadowed import AGREES
from .symbolic_arithmetic import symbols
from .symbolic_draws import expected, numbers, refuse_draws
from .symbolic_modes import choices_mode, without_symbols_escaping
from .symbolic_plain import in_float64
from .twins import EXACT as mp
from .twins import Lost, rounded

__all__ = [
    "Comparison",
    "Definition",
    "Entry",
    "Subject",
    "averaged",
    "compared",
    "letter_of",
]

Definition = Callable[[Arithmetic, tuple[np.ndarray, ...]], tuple[Any, Sequence[Any] | None]]


class Entry(NamedTuple):
    where: str
    ours: Number
    theirs: Any


@dataclass(frozen=True, slots=True)
class Subject:
    """What is compared, and at which point.  A table that is `symmetric` is so for all inputs: a
    letter stands in both of its places; numbers whose names are in `positive` are so, and no
    gradient reaches them.  The code makes so many standard normal `draws`.  Where it is to be shown
    `exactly`, random points do not stand in."""

    code: Callable[[tuple[Any, ...]], Any]
    tables: tuple[np.ndarray, ...]
    names: tuple[str, ...]
    differentiable: tuple[bool, ...]
    symmetric: tuple[bool, ...]
    definition: Definition
    positive: tuple[str, ...] = ()
    draws: int = 0
    exactly: bool = False
    edits: Mapping[tuple[int, int | str], float] = field(default_factory=dict)


class Comparison(NamedTuple):
    ledger: Ledger
    inputs: tuple[np.ndarray, ...]
    entries: list[Entry]
    constants: list[Constant]


# -- running code and definition on formulas ------------------------------------------------------


def compared(subject: Subject) -> Comparison:
    ledger, shadow = Ledger(), Shadow(edits=subject.edits)
    entries = _entries(subject, ledger)
    ledger.by_definition = True
    found, slopes = subject.definition(symbols(ledger), entries)  # first: its letters are shared
    total = np.asarray(found, dtype=object).sum()
    wanted = [i for i, d in enumerate(subject.differentiable) if d]
    if slopes is None:
        slopes = [_derivative(ledger, total, entries[i]) for i in wanted]
    _spoken_of(subject, ledger, entries, [*np.ravel(found), *(x for s in slopes for x in s.flat)])
    ledger.by_definition = False
    value, gradient = _run(subject, ledger, shadow, entries)
    rows = _paired("value", ledger, total if value.ndim == 0 else found, value)
    for i, mine, theirs in zip(wanted, slopes, gradient, strict=True):
        rows += _paired(f"gradient of {subject.names[i]}", ledger, mine, theirs)
    return Comparison(ledger, entries, rows, shadow.constants)


def averaged(subject: Subject) -> Comparison:
    """Code and definition compared, guarded, and in expectation over what the code draws.  Raises
    `Lost`."""
    run = compared(subject)
    worth = values_at(run.ledger.alphabet, run.ledger.point)
    for entry in run.entries:
        _guard(worth, entry)
    if not subject.draws:
        return run
    refuse_draws(run.ledger, run.ledger.conditions.values())
    means = [e._replace(theirs=expected(run.ledger, e.theirs)) for e in run.entries]
    return run._replace(entries=means)


def _guard(worth: Callable[[Polynomial], Any], entry: Entry) -> None:
    """A formula must be worth, at the point, what the digits beside it are.  Raises `Lost`."""
    for side in (entry.ours, entry.theirs):
        gap = abs(worth(side.formula) - side.at) if isinstance(side, Number) else mp.mpf(0)
        if not gap <= AGREES * (1 + abs(getattr(side, "at", 0))):
            raise Lost(f"{entry.where}: a formula is not worth at the point what it stands for")


def _entries(subject: Subject, ledger: Ledger) -> tuple[np.ndarray, ...]:
    inputs = zip(subject.names, subject.tables, subject.symmetric, strict=True)
    return tuple(
        np.array(ledger.input(name, float(table), positive=True), dtype=object)
        if name in subject.positive else _letters(ledger, name, table, symmetric)
        for name, table, symmetric in inputs
    )  # fmt: skip


def _spoken_of(
    subject: Subject, ledger: Ledger, entries: tuple[np.ndarray, ...], found: list[Any]
) -> None:
    """A parameter that the definition's formulas lack was lost on the way: neither side would speak
    of it.  Raises `Lost`."""
    formulas = [x.formula for x in found if isinstance(x, Number)]
    within = set().union(*map(ledger.alphabet.within, formulas))
    for name, entry in zip(subject.names, entries, strict=True):
        if name in subject.positive and letter_of(entry[()]) not in within:
            raise Lost(f"the definition does not speak of {name}")


def _letters(ledger: Ledger, name: str, table: np.ndarray, symmetric: bool) -> np.ndarray:
    if symmetric and not np.array_equal(table, table.T):
        raise Lost(f"{name} is not symmetric at the point; pose another")
    made = np.empty(table.shape, dtype=object)
    for place in np.ndindex(*table.shape):
        named = sorted(place) if symmetric else place
        called = name + ("_" + "".join(str(i + 1) for i in named) if place else "")
        made[place] = ledger.input(called, float(table[place]))
    return made


def _paired(where: str, ledger: Ledger, ours: Any, theirs: np.ndarray) -> list[Entry]:
    ours = np.asarray(ours, dtype=object)
    if ours.shape != theirs.shape:
        raise Lost(f"{where}: shape {theirs.shape} where the definition's is {ours.shape}")
    zero = Number(ledger, {}, mp.mpf(0))
    return [Entry(where, zero + a, b) for a, b in zip(ours.flat, theirs.flat, strict=True)]


def _derivative(ledger: Ledger, value: Number, table: np.ndarray) -> np.ndarray:
    """Along the table; a letter that stands in two of its places shares its slope between them."""
    letters = [letter_of(x) for x in table.flat]
    made = np.empty(len(letters), dtype=object)
    for place, x in enumerate(letters):
        slope = ledger.alphabet.derivative(value.formula, x)
        at = value_at(ledger.alphabet, slope, ledger.point)
        made[place] = Number(ledger, slope, at) / letters.count(x)
    return made.reshape(table.shape)


def letter_of(entry: Any) -> int:
    """An input's letter."""
    (((index, _),),) = entry.formula
    return int(index)


def _run(
    subject: Subject, ledger: Ledger, shadow: Shadow, entries: tuple[np.ndarray, ...]
) -> tuple[np.ndarray, list[np.ndarray]]:
    """The twins of what the code returned, and of its gradient.  Raises `Lost`."""
    leaves = tuple(
        torch.tensor(rounded(e), dtype=torch.float64, requires_grad=name not in subject.positive)
        for name, e in zip(subject.names, entries, strict=True)
    )
    inputs = tuple(leaf.clone() for leaf in leaves)
    for tensor, table in zip(inputs, entries, strict=True):
        shadow.twins.give(tensor, table)
    fed = numbers(subject.draws)
    with (
        in_float64(), feed(np.array(fed), Chooser()), torch.enable_grad(),
        without_symbols_escaping(shadow), shadow_mode(shadow), choices_mode(shadow, ledger, fed),
    ):  # fmt: skip
        value = subject.code(inputs)
        if not isinstance(value, torch.Tensor):
            raise Lost("the output is no tensor")
        wanted = [x for x, d in zip(leaves, subject.differentiable, strict=True) if d]
        found: Any = (None,) * len(wanted)
        if value.requires_grad:
            found = torch.autograd.grad(value.sum(), wanted, allow_unused=True)
    zeros = [np.full(tuple(x.shape), mp.mpf(0), dtype=object) for x in wanted]
    gradient = [z if g is None else shadow.twin(g) for g, z in zip(found, zeros, strict=True)]
    return shadow.twin(value), gradient
