"""The proof of Baldi and Hornik's theorem, step by step; most steps hold at every size."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

from .critical_points import critical_points, gradient_vanishes, index, predicted_index
from .symbolic import sp
from .theorem import Step, cited, enumeration, identity, inequality
from .words import Expression, identity_on, letter, rule, scalar, square, trace, zero

__all__ = ["proof"]

EVERY = "every d and k"


def proof() -> Iterator[Step]:
    yield from _expansion()
    yield from _elimination()
    yield from _subspace()
    yield from _projection()
    yield from _offset()
    yield from _orbit()
    yield from _slopes()
    yield from _dominance()
    yield from _landscape()
    yield from _other_encoders()


def _expansion() -> Iterator[Step]:
    A, B, S = letter("A", "d", "k"), letter("B", "k", "d"), letter("S", "d", "d", symmetric=True)
    E, F, one = letter("E", "d", "k"), letter("F", "k", "d"), identity_on("d")

    def loss(decoder: Expression, encoder: Expression) -> Expression:
        residual = one - decoder @ encoder
        return trace(residual @ S @ residual.T)

    yield identity(
        "expand the loss",
        loss(A, B), trace(S) - 2 * trace(A @ B @ S) + trace(A @ B @ S @ B.T @ A.T),
        slip=trace(S) - trace(A @ B @ S) + trace(A @ B @ S @ B.T @ A.T),
        slip_words="the cross term counted once",
        tex=r"L = \operatorname{tr}\Sigma - 2\operatorname{tr}AB\Sigma"
        r" + \operatorname{tr}AB\Sigma B^\top A^\top",
        scope=EVERY,
    )  # fmt: skip
    yield identity(
        "move the decoder: the gradient in A is the linear part",
        loss(A + E, B) - loss(A, B),
        2 * trace(E.T @ (A @ B - one) @ S @ B.T) + trace(E @ B @ S @ B.T @ E.T),
        slip=2 * trace(E.T @ (A @ B - 2 * one) @ S @ B.T) + trace(E @ B @ S @ B.T @ E.T),
        slip_words="a wrong constant in the gradient",
        tex=r"\nabla_A L = 2(AB - I)\Sigma B^\top", scope=EVERY,
    )  # fmt: skip
    yield identity(
        "move the encoder: the gradient in B",
        loss(A, B + F) - loss(A, B),
        2 * trace(F.T @ A.T @ (A @ B - one) @ S) + trace(A @ F @ S @ F.T @ A.T),
        slip=2 * trace(F.T @ A.T @ (A @ B - one) @ S), slip_words="the curvature forgotten",
        tex=r"\nabla_B L = 2A^\top(AB - I)\Sigma", scope=EVERY,
    )  # fmt: skip


def _elimination() -> Iterator[Step]:
    A, B, R = letter("A", "d", "k"), letter("B", "k", "d"), letter("R", "d", "d", symmetric=True)
    Q, q = letter("Q", "k", "k", symmetric=True), letter("Q^{-1}", "k", "k", symmetric=True)
    one, S = identity_on("d"), R @ R
    rules = (
        rule(Q @ q, identity_on("k")), rule(q @ Q, identity_on("k")), rule(B @ S @ B.T, Q)
    )  # fmt: skip
    best = S @ B.T @ q
    loss = trace((one - A @ B) @ S @ (one - A @ B).T).given(*rules)
    yield identity(
        "complete the square in the decoder",
        loss, trace(S) - trace(best @ B @ S) + trace((A - best) @ Q @ (A - best).T),
        slip=trace(S) - trace(best @ B @ S) + square(A - best),
        slip_words="the square measured without Q",
        tex=r"L = \operatorname{tr}\Sigma - \operatorname{tr}\Sigma B^\top Q^{-1}B\Sigma"
        r" + \lVert(A-\Sigma B^\top Q^{-1})Q^{1/2}\rVert^2,\quad Q = B\Sigma B^\top",
        scope=EVERY,
    )  # fmt: skip
    seen = R @ B.T @ q @ B @ R
    yield identity(
        "what the encoder sees is a projector",
        (seen @ seen).given(*rules), seen,
        slip=R @ B.T @ B @ R, slip_words="Q taken for the identity",
        tex=r"\Pi^2 = \Pi = \Sigma^{1/2}B^\top Q^{-1}B\Sigma^{1/2}", scope=EVERY,
    )  # fmt: skip
    yield identity(
        "so the explained part is the trace of the covariance against a projector of rank k",
        trace(best @ B @ S).given(*rules), trace(seen @ S),
        slip=trace(seen @ R), slip_words="a root of the covariance lost",
        tex=r"\operatorname{tr}\Sigma B^\top Q^{-1}B\Sigma = \operatorname{tr}\Pi\Sigma",
        scope=EVERY,
    )  # fmt: skip


def _subspace() -> Iterator[Step]:
    """With the covariance written as a P + G G' on the top space and b - H H' below it."""
    U, V, a, b = letter("U", "d", "k"), letter("V", "d", "k"), scalar("a"), scalar("b")
    G, H, one = letter("G", "d", "d"), letter("H", "d", "d"), identity_on("d")
    rules = (
        rule(U.T @ U, identity_on("k")), rule(V.T @ V, identity_on("k")),
        rule(U.T @ H, zero("k", "d")),
    )  # fmt: skip
    top, other = U @ U.T, V @ V.T
    inside = top @ G
    S = a @ top + inside @ inside.T + b @ (one - top) - H @ H.T
    lost = (trace(top @ S) - trace(other @ S)).given(*rules)
    rest = square((one - other) @ inside) + square(other @ H)
    yield identity(
        "Ky Fan, with its remainder: no projector explains more than the top one, and what it "
        "explains less is at least the gap times its squared distance",
        lost, (a - b) @ square(top - other) * Fraction(1, 2) + rest,
        slip=(a - b) @ square(top - other) + rest, slip_words="the factor one half forgotten",
        tex=r"\operatorname{tr}P\Sigma-\operatorname{tr}\Pi\Sigma ="
        r" \tfrac12(\lambda_k-\lambda_{k+1})\lVert P-\Pi\rVert^2"
        r" + \lVert(I-\Pi)G\rVert^2+\lVert\Pi H\rVert^2",
        scope=EVERY,
    )  # fmt: skip


def _projection() -> Iterator[Step]:
    A, B, S = letter("A", "d", "k"), letter("B", "k", "d"), letter("S", "d", "d", symmetric=True)
    P, one = letter(r"\Pi", "d", "d", symmetric=True), identity_on("d")
    rules = (rule(P @ P, P), rule(P @ A, A))
    W, away = A @ B, P - A @ B
    yield identity(
        "split the loss along the decoder's range",
        trace((one - W) @ S @ (one - W).T).given(*rules),
        trace((one - P) @ S) + trace(away @ S @ away.T),
        slip=trace((one - P) @ S) + trace((one - W) @ S @ (one - W).T),
        slip_words="the distance to the identity in place of the projector",
        tex=r"L = \operatorname{tr}(I-\Pi)\Sigma + \lVert(\Pi-AB)\Sigma^{1/2}\rVert^2", scope=EVERY,
    )  # fmt: skip
    X, K, s = letter("X", "d", "d"), letter("K", "d", "d"), scalar(r"\lambda_d")
    yield identity(
        "the smallest eigenvalue bounds the distance on the data from below",
        trace(X @ (s @ one + K @ K.T) @ X.T), s @ square(X) + square(X @ K),
        slip=square(X) + square(X @ K), slip_words="the eigenvalue forgotten",
        tex=r"\lVert X\Sigma^{1/2}\rVert^2 = \lambda_d\lVert X\rVert^2 + \lVert XK\rVert^2,"
        r"\quad \Sigma = \lambda_d I + KK^\top",
        scope=EVERY,
    )  # fmt: skip
    t = scalar(r"\lambda_1")
    yield identity(
        "and the largest from above",
        trace(X @ (t @ one - K @ K.T) @ X.T), t @ square(X) - square(X @ K),
        slip=t @ square(X) + square(X @ K), slip_words="the remainder with the wrong sign",
        tex=r"\lVert X\Sigma^{1/2}\rVert^2 = \lambda_1\lVert X\rVert^2 - \lVert XK\rVert^2,"
        r"\quad \Sigma = \lambda_1 I - KK^\top",
        scope=EVERY,
    )  # fmt: skip


def _offset() -> Iterator[Step]:
    W, S = letter("W", "d", "d"), letter("S", "d", "d", symmetric=True)
    m, c, one = letter(r"\mu", "d", "1"), letter("c", "d", "1"), identity_on("d")
    rest = one - W
    about_zero = trace(rest @ (S + m @ m.T) @ rest.T) - 2 * trace(rest @ m @ c.T) + square(c)
    yield identity(
        "an offset costs its squared distance to the best one",
        about_zero, trace(rest @ S @ rest.T) + square(rest @ m - c),
        slip=trace(rest @ S @ rest.T) + square(m - c), slip_words="the mean itself added back",
        tex=r"\mathbb{E}\lVert x-Wx-c\rVert^2 = \operatorname{tr}(I-W)\Sigma(I-W)^\top"
        r" + \lVert(I-W)\mu-c\rVert^2",
        scope="every d",
    )  # fmt: skip
    P = letter(r"\Pi", "d", "d", symmetric=True)
    yield identity(
        "without an offset every subspace loses more, so the floor about zero is the higher one",
        trace((one - P) @ (S + m @ m.T)).given(rule(P @ P, P)),
        trace((one - P) @ S) + square((one - P) @ m),
        slip=trace((one - P) @ S) + square(m), slip_words="the whole mean lost",
        tex=r"\operatorname{tr}(I-\Pi)(\Sigma+\mu\mu^\top) = \operatorname{tr}(I-\Pi)\Sigma"
        r" + \lVert(I-\Pi)\mu\rVert^2",
        scope="every d",
    )  # fmt: skip


def _orbit() -> Iterator[Step]:
    A, B = letter("A", "d", "k"), letter("B", "k", "d")
    C, c = letter("C", "k", "k"), letter("C^{-1}", "k", "k")
    yield identity(
        "the basis of the code is free",
        ((A @ c) @ (C @ B)).given(rule(c @ C, identity_on("k")), rule(C @ c, identity_on("k"))),
        A @ B,
        slip=(A @ C.T) @ (C @ B), slip_words="the transpose for the inverse: rotations only",
        tex=r"(AC^{-1})(CB) = AB", scope=EVERY,
    )  # fmt: skip
    plus, P = letter("A^+", "k", "d"), letter(r"\Pi", "d", "d", symmetric=True)
    rules = (
        rule(plus @ A, identity_on("k")), rule(A @ plus, P), rule(P @ A, A), rule(P @ P, P),
        rule(plus @ P, plus),
    )  # fmt: skip
    yield identity(
        "encoder and decoder are inverse on the code as far as the map is a projector",
        (B @ A - identity_on("k")).given(*rules), plus @ (A @ B - P) @ A,
        slip=A.T @ (A @ B - P) @ A, slip_words="the transpose for the pseudo-inverse",
        tex=r"BA - I_k = A^+(AB-\Pi)A", scope=EVERY + ", A of full column rank",
    )  # fmt: skip


def _slopes() -> Iterator[Step]:
    A, B, S = letter("A", "d", "k"), letter("B", "k", "d"), letter("S", "d", "d", symmetric=True)
    plus, P = letter("A^+", "k", "d"), letter(r"\Pi", "d", "d", symmetric=True)
    one = identity_on("d")
    rules = (
        rule(plus @ A, identity_on("k")), rule(A @ plus, P), rule(P @ A, A), rule(P @ P, P),
        rule(plus @ P, plus),
    )  # fmt: skip
    in_B = A.T @ (A @ B - one) @ S
    yield identity(
        "the gradient in the encoder holds the distance from the projector",
        ((A @ B - P) @ S).given(*rules), plus.T @ in_B,
        slip=A @ in_B, slip_words="the decoder for its pseudo-inverse",
        tex=r"(AB-\Pi)\Sigma = \tfrac12(A^+)^\top\nabla_B L", scope=EVERY,
    )  # fmt: skip
    in_A = (A @ B - one) @ S @ B.T
    yield identity(
        "and the gradient in the decoder the slope of the subspace, but for that distance",
        ((one - P) @ S @ P).given(*rules),
        (one - P) @ S @ (P - A @ B).T - (one - P) @ in_A @ A.T,
        slip=-(one - P) @ in_A @ A.T, slip_words="the distance forgotten",
        tex=r"(I-\Pi)\Sigma\Pi = (I-\Pi)\Sigma(\Pi-AB)^\top - \tfrac12(I-\Pi)\nabla_A L\,A^\top",
        scope=EVERY,
    )  # fmt: skip


def _dominance() -> Iterator[Step]:
    t, p, q, r, u, v, w = sp.symbols("t p q r u v w", real=True)
    a, b = sp.symbols("a b", real=True)

    def turn(x: Any) -> tuple[Any, Any]:
        return (1 - x**2) / (1 + x**2), 2 * x / (1 + x**2)

    (c1, s1), (c2, s2) = turn(a), turn(b)
    S = sp.Matrix([[p, q, 0, 0], [q, r, 0, 0], [0, 0, u, v], [0, 0, v, w]])
    V, U = sp.Matrix([[c1, 0], [0, c2], [s1, 0], [0, s2]]), sp.eye(4)[:, :2]
    lifted = (U - V * (V.T * U)).T * S * V
    yield identity(
        "along the geodesic to the top subspace each angle pays its cosine",
        sp.cancel(lifted.trace()), sp.cancel(c1 * s1**2 * (p - u) + c2 * s2**2 * (r - w)),
        slip=sp.cancel(s1**2 * (p - u) + s2**2 * (r - w)), slip_words="the cosines forgotten",
        tex=r"\langle(I-\Pi)U,\Sigma V\rangle = \sum_i \cos\theta_i\sin^2\theta_i"
        r"\,(\Sigma_{u_iu_i}-\Sigma_{y_iy_i})",
        scope="k = 2, d = 4, every angle",
    )  # fmt: skip
    gap, cosine = sp.symbols("gamma c", positive=True)
    slope = sp.Symbol("n", nonnegative=True)
    lost = slope**2 / (gap * cosine**2)  # the largest loss with c f <= n sqrt(f / gamma)
    yield identity(
        "with Cauchy and Schwarz, the loss of the subspace is at most the slope's square",
        cosine * lost, slope * sp.sqrt(lost / gap),
        slip=slope * lost / gap, slip_words="the root forgotten",
        tex=r"cf \le \lVert N\rVert\sqrt{f/\gamma} \Rightarrow f \le \lVert N\rVert^2/(\gamma c^2)",
        scope="at equality; every gap, cosine and slope",
    )  # fmt: skip
    lam, mu = sp.Symbol("lambda_i", positive=True), sp.Symbol("delta", nonnegative=True)
    turned = sp.Matrix([sp.cos(t), sp.sin(t)])
    kept = (turned.T * sp.diag(lam, lam + mu) * turned)[0]
    yield inequality(
        "a kept axis, turned towards a larger one that was dropped, explains more at once",
        lam, kept, because=[mu * sp.sin(t) ** 2],
        slip=lam + mu * sp.cos(t) ** 2, slip_words="turned from the wrong end",
        tex=r"u^\top\Sigma u = \lambda_i + (\lambda_j-\lambda_i)\sin^2 t \ge \lambda_i",
        scope="every pair of eigenvalues, every angle",
    )  # fmt: skip


def _landscape() -> Iterator[Step]:
    sizes = "d = 2, 3, 4, k = 1, 2; distinct, tied and zero eigenvalues; all index sets"
    yield enumeration(
        "each set of at most k axes is a critical point",
        critical_points, holds=gradient_vanishes,
        slip=lambda point: gradient_vanishes(point) and point.excess == 0,
        slip_words="only the minimum is critical",
        tex=r"A = U_I,\ B = U_I^\top \Rightarrow \nabla L = 0", scope=sizes,
    )  # fmt: skip
    yield enumeration(
        "its number of descending directions counts swaps and idle units",
        critical_points, holds=lambda point: index(point) == predicted_index(point),
        slip=lambda point: index(point)
        == predicted_index(point._replace(k=len(point.kept))),
        slip_words="idle units counted as harmless",
        tex=r"\operatorname{ind} = \#\{i\in I, j\notin I: \lambda_j>\lambda_i\}"
        r" + (k-\lvert I\rvert)\,\#\{j\notin I:\lambda_j>0\}",
        scope=sizes,
    )  # fmt: skip
    yield enumeration(
        "so the only critical points without a way down are at the floor",
        critical_points,
        holds=lambda point: (predicted_index(point) == 0) == (point.excess == 0),
        slip=lambda point: (predicted_index(point) == 0) == (len(point.kept) == point.k),
        slip_words="full rank is enough for a minimum",
        tex=r"\operatorname{ind} = 0 \iff L = \sum_{i>k}\lambda_i", scope=sizes,
    )  # fmt: skip


def _other_encoders() -> Iterator[Step]:
    X, Y = letter("X", "d", "n"), letter("Y", "d", "n")
    P, one = letter(r"\Pi", "d", "d", symmetric=True), identity_on("d")
    yield identity(
        "the bottleneck: whatever the encoder, reconstructions in a k-dimensional space lose what "
        "the space loses",
        square(X - Y).given(rule(P @ P, P), rule(P @ Y, Y)),
        square((one - P) @ X) + square(P @ X - Y),
        slip=square((one - P) @ X) + square(X - Y), slip_words="the distance to the data itself",
        tex=r"\lVert X-Y\rVert^2 = \lVert(I-\Pi)X\rVert^2 + \lVert\Pi X-Y\rVert^2 \ge n\,F",
        scope="every d, n and k",
    )  # fmt: skip
    a, b = sp.symbols("a b", real=True)
    alpha, lam = sp.symbols("alpha lambda_i", positive=True)
    yield inequality(
        "with a penalty on the weights, the best unit shrinks its axis",
        2 * alpha - alpha**2 / lam, lam * (1 - a * b) ** 2 + alpha * (a**2 + b**2),
        because=[lam * (a * b - 1 + alpha / lam) ** 2, alpha * (a - b) ** 2],
        slip=lam * (1 - a * b) ** 2 + alpha * a**2, slip_words="only the decoder penalised",
        tex=r"\lambda(1-ab)^2+\alpha(a^2+b^2) \ge 2\alpha-\alpha^2/\lambda",
        scope="one axis; for several, Kunin, Bloom, Goeva and Seed 2019",
    )  # fmt: skip
    yield cited(
        "every critical point is of that form when the eigenvalues are positive and distinct",
        tex=r"\nabla L = 0 \Rightarrow A = U_I C^{-1},\ B = C U_I^\top",
        source="Baldi and Hornik 1989, their characterisation of critical points",
    )  # fmt: skip
