r"""Unconstrained features: a linear classifier whose inputs are trained as freely as its weights.

$K$ classes of $n$ samples, $N = nK$; weights $W$ (K, d), features $h_i$ (N, d), a bias $b$.  With
scores $S_{ki} = w_k^\top h_i + b_k$ and a data term $g$ (the mean cross-entropy, or half the mean
squared distance to the one-hot label) what is minimised is

$L = g(S) + \tfrac{\lambda_W}2\lVert W\rVert^2 + \tfrac{\lambda_H}2\sum_i\lVert h_i\rVert^2$.

With $c = \sqrt{n\lambda_W\lambda_H}$, $\rho = \min(1, 1/cK)$, and $\mu_k$, $\mu$ the mean feature
of a class and of all, L lies above its minimum by exactly a sum of terms, none negative
(`shortfalls`).  It is the certificate from which all claims follow.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

__all__ = ["Features", "Learnt", "Optimum", "Shortfalls", "best", "data_term", "fitted", "oracle"]
__all__ += ["layer_peeled", "penalties", "shortfalls", "unit"]


class Features(NamedTuple):
    """Classes, samples of each, dimensions, and the two penalties' weights."""

    K: int
    n: int
    d: int
    weight_decay_w: float
    weight_decay_h: float


class Learnt(NamedTuple):
    """What the code returned: weights (K, d), features (N, d) with the class of each, a bias (K)
    or None for zeros, the reported loss, whether it converged, and to within what."""

    weights: np.ndarray
    features: np.ndarray
    labels: tuple[int, ...]
    bias: np.ndarray | None
    loss: float
    converged: bool
    tolerance: float = 0.0

    @property
    def classes(self) -> np.ndarray:
        """The class of each row of features."""
        return np.array(self.labels)


class Optimum(NamedTuple):
    """The minimum (`floor`), and the scores (K, K) of each class there; `c`, `rho`; whether means
    are `centred` there; and which problem it is the minimum of."""

    floor: float
    scores: np.ndarray
    c: float
    rho: float
    centred: bool
    loss: str
    report: str


class Shortfalls(NamedTuple):
    """What L loses: by features that differ within a class, by weights that are not the class
    means, by a mean that is not zero, by means where all should vanish, and by wrong scores."""

    within: float
    duality: float
    mean: float
    uncollapsed: float
    scores: float


def fitted(problem: Features, loss: str, bias: str) -> Features:
    """The problem, with as many dimensions as the minimum needs: no stored or drawn problem has
    fewer than K - 1, and the orthogonal frame needs one more."""
    K, n, d = (int(size) for size in problem[:3])  # a declared size comes as a float
    least = K if (loss, bias) == ("squared", "none") else K - 1
    return problem._replace(K=K, n=n, d=max(d, least))


def oracle(
    problem: Features, loss: str = "cross-entropy", bias: str = "free", report: str = "objective"
) -> Optimum:
    r"""Cross-entropy: $S = a(I - J/K)$, $a = \log(1/c - (K-1))$ if $cK < 1$, else nothing is
    learnt.  Squared: $S = (1 - cK)_+$ times I, or times $I - J/K$ beside a bias of 1/K."""
    K = int(problem.K)
    c = math.sqrt(problem.n * problem.weight_decay_w * problem.weight_decay_h)
    rho, centring = min(1.0, 1 / (c * K)), np.eye(K) - 1 / K
    if loss == "cross-entropy":
        learns = c * K < 1
        a = math.log(1 / c - (K - 1)) if learns else 0.0
        floor = -math.log1p(-c * (K - 1)) + c * (K - 1) * a if learns else math.log(K)
        return Optimum(floor, a * centring, c, rho, True, loss, report)
    size, rank = max(0.0, 1 - c * K), K if bias == "none" else K - 1
    floor = rank * (c - K * c**2 / 2 if size else 1 / (2 * K))
    scores = size * np.eye(K) if bias == "none" else size * centring + 1 / K
    return Optimum(floor, scores, c, rho, bias != "none", loss, report)


def layer_peeled(K: int, budget_w: float, budget_h: float) -> float:
    r"""The least mean cross-entropy of balanced classes with budgets in place of penalties,
    $\frac1K\sum\lVert w_k\rVert^2 \le E_W$ and the same of features, $E_H$, with a bias or without:
    $\log(1 + (K-1)e^{-a})$, $a = \frac K{K-1}\sqrt{E_WE_H}$ (Fang and others 2021)."""
    return math.log1p((K - 1) * math.exp(-K / (K - 1) * math.sqrt(budget_w * budget_h)))


def best(problem: Features, optimum: Optimum) -> Learnt:
    """A minimiser: the scores' square root, in the first coordinates, in the balance that the
    penalties ask for."""
    K, n = int(problem.K), int(problem.n)
    shift = 1 / K if optimum.loss == "squared" and optimum.centred else 0.0
    frame = np.zeros((K, problem.d))
    values, U = np.linalg.eigh(optimum.scores - shift)
    used = min(K, problem.d)
    frame[:, :used] = (U * np.sqrt(np.maximum(values, 0)))[:, ::-1][:, :used]
    ratio = (n * problem.weight_decay_h / problem.weight_decay_w) ** 0.25
    features = np.repeat(frame / ratio, n, axis=0)
    labels, bias = tuple(i // n for i in range(K * n)), np.full(K, shift)
    fit = Learnt(frame * ratio, features, labels, bias, 0.0, True)
    return fit._replace(loss=data_term(optimum, fit) + penalties(problem, fit))


# -- what was learnt ------------------------------------------------------------------------------


def scores_of(fit: Learnt) -> np.ndarray:
    """One row of K scores per sample."""
    bias = 0.0 if fit.bias is None else np.asarray(fit.bias, float)
    return np.asarray(np.asarray(fit.features, float) @ np.asarray(fit.weights, float).T + bias)


def data_term(optimum: Optimum, fit: Learnt) -> float:
    return term(optimum.loss, scores_of(fit), fit.classes)


def term(loss: str, scores: np.ndarray, labels: np.ndarray) -> float:
    rows = np.arange(len(scores))
    if loss == "squared":
        away = scores.copy()
        away[rows, labels] -= 1
        return 0.5 * float(np.mean(np.sum(away**2, axis=1)))
    top = scores.max(axis=1)
    sums = np.log(np.sum(np.exp(scores - top[:, None]), axis=1))
    return float(np.mean(sums + top - scores[rows, labels]))


def penalties(problem: Features, fit: Learnt) -> float:
    W, H = np.asarray(fit.weights, float), np.asarray(fit.features, float)
    paid = problem.weight_decay_w * np.sum(W**2) + problem.weight_decay_h * np.sum(H**2)
    return 0.5 * float(paid)


def shortfalls(problem: Features, optimum: Optimum, fit: Learnt) -> Shortfalls:
    r"""$\frac{\lambda_H}2\sum\lVert h_i-\mu_{y_i}\rVert^2$, $\frac12\lVert\sqrt{\lambda_W}W -
    \rho\sqrt{n\lambda_H}(M - 1\mu^\top)\rVert^2$, $\frac{\lambda_H}2N\lVert\mu\rVert^2$,
    $\frac{\lambda_H}2(1-\rho^2)n\lVert M-1\mu^\top\rVert^2$ and the Bregman divergence of g."""
    K, n, _, decay_w, decay_h = problem
    W, H = np.asarray(fit.weights, float), np.asarray(fit.features, float)
    means = np.array([H[fit.classes == k].mean(axis=0) for k in range(int(K))])
    mean = means.mean(axis=0) if optimum.centred else np.zeros(H.shape[1])
    within = np.sum((H - means[fit.classes]) ** 2)
    apart = math.sqrt(decay_w) * W - optimum.rho * math.sqrt(n * decay_h) * (means - mean)
    half = decay_h / 2
    return Shortfalls(
        within=half * float(within), duality=0.5 * float(np.sum(apart**2)),
        mean=half * len(H) * float(np.sum(mean**2)),
        uncollapsed=half * (1 - optimum.rho**2) * n * float(np.sum((means - mean) ** 2)),
        scores=divergence(problem, optimum, fit),
    )  # fmt: skip


def divergence(problem: Features, optimum: Optimum, fit: Learnt) -> float:
    r"""$g(S) - g(S^*) - \langle\nabla g(S^*), S - S^*\rangle$, none negative as g is convex."""
    scores, wanted = scores_of(fit), optimum.scores[fit.classes]
    moved = scores - wanted
    if optimum.loss == "squared":
        return 0.5 * float(np.mean(np.sum(moved**2, axis=1)))
    slope = np.exp(wanted - wanted.max(axis=1, keepdims=True))
    slope /= slope.sum(axis=1, keepdims=True)
    slope[np.arange(len(slope)), fit.classes] -= 1
    linear = float(np.sum(slope * moved)) / len(slope)
    gained = term(optimum.loss, scores, fit.classes) - term(optimum.loss, wanted, fit.classes)
    return gained - linear


def unit(problem: Features, optimum: Optimum, fit: Learnt) -> float:
    """One rounding error of L: the sizes of the numbers that are added up in it."""
    W, H = np.asarray(fit.weights, float), np.asarray(fit.features, float)
    b = 0.0 if fit.bias is None else float(np.max(np.abs(fit.bias)))
    longest = np.sqrt(np.max(np.sum(W**2, axis=1)) * np.max(np.sum(H**2, axis=1)))
    size = 1 + math.log(problem.K) + float(longest) + b
    data = size**2 if optimum.loss == "squared" else size
    found = data + data_term(optimum, fit) + penalties(problem, fit)
    return found if math.isfinite(found) else 1.0
