"""The proof that the spectral contrastive loss is a factorisation, and of what it can reach."""

from __future__ import annotations

from collections.abc import Iterator

from .symbolic import sp
from .theorem import Step, cited, identity, inequality
from .words import letter, square, trace

__all__ = ["proof"]


def proof() -> Iterator[Step]:
    yield from _factorisation()
    yield from _least()
    yield from _batches()


def _factorisation() -> Iterator[Step]:
    a, b, c, f, g = sp.symbols("a b c f g", positive=True)  # a table [[a, b], [b, c]], two features
    weights, features = (a + b, b + c), (f, g)
    table = ((a, b), (b, c))
    places = [(i, j) for i in range(2) for j in range(2)]
    scaled = {(i, j): table[i][j] / sp.sqrt(weights[i] * weights[j]) for i, j in places}
    rows = [sp.sqrt(w) * x for w, x in zip(weights, features, strict=True)]
    loss = sum(
        -2 * table[i][j] * features[i] * features[j]
        + weights[i] * weights[j] * (features[i] * features[j]) ** 2
        for i, j in places
    )
    squares = sum((scaled[place] - rows[place[0]] * rows[place[1]]) ** 2 for place in places)
    yield identity(
        "with features weighted by the roots of their shares the loss is a squared error",
        sp.expand(loss), sp.expand(squares - sum(x**2 for x in scaled.values())),
        slip=sp.expand(squares), slip_words="the table's own square forgotten",
        tex=r"L(f) = \lVert\bar A - FF^\top\rVert^2 - \lVert\bar A\rVert^2,\quad "
        r"\bar A_{ij} = A_{ij}/\sqrt{w_i w_j},\ F_i = \sqrt{w_i}\,f_i",
        scope="two points, one feature, all entries free",
    )  # fmt: skip
    A, F = letter("A", "m", "m", symmetric=True), letter("F", "m", "k")
    yield identity(
        "likewise of any number of points and features",
        square(A - F @ F.T), square(A) - 2 * trace(A @ F @ F.T) + trace(F @ F.T @ F @ F.T),
        slip=square(A) - trace(A @ F @ F.T) + trace(F @ F.T @ F @ F.T),
        slip_words="the cross term counted once",
        tex=r"\lVert\bar A - FF^\top\rVert^2 = \lVert\bar A\rVert^2 "
        r"- 2\operatorname{tr}\bar A FF^\top + \lVert FF^\top\rVert^2", scope="every size",
    )  # fmt: skip
    x, y = sp.symbols("x y", real=True)
    form = x**2 + y**2 - sum(scaled[i, j] * (x, y)[i] * (x, y)[j] for i, j in places)
    yield inequality(
        "no eigenvalue of the scaled table exceeds one",
        sp.Integer(0), sp.simplify(sp.expand(form)),
        because=[b * (x / sp.sqrt(a + b) - y / sp.sqrt(b + c)) ** 2],
        slip=sp.simplify(sp.expand(form - x**2 / 2)), slip_words="nor half of one",
        tex=r"x^\top(I - \bar A)x = \tfrac12\textstyle\sum_{ij}A_{ij}"
        r"\bigl(x_i/\sqrt{w_i} - x_j/\sqrt{w_j}\bigr)^2 \ge 0", scope="two points",
    )  # fmt: skip


def _least() -> Iterator[Step]:
    yield cited(
        "the trace is at most that of the eigenvalues in their order (von Neumann): rotate F to "
        "the table's own directions and only squares g of singular values are left",
        tex=r"\operatorname{tr}\bar A FF^\top \le \sum_{i \le k}\lambda_i g_i,\quad g_i \ge 0",
        source="J. von Neumann 1937 (from memory)",
    )  # fmt: skip
    g, up = sp.symbols("g lambda", nonnegative=True)
    yield inequality(
        "where an eigenvalue is positive, the feature is best as long as its root",
        -(up**2), g**2 - 2 * up * g, because=[(g - up) ** 2],
        slip=g**2 - up * g, slip_words="the cross term counted once",
        tex=r"g^2 - 2\lambda g \ge -\lambda^2\text{ for } \lambda \ge 0", scope="all g, lambda",
    )  # fmt: skip
    down = sp.Symbol("mu", positive=True)
    yield inequality(
        "where it is negative, no feature at all is best: a Gram matrix has no negative side",
        sp.Integer(0), g**2 + 2 * down * g, because=[g**2, 2 * down * g],
        slip=g**2 + 2 * down * g - down**2, slip_words="its square gained there too",
        tex=r"g^2 - 2\lambda g \ge 0\text{ for } \lambda = -\mu < 0,\ g \ge 0",
        scope="all g, lambda",
    )  # fmt: skip


def _batches() -> Iterator[Step]:
    n = sp.Symbol("n", positive=True)
    met, other = sp.symbols("p q", nonnegative=True)  # the mean squares of pairs, and of strangers
    yield identity(
        "over other pairs the batch's mean is the population's; over all pairs it is not",
        (n * met + n * (n - 1) * other) / n**2, other + (met - other) / n,
        slip=other, slip_words="own pairs counted as strangers",
        tex=r"\mathbb{E}\tfrac1{n^2}\textstyle\sum_{ij}s_{ij}^2 = q + \tfrac1n(p - q)",
        scope="every n",
    )  # fmt: skip
    s = sp.Matrix(2, 2, sp.symbols("s_1:5", real=True))
    all_pairs = sum(x**2 for x in s) / 4 - s.trace()
    apart = (s / 2 - sp.eye(2)).applyfunc(lambda x: x**2)
    yield identity(
        "over all pairs it is a squared error too, of the identity: n - d of it remain at rank d",
        sp.expand(all_pairs), sp.expand(sum(apart) - 2),
        slip=sp.expand(sum(apart)), slip_words="the identity's own square forgotten",
        tex=r"L_{\text{all}} = \lVert\tfrac1n S - I\rVert^2 - n \ge -\min(n, d)", scope="n = 2",
    )  # fmt: skip
    length = sp.Symbol("l", positive=True)
    basis = length**2 * sp.eye(2)
    others = (basis[0, 1] ** 2 + basis[1, 0] ** 2) / 2 - basis.trace()
    yield identity(
        "over other pairs a batch has no floor: orthogonal rows may grow without end",
        others, -2 * length**2, slip=-2 * length**2 + length**4,
        slip_words="own pairs counted as strangers, which would stop them",
        tex=r"L(\ell e_1, \ell e_2) = -2\ell^2", scope="n = 2",
    )  # fmt: skip
