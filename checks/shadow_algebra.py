"""Linear algebra on exact twins: matrices are object arrays of mpf, batched over leading axes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from .minors import LARGEST
from .minors import adjugate as _adjugate
from .minors import determinant as _by_minors
from .twins import EXACT as mp
from .twins import Lost, exact

__all__ = ["ALGEBRA", "PIVOTED", "product"]

Array = Any


def product(a: Array, b: Array) -> Array:
    return np.asarray(np.dot(a, b), dtype=object)


def _batched(function: Callable[..., Any], *arrays: Array) -> list[Array]:
    """A function of matrices over leading axes, which are broadcast; its results, stacked."""
    lead = np.broadcast_shapes(*(a.shape[:-2] for a in arrays))
    spread = [np.broadcast_to(a, lead + a.shape[-2:]) for a in arrays]
    if not lead:
        found = [function(*spread)]
    else:
        found = [function(*(a[i] for a in spread)) for i in np.ndindex(*lead)]
    parts = zip(*(f if isinstance(f, tuple) else (f,) for f in found), strict=True)
    stacked = []
    for part in parts:
        array = np.empty(len(part), dtype=object)
        if np.ndim(part[0]):
            array = np.array(part, dtype=object)
        else:
            array[:] = part
        stacked.append(array.reshape(lead + array.shape[1:]))
    return stacked


def _identity(n: int) -> Array:
    return exact(np.eye(n))


def _flip(a: Array) -> Array:
    return np.swapaxes(a, -1, -2)


# -- triangles ------------------------------------------------------------------------------------


def _forward(lower: Array, b: Array, unit: bool = False) -> Array:
    x = b.copy()
    for i in range(len(lower)):
        x[i] = x[i] - product(lower[i, :i], x[:i]) if i else x[i]
        if not unit:
            if lower[i, i] == 0:
                raise Lost("a singular triangular matrix")
            x[i] = x[i] / lower[i, i]
    return x


def _triangular(a: Array, b: Array, upper: bool, unit: bool = False) -> Array:
    if upper:
        return _forward(a[::-1, ::-1], b[::-1], unit)[::-1]
    return _forward(a, b, unit)


def solve_triangular(
    a: Array, b: Array, *, upper: bool, left: bool = True, unitriangular: bool = False
) -> Array:
    if not left:  # x a = b
        return _flip(
            solve_triangular(_flip(a), _flip(b), upper=not upper, unitriangular=unitriangular)
        )
    return _batched(lambda m, c: _triangular(m, c, upper, unitriangular), a, b)[0]


def triangular_solve(
    b: Array, a: Array, upper: bool = True, transpose: bool = False, unitriangular: bool = False
) -> tuple[Array, Array]:
    used, upper = (_flip(a), not upper) if transpose else (a, upper)
    return solve_triangular(used, b, upper=upper, unitriangular=unitriangular), a


# -- Cholesky -------------------------------------------------------------------------------------


def _cholesky(a: Array) -> Array:
    n = len(a)
    lower = exact(np.zeros((n, n)))
    for j in range(n):
        rest = a[j, j] - product(lower[j, :j], lower[j, :j]) if j else a[j, j]
        if not rest > 0:
            raise Lost("a matrix that is not positive definite")
        lower[j, j] = mp.sqrt(rest)
        for i in range(j + 1, n):
            below = a[i, j] - product(lower[i, :j], lower[j, :j]) if j else a[i, j]
            lower[i, j] = below / lower[j, j]
    return lower


def cholesky(a: Array, *, upper: bool = False, check_errors: bool = False) -> list[Any]:
    lower = _batched(lambda m: _cholesky(_flip(m) if upper else m), a)[0]
    return [_flip(lower) if upper else lower, None]


def cholesky_solve(b: Array, factor: Array, upper: bool = False) -> Array:
    lower = _flip(factor) if upper else factor
    half = solve_triangular(lower, b, upper=False)
    return solve_triangular(_flip(lower), half, upper=True)


def cholesky_inverse(factor: Array, upper: bool = False) -> Array:
    return cholesky_solve(_identity(factor.shape[-1]), factor, upper)


# -- Gauss, with torch's pivots -------------------------------------------------------------------


def _rows(pivots: Array, n: int) -> list[int]:
    order = list(range(n))
    for i, p in enumerate(pivots.reshape(-1)):
        order[i], order[int(p) - 1] = order[int(p) - 1], order[i]
    return order


def _eliminated(a: Array, pivots: Array) -> Array:
    lu = a[_rows(pivots, len(a))].copy()
    for k in range(min(lu.shape)):
        for i in range(k + 1, len(lu)):
            if lu[k, k] == 0:
                raise Lost("a singular matrix")
            lu[i, k] = lu[i, k] / lu[k, k]
            lu[i, k + 1 :] = lu[i, k + 1 :] - lu[i, k] * lu[k, k + 1 :]
    return lu


def _sign(pivots: Array) -> int:
    swaps = sum(int(p) != i + 1 for i, p in enumerate(pivots.reshape(-1)))
    return -1 if swaps % 2 else 1


def _determinant(lu: Array, pivots: Array) -> Any:
    found = mp.mpf(_sign(pivots))
    for i in range(len(lu)):
        found = found * lu[i, i]
    return found


def _substituted(lu: Array, pivots: Array, b: Array) -> Array:
    return _triangular(lu, _triangular(lu, b[_rows(pivots, len(lu))], False, True), True)


def lu_factor(returned: list[Any], _: bool, a: Array, **__: Any) -> list[Any]:
    return [_lu(a, returned[1]), None, None]


def _lu(a: Array, pivots: Array) -> Array:
    return _batched(_eliminated, a, pivots[..., None, :])[0]


def determinant(returned: list[Any], contiguous: bool, a: Array) -> list[Any]:
    pivots = returned[2][..., None, :]
    lu = _lu(_flip(a) if contiguous else a, returned[2])  # as torch does, to save itself a copy
    return [_batched(_determinant, lu, pivots)[0], lu, None]


def sign_and_log_determinant(returned: list[Any], contiguous: bool, a: Array) -> list[Any]:
    value, lu, _ = determinant([None, None, returned[3]], contiguous, a)
    value = np.asarray(value, dtype=object)
    if any(v == 0 for v in value.reshape(-1)):
        raise Lost("the logarithm of a determinant of zero")
    above = np.frompyfunc(lambda v: bool(v > 0), 1, 1)(value)
    size = np.frompyfunc(lambda v, up: mp.log(v if up else -v), 2, 1)
    return [exact(np.where(above, 1.0, -1.0)), np.asarray(size(value, above)), lu, None]


def solve(
    returned: list[Any], contiguous: bool, a: Array, b: Array, *, left: bool = True, **_: Any
) -> list[Any]:
    vector = b.ndim == a.ndim - 1 and a.shape[:-1] == b.shape
    lu = _lu(_flip(a) if contiguous else a, returned[2])
    right = b[..., None] if vector else b
    found = lu_solve(lu, returned[2], right, left=left, adjoint=contiguous)
    return [found[..., 0] if vector else found, lu, None, None]


def lu_solve(
    lu: Array, pivots: Array, b: Array, *, left: bool = True, adjoint: bool = False
) -> Array:
    if left and not adjoint:
        return _batched(_substituted, lu, pivots[..., None, :], b)[0]
    if not left:  # x a = b: a^T x^T = b^T
        return _flip(lu_solve(lu, pivots, _flip(b), adjoint=not adjoint))
    return _batched(_substituted_flipped, lu, pivots[..., None, :], b)[0]


def _substituted_flipped(lu: Array, pivots: Array, b: Array) -> Array:
    half = _triangular(_flip(lu), b, False)
    whole = _triangular(_flip(lu), half, True, True)
    return whole[np.argsort(_rows(pivots, len(lu)))]


def inverse(a: Array, **_: Any) -> list[Any]:
    def found(m: Array) -> Array:
        if len(m) <= LARGEST:
            return _over_determinant(m)
        order = np.arange(1, len(m) + 1)
        for k in range(len(m)):  # pivots of our own: torch does not return its
            rest = _eliminated_upto(m, order, k)
            order[k] = k + 1 + int(np.argmax([abs(v) for v in rest[k:, k]]))
        return _substituted(_eliminated(m, order), order, _identity(len(m)))

    return [_batched(found, a)[0], None]


def _over_determinant(a: Array) -> Array:
    value = _by_minors(a)
    if value == 0:
        raise Lost("a singular matrix")
    return _adjugate(a) / value


def _eliminated_upto(a: Array, order: Array, steps: int) -> Array:
    lu = a[_rows(order, len(a))].copy()
    for k in range(steps):
        for i in range(k + 1, len(lu)):
            lu[i, k:] = lu[i, k:] - lu[i, k] / lu[k, k] * lu[k, k:]
    return lu


ALGEBRA: Mapping[str, Callable[..., Any]] = {
    "linalg_cholesky_ex": cholesky, "cholesky_solve": cholesky_solve,
    "cholesky_inverse": cholesky_inverse, "linalg_solve_triangular": solve_triangular,
    "triangular_solve": triangular_solve, "linalg_inv_ex": inverse, "linalg_lu_solve": lu_solve,
}  # fmt: skip

PIVOTED: Mapping[str, Callable[..., Any]] = {
    "linalg_lu_factor_ex": lu_factor, "_linalg_det": determinant,
    "_linalg_slogdet": sign_and_log_determinant, "_linalg_solve_ex": solve,
}  # fmt: skip
"""The rows' order is torch's: these are given first what it returned, and whether the matrix lay in
memory row by row."""
