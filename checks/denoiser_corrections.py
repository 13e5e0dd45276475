r"""Corrections of a denoiser's answers, none of which lowers the loss of the best one.

At the optimum $\mathbb{E}\langle X - f(Y), g(Y)\rangle = 0$ for every field g.  Of any f whatever
$\mathbb{E}\lVert X - f\rVert^2 - \mathbb{E}\lVert X - f - tg\rVert^2 = \mathbb{E}[2t\langle X - f,
g\rangle - t^2\lVert g\rVert^2]$, so a g that is not orthogonal to the errors is a correction, and
what it gains is a loss that could have been avoided.  Fields and their sizes are learnt on pilot
rows, and tested on rows that nobody has looked at.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np
from scipy.special import softmax

from .betting import at_least, ratio, shown
from .denoised_rows import Limit, Rows, limited, usual

__all__ = ["Correction", "Field", "Gain", "corrections", "gain"]

Field = Callable[[Rows], np.ndarray]
WIDE = 64  # coordinates, beyond which a linear correction treats each by itself
NEIGHBOURS = 2048  # clean pilot rows that stand for the prior
CHUNK = 512


class Correction(NamedTuple):
    """To the answers `size` times the field is to be added; the field is shortened to
    `limit`; `hoped` is the share of the loss that this avoided where the size was learnt."""

    claim: str
    field: Field
    size: float
    limit: Limit
    hoped: float
    words: str
    tex: str
    why: str


class Gain(NamedTuple):
    """What a correction gains on rows that were not used to find it.

    `rows` is after how many a departure from the optimum was shown and confirmed, or None;
    `share` the share of the loss that the correction avoids, at least (None if none is shown);
    `most` what share a correction of this kind could avoid, at most, and `missed` how large it is
    then, relative to the answers; `loss` is the mean loss with the correction.
    """

    rows: int | None
    progress: float
    share: float | None
    most: float
    missed: float
    loss: float


def corrections(fit: Rows, tune: Rows, sigma: float) -> Iterator[Correction]:
    """Five corrections, their fields learnt on `fit`, their sizes on `tune`."""
    for claim, field, words, tex, why in (
        (
            "bias", _constant(fit), lambda t: "adding a constant",
            r"\mathbb{E}[X - \hat x(Y)] = 0", "the best denoiser is right on average",
        ),
        (
            "scale", lambda rows: rows.answer, lambda t: f"answering {1 + t:.4g} f(y)",
            r"\mathbb{E}\langle X - \hat x(Y), \hat x(Y)\rangle = 0",
            "no multiple of the best estimate is nearer",
        ),
        (
            "step", lambda rows: rows.answer - rows.noisy,
            lambda t: f"answering y + {1 + t:.4g} (f(y) - y)",
            r"\mathbb{E}\langle X - \hat x(Y), \hat x(Y) - Y\rangle = 0",
            "to go further along the best denoiser's step, or less far, only loses",
        ),
        (
            "linear", _linear(fit), lambda t: "adding a linear map of 1, y and f(y)",
            r"\mathbb{E}[(X - \hat x(Y))\,(1, Y, \hat x(Y))^\top] = 0",
            "what is known tells nothing more, linearly, of the best denoiser's error",
        ),
        (
            "neighbours", _neighbours(fit, sigma),
            lambda t: f"going {t:.3g} of the way to the mean of the clean rows around",
            r"\mathbb{E}\langle X - \hat x(Y), \hat x_{\text{sample}}(Y)\rangle = 0",
            "the best denoiser of a sample of the data does not correct the best denoiser",
        ),
    ):  # fmt: skip
        yield _sized(claim, field, words, tex, why, tune)


def _sized(
    claim: str, field: Field, words: Callable[[float], str], tex: str, why: str, tune: Rows
) -> Correction:
    """Of the size that gains most on `tune`."""
    limit = usual(tune, field(tune))
    g = limited(tune, field(tune), limit)
    square = float((g**2).sum(1).mean())
    product = float(((tune.clean - tune.answer) * g).sum(1).mean())
    size = product / square if square else 0.0
    hoped = min(1.0, product * size / float(tune.loss().mean() or 1.0))
    return Correction(claim, field, size, limit, hoped, words(size), tex, why)


def gain(correction: Correction, rows: Rows, level: float) -> Gain:
    """What the correction gains on `rows`; each of its two statements errs with probability at most
    `level`."""
    t, limit = correction.size, correction.limit
    before = rows.loss()
    g = limited(rows, correction.field(rows), limit)
    products = ((rows.clean - rows.answer) * g).sum(1)
    squares = (g**2).sum(1)
    if not limit.reach or not squares.any():
        return Gain(None, 0.0, None, 0.0, 0.0, float(before.mean()))
    rows_needed, progress = shown(np.sign(t) * products / limit.reach, level)
    gained = 2 * t * products - t**2 * squares
    short = 2 * abs(t) * limit.reach + (t * limit.length) ** 2
    furthest = rows.clean.shape[1] * rows.width**2
    share = None
    if rows_needed is not None:
        bounds, most = (short, furthest), min(1.0, 2 * correction.hoped)
        share = at_least(gained, before, bounds, level, most)
    low, high = ratio(products, np.ones_like(products), (limit.reach, 1.0), level, limit.reach)
    square = max(low**2, high**2) / float(squares.mean())
    most, missed = (
        float(square / (whole.mean() or 1.0)) for whole in (before, (rows.answer**2).sum(1))
    )
    after = float((before - gained).mean())
    return Gain(rows_needed, progress, share, most, float(np.sqrt(missed)), after)


# -- fields ---------------------------------------------------------------------------------------


def _constant(fit: Rows) -> Field:
    """The pilot's mean error, of length one."""
    mean = (fit.clean - fit.answer).mean(0)
    unit = mean / (np.linalg.norm(mean) or 1.0)
    return lambda rows: np.broadcast_to(unit, rows.clean.shape)


def _known(rows: Rows) -> list[np.ndarray]:
    """What is known of a row: y and the answer, both within the bounds."""
    return [rows.noisy.clip(*rows.bounds), rows.answer]


def _linear(fit: Rows) -> Field:
    """The pilot's errors, regressed on 1, y and the answer; with many coordinates, each on its
    own."""
    if fit.clean.shape[1] > WIDE:
        return _by_coordinate(fit)
    features = np.hstack([np.ones((len(fit.clean), 1)), *_known(fit)])
    weights = _regressed(features, fit.clean - fit.answer)
    return lambda rows: np.hstack([np.ones((len(rows.clean), 1)), *_known(rows)]) @ weights


def _by_coordinate(fit: Rows) -> Field:
    errors = fit.clean - fit.answer
    known = np.stack([np.ones_like(errors), *_known(fit)], axis=2)  # [n, d, 3]
    weights = [_regressed(known[:, j], errors[:, j : j + 1]) for j in range(errors.shape[1])]
    w = np.hstack(weights)
    return lambda rows: w[0] + sum(w[i + 1] * part for i, part in enumerate(_known(rows)))


def _regressed(features: np.ndarray, errors: np.ndarray) -> np.ndarray:
    """Ridge regression, with the weight of one row's features."""
    square = features.T @ features
    ridge = np.trace(square) / len(features) / len(square) + np.finfo(float).tiny
    return np.asarray(np.linalg.solve(square + ridge * np.eye(len(square)), features.T @ errors))


def _neighbours(fit: Rows, sigma: float) -> Field:
    r"""From the answer to the best denoiser of the pilot's clean rows x_i,
    $\sum_i \operatorname{softmax}_i(-\lVert y - x_i\rVert^2/2\sigma^2)\,x_i$.  A row never meets
    itself: what it is tested on are other rows."""
    points = fit.clean[:NEIGHBOURS]
    squares = (points**2).sum(1)

    def mean(y: np.ndarray) -> np.ndarray:
        return np.asarray(softmax((y @ points.T - squares / 2) / sigma**2, axis=1) @ points)

    def field(rows: Rows) -> np.ndarray:
        parts = [mean(rows.noisy[i : i + CHUNK]) for i in range(0, len(rows.noisy), CHUNK)]
        return np.asarray(np.concatenate(parts) - rows.answer)

    return field
