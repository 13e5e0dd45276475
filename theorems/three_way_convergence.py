r"""Three ways to one simplex: posteriors, free features and contrastive directions.

## Statement

For K classes with even chances and $C = I - J/K$: the posterior's class means have a centred Gram
matrix within $2h + h^2$ of C, $h^2 = 2\sum_k\delta_k^2$, where $1 - \delta_k$ is how sure the
posterior is of class k on average; neural collapse's class means have a multiple of C; and InfoNCE
with views that are independent given the class is at least
$\mathbb{E}\log(1 + B + (n-1-B)e^{-K/((K-1)\tau)})$, $B \sim \mathrm{Bin}(n-1, 1/K)$, with equality
exactly where each class is one direction and their Gram matrix is $\frac K{K-1}C$.

The proof is in `three_way_convergence_proof`.
"""

from __future__ import annotations

from math import comb, cosh, exp, log, sqrt

import numpy as np

from .picture import Picture
from .theorem import Assumption, Theorem
from .three_way_convergence_proof import proof

__all__ = ["THREE_WAY_CONVERGENCE", "floor", "mean_posteriors"]


def floor(classes: int, keys: int, temperature: float) -> float:
    """The least loss in nats of InfoNCE with so many keys, one of them the positive, over encoders
    to the unit sphere, where views are independent given one of so many classes."""
    K, n = classes, keys - 1
    far = exp(-K / ((K - 1) * temperature))
    chances: list[float] = [comb(n, b) * (K - 1) ** (n - b) / K**n for b in range(n + 1)]
    return sum((p * log(1 + b + (n - b) * far) for b, p in enumerate(chances)), 0.0)


def mean_posteriors(table: np.ndarray) -> np.ndarray:
    """M [K, K]: the mean posterior of each class, of a model with laws [K, points] and even
    chances."""
    seen = table.sum(axis=0) > 0
    some = table[:, seen]
    return np.asarray(some @ (some / some.sum(axis=0)).T)


def centred_gram(rows: np.ndarray) -> np.ndarray:
    """Of one row per class, once their mean is taken out."""
    away = rows - rows.mean(axis=0)
    return np.asarray(away @ away.T)


def from_corners(gram: np.ndarray) -> float:
    """Minus the distance of a Gram matrix from the corners' one, both of length one."""
    corners = centred_gram(np.eye(len(gram)))
    return -float(np.linalg.norm(gram / np.linalg.norm(gram) - corners / np.linalg.norm(corners)))


# -- the picture ----------------------------------------------------------------------------------


def line_of_classes(separation: float) -> np.ndarray:
    """Three normal laws of variance one on a line, at 0, one and three separations, on a grid."""
    means = separation * np.array([0.0, 1.0, 3.0])
    points = np.linspace(-8.0, means[-1] + 8.0, 1201)
    logs = -((points - means[:, None]) ** 2) / 2
    laws = np.exp(logs)
    return np.asarray(laws / laws.sum(axis=1, keepdims=True))


def picture() -> Picture:
    separations = np.linspace(0.5, 8.0, 31)
    found = []
    for separation in separations:
        gram = centred_gram(mean_posteriors(line_of_classes(separation)))
        lengths = np.sqrt(np.diag(gram))
        found.append(gram / np.outer(lengths, lengths))
    pairs = {"classes 1 and 2": (0, 1), "classes 1 and 3": (0, 2), "classes 2 and 3": (1, 2)}
    series = {
        name: tuple((float(s), float(g[at])) for s, g in zip(separations, found, strict=True))
        for name, at in pairs.items()
    }
    corners = tuple((float(s), -0.5) for s in separations)
    return Picture(
        "Cosines of centred mean posteriors, three classes on a line at 0, 1 and 3 separations",
        ("separation, in standard deviations", "cosine"),
        {**series, "the corners of a simplex": corners},
    )


# -- assumptions ----------------------------------------------------------------------------------


def with_classes_that_overlap() -> float:
    """Two of three classes share half of their points."""
    table = np.array([[0.5, 0.5, 0, 0], [0, 0.5, 0.5, 0], [0, 0, 0, 1.0]])
    return from_corners(centred_gram(mean_posteriors(table)))


def with_class_means_of_the_data() -> float:
    """Three classes at (0, 0), (1, 0) and (0, 3), as narrow as one likes."""
    return from_corners(centred_gram(np.array([[0.0, 0], [1, 0], [0, 3]])))


def without_balance() -> float:
    """Sixteen samples each of two classes and one of a third, squared error without a bias: scores
    of 1 - 33s over the root of each number, which is nothing for the third at s = 1/33."""
    numbers = np.array([16.0, 16, 1])
    kept = np.maximum(0, 1 - 1 / np.sqrt(numbers))
    return from_corners(centred_gram(np.diag(np.sqrt(kept / np.sqrt(numbers)))))


def without_mixing() -> float:
    """Four samples of two classes, each its own view, many keys, temperature one: a square on the
    circle has a lower loss than the two corners."""
    return log((1 + cosh(1)) / 2) - log(cosh(1))


def without_room() -> float:
    """Four classes in the plane: the best cosine of a Gram matrix of rank two with the corners'."""
    return sqrt(2 / 3) - 1


def without_unit_length() -> float:
    """Two classes, opposite each other, twice as long: two keys, temperature one."""
    return (log(2) + log1p_exp(-8.0)) / 2 - floor(2, 2, 1.0)


def log1p_exp(gap: float) -> float:
    return log(1 + exp(gap))


ASSUMPTIONS = (
    Assumption(
        words="for the posterior: classes are separable, $p(y \\mid x)$ is 0 or 1",
        fails="one Gram matrix: classes that overlap have posteriors that lean to each other",
        without=with_classes_that_overlap,
    ),
    Assumption(
        words="what is compared is the posterior, or learnt features, not the data's class means",
        fails="one Gram matrix: class means lie wherever the data put them",
        without=with_class_means_of_the_data,
    ),
    Assumption(
        words="classes are balanced",
        fails="one Gram matrix: a class of few samples is lost, and has no corner",
        without=without_balance,
    ),
    Assumption(
        words="views are independent given the class",
        fails="floor of the mixed loss: where augmentations merely stay within classes, the loss "
        "does not know the classes, and others than the corners are better",
        without=without_mixing,
    ),
    Assumption(
        words="$K \\le d + 1$",
        fails="one Gram matrix: it has the rank $K - 1$",
        without=without_room,
    ),
    Assumption(
        words="contrastive features have unit length",
        fails="floor of the mixed loss: longer ones pass it",
        without=without_unit_length,
    ),
    Assumption(
        words="for the corners as the only minimum: some negative is of another class",
        unknown="with one key, the positive, every encoder has the loss zero: there is nothing to "
        "tell apart",
    ),
)

THREE_WAY_CONVERGENCE = Theorem(
    id="three-way-convergence",
    title="Three ways to one simplex: posteriors, neural collapse, contrastive learning",
    intuition="Statistics keeps the posterior, since it is all that a decision needs. Supervised "
    "training with free features puts classes where scores are cheapest. Contrastive training puts "
    "views of one class together, and the rest as far off as it can. Where classes are told apart "
    "perfectly all three have nothing left to say but which class it is, no class is special, and "
    "up to scale there is one way to draw that: the corners of a simplex. Each way has its own "
    "conditions, and where they fail the pictures differ.",
    statement=r"Let $K$ classes have even chances, $C = I - J/K$. (1) Let $m_k$ be the mean of the "
    r"posterior $p(\cdot \mid x)$ over class $k$ and $\delta_k = 1 - m_{kk}$. The posterior is "
    r"minimal sufficient for the class, and its class means have a centred Gram matrix with "
    r"$\lVert CMM^\top C - C\rVert_F \le 2h + h^2$, $h^2 = 2\sum_k\delta_k^2$; for separable "
    r"classes it is one-hot, and the Gram matrix is $C$. (2) For balanced classes on unconstrained "
    r"features, $d \ge K - 1$, and penalties that are low enough for anything to be learnt, the "
    r"class means at the minimum of the penalised cross-entropy have a multiple of $C$. (3) If "
    r"a query and its positive are drawn from one class independently of each other, and $n - 1 "
    r"\ge 1$ negatives from all, the InfoNCE loss of a map to the unit sphere is at least "
    r"$\mathbb{E}\log\bigl(1 + B + (n - 1 - B)e^{-K/((K-1)\tau)}"
    r"\bigr)$, $B \sim \mathrm{Bin}(n - 1, \tfrac1K)$, with equality exactly where every class is "
    r"one point and the Gram matrix of these is $\tfrac K{K-1}C$, which needs $K \le d + 1$; the "
    r"supervised contrastive loss is least there too. So under these conditions the three have "
    r"one centred Gram matrix, up to scale.",
    proof_words="The posterior's means differ from the corners by what they give to other classes; "
    "expand the Gram matrix in that. Neural collapse gives scores and duality, hence the class "
    "means. For the mixed loss, class means may replace keys and then queries, by convexity; the "
    "mean gap between classes is at least that of the corners, since the sum of all class means "
    "has a length; and given how many negatives are of the query's class the loss is convex and "
    "grows with the gaps.",
    assumptions=ASSUMPTIONS,
    references=(
        (
            "V. Papyan, X. Y. Han and D. L. Donoho, Prevalence of neural collapse during the "
            "terminal phase of deep learning training, PNAS, 2020"
        ),
        (
            "F. Graf, C. Hofer, M. Niethammer and R. Kwitt, Dissecting supervised contrastive "
            "learning, ICML 2021"
        ),
        (
            "the floor of InfoNCE under mixed views, and the distance of the posterior's Gram "
            "matrix, were derived here; no literature was searched for them"
        ),
    ),
    proof=proof,
    picture=picture,
    uses=("neural-collapse", "supervised-contrastive", "bayes-risk", "epsilon-sufficiency"),
    errata=(
        (
            "The three do not meet in general. Class means of a Gaussian mixture are where they "
            "are, and augmentations that stay within a class need not mix it."
        ),
    ),
)
