"""Exact twins of tensors: for every storage, an array of 60-digit numbers of the same layout.

A tensor's twin is a strided window on its storage's, so that a view's write reaches its base, and
two views of one memory have one twin.  The memory is remembered as it was last seen: a change that
no operation made is noticed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import mpmath
import numpy as np
from mpmath.libmp import to_float

from ..implementations.tensors import torch

__all__ = ["DIGITS", "EXACT", "Lost", "Twins", "exact", "native", "rounded", "window"]

DIGITS = 60
EXACT = mpmath.MPContext()
EXACT.dps = DIGITS

OWN = "exp log sqrt power expm1 log1p tanh sign floor isnan isinf isfinite".split()


def _or_its_own(name: str) -> Callable[..., Any]:
    """mpmath's function, or, of a number that mpmath does not know (a symbolic one), its own."""
    plain = getattr(EXACT, name)

    def function(x: Any, *rest: Any, **named: Any) -> Any:
        try:
            return plain(x, *rest, **named)
        except TypeError:
            return getattr(x, name)(*rest)

    return function


for _name in OWN:
    setattr(EXACT, _name, _or_its_own(_name))


def _float(x: Any) -> float:
    try:
        return float(to_float(x._mpf_, rnd="n"))  # float(mpf) asks for a context first
    except AttributeError:
        return float(x)


_to_exact = np.frompyfunc(lambda x: EXACT.mpf(x), 1, 1)
_to_float = np.frompyfunc(_float, 1, 1)


class Lost(Exception):
    """The twin cannot be carried on; the message says by what, and where."""


def exact(values: Any) -> np.ndarray:
    """Numbers, exactly, as an object array of mpf; floats are taken for what they are in binary."""
    array = np.asarray(values)
    if array.dtype == bool:
        array = array.astype(int)
    if array.dtype != object:
        array = array.astype(float) if array.dtype.kind == "f" else array
        array = np.array(array.tolist(), dtype=object).reshape(array.shape)
    with np.errstate(all="ignore"):
        return np.asarray(_to_exact(array), dtype=object)


def rounded(twin: np.ndarray) -> np.ndarray:
    """The twin to the nearest float64; beyond its range, infinite."""
    with np.errstate(all="ignore"):
        return np.asarray(_to_float(twin), dtype=object).astype(float)


def native(tensor: Any) -> np.ndarray:
    """The tensor's own numbers, in float64 if they are floating-point."""
    plain = tensor.detach()
    plain = plain.double() if plain.is_floating_point() else plain
    return np.asarray(plain.numpy())


@dataclass(slots=True)
class _Storage:
    """One storage: its memory, what that held when last seen, the exact numbers, and these rounded.

    `flat` is the whole memory as a row; it keeps it alive, so that its address is not used again.
    """

    flat: Any
    memory: np.ndarray
    seen: bytes
    twin: np.ndarray
    rounded: np.ndarray
    number: int


class Twins:
    """The twins of all storages that one run has touched."""

    def __init__(self) -> None:
        self._storages: dict[int, _Storage] = {}
        self.adopted: list[float] = []  # the numbers that came in tensors from outside

    def has(self, tensor: Any) -> bool:
        return tensor.untyped_storage()._cdata in self._storages

    def of(self, tensor: Any) -> np.ndarray:
        """The tensor's twin, as a window on its storage's: writing into it writes the base.

        Raises `Lost` if the memory has changed by no operation that was seen.
        """
        return window(self.known(tensor).twin, tensor)

    def adopt(self, tensor: Any, *, noted: bool = True) -> None:
        """The tensor's memory is the exact numbers that it holds; noted, if from outside."""
        if tensor.device.type != "cpu" or tensor.layout is not torch.strided:
            raise Lost(f"a tensor is not plain memory ({tensor.layout}, on {tensor.device})")
        storage = self._make(tensor)
        numbers = native(storage.flat)
        storage.twin[:] = exact(numbers)
        storage.rounded[:] = numbers
        if noted:
            self.adopted += native(tensor).ravel().tolist()

    def give(self, tensor: Any, twin: np.ndarray, floats: np.ndarray | None = None) -> None:
        """Let `twin`, of the tensor's shape (and rounded, `floats`), be the tensor's from now on.

        Raises `Lost` where several entries share one place.
        """
        storage = self._storages.get(tensor.untyped_storage()._cdata)
        if storage is None:
            if tensor.numel() < _count(tensor):
                self.adopt(tensor, noted=False)
                storage = self._storages[tensor.untyped_storage()._cdata]
            else:
                storage = self._make(tensor)
        _separate(tensor)
        window(storage.twin, tensor)[...] = twin
        window(storage.rounded, tensor)[...] = rounded(twin) if floats is None else floats
        storage.seen = storage.memory.tobytes()

    def _make(self, tensor: Any) -> _Storage:
        flat = tensor.detach().as_strided((_count(tensor),), (1,), 0)
        memory = flat.view(torch.uint8).numpy()
        storage = _Storage(
            flat,
            memory,
            memory.tobytes(),
            np.empty(len(flat), dtype=object),
            np.zeros(len(flat)),
            len(self._storages),
        )
        self._storages[tensor.untyped_storage()._cdata] = storage
        return storage

    def known(self, tensor: Any) -> _Storage:
        """The tensor's storage, its memory unchanged since it was last seen."""
        storage = self._storages[tensor.untyped_storage()._cdata]
        if tensor.dtype != storage.flat.dtype:
            raise Lost("memory is read as another type than it was written as")
        if tensor.untyped_storage().nbytes() != len(storage.seen):
            raise Lost("memory was resized")
        if storage.memory.tobytes() != storage.seen:
            raise Lost("memory was changed by something that is no tensor operation")
        return storage


def _count(tensor: Any) -> int:
    return int(tensor.untyped_storage().nbytes() // tensor.element_size())


def window(array: np.ndarray, tensor: Any) -> np.ndarray:
    """The tensor's part of an array of its storage's layout, shared."""
    start, shape = tensor.storage_offset(), tuple(tensor.shape)
    if tensor.is_contiguous():
        return array[start : start + tensor.numel()].reshape(shape)
    strides = tuple(s * array.itemsize for s in tensor.stride())
    return np.lib.stride_tricks.as_strided(array[start:], shape, strides)


def _separate(tensor: Any) -> None:
    if not tensor.is_contiguous():
        places = window(np.arange(_count(tensor)), tensor)
        if np.unique(places).size < places.size:
            raise Lost("entries that share one place in memory are written")
