"""The proof of nested dropout: all widths are at their floors at once, and only so."""

from __future__ import annotations

from collections.abc import Iterator

from .symbolic import sp
from .theorem import Step, cited, identity, inequality
from .words import identity_on, letter, rule, trace

__all__ = ["proof"]

EVERY = "every size"


def proof() -> Iterator[Step]:
    yield from _floor()
    yield from _reached()
    yield from _only_there()
    yield from _curvature()


def _floor() -> Iterator[Step]:
    A, B, M = letter("A", "d", "k"), letter("B", "k", "d"), letter("M", "k", "k", symmetric=True)
    yield identity(
        "to cut the code off is to cut encoder and decoder off: a mask M of ones and zeros is its "
        "own square",
        (A @ M @ M @ B).given(rule(M @ M, M)), (A @ M @ B).given(rule(M @ M, M)),
        slip=(A @ B).given(rule(M @ M, M)), slip_words="the mask forgotten",
        tex=r"(AM)(MB) = AMB = \sum_{j\le b}a_jb_j = W_b", scope=EVERY,
    )  # fmt: skip
    yield cited(
        "whatever the units, the first b of them lose at least what the top b axes leave",
        tex=r"\operatorname{tr}(I-W_b)\Sigma(I-W_b)^\top \ge \sum_{i>b}\lambda_i,\quad"
        r"\text{with equality, at a gap, for } W_b = P_b \text{ alone}",
        source="the theorem `baldi-hornik`, at width b",
    )  # fmt: skip
    p1, p2, p3, l2, l3, l4 = sp.symbols("p1 p2 p3 l2 l3 l4", positive=True)
    yield identity(
        "in the mean over widths: an axis is lost whenever fewer units are kept than its rank",
        p1 * (l2 + l3 + l4) + p2 * (l3 + l4) + p3 * l4,
        l2 * p1 + l3 * (p1 + p2) + l4 * (p1 + p2 + p3),
        slip=l2 * (p1 + p2) + l3 * (p1 + p2 + p3) + l4 * (p1 + p2 + p3),
        slip_words="the b-th axis counted as lost when b units are kept",
        tex=r"\sum_bp_b\sum_{i>b}\lambda_i = \sum_i\lambda_i\Pr(b<i)",
        scope="three units, four axes",
    )  # fmt: skip


def _reached() -> Iterator[Step]:
    U, V = letter("U", "d", "b"), letter("V", "d", "c")
    S = letter("S", "d", "d", symmetric=True)
    one, P = identity_on("d"), U @ U.T
    rules = (rule(U.T @ U, identity_on("b")), rule(V.T @ V, identity_on("c")))
    yield identity(
        "orthonormal units lose the trace that they do not see, at whatever width they are cut",
        trace((one - P) @ S @ (one - P).T).given(*rules),
        (trace(S) - trace(U.T @ S @ U)).given(*rules),
        slip=(trace(S) - 2 * trace(U.T @ S @ U)).given(*rules),
        slip_words="the cross term alone",
        tex=r"\operatorname{tr}(I-P_b)\Sigma(I-P_b)^\top = \operatorname{tr}\Sigma - "
        r"\sum_{j\le b}u_j^\top\Sigma u_j", scope=EVERY,
    )  # fmt: skip
    C = letter("C", "c", "b")
    apart = (*rules, rule(U.T @ V, C.T))
    yield identity(
        "and wider cuts keep what narrower ones kept, if the further units V are at right angles: "
        "all floors are met by one set of units",
        ((P + V @ V.T) @ P).given(*apart), (P + V @ C @ U.T).given(*apart),
        slip=(P + V @ V.T).given(*apart), slip_words="the wider projector",
        tex=r"(P_b + VV^\top)P_b = P_b + V(V^\top U)U^\top = P_b\ \text{ if } V^\top U = 0",
        scope=EVERY,
    )  # fmt: skip


def _only_there() -> Iterator[Step]:
    p, gap, low, h = sp.symbols("p g l h", positive=True)
    c, s = (1 - h**2) / (1 + h**2), 2 * h / (1 + h**2)  # of the angle whose half has the tangent h
    axis, S = sp.Matrix([c, s]), sp.diag(low + gap, low)
    left = sp.eye(2) - axis * axis.T
    yield identity(
        "a basis of the code that is turned by an angle t pays at the width between: its chance, "
        "times the gap, times the squared sine",
        p * (left * S * left.T).trace() - p * low, p * gap * s**2,
        slip=p * gap * s, slip_words="the sine not squared",
        tex=r"p_1\bigl(L(W_1)-\lambda_2\bigr) = p_1(\lambda_1-\lambda_2)\sin^2t",
        scope="two units turned in their plane",
    )  # fmt: skip
    q = sp.Symbol("q", positive=True)
    yield inequality(
        "two neighbours exchanged pay their gap at the one width that parts them, and nothing else",
        p * low + q * low, p * (low + gap) + q * low, because=[p * gap],
        slip=p * (low + gap) + q * (low + gap), slip_words="paid at the wider width as well",
        tex=r"\Delta = p_b(\lambda_b-\lambda_{b+1})", scope="two units, and the widths 1 and 2",
    )  # fmt: skip
    a, b, P = letter("a_b", "d", "1"), letter("b_b", "1", "d"), letter("W_{b-1}", "d", "d")
    yield identity(
        "a unit is what its width adds, so it is the difference of two projectors",
        (P + a @ b) - P, a @ b, slip=P + a @ b, slip_words="the units before it not taken away",
        tex=r"a_bb_b = W_b - W_{b-1} = P_b - P_{b-1} = u_bu_b^\top", scope=EVERY,
    )  # fmt: skip
    k, u1, u2 = sp.symbols("c u1 u2", positive=True)
    u = sp.Matrix([u1, u2])
    yield identity(
        "which leaves a unit nothing but its length",
        (k * u) * (u.T / k), u * u.T, slip=(k * u) * (u.T * k),
        slip_words="the encoder stretched with the decoder",
        tex=r"a_b = c_bu_b,\quad b_b = u_b^\top/c_b", scope="two dimensions; any alike",
    )  # fmt: skip


def _curvature() -> Iterator[Step]:
    alpha, beta, e = sp.symbols("alpha beta e", real=True)
    longer, shorter = sp.symbols("l_j l_i", positive=True)
    decoder, encoder = sp.Matrix([1, e * alpha]), sp.Matrix([[1, e * beta]])
    left = sp.eye(2) - decoder * encoder
    lost = (left * sp.diag(longer, shorter) * left.T).trace()
    second = sp.expand(sp.diff(lost, e, 2).subs(e, 0) / 2)
    yield identity(
        "how sharp the minimum is: a unit turned towards a shorter axis, by alpha in its decoder "
        "and beta in its encoder, to second order",
        second, (longer - shorter) * alpha**2 + shorter * (alpha - beta) ** 2,
        slip=longer * alpha**2 + shorter * (alpha - beta) ** 2,
        slip_words="what is found on the shorter axis not counted",
        tex=r"L(W_b)-F_b = (\lambda_j-\lambda_i)\alpha^2 + \lambda_i(\alpha-\beta)^2 + O(3)",
        scope="one unit, two axes",
    )  # fmt: skip
