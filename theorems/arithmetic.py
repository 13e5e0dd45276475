"""The arithmetic in which a formula is evaluated, so that one source serves two precisions.

An oracle is written once, with `+ - * /`, the sums and indexing of NumPy, and what it finds in an
`Arithmetic`.  In `FLOAT64` arrays are NumPy's; in `FIFTY_DIGITS` they are object arrays of
`mpmath.mpf` from a context of our own, with ten guard digits, which nobody's `mpmath.mp` changes.
A float is taken for the binary number that it is.  A number that is not exact in binary (a share
1/d, a product of parameters) must be made of `number`s, or it is rounded before its time.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Any

import numpy as np

from ..deferred import Deferred

__all__ = ["FIFTY_DIGITS", "FLOAT64", "Arithmetic", "of_digits"]

mpmath: Any = Deferred("mpmath")
libmp: Any = Deferred("mpmath.libmp")

Array = Any  # an array of float64, or of mpf
Number = Any  # a float, or an mpf


@dataclass(frozen=True, slots=True, kw_only=True)
class Arithmetic:
    """What an oracle needs beyond `+ - * /`.

    `array` and `number` bring tables and numbers in; the functions from `exp` to `sqrt` act on each
    element, outside their domain they are NaN; `dot` is the matrix product, and `gram(a)` is that
    of `a` [n, k] with its transpose; `solve(a, b)`, `inverse(a)` and `log_det(a)`, of |det a|, take
    a square `a` and raise `numpy.linalg.LinAlgError` where it is singular.
    """

    array: Callable[[Any], Array]
    number: Callable[[Any], Number]
    pi: Callable[[], Number]
    exp: Callable[[Any], Any]
    expm1: Callable[[Any], Any]
    log: Callable[[Any], Any]
    log1p: Callable[[Any], Any]
    sqrt: Callable[[Any], Any]
    dot: Callable[[Array, Array], Array]
    gram: Callable[[Array], Array]
    solve: Callable[[Array, Array], Array]
    inverse: Callable[[Array], Array]
    log_det: Callable[[Array], Number]


FLOAT64 = Arithmetic(
    array=lambda values: np.asarray(values, float), number=float, pi=lambda: np.pi,
    exp=np.exp, expm1=np.expm1, log=np.log, log1p=np.log1p, sqrt=np.sqrt,
    dot=np.matmul, gram=lambda a: a @ a.T,
    solve=np.linalg.solve, inverse=np.linalg.inv, log_det=lambda a: np.linalg.slogdet(a)[1],
)  # fmt: skip


def of_digits(digits: int) -> Arithmetic:
    """Object arrays of mpf with so many decimal digits; mpmath is imported at their first use."""

    def each(function: Callable[[Any, Any], Number]) -> Callable[[Any], Any]:
        return lambda x: np.frompyfunc(partial(function, _context(digits)), 1, 1)(x)

    def along(function: Callable[..., Any]) -> Callable[..., Any]:
        return lambda *arrays: function(_context(digits), *arrays)

    return Arithmetic(
        array=along(_array), number=along(_number), pi=along(lambda context: +context.pi),
        exp=each(lambda context, x: context.exp(x)), expm1=each(_expm1), log=each(_log),
        log1p=each(_log1p), sqrt=each(_sqrt), dot=along(_dot), gram=along(_gram),
        solve=along(_solve), inverse=along(_inverse), log_det=along(_log_det),
    )  # fmt: skip


@lru_cache
def _context(digits: int) -> Any:
    context = mpmath.MPContext()
    context.dps = digits
    return context


# -- numbers and functions ------------------------------------------------------------------------


def _number(context: Any, x: Any) -> Number:
    return context.mpf(x)


def _array(context: Any, values: Any) -> Array:
    numbers = np.frompyfunc(context.mpf, 1, 1)(np.array(values, dtype=object))
    return np.asarray(numbers, dtype=object)


def _log(context: Any, x: Number) -> Number:
    return context.log(x) if x >= 0 else context.nan


def _sqrt(context: Any, x: Number) -> Number:
    return context.sqrt(x) if x >= 0 else context.nan


def _expm1(context: Any, x: Number) -> Number:
    """With as many further bits as the subtraction cancels."""
    _, _, exponent, bits = x._mpf_
    cancelled = max(0, -exponent - bits) + 4
    grown = libmp.mpf_exp(x._mpf_, context.prec + cancelled, "n")
    return context.make_mpf(libmp.mpf_sub(grown, libmp.fone, context.prec, "n"))


def _log1p(context: Any, x: Number) -> Number:
    """The sum is exact: mpmath rounds one only where it is told a precision."""
    if not x >= -1:
        return context.nan
    return context.make_mpf(libmp.mpf_log(libmp.mpf_add(libmp.fone, x._mpf_), context.prec, "n"))


# -- matrices -------------------------------------------------------------------------------------


def _dot(context: Any, a: Array, b: Array) -> Array:
    """Each entry is summed exactly and rounded once."""
    rows, columns = np.atleast_2d(a).tolist(), np.atleast_2d(b.T).tolist()
    table = [context.fdot(row, column) for row in rows for column in columns]
    return np.array(table, dtype=object).reshape(a.shape[:-1] + b.shape[1:])


def _gram(context: Any, a: Array) -> Array:
    """Half of it is computed, and mirrored."""
    rows, size = a.tolist(), len(a)
    table = np.empty((size, size), dtype=object)
    for i, row in enumerate(rows):
        for j, other in enumerate(rows[: i + 1]):
            table[i, j] = table[j, i] = context.fdot(row, other)
    return table


def _solve(context: Any, a: Array, b: Array) -> Array:
    """By elimination, and backwards up the triangle."""
    right = b.reshape(len(b), -1)
    rows, _ = _triangle(a.tolist(), right.tolist())
    solution = np.empty(right.shape, dtype=object)
    for j in range(right.shape[1]):
        column: list[Number] = []  # from the last unknown back
        for i in reversed(range(len(rows))):
            known = context.fdot(rows[i][len(rows) - 1 : i : -1], column)
            column.append(rows[i][len(rows) + j] - known)
        solution[:, j] = column[::-1]
    return solution.reshape(b.shape)


def _inverse(context: Any, a: Array) -> Array:
    return _solve(context, a, _array(context, np.eye(len(a))))


def _log_det(context: Any, a: Array) -> Number:
    _, determinant = _triangle(a.tolist(), [[] for _ in a])
    return context.log(abs(determinant))


def _triangle(a: list[list[Number]], b: list[list[Number]]) -> tuple[list[list[Number]], Number]:
    """The equations ax = b, side by side, brought to an upper triangle whose diagonal is one (only
    what lies above it is kept), and the determinant up to its sign; the largest pivot first."""
    rows, size, determinant = [[*left, *right] for left, right in zip(a, b, strict=True)], len(a), 1
    for c in range(size):
        largest = max(range(c, size), key=lambda i: abs(rows[i][c]))
        rows[c], rows[largest] = rows[largest], rows[c]
        pivot = rows[c][c]
        if not pivot:
            raise np.linalg.LinAlgError("Singular matrix")
        determinant *= pivot
        head = rows[c][c + 1 :] = [x / pivot for x in rows[c][c + 1 :]]
        for row in rows[c + 1 :]:
            row[c + 1 :] = [x - row[c] * y for x, y in zip(row[c + 1 :], head, strict=True)]
    return rows, determinant


FIFTY_DIGITS = of_digits(60)
