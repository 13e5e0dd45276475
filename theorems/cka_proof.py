"""The proof that CKA is a cosine of Gram matrices, of what it does not see, and of what it sees
where there is nothing."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

from .symbolic import sp
from .theorem import Step, enumeration, identity, inequality

__all__ = ["proof"]


def proof() -> Iterator[Step]:
    yield from _cosine()
    yield from _maps()
    yield from _gradient()
    yield from _unrelated()


def _cosine() -> Iterator[Step]:
    a, b = sp.symbols("a1:4", real=True), sp.symbols("b1:4", real=True)
    inner = sum(s * t for s, t in zip(a, b, strict=True))
    lengths = sum(s * s for s in a) * sum(t * t for t in b)
    squares = [(a[i] * b[j] - a[j] * b[i]) ** 2 for i in range(3) for j in range(i)]
    yield inequality(
        "Cauchy and Schwarz, with what is missing: CKA is 1 or -1 only where the two are "
        "proportional",
        inner**2, lengths, because=squares, slip=lengths + squares[0],
        slip_words="one of the squares left over",
        tex=r"\lVert A\rVert^2\lVert B\rVert^2 - \langle A, B\rangle^2 = "
        r"\sum_{i<j}(a_ib_j - a_jb_i)^2 \ge 0",
        scope="three entries; further ones add further squares",
    )  # fmt: skip
    X, Y = (sp.Matrix(2, 2, sp.symbols(f"{z}1:5", real=True)) for z in "xy")
    yield identity(
        "of Gram matrices the inner product is a sum of squares: biased, it is never negative",
        sp.expand((X * X.T * Y * Y.T).trace()), sp.expand(sum(e**2 for e in X.T * Y)),
        slip=sp.expand((X.T * Y).trace() ** 2), slip_words="the square of the trace",
        tex=r"\langle xx^\top, yy^\top\rangle = \lVert x^\top y\rVert_F^2", scope="n = p = q = 2",
    )  # fmt: skip
    s, t, u, v, w = sp.symbols("s t u v w", real=True)
    c, d = (1 - w**2) / (1 + w**2), 2 * w / (1 + w**2)  # the cosine and the sine of an angle
    turn = sp.Matrix([[c, -d], [d, c]])
    A, B = sp.diag(s, t), turn * sp.diag(u, v) * turn.T
    yield identity(
        "principal directions are weighed by how much varies along them",
        sp.together((A * B).trace()),
        sp.together(s * u * c**2 + s * v * d**2 + t * u * d**2 + t * v * c**2),
        slip=sp.together(s * u * c + s * v * d + t * u * d + t * v * c),
        slip_words="cosines in place of their squares",
        tex=r"\langle A, B\rangle = \sum_{ij}\lambda_i\mu_j\langle u_i, v_j\rangle^2",
        scope="two directions, any angle",
    )  # fmt: skip


def _maps() -> Iterator[Step]:
    X = sp.Matrix(2, 2, sp.symbols("x1:5", real=True))
    w, a, b, s = sp.symbols("w a b s", real=True)
    turn = sp.Matrix([[1 - w**2, -2 * w], [2 * w, 1 - w**2]]) / (1 + w**2)
    yield identity(
        "turned features have the same Gram matrix; sheared ones do not",
        (X * turn * turn.T * X.T).applyfunc(sp.cancel), (X * X.T).applyfunc(sp.expand),
        slip=(X * sp.Matrix([[1, w], [0, 1]]) * sp.Matrix([[1, 0], [w, 1]]) * X.T).applyfunc(
            sp.expand
        ),
        slip_words="any invertible map",
        tex=r"(xQ)(xQ)^\top = xx^\top", scope="n = p = 2, any angle",
    )  # fmt: skip
    H = sp.eye(2) - sp.ones(2, 2) / 2
    moved = X + sp.ones(2, 1) * sp.Matrix([[a, b]])
    yield identity(
        "a shift that all samples share is centred away",
        (H * moved).applyfunc(sp.expand), (H * X).applyfunc(sp.expand),
        slip=(moved * H).applyfunc(sp.expand),
        slip_words="centred along the features",
        tex=r"H(x + 1a^\top) = Hx", scope="n = p = 2",
    )  # fmt: skip
    r = sp.symbols("r1:5", real=True)
    K = sp.Matrix(4, 4, lambda i, j: sp.Symbol(f"k{min(i, j)}{max(i, j)}", real=True))
    longer = sp.Matrix(4, 4, lambda i, j: K[i, j] + r[i] + r[j])
    yield identity(
        "what a shift adds to a Gram matrix, U-centring takes away as well",
        sp.expand(_entry(longer, 2, 6)), sp.expand(_entry(K, 2, 6)),
        slip=sp.expand(_entry(longer, 4, 16)), slip_words="means over the diagonal's zeros too",
        tex=r"P(K + r1^\top + 1r^\top) = P(K)", scope="n = 4, one entry, all numbers free",
    )  # fmt: skip
    A, B = (sp.Matrix(1, 2, sp.symbols(f"{z}1:3", real=True)) for z in "ab")

    def compared(first: sp.Matrix, lengths_of: sp.Matrix) -> sp.Expr:
        lengths = (lengths_of * lengths_of.T)[0] * (B * B.T)[0]
        return sp.expand((first * B.T)[0] ** 2 * lengths)

    yield identity(
        "one scale for all features cancels: it is in both lengths, squared as the product is",
        compared(s**2 * A, A), compared(A, s**2 * A), slip=compared(A, s * A),
        slip_words="features in the numerator, and their norms in the denominator",
        tex=r"\frac{\langle s^2A, B\rangle}{\lVert s^2A\rVert} = "
        r"\frac{\langle A, B\rangle}{\lVert A\rVert}",
        scope="two entries",
    )  # fmt: skip


def _entry(K: sp.Matrix, row: int, whole: int) -> sp.Expr:
    """The first off the diagonal, less the two row sums' means and plus the whole's, in both of
    which the diagonal counts as zero."""
    hollow = K - sp.diag(*K.diagonal())
    sums = sum(hollow[0, :]) + sum(hollow[1, :])
    return K[0, 1] - sums / sp.Integer(row) + sum(hollow) / sp.Integer(whole)


def _gradient() -> Iterator[Step]:
    x = sp.Matrix(sp.symbols("x1:3", real=True))
    b1, b2, b3 = sp.symbols("b1:4", real=True)
    B = sp.Matrix([[b1, b2], [b2, b3]])
    inner, length = (x.T * B * x)[0], (x.T * x)[0]  # of A = xx' with B, and of A
    found = sp.Matrix([length * sp.diff(inner, e) - inner * sp.diff(length, e) for e in x])
    yield identity(
        "the gradient is what of B is not along A, applied to the features",
        found.applyfunc(sp.expand), (2 * (length * B - inner * sp.eye(2)) * x).applyfunc(sp.expand),
        slip=(2 * length * B * x).applyfunc(sp.expand), slip_words="the length of A held fast",
        tex=r"\nabla_x = \frac{2}{\lVert A\rVert}\Bigl(\frac{B}{\lVert B\rVert} - \mathrm{CKA}\,"
        r"\frac{A}{\lVert A\rVert}\Bigr)x",
        scope="two samples of one feature, before centring, where Ax is x times the length of A",
    )  # fmt: skip


# -- features that have nothing in common ---------------------------------------------------------


def _unrelated() -> Iterator[Step]:
    sizes = tuple(product(range(1, 4), repeat=2))
    yield enumeration(
        "a Gram matrix of noise has a mean squared length: m = n - 1 directions, p features",
        lambda: sizes, holds=lambda size: _of_noise(*size) == size[0] * size[1] * (sum(size) + 1),
        slip=lambda size: _of_noise(*size) == size[0] * size[1] * sum(size),
        slip_words="the fourth moment of a Gaussian taken for 2",
        tex=r"\mathbb{E}\lVert xx^\top\rVert_F^2 = mp(m + p + 1)",
        scope="m, p = 1, 2, 3, by Isserlis' formula",
    )  # fmt: skip
    m, p, q = sp.symbols("m p q", positive=True)
    lengths = m * p * (m + p + 1) * m * q * (m + q + 1)
    yield identity(
        "so CKA of independent noise is not near zero, unless samples outnumber features",
        sp.cancel((m * p * q) ** 2 / lengths), p * q / ((p + m + 1) * (q + m + 1)),
        slip=p * q / ((p + m) * (q + m)), slip_words="one sample less",
        tex=r"\frac{\mathbb{E}\langle A, B\rangle^2}{\mathbb{E}\lVert A\rVert^2\,\mathbb{E}\lVert "
        r"B\rVert^2} \to \frac{pq}{(p + n)(q + n)}",
        scope="every n = m + 1, p, q; squared means for the mean square",
    )  # fmt: skip


def _of_noise(m: int, p: int) -> int:
    """E of the sum over i, j of (sum over a of x_ia x_ja)^2, by pairing equal indices."""
    return sum(
        (i == j) + (a == b) + (i == j and a == b)
        for i, j in product(range(m), repeat=2)
        for a, b in product(range(p), repeat=2)
    )
