"""Factors with torch's pivots, to where twins are formulas.

Which rows torch exchanged rests on which entries are largest at the point.  A determinant, or the
solution of linear equations, is the same for any exchange; so what a factor rests on is noted only
when it is used otherwise than to solve with the pivots that belong to it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from .formula_condition import Condition
from .formula_number import Ledger
from .minors import LARGEST, determinant
from .shadow import Shadow

__all__ = ["FACTORING", "SOLVING", "Conditions", "factored", "solved"]

Conditions = dict[Any, Condition]
FACTORING: Mapping[str, int] = {
    "linalg_lu_factor_ex": 0, "_linalg_det": 1, "_linalg_slogdet": 2, "_linalg_solve_ex": 1,
}  # fmt: skip
"""Which of its outputs is the factor; the pivots come next."""
SOLVING = "linalg_lu_solve"


def factored(
    shadow: Shadow, ledger: Ledger, name: str, matrices: Any, factor: Callable[[], Any]
) -> tuple[Any, Conditions]:
    """What `factor()` returns, and what its exchanges rest on.  What the result itself rests on,
    that the determinants do not vanish, is noted at once."""
    shadow.adopt(matrices)
    twin = np.array(shadow.twins.of(matrices), dtype=object)
    with ledger.apart() as conditions:
        returned = factor()
        _note_exchanges(shadow.twins.of(returned[FACTORING[name]]))
    rows, columns = twin.shape[-2:]
    if rows != columns or rows > LARGEST:  # no determinant to note in their stead
        ledger.conditions |= conditions
    elif name != "_linalg_det":
        for place in np.ndindex(*twin.shape[:-2]):
            _note_determinant(name, determinant(twin[place]))
    return returned, conditions


def _note_exchanges(factor: Any) -> None:
    """That each pivot is no smaller than what lies below it: its share of the pivot."""
    for i, k in zip(*np.tril_indices(factor.shape[-2], -1, factor.shape[-1]), strict=True):
        for share in np.ravel(factor[..., i, k]):
            _ = share * share <= 1


def _note_determinant(name: str, value: Any) -> None:
    """Its sign matters to its logarithm alone."""
    _ = value > 0 if name == "_linalg_slogdet" else value != 0


def solved(ledger: Ledger, solve: Callable[[], Any]) -> Any:
    """By a factor and its own pivots: the solution is that of the matrix, which was noted to have
    one."""
    with ledger.apart():
        return solve()
