"""The proof of epsilon-sufficiency: small tables by logarithms, Gaussian classes at every size."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import product
from typing import Any

from .symbolic import sp
from .theorem import Step, identity, inequality
from .words import Expression, identity_on, letter, rule, trace

__all__ = ["entropy", "lost", "proof", "table"]


def table(points: int) -> list[list[Any]]:
    """p(y, x) of two classes and so many points; the probabilities need not add to one."""
    return [list(sp.symbols(f"{y}1:{points + 1}", positive=True)) for y in "pq"]


def entropy(weights: Any) -> Any:
    """-sum w log w, of weights of any total."""
    return -sum(w * sp.log(w) for w in weights)


def information(p: list[list[Any]]) -> Any:
    """The mutual information of rows and columns, times the total, up to a term of the total."""
    columns = [sum(column) for column in zip(*p, strict=True)]
    cells = [w for row in p for w in row]
    return entropy(columns) + entropy([sum(row) for row in p]) - entropy(cells)


def merged(p: list[list[Any]], *fibres: tuple[int, ...]) -> list[list[Any]]:
    return [[sum(row[x] for x in fibre) for fibre in fibres] for row in p]


def lost(p: list[list[Any]], *fibres: tuple[int, ...]) -> Any:
    """The mean logarithm of p(y|x)/p(y|t), each logarithm of a quotient written as a difference."""
    total = sp.Integer(0)
    for fibre in fibres:
        mass = sum(row[x] for row in p for x in fibre)
        for row in p:
            for x in fibre:
                own = sp.log(row[x]) - sp.log(sum(r[x] for r in p))
                shared = sp.log(sum(row[i] for i in fibre)) - sp.log(mass)
                total += row[x] * (own - shared)
    return total


def proof() -> Iterator[Step]:
    yield from _tables()
    yield from _a_noisy_statistic()
    yield from _nonnegative()
    yield from _linear_gaussian()
    yield from _classes()


def _tables() -> Iterator[Step]:
    p = table(3)
    apart = information(p) - information(merged(p, (0, 1), (2,)))
    yield identity(
        "the difference of the informations is the mean divergence of the posteriors",
        sp.expand(apart), sp.expand(lost(p, (0, 1), (2,))), slip=sp.expand(lost(p, (0, 2), (1,))),
        slip_words="the posterior given another statistic",
        tex=r"I(X;Y) - I(T;Y) = \mathbb{E}\log\frac{p(Y \mid X)}{p(Y \mid T)} = "
        r"\mathbb{E}\,KL(p(Y \mid X)\,\|\,p(Y \mid T))",
        scope="two classes, three points of which two are merged; fibre by fibre for any table",
    )  # fmt: skip
    p = table(4)
    fine, coarse = ((0, 1), (2,), (3,)), ((0, 1, 2), (3,))
    between = lost(merged(p, *fine), (0, 1), (2,))
    yield identity(
        "losses add along a chain of statistics",
        sp.expand(lost(p, *coarse)), sp.expand(lost(p, *fine) + between),
        slip=sp.expand(lost(p, *fine) + lost(p, (0, 1, 2), (3,))),
        slip_words="the second loss counted from the data",
        tex=r"\varepsilon(S) = \varepsilon(T) + I(T;Y \mid S)\ \text{ along } Y - X - T - S",
        scope="two classes, four points, merged to three and to two",
    )  # fmt: skip


def _a_noisy_statistic() -> Iterator[Step]:
    p = table(2)
    a, b = sp.symbols("a b", positive=True)
    kernel = ((a, 1 - a), (b, 1 - b))
    points = [sum(row[x] for row in p) for x in (0, 1)]
    seen = [[sum(row[x] * kernel[x][t] for x in (0, 1)) for t in (0, 1)] for row in p]
    left = sp.Integer(0)  # I(X;Y|T), from its definition; p(t|x) is in numerator and denominator
    for x, y, t in product((0, 1), repeat=3):
        ratio = sp.log(p[y][x]) + sp.log(sum(row[t] for row in seen))
        left += p[y][x] * kernel[x][t] * (ratio - sp.log(points[x]) - sp.log(seen[y][t]))
    apart = information(p) - information(seen)
    yield identity(
        "and for a statistic with noise of its own: what depends on the channel cancels",
        sp.expand(apart - left), sp.Integer(0), slip=sp.expand(apart),
        slip_words="a noisy statistic is taken to lose nothing",
        tex=r"I(X;Y \mid T) = I(X;Y) - I(T;Y)\ \text{ for any } p(t \mid x)",
        scope="two classes, two points, any binary channel",
    )  # fmt: skip


def _nonnegative() -> Iterator[Step]:
    p, v = sp.Symbol("p", positive=True), sp.Symbol("v", real=True)
    q = p * sp.exp(v)
    yield identity(
        "no divergence is negative: term by term it is e^v - 1 - v, which is not (gaussian-kl)",
        sp.expand(p * (sp.log(p) - sp.expand_log(sp.log(q))) - p + q),
        sp.expand(p * (sp.exp(v) - 1 - v)), slip=sp.expand(p * (sp.exp(v) - 1 + v)),
        slip_words="the sign of the logarithm",
        tex=r"p\log\tfrac pq - p + q = p\,(e^v - 1 - v) \ge 0,\ v = \log\tfrac qp",
        scope="one term; the sum of p and that of q are equal",
    )  # fmt: skip


def _linear_gaussian() -> Iterator[Step]:
    P, r1, r2 = sp.symbols("P r1 r2", positive=True)
    a1, a2, h1, h2 = sp.symbols("a1 a2 h1 h2", real=True)
    signal = (a1 * h1 + a2 * h2) ** 2 / (a1**2 * r1 + a2**2 * r2)
    whole = h1**2 / r1 + h2**2 / r2
    v_x, v_t = 1 / (1 / P + whole), 1 / (1 / P + signal)
    # the estimates g'x and b a'x; X = h theta + noise
    g = [v_x * h1 / r1, v_x * h2 / r2]
    b = v_t * (a1 * h1 + a2 * h2) / (a1**2 * r1 + a2**2 * r2)
    w = [g[0] - b * a1, g[1] - b * a2]
    spread = P * (w[0] * h1 + w[1] * h2) ** 2 + r1 * w[0] ** 2 + r2 * w[1] ** 2
    yield identity(
        "Gaussian: the two posterior means differ by the difference of the two variances",
        sp.cancel(sp.together(spread)), sp.cancel(sp.together(v_t - v_x)),
        slip=sp.cancel(sp.together(v_t + v_x)), slip_words="the means taken for uncorrelated",
        tex=r"\mathbb{E}(m_X - m_T)^2 = v_T - v_X",
        scope="one parameter, two observations with any gains and noises, any linear statistic",
    )  # fmt: skip
    s, t = sp.symbols("s t", positive=True)  # the two posterior variances
    divergence = (sp.log(t) - sp.log(s) + s / t - 1 + (t - s) / t) / 2
    yield identity(
        "so that the mean divergence of the posteriors is half the logarithm of their ratio",
        sp.expand(divergence), (sp.log(t) - sp.log(s)) / 2, slip=sp.log(t) - sp.log(s),
        slip_words="the half is forgotten",
        tex=r"\mathbb{E}\,KL(N(m_X, v_X)\,\|\,N(m_T, v_T)) = \tfrac12\log\tfrac{v_T}{v_X}",
        scope="one parameter; the variances do not depend on what was seen",
    )  # fmt: skip
    yield identity(
        "which is the difference of the two informations",
        sp.cancel(v_t / v_x), sp.cancel((1 + P * whole) / (1 + P * signal)),
        slip=sp.cancel((1 + whole) / (1 + signal)), slip_words="the prior's variance left out",
        tex=r"\varepsilon = \tfrac12\log\frac{1 + P\,h^\top R^{-1}h}"
        r"{1 + P\,(a^\top h)^2/a^\top Ra}",
        scope="one parameter, two observations",
    )  # fmt: skip
    yield inequality(
        "never negative, and zero exactly if a is a multiple of the gains over the noises",
        sp.expand((a1 * h1 + a2 * h2) ** 2),
        sp.expand(whole * (a1**2 * r1 + a2**2 * r2)),
        because=[(h1 * a2 * r2 - h2 * a1 * r1) ** 2 / (r1 * r2)],
        slip=sp.expand((h1**2 + h2**2) * (a1**2 * r1 + a2**2 * r2)),
        slip_words="the noises are taken to be alike",
        tex=r"(a^\top h)^2 \le (h^\top R^{-1}h)(a^\top Ra),\ \text{ equal iff } a \parallel "
        r"R^{-1}h",
        scope="two observations; a sum of such squares for more",
    )  # fmt: skip


def _classes() -> Iterator[Step]:
    P = letter(r"\Sigma^{-1}", "d", "d", symmetric=True)
    x, m, n = (letter(name, "d", "1") for name in ("x", r"\mu", r"\nu"))
    half = Fraction(1, 2)

    def form(z: Expression) -> Expression:
        return trace(z.T @ P @ z)

    odds = form(x - n) * half - form(x - m) * half
    affine = trace((m - n).T @ P @ x) - (form(m) - form(n)) * half
    yield identity(
        "Gaussian classes with one covariance: the squares cancel, the log-odds are affine",
        odds, affine, slip=trace((m - n).T @ P @ x), slip_words="the lengths of the means lost",
        tex=r"\log\frac{N(x; \mu, \Sigma)}{N(x; \nu, \Sigma)} = (\mu - \nu)^\top\Sigma^{-1}x - "
        r"\tfrac12(\mu^\top\Sigma^{-1}\mu - \nu^\top\Sigma^{-1}\nu)",
        scope="every size",
    )  # fmt: skip
    S, D = letter(r"\Sigma", "d", "d", symmetric=True), letter("D", "d", "c")
    g = letter("G^{-1}", "c", "c", symmetric=True)
    known = (
        rule(P @ S, identity_on("d")), rule(S @ P, identity_on("d")),
        rule(D.T @ P @ D @ g, identity_on("c")),
    )  # fmt: skip
    A = D.T @ P
    yield identity(
        "through the statistic of the weighed differences A = D' Sigma^-1 of the means the odds "
        "are what they were: nothing is lost",
        ((A @ D) @ g @ A @ x).given(*known), D.T @ P @ x,
        slip=((D.T @ D) @ g @ D.T @ x).given(*known),
        slip_words="the differences not weighed by the precision",
        tex=r"(AD)^\top(A\Sigma A^\top)^{-1}Ax = D^\top\Sigma^{-1}x,\ A = D^\top\Sigma^{-1},\ "
        r"G = A\Sigma A^\top",
        scope="every size, where the differences of the means are independent",
    )  # fmt: skip
    yield identity(
        "whose covariance within a class is G",
        (A @ S @ A.T).given(*known), D.T @ P @ D, slip=D.T @ S @ D,
        slip_words="the covariance in place of the precision",
        tex=r"A\Sigma A^\top = D^\top\Sigma^{-1}D", scope="every size",
    )  # fmt: skip
