"""The proof of what InfoNCE becomes with many keys, and of the floors of uniformity."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

from .symbolic import sp
from .theorem import Step, cited, identity, inequality

__all__ = ["proof"]


def proof() -> Iterator[Step]:
    yield from _limit()
    yield from _two_uniformities()
    yield from _the_sphere()
    yield from _finite()


def _limit() -> Iterator[Step]:
    w, a, b, c = sp.symbols("w a b c", positive=True)  # two keys' e^s, and the positive's
    masses, values = (w, 1 - w), (a, b)
    mean = w * a + (1 - w) * b
    variance = w * a**2 + (1 - w) * b**2 - mean**2
    second = sum(
        masses[i] * masses[j] * ((c + values[i] + values[j]) / 3 - mean) ** 2
        for i, j in product(range(2), repeat=2)
    )
    yield identity(
        "the mean Z of the K exponentials strays from their mean by its variance, over about K",
        sp.expand(second), sp.expand((2 * variance + (c - mean) ** 2) / 9),
        slip=sp.expand((3 * variance + (c - mean) ** 2) / 9),
        slip_words="the positive counted among the independent keys",
        tex=r"\mathbb{E}(Z - \mu)^2 = \frac{(K-1)\sigma^2 + (a - \mu)^2}{K^2}",
        scope="K = 3, two values of y",
    )  # fmt: skip
    mu, k = sp.symbols("mu K", positive=True)
    s2 = sp.Symbol("v", nonnegative=True)
    first = (c - mu) / (k * mu)
    spread = ((k - 1) * s2 + (c - mu) ** 2) / (2 * k**2 * mu**2)
    yield identity(
        "so to second order in Z the logarithm's mean has this first term in 1/K",
        sp.limit(sp.expand(k * (first - spread)), k, sp.oo), c / mu - 1 - s2 / (2 * mu**2),
        slip=c / mu - 1 - s2 / mu**2, slip_words="the half of Taylor's formula forgotten",
        tex=r"K(\mathbb{E}\log Z - \log\mu) \to \frac{a}{\mu} - 1 - \frac{\sigma^2}{2\mu^2}",
        scope="every table",
    )  # fmt: skip
    yield cited(
        "the law of large numbers, with dominated convergence: the limit itself",
        tex=r"\mathcal L_K - \log K \to -\mathbb{E}_p s + \mathbb{E}_x\log\mathbb{E}_y e^s",
        source="Wang and Isola 2020, Theorem 1",
    )  # fmt: skip


def _two_uniformities() -> Iterator[Step]:
    x, y = sp.symbols("x y", real=True)  # angles
    t = sp.Symbol("t", positive=True)
    u, v = (sp.Matrix([sp.cos(angle), sp.sin(angle)]) for angle in (x, y))
    squared = sp.trigsimp(sp.expand((u - v).dot(u - v)))
    yield identity(
        "on the sphere a squared distance is a cosine in other words",
        squared, sp.expand_trig(2 - 2 * sp.cos(x - y)),
        slip=sp.expand_trig(1 - sp.cos(x - y)), slip_words="half of it, the cosine distance",
        tex=r"\lvert u - v\rvert^2 = 2 - 2\,u \cdot v,\quad e^{-t\lvert u - v\rvert^2} = "
        r"e^{-2t}\,e^{2t\,u \cdot v}", scope="d = 2, all angles",
    )  # fmt: skip
    yield inequality(
        "the logarithm is concave: the limit's term is never above the metric's, at t = 1/(2 tau)",
        sp.Integer(0), -sp.diff(sp.log(t), t, 2), because=[1 / t**2],
        slip=-sp.diff(sp.log(t), t), slip_words="the slope in place of the curvature",
        tex=r"\mathbb{E}_x\log\mathbb{E}_y e^{u \cdot v/\tau} \le "
        r"\log\mathbb{E}_{x,y}e^{u \cdot v/\tau}", scope="every law",
    )  # fmt: skip


def _the_sphere() -> Iterator[Step]:
    z = sp.Symbol("z", real=True)
    half = sp.Rational(1, 2)
    moments = [sp.integrate(z ** (2 * m), (z, -1, 1)) / 2 for m in (1, 2, 3)]
    ratios = [sp.rf(half, m) / sp.rf(3 * half, m) for m in (1, 2, 3)]
    yield identity(
        "the moments of a coordinate of a uniform direction",
        sp.Matrix(moments), sp.Matrix(ratios),
        slip=sp.Matrix([sp.rf(half, m) / sp.rf(2 * half, m) for m in (1, 2, 3)]),
        slip_words="the circle's in place of the sphere's",
        tex=r"\mathbb{E}(u \cdot y)^{2m} = \frac{(1/2)_m}{(d/2)_m}",
        scope="d = 3, m = 1, 2, 3",
    )  # fmt: skip
    s = sp.Symbol("s", positive=True)
    direct = sp.integrate(sp.exp(s * z), (z, -1, 1)) / 2
    yield identity(
        "which sum to a Bessel function; in three dimensions to a hyperbolic sine",
        sp.expand((direct * s).rewrite(sp.exp)), sp.expand(sp.sinh(s).rewrite(sp.exp)),
        slip=sp.expand(sp.cosh(s).rewrite(sp.exp)), slip_words="the two points of one dimension",
        tex=r"A_d(s) = \Gamma(\tfrac d2)(\tfrac 2s)^{d/2-1}I_{d/2-1}(s),\quad A_3(s) = \sinh(s)/s",
        scope="d = 3",
    )  # fmt: skip
    a, b, c, e = sp.symbols("a b c e", real=True)  # two vectors in the plane
    table = sp.Matrix([[a, b], [c, e]])
    spread = table.T * table
    trace = spread.trace()
    gap = spread - trace / 2 * sp.eye(2)
    squares = (table * table.T).multiply_elementwise(table * table.T)
    yield inequality(
        "the mean of a power of the cosines is least at the uniform law: here the square",
        sp.expand(trace**2 / 2), sp.expand(sum(squares)),
        because=[entry**2 for entry in gap],
        slip=sp.expand(trace**2), slip_words="the dimension forgotten",
        tex=r"\sum_{ij}(u_i \cdot u_j)^2 = \Bigl\lVert\sum_i u_i u_i^T\Bigr\rVert^2 \ge "
        r"\frac{n^2}{d}", scope="n = 2, d = 2, all entries free",
    )  # fmt: skip
    yield cited(
        "the same for every power, so for every series of them; only the uniform law has equality",
        tex=r"\mathbb{E}_{u,v}\,e^{s\,u \cdot v} \ge A_d(s)",
        source="Borodachov, Hardin and Saff 2019; Wang and Isola 2020",
    )  # fmt: skip
    yield cited(
        "likewise of the mean of logarithms",
        tex=r"\mathbb{E}_u\log\mathbb{E}_v\,e^{s\,u \cdot v} \ge \log A_d(s)",
        source="Wang and Isola 2020, Theorem 1",
    )  # fmt: skip


def _finite() -> Iterator[Step]:
    n, mean = sp.symbols("n E", positive=True)
    yield identity(
        "each row is at no distance from itself: n of the n^2 terms are one",
        (n + n * (n - 1) * mean) / n**2, 1 / n + (1 - 1 / n) * mean,
        slip=mean, slip_words="the rows' own terms forgotten: one floor for both",
        tex=r"\bar E_{\text{all}} = \tfrac1n + \tfrac{n-1}{n}\bar E_{i<j},\quad "
        r"\bar E_{i<j} \ge \frac{nA - 1}{n - 1}", scope="every n",
    )  # fmt: skip
    rows = [sp.Matrix(sp.symbols(f"u{i}_1:3", real=True)) for i in range(3)]
    total = sum(rows, sp.zeros(2, 1))
    lengths = sum(r.dot(r) for r in rows)
    apart = sum((rows[i] - rows[j]).dot(rows[i] - rows[j]) for i, j in ((0, 1), (0, 2), (1, 2)))
    yield identity(
        "the distances of unit vectors add up to n^2 at most; Jensen does the rest",
        sp.expand(apart), sp.expand(3 * lengths - total.dot(total)),
        slip=sp.expand(3 * lengths), slip_words="the sum of the vectors forgotten",
        tex=r"\sum_{i<j}\lvert u_i - u_j\rvert^2 = n^2 - \Bigl\lvert\sum_i u_i\Bigr\rvert^2,\quad"
        r" U_{i<j} \ge -\frac{2tn}{n-1}", scope="n = 3, d = 2, all entries free",
    )  # fmt: skip
    t = sp.Symbol("t", positive=True)
    root = sp.sqrt(3) / 2
    corners = [sp.Matrix([1, 0]), sp.Matrix([-sp.S.Half, root]), sp.Matrix([-sp.S.Half, -root])]
    terms = [
        sp.exp(-t * sp.expand((corners[i] - corners[j]).dot(corners[i] - corners[j])))
        for i, j in ((0, 1), (0, 2), (1, 2))
    ]
    yield identity(
        "a regular triangle reaches it",
        sum(terms) / 3, sp.exp(-3 * t), slip=sp.exp(-4 * t),
        slip_words="opposite points, of which there are only two",
        tex=r"U_{i<j} = -3t", scope="n = 3, d = 2, every t",
    )  # fmt: skip
