"""Errata on the information bottleneck: its curve, its price, its caps."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from itertools import combinations, product
from typing import Any

from .erratum import Erratum, Measured, Refutation, many_digits
from .finite_experiments import information, nats, through
from .picture import Picture

__all__ = ["BOTTLENECK"]

CHECHIK = (
    "G. Chechik, A. Globerson, N. Tishby and Y. Weiss, Information bottleneck for Gaussian "
    "variables, JMLR 6 (2005)"
)


# -- the curve ------------------------------------------------------------------------------------


def kept(rate: Any, square: Fraction) -> Any:
    """The most that a description of so many nats keeps of y, in one Gaussian direction."""
    mp = many_digits()
    return -mp.log1p(-mp.convert(square) * -mp.expm1(-2 * mp.convert(rate))) / 2


def first_nat() -> Refutation:
    mp, square = many_digits(), Fraction(1, 4)
    rates = [mp.mpf(10) ** -k for k in range(21)]
    prices = [kept(rate, square) / rate for rate in rates]
    shown = [Fraction(k, 10) for k in range(21)]
    return Refutation(
        claimed=Measured("what the first $10^{-20}$ nats keep, over what the diagonal says, "
                         "minus 1", prices[-1] - 1),
        corrected=Measured(r"$\rho^2$ minus the most that is kept of $y$ for each nat of $x$",
                           mp.convert(square) - max(prices)),
        numbers=(
            Measured(r"$\rho^2$", square),
            Measured("nats of $y$ for each nat of $x$, of the first $10^{-20}$", prices[-1]),
            Measured("the same, of the first nat", prices[0]),
        ),
        picture=Picture(
            "The bottleneck's curve in one Gaussian direction, ρ² = 1/4",
            ("nats kept of x", "nats kept of y"),
            {
                "the curve": tuple((float(r), float(kept(r, square))) for r in shown),
                "ρ² for each nat": tuple((k / 25, k / 100) for k in range(21)),
                "the diagonal": tuple((k / 100, k / 100) for k in range(21)),
            },
        ),
    )  # fmt: skip


FIRST_NAT = Erratum(
    id="curve-starts-diagonal",
    said="The bottleneck's curve starts along the diagonal",
    claim=r"For two Gaussian variables of correlation $\rho$ the curve of $I(T; y)$ over $I(x; T)$ "
    "has slope 1 at the origin: the first nats kept of $x$ are all of them about $y$.",
    believed="The curve lies below the diagonal, and for $y = x$ it is the diagonal.",
    corrected=r"The slope at the origin is $\rho^2$, the largest squared correlation if there are "
    "several directions; it only falls from there. A nat of $x$ never buys more.",
    instance=r"$\rho^2 = \frac14$; quotients down to $10^{-20}$ nats, with fifty digits.",
    counterexample=first_nat,
    theorems=("gaussian-ib",),
    references=(CHECHIK,),
)


def by_isotropic_noise(noise: Any) -> tuple[Any, Any]:
    """What T = x + noise keeps of two directions of x, of which y has the first, rho squared 3/4,
    and its own noise: nats of x, nats of y."""
    mp = many_digits()
    each = mp.log1p(1 / noise) / 2
    return 2 * each, -mp.log1p(-mp.mpf(3) / 4 / (1 + noise)) / 2


def by_sign(square: Fraction) -> Any:
    """I(sign x; y) of one Gaussian direction, by quadrature."""
    mp, rho = many_digits(), many_digits().sqrt(many_digits().convert(square))
    slope = rho / mp.sqrt(1 - rho**2)

    def entropy(y: Any) -> Any:
        chance = mp.ncdf(slope * y)
        return -chance * mp.log(chance) * mp.npdf(y)  # the other sign is the mirror image

    return mp.log(2) - 2 * mp.quad(entropy, [-9, -3, 0, 3, 9])


def family() -> Refutation:
    mp, square = many_digits(), Fraction(3, 4)
    found = [by_isotropic_noise(mp.mpf(2) ** k) for k in range(-6, 7)]
    below = [y - kept(x, square) for x, y in found]
    sign = by_sign(square)
    return Refutation(
        claimed=Measured("least of: kept by $T = x + \\text{noise}$ minus the most that can be",
                         min(below)),
        corrected=Measured("in one direction: kept by $T = x + \\text{noise}$ minus kept by the "
                           "sign of $x$, at $\\log 2$ nats", kept(mp.log(2), square) - sign),
        numbers=(
            Measured("noise levels tried, two directions", len(found)),
            Measured("nats of $x$ at noise of variance one", found[6][0]),
            Measured("nats of $y$ there", found[6][1]),
            Measured("the most that as many nats can keep", kept(found[6][0], square)),
            Measured("kept by the sign of $x$, one direction", sign),
        ),
    )  # fmt: skip


FAMILY = Erratum(
    id="evaluating-is-not-optimality",
    said="The Gaussian bottleneck's curve follows from the informations of $T = x + \\xi$",
    claim="For $T = x + \\xi$ with independent Gaussian noise both informations have a closed "
    "form; eliminate the noise level, and this is the frontier.",
    believed="In one direction the result is right, and the calculation is exact.",
    corrected="The calculation evaluates one family, and says nothing of all other $T$. That none "
    "is better is the theorem, and rests on the conditional entropy power inequality. In two "
    "directions the same calculation gives a curve that is not the frontier.",
    instance=r"Two directions of $x$, of which $y$ knows the first, $\rho^2 = \frac34$: noise on "
    "both wastes nats on the second. In one direction, beside it, a description that is not "
    "Gaussian: the sign of $x$.",
    counterexample=family,
    theorems=("gaussian-ib",),
    references=(CHECHIK,),
)


Channel = tuple[tuple[Fraction, Fraction], tuple[Fraction, Fraction]]


def channel(first: Fraction, second: Fraction) -> Channel:
    """p(t|x): the chances of T = 1 for X = 0 and for X = 1."""
    return ((1 - first, first), (1 - second, second))


def told_by(rule: Channel) -> dict[int, Fraction]:
    """I(T; Y) where Y is X, a fair bit, as a sum of logarithms of primes."""
    return information({(t, x): rule[x][t] / 2 for t, x in product((0, 1), repeat=2)})


def mixed(one: Channel, other: Channel) -> Channel:
    (a, b), (c, d) = ([(p + q) / 2 for p, q in zip(r, s, strict=True)]
                      for r, s in zip(one, other, strict=True))  # fmt: skip
    return ((a, b), (c, d))


def above_the_mixture(one: Channel, other: Channel) -> Any:
    """How much more two channels tell on average than their mixture; exactly zero where equal."""
    first, second, even = told_by(one), told_by(other), told_by(mixed(one, other))
    terms = {
        prime: (first.get(prime, Fraction(0)) + second.get(prime, Fraction(0))) / 2
        - even.get(prime, Fraction(0))
        for prime in {*first, *second, *even}
    }
    return nats({prime: c for prime, c in terms.items() if c})


def concavity() -> Refutation:
    copy, swap = channel(Fraction(0), Fraction(1)), channel(Fraction(1), Fraction(0))
    grid = [Fraction(k, 3) for k in range(4)]
    rules = [channel(a, b) for a, b in product(grid, repeat=2)]
    excess = [above_the_mixture(one, other) for one, other in combinations(rules, 2)]
    whole, half = told_by(copy)[2], told_by(mixed(copy, swap)).get(2, Fraction(0))
    return Refutation(
        claimed=Measured("bits told by the mixture minus the mean of both",
                         half - (whole + told_by(swap)[2]) / 2),
        corrected=Measured("least of the mean minus the mixture, all pairs, in nats", min(excess)),
        numbers=(
            Measured("bits told by a copy", whole),
            Measured("bits told by a copy turned over", told_by(swap)[2]),
            Measured("bits told by the even mixture of these channels", half),
            Measured("pairs of channels compared", len(excess)),
        ),
    )  # fmt: skip


CONCAVITY = Erratum(
    id="concave-by-the-channel",
    said="The curve is concave because $I(T; Y)$ is concave in $p(t \\mid x)$",
    claim="The bottleneck's curve is concave for every law, as $I(T; Y)$ is a concave function of "
    "the encoder and $I(X; T)$ a convex one.",
    believed="The curve is concave; and informations are concave in the law of the input.",
    corrected="Both are convex in $p(t \\mid x)$. The curve is concave for another reason: choose "
    "between two descriptions by a coin of known outcome, $T' = (B, T_B)$. This mixes both "
    "informations evenly, and that is not the mixture of the channels, which forgets the coin.",
    instance="$Y = X$, a fair bit: a copy, a copy turned over, and their even mixture, which says "
    "nothing. Then all pairs of channels with chances in thirds.",
    counterexample=concavity,
    theorems=("discrete-ib", "gaussian-ib"),
)


# -- the price ------------------------------------------------------------------------------------


def gain(beta: int, rate: Any, square: Fraction) -> Any:
    """What a description gains over none: beta I(T; y) - I(x; T)."""
    return beta * kept(rate, square) - rate


def every_beta() -> Refutation:
    mp, square = many_digits(), Fraction(1, 4)
    rates = [mp.mpf(k) / 100 for k in range(1, 301)]
    best = {beta: max(gain(beta, rate, square) for rate in rates) for beta in (1, 2, 4, 8)}
    at = mp.log(mp.mpf(7) / 3) / 2  # of beta = 8: ((beta - 1) rho²/(1 - rho²)) under the logarithm
    step = mp.mpf(10) ** -20
    slope = (kept(at + step, square) - kept(at - step, square)) / (2 * step)
    return Refutation(
        claimed=Measured(r"the most that any description gains over none, $\beta = 2$", best[2]),
        corrected=Measured(r"the lesser of: the gain at $\beta = 8$; minus the gain at $\beta = 4$",
                           min(best[8], -best[4])),
        numbers=(
            Measured(r"critical $\beta = 1/\rho^2$", 1 / square),
            *(Measured(rf"most gained at $\beta = {b}$, from a hundredth of a nat on", best[b])
              for b in (1, 4, 8)),
            Measured(r"slope of the curve at the best point for $\beta = 8$", slope),
        ),
        picture=Picture(
            "What a description gains over none, in one Gaussian direction, ρ² = 1/4",
            ("nats kept of x", "β I(T; y) − I(x; T)"),
            {f"β = {b}": tuple((float(r), float(gain(b, r, square)))
                               for r in rates[4:124:6]) for b in (2, 4, 8)},
        ),
    )  # fmt: skip


EVERY_BETA = Erratum(
    id="every-beta-keeps-something",
    said=r"The bottleneck keeps nothing at $\beta = 0$, and something at every $\beta > 0$",
    claim=r"$\beta$ in $I(x; T) - \beta I(T; y)$ is a knob: at zero the best description is "
    "constant, and from there it keeps more and more.",
    believed="Lagrange multipliers usually move a solution as soon as they are positive.",
    corrected=r"For $\beta \le 1$ nothing gains by being kept, as $I(T; y) \le I(x; T)$. For "
    r"Gaussian variables nothing is kept up to $\beta = 1/\rho_1^2$, where the first direction "
    r"turns on, and the others follow one by one. The slope of the curve at the solution for "
    r"$\beta$ is $1/\beta$, not $\beta$.",
    instance=r"One direction, $\rho^2 = \frac14$, three hundred rates.",
    counterexample=every_beta,
    theorems=("gaussian-ib",),
    references=(CHECHIK,),
)


def on_the_circle(count: int) -> list[tuple[Fraction, Fraction]]:
    """So many different points of the unit circle, with rational coordinates."""
    slopes = [Fraction(2 * k, count) for k in range(-count // 2, count // 2)]
    return [((1 - t * t) / (1 + t * t), 2 * t / (1 + t * t)) for t in slopes]


def bits_of(code: Callable[[tuple[Fraction, Fraction]], Any], bits: int) -> Fraction:
    """I(x; T) in bits, where x is so many fair bits, put on the circle and then coded."""
    chance = Fraction(1, 2**bits)
    points = on_the_circle(2**bits)
    joint = {(x, x): chance for x in range(len(points))}
    found = information(through(joint, {x: code(point) for x, point in enumerate(points)}))
    return found[2]


def capped() -> Refutation:
    def exact(point: tuple[Fraction, Fraction]) -> Any:
        return point

    def rounded(point: tuple[Fraction, Fraction]) -> Any:
        return round(point[0]), round(point[1])

    sizes = (4, 6, 8)
    free = {bits: bits_of(exact, bits) for bits in sizes}
    even = {(x, x): Fraction(1, 2**8) for x in range(2**8)}
    told = nats(information(through(even, dict(enumerate(map(rounded, on_the_circle(2**8)))))))
    return Refutation(
        claimed=Measured("six bits minus $I(x; T)$ on the circle, of eight bits", 6 - free[8]),
        corrected=Measured("$\\log 5$ minus what is told after rounding, in nats",
                           many_digits().log(5) - told),
        numbers=(
            *(Measured(f"$I(x; T)$ in bits, $x$ of {bits} bits, on the circle", free[bits])
              for bits in sizes),
            Measured("points that are left after rounding",
                     len({rounded(point) for point in on_the_circle(2**8)})),
            Measured("$I(x; T)$ in nats after rounding, $x$ of eight bits", told),
        ),
    )  # fmt: skip


CAPPED = Erratum(
    id="unit-sphere-caps-the-rate",
    said="Normalising features to the unit sphere caps the information in them",
    claim="A contrastive encoder needs no penalty on $I(x; T)$: its output is on the unit sphere "
    "and of few dimensions, which limits the rate.",
    believed="The sphere is bounded, and what is bounded has a finite volume.",
    corrected="A deterministic encoder that maps different inputs to different points keeps all "
    "of $x$, on the smallest circle as in the largest space; for a continuous $x$ that is "
    "infinite. What caps a rate is noise, or rounding. That a loss with temperature $\\tau$ "
    "certifies no more than $1/\\tau$ is another thing, and no limit on the rate.",
    instance="$x$ of 4, 6 and 8 fair bits, sent to as many different points of half the unit "
    "circle, with rational coordinates; then coordinates rounded to whole numbers. The cap tried "
    "is six bits; more points defeat a greater one.",
    counterexample=capped,
    theorems=("gaussian-ib", "mutual-information"),
)


def first_bits(count: int) -> tuple[Fraction, Fraction]:
    """I(X; T) and I(T; Y) in bits, where Y is X, eight fair bits, and T the first few of them."""
    eight = {x: x >> (8 - count) for x in range(2**8)}
    of_x = information({(x, t): Fraction(1, 2**8) for x, t in eight.items()})
    of_y = information(through({(x, x): Fraction(1, 2**8) for x in eight}, eight))
    return of_x.get(2, Fraction(0)), of_y.get(2, Fraction(0))


def copied() -> Refutation:
    weights = (Fraction(1, 2), Fraction(1), Fraction(2))
    kept_bits = [first_bits(count) for count in range(9)]
    prices = {b: [of_x - b * of_y for of_x, of_y in kept_bits] for b in weights}
    gaps = [
        abs(price - (1 - b) * of_x)
        for b in weights for price, (of_x, _) in zip(prices[b], kept_bits, strict=True)
    ]  # fmt: skip
    best = {b: kept_bits[min(range(9), key=prices[b].__getitem__)][0] for b in weights}
    return Refutation(
        claimed=Measured(
            r"at $\beta = 2$: the Lagrangian of keeping all minus that of keeping nothing, bits",
            prices[Fraction(2)][8] - prices[Fraction(2)][0],
        ),
        corrected=Measured(r"minus the largest distance from $(1 - \beta)\,I(x; T)$", -max(gaps)),
        numbers=(
            Measured(r"bits kept by the best description, $\beta = 2$", best[Fraction(2)]),
            Measured(r"the same, $\beta = \frac12$", best[Fraction(1, 2)]),
            Measured(r"Lagrangian of four bits kept, $\beta = 1$", prices[Fraction(1)][4]),
            Measured("descriptions and weights compared", len(gaps)),
        ),
    )


COPIED = Erratum(
    id="bottleneck-of-x-itself",
    said="With $Y = X$ the bottleneck collapses",
    claim="If the target of the bottleneck is its own input, the objective is degenerate and its "
    "best description collapses, until the informations are replaced by bounds.",
    believed="It is degenerate. But which way it goes depends on the price.",
    corrected=r"$I(X; T) - \beta I(T; X) = (1 - \beta)\,I(X; T)$: nothing is kept for $\beta < 1$, "
    r"everything for $\beta > 1$, without limit if $X$ is continuous, and all is the same at "
    r"$\beta = 1$. A $\beta$-VAE trades a rate against a distortion, and its $\beta$ is $1/\beta$ "
    "of the bottleneck's Lagrangian.",
    instance="$X$ is eight fair bits, $T$ the first few of them.",
    counterexample=copied,
    theorems=("discrete-ib", "rate-distortion"),
)


BOTTLENECK = (
    FIRST_NAT, FAMILY, CONCAVITY, EVERY_BETA, CAPPED, COPIED,
)  # fmt: skip
