"""The proof of the ELBO identity, in general and at the linear-Gaussian model."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from .symbolic import sp
from .theorem import Step, identity, inequality
from .words import identity_on, letter, rule, square, trace

__all__ = ["proof"]


def proof() -> Iterator[Step]:
    yield from _pointwise()
    yield from _finite_latent()
    yield from _linear_gaussian()
    yield from _best_diagonal()


def _pointwise() -> Iterator[Step]:
    joint, evidence, q, likelihood, prior = sp.symbols("j e q l p", positive=True)
    bound, rest = sp.log(joint) - sp.log(q), sp.log(q) - (sp.log(joint) - sp.log(evidence))
    yield identity(
        "Bayes' rule, in logarithms, at every z: the posterior is the joint over the evidence",
        sp.log(evidence), bound + rest,
        slip=bound - rest, slip_words="the divergence's two arguments exchanged",
        tex=r"\log p(x) = \log\tfrac{p(x,z)}{q(z)} + \log\tfrac{q(z)}{p(z\mid x)}",
        scope="any model, pointwise; average over q",
    )  # fmt: skip
    yield identity(
        "decomposition: the joint is likelihood times prior",
        sp.expand_log(sp.log(likelihood * prior / q)),
        sp.log(likelihood) - (sp.log(q) - sp.log(prior)),
        slip=sp.log(likelihood) + (sp.log(q) - sp.log(prior)),
        slip_words="the KL added in place of subtracted (EderSantana/gumbel#3)",
        tex=r"\log\tfrac{p(x,z)}{q(z)} = \log p(x\mid z) - \log\tfrac{q(z)}{p(z)}",
        scope="any model, pointwise",
    )  # fmt: skip


def _finite_latent() -> Iterator[Step]:
    q1, q2, j1, j2, j3 = sp.symbols("q1 q2 j1 j2 j3", positive=True)
    q, joint = [q1, q2, 1 - q1 - q2], [j1, j2, j3]
    total = sum(joint)
    bound = sum(w * (sp.log(j) - sp.log(w)) for w, j in zip(q, joint, strict=True))
    rest = sum(w * (sp.log(w) - sp.log(j) + sp.log(total)) for w, j in zip(q, joint, strict=True))
    yield identity(
        "averaged over q: the weights sum to one, so the evidence comes out whole",
        sp.expand(bound + rest), sp.log(total),
        slip=sp.log(total) * (q1 + q2), slip_words="one state's weight forgotten",
        tex=r"\log p(x) = \mathbb{E}_q\log\tfrac{p(x,z)}{q(z)} + KL(q\,\|\,p(z\mid x))",
        scope="three latent states, every q and every joint",
    )  # fmt: skip


def _linear_gaussian() -> Iterator[Step]:
    """In units of the decoder's standard deviation: W and r = x - b stand for W/s and (x - b)/s."""
    W, r, m = letter("W", "d", "k"), letter("r", "d", "1"), letter("m", "k", "1")
    L, e, p = (
        letter("L", "k", "k"),
        letter("e", "k", "1"),
        letter("P^{-1}", "k", "k", symmetric=True),
    )
    one, spread = identity_on("k"), L @ L.T
    mean = square(r - W @ (m + L @ e)) + square(r - W @ (m - L @ e))
    yield identity(
        "the expected reconstruction error at z = m + Le: that of the mean, and what the spread "
        "adds; odd words in e cancel, and E ee' = I",
        (mean * Fraction(1, 2)).given(rule(e @ e.T, one)), square(r - W @ m) + square(W @ L),
        slip=square(r - W @ m), slip_words="the reconstruction at the mean alone",
        tex=r"\mathbb{E}_q\lVert r - Wz\rVert^2 = \lVert r - Wm\rVert^2 + "
        r"\operatorname{tr}WDW^\top,\ D = LL^\top",
        scope="every size",
    )  # fmt: skip
    yield identity(
        "Woodbury: the marginal's covariance, inverted through the posterior's precision",
        ((identity_on("d") + W @ W.T) @ (identity_on("d") - W @ p @ W.T)).given(
            rule(W.T @ W @ p, one - p)
        ),
        identity_on("d"),
        slip=identity_on("d") - W @ p @ W.T, slip_words="the square not completed",
        tex=r"(I + WW^\top)^{-1} = I - WP^{-1}W^\top,\ P = I + W^\top W", scope="every size",
    )  # fmt: skip
    P, pull = one + W.T @ W, W.T @ r
    bound = -square(r - W @ m) - square(W @ L) - trace(spread) - square(m)
    divergence = trace(P @ spread) + trace(P @ m @ m.T) - 2 * trace(pull @ m.T)
    yield identity(
        "so bound and divergence add to the evidence, whatever q: the quadratic parts (what is "
        "left of the divergence is Woodbury's)",
        bound + divergence, -square(r),
        slip=-square(r) - trace(spread), slip_words="the prior forgotten in the precision",
        tex=r"-\lVert r-Wm\rVert^2 - \operatorname{tr}WDW^\top - \operatorname{tr}D - "
        r"\lVert m\rVert^2 + \operatorname{tr}PD + m^\top Pm - 2m^\top W^\top r "
        r"= -\lVert r\rVert^2",
        scope="every size",
    )  # fmt: skip
    V = sp.Matrix(2, 2, sp.symbols("w1:5", real=True))
    s = sp.Symbol("s", positive=True)
    precision = sp.eye(2) + V.T * V / s
    yield identity(
        "and the logarithms, by Sylvester: the marginal's determinant is the precision's",
        sp.expand((V * V.T + s * sp.eye(2)).det()), sp.expand(s**2 * precision.det()),
        slip=sp.expand(s * precision.det()), slip_words="one factor of the noise variance lost",
        tex=r"\det(WW^\top + \sigma^2I) = \sigma^{2d}\det(I + W^\top W/\sigma^2)",
        scope="d = k = 2, every entry free",
    )  # fmt: skip


def _best_diagonal() -> Iterator[Step]:
    D1, P1, P2 = sp.symbols("D1 P1 P2", positive=True)
    c = sp.Symbol("c", real=True)
    slope = sp.diff((sp.log(D1) - P1 * D1) / 2, D1)
    yield identity(
        "the best diagonal q: the ELBO is concave in each variance, and flat at 1/P_ii",
        slope.subs(D1, 1 / P1), sp.Integer(0),
        slip=slope.subs(D1, P2 / (P1 * P2 - c**2)),
        slip_words="the posterior covariance's diagonal in place of the precision's, inverted",
        tex=r"D_{ii} = 1/P_{ii}\ (\ne (P^{-1})_{ii})", scope="k = 2, any posterior precision",
    )  # fmt: skip
    yield inequality(
        "what it leaves is the precision's correlation: Hadamard's inequality",
        P1 * P2 - c**2, P1 * P2, because=[c**2],
        slip=P1 * P2 + c**2, slip_words="the off-diagonal entry with the wrong sign",
        tex=r"\det P \le \prod_i P_{ii},\ \text{so } "
        r"\tfrac12(\sum\log P_{ii} - \log\det P) \ge 0",
        scope="k = 2; equality exactly at c = 0, orthogonal columns of W",
    )  # fmt: skip
