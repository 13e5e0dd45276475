"""An operation's schema, and its arguments with every tensor beside its twin."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any, NamedTuple

import numpy as np

from ..implementations.tensors import torch
from .twins import Lost, Twins, native, window

__all__ = ["Both", "Operation", "both_of", "each", "operation", "tensors_of", "twinned"]


class Operation(NamedTuple):
    """What is asked of an operation, from its schema; asked once."""

    func: Any
    name: str  # without namespace and, where it writes into its arguments, without the underscore
    view: bool
    shape_only: bool  # in place, on sizes and strides alone
    drawn: bool
    arguments: tuple[str, ...]
    written: tuple[int, ...]


@cache
def operation(func: Any) -> Operation:
    schema = func._schema
    name = schema.name.split("::")[1]
    written = tuple(
        i for i, a in enumerate(schema.arguments) if a.alias_info and a.alias_info.is_write
    )
    return Operation(
        func,
        name.rstrip("_") if schema.is_mutable else name,
        func.is_view or name in ("detach", "alias", "lift_fresh", "_reshape_alias", "_unsafe_view"),
        torch.Tag.inplace_view in func.tags,
        torch.Tag.nondeterministic_seeded in func.tags,
        tuple(a.name for a in schema.arguments),
        written,
    )


class Both(NamedTuple):
    """A tensor argument: itself; its twin before the operation, and that in float64.  Of tensors
    without a twin (integers, Booleans) both are their own numbers."""

    tensor: Any
    twin: np.ndarray
    rounded: np.ndarray
    number: int
    own: np.ndarray  # what it held in torch, before the operation

    @property
    def is_float(self) -> bool:
        return bool(self.tensor.is_floating_point())


def twinned(twins: Twins, written: bool, arguments: Any) -> Any:
    """The arguments before the operation; copied, if it will write."""

    def both(tensor: Any) -> Both:
        if not tensor.is_floating_point():
            own = native(tensor).copy() if written else native(tensor)
            return Both(tensor, own, own, 0, own)
        if not twins.has(tensor):
            twins.adopt(tensor)
        storage = twins.known(tensor)
        twin, floats = window(storage.twin, tensor), window(storage.rounded, tensor)
        own = native(tensor)
        if written:
            twin, floats, own = twin.copy(), floats.copy(), own.copy()
        return Both(tensor, twin, floats, storage.number, own)

    return each(arguments, torch.Tensor, both)


def each(arguments: Any, kind: type, change: Callable[[Any], Any]) -> Any:
    """The arguments with everything of one kind changed, in lists and dictionaries too."""
    if isinstance(arguments, kind):
        return change(arguments)
    if isinstance(arguments, dict):
        return {k: each(v, kind, change) for k, v in arguments.items()}
    if isinstance(arguments, (list, tuple)):
        return type(arguments)([each(a, kind, change) for a in arguments])
    return arguments


def _found(arguments: Any, kind: type) -> list[Any]:
    if isinstance(arguments, kind):
        return [arguments]
    if isinstance(arguments, dict):
        return [a for v in arguments.values() for a in _found(v, kind)]
    if isinstance(arguments, (list, tuple)):
        return [a for v in arguments for a in _found(v, kind)]
    return []


def tensors_of(arguments: Any) -> list[Any]:
    found = _found(arguments, torch.Tensor)
    for tensor in found:
        if tensor.is_complex():
            raise Lost("complex numbers")
    return found


def both_of(before: Any) -> list[Both]:
    return _found(before, Both)
