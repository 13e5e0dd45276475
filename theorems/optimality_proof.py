"""What a denoiser's values tell of its distance from the best one, and what bets on them tell."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from .symbolic import sp
from .theorem import Step, cited, identity, inequality

__all__ = ["steps"]


def steps() -> Iterator[Step]:
    yield from _orthogonal()
    yield from _avoidable()
    yield _slope()
    yield _positive()
    yield _bounded()
    yield from _bets()


def _two() -> tuple[Any, ...]:
    """Two outcomes a, b of x given y, their weights and their mean."""
    p, q = sp.symbols("p q", positive=True)
    a, b = sp.symbols("a b", real=True)
    return p, q, a, b, (p * a + q * b) / (p + q)


def _orthogonal() -> Iterator[Step]:
    p, q, a, b, mean = _two()
    g = sp.Symbol("g", real=True)
    yield identity(
        "the best denoiser's error is orthogonal to whatever y tells",
        p * (a - mean) * g + q * (b - mean) * g, sp.Integer(0),
        slip=g * (p * a + q * b) * (p + q - 1), slip_words="weights that do not add to one",
        tex=r"\mathbb{E}\langle X - \hat x(Y), g(Y)\rangle = 0",
        scope="two outcomes of any weights at a y; a sum over them, so any finite law",
    )  # fmt: skip


def _avoidable() -> Iterator[Step]:
    x, f, g, t = sp.symbols("x f g t", real=True)
    yield identity(
        "what a correction gains", (x - f) ** 2 - (x - f - t * g) ** 2,
        2 * t * (x - f) * g - t**2 * g**2, slip=2 * t * (x - f) * g,
        slip_words="the correction's own square forgotten",
        tex=r"\lVert X - f\rVert^2 - \lVert X - f - tg\rVert^2 = 2t\langle X - f, g\rangle - "
        r"t^2\lVert g\rVert^2",
        scope="every row and size t; one coordinate, and the sum over them",
    )  # fmt: skip
    A = sp.Symbol("A", real=True)
    B = sp.Symbol("B", positive=True)
    yield inequality(
        "no size gains more than this one", 2 * t * A - t**2 * B, A**2 / B,
        because=[(A - t * B) ** 2 / B], slip=A**2 / (2 * B), slip_words="half of it",
        tex=r"\operatorname{loss}(f) - \min_t\operatorname{loss}(f + tg) = "
        r"\mathbb{E}\langle X - f, g\rangle^2/\mathbb{E}\lVert g\rVert^2",
        scope="every correction",
    )  # fmt: skip
    p, q = sp.symbols("p q", positive=True)
    d1, d2, g1, g2 = sp.symbols("d1 d2 g1 g2", real=True)
    yield inequality(
        "which is loss that could be avoided: the excess over the best denoiser is no less",
        (p * d1 * g1 + q * d2 * g2) ** 2, (p * d1**2 + q * d2**2) * (p * g1**2 + q * g2**2),
        because=[p * q * (d1 * g2 - d2 * g1) ** 2],
        slip=(p * d1**2 + q * d2**2) * (p * g1**2 + q * g2**2) / 2, slip_words="half of it",
        tex=r"\operatorname{loss}(f) - \operatorname{mmse} \ge \mathbb{E}\langle X - f, g\rangle^2"
        r"/\mathbb{E}\lVert g\rVert^2",
        scope="two values of y, any distances d from the best denoiser there",
    )  # fmt: skip


def _slope() -> Step:
    p, q, a, b, mean = _two()
    y, c = sp.symbols("y c", real=True)
    step = c * (mean - y)
    met = (p * step * (a - y) + q * step * (b - y)) / (p + q)
    return identity(
        "a step c times too long tells c: it is orthogonal to what is left of the c-th part",
        sp.expand(c * met),
        sp.expand(step**2),
        slip=sp.expand(c * step**2),
        slip_words="c counted once too often",
        tex=r"f = Y + c\,(\hat x - Y) \Rightarrow \mathbb{E}\lVert f - Y\rVert^2 = "
        r"c\,\mathbb{E}\langle f - Y, X - Y\rangle",
        scope="two outcomes of any weights at a y, any c",
    )


def _positive() -> Step:
    p, q = sp.symbols("p q", positive=True)
    a1, a2, b1, b2, v1, v2 = sp.symbols("a1 a2 b1 b2 v1 v2", real=True)
    m1, m2 = ((p * a + q * b) / (p + q) for a, b in ((a1, b1), (a2, b2)))
    along = [(a - m1) * v1 + (b - m2) * v2 for a, b in ((a1, a2), (b1, b2))]
    spread = (p * along[0] ** 2 + q * along[1] ** 2) / (p + q)
    square = p * q * (((a1 - b1) * v1 + (a2 - b2) * v2) / (p + q)) ** 2
    return identity(
        "along any direction the Jacobian is a square over the variance of the noise",
        sp.cancel(spread), sp.cancel(square), slip=sp.cancel(square * (p + q)),
        slip_words="weights that do not add to one",
        tex=r"v^\top\operatorname{Cov}[X \mid y]\,v = w(1 - w)\,\langle a - b, v\rangle^2 \ge 0",
        scope="two points in the plane, any weights and direction",
    )  # fmt: skip


def _bounded() -> Step:
    x = sp.Symbol("x", real=True)
    u, v = sp.symbols("u v", nonnegative=True)
    bound, answer = x + u, x + u + v
    return inequality(
        "an answer beyond what bounds the data errs by more than the bound does",
        (x - bound) ** 2 + (answer - bound) ** 2, (x - answer) ** 2, because=[2 * u * v],
        slip=(x - answer) ** 2 / 2, slip_words="half of it",
        tex=r"x \le h \le f \Rightarrow (x - f)^2 \ge (x - h)^2 + (f - h)^2",
        scope="every x, bound and answer; the lower bound by reflection",
    )  # fmt: skip


def _bets() -> Iterator[Step]:
    w, a, b, stake, held = sp.symbols("w a b lambda K", positive=True)
    mean = w * a - (1 - w) * b
    yield identity(
        "a bet multiplies the capital, on average, by one and the stake times the mean: by no more "
        "than one where the mean is not positive",
        sp.expand(w * held * (1 + stake * a) + (1 - w) * held * (1 - stake * b)),
        sp.expand(held * (1 + stake * mean)), slip=sp.expand(held * (1 + stake * a * w)),
        slip_words="losses forgotten", tex=r"\mathbb{E}[K\,(1 + \lambda z)] = K\,(1 + \lambda\,"
        r"\mathbb{E} z)",
        scope="two outcomes of any chance, any stake",
    )  # fmt: skip
    yield cited(
        "and a nonnegative capital that does not grow on average ever reaches 1/alpha with "
        "probability at most alpha (Ville's inequality)",
        tex=r"\Pr[\sup_n K_n \ge 1/\alpha] \le \alpha\,K_0",
        source="Waudby-Smith and Ramdas, Estimating means of bounded random variables by betting "
        "(2024)",
    )
