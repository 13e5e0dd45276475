"""The proof of the three-way convergence: posteriors, free features, contrastive directions."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

from .finite_experiments import Statistic, Table, is_sufficient, pairs_split, statistics
from .finite_models import planted, two_tosses, uniform_up_to
from .symbolic import sp
from .theorem import Step, cited, enumeration, identity, inequality
from .words import identity_on, letter, rule

__all__ = ["proof"]


def proof() -> Iterator[Step]:
    yield from _posteriors()
    yield from _free_features()
    yield from _mixed_views()
    yield from _corners()


# -- posteriors -----------------------------------------------------------------------------------


def by_posterior(table: Table) -> Statistic:
    """Each point labelled by its posterior under even chances."""
    posteriors = [
        tuple(p / sum(column) for p in column) for column in zip(*table, strict=True)
    ]  # fmt: skip
    return tuple(posteriors.index(own) for own in posteriors)


def by_decision(table: Table) -> Statistic:
    """Each point labelled by its most likely class."""
    return tuple(max(range(len(c)), key=c.__getitem__) for c in zip(*table, strict=True))


def _told(table: Table, statistic: Statistic) -> bool:
    """Sufficient, and a function of every sufficient statistic."""
    finest = [T for T in statistics(points=4) if is_sufficient(table, T)]
    return is_sufficient(table, statistic) and all(not pairs_split(T, statistic) for T in finest)


def _posteriors() -> Iterator[Step]:
    yield enumeration(
        "the posterior is sufficient for the class, and a function of every sufficient statistic",
        lambda: (two_tosses(), uniform_up_to(4), planted(2, (0, 1, 2, 0), 1)),
        holds=lambda table: _told(table, by_posterior(table)),
        slip=lambda table: _told(table, by_decision(table)),
        slip_words="the most likely class in place of the posterior",
        tex=r"p(y \mid x) = p(y \mid x') \iff T^*(x) = T^*(x')",
        scope="three models on four points, all fifteen statistics of each",
    )  # fmt: skip
    a, b, c = sp.symbols("a b c", nonnegative=True)  # what the posterior gives to other classes
    missed = a + b + c
    yield inequality(
        "a mean posterior is as near to one-hot as its class is sure",
        missed**2 + a**2 + b**2 + c**2, 2 * missed**2, because=[2 * a * b, 2 * a * c, 2 * b * c],
        slip=missed**2, slip_words="the class itself alone counted",
        tex=r"\lVert e_k-m_k\rVert^2 = \delta_k^2+\sum_{j\ne k}m_{kj}^2 \le 2\delta_k^2",
        scope="four classes; further ones add further products",
    )  # fmt: skip
    C, E = letter("C", "K", "K", symmetric=True), letter("E", "K", "K")
    one = identity_on("K")
    yield identity(
        "and their centred Gram matrix is that of the corners, but for two terms in what is missed",
        (C @ (one - E) @ (one - E.T) @ C).given(rule(C @ C, C)),
        C + C @ E @ E.T @ C - C @ E @ C - C @ E.T @ C,
        slip=C - C @ E @ C - C @ E.T @ C, slip_words="the square forgotten",
        tex=r"C(I-E)(I-E)^\top C = C - C(E+E^\top)C + CEE^\top C,\quad C = I-J/K",
        scope="every K",
    )  # fmt: skip
    x, s = sp.symbols("x s", nonnegative=True)  # a length, and what centring takes off it
    yield inequality(
        "centring lengthens nothing, so what is left is at most 2h + h² for a length h of E",
        2 * x + x**2, 2 * (x + s) + (x + s) ** 2, because=[2 * s, s**2, 2 * x * s],
        slip=2 * x + (x + s) ** 2, slip_words="the linear term not lengthened",
        tex=r"\lVert CMM^\top C-C\rVert_F \le 2h+h^2,\quad h = \Bigl(2\sum_k\delta_k^2"
        r"\Bigr)^{1/2}", scope="every K, with x = |CE| and x + s = h",
    )  # fmt: skip


# -- free features --------------------------------------------------------------------------------


def _free_features() -> Iterator[Step]:
    yield cited(
        "the best scores on free features are a multiple of the centring, and weights are "
        "multiples of centred class means",
        tex=r"WM^\top = aC,\ W = \rho M", source="the theorem `neural-collapse`, proved there",
    )  # fmt: skip
    rho, a = sp.symbols("rho a", positive=True)
    for size in (2, 3, 4):
        C = sp.eye(size) - sp.ones(size, size) / size
        M = sp.sqrt(a / rho) * C  # one square root of their Gram matrix; others are turned
        yield identity(
            f"so class means have the corners' Gram matrix, {size} classes",
            rho * M * M.T, a * C, slip=a * sp.eye(size), slip_words="an orthogonal frame",
            tex=r"\rho\,MM^\top = aC", scope=f"K = {size}",
        )  # fmt: skip


# -- views that mix classes -----------------------------------------------------------------------


def _mixed_views() -> Iterator[Step]:
    u, v, w = sp.symbols("u v w", real=True)
    x, y, z = sp.symbols("x y z", positive=True)
    p = tuple(part / (x + y + z) for part in (x, y, z))
    mean = p[0] * u + p[1] * v + p[2] * w
    bend = p[0] * u**2 + p[1] * v**2 + p[2] * w**2 - mean**2
    pairs = [
        p[0] * p[1] * (u - v) ** 2, p[0] * p[2] * (u - w) ** 2, p[1] * p[2] * (v - w) ** 2
    ]  # fmt: skip
    yield inequality(
        "the loss is convex in its scores",
        sp.Integer(0), sp.cancel(sp.together(bend)), because=pairs, slip=2 * sum(pairs),
        slip_words="every pair counted twice",
        tex=r"\textstyle\sum p_iv_i^2-(\sum p_iv_i)^2 = \sum_{i<j}p_ip_j(v_i-v_j)^2 \ge 0",
        scope="three keys, every probability and direction",
    )  # fmt: skip
    yield cited(
        "Jensen's inequality: keys, given their classes and the query, may be replaced by their "
        "class means, then queries; equality where classes are points",
        tex=r"L_n(f) \ge \mathbb{E}\log\sum_k e^{\mu_c\cdot(\mu_{c_k}-\mu_c)/\tau}",
        source="J. Jensen 1906; views are independent given the class",
    )  # fmt: skip
    m = [sp.Matrix(sp.symbols(f"m{i}_1:3", real=True)) for i in range(3)]
    whole = m[0] + m[1] + m[2]
    lengths = sum(row.dot(row) for row in m)
    gaps = [m[i].dot(m[j]) - m[i].dot(m[i]) for i, j in product(range(3), repeat=2) if i != j]
    yield identity(
        "the mean gap between classes, by the length of the sum of all class means",
        sp.expand(sum(gaps) / 6), sp.expand(whole.dot(whole) / 6 - lengths / 2),
        slip=sp.expand(whole.dot(whole) / 6 - lengths / 3),
        slip_words="the lengths in the sum counted as gaps",
        tex=r"\bar g = \frac{\lVert\sum_c\mu_c\rVert^2}{K(K-1)} - \frac{\sum_c\lVert\mu_c\rVert^2}"
        r"{K-1}", scope="three classes in two dimensions, all entries free",
    )  # fmt: skip
    length, short = sp.symbols("S D", nonnegative=True)  # of the sum; and what lengths lack to one
    k = sp.Symbol("k", positive=True)  # K - 1
    gap = length / ((k + 1) * k) - (k + 1) * (1 - short) / k
    yield inequality(
        "so it is at least -K/(K-1): the sum has a length, and no class mean is longer than one",
        -(k + 1) / k, gap, because=[length / ((k + 1) * k), (k + 1) * short / k],
        slip=gap + 1, slip_words="the gap to a constant map",
        tex=r"\bar g \ge -\frac K{K-1}", scope="every K >= 2",
    )  # fmt: skip
    g = sp.Symbol("g", real=True)
    own, others = sp.symbols("b M", positive=True)
    yield inequality(
        "the loss grows with the gaps, and its mean over gaps is at least that of the mean gap",
        sp.Integer(0), sp.diff(sp.log(own + others * sp.exp(g)), g),
        because=[others * sp.exp(g) / (own + others * sp.exp(g))],
        slip=sp.exp(g) / (own + others * sp.exp(g)), slip_words="the factor lost by the chain rule",
        tex=r"L_n(f) \ge \mathbb{E}_B\log\bigl(1+B+(n-1-B)\,e^{-K/((K-1)\tau)}\bigr),\quad "
        r"B \sim \mathrm{Bin}(n-1, \tfrac1K)",
        scope="every number of keys of the own class and of others",
    )  # fmt: skip


# -- the corners ----------------------------------------------------------------------------------


def _corners() -> Iterator[Step]:
    e = sp.Symbol("e", positive=True)  # exp(-3/(2 tau))
    found = sp.Integer(1)
    for classes in product(range(3), repeat=2):
        found *= 1 + sum(sp.Integer(1) if c == 0 else e for c in classes)
    yield identity(
        "classes at the corners of a triangle reach it: three keys",
        found, 3 * (2 + e) ** 4 * (1 + 2 * e) ** 4, slip=(1 + 2 * e) ** 9,
        slip_words="negatives of the own class forgotten",
        tex=r"e^{9L} = 3\,(2+e^{-3/2\tau})^4(1+2e^{-3/2\tau})^4",
        scope="K = 3, n = 3, d = 2, every temperature",
    )  # fmt: skip
    for size in (2, 3, 4):
        corners = sp.sqrt(sp.Rational(size, size - 1)) * (sp.eye(size) - sp.ones(size, size) / size)
        wanted = sp.Rational(size, size - 1) * (sp.eye(size) - sp.ones(size, size) / size)
        yield identity(
            f"unit vectors of sum zero and equal gaps have the Gram matrix, {size} classes",
            corners * corners.T, wanted, slip=wanted * (size - 1) / size,
            slip_words="the lengths of projections in place of ones",
            tex=r"UU^\top = \tfrac K{K-1}C", scope=f"K = {size}",
        )  # fmt: skip
    yield cited(
        "the supervised contrastive loss is least at the same corners, in every batch",
        tex=r"L \ge \log\bigl(n-1+n(K-1)e^{-K/((K-1)\tau)}\bigr)",
        source="the theorem `supervised-contrastive`, proved there",
    )  # fmt: skip
    yield enumeration(
        "the corners need K - 1 dimensions: the rank of the centring",
        lambda: (2, 3, 4), holds=lambda size: _rank(size) == size - 1,
        slip=lambda size: _rank(size) == size, slip_words="as many as classes",
        tex=r"\operatorname{rank}C = K-1", scope="K = 2, 3, 4",
    )  # fmt: skip


def _rank(size: int) -> int:
    return int((sp.eye(size) - sp.ones(size, size) / size).rank())
