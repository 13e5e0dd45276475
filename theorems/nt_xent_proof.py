"""The proof of NT-Xent's gradient, floor and band, step by step."""

from __future__ import annotations

from collections.abc import Iterator

from .symbolic import sp
from .theorem import Step, cited, identity, inequality

__all__ = ["proof"]


def proof() -> Iterator[Step]:
    yield from _gradient()
    yield from _convexity()
    yield from _mean_gap()
    yield from _attained()


def _gradient() -> Iterator[Step]:
    s, t, r, tau = sp.symbols("s t r tau", real=True)
    total = sp.exp(s) + sp.exp(t) + sp.exp(r)
    yield identity(
        "a row's term is a soft-max cross-entropy: in its positive's score",
        sp.diff(sp.log(total) - s, s), sp.exp(s) / total - 1,
        slip=sp.exp(s) / total, slip_words="the soft-max alone, the positive's own pull forgotten",
        tex=r"\partial L_i/\partial s_{ip} = \operatorname{softmax}_{p} - 1",
        scope="three terms in the denominator",
    )  # fmt: skip
    yield identity(
        "the same, in a negative's score",
        sp.diff(sp.log(total) - s, t), sp.exp(t) / total,
        slip=sp.exp(t) / (total - sp.exp(s)),
        slip_words="the positive left out of the denominator: the decoupled variant's gradient",
        tex=r"\partial L_i/\partial s_{ij} = \operatorname{softmax}_{j}",
        scope="three terms in the denominator",
    )  # fmt: skip
    z = sp.Matrix(sp.symbols("z1:4", positive=True))
    v = sp.Matrix(sp.symbols("v1:4", real=True))
    norm = sp.sqrt(z.dot(z))
    u = z / norm
    slope = sp.Matrix([sp.diff(u.dot(v), entry) for entry in z])
    yield identity(
        "through the norm, the gradient is projected off its own row and divided by the length",
        slope, (v - u * u.dot(v)) / norm,
        slip=v / norm, slip_words="the norm treated as a constant (detached)",
        tex=r"\nabla_z \langle z/\lVert z\rVert, v\rangle = (I - uu^\top)v/\lVert z\rVert",
        scope="d = 3, all entries free",
    )  # fmt: skip
    yield identity(
        "so the gradient is tangent to the sphere",
        z.dot(slope), sp.Integer(0),
        slip=z.dot(v) / norm, slip_words="without the projection it would point along the row",
        tex=r"\langle z, \nabla_z\rangle = 0", scope="d = 3, all entries free",
    )  # fmt: skip
    yield identity(
        "a similarity enters two rows' terms, and the temperature once",
        sp.diff((s * t / tau) + (t * s / tau), s), 2 * t / tau,
        slip=t / tau, slip_words="only the row's own term counted",
        tex=r"\nabla_{u_i} L = \frac{1}{2N\tau}\sum_j (G_{ij} + G_{ji})\,u_j", scope="every size",
    )  # fmt: skip


def _convexity() -> Iterator[Step]:
    a, b, c, x, y, w = sp.symbols("a b c x y w", positive=True)
    p = [a / (a + b + c), b / (a + b + c), c / (a + b + c)]
    v = [x, y, w]
    mean = sum(q * q_v for q, q_v in zip(p, v, strict=True))
    variance = sum(q * q_v**2 for q, q_v in zip(p, v, strict=True)) - mean**2
    pairs = [p[i] * p[j] * (v[i] - v[j]) ** 2 for i, j in ((0, 1), (0, 2), (1, 2))]
    yield inequality(
        "the log of a sum of exponentials is convex: its Hessian is a variance",
        sp.Integer(0), variance, because=pairs,
        slip=variance + mean**2, slip_words="the second moment in place of the variance",
        tex=r"v^\top(\operatorname{diag}p - pp^\top)v = \sum_{i<j}p_ip_j(v_i - v_j)^2 \ge 0",
        scope="three terms, all weights free",
    )  # fmt: skip
    g, k = sp.symbols("g k", real=True)
    m = sp.Symbol("m", positive=True)
    yield identity(
        "at equal gaps the term depends on the gap and on the number of negatives only",
        sp.log(sp.exp(k) + 3 * sp.exp(g + k)) - k, sp.log(1 + 3 * sp.exp(g)),
        slip=sp.log(1 + sp.exp(g)) + sp.log(3),
        slip_words="the number of negatives taken out of the logarithm whole",
        tex=r"\log\bigl(e^{k} + m\,e^{g+k}\bigr) - k = \log(1 + m\,e^{g})", scope="m = 3",
    )  # fmt: skip
    yield inequality(
        "and it increases with the gap, so the smallest mean gap gives the floor",
        sp.Integer(0), sp.diff(sp.log(1 + m * sp.exp(g)), g),
        because=[m * sp.exp(g) / (1 + m * sp.exp(g))],
        slip=sp.exp(g) / (1 + m * sp.exp(g)), slip_words="the factor m lost by the chain rule",
        tex=r"\frac{d}{dg}\log(1 + m\,e^{g}) = \frac{m e^g}{1 + m e^g} \ge 0",
        scope="every number of negatives",
    )  # fmt: skip


def _mean_gap() -> Iterator[Step]:
    n = 3
    x = [sp.Matrix(sp.symbols(f"x{i}_1:3", real=True)) for i in range(2 * n)]
    whole = sum(x, sp.zeros(2, 1))
    lengths = sum(row.dot(row) for row in x)
    positives = sum(x[i].dot(x[i + n]) for i in range(n))
    negatives = sum(x[i].dot(x[j]) for i in range(2 * n) for j in range(2 * n) if (j - i) % n != 0)
    yield identity(
        "the squared length of the sum of all rows counts lengths, positives and negatives",
        sp.expand(whole.dot(whole)), sp.expand(lengths + 2 * positives + negatives),
        slip=sp.expand(lengths + positives + negatives),
        slip_words="each positive pair counted once instead of twice",
        tex=r"\Bigl\lVert\sum_i u_i\Bigr\rVert^2 = 2N + 2N\,P + 2N(2N-2)\,Q",
        scope="N = 3, d = 2, all entries free",
    )  # fmt: skip
    length, short = sp.symbols("E D", nonnegative=True)
    m = sp.Symbol("M", positive=True)  # N - 1
    big_p = 1 - short
    big_q = (length - 1 - big_p) / (2 * m)
    yield inequality(
        "so the mean gap is at least -N/(N-1): the sum has a length, and no cosine exceeds one",
        -(m + 1) / m, big_q - big_p,
        because=[length / (2 * m), (2 * m + 1) * short / (2 * m)],
        slip=big_q + big_p, slip_words="the positives added instead of subtracted",
        tex=r"Q - P + \tfrac{N}{N-1} = \tfrac{E}{2(N-1)} + \tfrac{(2N-1)(1-P)}{2(N-1)} \ge 0",
        scope="every N >= 2, with E the squared length over 2N",
    )  # fmt: skip
    yield cited(
        "Jensen's inequality: the mean of a convex function is at least its value at the mean",
        tex=r"\mathbb{E}f(X) \ge f(\mathbb{E}X)", source="J. Jensen 1906",
    )  # fmt: skip


def _attained() -> Iterator[Step]:
    tau = sp.Symbol("tau", positive=True)
    n = 3
    half = sp.Rational(1, 2)
    vertices = [(sp.Integer(1), 0), (-half, sp.sqrt(3) / 2), (-half, -sp.sqrt(3) / 2)] * 2
    rows = [sp.Matrix(vertex) for vertex in vertices]
    first = [rows[0].dot(row) / tau for row in rows]
    loss = sp.log(sum(sp.exp(score) for score in first[1:])) - first[n]
    gap = -sp.Rational(n, n - 1) / tau
    yield identity(
        "aligned pairs on a regular triangle reach the floor",
        sp.exp(loss), 1 + 2 * (n - 1) * sp.exp(gap),
        slip=1 + (2 * n - 1) * sp.exp(gap), slip_words="2N-1 negatives: the positive counted twice",
        tex=r"L = \log\bigl(1 + 4e^{-3/(2\tau)}\bigr)", scope="N = 3, d = 2, every temperature",
    )  # fmt: skip
    decoupled = sp.log(sum(sp.exp(s) for j, s in enumerate(first) if j not in (0, n))) - first[n]
    yield identity(
        "and the floor of the decoupled loss",
        sp.exp(decoupled), 2 * (n - 1) * sp.exp(gap),
        slip=1 + 2 * (n - 1) * sp.exp(gap), slip_words="the coupled floor, with its positive",
        tex=r"L = \log 4 - 3/(2\tau)", scope="N = 3, d = 2, every temperature",
    )  # fmt: skip
    score, extra = sp.symbols("c e", nonnegative=True)
    yield inequality(
        "no score leaves [-1/tau, 1/tau], so no gap exceeds 2/tau",
        (1 - extra) - (score - 1), sp.Integer(2), because=[score, extra],
        slip=sp.Integer(1), slip_words="half the width",
        tex=r"s_{ij} - s_{ip} \le 2/\tau", scope="every size; tau = 1 by scaling",
    )  # fmt: skip
