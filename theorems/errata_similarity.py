"""Errata on how representations are compared, and on what they promise: CKA, tasks, projections."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise, permutations, product
from typing import Any

import numpy as np

from .erratum import Erratum, Measured, Refutation, many_digits
from .picture import Picture
from .saunshi import TEN, Classes, collision, promised, supervised, unsupervised

__all__ = ["ARORA", "SIMILARITY"]

KORNBLITH = (
    "S. Kornblith, M. Norouzi, H. Lee and G. Hinton, Similarity of neural network representations "
    "revisited, ICML 2019"
)
SONG = (
    "L. Song, A. Smola, A. Gretton, J. Bedo and K. Borgwardt, Feature selection via dependence "
    "maximization, JMLR 2012"
)
ARORA = (
    "S. Arora, H. Khandeparkar, M. Khodak, O. Plevrakis and N. Saunshi, A theoretical analysis of "
    "contrastive unsupervised representation learning, ICML 2019"
)

Rows = Sequence[Sequence[Fraction | int]]
Square = list[list[Fraction]]


# -- CKA ------------------------------------------------------------------------------------------


def gram(rows: Rows) -> Square:
    return [[sum((Fraction(a) * b for a, b in zip(u, v, strict=True)), Fraction(0)) for v in rows]
            for u in rows]  # fmt: skip


def centred(K: Square) -> Square:
    """HKH: the means of rows and columns taken out."""
    n = len(K)
    means = [sum(row, Fraction(0)) / n for row in K]
    total = sum(means, Fraction(0)) / n
    return [[K[i][j] - means[i] - means[j] + total for j in range(n)] for i in range(n)]


def unbiased(K: Square) -> Square:
    """The same so that the mean over samples is right: the diagonal is left out, and is zero."""
    n = len(K)
    sums = [sum(row, Fraction(0)) - row[i] for i, row in enumerate(K)]
    total = sum(sums, Fraction(0))
    return [[K[i][j] - (sums[i] + sums[j]) / (n - 2) + total / ((n - 1) * (n - 2)) if i != j
             else Fraction(0) for j in range(n)] for i in range(n)]  # fmt: skip


def inner(A: Square, B: Square, order: Sequence[int]) -> Fraction:
    """Of the first with the second, whose samples are in another order."""
    n = range(len(A))
    return sum((A[i][j] * B[order[i]][order[j]] for i in n for j in n), Fraction(0))


def cka_squared(x: Rows, y: Rows) -> Fraction:
    A, B = centred(gram(x)), centred(gram(y))
    same = range(len(A))
    return inner(A, B, same) ** 2 / (inner(A, A, same) * inner(B, B, same))


def plus_a_scalar() -> Refutation:
    x = [(0, 0), (5, 0), (0, 5), (5, 10)]
    turned = [(Fraction(3 * a - 4 * b, 5), Fraction(4 * a + 3 * b, 5)) for a, b in x]
    moved = [(a + 7, b + 7) for a, b in turned]
    doubled = [(2 * a, 2 * b) for a, b in turned]
    spread = [sum(map(sum, ([K[i][i] for i in range(4)] for K in [centred(gram(z))])))
              for z in (moved, doubled)]  # fmt: skip
    of_x, of_double = centred(gram(x)), centred(gram(doubled))
    apart = max(abs(of_double[i][j] - 4 * of_x[i][j]) for i, j in product(range(4), repeat=2))
    return Refutation(
        claimed=Measured("spread of $x$, turned and a scalar added, minus the spread of the map "
                         "of $x$ with CKA 1", spread[0] - spread[1]),
        corrected=Measured(r"minus $\lvert \mathrm{CKA}^2 - 1\rvert$, minus the distance of one "
                           "centred Gram matrix from four times the other",
                           -abs(cka_squared(x, doubled) - 1) - apart),
        numbers=(
            Measured(r"$\mathrm{CKA}^2$ of $x$ and of twice $x$, turned", cka_squared(x, doubled)),
            Measured(r"$\mathrm{CKA}^2$ of $x$ and of $x$, turned and 7 added",
                     cka_squared(x, moved)),
            Measured(r"$\mathrm{CKA}^2$ of $x$ and of $x$ with one feature doubled",
                     cka_squared(x, [(2 * a, b) for a, b in x])),
        ),
    )  # fmt: skip


PLUS_A_SCALAR = Erratum(
    id="cka-plus-a-scalar",
    said="CKA is 1 exactly where features are equal up to a rotation plus a scalar",
    claim="Linear CKA of $x$ and $y$ is 1 if and only if $y$ is an orthogonal transformation of "
    "$x$ plus a scalar.",
    believed="It is nearly the sentence that is meant: times a scalar.",
    corrected="It is 1 exactly where one centred Gram matrix is a positive multiple of the other: "
    "where features are equal up to a turn, one factor, and any vector added. Turns and vectors "
    "that are added alone leave the spread as it is; CKA does not see the factor either.",
    instance="Four samples in the plane, turned through the angle of a right triangle and "
    "doubled. All numbers are fractions, as the square of CKA is.",
    counterexample=plus_a_scalar,
    theorems=("cka",),
    references=(KORNBLITH,),
)

WIDE = [[(3 * i * i + 5 * j * i + j * j + 7 * j) % 11 - 5 for j in range(24)] for i in range(5)]
OTHER = [[(7 * i * i + 2 * j * i + 3 * j * j + i) % 13 - 6 for j in range(24)] for i in range(5)]


def mean_over_orders(width: int) -> tuple[Any, Fraction]:
    """Over all orders of the samples of the second representation: the mean of biased CKA, and of
    the unbiased index's numerator."""
    mp = many_digits()
    first, second = (gram([row[:width] for row in rows]) for rows in (WIDE, OTHER))
    orders, same = list(permutations(range(5))), range(5)
    A, B = centred(first), centred(second)
    total = sum((inner(A, B, order) for order in orders), Fraction(0)) / len(orders)
    lengths = mp.sqrt(mp.convert(inner(A, A, same) * inner(B, B, same)))
    U, V = unbiased(first), unbiased(second)
    honest = sum((inner(U, V, order) for order in orders), Fraction(0)) / len(orders)
    return mp.convert(total) / lengths, honest


def unrelated_features() -> Refutation:
    mp = many_digits()
    found = {width: mean_over_orders(width) for width in (2, 4, 8, 16, 24)}
    return Refutation(
        claimed=Measured("one half minus the mean of CKA, 24 features",
                         mp.mpf(1) / 2 - found[24][0]),
        corrected=Measured("minus the largest mean of the unbiased numerator, all widths",
                           -max(abs(honest) for _, honest in found.values())),
        numbers=(
            Measured("the formula for 50 samples of 500 independent Gaussian features, twice",
                     Fraction(500, 500 + 50)),
            Measured("orders of five samples", len(list(permutations(range(5))))),
            *(Measured(f"mean of CKA over all orders, {width} features", found[width][0])
              for width in (2, 8, 24)),
        ),
        picture=Picture(
            "CKA of five samples with the same in every other order",
            ("features", "mean over all orders"),
            {
                "biased CKA": tuple((float(w), float(x)) for w, (x, _) in found.items()),
                "numerator of the unbiased": tuple((float(w), float(y))
                                                   for w, (_, y) in found.items()),
            },
        ),
    )  # fmt: skip


UNRELATED_FEATURES = Erratum(
    id="cka-of-unrelated-features",
    said="A high CKA says that two networks have found similar features",
    claim="CKA is 0 for features that have nothing to do with each other and 1 for equal ones: a "
    "value above one half shows that representations are related.",
    believed="For many more samples than features it is so.",
    corrected="The usual estimate is biased. With as many features as samples all centred Gram "
    r"matrices look alike: of independent Gaussian features it is about $\sqrt{\frac{pq}{(p + n)"
    r"(q + n)}}$, which is 0.91 for 50 samples and 500 features. The unbiased estimate has the "
    "mean zero there. Compare with the value for shuffled samples before saying anything.",
    instance="Five samples; the second representation has them in each of the 120 orders, so that "
    "nothing can be related on average. Features are integers; means are exact.",
    counterexample=unrelated_features,
    theorems=("cka", "hsic"),
    references=(KORNBLITH, SONG),
)


# -- tasks ----------------------------------------------------------------------------------------


def more_negatives() -> Refutation:
    counts = range(1, 65)
    found = [collision(TEN, k) for k in counts]
    rises = [later - earlier for earlier, later in pairwise(found[:8])]
    return Refutation(
        claimed=Measured("chance with 1 negative minus chance with 4",
                         collision(TEN, 1) - collision(TEN, 4)),
        corrected=Measured("least rise from one negative to the next, up to 8", min(rises)),
        numbers=(
            Measured("chance that a negative has the anchor's class, 1 negative", found[0]),
            Measured("the same, 4 negatives", found[3]),
            Measured("64 negatives", many_digits().convert(found[63])),
        ),
        picture=Picture(
            "The chance that some negative has the class of its anchor, ten classes",
            ("negatives", "chance"),
            {"ten classes": tuple((float(k), float(p))
                                  for k, p in zip(counts, found, strict=True))},
        ),
    )  # fmt: skip


MORE_NEGATIVES = Erratum(
    id="more-negatives-fewer-collisions",
    said="The irreducible term of the downstream guarantee falls with more negatives",
    claim="In the bound of a classifier's loss by the contrastive loss there is a term for "
    "negatives of the anchor's own class; it decreases with the number of negatives.",
    believed="More negatives help in practice, and estimates become better with more samples.",
    corrected=r"It grows: the chance that some of $k$ negatives has the anchor's class is $1 - "
    r"\sum_c\rho_c(1 - \rho_c)^k$. The bound becomes weaker with more negatives, and at last says "
    "nothing, whatever they do in practice.",
    instance="Ten classes with even chances.",
    counterexample=more_negatives,
    theorems=("saunshi",),
    references=(ARORA,),
)


def classes_of(*rows: Sequence[tuple[int, int]]) -> Classes:
    """Two classes with even chances and these points."""
    return Classes(
        (Fraction(1, 2),) * 2,
        tuple(tuple((Fraction(a), Fraction(b)) for a, b in points) for points in rows),
    )


def views_of_a_class() -> Refutation:
    two = classes_of([(2, 0), (-2, 0)], [(0, 2), (0, -2)])
    others = (
        classes_of([(2, 0), (1, 1)], [(-2, 0), (-1, 0)]),
        classes_of([(1, 0), (0, 1)], [(-1, 0), (0, -1)]),
    )
    task = supervised(two)
    return Refutation(
        claimed=Measured("bound minus loss of the mean classifier, views of one sample",
                         promised(two, own=True) - task),
        corrected=Measured("least of the same, views drawn from the class on their own",
                           min(promised(model) - supervised(model) for model in (two, *others))),
        numbers=(
            Measured("contrastive loss, both views the sample itself", unsupervised(two, own=True)),
            Measured("bound by that loss", promised(two, own=True)),
            Measured("loss of the mean classifier: both means are zero", task),
            Measured("contrastive loss, views drawn from the class", unsupervised(two)),
        ),
    )  # fmt: skip


VIEWS_OF_A_CLASS = Erratum(
    id="contrastive-loss-bounds-the-error",
    said="A small contrastive loss on augmented views bounds the downstream error",
    claim="If the two views of a sample share its class, the contrastive loss bounds the rate of "
    "error of the mean classifier, for all classes at once.",
    believed="It is how the theorem is told. Two of its words are lost on the way.",
    corrected="The views must be independent given the class: two draws from the class, not two "
    "crops of one sample. And what is bounded is the average over pairs of classes of the loss "
    "itself, hinge or logistic to base two, at the mean classifier, not the error on all classes. "
    r"Then $L_{\text{task}} \le (L - \tau)/(1 - \tau)$ with the chance $\tau$ of a collision.",
    instance="Two classes of two samples at the corners of a square of radius 2, opposite corners "
    "in one class; hinge loss. All numbers are fractions.",
    counterexample=views_of_a_class,
    theorems=("saunshi",),
    references=(ARORA,),
)


# -- projections ----------------------------------------------------------------------------------


def fisher_ratio(variances: Sequence[int], half: int, kept: Sequence[int]) -> Fraction:
    """(difference of means)² over the variance within, on the kept axes; classes at ±half on the
    first."""
    return Fraction((2 * half) ** 2, variances[0]) if 0 in kept else Fraction(0)


def two_components() -> Refutation:
    within, half = (1, 1, 1, 1, 25), 1
    total = [v + (half**2 if axis == 0 else 0) for axis, v in enumerate(within)]
    by_variance = sorted(range(5), key=lambda axis: -total[axis])
    best = fisher_ratio(within, half, range(5))
    kept = {k: fisher_ratio(within, half, by_variance[:k]) for k in (1, 2)}
    mp = many_digits()
    return Refutation(
        claimed=Measured("minus the share of the classes' separation that two components keep",
                         -kept[2] / best),
        corrected=Measured("minus what two components lose of it, and minus what one keeps",
                           -(best - kept[2]) - kept[1]),
        numbers=(
            Measured("variance along the classes, within and between", total[0]),
            Measured("variance of the nuisance", total[4]),
            Measured("variance of every other axis", total[1]),
            Measured("best accuracy there is", mp.ncdf(mp.sqrt(mp.convert(best)) / 2)),
            Measured("best accuracy on two components",
                     mp.ncdf(mp.sqrt(mp.convert(kept[2])) / 2)),
            Measured("best accuracy on one", mp.ncdf(mp.sqrt(mp.convert(kept[1])) / 2)),
        ),
    )  # fmt: skip


TWO_COMPONENTS = Erratum(
    id="two-components-and-a-nuisance",
    said="A nuisance of high variance makes principal components lose the classes",
    claim="Where a nuisance has the greatest variance, the projection on two principal components "
    "shows the nuisance, and the classes are lost; a discriminant finds them.",
    believed="The first component is the nuisance indeed.",
    corrected="The second is what varies most after it, and classes that lie apart add their "
    "distance to the variance: with one nuisance, and all else of one variance, two components "
    "keep the classes, and are as good as the discriminant. To lose them there needs as many "
    "nuisances as components, or one component.",
    instance="Five axes of variance 1 within classes, but the last of variance 25; two classes at "
    "$\\pm 1$ on the first. Components are those of the population.",
    counterexample=two_components,
    theorems=("eckart-young", "fisher-discriminant"),
)


def memory() -> Refutation:
    features = np.broadcast_to(np.float32(0), (2 * 4096, 128)).nbytes  # counted, not allocated
    scores = np.broadcast_to(np.float32(0), (2 * 4096, 2 * 4096)).nbytes
    off = []
    for pairs, width in product((8, 32), (4, 16, 64)):
        z = np.ones((2 * pairs, width), np.float32)
        off.append(abs(Fraction((z @ z.T).nbytes, z.nbytes) - Fraction(2 * pairs, width)))
    one_kind = np.broadcast_to(np.float32(0), (4096, 4096)).nbytes
    return Refutation(
        claimed=Measured("scores over features, minus a hundred", Fraction(scores, features) - 100),
        corrected=Measured("minus the largest distance from $2N/d$, six batches", -max(off)),
        numbers=(
            Measured("MiB of features, $2N = 8192$ and $d = 128$", Fraction(features, 2**20)),
            Measured("MiB of their scores", Fraction(scores, 2**20)),
            Measured("their ratio", Fraction(scores, features)),
            Measured("the ratio for $N$ by $N$ scores, beside $N$ features",
                     Fraction(2 * one_kind, features)),
        ),
    )  # fmt: skip


MEMORY = Erratum(
    id="memory-of-the-scores",
    said="The matrix of scores dwarfs the features by two orders of magnitude",
    claim="At a batch of 4096 pairs and 128 dimensions the matrix of similarities takes a hundred "
    "times the memory of the projections.",
    believed="One grows with the square of the batch, the other does not.",
    corrected="The ratio is the number of views over the number of dimensions, $2N/d$: here 64 "
    "for the matrix of all views, and 32 for one of $N$ by $N$ beside $N$ projections. Activations "
    "of the network are larger than both.",
    instance="Numbers of four bytes, as NumPy counts them; smaller batches are multiplied out.",
    counterexample=memory,
)

SIMILARITY = (
    PLUS_A_SCALAR, UNRELATED_FEATURES, MORE_NEGATIVES, VIEWS_OF_A_CLASS, TWO_COMPONENTS, MEMORY,
)  # fmt: skip
