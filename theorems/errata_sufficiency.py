"""Errata on sufficient statistics: their level sets, their classes, their refinements."""

from __future__ import annotations

from fractions import Fraction
from itertools import combinations, product

from .erratum import Erratum, Measured, Refutation
from .finite_experiments import (
    by_ratio,
    is_sufficient,
    likelihood_classes,
    pairs_split,
    same_up_to_a_factor,
    statistics,
)
from .finite_models import Model, two_tosses, uniform_up_to

__all__ = ["SUFFICIENCY"]

LEHMANN_SCHEFFE = (
    "E. L. Lehmann and H. Scheffé, Completeness, similar regions, and unbiased estimation, "
    "Sankhyā 10 (1950), 305-340"
)
BURKHOLDER = (
    "D. L. Burkholder, Sufficiency in the undominated case, Annals of Mathematical Statistics 32 "
    "(1961), 1191-1200"
)


def two_halves() -> Model:
    """A coin of three biases, tossed, and beside it a fair one that says nothing of the bias."""
    biases = [Fraction(k, 4) for k in (1, 2, 3)]
    return tuple(((1 - p) / 2, (1 - p) / 2, p / 2, p / 2) for p in biases)


# -- level sets and classes -----------------------------------------------------------------------


def level_sets() -> Refutation:
    table = two_tosses()
    classes = likelihood_classes(table)
    sufficient = [T for T in statistics(points=4) if is_sufficient(table, T)]
    split = max(pairs_split(classes, T) for T in sufficient)
    joined = max(pairs_split(T, classes) for T in sufficient)
    return Refutation(
        claimed=Measured("minus the pairs of one class that a sufficient statistic splits", -split),
        corrected=Measured("minus the pairs of two classes that one takes together", -joined),
        numbers=(
            Measured("statistics on the four outcomes", len(list(statistics(points=4)))),
            Measured("of them sufficient, by the definition", len(sufficient)),
            Measured("classes of proportional likelihoods", len(set(classes))),
        ),
    )


LEVEL_SETS = Erratum(
    id="level-sets-of-sufficient-statistics",
    said="A sufficient statistic is constant where likelihoods are proportional",
    claim="A sufficient statistic takes one value on each class of points whose likelihoods are "
    "proportional; its level sets are unions of such classes.",
    believed="Such points say the same of the parameter, and it seems that a statistic that tells "
    "them apart must know something that the likelihood does not. It does; but sufficiency asks "
    "that nothing be lost, and does not forbid that something be kept.",
    corrected="The other way round: the level sets of a sufficient statistic are contained in "
    "the classes (up to a null set). The coarsest sufficient statistic has the classes themselves "
    "for level sets; the identity is sufficient too, and is constant on nothing.",
    instance="Two tosses of a coin of unknown bias. The outcomes 01 and 10 have the same "
    "likelihood. All statistics on the four outcomes are tried.",
    counterexample=level_sets,
    theorems=("lehmann-scheffe",),
    references=(LEHMANN_SCHEFFE,),
)


def likelihood_ratios() -> Refutation:
    table, points = uniform_up_to(4), range(4)
    pairs = list(combinations(points, 2))
    lopsided = sum(by_ratio(table, x, y) != by_ratio(table, y, x) for x, y in pairs)
    lopsided_now = sum(
        same_up_to_a_factor(table, x, y) != same_up_to_a_factor(table, y, x) for x, y in pairs
    )
    classes = likelihood_classes(table)
    every = list(statistics(points=4))
    mistaken = sum(is_sufficient(table, T) != (pairs_split(T, classes) == 0) for T in every)
    return Refutation(
        claimed=Measured("minus the pairs related one way and not the other", -lopsided),
        corrected=Measured(
            "minus such pairs, and minus the statistics on which it errs about sufficiency",
            -lopsided_now - mistaken,
        ),
        numbers=(
            Measured("pairs of points", len(pairs)),
            Measured("classes, if $f_\\theta(x) = k f_\\theta(y)$", len(set(classes))),
            Measured("statistics of which that decides the sufficiency", len(every) - mistaken),
        ),
    )


LIKELIHOOD_RATIOS = Erratum(
    id="likelihood-ratio-as-equivalence",
    said="“The likelihood ratio is free of the parameter” is an equivalence relation",
    claim=r"Call $x$ and $y$ equivalent if $f_\theta(x)/f_\theta(y)$ does not depend on $\theta$. "
    "The classes of this equivalence are the level sets of a minimal sufficient statistic.",
    believed="It is one where all densities are positive, as in the examples with which it is "
    "taught.",
    corrected=r"Ask that $f_\theta(x) = k f_\theta(y)$ for all $\theta$ with one $k > 0$ that is "
    "free of it. This is an equivalence where densities vanish too. For discrete laws its classes "
    "are the level sets of a minimal sufficient statistic; for densities, if their versions are "
    "chosen well.",
    instance=r"One draw from the uniform law on $1, \dots, t$, with $t$ unknown up to 4. For $x < "
    "y$ the ratio is 1 wherever its denominator is positive; turned round, it is 0 for some "
    "parameters and 1 for others.",
    counterexample=likelihood_ratios,
    theorems=("lehmann-scheffe",),
    references=(
        LEHMANN_SCHEFFE,
        (
            "R. O. Cavalcante and A. G. Patriota, Methods for identifying minimal sufficient "
            "statistics, arXiv:2603.10288, 2026 (on versions)"
        ),
    ),
)


def refinements() -> Refutation:
    failures = tried = 0
    for table in (two_tosses(), uniform_up_to(4), two_halves()):
        sufficient = {T for T in statistics(points=4) if is_sufficient(table, T)}
        for T, finer in product(sufficient, statistics(points=4)):
            if pairs_split(finer, T) == 0:
                tried += 1
                failures += finer not in sufficient
    return Refutation(
        claimed=None,
        corrected=Measured("minus the refinements that are not sufficient", -failures),
        numbers=(Measured("refinements of sufficient statistics on three tables", tried),),
    )


REFINEMENTS = Erratum(
    id="finer-than-sufficient",
    said="What is finer than a sufficient statistic is sufficient",
    claim="If $T$ is sufficient, so is $(T, A)$ for every further statistic $A$.",
    believed="Nothing is lost by keeping more. And it is true in every family that has densities.",
    corrected=r"It is true if the family is dominated: if all its laws have densities about one "
    r"$\sigma$-finite measure. Without that there are sufficient statistics with finer ones that "
    "are not, because no version of the conditional law serves all parameters at once.",
    instance="The failure needs a set that is not measurable, which no program has. What is "
    "computed is that it needs it: every finite table is dominated, and there every refinement of "
    "a sufficient statistic is sufficient.",
    counterexample=refinements,
    references=(BURKHOLDER,),
    cited="D. L. Burkholder, Sufficiency in the undominated case, 1961",
)


SUFFICIENCY = (LEVEL_SETS, LIKELIHOOD_RATIOS, REFINEMENTS)
