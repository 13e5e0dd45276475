"""The proof for masking and salt-and-pepper corruption: everything finite, and rational."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from functools import cache
from itertools import product
from typing import Any

from .symbolic import sp
from .theorem import Step, enumeration, identity, inequality

__all__ = ["proof"]

VALUES = (0, 1, 2)  # a coordinate's: the extremes 0 and 1, and one that is neither
RATES = tuple(Fraction(k, 4) for k in (1, 2, 3))  # three numbers settle a polynomial of degree two
BY = {"masking": (0,), "salt-and-pepper": (0, 1)}


def proof() -> Iterator[Step]:
    yield from _channel()
    yield from _odds()
    yield from _from_the_marginal()
    yield from _floor()
    yield from _emphasis()


# -- Bayes' rule of a memoryless channel ----------------------------------------------------------


@cache
def by_masks(x: tuple[int, ...], y: tuple[int, ...], rate: Fraction, values: Any) -> Fraction:
    """P(y | x), summed over which coordinates are replaced, and by what."""
    total = Fraction(0)
    for gone in product((False, True), repeat=len(x)):
        for drawn in product(values, repeat=len(x)):
            if y == tuple(v if g else a for a, g, v in zip(x, gone, drawn, strict=True)):
                share = rate ** sum(gone) * (1 - rate) ** (len(x) - sum(gone))
                total += share / len(values) ** len(x)
    return total


def entry(x: int, y: int, rate: Fraction, values: Any) -> Fraction:
    """P(y | x) of one coordinate: kept, or replaced by what it is, perhaps."""
    return (1 - rate) * (x == y) + rate / len(values) * (y in values)


def _cases() -> list[Any]:
    pairs = list(product(VALUES, repeat=2))
    return [(x, y, r, v) for x, y, r, v in product(pairs, pairs, RATES, BY.values())]


def _factorises(case: Any) -> bool:
    x, y, rate, values = case
    one, two = (entry(a, b, rate, values) for a, b in zip(x, y, strict=True))
    return by_masks(x, y, rate, values) == one * two


def _without_agreement(case: Any) -> bool:
    """A coordinate that shows its own value was kept: not so, it may have been replaced by it."""
    x, y, rate, values = case
    factors = [
        1 - rate if a == b else rate / len(values) * (b in values)
        for a, b in zip(x, y, strict=True)
    ]
    return bool(by_masks(x, y, rate, values) == factors[0] * factors[1])


def _channel() -> Iterator[Step]:
    yield enumeration(
        "summed over which coordinates were replaced, and by what, the likelihood is a product: a "
        "coordinate was kept, or replaced by what is seen, which may be its own value",
        _cases, holds=_factorises, slip=_without_agreement,
        slip_words="what shows its own value was kept",
        tex=r"p(y \mid x) = \prod_j\left[(1 - r)\,1_{y_j = x_j} + \tfrac{r}{\lvert V\rvert}\,"
        r"1_{y_j \in V}\right],\ V = \{0\} \text{ or } \{0, 1\}",
        scope="two coordinates with three values, at three rates, which settle polynomials of "
        "degree two: all rates",
    )  # fmt: skip


def _odds() -> Iterator[Step]:
    u, v, a, b = sp.symbols("u v a b", positive=True)
    r = sp.Symbol("r", positive=True)

    def mean(first: Any, second: Any) -> Any:
        return sp.cancel((u * first * a + v * second * b) / (u * first + v * second))

    masked = mean((1 - r) + r, r)  # a first point that is zero there, and one that is not
    yield identity(
        "a zero is seen for sure where the point is zero, else with probability r: the odds",
        masked, mean(1, r), slip=mean(1 - r, r), slip_words="a true zero was kept, not masked",
        tex=r"\hat x = \frac{\sum_c w_c\,r^{m_c}x_c}{\sum_c w_c\,r^{m_c}}",
        scope="two points that differ in one coordinate, any weights and rate; factors common to "
        "all points cancel",
    )  # fmt: skip
    peppered = mean((1 - r) + r / 2, r / 2)
    yield identity(
        "an extreme value is seen with probability 1 - r/2 where it is the point's, else with r/2",
        peppered, mean(1, r / (2 - r)), slip=mean(1, r),
        slip_words="salt and pepper each with probability r",
        tex=r"\rho = \frac{r/2}{1 - r/2} = \frac{r}{2 - r}",
        scope="two points that differ in one coordinate, any weights and rate",
    )  # fmt: skip
    apart = mean(r, r)
    yield identity(
        "where no point has a zero, a mask is seen as one, and the rate drops out", apart,
        mean(1, 1), slip=mean(1, r), slip_words="the rate kept",
        tex=r"x_{cj} \ne 0 \Rightarrow \hat x = \textstyle\sum_c w_c x_c/\sum_c w_c \text{ over "
        r"the points that agree with what is seen}",
        scope="two points, any weights and rate",
    )  # fmt: skip


# -- the discrete counterpart of Tweedie's formula ------------------------------------------------


def _from_the_marginal() -> Iterator[Step]:
    p, q, a, b = sp.symbols("p q a b", positive=True)
    r = sp.Symbol("r", positive=True)
    rest = 1 - p - q  # of a zero; p and q are the shares of a and b
    seen_a, seen_b, seen_0 = (1 - r) * p, (1 - r) * q, (1 - r) * rest + r
    posterior = r * (p * a + q * b) / seen_0
    odds = r / (1 - r)
    yield identity(
        "masking: the law of what is seen tells the estimate at a zero, as what is seen elsewhere "
        "is thinned alike",
        sp.cancel(posterior), sp.cancel(odds * (seen_a * a + seen_b * b) / seen_0),
        slip=sp.cancel((seen_a * a + seen_b * b) / seen_0),
        slip_words="the inverse of the channel forgotten",
        tex=r"\mathbb{E}[X_j \mid 0, y_{-j}] = \frac{r}{1 - r}\,"
        r"\frac{\sum_{a \ne 0}a\,p_Y(a, y_{-j})}{p_Y(0, y_{-j})}",
        scope="a coordinate of three values, any law and rate; of the other coordinates all "
        "shares are joint ones, by a common factor",
    )  # fmt: skip
    pepper, salt = (1 - r) * rest + r / 2, (1 - r) * p + r / 2  # of 0, and of 1
    grey = (1 - r) * q  # of b
    whole = pepper + salt + grey
    ones = (salt - r / 2 * whole) / (1 - r)
    yield identity(
        "salt and pepper: half the rate is taken off the share of an extreme value",
        sp.cancel(ones), p, slip=sp.cancel((salt - r * whole) / (1 - r)),
        slip_words="the whole of the rate taken off",
        tex=r"p_X(v \mid y_{-j}) = \frac{p_Y(v \mid y_{-j}) - r/2}{1 - r},\ v \in \{0, 1\}",
        scope="a coordinate that is 0, 1 or b, any law and rate",
    )  # fmt: skip
    at_one = (ones * (1 - r / 2) + r / 2 * grey / (1 - r) * b) / salt
    yield identity(
        "and the estimate at salt follows",
        sp.cancel((p * (1 - r / 2) + q * r / 2 * b) / salt), sp.cancel(at_one),
        slip=sp.cancel((ones * (1 - r) + r / 2 * grey / (1 - r) * b) / salt),
        slip_words="what is one was never salted",
        tex=r"\mathbb{E}[X_j \mid 1, y_{-j}] = \frac{(1 - \frac r2)\,p_X(1) + "
        r"\frac r2\sum_{a \ne 0, 1}a\,p_X(a)}{p_Y(1)}",
        scope="a coordinate that is 0, 1 or b, any law and rate",
    )  # fmt: skip
    yield enumeration(
        "of whole vectors: the inverse of the channel, coordinate by coordinate, makes the law of "
        "X of that of Y",
        lambda: product(LAWS, RATES, BY.values()), holds=_inverted, slip=_inverted_by_half,
        slip_words="one coordinate left as it is",
        tex=r"p_X = (K^{-1} \otimes \dots \otimes K^{-1})\,p_Y",
        scope="two laws on two coordinates of three values, three rates, both channels, exactly",
    )  # fmt: skip


PAIRS = tuple(product(VALUES, repeat=2))
LAWS = tuple(
    tuple(Fraction(weight, sum(weights)) for weight in weights)
    for weights in ((1, 0, 2, 0, 3, 1, 4, 0, 1), (2, 1, 0, 0, 0, 5, 1, 1, 0))
)


def _inverse_entry(x: int, y: int, rate: Fraction, values: Any) -> Fraction:
    """Of K^{-1}: (the identity - r times the law of what is put in place) / (1 - r)."""
    return ((x == y) - rate * Fraction(x in values, len(values))) / (1 - rate)


def _recovered(case: Any, second: bool) -> bool:
    law, rate, values = case
    seen = {
        y: sum(s * by_masks(x, y, rate, values) for s, x in zip(law, PAIRS, strict=True))
        for y in PAIRS
    }
    back = {(a, b): _inverse_entry(a, b, rate, values) for a, b in PAIRS}
    last = back if second else {(a, b): Fraction(a == b) for a, b in PAIRS}
    return all(
        share == sum(back[x[0], y[0]] * last[x[1], y[1]] * chance for y, chance in seen.items())
        for share, x in zip(law, PAIRS, strict=True)
    )


def _inverted(case: Any) -> bool:
    return _recovered(case, True)


def _inverted_by_half(case: Any) -> bool:
    return _recovered(case, False)


# -- the floor ------------------------------------------------------------------------------------


def _floor() -> Iterator[Step]:
    q, r = sp.symbols("q r", positive=True)
    on = q * r / (1 - q + q * r)  # the share of ones among the zeros that are seen
    seen = 1 - q + q * r
    floor = q * r * (1 - q) / seen
    yield identity(
        "a pixel that is on with probability q: the least error",
        sp.cancel(q * r * (1 - on) ** 2 + (1 - q) * on**2), sp.cancel(floor),
        slip=sp.cancel(q * r * (1 - q)), slip_words="as if masks were told from zeros",
        tex=r"\operatorname{mmse} = \frac{q(1 - q)\,r}{1 - q + qr}",
        scope="one pixel, masked; any q and rate",
    )  # fmt: skip
    s, t = sp.symbols("s t", positive=True)  # the odds of q and of r, so that 1 - q is positive
    by_odds = {q: s / (1 + s), r: t / (1 + t)}
    told, hidden, gap = (
        sp.factor(error.subs(by_odds)) for error in (q * r * (1 - q), floor, floor * q * (1 - r))
    )
    yield inequality(
        "and a mask that is told from a zero leaves less of it",
        told, hidden, because=[gap], slip=2 * hidden, slip_words="twice as much",
        tex=r"q(1 - q)\,r \le \operatorname{mmse}",
        scope="one pixel, masked; any q and rate, by their odds",
    )  # fmt: skip
    a, b, f = sp.symbols("a b f", real=True)
    w, z = sp.symbols("w z", positive=True)
    best = (w * a + z * b) / (w + z)
    yield inequality(
        "no estimate errs less, at any y: what another adds is its squared distance",
        w * (best - a) ** 2 + z * (best - b) ** 2, w * (f - a) ** 2 + z * (f - b) ** 2,
        because=[(w + z) * (f - best) ** 2],
        slip=2 * w * (f - a) ** 2 + 2 * z * (f - b) ** 2,
        slip_words="the error counted twice",
        tex=r"\mathbb{E}\lVert X - D(Y)\rVert^2 = \operatorname{mmse} + "
        r"\mathbb{E}\lVert D(Y) - \mathbb{E}[X \mid Y]\rVert^2",
        scope="two points of any weights, coordinate by coordinate; then the mean over y",
    )  # fmt: skip


# -- weights on what was corrupted ----------------------------------------------------------------


def _emphasis() -> Iterator[Step]:
    alpha, beta, w, z, r = sp.symbols("alpha beta w z r", positive=True)
    a, b, f = sp.symbols("a b f", real=True)

    def minimiser(loss: Any) -> Any:
        """Of a square in f: where its slope, which is linear, is zero."""
        slope = sp.diff(loss, f)
        return sp.cancel(-slope.subs(f, 0) / sp.diff(slope, f))

    everything = w * (f - a) ** 2 + z * (f - b) ** 2
    yield identity(
        "trained on what was masked alone, or on all of it, with whatever weights: the estimate is "
        "the same, where a mask is told from a zero",
        minimiser(alpha * everything), minimiser(everything),
        slip=minimiser(alpha * w * (f - a) ** 2 + beta * z * (f - b) ** 2),
        slip_words="a weight that depends on the point",
        tex=r"\arg\min_f\alpha\,\mathbb{E}[(X_j - f)^2 \mid y] = \mathbb{E}[X_j \mid y]",
        scope="two points of any weights: given y the weight is one number",
    )  # fmt: skip
    zero = w * (alpha * r + beta * (1 - r)) * f**2  # a point that is zero there: masked, or kept
    one = z * alpha * r * (f - b) ** 2
    yield identity(
        "where it is not, the estimate moves with the weights: a zero that was kept counts beta",
        sp.cancel(minimiser(zero + one)),
        sp.cancel(z * r * alpha * b / (z * r * alpha + w * (r * alpha + (1 - r) * beta))),
        slip=sp.cancel(z * r * b / (z * r + w)),
        slip_words="the posterior mean, as for beta = alpha",
        tex=r"f = \frac{\alpha r\,w_b\,b}{\alpha r\,w_b + (\alpha r + \beta(1 - r))\,w_0}",
        scope="a coordinate that is 0 or b, any weights and rate, masked",
    )  # fmt: skip
    yield identity(
        "trained on what was masked alone, it is the mean of the points, as if every zero were one",
        sp.cancel(minimiser((zero + one).subs(beta, 0))), z * b / (z + w),
        slip=sp.cancel(z * r * b / (z * r + w)), slip_words="the posterior mean",
        tex=r"\beta = 0 \Rightarrow f = \mathbb{E}[X_j \mid y, j \text{ masked}]",
        scope="a coordinate that is 0 or b, any weights and rate, masked",
    )  # fmt: skip
