r"""Bayes risk: what a statistic costs whoever must decide by it.

## Statement

Let L be a loss between 0 and M, and r*(T) the least expected loss of a rule that sees T alone.  For
a Markov chain $\theta$ - X - T

$0 \le r^*(T) - r^*(X) \le M\sqrt{\varepsilon/2}$, with $\varepsilon = I(X;\theta \mid T)$,

so that a sufficient statistic costs nothing, under any loss and prior: the posterior is all that a
decision needs.  The constant is sharp and the root cannot be replaced by a multiple of
$\varepsilon$.  For two losses the gap is known exactly: the logarithmic one, $\varepsilon$, and the
squared one, $\mathbb{E}\operatorname{Var}(\mathbb{E}[\theta \mid X] \mid T)$.

The proof is in `bayes_risk_proof`, the family (the posterior, which every optimal decision is made
from) in `posterior`.
"""

from __future__ import annotations

import math
from fractions import Fraction

from .bayes_risk_proof import proof
from .finite_models import bayes_risk, error, flipped, information, told
from .posterior import POSTERIOR
from .theorem import Assumption, Theorem

__all__ = ["BAYES_RISK", "most_lost"]


def most_lost(loss: float, *, size: float = 1.0) -> float:
    """The bound on the Bayes risk's gap, of a loss within [0, size] and a statistic that loses so
    many nats."""
    return size * math.sqrt(max(loss, 0.0) / 2)


# -- assumptions ----------------------------------------------------------------------------------


NOISY = flipped(Fraction(1, 4))
BLIND = told(NOISY, (0, 0))


def with_a_larger_loss() -> float:
    """Ten for an error, the bound for a loss up to one."""

    def ten(action: int, parameter: int) -> Fraction:
        return 10 * error(action, parameter)

    gap = bayes_risk(BLIND, ten, 2) - bayes_risk(NOISY, ten, 2)
    return most_lost(information(NOISY)) - float(gap)


def with_a_statistic_that_peeks() -> float:
    """T is the coin itself, which X shows dimly: the gap is negative."""
    peeked = flipped(Fraction(0))
    return float(bayes_risk(peeked, error, 2) - bayes_risk(NOISY, error, 2))


def with_a_line_for_the_root() -> float:
    """A bound of M epsilon in place of M sqrt(epsilon/2): a tenth of a throw for 0.02 nats."""
    nearly = flipped(Fraction(2, 5))
    gap = bayes_risk(told(nearly, (0, 0)), error, 2) - bayes_risk(nearly, error, 2)
    return information(nearly) - float(gap)


def with_a_rule_that_is_not_the_best() -> float:
    """The rule that turns X over errs three times in four; blind guessing errs once in two."""
    turned = NOISY[0][0] + NOISY[1][1]
    return float(bayes_risk(BLIND, error, 2) - turned)


ASSUMPTIONS = (
    Assumption(
        words="the loss lies between 0 and M",
        fails="bound: ten times the loss, ten times the gap",
        without=with_a_larger_loss,
    ),
    Assumption(
        words=r"$\theta$ - X - T is a Markov chain",
        fails="nonnegative: a statistic that peeks at the parameter beats the data",
        without=with_a_statistic_that_peeks,
    ),
    Assumption(
        words=r"the bound is $M\sqrt{\varepsilon/2}$, and no multiple of $\varepsilon$",
        fails="bound: near a blind channel the gap is as large as the root, and the nats are its "
        "square",
        without=with_a_line_for_the_root,
    ),
    Assumption(
        words="both risks are those of the best rules",
        fails="nonnegative: a bad rule of X is worse than none",
        without=with_a_rule_that_is_not_the_best,
    ),
    Assumption(
        words="a given rule may be matched by a rule of T at random; without randomness where the "
        "loss is convex (Rao--Blackwell)",
        unknown="the risks here are infima over rules, and for them randomness gains nothing; no "
        "claim about a single rule is made",
    ),
)

BAYES_RISK = Theorem(
    id="bayes-risk",
    title="Bayes risk: what a statistic costs whoever must decide by it",
    intuition="Every optimal decision is made from the posterior alone. A statistic with the same "
    "posterior therefore costs nothing, whatever is at stake; one whose posterior is a little off "
    "costs at most in proportion to how far off it is, and that distance is at most the root of "
    "half the nats that were lost. Nearly blind channels show that the root is no artefact: there "
    "a loss of a fifty-millionth of a nat costs a ten-thousandth of the stakes.",
    statement=r"For a Markov chain $\theta$ - X - T, a loss within $[0, M]$ and $\varepsilon = "
    r"I(X;\theta \mid T)$: $0 \le r^*(T) - r^*(X) \le M\sqrt{\varepsilon/2}$. If T is sufficient, "
    r"$r^*(T) = r^*(X)$ for every loss and prior. The gap of the logarithmic loss is "
    r"$\varepsilon$, that of the squared loss $\mathbb{E}\operatorname{Var}(\mathbb{E}[\theta \mid "
    r"X] \mid T)$. For Gaussian classes the posterior is $p(c \mid t) = \pi_c\,N(t; \mu_c, \Sigma) "
    r"/ \sum_j\pi_j\,N(t; \mu_j, \Sigma)$.",
    proof_words="Let P be the law of everything, and Q the law with the same statistic and the "
    "same posterior given it, but data that know nothing more. Under Q the best rule of X is a "
    "rule of T at random, so it costs at least r*(T); under P it costs r*(X). The two differ by at "
    "most M times the total variation of P and Q, and that is at most the root of half their "
    r"divergence (Pinsker), which is $\varepsilon$.",
    assumptions=ASSUMPTIONS,
    references=(
        (
            "D. Blackwell, Equivalent comparisons of experiments, Annals of Mathematical "
            "Statistics 24 (1953), 265-272"
        ),
        (
            "T. M. Cover and J. A. Thomas, Elements of Information Theory, 2nd edition (2006), "
            "Pinsker's inequality in section 11.6 (from memory)"
        ),
    ),
    proof=proof,
    families=(POSTERIOR,),
    uses=("epsilon-sufficiency", "lehmann-scheffe"),
)
