"""Errata on what a nearly sufficient representation loses: information, and risk."""

from __future__ import annotations

from fractions import Fraction
from math import sqrt
from typing import Any

from .erratum import Erratum, Measured, Refutation, many_digits
from .finite_experiments import conditional_information, information, nats, through
from .finite_models import bayes_risk, error, flipped, told
from .picture import Picture

__all__ = ["INFORMATION", "through_a_noisy_channel"]

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
    theorems=("epsilon-sufficiency",),
)


def through_a_noisy_channel(lead: Fraction) -> tuple[Fraction, Any]:
    """What forgetting X costs, and the information about Y that is forgotten: Y is a fair bit, and
    X is right about it with probability one half and this lead."""
    table = flipped(Fraction(1, 2) - lead)
    gap = bayes_risk(told(table, (0, 0)), error, 2) - bayes_risk(table, error, 2)
    joint = {(x, y): table[y][x] for x in (0, 1) for y in (0, 1)}
    return gap, nats(conditional_information(joint, {0: "", 1: ""}))


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
    theorems=("bayes-risk",),
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


INFORMATION = (INFINITE_INFORMATION, RISK)
