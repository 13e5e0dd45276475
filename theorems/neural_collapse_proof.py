"""The proof of neural collapse: what the objective exceeds its minimum by, term by term."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from .symbolic import sp
from .theorem import Step, identity, inequality
from .words import identity_on, letter, rule, scalar, square, trace

__all__ = ["proof"]


def proof() -> Iterator[Step]:
    yield from _penalties()
    yield from _cross_entropy()
    yield from _squared()
    yield from _convexity()
    yield from _corners()
    yield from _margin_and_spread()
    yield from _layer_peeled()


def _penalties() -> Iterator[Step]:
    W, H = letter("W", "K", "d"), letter("H", "N", "d")
    P, Q = letter("P", "K", "N"), letter("Q", "N", "N", symmetric=True)
    one, r = identity_on("N"), scalar(r"\rho")
    rules = (rule(P.T @ P, Q), rule(Q @ Q, Q))
    yield identity(
        "complete the square: what both penalties leave beside the scores times P = "
        r"$(I-J/K)\otimes 1_n^\top/\sqrt n$, each weight taken into its matrix",
        (square(W) + square(H)).given(*rules),
        square(W - r @ P @ H) + square((one - Q) @ H) + (square(Q @ H) - r @ r @ square(Q @ H))
        + 2 * r @ trace(W.T @ P @ H),
        slip=square(W - r @ P @ H) + square((one - Q) @ H) + 2 * r @ trace(W.T @ P @ H),
        slip_words="the means that should vanish forgotten",
        tex=r"\lVert W\rVert^2+\lVert H\rVert^2 = \lVert W-\rho PH\rVert^2"
        r" + \lVert(I-P^\top P)H\rVert^2 + (1-\rho^2)\lVert PH\rVert^2"
        r" + 2\rho\langle P, WH^\top\rangle",
        scope="every K, N, d and partial isometry P",
    )  # fmt: skip
    w, h = sp.symbols("w h", nonnegative=True)
    t = sp.Symbol("t", nonnegative=True)
    rho = 1 / (1 + t)
    yield inequality(
        "beyond the threshold some part of the penalties is never paid back",
        (1 - rho) * (w**2 + h**2) / 2, (w**2 + h**2) / 2 - rho * w * h,
        because=[rho * (w - h) ** 2 / 2], slip=(w**2 + h**2) / 2 - w * h,
        slip_words="the threshold taken for reached",
        tex=r"\tfrac12(w^2+h^2)-\rho wh \ge (1-\rho)\,\tfrac12(w^2+h^2)", scope="every w, h, rho",
    )  # fmt: skip


def _cross_entropy() -> Iterator[Step]:
    c, K = sp.symbols("c K", positive=True)
    grown = 1 / c - (K - 1)  # e^a
    yield identity(
        "at these scores every wrong class has the probability c",
        1 / (grown + K - 1), c, slip=1 / (grown + K), slip_words="K classes beside the right one",
        tex=r"e^a = \tfrac1c-(K-1) \Rightarrow \frac1{e^a+K-1} = c", scope="every K and c",
    )  # fmt: skip
    yield identity(
        "which needs e to the a to be above one: the threshold",
        grown - 1, (1 - c * K) / c, slip=(1 - c * (K - 1)) / c,
        slip_words="the right class not counted",
        tex=r"e^a > 1 \iff cK < 1", scope="every K and c",
    )  # fmt: skip
    for size in (2, 3, 4):
        J = sp.ones(size, size)
        slope = c * (J - sp.eye(size)) - (size - 1) * c * sp.eye(size)
        yield identity(
            f"the gradient there is a multiple of the centring: {size} classes",
            slope, -size * c * (sp.eye(size) - J / size), slip=-size * c * (sp.eye(size) - J),
            slip_words="the mean not divided",
            tex=r"p-y = -cK\,(I-\tfrac1KJ)", scope=f"K = {size}",
        )  # fmt: skip
    n, s = sp.symbols("n s", positive=True)  # s the root of both weights
    yield identity(
        "and of just the size that the penalties allow it: the certificate",
        (sp.sqrt(n) * s) * K / (n * K), s / sp.sqrt(n), slip=s,
        slip_words="the samples of a class not counted",
        tex=r"\frac{cK}N = \frac{\sqrt{\lambda_W\lambda_H}}{\sqrt n}", scope="every K and n",
    )  # fmt: skip
    a = sp.log(grown)
    yield identity(
        "the minimum: the loss there, and the penalties, a times the rank",
        sp.exp(sp.log(1 + (K - 1) / grown) + c * (K - 1) * a),
        sp.exp(c * (K - 1) * a) / (1 - c * (K - 1)),
        slip=sp.exp(c * K * a) / (1 - c * (K - 1)), slip_words="a frame of rank K",
        tex=r"L^* = -\log(1-c(K-1)) + c(K-1)\,a", scope="every K and c, after exponentiation",
    )  # fmt: skip


def _squared() -> Iterator[Step]:
    c, K, z = sp.symbols("c K z", positive=True)
    yield identity(
        "half the squared error, direction by direction, is a parabola with its own threshold",
        c * z + (1 - z) ** 2 / (2 * K), c - K * c**2 / 2 + (z - (1 - c * K)) ** 2 / (2 * K),
        slip=c - c**2 / 2 + (z - (1 - c * K)) ** 2 / (2 * K), slip_words="K forgotten",
        tex=r"cz+\frac{(1-z)^2}{2K} = c-\tfrac K2c^2+\frac{(z-(1-cK))^2}{2K}",
        scope="every K and c; K directions without a bias, K - 1 beside one",
    )  # fmt: skip


def _convexity() -> Iterator[Step]:
    u, v, w = sp.symbols("u v w", real=True)
    x, y, z = sp.symbols("x y z", positive=True)
    total = x + y + z
    p = (x / total, y / total, z / total)
    mean = p[0] * u + p[1] * v + p[2] * w
    bend = p[0] * u**2 + p[1] * v**2 + p[2] * w**2 - mean**2
    pairs = [
        p[0] * p[1] * (u - v) ** 2, p[0] * p[2] * (u - w) ** 2, p[1] * p[2] * (v - w) ** 2
    ]  # fmt: skip
    yield inequality(
        "cross-entropy is convex, so that its divergence is never negative",
        sp.Integer(0), sp.cancel(sp.together(bend)), because=pairs, slip=2 * sum(pairs),
        slip_words="every pair counted twice",
        tex=r"\textstyle\sum p_iv_i^2-(\sum p_iv_i)^2 = \sum_{i<j}p_ip_j(v_i-v_j)^2 \ge 0",
        scope="three classes, every probability and direction",
    )  # fmt: skip


def _corners() -> Iterator[Step]:
    U, e, C = letter("U", "K", "d"), letter("e", "K", "1"), letter("C", "K", "K", symmetric=True)
    ones = identity_on("K")
    yield identity(
        "the cosines of unit vectors add up to no less than minus their number",
        square(U.T @ e).given(rule(U @ U.T, ones + C)), square(e) + trace(e.T @ C @ e),
        slip=square(e) + 2 * trace(e.T @ C @ e), slip_words="every pair counted four times",
        tex=r"\lVert\textstyle\sum u_i\rVert^2 = K + \sum_{i\ne j}\langle u_i,u_j\rangle \ge 0",
        scope="every K and d; C has the cosines and a zero diagonal",
    )  # fmt: skip


def _margin_and_spread() -> Iterator[Step]:
    a, r, K = sp.symbols("a r K", positive=True)  # W = rM
    yield identity(
        "the margin: of every sample the right class is ahead of any other by just as much",
        a * (1 - 1 / K) - a * (-1 / K), a, slip=a * (1 - 1 / K),
        slip_words="the score of the right class taken for its lead",
        tex=r"S = a(I-\tfrac1KJ) \Rightarrow s_k-s_j = a", scope="every K and a",
    )  # fmt: skip
    own, other = a / r * (1 - 1 / K), a / r * (-1 / K)  # entries of MM'
    yield identity(
        "the spread: how far any two class means are apart",
        2 * own - 2 * other, 2 * a / r, slip=2 * own,
        slip_words="means taken for perpendicular",
        tex=r"WM^\top = rMM^\top = a(I-\tfrac1KJ) \Rightarrow \lVert\mu_j-\mu_k\rVert^2 = "
        r"\tfrac{2a}r",
        scope="every K and a; r is the root of n times the ratio of the penalties' weights",
    )  # fmt: skip
    yield identity(
        "so that the boundary between two classes is halfway between their means",
        (a / sp.sqrt(r**2 * (2 * a / r))) ** 2, (sp.sqrt(2 * a / r) / 2) ** 2, slip=2 * a / r,
        slip_words="the whole way",
        tex=r"\frac a{\lVert w_j-w_k\rVert} = \tfrac12\lVert\mu_j-\mu_k\rVert",
        scope="every K, a and r",
    )  # fmt: skip
    h, m = letter("h", "1", "d"), letter(r"\mu", "1", "d")
    yield identity(
        "the nearest class mean is a linear classifier, whose weights are the means (NC4)",
        square(h - m), square(h) - 2 * (trace(h @ m.T) - Fraction(1, 2) * square(m)),
        slip=square(h) - 2 * (trace(h @ m.T) - square(m)), slip_words="the length counted twice",
        tex=r"\lVert h-\mu_k\rVert^2 = \lVert h\rVert^2-2\,(\mu_k^\top h-\tfrac12\lVert\mu_k"
        r"\rVert^2)",
        scope="every d; means of one length have one bias",
    )  # fmt: skip


def _layer_peeled() -> Iterator[Step]:
    s, t = sp.symbols("s t", real=True)
    K = sp.Symbol("K", positive=True)
    yield identity(
        "with budgets in place of penalties: a score's lead over the mean of the others is its "
        "lead over the mean of all, stretched",
        s - (K * t - s) / (K - 1), K / (K - 1) * (s - t), slip=K * (s - t),
        slip_words="the others not counted",
        tex=r"s_k-\tfrac1{K-1}\textstyle\sum_{j\ne k}s_j = \tfrac K{K-1}(s_k-\bar s)",
        scope="every K; a bias adds nothing to the mean of this over balanced classes",
    )  # fmt: skip
    u, v = sp.symbols("u v", real=True)
    yield inequality(
        "the other scores' exponentials are least where these scores are alike",
        2 * sp.exp((u + v) / 2), sp.exp(u) + sp.exp(v),
        because=[(sp.exp(u / 2) - sp.exp(v / 2)) ** 2],
        slip=sp.exp(u) + sp.exp(v) - 1, slip_words="a term lost",
        tex=r"e^u+e^v-2e^{(u+v)/2} = (e^{u/2}-e^{v/2})^2 \ge 0", scope="two others",
    )  # fmt: skip
    x = sp.Symbol("x", real=True)
    yield identity(
        "the loss of a lead is convex: leads that differ lose more than their mean",
        sp.diff(sp.log(1 + (K - 1) * sp.exp(-x)), x, 2),
        (K - 1) * sp.exp(x) / (sp.exp(x) + K - 1) ** 2,
        slip=(K - 1) * sp.exp(x) / (sp.exp(x) + K) ** 2, slip_words="the right class added again",
        tex=r"\partial_x^2\log(1+(K-1)e^{-x}) = \frac{(K-1)e^x}{(e^x+K-1)^2} > 0",
        scope="every K and lead",
    )  # fmt: skip
    W, M = letter("W", "K", "d"), letter("M", "K", "d")
    p, q = scalar("p"), scalar("q")
    yield identity(
        "and the mean lead has a ceiling (Cauchy and Schwarz, p and q the roots of both budgets)",
        square(q @ W - p @ M),
        q @ q @ square(W) + p @ p @ square(M) - 2 * p @ q @ trace(W.T @ M),
        slip=q @ q @ square(W) + p @ p @ square(M) - p @ q @ trace(W.T @ M),
        slip_words="half the product",
        tex=r"2pq\,\langle W, M\rangle = q^2\lVert W\rVert^2+p^2\lVert M\rVert^2-\lVert qW-pM"
        r"\rVert^2 \le 2Kp^2q^2",
        scope="every K and d; centring a matrix only shortens it",
    )  # fmt: skip
    p_, q_ = sp.symbols("p q", positive=True)
    yield identity(
        "which the corners of a simplex reach",
        p_ * q_ * (1 + 1 / (K - 1)), K / (K - 1) * p_ * q_, slip=p_ * q_,
        slip_words="the lead over corners at right angles",
        tex=r"a = \tfrac K{K-1}\sqrt{E_WE_H},\quad L \ge \log(1+(K-1)e^{-a})",
        scope="every K and both budgets",
    )  # fmt: skip
