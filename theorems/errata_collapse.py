"""Errata on neural collapse: the penalties, losses and classes that it depends on."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import product
from typing import Any

from .erratum import Erratum, Measured, Refutation, many_digits
from .picture import Picture
from .unconstrained_features import Features, oracle

__all__ = ["COLLAPSE"]

PAPYAN = (
    "V. Papyan, X. Y. Han and D. L. Donoho, Prevalence of neural collapse during the terminal "
    "phase of deep learning training, PNAS, 2020"
)
ZHU = (
    "Z. Zhu, T. Ding, J. Zhou, X. Li, C. You, J. Sulam and Q. Qu, A geometric analysis of neural "
    "collapse with unconstrained features, NeurIPS 2021"
)
TIRER_BRUNA = (
    "T. Tirer and J. Bruna, Extended unconstrained features model for exploring deep neural "
    "collapse, ICML 2022"
)
DANG = (
    "H. Dang, T. Tran, S. Osher, H. Tran-The, N. Ho and T. Nguyen, Neural collapse in deep linear "
    "networks: from balanced to imbalanced data, ICML 2023"
)
HONG_LING = (
    "W. Hong and S. Ling, Neural collapse for unconstrained feature model under cross-entropy "
    "loss with imbalanced data, arXiv:2309.09725"
)


# -- the penalties --------------------------------------------------------------------------------


def of_size(a: Any, c: Fraction, classes: int) -> Any:
    """The least penalised cross-entropy with the scores a(I - J/K): the data term, and c times the
    sum of their singular values."""
    mp = many_digits()
    price = mp.convert(c * (classes - 1)) * a
    return mp.log1p((classes - 1) * mp.exp(-a)) + price


def any_penalty() -> Refutation:
    mp, classes = many_digits(), 4
    sizes = [mp.mpf(k) / 10 for k in range(41)]
    dear, cheap = Fraction(1, 4), Fraction(1, 8)
    learnt = mp.log(1 / mp.convert(cheap) - (classes - 1))
    best = of_size(learnt, cheap, classes)
    floors = {c: oracle(Features(classes, 1, classes - 1, float(c), float(c))).floor
              for c in (dear, cheap)}  # fmt: skip
    return Refutation(
        claimed=Measured("loss of features at zero minus that of the best simplex that is a tenth "
                         "or larger, $cK = 1$",
                         mp.log(classes) - min(of_size(a, dear, classes) for a in sizes[1:])),
        corrected=Measured("the same at $cK = \\frac12$, at the size of the theorem",
                           mp.log(classes) - best),
        numbers=(
            Measured("$\\log 4$, the loss of features at zero", mp.log(classes)),
            Measured("minimum by the theorem, $cK = 1$", floors[dear]),
            Measured("minimum by the theorem, $cK = \\frac12$", floors[cheap]),
            Measured("size of the scores there, $\\log 5$", learnt),
            Measured("least loss on a grid of sizes, $cK = \\frac12$",
                     min(of_size(a, cheap, classes) for a in sizes)),
        ),
        picture=Picture(
            "Penalised cross-entropy of four classes at the corners of a simplex",
            ("size of the scores, a", "loss"),
            {f"cK = {float(4 * c):g}": tuple((float(a), float(of_size(a, c, classes)))
                                            for a in sizes)
             for c in (Fraction(1, 16), cheap, dear, Fraction(3, 8))},
        ),
    )  # fmt: skip


ANY_PENALTY = Erratum(
    id="collapse-at-any-penalty",
    said="The cross-entropy, minimised to the end, puts class means on a simplex",
    claim="The corners of a simplex are the best features for the cross-entropy on balanced "
    "classes: that is why networks that are trained beyond zero error collapse to it.",
    believed="Networks do it, and there are theorems. These have penalties in them, or bounds.",
    corrected="The cross-entropy alone has no minimum: scores grow for ever. With penalties on "
    r"weights and on free features, $c = \sqrt{n\lambda_W\lambda_H}$, the minimum is a simplex of "
    r"size $\log(\frac1c - (K - 1))$ if $cK < 1$ and there is room, $d \ge K - 1$; if $cK \ge 1$ "
    "it is zero, and all classes are in one place. What the paper of 2020 shows of networks is an "
    "observation, not a theorem.",
    instance="Four classes, one sample each. Sizes up to 4 in steps of a tenth.",
    counterexample=any_penalty,
    theorems=("neural-collapse",),
    references=(PAPYAN, ZHU),
)


# -- the loss -------------------------------------------------------------------------------------


def squared_loss(
    diagonal: Fraction, other: Fraction, bias: Fraction, c: Fraction, classes: int
) -> Fraction:
    """Half the mean squared distance to the one-hot label of the scores with these entries, and a
    bias in each, with c times the singular values of the scores without it."""
    K = classes
    data = ((diagonal + bias - 1) ** 2 + (K - 1) * (other + bias) ** 2) / 2
    values = abs(diagonal - other) * (K - 1) + abs(diagonal + (K - 1) * other)
    return data + c * values


def squared_error() -> Refutation:
    K, c, none = 3, Fraction(1, 12), Fraction(0)
    size = 1 - c * K
    corner = (size * (1 - Fraction(1, K)), -size / K)
    orthogonal = squared_loss(size, none, none, c, K)
    simplex = squared_loss(*corner, none, c, K)
    grid = [Fraction(k, 12) for k in range(-8, 13)]
    frames = min(squared_loss(z, none, b, c, K) for z, b in product(grid, grid))
    freed = squared_loss(*corner, Fraction(1, K), c, K)
    every = min(squared_loss(z, w, none, c, K) for z, w in product(grid, grid))
    return Refutation(
        claimed=Measured("loss of an orthogonal frame minus loss of a simplex, no bias",
                         orthogonal - simplex),
        corrected=Measured("the lesser of: orthogonal frames with any bias minus a simplex with a "
                           "free one; all symmetric scores minus the orthogonal frame, no bias",
                           min(frames - freed, every - orthogonal)),
        numbers=(
            Measured("loss of the orthogonal frame, no bias", orthogonal),
            Measured("loss of the simplex, no bias", simplex),
            Measured("loss of the simplex with the bias $1/K$", freed),
            Measured("least loss of an orthogonal frame with a bias, on a grid", frames),
        ),
    )  # fmt: skip


SQUARED_ERROR = Erratum(
    id="squared-error-and-the-simplex",
    said="The squared error leads to the same simplex as the cross-entropy",
    claim="Whatever the loss, the optimum of a balanced classifier on free features is a simplex.",
    believed="Networks trained by squared error collapse too, and have a bias as a rule.",
    corrected=r"Without a bias the optimum for the squared distance to the one-hot label is an "
    r"orthogonal frame, $(1 - cK)I$ if $cK < 1$: class means are at right angles, with room for "
    r"$d \ge K$. With a free bias, which comes to $1/K$, the simplex is best. A penalty on the "
    "bias lies between the two.",
    instance=r"Three classes, $c = \frac1{12}$. All losses are fractions; the grid has steps of "
    "a twelfth, and on it all scores with one entry on the diagonal and one off it.",
    counterexample=squared_error,
    theorems=("neural-collapse",),
    references=(TIRER_BRUNA,),
)


# -- the classes ----------------------------------------------------------------------------------


def lengths_loss(sizes: Sequence[Fraction], roots: Sequence[int], s: Fraction) -> Fraction:
    """Squared error of one score for each class, which has a square number of samples, with s
    times the singular values of all scores."""
    total = sum(root**2 for root in roots)
    data = sum((root**2 * (1 - z) ** 2 for z, root in zip(sizes, roots, strict=True)), Fraction(0))
    return data / (2 * total) + s * sum(root * abs(z) for z, root in zip(sizes, roots, strict=True))


def kept_score(root: int, total: int, s: Fraction) -> Fraction:
    return max(Fraction(0), 1 - total * s / root)


def imbalance() -> Refutation:
    roots, s = (4, 1), Fraction(1, 17)
    best = [kept_score(root, 17, s) for root in roots]
    grid = [Fraction(k, 16) for k in range(17)]
    others = min(lengths_loss(pair, roots, s) for pair in product(grid, repeat=2))
    return Refutation(
        claimed=Measured("score of the class of one sample minus that of the class of sixteen",
                         best[1] - best[0]),
        corrected=Measured("least loss of all pairs of scores on a grid, minus that of these",
                           others - lengths_loss(best, roots, s)),
        numbers=(
            Measured("score of the class of sixteen samples", best[0]),
            Measured("score of the class of one", best[1]),
            Measured("$N^2\\lambda_W\\lambda_H$, up to which a class vanishes", (17 * s) ** 2),
        ),
        picture=Picture(
            "What a class keeps of its score, by its number of samples; 400 in all",
            ("samples of the class", "score"),
            {f"N²λλ = {float((400 * s) ** 2):g}":
             tuple((float(root**2), float(kept_score(root, 400, s))) for root in range(1, 13))
             for s in (Fraction(1, 200), Fraction(1, 100))},
        ),
    )  # fmt: skip


IMBALANCE = Erratum(
    id="imbalanced-classes-collapse-alike",
    said="Classes collapse to a symmetric frame however many samples each has",
    claim="Neural collapse makes all classes equal: each has its corner, as far from the centre "
    "and from the others as every other.",
    believed="Theorems and pictures are of balanced data sets.",
    corrected="It needs balance. For the squared error without a bias a class of $n_k$ samples "
    r"keeps the score $1 - N\sqrt{\lambda_W\lambda_H/n_k}$, and none if $n_k \le N^2\lambda_W"
    r"\lambda_H$. For the cross-entropy small classes come to lie in one place below a threshold "
    "of this kind.",
    instance=r"Sixteen samples of one class and one of another, $\sqrt{\lambda_W\lambda_H} = "
    r"\frac1{17}$: the small class is just lost. All numbers are fractions.",
    counterexample=imbalance,
    theorems=("neural-collapse", "minority-collapse"),
    references=(DANG, HONG_LING),
)

Matrix = list[list[Fraction]]


def product_of(A: Matrix, B: Matrix) -> Fraction:
    return sum((a * b for u, v in zip(A, B, strict=True) for a, b in zip(u, v, strict=True)),
               Fraction(0))  # fmt: skip


def scores(weights: Matrix, features: Matrix, bias: Sequence[Fraction]) -> Matrix:
    return [[sum((w * h for w, h in zip(row, feature, strict=True)), bias[k])
             for k, row in enumerate(weights)] for feature in features]  # fmt: skip


def duality() -> Refutation:
    K, moved = 3, [Fraction(2), Fraction(-1), Fraction(5)]
    corners = [[Fraction(i == j) - Fraction(1, K) for j in range(K)] for i in range(K)]
    away = [[x + v for x, v in zip(row, moved, strict=True)] for row in corners]
    bias = [-sum((w * v for w, v in zip(row, moved, strict=True)), Fraction(0)) for row in corners]
    middle = [sum(column) / K for column in zip(*away, strict=True)]
    centred = [[x - m for x, m in zip(row, middle, strict=True)] for row in away]

    def cosine_squared(means: Matrix) -> Fraction:
        squares = product_of(means, means) * product_of(corners, corners)
        return product_of(means, corners) ** 2 / squares

    here, there = scores(corners, corners, [Fraction(0)] * K), scores(corners, away, bias)
    off = max(abs(a - b) for u, v in zip(here, there, strict=True)
              for a, b in zip(u, v, strict=True))  # fmt: skip
    return Refutation(
        claimed=Measured("squared cosine of weights and class means, minus 1",
                         cosine_squared(away) - 1),
        corrected=Measured("squared cosine of weights and centred class means, minus 1",
                           cosine_squared(centred) - 1),
        numbers=(
            Measured("largest change of a score by moving all features and the bias", off),
            Measured("squared cosine of weights and class means, moved", cosine_squared(away)),
            Measured("the same before", cosine_squared(corners)),
        ),
    )  # fmt: skip


DUALITY = Erratum(
    id="weights-are-class-means",
    said="At collapse the weights of the classifier are multiples of the class means",
    claim="Self-duality: each row of the last layer is proportional to the mean feature of its "
    "class.",
    believed="Formulas drop the subtraction of the mean of all classes.",
    corrected="They are proportional to centred class means. A vector added to all features, and "
    "taken out by the bias, changes no score and all class means. Behind a rectifier features "
    "are not negative, and their mean is not zero.",
    instance="Three classes at the corners of a simplex, and all features moved by $(2, -1, 5)$.",
    counterexample=duality,
    theorems=("neural-collapse",),
    references=(PAPYAN,),
)

COLLAPSE = (ANY_PENALTY, SQUARED_ERROR, IMBALANCE, DUALITY)
