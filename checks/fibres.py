"""Pairs of samples on which a statistic is the same, and what its rounding would explain of them.

Four ways to a pair: a plain move that leaves the statistic as it is; Gauss and Newton's steps to
the sample's value from an independent start, from a sample that shares observations, and from a
near one.  A pair counts where the statistic's own rounding could move S but little.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from ..theorems.likelihoods import Likelihood
from .noise import KAPPA, UNIT_ROUNDOFF
from .statistic_noise import Grain, Statistic, grain, jacobian

__all__ = ["ENOUGH", "Found", "Pair", "Search", "begun", "condemns", "fibres", "generic", "moves"]

ENOUGH = 5  # pairs, before a statistic is said to be sufficient
CLOSE = 64.0  # rounding errors; two values as near to each other as this are the same
TELLING = 2.0**-4  # of the spread of S: a pair of which rounding explains more says nothing
SAME = 2.0**-10  # of the statistic's range: however coarse it is, what differs by more is not same
REDUNDANT = 8.0  # rounding errors: a combination of entries that varies no more is constant
FINE = 2.0**16  # rounding errors over which entries range, before combinations are left out
ITERATIONS, DAMPINGS = 20, (1.0, 0.5, 0.25, 0.0625, 0.015625)
INDEPENDENT, SHARING, NEAR = 5, 6, 1  # starts
SLOW = 0.25  # a step that leaves more of the distance asks for a new Jacobian
TIED = 1e-6


class Pair(NamedTuple):
    """Two samples, the statistic on both, and per entry of S what rounding explains."""

    x: np.ndarray
    y: np.ndarray
    value: np.ndarray
    other: np.ndarray
    leak: np.ndarray
    telling: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """What a search from one sample needs: the statistic, its value and grain there; and `kept`,
    orthonormal combinations of its entries (in `units`, flat ones left out) without those that are
    constant all over the sample space, as mean - sum/n is."""

    statistic: Statistic
    likelihood: Likelihood
    x: np.ndarray
    value: np.ndarray
    grain: Grain
    kept: np.ndarray
    units: np.ndarray  # the rounding where the statistic is largest
    spread: np.ndarray  # of S, over the sample space
    reach: np.ndarray  # of the statistic, likewise
    floor: float


class Found(NamedTuple):
    """The pairs that were found, the one that condemns last if one does, how many of them tell,
    and what marks the statistic whatever function is taken of it."""

    pairs: list[Pair]
    telling: int
    mark: np.ndarray


def fibres(search: Search, draw: np.random.Generator) -> Found:
    """Search from the sample until a pair condemns, or all starts were tried."""
    here = jacobian(search.statistic, search.x, search.grain.step, search.floor)
    moved = list(moves(search.likelihood, search.x))
    values = [search.statistic(y) for y in moved]
    same = [_same(search, value) for value in values]
    onto = _projector(search, here)
    mark = np.concatenate([[1.0], 1e-4 * onto.ravel(), np.array(same, float)])
    found: list[Pair] = []
    for y, value, is_same in zip(moved, values, same, strict=True):
        if is_same and _apart(search.likelihood, search.x, y):
            found.append(confirmed(search, pair(search, here, y, value), draw))
            if condemns(search.likelihood, found[-1]):
                return Found(found, 1, mark)
    telling = 0
    injective = round(float(np.trace(onto))) == len(search.x)
    for start in starts(search.likelihood, search.x, draw):
        solution = solved(search, start)
        if solution is None:
            continue
        y = solution
        found.append(confirmed(search, pair(search, here, y, search.statistic(y)), draw))
        if condemns(search.likelihood, found[-1]):
            return Found(found, 1, mark)
        itself = float(np.max(np.abs(y - search.x))) < TIED
        telling += found[-1].telling and (injective or not itself)
    return Found(found, telling, mark)


def confirmed(search: Search, found: Pair, draw: np.random.Generator) -> Pair:
    """The pair; one that condemns is weighed again, the grain measured afresh at both of its ends:
    a rounding that went unnoticed would make a sufficient statistic look wrong."""
    if not condemns(search.likelihood, found):
        return found
    again = [grain(search.statistic, z, draw, search.floor) for z in (found.x, found.y)]
    worst = Grain(
        np.maximum.reduce([g.rounding for g in (search.grain, *again)]),
        search.grain.flat,
        max(g.step for g in (search.grain, *again)),
    )
    search = replace(search, grain=worst)
    here = jacobian(search.statistic, search.x, worst.step, search.floor)
    return pair(search, here, found.y, found.other)


def condemns(likelihood: Likelihood, found: Pair) -> bool:
    """Whether S differs by more than rounding explains, the statistic's and its own."""
    S = likelihood.minimal
    apart = np.abs(S(found.x) - S(found.y))
    sizes = np.sum(np.abs(likelihood.slopes(found.x) * found.x), axis=1) + np.abs(S(found.x)) + 1
    u, kappa = UNIT_ROUNDOFF["float64"], KAPPA["float64"]
    return bool(np.any(apart > 4 * kappa * (found.leak + u * sizes)))


def _apart(likelihood: Likelihood, x: np.ndarray, y: np.ndarray) -> bool:
    """Whether S differs at all: a move that leaves it as it is can be left unweighed."""
    S, other = likelihood.minimal(x), likelihood.minimal(y)
    return bool(np.any(np.abs(S - other) > 1e-9 * (1 + np.abs(S))))


# -- where pairs come from ------------------------------------------------------------------------


def moves(likelihood: Likelihood, x: np.ndarray) -> Iterator[np.ndarray]:
    """All signs changed; one observation moved a little, above all others, and below them; one
    moved up and another down by as much."""
    step = likelihood.step
    if likelihood.signed:
        yield -x
    for i in range(len(x)):
        above, below = np.max(x) + step - x[i], np.min(x) - step - x[i]
        for by in (step, -step, above, below):
            yield from _if_within(likelihood, x, {i: float(by)})
    for i in range(len(x)):
        for j in range(i):
            yield from _if_within(likelihood, x, {i: step, j: -step})


def _if_within(likelihood: Likelihood, x: np.ndarray, by: dict[int, float]) -> Iterator[np.ndarray]:
    y = x.copy()
    for i, step in by.items():
        y[i] += step
    if generic(likelihood, y):
        yield y


def generic(likelihood: Likelihood, x: np.ndarray) -> bool:
    """In the sample space, and without ties, which have probability zero."""
    return bool(likelihood.within(x) and np.all(np.diff(np.sort(x)) > TIED))


def starts(
    likelihood: Likelihood, x: np.ndarray, draw: np.random.Generator
) -> Iterator[np.ndarray]:
    n = len(x)
    for _ in range(INDEPENDENT):
        yield likelihood.draw(draw, n)
    for turn in range(SHARING):
        kept = draw.permutation(n) < draw.integers(1, n)
        if turn % 2:  # or else extremes are seldom shared
            kept |= (x == np.min(x)) | (x == np.max(x))
        yield np.where(kept, x, draw.uniform(np.min(x), np.max(x), n))
    for _ in range(NEAR):
        yield x + 0.1 * np.ptp(x) * draw.normal(size=n)


def solved(search: Search, y: np.ndarray) -> np.ndarray | None:
    """A sample near y on which the statistic is what it is on x: minimum-norm Gauss-Newton steps,
    damped until they bring it nearer, in units of the statistic's rounding; between two Jacobians
    they are corrected as Broyden does."""
    if not search.likelihood.within(y):
        return None
    rows, units = ~search.grain.flat, search.grain.rounding
    value, slopes = search.statistic(y), None
    for _ in range(ITERATIONS):
        if not np.all(np.isfinite(value)):
            return None
        off = ((value - search.value) / units)[rows]
        norm = float(np.linalg.norm(off))
        if norm <= 2:
            break
        fresh = slopes is None
        if slopes is None:
            slopes = jacobian(search.statistic, y, search.grain.step, search.floor)[rows]
            slopes = slopes / units[rows, None]
        if not np.all(np.isfinite(slopes)):
            return None
        nearer = _nearer(search, y, np.linalg.lstsq(slopes, -off, rcond=1e-10)[0], norm)
        if nearer is None and fresh:
            break
        if nearer is None:
            slopes = None
            continue
        by, y, value = nearer[0] - y, *nearer
        left = ((value - search.value) / units)[rows]
        slow = np.linalg.norm(left) > SLOW * norm
        slopes = None if slow else slopes + np.outer(left - off - slopes @ by, by) / (by @ by)
    return y if _same(search, value) and generic(search.likelihood, y) else None


def _nearer(
    search: Search, y: np.ndarray, step: np.ndarray, norm: float
) -> tuple[np.ndarray, np.ndarray] | None:
    rows = ~search.grain.flat
    for damping in DAMPINGS:
        z = y + damping * step
        if search.floor == 0:
            z = np.maximum(z, y / 8)  # a positive observation stays one
        if np.all(np.abs(z) < 1e3):
            value = search.statistic(z)
            off = ((value - search.value) / search.grain.rounding)[rows]
            if np.linalg.norm(off) < norm:  # never for NaN
                return z, value
    return None


def _same(search: Search, value: np.ndarray) -> bool:
    if value.shape != search.value.shape:
        return False
    apart = np.abs(value - search.value)
    allowed = np.minimum(CLOSE * search.grain.rounding, SAME * search.reach)
    return bool(np.all(np.where(search.grain.flat, apart == 0, apart <= allowed)))


# -- what rounding explains -----------------------------------------------------------------------


def pair(search: Search, here: np.ndarray, y: np.ndarray, value: np.ndarray) -> Pair:
    """The pair (x, y); how far S may move along with the statistic's rounding, at its worse end.

    If S is a function of the statistic, it moves by the slope of that function, which the two
    Jacobians tell, times the distance of the two values and their errors.
    """
    there = jacobian(search.statistic, y, search.grain.step, search.floor)
    leak = np.maximum(_leak(search, search.x, here, value), _leak(search, y, there, value))
    telling = bool(np.all(KAPPA["float64"] * leak <= TELLING * search.spread))
    return Pair(search.x, y, search.value, value, leak, telling)


def _leak(search: Search, x: np.ndarray, slopes: np.ndarray, value: np.ndarray) -> np.ndarray:
    """Infinite where some slope cannot be told from none, and may be what tells S."""
    rows = ~search.grain.flat
    scaled, wanted = _in_units(search, slopes), search.likelihood.slopes(x)
    unknown = np.full(len(wanted), np.inf)
    if not scaled.size or not np.all(np.isfinite(scaled)):
        return unknown
    _, lengths, axes = np.linalg.svd(scaled, full_matrices=False)
    if np.any(lengths <= _resolved(search, x, scaled)):
        return unknown
    apart = 2 * search.grain.rounding[rows] + np.abs(value - search.value)[rows]
    steep = np.linalg.norm((wanted @ axes.T) / lengths, axis=1)
    return np.asarray(steep * np.linalg.norm(apart / search.units[rows]))


def _in_units(search: Search, slopes: np.ndarray) -> np.ndarray:
    """Gradients of the kept combinations."""
    rows = ~search.grain.flat
    return np.asarray(search.kept @ (slopes[rows] / search.units[rows, None]))


def _resolved(search: Search, x: np.ndarray, scaled: np.ndarray) -> float:
    """The least slope that central differences can tell from none."""
    sizes = search.grain.step * np.maximum(np.abs(x), search.floor)
    rounding = np.max((search.grain.rounding / search.units)[~search.grain.flat])
    return float(4 * np.sqrt(scaled.size) * rounding / np.min(sizes))


def _projector(search: Search, slopes: np.ndarray) -> np.ndarray:
    """Onto the span of the gradients: the same for all functions of the statistic."""
    scaled = _in_units(search, slopes)
    if not scaled.size or not np.all(np.isfinite(scaled)):
        return np.zeros((len(search.x), len(search.x)))
    _, lengths, axes = np.linalg.svd(scaled, full_matrices=False)
    kept = axes[lengths > _resolved(search, search.x, scaled)]
    return np.asarray(kept.T @ kept)


# -- a search begins ------------------------------------------------------------------------------


def begun(
    statistic: Statistic, likelihood: Likelihood, draws: np.ndarray, values: np.ndarray,
    draw: np.random.Generator,
) -> Search:  # fmt: skip
    """A search from the first of the `draws`, the statistic's grain measured there; `values` are
    the statistic's on all of them."""
    x, value = draws[0], values[0]
    floor = 0.125 if likelihood.within(np.full(len(x), -1.0)) else 0.0
    S = np.array([likelihood.minimal(y) for y in draws])
    found = grain(statistic, x, draw, floor)
    more = [likelihood.draw(draw, len(x)) for _ in range(2 * len(value) - len(draws) + 8)]
    values = np.stack([*values, *(statistic(y) for y in more)])
    largest = UNIT_ROUNDOFF["float64"] * np.max(np.abs(values), axis=0)
    units, rows = np.maximum(found.rounding, largest), ~found.flat
    return Search(
        statistic=statistic, likelihood=likelihood, x=x, value=value, grain=found,
        kept=_varying(values[:, rows] / units[rows]), units=units, spread=np.ptp(S, axis=0),
        reach=np.ptp(values, axis=0), floor=floor,
    )  # fmt: skip


def _varying(values: np.ndarray) -> np.ndarray:
    """Of all combinations of the columns, those that vary by more than rounding; all, where some
    column is so coarse that none can be said not to."""
    if not np.all(np.isfinite(values)) or np.min(np.ptp(values, axis=0), initial=np.inf) < FINE:
        return np.eye(values.shape[1])
    _, lengths, axes = np.linalg.svd(values - values.mean(axis=0))
    return np.asarray(axes[: np.sum(lengths > REDUNDANT * np.sqrt(len(values)))])
