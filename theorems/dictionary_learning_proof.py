"""The proof of the conditions that codes and dictionaries meet, and of their certificates."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from .symbolic import sp
from .theorem import Step, cited, identity, inequality
from .words import letter, square, trace

__all__ = ["proof"]

HALF = Fraction(1, 2)


def proof() -> Iterator[Step]:
    yield from _collapse()
    yield from _duality()
    yield from _conditions()
    yield from _dictionary()
    yield from _floors()


def _collapse() -> Iterator[Step]:
    c, z1, z2 = sp.symbols("c z1 z2", positive=True)
    d, x = sp.symbols("d1 d2", real=True), sp.Symbol("x", real=True)
    error = (x - z1 * d[0] - z2 * d[1]) ** 2 / 2
    scaled = (x - (z1 / c) * (c * d[0]) - (z2 / c) * (c * d[1])) ** 2 / 2
    yield identity(
        "why atoms are bounded: with c times the atoms and 1/c times the codes the error stays, "
        "and the penalty is c times smaller, so that its infimum is zero",
        scaled + (z1 + z2) / c, error + (z1 + z2) / c,
        slip=error + z1 + z2, slip_words="the penalty taken to be unchanged, as the error is",
        tex=r"L(cD, z/c) = \tfrac12\lVert x - Dz\rVert^2 + \tfrac\lambda c\lVert z\rVert_1",
        scope="one coordinate, two atoms, lambda one, codes of one sign; others alike",
    )  # fmt: skip


def _duality() -> Iterator[Step]:
    D, z = letter("D", "d", "k"), letter("z", "k", "1")
    r, t = letter("r", "d", "1"), letter("theta", "d", "1")
    x = r + D @ z
    primal, dual = square(r) * HALF, square(x) * HALF - square(x - t) * HALF
    yield identity(
        "the gap without the penalty: the loss of the residual r = x - Dz less the dual value of "
        "any theta",
        primal - dual, square(r - t) * HALF - trace(t.T @ D @ z),
        slip=square(r - t) * HALF - trace(r.T @ D @ z),
        slip_words="the residual in place of theta, which the penalty bounds",
        tex=r"\tfrac12\lVert r\rVert^2 - \bigl(\tfrac12\lVert x\rVert^2 - "
        r"\tfrac12\lVert x-\theta\rVert^2\bigr) = \tfrac12\lVert r-\theta\rVert^2 - \theta^\top Dz",
        scope="every size, every theta",
    )  # fmt: skip
    p, m, below, above = sp.symbols("p m e f", nonnegative=True)
    c = (above - below) / 2  # lambda - c = e and lambda + c = f
    bound = (above + below) / 2
    yield inequality(
        "the penalty pays for what theta collects, atom by atom, where no correlation of theta "
        "exceeds it: so the gap is a sum of nonnegative terms",
        c * (p - m), bound * (p + m), because=[below * p, above * m],
        slip=bound * (p - m), slip_words="the code's absolute value forgotten",
        tex=r"z\,d^\top\theta \le \lambda\lvert z\rvert\ \text{ if }\ "
        r"\lvert d^\top\theta\rvert \le \lambda",
        scope="one atom: z = p - m, |z| = p + m, lambda - d.theta = e, lambda + d.theta = f",
    )  # fmt: skip
    s, q = sp.symbols("s q", nonnegative=True)
    yield inequality(
        "a residual that correlates by m > lambda is shortened by the share lambda/m, which costs "
        "at least half the square of what m is too much, as m is at most the residual's length",
        s**2 / 2, s**2 * (1 + q) ** 2 / 2, because=[s**2 * q * (2 + q) / 2],
        slip=s**2 / (1 + q) ** 2 / 2, slip_words="the two lengths exchanged",
        tex=r"\tfrac12\bigl(1-\tfrac\lambda m\bigr)^2\lVert r\rVert^2 \ge \tfrac12(m-\lambda)^2\ "
        r"\text{ for } \lVert r\rVert \ge m",
        scope="s = m - lambda, and the residual's length is m(1 + q)",
    )  # fmt: skip


def _conditions() -> Iterator[Step]:
    D, e, r = letter("D", "d", "k"), letter("e", "k", "1"), letter("r", "d", "1")
    yield identity(
        "from any codes to others, e apart: the error is quadratic, with the correlations as slope",
        square(r - D @ e) * HALF, square(r) * HALF - trace(e.T @ D.T @ r) + square(D @ e) * HALF,
        slip=square(r) * HALF + trace(e.T @ D.T @ r) + square(D @ e) * HALF,
        slip_words="the sign of the slope",
        tex=r"\tfrac12\lVert r-De\rVert^2 = \tfrac12\lVert r\rVert^2 - e^\top D^\top r + "
        r"\tfrac12\lVert De\rVert^2",
        scope="every size",
    )  # fmt: skip
    z, w, bound = sp.symbols("z w lambda", positive=True)
    value = w**2 / 2 - w * (z + bound) + bound * w  # at the correlation z + lambda, length one
    yield inequality(
        "one atom alone: the cost of a code w is least at the soft threshold, by the square of the "
        "distance to it",
        value.subs(w, z), value, because=[(w - z) ** 2 / 2],
        slip=w**2 / 2 - w * (z + bound), slip_words="the penalty is forgotten: no shrinkage",
        tex=r"\tfrac12w^2 - wc + \lambda w \ge \text{its value at } z = c - \lambda",
        scope="one atom of length one, correlation c = z + lambda above lambda",
    )  # fmt: skip
    g, u = sp.symbols("g u", nonnegative=True)
    yield inequality(
        "an atom whose correlation is at most lambda stays out: using it costs",
        sp.Integer(0), w**2 / 2 - w * (bound - g) + bound * w, because=[w**2 / 2, w * g],
        slip=w**2 / 2 - w * (bound + u) + bound * w,
        slip_words="a correlation beyond lambda",
        tex=r"\tfrac12w^2 - wc + \lambda w \ge 0\ \text{ for } c \le \lambda",
        scope="one atom of length one, c = lambda - g",
    )  # fmt: skip


def _dictionary() -> Iterator[Step]:
    R, Z, E = letter("R", "n", "d"), letter("Z", "n", "k"), letter("E", "d", "k")
    yield identity(
        "from any dictionary to another, E apart: convex, with the slope G = R'Z",
        square(R - Z @ E.T) * HALF,
        square(R) * HALF - trace(E.T @ R.T @ Z) + square(Z @ E.T) * HALF,
        slip=square(R) * HALF - trace(E.T @ R.T @ Z),
        slip_words="the curvature forgotten, as if small steps only were made",
        tex=r"\tfrac12\lVert R-ZE^\top\rVert^2 = \tfrac12\lVert R\rVert^2 - "
        r"\operatorname{tr}E^\top R^\top Z + \tfrac12\lVert ZE^\top\rVert^2",
        scope="every size",
    )  # fmt: skip
    g, s = sp.symbols("g1 g2", real=True), sp.symbols("s1 s2", real=True)
    lengths = (g[0] ** 2 + g[1] ** 2) * (s[0] ** 2 + s[1] ** 2)
    yield inequality(
        "so the loss can fall by no more than the slope does over the unit ball, where each atom "
        "best points along its own slope (Cauchy and Schwarz)",
        (g[0] * s[0] + g[1] * s[1]) ** 2, lengths, because=[(g[0] * s[1] - g[1] * s[0]) ** 2],
        slip=(g[0] * s[0]) ** 2 + (g[1] * s[1]) ** 2,
        slip_words="the mixed products are lost",
        tex=r"L(D) - \min L \le \sum_j \max_{\lVert s\rVert\le1} g_j^\top(s - d_j) = "
        r"\sum_j \lVert g_j\rVert - g_j^\top d_j",
        scope="two dimensions",
    )  # fmt: skip
    z1, z2, bound = sp.symbols("z1 z2 lambda", positive=True)
    yield identity(
        "with codes that are the best, every used atom is pulled outwards by lambda times its "
        "codes: its length is one, and that is its multiplier",
        z1 * bound + (-z2) * (-bound), bound * (z1 + z2),
        slip=bound * (z1 - z2), slip_words="the codes' sum in place of their absolute sum",
        tex=r"g_j^\top d_j = \sum_i z_{ij}\,d_j^\top r_i = \lambda\lVert z_{\cdot j}\rVert_1 > 0",
        scope="two rows, of codes z1 and -z2, whose correlations are lambda and -lambda",
    )  # fmt: skip


def _floors() -> Iterator[Step]:
    p, m, below, above, a, b = sp.symbols("p m e f a b", nonnegative=True)
    product = p - m  # of the two codes
    cosine = (above - below) / 2
    largest = (above + below) / 2
    yield inequality(
        "the codes' absolute sum is at least the length of what they make of atoms in the ball",
        2 * product * cosine, 2 * largest * (p + m), because=[2 * below * p, 2 * above * m],
        slip=2 * largest * (p - m), slip_words="codes of opposite signs taken to cancel",
        tex=r"\lVert z_1d_1+z_2d_2\rVert^2 \le (\lvert z_1\rvert+\lvert z_2\rvert)^2",
        scope="the mixed term of two atoms: z1 z2 = p - m, bound e + f = 2; the squares are plain",
    )  # fmt: skip
    t, bound = sp.symbols("t lambda", positive=True)
    value = (bound + t - a) ** 2 / 2 + bound * a  # a row of length lambda + t, made to length a
    yield inequality(
        "so a row of length s > lambda costs at least Huber's h(s), reached by an atom of its own",
        value.subs(a, t), value, because=[(a - t) ** 2 / 2],
        slip=(bound + t - a) ** 2 / 2, slip_words="the penalty is forgotten",
        tex=r"\tfrac12(s-t)^2 + \lambda t \ge \lambda s - \tfrac12\lambda^2 = h(s)",
        scope="every s > lambda, as t + lambda",
    )  # fmt: skip
    yield inequality(
        "a row that is no longer than lambda is best left uncoded",
        (bound - b) ** 2 / 2, (bound - b - a) ** 2 / 2 + bound * a, because=[a**2 / 2, b * a],
        slip=(bound - b - a) ** 2 / 2, slip_words="the penalty is forgotten",
        tex=r"\tfrac12(s-t)^2 + \lambda t \ge \tfrac12s^2 = h(s),\ s \le \lambda",
        scope="s = lambda - b",
    )  # fmt: skip
    G, Z, D = letter("G", "n", "d"), letter("Z", "n", "k"), letter("D", "d", "k")
    yield identity(
        "the nuclear norm of ZD' is the largest trace against a G of norm one, which sees each "
        "atom with its column of codes",
        trace(G.T @ (Z @ D.T)), trace((G @ D).T @ Z),
        slip=square(G @ D), slip_words="the codes taken for what G makes of the atoms",
        tex=r"\operatorname{tr}G^\top ZD^\top = \sum_j (Gd_j)^\top z_{\cdot j} \le "
        r"\sum_j\lVert z_{\cdot j}\rVert_2 \le \sum_j\lVert z_{\cdot j}\rVert_1",
        scope="every size",
    )  # fmt: skip
    yield cited(
        "and the least of half the squared distance plus lambda times the nuclear norm, over "
        "matrices of rank k, is found on the singular values",
        tex=r"\tfrac12\lVert X-Y\rVert_F^2 + \lambda\lVert Y\rVert_* \ge "
        r"\sum_{i\le k}h(\sigma_i) + \sum_{i>k}\tfrac12\sigma_i^2",
        source="von Neumann's trace inequality, and h for each singular value",
    )  # fmt: skip
