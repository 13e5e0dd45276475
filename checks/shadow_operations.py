"""What each tensor operation does to exact twins: one table of functions of object arrays of mpf.

Views need no entry, for they share their storage's twin; nor do operations that only move numbers,
which are run on the numbers' places; nor what torch knows how to decompose into these.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from .shadow_algebra import ALGEBRA, PIVOTED, product
from .shadow_choices import DECISIONS
from .shadow_layers import LAYERS
from .shadow_losses import LOSSES
from .shadow_numbers import FUNCTIONS, REDUCTIONS, each, larger, pick, power, total
from .twins import EXACT as mp
from .twins import Lost, exact

__all__ = [
    "DECISIONS",
    "DRAWS",
    "FACTORIES",
    "OPERATIONS",
    "PIVOTED",
    "SCALARS",
    "STRUCTURAL",
    "WITH_INTEGERS",
]

Array = Any


# -- products -------------------------------------------------------------------------------------


def batched(a: Array, b: Array) -> Array:
    pairs = zip(a, b, strict=True)
    return np.array([product(x, y) for x, y in pairs], dtype=object).reshape(
        a.shape[0], a.shape[1], b.shape[2]
    )


def plus_product(c: Array, a: Array, b: Array, *, beta: Any = 1, alpha: Any = 1) -> Array:
    found = product(a, b) * exact(alpha)
    return found if beta == 0 else c * exact(beta) + found


def plus_batched(c: Array, a: Array, b: Array, *, beta: Any = 1, alpha: Any = 1) -> Array:
    found = batched(a, b) * exact(alpha)
    return found if beta == 0 else c * exact(beta) + found


def plus_outer(c: Array, a: Array, b: Array, *, beta: Any = 1, alpha: Any = 1) -> Array:
    return c * exact(beta) + a[:, None] * b * exact(alpha)


def distances(a: Array, b: Array, p: Any = 2, _: Any = None) -> Array:
    gap = each(abs)(a[..., :, None, :] - b[..., None, :, :])
    if p == mp.inf:
        return gap.max(axis=-1)
    if p == 0:
        return total(each(lambda v: mp.mpf(int(v != 0)))(gap), -1)
    return power(total(power(gap, mp.mpf(p)), -1), 1 / mp.mpf(p))


def distances_back(grad: Array, a: Array, b: Array, p: Any, distance: Array) -> Array:
    if p != 2:
        raise Lost("the gradient of a distance that is not Euclidean")
    gap = a[..., :, None, :] - b[..., None, :, :]
    share = each(lambda g, d: mp.zero if d == 0 else g / d, 2)(grad, distance)
    return total(gap * share[..., None], -2)


def pairs_back(grad: Array, a: Array, p: Any, distance: Array) -> Array:
    grads, lengths = (exact(np.zeros((len(a), len(a)))) for _ in range(2))
    for table, row in ((grads, grad), (lengths, distance)):
        for k, (i, j) in enumerate(zip(*np.triu_indices(len(a), 1), strict=True)):
            table[i, j] = table[j, i] = row[k]
    return distances_back(grads, a, a, p, lengths)


def pairs_of_rows(a: Array, p: Any = 2) -> Array:
    i, j = np.triu_indices(len(a), 1)
    return pick(distances(a, a, p), (i, j))


# -- writing at places ----------------------------------------------------------------------------


def _numbers(values: Any) -> Array:
    array = np.asarray(values)
    return array if array.dtype == object else exact(array)


def masked_fill(x: Array, mask: Array, value: Any) -> Array:
    return np.where(mask.astype(bool), _numbers(value), x)


def index_put(
    x: Array, indices: Sequence[Any], values: Array, accumulate: bool = False, _: bool = False
) -> Array:
    found: Any = x.copy()
    values = _numbers(values)
    place: Any = tuple(slice(None) if i is None else i for i in indices)
    gaps = np.diff([k for k, i in enumerate(indices) if i is not None])
    if np.any(gaps > 1):
        raise Lost("indices with a whole axis between them are written")
    if accumulate:
        np.add.at(found, place, values)
        return found
    if np.size(values) > 1:
        _once(found.shape, place)
    found[place] = values
    return found


def _once(shape: tuple[int, ...], place: Any) -> None:
    places = np.arange(int(np.prod(shape))).reshape(shape)[place]
    if np.unique(places).size < places.size:
        raise Lost("one place is written twice, and which comes last is not said")


def scatter_add(x: Array, dim: int, index: Array, source: Array) -> Array:
    found = x.copy()
    for place in np.ndindex(*index.shape):
        target = list(place)
        target[dim % x.ndim] = int(index[place])
        found[tuple(target)] += source[place]
    return found


def index_add(x: Array, dim: int, index: Array, source: Array, *, alpha: Any = 1) -> Array:
    found = np.moveaxis(x.copy(), dim, 0)
    for k, row in zip(index.reshape(-1), np.moveaxis(source, dim, 0), strict=True):
        found[int(k)] += row * exact(alpha)
    return np.moveaxis(found, 0, dim)


def embedding_back(grad: Array, index: Array, rows: int, padding: int, by_count: bool) -> Array:
    if by_count:
        raise Lost("an embedding's gradient scaled by frequency")
    found = exact(np.zeros((rows, grad.shape[-1])))
    for place in np.ndindex(*index.shape):
        if index[place] != padding:
            found[int(index[place])] += grad[place]
    return found


def windows_back(grad: Array, sizes: Sequence[int], dim: int, size: int, step: int) -> Array:
    found, axis = exact(np.zeros(tuple(sizes))), dim % len(sizes)  # grad has one axis more
    rows, windows = np.moveaxis(found, axis, 0), np.moveaxis(grad, axis, 0)
    for start, window in enumerate(windows):
        for k in range(size):
            rows[start * step + k] += window[..., k]
    return found


def trace(x: Array) -> Array:
    return np.asarray(np.trace(x), dtype=object)


OPERATIONS: Mapping[str, Callable[..., Any]] = {
    **FUNCTIONS, **REDUCTIONS, **LOSSES, **ALGEBRA, **LAYERS,
    "mm": product, "mv": product, "dot": product, "vdot": product, "bmm": batched,
    "addmm": plus_product, "addmv": plus_product, "baddbmm": plus_batched, "addr": plus_outer,
    "_cdist_forward": distances, "_euclidean_dist": distances, "_cdist_backward": distances_back,
    "_pdist_forward": pairs_of_rows, "_pdist_backward": pairs_back, "trace": trace,
    "masked_fill": masked_fill, "index_put": index_put, "_index_put_impl": index_put,
    "_unsafe_index_put": index_put, "scatter_add": scatter_add, "index_add": index_add,
    "embedding": lambda table, index, *_: pick(table, index),
    "embedding_dense_backward": embedding_back,
    "unfold_backward": windows_back,
    "fill": lambda _, value: value, "zero": lambda _: mp.zero,
    "copy": lambda _, source, *__: source,
    "_prelu_kernel": lambda x, slope: larger(x, mp.zero) - larger(-x, mp.zero) * slope,
}  # fmt: skip

FACTORIES = frozenset(
    "empty_like new_empty new_empty_strided new_ones new_zeros ones_like zeros_like empty "
    "empty_strided zeros ones eye arange linspace logspace randperm _efficientzerotensor "
    "tril_indices triu_indices".split()
)
"""Tensors are made after another's shape, of numbers that are exact."""

SCALARS: Mapping[str, int] = {"full": 1, "full_like": 1, "new_full": 2, "scalar_tensor": 0}
"""Tensors are made of one number: which argument it is."""

DRAWS = frozenset(
    "bernoulli normal normal_functional uniform exponential cauchy log_normal geometric random "
    "rand randn rand_like randn_like randint randint_like poisson binomial multinomial "
    "_standard_gamma _sample_dirichlet".split()
)
"""Draws that somebody else owns: exact constants here."""

WITH_INTEGERS = frozenset(
    "add sub rsub mul div pow remainder fmod floor_divide clamp clamp_min clamp_max maximum "
    "minimum lerp masked_fill fill float_power".split()
)
"""An integer among their arguments is a number, not an axis or a size."""

STRUCTURAL = frozenset(
    "nll_loss_forward nll_loss_backward nll_loss2d_forward nll_loss2d_backward index_put "
    "_index_put_impl _unsafe_index_put scatter_add index_add masked_fill embedding "
    "embedding_dense_backward linalg_lu_solve".split()
)
"""Their tensors of integers or Booleans are indices or masks, not numbers."""
