"""The proof that the linear beta-VAE draws the rate--distortion curve, step by step."""

from __future__ import annotations

from collections.abc import Iterator

from .symbolic import sp
from .theorem import Step, cited, identity, inequality

__all__ = ["proof"]

ONE_AXIS = "one axis; several add up, by the axes of probabilistic PCA"


def proof() -> Iterator[Step]:
    yield from _level()
    yield from _one_axis()
    yield from _frontier()
    yield from _learned_noise()
    yield from _blur()
    yield cited(
        "no code whatever, of any dimension, describes a Gaussian source by less",
        tex=r"R(D) = \sum_i\tfrac12\log^+\tfrac{\lambda_i}{s},\ "
        r"D = \sum_i\min(\lambda_i,s)",
        source="Shannon 1959 and Kolmogorov 1956 (from memory); Cover and Thomas, Elements of "
        "Information Theory, the chapter on rate and distortion",
    )


def _level() -> Iterator[Step]:
    D, R, beta, var, d = sp.symbols("D R beta v d", positive=True)
    s = beta * var
    J = -d * sp.log(2 * sp.pi * var) / 2 - D / (2 * var) - beta * R
    bound = -d * sp.log(2 * sp.pi * s) / 2 - D / (2 * s) - R
    constant = beta * d * sp.log(2 * sp.pi * s) / 2 - d * sp.log(2 * sp.pi * var) / 2
    yield identity(
        "a weight on the KL is another decoder variance, so all that was shown for the ELBO holds",
        J, beta * bound + constant,
        slip=bound + constant, slip_words="the ELBO not weighted",
        tex=r"J_{\beta,\sigma^2} = \beta\,J_{1,s} + \text{const},\ s = \beta\sigma^2",
        scope="every model whose decoder is Gaussian",
    )  # fmt: skip
    A, B = sp.symbols("A B", positive=True)
    yield identity(
        "code that minimises A times the squared error and B times the KL has the level B/2A",
        (A * D + B * R) / B, D / (2 * (B / (2 * A))) + R,
        slip=D / (2 * (B / A)) + R, slip_words="the half of the Gaussian exponent forgotten",
        tex=r"A\,D + B\,R = B\Bigl(\frac{D}{2s}+R\Bigr),\ s = \frac{B}{2A}",
        scope="every model; a squared error averaged over 784 features has s = 392",
    )  # fmt: skip


def _one_axis() -> Iterator[Step]:
    lam, s, w, v, t, p = sp.symbols("lambda s w v t p", positive=True)
    yield identity(
        "one unit on one axis: the square completed in the encoder",
        lam * (1 - w * v) ** 2 / s + v**2 * lam,
        lam / (s + w**2) + lam * (s + w**2) / s * (v - w / (s + w**2)) ** 2,
        slip=lam / (s + w**2) + lam * (v - 1 / w) ** 2,
        slip_words="the decoder's inverse for the encoder",
        tex=r"\tfrac\lambda s(1-wv)^2+v^2\lambda = \frac{\lambda}{s+w^2} + "
        r"\tfrac{\lambda(s+w^2)}{s}\bigl(v-\tfrac{w}{s+w^2}\bigr)^2",
        scope=ONE_AXIS,
    )  # fmt: skip
    yield identity(
        "then in its variance: the slope vanishes where the level is shared with the decoder",
        sp.diff(t * (s + w**2) / s - sp.log(t), t), (s + w**2) / s - 1 / t,
        slip=w**2 / s - 1 / t, slip_words="the prior's own variance left out",
        tex=r"t = s/(s+w^2)", scope=ONE_AXIS,
    )  # fmt: skip
    cost = (sp.log(s + p) + lam / (s + p)) / 2
    yield identity(
        "collapse: a unit at zero is drawn out exactly where its eigenvalue is above the level",
        sp.diff(cost, p).subs(p, 0), (s - lam) / (2 * s**2),
        slip=(1 - lam) / (2 * s**2), slip_words="a threshold of one, whatever the variance",
        tex=r"\partial_{w^2}(-J/\beta)\big|_{w=0} = \frac{s-\lambda}{2s^2}", scope=ONE_AXIS,
    )  # fmt: skip
    w_, v_, t_ = sp.sqrt(p), sp.sqrt(p) / (s + p), s / (s + p)  # with lambda = s + p
    yield identity(
        "an axis in use is described to within the level",
        sp.simplify((s + p) * (1 - w_ * v_) ** 2 + w_**2 * t_), s,
        slip=sp.simplify((s + p) * (1 - w_ * v_) ** 2),
        slip_words="the reconstruction at the mean alone",
        tex=r"\lambda(1-wv)^2+w^2t = s", scope=ONE_AXIS,
    )  # fmt: skip
    yield identity(
        "its codes have the prior's variance, so the rate is all information",
        sp.simplify(v_**2 * (s + p) + t_), sp.Integer(1),
        slip=sp.simplify(v_**2 * (s + p)), slip_words="the encoder's variance left out",
        tex=r"v^2\lambda+t = 1,\ \text{so } R = -\tfrac12\log t = \tfrac12\log\tfrac\lambda s",
        scope=ONE_AXIS,
    )  # fmt: skip


def _frontier() -> Iterator[Step]:
    s, l1, l2, T = sp.symbols("s lambda1 lambda2 T", positive=True)
    D, R = 2 * s + T, (sp.log(l1 / s) + sp.log(l2 / s)) / 2
    yield identity(
        "the level is the frontier's slope",
        sp.diff(R, s) / sp.diff(D, s), -1 / (2 * s),
        slip=-1 / s, slip_words="the half forgotten",
        tex=r"\frac{dR}{dD} = -\frac1{2s}", scope="two active axes; each adds the same to both",
    )  # fmt: skip
    joint, codes, prior = sp.symbols("q_x q p", positive=True)
    yield identity(
        "the rate is the information and what the codes differ from the prior by",
        sp.expand_log(sp.log(joint / prior)),
        sp.expand_log(sp.log(joint / codes)) + sp.expand_log(sp.log(codes / prior)),
        slip=sp.expand_log(sp.log(joint / codes)) - sp.expand_log(sp.log(codes / prior)),
        slip_words="the mismatch subtracted",
        tex=r"\log\tfrac{q(z\mid x)}{p(z)} = \log\tfrac{q(z\mid x)}{q(z)}+\log\tfrac{q(z)}{p(z)}",
        scope="any model, pointwise; average over data and codes",
    )  # fmt: skip


def _learned_noise() -> Iterator[Step]:
    a, beta, T, d, u = sp.symbols("a beta T d u", positive=True)
    var = T / (d - a * beta)
    yield identity(
        "a learned variance is the distortion per feature, at a active units",
        sp.cancel((a * beta * var + T) / d), sp.cancel(var),
        slip=sp.cancel(T / (d - a)), slip_words="the weight forgotten",
        tex=r"\sigma^2 = \frac{a\beta\sigma^2+T}{d} \iff \sigma^2 = \frac{T}{d-a\beta}",
        scope="every d, number of active units and weight",
    )  # fmt: skip
    lam = sp.Symbol("lambda", positive=True)
    var = sp.exp(u)
    J = -d * (sp.log(2 * sp.pi) + u) / 2 - d * beta / 2 - beta * d * sp.log(lam / (beta * var)) / 2
    yield identity(
        "with as many units as dimensions it has no maximum: a weight below one drives the "
        "variance to zero, and at one nothing decides it",
        sp.expand(sp.diff(sp.expand_log(J, force=True), u)), sp.expand(-d * (1 - beta) / 2),
        slip=-d / 2, slip_words="the rate taken for free",
        tex=r"k = d:\quad \partial_{\log\sigma^2}J = -\tfrac d2(1-\beta)",
        scope="every d, equal eigenvalues above the level",
    )  # fmt: skip


def _blur() -> Iterator[Step]:
    x1, x2, x3, a, q1, q2 = sp.symbols("x1 x2 x3 a q1 q2", real=True)
    weights, points = (q1, q2, 1 - q1 - q2), (x1, x2, x3)
    mean = sum(q * x for q, x in zip(weights, points, strict=True))

    def about(centre: object) -> object:
        return sum(q * (x - centre) ** 2 for q, x in zip(weights, points, strict=True))

    yield identity(
        "whatever else the code leaves open is averaged: the best reconstruction is the "
        "conditional mean",
        sp.expand(about(a)), sp.expand(about(mean) + (mean - a) ** 2),
        slip=sp.expand(about(mean)), slip_words="every reconstruction as good",
        tex=r"\mathbb{E}[\lVert x-a\rVert^2\mid z] = \mathbb{E}[\lVert x-\bar x\rVert^2\mid z] + "
        r"\lVert\bar x-a\rVert^2,\ \bar x = \mathbb{E}[x\mid z]",
        scope="three outcomes, every weight; coordinate by coordinate",
    )  # fmt: skip
    s, p = sp.symbols("s p", positive=True)
    yield inequality(
        "so reconstructions vary less than the data, by more than the level",
        p**2 / (s + p), p, because=[s * p / (s + p)],
        slip=s + p, slip_words="as much as the data",
        tex=r"\operatorname{Var}(wvx) = (\lambda-s)^2/\lambda \le \lambda-s < \lambda",
        scope=ONE_AXIS,
    )  # fmt: skip
