"""The proof of minority collapse: two certificates, and a derivative that knows no other class."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from .symbolic import sp
from .theorem import Step, identity
from .words import letter, square, trace

__all__ = ["proof"]


def proof() -> Iterator[Step]:
    yield from _penalties()
    yield from _squared()
    yield from _symmetry()
    yield from _derivative()


def _penalties() -> Iterator[Step]:
    W, H, G = letter("W", "K", "d"), letter("H", "K", "d"), letter("G", "K", "K")
    yield identity(
        "complete the square: where no singular value of G is above one, both penalties cost no "
        "less than the product of the scores with G (each weight taken into its matrix)",
        square(W) + square(H),
        square(W - G @ H) + (square(H) - square(G @ H)) + 2 * trace(W.T @ G @ H),
        slip=square(W - G @ H) + 2 * trace(W.T @ G @ H),
        slip_words="G taken for a rotation: what it shortens is not free",
        tex=r"\lVert W\rVert^2+\lVert H\rVert^2 = \lVert W-GH\rVert^2"
        r"+(\lVert H\rVert^2-\lVert GH\rVert^2)+2\langle G, WH^\top\rangle",
        scope="every K and d; rows of H are the class means, each times the root of its count",
    )  # fmt: skip
    u, v = sp.symbols("u v", real=True)
    yield identity(
        "features that differ within a class cost their spread, and change no mean score",
        u**2 + v**2, 2 * ((u + v) / 2) ** 2 + 2 * ((u - v) / 2) ** 2,
        slip=2 * ((u + v) / 2) ** 2 + ((u - v) / 2) ** 2, slip_words="one of two counted",
        tex=r"\textstyle\sum_i\lVert h_i\rVert^2 = n\lVert\mu\rVert^2+\sum_i\lVert h_i-\mu"
        r"\rVert^2",
        scope="two samples, every coordinate; both data terms are convex in the scores of a class",
    )  # fmt: skip


def _squared() -> Iterator[Step]:
    n, N, s = sp.symbols("n N s", positive=True)
    z = sp.Symbol("z", real=True)
    yield identity(
        "half the squared error: what a class pays for its score is a parabola of its own",
        n * (1 - z) ** 2 / (2 * N) + s * sp.sqrt(n) * z,
        n * (z - (1 - N * s / sp.sqrt(n))) ** 2 / (2 * N) + s * sp.sqrt(n) - N * s**2 / 2,
        slip=n * (z - (1 - N * s / n)) ** 2 / (2 * N) + s * sp.sqrt(n) - N * s**2 / 2,
        slip_words="the count of a class not rooted",
        tex=r"\tfrac n{2N}(1-z)^2+s\sqrt n\,z = \tfrac n{2N}\bigl(z-(1-\tfrac{Ns}{\sqrt n})"
        r"\bigr)^2+s\sqrt n-\tfrac N2s^2",
        scope="every n, N and s, the root of both weights' product",
    )  # fmt: skip
    yield identity(
        "whose minimum is at zero or below just where the class is small",
        (1 - N * s / sp.sqrt(n)) * (1 + N * s / sp.sqrt(n)), (n - N**2 * s**2) / n,
        slip=(n - N * s) / n, slip_words="half of the square forgotten",
        tex=r"1-\tfrac{Ns}{\sqrt n} \le 0 \iff n \le N^2\lambda_W\lambda_H",
        scope="every n, N and s",
    )  # fmt: skip
    yield identity(
        "the certificate's entry: the slope of the data term is s if a class is kept, and less "
        "if it is not",
        sp.sqrt(n) / N * (1 - (1 - N * s / sp.sqrt(n))), s, slip=sp.sqrt(n) * s,
        slip_words="the mean over samples forgotten",
        tex=r"\tfrac{\sqrt{n_k}}N(1-z_k) = \min\bigl(s, \tfrac{\sqrt{n_k}}N\bigr)",
        scope="every n, N and s",
    )  # fmt: skip
    Z, R, best = letter("Z", "K", "K"), letter("R", "K", "K"), letter("Z_*", "K", "K")
    yield identity(
        "so that no scores do better, of whatever rank and in whatever direction: the parabola is "
        "the same in all of them",
        square(Z - R),
        square(best - R) - 2 * trace((R - best).T @ (Z - best)) + square(Z - best),
        slip=square(best - R) - trace((R - best).T @ (Z - best)) + square(Z - best),
        slip_words="half the slope",
        tex=r"\lVert Z-R\rVert^2 = \lVert Z_*-R\rVert^2-2\langle R-Z_*, Z-Z_*\rangle"
        r"+\lVert Z-Z_*\rVert^2",
        scope="every K; R has the roots of the counts on its diagonal",
    )  # fmt: skip


def _blocks(large: int, small: int) -> tuple[Any, Any]:
    """A matrix that no exchange within either group changes, and the number by which it
    multiplies differences within the second."""
    a, b, c, d, e, beta = sp.symbols("a b c d e beta", real=True)
    one = sp.ones
    top = (a * sp.eye(large) + b * one(large, large)).row_join(c * one(large, small))
    within = sp.eye(small) - one(small, small) / small
    low = (d * one(small, large)).row_join(beta * within + e * one(small, small))
    return top.col_join(low), beta


def _symmetry() -> Iterator[Step]:
    u, v = sp.symbols("u v", real=True)
    Z, beta = _blocks(2, 3)
    x = sp.Matrix([0, 0, u, v, -u - v])
    for name, matrix in (("scores", Z), ("their transpose", Z.T)):
        yield identity(
            f"the problem is convex in the scores and the same for all exchanges within a group, "
            f"so that its minimum is too: {name} multiply what sums to zero over the small classes",
            matrix * x, beta * x, slip=(beta + sp.Symbol("e", real=True)) * x,
            slip_words="what small classes share counted as a difference",
            tex=r"Zx = \beta x,\ Z^\top x = \beta x\quad\text{for } 1^\top x = 0",
            scope="two large classes and three small ones",
        )  # fmt: skip


def _derivative() -> Iterator[Step]:
    n, N = sp.symbols("n N", positive=True)
    for large, small in ((1, 2), (2, 2), (2, 3)):
        Z, beta = _blocks(large, small)
        fits = []
        for k in range(large, large + small):
            scores = Z[:, k] / sp.sqrt(n)
            total = sum(sp.exp(score) for score in scores)
            fits.append(n / N * (sp.log(total) - scores[k]))
        slope = sp.diff(sum(fits), beta).subs(beta, 0)
        yield identity(
            f"at no difference, the data term's slope in it is the same whatever all other scores "
            f"are: {large} large and {small} small classes",
            slope, -sp.sqrt(n) / N * (small - 1),
            slip=-sp.sqrt(n) / N * small, slip_words="the mean of the small classes counted",
            tex=r"\partial_\beta g\big|_{\beta=0} = -\tfrac{\sqrt{n_B}}N(K_B-1)",
            scope=f"{large} large and {small} small classes, every other score",
        )  # fmt: skip
    s, m = sp.symbols("s m", positive=True)
    yield identity(
        "the nuclear norm pays s for each of as many directions: the threshold",
        (s * m) ** 2 - (sp.sqrt(n) / N * m) ** 2, m**2 * (N**2 * s**2 - n) / N**2,
        slip=m**2 * (N * s - n) / N, slip_words="half of the square forgotten",
        tex=r"\tfrac{\sqrt{n_B}}N(K_B-1) \le s(K_B-1) \iff n_B \le N^2\lambda_W\lambda_H",
        scope="every n, N, s and number of directions m",
    )  # fmt: skip
