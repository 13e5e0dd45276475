"""The proof of what a classifier of pairs learns, of its least loss, and of a batch's floor."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import Any

from .symbolic import sp
from .theorem import Step, cited, identity, inequality

__all__ = ["proof"]


def proof() -> Iterator[Step]:
    yield from _best_logit()
    yield from _least_loss()
    yield from _batches()
    yield from _floor()


def _apart(expression: Any) -> Any:
    """Logarithms of products taken apart, which are equal then where they look it."""
    return sp.expand_log(sp.expand(expression), force=True)


def _best_logit() -> Iterator[Step]:
    p, q, k = sp.symbols("p q k", positive=True)  # p(x,y), p(x)p(y), and pi/(1 - pi)
    s = sp.Symbol("s", real=True)
    loss = k * p * sp.log(1 + sp.exp(-s)) + q * sp.log(1 + sp.exp(s))  # times 1 - pi
    slope = sp.diff(loss, s)
    yield identity(
        "at the best logit of a pair its loss has no slope: the log ratio, and the log odds of "
        "the prior",
        sp.simplify(slope.subs(s, sp.log(k * p / q))), sp.Integer(0),
        slip=slope.subs(s, sp.log(p / q)), slip_words="the prior forgotten: log r alone",
        tex=r"s^* = \log r(x, y) + \log\tfrac{\pi}{1-\pi}", scope="every pair of positive mass",
    )  # fmt: skip
    u = sp.exp(s)
    yield inequality(
        "the loss is convex in the logit, so that there is no other",
        sp.Integer(0), sp.diff(loss, s, 2), because=[(k * p + q) * u / (1 + u) ** 2],
        slip=slope, slip_words="the slope, which changes its sign",
        tex=r"\partial_s^2 = (\pi p + (1-\pi)q)\,\sigma(s)\,\sigma(-s) \ge 0", scope="every logit",
    )  # fmt: skip
    f, m = sp.symbols("f M", positive=True)  # sigma(s) = f/(f + m), as odds
    eta = k * p / (k * p + q)
    given = -k * p * sp.log(f / (f + m)) - q * sp.log(m / (f + m))
    best = -k * p * sp.log(eta) - q * sp.log(q / (k * p + q))
    total = k * p + q

    def divergence(a: Any, b: Any, c: Any, d: Any) -> Any:
        return total * (a * sp.log(a / c) + b * sp.log(b / d))

    ours, theirs = (eta, q / total), (f / (f + m), m / (f + m))
    yield identity(
        "what another logit loses is the divergence of its probability from the posterior's",
        _apart(given - best), _apart(sp.together(divergence(*ours, *theirs))),
        slip=_apart(divergence(*theirs, *ours)), slip_words="the divergence the other way round",
        tex=r"\ell(s) - \ell(s^*) = (\pi p + (1-\pi)q)\,"
        r"\mathrm{KL}(\mathrm{Be}(\eta)\,\Vert\,\mathrm{Be}(\sigma(s))),\quad \eta = \sigma(s^*)",
        scope="every pair of positive mass",
    )  # fmt: skip


def _least_loss() -> Iterator[Step]:
    p, q, a, b = sp.symbols("p q pi rho", positive=True)  # rho = 1 - pi
    mix = a * p + b * q
    loss = a * p * sp.log(mix / (a * p)) + b * q * sp.log(mix / (b * q))
    entropy = -a * p * sp.log(a) - b * q * sp.log(b)

    def divergence(first: Any, second: Any) -> Any:
        return first * p * sp.log(p / mix) + second * q * sp.log(q / mix)

    yield identity(
        "the least loss: the prior's entropy, less the Jensen-Shannon divergence at that prior",
        _apart(loss), _apart(entropy - divergence(a, b)),
        slip=_apart(entropy - divergence(sp.Rational(1, 2), sp.Rational(1, 2))),
        slip_words="the divergence with halves for weights",
        tex=r"\inf_s \mathcal L = h(\pi) - \mathrm{JS}_\pi(p(x,y)\,\Vert\,p(x)p(y))",
        scope="every pair; the sum over pairs follows",
    )  # fmt: skip
    n = sp.Symbol("n", positive=True)
    yield identity(
        "in a batch one pair in n is a true one: the bias takes up the log odds of that",
        (1 / n) / (1 - 1 / n), 1 / (n - 1), slip=1 / n,
        slip_words="the share in place of the odds",
        tex=r"\log\frac{\pi}{1-\pi} = -\log(n-1)\ \text{at}\ \pi = \tfrac1n", scope="every n >= 2",
    )  # fmt: skip
    m = sp.Symbol("m", positive=True)  # n - 1
    bias = -sp.log(m)
    constant = sp.log(1 + sp.exp(-bias)) + m * sp.log(sp.together(1 + sp.exp(bias)))
    yield identity(
        "a critic that knows nothing loses n times the entropy of one in n, at that bias",
        _apart(constant), (1 + m) * sp.log(1 + m) - m * sp.log(m),
        slip=(1 + m) * sp.log(2), slip_words="n log 2, which a logit of zero loses",
        tex=r"L = n\log n - (n-1)\log(n-1) = n\,h(\tfrac1n) \le n\log 2", scope="every n >= 2",
    )  # fmt: skip


def _batches() -> Iterator[Step]:
    a, b, c = sp.symbols("a b c")
    joint = {(0, 0): a, (0, 1): b, (1, 0): c, (1, 1): 1 - a - b - c}
    f = {cell: sp.Symbol(f"f{cell[0]}{cell[1]}") for cell in joint}  # the loss as a true pair
    g = {cell: sp.Symbol(f"g{cell[0]}{cell[1]}") for cell in joint}  # and as another's
    batch = sum(
        joint[x, y] * joint[u, v] * (f[x, y] + f[u, v] + g[x, v] + g[u, y]) / 2
        for (x, y), (u, v) in product(joint, repeat=2)
    )
    apart = sum(
        (joint[x, 0] + joint[x, 1]) * (joint[0, y] + joint[1, y]) * g[x, y] for x, y in joint
    )
    trues = sum(joint[cell] * f[cell] for cell in joint)
    yield identity(
        "pairs of a batch that are not true ones are drawn from the product of the marginals",
        sp.expand(batch), sp.expand(trues + apart),
        slip=sp.expand(trues + sum(joint[cell] * g[cell] for cell in joint)),
        slip_words="the others drawn from the joint law",
        tex=r"\mathbb{E}L = \mathbb{E}_{p(x,y)}\zeta(-s) + (n-1)\,\mathbb{E}_{p(x)p(y)}\zeta(s),"
        r"\quad \zeta(x) = \log(1 + e^x)", scope="n = 2, two values each, any law",
    )  # fmt: skip
    s, bias = sp.symbols("s beta", real=True)
    share = 1 / (1 + sp.exp(-s - bias))
    told = (sp.log(1 + sp.exp(-s - bias)), sp.log(1 + sp.exp(s + bias)))
    yield identity(
        "a learned bias is at rest where the critic expects as many true pairs as there are",
        sp.Matrix([sp.diff(loss, bias) for loss in told]), sp.Matrix([share - 1, share]),
        slip=sp.Matrix([share - 1, share - 1]), slip_words="every pair taken for a true one",
        tex=r"n(1 + \partial_\beta L) = \textstyle\sum_{ij}\sigma(s_{ij})",
        scope="a true pair and another; the sum over pairs follows",
    )  # fmt: skip


def _floor() -> Iterator[Step]:
    m, reach = sp.symbols("m R", positive=True)  # n - 1, and the largest product of norms
    t, e, f = sp.symbols("t e f", nonnegative=True)  # slacks, and how far positives fall short
    n = m + 1
    distance = 2 * n**2 * (t - e / n)  # of the sums of images and texts, squared
    negatives = ((-distance / 4 + f) - n * (reach - t)) / (n * m)
    simplex = -(reach + t * (n - 2) / 2) / m
    yield inequality(
        "positives that fall short by t let the negatives be lower, and by no more than this",
        simplex, negatives, because=[e / (2 * m), f / (n * m)],
        slip=negatives + t * (n - 2) / (2 * m),
        slip_words="the negatives of a simplex, wherever the positives are",
        tex=r"P = R - t\ \Rightarrow\ Q \ge -\frac{R + t(n-2)/2}{n-1}",
        scope="every n >= 2; the two lines on sums of similarities are infonce-bound's",
    )  # fmt: skip
    alpha = sp.Symbol("alpha", positive=True)
    beta = sp.Symbol("beta", real=True)
    up, down = alpha * (reach - t) + beta, alpha * simplex + beta
    floor = sp.log(1 + sp.exp(-up)) + m * sp.log(1 + sp.exp(down))
    share = sp.exp(down) / (1 + sp.exp(down))
    yield identity(
        "the least loss at t has this slope in t, which grows: the smallest is where it vanishes",
        sp.diff(floor, t), alpha * (1 / (1 + sp.exp(up)) - (n - 2) / 2 * share),
        slip=alpha * (1 / (1 + sp.exp(up)) - (n - 1) / 2 * share),
        slip_words="one negative too many",
        tex=r"\partial_t = \alpha\bigl(\sigma(-\alpha P - \beta) - \tfrac{n-2}2\,"
        r"\sigma(\alpha Q + \beta)\bigr)", scope="every n >= 2",
    )  # fmt: skip
    gap = sp.Symbol("g", positive=True)
    side = sp.sqrt(reach - gap**2 / 4)
    corners = ((1, 0), (-sp.Rational(1, 2), sp.sqrt(3) / 2), (-sp.Rational(1, 2), -sp.sqrt(3) / 2))
    images = [sp.Matrix([side * x, side * y, gap / 2]) for x, y in corners]
    texts = [sp.Matrix([side * x, side * y, -gap / 2]) for x, y in corners]
    short = gap**2 / 2
    yield identity(
        "images on a triangle, their texts on another below it, reach it: n <= d will do",
        sp.Matrix([images[0].dot(texts[0]), images[0].dot(texts[1])]).applyfunc(sp.expand),
        sp.Matrix([reach - short, -(reach + short / 2) / 2]).applyfunc(sp.expand),
        slip=sp.Matrix([reach - short, -reach / 2]).applyfunc(sp.expand),
        slip_words="negatives that stay where they were",
        tex=r"a_i = c_i + \tfrac g2,\ b_i = c_i - \tfrac g2,\ g \perp c_i,\ t = \tfrac12"
        r"\lVert g\rVert^2", scope="n = 3, d = 3",
    )  # fmt: skip
    yield cited(
        "Jensen's inequality: the mean of a convex function is at least its value at the mean",
        tex=r"\mathbb{E}\zeta(X) \ge \zeta(\mathbb{E}X)", source="J. Jensen 1906",
    )  # fmt: skip
