"""The proof that Fisher's direction is best, and of what every linear probe keeps to."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import product

from .symbolic import sp
from .theorem import Step, enumeration, identity
from .words import identity_on, letter, rule, trace

__all__ = ["proof"]

EVERY = "every dimension"


def proof() -> Iterator[Step]:
    yield from _best_direction()
    yield from _accuracy()
    yield from _the_same_direction()
    yield from _any_probe()


def _best_direction() -> Iterator[Step]:
    w, D = letter("w", "d", "1"), letter(r"\Delta", "d", "1")
    S, P = letter("S", "d", "d", symmetric=True), letter("P", "d", "d", symmetric=True)
    inverse = (rule(S @ P, identity_on("d")), rule(P @ S, identity_on("d")))
    apart = w - P @ D
    yield identity(
        "complete the square about Fisher's direction; P is the inverse of S",
        trace(apart.T @ S @ apart).given(*inverse),
        trace(w.T @ S @ w) - 2 * trace(w.T @ D) + trace(D.T @ P @ D),
        slip=trace(w.T @ S @ w) - trace(w.T @ D) + trace(D.T @ P @ D),
        slip_words="the cross term counted once",
        tex=r"(w-S^{-1}\Delta)^\top S(w-S^{-1}\Delta) = w^\top Sw - 2w^\top\Delta + J",
        scope=EVERY,
    )  # fmt: skip
    a, b, J, t = sp.symbols("a b J t", positive=True)
    yield identity(
        "at the scale at which w is nearest, what is left is what its ratio misses: never negative",
        (a * t**2 - 2 * b * t + J).subs(t, b / a), J - b**2 / a,
        slip=J - b / a, slip_words="the ratio without its square",
        tex=r"\min_t\bigl[t^2w^\top Sw-2t\,w^\top\Delta+J\bigr] = J-\frac{(w^\top\Delta)^2}"
        r"{w^\top Sw} \ge 0", scope="a, b for the two forms",
    )  # fmt: skip
    M, N = letter("M", "d", "d"), letter("N", "d", "d")
    yield identity(
        "no invertible map of the features changes J; N is the inverse of M",
        trace((M @ D).T @ (N.T @ P @ N) @ (M @ D)).given(
            rule(N @ M, identity_on("d"))
        ), trace(D.T @ P @ D), slip=trace(D.T @ M.T @ P @ M @ D),
        slip_words="the covariance left as it was",
        tex=r"(M\Delta)^\top(MSM^\top)^{-1}(M\Delta) = \Delta^\top S^{-1}\Delta", scope=EVERY,
    )  # fmt: skip


def _accuracy() -> Iterator[Step]:
    x, p, q = letter("x", "d", "1"), letter("m_1", "d", "1"), letter("m_0", "d", "1")
    P = letter("P", "d", "d", symmetric=True)
    yield identity(
        "of two Gaussian classes with one covariance the log-ratio is affine: Bayes' rule is "
        "Fisher's score against a threshold",
        trace((x - q).T @ P @ (x - q)) - trace((x - p).T @ P @ (x - p)),
        2 * trace(x.T @ P @ (p - q)) - trace(p.T @ P @ p) + trace(q.T @ P @ q),
        slip=2 * trace(x.T @ P @ (p - q)), slip_words="the intercept forgotten",
        tex=r"2\log\frac{p_1(x)}{p_0(x)} = 2x^\top S^{-1}\Delta - m_1^\top S^{-1}m_1"
        r" + m_0^\top S^{-1}m_0", scope=EVERY,
    )  # fmt: skip
    s = sp.Symbol("s", real=True)
    delta = sp.Symbol("delta", positive=True)

    def normal(z: sp.Expr) -> sp.Expr:
        return (1 + sp.erf(z / sp.sqrt(2))) / 2

    def bell(z: sp.Expr) -> sp.Expr:
        return sp.exp(-(z**2) / 2) / sp.sqrt(2 * sp.pi)

    yield identity(
        "a threshold off the middle by s, in standard deviations of the score: the slope of the "
        "accuracy",
        sp.diff((normal(delta / 2 + s) + normal(delta / 2 - s)) / 2, s),
        (bell(delta / 2 + s) - bell(delta / 2 - s)) / 2,
        slip=(bell(delta / 2 + s) + bell(delta / 2 - s)) / 2,
        slip_words="the second class's sign lost",
        tex=r"\tfrac{d}{ds}\tfrac12\bigl[\Phi(\tfrac\delta2+s)+\Phi(\tfrac\delta2-s)\bigr] = "
        r"\tfrac12\bigl[\varphi(\tfrac\delta2+s)-\varphi(\tfrac\delta2-s)\bigr]",
        scope="every delta, which is the root of the direction's ratio",
    )  # fmt: skip
    yield identity(
        "which is of the sign of -s: the middle is best, and the accuracy there grows with delta",
        sp.expand((delta / 2 + s) ** 2 - (delta / 2 - s) ** 2), 2 * delta * s,
        slip=delta * s, slip_words="a half of it",
        tex=r"\log\frac{\varphi(\delta/2+s)}{\varphi(\delta/2-s)} = -\delta s", scope="the same",
    )  # fmt: skip


def _the_same_direction() -> Iterator[Step]:
    D = letter(r"\Delta", "d", "1")
    S, P = letter("S", "d", "d", symmetric=True), letter("P", "d", "d", symmetric=True)
    total = S + D @ D.T
    yield identity(
        "the covariance about the common mean, S plus a multiple of this, has the same direction: "
        "so has least squares",
        (total @ P @ D).given(rule(S @ P, identity_on("d"))), D + D @ D.T @ P @ D,
        slip=D, slip_words="the classes' own distance forgotten: another length",
        tex=r"(S+\Delta\Delta^\top)\,S^{-1}\Delta = (1+J)\,\Delta", scope=EVERY,
    )  # fmt: skip


Point = tuple[int, int]


def _any_probe() -> Iterator[Step]:
    a, b, c, x, y = sp.symbols("a b c x y", real=True)
    yield identity(
        "an affine score at the middle is the mean of those at the ends: two ends on one side have "
        "their middle there",
        a * (x + y) / 2 + b, ((a * x + b) + (a * y + b)) / 2, slip=((a * x + b) + (a * y + c)) / 2,
        slip_words="another intercept at each end",
        tex=r"s\bigl(\tfrac{x+x'}2\bigr) = \tfrac{s(x)+s(x')}2", scope="per coordinate",
    )  # fmt: skip

    def cases() -> Iterator[tuple[Point, Point, Point]]:
        points = [(i, j) for i in range(-2, 3) for j in range(-2, 3)]
        for one, other in product(points, repeat=2):
            for w in ((1, 0), (2, 1), (-1, 2)):
                yield one, other, w

    def better(case: tuple[Point, Point, Point]) -> bool:
        *rows, w = case
        hinges = [max(0, 1 - _dot(w, row)) for row in rows]
        return sum(hinges) < 2  # what no weights have

    yield enumeration(
        "a convex loss of margins that is lower than that of no weights has the class means on "
        "their own sides (Jensen): so has its minimum, of mirror images",
        cases, holds=lambda case: not better(case)
        or _dot(case[2], (case[0][0] + case[1][0], case[0][1] + case[1][1])) > 0,
        slip=lambda case: not better(case) or all(_dot(case[2], row) > 0 for row in case[:2]),
        slip_words="and every sample too",
        tex=r"\ell(w^\top\bar x) \le \tfrac1n\textstyle\sum\ell(w^\top x_i) < \ell(0) \Rightarrow "
        r"w^\top\bar x > 0",
        scope="hinge loss, classes of two samples in -2..2 squared and their mirror images",
    )  # fmt: skip

    def counts() -> Iterator[tuple[tuple[int, ...], int]]:
        for found in product(range(4), repeat=3):
            for answer in range(3):
                yield found, answer

    yield enumeration(
        "where samples of several classes coincide, one answer is right for one class only",
        counts, holds=lambda case: case[0][case[1]] <= max(case[0]),
        slip=lambda case: case[0][case[1]] <= Fraction(sum(case[0]), 2),
        slip_words="for no more than half",
        tex=r"\Pr(\hat y = y \mid x) \le \max_c\Pr(c \mid x)",
        scope="up to three samples of each of three classes at one point, every answer",
    )  # fmt: skip


def _dot(u: Point, v: Point) -> int:
    return u[0] * v[0] + u[1] * v[1]
