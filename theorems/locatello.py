r"""Disentanglement without supervision: the same data, and coordinates that are mixed.

## Statement

Let z have $d \ge 2$ independent coordinates with positive continuous densities and distribution
functions $F_i$.  For every rotation R the map $T = F^{-1}\circ\Phi\circ R\circ\Phi^{-1}\circ F$
leaves the law of z as it is, and if no entry of R is zero, every coordinate of T(z)
changes with each of z.  So $x = g(z)$ and $x = (g\circ T^{-1})(T(z))$ are two models of one law of
data.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction
from itertools import permutations, product

import numpy as np
from scipy.special import ndtr, ndtri

from .picture import Picture
from .symbolic import sp
from .theorem import Assumption, Step, Theorem, enumeration, identity

__all__ = ["LOCATELLO", "mixed", "rotation"]

Cells = tuple[int, ...]  # where each of the four outcomes of two coins is sent
COINS = tuple(product((0, 1), repeat=2))


# -- the construction -----------------------------------------------------------------------------


def rotation(angle: float) -> np.ndarray:
    """Of the plane, by `angle` in radians."""
    c, s = np.cos(angle), np.sin(angle)
    return np.array([[c, -s], [s, c]])


def mixed(
    z: np.ndarray,
    turn: np.ndarray,
    cdf: Callable[[np.ndarray], np.ndarray] = lambda z: z,
    inverse: Callable[[np.ndarray], np.ndarray] = lambda u: u,
) -> np.ndarray:
    """T(z), row by row of `z` [n, d], for an orthogonal `turn` [d, d]: `cdf` and its `inverse` act
    on each column, and are those of the uniform prior on (0, 1) unless told otherwise."""
    return np.asarray(inverse(ndtr(ndtri(cdf(z)) @ turn.T)))


# -- proof ----------------------------------------------------------------------------------------


def proof() -> Iterator[Step]:
    yield from _change_of_variables()
    yield from _mixing()
    yield from _gaussian_only()
    yield from _coins()


def _change_of_variables() -> Iterator[Step]:
    w = sp.Symbol("w", real=True)
    yield identity(
        "from a coordinate to a standard normal one and back: the slope is a quotient of densities",
        sp.diff((1 + sp.erf(w / sp.sqrt(2))) / 2, w), sp.exp(-(w**2) / 2) / sp.sqrt(2 * sp.pi),
        slip=sp.exp(-(w**2)) / sp.sqrt(sp.pi), slip_words="the root of two forgotten",
        tex=r"\Phi' = \varphi:\quad \Phi(w) = F(z) \Rightarrow \varphi(w)\,dw = p(z)\,dz",
        scope="every distribution function with a density p",
    )  # fmt: skip
    c, s, a, b = sp.symbols("c s a b", real=True)
    turned = (c * a - s * b) ** 2 + (s * a + c * b) ** 2
    yield identity(
        "a rotation keeps the length, on which alone the standard normal density depends",
        sp.expand(turned), sp.expand((c**2 + s**2) * (a**2 + b**2)),
        slip=sp.expand((c**2 + s**2) * (a**2 + b**2) + 4 * c * s * a * b),
        slip_words="a shear taken for a rotation",
        tex=r"|Rw|^2 = |w|^2 \Rightarrow \textstyle\prod_i\varphi(v_i) = \prod_i\varphi(w_i)",
        scope="a plane of two coordinates, in which every rotation is a product of such",
    )  # fmt: skip
    p1, p2, q1, q2 = sp.symbols("p1 p2 q1 q2", positive=True)  # densities at z and at T(z)
    f1, f2, g1, g2 = sp.symbols("f1 f2 g1 g2", positive=True)  # the normal's, at w and at v
    R = sp.Matrix([[c, -s], [s, c]])
    jacobian = sp.diag(g1 / q1, g2 / q2) * R * sp.diag(p1 / f1, p2 / f2)
    product_of_ratios = g1 * g2 * p1 * p2 / (f1 * f2 * q1 * q2)
    yield identity(
        "so the three maps together have the determinant that a map onto the same law needs",
        sp.expand(jacobian.det()), sp.expand((c**2 + s**2) * product_of_ratios),
        slip=sp.expand((c**2 - s**2) * product_of_ratios), slip_words="a sign in the determinant",
        tex=r"|\det T'| = \frac{\prod p_i(z_i)}{\prod p_i(t_i)}\cdot\frac{\prod\varphi(v_i)}"
        r"{\prod\varphi(w_i)} = \frac{\prod p_i(z_i)}{\prod p_i(t_i)}",
        scope="two coordinates; T is a bijection, so the law of T(z) is that of z",
    )  # fmt: skip


def _mixing() -> Iterator[Step]:
    ratio, other = sp.symbols("r q", positive=True)
    angle = sp.pi / 4
    turn = sp.Matrix([[sp.cos(angle), -sp.sin(angle)], [sp.sin(angle), sp.cos(angle)]])
    slopes = sp.diag(ratio, other) * turn
    yield identity(
        "turned by 45 degrees, no entry of the slope is zero anywhere: each new coordinate changes "
        "with each old one",
        slopes[0, 0] * slopes[0, 1] * slopes[1, 0] * slopes[1, 1], -((ratio * other) ** 2) / 4,
        slip=sp.Integer(0), slip_words="some pair taken for unmixed",
        tex=r"\frac{\partial t_i}{\partial z_j} = \frac{\varphi(v_i)}{p_i(t_i)}\,R_{ij}\,"
        r"\frac{p_j(z_j)}{\varphi(w_j)} \ne 0", scope="two coordinates; r and q are positive",
    )  # fmt: skip


def _gaussian_only() -> Iterator[Step]:
    x, y, k = sp.symbols("x y k", real=True)

    def turning(log_density: Callable[[sp.Expr], sp.Expr]) -> sp.Expr:
        total = log_density(x) + log_density(y)
        return sp.expand(x * sp.diff(total, y) - y * sp.diff(total, x))

    yield identity(
        "a rotation alone will do for Gaussian coordinates of mean zero and one variance",
        turning(lambda t: -k * t**2), sp.Integer(0), slip=2 * k * x * y,
        slip_words="one of the two terms only",
        tex=r"(x\partial_y-y\partial_x)\bigl[h(x)+h(y)\bigr] = 0 \text{ for } h(t) = -kt^2",
        scope="two coordinates",
    )  # fmt: skip
    at_x, at_y = sp.symbols("hx hy", real=True)  # h'(x) and h'(y)
    yield identity(
        "and for no others: h'(x)/x would be h'(y)/y, so a constant (Maxwell); hence the way there "
        "and back",
        sp.expand((x * at_y - y * at_x) / (x * y)), at_y / y - at_x / x,
        slip=at_y / x - at_x / y, slip_words="the coordinates exchanged",
        tex=r"\frac{(x\partial_y-y\partial_x)[h(x)+h(y)]}{xy} = \frac{h'(y)}{y}-\frac{h'(x)}{x}",
        scope="every differentiable log-density h; hx and hy are its slopes",
    )  # fmt: skip


def _law(bias: Fraction) -> tuple[Fraction, ...]:
    """Of two coins that fall on one with the chance `bias`."""
    one = {1: bias, 0: 1 - bias}
    return tuple(one[a] * one[b] for a, b in COINS)


def keeping(bias: Fraction) -> list[Cells]:
    """The rearrangements of the four outcomes that leave their law as it is."""
    law = _law(bias)
    return [
        cells for cells in permutations(range(4)) if all(law[i] == law[cells[i]] for i in RANGE)
    ]


RANGE = range(4)


def mixes(cells: Cells) -> bool:
    """Whether some new coin depends on both old ones."""

    def depends(new: int, old: int) -> bool:
        return any(COINS[cells[i]][new] != COINS[cells[i ^ (2 >> old)]][new] for i in RANGE)

    return any(depends(new, 0) and depends(new, 1) for new in (0, 1))


def _coins() -> Iterator[Step]:
    yield enumeration(
        "without densities: of two fair coins a and b, a and (a or b, but not both) are two fair "
        "coins too, and so on for 16 of the 24 rearrangements",
        lambda: [keeping(Fraction(1, 2))],
        holds=lambda found: (len(found), sum(map(mixes, found))) == (24, 16),
        slip=lambda found: not any(map(mixes, found)), slip_words="none of them mixes",
        tex=r"(a, b) \mapsto (a, a\oplus b)", scope="all 24 rearrangements of four outcomes",
    )  # fmt: skip
    yield enumeration(
        "a coin that is not fair has an atom of its own size, and only exchanging the two coins is "
        "left: that there are densities is needed",
        lambda: [keeping(Fraction(k, 7)) for k in range(1, 7)],
        holds=lambda found: len(found) == 2 and not any(map(mixes, found)),
        slip=lambda found: len(found) == 1, slip_words="not even the exchange",
        tex=r"\Pr(a = 1) \ne \tfrac12", scope="biases of one to six sevenths, all rearrangements",
    )  # fmt: skip


# -- assumptions ----------------------------------------------------------------------------------


def with_atoms() -> float:
    """Two coins that fall on one once in three times: how many of the maps that keep their law mix
    them, less the one that the theorem promises."""
    return float(sum(map(mixes, keeping(Fraction(1, 3)))) - 1)


def with_something_seen_beside() -> float:
    """A label that tells whether the second of two normal coordinates is beyond one, where its
    variance is larger: the two stay uncorrelated given the label, and their images at 45 degrees,
    which have the same law without it, do not."""
    turn = rotation(np.pi / 4)
    beyond = 1 + np.exp(-0.5) / np.sqrt(2 * np.pi) / ndtr(-1.0)  # E[z² | |z| > 1]
    seen = turn @ np.diag([1.0, beyond]) @ turn.T
    return -abs(float(seen[0, 1])) / float(np.sqrt(seen[0, 0] * seen[1, 1]))


def with_a_linear_mixture() -> float:
    """Uniform coordinates turned by 45 degrees, as a linear decoder may turn them: the excess
    kurtosis of each goes from -6/5 to -3/5."""
    excess = -1.2
    turned = excess * float(np.sum(rotation(np.pi / 4)[0] ** 4))
    return -abs(turned - excess)


def with_coordinates_that_depend() -> float:
    """Two coordinates with the correlation 1/2, turned by 45 degrees: they have none."""
    turn = rotation(np.pi / 4)
    return -abs(float((turn @ np.array([[1, 0.5], [0.5, 1]]) @ turn.T)[0, 1]) - 0.5)


ASSUMPTIONS = (
    Assumption(
        words="the coordinates have densities",
        fails="mixing: of coins that are not fair no map that keeps their law mixes them",
        without=with_atoms,
    ),
    Assumption(
        words="the coordinates are independent",
        fails="same law: of correlated coordinates a rotation changes the correlation",
        without=with_coordinates_that_depend,
    ),
    Assumption(
        words="nothing is seen but x: no label, no time, no pair",
        fails="same law: given a label on which variances depend, mixed coordinates are correlated",
        without=with_something_seen_beside,
    ),
    Assumption(
        words="the decoder may be any invertible map",
        fails="same law: a linear map that mixes coordinates keeps their law only where they are "
        "Gaussian",
        without=with_a_linear_mixture,
    ),
    Assumption(
        words=r"$d \ge 2$",
        unknown="one coordinate cannot be mixed with another; there is nothing to claim",
    ),
)


# -- a picture ------------------------------------------------------------------------------------


def picture() -> Picture:
    """Where five straight lines of the square go, on each of which one coordinate is constant."""
    along = np.linspace(0.001, 0.999, 61)
    lines = {}
    for height in (0.1, 0.3, 0.5, 0.7, 0.9):
        rows = mixed(np.stack([along, np.full_like(along, height)], axis=1), rotation(np.pi / 4))
        lines[f"second coordinate {height - 0.5:+.1f}"] = tuple(
            (float(a), float(b)) for a, b in rows - 0.5
        )
    return Picture(
        "A uniform square about the origin, onto itself: where its horizontal lines go",
        ("first new coordinate", "second new coordinate"),
        lines,
    )


# -- the theorem ----------------------------------------------------------------------------------

LOCATELLO = Theorem(
    id="locatello",
    title="Disentanglement is not in the data: the same law, with coordinates that are mixed",
    intuition="Independent causes can be read off the data only if no other independent causes "
    "explain them as well. But there are always others. Bend every coordinate until it is "
    "Gaussian, turn the cloud, which no Gaussian cloud can feel, and bend back: the same law, "
    "coordinate by coordinate, and every new coordinate has a part of each old one. A decoder that "
    "undoes this first makes the same data of them. What tells the two apart must come from "
    "elsewhere: from labels, from pairs, from time, or from what decoder and encoder cannot do.",
    statement=r"Let the coordinates of $z \in \mathbb{R}^d$, $d \ge 2$, be independent, with "
    r"positive continuous densities $p_i$ on intervals and distribution functions $F_i$, and $R$ "
    r"orthogonal. With $F$, $\Phi$ taken coordinate by coordinate, $T = F^{-1}\circ\Phi\circ R"
    r"\circ\Phi^{-1}\circ F$ is a bijection, $T(z)$ has the law of $z$, and "
    r"$\frac{\partial T_i}{\partial z_j} = "
    r"\frac{\varphi(v_i)}{p_i(t_i)}R_{ij}\frac{p_j(z_j)}{\varphi(w_j)}$, which is nowhere zero if "
    r"no entry of $R$ is. So for every decoder $g$ the models $g(z)$ and $(g\circ T^{-1})(z)$ have "
    r"the same law of data, and the codes of one are mixtures of the codes of the other. That "
    r"every rotation alone keeps the law holds for Gaussian coordinates with mean zero and one "
    r"variance, and for no others.",
    proof_words="Each coordinate is carried to a uniform one by its distribution function, and to "
    "a standard normal one by the inverse of the normal's. A rotation keeps the standard normal "
    "law. The same steps lead back. The chain rule gives the slopes.",
    assumptions=ASSUMPTIONS,
    references=(
        (
            "F. Locatello, S. Bauer, M. Lucic, G. Rätsch, S. Gelly, B. Schölkopf and O. Bachem, "
            "Challenging common assumptions in the unsupervised learning of disentangled "
            "representations, ICML 2019"
        ),
    ),
    proof=proof,
    families=(),
    picture=picture,
    errata=(
        (
            "A rotation of the codes proves this for a Gaussian prior only: independent "
            "coordinates whose law no rotation changes are Gaussian (Maxwell). Any other prior has "
            "to be bent there and back."
        ),
        (
            "The theorem does not say that no codes are disentangled, or learnt to be, but "
            "that the law of the data does not single them out."
        ),
    ),
)  # fmt: skip
