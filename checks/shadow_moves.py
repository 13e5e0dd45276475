"""Operations that only move numbers, or put constants in: they are run on the numbers' places."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ..implementations.tensors import torch
from .shadow_arguments import Both, Operation, each
from .twins import Lost, exact, native

__all__ = ["MOVES", "moved"]

_ALONE = (
    "clone contiguous diag_embed diagonal_copy expand_copy flip gather index index_select "
    "lift_fresh_copy masked_select repeat roll tril triu take unfold_copy rot90 squeeze_copy "
    "unsqueeze_copy view_copy permute_copy transpose_copy t_copy slice_copy select_copy "
    "repeat_interleave block_diag channel_shuffle pixel_shuffle pixel_unshuffle "
    "reflection_pad1d reflection_pad2d replication_pad1d replication_pad2d _unsafe_index"
)
MOVES: Mapping[str, frozenset[str]] = {
    name: frozenset(values.split())
    for names, values in (
        (_ALONE, "self input"),
        ("cat stack", "tensors"),
        ("constant_pad_nd", "self value"),
        ("where", "self other"),
        ("scatter", "self src value"),
        ("select_scatter slice_scatter diagonal_scatter as_strided_scatter", "self src"),
        ("index_copy masked_scatter", "self source"),
        ("index_fill", "self value"),
        (
            "diagonal_backward select_backward slice_backward",
            "grad_output grad grad_in",
        ),
    )
    for name in names.split()
}
"""By name, the arguments that hold numbers; the others hold indices, masks and sizes."""


def moved(operation: Operation, before: Any, returned: Any) -> list[np.ndarray]:
    """The twins of the outputs.  Raises `Lost` if the same moves do not make torch's numbers."""
    if "reduce" in operation.func._overloadname:
        raise Lost("numbers are moved and reduced at once")
    exacts: list[np.ndarray] = [exact(np.zeros(1))]  # place 0 holds the zero that may be put in
    own: list[np.ndarray] = [np.zeros(1)]
    filled = 1

    def place(argument: Any) -> Any:
        nonlocal filled
        if isinstance(argument, Both):
            twin = argument.twin if argument.is_float else exact(argument.twin)
            exacts.append(twin.reshape(-1))
            own.append(np.asarray(argument.own, dtype=float).reshape(-1))
            filled += twin.size
            count = np.arange(filled - twin.size, filled).reshape(twin.shape)
            return torch.from_numpy(count)
        if isinstance(argument, (list, tuple)):
            return [place(a) for a in argument]
        exacts.append(exact([argument]))
        own.append(np.array([float(argument)]))
        filled += 1
        return filled - 1

    hold = MOVES[operation.name]
    args, kwargs = before
    names = operation.arguments
    places = [_placed(place, n in hold, a) for n, a in zip(names, args, strict=False)]
    named = {k: _placed(place, k in hold, v) for k, v in kwargs.items() if k != "out"}
    written = [n for n in operation.written if names[n] != "out"]
    func = operation.func if written or not operation.written else operation.func.overloadpacket
    result = func(*places, **named)
    values, numbers = np.concatenate(exacts), np.concatenate(own)
    outcomes = result if isinstance(result, (list, tuple)) else [result]
    for outcome, tensor in zip(outcomes, returned, strict=True):
        same = torch.from_numpy(np.asarray(numbers[outcome.numpy()])).to(tensor.dtype)
        if not np.array_equal(native(same), native(tensor), equal_nan=True):
            raise Lost("torch's numbers are not the same, moved")
    return [np.asarray(values[outcome.numpy()], dtype=object) for outcome in outcomes]


def _placed(place: Any, holds: bool, argument: Any) -> Any:
    if holds and argument is not None:
        return place(argument)
    if isinstance(argument, torch.dtype) and argument.is_floating_point:
        return torch.int64
    return each(argument, Both, lambda both: both.tensor)
