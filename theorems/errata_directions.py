"""Errata on the directions that contrastive losses learn: limits, collapse, classes."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import combinations, product
from math import log as natural
from typing import Any

import numpy as np

from . import contrastive_limit, infonce_loss
from .erratum import Erratum, Measured, Refutation, many_digits
from .picture import Picture
from .siamese_dynamics import Siamese, trajectory

__all__ = ["DIRECTIONS", "WANG_ISOLA"]

WANG_ISOLA = (
    "T. Wang and P. Isola, Understanding contrastive representation learning through alignment "
    "and uniformity on the hypersphere, ICML 2020"
)
TIAN = (
    "Y. Tian, X. Chen and S. Ganguli, Understanding self-supervised learning dynamics without "
    "contrastive pairs, ICML 2021"
)
HAOCHEN = (
    "J. Z. HaoChen, C. Wei, A. Gaidon and T. Ma, Provable guarantees for self-supervised deep "
    "learning with spectral contrastive loss, NeurIPS 2021"
)


# -- alignment and uniformity ---------------------------------------------------------------------


def first_terms(count: int) -> Fraction:
    """E c(x) over the first values of x: x = n has the chance 2^-n, and the critic 2^n there."""
    return sum((Fraction(1, 2**n) * 2**n for n in range(1, count + 1)), Fraction(0))


def any_critic() -> Refutation:
    together = first_terms(20) - first_terms(20)
    apart = first_terms(20) - first_terms(23)
    joint = np.array([[3.0, 1, 0], [1, 2, 1], [0, 1, 3]]) / 12
    critic = np.array([[1.0, 0, -1], [0, 0.5, 0], [-1, 0, 2]])
    keys = 1000
    own = np.repeat(2.0 ** np.arange(1, 4), 3).reshape(3, 3)  # of the anchor only
    alone = infonce_loss.loss(joint, own, keys) - natural(keys)
    away = infonce_loss.loss(joint, critic, keys) - natural(keys)
    away -= contrastive_limit.limit(joint, critic)
    return Refutation(
        claimed=Measured("minus the nats by which the sum varies with the way to the limit",
                         -abs(apart - together)),
        corrected=Measured(r"$2\lvert c_1\rvert/K$ minus the distance from the limit, a bounded "
                           "critic, $K = 1000$",
                           2 * abs(contrastive_limit.first_order(joint, critic)) / keys
                           - abs(away)),
        numbers=(
            Measured(r"$L_K - \log K$ of a critic that sees the anchor only, $K = 1000$", alone),
            Measured("alignment and uniformity, cut off at the same twenty terms", together),
            Measured("the same, alignment cut off three terms later", apart),
            Measured("distance from the limit of a bounded critic, $K = 1000$", away),
        ),
    )  # fmt: skip


ANY_CRITIC = Erratum(
    id="limit-for-any-critic",
    said="For any critic the loss tends to alignment plus uniformity",
    claim=r"For every critic, $L_K - \log K \to -\mathbb{E}\,s(x, y) + \mathbb{E}_x\log"
    r"\mathbb{E}_y e^{s(x, y)}$ as the number of keys $K$ grows.",
    believed="It is the law of large numbers, and cosines over a temperature are bounded.",
    corrected=r"For every critic with $\mathbb{E}\lvert s\rvert < \infty$, over pairs and over "
    r"independent ones; the limit may then be $\infty$. Without that both terms can be infinite "
    "while the loss is not, and their sum is nothing.",
    instance="$x = n$ with chance $2^{-n}$, and the critic is $2^n$, whatever the key. Then the "
    r"loss is $\log K$ for every $K$. Alignment and uniformity diverge, with opposite signs.",
    counterexample=any_critic,
    theorems=("wang-isola",),
    references=(WANG_ISOLA,),
)


def above_uniform(atoms: int, dimensions: int) -> Any:
    """How far the limit's second term, at temperature one half, is above its least, for as many
    directions at equal steps of a circle in a space of so many dimensions."""
    mp = many_digits()
    angles = [2 * mp.pi * k / atoms for k in range(atoms)]
    mean = mp.fsum(mp.exp(2 * mp.cos(angle)) for angle in angles) / atoms
    return mp.log(mean) - mp.log(mp.hyp0f1(mp.mpf(dimensions) / 2, 1))


def many_dimensions() -> Refutation:
    dimensions, atoms = [2**k for k in range(1, 11)], [2, 4, 8, 16, 32, 64]
    two = {d: above_uniform(2, d) for d in dimensions}
    circle = {n: above_uniform(n, 2) for n in atoms}
    return Refutation(
        claimed=Measured("minus what two directions miss in 1024 dimensions", -two[1024]),
        corrected=Measured("that, minus what 64 directions miss in two dimensions",
                           two[1024] - circle[64]),
        numbers=(
            Measured("missed by two directions in 2 dimensions", two[2]),
            Measured("missed by two directions in 32 dimensions", two[32]),
            Measured("missed by 4 directions on a circle", circle[4]),
            Measured("missed by 16 directions on a circle", circle[16]),
        ),
        picture=Picture(
            "What perfect alignment leaves of the distance to uniformity",
            ("dimensions, or contents", "nats above the least"),
            {
                "two contents, in so many dimensions": tuple(
                    (float(d), float(x)) for d, x in two.items() if d <= 16),
                "so many contents, on a circle": tuple(
                    (float(n), float(above_uniform(n, 2))) for n in range(2, 17)),
            },
        ),
    )  # fmt: skip


MANY_DIMENSIONS = Erratum(
    id="uniform-in-enough-dimensions",
    said="Perfect alignment and uniformity meet if the sphere has enough dimensions",
    claim="An encoder that is invariant to all augmentations can have uniform features as well, "
    "on a sphere of sufficiently high dimension.",
    believed="There is more room in more dimensions, and corners of a simplex need it.",
    corrected="Features that are aligned take one direction for each content that augmentations "
    "leave alone. They can be uniform if contents have no atoms, and can be mapped to the uniform "
    "law; then the circle is enough. Finitely many contents are never uniform, and once there is "
    "room for their simplex, less so the more dimensions there are.",
    instance="Contents with even chances, temperature one half. Two contents lie best opposite "
    "each other, in every dimension.",
    counterexample=many_dimensions,
    theorems=("wang-isola",),
    references=(WANG_ISOLA,),
)


Point = tuple[Fraction, ...]


def square_distance(u: Point, v: Point) -> Fraction:
    return sum(((a - b) ** 2 for a, b in zip(u, v, strict=True)), Fraction(0))


def alignment(first: Sequence[Point], second: Sequence[Point]) -> Fraction:
    """Mean squared distance of partners."""
    apart = [square_distance(u, v) for u, v in zip(first, second, strict=True)]
    return sum(apart, Fraction(0)) / len(apart)


def nearness(points: Sequence[Point]) -> Fraction:
    """Mean of 2^(-squared distance) over all pairs i < j, where distances are whole."""
    found = [Fraction(1, 2 ** int(square_distance(u, v))) for u, v in combinations(points, 2)]
    return sum(found, Fraction(0)) / len(found)


def constant_map() -> Refutation:
    east: Point = (Fraction(1), Fraction(0))
    square: list[Point] = [(Fraction(a), Fraction(b)) for a, b in ((1, 0), (0, 1), (-1, 0),
                                                                  (0, -1))]  # fmt: skip
    c, s = Fraction(3, 5), Fraction(4, 5)
    turned: list[Point] = [(c * a - s * b, s * a + c * b) for a, b in square]
    constant = [east] * 4
    return Refutation(
        claimed=Measured("alignment loss of the constant map minus that of views turned apart",
                         alignment(constant, constant) - alignment(square, turned)),
        corrected=Measured("the lesser of: minus its alignment loss; its nearness above a square's",
                           min(-alignment(constant, constant),
                               nearness(constant) - nearness(square))),
        numbers=(
            Measured("alignment loss of the constant map", alignment(constant, constant)),
            Measured("alignment loss of a square whose views are turned apart",
                     alignment(square, turned)),
            Measured("$e$ to the uniformity loss, of the constant map", nearness(constant)),
            Measured("$e$ to the uniformity loss, of the square", nearness(square)),
        ),
    )  # fmt: skip


CONSTANT_MAP = Erratum(
    id="collapse-and-uniformity",
    said="Collapse to a constant is uniformity won at the expense of alignment",
    claim="A method that lowers the uniformity loss while alignment suffers ends in the constant "
    "solution; one that lowers alignment alone does not.",
    believed="It is easy to exchange the two, as both are losses and low is good.",
    corrected="The other way round. A constant map has perfect alignment, and the worst "
    "uniformity that there is: all points are in one place. It is alignment alone that a constant "
    "map minimises.",
    instance=r"Four samples on the circle, $t = \log 2$ in the uniformity loss, so that numbers "
    "stay fractions: the constant map, and a square whose second views are turned through the "
    "angle of a right triangle.",
    counterexample=constant_map,
    theorems=("wang-isola",),
    references=(WANG_ISOLA,),
)


# -- without negatives ----------------------------------------------------------------------------

SPREAD = 2  # one plus the variance of the augmentation


def velocity(p: Any, s: Any, decay: Any) -> tuple[Any, Any]:
    """Of the predictor p and of the features' variance s along one axis, by gradient flow with
    weight decay, stopped gradients, and a target that is the network itself."""
    return s * (1 - SPREAD * p) - decay * p, 2 * p * s * (1 - SPREAD * p) - 2 * decay * s


def followed(p: float, decay: float, steps: int) -> tuple[tuple[float, float], ...]:
    """The predictor through time, from s = p², in steps of four."""
    path = trajectory(Siamese(SPREAD - 1, decay), p, p, seconds=4.0 * steps, steps=16 * steps)
    return tuple((4.0 * k, float(at)) for k, at in enumerate(path[::16, 0]))


def stable_collapse() -> Refutation:
    decay, low, high = Fraction(3, 32), Fraction(1, 8), Fraction(3, 8)
    below = [low * k / 10 for k in range(1, 10)]
    between = [low + (high - low) * k / 10 for k in range(1, 10)]
    falls = min(-velocity(p, p * p, decay)[0] for p in below)
    rises = min(velocity(p, p * p, decay)[0] for p in between)
    without = min(velocity(p, p * p, Fraction(0))[0] for p in below)
    start, near = below[-1], Fraction(1, 1000)
    return Refutation(
        claimed=Measured(r"speed away from collapse, at $p = \frac9{10}p_-$",
                         velocity(start, start * start, decay)[0]),
        corrected=Measured("the least speed towards collapse below $p_-$, away from it above, and "
                           "away from it without decay", min(falls, rises, without)),
        numbers=(
            Measured("weight decay", decay),
            Measured("$p_-$, below which features collapse", low),
            Measured("$p_+$, where they come to rest from above", high),
            Measured("speed at both", velocity(low, low**2, decay)[0]
                     + velocity(high, high**2, decay)[0]),
            Measured("speed over $p$ at $p = 1/1000$",
                     1000 * velocity(near, near * near, decay)[0]),
        ),
        picture=Picture(
            "A linear predictor along one axis, with weight decay",
            ("time", "predictor p"),
            {
                "from 2p₋": followed(0.25, 3 / 32, 40),
                "from 1.1p₋": followed(0.1375, 3 / 32, 40),
                "from 0.9p₋": followed(0.1125, 3 / 32, 40),
                "from 0.9p₋, no decay": followed(0.1125, 0.0, 40),
            },
        ),
    )  # fmt: skip


STABLE_COLLAPSE = Erratum(
    id="collapse-is-unstable",
    said="With a predictor and a stopped gradient, collapse is an unstable fixed point",
    claim="In the linear model of training without negatives, features near the collapsed "
    "solution move away from it: the predictor and the stopped gradient see to that.",
    believed="Networks that are trained so do not collapse, and the model was made to explain it.",
    corrected=r"With weight decay $\eta > 0$ collapse is stable: on the parabola it attracts "
    r"all that starts below $p_- = \frac{1 - \sqrt{1 - 4\eta(1 + \sigma^2)}}{2(1 + \sigma^2)}$; "
    r"what starts above goes to $p_+$. With $4\eta(1 + \sigma^2) > 1$ everything collapses. "
    "Only without decay is collapse unstable. Initialisation and decay decide, besides "
    "the architecture.",
    instance=r"One axis of unit variance, an augmentation of variance 1, $\eta = \frac3{32}$, on "
    "the parabola $s = p^2$ that the flow tends to. Speeds are fractions.",
    counterexample=stable_collapse,
    theorems=("siamese-dynamics",),
    references=(TIAN,),
)


# -- classes --------------------------------------------------------------------------------------

EIGHTHS = range(8)  # directions at multiples of 45 degrees


def limit_loss(places: Sequence[int], labels: Sequence[int] | None) -> Any:
    """The limit of InfoNCE at temperature one for four samples at these directions: a positive is
    the sample itself, or any sample of its class if there are labels."""
    mp = many_digits()
    scores = {k: mp.cos(mp.pi * k / 4) for k in EIGHTHS}

    def mean(values: list[Any]) -> Any:
        return mp.fsum(values) / len(values)

    spread = mean([
        mp.log(mean([mp.exp(scores[(a - b) % 8]) for b in places])) for a in places
    ])  # fmt: skip
    if labels is None:
        return spread - 1
    alike = [
        scores[(a - b) % 8]
        for (a, i), (b, j) in product(zip(places, labels, strict=True), repeat=2) if i == j
    ]  # fmt: skip
    return spread - mean(alike)


def between_means(points: Sequence[tuple[int, int]], labels: Sequence[int]) -> Fraction:
    """The squared distance of the means of two classes of two."""
    sums = [
        tuple(Fraction(sum(p[axis] for p, k in zip(points, labels, strict=True) if k == label), 2)
              for axis in (0, 1)) for label in (0, 1)
    ]  # fmt: skip
    return square_distance(*sums)


def within_classes() -> Refutation:
    labels, square, collapsed = (0, 1, 0, 1), (0, 2, 4, 6), (0, 4, 0, 4)
    every = [(0, *rest) for rest in product(EIGHTHS, repeat=3)]
    least = min(limit_loss(places, labels) for places in every)
    gap = limit_loss(square, None) - limit_loss(collapsed, None)
    return Refutation(
        claimed=Measured("loss of a square minus that of two collapsed classes, augmentations "
                         "that change nothing", gap),
        corrected=Measured("least loss of all placements minus that of two collapsed classes, "
                           "positives drawn from the class",
                           least - limit_loss(collapsed, labels)),
        numbers=(
            Measured("placements of four samples at eight directions", len(every)),
            Measured("squared distance of the class means of the square",
                     between_means(((1, 0), (0, 1), (-1, 0), (0, -1)), labels)),
            Measured("the same of two collapsed classes",
                     between_means(((1, 0), (-1, 0), (1, 0), (-1, 0)), labels)),
            Measured("loss of the square, positives from the class", limit_loss(square, labels)),
            Measured("loss of the collapsed classes, positives from the class",
                     limit_loss(collapsed, labels)),
        ),
    )  # fmt: skip


WITHIN_CLASSES = Erratum(
    id="augmentations-within-classes",
    said="If augmentations do not cross classes, InfoNCE finds the simplex of classes",
    claim="Where two views of a sample always share its class, the best encoder puts each class "
    "in one place, and the classes at the corners of a simplex.",
    believed="Alignment pulls views together, and views are of one class. But which samples of a "
    "class are pulled together is decided by augmentations that connect them.",
    corrected="Not to cross classes is not enough: augmentations must mix the samples of a class "
    "until a positive is any of them; theories with weaker conditions still ask that they "
    "connect them. With augmentations that change "
    "nothing the loss does not know the labels: the best placement is the same for all labels, "
    "and class means may all be zero.",
    instance="Four samples, two classes, temperature one, many keys. A square is better than two "
    "collapsed classes; if opposite corners share their class, both class means are zero. With "
    "positives drawn from the class, all placements at multiples of 45 degrees are tried.",
    counterexample=within_classes,
    theorems=("three-way-convergence", "wang-isola", "supervised-contrastive"),
    references=(HAOCHEN,),
)

DIRECTIONS = (ANY_CRITIC, MANY_DIMENSIONS, CONSTANT_MAP, STABLE_COLLAPSE, WITHIN_CLASSES)
