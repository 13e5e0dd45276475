"""The proof that denoising score matching is explicit score matching plus a constant."""

from __future__ import annotations

from collections.abc import Iterator

from .gaussian_kl_proof import expectation
from .symbolic import sp
from .theorem import Step, identity, inequality
from .words import identity_on, letter, rule, scalar, square, trace

__all__ = ["proof"]


def proof() -> Iterator[Step]:
    yield from _the_target()
    yield from _any_law()
    yield from _affine_scores()
    yield from _every_size()
    yield from _other_forms()


def _the_target() -> Iterator[Step]:
    y, x, e = sp.symbols("y x e", real=True)
    s = sp.Symbol("s", positive=True)
    log_kernel = -((y - x) ** 2) / (2 * s**2) - sp.log(2 * sp.pi * s**2) / 2
    yield identity(
        "the target is the score of the noise: of y, given x",
        sp.diff(log_kernel, y).subs(y, x + s * e), -e / s,
        slip=e / s, slip_words="the sign (soran-ghaderi/torchebm#318)",
        tex=r"\nabla_y\log N(y; x, \sigma^2) = -(y - x)/\sigma^2 = -\epsilon/\sigma",
        scope="one coordinate; the density of independent coordinates is a product",
    )  # fmt: skip
    yield identity(
        "in terms of data and noised data it is divided by the variance",
        -(x + s * e - x) / s**2, -e / s,
        slip=-e / s**2, slip_words="the noise divided by the variance",
        tex=r"-(y - x)/\sigma^2 = -\epsilon/\sigma", scope="every x, noise and level",
    )  # fmt: skip


def _any_law() -> Iterator[Step]:
    y, score = sp.symbols("y score", real=True)
    points, s = sp.symbols("x1:4", real=True), sp.Symbol("s", positive=True)
    shares = sp.symbols("w1:4", positive=True)
    kernels = [sp.exp(-((y - x) ** 2) / (2 * s**2)) for x in points]
    density = sum(w * k for w, k in zip(shares, kernels, strict=True))
    posterior = [w * k / density for w, k in zip(shares, kernels, strict=True)]
    targets = [-(y - x) / s**2 for x in points]
    yield identity(
        "given y, the target's mean is the score of the noised data",
        sum(p * t for p, t in zip(posterior, targets, strict=True)), sp.diff(sp.log(density), y),
        slip=sum(targets) / 3, slip_words="the posterior weights forgotten",
        tex=r"\mathbb{E}[-\epsilon/\sigma \mid y] = \nabla\log p_\sigma(y)",
        scope="three points with any weights; a sum, so any finite law",
    )  # fmt: skip
    p1, p2, t1, t2, t3 = sp.symbols("p1 p2 t1 t2 t3", real=True)
    weighed = list(zip((p1, p2, 1 - p1 - p2), (t1, t2, t3), strict=True))
    mean = sum(p * t for p, t in weighed)
    spread = sum(p * t**2 for p, t in weighed) - mean**2
    yield identity(
        "at every y the loss is a square around that mean, plus a variance that no score enters",
        sp.expand(sum(p * (score - t) ** 2 for p, t in weighed)),
        sp.expand((score - mean) ** 2 + spread),
        slip=sp.expand((score - mean) ** 2 + spread + mean**2),
        slip_words="the second moment for the variance",
        tex=r"\mathbb{E}[(s - t)^2 \mid y] = (s - \mathbb{E}[t \mid y])^2 + "
        r"\operatorname{Var}[t \mid y]",
        scope="three outcomes, any weights that add to one",
    )  # fmt: skip


def _affine_scores() -> Iterator[Step]:
    e, a, c, x, m = sp.symbols("e a c x m", real=True)
    s, v = sp.symbols("s v", positive=True)
    residual = a * (x + s * e) + c + e / s
    loss = (a * x + c) ** 2 + (s * a + 1 / s) ** 2
    yield identity(
        "for an affine score the noise integrates out", expectation(residual**2, e),
        sp.expand(loss), slip=sp.expand((a * x + c) ** 2 + (a + 1 / s) ** 2),
        slip_words="the noise is not scaled on its way into the score",
        tex=r"\mathbb{E}(a(x + \sigma\epsilon) + c + \epsilon/\sigma)^2 = (ax + c)^2 + "
        r"(\sigma a + 1/\sigma)^2",
        scope="one coordinate, every x, score and level",
    )  # fmt: skip
    total = expectation(loss.subs(x, m + sp.sqrt(v) * e), e)
    off = a + 1 / (v + s**2)
    explicit = off**2 * (v + s**2) + (a * m + c) ** 2
    floor = 1 / s**2 - 1 / (v + s**2)
    yield identity(
        "denoising is explicit score matching plus a constant, for data of mean m and variance v",
        sp.cancel(total - explicit), sp.cancel(floor), slip=1 / s**2 - 1 / v,
        slip_words="the variance of the data for that of the noised data",
        tex=r"L = \bigl(a + \tfrac1{v + \sigma^2}\bigr)^2(v + \sigma^2) + (am + c)^2 + "
        r"\tfrac1{\sigma^2} - \tfrac1{v + \sigma^2}",
        scope="one coordinate, every affine score",
    )  # fmt: skip
    yield inequality(
        "so the loss is at least the constant, and reaches it at the Gaussian's own score",
        floor, total, because=[off**2 * (v + s**2), (a * m + c) ** 2], slip=total + floor,
        slip_words="the constant counted twice", tex=r"L \ge \tfrac{v}{\sigma^2(v + \sigma^2)}",
        scope="one coordinate, every affine score",
    )  # fmt: skip
    yield identity(
        "the noise's product with a score has the mean of the score's slope (Stein)",
        sp.expand(expectation(e / s * (a * (x + s * e) + c), e)), a, slip=s * a,
        slip_words="the level is left over",
        tex=r"\mathbb{E}\,\tfrac{\epsilon}{\sigma}\,s(x + \sigma\epsilon) = "
        r"\mathbb{E}\,s'(x + \sigma\epsilon)",
        scope="one coordinate, every affine score",
    )  # fmt: skip
    yield identity(
        "the gradient in the data", sp.diff(loss, x), 2 * a * (a * x + c),
        slip=2 * (a * x + c), slip_words="the score's own slope is forgotten",
        tex=r"\partial L/\partial x = 2a(ax + c)", scope="one coordinate",
    )  # fmt: skip


def _every_size() -> Iterator[Step]:
    A, B = letter("A", "d", "d"), letter("B", "d", "d")
    r, e = letter("r", "d", "1"), letter("e", "d", "1")
    M, P = (letter(name, "d", "d", symmetric=True) for name in ("M", "M^{-1}"))
    one, v = identity_on("d"), scalar("v")
    twice = square(r + B @ e) + square(r - B @ e)
    yield identity(
        "in many coordinates: odd words in the noise cancel, and E ee' = I",
        twice.given(rule(e @ e.T, one)), (square(r) + square(B)) * 2,
        slip=(square(r) + trace(B)) * 2, slip_words="the trace for the squared norm",
        tex=r"\mathbb{E}\lVert r + B\epsilon\rVert^2 = \lVert r\rVert^2 + \lVert B\rVert_F^2",
        scope="every size",
    )  # fmt: skip
    yield identity(
        "what the noise contributes, times the variance v = sigma^2",
        square(v @ A + one), v @ v @ square(A) + v @ trace(A) * 2 + trace(one),
        slip=v @ v @ square(A) + trace(one), slip_words="noise in and noise out are one noise",
        tex=r"\sigma^2\lVert\sigma A + I/\sigma\rVert_F^2 = \sigma^4\lVert A\rVert_F^2 + "
        r"2\sigma^2\operatorname{tr}A + d",
        scope="every size",
    )  # fmt: skip
    inverse = rule(M @ P, one), rule(P @ M, one)
    yield identity(
        "the distance from the Gaussian's score, opened",
        trace((A + P) @ M @ (A + P).T).given(*inverse),
        trace(A @ M @ A.T) + trace(A) * 2 + trace(P),
        slip=trace(A @ M @ A.T) + trace(P), slip_words="the cross term forgotten",
        tex=r"\operatorname{tr}(A + M^{-1})M(A + M^{-1})^\top = \operatorname{tr}AMA^\top + "
        r"2\operatorname{tr}A + \operatorname{tr}M^{-1}",
        scope="every size",
    )  # fmt: skip


def _other_forms() -> Iterator[Step]:
    e, x, score = sp.symbols("e x score", real=True)
    s = sp.Symbol("s", positive=True)
    y = x + s * e
    loss = (score + e / s) ** 2
    yield identity(
        "weighed by the variance it is noise prediction, by -sigma times the score",
        sp.expand(s**2 * loss), sp.expand((e - (-s * score)) ** 2),
        slip=sp.expand((e - s * score) ** 2), slip_words="the noise points up the density",
        tex=r"\sigma^2(s + \epsilon/\sigma)^2 = (\epsilon - \hat\epsilon)^2,\ "
        r"\hat\epsilon = -\sigma s",
        scope="one coordinate",
    )  # fmt: skip
    yield identity(
        "weighed by the squared variance it is denoising, by Tweedie's estimate",
        sp.expand(s**4 * loss), sp.expand((y + s**2 * score - x) ** 2),
        slip=sp.expand((y + s * score - x) ** 2),
        slip_words="the standard deviation for the variance",
        tex=r"\sigma^4(s + \epsilon/\sigma)^2 = (\hat x - x)^2,\ \hat x = y + \sigma^2 s",
        scope="one coordinate",
    )  # fmt: skip
