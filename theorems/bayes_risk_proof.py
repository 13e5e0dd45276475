"""The proof that a statistic's cost is at most the root of half the nats that it loses."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import product
from typing import Any

from .epsilon_sufficiency_proof import entropy, lost, merged, table
from .finite_experiments import is_sufficient, statistics
from .finite_models import Law, Statistic, bayes_risk, error, joint, planted, told
from .symbolic import sp
from .theorem import Step, enumeration, identity, inequality

__all__ = ["proof"]


def proof() -> Iterator[Step]:
    yield _never_less()
    yield from _nothing_for_a_sufficient_one()
    yield from _two_losses()
    yield from _the_bound()
    yield from _sharp()


def _never_less() -> Step:
    def fused(case: tuple[int, ...]) -> tuple[int, int]:
        a, b, c, d = case
        return min(a, b) + min(c, d), min(a + c, b + d)

    return enumeration(
        "a rule of T is a rule of X: to choose once for two points costs no less than to choose "
        "for each",
        lambda: product(range(4), repeat=4), holds=lambda case: fused(case)[0] <= fused(case)[1],
        slip=lambda case: fused(case)[0] == fused(case)[1],
        slip_words="as much: the statistic is taken for sufficient",
        tex=r"\min_a u_a + \min_a v_a \le \min_a(u_a + v_a)",
        scope="two points, two actions, all expected losses 0..3",
    )  # fmt: skip


Case = tuple[tuple[Law, ...], Statistic, bool]


def _nothing_for_a_sufficient_one() -> Iterator[Step]:
    g1, g2, k, l1, l2 = sp.symbols("g1 g2 k l1 l2", positive=True)
    apart = (g1 * l1 + g2 * l2) + k * (g1 * l1 + g2 * l2)
    yield identity(
        "points with one posterior are decided alike: their expected losses are multiples of each "
        "other, action by action",
        sp.expand(apart), sp.expand((1 + k) * (g1 * l1 + g2 * l2)),
        slip=sp.expand((1 + k) * g1 * l1 + g2 * l2), slip_words="one parameter's loss not carried",
        tex=r"\min_a u_a + \min_a k\,u_a = \min_a(u_a + k\,u_a)",
        scope="two parameters, one action; sums over parameters for more",
    )  # fmt: skip

    def same(case: Case) -> bool:
        seen, part, _ = case
        return all(
            bayes_risk(seen, loss, 2) == bayes_risk(told(seen, part), loss, 2)
            for loss in (error, _lopsided)
        )

    yield enumeration(
        "so no sufficient statistic costs anything, under a symmetric loss and a lopsided one",
        lambda: (case for case in _cases() if case[2]), holds=same,
        slip=lambda case: not same(case), slip_words="every statistic costs something",
        tex=r"T \text{ sufficient} \Rightarrow r^*(T) = r^*(X)",
        scope="all sufficient ones among the 52 statistics on five points, two rational models",
    )  # fmt: skip
    yield enumeration(
        "and none is better than the data",
        _cases, holds=lambda case: bayes_risk(told(case[0], case[1]), error, 2)
        >= bayes_risk(case[0], error, 2),
        slip=same, slip_words="every statistic is as good as the data",
        tex=r"r^*(T) \ge r^*(X)", scope="all 52 statistics on five points, two rational models",
    )  # fmt: skip


def _lopsided(action: int, parameter: int) -> Fraction:
    return Fraction(((0, 7), (2, 1))[action][parameter])


def _cases() -> Iterator[Case]:
    for salt, directions in ((1, (0, 1, 0, 2, 1)), (2, (0, 1, 2, 0, 0))):
        model = planted(2, directions, salt)
        seen = joint(model, (Fraction(2, 3), Fraction(1, 3)))
        for part in statistics(5):
            yield seen, part, is_sufficient(model, part)


def _two_losses() -> Iterator[Step]:
    p = table(3)
    risk = [
        sum(_conditional(column) for column in zip(*seen, strict=True))
        for seen in (merged(p, (0, 1), (2,)), p)
    ]
    yield identity(
        "the logarithmic loss: the gap is what was lost, in nats",
        sp.expand(risk[0] - risk[1]), sp.expand(lost(p, (0, 1), (2,))),
        slip=sp.expand(risk[0]), slip_words="the data's own risk forgotten",
        tex=r"r^*(T) - r^*(X) = H(\theta \mid T) - H(\theta \mid X) = \varepsilon",
        scope="two parameters, three points of which two are merged",
    )  # fmt: skip
    w1, w2 = sp.symbols("w1 w2", positive=True)
    u, v, m = sp.symbols("u v m", real=True)
    own = (w1 * u + w2 * v) / (w1 + w2)
    yield identity(
        "the squared loss: at each point another estimate m costs its squared distance from the "
        "data's own; with m the mean of those on the fibre, that is their variance",
        sp.cancel(w1 * ((u - m) ** 2 - (u - own) ** 2) + w2 * ((v - m) ** 2 - (v - own) ** 2)),
        sp.cancel((w1 + w2) * (own - m) ** 2), slip=sp.cancel((w1 + w2) * (own**2 - m**2)),
        slip_words="the difference of the squares",
        tex=r"r^*(T) - r^*(X) = \mathbb{E}(\mathbb{E}[\theta \mid X] - \mathbb{E}[\theta \mid T])^2"
        r" = \mathbb{E}\operatorname{Var}(\mathbb{E}[\theta \mid X] \mid T)",
        scope="two values of the parameter, of any weights, at one point; a sum over points",
    )  # fmt: skip


def _conditional(column: tuple[Any, ...]) -> Any:
    """Mass times the entropy of the posterior at one point."""
    return entropy(column) - entropy([sum(column)])


def _the_bound() -> Iterator[Step]:
    u, v, l1, l2, g1 = sp.symbols("u v l1 l2 g1", nonnegative=True)
    yield inequality(
        "expectations under P and Q differ by at most M times the total variation",
        u * l1 - v * l2, u * (l1 + g1), because=[u * g1, v * l2],
        slip=u * (l1 + g1) / 2, slip_words="half of it",
        tex=r"\sum(q - p)\,L \le M\sum(q - p)_+ = M\,TV(P, Q)",
        scope="where q exceeds p by u and the loss is l1 = M - g1; where p exceeds q by v, l2",
    )  # fmt: skip
    p, q = sp.symbols("p q", positive=True)
    kl = p * (sp.log(p) - sp.log(q)) + (1 - p) * (sp.log(1 - p) - sp.log(1 - q))
    yield identity(
        "Pinsker for two outcomes: the slope of what is to be shown nonnegative",
        sp.cancel(sp.diff(kl - 2 * (p - q) ** 2, q)),
        sp.cancel((q - p) * (1 - 2 * q) ** 2 / (q * (1 - q))),
        slip=sp.cancel((q - p) / (q * (1 - q))), slip_words="the square taken off nowhere",
        tex=r"\frac{d}{dq}\bigl[KL(p\,\|\,q) - 2(p - q)^2\bigr] = "
        r"\frac{(q - p)(1 - 2q)^2}{q(1 - q)}",
        scope="all p and q between 0 and 1: it falls before q = p, where it is zero, and rises "
        "after",
    )  # fmt: skip
    a, b, c, d = sp.symbols("a b c d", positive=True)
    parts = [a * sp.log(a / b) + c * sp.log(c / d), (a + c) * sp.log((a + c) / (b + d))]
    y = sp.Symbol("y", positive=True)
    yield identity(
        "outcomes may be merged to the two that tell most apart (q < p and not): each piece of the "
        "divergence lost is a mean of convex t log t",
        sp.expand_log(sp.expand(parts[0] - parts[1])),
        sp.expand_log(sp.expand(
            a * (sp.log(a / b) - sp.log((a + c) / (b + d)))
            + c * (sp.log(c / d) - sp.log((a + c) / (b + d)))
        )),
        slip=sp.expand_log(sp.expand(parts[0])), slip_words="that of the merged pair forgotten",
        tex=r"a\log\tfrac ab + c\log\tfrac cd - (a + c)\log\tfrac{a + c}{b + d} = "
        r"a\log\tfrac{a(b + d)}{b(a + c)} + c\log\tfrac{c(b + d)}{d(a + c)} \ge 0",
        scope="two outcomes merged: the divergence of (a, c) from (b, d), each over its total",
    )  # fmt: skip
    yield identity(
        "and t log t is convex",
        sp.diff(y * sp.log(y), y, 2), 1 / y, slip=-1 / y, slip_words="concave, as the logarithm",
        tex=r"(t\log t)'' = 1/t > 0", scope="every t > 0",
    )  # fmt: skip


def _sharp() -> Iterator[Step]:
    d = sp.Symbol("d", real=True)
    half = sp.Rational(1, 2)
    nats = sp.log(2) + sum((half + s * d) * sp.log(half + s * d) for s in (1, -1))
    yield identity(
        "a fair coin turned over with probability 1/2 - d: without the data one more error in 1/d "
        "throws",
        half - (half - d), d, slip=2 * d, slip_words="both sides counted",
        tex=r"r^*(T) - r^*(X) = \tfrac12 - (\tfrac12 - \delta) = \delta", scope="0 < d < 1/2",
    )  # fmt: skip
    yield identity(
        "the nats lost start with the square of d",
        sp.diff(nats, d, 2).subs(d, 0), sp.Integer(4), slip=sp.Integer(2),
        slip_words="one of the two sides left out",
        tex=r"\varepsilon = \log 2 - h(\tfrac12 - \delta) = 2\delta^2 + O(\delta^4)",
        scope="the second derivative at zero",
    )  # fmt: skip
    yield identity(
        "and neither a constant nor a multiple of d comes before it: the bound is reached in the "
        "limit, M sqrt(epsilon/2) = d",
        sp.simplify(nats.subs(d, 0)) ** 2 + sp.diff(nats, d).subs(d, 0) ** 2, sp.Integer(0),
        slip=sp.log(2), slip_words="the prior's entropy not counted",
        tex=r"\varepsilon(0) = \varepsilon'(0) = 0,\quad \delta/\sqrt{\varepsilon/2} \to 1",
        scope="at zero",
    )  # fmt: skip
