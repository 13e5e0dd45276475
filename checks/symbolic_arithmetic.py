"""The arithmetic in which an oracle yields formulas: the definition's side of a symbolic proof."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..theorems.arithmetic import Arithmetic
from .formula_number import Ledger, Number
from .minors import adjugate, determinant
from .twins import EXACT as mp

__all__ = ["recognising", "symbols"]


def symbols(ledger: Ledger) -> Arithmetic:
    """Numbers are brought in as constants; entries that are symbols already stay what they are."""
    zero = Number(ledger, {}, mp.mpf(0))

    def number(x: Any) -> Any:
        return zero + x

    def array(values: Any) -> np.ndarray:
        return _shiftable(np.frompyfunc(number, 1, 1)(np.array(values, dtype=object)))

    def pi() -> Number:
        return Number(ledger, ledger.alphabet.pi(), +mp.pi)

    def dot(a: Any, b: Any) -> np.ndarray:
        return _shiftable(np.dot(a, b))

    def inverse(a: Any) -> np.ndarray:
        return _shiftable(adjugate(a) / determinant(a))

    return Arithmetic(
        array=array, number=number, pi=pi,
        exp=_each("exp"), expm1=_each("expm1"), log=_each("log"), log1p=_each("log1p"),
        sqrt=_each("sqrt"), dot=dot, gram=lambda a: dot(a, a.T),
        solve=lambda a, b: dot(inverse(a), b), inverse=inverse, log_det=_log_det,
    )  # fmt: skip


def recognising(
    array: Callable[[Any], np.ndarray], tables: tuple[np.ndarray, ...],
    entries: tuple[np.ndarray, ...],
) -> Callable[[Any], np.ndarray]:  # fmt: skip
    """`array`, where a table that the code is handed too, of whatever shape, becomes the same
    symbols."""

    def recognised(values: Any) -> np.ndarray:
        given = np.array(values, dtype=object)
        if any(isinstance(x, Number) for x in given.flat):
            return array(given)
        for table, letters in zip(tables, entries, strict=True):
            if 0 < table.size == given.size and np.all(given.ravel() == table.ravel()):
                return _shiftable(letters.reshape(given.shape).copy())
        return array(values)

    return recognised


class _Shiftable(np.ndarray):
    """An array whose largest entries are letters: a shift by them must cancel, or is put back."""

    def max(self, axis: Any = None, out: Any = None, **named: Any) -> Any:
        numbers = [x for x in self.flat if isinstance(x, Number)]
        if not numbers:
            return super().max(axis, out, **named)
        ledger = numbers[0].ledger
        with ledger.apart() as conditions:
            found = np.asarray(super().max(axis, out, **named), dtype=object)
        return np.frompyfunc(lambda x: ledger.chosen(x, conditions), 1, 1)(found)


def _shiftable(array: Any) -> np.ndarray:
    return np.asarray(array, dtype=object).view(_Shiftable)


def _each(name: str) -> Callable[[Any], Any]:
    over: Callable[[Any], Any] = np.frompyfunc(lambda x: getattr(mp, name)(x), 1, 1)
    return over


def _log_det(a: Any) -> Any:
    """The logarithm of |det a|.  Where all leading minors are positive at the point, they are taken
    to be: a covariance is definite."""
    leading = [determinant(a[:k, :k]) for k in range(1, len(a) + 1)]
    if all(minor.at > 0 for minor in leading):
        return [minor.log() for minor in leading][-1]
    return (leading[-1] if leading[-1] > 0 else -leading[-1]).log()
