r"""NC1 to NC4: how far features and a classifier are from neural collapse, in four numbers.

N features of d dimensions in K classes, the k-th with $n_k$ samples; class means $\mu_k$, a global
mean $\mu$, $M$ the rows $\mu_k-\mu$, $\Sigma_W = \tfrac1N\sum_i(h_i-\mu_{y_i})(h_i-\mu_{y_i})^\top$
and $\Sigma_B = \tfrac1K M^\top M$.

NC1 is $\tfrac1K\operatorname{tr}\Sigma_W\Sigma_B^+$, NC2 the mean over pairs of classes of $\lvert
\cos(M_j, M_k)+\tfrac1{K-1}\rvert$, NC3 $\lVert W/\lVert W\rVert-M/\lVert M\rVert\rVert^2$, and NC4
the share of samples on which the classifier and the nearest class mean disagree: as Papyan, Han and
Donoho measure them in their published code, but for K under NC1 and the mean of all samples, as in
the code of Zhu and others 2021.  Other definitions are variants.  The problems are in
`collapse_metrics_problems`.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from .collapse_metrics_problems import Classified, design, problems, simpler
from .theorem import Claim, Family, Told

__all__ = ["COLLAPSE_METRICS", "NAMES", "Measured", "Metrics", "metrics"]

NAMES = ("nc1", "nc2", "nc3", "nc4")


class Metrics(NamedTuple):
    """The four numbers, and the names of those that the code returned (the others are right)."""

    value: np.ndarray
    reported: tuple[str, ...]


class Measured(NamedTuple):
    """The four numbers as they should be (`value`), one rounding error of each (`units`) and of
    all (`unit`), by how much the nearest miss misses (`tie`), and which are `rooted`: the root of
    a sum of squares, which near zero is known to the root of a rounding error."""

    value: np.ndarray
    units: np.ndarray
    unit: float
    tie: float
    rooted: np.ndarray


# -- definition and oracle ------------------------------------------------------------------------


def metrics(
    problem: Classified, nc1: str = "pseudo-inverse", nc2: str = "angles", nc3: str = "squared",
    centring: str = "samples",
) -> Measured:  # fmt: skip
    """By eigenvectors, sums and loops."""
    H, W, y = np.array(problem.features), np.array(problem.weights), np.array(problem.labels)
    K = len(W)
    means = np.array([H[y == k].mean(axis=0) for k in range(K)])
    M = means - (H.mean(axis=0) if centring == "samples" else means.mean(axis=0))
    within = (H - means[y]).T @ (H - means[y]) / len(H)
    first, steep = _variability(within, M, nc1)
    lengths = np.linalg.norm(M, axis=1)
    size = float(np.max(np.abs(H))) ** 2 + 1
    lever = size / float(np.min(lengths)) ** 2
    disagreement, tie = _disagreement(H, W, problem.bias, means)
    value = np.array([first, _simplex(M, W, nc2), _duality(M, W, nc3), disagreement])
    units = np.array([(1 + first) * size * steep, 1 + lever, 1 + lever, 1.0])
    rooted = np.array([False, nc2 in ("Gram", "weights"), nc3 != "squared", False])
    return Measured(value, units, float(np.max(units)), tie, rooted)


def _variability(within: np.ndarray, M: np.ndarray, nc1: str) -> tuple[float, float]:
    """NC1, and how much a rounding error of the between-class covariance grows in it."""
    values, vectors = np.linalg.eigh(M.T @ M / len(M))
    kept = values > 1e-9 * values[-1]
    along = np.sum((within @ vectors) * vectors, axis=0)[kept]
    values = values[kept]
    found = float(np.sum(along / values))
    if nc1 == "ratio":
        found = float(np.trace(within) / np.sum(values))
    elif nc1 == "pseudo-inverse":
        found /= len(M)
    return found, float(values[-1] / values[0] ** 2)


def _simplex(M: np.ndarray, W: np.ndarray, nc2: str) -> float:
    K, lengths = len(M), np.linalg.norm(M, axis=1)
    if nc2 in ("norms", "norms over K"):
        return float(lengths.std(ddof=nc2 == "norms") / lengths.mean())
    if nc2 == "angles":
        off = [M[j] @ M[k] / (lengths[j] * lengths[k]) for j in range(K) for k in range(K) if j - k]
        return float(np.mean(np.abs(np.array(off) + 1 / (K - 1))))
    return _from_simplex(W @ W.T if nc2 == "weights" else M @ M.T)


def _from_simplex(products: np.ndarray) -> float:
    K = len(products)
    wanted = (np.eye(K) - 1 / K) / math.sqrt(K - 1)
    return float(np.linalg.norm(products / np.linalg.norm(products) - wanted))


def _duality(M: np.ndarray, W: np.ndarray, nc3: str) -> float:
    if nc3 == "product":
        return _from_simplex(W @ M.T)
    apart = float(np.linalg.norm(W / np.linalg.norm(W) - M / np.linalg.norm(M)))
    return apart**2 if nc3 == "squared" else apart


def _disagreement(
    H: np.ndarray, W: np.ndarray, bias: tuple[float, ...] | None, means: np.ndarray
) -> tuple[float, float]:
    """The share of samples on which both classifiers differ, and by how much the nearest miss
    misses."""
    scores = H @ W.T + (0.0 if bias is None else np.array(bias))
    near = -np.sum((H[:, None] - means) ** 2, axis=2)
    margins = [np.diff(np.sort(s, axis=1)[:, -2:], axis=1).min() for s in (scores, near)]
    return float(np.mean(scores.argmax(axis=1) != near.argmax(axis=1))), float(min(margins))


# -- claims ---------------------------------------------------------------------------------------


def _told(name: str) -> Callable[[Metrics], Told]:
    return lambda output: Told(name in output.reported, f"the code does not return {name}")


def _apart(truth: Measured, received: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """Number by number, in units of rounding: a root by its square, and never below zero."""
    received, wanted = np.asarray(received, float), np.asarray(wanted, float)
    squared = np.abs(received * np.abs(received) - wanted * np.abs(wanted))
    found = np.where(truth.rooted, squared, np.abs(received - wanted)) / truth.units
    found[3] = 0.0 if truth.tie < 1e-6 else found[3]
    return np.asarray(found)


def _value(place: int) -> Callable[..., float]:
    def slack(problem: Classified, truth: Measured, output: Metrics) -> float:
        return -float(_apart(truth, output.value, truth.value)[place])

    return slack


def _same(problem: Classified, truth: Measured, output: Metrics, other: Metrics) -> float:
    return -float(np.max(_apart(truth, output.value, other.value)))


def _zero(problem: Classified, truth: Measured, output: Metrics, other: Metrics) -> float:
    return -float(np.max(_apart(truth._replace(tie=1.0), other.value, np.zeros(4))))


def _plain(*_: object) -> float:
    return 1.0


def _twice(*_: object) -> float:
    return 4.0


def _mapped(problem: Classified, matrix: np.ndarray, shift: float) -> Classified:
    """Features mapped by an orthogonal matrix, a multiple of one, or moved, and the classifier with
    them, so that every score is the same multiple of what it was."""
    H, W = np.array(problem.features), np.array(problem.weights)
    size = float(np.linalg.norm(matrix[0]))
    bias = size**2 * np.array(problem.bias or (0.0,) * len(W)) - shift * np.sum(W @ matrix, axis=1)
    rows = (tuple(map(tuple, table.tolist())) for table in (H @ matrix + shift, W @ matrix))
    kept = problem.bias is None and shift == 0
    return Classified(
        next(rows), problem.labels, next(rows), None if kept else tuple(bias.tolist())
    )


def turned(problem: Classified) -> tuple[Classified]:
    """Coordinates in another order, one of them with another sign."""
    matrix = np.roll(np.eye(len(problem.features[0])), 1, axis=1)
    matrix[0] *= -1
    return (_mapped(problem, matrix, 0.0),)


def doubled(problem: Classified) -> tuple[Classified]:
    return (_mapped(problem, 2 * np.eye(len(problem.features[0])), 0.0),)


def shifted(problem: Classified) -> tuple[Classified]:
    return (_mapped(problem, np.eye(len(problem.features[0])), 1.0),)


def reweighed(problem: Classified) -> tuple[Classified]:
    weights = tuple(tuple(4 * x for x in row) for row in problem.weights)
    bias = problem.bias and tuple(4 * x for x in problem.bias)
    return (problem._replace(weights=weights, bias=bias),)


def repeated(problem: Classified) -> tuple[Classified]:
    return (problem._replace(features=2 * problem.features, labels=2 * problem.labels),)


def collapsed(problem: Classified) -> tuple[Classified]:
    """Two samples of each class at each corner of a simplex, moved, and weights along them, whose
    sums are zero: what was moved changes no score."""
    K, d = len(problem.weights), len(problem.weights[0])
    corners = tuple(tuple(K * float(k == j) - (j < K) for j in range(d)) for k in range(K))
    moved = tuple(tuple(x + 1 for x in row) for row in corners)
    return (Classified(2 * moved, 2 * tuple(range(K)), corners, (0.0,) * K),)


VALUES = (
    (
        "nc1", r"\mathrm{NC}_1 = \tfrac1K\operatorname{tr}\Sigma_W\Sigma_B^+",
        "the spread within classes, in units of the spread between them",
    ),
    (
        "nc2", r"\mathrm{NC}_2 = \overline{\lvert\cos(M_j,M_k)+\tfrac1{K-1}\rvert},\ j \ne k",
        "class means as far apart as the corners of a simplex",
    ),
    (
        "nc3", r"\mathrm{NC}_3 = \lVert W/\lVert W\rVert - M/\lVert M\rVert\rVert^2",
        "weights in proportion to centred class means",
    ),
    (
        "nc4", r"\mathrm{NC}_4 = \tfrac1N\#\{i : \hat y_i \ne \arg\min_k\lVert h_i-\mu_k\rVert\}",
        "the classifier as the nearest class mean",
    ),
)  # fmt: skip

LAWS: tuple[tuple[str, str, str, Callable[[Classified], tuple[Classified]]], ...] = (
    (
        "rotation", r"\mathrm{NC}(HQ, WQ, b) = \mathrm{NC}(H, W, b)",
        "only inner products of features, means and weights enter", turned,
    ),
    (
        "scale", r"\mathrm{NC}(2H, 2W, 4b) = \mathrm{NC}(H, W, b)",
        "each is a ratio, or a comparison", doubled,
    ),
    (
        "shift", r"\mathrm{NC}(H+1, W, b-W1) = \mathrm{NC}(H, W, b)",
        "means are taken off, and the bias takes up the rest", shifted,
    ),
    (
        "scale of weights", r"\mathrm{NC}(H, 4W, 4b) = \mathrm{NC}(H, W, b)",
        "scores of a larger scale choose the same classes", reweighed,
    ),
    (
        "every sample twice", r"\mathrm{NC}((H,H),W,b) = \mathrm{NC}(H,W,b)",
        "they describe the distribution of features, not their number", repeated,
    ),
)  # fmt: skip

CLAIMS = (
    *(
        Claim(
            name=name, tex=tex, why=why, slack=_value(place), unit=_plain, binds="where decided",
            decided=_told(name),
        )
        for place, (name, tex, why) in enumerate(VALUES)
    ),
    *(
        Claim(name=name, tex=tex, why=why, slack=_same, unit=_twice, related=related)
        for name, tex, why, related in LAWS
    ),
    Claim(
        name="a simplex", tex=r"h_i = u_{y_i}+v,\ W = U \Rightarrow \mathrm{NC} = 0",
        why="where features have collapsed to the corners of a simplex, all four vanish",
        slack=_zero, unit=_twice, related=collapsed,
    ),
)  # fmt: skip

COLLAPSE_METRICS = Family(
    name="neural-collapse", problem=Classified, design=design, problems=problems, simpler=simpler,
    oracle=metrics, claims=CLAIMS,
)  # fmt: skip
