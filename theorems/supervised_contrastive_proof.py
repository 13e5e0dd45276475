"""The proof of the supervised contrastive loss's gradients, order, floors, and who reaches them."""

from __future__ import annotations

from collections.abc import Iterator

from .symbolic import sp
from .theorem import Step, cited, identity, inequality

__all__ = ["proof"]


def proof() -> Iterator[Step]:
    yield from _gradients()
    yield from _two_losses()
    yield from _mean_gap()
    yield from _floor()
    yield from _attained()


def _gradients() -> Iterator[Step]:
    p, q, r, t = sp.symbols("p q r t", real=True)  # two positives, two negatives
    total = sum(sp.exp(x) for x in (p, q, r, t))
    outside = sp.log(total) - (p + q) / 2
    yield identity(
        "with the sum outside the log each positive pulls by an equal share",
        sp.diff(outside, p), sp.exp(p) / total - sp.Rational(1, 2),
        slip=sp.exp(p) / total - 1, slip_words="each positive pulls as if it were the only one",
        tex=r"\partial\ell_i^{\text{out}}/\partial s_{ip} = \operatorname{softmax}_p"
        r" - 1/\lvert P(i)\rvert", scope="two positives, two negatives",
    )  # fmt: skip
    inside = sp.log(total) - sp.log((sp.exp(p) + sp.exp(q)) / 2)
    yield identity(
        "inside the log the nearest positives pull most",
        sp.diff(inside, p), sp.exp(p) / total - sp.exp(p) / (sp.exp(p) + sp.exp(q)),
        slip=sp.exp(p) / total - sp.Rational(1, 2), slip_words="the pull of the outside loss",
        tex=r"\partial\ell_i^{\text{in}}/\partial s_{ip} = \operatorname{softmax}_p"
        r" - \operatorname{softmax}_{p \text{ among } P(i)}", scope="two positives, two negatives",
    )  # fmt: skip


def _two_losses() -> Iterator[Step]:
    x, y = sp.symbols("x y", positive=True)  # roots of two positives' probabilities
    yield inequality(
        "the mean of the logarithms is at most the logarithm of the mean: inside is below outside",
        x * y, (x**2 + y**2) / 2, because=[sp.expand((x - y) ** 2).factor() / 2],
        slip=x**2 + y**2, slip_words="the sum in place of the mean",
        tex=r"\sqrt{p_1p_2} \le \tfrac12(p_1 + p_2)\ \Rightarrow\ L_{\text{in}} \le L_{\text{out}}",
        scope="two positives; the general case is the inequality of the means",
    )  # fmt: skip
    a, b, c = sp.symbols("a b c", positive=True)
    yield identity(
        "the inside loss depends on the sums over positives and negatives only",
        (a + b + c) / ((a + b) / 2), 2 * (1 + c / (a + b)),
        slip=1 + c / (a + b), slip_words="the number of positives forgotten",
        tex=r"\exp\ell_i^{\text{in}} = \lvert P(i)\rvert\Bigl(1 + \frac{\sum_N e^{s}}"
        r"{\sum_P e^{s}}\Bigr)", scope="two positives",
    )  # fmt: skip
    n, s, e = sp.symbols("N S e", positive=True)
    yield inequality(
        "so it falls as the positives' sum grows, which is at most that of aligned positives",
        n / (s + e), n / s, because=[n * e / (s * (s + e))],
        slip=n / (s + e) + n * e / s**2, slip_words="the slope at the smaller sum kept",
        tex=r"\textstyle\sum_P e^s \le \lvert P\rvert e^{1/\tau}", scope="every size",
    )  # fmt: skip


def _mean_gap() -> Iterator[Step]:
    labels = (0, 0, 1, 1)
    x = [sp.Matrix(sp.symbols(f"x{i}_1:3", real=True)) for i in range(len(labels))]
    whole = sum(x, sp.zeros(2, 1))
    pairs = [(i, j) for i in range(4) for j in range(4) if i != j]
    positives = sum(x[i].dot(x[j]) for i, j in pairs if labels[i] == labels[j])
    negatives = sum(x[i].dot(x[j]) for i, j in pairs if labels[i] != labels[j])
    lengths = sum(row.dot(row) for row in x)
    yield identity(
        "the squared length of the sum of all rows counts lengths, positives and negatives",
        sp.expand(whole.dot(whole)), sp.expand(lengths + positives + negatives),
        slip=sp.expand(lengths + negatives), slip_words="the other rows of the class forgotten",
        tex=r"\Bigl\lVert\sum_i u_i\Bigr\rVert^2 = N\bigl(1 + (n-1)P + n(K-1)Q\bigr)",
        scope="two classes of two, d = 2, all entries free",
    )  # fmt: skip
    length, short = sp.symbols("E D", nonnegative=True)  # of the sum, over N; and 1 - P
    own, m = sp.symbols("o M", positive=True)  # n - 1 and K - 1
    n = own + 1
    big_p = 1 - short
    big_q = (length - 1 - own * big_p) / (n * m)
    yield inequality(
        "so the mean gap is at least -K/(K-1): the sum has a length, and no cosine exceeds one",
        -(m + 1) / m, big_q - big_p, because=[length / (n * m), own * short / (n * m), short],
        slip=big_q + big_p, slip_words="the positives added instead of subtracted",
        tex=r"Q - P + \tfrac{K}{K-1} = \tfrac{E}{n(K-1)} + \tfrac{(n-1)(1-P)}{n(K-1)} + 1 - P"
        r" \ge 0", scope="every n >= 2 and K >= 2, with E the squared length over N",
    )  # fmt: skip


def _floor() -> Iterator[Step]:
    yield cited(
        "Jensen's inequality, over an anchor's positives, over its negatives, then over anchors",
        tex=r"\mathbb{E}f(X) \ge f(\mathbb{E}X)", source="J. Jensen 1906",
    )  # fmt: skip
    g = sp.Symbol("g", real=True)
    own, others = sp.symbols("o M", positive=True)
    term = sp.log(own + others * sp.exp(g))
    yield inequality(
        "the term is convex in the gap",
        sp.Integer(0), sp.diff(term, g, 2),
        because=[own * others * sp.exp(g) / (own + others * sp.exp(g)) ** 2],
        slip=sp.diff(term, g), slip_words="the slope in place of the curvature",
        tex=r"\frac{d^2}{dg^2}\log(n - 1 + n(K-1)e^g) \ge 0", scope="every n and K",
    )  # fmt: skip
    yield inequality(
        "and grows with it, so the smallest mean gap gives the floor",
        sp.Integer(0), sp.diff(term, g),
        because=[others * sp.exp(g) / (own + others * sp.exp(g))],
        slip=sp.exp(g) / (own + others * sp.exp(g)), slip_words="the factor lost by the chain rule",
        tex=r"L \ge \log\bigl(n - 1 + n(K-1)e^{-K/((K-1)\tau)}\bigr)", scope="every n and K",
    )  # fmt: skip
    low, high = sp.symbols("c e", nonnegative=True)
    yield inequality(
        "in classes of any sizes no gap is below -2/tau",
        sp.Integer(-2), (low - 1) - (1 - high), because=[low, high],
        slip=sp.Integer(-1), slip_words="half the width",
        tex=r"\ell_i \ge \log\bigl(\lvert P(i)\rvert + \lvert N(i)\rvert e^{-2/\tau}\bigr)",
        scope="every size; tau = 1 by scaling",
    )  # fmt: skip


def _attained() -> Iterator[Step]:
    tau = sp.Symbol("tau", positive=True)
    near, far = sp.exp(1 / tau), sp.exp(-1 / (2 * tau))
    total = 2 * near + 6 * far
    floor = 2 + 6 * sp.exp(-sp.Rational(3, 2) / tau)
    yield identity(
        "classes collapsed to the corners of a regular triangle reach the floor, outside the log",
        total / near, floor, slip=3 + 6 * sp.exp(-sp.Rational(3, 2) / tau),
        slip_words="the anchor counted among its own positives",
        tex=r"\exp L = 2 + 6\,e^{-3/(2\tau)}", scope="K = 3, n = 3, d = 2, every temperature",
    )  # fmt: skip
    yield identity(
        "and inside it",
        total / ((near + near) / 2), floor, slip=total / (2 * near),
        slip_words="the sum over the positives in place of their mean",
        tex=r"\exp L_{\text{in}} = 2 + 6\,e^{-3/(2\tau)}",
        scope="K = 3, n = 3, d = 2, every temperature",
    )  # fmt: skip
