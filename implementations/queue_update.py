"""The update of MoCo's queue: the contract and honest codings.  The wrong ones are in
`queue_update_defects`."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from .contract import Axis, Call, Contract, ContractError, Input, Option
from .queue_update_defects import DEFECTS
from .tensors import torch
from .updates import Updated, as_it_is, invoke, left_alone, shaped

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["QUEUE_UPDATE", "by_parts", "by_rows"]


# -- honest codings -------------------------------------------------------------------------------


def by_rows(queue: Tensor, keys: Tensor, pointer: int) -> tuple[Tensor, int]:
    """All rows at once, counted modulo the queue's length."""
    m, n = len(queue), len(keys)
    rows = (torch.arange(n) + pointer) % m
    return queue.index_copy(0, rows, keys), (pointer + n) % m


def by_parts(queue: Tensor, keys: Tensor, pointer: int) -> tuple[Tensor, int]:
    """Up to the end, then from the start."""
    m, n = len(queue), len(keys)
    fit = min(n, m - pointer)
    updated = queue.clone()
    updated[pointer : pointer + fit] = keys[:fit]
    updated[: n - fit] = keys[fit:]
    return updated, (pointer + n) % m


def in_place(queue: Tensor, keys: Tensor, pointer: int) -> int:
    """As in MoCo's own code: the queue is changed where it is, and the pointer returned."""
    for i, key in enumerate(keys):
        queue[(int(pointer) + i) % len(queue)] = key
    return (int(pointer) + len(keys)) % len(queue)


# -- calling and reading --------------------------------------------------------------------------


def _returned(updated: Updated, call: Call) -> dict[str, Any]:
    left_alone(updated.inputs[1], call.inputs[1], "the keys")
    returned = updated.returned
    if not isinstance(returned, (tuple, list)) or len(returned) != 2:
        raise ContractError(
            "the queue and the pointer: (queue, pointer)",
            f"{len(returned)} values" if isinstance(returned, (tuple, list)) else _named(returned),
            "return both; or declare update=in place, and return the pointer",
        )
    return {"queue": returned[0], "pointer": _number(returned[1])}


def _in_place(updated: Updated, call: Call) -> dict[str, Any]:
    """The queue as it is now; the pointer as returned, or changed in place where it is a tensor."""
    left_alone(updated.inputs[1], call.inputs[1], "the keys")
    pointer, handed = updated.returned, updated.inputs[2]
    if pointer is None and isinstance(handed, torch.Tensor):
        pointer = handed
    elif isinstance(pointer, (tuple, list)) and len(pointer) == 2:
        pointer = pointer[1]
    return {"queue": updated.inputs[0], "pointer": _number(pointer)}


def _number(pointer: Any) -> float:
    try:
        return float(pointer)
    except (TypeError, ValueError, RuntimeError):
        raise ContractError(
            "a pointer: the row at which the next keys start",
            _named(pointer),
            "return the new pointer, or take it as a tensor of one number (pointer=tensor)",
        ) from None


def _named(value: Any) -> str:
    return f"a {type(value).__name__} of shape {tuple(value.shape)}" if hasattr(
        value, "shape"
    ) else type(value).__name__  # fmt: skip


# -- conventions ----------------------------------------------------------------------------------


def _written_in_place(target: Callable[..., Any]) -> Callable[..., Any]:
    return in_place


UPDATE = Axis(
    name="update",
    form=True,
    options=(
        Option(name="returned", words="queue and pointer are returned", output=_returned),
        Option(
            name="in place", words="the queue is changed where it is; the pointer is returned",
            output=_in_place, write=_written_in_place,
        ),
    ),
)  # fmt: skip


def _as_tensor(call: Call) -> Call:
    queue, keys, pointer = call.inputs
    return call._replace(inputs=(queue, keys, torch.tensor([pointer])))


POINTER = Axis(
    name="pointer",
    form=True,
    options=(
        Option(name="number", words="the pointer is an integer"),
        Option(name="tensor", words="the pointer is a tensor of one integer", call=_as_tensor),
    ),
)


def _turned(call: Call) -> Call:
    queue, *rest = call.inputs
    return call._replace(inputs=(queue.T.contiguous(), *rest))


def _in_rows(found: dict[str, Any], call: Call) -> dict[str, Any]:
    shape = tuple(call.inputs[0].shape)
    return {**found, "queue": shaped(found["queue"], shape, "the queue")}


def _in_columns(found: dict[str, Any], call: Call) -> dict[str, Any]:
    shape = tuple(call.inputs[0].shape)[::-1]
    return {**found, "queue": shaped(found["queue"], shape, "the queue").T}


def _columns(target: Callable[..., Any]) -> Callable[..., Any]:
    def columns(queue: Tensor, keys: Tensor, pointer: int) -> tuple[Tensor, int]:
        updated, moved = by_rows(queue.T, keys, int(pointer))
        return updated.T, moved

    return columns


LAYOUT = Axis(
    name="queue",
    form=True,
    options=(
        Option(name="rows", words="a key of the queue is a row: [m, d]", output=_in_rows),
        Option(
            name="columns", words="a key of the queue is a column: [d, m] (MoCo's own code)",
            call=_turned, output=_in_columns, write=_columns,
        ),
    ),
)  # fmt: skip

BATCHES = Axis(
    name="batches",
    variant=True,
    options=(
        Option(name="any", words="a batch may go round the end"),
        Option(name="divide", words="batches divide the queue (MoCo's own code asserts it)"),
    ),
)

QUEUE_UPDATE = Contract(
    name="queue-update",
    title="the update of a queue: first in, first out",
    inputs=(
        Input(name="queue", shape="m,d", differentiable=False),
        Input(name="keys", shape="n,d", differentiable=False),
        Input(name="pointer", shape="", differentiable=False),
    ),
    returns="(queue[m,d], pointer)",
    axes=(UPDATE, POINTER, LAYOUT, BATCHES),
    read=as_it_is,
    invoke=invoke,
    references={"by rows modulo the length": by_rows, "in two parts": by_parts},
    defects=DEFECTS,
)
