"""The proof of Tweedie's formulas: finite laws by sums, Gaussian ones by logarithms."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from .empirical_bayes_proof import steps as other_noise
from .optimality_proof import steps as told_by_values
from .symbolic import sp
from .theorem import Step, identity, inequality
from .trained_denoiser_proof import steps as trained

__all__ = ["proof"]


def proof() -> Iterator[Step]:
    yield from _any_law()
    yield from _in_the_plane()
    yield from _gaussian_components()
    yield from _other_predictions()
    yield from _preconditioned()
    yield from _floor()
    yield from told_by_values()
    yield from trained()
    yield from other_noise()


def _law(count: int) -> tuple[Any, Any, Any, Any, Any]:
    """Points, what each weighs at y, and their sum; y and the deviation of the noise."""
    y, s = sp.Symbol("y", real=True), sp.Symbol("s", positive=True)
    points = sp.symbols(f"x1:{count + 1}", real=True)
    shares = sp.symbols(f"w1:{count + 1}", positive=True)
    kernels = [
        w * sp.exp(-((y - x) ** 2) / (2 * s**2)) for w, x in zip(shares, points, strict=True)
    ]
    return points, kernels, sum(kernels), y, s


def _as_letters(*expressions: Any) -> tuple[Any, ...]:
    """Each exponential one letter, once all is differentiated: what is left to show is rational."""

    def letter(kernel: Any) -> Any:
        return sp.Symbol(f"exp({sp.expand(kernel.args[0])})", positive=True)

    return tuple(e.subs({k: letter(k) for k in e.atoms(sp.exp)}) for e in expressions)


def _any_law() -> Iterator[Step]:
    points, kernels, density, y, s = _law(3)
    mean = sum(x * k for x, k in zip(points, kernels, strict=True)) / density
    score = sp.diff(sp.log(density), y)
    left, right, slip = _as_letters(mean, y + s**2 * score, y + s * score)
    yield identity(
        "the posterior mean is y, moved along the score by the variance of the noise",
        left, right, slip=slip,
        slip_words="the standard deviation for the variance",
        tex=r"\mathbb{E}[x \mid y] = y + \sigma^2\,\nabla\log p_\sigma(y)",
        scope="three points with any weights; a sum, so any finite law",
    )  # fmt: skip
    points, kernels, density, y, s = _law(2)
    mean = sum(x * k for x, k in zip(points, kernels, strict=True)) / density
    spread = sum(x**2 * k for x, k in zip(points, kernels, strict=True)) / density - mean**2
    curvature = sp.diff(sp.log(density), y, 2)
    left, right, slip = _as_letters(spread, s**2 + s**4 * curvature, s**2 + s**2 * curvature)
    yield identity(
        "the posterior variance is the curvature's", left, right,
        slip=slip, slip_words="the fourth power lost",
        tex=r"\operatorname{Var}[x \mid y] = \sigma^2 + \sigma^4\,(\log p_\sigma)''(y)",
        scope="two points with any weights",
    )  # fmt: skip
    left, right, slip = _as_letters(sp.diff(mean, y), spread / s**2, spread / s)
    yield identity(
        "and the slope of the posterior mean, over the variance of the noise",
        left, right, slip=slip,
        slip_words="the standard deviation for the variance",
        tex=r"\partial_y\,\mathbb{E}[x \mid y] = \operatorname{Var}[x \mid y]/\sigma^2 \ge 0",
        scope="two points with any weights",
    )  # fmt: skip
    t = sp.Symbol("t", real=True)
    tilted = sum(sp.exp(t * x) * k for x, k in zip(points, kernels, strict=True)) / density
    moved = density.subs(y, y + s**2 * t) / density
    yield identity(
        "all moments at once: tilting by t moves y by the variance times t", tilted,
        moved * sp.exp(((y + s**2 * t) ** 2 - y**2) / (2 * s**2)),
        slip=moved * sp.exp(y * t), slip_words="the square of t is lost",
        tex=r"\log\mathbb{E}[e^{tx} \mid y] = A(y + \sigma^2 t) - A(y),\ "
        r"A(y) = \log p_\sigma(y) + y^2/2\sigma^2",
        scope="two points with any weights, every t",
    )  # fmt: skip


def _in_the_plane() -> Iterator[Step]:
    a1, a2, b1, b2, y1, y2 = sp.symbols("a1 a2 b1 b2 y1 y2", real=True)
    s, w = sp.symbols("s w", positive=True)
    odds = w * sp.exp(((y1 - b1) ** 2 + (y2 - b2) ** 2 - (y1 - a1) ** 2 - (y2 - a2) ** 2)
                      / (2 * s**2))  # fmt: skip
    p = odds / (1 + odds)
    first = p * a1 + (1 - p) * b1
    left, right, slip = _as_letters(
        sp.diff(first, y2), p * (1 - p) * (a1 - b1) * (a2 - b2) / s**2,
        p * (1 - p) * (a1 - b1) ** 2 / s**2,
    )  # fmt: skip
    yield identity(
        "the Jacobian is the posterior covariance over the variance of the noise, so it is "
        "symmetric",
        left, right, slip=slip, slip_words="one coordinate taken twice",
        tex=r"\partial\hat x_1/\partial y_2 = \operatorname{Cov}[x_1, x_2 \mid y]/\sigma^2",
        scope="two points in the plane, any weights",
    )  # fmt: skip


def _gaussian_components() -> Iterator[Step]:
    y, m = sp.symbols("y m", real=True)
    s, v = sp.symbols("s v", positive=True)
    score = sp.diff(-((y - m) ** 2) / (2 * (v + s**2)), y)
    yield identity(
        "of one Gaussian component the posterior mean is linear (Wiener)",
        sp.cancel(y + s**2 * score), sp.cancel((v * y + s**2 * m) / (v + s**2)),
        slip=sp.cancel((s**2 * y + v * m) / (v + s**2)), slip_words="the weights exchanged",
        tex=r"y + \sigma^2\,\nabla\log N(y; m, v + \sigma^2) = "
        r"\frac{v\,y + \sigma^2 m}{v + \sigma^2}",
        scope="one coordinate; isotropic components have equal ones",
    )  # fmt: skip


def _other_predictions() -> Iterator[Step]:
    y, score = sp.symbols("y score", real=True)
    s = sp.Symbol("s", positive=True)
    yield identity(
        "the posterior mean of the noise", (y - (y + s**2 * score)) / s, -s * score,
        slip=s * score, slip_words="the noise points up the density "
        "(acids-ircam/diffusion_models#7)",
        tex=r"\hat\epsilon = (y - \hat x)/\sigma = -\sigma\,\nabla\log p_\sigma(y)",
        scope="every y",
    )  # fmt: skip
    alpha = 1 / sp.sqrt(1 + s**2)
    estimate = y + s**2 * score
    velocity = alpha * (-s * score) - alpha * s * estimate
    yield identity(
        "where alpha^2 + sigma^2 = 1: the velocity, from rescaled data and their score",
        sp.simplify(velocity), -s * (alpha * y + score / alpha),
        slip=-s * (alpha * y + score), slip_words="the score not rescaled",
        tex=r"\hat v = \alpha\hat\epsilon - \sigma\hat x = -\tfrac\sigma\alpha(y + "
        r"\nabla\log p(y))",
        scope="every y and level",
    )  # fmt: skip
    m, v, a = sp.symbols("m v a", positive=True)
    plain = -((y - m) ** 2) / (2 * v)
    yield identity(
        "rescaling the data divides their score by the scale",
        sp.diff(plain.subs(y, y / a), y), sp.diff(plain, y).subs(y, y / a) / a,
        slip=sp.diff(plain, y).subs(y, y / a), slip_words="the scale forgotten",
        tex=r"\nabla\log p_{\alpha Y}(y) = \tfrac1\alpha\nabla\log p_Y(y/\alpha)",
        scope="a Gaussian; the chain rule for any density",
    )  # fmt: skip


def _preconditioned() -> Iterator[Step]:
    """Karras' network F: the denoiser is c_skip y + c_out F(c_in y)."""
    y, x, e = sp.symbols("y x e", real=True)
    s, d = sp.symbols("s d", positive=True)
    total = s**2 + d**2
    skip, out = d**2 / total, s * d / sp.sqrt(total)
    score = -y / total
    yield identity(
        "preconditioned as by Karras, the network is asked for nothing where the data are Gaussian "
        "of the deviation that it is told",
        sp.simplify((y + s**2 * score - skip * y) / out), sp.Integer(0),
        slip=sp.simplify((y + s**2 * score - d / sp.sqrt(total) * y) / out),
        slip_words="the square root of c_skip", tex=r"F^* = (\hat x - c_{\text{skip}}\,y)/"
        r"c_{\text{out}} = 0 \text{ for } N(0, \sigma_d^2 I)",
        scope="one coordinate; all of them are alike",
    )  # fmt: skip
    target = sp.expand((x - skip * (x + s * e)) / out)
    moments = target.coeff(x) ** 2 * d**2 + target.coeff(e) ** 2
    yield identity(
        "and whatever the data of that variance, its target has variance one",
        sp.simplify(moments), sp.Integer(1), slip=sp.simplify(moments * out**2),
        slip_words="c_out left out", tex=r"\operatorname{Var}[(X - c_{\text{skip}}Y)/"
        r"c_{\text{out}}] = 1",
        scope="data of mean 0 and variance sigma_d^2, one coordinate",
    )  # fmt: skip
    yield identity(
        "as has its input", (d**2 + s**2) / total, sp.Integer(1), slip=(d**2 + s) / total,
        slip_words="the deviation for the variance",
        tex=r"\operatorname{Var}[c_{\text{in}}\,Y] = (\sigma_d^2 + \sigma^2)\,c_{\text{in}}^2 "
        r"= 1",
        scope="data of mean 0 and variance sigma_d^2, one coordinate",
    )  # fmt: skip


def _floor() -> Iterator[Step]:
    p, q = sp.symbols("p q", positive=True)
    a, b, f = sp.symbols("a b f", real=True)
    mean = (p * a + q * b) / (p + q)
    loss = p * (f - a) ** 2 + q * (f - b) ** 2
    at_mean = p * (mean - a) ** 2 + q * (mean - b) ** 2
    yield inequality(
        "no estimate errs less, at any y: what another adds is its squared distance",
        at_mean, loss, because=[(p + q) * (f - mean) ** 2], slip=loss + at_mean,
        slip_words="the floor counted twice",
        tex=r"\mathbb{E}[(f - x)^2 \mid y] = \operatorname{Var}[x \mid y] + (f - \hat x)^2",
        scope="two outcomes of any weights",
    )  # fmt: skip
    s, v = sp.symbols("s v", positive=True)
    yield identity(
        "the floor of denoising, from the mean square of the score",
        sp.cancel(v - v**2 / (v + s**2)), sp.cancel(s**2 - s**4 / (v + s**2)),
        slip=sp.cancel(s**2 - s**2 / (v + s**2)), slip_words="the fourth power lost",
        tex=r"\operatorname{mmse} = \sigma^2 d - \sigma^4\,\mathbb{E}\lVert\nabla\log p_\sigma"
        r"\rVert^2",
        scope="Gaussian data in one coordinate",
    )  # fmt: skip
