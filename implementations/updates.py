"""Code that updates what it is handed: in place, or by what it returns."""

from __future__ import annotations

from typing import Any, NamedTuple

from .contract import Call, ContractError
from .tensors import torch

__all__ = ["Updated", "as_it_is", "changed", "invoke", "left_alone", "shaped"]


class Updated(NamedTuple):
    """What was returned, and what became of the inputs."""

    returned: Any
    inputs: tuple[Any, ...]


def invoke(target: Any, call: Call) -> Updated:
    """The code works on copies, so that it may update them in place."""
    inputs = tuple(x.clone() if isinstance(x, torch.Tensor) else x for x in call.inputs)
    return Updated(target(*inputs, **call.parameters), inputs)


def as_it_is(updated: Updated, call: Call) -> Updated:
    """What an axis has to take out: what was returned, or what was changed."""
    return updated


def left_alone(now: Any, before: Any, name: str) -> None:
    """Refuses code that changed in place what it was only to read."""
    if not torch.equal(now, before):
        raise ContractError(
            f"a callable that leaves {name} as they are", f"{name} changed in place",
            "work on a copy: x = x.clone(), or use the operation without the trailing underscore",
        )  # fmt: skip


def changed(now: Any, before: Any, updated: Updated, name: str) -> None:
    """Refuses code that changes nothing and returns something else: whatever that is, it is no
    update, and should not pass for one with a momentum of one."""
    handed = any(updated.returned is x for x in updated.inputs)
    if updated.returned is not None and not handed and torch.equal(now, before):
        raise ContractError(
            f"{name} changed in place", f"{name} as it was, and something returned",
            "declare update=returned if what is returned is the update",
        )  # fmt: skip


def shaped(value: Any, shape: tuple[int, ...], name: str) -> Any:
    """The tensor or array, cut off from its graph, if it has this shape; refused otherwise."""
    found = tuple(getattr(value, "shape", ()))
    if not hasattr(value, "shape") or found != shape:
        raise ContractError(
            f"{name} of shape {shape}",
            f"shape {found}" if hasattr(value, "shape") else type(value).__name__,
            f"return {name}, or declare update=in place if it is changed where it is",
        )
    return value.detach() if hasattr(value, "detach") else value
