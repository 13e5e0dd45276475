"""The proof of the denoising linear autoencoder: regression on what is seen, of rank k."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

from .symbolic import sp
from .theorem import Step, cited, identity, inequality
from .words import identity_on, letter, rule, square, trace

__all__ = ["proof"]

EVERY = "every size"


def proof() -> Iterator[Step]:
    yield from _regression()
    yield from _one_variance()
    yield from _masking()


def _regression() -> Iterator[Step]:
    W, C, S = letter("W", "d", "e"), letter("C", "d", "e"), letter("S", "d", "d", symmetric=True)
    R, r = letter("R", "e", "e", symmetric=True), letter("R^{-1}", "e", "e", symmetric=True)
    one = identity_on("e")
    loss = trace(S) - 2 * trace(W @ C.T) + trace(W @ R @ R @ W.T)
    best = C @ r
    yield identity(
        "complete the square: with R the root of what is seen, the map enters by WR alone",
        loss.given(rule(R @ r, one), rule(r @ R, one)),
        (trace(S) - trace(best @ best.T) + square(W @ R - best)).given(
            rule(R @ r, one), rule(r @ R, one)
        ),
        slip=(trace(S) - trace(best @ best.T) + square(W - best @ r)).given(
            rule(R @ r, one), rule(r @ R, one)
        ),
        slip_words="the distance measured as if what is seen were white",
        tex=r"\mathbb{E}\lVert x-W\tilde x\rVert^2 = \operatorname{tr}\Sigma - \operatorname{tr}"
        r"CM^{-1}C^\top + \lVert WM^{1/2}-CM^{-1/2}\rVert^2",
        scope=EVERY,
    )  # fmt: skip
    yield cited(
        "the nearest matrix of rank k keeps the top singular values; their squares are the "
        "eigenvalues of G",
        tex=r"\min_{\operatorname{rank}W\le k}\lVert WM^{1/2}-CM^{-1/2}\rVert^2 = "
        r"\sum_{i>k}\lambda_i(G),\ G = CM^{-1}C^\top",
        source="Eckart and Young: the theorem `eckart-young`",
    )  # fmt: skip
    V = letter("V", "d", "k")
    kept = V @ V.T @ best
    rules = (rule(R @ r, one), rule(r @ R, one), rule(V.T @ V, identity_on("k")))
    yield identity(
        "that matrix is the projection on the top eigenvectors V of G, after the regression: what "
        "it explains is the trace of G on them",
        (2 * trace(kept @ best.T) - trace(kept @ kept.T)).given(*rules),
        trace(V.T @ best @ best.T @ V),
        slip=trace(V.T @ best @ best.T @ V) * 2, slip_words="the map's own size forgotten",
        tex=r"W^* = VV^\top CM^{-1}:\ \operatorname{tr}\Sigma - L = \operatorname{tr}V^\top GV",
        scope=EVERY,
    )  # fmt: skip
    yield _scale()


def _scale() -> Step:
    c, x, y = sp.symbols("c x y", positive=True)
    return identity(
        "a corruption that is scaled, as dropout divides by the share it keeps, changes the map "
        "and not the loss: G knows no scale",
        (c * x) ** 2 / (c**2 * y), x**2 / y,
        slip=c * x**2 / y, slip_words="the scale counted once in what is seen",
        tex=r"(cC)(c^2M)^{-1}(cC)^\top = CM^{-1}C^\top", scope="one dimension; any alike",
    )  # fmt: skip


def _one_variance() -> Iterator[Step]:
    s, v = sp.symbols("s v", positive=True)
    yield inequality(
        "noise of one variance v keeps the axes and their order: what an axis explains grows with "
        "its variance",
        sp.Integer(0), sp.diff(s**2 / (s + v), s), because=[s * (s + 2 * v) / (s + v) ** 2],
        slip=sp.diff(s * v / (s + v), s), slip_words="what it loses in place of what it explains",
        tex=r"\lambda_i(G) = \frac{\lambda_i^2}{\lambda_i+v},\quad "
        r"\tfrac{d}{d\lambda}\frac{\lambda^2}{\lambda+v} \ge 0", scope="one axis",
    )  # fmt: skip
    w = sp.Symbol("w", real=True)
    yield identity(
        "an axis is shrunk to its share of signal (Wiener): the square, completed",
        s * (1 - w) ** 2 + v * w**2, s * v / (s + v) + (s + v) * (w - s / (s + v)) ** 2,
        slip=s * v / (s + v) + (s + v) * (w - 1) ** 2, slip_words="no shrinkage",
        tex=r"\lambda(1-w)^2 + vw^2 = \frac{\lambda v}{\lambda+v} + (\lambda+v)"
        r"\Bigl(w-\frac{\lambda}{\lambda+v}\Bigr)^2", scope="one axis",
    )  # fmt: skip
    W, one = letter("W", "d", "d"), identity_on("d")
    S, N = (letter(n, "d", "d", symmetric=True) for n in "SN")
    yield identity(
        "noise that knows nothing of the data adds a penalty on the map, and nothing else",
        trace(S) - 2 * trace(W @ S) + trace(W @ (S + N) @ W.T),
        trace((one - W) @ S @ (one - W).T) + trace(W @ N @ W.T),
        slip=trace((one - W) @ (S + N) @ (one - W).T),
        slip_words="the noise reconstructed along with the data",
        tex=r"\mathbb{E}\lVert x-W(x+n)\rVert^2 = \operatorname{tr}(I-W)\Sigma(I-W)^\top + "
        r"\operatorname{tr}WNW^\top", scope=EVERY,
    )  # fmt: skip


def _masking() -> Iterator[Step]:
    q, x1, x2 = sp.symbols("q x1 x2", positive=True)
    x = sp.Matrix([x1, x2])
    seen = sp.zeros(2, 2)
    for kept in product((0, 1), repeat=2):
        chance = sp.prod([1 - q if one else q for one in kept])
        left = sp.Matrix([a * b for a, b in zip(kept, x, strict=True)])
        seen += chance * left * left.T
    both, alone = x * x.T, sp.diag(x1**2, x2**2)
    yield identity(
        "masks that drop each entry with chance q: the second moment of what is left, over all of "
        "them",
        seen, (1 - q) ** 2 * both + q * (1 - q) * alone,
        slip=(1 - q) ** 2 * both, slip_words="every pair taken to survive as two entries do",
        tex=r"\mathbb{E}\tilde x\tilde x^\top = (1-q)^2\Sigma + q(1-q)\operatorname{diag}\Sigma,"
        r"\quad \mathbb{E}x\tilde x^\top = (1-q)\Sigma",
        scope="two entries: pairs are all there is",
    )  # fmt: skip
    keep, drop, s, t = sp.symbols("p q s t", positive=True)  # p = 1 - q
    yield identity(
        "so masking is noise of variance q/(1-q) times each feature's own, up to scale",
        (keep**2 * s + drop * keep * t) / keep**2, s + drop / keep * t,
        slip=s + drop * t, slip_words="not divided by what is kept",
        tex=r"(1-q)^{-2}M = \Sigma + \tfrac{q}{1-q}\operatorname{diag}\Sigma", scope="any entry",
    )  # fmt: skip
