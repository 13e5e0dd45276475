r"""What contrastive features identify: everything, up to a rotation, and no coordinate.

## Statement

An inner product cannot feel a rotation, so that no loss of $f(x)^\top f(y)/\tau$ tells f from Qf.
That is all: if z is uniform on the sphere, its positive has the density $\propto e^{\kappa z^\top
z'}$, data are an injective function of it and $\tau = 1/\kappa$, then unit features that minimise
InfoNCE, for any number of keys from two on, are $f(x) = Qz$ with Q orthogonal.

Linear mixtures of independent sources are identified up to order and scale by what Gaussians lack:
no more than one source may be Gaussian.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import permutations

import numpy as np
from scipy.special import roots_jacobi

from .infonce_loss import HIGHEST, LOWEST, STEP, logarithm
from .picture import Picture
from .symbolic import sp
from .theorem import Assumption, Step, Theorem, cited, enumeration, identity
from .words import identity_on, letter, rule

__all__ = ["CONTRASTIVE_IDENTIFIABILITY", "contrast", "rotation_loss"]

NODES = 200  # of the quadrature over a cosine


# -- oracles --------------------------------------------------------------------------------------


def rotation_loss(d: int, kappa: float, keys: int, temperature: float) -> float:
    """The InfoNCE loss, in nats, of features that are the sources up to a rotation, on the sphere
    in d >= 2 dimensions: by Frullani's integral, one positive and `keys` - 1 negatives."""
    cosines, weights = roots_jacobi(NODES, (d - 3) / 2, (d - 3) / 2)
    negative = weights / weights.sum()
    positive = negative * np.exp(kappa * (cosines - 1))
    positive /= positive.sum()
    u = np.arange(-LOWEST - np.log(keys), HIGHEST + 2 / temperature, STEP)
    decay = np.expm1(-np.exp(u)[:, None] * np.exp((cosines - 1) / temperature))
    sums = logarithm(decay @ positive) + (keys - 1) * logarithm(decay @ negative)
    integral = STEP * float((np.expm1(-np.exp(u)) - np.expm1(sums)).sum())
    return integral + float(positive @ (1 - cosines)) / temperature


def contrast(angle: float, first: float, second: float) -> float:
    """The sum of the squared excess kurtoses of two whitened sources, with the excess kurtoses
    `first` and `second`, after a rotation by `angle` in radians: largest where they are unmixed."""
    c, s = np.cos(angle) ** 4, np.sin(angle) ** 4
    return float((first * c + second * s) ** 2 + (first * s + second * c) ** 2)


# -- proof ----------------------------------------------------------------------------------------


def proof() -> Iterator[Step]:
    yield from _rotations()
    yield from _isometries()
    yield from _sources()


def _rotations() -> Iterator[Step]:
    U, V, Q = letter("U", "n", "d"), letter("V", "n", "d"), letter("Q", "d", "d")
    yield identity(
        "all scores are the same after a rotation of all features: so is every loss of them",
        ((U @ Q) @ (V @ Q).T).given(rule(Q @ Q.T, identity_on("d"))), U @ V.T,
        slip=U @ Q @ V.T, slip_words="one side turned alone",
        tex=r"(UQ)(VQ)^\top = UV^\top", scope="every batch and dimension",
    )  # fmt: skip


def _isometries() -> Iterator[Step]:
    kappa, tau, c, t = sp.symbols("kappa tau c t", positive=True)
    density = sp.exp(kappa * t) / c  # over the sphere's own, which is that of the negatives
    yield identity(
        "the log-ratio of positives to negatives is an inner product, but for a constant",
        sp.expand_log(sp.log(density)), kappa * t - sp.log(c), slip=kappa * t,
        slip_words="the normalising constant forgotten",
        tex=r"\log r(z, z') = \kappa z^\top z' - \log A",
        scope="every sphere; t is the cosine, c the mean of its exponential",
    )  # fmt: skip
    offset = 1 / tau - kappa  # from the score at z' = z
    yield identity(
        "minimisers are log r + c(z), of which infonce-bound is the proof; at z' = z the score is "
        "1/tau, so that with the right temperature c is zero",
        offset.subs(tau, 1 / kappa), sp.Integer(0), slip=kappa, slip_words="twice the temperature",
        tex=r"\tfrac1\tau = \kappa + c(z),\ \tau = \tfrac1\kappa \Rightarrow "
        r"h(z)^\top h(z') = z^\top z'", scope="every z; h = f after g",
    )  # fmt: skip
    a, b, p, q, r = sp.symbols("a b p q r", real=True)  # Gram entries of two points
    own, first, second = a**2 * p + 2 * a * b * q + b**2 * r, a * p + b * q, a * q + b * r
    miss = own - 2 * a * first - 2 * b * second + a**2 * p + 2 * a * b * q + b**2 * r
    yield identity(
        "who keeps all inner products is linear: what h(az + bz') misses has length zero",
        sp.expand(miss), sp.Integer(0), slip=sp.expand(own - a * first - b * second + 2 * q),
        slip_words="the cross terms counted once",
        tex=r"\lVert h(az+bz')-ah(z)-bh(z')\rVert^2 = 0",
        scope="the square expanded in inner products, which are those of az + bz', z and z'; "
        "p, q, r are theirs",
    )  # fmt: skip

    def kept(order: tuple[int, ...]) -> bool:
        return all(_cosine(i - j) == _cosine(order[i] - order[j]) for i in SIX for j in SIX)

    yield enumeration(
        "on six points of a circle: of 720 rearrangements those that keep all inner products are "
        "the six turns and the six reflections",
        lambda: permutations(SIX), holds=lambda order: kept(order) == _dihedral(order),
        slip=lambda order: kept(order) == (order == tuple(SIX)),
        slip_words="the points themselves are identified",
        tex=r"h(z)^\top h(z') = z^\top z' \iff h = Q", scope="a regular hexagon",
    )  # fmt: skip


SIX = range(6)


def _cosine(step: int) -> int:
    """Twice that of so many sixths of a turn."""
    return (2, 1, -1, -2, -1, 1)[step % 6]


def _dihedral(order: tuple[int, ...]) -> bool:
    turns = {(order[i] - i) % 6 for i in SIX}
    reflections = {(order[i] + i) % 6 for i in SIX}
    return len(turns) == 1 or len(reflections) == 1


def _sources() -> Iterator[Step]:
    c, s, k, m = sp.symbols("c s k m", real=True)
    x, y = sp.symbols("x y", real=True)
    crossed = _cumulant((c * x - s * y, c * x - s * y, c * x - s * y, s * x + c * y), x, y, k, m)
    yield identity(
        "linear mixtures: cumulants of sums are sums, so that turned sources have this cross-"
        "cumulant",
        crossed, c**3 * s * k - s**3 * c * m, slip=c**3 * s * k + s**3 * c * m,
        slip_words="the sign of the turned source lost",
        tex=r"\operatorname{cum}(y_1,y_1,y_1,y_2) = c^3s\,k_1 - cs^3\,k_2",
        scope="two sources with fourth cumulants k and m, turned by an angle",
    )  # fmt: skip
    both = _cumulant((c * x - s * y, c * x - s * y, s * x + c * y, s * x + c * y), x, y, k, m)
    yield identity(
        "and this one",
        both, c**2 * s**2 * (k + m), slip=c**2 * s**2 * (k - m),
        slip_words="the two subtracted",
        tex=r"\operatorname{cum}(y_1,y_1,y_2,y_2) = c^2s^2(k_1+k_2)", scope="the same",
    )  # fmt: skip
    yield identity(
        "both vanish at a true mixture only if both cumulants do: with m = -k the first is cs k",
        sp.expand((c**3 * s * k - s**3 * c * m).subs(m, -k)), sp.expand(c * s * k * (c**2 + s**2)),
        slip=sp.expand(c * s * k * (c**2 - s**2)), slip_words="a difference, zero at 45 degrees",
        tex=r"k_2 = -k_1 \Rightarrow c^3s\,k_1-cs^3\,k_2 = cs\,k_1",
        scope="the same; a turn by a quarter only exchanges the sources",
    )  # fmt: skip
    yield cited(
        "sources without fourth cumulants that are not Gaussian are told apart by others: two "
        "independent sums of independent sources, with all weights nonzero, have Gaussian sources",
        tex=r"\text{at most one Gaussian source} \Rightarrow \text{identified up to order, scale}",
        source="Comon 1994, from Darmois and Skitovich",
    )  # fmt: skip


def _cumulant(
    parts: tuple[sp.Expr, ...], x: sp.Symbol, y: sp.Symbol, k: sp.Symbol, m: sp.Symbol
) -> sp.Expr:
    """The joint fourth cumulant of four sums of two independent sources: linear in each."""
    weights = [(sp.expand(part).coeff(x), sp.expand(part).coeff(y)) for part in parts]
    return sp.expand(
        k * sp.prod([of_x for of_x, _ in weights]) + m * sp.prod([of_y for _, of_y in weights])
    )


# -- assumptions ----------------------------------------------------------------------------------


def with_another_temperature() -> float:
    """Half the temperature times concentration, and a coordinate more, which is constant: the
    scores are log r + c, and opposite sources are at right angles."""
    product = 0.5
    z = np.array([[1.0, 0.0], [-1.0, 0.0]])
    h = np.hstack([np.sqrt(product) * z, np.full((2, 1), np.sqrt(1 - product))])
    return -float(np.max(np.abs(h @ h.T - z @ z.T)))


def without_unit_length() -> float:
    """A constant coordinate beside the sources moves all scores alike, which no loss can feel."""
    z = np.eye(2)
    h = np.hstack([z, np.ones((2, 1))])
    return -float(np.max(np.abs(h @ h.T - z @ z.T)))


def with_another_law_of_positives() -> float:
    """Positives uniform on the sphere, whatever the source: the constant critic is best, and all
    features may be one vector."""
    z = np.array([[1.0, 0.0], [-1.0, 0.0]])
    return -float(np.max(np.abs(np.ones((2, 2)) - z @ z.T)))


def with_two_gaussian_sources() -> float:
    """What the best contrast may lack of a source: by its kurtosis 45 degrees are as good as none,
    and there every source has half of every other."""
    best = contrast(0.0, 0.0, 0.0)
    angles = [angle for angle in (0.0, np.pi / 4) if contrast(angle, 0.0, 0.0) >= best]
    return -max(float(np.sin(angle) ** 2) for angle in angles)


def with_features_read_by_coordinates() -> float:
    """Features turned by 30 degrees, taken coordinate by coordinate for the sources."""
    angle = np.pi / 6
    return -float(1 - np.cos(angle))


ASSUMPTIONS = (
    Assumption(
        words=r"the temperature is $1/\kappa$",
        fails="isometry: at lower ones a constant coordinate more makes the best scores",
        without=with_another_temperature,
    ),
    Assumption(
        words="features have length one",
        fails="isometry: a constant coordinate is not felt",
        without=without_unit_length,
    ),
    Assumption(
        words=r"positives have the density $\propto e^{\kappa z^\top z'}$ over the sphere's own",
        fails="isometry: of positives that know nothing of z nothing is learnt",
        without=with_another_law_of_positives,
    ),
    Assumption(
        words="identified is what it is up to a rotation",
        fails="coordinates: features turned by 30 degrees have the same loss",
        without=with_features_read_by_coordinates,
    ),
    Assumption(
        words="no more than one source is Gaussian, for linear mixtures",
        fails="order and scale: two Gaussian sources look the same from every side",
        without=with_two_gaussian_sources,
    ),
    Assumption(
        words="the loss is at its minimum",
        unknown="of features that are not at the loss of the rotation nothing is said: compare it "
        "with the oracle first; training often stops at a sphere that is folded",
    ),
)


# -- a picture ------------------------------------------------------------------------------------


def picture() -> Picture:
    """What the right features lose in 16 keys, by the temperature times the concentration."""
    shares = 2.0 ** np.arange(-2.0, 2.01, 0.25)
    series = {
        f"concentration {kappa:g}": tuple(
            (float(share), rotation_loss(3, kappa, 16, float(share) / kappa)) for share in shares
        )
        for kappa in (1.0, 2.0, 5.0)
    }
    return Picture(
        "The loss of the sources themselves, in 16 keys on the sphere: least at the temperature "
        "that is one over the concentration",
        ("temperature times concentration", "InfoNCE loss, nats"),
        series,
    )


# -- the theorem ----------------------------------------------------------------------------------

CONTRASTIVE_IDENTIFIABILITY = Theorem(
    id="contrastive-identifiability",
    title="What contrastive features identify: the sources up to a rotation, and no coordinate",
    intuition="The loss sees inner products and nothing else. So it can never prefer one set of "
    "axes: turn all features and it stays as it is, to the last digit. What it can do is to get "
    "all inner products right, and then the whole shape is right, since a shape is known up to a "
    "rotation when all its angles are. Whoever wants the axes needs something that a rotation "
    "changes, as independent sources that are not Gaussian have.",
    statement=r"For orthogonal $Q$, $f$ and $Qf$ have the same loss, whatever it makes of "
    r"$f(x)^\top f(y)$. Let $z$ be uniform on $S^{d-1}$, $z'$ given $z$ of the density $e^{\kappa "
    r"z^\top z'}/A$ over it, $x = g(z)$ with $g$ injective, $|f| = 1$ and $\tau = 1/\kappa$. "
    r"For any number of keys from two on, $f$ minimises InfoNCE just if $f(g(z)) = Qz$ with $Q$ "
    r"orthogonal (almost everywhere; into $\mathbb{R}^d$, or as an isometry into more dimensions). "
    r"Two independent whitened sources with fourth cumulants $k_1, k_2$, not both zero, turned by "
    r"an angle, are uncorrelated to the fourth order only at multiples of 90 degrees; sources of "
    r"which no more than one is Gaussian are identified up to order and scale.",
    proof_words="At its minimum the score is the log-ratio plus a function of the anchor. At "
    "coinciding points the score is $1/\\tau$, which makes that function zero at the right "
    "temperature; so inner products are kept, and whoever keeps them is linear. For sources, "
    "cumulants of sums of independent terms are sums.",
    assumptions=ASSUMPTIONS,
    references=(
        (
            "R. S. Zimmermann, Y. Sharma, S. Schneider, M. Bethge and W. Brendel, Contrastive "
            "learning inverts the data generating process, ICML 2021 (in the limit of many keys; "
            "that two will do, and every number above, was derived here)"
        ),
        (
            "P. Comon, Independent component analysis, a new concept?, Signal Processing 36 "
            "(1994), 287-314"
        ),
    ),
    proof=proof,
    families=(),
    picture=picture,
    uses=("infonce-bound",),
    errata=(
        (
            "That contrastive features recover sources coordinate by coordinate, or up to a "
            "permutation, is impossible for a critic that is an inner product: a rotation leaves "
            "the loss as it is."
        ),
    ),
)  # fmt: skip
