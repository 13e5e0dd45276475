"""What training a denoiser minimises, and what it cannot reach: the steps of Tweedie's proof that
concern losses."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

from .gaussian_kl_proof import expectation
from .symbolic import sp
from .theorem import Step, certificate, identity, inequality

__all__ = ["steps"]


def steps() -> Iterator[Step]:
    yield from _pythagoras()
    yield from _two_points()
    yield from _the_best_line()
    yield from _consequences()
    yield from _other_targets()


def _pythagoras() -> Iterator[Step]:
    weighed = list(zip(_shares(), [sp.symbols(f"x{i} z{i}", real=True) for i in (1, 2, 3)],
                       strict=True))  # fmt: skip
    f = sp.symbols("f g", real=True)
    mean = [sum(p * x[j] for p, x in weighed) for j in (0, 1)]

    def paid(at: Any) -> Any:
        return sum(p * ((x[0] - at[0]) ** 2 + (x[1] - at[1]) ** 2) for p, x in weighed)

    away = (f[0] - mean[0]) ** 2 + (f[1] - mean[1]) ** 2
    yield identity(
        "at every y what a denoiser loses is the least, plus its squared distance from the mean: "
        "so a loss near the floor is a map near the best one on average over y, and in no other "
        "sense",
        sp.expand(paid(f)), sp.expand(paid(mean) + away), slip=sp.expand(paid((0, 0)) + away),
        slip_words="the second moment for the variance",
        tex=r"\mathbb{E}\lVert X - D(Y)\rVert^2 = \operatorname{mmse} + "
        r"\mathbb{E}\lVert D(Y) - D^*(Y)\rVert^2",
        scope="three points in the plane, any weights",
    )  # fmt: skip


def _shares() -> tuple[Any, Any, Any]:
    """Three weights that add to one."""
    p, q = sp.symbols("p q", positive=True)
    return p, q, 1 - p - q


def _two_points() -> Iterator[Step]:
    y, a = sp.symbols("y a", real=True)
    s = sp.Symbol("s", positive=True)
    right, left = (sp.exp(-((y - x) ** 2) / (2 * s**2)) for x in (a, -a))
    mean = a * (right - left) / (right + left)
    u = sp.Symbol("u", positive=True)  # exp(a y / s^2)

    def in_letters(expression: Any) -> Any:
        rest = sp.exp(-(y**2 + a**2) / (2 * s**2))
        parts = {right: rest * u, left: rest / u}
        return sp.cancel(expression.subs(parts))

    tanh = (u - 1 / u) / (u + 1 / u)
    yield identity(
        "of two points the best denoiser is a hyperbolic tangent, steeper the less noise",
        in_letters(mean), sp.cancel(a * tanh), slip=sp.cancel(a * tanh.subs(u, sp.sqrt(u))),
        slip_words="the one half of the exponent, which cancels, is kept",
        tex=r"D^*(y) = a\tanh(ay/\sigma^2) \text{ for points at } \pm a", scope="every a and level",
    )  # fmt: skip


def _the_best_line() -> Iterator[Step]:
    g, c = sp.symbols("g c", real=True)
    s, v = sp.symbols("s v", positive=True)
    x, e = sp.symbols("x e", real=True)  # of mean 0 and variance v, and standard normal
    error = x - c - g * (x + s * e)
    opened = sp.Poly(sp.expand(error**2), x, e)
    second = {(2, 0): v, (0, 2): sp.Integer(1), (0, 0): sp.Integer(1)}
    loss = sum(value * second.get(powers, sp.Integer(0)) for powers, value in opened.terms())
    least = v * s**2 / (v + s**2)
    off = [(v + s**2) * (g - v / (v + s**2)) ** 2, c**2]
    yield inequality(
        "a line loses no less than Wiener's, whatever the data of that variance",
        least, loss, because=off, slip=loss + least,
        slip_words="the least counted twice",
        tex=r"\mathbb{E}(X - c - gY)^2 \ge \frac{v\,\sigma^2}{v + \sigma^2}",
        scope="one coordinate of mean 0; principal axes of the data are apart",
    )  # fmt: skip
    yield certificate(
        "which is far from the floor: for points at -1 and 1 and sigma = 1/2 Wiener's loses 1/5, "
        "and the best denoiser less than 1/13",
        lambda: _two_point_floor().b < 1 / 13, slip=lambda: _two_point_floor().b < 1 / 20,
        slip_words="less than a quarter of it",
        tex=r"\mathbb{E}\,(1 - \tanh 4Y) < \tfrac1{13} < \tfrac15,\ Y \sim N(1, \tfrac14)",
        scope="an enclosure by sums of rectangles, of width 1/24",
    )  # fmt: skip


@cache
def _two_point_floor() -> Any:
    """An interval that holds E[1 - tanh 4Y], Y = 1 + t/2: between t = -6 and 6 by rectangles, and
    at most 2 P(|t| > 6) < 1e-8 beyond."""
    from mpmath import iv

    steps = 24
    total = iv.mpf([0, 1e-8])
    for k in range(-6 * steps, 6 * steps):
        t = iv.mpf([k, k + 1]) / steps
        total += 2 / (1 + iv.exp(8 + 4 * t)) * iv.exp(-(t**2) / 2) / steps
    return total / iv.sqrt(2 * iv.pi)


def _consequences() -> Iterator[Step]:
    x, e = sp.symbols("x e", real=True)
    s = sp.Symbol("s", positive=True)
    y = sp.Symbol("y", real=True)
    weights = sp.symbols("a0:4", real=True)
    denoiser = sum(w * y**k for k, w in enumerate(weights))
    noisy = {y: x + s * e}
    yield identity(
        "what a denoiser's answers have in common with the noise is its average slope (Stein), "
        "which for the best one is a covariance over the variance of the noise",
        expectation((denoiser * (y - x)).subs(noisy), e),
        sp.expand(s**2 * expectation(sp.diff(denoiser, y).subs(noisy), e)),
        slip=sp.expand(s * expectation(sp.diff(denoiser, y).subs(noisy), e)),
        slip_words="the deviation for the variance",
        tex=r"\mathbb{E}\,D(Y)(Y - X)^\top = \sigma^2\,\mathbb{E}\,\nabla D(Y)^\top",
        scope="one coordinate, every cubic",
    )  # fmt: skip
    p, q = sp.symbols("p q", positive=True)
    a, b, f, g = sp.symbols("a b f g", real=True)
    sizes = (p * f**2 + q * g**2, p * a**2 + q * b**2)
    yield inequality(
        "near the best denoiser every such product is near the best one's (Cauchy and Schwarz)",
        (p * f * a + q * g * b) ** 2, sizes[0] * sizes[1], because=[p * q * (a * g - b * f) ** 2],
        slip=sizes[0] * (a**2 + b**2), slip_words="the weights forgotten",
        tex=r"(\mathbb{E}\,(D - D^*) \cdot h)^2 \le \mathbb{E}\lVert D - D^*\rVert^2\,"
        r"\mathbb{E}\lVert h\rVert^2",
        scope="two outcomes of any weights",
    )  # fmt: skip


def _other_targets() -> Iterator[Step]:
    y, f = sp.symbols("y f", real=True)
    s = sp.Symbol("s", positive=True)
    weighed = list(zip(_shares(), sp.symbols("x1:4", real=True), strict=True))
    asked = sp.expand(sum(p * (f - (y - x) / s) ** 2 for p, x in weighed))
    step = y - sum(p * x for p, x in weighed)
    yield identity(
        "each mistake has a minimiser of its own: asked for the noise, a network learns the step "
        "back over the deviation, where the slope of its loss vanishes",
        sp.expand(sp.diff(asked, f)), sp.expand(2 * (f - step / s)),
        slip=sp.expand(2 * (f - step / s**2)),
        slip_words="the variance for the deviation",
        tex=r"\arg\min_f\mathbb{E}[(f - \epsilon)^2 \mid y] = (y - D^*(y))/\sigma",
        scope="three points with any weights, every y and level",
    )  # fmt: skip
    x, e, other, level = sp.symbols("x e o t", real=True)
    yield identity(
        "fresh noise in the target too costs its variance, and moves no minimiser; the input's own "
        "noise would, to y itself",
        expectation((f - x - level * other) ** 2, other), sp.expand((f - x) ** 2 + level**2),
        slip=sp.expand(expectation((x + s * e - x - s * e) ** 2, e)),
        slip_words="the input's noise, which y undoes",
        tex=r"\mathbb{E}\lVert D - X - \tau\epsilon'\rVert^2 = \mathbb{E}\lVert D - X\rVert^2 + "
        r"\tau^2 d",
        scope="one coordinate, every answer f",
    )  # fmt: skip
