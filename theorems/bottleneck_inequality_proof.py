"""The proof of what a bottleneck can and cannot do: rank, floor, antipodes, and the infimum."""

from __future__ import annotations

from collections.abc import Iterator

from .symbolic import sp
from .theorem import Step, cited, identity, inequality
from .words import identity_on, letter, rule, square

__all__ = ["proof"]


def proof() -> Iterator[Step]:
    yield from _rank()
    yield from _planes()
    yield from _antipodes()
    yield from _infimum()


def _rank() -> Iterator[Step]:
    """The chain rule through k numbers: every minor of size k + 1 vanishes."""
    for d, k in ((2, 1), (3, 2)):
        D = sp.Matrix(d, k, sp.symbols(f"D0:{d * k}"))
        E = sp.Matrix(k, d, sp.symbols(f"E0:{d * k}"))
        yield identity(
            f"the Jacobian of what passes through {k} of {d} numbers has no determinant",
            sp.expand((D * E).det()), sp.Integer(0),
            slip=sp.expand((E * D).det()),
            slip_words="the code's own Jacobian in place of the data's",
            tex=r"\nabla f = \nabla g\,\nabla e,\quad \det(\nabla g\,\nabla e) = 0",
            scope=f"d = {d}, k = {k}, every pair of Jacobians",
        )  # fmt: skip
        yield identity(
            "a connection round the bottleneck adds the identity, and the determinant is there",
            sp.expand((sp.eye(d) + D * E).det()), sp.expand((sp.eye(k) + E * D).det()),
            slip=sp.expand((E * D).det()), slip_words="the identity forgotten",
            tex=r"\det(I_d + \nabla g\,\nabla e) = \det(I_k + \nabla e\,\nabla g)",
            scope=f"d = {d}, k = {k}, every pair of Jacobians",
        )  # fmt: skip


def _planes() -> Iterator[Step]:
    X, Y = letter("X", "d", "n"), letter("Y", "d", "n")
    P, H = letter(r"\Pi", "d", "d", symmetric=True), letter("H", "n", "n", symmetric=True)
    one, rows = identity_on("d"), identity_on("n")
    yield identity(
        "centring the rows loses the error of the means and nothing else",
        square(X @ H - Y @ H) + square((X - Y) @ (rows - H)),
        square(X - Y).given(rule(H @ H, H)),
        slip=square(X @ H - Y @ H) + square(X @ (rows - H)),
        slip_words="the mean reconstruction forgotten",
        tex=r"\lVert X-\hat X\rVert^2 = \lVert(X-\hat X)H\rVert^2 + \lVert(X-\hat X)(I-H)\rVert^2",
        scope="every d and n",
    )  # fmt: skip
    yield identity(
        "an affine decoder: centred reconstructions lie in a k-dimensional space, whatever the "
        "encoder, and lose what the space loses",
        square(X - Y).given(rule(P @ P, P), rule(P @ Y, Y)),
        square((one - P) @ X) + square(P @ X - Y),
        slip=square((one - P) @ X) + square(X - Y), slip_words="the distance to the data itself",
        tex=r"\lVert X-\hat X\rVert^2 = \lVert(I-\Pi)X\rVert^2 + \lVert\Pi X-\hat X\rVert^2",
        scope="every d, n and k, centred rows; the first term is at least nF by Ky Fan",
    )  # fmt: skip
    m, c = letter(r"\mu", "d", "1"), letter("c", "d", "1")
    w = letter("w", "n", "1")
    lost = square(X - c @ w.T).given(rule(X @ w, m), rule(w.T @ w, identity_on("1")))
    yield identity(
        "the best constant is the mean, and loses the variance",
        lost, square(X) - square(m) + square(m - c),
        slip=square(X) + square(m - c), slip_words="the mean's own square left in",
        tex=r"\mathbb{E}\lVert x-c\rVert^2 = \mathbb{E}\lVert x-\mu\rVert^2"
        r" + \lVert\mu-c\rVert^2",
        scope="every d and n; w has the entries 1/sqrt(n), and mu and c are taken times sqrt(n)",
    )  # fmt: skip


def _antipodes() -> Iterator[Step]:
    here, there = sp.symbols("e_theta e_opposite", real=True)
    difference = here - there
    swapped = difference.subs({here: there, there: here}, simultaneous=True)
    yield identity(
        "half a turn on, the difference of the codes of opposite points has the other sign; if it "
        "is continuous it is zero in between, and two opposite points have one code",
        swapped, -difference,
        slip=difference, slip_words="the difference taken to be even",
        tex=r"h(\theta) = e(\theta)-e(\theta+\pi),\quad h(\theta+\pi) = -h(\theta)",
        scope="k = 1; between them the intermediate value theorem",
    )  # fmt: skip
    x, y = letter("x", "d", "1"), letter(r"\hat x", "d", "1")
    yield identity(
        "one reconstruction cannot be near both",
        square(x - y) + square(x + y), 2 * square(x) + 2 * square(y),
        slip=square(x) + square(y), slip_words="the factor two forgotten",
        tex=r"\lVert x-\hat x\rVert^2+\lVert-x-\hat x\rVert^2 = 2\lVert x\rVert^2"
        r"+2\lVert\hat x\rVert^2",
        scope="every d",
    )  # fmt: skip
    r, s, t = sp.symbols("r s t", nonnegative=True)
    yield inequality(
        "so the worse of the two errors is at least the radius",
        2 * r**2, 2 * (r**2 + s**2 + t**2), because=[2 * s**2, 2 * t**2],
        slip=2 * s**2 + 2 * t**2, slip_words="the radius left out",
        tex=r"2\max(\cdot)^2 \ge \lVert x-\hat x\rVert^2+\lVert-x-\hat x\rVert^2 \ge 2r^2",
        scope="a reconstruction (s, t); every radius",
    )  # fmt: skip
    yield cited(
        "for every k: a continuous map from the sphere in k + 1 dimensions to k numbers takes one "
        "value at two opposite points",
        tex=r"e: S^k \to \mathbb{R}^k \text{ continuous} \Rightarrow \exists x: e(x) = e(-x)",
        source="K. Borsuk, Fundamenta Mathematicae 20 (1933)",
    )  # fmt: skip


def _infimum() -> Iterator[Step]:
    t, u = sp.symbols("t u", real=True)
    delta, r = sp.symbols("delta r", positive=True)
    angle = t + (2 * sp.pi - delta) * t / delta  # between the point and what its code is decoded to
    yield identity(
        "an encoder that runs along the circle and hurries back over an arc decodes that arc "
        "running the other way",
        sp.expand(angle), 2 * sp.pi * t / delta,
        slip=(2 * sp.pi - delta) * t / delta, slip_words="the point's own way forgotten",
        tex=r"t + (2\pi-\delta)\tfrac t\delta = \tfrac{2\pi t}{\delta}", scope="every arc",
    )  # fmt: skip
    squared_chord, total = 2 * r**2 * (1 - sp.cos(u)), 2 * r**2 * (u - sp.sin(u))
    yield identity(
        "the squared chord over an angle has a primitive",
        sp.diff(total, u), squared_chord,
        slip=2 * r**2 * (1 + sp.cos(u)), slip_words="the chord to the opposite point",
        tex=r"\bigl(2r^2(u-\sin u)\bigr)' = 2r^2(1-\cos u)", scope="every angle and radius",
    )  # fmt: skip
    mean = (total.subs(u, 2 * sp.pi) - total.subs(u, 0)) * delta / (2 * sp.pi) / (2 * sp.pi)
    yield identity(
        "so its mean squared error is proportional to the arc: the infimum over continuous codes "
        "is zero, and none reaches it",
        mean, delta * r**2 / sp.pi,
        slip=delta * r**2 / (2 * sp.pi), slip_words="half a chord in place of a chord",
        tex=r"\frac{1}{2\pi}\int_0^\delta 2r^2\bigl(1-\cos\tfrac{2\pi t}{\delta}\bigr)dt ="
        r" \frac{\delta r^2}{\pi}",
        scope="every arc and radius, d = 2, k = 1",
    )  # fmt: skip
