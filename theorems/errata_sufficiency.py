"""Errata on sufficient statistics, and on what a nearly sufficient one loses."""

from __future__ import annotations

from fractions import Fraction
from itertools import combinations, product
from math import sqrt
from typing import Any

from .erratum import Erratum, Measured, Picture, Refutation, many_digits
from .finite_experiments import (
    bayes_risk,
    conditional_information,
    information,
    is_sufficient,
    likelihood_classes,
    pairs_split,
    same_up_to_a_factor,
    statistics,
    through,
)

__all__ = ["SUFFICIENCY"]

LEHMANN_SCHEFFE = (
    "E. L. Lehmann and H. Scheffé, Completeness, similar regions, and unbiased estimation, "
    "Sankhyā 10 (1950), 305-340"
)
BURKHOLDER = (
    "D. L. Burkholder, Sufficiency in the undominated case, Annals of Mathematical Statistics 32 "
    "(1961), 1191-1200"
)


def two_tosses() -> list[list[Fraction]]:
    """The laws of two tosses, 00 01 10 11, of coins of five biases."""
    biases = [Fraction(k, 6) for k in range(1, 6)]
    return [[(1 - p) ** 2, (1 - p) * p, p * (1 - p), p**2] for p in biases]


def uniform_up_to(most: int) -> list[list[Fraction]]:
    """The uniform laws on 1..t, for t from 1 to `most`."""
    return [[Fraction(x <= t, t) for x in range(1, most + 1)] for t in range(1, most + 1)]


def two_halves() -> list[list[Fraction]]:
    """A coin of three biases, tossed, and beside it a fair one that says nothing of the bias."""
    return [[(1 - p) / 2, (1 - p) / 2, p / 2, p / 2] for p in (Fraction(k, 4) for k in (1, 2, 3))]


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
    references=(LEHMANN_SCHEFFE,),
)


def is_ratio_free_of_the_parameter(table: list[list[Fraction]], x: int, y: int) -> bool:
    """The common definition, evaluated where the denominator is positive."""
    return len({row[x] / row[y] for row in table if row[y]}) == 1


def likelihood_ratios() -> Refutation:
    table, points = uniform_up_to(4), range(4)
    pairs = list(combinations(points, 2))
    lopsided = sum(
        is_ratio_free_of_the_parameter(table, x, y) != is_ratio_free_of_the_parameter(table, y, x)
        for x, y in pairs
    )
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


# -- nearly sufficient ----------------------------------------------------------------------------

LOADED = {
    (0, 0): Fraction(3, 12), (0, 1): Fraction(1, 12), (1, 0): Fraction(2, 12),
    (1, 1): Fraction(2, 12), (2, 0): Fraction(1, 12), (2, 1): Fraction(3, 12),
}  # fmt: skip


def bits_kept(of: int, kept: int) -> int:
    """I(T; Y) in bits, where Y is X, of so many fair bits, and T the first few of them."""
    joint = {(x, x): Fraction(1, 2**of) for x in range(2**of)}
    first = {x: x >> (of - kept) for x in range(2**of)}
    return int(information(through(joint, first))[2])


def infinite_information() -> Refutation:
    along_one = [bits_kept(n, n) - bits_kept(n, n - 3) for n in (4, 6, 8)]
    along_other = [bits_kept(n, n) - bits_kept(n, n) for n in (4, 6, 8)]
    merged = {0: "a", 1: "a", 2: "b"}
    whole, coarse = information(LOADED), information(through(LOADED, merged))
    difference = {p: whole.get(p, 0) - coarse.get(p, 0) for p in (2, 3, 5, 7)}
    direct = conditional_information(LOADED, merged)
    wrong = sum(difference[p] != direct.get(p, 0) for p in difference)
    return Refutation(
        claimed=Measured(
            "minus the bits by which the difference varies with the way to the limit",
            -abs(along_one[-1] - along_other[-1]),
        ),
        corrected=Measured(
            "minus the coefficients of $\\log 2, \\log 3, \\log 5, \\log 7$ in which both sides "
            "differ on a finite table", -wrong,
        ),
        numbers=(
            Measured("$I(X;Y)$ in bits, four bits of both seen", bits_kept(4, 4)),
            Measured("the same, eight bits seen", bits_kept(8, 8)),
            Measured("$I(X;Y) - I(T;Y)$, if of $T$ three bits fewer are seen", along_one[-1]),
            Measured("the same, if as many are seen of both", along_other[-1]),
        ),
    )  # fmt: skip


INFINITE_INFORMATION = Erratum(
    id="information-lost-as-a-difference",
    said="$I(X;Y \\mid T) = I(X;Y) - I(T;Y)$ always",
    claim=r"A representation $T$ is $\varepsilon$-sufficient if $I(X;Y \mid T) \le \varepsilon$; "
    r"equivalently, if $I(X;Y) - I(T;Y) \le \varepsilon$.",
    believed="It is the chain rule, which holds for every pair with a finite information.",
    corrected="The two agree if $I(X;Y)$ is finite. If it is not, the conditional information is "
    r"still defined and the difference is $\infty - \infty$. Whoever takes $Y = X$, continuous, is "
    "there.",
    instance=r"$Y = X$ uniform on $[0, 1]$ and $T = X$, so that $I(X;Y \mid T) = 0$; informations "
    "are approached by looking at the first bits. Beside it a table of three by two, on which both "
    "sides are compared exactly, as sums of logarithms of primes.",
    counterexample=infinite_information,
)


def through_a_noisy_channel(lead: Fraction) -> tuple[Fraction, Any]:
    """What forgetting X costs, and the information about Y that is forgotten: Y is a fair bit, and
    X is right about it with probability one half and this lead."""
    right, wrong = (Fraction(1, 2) + lead) / 2, (Fraction(1, 2) - lead) / 2
    joint = {(0, 0): right, (1, 1): right, (0, 1): wrong, (1, 0): wrong}
    nothing = {0: "", 1: ""}
    errors = [{0: Fraction(0), 1: Fraction(1)}, {0: Fraction(1), 1: Fraction(0)}]
    gap = bayes_risk(through(joint, nothing), errors) - bayes_risk(joint, errors)
    mp = many_digits()
    lost = conditional_information(joint, nothing)
    return gap, mp.fsum(c.numerator * mp.log(p) / c.denominator for p, c in lost.items())


def risk_and_information() -> Refutation:
    leads = [Fraction(1, 10**k) for k in (1, 2, 3, 4, 5)]
    found = [through_a_noisy_channel(lead) for lead in leads]
    gap, lost = found[3]
    mp, factor = many_digits(), 1000
    points = [(float(lost), float(gap)) for gap, lost in found]
    return Refutation(
        claimed=Measured(
            "$1000\\varepsilon$ minus the risk that was added", factor * lost - mp.convert(gap)
        ),
        corrected=Measured(
            "$\\sqrt{\\varepsilon/2}$ minus the risk that was added",
            mp.sqrt(lost / 2) - mp.convert(gap),
        ),
        numbers=(
            Measured("information lost, $\\varepsilon$, in nats", lost),
            Measured("risk added", gap),
            Measured("risk added, over $\\varepsilon$", mp.convert(gap) / lost),
            Measured(
                r"risk added, over $\sqrt{\varepsilon/2}$", mp.convert(gap) / mp.sqrt(lost / 2)
            ),
            Measured(
                "the same for a channel ten times better", mp.convert(found[2][0]) / found[2][1]
            ),
        ),
        picture=Picture(
            "Risk that is added by forgetting, against the information forgotten",
            ("information lost, in nats", "risk added"),
            {
                "√(ε/2), the bound": tuple((x, sqrt(x / 2)) for x, _ in points),
                "the noisy channel": tuple(points),
                "ε, what a linear slack would be": tuple((x, x) for x, _ in points),
            },
        ),
    )


RISK = Erratum(
    id="linear-slack-in-the-risk",
    said=r"An $\varepsilon$-sufficient representation adds $O(\varepsilon)$ to the risk",
    claim=r"A representation that loses $\varepsilon$ nats about the target costs at most a "
    r"constant times $\varepsilon$ in Bayes risk, for any bounded loss.",
    believed=r"For the logarithmic loss the cost is $\varepsilon$ itself.",
    corrected=r"For a loss between 0 and $M$ the cost is at most $M\sqrt{\varepsilon/2}$, and the "
    "root cannot be spared: neither can the constant be improved.",
    instance=r"A fair bit seen through a channel that is right with probability "
    r"$\frac12 + 10^{-4}$, and a representation that forgets it all; loss 1 for a wrong guess. "
    "The constant tried is 1000; a worse channel defeats a greater one.",
    counterexample=risk_and_information,
    references=(
        (
            "L. Györfi, T. Linder and H. Walk, Lossless transformations and excess risk bounds in "
            "statistical inference, Entropy 25 (2023), 1394 (bounds of this kind)"
        ),
        (
            "T. M. Cover and J. A. Thomas, Elements of information theory, second edition, 2006 "
            "(Pinsker's inequality)"
        ),
    ),
)


SUFFICIENCY = (LEVEL_SETS, LIKELIHOOD_RATIOS, REFINEMENTS, INFINITE_INFORMATION, RISK)
