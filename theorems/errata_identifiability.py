"""Errata on what can be identified: rotations of independent factors, components, contents."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import combinations, product
from typing import Any

from .erratum import Erratum, Measured, Refutation, many_digits
from .finite_experiments import information, nats

__all__ = ["HYVARINEN", "IDENTIFIABILITY"]

LOCATELLO = (
    "F. Locatello, S. Bauer, M. Lucic, G. Rätsch, S. Gelly, B. Schölkopf and O. Bachem, "
    "Challenging common assumptions in the unsupervised learning of disentangled "
    "representations, ICML 2019"
)
HYVARINEN = (
    "A. Hyvärinen, H. Sasaki and R. E. Turner, Nonlinear ICA using auxiliary variables and "
    "generalized contrastive learning, AISTATS 2019"
)
KHEMAKHEM = (
    "I. Khemakhem, D. P. Kingma, R. P. Monti and A. Hyvärinen, Variational autoencoders and "
    "nonlinear ICA: a unifying framework, AISTATS 2020"
)
ZIMMERMANN = (
    "R. S. Zimmermann, Y. Sharma, S. Schneider, M. Bethge and W. Brendel, Contrastive learning "
    "inverts the data generating process, ICML 2021"
)
KUEGELGEN = (
    "J. von Kügelgen, Y. Sharma, L. Gresele, W. Brendel, B. Schölkopf, M. Besserve and F. "
    "Locatello, Self-supervised learning with data augmentations provably isolates content from "
    "style, NeurIPS 2021"
)

Point = tuple[Fraction, Fraction]
COSINE, SINE = Fraction(3, 5), Fraction(4, 5)  # of the angle of a right triangle


def turned(point: Sequence[Fraction | int]) -> Point:
    x, y = point
    return COSINE * x - SINE * y, SINE * x + COSINE * y


def dot(u: Sequence[Fraction | int], v: Sequence[Fraction | int]) -> Fraction:
    return sum((Fraction(a) * b for a, b in zip(u, v, strict=True)), Fraction(0))


# -- independent factors --------------------------------------------------------------------------


def entangled(point: tuple[Any, Any]) -> tuple[Any, Any]:
    """Two independent uniform numbers, made normal, turned, and made uniform again."""
    mp = many_digits()
    x, y = (mp.sqrt(2) * mp.erfinv(2 * u - 1) for u in point)
    c, s = mp.mpf(3) / 5, mp.mpf(4) / 5
    return mp.ncdf(c * x - s * y), mp.ncdf(s * x + c * y)


def stretch(point: tuple[Any, Any]) -> Any:
    """The determinant of the derivative of that map, by central differences."""
    mp = many_digits()
    step = mp.mpf(10) ** -15
    columns = []
    for axis in (0, 1):
        ends = [entangled((point[0] + sign * step * (1 - axis), point[1] + sign * step * axis))
                for sign in (1, -1)]  # fmt: skip
        columns.append([(a - b) / (2 * step) for a, b in zip(*ends, strict=True)])
    (a, b), (c, d) = columns
    return a * d - b * c


def any_prior() -> Refutation:
    mp, coins = many_digits(), list(product((1, -1), repeat=2))
    joint: dict[Point, Fraction] = {turned(coin): Fraction(1, 4) for coin in coins}
    shared = information(joint)[2]
    grid = [mp.mpf(k) / 4 for k in (1, 2, 3)]
    places = list(product(grid, repeat=2))
    off = max(abs(stretch(place) - 1) for place in places)
    moved = [entangled((u, grid[1]))[1] for u in grid]
    gaussian = [dot(p, p) - dot(turned(p), turned(p)) for p in product(range(-3, 4), repeat=2)]
    return Refutation(
        claimed=Measured("minus the bits that turned coins tell of each other", -shared),
        corrected=Measured("$10^{-20}$ minus the largest distance of a Jacobian from 1, uniform "
                           "factors", mp.mpf(10) ** -20 - off),
        numbers=(
            Measured("largest change of $x^2 + y^2$ by the turn, which is all that normal "
                     "factors see", max(map(abs, gaussian))),
            Measured("points at which the Jacobian was taken", len(places)),
            Measured("second new factor where the first old one is 1/4, the other 1/2", moved[0]),
            Measured("the same where it is 3/4", moved[2]),
        ),
    )  # fmt: skip


ANY_PRIOR = Erratum(
    id="rotations-of-any-prior",
    said="Independent factors can be rotated without anybody noticing, whatever their law",
    claim="For every prior with independent components a rotation gives other factors that are "
    "independent too and have the same law: unsupervised learning cannot tell which is which.",
    believed="It is so for the normal prior, which is the one in use, and the conclusion is true.",
    corrected="A rotation that mixes factors keeps independence for normal ones only (Darmois and "
    "Skitovich; for all rotations at once it is Maxwell's), and among these for equal variances. "
    "For other laws make the factors normal one by one, rotate, and go back. The map is not "
    "linear; it keeps the law and entangles the factors. That is why nonlinear models are not "
    "identified.",
    instance="Two fair coins, turned through the angle of a right triangle: each then tells the "
    "other. Two uniform factors, and the nonlinear map: its Jacobian is 1 at nine points, by "
    "differences, and it maps the square onto itself, so that the law is kept.",
    counterexample=any_prior,
    theorems=("locatello",),
    references=(LOCATELLO,),
)


# -- with an auxiliary variable -------------------------------------------------------------------


def conditionals() -> Refutation:
    means: list[Point] = [(Fraction(a), Fraction(b)) for a, b in ((0, 0), (2, 0), (0, 2), (1, 1))]
    points: list[Point] = [(Fraction(a), Fraction(b)) for a, b in product(range(-2, 3), repeat=2)]

    def square_distance(z: Point, mean: Point) -> Fraction:
        return dot((z[0] - mean[0], z[1] - mean[1]), (z[0] - mean[0], z[1] - mean[1]))

    off = max(
        abs(square_distance(z, m) - square_distance(turned(z), turned(m)))
        for z, m in product(points, means)
    )
    bent = max(
        abs(a + b - c)
        for z, w in combinations(points, 2)
        for a, b, c in zip(
            turned(z), turned(w), turned((z[0] + w[0], z[1] + w[1])), strict=True
        )
    )  # fmt: skip
    unequal = [(z, w) for z, w in combinations(points, 2)
               if z[0] == w[0] and turned(z)[0] != turned(w)[0]]  # fmt: skip
    return Refutation(
        claimed=Measured("minus the pairs with equal first factor that the first learnt factor "
                         "tells apart", -len(unequal)),
        corrected=Measured("minus how far the learnt factors are from a linear map of the factors, "
                           "and minus the largest change of a density", -bent - off),
        numbers=(
            Measured("values of the auxiliary variable", len(means)),
            Measured("points compared", len(points)),
            Measured("largest change of a log-density, over minus one half", off),
            Measured("the smaller weight with which factors are mixed", min(COSINE, SINE)),
        ),
    )  # fmt: skip


CONDITIONALS = Erratum(
    id="auxiliary-variable-and-permutations",
    said="With an auxiliary variable factors are identified up to their order and scale",
    claim="If factors are independent given an observed variable, with laws of an exponential "
    "family that it moves enough, a model that fits finds each factor, up to a permutation and "
    "one affine map for each.",
    believed="That is the conclusion under further conditions, and the one that is quoted.",
    corrected="What follows in general is one invertible affine map of all sufficient statistics "
    "together. That it is a permutation needs conditions on these statistics, which a mean that is "
    "moved does not meet: for normal factors of which only the means depend on the variable, a "
    "rotation of everything fits as well.",
    instance="Two normal factors of variance one with four means, in general position, and the "
    "same turned through the angle of a right triangle. Log-densities are compared exactly.",
    counterexample=conditionals,
    references=(KHEMAKHEM,),
)


# -- with contrastive losses ----------------------------------------------------------------------


def on_the_circle() -> list[Point]:
    """Twenty points with rational coordinates: pairs above each other have one first coordinate."""
    found = set()
    for a, b, c in ((3, 4, 5), (5, 12, 13), (1, 0, 1)):
        for x, y in ((a, b), (b, a)):
            found |= {(Fraction(s * x, c), Fraction(t * y, c)) for s in (1, -1) for t in (1, -1)}
    return sorted(found)


def components() -> Refutation:
    contents = on_the_circle()
    learnt = [turned(z) for z in contents]
    pairs = list(product(range(len(contents)), repeat=2))
    off = max(abs(dot(contents[i], contents[j]) - dot(learnt[i], learnt[j])) for i, j in pairs)
    split = {
        (own, new): sum(
            contents[i][own] == contents[j][own] and learnt[i][new] != learnt[j][new]
            for i, j in combinations(range(len(contents)), 2)
        )
        for own, new in product((0, 1), repeat=2)
    }
    return Refutation(
        claimed=Measured("minus the pairs that a learnt component tells apart though they agree in "
                         "a component of the content, the least over all choices",
                         -min(split.values())),
        corrected=Measured("minus the largest change of a score", -off),
        numbers=(
            Measured("contents on the circle", len(contents)),
            Measured("scores compared", len(pairs)),
            Measured("pairs that agree in their first component",
                     sum(u[0] == v[0] for u, v in combinations(contents, 2))),
        ),
    )  # fmt: skip


COMPONENTS = Erratum(
    id="components-by-inner-products",
    said="InfoNCE recovers the components of the content, up to their order",
    claim="The best encoder for InfoNCE with cosines recovers the content that views share, up to "
    "a permutation and an invertible map of each component.",
    believed="There are theorems of this form, for other similarities, and the letters are alike.",
    corrected="Scores are inner products, and no loss of them sees a rotation of all features. On "
    "the sphere, with uniform contents, positives of von Mises and Fisher's law and the "
    "temperature that belongs to it, what is recovered is the content up to an orthogonal map. A "
    "permutation needs a similarity that has axes, as some other norm. For contents and styles in "
    "general it is the block of contents, up to any invertible map.",
    instance="Twenty contents with rational coordinates on the circle, and an encoder that turns "
    "them through the angle of a right triangle: every score is the same, in every batch.",
    counterexample=components,
    theorems=("contrastive-identifiability", "wang-isola", "infonce-bound"),
    references=(ZIMMERMANN, KUEGELGEN),
)


def shared_bits(bits: int, redrawn: int) -> Fraction:
    """I(x; x') in bits of two views of so many fair bits, of which an augmentation draws some
    again."""
    drawn = range(2**redrawn)
    joint = {
        (content << redrawn | one, content << redrawn | other): Fraction(1, 2 ** (bits + redrawn))
        for content, one, other in product(range(2 ** (bits - redrawn)), drawn, drawn)
    }
    return information(joint).get(2, Fraction(0))


def richer_augmentations() -> Refutation:
    bits = 4
    found = {redrawn: shared_bits(bits, redrawn) for redrawn in range(bits + 1)}
    off = max(abs(found[redrawn] - (bits - redrawn)) for redrawn in found)
    most = nats({2: found[0]})
    return Refutation(
        claimed=Measured("bits shared by the views if three of four bits are redrawn, minus those "
                         "if one is", found[3] - found[1]),
        corrected=Measured("minus the largest distance from the bits that are left alone", -off),
        numbers=(
            *(Measured(f"bits shared, {redrawn} of four redrawn", value)
              for redrawn, value in found.items()),
            Measured("the most that InfoNCE can certify with no augmentation, in nats", most),
        ),
    )  # fmt: skip


RICHER = Erratum(
    id="richer-augmentations-more-content",
    said="The richer the augmentations, the more of the content is recovered",
    claim="Each nuisance that augmentations cover brings the representation nearer to the whole "
    "content; without augmentations nothing is identified.",
    believed="Richer augmentations give better features on benchmarks, whose labels they leave "
    "alone.",
    corrected="What augmentations change is style, by definition, and content is what is left: "
    "richer augmentations shrink it. An aligned encoder keeps no more than the views share. They "
    "make the content smaller and purer, and lose what a task needs if it is among what they "
    "change.",
    instance="Four fair bits, of which an augmentation draws some again for each view.",
    counterexample=richer_augmentations,
    theorems=("infonce-bound",),
    references=(KUEGELGEN,),
)

IDENTIFIABILITY = (ANY_PRIOR, CONDITIONALS, COMPONENTS, RICHER)
