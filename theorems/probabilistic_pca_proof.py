"""The proof that a linear VAE is probabilistic PCA, step by step; s is the decoder's variance."""

from __future__ import annotations

from collections.abc import Iterator

from .symbolic import sp
from .theorem import Step, cited, identity, inequality
from .words import identity_on, letter, rule, scalar, square, trace

__all__ = ["proof"]

EVERY = "every d and k"


def proof() -> Iterator[Step]:
    yield from _likelihood()
    yield from _axes()
    yield from _lengths()
    yield from _noise()
    yield from _posterior()
    yield from _rotation()
    yield cited(
        "the ELBO of a linear VAE has no local maxima that the likelihood does not have",
        tex=r"\text{a local maximum of the ELBO is one of the likelihood}",
        source="Lucas, Tucker, Grosse and Norouzi 2019",
    )


def _likelihood() -> Iterator[Step]:
    K, S = letter("K", "d", "d", symmetric=True), letter("S", "d", "d", symmetric=True)
    m, one = letter(r"\delta", "d", "1"), identity_on("d")
    yield identity(
        "the evidence sees the data through mean and covariance; a wrong offset costs its square",
        trace(K @ (S + m @ m.T) @ K), trace(K @ S @ K) + square(K @ m),
        slip=trace(K @ S @ K) + square(m), slip_words="the distance not measured by the model",
        tex=r"\operatorname{tr}C^{-1}(\Sigma+\delta\delta^\top) = \operatorname{tr}C^{-1}\Sigma"
        r" + \delta^\top C^{-1}\delta,\ \delta = \mu-b",
        scope="every d; K is the root of the inverse of C",
    )  # fmt: skip
    W, p, s = letter("W", "d", "k"), letter("M^{-1}", "k", "k", symmetric=True), scalar("s")
    yield identity(
        "the marginal's inverse: 1/s, less something on the decoder's range",
        ((W @ W.T + s @ one) @ (one - W @ p @ W.T)).given(
            rule(W.T @ W @ p, identity_on("k") - s @ p)
        ),
        s @ one,
        slip=one, slip_words="the decoder's variance taken for one",
        tex=r"(WW^\top+sI)^{-1} = \tfrac1s(I-WM^{-1}W^\top),\ M = W^\top W+sI", scope=EVERY,
    )  # fmt: skip


def _axes() -> Iterator[Step]:
    """Weights a_j = 1/s - 1/c_j descend; what the first j axes explain is at most the top j sum."""
    x1, x2, x3, g1, g2, g3 = sp.symbols("x1 x2 x3 g1 g2 g3", nonnegative=True)
    l1, l2, l3 = sp.symbols("lambda1 lambda2 lambda3", positive=True)
    a = [x1 + x2 + x3, x2 + x3, x3]
    explained = [l1 - g1, l2 - (g2 - g1), l3 - (g3 - g2)]
    best = sum(w * value for w, value in zip(a, (l1, l2, l3), strict=True))
    yield inequality(
        "the best axes are the top eigenvectors, the longer columns with the larger ones: summed "
        "by parts, from Ky Fan's bound on what j axes explain",
        sum(w * value for w, value in zip(a, explained, strict=True)), best,
        because=[x1 * g1, x2 * g2, x3 * g3],
        slip=a[0] * l3 + a[1] * l2 + a[2] * l1, slip_words="the longest column on the last axis",
        tex=r"\sum_j a_jq_j^\top\Sigma q_j \le \sum_j a_j\lambda_j,\ "
        r"a_1 \ge \dots \ge a_k \ge 0",
        scope="k = 3; Ky Fan's bound is proved, at every size, under Baldi and Hornik",
    )  # fmt: skip


def _lengths() -> Iterator[Step]:
    c, lam = sp.symbols("c lambda", positive=True)
    cost = (sp.log(c) + lam / c) / 2
    yield identity(
        "one axis: its cost falls until the model's variance is the data's, and rises after",
        sp.diff(cost, c), (c - lam) / (2 * c**2),
        slip=(c - lam) / (2 * c), slip_words="the slope in the logarithm",
        tex=r"\partial_c\,\tfrac12(\log c+\lambda/c) = \frac{c-\lambda}{2c^2}",
        scope="every axis; c is at least s, so the best is the larger of the eigenvalue and s",
    )  # fmt: skip
    U, A, R = letter("U", "d", "k"), letter("A", "k", "k"), letter("R", "k", "k")
    L, t, one = letter(r"\Lambda", "k", "k", symmetric=True), scalar("s"), identity_on("k")
    W = U @ A @ R
    rules = (rule(U.T @ U, one), rule(R.T @ R, one), rule(A.T @ A, L - t @ one))
    yield identity(
        "so the best decoders are these, and for each the posterior precision is a rotation of the "
        "eigenvalues",
        (W.T @ W + t @ one).given(*rules), R.T @ L @ R,
        slip=R.T @ L @ R + t @ one, slip_words="s not taken off the eigenvalues",
        tex=r"W = U_k(\Lambda_k-sI)^{1/2}R \Rightarrow W^\top W+sI = R^\top\Lambda_kR", scope=EVERY,
    )  # fmt: skip


def _noise() -> Iterator[Step]:
    s, T, d, k = sp.symbols("s T d k", positive=True)
    cost = ((d - k) * sp.log(s) + T / s) / 2
    yield identity(
        "the best variance is the mean of the discarded eigenvalues, whose sum is T",
        sp.diff(cost, s), (d - k) * (s - T / (d - k)) / (2 * s**2),
        slip=(d - k) * (s - T / d) / (2 * s**2), slip_words="the mean over all d",
        tex=r"\partial_s\,\tfrac12((d-k)\log s + T/s) = "
        r"\tfrac{d-k}{2s^2}\bigl(s-\tfrac{T}{d-k}\bigr)",
        scope=EVERY,
    )  # fmt: skip
    yield identity(
        "there every other term adds up to the dimension",
        k + T / (T / (d - k)), d,
        slip=k + T / (T / d), slip_words="the mean over all d",
        tex=r"\sum_{i\le k}\frac{\lambda_i}{\lambda_i} + \frac T{\hat\sigma^2} = d", scope=EVERY,
    )  # fmt: skip
    low, b, c = sp.symbols("a b c", nonnegative=True)
    yield inequality(
        "the kept eigenvalues are above it, so every unit is in use",
        (low + (low + b)) / 2, low + b + c, because=[b / 2, c],
        slip=low, slip_words="the smallest eigenvalue in the place of the k-th",
        tex=r"\hat\sigma^2 \le \lambda_{k+1} \le \lambda_k", scope="two discarded eigenvalues",
    )  # fmt: skip
    D = sp.Symbol("D", positive=True)
    yield identity(
        "in terms of what is learnt, it is the whole distortion per feature",
        sp.diff(-(d * sp.log(s) + D / s) / 2, s), d * (D / d - s) / (2 * s**2),
        slip=d * (D - s) / (2 * s**2), slip_words="the sum over features for the mean",
        tex=r"\partial_{\sigma^2}J = \frac{d}{2\sigma^4}\bigl(\tfrac Dd-\sigma^2\bigr)",
        scope="every d",
    )  # fmt: skip


def _posterior() -> Iterator[Step]:
    W, r, m = letter("W", "d", "k"), letter("r", "d", "1"), letter("m", "k", "1")
    p, s, one = letter("M^{-1}", "k", "k", symmetric=True), scalar("s"), identity_on("k")
    precision, best = W.T @ W + s @ one, p @ W.T @ r
    rules = (rule(W.T @ W @ p, one - s @ p),)
    reached = square(r) - trace(r.T @ W @ p @ W.T @ r)
    yield identity(
        "complete the square in the code: the best mean is the posterior's, in any metric",
        (square(r - W @ m) + s @ square(m)).given(*rules),
        reached + trace((m - best).T @ precision @ (m - best)),
        slip=reached + square(m - best), slip_words="the square measured without M",
        tex=r"\lVert r-Wm\rVert^2 + s\lVert m\rVert^2 = \text{const} + "
        r"(m-M^{-1}W^\top r)^\top M(m-M^{-1}W^\top r)",
        scope=EVERY,
    )  # fmt: skip
    t, w, level = sp.symbols("t w s", positive=True)
    slope = sp.diff((t * (w**2 + level) / level - sp.log(t)) / 2, t)
    yield identity(
        "the best variance of a unit: what is left of the prior's",
        slope.subs(t, level / (w**2 + level)), sp.Integer(0),
        slip=slope.subs(t, 1 / (w**2 + level)), slip_words="the level forgotten",
        tex=r"t_j = s/(\lVert w_j\rVert^2+s)", scope="every unit",
    )  # fmt: skip


def _rotation() -> Iterator[Step]:
    t, l1, l2 = sp.symbols("t lambda1 lambda2", positive=True)
    c, s = (1 - t**2) / (1 + t**2), 2 * t / (1 + t**2)
    R = sp.Matrix([[c, -s], [s, c]])
    M = R.T * sp.diag(l1, l2) * R
    yield identity(
        "what a diagonal encoder loses on a rotated decoder: Hadamard's inequality, exactly",
        sp.cancel(M[0, 0] * M[1, 1] - M.det()), sp.cancel(((l1 - l2) * s * c) ** 2),
        slip=sp.cancel(((l1 - l2) * s) ** 2), slip_words="the cosine forgotten: quarter turns pay",
        tex=r"M_{11}M_{22}-\det M = (\lambda_1-\lambda_2)^2\sin^2\theta\cos^2\theta",
        scope="k = 2, every angle: zero at quarter turns, which only swap and flip the units, or "
        "in a tie",
    )  # fmt: skip
