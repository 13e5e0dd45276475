"""The proof of the penalised linear autoencoder: the decoder first, then one number per axis."""

from __future__ import annotations

from collections.abc import Iterator

from .symbolic import sp
from .theorem import Step, cited, identity, inequality
from .words import identity_on, letter, rule, scalar, square, trace

__all__ = ["proof"]

EVERY = "every d and k"


def proof() -> Iterator[Step]:
    yield from _elimination()
    yield from _one_axis()
    yield from _subspace()
    yield from _minimiser()
    yield from _critical_points()


def _elimination() -> Iterator[Step]:
    A, B, S = letter("A", "d", "k"), letter("B", "k", "d"), letter("S", "d", "d", symmetric=True)
    Q, q = letter("Q", "k", "k", symmetric=True), letter("Q^{-1}", "k", "k", symmetric=True)
    one, a = identity_on("d"), scalar("alpha")
    rules = (
        rule(Q @ q, identity_on("k")), rule(q @ Q, identity_on("k")),
        rule(B @ S @ B.T, Q - a @ identity_on("k")),
    )  # fmt: skip
    loss = trace((one - A @ B) @ S @ (one - A @ B).T) + a @ trace(A @ A.T)
    best = S @ B.T @ q
    yield identity(
        "complete the square in the decoder, its penalty included: ridge regression on the code",
        loss.given(*rules),
        (trace(S) - trace(best @ B @ S) + trace((A - best) @ Q @ (A - best).T)).given(*rules),
        slip=(trace(S) - trace(best @ B @ S) + square(A - best)).given(*rules),
        slip_words="the square measured without Q",
        tex=r"L + \alpha\lVert A\rVert^2 = \operatorname{tr}\Sigma - \operatorname{tr}\Sigma "
        r"B^\top Q^{-1}B\Sigma + \lVert(A-\Sigma B^\top Q^{-1})Q^{1/2}\rVert^2,\ "
        r"Q = B\Sigma B^\top+\alpha I",
        scope=EVERY,
    )  # fmt: skip

    R, r = letter("R", "d", "d", symmetric=True), letter("R^{-1}", "d", "d", symmetric=True)
    inverse = (rule(R @ r, one), rule(r @ R, one))
    C = B @ R
    yield identity(
        "both penalties in terms of C = BR with R the root of the covariance: the encoder's is "
        "weighed by the inverse",
        trace(B @ B.T), trace(C @ r @ r @ C.T).given(*inverse),
        slip=trace(C @ r @ C.T).given(*inverse), slip_words="one root of the inverse is lost",
        tex=r"\lVert B\rVert^2 = \operatorname{tr}C\Sigma^{-1}C^\top,\ C = B\Sigma^{1/2}",
        scope=EVERY,
    )  # fmt: skip


def _one_axis() -> Iterator[Step]:
    a, b = sp.symbols("a b", real=True)
    l1, l2 = sp.symbols("l1 l2", positive=True)
    yield inequality(
        "along a right singular vector v of C, of square c, the penalty is alpha c v'Sigma^-1 v, "
        "which is at least alpha c over s = v'Sigma v (Cauchy and Schwarz)",
        (a**2 + b**2) ** 2, (a**2 * l1 + b**2 * l2) * (a**2 / l1 + b**2 / l2),
        because=[a**2 * b**2 * (l1 - l2) ** 2 / (l1 * l2)],
        slip=(a**2 * l1 + b**2 * l2) * (a**2 / l2 + b**2 / l1),
        slip_words="the eigenvalues exchanged in the inverse",
        tex=r"(v^\top\Sigma v)(v^\top\Sigma^{-1}v) \ge \lVert v\rVert^4", scope="two eigenvalues",
    )  # fmt: skip
    c, s, alpha, g = sp.symbols("c s alpha g", positive=True)
    paid = alpha * c / s - c * s / (c + alpha)
    yield inequality(
        "one axis of variance s costs least, beside its variance, at c = s - alpha",
        -((s - alpha) ** 2) / s, paid, because=[alpha * (c + alpha - s) ** 2 / (s * (c + alpha))],
        slip=alpha * c / s - c * s / alpha, slip_words="the ridge forgotten in the inverse",
        tex=r"\alpha\tfrac cs - \tfrac{cs}{c+\alpha} = -\tfrac{(s-\alpha)^2}s + "
        r"\tfrac{\alpha(c+\alpha-s)^2}{s(c+\alpha)}", scope="one axis",
    )  # fmt: skip
    yield inequality(
        "an axis of variance alpha or less is best not used at all: collapse is exact",
        sp.Integer(0), paid.subs(alpha, s + g),
        because=[c * (c * (s + g) + 2 * s * g + g**2) / (s * (c + s + g))],
        slip=paid.subs(alpha, s - g), slip_words="a penalty below the variance",
        tex=r"\alpha\tfrac cs - \tfrac{cs}{c+\alpha} \ge 0\ \text{ for } s \le \alpha",
        scope="one axis, alpha = s + g",
    )  # fmt: skip
    yield identity(
        "what an axis costs in all: its variance, less what is won",
        s - (s - alpha) ** 2 / s, 2 * alpha - alpha**2 / s,
        slip=2 * alpha - alpha**2, slip_words="the variance taken for one",
        tex=r"s - \tfrac{(s-\alpha)^2}s = 2\alpha - \tfrac{\alpha^2}s", scope="one axis",
    )  # fmt: skip


def _subspace() -> Iterator[Step]:
    s, alpha, g = sp.symbols("s alpha g", positive=True)
    won = (s - alpha) ** 2 / s
    yield inequality(
        "what is won grows with the variance",
        sp.Integer(0), sp.diff(won, s).subs(s, alpha + g),
        because=[g * (2 * alpha + g) / (alpha + g) ** 2],
        slip=sp.diff(won, s).subs(s, alpha - g), slip_words="below alpha nothing is won",
        tex=r"\tfrac{d}{ds}\tfrac{(s-\alpha)^2}s = 1 - \tfrac{\alpha^2}{s^2} \ge 0,\ s \ge \alpha",
        scope="s = alpha + g",
    )  # fmt: skip
    yield inequality(
        "and ever faster: it is convex",
        sp.Integer(0), sp.diff(won, s, 2), because=[2 * alpha**2 / s**3],
        slip=sp.diff(won, s), slip_words="the slope in place of the curvature",
        tex=r"\tfrac{d^2}{ds^2}\tfrac{(s-\alpha)^2}s = \tfrac{2\alpha^2}{s^3} > 0", scope="every s",
    )  # fmt: skip
    yield cited(
        "so the top eigenvectors win most: a sum of convex growing functions of v'Sigma v, over k "
        "orthonormal v, is greatest there",
        tex=r"\sum_{i\le k}\varphi(v_i^\top\Sigma v_i) \le \sum_{i\le k}\varphi(\lambda_i)",
        source="Schur's majorisation of the diagonal by the eigenvalues; Ky Fan for the top k",
    )  # fmt: skip


def _minimiser() -> Iterator[Step]:
    s, alpha = sp.symbols("s alpha", positive=True)
    c = s - alpha
    yield identity(
        "at the minimum an axis is shrunk by alpha over its eigenvalue",
        c / (c + alpha), 1 - alpha / s,
        slip=s / (s + alpha), slip_words="the shrinkage of a penalty on the product",
        tex=r"u_i^\top ABu_i = \tfrac{c}{c+\alpha} = 1 - \tfrac\alpha{\lambda_i}", scope="one axis",
    )  # fmt: skip
    b = sp.sqrt(c / s)
    yield identity(
        "decoder and encoder carry it alike: they are each other's transpose",
        s * b / (c + alpha), b,
        slip=b / (c + alpha), slip_words="the variance lost from the ridge solution",
        tex=r"A = \Sigma B^\top Q^{-1} = B^\top", scope="one axis",
    )  # fmt: skip
    w, x = sp.symbols("w x", positive=True)
    yield identity(
        "an optimiser's weight decay w adds w times the weights to the gradient: alpha is w/2, if "
        "the loss is L",
        sp.diff(w / 2 * x**2, x), w * x,
        slip=2 * w * x, slip_words="weight_decay taken for alpha itself",
        tex=r"\nabla\,\tfrac w2\lVert A\rVert^2 = wA", scope="one weight",
    )  # fmt: skip


def _critical_points() -> Iterator[Step]:
    A, B, S = letter("A", "d", "k"), letter("B", "k", "d"), letter("S", "d", "d", symmetric=True)
    G, a = (A @ B - identity_on("d")) @ S, scalar("alpha")
    in_decoder, in_encoder = G @ B.T + a @ A, A.T @ G + a @ B
    yield identity(
        "at every critical point the weights are balanced, as half of both gradients show",
        A.T @ in_decoder - in_encoder @ B.T, a @ (A.T @ A) - a @ (B @ B.T),
        slip=a @ (A.T @ A) + a @ (B @ B.T), slip_words="the sign of the second gradient",
        tex=r"A^\top\nabla_A - \nabla_B B^\top = 2\alpha(A^\top A - BB^\top)", scope=EVERY,
    )  # fmt: skip
