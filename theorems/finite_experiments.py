"""Statistics of finite tables, exactly: what proofs by exhaustion and errata are computed with.

A model is a table of fractions, one row per parameter and one column per point; a statistic is a
tuple with one label per point, and two statistics are the same where their labels group the points
alike.  A joint law maps pairs (x, y) to fractions.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from itertools import combinations
from typing import Any

from .erratum import many_digits
from .symbolic import sp

__all__ = ["Statistic", "Table", "by_ratio", "conditional_information", "information"]
__all__ += ["is_sufficient", "likelihood_classes", "logarithm", "nats", "pairs_split"]
__all__ += ["same_up_to_a_factor", "statistics", "through"]

Table = Sequence[Sequence[Fraction]]
Statistic = tuple[int, ...]
Joint = Mapping[tuple[Any, Any], Fraction]
Logarithms = dict[int, Fraction]  # a sum of multiples of the logarithms of primes


def statistics(points: int) -> Iterator[Statistic]:
    """Every way of grouping the points, as labels that appear in the order 0, 1, 2..."""

    def longer(labels: Statistic) -> Iterator[Statistic]:
        if len(labels) == points:
            yield labels
            return
        for label in range(max(labels, default=-1) + 2):
            yield from longer((*labels, label))

    return longer(())


def is_sufficient(table: Table, statistic: Statistic) -> bool:
    """By the definition: given the statistic, the law of the point is the same for every
    parameter under which that value of the statistic can occur."""
    for label in set(statistic):
        group = [x for x, own in enumerate(statistic) if own == label]
        rows = [[row[x] for x in group] for row in table]
        laws = {tuple(p / sum(row) for p in row) for row in rows if sum(row)}
        if len(laws) > 1:
            return False
    return True


def same_up_to_a_factor(table: Table, x: int, y: int) -> bool:
    """Whether f(x) = k f(y) for every parameter, with one k > 0; zeros must meet zeros."""
    here, there = [row[x] for row in table], [row[y] for row in table]
    if [bool(p) for p in here] != [bool(p) for p in there]:
        return False
    return len({p / q for p, q in zip(here, there, strict=True) if q}) <= 1


def by_ratio(table: Table, x: int, y: int) -> bool:
    """The common criterion: f(x)/f(y) is one number wherever the denominator is not zero."""
    return len({law[x] / law[y] for law in table if law[y]}) <= 1


def likelihood_classes(table: Table) -> Statistic:
    """Each point labelled by the first one whose likelihood is proportional to its own."""
    points = range(len(table[0]))
    return tuple(next(y for y in points if same_up_to_a_factor(table, x, y)) for x in points)


def pairs_split(together: Statistic, apart: Statistic) -> int:
    """How many pairs of points the first statistic takes together and the second apart."""
    pairs = combinations(range(len(together)), 2)
    return sum(together[x] == together[y] and apart[x] != apart[y] for x, y in pairs)


# -- information ----------------------------------------------------------------------------------


def logarithm(ratio: Fraction, weight: Fraction = Fraction(1)) -> Logarithms:
    """weight · log(ratio): the logarithms of primes are independent over the fractions, so that
    two such sums are equal exactly where they have the same coefficients."""
    found: Logarithms = {}
    for part, sign in ((ratio.numerator, 1), (ratio.denominator, -1)):
        for prime, power in sp.factorint(part).items():
            found[int(prime)] = found.get(int(prime), Fraction(0)) + sign * power * weight
    return found


def nats(terms: Logarithms) -> Any:
    """What the sum is, to fifty digits."""
    mp = many_digits()
    return mp.fsum(c.numerator * mp.log(p) / c.denominator for p, c in terms.items())


def _sum(terms: Iterator[Logarithms]) -> Logarithms:
    total: Logarithms = {}
    for term in terms:
        for prime, coefficient in term.items():
            total[prime] = total.get(prime, Fraction(0)) + coefficient
    return {prime: c for prime, c in total.items() if c}


def _margin(joint: Joint, axis: int) -> dict[Any, Fraction]:
    found: dict[Any, Fraction] = {}
    for pair, p in joint.items():
        found[pair[axis]] = found.get(pair[axis], Fraction(0)) + p
    return found


def information(joint: Joint) -> Logarithms:
    """I(X; Y)."""
    of_x, of_y = _margin(joint, 0), _margin(joint, 1)
    return _sum(logarithm(p / (of_x[x] * of_y[y]), p) for (x, y), p in joint.items() if p)


def conditional_information(joint: Joint, statistic: Mapping[Any, Any]) -> Logarithms:
    """I(X; Y | T), T a function of X, by its own definition and not as a difference."""
    of_x, coarse = _margin(joint, 0), through(joint, statistic)
    of_t = _margin(coarse, 0)
    return _sum(
        logarithm(p * of_t[statistic[x]] / (of_x[x] * coarse[statistic[x], y]), p)
        for (x, y), p in joint.items() if p
    )  # fmt: skip


def through(joint: Joint, statistic: Mapping[Any, Any]) -> dict[tuple[Any, Any], Fraction]:
    """The joint law of T(X) and Y."""
    found: dict[tuple[Any, Any], Fraction] = {}
    for (x, y), p in joint.items():
        found[statistic[x], y] = found.get((statistic[x], y), Fraction(0)) + p
    return found
