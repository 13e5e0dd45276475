"""The proof of the InfoNCE bound, its gap, its ceilings, and the floor of a batch."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

from .symbolic import sp
from .theorem import Step, cited, enumeration, identity, inequality

__all__ = ["proof"]


def proof() -> Iterator[Step]:
    yield from _optimal_critic()
    yield from _gap()
    yield from _sandwich()
    yield from _floor()
    yield from _temperature()
    yield from _two_views()
    yield from _explicit()
    yield from _chain()


def _optimal_critic() -> Iterator[Step]:
    p, q, r, a, b, c = sp.symbols("p q r a b c", positive=True)  # p(y_k), and p(y_k|x)
    found = a * q * r / (a * q * r + p * b * r + p * q * c)
    yield identity(
        "which of the K keys is the positive has a posterior: the soft-max of the log-ratio",
        found, (a / p) / (a / p + b / q + c / r),
        slip=a / (a + b + c), slip_words="the conditional law in place of the density ratio",
        tex=r"P(k \mid x, y_1, \dots, y_K) = r(x, y_k)/\textstyle\sum_j r(x, y_j)", scope="K = 3",
    )  # fmt: skip
    s, t, u, shift = sp.symbols("s t u c", real=True)
    total = sp.exp(s) + sp.exp(t) + sp.exp(u)
    moved = sp.exp(s + shift) + sp.exp(t + shift) + sp.exp(u + shift)
    yield identity(
        "what depends on the query alone drops out: critics are unique up to it",
        moved / sp.exp(s + shift), total / sp.exp(s),
        slip=total / sp.exp(s - shift), slip_words="the shift kept",
        tex=r"\exp\ell_i(s + c(x)) = \exp\ell_i(s)", scope="K = 3",
    )  # fmt: skip
    yield cited(
        "Gibbs' inequality: no guess has a smaller cross-entropy than the posterior itself",
        tex=r"\inf_s \mathcal L_K(s) = \mathcal L_K(\log r)", source="Poole et al. 2019",
    )  # fmt: skip


def _gap() -> Iterator[Step]:
    w, x = sp.symbols("w x", positive=True)  # p(y = 0), and r(x, 0)
    y = (1 - w * x) / (1 - w)  # so that the ratio's mean is one
    masses, ratios = (w, 1 - w), (x, y)
    symmetric = {(0, 0): sp.Symbol("F0"), (0, 1): sp.Symbol("F1"), (1, 1): sp.Symbol("F2")}

    def mean(weight: object) -> sp.Expr:
        return sum(
            masses[i] * masses[j] * weight(i, j) * symmetric[min(i, j), max(i, j)]  # type: ignore[operator]
            for i, j in product(range(2), repeat=2)
        )

    yield identity(
        "under the joint law a symmetric function is weighed by the mean ratio M",
        sp.together(mean(lambda i, j: ratios[i])),
        sp.together(mean(lambda i, j: (ratios[i] + ratios[j]) / 2)),
        slip=sp.together(mean(lambda i, j: ratios[i] * ratios[j])),
        slip_words="both keys drawn from the conditional law",
        tex=r"\mathbb{E}_{y_1 \sim p(\cdot|x)}F = \mathbb{E}[M_K F],\quad"
        r" M_K = \tfrac1K\textstyle\sum_k r(x, y_k)",
        scope="K = 2, two values of y; with F = log M the gap is E[M log M]",
    )  # fmt: skip
    t = sp.Symbol("t", positive=True)
    yield inequality(
        "t log t is convex, and the mean of M is one: the gap is not negative",
        sp.Integer(0), sp.diff(t * sp.log(t), t, 2), because=[1 / t],
        slip=sp.diff(t * sp.log(t), t), slip_words="the first derivative, which changes its sign",
        tex=r"I - I_K = \mathbb{E}[M_K\log M_K] \ge 0", scope="every K",
    )  # fmt: skip
    r1, r2, r3 = sp.symbols("r1:4", positive=True)
    yield identity(
        "M is the mean of the same with one key left out, so by convexity the gap never grows in K",
        (r1 + r2 + r3) / 3, ((r1 + r2) / 2 + (r1 + r3) / 2 + (r2 + r3) / 2) / 3,
        slip=((r1 + r2) / 2 + (r2 + r3) / 2) / 2, slip_words="one of the three pairs forgotten",
        tex=r"M_K = \tfrac1K\textstyle\sum_k M_{K-1}^{(k)}", scope="K = 3",
    )  # fmt: skip


def _sandwich() -> Iterator[Step]:
    w, x = sp.symbols("w x", positive=True)
    y = (1 - w * x) / (1 - w)
    chi = w * (x - 1) ** 2 + (1 - w) * (y - 1) ** 2
    square = sum(
        p * q * ((a + b) / 2) ** 2
        for (p, a), (q, b) in product(((w, x), (1 - w, y)), repeat=2)
    )  # fmt: skip
    yield identity(
        "the second moment of M, which bounds the gap through the logarithm's concavity",
        sp.together(square), sp.together(1 + chi / 2),
        slip=sp.together(1 + chi), slip_words="K forgotten: the second moment of one ratio",
        tex=r"\mathbb{E}M_K^2 = 1 + \chi^2/K,\quad I - \log(1 + \chi^2/K) \le I_K",
        scope="K = 2, two values of y",
    )  # fmt: skip
    first, rest = sp.symbols("r R", positive=True)
    yield inequality(
        "the positive is one of the K, so the bound cannot pass log K",
        first / (first + rest), sp.Integer(1), because=[rest / (first + rest)],
        slip=sp.Rational(1, 2), slip_words="a bound that a good critic passes",
        tex=r"\log K - \mathcal L_K = \mathbb{E}\log\frac{K r_1}{\sum_j r_j} \le \log K",
        scope="every K",
    )  # fmt: skip


def _floor() -> Iterator[Step]:
    a = [sp.Matrix(sp.symbols(f"a{i}_1:3", real=True)) for i in range(3)]
    b = [sp.Matrix(sp.symbols(f"b{i}_1:3", real=True)) for i in range(3)]
    A, B = sum(a, sp.zeros(2, 1)), sum(b, sp.zeros(2, 1))
    table = sum(x.dot(y) for x in a for y in b)
    yield identity(
        "the sum of all similarities, through the distance of the two sums",
        sp.expand(4 * table), sp.expand((A + B).dot(A + B) - (A - B).dot(A - B)),
        slip=sp.expand((A + B).dot(A + B)), slip_words="the two encoders taken for one",
        tex=r"\textstyle\sum_{ij}\langle a_i, b_j\rangle = \tfrac14\lVert A + B\rVert^2"
        r" - \tfrac14\lVert A - B\rVert^2 \ge -\tfrac14 D", scope="N = 3, d = 2, all entries free",
    )  # fmt: skip
    gaps = [x - y for x, y in zip(a, b, strict=True)]
    spread = sum((gaps[i] - gaps[j]).dot(gaps[i] - gaps[j]) for i, j in ((0, 1), (0, 2), (1, 2)))
    yield identity(
        "the pairs' own distances are at least that of the sums, over N",
        sp.expand(3 * sum(g.dot(g) for g in gaps)), sp.expand((A - B).dot(A - B) + spread),
        slip=sp.expand((A - B).dot(A - B)), slip_words="the variance of the differences forgotten",
        tex=r"N\textstyle\sum_i\lVert a_i - b_i\rVert^2 = D + \sum_{i<j}\lVert g_i - g_j\rVert^2",
        scope="N = 3, d = 2, all entries free",
    )  # fmt: skip
    d, e, f = sp.symbols("D e f", nonnegative=True)  # slacks of the two lines above
    m = sp.Symbol("M", positive=True)  # N - 1
    n = m + 1
    positives = n - d / (2 * n) - e  # N P
    gap = ((-d / 4 + f) - positives) / (n * m) - positives / n
    yield inequality(
        "so the mean gap is at least -N/(N-1), in every batch of unit vectors",
        -n / m, gap, because=[d / (4 * n * m), f / (n * m), e / (n * m), e / n],
        slip=gap - e / n, slip_words="the positives' slack counted once",
        tex=r"Q - P \ge -\tfrac{N}{N-1}", scope="every N >= 2",
    )  # fmt: skip
    reach = sp.Symbol("R", positive=True)
    longer = n * reach - d / (2 * n) - e  # N P, norms now up to the root of R
    gap = ((-d / 4 + f) - longer) / (n * m) - longer / n
    yield inequality(
        "features as they are: an image's norm times a text's is R at most, and their product too",
        -reach * n / m, gap, because=[d / (4 * n * m), f / (n * m), e / (n * m), e / n],
        slip=gap + (reach - 1) * n / m, slip_words="the norms forgotten: R taken for one",
        tex=r"Q - P \ge -R\tfrac{N}{N-1},\quad L \ge \log(1 + (N-1)e^{-\alpha R N/(N-1)})",
        scope="every N >= 2; images and texts made equally long, which leaves their products",
    )  # fmt: skip
    tau = sp.Symbol("tau", positive=True)
    half = sp.Rational(1, 2)
    loss = sp.log(sp.exp(1 / tau) + 2 * sp.exp(-half / tau)) - 1 / tau
    floor = 1 + 2 * sp.exp(-sp.Rational(3, 2) / tau)
    yield identity(
        "aligned pairs on a regular triangle reach the floor",
        sp.exp(loss), floor, slip=1 + 2 * sp.exp(-half / tau),
        slip_words="the negatives' score alone, not the gap",
        tex=r"L = \log\bigl(1 + 2e^{-3/(2\tau)}\bigr)", scope="N = 3, d = 2, every temperature",
    )  # fmt: skip
    yield cited(
        "Jensen's inequality: the mean of a convex function is at least its value at the mean",
        tex=r"\mathbb{E}f(X) \ge f(\mathbb{E}X)", source="J. Jensen 1906",
    )  # fmt: skip


def _temperature() -> Iterator[Step]:
    g, m = sp.Symbol("g", real=True), sp.Symbol("m", positive=True)  # m = N - 1
    floor = sp.log(1 + m * sp.exp(g))
    yield inequality(
        "the floor is convex in the gap, so it lies above its tangent at zero: log N - 1/tau",
        sp.Integer(0), sp.diff(floor, g, 2), because=[m * sp.exp(g) / (1 + m * sp.exp(g)) ** 2],
        slip=sp.diff(floor, g), slip_words="the slope in place of the curvature",
        tex=r"\log(1 + (N-1)e^g) \ge \log N + \tfrac{N-1}{N}g,\quad g = -\tfrac{N}{(N-1)\tau}",
        scope="every N >= 2",
    )  # fmt: skip


def _two_views() -> Iterator[Step]:
    def passes(exponent: int) -> bool:
        """The loss of five identical coins: 2^(N - 1) ways to agree, 16 of them in all."""
        return bool(3**4 * 5**6 * 7**4 * 9 * 2**exponent < 9**16)

    yield enumeration(
        "NT-Xent's log(2N-1) - L is no bound: five coins, seen twice each, pass log 2",
        lambda: [16], holds=passes, slip=lambda exponent: passes(exponent + 1),
        slip_words="the integers compared one factor of two too high",
        tex=r"3^4\,5^6\,7^4\,9\cdot 2^{16} < 9^{16}\ \Rightarrow\ \log 9 - L > \log 2 = I",
        scope="N = 5, one fair bit, a critic that tells equal from unequal",
    )  # fmt: skip


def _chain() -> Iterator[Step]:
    p, q = sp.symbols("p1:3", positive=True), sp.symbols("q1:3", positive=True)
    shares = (*p, 1 - sum(p))
    logs, scores = sp.symbols("l1:4", real=True), sp.symbols("s1:4", real=True)
    log_total = sp.Symbol("L", real=True)  # log sum q e^s
    ratios = [log - s + log_total for log, s in zip(logs, scores, strict=True)]
    bound = sum(a * s for a, s in zip(shares, scores, strict=True)) - log_total
    information = sum(a * log for a, log in zip(shares, logs, strict=True))
    yield identity(
        "what Donsker and Varadhan's bound misses is a divergence, by Gibbs not negative: from the "
        "law that the critic makes of independence",
        sp.expand(information - bound),
        sp.expand(sum(a * r for a, r in zip(shares, ratios, strict=True))),
        slip=sp.expand(sum(a * r for a, r in zip(q, ratios, strict=False))),
        slip_words="averaged over another law",
        tex=r"I - \bigl(\mathbb{E}_ps - \log\mathbb{E}_qe^s\bigr) = "
        r"KL\bigl(p\,\|\,q\,e^s/\mathbb{E}_qe^s\bigr)",
        scope="three cells, q the product of the marginals; l are the log-ratios",
    )  # fmt: skip
    s, w = sp.symbols("s w", positive=True)
    inner = -(1 + w) / (1 + s * w) - sp.log(1 + s * w)
    yield identity(
        "t - 1 - log t is an integral of something that is not negative: the antiderivative",
        sp.together(sp.diff(inner, s)), sp.together((1 - s) * w**2 / (1 + s * w) ** 2),
        slip=sp.together((1 - s) * w / (1 + s * w) ** 2), slip_words="one factor w is lost",
        tex=r"t - 1 - \log t = \int_0^1\frac{(1-s)w^2}{(1+sw)^2}\,ds,\quad w = t - 1",
        scope="every t > 0; the ends give w - log(1 + w)",
    )  # fmt: skip
    r, v = sp.Symbol("r", nonnegative=True), sp.Symbol("v", real=True)
    t = sp.Symbol("t", positive=True)
    yield inequality(
        "so a logarithm lies below its tangent, log t <= t/e, and Nguyen, Wainwright and Jordan's "
        "bound below the other",
        sp.Integer(0), r * v**2 / (r + s * t) ** 2, because=[r * v**2 / (r + s * t) ** 2],
        slip=r * v / (r + s * t) ** 2, slip_words="without its square, t - 1 has either sign",
        tex=r"\log\mathbb{E}e^s \le \mathbb{E}e^{s-1}", scope="every t > 0; r = 1 - s, v = t - 1",
    )  # fmt: skip
    a, b = sp.symbols("a b", positive=True)  # the pairs' e^{s/2}
    c, d = sp.symbols("c d", nonnegative=True)  # the others' e^s
    yield inequality(
        "over all pairs of a batch the pairs themselves are counted, so that no bound passes log n",
        2 * a * b, a**2 + b**2 + c + d, because=[(a - b) ** 2, c, d],
        slip=a**2 + b**2 - 2 * a * b + c + d, slip_words="the square taken for the sum of squares",
        tex=r"\tfrac1n\textstyle\sum_{ij}e^{s_{ij}} \ge e^{\frac1n\sum_i s_{ii}}",
        scope="n = 2",
    )  # fmt: skip


def _explicit() -> Iterator[Step]:
    """Negatives of their own, as in a queue."""
    p, q, r, tau = sp.symbols("p q r tau", positive=True)
    scores = [sp.exp(c / tau) for c in (p, q, r)]
    yield identity(
        "with negatives of their own, only gaps to the positive enter",
        sp.exp(sp.log(sum(scores)) - p / tau),
        1 + sp.exp((q - p) / tau) + sp.exp((r - p) / tau),
        slip=1 + sp.exp(q / tau) + sp.exp(r / tau), slip_words="the positive's score forgotten",
        tex=r"e^{\ell_i} = 1 + \textstyle\sum_{j \in D_i} e^{u_i \cdot(w_j - v_i)/\tau}",
        scope="M = 2, every temperature",
    )  # fmt: skip
    u = sp.Matrix(sp.symbols("u1:3", real=True))
    v, w = (sp.Matrix(sp.symbols(f"{name}1:3", real=True)) for name in "vw")
    norms = u.dot(u) * 2 + v.dot(v) + w.dot(w)
    yield identity(
        "a gap and the squares that it is made of: unit vectors have gaps of -2 at least",
        sp.expand(2 * (u.dot(w) - u.dot(v)) + norms),
        sp.expand((u + w).dot(u + w) + (u - v).dot(u - v)),
        slip=sp.expand((u + w).dot(u + w) - (u - v).dot(u - v)),
        slip_words="a minus sign: a gap that could be as low as you like",
        tex=r"2u\cdot(w - v) + 4 = \lVert u + w\rVert^2 + \lVert u - v\rVert^2 \ge 0",
        scope="d = 2, all entries free",
    )  # fmt: skip
    m = sp.Symbol("M", positive=True)
    yield identity(
        "aligned positives, and negatives opposite to all queries, reach that floor",
        sp.exp(sp.log(sp.exp(1 / tau) + m * sp.exp(-1 / tau)) - 1 / tau),
        1 + m * sp.exp(-2 / tau), slip=1 + m * sp.exp(-1 / tau),
        slip_words="negatives at right angles", tex=r"L = \log(1 + M e^{-2/\tau})",
        scope="every M, every temperature",
    )  # fmt: skip
