"""The proof that HSIC's estimates say what they say: centring, distinct samples, every sample."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import permutations, product
from typing import Any

from .symbolic import sp
from .theorem import Step, enumeration, identity

__all__ = ["proof"]

Law = tuple[tuple[Fraction, int, int], ...]  # chance, x, y
LAWS: tuple[Law, ...] = (
    ((Fraction(1, 2), 0, 1), (Fraction(1, 3), 1, -1), (Fraction(1, 6), 2, 1)),
    tuple((Fraction(1, 4), x, y) for x, y in product((0, 1), (1, 3))),  # independent
)
COUNT = 4  # samples


def proof() -> Iterator[Step]:
    yield from _population()
    yield from _biased()
    yield from _unbiased()
    yield from _gradient()


def _population() -> Iterator[Step]:
    p, x1, x2, y1, y2 = sp.symbols("p x1:3 y1:3", real=True)
    law = ((p, x1, y1), (1 - p, x2, y2))

    def mean(weight: Any) -> Any:
        return sum(
            a * b * c * weight(*first, *second, *third)
            for (a, *first), (b, *second), (c, *third) in product(law, repeat=3)
        )

    square = sum(w * x * y for w, x, y in law) - (
        sum(w * x for w, x, _ in law) * sum(w * y for w, _, y in law)
    )
    same = mean(lambda x, y, u, v, s, t: x * u * y * v - 2 * x * u * y * t)
    apart = sum(w * x for w, x, _ in law) ** 2 * sum(w * y for w, _, y in law) ** 2
    yield identity(
        "with linear kernels HSIC is the square of the covariance",
        sp.expand(same + apart), sp.expand(square**2),
        slip=sp.expand(same + 2 * apart), slip_words="the product of the means counted twice",
        tex=r"\mathbb{E}\,kl + \mathbb{E}k\,\mathbb{E}l - 2\,\mathbb{E}\bigl[\mathbb{E}[k|x]\,"
        r"\mathbb{E}[l|y]\bigr] = \lVert\operatorname{Cov}(x, y)\rVert_F^2",
        scope="two points with any chances, p = q = 1; further features add further squares",
    )  # fmt: skip


def _biased() -> Iterator[Step]:
    X = sp.Matrix(3, 2, sp.symbols("x1:7", real=True))
    Y = sp.Matrix(3, 1, sp.symbols("y1:4", real=True))
    H = sp.eye(3) - sp.ones(3, 3) / 3
    K, L = X * X.T, Y * Y.T
    square = sum(entry**2 for entry in X.T * H * Y)
    yield identity(
        "the Gram matrices' route is the features' route",
        sp.expand((K * H * L * H).trace()), sp.expand(square),
        slip=sp.expand((K * L).trace()), slip_words="no centring",
        tex=r"\operatorname{tr}(KHLH) = \lVert x^\top H y\rVert_F^2", scope="n = 3, p = 2, q = 1",
    )  # fmt: skip
    yield identity(
        "one centring on both sides is enough: H is a projection",
        sp.expand((H * K * H * H * L * H).trace()), sp.expand((K * H * L * H).trace()),
        slip=sp.expand((K * H * L).trace()), slip_words="one Gram matrix centred on one side only",
        tex=r"\langle HKH, HLH\rangle = \operatorname{tr}(KHLH)", scope="n = 3, p = 2, q = 1",
    )  # fmt: skip


def _hollow(letter: str) -> Any:
    """A symmetric table of letters whose diagonal is zero."""
    table = sp.zeros(COUNT, COUNT)
    for i in range(COUNT):
        for j in range(i):
            table[i, j] = table[j, i] = sp.Symbol(f"{letter}{j}{i}", real=True)
    return table


def _closed_form(K: Any, L: Any, n: int) -> Any:
    """Song et al.'s, of tables whose diagonal is zero."""
    sides = sum(sum(K[i, j] for j in range(n)) * sum(L[i, j] for j in range(n)) for i in range(n))
    both = sum(K[i, j] * L[i, j] for i in range(n) for j in range(n))
    totals = [sum(T[i, j] for i in range(n) for j in range(n)) for T in (K, L)]
    return (
        both + totals[0] * totals[1] / ((n - 1) * (n - 2)) - 2 * sides / (n - 2)
    ) / (n * (n - 3))  # fmt: skip


def _unbiased() -> Iterator[Step]:
    K, L, n = _hollow("k"), _hollow("l"), COUNT
    distinct = list(permutations(range(n), 4))
    statistic = sum(
        K[i, j] * L[i, j] + K[i, j] * L[q, r] - 2 * K[i, j] * L[i, q] for i, j, q, r in distinct
    ) / len(distinct)
    found = _closed_form(K, L, sp.Integer(n))
    yield identity(
        "the unbiased estimate is the mean over four distinct samples",
        sp.expand(found), sp.expand(statistic),
        slip=sp.expand(statistic * n / (n - 1)), slip_words="divided by (n-1)(n-3)",
        tex=r"\mathrm{HSIC}_1 = \operatorname*{mean}_{i,j,q,r\text{ distinct}}\bigl(k_{ij}l_{ij} + "
        r"k_{ij}l_{qr} - 2k_{ij}l_{iq}\bigr)",
        scope="n = 4, all entries free",
    )  # fmt: skip
    yield identity(
        "it is the inner product of the tables that U-centring leaves",
        sp.expand(n * (n - 3) * found), sp.expand(_inner(_u_centred(K), _u_centred(L))),
        slip=sp.expand(_inner(_doubly_centred(K), _doubly_centred(L))),
        slip_words="centred as if the diagonal counted",
        tex=r"n(n-3)\,\mathrm{HSIC}_1 = \langle P(K), P(L)\rangle", scope="n = 4, all entries free",
    )  # fmt: skip
    yield enumeration(
        "the mean over every sample is the law's own HSIC, exactly",
        lambda: LAWS, holds=lambda law: _expected(law, _of_distinct) == _own(law),
        slip=lambda law: _expected(law, _plugged_in) == _own(law),
        slip_words="the biased estimate, which finds something where there is nothing",
        tex=r"\mathbb{E}\,\mathrm{HSIC}_1 = \lVert\operatorname{Cov}(x, y)\rVert_F^2",
        scope="two laws, all of their 81 and 256 samples of four",
    )  # fmt: skip


def _u_centred(K: Any) -> Any:
    n = COUNT
    sums, total = [sum(K[i, :]) for i in range(n)], sum(K)
    return sp.Matrix(n, n, lambda i, j: 0 if i == j else (
        K[i, j] - (sums[i] + sums[j]) / sp.Integer(n - 2) + total / sp.Integer((n - 1) * (n - 2))
    ))  # fmt: skip


def _doubly_centred(K: Any) -> Any:
    H = sp.eye(COUNT) - sp.ones(COUNT, COUNT) / COUNT
    return H * K * H


def _inner(K: Any, L: Any) -> Any:
    return sum(a * b for a, b in zip(K, L, strict=True))


# -- all samples of a finite law, in fractions ----------------------------------------------------


def _own(law: Law) -> Fraction:
    x, y = (sum(row[0] * row[k] for row in law) for k in (1, 2))
    covariance = sum(p * a * b for p, a, b in law) - x * y
    return Fraction(covariance**2)


def _expected(law: Law, estimate: Any) -> Fraction:
    total = Fraction(0)
    for drawn in product(law, repeat=COUNT):
        chance = Fraction(1)
        for p, _, _ in drawn:
            chance *= p
        total += chance * estimate([x for _, x, _ in drawn], [y for _, _, y in drawn])
    return total


def _of_distinct(x: list[int], y: list[int]) -> Fraction:
    """The unbiased estimate; fractions, so that nothing is rounded."""
    n = len(x)
    K, L = (
        {(i, j): Fraction(z[i] * z[j] * (i != j)) for i in range(n) for j in range(n)}
        for z in (x, y)
    )
    return Fraction(_closed_form(K, L, n))


def _plugged_in(x: list[int], y: list[int]) -> Fraction:
    """The biased estimate, over n squared."""
    n = len(x)
    covariance = Fraction(sum(a * b for a, b in zip(x, y, strict=True)), n) - Fraction(
        sum(x) * sum(y), n * n
    )
    return covariance**2


def _gradient() -> Iterator[Step]:
    n = 3
    x = sp.Matrix(n, 1, sp.symbols("x1:4", real=True))
    L = sp.Matrix(n, n, lambda i, j: sp.Symbol(f"l{min(i, j)}{max(i, j)}", real=True))
    value = (x.T * L * x)[0]
    yield identity(
        "the value is linear in the Gram matrix of x, which is quadratic in x",
        sp.Matrix([sp.diff(value, entry) for entry in x]), 2 * L * x, slip=L * x,
        slip_words="the 2 forgotten: x enters twice",
        tex=r"\nabla_x\langle xx^\top, P(L)\rangle = 2\,P(L)\,x",
        scope="n = 3, one feature; features do not mix",
    )  # fmt: skip
