"""Lifting: other people's code, run in float64 whatever precision it names.

A dispatch mode turns every low-precision dtype that an operation is asked for into float64, and
notes whether a low-precision tensor remained all the same.  Modules, and tensors in closures and
default arguments, are copied to float64 first.
"""

from __future__ import annotations

import copy
import math
import types
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Any

import numpy as np

from ..implementations.tensors import torch
from .noise import UNIT_ROUNDOFF, coarser

__all__ = ["held", "is_short", "lift_mode", "lifted", "lifting"]


def lift_mode(nudge: int = 0) -> Any:
    """A fresh mode; its `coarsest` is the name of the coarsest precision that it could not lift,
    `lifted` whether there was one that it did, and `drew` whether anything was drawn at random.

    With a `nudge`, the result of every operation is moved by at most one unit in its last place,
    otherwise for each nudge (Monte Carlo arithmetic: Parker 1997): the spread of the outcomes is
    the rounding error that the code makes of its own accord.
    """
    return _mode_class()(nudge)


@cache
def _mode_class() -> type[Any]:
    """Made when first needed, because its base is torch's."""
    from torch.utils._python_dispatch import (
        TorchDispatchMode,
        _get_current_dispatch_mode,
        _pop_mode,
        _push_mode,
    )

    low = {torch.float32: "float32", torch.float16: "float16", torch.bfloat16: "bfloat16"}
    dtype = torch.dtype

    class Lift(TorchDispatchMode):
        def __init__(self, nudge: int) -> None:
            super().__init__()
            self.coarsest, self.drew, self.lifted = "float64", False, False
            # not torch's generator: cubature owns what torch draws
            self.draw = np.random.default_rng(nudge) if nudge else None
            self.beneath: Any = None

        @classmethod
        def _should_skip_dynamo(cls) -> bool:
            return False  # else the first operation imports torch._dynamo, which takes seconds

        def __enter__(self) -> Any:
            """The mode beneath, if it may be, is called from here: to dispatch takes far longer
            than most operations."""
            beneath = _get_current_dispatch_mode()
            if getattr(beneath, "called_from_above", False):
                self.beneath = beneath
                _pop_mode()
            return super().__enter__()

        def __exit__(self, *raised: Any) -> None:
            super().__exit__(*raised)
            if self.beneath is not None:
                _push_mode(self.beneath)
                self.beneath = None

        def __torch_dispatch__(
            self, func: Any, types: Any, args: Any = (), kwargs: Any = None
        ) -> Any:
            self.drew = self.drew or _draws(func)
            if kwargs and dtype in map(type, kwargs.values()):
                kwargs = {k: _in_float64(self, v, low) for k, v in kwargs.items()}
            if dtype in map(type, args):
                args = [_in_float64(self, a, low) for a in args]
            call = self.beneath.__torch_dispatch__ if self.beneath else None
            returned = call(func, types, args, kwargs) if call else func(*args, **(kwargs or {}))
            _note(self, func, returned, low)
            return returned

    return Lift


@cache
def _draws(func: Any) -> bool:
    return torch.Tag.nondeterministic_seeded in func.tags


def _move(tensor: Any, draw: Any) -> None:
    """By one unit in the last place, up, down or not at all, each entry on its own."""
    steps = np.asarray(draw.integers(-1, 2, size=tuple(tensor.shape)), dtype=float)
    tensor.mul_(torch.from_numpy(np.asarray(1 + steps * 2.0**-52)))


def _note(mode: Any, func: Any, returned: Any, low: Mapping[Any, str]) -> None:
    """What could not be lifted; and what is new is moved, where the mode moves it."""
    fresh = mode.draw and not func.is_view and not func._schema.is_mutable
    for made in returned if isinstance(returned, (tuple, list)) else (returned,):
        if isinstance(made, torch.Tensor):
            if made.dtype in low:
                mode.coarsest = coarser(mode.coarsest, low[made.dtype])
            elif fresh and made.dtype is torch.float64:
                _move(made, mode.draw)


def _in_float64(mode: Any, argument: Any, low: Mapping[Any, str]) -> Any:
    if not (isinstance(argument, torch.dtype) and argument in low):
        return argument
    mode.lifted = True
    return torch.float64


def lifted(target: Any) -> Any:
    """A copy of `target` whose floating-point tensors are float64; the original is left alone.

    What cannot be copied is returned as it is: the mode then notices what it computes with.
    """
    if isinstance(target, type):
        return target
    if isinstance(target, types.FunctionType):
        return _lifted_function(target)
    if isinstance(target, types.MethodType):
        return types.MethodType(target.__func__, lifted(target.__self__))
    if isinstance(target, torch.Tensor):
        return target.detach().double() if target.is_floating_point() else target
    try:
        twin = copy.deepcopy(target)
    except Exception:  # noqa: BLE001 - whatever a stranger's object raises when it is copied
        return target
    if isinstance(twin, torch.nn.Module):
        twin.double()
    for name, value in list(getattr(twin, "__dict__", {}).items()):
        if isinstance(value, torch.Tensor) and value.is_floating_point():
            setattr(twin, name, lifted(value))
    return twin


def lifting(memory: dict[Any, Any]) -> Callable[[Any], Any]:
    """`lifted`, which notes in `memory["held"]` the coarsest precision of the code's own numbers:
    a temperature kept in float32 is not the one that was declared, but the nearest to it."""
    from torch.utils._python_dispatch import _disable_current_modes

    def lift(target: Any) -> Any:
        memory["held"] = coarser(memory.get("held", "float64"), held(target))
        with _disable_current_modes():  # a copy is no operation of the code
            return lifted(target)

    return lift


def held(target: Any) -> str:
    """The coarsest precision in which the target keeps numbers that are not short ones."""
    found = "float64"
    for tensor in _kept(target):
        name = str(tensor.dtype).removeprefix("torch.")
        if name in UNIT_ROUNDOFF and not all(map(is_short, tensor.detach().flatten().tolist())):
            found = coarser(found, name)
    return found


def _kept(target: Any) -> Iterator[Any]:
    """The tensors among a module's parameters and buffers, an object's attributes, a function's
    closure and defaults."""
    if isinstance(target, torch.nn.Module):
        yield from target.parameters()
        yield from target.buffers()
    leaves = [*getattr(target, "__dict__", {}).values()]
    if isinstance(target, types.FunctionType):
        leaves += [_content(cell) for cell in target.__closure__ or ()]
        leaves += [*(target.__defaults__ or ()), *(target.__kwdefaults__ or {}).values()]
    if isinstance(target, types.MethodType):
        leaves.append(target.__self__)
    for leaf in leaves:
        if isinstance(leaf, torch.Tensor):
            yield leaf
        elif isinstance(leaf, (torch.nn.Module, types.FunctionType)) and leaf is not target:
            yield from _kept(leaf)


def is_short(value: float, bits: int = 12) -> bool:
    """Whether a number fits in so few bits, as no rounded one does."""
    return not math.isfinite(value) or value.as_integer_ratio()[0].bit_length() <= bits


def _lifted_function(function: types.FunctionType) -> types.FunctionType:
    cells = tuple(types.CellType(_lifted_leaf(_content(c))) for c in function.__closure__ or ())
    defaults = function.__defaults__ and tuple(map(_lifted_leaf, function.__defaults__))
    twin = types.FunctionType(
        function.__code__, function.__globals__, function.__name__, defaults, cells or None
    )
    named = function.__kwdefaults__
    twin.__kwdefaults__ = {k: _lifted_leaf(v) for k, v in (named or {}).items()}
    twin.__dict__.update(function.__dict__)
    return twin


def _content(cell: types.CellType) -> Any:
    try:
        return cell.cell_contents
    except ValueError:  # a name that the enclosing function has not bound yet
        return None


def _lifted_leaf(value: Any) -> Any:
    """Tensors, modules and functions are lifted; anything else may be shared state, and stays."""
    if isinstance(value, (torch.Tensor, torch.nn.Module, types.FunctionType)):
        return lifted(value)
    return value
