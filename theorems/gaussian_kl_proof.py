"""The proof of the Gaussian KL: Gaussian integrals by moments, never by integration."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

from .symbolic import sp
from .theorem import Step, identity, inequality
from .words import Expression, identity_on, letter, rule, trace

__all__ = ["expectation", "proof"]


def expectation(expression: Any, *normals: Any) -> Any:
    """The mean of a polynomial in independent standard normal symbols: E e^2m = (2m-1)!!."""
    total = sp.Integer(0)
    for powers, coefficient in sp.Poly(sp.expand(expression), *normals).terms():
        moments = [sp.factorial2(p - 1) if p % 2 == 0 else sp.Integer(0) for p in powers]
        total += coefficient * sp.prod(moments)
    return sp.expand(total)


def proof() -> Iterator[Step]:
    yield from _moments()
    yield from _one_coordinate()
    yield from _many_coordinates()
    yield from _nonnegative()
    yield from _nearness()
    yield from _full_covariance()
    yield from _gradients()


def _moments() -> Iterator[Step]:
    t, m = sp.Symbol("t", real=True), sp.Symbol("m", integer=True, positive=True)
    density = sp.exp(-(t**2) / 2)
    yield identity(
        "moments by parts: the boundary term vanishes, so E t^(m+1) = m E t^(m-1)",
        sp.simplify(sp.diff(-(t**m) * density, t) / density), t ** (m + 1) - m * t ** (m - 1),
        slip=t ** (m + 1) + m * t ** (m - 1), slip_words="the sign of the derived power",
        tex=r"\tfrac{d}{dt}(-t^m\varphi) = (t^{m+1} - m\,t^{m-1})\,\varphi", scope="every power m",
    )  # fmt: skip


def _one_coordinate() -> Iterator[Step]:
    e, mu, m0, m1, v = sp.symbols("e mu m0 m1 v", real=True)
    s0, s1 = sp.symbols("s0 s1", positive=True)
    z = m0 + s0 * e
    gap = ((z - m1) ** 2 / s1**2 - e**2) / 2  # the log-ratio without its normaliser
    right = (s0**2 + (m0 - m1) ** 2) / (2 * s1**2) - sp.Rational(1, 2)
    yield identity(
        "average the log-ratio of the two densities, by moments",
        expectation(gap, e) + sp.log(s1 / s0), right + sp.log(s1 / s0),
        slip=right + (m0 - m1) ** 2 / (2 * s1**2) + sp.log(s1 / s0),
        slip_words="the half is forgotten on the squared mean",
        tex=r"KL = \log\tfrac{\sigma_1}{\sigma_0} + "
        r"\tfrac{\sigma_0^2 + (\mu_0-\mu_1)^2}{2\sigma_1^2} - \tfrac12",
        scope="one coordinate, all means and deviations free",
    )  # fmt: skip
    special = (right + sp.log(s1 / s0)).subs({m0: mu, m1: 0, s1: 1}).subs(s0, sp.exp(v / 2))
    half = sp.Rational(1, 2)
    yield identity(
        "against the standard normal, with v the log-variance",
        special, half * (mu**2 + sp.exp(v) - 1 - v),
        slip=half * (mu**2 + sp.exp(v) - 1 + v),
        slip_words="the sign of the logarithm (FluxML/model-zoo#147)",
        tex=r"KL(N(\mu, e^v)\,\|\,N(0,1)) = \tfrac12(\mu^2 + e^v - 1 - v)", scope="one coordinate",
    )  # fmt: skip
    yield identity(
        "against the standard normal, with l the log standard deviation",
        special.subs(v, 2 * m1), half * (mu**2 + sp.exp(2 * m1) - 1 - 2 * m1),
        slip=half * (mu**2 + sp.exp(2 * m1) - 1 - m1**2),
        slip_words="(log s)^2 in place of log s^2 (FluxML/model-zoo#76)",
        tex=r"\log\sigma^2 = 2\log\sigma \ne (\log\sigma)^2", scope="one coordinate",
    )  # fmt: skip


def _many_coordinates() -> Iterator[Step]:
    q1, q2, p1, p2 = sp.symbols("q1 q2 p1 p2", positive=True)
    apart = sp.log(q1) - sp.log(p1) + sp.log(q2) - sp.log(p2)
    yield identity(
        "independent coordinates add: one more coordinate, one more term",
        sp.expand_log(sp.log(q1 * q2 / (p1 * p2))), apart,
        slip=apart / 2, slip_words="the mean over coordinates in place of the sum",
        tex=r"\log\frac{q_1q_2}{p_1p_2} = \log\frac{q_1}{p_1} + \log\frac{q_2}{p_2}",
        scope="any number of coordinates, one at a time",
    )  # fmt: skip


def _nonnegative() -> Iterator[Step]:
    v, s = sp.symbols("v s", real=True)
    r = sp.Symbol("r", nonnegative=True)
    inner = (1 - s) * v * sp.exp(s * v) + sp.exp(s * v)
    yield identity(
        "e^v - 1 - v is an integral: the integrand's antiderivative",
        sp.diff(inner, s), (1 - s) * v**2 * sp.exp(s * v),
        slip=(1 - s) * v * sp.exp(s * v), slip_words="one factor v is lost",
        tex=r"\tfrac{d}{ds}\bigl[((1-s)v + 1)e^{sv}\bigr] = (1-s)\,v^2e^{sv}", scope="every v",
    )  # fmt: skip
    yield identity(
        "e^v - 1 - v is an integral: its two ends",
        inner.subs(s, 1) - inner.subs(s, 0), sp.exp(v) - 1 - v,
        slip=sp.exp(v) - 1 + v, slip_words="the sign at the lower end",
        tex=r"e^v - 1 - v = \int_0^1 (1-s)\,v^2e^{sv}\,ds", scope="every v",
    )  # fmt: skip
    integrand = r * v**2 * sp.exp((1 - r) * v)
    yield inequality(
        "the integrand is nonnegative, and zero for all s only at v = 0: so is the KL",
        sp.Integer(0), integrand, because=[integrand],
        slip=integrand - v**2, slip_words="the exponential expanded around the wrong end",
        tex=r"(1-s)\,v^2e^{sv} \ge 0,\ 0 \le s \le 1", scope="every v, r = 1 - s",
    )  # fmt: skip


def _nearness() -> Iterator[Step]:
    x, s = sp.symbols("x s", nonnegative=True)
    inner = sp.exp(-s) * (s**2 + (2 - x) * s + 2 - x)
    yield identity(
        "how far from the prior: (2+x)e^-x - 2 + x as an integral, its antiderivative",
        sp.diff(inner, s), (x - s) * s * sp.exp(-s),
        slip=(x - s) * sp.exp(-s), slip_words="the factor s is lost",
        tex=r"\tfrac{d}{ds}\bigl[e^{-s}(s^2 + (2-x)s + 2 - x)\bigr] = (x-s)\,s\,e^{-s}",
        scope="every x >= 0",
    )  # fmt: skip
    yield identity(
        "its two ends; the integrand is nonnegative on [0, x]",
        inner.subs(s, x) - inner.subs(s, 0), (2 + x) * sp.exp(-x) - 2 + x,
        slip=(2 + x) * sp.exp(-x) - 2, slip_words="the lower end forgotten",
        tex=r"(2+x)e^{-x} - 2 + x = \int_0^x (x-s)\,s\,e^{-s}\,ds \ge 0", scope="every x >= 0",
    )  # fmt: skip
    gap = sp.exp(-x) - 1 + x - x**2 / (2 + x)
    yield identity(
        "so e^v - 1 - v is at least v^2/(2+|v|), first for v = -x",
        sp.simplify(gap * (2 + x)), sp.expand((2 + x) * sp.exp(-x) - 2 + x),
        slip=(2 + x) * sp.exp(-x) - 2 - x, slip_words="x^2/2 in place of x^2/(2+x) would be false",
        tex=r"(2+x)\bigl(e^{-x} - 1 + x - \tfrac{x^2}{2+x}\bigr) = (2+x)e^{-x} - 2 + x",
        scope="every x >= 0",
    )  # fmt: skip
    tail = x**3 / (2 * (2 + x))
    yield inequality(
        "and for v = x already its quadratic part suffices",
        x**2 / (2 + x), x**2 / 2, because=[tail],
        slip=x**2 / 3, slip_words="a third in place of a half",
        tex=r"\tfrac{x^2}{2} - \tfrac{x^2}{2+x} = \tfrac{x^3}{2(2+x)} \ge 0", scope="every x >= 0",
    )  # fmt: skip


def _full_covariance() -> Iterator[Step]:
    L, P = letter("L", "d", "d"), letter("S_1^{-1}", "d", "d", symmetric=True)
    shift, e = letter(r"\delta", "d", "1"), letter("e", "d", "1")

    def form(z: Expression) -> Expression:
        return trace(P @ z @ z.T)

    mean = (form(shift + L @ e) + form(shift - L @ e)) * Fraction(1, 2)
    yield identity(
        "full covariances: average the second's quadratic form over mu_0 + Le; odd words in e "
        "cancel, and E ee' = I",
        mean.given(rule(e @ e.T, identity_on("d"))), form(shift) + trace(P @ L @ L.T),
        slip=form(shift) + trace(L @ L.T), slip_words="the spread not weighed by the precision",
        tex=r"\mathbb{E}\,z^\top S_1^{-1}z = \operatorname{tr}S_1^{-1}S_0 + "
        r"\delta^\top S_1^{-1}\delta,\ z = \delta + Le,\ S_0 = LL^\top",
        scope="every size",
    )  # fmt: skip
    yield from _affine_maps(P, shift)
    t1, t2 = sp.symbols("t1 t2", positive=True)
    whole = t1 + t2 - 2 - sp.expand_log(sp.log(t1 * t2))
    yield identity(
        "nonnegative in full: a sum of t - 1 - log t over the eigenvalues of the ratio",
        whole, sum(x - 1 - sp.log(x) for x in (t1, t2)),
        slip=t1 + t2 - 2 - sp.log(t1) * sp.log(t2),
        slip_words="the determinant's logarithm multiplied out",
        tex=r"\operatorname{tr}T - d - \log\det T = \sum_i (t_i - 1 - \log t_i)",
        scope="d = 2; one more eigenvalue, one more term",
    )  # fmt: skip


def _affine_maps(P: Expression, shift: Expression) -> Iterator[Step]:
    A, a, one = letter("A", "d", "d"), letter("A^{-1}", "d", "d"), identity_on("d")
    S0, S1 = (letter(f"S_{i}", "d", "d", symmetric=True) for i in (0, 1))
    inverses = (
        rule(A @ a, one), rule(a @ A, one), rule(S1 @ P, one), rule(P @ S1, one),
    )  # fmt: skip
    mapped = a.T @ P @ a
    yield identity(
        "under an invertible affine map the second precision is mapped by the inverse",
        (A @ S1 @ A.T @ mapped).given(*inverses), one,
        slip=A @ P @ a, slip_words="the transposes forgotten",
        tex=r"(AS_1A^\top)^{-1} = A^{-\top}S_1^{-1}A^{-1}", scope="every size",
    )  # fmt: skip
    yield identity(
        "so the trace is unchanged",
        trace(mapped @ A @ S0 @ A.T).given(*inverses), trace(P @ S0),
        slip=trace(mapped @ S0), slip_words="only the second covariance is mapped",
        tex=r"\operatorname{tr}(AS_1A^\top)^{-1}AS_0A^\top = \operatorname{tr}S_1^{-1}S_0",
        scope="every size",
    )  # fmt: skip
    yield identity(
        "and the mean's term",
        trace(mapped @ A @ shift @ shift.T @ A.T).given(*inverses), trace(P @ shift @ shift.T),
        slip=trace(P @ A @ shift @ shift.T @ A.T), slip_words="the covariance stays where it was",
        tex=r"(A\delta)^\top(AS_1A^\top)^{-1}A\delta = \delta^\top S_1^{-1}\delta",
        scope="every size",
    )  # fmt: skip
    B = sp.Matrix(2, 2, sp.symbols("A1:5", real=True))
    C, D = (_symmetric(name) for name in "cd")
    yield identity(
        "and the ratio of the determinants",
        sp.cancel((B * C * B.T).det() / (B * D * B.T).det()), sp.cancel(C.det() / D.det()),
        slip=sp.cancel((B * C * B.T).det() / D.det()), slip_words="one of the two is mapped",
        tex=r"\tfrac{\det AS_1A^\top}{\det AS_0A^\top} = \tfrac{\det S_1}{\det S_0}",
        scope="d = 2, every entry free",
    )  # fmt: skip


def _symmetric(name: str) -> Any:
    p, q, r = sp.symbols(f"{name}1:4", real=True)
    return sp.Matrix([[p, q], [q, r]])


def _gradients() -> Iterator[Step]:
    mu, v = sp.symbols("mu v", real=True)
    kl = (mu**2 + sp.exp(v) - 1 - v) / 2
    yield identity(
        "the mean's gradient is the mean", sp.diff(kl, mu), mu,
        slip=2 * mu, slip_words="the half is forgotten",
        tex=r"\partial KL/\partial\mu = \mu", scope="one coordinate",
    )  # fmt: skip
    yield identity(
        "the log-variance's gradient vanishes at the prior only",
        sp.diff(kl, v), (sp.exp(v) - 1) / 2,
        slip=sp.exp(v) / 2, slip_words="the entropy's part is forgotten",
        tex=r"\partial KL/\partial v = \tfrac12(e^v - 1)", scope="one coordinate",
    )  # fmt: skip
