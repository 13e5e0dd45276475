r"""Minority collapse: below a size, a class is not told from the others.

## Notation

$K$ classes, the k-th with $n_k$ samples of $N$ in all; weights $W$ (K, d), features $h_i$ that are
free, $s = \sqrt{\lambda_W\lambda_H}$.  What is minimised is a data term, averaged over the N
samples, plus $\tfrac{\lambda_W}2\lVert W\rVert^2 + \tfrac{\lambda_H}2\sum_i\lVert h_i\rVert^2$.

The balanced case is `neural_collapse`; the proof is in `minority_collapse_proof`.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from .minority_collapse_proof import proof
from .picture import Picture
from .theorem import Assumption, Theorem

__all__ = ["MINORITY_COLLAPSE", "Classes", "floor", "kept", "loss", "threshold", "trained"]


class Classes(NamedTuple):
    """How many samples each class has, and the two penalties' weights."""

    counts: tuple[int, ...]
    weight_decay_w: float
    weight_decay_h: float

    @property
    def total(self) -> int:
        return sum(self.counts)


def threshold(problem: Classes) -> float:
    r"""$N^2\lambda_W\lambda_H$: classes of no more samples collapse."""
    return problem.total**2 * problem.weight_decay_w * problem.weight_decay_h


def kept(problem: Classes) -> np.ndarray:
    r"""Half the squared error, no bias: $z_k = (1 - N\sqrt{\lambda_W\lambda_H/n_k})_+$, the score
    of each class for itself; all others are zero."""
    left = 1 - np.sqrt(threshold(problem) / np.array(problem.counts))
    return np.asarray(np.maximum(0.0, left))


def floor(problem: Classes) -> float:
    """The least of half the mean squared distance to the one-hot label, and both penalties."""
    z, n = kept(problem), np.array(problem.counts)
    s = math.sqrt(problem.weight_decay_w * problem.weight_decay_h)
    return float(np.sum(n * (1 - z) ** 2 / (2 * problem.total) + s * np.sqrt(n) * z))


# -- any weights and class means ------------------------------------------------------------------


def loss(
    problem: Classes, W: np.ndarray, M: np.ndarray, kind: str
) -> tuple[float, np.ndarray, np.ndarray]:
    """The objective of weights and class means (K, d) (features of a class being alike), and its
    gradient in both; `kind` is "cross-entropy" or "squared"."""
    n = np.array(problem.counts, float)
    S = M @ W.T
    if kind == "squared":
        misses = S - np.eye(len(n))
        data = 0.5 * float(np.sum(n * np.sum(misses**2, axis=1))) / problem.total
    else:
        S = S - S.max(axis=1, keepdims=True)
        p = np.exp(S)
        sums = p.sum(axis=1, keepdims=True)
        misses = p / sums - np.eye(len(n))
        data = float(n @ (np.log(sums[:, 0]) - np.diag(S))) / problem.total
    slope = n[:, None] * misses / problem.total
    decay_w, decay_h = problem.weight_decay_w, problem.weight_decay_h * n[:, None]
    paid = 0.5 * float(decay_w * np.sum(W**2) + np.sum(decay_h * M**2))
    return data + paid, slope.T @ M + decay_w * W, slope @ W + decay_h * M


def trained(
    problem: Classes, kind: str = "cross-entropy", d: int | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Weights and class means, by L-BFGS from a fixed start."""
    from scipy.optimize import minimize

    K = len(problem.counts)
    shape = (K, d or K)
    start = np.random.default_rng(0).normal(size=2 * K * shape[1])

    def objective(x: np.ndarray) -> tuple[float, np.ndarray]:
        W, M = np.reshape(x, (2, *shape))
        value, of_weights, of_means = loss(problem, W, M, kind)
        return value, np.concatenate([of_weights.ravel(), of_means.ravel()])

    found = minimize(
        objective, start, jac=True, method="L-BFGS-B",
        options={"maxiter": 4000, "maxfun": 8000, "ftol": 0.0, "gtol": 1e-12},
    )  # fmt: skip
    W, M = np.reshape(found.x, (2, *shape))
    return W, M


# -- assumptions ----------------------------------------------------------------------------------


def with_a_bias() -> float:
    """Three samples of one class, one of another: a bias leaves one direction to learn, of which
    the data say $\\sqrt{2n_1n_2/N}$, more than the smaller class's root."""
    problem = Classes((3, 1), 0.28, 0.28)
    assert kept(problem)[1] == 0
    return threshold(problem) - 2 * 3 * 1 / 4


def with_smoothed_labels() -> float:
    """Labels smoothed by half halve the slope: both classes collapse, although they are large
    enough for one-hot labels."""
    problem = Classes((2, 2), 0.25, 0.25)
    needed = 4 * threshold(problem)  # the slope enters by its square
    assert threshold(problem) < min(problem.counts)
    return min(problem.counts) - needed


def without_equals() -> float:
    """Three samples of one class and one of another: they part at the mean of the two, not at the
    smaller: the slope where both are alike is $\\sqrt{N/2}/N$."""
    problem = Classes((3, 1), 0.3, 0.3)
    assert min(problem.counts) < threshold(problem)
    return threshold(problem) - problem.total / 2


def without_room() -> float:
    """One dimension for two classes: the smaller gets none, however little penalties weigh."""
    problem = Classes((4, 2), 0.0625, 0.0625)
    W, M = trained(problem, "squared", d=1)
    return float((M @ W.T)[1, 1] - kept(problem)[1])


ASSUMPTIONS = (
    Assumption(
        words="for half the squared error there is no bias",
        fails="the threshold: a bias leaves two classes one direction, with a threshold of its own",
        without=with_a_bias,
    ),
    Assumption(
        words="labels are one-hot, and no class's loss is weighed",
        fails="the threshold: smoothed labels have smaller slopes, and collapse sooner",
        without=with_smoothed_labels,
    ),
    Assumption(
        words="for the cross-entropy, the classes that are compared have as many samples",
        fails="the threshold: classes of different sizes part at a size between theirs",
        without=without_equals,
    ),
    Assumption(
        words=r"$d \ge K$ ($d \ge K-1$ for the cross-entropy): every class has room",
        fails="the kept scores: without room the smallest class is given up first",
        without=without_room,
    ),
    Assumption(
        words=r"$\lambda_W, \lambda_H > 0$, and features are free",
        unknown="without penalties the cross-entropy has no minimum; of a network's features this "
        "says nothing, though the effect was seen in networks",
    ),
)

# -- a picture ------------------------------------------------------------------------------------

COUNTS = (6, 6, 2, 2)
BELOW = tuple(0.01 * k for k in range(2, 25))  # both weight decays; 16 of them is N


def picture() -> Picture:
    """Two classes of six samples and two of two, as both weight decays grow."""
    problems = [Classes(COUNTS, decay, decay) for decay in BELOW]
    fits = [trained(problem)[0] for problem in problems]

    def apart(i: int, j: int) -> tuple[tuple[float, float], ...]:
        far = (float(np.linalg.norm(W[i] - W[j])) for W in fits)
        return tuple(zip(map(threshold, problems), far, strict=True))

    small = [(threshold(p), float(kept(p)[-1])) for p in problems]
    large = [(threshold(p), float(kept(p)[0])) for p in problems]
    return Picture(
        "classes of 6 and of 2 samples: told apart above their thresholds only",
        ("N² λW λH, which a class's samples must exceed", "distance of weights; score"),
        {
            "cross-entropy, trained: two classes of 6": apart(0, 1),
            "cross-entropy, trained: two classes of 2": apart(2, 3),
            "squared error: score of a class of 6": tuple(large),
            "squared error: score of a class of 2": tuple(small),
        },
    )


MINORITY_COLLAPSE = Theorem(
    id="minority-collapse",
    title="Minority collapse: classes with few samples are not told apart",
    intuition="Every direction in which features differ costs weights and features the same, "
    "whatever it is for; what it earns grows with the number of samples that need it. So there is "
    "a size below which a class is not worth a direction. Then its weights are those of all others "
    "of its kind, or none, and no training makes a difference: it is the best there is.",
    statement=r"Let class k have $n_k$ of $N$ samples, $s = \sqrt{\lambda_W\lambda_H} > 0$ and "
    r"$d \ge K$. For half the mean squared distance to the one-hot label without a bias, every "
    r"minimum has the scores $z_k e_k$, $z_k = (1-\tfrac{Ns}{\sqrt{n_k}})_+$: class k vanishes "
    r"just where $n_k \le N^2\lambda_W\lambda_H$. For the mean cross-entropy, with a bias that is "
    r"not penalised or none, and $K_B \ge 2$ classes of $n_B$ samples each: all their weights, "
    r"and all their features, are the same at the minimum just where $n_B \le N^2\lambda_W"
    r"\lambda_H$, whatever the sizes of the other classes are.",
    proof_words="Both penalties together cost s times the sum of the singular values of the "
    "scores, each column taken times the root of its class's count, so that the problem is convex "
    "in the scores. For the squared error a diagonal matrix certifies the minimum, class by class. "
    "For the cross-entropy, the minimum is the same for all exchanges of small classes, so that it "
    "multiplies the differences between them by one number. Where that number is zero all small "
    "classes get the same probabilities, so that the slope of the data term in it does not depend "
    "on anything else; and the sum of singular values has a kink there, of a known size. The data "
    "term tells scores apart that differ by more than what all classes share, and penalties leave "
    "nothing shared, so that there is one minimum only.",
    assumptions=ASSUMPTIONS,
    references=(
        (
            "C. Fang, H. He, Q. Long and W. J. Su, Exploring deep neural networks via "
            "layer-peeled model: minority collapse in imbalanced training, PNAS 2021 (the "
            "phenomenon, with constraints in place of penalties)"
        ),
        (
            "H. Dang, T. Tran, S. Osher, H. Tran-The, N. Ho and T. Nguyen, Neural collapse in "
            "deep linear networks: from balanced to imbalanced data, ICML 2023 (the squared error)"
        ),
        (
            "W. Hong and S. Ling, Neural collapse for unconstrained feature model under "
            "cross-entropy loss with imbalanced data, arXiv:2309.09725 (two groups of classes; "
            "the threshold here was derived on our own, and not compared with theirs)"
        ),
    ),
    proof=proof,
    picture=picture,
    uses=("neural-collapse",),
)
