r"""What a contrastive loss promises to a linear classifier: the bound of Arora and others.

## Statement

Classes c have the chances $\rho_c$; x and $x^+$ are drawn independently from one class, $x^-$ from
another draw of class.  For a convex loss $\ell$ of margins,

$L_{un} = \mathbb{E}\,\ell(f(x)^\top(f(x^+)-f(x^-))) \ge (1-\tau)\,L_{sup}^\mu + \tau\,\ell(0)$,

where $\tau = \sum\rho_c^2$ is the chance that $x^-$ is of the class of x, and $L_{sup}^\mu$ is the
loss of the classifier whose weights are the class means, averaged over tasks of two classes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction
from itertools import product
from typing import NamedTuple

from .lattice import lattice
from .picture import Picture
from .symbolic import sp
from .theorem import Assumption, Step, Theorem, enumeration, identity, inequality

__all__ = ["SAUNSHI", "TEN", "Classes", "collision", "promised", "supervised", "unsupervised"]

Vector = tuple[Fraction, ...]


class Classes(NamedTuple):
    """Chances of the classes, and of each the features of its equally likely points."""

    chances: tuple[Fraction, ...]
    features: tuple[tuple[Vector, ...], ...]


# -- definitions, exact ---------------------------------------------------------------------------


def hinge(margin: Fraction) -> Fraction:
    return max(Fraction(0), 1 - margin)


def dot(u: Vector, v: Vector) -> Fraction:
    return sum((a * b for a, b in zip(u, v, strict=True)), Fraction(0))


def unsupervised(
    model: Classes, loss: Callable[[Fraction], Fraction] = hinge, *, own: bool = False
) -> Fraction:
    """The mean of loss(f(x) (f(x+) - f(x-))), by all triples; x+ is x if it is its `own` view."""
    total = Fraction(0)
    for p, rows in zip(model.chances, model.features, strict=True):
        for q, others in zip(model.chances, model.features, strict=True):
            triples = [
                (x, y, z) for x in rows for y in ([x] if own else rows) for z in others
            ]  # fmt: skip
            each = sum(loss(dot(x, y) - dot(x, z)) for x, y, z in triples)
            total += p * q * each / len(triples)
    return total


def supervised(model: Classes, loss: Callable[[Fraction], Fraction] = hinge) -> Fraction:
    """The loss of the mean classifier, averaged over tasks of two different classes."""
    means = [_mean(rows) for rows in model.features]
    total = Fraction(0)
    for c, (p, rows) in enumerate(zip(model.chances, model.features, strict=True)):
        for other, q in enumerate(model.chances):
            if other != c:
                each = sum(loss(dot(x, means[c]) - dot(x, means[other])) for x in rows)
                total += p * q * each / len(rows)
    return total / (1 - collision(model.chances))


def collision(chances: tuple[Fraction, ...], negatives: int = 1) -> Fraction:
    """The chance that some negative is of the class of x."""
    return sum((p * (1 - (1 - p) ** negatives) for p in chances), Fraction(0))


def promised(
    model: Classes, loss: Callable[[Fraction], Fraction] = hinge, *, own: bool = False
) -> Fraction:
    """The bound on the supervised loss, which it does not bound if every x is its `own` view."""
    same = collision(model.chances)
    return (unsupervised(model, loss, own=own) - same * loss(Fraction(0))) / (1 - same)


def _mean(rows: tuple[Vector, ...]) -> Vector:
    return tuple(sum(column, Fraction(0)) / len(rows) for column in zip(*rows, strict=True))


def models(points: int) -> Iterator[Classes]:
    """Models of two and three classes, equally likely or not, in the plane, with quarters for
    features: a fixed list that was drawn once."""
    for salt in range(32):
        chances = ((1, 1), (1, 2), (1, 1, 1), (1, 2, 3))[salt % 4]
        rows = lattice(points * len(chances), 2, salt)
        exact = [tuple(map(Fraction, row)) for row in rows]
        yield Classes(
            tuple(Fraction(c, sum(chances)) for c in chances),
            tuple(tuple(exact[points * c : points * (c + 1)]) for c in range(len(chances))),
        )


# -- proof ----------------------------------------------------------------------------------------


def proof() -> Iterator[Step]:
    yield from _split()
    yield from _jensen()
    yield from _bound()
    yield from _more_negatives()


def _split() -> Iterator[Step]:
    p, q = sp.symbols("p q", positive=True)
    chances = (p, q, 1 - p - q)
    losses = sp.symbols("l:3:3", real=True)
    table = {(c, d): losses[3 * c + d] for c in range(3) for d in range(3)}
    whole = sum(chances[c] * chances[d] * value for (c, d), value in table.items())
    same = sum(chances[c] ** 2 for c in range(3))
    apart = sum(chances[c] * chances[d] * v for (c, d), v in table.items() if c != d) / (1 - same)
    within = sum(chances[c] ** 2 * table[c, c] for c in range(3)) / same
    yield identity(
        "the negative is of another class, or of the same one, with the chance tau",
        whole, (1 - same) * apart + same * within,
        slip=apart + same * within, slip_words="the first chance left out",
        tex=r"L_{un} = (1-\tau)L_{\ne} + \tau L_{=}", scope="three classes, any losses",
    )  # fmt: skip


def _jensen() -> Iterator[Step]:
    a, b = sp.symbols("a b", nonnegative=True)
    up, down = sp.symbols("u d", nonnegative=True)
    yield inequality(
        "a convex loss is above its tangents: Jensen with the slope s at the mean, where u and d "
        "are the heights of the two points above the tangent",
        sp.Symbol("t") * (a + b), a * (sp.Symbol("t") + up) + b * (sp.Symbol("t") + down),
        because=[a * up, b * down], slip=a * (sp.Symbol("t") + up) + b * sp.Symbol("t"),
        slip_words="only one point above it",
        tex=r"\mathbb{E}\,\ell(V) \ge \ell(\mathbb{E}V)",
        scope="two points of weights a and b; tangents add to the value at the mean",
    )  # fmt: skip
    yield enumeration(
        "for one x and different classes the mean margin is that of the class means",
        lambda: models(2), holds=lambda m: _apart(m) >= supervised(m),
        slip=lambda m: _apart(m) == supervised(m), slip_words="equal, as if the loss were linear",
        tex=r"L_{\ne} \ge L_{sup}^\mu",
        scope="32 exact models of two and three classes, two points each, hinge loss",
    )  # fmt: skip
    v = sp.Symbol("v", real=True)
    logistic = sp.log(1 + sp.exp(-v)) / sp.log(2)
    yield identity(
        "the logistic loss is convex too",
        sp.diff(logistic, v, 2), sp.exp(v) / ((1 + sp.exp(v)) ** 2 * sp.log(2)),
        slip=sp.exp(v) / ((1 + sp.exp(v)) * sp.log(2)), slip_words="a square lost",
        tex=r"\bigl(\log_2(1+e^{-v})\bigr)'' = \frac{e^v}{(1+e^v)^2\log 2} > 0", scope="every v",
    )  # fmt: skip
    yield identity(
        "and is one at zero, if its logarithm is of base two",
        logistic.subs(v, 0), sp.Integer(1), slip=sp.log(2), slip_words="the natural logarithm",
        tex=r"\ell(0) = 1", scope="the constant of the statement",
    )  # fmt: skip
    yield enumeration(
        "within one class positive and negative have one mean, so that the mean margin is zero",
        lambda: models(2), holds=lambda m: _within(m) >= 1,
        slip=lambda m: _within(m) == 1, slip_words="a loss of one, as of class means",
        tex=r"\mathbb{E}[f(x)^\top(f(x^+)-f(x^-)) \mid x, c = c^-] = 0 \Rightarrow L_= \ge \ell(0)",
        scope="32 exact models of two and three classes, two points each, hinge loss",
    )  # fmt: skip


def _within(model: Classes) -> Fraction:
    """The loss of triples whose negative is of the same class."""
    total = Fraction(0)
    for p, rows in zip(model.chances, model.features, strict=True):
        triples = list(product(rows, repeat=3))
        total += p**2 * sum(hinge(dot(x, y) - dot(x, z)) for x, y, z in triples) / len(triples)
    return total / collision(model.chances)


def _apart(model: Classes) -> Fraction:
    """The loss of triples whose negative is of another class."""
    same = collision(model.chances)
    return (unsupervised(model) - same * _within(model)) / (1 - same)


def _bound() -> Iterator[Step]:
    yield enumeration(
        "the bound",
        lambda: (*models(2), *models(1)), holds=lambda m: supervised(m) <= promised(m),
        slip=lambda m: supervised(m) <= unsupervised(m) - collision(m.chances),
        slip_words="not divided by 1 - tau",
        tex=r"L_{sup}^\mu \le \frac{L_{un}-\tau}{1-\tau}",
        scope="64 exact models, hinge loss",
    )  # fmt: skip
    yield enumeration(
        "it is reached where every class is one point",
        lambda: models(1), holds=lambda m: supervised(m) == promised(m),
        slip=lambda m: supervised(m) == unsupervised(m), slip_words="collisions cost nothing",
        tex=r"x \mid c \text{ constant} \Rightarrow L_{sup}^\mu = \frac{L_{un}-\tau}{1-\tau}",
        scope="32 exact models, hinge loss",
    )  # fmt: skip
    yield enumeration(
        "no features bring the contrastive loss below the chance of a collision",
        lambda: (*models(2), *models(1)), holds=lambda m: unsupervised(m) >= collision(m.chances),
        slip=lambda m: unsupervised(m) >= 1, slip_words="nor below what zero features have",
        tex=r"L_{un} \ge \tau\,\ell(0)", scope="64 exact models, hinge loss",
    )  # fmt: skip


def _more_negatives() -> Iterator[Step]:
    r, g = sp.symbols("r g", positive=True)
    k = sp.Symbol("k", positive=True, integer=True)
    chance = r * (1 - g**k)
    yield identity(
        "one negative more, and a collision is likelier, class by class: g stands for 1 - r",
        sp.expand(chance.subs(k, k + 1) - chance), sp.expand(r * g**k * (1 - g)),
        slip=sp.expand(r * g**k), slip_words="the chance that the new one collides left out",
        tex=r"\tau_{k+1}-\tau_k = \textstyle\sum_c\rho_c^2(1-\rho_c)^k \ge 0",
        scope="every class, every number of negatives",
    )  # fmt: skip
    yield enumeration(
        "for ten classes: from one in ten to nearly always",
        lambda: range(1, 65), holds=lambda n: collision(TEN, n) == 1 - Fraction(9, 10) ** n,
        slip=lambda n: collision(TEN, n) == Fraction(1, 10), slip_words="the same for every number",
        tex=r"\tau_k = 1-(9/10)^k,\ \tau_1 = 0.1,\ \tau_{64} > 0.998",
        scope="ten classes, equally likely; 1 to 64 negatives",
    )  # fmt: skip


TEN = (Fraction(1, 10),) * 10


# -- assumptions ----------------------------------------------------------------------------------


def _point(place: int, length: int = 1) -> Vector:
    """The number one `length` times, and zeros: at right angles for different places."""
    return tuple(Fraction(i // 2 == place and i % 2 < length) for i in range(8))


def with_the_same_point_as_its_view() -> float:
    """x+ = x: two classes of two points each, all four at right angles and of squared length two.
    Each is told from all others, so that no loss is left but that of meeting itself, one time in
    four; half is taken off, and the bound falls below zero."""
    points = [_point(i, length=2) for i in range(4)]
    model = Classes((Fraction(1, 2),) * 2, (tuple(points[:2]), tuple(points[2:])))
    return float(promised(model, own=True) - supervised(model))


def with_a_loss_that_is_not_convex() -> float:
    """Errors counted: one class at 1, or at -2 once in four times; the other at zero.  Margins are
    wrong less often in triples than against the class means."""
    rows = (*(((Fraction(1),),) * 3), (Fraction(-2),))
    model = Classes((Fraction(1, 2),) * 2, (rows, ((Fraction(0),),)))

    def error(margin: Fraction) -> Fraction:
        return Fraction(1) if margin <= 0 else Fraction(0)

    return float(promised(model, error) - supervised(model, error))


def with_a_loss_that_may_be_negative() -> float:
    """A straight line, 1 - margin: two classes of one point each, opposite, at twice the length."""
    model = Classes((Fraction(1, 2),) * 2, (((Fraction(2),),), ((Fraction(-2),),)))
    return float(unsupervised(model, lambda margin: 1 - margin) - collision(model.chances))


def with_all_classes_at_once() -> float:
    """Three classes, two at one point: of tasks of two classes one in three is lost, of the task of
    three classes two in three."""
    first, last = _point(0), _point(1)
    model = Classes((Fraction(1, 3),) * 3, ((first,), (first,), (last,)))
    return float(promised(model) - Fraction(2, 3))


def with_negatives_of_other_classes() -> float:
    """Two classes of one point each, at right angles: negatives that never collide leave no loss,
    and the bound that takes off their collisions is below zero."""
    first, second = _point(0), _point(1)
    model = Classes((Fraction(1, 2),) * 2, ((first,), (second,)))
    return float((_apart(model) - Fraction(1, 2)) / (1 - Fraction(1, 2)) - supervised(model))


ASSUMPTIONS = (
    Assumption(
        words="x and its positive are independent given the class",
        fails="bound: two views of one image that differ from all other images tell nothing of "
        "the class",
        without=with_the_same_point_as_its_view,
    ),
    Assumption(
        words="the loss is convex in the margin",
        fails="bound: of errors that are counted there is no Jensen's inequality",
        without=with_a_loss_that_is_not_convex,
    ),
    Assumption(
        words="for the floor: the loss is never negative",
        fails="floor: a straight line goes below every chance of a collision",
        without=with_a_loss_that_may_be_negative,
    ),
    Assumption(
        words="the supervised loss is the mean over tasks of two classes",
        fails="bound: a task of all classes at once may be lost oftener",
        without=with_all_classes_at_once,
    ),
    Assumption(
        words="negatives are drawn from all classes, that of x among them",
        fails="bound: where they are drawn from the others, nothing is to be taken off",
        without=with_negatives_of_other_classes,
    ),
)


# -- a picture ------------------------------------------------------------------------------------


def picture() -> Picture:
    """How often some negative is of the class of x, by the number of negatives."""
    counts = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024)
    series = {
        f"{classes} classes": tuple((float(n), 1 - (1 - 1 / classes) ** n) for n in counts)
        for classes in (2, 10, 100, 1000)
    }
    return Picture(
        "The chance of a collision: where nothing can be told",
        ("negatives", "chance that one is of the class of x"),
        series,
    )


# -- the theorem ----------------------------------------------------------------------------------

SAUNSHI = Theorem(
    id="saunshi",
    title="What a contrastive loss promises to a linear classifier",
    intuition="If two views of one class are drawn independently, then to tell a positive from a "
    "negative is, on average over the class, to tell one class mean from another: features with a "
    "small contrastive loss make class means a good classifier. But a negative is of the same "
    "class by accident as often as two draws of class agree, and there nothing can be told. That "
    "much of the loss is left to all features, and it happens oftener with each further negative.",
    statement=r"Let $x, x^+$ be independent given the class $c \sim \rho$, $x^-$ of an independent "
    r"class, $\ell \ge 0$ convex with $\ell(0) = 1$, and $\tau = \sum_c\rho_c^2$. Then for all "
    r"features $f$, $L_{sup}^\mu \le \frac{L_{un}-\tau}{1-\tau}$ and $L_{un} \ge \tau$, where "
    r"$L_{un} = \mathbb{E}\,\ell(f(x)^\top(f(x^+)-f(x^-)))$ and $L_{sup}^\mu$ is the mean of "
    r"$\ell(f(x)^\top(\mu_c-\mu_{c'}))$ over $x$ of class $c$ and different classes $c, c'$, with "
    r"$\mu_c$ the mean of $f$ on class $c$. There is equality where every class is one "
    r"point. Of $k$ negatives some one is of the class of $x$ with the chance $\tau_k = "
    r"1-\sum_c\rho_c(1-\rho_c)^k$, which increases with $k$.",
    proof_words="Split the loss by whether the negative is of the class of x. For given x Jensen's "
    "inequality moves the means over positive and negative inside the loss: with different classes "
    "they are class means, with one class they cancel.",
    assumptions=ASSUMPTIONS,
    references=(
        (
            "S. Arora, H. Khandeparkar, M. Khodak, O. Plevrakis and N. Saunshi, A theoretical "
            "analysis of contrastive unsupervised representation learning, ICML 2019"
        ),
    ),
    proof=proof,
    families=(),
    picture=picture,
    errata=(
        (
            "That the irreducible part decreases with the number of negatives is the wrong way "
            "round: the chance of a collision grows, for ten classes from one in ten at one "
            "negative to 0.999 at 64."
        ),
        (
            "The bound is on a surrogate loss averaged over tasks of two classes, not on the error "
            "of one task of all classes; and it asks for positives that are independent given the "
            "class, which two augmentations of one image are not."
        ),
    ),
)  # fmt: skip
