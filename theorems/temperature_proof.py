"""The proof of what a temperature does to a soft-max's cross-entropy, step by step."""

from __future__ import annotations

from collections.abc import Iterator

from .symbolic import sp
from .theorem import Step, identity, inequality

__all__ = ["proof"]


def proof() -> Iterator[Step]:
    yield from _slope()
    yield from _shape()
    yield from _cold()
    yield from _warm()


def _slope() -> Iterator[Step]:
    scores = s, *_ = sp.symbols("s t u", real=True)
    alpha = sp.Symbol("alpha", positive=True)
    total = sum(sp.exp(alpha * z) for z in scores)
    shares = [sp.exp(alpha * z) / total for z in scores]
    loss = sp.log(total) - alpha * s
    entropy = sp.log(total) - sum(q * alpha * z for q, z in zip(shares, scores, strict=True))
    yield identity(
        "at a learned scale the loss equals the mean entropy of its soft-max",
        alpha * sp.diff(loss, alpha), loss - entropy, slip=loss,
        slip_words="the entropy forgotten: a loss that would have to vanish",
        tex=r"\partial L/\partial\log\alpha = L - \bar H", scope="K = 3, every scale",
    )  # fmt: skip
    mean = sum(q * (sp.log(total) - alpha * z) for q, z in zip(shares, scores, strict=True))
    yield identity(
        "so does that of a critic whose soft-max is the posterior of which key is the positive",
        mean, entropy, slip=sp.log(total) - sum(alpha * z for z in scores) / 3,
        slip_words="every key the positive equally often",
        tex=r"\textstyle\sum_k p_k\,(-\log p_k) = H: \quad L^* = \mathbb{E}H", scope="K = 3",
    )  # fmt: skip
    yield identity(
        "and what the loss is per unit of scale falls, by the entropy",
        sp.diff(loss / alpha, alpha), -entropy / alpha**2, slip=-loss / alpha**2,
        slip_words="the loss itself in the entropy's place",
        tex=r"\partial(L/\alpha)/\partial\alpha = -\bar H/\alpha^2", scope="K = 3, every scale",
    )  # fmt: skip


def _shape() -> Iterator[Step]:
    a, b, c = weights = sp.symbols("a b c", positive=True)  # e^{alpha s}
    v = sp.symbols("v1:4", real=True)
    total = a + b + c
    mean = sum(w * x for w, x in zip(weights, v, strict=True)) / total
    second = sum(w * x**2 for w, x in zip(weights, v, strict=True)) / total
    pairs = [
        weights[i] * weights[j] * (v[i] - v[j]) ** 2 / total**2 for i, j in ((0, 1), (0, 2), (1, 2))
    ]
    yield inequality(
        "the loss is convex in the scale, as its curvature is the variance of the scores under the "
        "soft-max: where it meets the entropy it is least",
        sp.Integer(0), second - mean**2, because=pairs,
        slip=second, slip_words="the second moment in place of the variance",
        tex=r"\partial^2\ell_i/\partial\alpha^2 = \operatorname{Var}_{p_i}s_i = "
        r"\textstyle\sum_{j<k}p_jp_k(s_j - s_k)^2 \ge 0", scope="K = 3",
    )  # fmt: skip
    terms = [w / total * sp.log(1 + (total - w) / w) for w in weights]
    yield inequality(
        "an entropy is not negative: no share is above one",
        sp.Integer(0), sp.log(total) - sum(w * sp.log(w) for w in weights) / total, because=terms,
        slip=sp.log(total) - sum(sp.log(w) for w in weights) / 3,
        slip_words="the mean surprise of keys drawn evenly",
        tex=r"H = \textstyle\sum_k p_k\log\frac1{p_k} \ge 0", scope="K = 3",
    )  # fmt: skip


def _cold() -> Iterator[Step]:
    x, y = sp.symbols("x y", positive=True)  # the others' weights over the largest
    yield inequality(
        "a sum of exponentials is at least its largest",
        sp.Integer(1), 1 + x + y, because=[x, y],
        slip=x + y, slip_words="the largest left out of its own sum",
        tex=r"\max_j s_{ij} \le \log\textstyle\sum_j e^{s_{ij}}", scope="K = 3",
    )  # fmt: skip
    f, g = sp.symbols("f g", nonnegative=True)  # what the others' weights lack of it
    yield inequality(
        "and at most K times that, so that the loss is the gap to the hardest key, and log K more",
        1 + (1 - f) + (1 - g), sp.Integer(3), because=[f, g],
        slip=sp.Integer(2), slip_words="the largest not counted among the K",
        tex=r"\log\textstyle\sum_j e^{s_{ij}} \le \max_j s_{ij} + \log K,\quad "
        r"\tau L \to \overline{\max_j \cos_{ij} - \cos_{ip}}", scope="K = 3",
    )  # fmt: skip


def _warm() -> Iterator[Step]:
    e, (s, t, u) = sp.Symbol("e", real=True), sp.symbols("s t u", real=True)
    scores = (s, t, u)
    small = sp.series(
        sp.log(sum(sp.exp(e * z) for z in scores) / 3) - e * s, e, 0, 3
    ).removeO()  # fmt: skip
    mean = sum(scores) / 3
    variance = sum(z**2 for z in scores) / 3 - mean**2
    yield identity(
        "at a high temperature the loss is log K less the positive's lead over the mean",
        sp.expand(small), sp.expand(e * (mean - s) + e**2 * variance / 2),
        slip=sp.expand(e * (mean - s) + e**2 * variance),
        slip_words="half the variance forgotten",
        tex=r"L = \log K - \frac{s_+ - \bar s}{\tau} + \frac{\operatorname{Var}s}{2\tau^2}"
        r" + O(\tau^{-3})", scope="K = 3",
    )  # fmt: skip
    a, b, c, d, p, q = sp.symbols("a b c d p q", positive=True)
    values = [(x - y) / (x + y) for x, y in ((a, b), (c, d))]  # anything between -1 and 1
    shares = [p / (p + q), q / (p + q)]
    centre = sum(w * z for w, z in zip(shares, values, strict=True))
    square = sum(w * z**2 for w, z in zip(shares, values, strict=True))
    rooms = [
        w * 4 * x * y / (x + y) ** 2 for w, (x, y) in zip(shares, ((a, b), (c, d)), strict=True)
    ]
    yield inequality(
        "the variance of what lies between -1 and 1 is one at most, under every soft-max",
        square - centre**2, sp.Integer(1), because=[centre**2, *rooms],
        slip=sp.Rational(1, 2), slip_words="that of an even spread",
        tex=r"\operatorname{Var}_p s = 1 - (\mathbb{E}s)^2 - \mathbb{E}(1 - s)(1 + s) \le 1",
        scope="two scores, all weights free",
    )  # fmt: skip
    alpha, x = sp.symbols("alpha x", positive=True)
    yield identity(
        "integrated twice from a scale of zero: the loss passes that line by so much at most",
        sp.integrate(alpha - x, (x, 0, alpha)), alpha**2 / 2,
        slip=alpha**2, slip_words="integrated once, and multiplied by the length",
        tex=r"0 \le L - \log K - \overline{\bar s_i - s_{ip}} \le \tfrac12\tau^{-2}",
        scope="every scale",
    )  # fmt: skip
