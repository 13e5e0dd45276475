r"""Whether a temperature is too small or too large for a batch: its loss against its entropy.

$\partial L/\partial\log\tau = \bar H - L$ and L is convex in $1/\tau$ (theorem `temperature`): the
temperature is too small for the batch exactly where its loss is above the mean entropy of its
soft-maxes.  No band is chosen: what is neither is what rounding cannot tell from zero.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import Enum
from math import exp, log
from typing import Any, NamedTuple

import numpy as np

from .sizes import one_of, refuse
from .streamed_nt_xent import streamed

__all__ = ["READERS", "Confidence", "Reading", "read"]

LARGE = 1024  # pairs beyond which NT-Xent is read tile by tile
COLDEST, WARMEST = 1e-4, 1e4  # times the largest score: where a resting temperature is sought
YES_NO = ("yes", "no")
ROUNDING = 16 * np.finfo(float).eps


class Confidence(Enum):
    """How sure a batch's soft-maxes are, for how right they are; the value says what follows."""

    OVER = "too small for this batch, whose soft-max is surer than it is right"
    UNDER = "too large for this batch, whose soft-max is less sure than it is right"
    RIGHT = "at rest on this batch, whose soft-max is as unsure as it is wrong"
    SEPARATED = (
        "neither too small nor too large by this batch: each positive is its row's nearest key, so "
        "that every smaller temperature has a smaller loss, and a smaller gradient"
    )
    AHEAD = (
        "neither too small nor too large by this batch: positives, which are left out of the "
        "denominator, are nearer than the nearest other key on average, so that the loss falls "
        "without end as the temperature does"
    )
    LOST = (
        "not what is wrong with this batch: positives are no nearer than other keys on average, so "
        "that no temperature has a loss below a guess's; look at the views, and at what is paired "
        "with what"
    )


class Reading(NamedTuple):
    """Loss and mean soft-max entropy of a batch, in nats, at a `temperature`.

    `keys` is the number of terms in a row's denominator, and `choices` = exp(entropy) how many of
    them a row weighs.  `slope` is the derivative of the loss in log temperature.  `rest` is the
    temperature of the batch's least loss: zero where it is separated or ahead, infinite where it is
    lost, None where it was not asked for.
    """

    confidence: Confidence
    temperature: float
    loss: float
    entropy: float
    keys: int
    rest: float | None = None

    @property
    def slope(self) -> float:
        return self.entropy - self.loss

    @property
    def choices(self) -> float:
        return exp(self.entropy)

    def __str__(self) -> str:
        told = (
            f"temperature {self.temperature:.4g}: {self.confidence.value}\n"
            f"loss {self.loss:.4g} nats, entropy {self.entropy:.4g}: a row weighs about "
            f"{self.choices:.3g} of {self.keys} keys"
        )
        if self.rest and self.confidence in (Confidence.OVER, Confidence.UNDER):
            told += f"\nthe loss of this batch is least at {self.rest:.4g}"
        return told


# -- rows of cosines, by contract ------------------------------------------------------------------


class Rows(NamedTuple):
    """Scores [n, m] at temperature one, minus infinity where a key is left out, and the positives'
    [n]."""

    scores: np.ndarray
    lead: np.ndarray

    def at(self, temperature: float) -> tuple[float, float]:
        """The loss and the entropy."""
        scores = self.scores / temperature
        largest = scores.max(axis=1, keepdims=True)
        weights = np.exp(scores - largest)
        total = weights.sum(axis=1)
        below = weights * np.where(weights > 0, scores - largest, 0.0)
        sure = np.log(total)
        losses = sure + (largest[:, 0] - self.lead / temperature)
        return float(losses.mean()), float((sure - below.sum(axis=1) / total).mean())

    @property
    def keys(self) -> int:
        return int(np.isfinite(self.scores).sum(axis=1).max())


class Batch(NamedTuple):
    """The loss and the entropy `at` a temperature; the number of `keys` of a row, and the size of
    the largest score."""

    at: Callable[[float], tuple[float, float]]
    keys: int
    reach: float = 1.0


def _table(table: Any) -> np.ndarray:
    """[rows, features].  Raises `ValueError`."""
    try:
        rows = np.asarray(table, float)
    except (TypeError, ValueError) as error:
        raise _no_table(str(error)) from None
    if rows.ndim != 2:
        raise _no_table(f"shape {rows.shape}")
    return rows


def _units(table: Any) -> np.ndarray:
    """The rows divided by their norms.  Raises `ValueError`."""
    rows = _table(table)
    with np.errstate(over="ignore"):
        norms = np.linalg.norm(rows, axis=1, keepdims=True)
    lost = np.flatnonzero(~((norms > 0) & np.isfinite(norms)))
    if len(lost):
        raise _no_table(f"a norm of {norms[lost[0], 0]:g} in row {lost[0]}")
    return np.asarray(rows / norms)


def _no_table(received: str) -> ValueError:
    return ValueError(
        "expected: a table [rows, features] of finite numbers, no row of it zero\n"
        f"received: {received}\n"
        "remedy:   hand over embeddings, one row each, and leave out what has no direction"
    )


def _nt_xent(z1: Any, z2: Any, *, positive_in_denominator: str = "yes") -> Batch:
    u, v = _alike(_units(z1), _units(z2))
    n, coupled = len(u), one_of("positive_in_denominator", positive_in_denominator, *YES_NO)
    if n > LARGE:

        def at(temperature: float) -> tuple[float, float]:
            found = streamed(u, v, temperature, coupled)
            return float(found.losses.mean()), float(found.entropies.mean())

        return Batch(at, 2 * n - (1 if coupled == "yes" else 2))
    both = np.concatenate([u, v])
    scores = both @ both.T
    own = np.arange(2 * n)
    lead = scores[own, np.roll(own, n)].copy()
    scores[own, own] = -np.inf
    if coupled == "no":
        scores[own, np.roll(own, n)] = -np.inf
    return _of(Rows(scores, lead))


def _info_nce(z1: Any, z2: Any, *, direction: str = "one") -> Batch:
    u, v = _alike(_units(z1), _units(z2))
    both = one_of("direction", direction, "one", "both") == "both"
    return _of(_both_ways(u @ v.T) if both else Rows(u @ v.T, (u * v).sum(axis=1)))


def _clip(image: Any, text: Any, *, normalises: str = "no") -> Batch:
    rows = _units if one_of("normalises", normalises, *YES_NO) == "yes" else _table
    a, b = _alike(rows(image), rows(text))
    with np.errstate(all="ignore"):  # what is not finite is told of the loss
        return _of(_both_ways(a @ b.T))


def _explicit(query: Any, positive: Any, negatives: Any) -> Batch:
    u, v = _alike(_units(query), _units(positive), least=1)
    w, own = _units(negatives), (u * v).sum(axis=1)
    if w.shape[1] != u.shape[1]:
        raise ValueError(
            f"expected: negatives with {u.shape[1]} features, as queries have\n"
            f"received: shape {w.shape}\n"
            "remedy:   hand over one negative in each row: transpose a queue of columns"
        )
    return _of(Rows(np.concatenate([own[:, None], u @ w.T], axis=1), own))


def _supcon(features: Any, labels: Any) -> Batch:
    u, names = _units(features), np.asarray(labels)
    if names.shape != (len(u),):
        raise ValueError(
            f"expected: {len(u)} labels, one for each row\nreceived: shape {names.shape}\n"
            "remedy:   hand over one label for each row of features"
        )
    scores, same = u @ u.T, names[:, None] == names
    np.fill_diagonal(same, False)
    anchors = same.any(axis=1)
    if not anchors.any():
        raise ValueError(
            "expected: a label that two rows share\n"
            f"received: {len(names)} labels, all different\n"
            "remedy:   hand over one label per row, the same for rows of one class"
        )
    lead = (scores * same)[anchors].sum(axis=1) / same[anchors].sum(axis=1)
    np.fill_diagonal(scores, -np.inf)
    return _of(Rows(scores[anchors], lead))


def _alike(u: np.ndarray, v: np.ndarray, least: int = 2) -> tuple[np.ndarray, np.ndarray]:
    if u.shape != v.shape or len(u) < least:
        raise ValueError(
            "expected: two tables of one shape, row i of one the partner of row i of the other, "
            f"and {least} rows or more\n"
            f"received: shapes {u.shape} and {v.shape}\n"
            "remedy:   hand over the two views of one batch"
        )
    return u, v


def _both_ways(scores: np.ndarray) -> Rows:
    return Rows(np.concatenate([scores, scores.T]), np.concatenate([scores.diagonal()] * 2))


def _of(rows: Rows) -> Batch:
    sizes = np.abs(rows.scores[np.isfinite(rows.scores)])
    return Batch(rows.at, rows.keys, float(sizes.max(initial=0.0)))


READERS: Mapping[str, Callable[..., Batch]] = {
    "nt-xent": _nt_xent,
    "info-nce": _info_nce,
    "info-nce-explicit": _explicit,
    "moco": _explicit,
    "supcon": _supcon,
    "clip": _clip,
}


# -- the reading ----------------------------------------------------------------------------------


def read(batch: Batch, temperature: float, rest: bool = True) -> Reading:
    """Raises `ValueError` for a temperature that is no positive number, for scores that are not
    finite, and for rows with nothing but their positive."""
    refuse({"temperature": temperature})
    with np.errstate(all="ignore"):
        loss, entropy = batch.at(temperature)
    if not np.isfinite(loss):
        raise ValueError(
            f"expected: scores that are finite at temperature {temperature:g}\n"
            f"received: a loss of {loss}\n"
            "remedy:   look for features that are no numbers, or too large to be multiplied, and "
            "for a temperature that no scores can be divided by"
        )
    if batch.keys < 2:
        raise ValueError(
            "expected: rows with keys beside their positive\nreceived: one key in each row\n"
            "remedy:   hand over negatives, or a larger batch: one key alone is no choice"
        )
    reach = batch.reach or 1.0
    ends = log(COLDEST * reach), log(WARMEST * reach)
    found = Reading(
        Confidence.RIGHT, float(temperature), loss, entropy, batch.keys, float(temperature)
    )

    def size(logarithm: float) -> float:
        return ROUNDING * (reach * exp(-logarithm) + log(batch.keys) + 1)

    def excess(logarithm: float) -> float:
        """Of the loss over the entropy: it changes its sign once, by convexity."""
        loss, entropy = batch.at(exp(logarithm))
        return 0.0 if abs(loss - entropy) <= size(logarithm) else loss - entropy

    here = min(max(log(temperature), ends[0]), ends[1])
    over = excess(here)
    if over >= 0 and excess(ends[1]) >= 0:
        return found._replace(confidence=Confidence.LOST, rest=float(np.inf))
    if over <= 0 and excess(ends[0]) <= 0:
        ahead = batch.at(exp(ends[0]))[0] < -size(ends[0])
        kind = Confidence.AHEAD if ahead else Confidence.SEPARATED
        return found._replace(confidence=kind, rest=0.0)
    if over == 0:
        return found
    confidence, end = (Confidence.OVER, ends[1]) if over > 0 else (Confidence.UNDER, ends[0])
    best = _between(excess, here, end) if rest else None
    return found._replace(confidence=confidence, rest=best)


def _between(excess: Callable[[float], float], here: float, end: float) -> float:
    """The temperature at which it is zero, from one side of which to the other it changes sign; by
    steps of four first, as it is steep where it is cold."""
    from scipy.optimize import brentq

    step = log(4.0) if end > here else -log(4.0)
    sign = excess(here)
    while abs(end - here) > abs(step) and excess(here + step) * sign > 0:
        here += step
    there = here + step if abs(end - here) > abs(step) else end
    return float(exp(brentq(excess, here, there, xtol=1e-12, rtol=1e-12)))
