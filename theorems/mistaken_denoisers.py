r"""What training learns if it is trained for something else: exact minimisers of mistaken losses.

Each mistake in a training loop has a minimiser of its own, in closed form through the best denoiser
$D^*$ and its relatives at another level of noise.  So a network that is only roughly trained can be
told by which of them it is near: *near* $D_w$ if it is less far from it than half the way from
$D_w$ to $D^*$, all in $L^2(p_\sigma)$, because then $D^*$ is farther from it than $D_w$ is.  That
is a name for what has been found wrong; it is no verdict, as a rough but honest network may come
near something by accident.

The slope of a step, $b = \langle f - y, D^* - y\rangle/\lVert D^* - y\rVert^2$, is 1 for the best
denoiser, -1 for a sign that is turned, 2 for a step that is taken twice, 0 for none.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from functools import lru_cache

import numpy as np

from .trained_denoiser import Best, best, excess, posterior_shares, steps
from .trained_denoiser_problems import Cloud

__all__ = ["MISTAKEN", "near", "slope", "told"]

Minimiser = Callable[[Cloud, Best], np.ndarray]  # on the grid (m, d)


# -- the minimisers -------------------------------------------------------------------------------


def at_level(level: Callable[[float], float]) -> Minimiser:
    """Trained on noise of another deviation."""
    return lambda problem, truth: answers(problem, truth.y, level(problem.sigma))


def answers(problem: Cloud, y: np.ndarray, sigma: float) -> np.ndarray:
    return np.asarray(posterior_shares(problem, y, sigma) @ np.asarray(problem.points, float))


def input_scaled(problem: Cloud, truth: Best) -> np.ndarray:
    """Trained on $y/\\sqrt{1 + \\sigma^2}$, and handed y: as if y were larger by that root."""
    return answers(problem, truth.y * math.sqrt(1 + problem.sigma**2), problem.sigma)


def left_standardised(problem: Cloud, truth: Best) -> np.ndarray:
    x = np.asarray(problem.points, float)
    return np.asarray((truth.best - truth.mean) / (x.std(axis=0) + (x.std(axis=0) == 0)))


def absolute_error(problem: Cloud, truth: Best) -> np.ndarray:
    """The posterior median, coordinate by coordinate: the first point past half of the weight."""
    x = np.asarray(problem.points, float)
    shares = posterior_shares(problem, truth.y, problem.sigma)
    columns = []
    for column in x.T:
        order = np.argsort(column)
        reached = np.cumsum(shares[:, order], axis=1) >= 0.5
        columns.append(column[order][np.argmax(reached, axis=1)])
    return np.stack(columns, axis=1)


MISTAKEN: Mapping[str, Minimiser] = {
    "noise returned": lambda p, t: (t.y - t.best) / p.sigma,
    "noise added back": lambda p, t: 2 * t.y - t.best,
    "noise not scaled": lambda p, t: t.y - (t.y - t.best) / p.sigma,
    "noisy target": lambda p, t: t.y,
    "targets of all rows": lambda p, t: np.broadcast_to(t.mean, t.y.shape),
    "variance for deviation": at_level(lambda sigma: sigma**2),
    "deviation for variance": at_level(math.sqrt),
    "noise added twice": at_level(lambda sigma: math.sqrt(2) * sigma),
    "input scaled in training only": input_scaled,
    "left standardised": left_standardised,
    "rectified output": lambda p, t: np.maximum(t.best, 0.0),
    "absolute error minimised": absolute_error,
}


@lru_cache(maxsize=256)
def minimisers(problem: Cloud) -> dict[str, tuple[np.ndarray, float]]:
    """Each mistake's minimiser, and its squared distance from the best denoiser."""
    truth = best(problem)
    found = {name: np.asarray(make(problem, truth)) for name, make in MISTAKEN.items()}
    return {name: (made, excess(truth, made)) for name, made in found.items()}


# -- what a network is near -----------------------------------------------------------------------


def near(problem: Cloud, x_hat: np.ndarray) -> tuple[str, ...]:
    """The mistake whose minimiser it is near, the nearest; more than one where their minimisers are
    the same on this problem."""
    truth = best(problem)
    found = []
    for name, (made, away) in minimisers(problem).items():
        distance = float(truth.weights @ ((x_hat - made) ** 2).sum(axis=1))
        if distance < away / 4:
            found.append((distance, name))
    least = min(found, default=(0.0, ""))[0]
    margin = 1e-9 * (least + truth.size)
    return tuple(name for distance, name in found if distance <= least + margin)


def slope(problem: Cloud, x_hat: np.ndarray) -> float:
    truth = best(problem)
    step, right = x_hat - truth.y, truth.best - truth.y
    return float(truth.weights @ (step * right).sum(axis=1)) / steps(truth)


def told(problem: Cloud, x_hat: np.ndarray, names: tuple[str, ...] = ()) -> str:
    """What there is to say of a denoiser for which nothing is claimed, and which is `near` the
    mistakes of these names."""
    truth = best(problem)
    away = excess(truth, x_hat)
    words = (
        f"no convergence was claimed; on the points {_listed(problem)} with noise of deviation "
        f"{problem.sigma:g} the loss is {away:.3g} above the floor of {truth.mmse:.3g}, and "
        f"{slope(problem, x_hat):.3g} of the best step is taken"
    )
    if names:
        errors = " or ".join(f"'{name}'" for name in names)
        words += f"; it is near what training learns by the error {errors}"
    return words


def _listed(problem: Cloud) -> str:
    rows = problem.points
    shown = [f"{row[0]:g}" if len(row) == 1 else f"({', '.join(f'{e:g}' for e in row)})"
             for row in rows]  # fmt: skip
    return ", ".join(shown)
