"""The proof of the importance-weighted bound: its order, its ceiling, its gradient."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import product
from math import comb, prod
from typing import Any

from .symbolic import sp
from .theorem import Step, cited, enumeration, identity, inequality

__all__ = ["proof"]


def proof() -> Iterator[Step]:
    yield from _definition()
    yield from _gradient()
    yield from _tangent()
    yield from _leave_one_out()
    yield from _small_sizes()
    yield from _evidence()
    yield from _limits()


def _bound(logarithms: Any) -> Any:
    return sp.log(sum(map(sp.exp, logarithms)) / len(logarithms))


def _definition() -> Iterator[Step]:
    a = sp.symbols("a1:4", real=True)
    c = sp.Symbol("c", real=True)
    whole = sp.exp(_bound(a))
    yield identity(
        "one sample's bound is its log weight, of which the ELBO is the mean",
        _bound(a[:1]), a[0],
        slip=sp.exp(a[0]), slip_words="the logarithm is forgotten",
        tex=r"L_1 = \mathbb{E}_q\log\tfrac{p(x,z)}{q(z)} = \mathrm{ELBO}", scope="K = 1",
    )  # fmt: skip
    yield identity(
        "a factor of all weights comes out of the mean",
        sp.exp(_bound([x + c for x in a])), sp.exp(c) * whole,
        slip=sp.exp(3 * c) * whole, slip_words="counted once for every sample",
        tex=r"L(cw) = L(w) + \log c", scope="K = 3, all weights free",
    )  # fmt: skip
    yield identity(
        "samples have no order",
        _bound(a), _bound((a[2], a[0], a[1])),
        slip=_bound((a[2], a[0], a[0])), slip_words="one sample drawn twice, another never",
        tex=r"L(w_\pi) = L(w)", scope="K = 3, all weights free",
    )  # fmt: skip
    yield identity(
        "each sample repeated changes nothing",
        sp.exp(_bound(a + a)), whole,
        slip=2 * whole, slip_words="the division by the number of samples is forgotten",
        tex=r"L(w, w) = L(w)", scope="K = 3, all weights free",
    )  # fmt: skip


def _gradient() -> Iterator[Step]:
    a, b = sp.symbols("a1:4", real=True), sp.symbols("b1:4", real=True)
    total = sum(map(sp.exp, a))
    shares = [sp.exp(x) / total for x in a]
    held = [sp.exp(x) / sum(map(sp.exp, b)) for x in b]
    yield identity(
        "the gradient in a log weight is the normalised weight",
        sp.diff(_bound(a), a[0]), shares[0],
        slip=sp.exp(a[0]) / 3, slip_words="the logarithm's own slope is forgotten",
        tex=r"\partial L/\partial\log w_k = w_k/\textstyle\sum_j w_j = \tilde w_k",
        scope="K = 3, all weights free",
    )  # fmt: skip
    yield identity(
        "normalised weights add up to one",
        sum(sp.diff(_bound(a), x) for x in a), sp.Integer(1),
        slip=sp.Integer(3), slip_words="one for every sample",
        tex=r"\textstyle\sum_k\tilde w_k = 1", scope="K = 3, all weights free",
    )  # fmt: skip
    back = dict(zip(b, a, strict=True))
    surrogate = sum(w * x for w, x in zip(held, a, strict=True))
    mean = sum(w * x for w, x in zip(shares, a, strict=True))
    yield identity(
        "the surrogate, its weights held constant, has the same gradient",
        sp.diff(surrogate, a[0]).subs(back), shares[0],
        slip=sp.diff(mean, a[0]),
        slip_words="the weights followed as well (AntixK/PyTorch-VAE#53)",
        tex=r"\partial\bigl(\textstyle\sum_j\tilde w_j\log w_j\bigr)/\partial\log w_k = "
        r"\tilde w_k,\ \tilde w\text{ constant}", scope="K = 3, all weights free",
    )  # fmt: skip
    yield identity(
        "what following the weights adds",
        sp.diff(mean, a[0]), shares[0] * (1 + a[0] - mean),
        slip=shares[0] * (1 + a[0]), slip_words="the normaliser's own slope is forgotten",
        tex=r"\tilde w_k\bigl(1 + \log w_k - \textstyle\sum_j\tilde w_j\log w_j\bigr)",
        scope="K = 3, all weights free",
    )  # fmt: skip


def _tangent() -> Iterator[Step]:
    v, s = sp.symbols("v s", real=True)
    r = sp.Symbol("r", nonnegative=True)
    inner = ((1 - s) * v + 1) * sp.exp(s * v)
    yield identity(
        "a logarithm lies below its tangent: t - 1 - log t, at t = e^v, has the integrand",
        sp.diff(inner, s), (1 - s) * v**2 * sp.exp(s * v),
        slip=(1 - s) * v * sp.exp(s * v), slip_words="one factor v is lost",
        tex=r"\tfrac{d}{ds}\bigl[((1-s)v + 1)e^{sv}\bigr] = (1-s)\,v^2e^{sv}", scope="every v",
    )  # fmt: skip
    yield identity(
        "and the two ends of the integral are",
        inner.subs(s, 1) - inner.subs(s, 0), sp.exp(v) - 1 - v,
        slip=sp.exp(v) - v, slip_words="the constant at the lower end is forgotten",
        tex=r"t - 1 - \log t = \int_0^1(1-s)\,v^2e^{sv}\,ds", scope="every v = log t",
    )  # fmt: skip
    integrand = r * v**2 * sp.exp((1 - r) * v)
    yield inequality(
        "the integrand is nonnegative, and zero for all s only at t = 1",
        sp.Integer(0), integrand, because=[integrand],
        slip=r * v * sp.exp((1 - r) * v), slip_words="v in place of its square",
        tex=r"\log t \le t - 1", scope="every v, r = 1 - s in [0, 1]",
    )  # fmt: skip


def _leave_one_out() -> Iterator[Step]:
    w = sp.symbols("w1:5", positive=True)
    mean = sum(w) / 4
    parts = [(sum(w) - x) / 3 for x in w]
    yield identity(
        "the mean is the mean of the means that leave one out",
        sum(parts) / 4, mean,
        slip=sum((sum(w) - x) / 4 for x in w) / 4, slip_words="the parts divided by K, not K - 1",
        tex=r"\tfrac1K\sum_j\tfrac{1}{K-1}\sum_{k\ne j}w_k = \tfrac1K\sum_k w_k",
        scope="K = 4, all weights free",
    )  # fmt: skip
    K, total = sp.symbols("K S", positive=True)
    yield identity(
        "at every K: each weight is in K - 1 of the K parts",
        (K * total - total) / (K * (K - 1)), total / K,
        slip=K * total / (K * (K - 1)), slip_words="each weight counted in all K parts",
        tex=r"\sum_j\bigl(S - w_j\bigr) = (K-1)\,S,\ S = \textstyle\sum_k w_k", scope="every K",
    )  # fmt: skip
    yield identity(
        "so the tangents at the whole mean average to zero, and L is no smaller than its parts",
        sum(part / mean - 1 for part in parts), sp.Integer(0),
        slip=sum(part / mean for part in parts), slip_words="the tangent without its constant",
        tex=r"\tfrac1K\sum_j\log\tfrac{m_j}{m} \le \tfrac1K\sum_j\bigl(\tfrac{m_j}{m} - 1\bigr) "
        r"= 0", scope="K = 4, all weights free",
    )  # fmt: skip
    first, second = sp.symbols("f1:3", real=True)
    half = sp.Symbol("q", positive=True)
    chance = {(i, j): (half, 1 - half)[i] * (half, 1 - half)[j]
              for i, j in product((0, 1), repeat=2)}  # fmt: skip
    yield identity(
        "each part of an exchangeable draw has the distribution of K - 1 samples",
        sum(p * (first, second)[j] for (_, j), p in chance.items()),
        half * first + (1 - half) * second,
        slip=half**2 * first + (1 - half) ** 2 * second,
        slip_words="the sample left out must be the same as the one kept",
        tex=r"\mathbb{E}\,L(w_{-j}) = L_{K-1}", scope="K = 2, two states, every q",
    )  # fmt: skip


def _small_sizes() -> Iterator[Step]:
    """The same inequality with sums of squares as its certificate, which needs no calculus."""
    u, v, w = sp.symbols("u v w", positive=True)
    yield inequality(
        "two samples: one by one they are never above (w = u^2)",
        u * v, (u**2 + v**2) / 2, because=[(u - v) ** 2 / 2],
        slip=(u**2 + v**2) / 4, slip_words="divided by K twice",
        tex=r"e^{(\log w_1 + \log w_2)/2} \le \tfrac12(w_1 + w_2)", scope="K = 2, every weight",
    )  # fmt: skip
    squares = [(u - v) ** 2, (v - w) ** 2, (w - u) ** 2]
    cubes = [(u + v + w) * square / 6 for square in squares]
    yield inequality(
        "three samples, and the three pairs of three samples (each pair's mean a cube)",
        u * v * w, (u**3 + v**3 + w**3) / 3, because=cubes,
        slip=(u**3 + v**3 + w**3) / 2, slip_words="the mean of the three pairs divided by two",
        tex=r"\textstyle\prod_j m_j^{1/3} \le \tfrac13\sum_j m_j = \tfrac13\sum_k w_k",
        scope="K = 3, every weight",
    )  # fmt: skip


def _evidence() -> Iterator[Step]:
    p, q = sp.symbols("p1:4", positive=True), sp.symbols("q1:4", positive=True)
    w = [joint / chance for joint, chance in zip(p, q, strict=True)]
    evidence = sum(p)
    yield identity(
        "weights average to the evidence, whatever q",
        sum(chance * x for chance, x in zip(q, w, strict=True)), evidence,
        slip=sum(w), slip_words="a sum over the states in place of a mean under q",
        tex=r"\mathbb{E}_q w = \textstyle\sum_z q(z)\,\tfrac{p(x,z)}{q(z)} = p(x)",
        scope="three states, all probabilities free",
    )  # fmt: skip
    pairs = list(product(range(3), repeat=2))
    last = {q[2]: 1 - q[0] - q[1]}
    yield identity(
        "and so does the mean of several, draw by draw: its tangent at p(x) averages to zero",
        sum(q[i] * q[j] * ((w[i] + w[j]) / (2 * evidence) - 1) for i, j in pairs).subs(last),
        sp.Integer(0),
        slip=sum(q[i] * q[j] * ((w[i] + w[j]) / evidence - 1) for i, j in pairs).subs(last),
        slip_words="the sum of the weights in place of their mean",
        tex=r"L_K - \log p(x) \le \mathbb{E}\bigl[\tfrac{1}{K\,p(x)}\textstyle\sum_k w_k - 1\bigr] "
        "= 0", scope="K = 2, three states, every q",
    )  # fmt: skip
    yield identity(
        "at the posterior every weight is p(x), and nothing is lost",
        p[0] / (p[0] / evidence), evidence,
        slip=p[0] / q[0], slip_words="any other q: the weight depends on the state",
        tex=r"q(z) = p(z\mid x)\ \Rightarrow\ w = p(x)", scope="three states",
    )  # fmt: skip
    yield enumeration(
        "on models of two states the bounds increase strictly, and stay below log p(x)",
        _models,
        holds=lambda model: _increasing(model) and _below(model),
        slip=lambda model: _power(model, 1) < _power(model, 2),
        slip_words="twice as many draws for every further sample are not accounted for",
        tex=r"L_1 < L_2 < \dots < L_5 < \log p(x)", scope="six models, uniform q, in integers",
    )  # fmt: skip
    yield cited(
        "the gap closes like one over the number of samples, where the moments exist",
        tex=r"\log p(x) - L_K = \tfrac{1}{2K}\operatorname{Var}\bigl(w/p(x)\bigr) + o(1/K)",
        source="J. Domke and D. Sheldon 2018",
    )


Model = tuple[Fraction, Fraction]  # the weights of two states, each drawn with probability 1/2


def _models() -> Iterator[Model]:
    yield from ((Fraction(1, k), Fraction(m)) for k in (2, 3, 5) for m in (1, 4))


def _power(model: Model, samples: int) -> Fraction:
    """exp(2^K L_K), an exact rational: a product over how many draws are of the first state."""
    means = [(j * model[0] + (samples - j) * model[1]) / samples for j in range(samples + 1)]
    return Fraction(prod(m ** comb(samples, j) for j, m in enumerate(means)))


def _increasing(model: Model) -> bool:
    return all(_power(model, K) ** 2 < _power(model, K + 1) for K in range(1, 5))


def _below(model: Model) -> bool:
    return _power(model, 5) < ((model[0] + model[1]) / 2) ** 32


def _limits() -> Iterator[Step]:
    top = sp.Symbol("m", positive=True)
    gaps = sp.symbols("g1:3", nonnegative=True)
    others = sp.symbols("w1:3", nonnegative=True)
    yield inequality(
        "the mean is at most the largest weight",
        (top + sum(top - gap for gap in gaps)) / 3, top, because=[gap / 3 for gap in gaps],
        slip=top - gaps[0], slip_words="the second largest",
        tex=r"L \le \max_k\log w_k", scope="K = 3, every weight",
    )  # fmt: skip
    yield inequality(
        "and at least a K-th of it",
        top / 3, (top + sum(others)) / 3, because=[other / 3 for other in others],
        slip=sum(others) / 3, slip_words="the largest left out",
        tex=r"L \ge \max_k\log w_k - \log K", scope="K = 3, every weight",
    )  # fmt: skip
