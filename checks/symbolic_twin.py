"""The symbolic twin: at the smallest sizes, the code's output is the definition, for all inputs.

The code runs under the shadow, on the numbers of one point, while its tensors' twins are formulas
in the inputs.  What it returns, and its gradient, is then a formula too; minus the definition's it
must vanish.  The way through the code is the one taken at the point: what that rests on is listed.
A largest number that is chosen and cancels, as in a shifted log-sum-exp, rests on nothing: a letter
stands for it, and the identity holds for any number in its place.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from time import perf_counter
from typing import Any

import numpy as np

from ..implementations.contract import ContractError
from .formula import Alphabet, Polynomial
from .formula_condition import shown
from .formula_number import Number
from .formula_zero import chosen_put_back, decided_zero, value_at
from .shadow import Constant
from .shadowed import AGREES, SMALL
from .symbolic_draws import refuse_draws
from .symbolic_found import Proved, Refuted, Undecided
from .symbolic_plain import draws_of
from .symbolic_run import (
    Comparison,
    Definition,
    Entry,
    Subject,
    averaged,
    compared,
    letter_of,
)
from .twins import EXACT as mp
from .twins import Lost

__all__ = ["Proved", "Refuted", "Undecided", "prove"]

LARGE = 1e30  # the smallest that may stand for infinity, in a mask
POINTS = 8


def prove(
    code: Callable[[tuple[Any, ...]], Any],
    tables: tuple[np.ndarray, ...],
    definition: Definition,
    *,
    names: tuple[str, ...],
    differentiable: tuple[bool, ...] | None = None,
    symmetric: tuple[bool, ...] | None = None,
    positive: Collection[str] = (),
    beside: Sequence[str] = (),
    explained: bool = True,
) -> Proved | Undecided | Refuted:
    """Decide whether `code(tensors)` is `definition(arithmetic, entries)`, for all tables of these
    shapes.  The definition returns the value and its gradient, or None for the formula's own
    derivative.  The numbers of these names are taken to be `positive`, and are spoken of apart;
    what is fixed `beside` the tables is said with their sizes.  Where it is not proved, constants
    are sought that keep it from being so, and where the rules do not reach random points stand
    in, unless that need not be `explained`."""
    start = perf_counter()
    symmetric = symmetric or (False,) * len(tables)
    shapes = map(_shape, names, tables, symmetric)
    sized = [shape for name, shape in zip(names, shapes, strict=True) if name not in positive]
    sizes = ", ".join([*sized, *beside])
    differentiable = differentiable or (True,) * len(tables)
    subject = Subject(
        code, tables, names, differentiable, symmetric, definition, positive=tuple(positive),
        exactly=not explained,
    )  # fmt: skip
    if len({t.tobytes() for t in tables}) < len(tables):
        return Undecided(
            sizes=sizes, why="two inputs are the same table; pose another", seconds=0.0
        )
    try:
        subject = replace(subject, draws=draws_of(code, tables))
        found = _decided(subject, sizes, start)
    except (Lost, ContractError) as lost:
        found = Undecided(sizes=sizes, why=str(lost), seconds=perf_counter() - start)
    if isinstance(found, Proved) or not explained:
        return found
    return _without_stabilisers(subject, found, start)


def _shape(name: str, table: np.ndarray, symmetric: bool) -> str:
    size = "x".join(map(str, table.shape)) or "a number"
    return f"{name} {size}{' symmetric' if symmetric and len(table) > 1 else ''}"


def _decided(subject: Subject, sizes: str, start: float) -> Proved | Undecided | Refuted:
    run = averaged(subject)
    if refuted := _refuted(subject, run, sizes, start):
        return refuted
    alphabet, needed, hows = run.ledger.alphabet, set[int](), list[str]()
    error = 0.0
    for entry in run.entries:
        zero, letters = _vanishes(run, entry, subject.exactly)
        if zero is None:
            return _elsewhere(subject, run, entry, sizes, start)
        needed |= letters
        error += zero.error
        hows.append(zero.how)
    conditions = dict(run.ledger.conditions)
    for condition in run.ledger.conditions.values():  # a condition may speak of a choice
        needed |= _chosen(alphabet, condition.formula)
    waiting = set(needed)
    while waiting:  # what a choice rests on may speak of another
        noted = run.ledger.choices[waiting.pop()]
        conditions |= noted
        further = {i for c in noted.values() for i in _chosen(alphabet, c.formula)} - needed
        needed |= further
        waiting |= further
    if subject.draws:
        refuse_draws(run.ledger, conditions.values())
    return Proved(
        sizes=sizes, draws=subject.draws, parameters=subject.positive,
        conditions=shown(alphabet, conditions.values()),
        cancelled=len(run.ledger.choices.keys() - needed),
        how=tuple(dict.fromkeys(hows)), error=error, entries=len(run.entries),
        seconds=perf_counter() - start,
    )  # fmt: skip


def _vanishes(run: Comparison, entry: Entry, exactly: bool) -> tuple[Any, set[int]]:
    """How the difference was shown to vanish, and the choices that had to be put back for it."""
    alphabet = run.ledger.alphabet
    difference = entry.ours - entry.theirs
    if not isinstance(difference, Number):
        return None, set()
    letters = _chosen(alphabet, difference.formula)
    try:
        zero = decided_zero(alphabet, difference.formula, exactly=exactly)
    except Lost:
        if not letters:
            raise
        zero = None
    if zero or not letters:
        return zero, set()
    put_back = chosen_put_back(alphabet, difference.formula)
    return decided_zero(alphabet, put_back, exactly=exactly), letters


def _chosen(alphabet: Alphabet, formula: Polynomial) -> set[int]:
    return {i for i in alphabet.within(formula) if alphabet.letters[i].kind == "chosen"}


# -- refuting -------------------------------------------------------------------------------------


def _refuted(subject: Subject, run: Comparison, sizes: str, start: float) -> Refuted | None:
    for where, ours, theirs in run.entries:
        other = theirs.at if isinstance(theirs, Number) else mp.mpf(theirs)
        if not abs(ours.at - other) <= AGREES * (1 + abs(ours.at)):
            point = dict(zip(subject.names, subject.tables, strict=True))
            return Refuted(
                sizes=sizes, point=point, where=where, ours=float(ours.at), theirs=float(other),
                seconds=perf_counter() - start,
            )  # fmt: skip
    return None


def _elsewhere(
    subject: Subject, run: Comparison, entry: Entry, sizes: str, start: float
) -> Undecided | Refuted:
    """The formulas differ in form: is there a point, on the same way, where they do in value?"""
    alphabet, draw, agreed = run.ledger.alphabet, random.Random(0), 0
    difference = (entry.ours - entry.theirs).formula
    for _ in range(POINTS):
        point = {
            i: v * (1 + mp.mpf(draw.randint(-99, 99)) / 4096) for i, v in run.ledger.point.items()
        }
        if abs(value_at(alphabet, difference, point)) <= AGREES * (1 + abs(entry.ours.at)):
            agreed += 1
            continue
        moved = tuple(
            np.array([float(point[letter_of(x)]) for x in table.flat]).reshape(table.shape)
            for table in run.inputs
        )
        there = replace(subject, tables=moved)
        if refuted := _refuted(there, averaged(there), sizes, start):
            return refuted
        break
    why = f"{entry.where}: the formulas differ in form; they agree to 40 digits at {agreed} points"
    return Undecided(sizes=sizes, why=why, seconds=perf_counter() - start)


def _without_stabilisers(
    subject: Subject, found: Undecided | Refuted, start: float
) -> Undecided | Refuted:
    """The constants whose being set to zero (or to infinity) makes it a proof, no value among them
    in vain."""
    try:
        needed = [c for c in compared(subject).constants if _neutral(c) is not None]
        best = _edited(subject, found, needed, start) if needed else None
    except (Lost, ContractError):
        return found
    for value in {c.value for c in needed} if best else ():
        rest = [c for c in needed if c.value != value]
        if rest and (proved := _edited(subject, found, rest, start)):
            needed, best = rest, proved
    return replace(found, stabilisers=tuple(needed), without=best) if best else found


def _edited(
    subject: Subject, found: Undecided | Refuted, constants: list[Constant], start: float
) -> Proved | None:
    edits = {(c.step, c.place): value for c in constants if (value := _neutral(c)) is not None}
    try:
        proved = _decided(replace(subject, edits=edits), found.sizes, start)
    except Lost:
        return None
    return proved if isinstance(proved, Proved) else None


def _neutral(constant: Constant) -> float | None:
    """What a stabiliser is set to: zero, or infinity where it stands for that."""
    if 0 < abs(constant.value) <= SMALL:
        return 0.0
    return float(np.copysign(np.inf, constant.value)) if abs(constant.value) >= LARGE else None
