"""The proof of the compression phase: what bins say of a saturating unit, and what is true."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from itertools import pairwise
from typing import Any

from ..deferred import Deferred
from .symbolic import sp
from .theorem import Step, certificate, identity, inequality

__all__ = ["proof"]

mpmath: Any = Deferred("mpmath")


def proof() -> Iterator[Step]:
    yield from _law()
    yield from _ends()
    yield _rise_and_fall()
    yield from _rectified()
    yield from _truth()


def _cumulative(x: Any) -> Any:
    return (1 + sp.erf(x / sp.sqrt(2))) / 2


def _law() -> Iterator[Step]:
    t, w = sp.symbols("t w", positive=True)
    density = sp.exp(-((sp.atanh(t) / w) ** 2) / 2) / sp.sqrt(2 * sp.pi)
    yield identity(
        "the law of a unit: below t is what lies below atanh(t)/w, so that a bin's chance is a "
        "difference of two values of the normal law",
        sp.diff(_cumulative(sp.atanh(t) / w), t), density / (w * (1 - t**2)),
        slip=density / w, slip_words="the slope of tanh forgotten: it is no density",
        tex=r"\tfrac{d}{dt}\Phi\bigl(\tfrac{\operatorname{artanh}t}{w}\bigr) = "
        r"\frac{\varphi(\operatorname{artanh}(t)/w)}{w(1-t^2)}", scope="every w",
    )  # fmt: skip


def _ends() -> Iterator[Step]:
    w, c = sp.symbols("w c", positive=True)
    above = 1 - _cumulative(c / w)
    yield identity(
        "as the weight grows, each of the two outermost bins takes one half, wherever its edge is",
        sp.limit(above, w, sp.oo), sp.Rational(1, 2), slip=sp.Integer(0),
        slip_words="the limit at zero", tex=r"\lim_{w\to\infty} 1 - \Phi(c/w) = \tfrac12",
        scope="every edge c > 0, by symmetry below too",
    )  # fmt: skip
    yield identity(
        "as the weight vanishes, nothing is left beyond any edge but the one at zero",
        sp.limit(above, w, 0, "+"), sp.Integer(0), slip=sp.Rational(1, 2),
        slip_words="the limit at infinity", tex=r"\lim_{w\to0} 1 - \Phi(c/w) = 0",
        scope="every edge c > 0, by symmetry below too",
    )  # fmt: skip
    half = sp.Rational(1, 2)
    yield identity(
        "so two bins are left at either end, and the sign is all that they tell",
        -2 * half * sp.log(half), sp.log(2), slip=sp.log(2) / 2,
        slip_words="one of the two bins forgotten",
        tex=r"H \to -2\cdot\tfrac12\log\tfrac12 = \log 2", scope="an even number of bins",
    )  # fmt: skip


def _rise_and_fall() -> Step:
    tenth, one, five, hundred = (1, 10), (1, 1), (5, 1), (100, 1)
    return certificate(
        "in between it rises and falls",
        lambda: bool(
            _enclosed(*tenth).b < 1.9 and _enclosed(*one).a > 3.3
            and _enclosed(*five).b < 2 and _enclosed(*hundred).b < 0.81
        ),
        slip=lambda: bool(_enclosed(*one).a > 3.3 and _enclosed(*five).a > 3.3),
        slip_words="more weight never says less",
        tex=r"H(\tfrac1{10}) < 1.9,\quad H(1) > 3.3,\quad H(5) < 2,\quad H(100) < 0.81",
        scope="30 bins; an enclosure by interval arithmetic",
    )  # fmt: skip


@cache
def _enclosed(numerator: int, denominator: int) -> Any:
    """An interval that holds the entropy of the thirty bins at this weight."""
    iv = mpmath.iv
    weight = iv.mpf(numerator) / denominator
    below = [iv.mpf(0)]  # Phi - 1/2 at the edges from zero up
    for k in range(1, 15):
        at_edge = iv.log(iv.mpf(15 + k) / (15 - k)) / (2 * weight)
        below.append(_beyond_the_middle(at_edge))
    below.append(iv.mpf(1) / 2)
    total = iv.mpf(0)
    for low, high in pairwise(below):
        total += _surprise(high - low)
    return 2 * total


def _beyond_the_middle(x: Any) -> Any:
    """Phi(x) - 1/2: the series of the exponential, integrated; beyond six, all but exp(-x^2/2)."""
    iv = mpmath.iv
    if x.a > 6:
        return iv.mpf(1) / 2 - iv.mpf([0, 1]) * iv.exp(-(x**2) / 2) / 2
    total, term, n = iv.mpf(0), x, 0
    while n < 36 or abs(term).b > 1e-15:  # past n = x^2/2 terms alternate and shrink
        total += term / (2 * n + 1)
        n += 1
        term = -term * x**2 / (2 * n)
    return (total + iv.mpf([-1, 1]) * abs(term)) / iv.sqrt(2 * iv.pi)


def _surprise(p: Any) -> Any:
    """-p log p, which rises up to 1/e."""
    iv = mpmath.iv
    if p.b >= 0.36:
        return -p * iv.log(p)
    low, high = (iv.mpf(max(end, 0)) for end in (p.a, p.b))
    least = -low * iv.log(low) if low.a > 0 else iv.mpf(0)
    most = -high * iv.log(high) if high.b > 0 else iv.mpf(0)
    return iv.mpf([least.a, most.b])


def _rectified() -> Iterator[Step]:
    w, h = sp.symbols("w h", positive=True)
    k = sp.Symbol("k", positive=True, integer=True)
    at = [_cumulative((2 * k + i) * h / (2 * w)) for i in range(3)]
    whole = _cumulative((k + 1) * h / w) - _cumulative(k * h / w)
    yield identity(
        "at twice the weight a rectifier's bins are those of half the width: each is cut in two",
        whole, (at[2] - at[1]) + (at[1] - at[0]), slip=at[1] - at[0],
        slip_words="one of the halves forgotten",
        tex=r"p_k(w) = p_{2k}(2w) + p_{2k+1}(2w)", scope="every bin and every w",
    )  # fmt: skip
    p, q = sp.symbols("p q", positive=True)
    cut, lower, upper, both = sp.symbols("l l_p l_q l_s", real=True)
    yield identity(
        "a bin that is cut adds the entropy of the cut, weighed by the bin (the logarithms of p, q "
        "and p + q free)",
        -p * lower - q * upper, -(p + q) * both + p * (both - lower) + q * (both - upper),
        slip=-(p + q) * both, slip_words="the entropy of the cut forgotten",
        tex=r"-p\log p - q\log q = -(p+q)\log(p+q) + p\log\tfrac{p+q}p + q\log\tfrac{p+q}q",
        scope="every p and q",
    )  # fmt: skip
    added = [p * sp.log(1 + q / p), q * sp.log(1 + p / q)]
    yield inequality(
        "which is never negative: a rectifier's entropy rises with every doubling of the weight",
        cut, cut + sum(added), because=added, slip=cut - sum(added),
        slip_words="the cut taken off",
        tex=r"H(2w) - H(w) = \sum_k p\log\tfrac{p+q}p + q\log\tfrac{p+q}q \ge 0",
        scope="one bin of many; the others add further terms",
    )  # fmt: skip
    x = sp.Symbol("x", positive=True)
    normal = sp.exp(-(x**2) / 2) / sp.sqrt(2 * sp.pi)
    yield identity(
        "and without bound: no bin but the first has more than h/w times the density's top, which "
        "is at zero, and together they tend to one half",
        sp.diff(normal, x), -x * normal, slip=-normal, slip_words="the inner derivative forgotten",
        tex=r"\varphi' = -x\varphi \Rightarrow p_k \le \tfrac{h}{w\sqrt{2\pi}},\ "
        r"H \ge \bigl(\tfrac12 - \tfrac{h}{w\sqrt{2\pi}}\bigr)\log\tfrac{w\sqrt{2\pi}}h",
        scope="every h and w",
    )  # fmt: skip


def _truth() -> Iterator[Step]:
    n = sp.Symbol("n", positive=True, integer=True)
    w, s = sp.symbols("w sigma", positive=True)
    yield identity(
        "the information itself: cut X into n cells of one chance; T = f(wX) tells the cell, for f "
        "rises, so it tells log n nats, for every n: more than any number, at any weight (of a "
        "rectifier, half as many, by its upper half)",
        -n * (1 / n) * sp.log(1 / n), sp.log(n), slip=n * sp.log(n),
        slip_words="the chance of a cell forgotten",
        tex=r"I(X;T) \ge -\sum_{i\le n}\tfrac1n\log\tfrac1n = \log n", scope="every n",
    )  # fmt: skip
    total = (sp.log(2 * sp.pi * sp.E * (w**2 + s**2)) - sp.log(2 * sp.pi * sp.E * s**2)) / 2
    exact = sp.log(1 + w**2 / s**2) / 2
    yield identity(
        "with noise the information is finite: of a linear unit, the entropy of the sum less that "
        "of the noise",
        total, exact, slip=sp.log(1 + w / s) / 2, slip_words="deviations in place of variances",
        tex=r"I(X; wX + \sigma N) = \tfrac12\log\bigl(1 + w^2/\sigma^2\bigr)",
        scope="every w and sigma",
    )  # fmt: skip
    slope = w / (w**2 + s**2)
    yield identity(
        "its slope in the weight",
        sp.diff(exact, w), slope, slip=w / s**2, slip_words="the logarithm forgotten",
        tex=r"\tfrac{d}{dw} I = \frac{w}{w^2+\sigma^2}", scope="every w and sigma",
    )  # fmt: skip
    yield inequality(
        "is positive: a linear unit has no compression phase",
        sp.Integer(0), slope, because=[slope], slip=-slope, slip_words="the other sign",
        tex=r"\frac{w}{w^2+\sigma^2} \ge 0", scope="every w and sigma",
    )  # fmt: skip
