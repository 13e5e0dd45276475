r"""Lehmann and Scheffé: when a sufficient statistic is minimal.

## Statement

Let $f_\theta$ be the densities of a dominated family, and say that $x \sim y$ if there is a k > 0,
which may depend on x and y but not on $\theta$, with $f_\theta(x) = k\,f_\theta(y)$ for all
$\theta$.  A statistic T with $T(x) = T(y) \iff x \sim y$, off a null set, is minimal sufficient:
sufficient, and a function of every sufficient statistic.

That is where the common criterion, "the ratio $f_\theta(x)/f_\theta(y)$ does not depend on
$\theta$", is made an equivalence relation: where densities vanish, the ratio is not defined.

The exact tools are in `finite_experiments`, the models in `finite_models`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from fractions import Fraction
from functools import lru_cache
from itertools import product

from .finite_experiments import (
    by_ratio,
    is_sufficient,
    likelihood_classes,
    same_up_to_a_factor,
    statistics,
)
from .finite_models import Model, Statistic, coarser_or_equal, insufficiency, planted, uniform_up_to
from .minimality import MINIMAL
from .sufficiency import STATISTIC
from .symbolic import sp
from .theorem import Assumption, Step, Theorem, enumeration, identity

__all__ = ["LEHMANN_SCHEFFE", "MODELS"]

# Seven points in three and in six directions of likelihood, and in one: nothing to be told.
MODELS = (
    planted(3, (0, 1, 0, 2, 1, 0, 2), 1), planted(3, (0, 1, 2, 3, 4, 5, 0), 3),
    planted(2, (0,) * 7, 4), uniform_up_to(7),
)  # fmt: skip


# -- proof ----------------------------------------------------------------------------------------


def proof() -> Iterator[Step]:
    yield from _one_pair()
    yield from _families()
    yield _an_equivalence()
    yield from _all_statistics()


def _one_pair() -> Iterator[Step]:
    f1, f2, k, c = sp.symbols("f1 f2 k c", positive=True)
    yield identity(
        "points with proportional likelihoods share their conditional law: sufficient",
        sp.cancel(k * f1 / (k * f1 + f1)), sp.cancel(k * f2 / (k * f2 + f2)),
        slip=sp.cancel(k * f1 / (k * f1 + f2)), slip_words="each point over its own total",
        tex=r"\frac{f_\theta(x)}{f_\theta(x) + f_\theta(y)} = \frac{k}{1 + k}\ "
        r"\text{ for } f_\theta(x) = k f_\theta(y)",
        scope="two points of a fibre; any number of parameters, one at a time",
    )  # fmt: skip
    yield identity(
        "and the other way: where both points have the conditional law (c, 1 - c) under every "
        "parameter, the likelihoods are proportional",
        sp.cancel((c * f1) * ((1 - c) * f2)), sp.cancel((c * f2) * ((1 - c) * f1)),
        slip=(c * f1) * ((1 - c) * f1), slip_words="one parameter taken twice",
        tex=r"f_\theta(x)\,f_{\theta'}(y) = f_{\theta'}(x)\,f_\theta(y)",
        scope="a fibre of total mass f under two parameters",
    )  # fmt: skip


def _families() -> Iterator[Step]:
    p, v = sp.symbols("p v", positive=True)
    m = sp.Symbol("m", real=True)
    s, r = sp.symbols("s r", positive=True)
    ratio = (s - r) * sp.log(p) + (r - s) * sp.log(1 - p)
    yield identity(
        "Bernoulli: the ratio depends on p unless the sums agree",
        sp.cancel(sp.diff(ratio, p)), sp.cancel((s - r) / (p * (1 - p))),
        slip=sp.cancel((s - r) / p), slip_words="the failures are not counted",
        tex=r"\frac{d}{dp}\log\frac{p^s(1-p)^{n-s}}{p^r(1-p)^{n-r}} = \frac{s - r}{p(1-p)}",
        scope="every number of throws, sums s and r",
    )  # fmt: skip
    x1, x2, y1, y2 = sp.symbols("x1 x2 y1 y2", real=True)
    logs = [-((a - m) ** 2 + (b - m) ** 2) / (2 * v) for a, b in ((x1, x2), (y1, y2))]
    yield identity(
        "normal, known variance: unless the sums agree",
        sp.expand(sp.diff(logs[0] - logs[1], m)), (x1 + x2 - y1 - y2) / v,
        slip=(x1 - y1) / v, slip_words="the first observation for the sum",
        tex=r"\frac{d}{dm}\log\frac{f_m(x)}{f_m(y)} = \frac{\sum x_i - \sum y_i}{v}",
        scope="two observations; the sum over observations for any number",
    )  # fmt: skip
    yield identity(
        "normal, both unknown: the mean square takes part as well",
        sp.expand(sp.diff(logs[0] - logs[1], v).subs(m, 0)),
        (x1**2 + x2**2 - y1**2 - y2**2) / (2 * v**2),
        slip=(x1 + x2 - y1 - y2) / (2 * v**2), slip_words="the sum for the sum of squares",
        tex=r"\frac{d}{dv}\log\frac{f_{0,v}(x)}{f_{0,v}(y)} = "
        r"\frac{\sum x_i^2 - \sum y_i^2}{2v^2}",
        scope="two observations, at mean zero",
    )  # fmt: skip


def _an_equivalence() -> Step:
    laws = uniform_up_to(5)

    def holds(points: tuple[int, int, int]) -> bool:
        return _equivalent(same_up_to_a_factor, laws, *points)

    return enumeration(
        "proportionality is an equivalence relation also where densities vanish",
        lambda: product(range(5), repeat=3), holds=holds,
        slip=lambda points: _equivalent(by_ratio, laws, *points),
        slip_words="a ratio that is asked only where its denominator is positive relates the pairs "
        "one way, and not back",
        tex=r"x \sim x,\quad x \sim y \Rightarrow y \sim x,\quad x \sim y \sim z \Rightarrow "
        r"x \sim z",
        scope="all triples of five points, under the uniform laws on 1..t",
    )  # fmt: skip


def _equivalent(
    related: Callable[[Model, int, int], bool], laws: Model, x: int, y: int, z: int
) -> bool:
    symmetric = related(laws, x, y) == related(laws, y, x)
    chain = related(laws, x, y) and related(laws, y, z)
    return related(laws, x, x) and symmetric and (not chain or related(laws, x, z))


def _all_statistics() -> Iterator[Step]:
    yield enumeration(
        "in a finite model a statistic is sufficient exactly if the label of the normalised "
        "likelihoods is a function of it: each one, decided by the definition",
        lambda: _cases(MODELS[:3]), holds=lambda case: case[0] == case[1],
        slip=lambda case: case[0] == case[2],
        slip_words="a sufficient statistic is constant on every class (the proof turned round): "
        "the identity is sufficient, and is not",
        tex=r"T \text{ sufficient} \iff x \mapsto [x]_\sim \text{ is a function of } T",
        scope="all 877 statistics on seven points, in three rational models with planted "
        "proportional likelihoods: 3, 6 and 1 classes",
    )  # fmt: skip
    yield enumeration(
        "and where supports differ",
        lambda: _cases(MODELS[3:]), holds=lambda case: case[0] == case[1],
        slip=lambda case: case[0], slip_words="every statistic is sufficient, as ratios that are "
        "not asked where a density vanishes would have it",
        tex=r"f_t = 1[x \le t]/t:\ \text{no two points are equivalent}",
        scope="all 877 statistics on seven points, under the uniform laws on 1..t",
    )  # fmt: skip


@lru_cache(maxsize=4)
def _cases(models: tuple[Model, ...]) -> tuple[tuple[bool, bool, bool], ...]:
    """Per model and statistic: whether it is sufficient, refines the minimal one, is refined."""
    least = [likelihood_classes(model) for model in models]
    return tuple(
        (is_sufficient(model, part), coarser_or_equal(best, part), coarser_or_equal(part, best))
        for model, best in zip(models, least, strict=True)
        for part in statistics(len(model[0]))
    )


# -- assumptions ----------------------------------------------------------------------------------


def with_a_ratio_that_vanishes() -> float:
    """The criterion by ratios, read from left to right: under U{1..t} all points are alike."""
    laws = uniform_up_to(3)
    return -insufficiency(laws, _by(laws, lambda x, y: by_ratio(laws, min(x, y), max(x, y))))


def with_part_of_the_family() -> float:
    """Two of three parameters: what is minimal for them is not sufficient for the third."""
    some = tuple(tuple(Fraction(w, 12) for w in law) for law in ((3, 3, 6), (4, 4, 4)))
    last = (Fraction(6, 12), Fraction(3, 12), Fraction(3, 12))
    return -insufficiency((*some, last), likelihood_classes(some))


def with_a_factor_that_depends_on_the_parameter() -> float:
    """k free for each parameter: any two points of one support are then alike."""
    laws = planted(2, (0, 1, 2), 6)
    return -insufficiency(laws, (0, 0, 0))


def _by(laws: Model, alike: Callable[[int, int], bool]) -> Statistic:
    points = range(len(laws[0]))
    return tuple(min(y for y in points if alike(x, y)) for x in points)


ASSUMPTIONS = (
    Assumption(
        words=r"$f_\theta(x) = k\,f_\theta(y)$ with $k > 0$, and not merely a ratio that is "
        "constant where its denominator is positive",
        fails="sufficient: under the uniform laws on 1..t the ratio merges points that differ",
        without=with_a_ratio_that_vanishes,
    ),
    Assumption(
        words=r"for every $\theta$ of the family",
        fails="sufficient: what is minimal for a part of the family loses what tells the rest",
        without=with_part_of_the_family,
    ),
    Assumption(
        words=r"$k$ does not depend on $\theta$",
        fails="sufficient: with a factor for each parameter all points are alike",
        without=with_a_factor_that_depends_on_the_parameter,
    ),
    Assumption(
        words="the family is dominated by one measure",
        unknown="without it a statistic finer than a sufficient one may fail to be sufficient "
        "(Burkholder 1961): no finite model shows it, all of them are dominated",
    ),
    Assumption(
        words="the criterion may fail on a null set only",
        unknown="points without probability have no conditional law; the exact tools leave them "
        "out",
    ),
)

# Of what statistics are held to, the part that is a theorem here.
MINIMALITY = replace(STATISTIC, name="statistic, minimal", claims=(MINIMAL,))

LEHMANN_SCHEFFE = Theorem(
    id="lehmann-scheffe",
    title="Lehmann--Scheffé: the coarsest statistic that loses nothing",
    intuition="Two observations that make every parameter equally more or less likely need not be "
    "told apart. Whoever tells apart just those that differ in this keeps all there is to know and "
    "nothing else: the label is the shape of the likelihood, and the posterior under any prior is "
    "a function of it.",
    statement=r"Let $x \sim y$ mean that there is a $k > 0$ with $f_\theta(x) = k\,f_\theta(y)$ "
    r"for every $\theta$ of a dominated family. A statistic with $T(x) = T(y) \iff x \sim y$ is "
    "minimal sufficient: it is sufficient, and a function of every sufficient statistic. On a "
    r"finite space T is sufficient exactly if $x \mapsto [x]_\sim$ is a function of T; the label "
    r"of x is its column of likelihoods, normalised, $f_\theta(x)/\sum_{\theta'}f_{\theta'}(x)$.",
    proof_words="Points with proportional likelihoods share their conditional law, so the label is "
    "sufficient. If a statistic is sufficient, two points with one value have the conditional law "
    "of their fibre under every parameter, so their likelihoods are proportional: its fibres lie "
    "within classes, and the label is a function of it.",
    assumptions=ASSUMPTIONS,
    references=(
        (
            "E. L. Lehmann and H. Scheffé, Completeness, similar regions, and unbiased "
            "estimation, Sankhyā 10 (1950), 305-340"
        ),
        (
            "R. R. Bahadur, Sufficiency and statistical decision functions, Annals of Mathematical "
            "Statistics 25 (1954) (from memory)"
        ),
    ),
    proof=proof,
    families=(MINIMALITY,),
)
