"""Clean rows, their noisy rows and a denoiser's answers; and how far fields may move these."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

__all__ = ["Limit", "Rows", "limited", "reach", "usual"]


class Rows(NamedTuple):
    """Clean rows, their noisy rows and the raw answers, all [n, d]; the interval that holds every
    coordinate of the data."""

    clean: np.ndarray
    noisy: np.ndarray
    raw: np.ndarray
    bounds: tuple[float, float]

    @property
    def answer(self) -> np.ndarray:
        """The answers, moved into the bounds, which never loses."""
        return self.raw.clip(*self.bounds)

    @property
    def width(self) -> float:
        return self.bounds[1] - self.bounds[0]

    def take(self, chosen: np.ndarray | slice) -> Rows:
        return Rows(self.clean[chosen], self.noisy[chosen], self.raw[chosen], self.bounds)

    def loss(self) -> np.ndarray:
        """Squared distances of the answers from the clean rows [n]."""
        return np.asarray(((self.clean - self.answer) ** 2).sum(1))


def reach(rows: Rows, field: np.ndarray) -> np.ndarray:
    """The most that |<x - answer, field>| can be, over x within the bounds [n]."""
    answer = rows.answer
    away = np.maximum(answer - rows.bounds[0], rows.bounds[1] - answer)
    return np.asarray((np.abs(field) * away).sum(1))


class Limit(NamedTuple):
    """What a field's reach, and its length, may be at most."""

    reach: float
    length: float


def usual(pilot: Rows, field: np.ndarray) -> Limit:
    """Twice what is usual on rows that are not tested."""
    far, long = reach(pilot, field), np.linalg.norm(field, axis=1)
    return Limit(*(2 * float(np.sqrt((size**2).mean())) for size in (far, long)))


def limited(rows: Rows, field: np.ndarray, limit: Limit) -> np.ndarray:
    """The field, shortened row by row to its limits: its products with the errors are bounded."""
    tiny = np.finfo(float).tiny
    far, long = reach(rows, field), np.linalg.norm(field, axis=1)
    kept = np.minimum(limit.reach / np.maximum(far, tiny), limit.length / np.maximum(long, tiny))
    return np.asarray(field * np.minimum(1.0, kept)[:, None])
