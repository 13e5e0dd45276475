"""The proof of the Gaussian information bottleneck: one direction, its price, and several."""

from __future__ import annotations

from collections.abc import Iterator

from .symbolic import sp
from .theorem import Step, cited, identity

__all__ = ["proof"]


def proof() -> Iterator[Step]:
    yield from _one_direction()
    yield from _the_curve()
    yield from _the_price()
    yield from _several()


def _one_direction() -> Iterator[Step]:
    s, rho = sp.symbols("s rho", positive=True)
    r = 1 / (1 + s)  # exp(-2 I_x)
    yield identity(
        "a Gaussian description of signal-to-noise ratio s keeps half of log(1 + s) of x, and lies "
        "on the curve",
        1 - s * rho**2 / (1 + s), sp.together(1 - rho**2 * (1 - r)),
        slip=sp.together(1 - rho * (1 - r)), slip_words="the correlation not squared",
        tex=r"e^{-2I_y} = 1 - \rho(T, y)^2 = 1 - \rho^2(1 - e^{-2I_x})",
        scope="p = q = 1, every s: every Gaussian description",
    )  # fmt: skip
    yield cited(
        "noise that knows nothing of T adds at least what a Gaussian of its entropy would: the "
        "conditional entropy power inequality, for every T that sees y through x alone",
        tex=r"e^{2h(y|T)} \ge \rho^2e^{2h(x|T)} + 2\pi e\,(1 - \rho^2)",
        source="A. Globerson and N. Tishby, The optimality of the Gaussian information bottleneck "
        "curve, 2004 (from memory)",
    )
    c, free = sp.symbols("c r", positive=True)  # 2 pi e, and exp(-2 I_x)
    yield identity(
        "with the entropies written as what is left of one half log 2 pi e, that is the curve "
        "again: no description is above it",
        sp.expand(c * (1 - rho**2 * (1 - free))), sp.expand(rho**2 * c * free + c * (1 - rho**2)),
        slip=sp.expand(rho**2 * c * free + c), slip_words="the noise of unit variance",
        tex=r"e^{-2I_y} \ge 1 - \rho^2(1 - e^{-2I_x})", scope="p = q = 1, every description",
    )  # fmt: skip


def _the_curve() -> Iterator[Step]:
    R, rho = sp.symbols("R rho", positive=True)
    curve = -sp.log(1 - rho**2 * (1 - sp.exp(-2 * R))) / 2
    slope = sp.diff(curve, R)
    yield identity(
        "the first nat of x buys rho squared nats of y",
        sp.simplify(slope.subs(R, 0)), rho**2, slip=sp.Integer(1),
        slip_words="the diagonal: all that is kept is relevant",
        tex=r"\frac{dI_y}{dI_x}\Big|_0 = \rho^2", scope="p = q = 1",
    )  # fmt: skip
    r = sp.Symbol("r", positive=True)  # exp(-2R)
    found = sp.diff(slope, R).subs(sp.exp(-2 * R), r)
    found = sp.together(sp.expand(found).subs(sp.exp(-4 * R), r**2))
    left = 1 - rho**2 + rho**2 * r
    yield identity(
        "and every further one less: the curve is concave",
        found, -2 * rho**2 * (1 - rho**2) * r / left**2,
        slip=-2 * rho**2 * r / left**2, slip_words="what y does not tell of x forgotten",
        tex=r"\frac{d^2I_y}{dI_x^2} = -\frac{2\rho^2(1-\rho^2)e^{-2I_x}}"
        r"{(1-\rho^2+\rho^2e^{-2I_x})^2} < 0", scope="p = q = 1",
    )  # fmt: skip


def _the_price() -> Iterator[Step]:
    s, rho, beta = sp.symbols("s rho beta", positive=True)
    left = 1 - rho**2
    lagrangian = (sp.log(1 + s) - beta * (sp.log(1 + s) - sp.log(1 + s * left))) / 2
    yield identity(
        "the Lagrangian falls until s is (beta rho^2 - 1)/(1 - rho^2), and rises from there; where "
        "that is negative it rises from nothing",
        sp.together(sp.diff(lagrangian, s)),
        (left * s - (beta * rho**2 - 1)) / (2 * (1 + s) * (1 + s * left)),
        slip=(left * s - (beta * rho - 1)) / (2 * (1 + s) * (1 + s * left)),
        slip_words="the correlation not squared",
        tex=r"\frac{d}{ds}(I_x - \beta I_y) = \frac{(1-\rho^2)s - (\beta\rho^2 - 1)}"
        r"{2(1+s)(1+s(1-\rho^2))}", scope="one direction, every s and beta",
    )  # fmt: skip
    best = (beta * rho**2 - 1) / left
    yield identity(
        "there, this is kept of x", sp.together(1 + best), (beta - 1) * rho**2 / left,
        slip=beta * rho**2 / left, slip_words="beta in place of beta - 1",
        tex=r"e^{2I_x} = \frac{(\beta-1)\rho^2}{1-\rho^2}", scope="one active direction",
    )  # fmt: skip
    yield identity(
        "and this of it is not of y", sp.expand(1 + best * left), beta * rho**2,
        slip=(beta - 1) * rho**2, slip_words="beta - 1 in place of beta",
        tex=r"e^{2I_x - 2I_y} = \beta\rho^2", scope="one active direction",
    )  # fmt: skip
    yield identity(
        "at the critical beta the direction is switched on without a jump",
        sp.together(((beta - 1) * rho**2 / left).subs(beta, 1 / rho**2)), sp.Integer(1),
        slip=sp.together(((beta - 1) * rho**2 / left).subs(beta, 1 / left)),
        slip_words="the critical beta 1/(1 - rho^2)",
        tex=r"\beta = 1/\rho^2 \Rightarrow I_x = I_y = 0", scope="one direction",
    )  # fmt: skip
    r = left / ((beta - 1) * rho**2)
    yield identity(
        "where the best at beta sits, a further nat of x buys 1/beta nats of y",
        sp.together(rho**2 * r / (left + rho**2 * r)), 1 / beta,
        slip=1 / (beta - 1), slip_words="1/(beta - 1)",
        tex=r"\frac{dI_y}{dI_x} = \frac1\beta", scope="one active direction",
    )  # fmt: skip


def _several() -> Iterator[Step]:
    s11, s12, s22, a, b = sp.symbols("s11 s12 s22 a b", real=True)
    y, t = sp.symbols("y t", positive=True)
    X, k = sp.Matrix([[s11, s12], [s12, s22]]), sp.Matrix([a, b])
    squared = (k.T * X.inv() * k)[0] / y
    given = X - k * k.T / y
    yield identity(
        "the eigenvalues of what y leaves of x, divided by x, are one less the squares of the "
        "canonical correlations",
        sp.together((given - t * X).det() / X.det()),
        sp.together((1 - t) * (1 - squared - t)),
        slip=sp.together((1 - t) * (1 - squared * y - t)), slip_words="y not whitened",
        tex=r"\det(S_{x|y}S_x^{-1} - t) = \prod_i(1 - \rho_i^2 - t)", scope="p = 2, q = 1",
    )  # fmt: skip
    yield cited(
        "the best Gaussian descriptions keep whitened canonical directions apart, and no "
        "description is better than Gaussian ones; so every direction has its own Lagrangian",
        tex=r"A = \operatorname{diag}(\alpha_i)V^\top L^{-1}",
        source="G. Chechik, A. Globerson, N. Tishby and Y. Weiss, Information bottleneck for "
        "Gaussian variables, JMLR 6 (2005)",
    )
    P, Q, beta = sp.symbols("P Q beta", positive=True)  # geometric means
    E = (beta - 1) * P / Q  # exp(2 I_x / n)
    yield identity(
        "between two critical betas beta can be eliminated, which leaves the curve: P and Q are "
        "the geometric means of rho^2 and of 1 - rho^2",
        sp.expand(P + E * Q), sp.expand(beta * P),
        slip=sp.expand((beta - 1) * P), slip_words="the first product forgotten",
        tex=r"I_y = I_x - \tfrac n2\log\Bigl(\prod\rho_i^{2/n} + e^{2I_x/n}"
        r"\prod(1-\rho_i^2)^{1/n}\Bigr)", scope="n active directions, every n",
    )  # fmt: skip
