r"""Mistakes after which a good denoiser $\hat x$ answers $a\,y + b\,\hat x$, told by undoing them.

With $f = y + c\,(\hat x - y)$ the slope $c = \mathbb{E}\lVert f - Y\rVert^2 / \mathbb{E}\langle
f - Y, X - Y\rangle$ tells the mistake; and of any a and b, $(f - a\,y)/b$ must step as a good
denoiser does, in each of two halves of the rows too, and must tell nearly all that can be told from
y beyond an affine map.  A network that is merely half trained has no one slope, or is affine still;
and where the best denoiser itself is affine, as it is far out in the noise, every map is a multiple
of every other, and nothing is named.

A mistake is named where exactly one survives.  Of two that are nearer than a factor of 1.25 values
from a trained network do not tell: such candidates are left out.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from .betting import ratio, shown
from .denoised_rows import Limit, Rows, limited, usual

__all__ = ["Mistake", "Named", "mistakes", "named", "unlike"]

APART = 1.25  # candidates nearer to the right answer than this factor are left out
WITHIN = 0.1  # of the undone step, less than half of what tells candidates apart
EXPLAINED = 0.9
LEVEL = 1e-3  # of the intervals: what is condemned was condemned at the suite's level before


class Mistake(NamedTuple):
    """What is answered is a y + b x_hat."""

    name: str
    a: float
    b: float
    changes: str
    why: str

    def undone(self, rows: Rows) -> Rows:
        return rows._replace(raw=(rows.raw - self.a * rows.noisy) / self.b)


def _steps(sigma: float) -> Iterator[tuple[str, float, str, str]]:
    """Mistakes of the form y + c (x_hat - y): name, c, formula, why."""
    slip = "the formula has a variance, the code at hand a deviation"
    yield "the standard deviation for the variance", 1 / sigma, r"y + \sigma\,\nabla\log p", slip
    yield (
        "the score added without the variance of the noise", 1 / sigma**2, r"y + \nabla\log p",
        "a step along the score, without its size",
    )  # fmt: skip
    yield (
        "the standard deviation once too often", sigma, r"y - \sigma\cdot\sigma\hat\epsilon",
        "the network already answers the noise as it was added, and is taken to answer unit noise",
    )  # fmt: skip
    yield (
        "the sign of the step", -1.0, r"y - \sigma^2\,\nabla\log p",
        "noise points down the density, the score points up",
    )  # fmt: skip
    yield (
        "half the step", 0.5, r"y + \tfrac12\sigma^2\,\nabla\log p",
        "the half of Langevin's formula",
    )  # fmt: skip
    yield (
        "twice the step", 2.0, r"y + 2\sigma^2\,\nabla\log p",
        "the factor of a squared error's gradient",
    )  # fmt: skip


def mistakes(sigma: float) -> tuple[Mistake, ...]:
    """The candidates at the standard deviation `sigma` of the noise."""
    steps = [
        Mistake(name, 1 - c, c, f"answers ${formula}$, {c:.4g} of the step to the estimate",
                why)
        for name, c, formula, why in _steps(sigma)
    ]  # fmt: skip
    shrunk = 1 / math.sqrt(1 + sigma**2)
    return (
        *steps,
        Mistake(
            "the noise in place of the estimate", 1 / sigma, -1 / sigma,
            r"answers $(y - \hat x)/\sigma$", "many networks predict the noise",
        ),
        Mistake(
            "the residual in place of the estimate", 1.0, -1.0, r"answers $y - \hat x$",
            "the network predicts what is to be taken away",
        ),
        Mistake(
            "the score in place of the estimate", -1 / sigma**2, 1 / sigma**2,
            r"answers $(\hat x - y)/\sigma^2$", "a score network is handed over as it is",
        ),
        Mistake(
            "the estimate of rescaled data", 0.0, shrunk,
            r"answers $\hat x/\sqrt{1 + \sigma^2}$",
            "variance-preserving noise shrinks the data, and the answer was not scaled back",
        ),
        Mistake(
            "the estimate scaled up", 0.0, 1 / shrunk, r"answers $\sqrt{1 + \sigma^2}\,\hat x$",
            "scaled back from variance-preserving noise, which was never there",
        ),
    )  # fmt: skip


def unlike(mistake: Mistake) -> bool:
    """Whether it is far enough from being none."""
    near = 1 / APART < mistake.b < APART and abs(mistake.a) <= APART - 1
    return not near


class Named(NamedTuple):
    """The one mistake that explains the rows, with those that are the same at this sigma, and how
    far its step may be off, over what would be too far; the names that could not be told apart,
    where there are several; and where nothing is named, what may be tried."""

    same: dict[Mistake, float]
    torn: tuple[str, ...] = ()
    hint: str = ""


def named(rows: Rows, pilot: Rows, sigma: float, best: float) -> Named:
    """What mistake explains the rows.

    `pilot` are rows that had no part in `rows`; `best` is the least mean loss that a correction
    of the answers reached.
    """
    undone = {m: m.undone(rows).loss() for m in mistakes(sigma) if unlike(m)}
    least = min(best, *(float(loss.mean()) for loss in undone.values()))
    affine = _affine(pilot, rows).loss()
    most = rows.clean.shape[1] * rows.width**2
    explaining = [
        m for m, loss in undone.items()
        if loss.mean() <= affine.mean() - EXPLAINED * (affine.mean() - least)
        and shown((affine - loss) / most, LEVEL).rows is not None
    ]  # fmt: skip
    misfits = {m: _misfit(m, rows, pilot) for m in explaining}
    left = {m: misfit for m, misfit in misfits.items() if misfit <= 1}
    if len({(round(m.a, 9), round(m.b, 9)) for m in left}) == 1:
        return Named(left)
    return Named({}, tuple(m.name for m in left), "" if left else _hint(undone, rows))


def _hint(undone: dict[Mistake, np.ndarray], rows: Rows) -> str:
    """The candidate that would at least halve the loss: no verdict."""
    nearest = min(undone, key=lambda m: float(undone[m].mean()))
    share = float(undone[nearest].mean() / rows.loss().mean())
    if share > 0.5:
        return ""
    return f"were {nearest.name} undone, {share:.2%} of its loss would be left; nothing is named"


def _affine(pilot: Rows, rows: Rows) -> Rows:
    """The rows, answered by an affine map of y, the best on the pilot."""
    known, asked = (np.hstack([np.ones((len(r.noisy), 1)), r.noisy]) for r in (pilot, rows))
    return rows._replace(raw=asked @ np.linalg.lstsq(known, pilot.clean, rcond=None)[0])


def _misfit(mistake: Mistake, rows: Rows, pilot: Rows) -> float:
    """How much more or less of its step might do, undone, in all and in either half of the rows;
    over what would be too much."""
    found, tried = mistake.undone(rows), mistake.undone(pilot)
    axis = np.linalg.svd(tried.clean - tried.clean.mean(0), full_matrices=False)[2][0]
    side = found.noisy @ axis > np.median(tried.noisy @ axis)
    limit = usual(tried, tried.answer - tried.noisy)
    return max(_off(part, limit) for part in (found, found.take(side), found.take(~side)))


def _off(rows: Rows, limit: Limit) -> float:
    step = limited(rows, rows.answer - rows.noisy, limit)
    left = ((rows.clean - rows.answer) * step).sum(1)
    bounds = (limit.reach, limit.length**2)
    low, high = ratio(left, (step**2).sum(1), bounds, LEVEL, 2 * WITHIN)
    return max(-low, high) / WITHIN
