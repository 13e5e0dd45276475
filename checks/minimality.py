"""Whether a statistic tells samples apart that say the same of the parameter.

Such samples are made from the family's minimal statistic S alone: observations change places, move
so that S stays, or are solved for by Newton's steps from independent starts.  The statistic's own
rounding is measured at both ends (`statistic_noise`); what it explains condemns nobody.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from ..theorems.likelihoods import Likelihood
from ..theorems.minimality import Alike
from .fibres import ENOUGH, TELLING, TIED, generic, moves, starts
from .noise import KAPPA, UNIT_ROUNDOFF
from .statistic_noise import Grain, Statistic, grain, jacobian

__all__ = ["alike", "alike_among", "equivalents"]

U, BOUND = UNIT_ROUNDOFF["float64"], 4 * KAPPA["float64"]
SAME = 1 / 16  # of the bound: a gap between this and the bound decides nothing
CLOSE = 4.0  # rounding errors of S: two samples as near as this have the same S
PLAIN_MOVES, ITERATIONS, DRAWS = 8, 40, 12
STEADY = (1 - 2.0**-4, 1 - 2.0**-8, 1.0, 1 + 2.0**-8, 1 + 2.0**-4)

# On countable spaces statistics are asked on plain points, where rounding cannot be measured; so
# a gap counts where scaling up both points, by no more than low precision would, cannot close it.
SCALES = (1.0, *(1 + 2.0**-k for k in (30, 20, 14, 10, 7, 6)))
COUNTED = 2.0**-44  # of an entry's size: what sums of a few counts may lose, and more
SINGLE, SHORT = 2.0**-18, 2.0**-4  # of its size: the same in float32, and in half precision
LOOKED_AT = 20


class Told(NamedTuple):
    """A pair, the statistic there, the gap in units of the bound, and what rounding explains."""

    y: np.ndarray
    value: np.ndarray
    share: float
    rounding: np.ndarray


# -- samples that say the same --------------------------------------------------------------------


def equivalents(
    likelihood: Likelihood, x: np.ndarray, draw: np.random.Generator
) -> Iterator[np.ndarray]:
    """Samples with the S of x: two neighbours change places; a plain move; from other starts."""
    for i in range(len(x) - 1):
        y = x.copy()
        y[i], y[i + 1] = x[i + 1], x[i]
        yield y
    same = (y for y in moves(likelihood, x) if _off(likelihood, x, y)[1] <= 1)
    yield from (y for _, y in zip(range(PLAIN_MOVES), same, strict=False))
    for start in starts(likelihood, x, draw):
        found = _solved(likelihood, x, start)
        if found is not None and float(np.max(np.abs(found - x))) > TIED:
            yield found


def _off(likelihood: Likelihood, x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, float]:
    """S(y) - S(x), and the largest entry in units of what counts as the same."""
    off = likelihood.minimal(y) - likelihood.minimal(x)
    sizes = np.maximum(_sizes(likelihood, x), _sizes(likelihood, y))
    return off, float(np.max(np.abs(off) / (CLOSE * U * sizes)))


def _sizes(likelihood: Likelihood, x: np.ndarray) -> np.ndarray:
    """Of what is added up to S, so that a rounding error of S is u times this."""
    return np.asarray(np.sum(np.abs(likelihood.slopes(x) * x), axis=1)
                      + np.abs(likelihood.minimal(x)))  # fmt: skip


def _solved(likelihood: Likelihood, x: np.ndarray, y: np.ndarray) -> np.ndarray | None:
    """Newton's steps of minimum norm from y to a sample with the S of x."""
    for _ in range(ITERATIONS):
        if not likelihood.within(y) or not np.all(np.isfinite(y)):
            return None
        off, share = _off(likelihood, x, y)
        if share <= 1:
            return y if generic(likelihood, y) else None
        z = y - np.linalg.lstsq(likelihood.slopes(y), off, rcond=1e-10)[0]
        y = np.maximum(z, y / 8) if np.all(y > 0) and not likelihood.signed else z
    return None


# -- densities ------------------------------------------------------------------------------------


def alike(
    statistic: Statistic, likelihood: Likelihood, x: np.ndarray, seed: list[int]
) -> tuple[Alike, np.ndarray]:
    """The pair that decides; and on which pairs the statistic is the same, which marks it."""
    draw, lines = np.random.default_rng([*seed, 1]), np.random.default_rng([*seed, 2])
    floor = 0.125 if likelihood.signed else 0.0
    others = list(equivalents(likelihood, x, draw))
    here, value = grain(statistic, x, lines, floor), statistic(x)
    slopes = jacobian(statistic, x, here.step, floor)
    told = []
    for y in others:
        there = statistic(y)
        if there.shape == value.shape and np.all(np.isfinite(there)):
            explained = here.rounding + _through(likelihood, x, y, slopes)
            told.append(_told(y, value, there, explained))
    mark = np.array([float(t.share <= 1) for t in told])
    told = [
        _weighed(statistic, likelihood, x, value, t, (here, lines, floor)) if t.share > SAME else t
        for t in sorted(told, key=lambda t: -t.share)[:ENOUGH]
    ]
    spread = np.ptp([statistic(likelihood.draw(draw, len(x))) for _ in range(DRAWS)], axis=0)
    return _decided(x, value, told, here.flat, spread, len(others) >= _enough(likelihood, x)), mark


def _enough(likelihood: Likelihood, x: np.ndarray) -> int:
    """Where S fixes all but the order of the observations, that is all there is to try."""
    fixed = len(x) <= len(likelihood.minimal(x))
    return len(x) - 1 + (0 if fixed else ENOUGH)


def _told(y: np.ndarray, value: np.ndarray, there: np.ndarray, explained: np.ndarray) -> Told:
    allowed = explained + U * np.maximum(np.abs(value), np.abs(there)) + 1e-300
    share = float(np.max(np.abs(value - there) / (BOUND * allowed), initial=0.0))
    return Told(y, there, np.inf if share != share else share, explained)


def _through(
    likelihood: Likelihood, x: np.ndarray, y: np.ndarray, slopes: np.ndarray
) -> np.ndarray:
    """How far a function of S may move along with the rounding of S, by its slopes at x."""
    by_s = np.linalg.lstsq(likelihood.slopes(x).T, slopes.T, rcond=1e-10)[0].T
    off, _ = _off(likelihood, x, y)
    moved = np.abs(off) + U * np.maximum(_sizes(likelihood, x), _sizes(likelihood, y))
    return np.asarray(np.abs(by_s) @ moved)


def _weighed(
    statistic: Statistic, likelihood: Likelihood, x: np.ndarray, value: np.ndarray, told: Told,
    at: tuple[Grain, np.random.Generator, float],
) -> Told:  # fmt: skip
    """The pair again, the rounding measured at both of its ends, afresh; a number that is constant
    near both is the same unless it stays apart when the samples are scaled."""
    first, lines, floor = at
    again = [grain(statistic, z, lines, floor) for z in (x, told.y)]
    worst = np.maximum.reduce([first.rounding, *(g.rounding for g in again)])
    through = [
        _through(likelihood, z, x + told.y - z, jacobian(statistic, z, g.step, floor))
        for z, g in zip((x, told.y), again, strict=True)
    ]
    explained = 2 * worst + np.maximum(*through)
    if not np.all(np.isfinite(explained)):
        explained = np.full(len(value), np.inf)
    flat = first.flat | again[0].flat | again[1].flat
    if flat.any():
        clear = _clear(statistic, x, told.y)
        explained = np.where(flat & ~clear, np.inf, explained)
    return _told(told.y, value, told.value, explained)


def _clear(statistic: Statistic, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Per entry: whether all values near x lie apart from all values near y."""
    near = [np.stack([statistic(s * z) for s in STEADY]) for z in (x, y)]
    (low, high), (other_low, other_high) = ((v.min(axis=0), v.max(axis=0)) for v in near)
    return np.asarray((high < other_low) | (other_high < low))


def _decided(
    x: np.ndarray, value: np.ndarray, told: list[Told], flat: np.ndarray, spread: np.ndarray,
    enough: bool,
) -> Alike:  # fmt: skip
    none = Told(x, value, 0.0, np.zeros(len(value)))
    worst = max(told, key=lambda t: t.share, default=none)
    coarse = KAPPA["float64"] * worst.rounding > TELLING * spread
    undecided = ""
    if worst.share > 1:
        pass
    elif flat.all():
        undecided = "it is constant in pieces, so that rounding may be why values agree or differ"
    elif not enough:
        undecided = "too few pairs of samples were found that say the same of the parameter"
    elif worst.share > SAME or np.any(coarse & ~flat):
        undecided = "its rounding is too coarse to say whether it tells such samples apart"
    return Alike(
        _plain(x), _plain(worst.y), _plain(value), _plain(worst.value), _plain(worst.rounding),
        not undecided, undecided,
    )  # fmt: skip


def _plain(values: np.ndarray) -> tuple[float, ...]:
    return tuple(map(float, values))


# -- countable spaces -----------------------------------------------------------------------------


def alike_among(
    statistic: Statistic, likelihood: Likelihood, points: tuple[tuple[float, ...], ...]
) -> Alike:
    """Of all points of the space, or of its finite part."""
    values = [statistic(np.array(p)) for p in points]
    if len({len(v) for v in values}) > 1:
        here = Alike(points[0], points[0], (0.0,), (0.0,), (0.0,), False)
        return here._replace(undecided="its length differs from sample to sample")
    table = np.array(values)
    sizes = np.max(np.abs(table), axis=0)
    first: dict[float, int] = {}
    pairs = [
        (first.setdefault(float(likelihood.minimal(np.array(p))[0]), i), i)
        for i, p in enumerate(points)
    ]
    gaps = [float(np.max(np.abs(table[a] - table[b]) / np.maximum(sizes, 1e-300), initial=0.0))
            for a, b in pairs]  # fmt: skip
    order = np.argsort(-np.array(gaps), kind="stable")[:LOOKED_AT]
    coarse = np.maximum(SINGLE, np.where(_short(table), SHORT, 0.0)) * sizes

    def made(pair: tuple[int, int], undecided: str) -> Alike:
        a, b = pair
        return Alike(points[a], points[b], _plain(table[a]), _plain(table[b]),
                     _plain(COUNTED * sizes), not undecided, undecided)  # fmt: skip

    worst = int(order[0])
    if gaps[worst] <= BOUND * SAME * COUNTED:
        return made(pairs[worst], "")
    for number in order:
        a, b = pairs[number]
        if gaps[number] > 0 and np.any(_separation(statistic, points[a], points[b]) > coarse):
            return made((a, b), "")
    return made(pairs[worst], "it tells points apart that say the same of the parameter, by so "
                "little that rounding may be why")  # fmt: skip


def _short(table: np.ndarray) -> np.ndarray:
    """Per entry: whether its numbers look like those of half precision (integers are exact)."""
    with np.errstate(over="ignore"):
        half = np.all(table.astype(np.float16) == table, axis=0)
    cut = table.astype(np.float32).view(np.uint32) & np.uint32(0xFFFF)
    brain = np.all(table.astype(np.float32) == table, axis=0) & np.all(cut == 0, axis=0)
    return np.asarray((half | brain) & ~np.all(table == np.round(table), axis=0))


def _separation(
    statistic: Statistic, x: tuple[float, ...], y: tuple[float, ...]
) -> np.ndarray | float:
    """Per entry: by how much all values as x is scaled up lie apart from those of y."""
    try:
        near = [np.stack([statistic(s * np.array(z)) for s in SCALES]) for z in (x, y)]
    except Exception:  # noqa: BLE001  the statistic may be defined on counts alone
        return 0.0
    (low, high), (other_low, other_high) = ((v.min(axis=0), v.max(axis=0)) for v in near)
    return np.asarray(np.nan_to_num(np.maximum(other_low - high, low - other_high)))
