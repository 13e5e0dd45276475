"""Decisions and choices: a comparison, an extreme or an ordering must come out in exact arithmetic
as it did in torch's, or the code went another way than its twin."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from .shadow_arguments import both_of
from .twins import EXACT as mp
from .twins import Lost, native

__all__ = ["CHOICES", "DECISIONS", "SHAPES", "chosen", "decided"]


def _each(test: Callable[[Any], bool]) -> Callable[..., Any]:
    over = np.frompyfunc(test, 1, 1)
    return lambda x: np.asarray(over(x)).astype(bool)


def _whole(x: Any, *_: Any, dtype: Any = None, **__: Any) -> Any:
    if str(dtype) == "torch.bool":
        return x != 0
    return np.asarray(np.frompyfunc(lambda v: int(mp.sign(v) * mp.floor(abs(v))), 1, 1)(x))


def _reduced(test: Callable[..., Any]) -> Callable[..., Any]:
    def found(x: Any, dim: Any = None, keepdim: bool = False) -> Any:
        dim = tuple(dim) if isinstance(dim, list) else dim
        return test(np.asarray(x != 0, dtype=bool), axis=dim, keepdims=keepdim)

    return found


DECISIONS: Mapping[str, Callable[..., Any]] = {
    "gt": np.greater, "ge": np.greater_equal, "lt": np.less, "le": np.less_equal,
    "eq": np.equal, "ne": np.not_equal,
    "equal": lambda x, y: x.shape == y.shape and bool(np.all(x == y)),
    "isnan": _each(mp.isnan), "isinf": _each(mp.isinf), "isfinite": _each(mp.isfinite),
    "isposinf": _each(lambda v: v == mp.inf), "isneginf": _each(lambda v: v == mp.ninf),
    "logical_not": lambda x: x == 0, "signbit": lambda x: x < 0,
    "logical_and": lambda x, y: (x != 0) & (y != 0),
    "logical_or": lambda x, y: (x != 0) | (y != 0),
    "logical_xor": lambda x, y: (x != 0) ^ (y != 0),
    "any": _reduced(np.any), "all": _reduced(np.all),
    "nonzero": lambda x: np.argwhere(np.asarray(x != 0, dtype=bool)),
    "count_nonzero": lambda x, dim=None: np.count_nonzero(np.asarray(x != 0, bool), axis=dim),
    "_to_copy": _whole,
}  # fmt: skip
"""Outcomes without a twin of their own."""

SHAPES = frozenset("is_same_size sym_size sym_stride sym_numel sym_storage_offset dim".split())
"""Asked of a tensor's shape, not of its numbers."""

CHOICES = frozenset("max min sort topk argmax argmin argsort kthvalue median".split())
"""A largest, smallest, middle or ordering is chosen."""


def decided(name: str, args: list[Any], kwargs: dict[str, Any], returned: Any) -> None:
    """Raises `Lost` if exact arithmetic decides otherwise."""
    if name not in DECISIONS:
        raise Lost("numbers were made into integers by an operation that has no twin")
    theirs = returned if isinstance(returned, bool) else native(returned)
    ours = np.asarray(DECISIONS[name](*args, **kwargs)).astype(int)
    if name in ("lt", "le", "gt", "ge"):
        ours = np.where(_undrawn(*args), theirs, ours)
    if not np.array_equal(ours, theirs):
        raise Lost("exact arithmetic decides a comparison otherwise")


def _undrawn(*args: Any) -> Any:
    """Where a number is none: a uniform one that the comparison itself draws (`checks.draws`).
    torch's own comparisons with such a number are false in both arithmetics."""
    return np.asarray(np.logical_or(*(np.asarray(x != x, dtype=bool) for x in args)))


def chosen(name: str, before: Any, returned: list[Any]) -> list[Any]:
    """The twin of what torch chose.  Raises `Lost` if exact arithmetic chooses otherwise."""
    args, kwargs = before
    x = args[0].twin
    if len(both_of(before)) != 1 or any(t.is_complex() for t in returned):
        raise Lost(f"the choice {name} of several tensors")
    indices = next((native(t) for t in returned if not t.is_floating_point()), None)
    if indices is None:  # of all entries, the number alone is returned
        places = np.flatnonzero(args[0].own.reshape(-1) == native(returned[0]))
        indices = places[:1].reshape(())
        if not places.size:
            raise Lost(f"the choice {name} is none of the numbers")
    dim, shape = _dimension(name, args, kwargs), tuple(returned[0].shape)
    if dim is None or x.ndim == 0:
        x, dim, indices = x.reshape(-1), 0, indices.reshape(-1)
    else:
        indices = indices if indices.ndim == x.ndim else np.expand_dims(indices, dim)
    found = np.take_along_axis(x, indices, dim)
    if _worse(name, args, kwargs, x, found, dim):
        raise Lost("exact arithmetic chooses another extreme or order")
    return [found.reshape(shape) if t.is_floating_point() else None for t in returned]


def _dimension(name: str, args: Any, kwargs: Mapping[str, Any]) -> int | None:
    position = 2 if name in ("topk", "kthvalue") else 1
    given = kwargs.get("dim", args[position] if len(args) > position else None)
    if isinstance(given, int) and not isinstance(given, bool):
        return given
    return -1 if name in ("sort", "argsort", "topk", "kthvalue") else None


def _worse(name: str, args: Any, kwargs: Mapping[str, Any], x: Any, found: Any, dim: int) -> bool:
    """Whether some entry shows that what was found is not what was asked for."""
    if any(mp.isnan(v) for v in x.reshape(-1)):
        raise Lost("a choice among numbers one of which is none")
    if name in ("max", "argmax", "min", "argmin"):
        return bool(np.any(x > found if "max" in name else x < found))
    if name in ("kthvalue", "median"):
        size = x.shape[dim]
        rank = (kwargs.get("k", args[1] if len(args) > 1 else 1) if name == "kthvalue" else 0) - 1
        rank = (size - 1) // 2 if name == "median" else rank
        below = np.sum(x < found, axis=dim)
        above = np.sum(x > found, axis=dim)
        return bool(np.any(below > rank) or np.any(above > size - 1 - rank))
    n = found.shape[dim]
    ahead, behind = np.take(found, range(n - 1), dim), np.take(found, range(1, n), dim)
    if name == "topk":
        falling = bool(kwargs.get("largest", args[3] if len(args) > 3 else True))
        return _out_of_order(ahead, behind, falling) or _left_out(x, found, dim, falling)
    flags = [a for a in args[1:] if isinstance(a, bool)]
    return _out_of_order(ahead, behind, bool(kwargs.get("descending", flags and flags[-1])))


def _out_of_order(ahead: Any, behind: Any, falling: bool) -> bool:
    return bool(np.any(behind > ahead if falling else behind < ahead))


def _left_out(x: Any, found: Any, dim: int, falling: bool) -> bool:
    """Whether more entries of x lie beyond the last one found than were found."""
    last = np.take(found, [-1], dim)
    beyond = np.sum(x > last if falling else x < last, axis=dim)
    return bool(np.any(beyond >= found.shape[dim]))
