r"""Neural collapse: the best classifier on unconstrained features is a simplex.

The definitions and the oracle are in `unconstrained_features`, the claims and the problems in
`unconstrained_features_claims`, the proof in `neural_collapse_proof`.
"""

from __future__ import annotations

import math

import numpy as np

from .collapse_metrics import COLLAPSE_METRICS
from .neural_collapse_proof import proof
from .simplex_etf import SIMPLEX_ETF
from .theorem import Assumption, Theorem
from .unconstrained_features import Features, Learnt, best, oracle, shortfalls
from .unconstrained_features_claims import UNCONSTRAINED_FEATURES, reached

__all__ = ["NEURAL_COLLAPSE"]

# -- assumptions ----------------------------------------------------------------------------------


def without_room() -> float:
    """Three classes on a line, half squared error and a bias: one of two directions is learnt."""
    line = Features(3, 1, 2, 0.125, 0.125)
    optimum = oracle(line, "squared")
    fit = best(line, optimum)
    missed = fit._replace(weights=fit.weights[:, :1], features=fit.features[:, :1])
    return reached(line, optimum, missed)


def without_balance() -> float:
    """Three samples of one class and one of another: each has a threshold of its own, so that
    half squared error is least at $z_k = 1 - N\\sqrt{\\lambda_W\\lambda_H/n_k}$."""
    problem = Features(2, 2, 2, 0.24, 0.24)
    labels = (0, 0, 0, 1)
    kept = np.sqrt(1 - 4 * 0.24 / np.sqrt([3.0, 1.0]))
    means = np.diag(kept / np.array([3.0, 1.0]) ** 0.25)
    weights = np.diag(kept * np.array([3.0, 1.0]) ** 0.25)
    fit = Learnt(weights, means[list(labels)], labels, None, 0.0, True)
    return -shortfalls(problem, oracle(problem, "squared", "none"), fit).scores


def with_rectified_features() -> float:
    r"""Two classes whose features are not negative: they lie on two axes, at $a = \log(1/\sqrt2c -
    1)$, and their mean is not zero."""
    problem = Features(2, 1, 2, 0.125, 0.125)
    a = math.log(1 / (math.sqrt(2) * 0.125) - 1)
    length = math.sqrt(a / math.sqrt(2))  # of a feature, so that both penalties are alike
    centring = np.eye(2) - 0.5
    fit = Learnt(a / length * centring, length * np.eye(2), (0, 1), None, 0.0, True)
    return -shortfalls(problem, oracle(problem), fit).mean


def with_smoothed_labels() -> float:
    """Labels smoothed by 0.3: every wrong class keeps a tenth more, and scores are far smaller."""
    problem = Features(3, 1, 2, 0.015625, 0.015625)
    optimum = oracle(problem)
    wrong = optimum.c + 0.1
    smaller = math.log((1 - 2 * wrong) / wrong) / math.log(1 / optimum.c - 2)
    fit = best(problem, optimum)
    root = math.sqrt(smaller)
    fit = fit._replace(weights=root * fit.weights, features=root * fit.features)
    return -shortfalls(problem, optimum, fit).scores


def with_a_penalised_bias() -> float:
    """Half the squared error, and a bias that costs so much that none is left: a frame of right
    angles is best."""
    problem = Features(3, 1, 3, 0.25, 0.25)
    frame = best(problem, oracle(problem, "squared", "none"))
    return -shortfalls(problem, oracle(problem, "squared"), frame).scores


ASSUMPTIONS = (
    Assumption(
        words=r"$d \ge K-1$ (and $d \ge K$ for half the squared error without a bias): a simplex "
        "of K corners has room",
        fails="reaches the floor: on a line three classes keep one of two directions",
        without=without_room,
    ),
    Assumption(
        words="every class has as many samples",
        fails="simplex of scores: a class of fewer samples is worth less, and collapses sooner",
        without=without_balance,
    ),
    Assumption(
        words="features are free, of either sign",
        fails="centred means: behind a rectifier no feature is negative, nor is their mean zero",
        without=with_rectified_features,
    ),
    Assumption(
        words="the loss is the cross-entropy with the one-hot label, or half the squared distance",
        fails="simplex of scores: with smoothed labels it is a simplex of another size",
        without=with_smoothed_labels,
    ),
    Assumption(
        words="the bias is not penalised, or there is none",
        fails="simplex of scores: for half the squared error a penalty on the bias opens the "
        "simplex to a frame of right angles",
        without=with_a_penalised_bias,
    ),
    Assumption(
        words=r"$\lambda_W, \lambda_H > 0$",
        unknown="without either penalty the cross-entropy has no minimum to compare with: its "
        "scores grow for ever",
    ),
)

# -- the theorem ----------------------------------------------------------------------------------

NEURAL_COLLAPSE = Theorem(
    id="neural-collapse",
    title="Neural collapse: the best features of a classifier are the corners of a simplex",
    intuition="Let a linear classifier choose its inputs as well as its weights, and let both have "
    "a price. Then no sample has a reason to differ from the others of its class, no class has a "
    "reason to be nearer to one class than to another, and weights have no reason to point "
    "elsewhere than the features that they are for. How far apart the corners are is what the last "
    "unit of score is worth, and if the price is too high nothing is learnt at all.",
    statement=r"Let $K$ classes have $n$ samples each, $N = nK$, $d \ge K-1$, $\lambda_W, "
    r"\lambda_H > 0$ and $c = \sqrt{n\lambda_W\lambda_H}$. The minimum over $W$, $H$ and $b$ of "
    r"the mean cross-entropy of the scores $Wh_i+b$, plus $\tfrac{\lambda_W}2\lVert W\rVert^2+"
    r"\tfrac{\lambda_H}2\sum\lVert h_i\rVert^2$, is $-\log(1-c(K-1))+c(K-1)a$, $a = \log(\tfrac1c"
    r"-(K-1))$, if $cK < 1$; it is reached where $h_i = \mu_{y_i}$ (NC1), the scores are $a(I-J/K)$"
    r" up to a shift (NC2) and $W = \sqrt{n\lambda_H/\lambda_W}\,M$ (NC3); so $WW^\top$ and "
    r"$MM^\top$ are multiples of $I-J/K$. If $cK \ge 1$ it is $\log K$, at $W = H = 0$. For half "
    r"the mean squared distance to the one-hot label and $cK < 1$ it is $r(c-\tfrac K2c^2)$, at "
    r"scores $(1-cK)(I-J/K)+J/K$, $r = K-1$, with a bias; without one it is an orthogonal frame, "
    r"at $(1-cK)I$, $r = K$ ($d \ge K$). What any other point loses is a sum of five terms, none "
    r"negative: within classes, duality, mean, means beyond the threshold, and scores. Among K "
    r"unit vectors some pair has a cosine of $-1/(K-1)$ or more, and if none has more, they are "
    r"the corners of a simplex, whose sum is zero. Where scores are $a(I-J/K)$, the right class is "
    r"ahead of any other by $a$, and means are $\sqrt{2a}\,(\lambda_W/n\lambda_H)^{1/4}$ apart, "
    r"the boundary halfway. With budgets $\tfrac1K\sum\lVert w_k\rVert^2 \le E_W$ and $\tfrac1N\sum"
    r"\lVert h_i\rVert^2 \le E_H$ in place of penalties (the layer-peeled model) the cross-entropy "
    r"is at least $\log(1+(K-1)e^{-a})$, $a = \tfrac K{K-1}\sqrt{E_WE_H}$, at a simplex.",
    proof_words="Write what both penalties cost as a product of the scores with a fixed matrix, "
    "plus squares that vanish where features are class means, means are centred and weights are "
    "in proportion to them. What remains is the data term plus something linear in the scores: "
    "convex, and least where its gradient vanishes, at the corners of a simplex; what it exceeds "
    "its minimum by is a divergence. No choice of coordinates, and no symmetry, is asked for. "
    "With budgets, bound the loss by the mean lead of the right class, as it is convex, and the "
    "lead by Cauchy and Schwarz.",
    assumptions=ASSUMPTIONS,
    references=(
        (
            "Z. Zhu, T. Ding, J. Zhou, X. Li, C. You, J. Sulam and Q. Qu, A geometric analysis of "
            "neural collapse with unconstrained features, NeurIPS 2021"
        ),
        (
            "T. Tirer and J. Bruna, Extended unconstrained features model for exploring deep "
            "neural collapse, ICML 2022"
        ),
        (
            "D. G. Mixon, H. Parshall and J. Pi, Neural collapse with unconstrained features, "
            "arXiv:2011.11619"
        ),
        (
            "C. Fang, H. He, Q. Long and W. J. Su, Exploring deep neural networks via "
            "layer-peeled model: minority collapse in imbalanced training, PNAS 2021 (budgets)"
        ),
        (
            "the exact sum of what is fallen short of was derived here; no literature was searched "
            "for this form"
        ),
    ),
    proof=proof,
    families=(UNCONSTRAINED_FEATURES, SIMPLEX_ETF, COLLAPSE_METRICS),
    errata=(
        (
            "Collapse is not what the cross-entropy alone asks for: it is what the cross-entropy "
            "and the penalties ask for together, of features that are free. A network with weight "
            "decay on all its layers shows the trend, and these formulas say nothing of its sizes."
        ),
        (
            "NC1 to NC4 are no fixed numbers: published code divides NC1 by K or does not, centres "
            "by the mean of samples or of classes, measures NC2 by angles, lengths or a Gram "
            "matrix, of means or of weights, and NC3 by a distance, its square or a product. All "
            "vanish at a simplex; elsewhere one is not to be compared with another. They are kept "
            "by rotations, shifts and one scale of features, and by no other map."
        ),
        (
            "Weights are in proportion to centred means: features that share a mean, as behind a "
            "rectifier they do, are not in proportion to anything."
        ),
    ),
)
