"""The proof of the least Barlow Twins loss of a linear encoder: spectra, shares, and their best."""

from __future__ import annotations

from collections.abc import Iterator

from .symbolic import sp
from .theorem import Step, identity, inequality
from .words import identity_on, letter, rule, square, trace

__all__ = ["proof"]


def proof() -> Iterator[Step]:
    yield from _one_square()
    yield from _unit_rows()
    yield from _the_price_of_a_spectrum()
    yield from _the_best_shares()
    yield from _all_active()


def _one_square() -> Iterator[Step]:
    c = sp.Matrix(2, 2, sp.symbols("c11 c12 c21 c22", real=True))
    lambd = sp.Symbol("lambda", positive=True)
    on = sum((1 - c[i, i]) ** 2 for i in range(2))
    off = c[0, 1] ** 2 + c[1, 0] ** 2
    yield identity(
        "where both parts weigh the same, the loss is one squared distance from the identity",
        sp.expand(on + off), sp.expand(((c - sp.eye(2)).T * (c - sp.eye(2))).trace()),
        slip=sp.expand(on + lambd * off), slip_words="another weight",
        tex=r"\lambda = 1 \Rightarrow L = \lVert C - I\rVert_F^2", scope="k = 2, entry by entry",
    )  # fmt: skip
    O, C = letter("O", "k", "k"), letter("C", "k", "k", symmetric=True)
    one = identity_on("k")
    rules = (rule(O @ O.T, one), rule(O.T @ O, one))
    yield identity(
        "which turning the rows of V does not change: only the eigenvalues of C count",
        square(O @ C @ O.T - one).given(*rules), square(C - one),
        slip=square(O @ C - one), slip_words="one side turned",
        tex=r"\lVert OCO^\top - I\rVert^2 = \lVert C - I\rVert^2", scope="every k, O orthogonal",
    )  # fmt: skip
    V, M = letter("V", "k", "d"), letter("M", "d", "d", symmetric=True)
    G = V.T @ V
    yield identity(
        r"with whitened weights V and $C = VMV^\top$, it is a convex function of $G = V^\top V$",
        square(V @ M @ V.T - one), trace(M @ G @ M @ G) - 2 * trace(M @ G) + trace(one),
        slip=trace(M @ M @ G @ G) - 2 * trace(M @ G) + trace(one),
        slip_words="M and G taken to commute",
        tex=r"\lVert C - I\rVert^2 = \operatorname{tr}MGMG - 2\operatorname{tr}MG + k",
        scope="every k and d",
    )  # fmt: skip


def _unit_rows() -> Iterator[Step]:
    below, above = sp.symbols("delta epsilon", positive=True)
    g, h = 1 - below, 1 + above  # squared lengths of two rows
    cosine, sine = above / (above + below), below / (above + below)  # squared
    yield identity(
        "rows have unit length; two orthogonal ones of which one is too short and one too long can "
        "be turned until the first is right, and neither meets the other rows: so every G of trace "
        "k can be had (Schur and Horn)",
        sp.together(cosine * g + sine * h), sp.Integer(1),
        slip=sp.together(sine * g + cosine * h), slip_words="turned the other way",
        tex=r"\cos^2\theta\,(1-\delta) + \sin^2\theta\,(1+\varepsilon) = 1,\quad"
        r"\tan^2\theta = \delta/\varepsilon",
        scope="two orthogonal rows, repeated k - 1 times",
    )  # fmt: skip


def _the_price_of_a_spectrum() -> Iterator[Step]:
    """sum P_ij gamma_i beta_j of a doubly stochastic P, by parts in falling gamma, rising beta."""
    p12, p13, p23, p31 = sp.symbols("p12 p13 p23 p31", nonnegative=True)
    p21 = p12 + p13 - p31
    p32 = p13 + p23 - p31
    P = sp.Matrix([[1 - p12 - p13, p12, p13], [p21, 1 - p21 - p23, p23], [p31, p32, 1 - p13 - p23]])
    falls = sp.symbols("f1 f2 f3", nonnegative=True)
    gamma = [sum(falls[i:]) for i in range(3)]
    first, *rises = sp.symbols("b1 b2 b3", nonnegative=True)
    beta = [first + sum(rises[:j]) for j in range(3)]
    paid = sum(P[i, j] * gamma[i] * beta[j] for i in range(3) for j in range(3))
    least = sum(g * b for g, b in zip(gamma, beta, strict=True))
    yield inequality(
        r"C has eigenvalues $\gamma_i$; what trace they cost is least where the largest has the "
        r"direction of the largest $\rho$, for a table of squared cosines has rows and columns of "
        "sum one",
        least, sp.expand(paid),
        because=[
            falls[0] * rises[0] * (p12 + p13), falls[0] * rises[1] * p13,
            falls[1] * rises[0] * p31, falls[1] * rises[1] * (p13 + p23),
        ],
        slip=sum(g * b for g, b in zip(gamma, reversed(beta), strict=True)),
        slip_words="the largest in the direction of the smallest",
        tex=r"k = \operatorname{tr}G = \textstyle\sum_{ij}P_{ij}\gamma_i/\rho_j \ge "
        r"\sum_i\gamma_i/\rho_i",
        scope="d = 3; the same sum by parts at every size",
    )  # fmt: skip


def _the_best_shares() -> Iterator[Step]:
    """Two shares in use, the third not: rho_3 is mu less something; w of the trace is wasted."""
    r1, r2, mu, lack, g3, w = sp.symbols("rho1 rho2 mu t g3 w", positive=True)
    d1 = sp.Symbol("d1", real=True)
    best = [(1 - mu / r) / r for r in (r1, r2)]
    moved = [d1, -d1 - g3 - w]

    def loss(third: sp.Expr) -> sp.Expr:
        used = zip((r1, r2), best, moved, strict=True)
        return sp.expand(sum((1 - r * (g + d)) ** 2 for r, g, d in used) + (1 - third * g3) ** 2)

    least = sum((1 - r * g) ** 2 for r, g in zip((r1, r2), best, strict=True)) + 1
    yield inequality(
        "shares with one price for all in use, and a price above what an unused one is worth, are "
        "best: all others lose squares, what the unused one is overpaid, and what is wasted",
        sp.expand(least), loss(mu - lack),
        because=[
            r1**2 * moved[0] ** 2, r2**2 * moved[1] ** 2, (mu - lack) ** 2 * g3**2,
            2 * lack * g3, 2 * mu * w,
        ],
        slip=loss(mu + lack), slip_words="a direction left out that is worth more than the price",
        tex=r"\textstyle\sum(1-\rho_ig_i)^2 - \sum(1-\rho_ig_i^*)^2 = \sum\rho_i^2(g_i-g_i^*)^2 + "
        r"2\sum_{g_i^*=0}(\mu-\rho_i)g_i + 2\mu\bigl(k-\sum g_i\bigr) \ge 0",
        scope="two shares in use and one not; of any number, term by term",
    )  # fmt: skip


def _all_active() -> Iterator[Step]:
    r1, r2 = sp.symbols("rho1 rho2", positive=True)
    inverse, squares = 1 / r1 + 1 / r2, 1 / r1**2 + 1 / r2**2
    mu = (inverse - 2) / squares
    loss = sum((1 - r * ((1 - mu / r) / r)) ** 2 for r in (r1, r2))
    yield identity(
        "with all shares in use the price follows from their sum, and the least loss from it",
        sp.together(loss), sp.together((inverse - 2) ** 2 / squares),
        slip=sp.together((1 - r1) ** 2 + (1 - r2) ** 2),
        slip_words="every direction at its own correlation, in equal shares",
        tex=r"\min L = \frac{(\sum_i 1/\rho_i - k)^2}{\sum_i 1/\rho_i^2}",
        scope="k = 2, both in use",
    )  # fmt: skip
    naive = (1 - r1) ** 2 + (1 - r2) ** 2
    yield inequality(
        r"which is never more than equal shares lose, and less unless all $\rho_i(1-\rho_i)$ agree "
        "(Cauchy and Schwarz)",
        (inverse - 2) ** 2, sp.expand(naive * squares),
        because=[((1 - r1) / r2 - (1 - r2) / r1) ** 2],
        slip=sp.expand(naive * inverse),
        slip_words="the correlations not squared",
        tex=r"\Bigl(\sum\frac{1-\rho_i}{\rho_i}\Bigr)^2 \le \sum(1-\rho_i)^2\sum\frac1{\rho_i^2}",
        scope="k = 2",
    )  # fmt: skip
