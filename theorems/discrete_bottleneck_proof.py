"""The proof of the discrete information bottleneck: what a search ends at, and two exact curves."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from .symbolic import sp
from .theorem import Step, cited, identity, inequality

__all__ = ["proof"]


def proof() -> Iterator[Step]:
    yield _silence()
    yield from _fixed_point()
    yield _time_sharing()
    yield _erasing()
    yield from _symmetric()


def _silence() -> Step:
    lost, kept, left = sp.symbols("d V b", nonnegative=True)  # I_x - I_y, I_y, 1 - beta
    return inequality(
        "up to beta = 1 no description is better than none, as none keeps more of y than of x",
        sp.Integer(0), sp.expand(lost + kept - (1 - left) * kept), because=[lost, left * kept],
        slip=lost - left * kept, slip_words="the price with the other sign",
        tex=r"I_x - \beta I_y = (I_x - I_y) + (1-\beta)I_y \ge 0", scope="every table, beta <= 1",
    )  # fmt: skip


def _fixed_point() -> Iterator[Step]:
    q, r, w, a, b, beta = sp.symbols("q r w a b beta", positive=True)
    p_t = (w * q + (1 - w) * r, w * (1 - q) + (1 - w) * (1 - r))
    mass = (w * q, (1 - w) * r), (w * (1 - q), (1 - w) * (1 - r))  # of each label, by x
    joint = tuple(tuple(m * s + n * u for m, n in mass) for s, u in ((a, b), (1 - a, 1 - b)))
    logs: dict[Any, Any] = {}

    def log(x: sp.Expr) -> sp.Expr:
        return logs.setdefault(x, sp.Symbol(f"l{len(logs)}", real=True))

    def slope(x: sp.Expr) -> sp.Expr:
        """The derivative of x log x, the logarithm free."""
        return sp.diff(x, q) * (log(x) + 1)

    own = sum(slope(x) for x in (w * q, w * (1 - q)))  # of the cells that q moves
    of_t = sum(slope(x) for x in p_t)
    of_both = sum(slope(x) for row in joint for x in row)
    found = own - of_t - beta * (of_both - of_t)
    rate = log(w * q) - log(w * (1 - q)) - log(p_t[0]) + log(p_t[1])
    cells = [log(row[0]) - log(row[1]) for row in joint]
    tells = a * cells[0] + (1 - a) * cells[1] - log(p_t[0]) + log(p_t[1])
    yield identity(
        "the Lagrangian is stationary where the log-odds of two labels, given x, are those of the "
        "labels and beta times what they say of y",
        sp.expand(found), sp.expand(w * (rate - beta * tells)),
        slip=sp.expand(w * (rate + beta * tells)), slip_words="the price with the other sign",
        tex=r"\log\frac{p(t|x)}{p(t)} - \beta\sum_yp(y|x)\log p(y|t) = c(x)",
        scope="two outcomes each, all logarithms free; others add further terms",
    )  # fmt: skip
    of_x, of_t0, of_t1 = sp.symbols("m0 m1 m2", real=True)
    divergences = [a * (of_x - of_label) for of_label in (of_t0, of_t1)]
    yield identity(
        "what y is like given x is the same for all labels, so that a divergence may stand there",
        sp.expand(divergences[1] - divergences[0]), sp.expand(a * (of_t0 - of_t1)),
        slip=sp.expand(a * (of_t1 - of_t0)), slip_words="the divergence without its minus",
        tex=r"p(t|x) \propto p(t)\,e^{-\beta\operatorname{KL}(p(y|x)\,\|\,p(y|t))}",
        scope="each outcome of y, all logarithms free",
    )  # fmt: skip


def _time_sharing() -> Step:
    s, cell, label, own = sp.symbols("s p t x", positive=True)

    def told(*ratio: sp.Expr) -> sp.Expr:
        above, *below = (sp.expand_log(sp.log(x)) for x in ratio)
        return sp.expand(s * cell * (above - sum(below)))

    return identity(
        "a coin that chooses between two descriptions, and is kept with the label, keeps the mean "
        "of both: so the curve is concave",
        told(s * cell, s * label, own), told(cell, label, own),
        slip=told(s * cell, label, own), slip_words="the label's share without the coin's",
        tex=r"I(X;(T_C, C)) = s\,I(X;T_1) + (1-s)\,I(X;T_2)",
        scope="each cell of the one, taken with probability s; the sum over both",
    )  # fmt: skip


def _erasing() -> Step:
    e, p, q = sp.symbols("e p q", positive=True)  # p(x|t), p(x)
    ratio = sp.expand_log(sp.log(p / q), force=True)
    kept = sp.expand_log(sp.log((1 - e) * p) - sp.log((1 - e) * q), force=True)
    return identity(
        "an erasure tells nothing, and what is not erased tells all that it told",
        sp.expand((1 - e) * p * kept + e * p * (sp.log(e) - sp.log(e))),
        sp.expand((1 - e) * p * ratio), slip=sp.expand(p * ratio),
        slip_words="the erased counted as if they were there",
        tex=r"I(T;Y) = (1-e)\,I(T;X)", scope="each outcome and label; the sum over them",
    )  # fmt: skip


def _symmetric() -> Iterator[Step]:
    a, d = sp.symbols("a delta", positive=True)
    b = sp.Symbol("b", real=True)
    both = a * (1 - d) + d * (1 - a)
    yield identity(
        "flips of flips: correlations are multiplied",
        sp.expand(1 - 2 * both), sp.expand((1 - 2 * a) * (1 - 2 * d)),
        slip=sp.expand(1 - 2 * (a + d)), slip_words="probabilities of flips added",
        tex=r"1 - 2(a*\delta) = (1-2a)(1-2\delta)", scope="every two symmetric channels",
    )  # fmt: skip
    yield cited(
        "what flips leave unknown is convex in what was unknown (Mrs Gerber's lemma), so that by "
        "Jensen no description of a fair bit is above those by flips",
        tex=r"H(Y|T) \ge h\bigl(\delta * h^{-1}(H(X|T))\bigr)",
        source="A. D. Wyner and J. Ziv, 1973; H. S. Witsenhausen and A. D. Wyner, 1975 "
        "(from memory)",
    )
    c = sp.Symbol("c", positive=True)
    g = ((1 + b) * sp.log(1 + b) + (1 - b) * sp.log(1 - b)) / 2
    yield identity(
        "along flips the Lagrangian's slope compares two logarithms of odds",
        sp.diff(g, b), (sp.log(1 + b) - sp.log(1 - b)) / 2,
        slip=sp.log(1 + b) - sp.log(1 - b), slip_words="the half forgotten",
        tex=r"g'(b) = \operatorname{artanh} b:\quad \operatorname{artanh} b = \beta(1-2\delta)"
        r"\operatorname{artanh}((1-2\delta)b)", scope="every correlation b",
    )  # fmt: skip
    yield identity(
        "at nothing kept the curve's slope is the square of the correlation: the first nat is "
        "worth its price above the critical beta",
        sp.diff(g.subs(b, c * b), b, 2).subs(b, 0) / sp.diff(g, b, 2).subs(b, 0), c**2, slip=c,
        slip_words="the correlation not squared",
        tex=r"\beta_c = (1-2\delta)^{-2}", scope="the fair bit with flips",
    )  # fmt: skip
