"""The proof of the least distance of two views under whitening, and of VICReg's gradient."""

from __future__ import annotations

from collections.abc import Iterator

from .symbolic import sp
from .theorem import Step, identity, inequality
from .words import identity_on, letter, rule, trace

__all__ = ["proof"]


def proof() -> Iterator[Step]:
    yield from _distance()
    yield from _best_subspace()
    yield from _hinges()
    yield from _gradients()


def _distance() -> Iterator[Step]:
    W = letter("W", "k", "d")
    S, U = (letter(name, "d", "d", symmetric=True) for name in (r"\Sigma_x", r"\Sigma_u"))
    moments = 2 * (S - U)  # of x - x'
    yield identity(
        "two views differ by their noises: the signal's covariance is lost twice",
        trace(W @ moments @ W.T), 2 * trace(W @ S @ W.T) - 2 * trace(W @ U @ W.T),
        slip=2 * trace(W @ S @ W.T) - trace(W @ U @ W.T),
        slip_words="the signal counted once",
        tex=r"\mathbb E\lVert Wx - Wx'\rVert^2 = 2\operatorname{tr}W\Sigma_xW^\top - "
        r"2\operatorname{tr}W\Sigma_uW^\top",
        scope="every k and d",
    )  # fmt: skip
    V, R, Q = letter("V", "k", "d"), letter("R", "d", "d"), letter("R^{-1}", "d", "d")
    M = letter("M", "d", "d", symmetric=True)
    one = identity_on("d")
    rules = (rule(Q @ R, one), rule(R @ Q, one), rule(R.T @ Q.T, one), rule(Q.T @ R.T, one))
    yield identity(
        "in whitened coordinates, with $\\Sigma_x = RR^\\top$, $W = VR^{-1}$ and "
        "$\\Sigma_u = RMR^\\top$, the constraint is that the rows of V are orthonormal, and M has "
        "the eigenvalues $\\rho_i$",
        trace(V @ Q @ R @ M @ R.T @ Q.T @ V.T).given(*rules), trace(V @ M @ V.T),
        slip=trace(V @ M @ M @ V.T), slip_words="M taken twice",
        tex=r"W\Sigma_xW^\top = VV^\top = I,\quad "
        r"\operatorname{tr}W\Sigma_uW^\top = \operatorname{tr}VMV^\top",
        scope="every k and d",
    )  # fmt: skip


def _best_subspace() -> Iterator[Step]:
    """p_i are the diagonal entries of the projection V'V in the eigenbasis of M: d = 4, k = 2."""
    q1, q2, q4 = sp.symbols("q1 q2 q4", nonnegative=True)
    level, up1, up2, down = sp.symbols("rho2 a b c", nonnegative=True)
    rho = [level + up1, level, level - up2, level - up2 - down]
    # q_i = 1 - p_i for the two largest, and the diagonal adds to two: p_3 is what p_4 leaves
    p = [1 - q1, 1 - q2, q1 + q2 - q4, q4]
    taken = sp.expand(sum(r * share for r, share in zip(rho, p, strict=True)))
    yield inequality(
        "a projection of rank k has a diagonal between 0 and 1 that adds to k, so it cannot do "
        "better than take the k largest (Ky Fan)",
        taken, rho[0] + rho[1], because=[up1 * q1, up2 * (q1 + q2), down * q4],
        slip=2 * rho[1], slip_words="the k-th taken k times",
        tex=r"\operatorname{tr}VMV^\top = \textstyle\sum_i p_i\rho_i \le \sum_{i\le k}\rho_i",
        scope="k = 2, d = 4; the same sum by parts at every size",
    )  # fmt: skip


def _hinges() -> Iterator[Step]:
    more, lack = sp.symbols("t delta", nonnegative=True)
    yield inequality(
        "features that vary more than the hinge asks for are no nearer: 1 - r is not negative, and "
        "multiplied by the variance",
        2 * lack, sp.expand(2 * (1 + more) * lack),
        because=[2 * more * lack], slip=2 * (1 - more) * lack,
        slip_words="a variance below one",
        tex=r"s_i \ge 1 \Rightarrow \mathbb E(y_i - y_i')^2 = 2s_i^2(1-r_i) \ge 2(1-r_i)",
        scope="each feature",
    )  # fmt: skip
    tau, r = sp.symbols("tau r", positive=True)
    lambd, mu = sp.symbols("lambda mu", positive=True)
    one = 2 * lambd * tau**2 * (1 - r) + mu * (1 - tau)
    yield identity(
        "with the hinge as a penalty, a single feature shrinks to a length of its own below one "
        "wherever the weights make that pay: the constraint is not met",
        sp.expand(sp.diff(one, tau)), sp.expand(4 * lambd * (1 - r) * tau - mu),
        slip=sp.expand(4 * lambd * (1 - r) - mu), slip_words="the length of one, taken for optimal",
        tex=r"\frac{d}{d\tau}\bigl(2\lambda\tau^2(1-r) + \mu(1-\tau)\bigr) = "
        r"4\lambda(1-r)\tau - \mu",
        scope="k = 1, both hinges halved, eps = 0, every length up to one",
    )  # fmt: skip


def _gradients() -> Iterator[Step]:
    n = sp.Symbol("n", positive=True)
    x = sp.symbols("x1:4", real=True)
    y = sp.symbols("y1:4", real=True)
    mx, my = (sum(z) / 3 for z in (x, y))
    v = sum((a - mx) ** 2 for a in x) / (n - 1)
    eps = sp.Symbol("epsilon", positive=True)
    s = sp.sqrt(v + eps)
    yield identity(
        "the hinge pulls every sample away from the mean, by its own distance",
        sp.simplify(sp.diff(1 - s, x[0]) * s * (n - 1)), sp.expand(-(x[0] - mx)),
        slip=sp.expand(-2 * (x[0] - mx)), slip_words="the root's one half forgotten",
        tex=r"\partial_{z_{ki}}(1 - s_i) = -\frac{z_{ki}-\bar z_i}{(n-1)s_i}",
        scope="three samples; every divisor",
    )  # fmt: skip
    c = sum((a - mx) * (b - my) for a, b in zip(x, y, strict=True)) / (n - 1)
    yield identity(
        "and a covariance, which the sum over i and j meets twice, along the other feature",
        sp.expand(sp.diff(2 * c**2, x[0])), sp.expand(4 * c * (y[0] - my) / (n - 1)),
        slip=sp.expand(2 * c * (y[0] - my) / (n - 1)), slip_words="each pair once",
        tex=r"\partial_{z_{ki}}\textstyle\sum_{i\ne j}c_{ij}^2 = "
        r"\frac{4}{n-1}\sum_{j\ne i}c_{ij}(z_{kj}-\bar z_j)",
        scope="three samples of two features; every divisor",
    )  # fmt: skip
