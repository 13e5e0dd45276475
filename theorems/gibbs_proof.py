"""The proof of Gibbs' inequality, and of what it says of two outcomes."""

from __future__ import annotations

from collections.abc import Iterator

from .symbolic import sp
from .theorem import Step, identity, inequality

__all__ = ["proof"]


def proof() -> Iterator[Step]:
    yield from _nonnegative()
    yield from _two_outcomes()
    yield from _parabola()
    yield from _means()


def _nonnegative() -> Iterator[Step]:
    p1, p2, q1, q2 = sp.symbols("p1 p2 q1 q2", positive=True)
    p, q = (p1, p2, 1 - p1 - p2), (q1, q2, 1 - q1 - q2)
    logs = sp.symbols("l1 l2 l3", real=True)
    terms = [a * log for a, log in zip(p, logs, strict=True)]
    yield identity(
        "weights sum to one, so the divergence is an average under q of t log t - t + 1 at t = p/q",
        sum(terms), sum(term - a + b for term, a, b in zip(terms, p, q, strict=True)),
        slip=sum(term - a for term, a in zip(terms, p, strict=True)),
        slip_words="t log t - t: the one that makes it vanish at t = 1 is forgotten",
        tex=r"\sum_i p_i\log\tfrac{p_i}{q_i} = \sum_i q_i\,\varphi(p_i/q_i),\quad "
        r"\varphi(t) = t\log t - t + 1",
        scope="three outcomes, their logarithms free; further outcomes add further terms",
    )  # fmt: skip
    t, s = sp.symbols("t s", positive=True)
    inner = t * sp.log(1 + s * (t - 1)) - s * (t - 1)
    yield identity(
        "that function is an integral: the integrand's antiderivative in s",
        sp.diff(inner, s), (1 - s) * (t - 1) ** 2 / (1 + s * (t - 1)),
        slip=(1 - s) * (t - 1) / (1 + s * (t - 1)), slip_words="one factor t - 1 is lost",
        tex=r"\tfrac{d}{ds}\bigl[t\log(1+s(t-1)) - s(t-1)\bigr] = "
        r"\frac{(1-s)(t-1)^2}{1+s(t-1)}", scope="every t > 0",
    )  # fmt: skip
    yield identity(
        "that function is an integral: its two ends",
        inner.subs(s, 1) - inner.subs(s, 0), t * sp.log(t) - t + 1,
        slip=t * sp.log(t) - t, slip_words="the lower end's minus sign is lost on the one",
        tex=r"\varphi(t) = \int_0^1\frac{(1-s)(t-1)^2}{1+s(t-1)}\,ds", scope="every t > 0",
    )  # fmt: skip
    r, w = sp.Symbol("r", nonnegative=True), sp.Symbol("w", real=True)
    integrand = r * w**2 / (r + s * t)
    yield inequality(
        "the integrand is nonnegative, and zero for all s only at t = 1: so is the divergence, "
        "which is zero only where p = q",
        sp.Integer(0), integrand, because=[integrand],
        slip=r * w / (r + s * t), slip_words="without its square, t - 1 has either sign",
        tex=r"\frac{(1-s)(t-1)^2}{1+s(t-1)} \ge 0,\ 0 \le s \le 1",
        scope="every t > 0, r = 1 - s, w = t - 1",
    )  # fmt: skip


def _two_outcomes() -> Iterator[Step]:
    rho, x = sp.symbols("rho x", positive=True)
    penalty = _penalty(rho, x)
    slope = -rho / x + (1 - rho) / (1 - x)
    yield identity(
        "the gradient of the penalty in a unit's mean",
        sp.diff(penalty, x), slope,
        slip=-rho / x, slip_words="the second term forgotten: every unit is driven up to one",
        tex=r"\tfrac{d}{d\hat\rho}KL(\rho\,\|\,\hat\rho) = "
        r"-\frac{\rho}{\hat\rho} + \frac{1-\rho}{1-\hat\rho}", scope="one unit",
    )  # fmt: skip
    yield identity(
        "the gradient vanishes at the target alone",
        slope, (x - rho) / (x * (1 - x)),
        slip=(x - rho) / x, slip_words="one denominator is lost",
        tex=r"-\frac{\rho}{\hat\rho} + \frac{1-\rho}{1-\hat\rho} = "
        r"\frac{\hat\rho-\rho}{\hat\rho(1-\hat\rho)}", scope="one unit",
    )  # fmt: skip
    on, off = sp.symbols("p q", nonnegative=True)  # rho, 1 - rho
    y = sp.Symbol("y", positive=True)  # 1 - x
    curvature = on / x**2 + off / (1 - x) ** 2
    yield identity(
        "the second derivative",
        sp.diff(penalty, x, 2), curvature.subs({on: rho, off: 1 - rho}),
        slip=curvature.subs({on: rho, off: rho - 1}),
        slip_words="the chain rule's sign is forgotten on the second term",
        tex=r"\tfrac{d^2}{d\hat\rho^2}KL(\rho\,\|\,\hat\rho) = "
        r"\frac{\rho}{\hat\rho^2} + \frac{1-\rho}{(1-\hat\rho)^2}", scope="one unit",
    )  # fmt: skip
    yield inequality(
        "it is nowhere negative: the penalty is convex in the mean, which is linear in each "
        "activation",
        sp.Integer(0), on / x**2 + off / y**2, because=[on / x**2, off / y**2],
        slip=on / x**2 - off / y**2, slip_words="a difference has either sign",
        tex=r"\frac{\rho}{\hat\rho^2} + \frac{1-\rho}{(1-\hat\rho)^2} \ge 0",
        scope="one unit; p, q and y stand for rho, 1 - rho and 1 - x",
    )  # fmt: skip
    yield identity(
        "complement: at 1 - x the two terms trade places",
        sp.expand(_penalty(rho, 1 - x) - penalty), (1 - 2 * rho) * (sp.log(1 - x) - sp.log(x)),
        slip=sp.Integer(0), slip_words="taken for symmetric at every target",
        tex=r"KL(\rho\,\|\,1-\hat\rho) - KL(\rho\,\|\,\hat\rho) = "
        r"(1-2\rho)\log\tfrac{1-\hat\rho}{\hat\rho}", scope="one unit",
    )  # fmt: skip


def _penalty(rho: sp.Expr, x: sp.Expr) -> sp.Expr:
    """The logarithms apart, as quotients of them have branches outside (0, 1)."""
    own = rho * sp.log(rho) + (1 - rho) * sp.log(1 - rho)
    return own - rho * sp.log(x) - (1 - rho) * sp.log(1 - x)


def _parabola() -> Iterator[Step]:
    rho, x, d = sp.symbols("rho x d", positive=True)
    gap = _penalty(rho, x) - 2 * (x - rho) ** 2
    yield identity(
        "Pinsker: what the penalty exceeds the parabola by falls before the target and rises after "
        "it, where it is zero",
        sp.diff(gap, x), (x - rho) * (1 - 2 * x) ** 2 / (x * (1 - x)),
        slip=(x - rho) * (1 - 2 * x) / (x * (1 - x)),
        slip_words="the square is lost: the sign would change at one half",
        tex=r"\tfrac{d}{d\hat\rho}\bigl[KL(\rho\,\|\,\hat\rho) - 2(\hat\rho-\rho)^2\bigr] = "
        r"(\hat\rho-\rho)\,\frac{(1-2\hat\rho)^2}{\hat\rho(1-\hat\rho)}", scope="one unit",
    )  # fmt: skip
    near = sp.diff(_penalty(rho, x), x, 2).subs({rho: sp.Rational(1, 2), x: sp.Rational(1, 2)})
    yield identity(
        "the constant 2 is the best: at a target of one half the two have one curvature",
        near * d**2 / 2, 2 * d**2,
        slip=4 * d**2, slip_words="the Taylor coefficient's one half forgotten",
        tex=r"KL(\tfrac12\,\|\,\tfrac12+\delta) = 2\delta^2 + O(\delta^3)", scope="one unit",
    )  # fmt: skip


def _means() -> Iterator[Step]:
    rho, a, b = sp.symbols("rho a b", positive=True)
    yield identity(
        "an activation moves its unit's mean by 1/n of what it moves itself",
        sp.diff(_penalty(rho, (a + b) / 2), a),
        sp.Rational(1, 2) * (-2 * rho / (a + b) + (1 - rho) / (1 - (a + b) / 2)),
        slip=-2 * rho / (a + b) + (1 - rho) / (1 - (a + b) / 2),
        slip_words="the 1/n of the mean forgotten",
        tex=r"\frac{\partial P}{\partial a_{ij}} = "
        r"\tfrac1n\,\tfrac{d}{d\hat\rho_j}KL(\rho\,\|\,\hat\rho_j)", scope="two rows",
    )  # fmt: skip
    on, off, g, h = sp.symbols("p q g h", nonnegative=True)
    by_rows = on * sp.log(1 + g) / 2 + off * sp.log(1 + h) / 2
    yield identity(
        "the mean of two activations against their geometric mean",
        ((a + b) / 2) ** 2 / (a * b), 1 + (a - b) ** 2 / (4 * a * b),
        slip=1 + (a - b) ** 2 / (2 * a * b), slip_words="a half for a quarter",
        tex=r"\frac{\hat\rho^2}{a_1a_2} = 1 + \frac{(a_1-a_2)^2}{4a_1a_2}", scope="two rows",
    )  # fmt: skip
    yield inequality(
        "so the average of the rows' own divergences exceeds that of the mean (Jensen), unless the "
        "rows agree: to average inside and outside are two formulas",
        sp.Integer(0), by_rows, because=[on * sp.log(1 + g) / 2, off * sp.log(1 + h) / 2],
        slip=sp.Integer(0), slip_words="the two are taken to be one",
        tex=r"\tfrac12\sum_i KL(\rho\,\|\,a_i) - KL(\rho\,\|\,\hat\rho) = "
        r"\tfrac\rho2\log(1+g) + \tfrac{1-\rho}2\log(1+h) \ge 0",
        scope="two rows; g and h are the last line's second term, of a and of 1 - a",
    )  # fmt: skip
