"""The proof of Fisher and Neyman's factorisation: the criterion, finite spaces, nine families."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import permutations, product
from typing import Any

from .finite_experiments import Statistic, is_sufficient, statistics
from .finite_models import classes, coarser_or_equal, two_tosses
from .symbolic import sp
from .theorem import Step, cited, enumeration, identity

__all__ = ["proof"]


def proof() -> Iterator[Step]:
    yield from _criterion()
    yield from _finite_spaces()
    yield from _exponential_families()
    yield from _members()
    yield from _moving_supports()


# -- the criterion --------------------------------------------------------------------------------


def _criterion() -> Iterator[Step]:
    g, k, other, h, i = sp.symbols("g k l h i", positive=True)
    yield identity(
        "if the density factors, samples with one value of T have equal products",
        (g * h) * (k * i), (k * h) * (g * i), slip=(k * h) * (other * i),
        slip_words="values of T that differ",
        tex=r"g_\theta(t)h(x)\,g_{\theta'}(t)h(x') = g_{\theta'}(t)h(x)\,g_\theta(t)h(x')",
        scope="every two densities and samples",
    )  # fmt: skip
    f, f_t, h, h_t = sp.symbols("f f_t h h_t", positive=True)
    solved = sp.solve(sp.Eq(f * h_t, h * f_t), f)[0]
    yield identity(
        "and if the products are equal, one sample of each value and one parameter make g and h",
        solved, (f_t / h_t) * h, slip=f_t * h, slip_words="g not divided by the density at x_t",
        tex=r"f_\theta(x) = \frac{f_\theta(x_t)}{f_{\theta_0}(x_t)}\,f_{\theta_0}(x)",
        scope="wherever the chosen density is positive",
    )  # fmt: skip
    yield cited(
        "measurable choices, and null sets, for a dominated family", tex=r"P_\theta \ll \mu",
        source="Halmos and Savage 1949",
    )  # fmt: skip


# -- finite spaces, from the definition -----------------------------------------------------------

COINS = two_tosses()  # of 2n + 1 biases: the products have degree 2n
HEADS = (0, 1, 1, 2)


def _products_agree(statistic: Statistic) -> bool:
    return all(
        f[i] * g[j] == g[i] * f[j]
        for block in classes(statistic) for i in block for j in block for f in COINS for g in COINS
    )  # fmt: skip


def _finite_spaces() -> Iterator[Step]:
    def cases() -> Iterator[Statistic]:
        return statistics(len(HEADS))

    yield enumeration(
        "two coins: of all 15 statistics those are sufficient, by definition, that the products "
        "say",
        cases, holds=lambda c: is_sufficient(COINS, c) == _products_agree(c),
        slip=lambda c: is_sufficient(COINS, c) == (c == HEADS),
        slip_words="only the number of heads itself, as if nothing finer were sufficient",
        tex=r"P_\theta(x \mid T) \text{ free of } \theta \iff "
        r"f_\theta(x) f_{\theta'}(x') = f_{\theta'}(x) f_\theta(x')",
        scope="all statistics of two tosses, exactly, at 5 parameters, which decide degree 4",
    )  # fmt: skip
    yield enumeration(
        "and those are the statistics from which the number of heads can be told",
        cases, holds=lambda c: is_sufficient(COINS, c) == coarser_or_equal(HEADS, c),
        slip=lambda c: is_sufficient(COINS, c) == (len(set(c)) >= 3),
        slip_words="any three values or more",
        tex=r"T(x) = T(x') \Rightarrow \textstyle\sum x_i = \sum x'_i",
        scope="all statistics of two tosses",
    )  # fmt: skip


# -- exponential families -------------------------------------------------------------------------


def _exponential_families() -> Iterator[Step]:
    a, b, c, d, S, R, S_, R_, A, B, h, h_ = sp.symbols("a b c d S R S_ R_ A B h h_", real=True)

    def log_f(first: Any, second: Any, s: Any, r: Any, level: Any, base: Any) -> Any:
        return first * s + second * r - level + base

    quotient = (
        log_f(a, b, S, R, A, h) + log_f(c, d, S_, R_, B, h_)
        - log_f(c, d, S, R, B, h) - log_f(a, b, S_, R_, A, h_)
    )  # fmt: skip
    yield identity(
        "in an exponential family the logarithm of the products' quotient is bilinear",
        sp.expand(quotient), sp.expand((a - c) * (S - S_) + (b - d) * (R - R_)),
        slip=sp.expand((a - c) * (S - S_) + (b - d) * (R - R_) + A - B),
        slip_words="a normaliser left over",
        tex=r"\log\frac{f_\theta(x) f_{\theta'}(x')}{f_{\theta'}(x) f_\theta(x')} = "
        r"(\eta(\theta) - \eta(\theta')) \cdot (S(x) - S(x'))",
        scope="two natural parameters; a sum, so any number",
    )  # fmt: skip
    p, q, r, s, u, v = sp.symbols("p q r s u v", real=True)
    first, second = p * u + q * v, r * u + s * v
    yield identity(
        "so that as many parameters as there are sums, and one more, decide for all",
        sp.expand(s * first - q * second), sp.expand((p * s - q * r) * u),
        slip=sp.expand((p * s + q * r) * u), slip_words="the determinant's sign",
        tex=r"\det(\eta_i - \eta_0) \ne 0,\ (\eta_i - \eta_0) \cdot (S - S') = 0 "
        r"\Rightarrow S = S'",
        scope="two sums, three parameters",
    )  # fmt: skip
    t, w = sp.symbols("t w", positive=True)
    eta = [sp.Matrix([1 / z, -1 / (2 * z**2)]) for z in (t, w, -t)]
    det = sp.Matrix.hstack(eta[1] - eta[0], eta[2] - eta[0]).det()
    yield identity(
        "the curved normal's natural parameters lie on a parabola, not on a line",
        sp.factor(det), sp.factor((1 / w**2 - 1 / t**2) / t * -1),
        slip=sp.Integer(0), slip_words="one parameter, one number",
        tex=r"\eta(\theta) = (1/\theta, -1/2\theta^2):\ \det(\eta(\theta') - \eta(\theta), "
        r"\eta(-\theta) - \eta(\theta)) = \frac{1}{\theta}\Bigl(\frac{1}{\theta^2} - "
        r"\frac{1}{\theta'^2}\Bigr)",
        scope="every two positive parameters that differ",
    )  # fmt: skip


# -- the families, one by one ---------------------------------------------------------------------


def _members() -> Iterator[Step]:
    """One observation each; both sides add over observations, so for every n."""
    x, m = sp.symbols("x m", real=True)
    p, y, z, r, a, t = sp.symbols("p y z r a t", positive=True)
    v = sp.Symbol("v", positive=True)
    log_pi = sp.log(2 * sp.pi)
    lg = sp.loggamma
    half = sp.Rational(1, 2)
    rows: tuple[tuple[str, Any, Any, Any, str, str], ...] = (
        (
            "a coin: the sum", x * sp.log(p) + (1 - x) * sp.log(1 - p),
            x * sp.log(p / (1 - p)) + sp.log(1 - p), x * sp.log(p) + sp.log(1 - p),
            "the odds forgotten", r"p^{x}(1-p)^{1-x} = (p/(1-p))^{x}(1-p)",
        ),
        (
            "counts: the sum", y * sp.log(r) - r - lg(y + 1), (y * sp.log(r) - r) - lg(y + 1),
            (y * sp.log(r) - r) - lg(y), "x! is Gamma(x)",
            r"\lambda^{x}e^{-\lambda}/x! = (\lambda^{x}e^{-\lambda})\,(1/x!)",
        ),
        (
            "a normal law of known variance: the sum",
            -((x - m) ** 2) / (2 * v) - sp.log(v) / 2 - log_pi / 2,
            (m * x / v - m**2 / (2 * v)) + (-(x**2) / (2 * v) - sp.log(v) / 2 - log_pi / 2),
            (m * x / v + m**2 / (2 * v)) + (-(x**2) / (2 * v) - sp.log(v) / 2 - log_pi / 2),
            "the sign of the square of the mean",
            r"e^{-(x-\mu)^2/2\sigma^2} = e^{\mu x/\sigma^2-\mu^2/2\sigma^2}\,e^{-x^2/2\sigma^2}",
        ),
        (
            "of unknown variance: the sum and the sum of squares",
            -((x - m) ** 2) / (2 * v) - sp.log(v) / 2,
            -half / v * x**2 + m / v * x - m**2 / (2 * v) - sp.log(v) / 2,
            m / v * x - m**2 / (2 * v) - sp.log(v) / 2, "the sum of squares forgotten",
            r"\eta = (\mu/\sigma^2, -1/2\sigma^2)",
        ),
        (
            "of mean theta and variance theta squared: both as well",
            -((x - t) ** 2) / (2 * t**2) - sp.log(t),
            x / t - x**2 / (2 * t**2) - half - sp.log(t), x / t - half - sp.log(t),
            "the sum of squares forgotten", r"\eta = (1/\theta, -1/2\theta^2)",
        ),
        (
            "exponential: the sum", sp.log(r * sp.exp(-r * z)), sp.log(r) - r * z, -r * z,
            "the normaliser forgotten", r"\lambda e^{-\lambda x}",
        ),
        (
            "gamma: the sum of logarithms and the sum",
            a * sp.log(r) - lg(a) + (a - 1) * sp.log(z) - r * z,
            a * sp.log(z) - r * z + (a * sp.log(r) - lg(a)) - sp.log(z),
            -r * z + (a * sp.log(r) - lg(a)) - sp.log(z), "the logarithms forgotten",
            r"\eta = (a, -b),\ S = (\log x, x),\ h = 1/x",
        ),
    )  # fmt: skip
    for why, left, right, slip, words, tex in rows:
        yield identity(
            why, sp.expand(sp.expand_log(left, force=True)),
            sp.expand(sp.expand_log(right, force=True)),
            slip=sp.expand(sp.expand_log(slip, force=True)), slip_words=words, tex=tex,
            scope="one observation; logarithms add, so every n",
        )  # fmt: skip


# -- supports that move ---------------------------------------------------------------------------


def _orderings() -> Iterator[tuple[tuple[int, ...], int]]:
    """Three observations and a parameter, in every weak order, as small integers."""
    for ranks in product(range(4), repeat=4):
        if set(ranks) == set(range(max(ranks) + 1)):
            yield ranks[:3], ranks[3]


def _moving_supports() -> Iterator[Step]:
    yield enumeration(
        "uniform from 0: the largest says which parameters are possible", _orderings,
        holds=lambda case: all(x <= case[1] for x in case[0]) == (max(case[0]) <= case[1]),
        slip=lambda case: all(x <= case[1] for x in case[0]) == (min(case[0]) <= case[1]),
        slip_words="the smallest",
        tex=r"\prod_i 1[x_i \le \theta] = 1[\max_i x_i \le \theta]",
        scope="three observations, every weak order of them and the parameter",
    )  # fmt: skip
    yield enumeration(
        "uniform from theta to theta + 1: both ends do", _shifted,
        holds=lambda case: _allowed(*case) == (case[1] <= min(case[0]) <= max(case[0]) <= case[2]),
        slip=lambda case: _allowed(*case) == (max(case[0]) <= case[2]),
        slip_words="the largest alone",
        tex=r"\prod_i 1[\theta \le x_i \le \theta + 1] = 1[\theta \le \min_i x_i]\,"
        r"1[\max_i x_i \le \theta + 1]",
        scope="two observations, every order of them and the interval's ends",
    )  # fmt: skip
    t, n = sp.symbols("t n", positive=True)
    yield identity(
        "yet the score knows nothing of the data", sp.diff(-n * sp.log(t), t), -n / t,
        slip=n / t, slip_words="its sign",
        tex=r"\partial_\theta \log\theta^{-n} = -n/\theta",
        scope="every n: by the score a constant would be sufficient",
    )  # fmt: skip


def _shifted() -> Iterator[tuple[tuple[int, int], int, int]]:
    for x, y, low, high in permutations(range(4)):
        if low < high:
            yield (x, y), low, high


def _allowed(x: tuple[int, int], low: int, high: int) -> bool:
    return all(low <= one <= high for one in x)
